//! Playing a source.

use super::device::StepwiseTransfer;
use super::event::StepwiseError;
use super::reader::PeriodReader;
use crate::audio::dsp::convert::Converter;
use crate::audio::error::Kind;
use crate::audio::stream::Source;
use std::time::Duration;

impl StepwiseTransfer<'_> {
    /// Plays up to `limit` frames of a source, converted to the spec of the device. Silence completes the last period.
    /// Waits until all has been heard; a sound server may take `timeout` longer than a full buffer lasts.
    ///
    /// # Errors
    /// The first that occurs. What was read before an error of the source is played. An error of the drain is none, unless a
    /// sound server does not answer: all frames were written.
    pub fn play(
        mut self,
        source: Option<Box<dyn Source>>,
        limit: Option<u64>,
        converter: Option<Converter>,
        timeout: Duration,
    ) -> Result<(), StepwiseError> {
        let mut reader = PeriodReader::new(source, limit, converter);
        let mut block = self.block();
        let ended = loop {
            match reader.fill(block.bytes_mut()) {
                Ok(0) => break Ok(()),
                Ok(bytes) => {
                    block.silence_from(bytes);
                    block.split();
                    self.move_block(&mut block).1?;
                }
                Err(error) => break Err(StepwiseError::Other(error)),
            }
        };
        self.drain(timeout).and(ended)
    }

    fn drain(self, timeout: Duration) -> Result<(), StepwiseError> {
        match self.pcm.drain_within(timeout) {
            Err(error) if error.kind() == Kind::Disconnected && error.errno().is_none() => {
                return Err(StepwiseError::Other(error));
            }
            _ => {}
        }
        // The drain has changed the mode.
        let _ = self.pcm.set_nonblock(self.options.nonblock);
        Ok(())
    }
}
