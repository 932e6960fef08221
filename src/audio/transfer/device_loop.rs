//! Runs the device side of a transfer, and lets it continue after its devices went away and came back.

use super::event::{EndReason, Event, Progress};
use super::on_lost::OnLost;
use super::reopening::{Reopening, Return};
use super::session::Session;
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::pcm::Pcm;

/// The device side of a transfer.
pub(super) trait DeviceLoop: Send {
    /// Moves frames until the transfer is complete, or until a command to stop. Can be called again after an error of
    /// [`Kind::Disconnected`], once all devices that went away have been replaced.
    fn run(&mut self) -> Result<EndReason>;

    /// What is needed to open its devices again.
    fn reopenings(&self) -> Vec<Reopening>;

    /// Closes the devices that went away and stops the others. Returns the directions of those that were closed.
    fn discard_lost(&mut self) -> Vec<Direction>;

    /// Frames moved so far, as they are reported.
    fn frames(&self) -> u64;

    /// Whether the loss has not been reported yet.
    fn is_loss_new(&self) -> bool {
        true
    }

    /// Called at intervals while a device is away. Returns whether the transfer is complete.
    fn pass_time(&mut self) -> bool {
        false
    }

    /// Replaces a device that went away by `pcm`, the same device after its return.
    fn reopened(&mut self, pcm: Pcm) -> Result<()>;
}

/// What happens when a device goes away, and how one that is back is prepared.
pub(super) struct AfterLoss<'a> {
    pub on_lost: OnLost,
    pub prepare: &'a dyn Fn(&Pcm) -> Result<()>,
}

impl Session<'_> {
    /// Runs a device loop to its end. If a device goes away, waits until it is back and continues.
    pub(super) fn run_device(
        &mut self,
        device: &mut impl DeviceLoop,
        after_loss: &AfterLoss,
        report: &mut dyn FnMut() -> Progress,
    ) -> Result<EndReason> {
        loop {
            // Read while the devices are present.
            let reopenings = match after_loss.on_lost.waits() {
                true => device.reopenings(),
                false => Vec::new(),
            };
            let ended = std::thread::scope(|scope| {
                self.spawn_device(scope, || device.run())?;
                self.listen(report)
            });
            match ended {
                Err(lost) if lost.kind() == Kind::Disconnected && !reopenings.is_empty() => {
                    if let Some(why) = self.reopen(device, &reopenings, lost, after_loss, report)? {
                        return Ok(why);
                    }
                }
                ended => return ended,
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
        report: &mut dyn FnMut() -> Progress,
    ) -> Result<Option<EndReason>> {
        let closed = device.discard_lost();
        let away: Vec<_> = (reopenings.iter())
            .filter(|reopening| closed.contains(&reopening.direction()))
            .collect();
        if device.is_loss_new() {
            for reopening in &away {
                self.emit(Event::Lost {
                    device: reopening.device().to_owned(),
                    frames: device.frames(),
                });
            }
        }
        for reopening in away {
            let lost = lost.clone();
            if let Some(why) = self.reopen_one(device, reopening, lost, after_loss, report)? {
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
        report: &mut dyn FnMut() -> Progress,
    ) -> Result<Option<EndReason>> {
        loop {
            let mut pass_time = || device.pass_time();
            let returned =
                self.wait_for_return(reopening, after_loss.on_lost, lost, &mut pass_time, report)?;
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
