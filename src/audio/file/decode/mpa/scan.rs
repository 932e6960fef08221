//! Counts the frames of a regular file, from their headers.

use super::super::frame_source::Counted;
use super::super::read_ahead::{Peek, ReadAhead};
use super::info_frame::InfoFrame;
use super::sync::MpaFinder;
use crate::audio::error::Result;
use crate::audio::file::input::Input;
use crate::audio::file::itunes_gapless::ItunesGapless;

/// Counts the frames in the rest of a regular file; `None` for a pipe or if there are no frames. Consumes nothing.
pub(super) fn count(input: &Input, mut itunes: Option<ItunesGapless>) -> Result<Option<Counted>> {
    if input.size().is_none() {
        return Ok(None);
    }
    let at = input.position();
    let mut frames = MpaFinder::new(ReadAhead::new(Peek { input, at }));
    let mut total = FrameTotal::default();
    while let Some(found) = frames.find_next()?.1 {
        match InfoFrame::parse(&found.header, &frames.bytes()[..found.length]) {
            Some(info) => total.end_file(info),
            None => {
                let samples = found.header.samples();
                if let Some(itunes) = itunes.take() {
                    total.info.add_itunes(itunes, samples);
                }
                total.add(samples, found.header.rate);
                total.bytes += found.length as u64;
            }
        }
        frames.consume(&found);
    }
    total.end_file(InfoFrame::default());
    Ok((total.frames > 0).then_some(Counted {
        frames: total.frames,
        seconds: total.seconds,
        is_uniform: total.is_uniform,
        bytes: total.bytes,
        is_cut_off: frames.is_cut_off(),
    }))
}

struct FrameTotal {
    frames: u64,
    seconds: f64,
    is_uniform: bool,
    /// Bytes of frames with sound.
    bytes: u64,
    /// The rate so far.
    rate: u32,
    /// Frames of the current file; several files may be joined.
    current: u64,
    packets: u64,
    info: InfoFrame,
}

impl Default for FrameTotal {
    fn default() -> FrameTotal {
        FrameTotal {
            frames: 0,
            seconds: 0.0,
            is_uniform: true,
            bytes: 0,
            rate: 0,
            current: 0,
            packets: 0,
            info: InfoFrame::default(),
        }
    }
}

impl FrameTotal {
    fn add(&mut self, frames: u64, rate: u32) {
        if self.rate != rate {
            self.is_uniform &= self.rate == 0;
            self.settle();
            self.rate = rate;
        }
        self.current += frames;
        self.packets += 1;
    }

    /// Ends the current file: a frame with the number of frames begins a new one.
    fn end_file(&mut self, next: InfoFrame) {
        let is_whole = self.packets + 1 >= self.info.packets.unwrap_or(0) && self.packets > 0;
        let padding = if is_whole { self.info.padding } else { 0 };
        self.current = self.current.saturating_sub(self.info.delay + padding);
        self.settle();
        (self.info, self.packets) = (next, 0);
    }

    fn settle(&mut self) {
        self.frames += self.current;
        self.seconds += self.current as f64 / f64::from(self.rate.max(1));
        self.current = 0;
    }
}
