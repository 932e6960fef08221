//! Recording to a sink.

use super::device::StepwiseTransfer;
use super::event::StepwiseError;
use crate::audio::dsp::convert::Converter;
use crate::audio::spec::rescale_frames_up;
use crate::audio::stream::Sink;
use crate::audio::transfer::capture::WriteBehindSink;
use crate::audio::transfer::convert::ConvertSink;
use std::time::Duration;

/// What a stepwise transfer records, and how the file is written.
pub struct StepwiseRecording {
    /// The most frames to record, at the rate of the sink.
    pub limit: Option<u64>,
    /// Converts captured frames to the spec of the sink; `None` if it is that of the device.
    pub converter: Option<Converter>,
    /// How long the sink may stall before the device has to wait.
    pub ring: Duration,
    /// Whether frames are written at once: the reader of a pipe waits for them.
    pub immediate: bool,
}

impl StepwiseTransfer<'_> {
    /// Records to a sink, which is written by a thread of its own, until the limit or a command to stop.
    ///
    /// # Errors
    /// That of the sink, or else that of the device. The sink is completed in any case.
    pub fn record(
        mut self,
        sink: Box<dyn Sink>,
        recording: StepwiseRecording,
    ) -> Result<(), StepwiseError> {
        let (device, file) = (self.configuration.spec, sink.spec());
        let limit = recording.limit;
        let left = limit.map_or(u64::MAX, |limit| {
            rescale_frames_up(limit, file.rate, device.rate)
        });
        let sink: Box<dyn Sink> = match recording.converter {
            Some(converter) => Box::new(ConvertSink::new(sink, converter, 1.0, limit)),
            None => sink,
        };
        let sink = WriteBehindSink::new(sink, recording.ring, recording.immediate);
        let mut sink = sink.map_err(StepwiseError::Other)?;
        let captured = self.capture(&mut sink, left);
        sink.finish().map_err(StepwiseError::Other)?;
        captured
    }

    /// Captures up to `left` frames. Ends early if the sink fails, for the reason that its end reports.
    fn capture(&mut self, sink: &mut WriteBehindSink, mut left: u64) -> Result<(), StepwiseError> {
        let mut block = self.block();
        // So that a command can end a wait.
        let _ = self.pcm.set_nonblock(true);
        while left > 0 && !self.is_stopped() {
            if self.control.take_next_file() && sink.next_file().is_err() {
                break;
            }
            let (frames, ended) = self.move_block(&mut block);
            let frames = frames.min(left);
            left -= frames;
            let written = sink.write(block.frames(0, frames));
            ended?;
            if written.is_err() {
                break;
            }
        }
        let _ = self.pcm.pcm().drop();
        Ok(())
    }
}
