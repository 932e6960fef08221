//! Recovery from the errors that moving frames can report: one place, one treatment for each error number.

use super::device::Pcm;
use super::outcome::{IoOutcome, Xrun};
use super::state::PcmState;
use crate::audio::error::{Error, Kind, Result};
use std::time::Duration;

/// A driver that answers "try again" to a resume is asked again after this long, at most [`MAX_RESUME_TRIES`] times.
const RESUME_INTERVAL: Duration = Duration::from_millis(20);
/// Ten seconds: the longest that a sound card was seen to need.
const MAX_RESUME_TRIES: u32 = 500;

impl Pcm {
    /// The outcome of a transfer call, after recovery.
    pub(super) fn settle(&self, action: &str, result: Result<usize, i32>) -> Result<IoOutcome> {
        match result {
            Ok(frames) => Ok(IoOutcome::Frames(frames)),
            Err(errno) => self.recover(action, errno),
        }
    }

    /// Recovers from a (positive) error number of a transfer call: pyalsaaudio's and aplay's `snd_pcm_recover`, plus
    /// the length of an xrun. `action` completes "cannot … 'DEVICE'".
    ///
    /// # Errors
    /// [`Kind::Disconnected`] if the device is gone; otherwise the error itself.
    pub fn recover(&self, action: &str, errno: i32) -> Result<IoOutcome> {
        match errno {
            // Non-blocking and full (or empty), or interrupted by a signal: the caller waits and tries again.
            libc::EAGAIN | libc::EINTR => Ok(IoOutcome::WouldBlock),
            // Measured before the PCM is prepared, which resets its clock.
            libc::EPIPE => {
                let xrun = self.measure_xrun();
                self.prepare()?;
                Ok(IoOutcome::Xrun(xrun))
            }
            libc::ESTRPIPE => {
                let resumed = self.resume()?;
                Ok(IoOutcome::Suspended { resumed })
            }
            // Drivers return ENODEV once a card is unplugged; alsa-lib's state check returns EBADFD first.
            libc::ENODEV => Err(self.disconnected()),
            _ if self.state()? == PcmState::Disconnected => Err(self.disconnected()),
            libc::EBADFD => {
                let (device, state) = (&self.request.device, self.state()?);
                let message = format!("cannot {action} '{device}' in state {state:?}");
                Err(self.failed(action, errno).restated(Kind::Internal, message))
            }
            _ => Err(self.failed(action, errno)),
        }
    }

    /// The error for a device that was unplugged.
    pub fn disconnected(&self) -> Error {
        let message = format!("the device '{}' was disconnected", self.request.device);
        self.failed("use", libc::ENODEV)
            .restated(Kind::Disconnected, message)
    }

    /// Continues after a system suspend: where the device stopped if it can (`true`), otherwise prepared again.
    fn resume(&self) -> Result<bool> {
        for _ in 0..MAX_RESUME_TRIES {
            match self.handle()?.resume() {
                Ok(()) => return Ok(true),
                Err(error) if error.errno().abs() == libc::EAGAIN => {
                    std::thread::sleep(RESUME_INTERVAL)
                }
                Err(_) => break,
            }
        }
        self.prepare().map(|()| false)
    }

    /// How long the PCM has stood still: from when the driver stopped it (its trigger timestamp) until now.
    fn measure_xrun(&self) -> Xrun {
        let Ok(status) = self.call("get the status of", |pcm| pcm.status()) else {
            return Xrun::UNKNOWN;
        };
        let seconds = |stamp: alsa::timespec| stamp.tv_sec as f64 + stamp.tv_nsec as f64 / 1e9;
        let (stopped, now) = (
            seconds(status.get_trigger_htstamp()),
            seconds(status.get_htstamp()),
        );
        // Plugins without a clock leave the timestamps at zero. Those of two different clocks make no sense.
        if stopped <= 0.0 || now < stopped {
            return Xrun::UNKNOWN;
        }
        let length = now - stopped;
        Xrun {
            frames: Some((length * f64::from(self.spec().rate)).round() as u64),
            ms: Some((length * 1e6).round() / 1e3),
        }
    }
}
