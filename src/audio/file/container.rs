//! The table of containers: their names and how each is recognized. What reads and writes them is in `registry`.

use super::magic::{
    has, is_ac3, is_adts, is_aiff, is_au, is_dts, is_ircam, is_loas, is_module, is_mp2, is_mp3,
    is_mp4, is_mpeg_ts, is_rf64, is_wav,
};
use crate::audio::advice::Advice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::spelling;
use std::path::Path;

/// The number of leading bytes needed to recognize most containers.
pub(crate) const SNIFF_BYTES: usize = 32;

/// The number of leading bytes needed to recognize any container.
pub(super) const MAX_SNIFF_BYTES: usize = 1084;

/// A row of the table.
struct ContainerRow {
    container: Container,
    /// Names, the primary one first; also the file name extensions.
    names: &'static [&'static str],
    /// Name for messages.
    title: &'static str,
    /// Whether a file begins with these bytes.
    magic: fn(&[u8]) -> bool,
}

macro_rules! containers {
    ($($variant:ident = $names:expr, $title:literal, $magic:expr;)*) => {
        /// A container format. Not all that are recognized can be read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum Container { $($variant),* }

        const TABLE: &[ContainerRow] = &[$(ContainerRow {
            container: Container::$variant,
            names: &$names,
            title: $title,
            magic: $magic,
        }),*];
    };
}

// The first row whose magic matches wins, so weak ones (the few bits of an MPEG header) come last.
containers! {
    Wav = ["wav", "wave"], "WAV", is_wav;
    // Recognized as WAV, which it is a variant of; listed by itself so that it can be written.
    Rf64 = ["rf64", "bw64"], "RF64", is_rf64;
    Raw = ["raw", "pcm"], "raw samples", |_| false;
    Voc = ["voc"], "Creative VOC", |head| has(head, 0, b"Creative Voice File\x1a");
    Au = ["au", "sparc", "snd"], "Sun AU", is_au;
    Flac = ["flac"], "FLAC", |head| has(head, 0, b"fLaC");
    Ogg = ["ogg", "oga", "opus"], "Ogg", |head| has(head, 0, b"OggS");
    Aiff = ["aiff", "aif"], "AIFF", is_aiff;
    Caf = ["caf"], "CAF", |head| has(head, 0, b"caff");
    Mp4 = ["mp4", "m4a", "m4b", "mov", "3gp", "3g2"], "MPEG-4", is_mp4;
    Matroska = ["matroska", "mka", "webm"], "Matroska", |head| has(head, 0, b"\x1a\x45\xdf\xa3");
    W64 = ["w64"], "Wave64", |head| has(head, 0, b"riff\x2e\x91\xcf\x11");
    Wavpack = ["wavpack", "wv"], "WavPack", |head| has(head, 0, b"wvpk");
    Ape = ["ape"], "Monkey's Audio", |head| has(head, 0, b"MAC ");
    Tta = ["tta"], "True Audio", |head| has(head, 0, b"TTA1");
    Musepack = ["musepack", "mpc"], "Musepack", |head| has(head, 0, b"MPCK") || has(head, 0, b"MP+");
    Dsf = ["dsf"], "DSF", |head| has(head, 0, b"DSD ");
    Dsdiff = ["dsdiff", "dff"], "DSDIFF", |head| has(head, 0, b"FRM8") && has(head, 12, b"DSD ");
    Asf = ["asf", "wma"], "ASF", |head| has(head, 0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11");
    Avi = ["avi"], "AVI", |head| has(head, 0, b"RIFF") && has(head, 8, b"AVI ");
    Amr = ["amr"], "AMR", |head| has(head, 0, b"#!AMR");
    Midi = ["midi"], "MIDI", |head| has(head, 0, b"MThd");
    Tak = ["tak"], "TAK", |head| has(head, 0, b"tBaK");
    Iff = ["8svx", "iff"], "IFF 8SVX", |head| has(head, 0, b"FORM") && (has(head, 8, b"8SVX") || has(head, 8, b"16SV"));
    RealMedia = ["realmedia", "rm", "ra", "rmvb"], "RealMedia", |head| has(head, 0, b".RMF") || has(head, 0, b".ra\xfd");
    Flv = ["flv"], "Flash Video", |head| has(head, 0, b"FLV\x01");
    MpegTs = ["mpegts", "ts", "m2ts", "mts"], "MPEG-TS", is_mpeg_ts;
    MpegPs = ["mpegps", "mpg", "mpeg", "vob"], "MPEG-PS", |head| has(head, 0, b"\0\0\x01\xba");
    Ac3 = ["ac3", "eac3"], "AC-3", is_ac3;
    Dts = ["dts"], "DTS", is_dts;
    TrueHd = ["truehd", "mlp"], "TrueHD", |head| has(head, 4, b"\xf8\x72\x6f");
    Shorten = ["shorten", "shn"], "Shorten", |head| has(head, 0, b"ajkg");
    Oma = ["oma", "aa3"], "OpenMG", |head| has(head, 0, b"EA3\x01") || has(head, 0, b"ea3\x03");
    Module = ["module", "tracker", "mod", "xm", "it", "s3m"], "a tracker module", is_module;
    Sphere = ["sphere", "sph", "nist"], "NIST SPHERE", |head| has(head, 0, b"NIST_1A\n");
    Ircam = ["ircam", "sf"], "IRCAM", is_ircam;
    Paf = ["paf", "fap"], "Ensoniq PARIS", |head| has(head, 0, b" paf\0\0\0\0") || has(head, 0, b"fap \0\0\0\0");
    Sox = ["sox"], "SoX native", |head| has(head, 0, b".SoX") || has(head, 0, b"XoS.");
    Avr = ["avr"], "AVR", |head| has(head, 0, b"2BIT");
    Wve = ["wve"], "Psion sound", |head| has(head, 0, b"ALawSoundFile**\0");
    Nut = ["nut"], "NUT", |head| has(head, 0, b"nut/multimedia container\0");
    Loas = ["loas", "latm"], "AAC in LOAS", is_loas;
    Gsm = ["gsm"], "raw GSM 6.10", |_| false;
    Mp3 = ["mp3"], "MP3", is_mp3;
    Mp2 = ["mp2", "mp1"], "MPEG layer 1 or 2", is_mp2;
    Adts = ["adts", "aac"], "AAC", is_adts;
}

impl Container {
    /// All containers, in the order of the table.
    pub fn all() -> impl Iterator<Item = Container> {
        TABLE.iter().map(|row| row.container)
    }

    /// Its names, which are also the extensions of its files.
    pub fn names(self) -> &'static [&'static str] {
        self.row().names
    }

    /// The container called `name`, in any case (`sparc` is AU, as in aplay).
    ///
    /// # Errors
    /// [`Kind::Usage`] with the most similar names.
    pub fn from_name(name: &str) -> Result<Container> {
        let wanted = name.to_ascii_lowercase();
        if let Some(row) = TABLE.iter().find(|row| row.names.contains(&&*wanted)) {
            return Ok(row.container);
        }
        let all = TABLE.iter().flat_map(|row| row.names.iter().copied());
        let nearest = spelling::nearest(&wanted, all);
        let error = Error::new(Kind::Usage, format!("unknown file type '{name}'"));
        Err(error.with_advice(Advice::nearest(nearest)))
    }

    /// The container for the extension of a file name (`take.wav`, `take.snd`), if it is known.
    pub fn from_extension(path: &Path) -> Option<Container> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        let row = TABLE.iter().find(|row| row.names.contains(&&*extension))?;
        Some(row.container)
    }

    /// The container of a file that begins with `head`: its first 32 bytes or more, or all of it. What many other files may
    /// begin with, too, the headers of MPEG and AAC frames for example, is not looked for further on.
    pub fn detected(head: &[u8]) -> Option<Container> {
        Container::sniff(head)
    }

    /// The container of a file that begins with `head`: its first [`SNIFF_BYTES`] bytes or more, or all of it.
    pub(crate) fn sniff(head: &[u8]) -> Option<Container> {
        let row = TABLE.iter().find(|row| (row.magic)(head))?;
        Some(row.container)
    }

    /// Whether a file that begins with `head` is of this container.
    pub(super) fn matches(self, head: &[u8]) -> bool {
        (self.row().magic)(head)
    }

    fn row(self) -> &'static ContainerRow {
        // Enum and table come from the same macro, so there is always a row.
        TABLE
            .iter()
            .find(|row| row.container == self)
            .unwrap_or(&TABLE[0])
    }

    /// Its primary name (`wav`).
    pub fn name(self) -> &'static str {
        self.row().names[0]
    }

    /// Its name for messages (`WAV`).
    pub fn title(self) -> &'static str {
        self.row().title
    }
}
