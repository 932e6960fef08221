//! A part of a file as a source: a track of a cue sheet.

use super::entry::{CD_FRAMES, TrackRange};
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::{Error, Result};
use crate::audio::metadata::{Metadata, ReplayGain};
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Holds the source of the track that has just ended, so that the next track of the same file need not open it again
/// and skip to its start.
pub(super) type SourceSlot = Arc<Mutex<Option<KeptSource>>>;

/// A source, and how far it has been read.
pub(super) struct KeptSource {
    path: PathBuf,
    /// Frames read.
    at: u64,
    source: Box<dyn Source>,
}

/// A part of another source.
pub(super) struct PartSource {
    /// `None` once it has been put into `slot`.
    source: Option<Box<dyn Source>>,
    path: PathBuf,
    spec: Spec,
    name: String,
    metadata: Metadata,
    slot: SourceSlot,
    /// Position in the whole source.
    at: u64,
    end: u64,
}

impl PartSource {
    /// The part `part` of the file `path`. Its source is taken from `slot` if it is there and has been read up to the
    /// start of the part; otherwise `open` opens it.
    pub(super) fn open(
        path: &Path,
        part: TrackRange,
        tags: &[(&'static str, String)],
        slot: &SourceSlot,
        open: impl FnOnce() -> Result<Box<dyn Source>>,
    ) -> Result<PartSource> {
        let kept = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        let kept = kept.filter(|kept| {
            kept.path == path && kept.at == first_frame(part.start, kept.source.spec())
        });
        let (source, at) = match kept {
            Some(kept) => (kept.source, kept.at),
            None => skipped(open()?, part.start)?,
        };
        let spec = source.spec();
        let end = part.end.map_or(u64::MAX, |end| first_frame(end, spec));
        let mut metadata = source.metadata();
        metadata.cues.clear();
        for (name, value) in tags {
            metadata.tags.take(name);
            metadata.tags.add(name, value);
        }
        Ok(PartSource {
            name: source.name().to_owned(),
            source: Some(source),
            path: path.to_owned(),
            spec,
            metadata,
            slot: Arc::clone(slot),
            at,
            end,
        })
    }

    fn left(&self) -> u64 {
        self.end.saturating_sub(self.at)
    }
}

/// The first frame of a position in CD frames.
fn first_frame(position: u64, spec: Spec) -> u64 {
    let frames = u128::from(position) * u128::from(spec.rate) / u128::from(CD_FRAMES);
    u64::try_from(frames).unwrap_or(u64::MAX)
}

fn skipped(mut source: Box<dyn Source>, start: u64) -> Result<(Box<dyn Source>, u64)> {
    let at = first_frame(start, source.spec());
    if source.skip(at)? < at {
        return Err(Error::invalid(
            source.name(),
            "ends before this track starts",
        ));
    }
    Ok((source, at))
}

impl Source for PartSource {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn frames(&self) -> Option<u64> {
        let whole = self.source.as_ref().and_then(|source| source.frames());
        let left = whole.map(|frames| frames.saturating_sub(self.at).min(self.left()));
        left.or((self.end < u64::MAX).then(|| self.left()))
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn take_warning(&mut self) -> Option<String> {
        self.source.as_mut()?.take_warning()
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let wanted = self.spec.bytes(self.left()).min(buffer.len() as u64) as usize;
        let Some(source) = self.source.as_mut().filter(|_| wanted > 0) else {
            return Ok(0);
        };
        let got = source.read(&mut buffer[..wanted])?;
        self.at += self.spec.frames_in(got as u64);
        Ok(got)
    }

    fn channel_map(&self) -> Option<ChannelMap> {
        self.source.as_ref()?.channel_map()
    }

    fn replay_gain(&self) -> ReplayGain {
        self.source
            .as_ref()
            .map_or_else(ReplayGain::default, |source| source.replay_gain())
    }

    fn skip(&mut self, frames: u64) -> Result<u64> {
        let wanted = frames.min(self.left());
        let Some(source) = &mut self.source else {
            return Ok(0);
        };
        let skipped = source.skip(wanted)?;
        self.at += skipped;
        Ok(skipped)
    }
}

impl Drop for PartSource {
    /// Leaves the source for the next track, if this one was played to its end.
    fn drop(&mut self) {
        if let Some(source) = self.source.take().filter(|_| self.at == self.end) {
            *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(KeptSource {
                path: std::mem::take(&mut self.path),
                at: self.at,
                source,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;
    use crate::audio::stream::testing::drain;

    /// Mono frames of 8 bits that count up from 0, 256 of them.
    struct Counting(u64);

    impl Source for Counting {
        fn spec(&self) -> Spec {
            Spec::new(Format::U8, 750, 1).unwrap()
        }
        fn frames(&self) -> Option<u64> {
            Some(256)
        }
        fn name(&self) -> &str {
            "x"
        }
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let count = (256 - self.0).min(buffer.len() as u64) as usize;
            buffer[..count]
                .iter_mut()
                .enumerate()
                .for_each(|(at, byte)| *byte = (self.0 + at as u64) as u8);
            self.0 += count as u64;
            Ok(count)
        }
    }

    #[test]
    fn tracks_continue_the_same_source() {
        let slot = SourceSlot::default();
        let mut opened = 0;
        let mut all = Vec::new();
        for (start, end) in [(0, Some(5)), (5, Some(9)), (9, None)] {
            let part = TrackRange { start, end };
            let open = || {
                opened += 1;
                Ok(Box::new(Counting(0)) as Box<dyn Source>)
            };
            let mut source = PartSource::open(
                Path::new("x"),
                part,
                &[("title", "T".to_owned())],
                &slot,
                open,
            )
            .unwrap();
            let expected = end.map_or(256, |end| 10 * end) - 10 * start;
            assert_eq!(source.frames(), Some(expected));
            assert_eq!(source.metadata().tags.get("title"), Some("T"));
            let (bytes, end) = drain(&mut source, 7);
            end.unwrap();
            assert_eq!(bytes.len() as u64, expected);
            all.extend(bytes);
        }
        assert_eq!((all, opened), ((0..=255).collect(), 1));
    }

    #[test]
    fn a_track_behind_the_end_is_an_error() {
        let part = TrackRange {
            start: 99,
            end: None,
        };
        let open = || Ok(Box::new(Counting(0)) as Box<dyn Source>);
        assert!(PartSource::open(Path::new("x"), part, &[], &SourceSlot::default(), open).is_err());
    }
}
