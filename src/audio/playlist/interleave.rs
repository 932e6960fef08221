//! Mono sources interleaved into one source (`aplay -I`).

use crate::audio::error::{Error, Kind, Result};
use crate::audio::spec::Spec;
use crate::audio::spelling::count;
use crate::audio::stream::Source;

/// Frames read from each source at a time; bounds the memory used, whatever the caller's buffer.
const BLOCK_FRAMES: usize = 4096;

/// The channels of several mono sources, in their order.
struct Interleaved {
    parts: Vec<Part>,
    spec: Spec,
    name: String,
    /// Frames read so far.
    read: u64,
    /// Whether the end of the shortest part is an error.
    is_strict: bool,
}

/// A mono source, and the bytes `from..to` of `buffer` that were read ahead.
struct Part {
    source: Box<dyn Source>,
    buffer: Vec<u8>,
    from: usize,
    to: usize,
}

/// Interleaves mono sources into one source with a channel for each of `parts`, in order.
///
/// It ends when all of them end. If one ends before the others, it yields the frames they have in common and then an
/// error that names the short one.
///
/// # Errors
/// [`Kind::Usage`] if `parts` is empty; [`Kind::InvalidInput`] if one has more than one channel, or another format or
/// rate than the first; [`Kind::Unsupported`] for too many parts.
pub fn interleave(parts: Vec<Box<dyn Source>>) -> Result<Box<dyn Source>> {
    interleaved(parts, true)
}

/// Like [`interleave`], but ends with the shortest source, without an error.
///
/// # Errors
/// As [`interleave`].
pub fn interleave_to_shortest(parts: Vec<Box<dyn Source>>) -> Result<Box<dyn Source>> {
    interleaved(parts, false)
}

fn interleaved(parts: Vec<Box<dyn Source>>, is_strict: bool) -> Result<Box<dyn Source>> {
    let Some(first) = parts.first() else {
        return Err(Error::new(Kind::Usage, "there is no file to play"));
    };
    let mono = first.spec();
    for part in &parts {
        check(part.as_ref(), first.as_ref())?;
    }
    let channels = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let names: Vec<_> = parts.iter().map(|part| part.name()).collect();
    Ok(Box::new(Interleaved {
        spec: Spec::new(mono.format, mono.rate, channels)?,
        name: names.join(", "),
        parts: parts.into_iter().map(Part::new).collect(),
        read: 0,
        is_strict,
    }))
}

fn check(part: &dyn Source, first: &dyn Source) -> Result<()> {
    let (spec, wanted) = (part.spec(), first.spec());
    if spec.channels != 1 {
        let why = format!("has {} channels instead of one", spec.channels);
        return Err(Error::invalid(part.name(), why));
    }
    if spec != wanted {
        let why = format!("is {spec}, but '{}' is {wanted}", first.name());
        return Err(Error::invalid(part.name(), why));
    }
    Ok(())
}

impl Part {
    fn new(source: Box<dyn Source>) -> Part {
        let size = BLOCK_FRAMES * source.spec().frame_bytes();
        Part {
            source,
            buffer: vec![0; size],
            from: 0,
            to: 0,
        }
    }

    fn buffered(&self) -> usize {
        self.to - self.from
    }

    /// Reads more if the buffer is empty; it stays empty at the end of the source.
    fn refill(&mut self) -> Result<()> {
        if self.buffered() == 0 {
            self.from = 0;
            self.to = 0;
            self.to = self.source.read(&mut self.buffer)?;
        }
        Ok(())
    }

    /// Copies samples of `size` bytes to every `stride`th byte of `frames`.
    fn copy_to(&mut self, frames: &mut [u8], size: usize, stride: usize) {
        let samples = self.buffer[self.from..self.to].chunks_exact(size);
        for (frame, sample) in frames.chunks_mut(stride).zip(samples) {
            frame[..size].copy_from_slice(sample);
            self.from += size;
        }
    }
}

impl Interleaved {
    /// Bytes that every part has buffered.
    fn buffered(&self) -> usize {
        self.parts.iter().map(Part::buffered).min().unwrap_or(0)
    }

    /// The end of the source: an error if some parts have more frames.
    fn end(&self) -> Result<usize> {
        let ended = self.parts.iter().find(|part| part.buffered() == 0);
        let longer = self.parts.iter().find(|part| part.buffered() > 0);
        match (ended, longer) {
            (Some(ended), Some(longer)) if self.is_strict => {
                let (frames, longer) = (count(self.read, "frame"), longer.source.name());
                let why = format!("ends after {frames}, before '{longer}'");
                Err(Error::invalid(ended.source.name(), why))
            }
            _ => Ok(0),
        }
    }
}

impl Source for Interleaved {
    fn spec(&self) -> Spec {
        self.spec
    }

    /// The frames of the shortest part, if all lengths are known.
    fn frames(&self) -> Option<u64> {
        let lengths = self.parts.iter().map(|part| part.source.frames());
        lengths.collect::<Option<Vec<_>>>()?.into_iter().min()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn take_warning(&mut self) -> Option<String> {
        self.parts
            .iter_mut()
            .find_map(|part| part.source.take_warning())
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let stride = self.spec.frame_bytes();
        let size = stride / self.parts.len();
        let room = self.spec.whole_frames(buffer.len())?;
        if room == 0 {
            return Ok(0);
        }
        for part in &mut self.parts {
            part.refill()?;
        }
        let frames = (self.buffered() / size).min(room / stride);
        if frames == 0 {
            return self.end();
        }
        let bytes = frames * stride;
        for (channel, part) in self.parts.iter_mut().enumerate() {
            part.copy_to(&mut buffer[channel * size..bytes], size, stride);
        }
        self.read += frames as u64;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::file::frames_of;
    use crate::audio::file::testing::{message, piped, regular, sound};
    use crate::audio::format::Format;
    use crate::audio::stream::testing::drain;
    use proptest::prelude::*;

    fn mono(name: &str, bytes: &[u8]) -> Box<dyn Source> {
        let spec = Spec::new(Format::S24_3LE, 48_000, 1).unwrap();
        Box::new(frames_of(regular(name, bytes), spec))
    }

    fn error_of(parts: Vec<Box<dyn Source>>) -> Error {
        match interleave(parts) {
            Ok(source) => panic!("'{}' was opened", source.name()),
            Err(error) => error,
        }
    }

    #[test]
    fn two_files_become_left_and_right() {
        let parts = vec![mono("l", b"abcdef"), mono("r", b"ABCDEF")];
        let mut both = interleave(parts).unwrap();
        assert_eq!(both.spec(), Spec::new(Format::S24_3LE, 48_000, 2).unwrap());
        assert_eq!((both.frames(), both.name()), (Some(2), "l, r"));
        let (all, end) = drain(both.as_mut(), 10);
        end.unwrap();
        assert_eq!(all, b"abcABCdefDEF");
    }

    #[test]
    fn a_file_shorter_than_the_others_is_an_error() {
        let parts = vec![
            mono("l", &sound(3000)),
            mono("r", &sound(2997)),
            mono("c", &sound(3000)),
        ];
        let mut all_three = interleave(parts).unwrap();
        assert_eq!(all_three.frames(), Some(999));
        let (all, end) = drain(all_three.as_mut(), 10);
        assert_eq!(all.len(), 999 * 9);
        assert_eq!(
            message(&end.unwrap_err(), "r"),
            "'r' ends after 999 frames, before 'l'"
        );
        let parts = vec![mono("l", b"abcdef"), mono("r", b"ABC")];
        let (all, end) = drain(interleave_to_shortest(parts).unwrap().as_mut(), 10);
        assert_eq!(all, b"abcABC");
        end.unwrap();
    }

    #[test]
    fn an_error_in_one_part_follows_the_frames_in_common() {
        let parts = vec![mono("l", &sound(3000)), mono("r", &sound(2999))];
        let (all, end) = drain(interleave(parts).unwrap().as_mut(), 10);
        assert_eq!(all.len(), 999 * 6);
        assert!(message(&end.unwrap_err(), "r").contains("in the middle of a frame"));
    }

    #[test]
    fn parts_of_different_specs_are_rejected() {
        let other = |format, rate, channels| -> Box<dyn Source> {
            let spec = Spec::new(format, rate, channels).unwrap();
            Box::new(frames_of(regular("r", &sound(12)), spec))
        };
        let cases = [
            (other(Format::S24_3LE, 44_100, 1), "44100 Hz"),
            (other(Format::S16_LE, 48_000, 1), "S16_LE"),
            (other(Format::S24_3LE, 48_000, 2), "has 2 channels"),
        ];
        for (part, expected) in cases {
            let error = error_of(vec![mono("l", &sound(12)), part]);
            assert_eq!(error.kind(), Kind::InvalidInput);
            assert!(message(&error, "r").contains(expected), "{error}");
        }
        assert_eq!(error_of(Vec::new()).kind(), Kind::Usage);
    }

    proptest! {
        #[test]
        fn every_channel_is_preserved(
            channels in 1_usize..6,
            frames in 1_usize..9000,
            step in 1_usize..30_000,
            buffer in 1_usize..9000,
        ) {
            let spec = Spec::new(Format::S16_LE, 48_000, 1).unwrap();
            let whole: Vec<u8> = sound((channels + frames) * 2);
            let part = |at: usize| &whole[at * 2..(at + frames) * 2];
            let parts = (0..channels).map(|at| -> Box<dyn Source> {
                Box::new(frames_of(piped("part", part(at), step.max(100)), spec))
            });
            let (all, end) = drain(interleave(parts.collect()).unwrap().as_mut(), buffer.max(50));
            prop_assert!(end.is_ok());
            for at in 0..channels {
                let one: Vec<u8> = all.chunks(2).skip(at).step_by(channels).flatten().copied().collect();
                prop_assert_eq!(one.as_slice(), part(at));
            }
        }
    }
}
