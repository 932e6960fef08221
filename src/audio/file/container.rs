//! The table of containers: how each is recognised, what reads it and what writes it.

use super::{Input, OutputTarget, ReadOptions, WriteOptions, au, decode, flac, raw, voc, w64, wav};
use crate::audio::advice::Advice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::spec::Spec;
use crate::audio::spelling;
use crate::audio::stream::{Sink, Source};
use std::path::Path;

/// First bytes of an input that suffice to recognise every container of the table.
pub(crate) const SNIFFED: usize = 32;

/// Makes a source of an input whose container is known.
pub(super) type Reader = fn(Input, &ReadOptions) -> Result<Box<dyn Source>>;

/// Makes sinks of a container.
pub(crate) trait Writer: Sync {
    /// A sink of frames of `spec`, with its header written. What cannot be done is refused before anything is made.
    fn create(
        &self,
        target: OutputTarget,
        spec: Spec,
        options: &WriteOptions,
    ) -> Result<Box<dyn Sink>>;

    /// Most frames in a file, if there is a limit: one at least, so that a series of files comes to its end.
    fn max_frames(&self, spec: Spec, options: &WriteOptions) -> Option<u64>;

    /// Whether what is written of `spec` says which speakers its channels are for: those stand in the order of a WAV then.
    fn stores_channel_mask(&self, spec: Spec) -> bool;
}

/// One row of the table.
struct Row {
    container: Container,
    /// What `-t` calls it, best first, and the suffixes of such files.
    names: &'static [&'static str],
    /// What a message calls it.
    title: &'static str,
    /// Whether it begins so.
    magic: fn(&[u8]) -> bool,
    /// What reads it, if anything does yet.
    reader: Option<Reader>,
    /// What writes it, if anything does yet.
    writer: Option<&'static dyn Writer>,
}

macro_rules! containers {
    ($($variant:ident = $names:expr, $title:literal, $magic:expr, $reader:expr, $writer:expr;)*) => {
        /// What sound is packed in. Not all that are recognised can be read yet.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum Container { $($variant),* }

        const TABLE: &[Row] = &[$(Row {
            container: Container::$variant,
            names: &$names,
            title: $title,
            magic: $magic,
            reader: $reader,
            writer: $writer,
        }),*];
    };
}

// The first row whose magic matches wins, so the weak ones (a dozen bits of an MPEG frame) stand last.
containers! {
    Wav = ["wav", "wave"], "WAV", is_wav, Some(wav::open), Some(&wav::PACKING);
    // Recognised as the kind of WAV that it is; the name is for writing it.
    Rf64 = ["rf64", "bw64"], "RF64", is_rf64, Some(wav::open), Some(&wav::WIDE_PACKING);
    Raw = ["raw", "pcm"], "raw samples", |_| false, Some(raw::open), Some(&raw::PACKING);
    Voc = ["voc"], "Creative VOC", |head| has(head, 0, b"Creative Voice File\x1a"), Some(voc::open), None;
    Au = ["au", "sparc", "snd"], "Sun AU", is_au, Some(au::open), Some(&au::PACKING);
    Flac = ["flac"], "FLAC", |head| has(head, 0, b"fLaC"), Some(decode::open_flac), Some(&flac::WRITER);
    Ogg = ["ogg", "oga", "opus"], "Ogg", |head| has(head, 0, b"OggS"), Some(decode::open_ogg), None;
    Aiff = ["aiff", "aif"], "AIFF", |head| has(head, 0, b"FORM") && (has(head, 8, b"AIFF") || has(head, 8, b"AIFC")), Some(decode::open_aiff), None;
    Caf = ["caf"], "CAF", |head| has(head, 0, b"caff"), Some(decode::open_caf), None;
    Mp4 = ["mp4", "m4a"], "MPEG-4", |head| has(head, 4, b"ftyp"), Some(decode::open_mp4), None;
    Matroska = ["matroska", "mka", "webm"], "Matroska", |head| has(head, 0, b"\x1a\x45\xdf\xa3"), Some(decode::open_matroska), None;
    W64 = ["w64"], "Wave64", |head| has(head, 0, b"riff\x2e\x91\xcf\x11"), Some(w64::open), Some(&w64::PACKING);
    Wavpack = ["wavpack", "wv"], "WavPack", |head| has(head, 0, b"wvpk"), None, None;
    Ape = ["ape"], "Monkey's Audio", |head| has(head, 0, b"MAC "), None, None;
    Tta = ["tta"], "True Audio", |head| has(head, 0, b"TTA1"), None, None;
    Musepack = ["musepack", "mpc"], "Musepack", |head| has(head, 0, b"MPCK") || has(head, 0, b"MP+"), None, None;
    Dsf = ["dsf"], "DSF", |head| has(head, 0, b"DSD "), None, None;
    Dsdiff = ["dsdiff", "dff"], "DSDIFF", |head| has(head, 0, b"FRM8") && has(head, 12, b"DSD "), None, None;
    Asf = ["asf", "wma"], "ASF", |head| has(head, 0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"), None, None;
    Avi = ["avi"], "AVI", |head| has(head, 0, b"RIFF") && has(head, 8, b"AVI "), None, None;
    Amr = ["amr"], "AMR", |head| has(head, 0, b"#!AMR"), None, None;
    Midi = ["midi"], "MIDI", |head| has(head, 0, b"MThd"), None, None;
    Mp3 = ["mp3"], "MP3", is_mp3, Some(decode::open_mp3), None;
    Mp2 = ["mp2", "mp1"], "MPEG layer 1 or 2", is_mp2, None, None;
    Adts = ["adts", "aac"], "AAC", is_adts, Some(decode::open_adts), None;
}

impl Container {
    /// Every container, in the table's order.
    pub fn all() -> impl Iterator<Item = Container> {
        TABLE.iter().map(|row| row.container)
    }

    /// The container that `-t` calls `name`, in any case (`sparc` is AU, as aplay has it).
    ///
    /// # Errors
    /// [`Kind::Usage`], naming the nearest spelling.
    pub fn from_name(name: &str) -> Result<Container> {
        let wanted = name.to_ascii_lowercase();
        if let Some(row) = TABLE.iter().find(|row| row.names.contains(&&*wanted)) {
            return Ok(row.container);
        }
        let all = TABLE.iter().flat_map(|row| row.names.iter().copied());
        let nearest = spelling::nearest(&wanted, all);
        let error = Error::new(Kind::Usage, format!("there is no file type '{name}'"));
        Err(error.with_advice(Advice::nearest(nearest)))
    }

    /// The container that files of this name are (`take.wav`, `take.snd`), where its suffix is that of one.
    pub fn of_suffix(path: &Path) -> Option<Container> {
        let suffix = path.extension()?.to_str()?.to_ascii_lowercase();
        let row = TABLE.iter().find(|row| row.names.contains(&&*suffix))?;
        Some(row.container)
    }

    /// Whether something that begins with `head` is one.
    pub(super) fn is_in(self, head: &[u8]) -> bool {
        (self.row().magic)(head)
    }

    /// The container of something that begins with `head` (its first [`SNIFFED`] bytes, or all of it).
    pub(crate) fn of(head: &[u8]) -> Option<Container> {
        let row = TABLE.iter().find(|row| (row.magic)(head))?;
        Some(row.container)
    }

    fn row(self) -> &'static Row {
        // Every value of the enum was made from the same macro as the table, so the row is always there.
        TABLE
            .iter()
            .find(|row| row.container == self)
            .unwrap_or(&TABLE[0])
    }

    /// What `-t` calls it (`wav`).
    pub fn name(self) -> &'static str {
        self.row().names[0]
    }

    /// What a message calls it (`WAV`).
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// Whether it can be read.
    pub fn is_readable(self) -> bool {
        self.reader().is_some()
    }

    /// Whether it can be written.
    pub fn is_writable(self) -> bool {
        self.writer().is_some()
    }

    pub(crate) fn writer(self) -> Option<&'static dyn Writer> {
        self.row().writer
    }

    pub(super) fn reader(self) -> Option<Reader> {
        self.row().reader
    }
}

fn has(head: &[u8], at: usize, magic: &[u8]) -> bool {
    head.get(at..).is_some_and(|rest| rest.starts_with(magic))
}

fn is_wav(head: &[u8]) -> bool {
    has(head, 8, b"WAVE") && wav::FORMS.iter().any(|form| has(head, 0, &form.id))
}

fn is_rf64(head: &[u8]) -> bool {
    is_wav(head) && (has(head, 0, b"RF64") || has(head, 0, b"BW64"))
}

fn is_au(head: &[u8]) -> bool {
    au::MAGICS.iter().any(|(magic, _)| has(head, 0, *magic))
}

fn is_mp3(head: &[u8]) -> bool {
    has(head, 0, b"ID3") || mpeg_layer(head) == Some(3)
}

fn is_mp2(head: &[u8]) -> bool {
    mpeg_layer(head).is_some_and(|layer| layer < 3)
}

fn mpeg_layer(head: &[u8]) -> Option<u8> {
    match head {
        [0xff, second, third, ..] if is_mpeg_frame(*second, *third) => Some(4 - (second >> 1 & 3)),
        _ => None,
    }
}

/// Eleven bits of synchronisation, and none of the fields behind them has a value that is reserved.
fn is_mpeg_frame(second: u8, third: u8) -> bool {
    let version_is_known = second & 0x18 != 0x08;
    let layer_is_known = second & 0x06 != 0;
    let bitrate_is_known = !matches!(third >> 4, 0 | 15);
    let rate_is_known = third & 0x0c != 0x0c;
    second & 0xe0 == 0xe0 && version_is_known && layer_is_known && bitrate_is_known && rate_is_known
}

/// Twelve bits of synchronisation, layer 0, and one of the thirteen rates.
fn is_adts(head: &[u8]) -> bool {
    matches!(head, [0xff, second, third, ..] if second & 0xf6 == 0xf0 && (third >> 2) & 0x0f < 13)
}
