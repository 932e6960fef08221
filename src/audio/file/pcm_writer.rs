//! Writes containers of uncompressed samples: a header, then the frames.
//!
//! The header depends only on the number of frames and has a constant length. A file is made valid by rewriting the
//! header in one call, after the frames it declares have been written.

use super::errors::full;
use super::options::WriteOptions;
use super::output::{Output, OutputTarget};
use super::repack::Repack;
use super::writer::ContainerWriter;
use crate::audio::advice::FileAdvice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::format::Format;
use crate::audio::metadata::Tags;
use crate::audio::spec::Spec;
use crate::audio::stream::{FilePlace, Sink, fitting_bytes};

/// How a container of uncompressed samples is written.
#[derive(Clone, Copy)]
pub(super) struct PcmContainer {
    /// Name for messages.
    pub(super) title: &'static str,
    /// The sample formats it can hold; empty if it can hold all.
    pub(super) formats: &'static [Format],
    /// The bytes before the frames. Their number must not depend on the length.
    pub(super) header: fn(&HeaderInfo, HeaderLength) -> Vec<u8>,
    /// The samples are padded to a multiple of this many bytes.
    pub(super) padding: u64,
    /// What follows the samples and their padding in a file.
    pub(super) ending: &'static [u8],
    /// Maximum bytes of samples.
    pub(super) max_bytes: u64,
    /// Encodes tags for the header; `None` if it cannot store any.
    pub(super) tags: Option<EncodeTags>,
    /// Whether this header has a field for the channel mask.
    pub(super) stores_channel_mask: fn(&HeaderInfo) -> bool,
}

/// Encodes tags for a header. The error completes `TITLE …`.
pub(super) type EncodeTags = fn(&Tags) -> Result<Vec<u8>, String>;

/// What a header describes.
#[derive(Clone, Debug)]
pub(super) struct HeaderInfo {
    /// The spec of the frames as stored.
    pub(super) spec: Spec,
    /// The positions of the channels, if known.
    pub(super) channel_mask: Option<u32>,
    /// Encoded tags; empty if there are none.
    pub(super) tags: Vec<u8>,
    /// Whether there is an annotation if there are no tags.
    pub(super) annotation: bool,
}

/// The length that a header declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeaderLength {
    /// Bytes of samples.
    Bytes(u64),
    /// Not known: a stream.
    Unknown,
}

/// Bytes repacked at a time.
const BLOCK_BYTES: usize = 256 << 10;

/// A file or pipe that takes frames.
pub(super) struct PcmWriter {
    output: Output,
    container: PcmContainer,
    spec: Spec,
    info: HeaderInfo,
    repack: Repack,
    repacked: Vec<u8>,
    /// Bytes of the header.
    header_bytes: u64,
    /// The length in the header as last written.
    header_length: HeaderLength,
    frames: u64,
    max_frames: Option<u64>,
    /// Whether checkpoints wait for the disk.
    sync: bool,
    finished: bool,
}

impl PcmContainer {
    /// How frames of `spec` are stored: the header's content, and the change to the samples.
    fn layout(&self, spec: Spec, options: &WriteOptions) -> Result<(HeaderInfo, Repack)> {
        let same = [spec.format];
        let formats = if self.formats.is_empty() {
            &same
        } else {
            self.formats
        };
        let repack_to = |to: &Format| Some((*to, Repack::new(spec.format, *to)?));
        let (format, repack) = formats
            .iter()
            .find_map(repack_to)
            .ok_or_else(|| self.cannot_hold(spec))?;
        // Headers have 32 bits for the bytes per second.
        let byte_rate = u64::from(spec.rate) * spec.frame_bytes() as u64;
        if byte_rate > u32::MAX.into() && !self.formats.is_empty() {
            let message = format!(
                "{} cannot hold {spec}: too many bytes per second",
                self.title
            );
            return Err(Error::new(Kind::Usage, message));
        }
        let info = HeaderInfo {
            spec: Spec { format, ..spec },
            channel_mask: options.channel_mask,
            tags: self.encode_tags(options)?,
            annotation: options.annotation,
        };
        Ok((info, repack))
    }

    fn encode_tags(&self, options: &WriteOptions) -> Result<Vec<u8>> {
        let error = |why: &str| Error::new(Kind::Usage, format!("{} {why}", self.title));
        if options.compression.is_some() {
            return Err(error("is not compressed").with_advice(FileAdvice::CompressFlac));
        }
        match self.tags {
            _ if options.tags.is_empty() => Ok(Vec::new()),
            Some(encode) => encode(&options.tags).map_err(|why| error(&why)),
            None => Err(error("cannot store a title, artist or comment")
                .with_advice(FileAdvice::TagContainers)),
        }
    }

    fn cannot_hold(&self, spec: Spec) -> Error {
        let (container, format) = (self.title, spec.format);
        let formats = self.formats.iter().map(|format| format.name()).collect();
        Error::new(Kind::Usage, format!("{container} cannot hold {format}"))
            .with_advice(FileAdvice::Formats { container, formats })
            .with_advice(FileAdvice::WriteRaw)
    }

    fn header_length(&self, spec: Spec, frames: u64) -> HeaderLength {
        match spec.bytes(frames) {
            bytes if bytes <= self.max_bytes => HeaderLength::Bytes(bytes),
            _ => HeaderLength::Unknown,
        }
    }

    /// The length for a header that cannot be rewritten.
    fn expected_length(&self, spec: Spec, options: &WriteOptions) -> HeaderLength {
        let expected = options.expected_frames;
        expected.map_or(HeaderLength::Unknown, |frames| {
            self.header_length(spec, frames)
        })
    }
}

impl ContainerWriter for PcmContainer {
    fn create(
        &self,
        target: OutputTarget,
        spec: Spec,
        options: &WriteOptions,
    ) -> Result<Box<dyn Sink>> {
        Ok(Box::new(PcmWriter::create(target, spec, *self, options)?))
    }

    fn check(&self, spec: Spec, options: &WriteOptions) -> Result<()> {
        self.layout(spec, options).map(drop)
    }

    fn max_frames(&self, spec: Spec, options: &WriteOptions) -> Option<u64> {
        let max_bytes = self.max_bytes.min(options.max_bytes.unwrap_or(u64::MAX));
        (max_bytes < u64::MAX).then(|| spec.frames_in(max_bytes).max(1))
    }

    fn stores_channel_mask(&self, spec: Spec) -> bool {
        let layout = self.layout(spec, &WriteOptions::default());
        layout.is_ok_and(|(info, _)| (self.stores_channel_mask)(&info))
    }
}

impl PcmWriter {
    /// Creates the file and writes its header.
    pub(super) fn create(
        target: OutputTarget,
        spec: Spec,
        container: PcmContainer,
        options: &WriteOptions,
    ) -> Result<PcmWriter> {
        let (info, repack) = container.layout(spec, options)?;
        let has_neighbors = target.has_neighbors();
        let output = Output::create(target, options)?;
        // Without neighbors there cannot be a next file, so writing does not stop at the limit. Beyond it, the header
        // says "unknown length".
        let is_limited = has_neighbors && output.is_rewritable();
        let header_length = match output.is_rewritable() {
            true => HeaderLength::Bytes(0),
            false => container.expected_length(spec, options),
        };
        let header = (container.header)(&info, header_length);
        let mut writer = PcmWriter {
            max_frames: container.max_frames(spec, options).filter(|_| is_limited),
            output,
            container,
            spec,
            info,
            repack,
            repacked: Vec::new(),
            header_bytes: header.len() as u64,
            header_length,
            frames: 0,
            sync: options.sync,
            finished: false,
        };
        let written = writer.output.append_header(&header);
        written.inspect_err(|_| writer.output.discard())?;
        Ok(writer)
    }

    fn check_whole_frames(&self, frames: &[u8]) -> Result<()> {
        if frames.len().is_multiple_of(self.spec.frame_bytes()) {
            return Ok(());
        }
        let (bytes, spec) = (frames.len(), self.spec);
        let message = format!("{bytes} bytes are not whole frames of {spec}");
        Err(Error::internal(&message))
    }

    fn repack_and_append(&mut self, frames: &[u8]) -> Result<()> {
        if self.repack.is_identity() {
            return self.append([frames, &[]]);
        }
        let frame = self.spec.frame_bytes();
        for block in frames.chunks((BLOCK_BYTES / frame).max(1) * frame) {
            let mut repacked = std::mem::take(&mut self.repacked);
            repacked.resize(block.len(), 0);
            self.repack.apply(block, &mut repacked);
            let appended = self.append([&repacked, &[]]);
            self.repacked = repacked;
            appended?;
        }
        Ok(())
    }

    /// Appends frames as stored. A frame that does not fit entirely is removed again.
    fn append(&mut self, stored: [&[u8]; 2]) -> Result<()> {
        let (written, appended) = self.output.append_parts(stored);
        self.frames += self.spec.frames_in(written as u64);
        if !written.is_multiple_of(self.spec.frame_bytes()) {
            self.output
                .truncate(self.header_bytes + self.data_bytes())?;
        }
        appended
    }

    fn data_bytes(&self) -> u64 {
        self.spec.bytes(self.frames)
    }

    /// Rewrites the header if the length in it has changed.
    fn update_header(&mut self) -> Result<()> {
        let length = self.container.header_length(self.spec, self.frames);
        let is_current = self.header_bytes == 0 || length == self.header_length;
        if is_current || !self.output.is_rewritable() {
            return Ok(());
        }
        self.output
            .rewrite(&(self.container.header)(&self.info, length))?;
        self.header_length = length;
        Ok(())
    }

    /// Pads the samples if the header declares a length, and ends the file. After an unknown length, padding would be taken
    /// for samples.
    fn pad(&mut self) {
        let bytes = self.data_bytes();
        let missing = bytes.next_multiple_of(self.container.padding) - bytes;
        let length = match self.output.is_rewritable() {
            true => self.container.header_length(self.spec, self.frames),
            false => self.header_length,
        };
        if missing > 0 && length != HeaderLength::Unknown {
            // All samples are written; if the disk is full, readers cope without padding.
            let _ = self.output.append(&[0; 8][..missing as usize]);
        }
        if self.output.is_rewritable() && !self.container.ending.is_empty() {
            // Readers cope without it, too.
            let _ = self.output.append(self.container.ending);
        }
    }
}

impl Sink for PcmWriter {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn name(&self) -> &str {
        self.output.name()
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        self.check_whole_frames(frames)?;
        let fitting = fitting_bytes(self, frames);
        self.repack_and_append(&frames[..fitting])?;
        if fitting < frames.len() {
            return Err(full(self.name(), self.container.title));
        }
        Ok(())
    }

    fn write_parts(&mut self, parts: [&[u8]; 2]) -> Result<()> {
        let frames = self
            .spec
            .frames_in((parts[0].len() + parts[1].len()) as u64);
        parts
            .iter()
            .try_for_each(|part| self.check_whole_frames(part))?;
        let fits = self.capacity_left().is_none_or(|left| frames <= left);
        match fits && self.repack.is_identity() {
            true => self.append(parts),
            false => parts.iter().try_for_each(|part| self.write(part)),
        }
    }

    /// Frames are written before the header that declares them; with `sync`, they are on the disk before.
    fn checkpoint(&mut self) -> Result<()> {
        if self.sync {
            self.output.sync()?;
        }
        self.update_header()?;
        if self.sync && self.header_bytes > 0 {
            self.output.sync()?;
        }
        Ok(())
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn capacity_left(&self) -> Option<u64> {
        self.max_frames
            .map(|frames| frames.saturating_sub(self.frames))
    }

    fn discard(&mut self) {
        self.finished = true;
        self.output.discard();
    }

    fn place(&self) -> FilePlace {
        self.output.place()
    }

    fn finish(&mut self) -> Result<()> {
        if self.finished {
            return Ok(());
        }
        self.finished = true;
        self.pad();
        let checked = self.checkpoint();
        if let (Err(_), HeaderLength::Bytes(declared)) = (&checked, self.header_length)
            && declared > 0
        {
            // What follows the declared frames is not read. A declared length of 0 means that of the file.
            self.frames = self.spec.frames_in(declared);
        }
        let completed = self.output.complete();
        checked.and(completed)
    }
}
