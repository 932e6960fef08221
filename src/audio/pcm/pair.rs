//! Two PCMs together: waited on in one poll, started at the same moment.

use super::device::Pcm;
use super::outcome::IoOutcome;
use super::wait::WaitOutcome;
use crate::audio::error::Result;
use crate::audio::ffi;
use crate::audio::heartbeat::Heartbeat;
use crate::audio::poll::{UNUSED, entry, pollfd};
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

/// What to wait for, besides the other descriptor and errors of the PCMs that run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PairWaitFor {
    /// The other descriptor only: both PCMs are stopped.
    Interrupt,
    /// Captured frames.
    Captured,
    /// Captured frames, or room in the playback buffer.
    CapturedOrRoom,
    /// Room in the playback buffer; the capture is stopped.
    Room,
}

/// What a wait on two PCMs found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PairOutcome {
    /// The other descriptor became readable.
    pub interrupted: bool,
    /// What happened to the capture PCM.
    pub capture: WaitOutcome,
    /// What happened to the playback PCM.
    pub playback: WaitOutcome,
}

impl PairOutcome {
    pub(crate) const NOTHING: PairOutcome = PairOutcome {
        interrupted: false,
        capture: WaitOutcome::Nothing,
        playback: WaitOutcome::Nothing,
    };
}

/// What is polled for two PCMs and one other descriptor. Kept between waits, so that waiting does not allocate.
#[derive(Debug)]
pub(crate) struct PairWaiter {
    heartbeat: Arc<Heartbeat>,
    fds: Vec<pollfd>,
}

/// Room for descriptors that is allocated in advance: more than any PCM of alsa-lib has.
const RESERVED_DESCRIPTORS: usize = 16;

impl PairWaiter {
    pub(crate) fn new(other: BorrowedFd, heartbeat: Arc<Heartbeat>) -> PairWaiter {
        let mut fds = Vec::with_capacity(1 + 2 * RESERVED_DESCRIPTORS);
        fds.push(entry(other, libc::POLLIN));
        PairWaiter { heartbeat, fds }
    }

    /// Waits for `what`, for the other descriptor to become readable, or until `timeout` is over.
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) if one of the devices is gone.
    pub(crate) fn wait(
        &mut self,
        capture: &Pcm,
        playback: Option<&Pcm>,
        what: PairWaitFor,
        timeout: Option<Duration>,
    ) -> Result<PairOutcome> {
        let captured = matches!(what, PairWaitFor::Captured | PairWaitFor::CapturedOrRoom);
        let room = matches!(what, PairWaitFor::Room | PairWaitFor::CapturedOrRoom);
        let playback = playback.filter(|_| what != PairWaitFor::Interrupt);
        self.fds.truncate(1);
        self.add(Some(capture).filter(|_| captured), true)?;
        let middle = self.fds.len();
        self.add(playback, room)?;
        let polled = self.heartbeat.poll(&mut self.fds, timeout);
        if !polled.map_err(|errno| capture.failed("wait for", errno))? {
            return Ok(PairOutcome::NOTHING);
        }
        let outcome = |pcm: Option<&Pcm>, fds| match pcm {
            Some(pcm) => pcm.poll_outcome(fds),
            None => Ok(WaitOutcome::Nothing),
        };
        Ok(PairOutcome {
            interrupted: self.fds[0].revents != 0,
            capture: outcome(Some(capture).filter(|_| captured), &self.fds[1..middle])?,
            playback: outcome(playback, &self.fds[middle..])?,
        })
    }

    fn add(&mut self, pcm: Option<&Pcm>, frames: bool) -> Result<()> {
        let Some(pcm) = pcm else {
            return Ok(());
        };
        let start = self.fds.len();
        self.fds.resize(start + pcm.poll_count()?, UNUSED);
        pcm.fill_poll_entries(&mut self.fds[start..], frames)
    }
}

impl Pcm {
    /// Whether [`Pcm::start_with`] can start both at the same moment. Plugins and sound servers cannot.
    pub(crate) fn can_start_with(&self, other: &Pcm) -> Result<bool> {
        let (one, two) = (self.handle()?, other.handle()?);
        let linked = one.link(two).is_ok();
        if linked {
            let _ = two.unlink();
        }
        Ok(linked)
    }

    /// Starts both PCMs at the same moment (`snd_pcm_link`). They are linked only for that moment, so that an error of one
    /// does not stop the other.
    ///
    /// # Errors
    /// Those of [`Pcm::start`].
    pub(crate) fn start_with(&self, other: &Pcm) -> Result<()> {
        let (one, two) = (self.handle()?, other.handle()?);
        one.link(two)
            .map_err(|error| self.failed("start", error.errno()))?;
        let started = self.start();
        let _ = two.unlink();
        started
    }

    /// Frames between this capture PCM's input and its reader, plus those between `playback`'s writer and its output.
    /// `None` if a device does not report them, or if the capture moved by more than `tolerance` frames meanwhile.
    pub(crate) fn frames_held(&self, playback: &Pcm, tolerance: i64) -> Option<i64> {
        let capture = self.handle().ok()?;
        let before = capture.avail().map(ffi::frames).ok()?;
        let queued = playback.handle().ok()?.delay().map(ffi::frames).ok()?;
        let after = capture.avail().map(ffi::frames).ok()?;
        (after >= before && after - before <= tolerance).then_some(queued + (before + after) / 2)
    }

    /// Queues `frames` frames of silence, or as many as there is room for; returns how many are left. `silence` holds one
    /// or more frames of it.
    ///
    /// # Errors
    /// Those of [`Pcm::write`].
    pub(crate) fn write_silence(&mut self, mut frames: u64, silence: &[u8]) -> Result<u64> {
        let spec = self.spec();
        while frames > 0 {
            let bytes = spec.bytes(frames.min(spec.frames_in(silence.len() as u64)));
            match self.write(&silence[..bytes as usize])? {
                IoOutcome::Frames(written @ 1..) => frames -= written as u64,
                _ => break,
            }
        }
        Ok(frames)
    }
}
