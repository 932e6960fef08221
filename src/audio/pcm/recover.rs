//! Recovery from the errors that moving frames can report: one place, one treatment for each error number.

use super::device::Pcm;
use super::outcome::{IoOutcome, Xrun};
use super::position::KnownPosition;
use super::state::PcmState;
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::library_log::{self, FileFailure};
use std::time::Duration;

/// The wait between two attempts to resume a driver that returns `EAGAIN`, at most [`MAX_RESUME_TRIES`] times.
const RESUME_INTERVAL: Duration = Duration::from_millis(20);
/// Ten seconds in total. No card is known to need longer.
const MAX_RESUME_TRIES: u32 = 500;

/// A sound server's underrun that seems shorter than this was not heard: its delay is known no better.
const MIN_SERVER_UNDERRUN: Duration = Duration::from_millis(20);

impl Pcm {
    /// The outcome of a transfer call, after recovery.
    pub(super) fn settle(&self, action: &str, result: Result<usize, i32>) -> Result<IoOutcome> {
        self.check_plugin_file(action)?;
        match result {
            Ok(frames) => Ok(IoOutcome::Frames(frames)),
            Err(errno) => self.recover(action, errno),
        }
    }

    /// Checks that no `file` plugin has failed to write to its file, or to read from it, on this thread.
    ///
    /// # Errors
    /// The kind for what happened to the file.
    pub(crate) fn check_plugin_file(&self, action: &str) -> Result<()> {
        match library_log::take_file_failure() {
            Some(failure) => Err(self.plugin_file_failed(action, failure)),
            None => Ok(()),
        }
    }

    pub(super) fn plugin_file_failed(&self, action: &str, failure: FileFailure) -> Error {
        Error::plugin_file(action, &self.request.device, failure)
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
            libc::EPIPE if self.has_lost_server() => Err(self.disconnected()),
            libc::EPIPE => {
                // Measured before the PCM is prepared, which resets its position.
                let xrun = self.measure_xrun();
                if !self.plays_out(xrun) {
                    self.finish_xrun()?;
                }
                Ok(IoOutcome::Xrun(xrun))
            }
            libc::ESTRPIPE => self.resume(),
            // Drivers return ENODEV once a card is unplugged; alsa-lib's state check returns EBADFD first.
            libc::ENODEV => Err(self.disconnected()),
            _ if self.state()? == PcmState::Disconnected => Err(self.disconnected()),
            // The plugin of a sound server whose connection is lost.
            libc::EIO | libc::ECONNRESET | libc::ECONNREFUSED | libc::ENOTCONN
                if self.is_of_server() =>
            {
                Err(self.disconnected())
            }
            libc::EBADFD => {
                let (device, state) = (&self.request.device, self.state()?);
                let message = format!("cannot {action} '{device}' in state {state:?}");
                Err(self.failed(action, errno).restated(Kind::Internal, message))
            }
            _ => Err(self.failed(action, errno)),
        }
    }

    /// Prepares the PCM after an xrun.
    ///
    /// # Errors
    /// [`Kind::Disconnected`] if the device is gone; otherwise the error itself.
    pub(crate) fn finish_xrun(&self) -> Result<()> {
        self.prepare().map_err(|error| self.not_prepared(error))
    }

    /// The error for a PCM that cannot be prepared after an xrun: what looked like an xrun was the end of the device.
    fn not_prepared(&self, error: Error) -> Error {
        match error.errno() {
            Some(libc::EPIPE | libc::EIO | libc::ENODEV | libc::EBADFD | libc::ENOTCONN) => {
                self.disconnected()
            }
            _ => error,
        }
    }

    /// The error for a device that was unplugged, or for a sound server that went away.
    pub fn disconnected(&self) -> Error {
        let device = &self.request.device;
        let message = match self.is_of_server() {
            true => format!("the sound server of '{device}' went away"),
            false => format!("the device '{device}' went away"),
        };
        self.failed("use", libc::ENODEV)
            .restated(Kind::Disconnected, message)
    }

    /// Gives up a device that runs but moves no frames, and returns the error for it. What it holds has not moved since its
    /// last known position. The PCM of a sound server is closed: the server must not play the rest of it later.
    pub(crate) fn give_up(&mut self) -> Error {
        let device = &self.request.device;
        let verb = match self.request.direction {
            Direction::Playback => "takes",
            Direction::Capture => "delivers",
        };
        let message = format!("the device {verb} no data: '{device}'");
        let error = Error::new(Kind::Disconnected, message).with_device(device);
        if self.request.direction == Direction::Playback {
            self.position.forget();
        }
        if self.is_of_server() {
            self.discard();
        }
        error
    }

    /// Continues after a system suspend: where the device stopped if it can, otherwise prepared again.
    fn resume(&self) -> Result<IoOutcome> {
        let before = self.position.last();
        let stopped = before.and_then(|known| self.held_when_stopped(known));
        if self.position.always_stamped.get() && self.request.direction == Direction::Capture {
            return self.restart_by_clock();
        }
        let resumed = self.resume_hardware();
        let suspended = self.position.take_suspended();
        let mut lost = 0;
        if resumed {
            // It stood still since its last known position.
            if let Ok(avail) = self.avail() {
                self.position.set_now(avail);
            }
        } else {
            let spec = self.spec();
            lost = before.map_or(0, |known| match self.request.direction {
                Direction::Capture => known.unread_now(spec) + spec.frames_lasting(suspended),
                Direction::Playback => stopped
                    .unwrap_or_else(|| self.configuration.buffer_size.saturating_sub(known.avail)),
            });
            self.prepare()?;
        }
        Ok(IoOutcome::Suspended { resumed, lost })
    }

    /// Prepares one of several capture devices after a system suspend. What it has lost is known by the clock, which stands
    /// still while the system sleeps, as for the others. Not all devices resume at the same moment, and some do not resume
    /// where they were suspended.
    fn restart_by_clock(&self) -> Result<IoOutcome> {
        let known = self.position.last();
        let _ = self.position.take_suspended();
        self.prepare()?;
        Ok(IoOutcome::Suspended {
            resumed: false,
            lost: known.map_or(0, |known| known.unread_now(self.spec())),
        })
    }

    /// Lets the device continue where a system suspend has stopped it. Returns whether it could.
    pub(super) fn resume_hardware(&self) -> bool {
        for _ in 0..MAX_RESUME_TRIES {
            let Ok(handle) = self.handle() else {
                return false;
            };
            match handle.resume() {
                Ok(()) => return true,
                Err(error) if error.errno().abs() == libc::EAGAIN => {
                    std::thread::sleep(RESUME_INTERVAL)
                }
                Err(_) => return false,
            }
        }
        false
    }

    /// How long the PCM has been stopped, and what it still holds, from its last known position and the time since. A
    /// kernel device also reports when it stopped, and where.
    fn measure_xrun(&self) -> Xrun {
        let Some(known) = self.position.last() else {
            return Xrun::UNKNOWN;
        };
        match self.request.direction {
            Direction::Capture => self.measure_overrun(known),
            Direction::Playback => self.measure_underrun(known),
        }
    }

    fn measure_overrun(&self, known: KnownPosition) -> Xrun {
        let (spec, buffer) = (self.spec(), self.configuration.buffer_size);
        let stop = self.last_trigger();
        let held = stop.map_or(0, |stop| stop.avail.min(buffer));
        if let Ok(handle) = self.handle() {
            let at = self.position.moved();
            self.stopped.keep(handle, &self.configuration, at, held);
        }
        Xrun {
            held,
            ..Xrun::of_frames(known.unread_now(spec), spec)
        }
    }

    fn measure_underrun(&self, known: KnownPosition) -> Xrun {
        let (spec, buffer) = (self.spec(), self.configuration.buffer_size);
        let queued = buffer.saturating_sub(known.avail);
        let queued = self.unheard(queued);
        let held = self.held_when_stopped(known).unwrap_or(0);
        self.underrun_until_now(Xrun {
            held,
            silent_from: Some(known.time() + spec.duration(queued - held)),
            ..Xrun::UNKNOWN
        })
    }

    /// An underrun with its length until now.
    pub(crate) fn underrun_until_now(&self, underrun: Xrun) -> Xrun {
        let Some(from) = underrun.silent_from else {
            return underrun;
        };
        let silent = KnownPosition::now().saturating_sub(from);
        let heard = silent >= MIN_SERVER_UNDERRUN || !self.is_of_server();
        let spec = self.spec();
        let frames = if heard {
            spec.frames_lasting(silent)
        } else {
            0
        };
        Xrun {
            frames: Some(frames),
            ms: Some(spec.milliseconds(frames)),
            ..underrun
        }
    }

    /// Frames that a kernel device had not played when it stopped; `known` is its last known position.
    fn held_when_stopped(&self, known: KnownPosition) -> Option<u64> {
        let (spec, buffer) = (self.spec(), self.configuration.buffer_size);
        let stop = self.last_trigger()?;
        let left = buffer.saturating_sub(stop.avail);
        let played = known.frames_until(Some(stop.at), spec);
        let queued = buffer.saturating_sub(known.avail);
        Some(queued.saturating_sub(played).min(left))
    }

    /// When and where a kernel device stopped, or started if it runs.
    pub(super) fn last_trigger(&self) -> Option<Trigger> {
        if !self.position.stamps.get() {
            return None;
        }
        let status = self.handle().ok()?.status().ok()?;
        let at = status.get_trigger_htstamp();
        Some(Trigger {
            at: Duration::new(at.tv_sec as u64, at.tv_nsec as u32),
            avail: status.get_avail().max(0) as u64,
        })
    }
}

/// When and where a device stopped or started.
pub(super) struct Trigger {
    /// On the monotonic clock.
    pub at: Duration,
    /// Frames that could be moved at the last update by the hardware.
    pub avail: u64,
}
