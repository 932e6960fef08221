//! One file or pipe of frames: what is common to every container that is written.
//!
//! A container is a header in front of the frames, and the header follows from their number alone. So a file is
//! made valid by writing its header again, in one call, after the frames that it tells of.

use super::WriteOptions;
use super::container::Writer;
use super::layout::Layout;
use super::output::{Output, OutputTarget};
use crate::audio::advice::FileAdvice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::format::Format;
use crate::audio::metadata::Tags;
use crate::audio::spec::Spec;
use crate::audio::stream::Sink;

/// How a container of plain samples is written: its column of the container table.
#[derive(Clone, Copy)]
pub(super) struct Packing {
    /// What it is called in messages.
    pub(super) title: &'static str,
    /// The sample formats it holds; none means that it holds all.
    pub(super) formats: &'static [Format],
    /// What stands before the frames: as long for every length.
    pub(super) header: fn(&Shape, Length) -> Vec<u8>,
    /// The frames are filled up to a multiple of so many bytes.
    pub(super) padding: u64,
    /// Most bytes of sound.
    pub(super) most: u64,
    /// How what is known of the sound is stored, where there is a place for it.
    pub(super) tags: Option<TagStore>,
    /// Whether such a header has a place for the speakers that the channels are for.
    pub(super) stores_channel_mask: fn(&Shape) -> bool,
}

/// How a container stores what is known of the sound; `Err` completes "TITLE …".
pub(super) type TagStore = fn(&Tags) -> Result<Vec<u8>, String>;

/// What a header describes.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// The frames as they are stored.
    pub(super) spec: Spec,
    /// The speakers its channels are for, where the caller knows.
    pub(super) channel_mask: Option<u32>,
    /// What is known of the sound, as the container stores it; empty where nothing is.
    pub(super) tags: Vec<u8>,
}

/// Bytes of sound behind a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// So many.
    Bytes(u64),
    /// All that follow: it is streamed.
    Unknown,
}

/// Bytes that are converted at a time.
const PIECE: usize = 256 << 10;

/// A file or pipe that takes frames.
pub(super) struct Store {
    output: Output,
    packing: Packing,
    spec: Spec,
    shape: Shape,
    layout: Layout,
    converted: Vec<u8>,
    /// Bytes of the header.
    head: u64,
    /// What the header says now.
    told: Length,
    frames: u64,
    /// Most frames.
    most: Option<u64>,
    /// Whether a checkpoint waits for the disk.
    sync: bool,
    finished: bool,
}

impl Packing {
    /// How frames of `spec` are stored.
    fn shape(&self, spec: Spec, options: &WriteOptions) -> Result<(Shape, Layout)> {
        let all = [spec.format];
        let formats = if self.formats.is_empty() {
            &all
        } else {
            self.formats
        };
        let layout_to = |to: &Format| Some((*to, Layout::between(spec.format, *to)?));
        let (format, layout) = formats
            .iter()
            .find_map(layout_to)
            .ok_or_else(|| self.refuses(spec))?;
        // Headers have 32 bits for the bytes of a second.
        let second = u64::from(spec.rate) * spec.frame_bytes() as u64;
        if second > u32::MAX.into() && !self.formats.is_empty() {
            let message = format!("{} cannot hold {spec}: too many bytes a second", self.title);
            return Err(Error::new(Kind::Usage, message));
        }
        let shape = Shape {
            spec: Spec { format, ..spec },
            channel_mask: options.channel_mask,
            tags: self.stored(options)?,
        };
        Ok((shape, layout))
    }

    /// What the caller knows of the sound, as the container stores it.
    fn stored(&self, options: &WriteOptions) -> Result<Vec<u8>> {
        let refuse = |why: &str| Error::new(Kind::Usage, format!("{} {why}", self.title));
        if options.compression.is_some() {
            return Err(refuse("is not compressed").with_advice(FileAdvice::CompressFlac));
        }
        match self.tags {
            _ if options.tags.is_empty() => Ok(Vec::new()),
            Some(store) => store(&options.tags).map_err(|why| refuse(&why)),
            None => Err(refuse("has no place for a title, an artist or a comment")
                .with_advice(FileAdvice::TagContainers)),
        }
    }

    fn refuses(&self, spec: Spec) -> Error {
        let (title, format) = (self.title, spec.format);
        let formats = self.formats.iter().map(|format| format.name()).collect();
        Error::new(Kind::Usage, format!("{title} cannot hold {format}"))
            .with_advice(FileAdvice::Formats {
                container: title,
                formats,
            })
            .with_advice(FileAdvice::WriteRaw)
    }

    /// The length of so many frames as a header says it.
    fn length(&self, spec: Spec, frames: u64) -> Length {
        match spec.bytes(frames) {
            bytes if bytes <= self.most => Length::Bytes(bytes),
            _ => Length::Unknown,
        }
    }

    /// The length that a header says which cannot be corrected later.
    fn promised(&self, spec: Spec, options: &WriteOptions) -> Length {
        let expected = options.expected_frames;
        expected.map_or(Length::Unknown, |frames| self.length(spec, frames))
    }
}

impl Writer for Packing {
    fn create(
        &self,
        target: OutputTarget,
        spec: Spec,
        options: &WriteOptions,
    ) -> Result<Box<dyn Sink>> {
        Ok(Box::new(Store::create(target, spec, *self, options)?))
    }

    fn max_frames(&self, spec: Spec, options: &WriteOptions) -> Option<u64> {
        let most = self.most.min(options.max_bytes.unwrap_or(u64::MAX));
        (most < u64::MAX).then(|| spec.frames_in(most).max(1))
    }

    fn stores_channel_mask(&self, spec: Spec) -> bool {
        let shape = self.shape(spec, &WriteOptions::default());
        shape.is_ok_and(|(shape, _)| (self.stores_channel_mask)(&shape))
    }
}

impl Store {
    /// Creates it, and writes its header.
    pub(super) fn create(
        target: OutputTarget,
        spec: Spec,
        packing: Packing,
        options: &WriteOptions,
    ) -> Result<Store> {
        let (shape, layout) = packing.shape(spec, options)?;
        let has_name = matches!(target, OutputTarget::Path(_));
        let output = Output::create(target, options)?;
        // What has no name has no successor either: it goes on, and its header says that the length is not known.
        let limited = has_name && output.is_rewritable();
        let told = match output.is_rewritable() {
            true => Length::Bytes(0),
            false => packing.promised(spec, options),
        };
        let header = (packing.header)(&shape, told);
        let mut store = Store {
            most: packing.max_frames(spec, options).filter(|_| limited),
            output,
            packing,
            spec,
            shape,
            layout,
            converted: Vec::new(),
            head: header.len() as u64,
            told,
            frames: 0,
            sync: options.sync,
            finished: false,
        };
        let (_, written) = store.output.append(&header);
        written.inspect_err(|_| store.output.discard())?;
        Ok(store)
    }

    fn store(&mut self, frames: &[u8]) -> Result<()> {
        if self.layout.is_identity() {
            return self.append(frames);
        }
        let frame = self.spec.frame_bytes();
        for piece in frames.chunks((PIECE / frame).max(1) * frame) {
            let mut converted = std::mem::take(&mut self.converted);
            converted.resize(piece.len(), 0);
            self.layout.apply(piece, &mut converted);
            let appended = self.append(&converted);
            self.converted = converted;
            appended?;
        }
        Ok(())
    }

    /// Appends stored frames. Of a frame that does not fit as a whole nothing stays.
    fn append(&mut self, stored: &[u8]) -> Result<()> {
        let (written, appended) = self.output.append(stored);
        self.frames += self.spec.frames_in(written as u64);
        if !written.is_multiple_of(self.spec.frame_bytes()) {
            self.output.cut(self.head + self.bytes())?;
        }
        appended
    }

    fn bytes(&self) -> u64 {
        self.spec.bytes(self.frames)
    }

    /// Writes the header for what is there, unless it says so already.
    fn tell(&mut self) -> Result<()> {
        let length = self.packing.length(self.spec, self.frames);
        if self.head == 0 || length == self.told || !self.output.is_rewritable() {
            return Ok(());
        }
        self.output
            .rewrite(&(self.packing.header)(&self.shape, length))?;
        self.told = length;
        Ok(())
    }

    /// Fills the sound up, where the header counts on it: behind a stream of unknown length it would be sound.
    fn pad(&mut self) {
        let missing = self.bytes().next_multiple_of(self.packing.padding) - self.bytes();
        let told = match self.output.is_rewritable() {
            true => self.packing.length(self.spec, self.frames),
            false => self.told,
        };
        if missing > 0 && told != Length::Unknown {
            // All the sound is there. If the disk has no room for this, readers do without.
            let _ = self.output.append(&[0; 8][..missing as usize]);
        }
    }

    fn full(&self) -> Error {
        let title = self.packing.title;
        let message = format!("'{}' is full: a {title} file holds no more", self.name());
        Error::new(Kind::NoSpace, message).with_file(self.name())
    }
}

impl Sink for Store {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn name(&self) -> &str {
        self.output.name()
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        if !frames.len().is_multiple_of(self.spec.frame_bytes()) {
            let message = format!(
                "{} bytes are no whole frames of {}",
                frames.len(),
                self.spec
            );
            return Err(Error::new(Kind::Internal, message));
        }
        let room = self
            .capacity_left()
            .map_or(u64::MAX, |room| self.spec.bytes(room));
        let fitting = room.min(frames.len() as u64) as usize;
        self.store(&frames[..fitting])?;
        if fitting < frames.len() {
            return Err(self.full());
        }
        Ok(())
    }

    /// The frames are written before the header that tells of them; with `sync`, they are on the disk before.
    fn checkpoint(&mut self) -> Result<()> {
        if self.sync {
            self.output.sync()?;
        }
        self.tell()?;
        if self.sync && self.head > 0 {
            self.output.sync()?;
        }
        Ok(())
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn capacity_left(&self) -> Option<u64> {
        self.most.map(|most| most.saturating_sub(self.frames))
    }

    fn finish(&mut self) -> Result<()> {
        if self.finished {
            return Ok(());
        }
        self.finished = true;
        self.pad();
        self.checkpoint()?;
        self.output.complete()
    }
}
