//! The frames to play, in blocks of any size.

use crate::audio::dsp::convert::Converter;
use crate::audio::dsp::gain::Ramp;
use crate::audio::error::{Error, Result};
use crate::audio::spec::Spec;
use crate::audio::stream::Source;

/// Frames that are converted at a time.
const BLOCK_FRAMES: u64 = 1024;

/// Reads a source in whole blocks, and converts its frames.
pub(super) struct PeriodReader {
    /// `None` if there are no frames.
    source: Option<Box<dyn Source>>,
    /// Frames that may still be read; `None` is no limit.
    left: Option<u64>,
    converter: Option<Converter>,
    converted: Vec<u8>,
    ended: bool,
    /// An error that follows the frames that were read before it.
    error: Option<Error>,
}

impl PeriodReader {
    pub(super) fn new(
        source: Option<Box<dyn Source>>,
        limit: Option<u64>,
        converter: Option<Converter>,
    ) -> PeriodReader {
        PeriodReader {
            source,
            left: limit,
            converter,
            converted: Vec::new(),
            ended: false,
            error: None,
        }
    }

    /// Fills `block` as far as possible; returns how many bytes, 0 at the end.
    ///
    /// # Errors
    /// Those of the source, after the frames that were read before, and of the conversion.
    pub(super) fn fill(&mut self, block: &mut [u8]) -> Result<usize> {
        let Some(mut converter) = self.converter.take() else {
            return self.read(block);
        };
        let converted = self.convert(&mut converter, block.len());
        self.converter = Some(converter);
        converted?;
        let bytes = block.len().min(self.converted.len());
        block[..bytes].copy_from_slice(&self.converted[..bytes]);
        self.converted.drain(..bytes);
        Ok(bytes)
    }

    /// Reads and converts until there are `wanted` bytes, or to the end. An error of the source ends the sound, and is
    /// returned after the last frame.
    fn convert(&mut self, converter: &mut Converter, wanted: usize) -> Result<()> {
        let mut input = vec![0; converter.input_spec().bytes(BLOCK_FRAMES) as usize];
        while self.converted.len() < wanted && !self.ended {
            let bytes = self.read(&mut input).unwrap_or_else(|error| {
                self.error = Some(error);
                0
            });
            if bytes > 0 {
                converter.push(&input[..bytes], Ramp::UNITY, &mut self.converted)?;
            } else {
                self.ended = true;
                converter.finish(&mut self.converted)?;
            }
        }
        match self
            .error
            .take_if(|_| self.ended && self.converted.is_empty())
        {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Reads until `block` is full, or to the end.
    fn read(&mut self, block: &mut [u8]) -> Result<usize> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let Some(source) = &mut self.source else {
            return Ok(0);
        };
        let wanted = limited(source.spec(), block.len(), self.left);
        let (read, error) = fill(source.as_mut(), &mut block[..wanted]);
        if let Some(left) = &mut self.left {
            *left -= source.spec().frames_in(read as u64);
        }
        match (read, error) {
            (0, Some(error)) => Err(error),
            (read, error) => {
                self.error = error;
                Ok(read)
            }
        }
    }
}

/// The bytes of the whole frames in `bytes` bytes, but at most `left` frames.
fn limited(spec: Spec, bytes: usize, left: Option<u64>) -> usize {
    let whole = spec.frames_in(bytes as u64);
    spec.bytes(left.map_or(whole, |left| whole.min(left))) as usize
}

/// Fills a buffer as far as possible; returns how many bytes, and the error that has ended it.
fn fill(source: &mut dyn Source, buffer: &mut [u8]) -> (usize, Option<Error>) {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(bytes) => filled += bytes,
            Err(error) => return (filled, Some(error)),
        }
    }
    (filled, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::dsp::convert::{Conversion, ConversionOptions};
    use crate::audio::dsp::mix::Mix;
    use crate::audio::error::Kind;
    use crate::audio::format::Format;
    use std::sync::Arc;

    /// Yields so many frames of two bytes, at most three at a time, and then fails.
    struct Failing(u64);

    impl Source for Failing {
        fn spec(&self) -> Spec {
            Spec::new(Format::S16_LE, 8000, 1).unwrap()
        }

        fn frames(&self) -> Option<u64> {
            None
        }

        fn name(&self) -> &str {
            "failing"
        }

        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let frames = self
                .0
                .min(3)
                .min(self.spec().frames_in(buffer.len() as u64));
            self.0 -= frames;
            match frames {
                0 => Err(Error::new(Kind::Io, "bad block")),
                frames => Ok(self.spec().bytes(frames) as usize),
            }
        }
    }

    /// The bytes of each block of ten, until the end or an error.
    fn blocks(frames: u64, limit: Option<u64>, converter: Option<Converter>) -> (Vec<usize>, bool) {
        let source: Box<dyn Source> = Box::new(Failing(frames));
        let mut reader = PeriodReader::new(Some(source), limit, converter);
        let mut found = Vec::new();
        loop {
            match reader.fill(&mut [0; 20]) {
                Ok(0) => return (found, true),
                Ok(bytes) => found.push(bytes),
                Err(_) => return (found, false),
            }
        }
    }

    #[test]
    fn blocks_are_full_until_an_error_or_the_limit() {
        assert_eq!(blocks(25, None, None), (vec![20, 20, 10], false));
        assert_eq!(blocks(25, Some(25), None), (vec![20, 20, 10], true));
        assert_eq!(blocks(25, Some(12), None), (vec![20, 4], true));
        assert_eq!(blocks(0, None, None), (vec![], false));
    }

    #[test]
    fn converted_blocks_have_the_length_of_the_sound() {
        let from = Failing(0).spec();
        let conversion = Conversion {
            from,
            to: Spec {
                rate: 2 * from.rate,
                ..from
            },
            mix: Mix::identity(1),
            scaled: false,
            options: ConversionOptions::default(),
        };
        // To the limit, and to an error before it.
        for (frames, is_whole) in [(5000, true), (3001, true), (3000, false)] {
            let converter = conversion.converter(Arc::default()).unwrap();
            let (found, ended) = blocks(frames, Some(3001), Some(converter));
            let bytes = 2 * 2 * frames.min(3001) as usize;
            assert_eq!((found.iter().sum::<usize>(), ended), (bytes, is_whole));
            assert!(found[..found.len() - 1].iter().all(|bytes| *bytes == 20));
        }
    }
}
