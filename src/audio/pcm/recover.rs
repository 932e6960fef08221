//! What is done about every error number that moving frames can give: one place, one treatment each.

use super::{IoOutcome, Pcm, PcmState};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::spec::Spec;
use serde::Serialize;
use std::time::Duration;

/// An underrun or overrun: how long the device stood still.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Xrun {
    /// The length in frames at the stream's rate; `None` where the device does not stamp time.
    pub frames: Option<u64>,
    /// The length in milliseconds.
    pub ms: Option<f64>,
}

impl Xrun {
    /// One whose length is unknown.
    pub const UNKNOWN: Xrun = Xrun {
        frames: None,
        ms: None,
    };

    /// One of a known number of frames.
    pub fn of_frames(frames: u64, spec: Spec) -> Xrun {
        Xrun {
            frames: Some(frames),
            ms: Some(spec.milliseconds(frames)),
        }
    }
}

/// A driver that says "not yet" to a resume is asked again this often, for at most [`RESUME_TRIES`] times.
const RESUME_PAUSE: Duration = Duration::from_millis(20);
/// Ten seconds: the longest that a sound card was seen to take to wake.
const RESUME_TRIES: u32 = 500;

impl Pcm {
    /// The result of a transfer call as [`IoOutcome`], after recovery.
    pub(super) fn settle(&self, doing: &str, result: Result<usize, i32>) -> Result<IoOutcome> {
        match result {
            Ok(frames) => Ok(IoOutcome::Frames(frames)),
            Err(errno) => self.recover(doing, errno),
        }
    }

    /// The one treatment of each error number.
    ///
    /// # Errors
    /// [`Kind::Disconnected`] when the device is gone; otherwise the error itself.
    pub fn recover(&self, doing: &str, errno: i32) -> Result<IoOutcome> {
        match errno {
            // Non-blocking and full (or empty), or a signal came first: the caller waits and tries again.
            libc::EAGAIN | libc::EINTR => Ok(IoOutcome::WouldBlock),
            // The device ran dry (or over). Measured before the PCM is prepared, which resets its clock.
            libc::EPIPE => {
                let xrun = self.measure_xrun();
                self.prepare()?;
                Ok(IoOutcome::Xrun(xrun))
            }
            libc::ESTRPIPE => self
                .resume()
                .map(|resumed| IoOutcome::Suspended { resumed }),
            // Drivers say ENODEV once a card is pulled; alsa-lib's state check says EBADFD first.
            libc::ENODEV => Err(self.disconnected()),
            libc::EBADFD if self.state()? == PcmState::Disconnected => Err(self.disconnected()),
            libc::EBADFD => {
                let state = self.state()?;
                let error = self.failed(doing, errno);
                let message = format!(
                    "cannot {doing} '{}' in its state {state:?}",
                    self.request.device
                );
                Err(error.restated(Kind::Internal, message))
            }
            _ if self.state()? == PcmState::Disconnected => Err(self.disconnected()),
            _ => Err(self.failed(doing, errno)),
        }
    }

    /// The error for a device that was unplugged.
    pub fn disconnected(&self) -> Error {
        let message = format!("the device '{}' went away", self.request.device);
        self.failed("use", libc::ENODEV)
            .restated(Kind::Disconnected, message)
    }

    /// Goes on after a sleep of the machine: resumes where it stopped if the hardware can, else prepares anew.
    fn resume(&self) -> Result<bool> {
        for _ in 0..RESUME_TRIES {
            match self.handle()?.resume() {
                Ok(()) => return Ok(true),
                Err(error) if error.errno().abs() == libc::EAGAIN => {
                    std::thread::sleep(RESUME_PAUSE)
                }
                Err(_) => break,
            }
        }
        self.prepare().map(|()| false)
    }

    /// How long the PCM has stood still: from the moment the driver stopped it (its trigger time stamp) to now.
    fn measure_xrun(&self) -> Xrun {
        let Ok(status) = self.call("ask for the state of", |pcm| pcm.status()) else {
            return Xrun::UNKNOWN;
        };
        let seconds = |stamp: alsa::timespec| stamp.tv_sec as f64 + stamp.tv_nsec as f64 / 1e9;
        let (stopped, now) = (
            seconds(status.get_trigger_htstamp()),
            seconds(status.get_htstamp()),
        );
        // Plugins without a clock leave the stamps at zero; a clock of another kind would give nonsense.
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
