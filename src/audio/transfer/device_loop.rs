//! Runs the device side of a transfer, and lets it continue after its devices went away and came back.

use super::event::{EndReason, Event, Progress};
use super::hang::HangDetector;
use super::on_lost::OnLost;
use super::reopening::{Reopening, Return};
use super::session::Session;
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::heartbeat::Heartbeat;
use crate::audio::library_log;
use crate::audio::pcm::Pcm;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The device side of a transfer.
pub(super) trait DeviceLoop: Send + 'static {
    /// Moves frames until the transfer is complete, or until a command to stop. Can be called again after an error of
    /// [`Kind::Disconnected`], once all devices that went away have been replaced.
    fn run(&mut self) -> Result<EndReason>;

    /// Its devices that are open.
    fn pcms(&self) -> Vec<&Pcm>;

    /// A device that is closed for now, and that it opens again when it needs it.
    fn closed_device(&self) -> Option<&Reopening> {
        None
    }

    /// Shows whether its thread is stuck.
    fn heartbeat(&self) -> &Arc<Heartbeat>;

    /// Closes the devices that went away and stops the others. Returns the directions of those that were closed.
    fn discard_lost(&mut self) -> Vec<Direction>;

    /// Frames moved so far, as they are reported.
    fn frames(&self) -> u64;

    /// Whether a loss of the device on this side that is found now has not been reported yet. It has if the device is
    /// not back after the last one.
    fn is_loss_new(&self, side: Direction) -> bool;

    /// Called at intervals while a device is away. Returns whether the transfer is complete.
    fn pass_time(&mut self) -> bool {
        false
    }

    /// Replaces a device that went away by `pcm`, the same device after its return.
    fn reopened(&mut self, pcm: Pcm) -> Result<()>;
}

/// Runs a device loop. What a `file` plugin cannot write when its device is stopped is an error, too.
fn run_and_check<D: DeviceLoop>(device: &mut D) -> Result<EndReason> {
    let why = device.run()?;
    if library_log::has_file_failure()
        && let Some(pcm) = device.pcms().last()
    {
        pcm.check_plugin_file("write to")?;
    }
    Ok(why)
}

/// What happens when a device goes away, and how one that is back is prepared.
pub(super) struct AfterLoss<'a> {
    pub on_lost: OnLost,
    /// How long a sound server may not answer.
    pub timeout: Option<Duration>,
    pub prepare: &'a dyn Fn(&Pcm) -> Result<()>,
}

impl Session<'_> {
    /// Runs a device loop to its end. If a device goes away, waits until it is back and continues. Returns how it ended,
    /// and the device side unless its thread is stuck.
    pub(super) fn run_device<D: DeviceLoop>(
        &mut self,
        mut device: D,
        after_loss: &AfterLoss,
        report: &mut dyn FnMut() -> Progress,
    ) -> (Result<EndReason>, Option<D>) {
        let AfterLoss {
            on_lost, timeout, ..
        } = *after_loss;
        // Since when the capture and the playback device are away.
        let mut since = [Instant::now(); 2];
        loop {
            // Read while the devices are present.
            let mut reopenings = Vec::new();
            if on_lost.waits() {
                reopenings.extend(device.pcms().into_iter().map(Reopening::of));
                reopenings.extend(device.closed_device().cloned());
            }
            let detector = HangDetector::of(device.pcms(), device.heartbeat(), timeout, on_lost);
            let (ended, returned) = self.run_thread(device, run_and_check, detector, report);
            let Some(returned) = returned else {
                return (ended, None);
            };
            device = returned;
            let ended = match ended {
                Err(lost) if lost.kind() == Kind::Disconnected && !reopenings.is_empty() => self
                    .reopen(
                        &mut device,
                        &reopenings,
                        lost,
                        after_loss,
                        (&mut since, report),
                    ),
                ended => ended.map(Some),
            };
            if let Some(ended) = ended.transpose() {
                return (ended, Some(device));
            }
        }
    }

    /// Waits for the devices that went away. Returns why the transfer ends, unless they are back.
    fn reopen(
        &mut self,
        device: &mut impl DeviceLoop,
        reopenings: &[Reopening],
        lost: Error,
        after_loss: &AfterLoss,
        (since, report): (&mut [Instant; 2], &mut dyn FnMut() -> Progress),
    ) -> Result<Option<EndReason>> {
        let now = Instant::now();
        let is_new = [Direction::Capture, Direction::Playback].map(|side| device.is_loss_new(side));
        let closed = device.discard_lost();
        let away: Vec<_> = (reopenings.iter())
            .filter(|reopening| closed.contains(&reopening.direction()))
            .map(|reopening| (reopening, reopening.direction().index()))
            .collect();
        for (reopening, side) in &away {
            if is_new[*side] {
                since[*side] = now;
                self.emit(Event::Lost {
                    device: reopening.device().to_owned(),
                    frames: device.frames(),
                });
            }
        }
        for (reopening, side) in away {
            let lost = lost.clone();
            let since = since[side];
            if let Some(why) =
                self.reopen_one(device, reopening, lost, after_loss, (since, report))?
            {
                return Ok(Some(why));
            }
        }
        Ok(None)
    }

    /// Waits for one device. Returns why the transfer ends, unless the device is back.
    fn reopen_one(
        &mut self,
        device: &mut impl DeviceLoop,
        reopening: &Reopening,
        mut lost: Error,
        after_loss: &AfterLoss,
        (since, report): (Instant, &mut dyn FnMut() -> Progress),
    ) -> Result<Option<EndReason>> {
        loop {
            let mut pass_time = || device.pass_time();
            let waiting = (after_loss.on_lost, since);
            let returned =
                self.wait_for_return(reopening, waiting, lost, &mut pass_time, report)?;
            let pcm = match returned {
                Return::Opened(pcm) => *pcm,
                Return::Ended(why) => return Ok(Some(why)),
            };
            match (after_loss.prepare)(&pcm).and_then(|()| device.reopened(pcm)) {
                // It has gone away again.
                Err(error) if error.kind() == Kind::Disconnected => lost = error,
                reopened => return reopened.map(|()| None),
            }
        }
    }
}
