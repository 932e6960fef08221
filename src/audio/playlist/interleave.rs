//! Several sources of one channel each as one source of all (`aplay -I`).

use crate::audio::error::{Error, Kind, Result};
use crate::audio::file::whole_frames;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;

/// Samples that are taken from each part at a time; bounds the memory, whatever the caller's buffer.
const BLOCK: usize = 4096;

/// The parts' channels, interleaved in their order.
struct Interleaved {
    parts: Vec<Part>,
    spec: Spec,
    name: String,
    /// Frames given so far.
    given: u64,
}

/// One source of one channel, and what was read of it and not given yet.
struct Part {
    source: Box<dyn Source>,
    buffer: Vec<u8>,
    from: usize,
    to: usize,
}

/// One source of as many channels as there are `parts`, in their order.
///
/// It ends when all of them end. Where one ends before the others, it gives the frames they have in common,
/// and then an error that names it.
///
/// # Errors
/// [`Kind::Usage`] for no part at all; [`Kind::InvalidInput`] for a part that has more than one channel, or
/// another format or rate than the first; [`Kind::Unsupported`] for too many parts.
pub fn interleave(parts: Vec<Box<dyn Source>>) -> Result<Box<dyn Source>> {
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
        given: 0,
    }))
}

fn check(part: &dyn Source, first: &dyn Source) -> Result<()> {
    let (spec, wanted) = (part.spec(), first.spec());
    if spec.channels != 1 {
        let why = format!(
            "has {} channels, where one file is one channel",
            spec.channels
        );
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
        let size = BLOCK * source.spec().frame_bytes();
        Part {
            source,
            buffer: vec![0; size],
            from: 0,
            to: 0,
        }
    }

    fn held(&self) -> usize {
        self.to - self.from
    }

    /// Has at least one sample afterwards, or none because it is at its end.
    fn refill(&mut self) -> Result<()> {
        if self.held() == 0 {
            self.from = 0;
            self.to = 0;
            self.to = self.source.read(&mut self.buffer)?;
        }
        Ok(())
    }

    /// Puts samples of `size` bytes at every `stride`th byte of `frames`, as far as `frames` goes.
    fn deal(&mut self, frames: &mut [u8], size: usize, stride: usize) {
        let samples = self.buffer[self.from..self.to].chunks_exact(size);
        for (frame, sample) in frames.chunks_mut(stride).zip(samples) {
            frame[..size].copy_from_slice(sample);
            self.from += size;
        }
    }
}

impl Interleaved {
    fn shortest(&self) -> usize {
        self.parts.iter().map(Part::held).min().unwrap_or(0)
    }

    /// The end, and whether all parts are at theirs.
    fn end(&self) -> Result<usize> {
        let over = self.parts.iter().find(|part| part.held() == 0);
        let more = self.parts.iter().find(|part| part.held() > 0);
        match (over, more) {
            (Some(over), Some(more)) => Err(Error::invalid(
                over.source.name(),
                format!(
                    "ends after {} frames, before '{}'",
                    self.given,
                    more.source.name()
                ),
            )),
            _ => Ok(0),
        }
    }
}

impl Source for Interleaved {
    fn spec(&self) -> Spec {
        self.spec
    }

    /// Those of the shortest part, where all of them are known.
    fn frames(&self) -> Option<u64> {
        let each = self.parts.iter().map(|part| part.source.frames());
        each.collect::<Option<Vec<_>>>()?.into_iter().min()
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
        let room = whole_frames(buffer.len(), stride)?;
        if room == 0 {
            return Ok(0);
        }
        for part in &mut self.parts {
            part.refill()?;
        }
        let frames = (self.shortest() / size).min(room / stride);
        if frames == 0 {
            return self.end();
        }
        let filled = frames * stride;
        for (channel, part) in self.parts.iter_mut().enumerate() {
            part.deal(&mut buffer[channel * size..filled], size, stride);
        }
        self.given += frames as u64;
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::file::frames_of;
    use crate::audio::file::testing::{drain, line, piped, regular, sound};
    use crate::audio::format::Format;
    use proptest::prelude::*;

    fn mono(name: &str, bytes: &[u8]) -> Box<dyn Source> {
        let spec = Spec::new(Format::S24_3LE, 48_000, 1).unwrap();
        Box::new(frames_of(regular(name, bytes), spec))
    }

    fn refusal(parts: Vec<Box<dyn Source>>) -> Error {
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
    fn the_shortest_file_ends_it_and_is_named() {
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
            line(&end.unwrap_err(), "r"),
            "'r' ends after 999 frames, before 'l'"
        );
    }

    #[test]
    fn a_broken_part_is_told_after_the_frames_in_common() {
        let parts = vec![mono("l", &sound(3000)), mono("r", &sound(2999))];
        let (all, end) = drain(interleave(parts).unwrap().as_mut(), 10);
        assert_eq!(all.len(), 999 * 6);
        assert!(line(&end.unwrap_err(), "r").contains("in the middle of a frame"));
    }

    #[test]
    fn parts_that_do_not_agree_are_refused() {
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
            let error = refusal(vec![mono("l", &sound(12)), part]);
            assert_eq!(error.kind(), Kind::InvalidInput);
            assert!(line(&error, "r").contains(expected), "{error}");
        }
        assert_eq!(refusal(Vec::new()).kind(), Kind::Usage);
    }

    proptest! {
        #[test]
        fn every_channel_comes_out_as_it_went_in(
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
