//! What is lost when a loopback starts again: frames between the two devices, and frames that were not captured.

use super::device::LoopbackDevice;
use crate::audio::direction::Direction;
use crate::audio::error::Result;
use crate::audio::pcm::{IoOutcome, Pcm, WaitOutcome, Xrun};
use std::time::Duration;

/// A capture device that delivers nothing for this long is the cause of the underruns, not the latency.
const MIN_STILL: Duration = Duration::from_secs(1);

impl LoopbackDevice {
    /// After a wait. What stopped one of the devices may have stopped the other one, too; it is one loss.
    pub(super) fn after_wait(&mut self, captured: WaitOutcome, played: WaitOutcome) -> Result<()> {
        let held = match played {
            WaitOutcome::Xrun(xrun) => Some(xrun.held),
            WaitOutcome::Suspended {
                resumed: false,
                lost,
            } => Some(lost),
            _ => None,
        };
        match (captured, played) {
            (WaitOutcome::Xrun(xrun), _) => self.overrun(xrun, held),
            (WaitOutcome::Suspended { resumed, lost }, _) => {
                // A playback device that has stopped is not in step with a capture device that has resumed.
                let resumed = resumed && held.is_none();
                self.suspended(Direction::Capture, resumed, lost, held)
            }
            (_, WaitOutcome::Xrun(xrun)) => self.underrun(xrun),
            (_, WaitOutcome::Suspended { resumed, lost }) => {
                self.suspended(Direction::Playback, resumed, lost, held)
            }
            _ => Ok(()),
        }
    }

    /// After a read or write that moved no frames.
    pub(super) fn not_moved(&mut self, side: Direction, outcome: IoOutcome) -> Result<()> {
        match (outcome, side) {
            (IoOutcome::Xrun(xrun), Direction::Capture) => self.overrun(xrun, None),
            (IoOutcome::Xrun(xrun), Direction::Playback) => self.underrun(xrun),
            (IoOutcome::Suspended { resumed, lost }, _) => {
                let held = Some(lost).filter(|_| side == Direction::Playback && !resumed);
                self.suspended(side, resumed, lost, held)
            }
            (IoOutcome::Frames(_) | IoOutcome::WouldBlock, _) => Ok(()),
        }
    }

    /// The capture device has stopped. `held` is what the playback device held, if that has stopped, too.
    fn overrun(&mut self, xrun: Xrun, held: Option<u64>) -> Result<()> {
        self.stalls[Direction::Capture.index()].moved_now();
        let lost = xrun.frames.map(|frames| frames + self.in_flight(held));
        self.xrun(Direction::Capture, lost)
    }

    /// The playback device has stopped.
    fn underrun(&mut self, xrun: Xrun) -> Result<()> {
        let lost = self.unheard(Some(xrun.held));
        if lost == 0 && self.sounding == 0 && self.is_capture_still() {
            // Only silence was played since the last underrun.
            return self.restart();
        }
        self.xrun(Direction::Playback, Some(lost))
    }

    /// Whether the capture device delivers nothing.
    fn is_capture_still(&self) -> bool {
        let side = Direction::Capture.index();
        self.reopened[side].is_some() || self.stalls[side].still_for() >= MIN_STILL
    }

    /// Reports an xrun that costs `lost` frames, and starts again.
    pub(super) fn xrun(&mut self, side: Direction, lost: Option<u64>) -> Result<()> {
        let xrun = lost.map_or(Xrun::UNKNOWN, |lost| Xrun::of_frames(lost, self.spec));
        self.report_xrun(side, xrun)?;
        self.raise_latency();
        self.restart()
    }

    /// After a system suspend. A device that resumed where it stopped may not be in step with the other one. `held` is what
    /// the playback device held, if that has stopped.
    fn suspended(
        &mut self,
        side: Direction,
        resumed: bool,
        lost: u64,
        held: Option<u64>,
    ) -> Result<()> {
        if resumed && self.playback.is_none() {
            return Ok(());
        }
        let lost = match side {
            _ if resumed => self.unheard(held),
            Direction::Capture => lost + self.in_flight(held),
            Direction::Playback => self.unheard(held),
        };
        self.report_xrun(side, Xrun::of_frames(lost, self.spec))?;
        self.restart()
    }

    /// Frames that were captured and have not been heard. `held` is what the playback device held when it stopped;
    /// `None` if it runs.
    pub(super) fn unheard(&self, held: Option<u64>) -> u64 {
        self.capture.unread() + self.in_flight(held)
    }

    /// Frames that were read and have not been heard.
    pub(super) fn in_flight(&self, held: Option<u64>) -> u64 {
        let held = held.or_else(|| self.playback.as_ref().map(Pcm::unplayed));
        // The silence before the sound is not a loss.
        let sound = held.unwrap_or(0).min(self.sounding);
        self.queue.frames() + self.queue.delay() + sound
    }
}
