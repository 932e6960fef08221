//! The device side: calls that move frames, the waits between them, and recovery.

use super::block::FrameBlock;
use super::event::{StepwiseError, StepwiseEvent};
use crate::audio::direction::Direction;
use crate::audio::pcm::{Configuration, PcmState, StepwisePcm, Waiter};
use crate::audio::transfer::control::{TransferCommand, TransferControl};
use std::time::Duration;

/// How long a wait for the device takes at most.
const WAIT: Duration = Duration::from_millis(100);

/// How a stepwise transfer moves frames.
#[derive(Clone, Copy, Debug)]
pub struct StepwiseOptions {
    /// Whether the device has a plane for each channel (aplay's `--separate-channels`).
    pub planar: bool,
    /// Whether writes return at once (aplay's `--nonblock`). Reads always do.
    pub nonblock: bool,
    /// Whether the next call is tried at once if the last one has not moved all frames (aplay's `--test-nowait`).
    pub never_waits: bool,
    /// Whether an xrun ends the transfer (aplay's `--fatal-errors`).
    pub fatal_xruns: bool,
}

/// A transfer between a file and a configured [`StepwisePcm`], on the calling thread.
pub struct StepwiseTransfer<'a> {
    pub(super) pcm: &'a mut StepwisePcm,
    pub(super) control: &'a TransferControl,
    pub(super) options: StepwiseOptions,
    pub(super) configuration: Configuration,
    waiter: Waiter,
    on_event: &'a mut dyn FnMut(&StepwisePcm, StepwiseEvent),
}

impl<'a> StepwiseTransfer<'a> {
    /// Prepares a transfer. `control` can stop it, and start the next file of a recording; `on_event` is called between the
    /// calls of the device.
    ///
    /// # Errors
    /// [`StepwiseError::Move`] if the PCM is not configured.
    pub fn new(
        pcm: &'a mut StepwisePcm,
        control: &'a TransferControl,
        options: StepwiseOptions,
        on_event: &'a mut dyn FnMut(&StepwisePcm, StepwiseEvent),
    ) -> Result<StepwiseTransfer<'a>, StepwiseError> {
        let configuration = pcm.configuration().cloned();
        let waiter = pcm.waiter(control.descriptor());
        match (configuration, waiter) {
            (Some(configuration), Ok(waiter)) => Ok(StepwiseTransfer {
                pcm,
                control,
                options,
                configuration,
                waiter,
                on_event,
            }),
            _ => Err(StepwiseError::Move(libc::EBADFD)),
        }
    }

    fn direction(&self) -> Direction {
        self.pcm.pcm().pcm_type()
    }

    pub(super) fn is_stopped(&self) -> bool {
        matches!(self.control.command(), TransferCommand::Stop(_))
    }

    pub(super) fn report(&mut self, event: StepwiseEvent) {
        (self.on_event)(self.pcm, event);
    }

    /// A block of a period.
    pub(super) fn block(&self) -> FrameBlock {
        let Configuration {
            spec, period_size, ..
        } = self.configuration;
        FrameBlock::new(spec, period_size, self.options.planar)
    }

    /// Moves a block of a period; returns how many frames, also before an error. Without one they are fewer only after a
    /// command to stop.
    pub(super) fn move_block(
        &mut self,
        block: &mut FrameBlock,
    ) -> (u64, Result<(), StepwiseError>) {
        let (direction, frames) = (self.direction(), self.configuration.period_size);
        let (mut done, mut ended) = (0, Ok(()));
        while done < frames && ended.is_ok() && !self.is_stopped() {
            self.report(StepwiseEvent::BeforeMove);
            let moved = match direction {
                Direction::Playback => block.write(self.pcm, done),
                Direction::Capture => block.read(self.pcm, done),
            };
            self.report(StepwiseEvent::AfterMove);
            let before = done;
            ended = self.recover(moved).map(|frames| done += frames);
            if direction == Direction::Playback {
                self.report_moved(block, before, done);
            }
            if matches!(moved, Ok(_) | Err(libc::EAGAIN)) && done < frames {
                self.wait();
            }
        }
        if direction == Direction::Capture {
            block.join();
            self.report_moved(block, 0, done);
        }
        (done, ended)
    }

    fn report_moved(&mut self, block: &FrameBlock, from: u64, to: u64) {
        if to > from && !block.is_planar() {
            self.report(StepwiseEvent::Moved(block.frames(from, to)));
        }
    }

    /// Waits until more frames can be moved, or for a command. An error of the device is left to the next call.
    fn wait(&mut self) {
        if !self.options.never_waits && self.pcm.wait(&mut self.waiter, WAIT) {
            self.control.clear();
        }
    }

    /// The frames that a call has moved. After an error, lets the device continue if it can.
    fn recover(&mut self, moved: Result<usize, i32>) -> Result<u64, StepwiseError> {
        match moved {
            Ok(frames) => return Ok(frames as u64),
            Err(libc::EAGAIN | libc::EINTR) => {}
            Err(libc::EPIPE) if self.pcm.is_server_gone() => {
                return Err(StepwiseError::Move(libc::EIO));
            }
            Err(libc::EPIPE) => self.stopped()?,
            Err(libc::ESTRPIPE) => self.suspended()?,
            Err(errno) => return Err(StepwiseError::Move(errno)),
        }
        Ok(0)
    }

    /// Continues after an xrun.
    fn stopped(&mut self) -> Result<(), StepwiseError> {
        let status = self.pcm.status().map_err(StepwiseError::Status)?;
        let is_xrun = status.state == Some(PcmState::Xrun);
        if is_xrun && self.options.fatal_xruns {
            return Err(StepwiseError::Xrun);
        }
        self.report(StepwiseEvent::Stopped(&status));
        match status.state {
            Some(PcmState::Xrun) => self.prepare(PcmState::Xrun),
            Some(PcmState::Draining) if self.direction() == Direction::Capture => {
                self.prepare(PcmState::Draining)
            }
            Some(PcmState::Draining) => Ok(()),
            state => Err(StepwiseError::State(state)),
        }
    }

    /// Continues after a system suspend.
    fn suspended(&mut self) -> Result<(), StepwiseError> {
        self.report(StepwiseEvent::Suspended);
        if !self.pcm.resume() {
            self.report(StepwiseEvent::NotResumed);
            self.prepare(PcmState::Suspended)?;
        }
        self.report(StepwiseEvent::Continues);
        Ok(())
    }

    fn prepare(&self, state: PcmState) -> Result<(), StepwiseError> {
        let prepared = self.pcm.pcm().prepare();
        prepared.map_err(|error| StepwiseError::Prepare(state, error))
    }
}
