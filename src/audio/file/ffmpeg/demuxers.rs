//! ffmpeg's demuxers for each container: the only ones that a file of it may be read with.

use crate::audio::file::container::Container;

/// The names, separated by commas.
pub(super) fn demuxers(container: Container) -> &'static str {
    match container {
        Container::Wav | Container::Rf64 => "wav",
        Container::Raw => "s16le",
        Container::Voc => "voc",
        Container::Au => "au",
        Container::Flac => "flac",
        Container::Ogg => "ogg",
        Container::Aiff => "aiff",
        Container::Caf => "caf",
        Container::Mp4 => "mov,mp4,m4a,3gp,3g2,mj2",
        Container::Matroska => "matroska,webm",
        Container::W64 => "w64",
        Container::Wavpack => "wv",
        Container::Ape => "ape",
        Container::Tta => "tta",
        Container::Musepack => "mpc,mpc8",
        Container::Dsf => "dsf",
        Container::Dsdiff | Container::Iff => "iff",
        Container::Asf => "asf",
        Container::Avi => "avi",
        Container::Amr => "amr,amrnb,amrwb",
        Container::Midi => "midi",
        Container::Tak => "tak",
        Container::RealMedia => "rm",
        Container::Flv => "flv",
        Container::MpegTs => "mpegts",
        Container::MpegPs => "mpeg",
        Container::Ac3 => "ac3,eac3",
        Container::Dts => "dts,dtshd",
        Container::TrueHd => "truehd,mlp",
        Container::Shorten => "shn",
        Container::Oma => "oma",
        Container::Module => "libopenmpt,libmodplug,libgme",
        Container::Loas => "loas",
        Container::Gsm => "gsm",
        Container::Mp3 | Container::Mp2 => "mp3,mp2",
        Container::Adts => "aac",
    }
}
