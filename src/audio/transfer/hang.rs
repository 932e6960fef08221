//! Detecting a device thread that is stuck in a call of alsa-lib, because its sound server does not answer.

use super::on_lost::OnLost;
use crate::audio::error::Error;
use crate::audio::heartbeat::Heartbeat;
use crate::audio::pcm::Pcm;
use crate::audio::time_limit::{WAIT_PARTS, no_answer};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// After a command to stop, a call may take this long.
const MAX_STOP_WAIT: Duration = Duration::from_millis(500);

/// Without a limit, the thread is checked this often.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);

/// How long a device thread has been in the same call. The thread itself cannot tell.
pub(super) struct HangDetector {
    heartbeat: Arc<Heartbeat>,
    /// The name of the device.
    pub device: String,
    /// How long a call may take; `None`: forever.
    limit: Option<Duration>,
    pub on_lost: OnLost,
    /// The call at the last check.
    call: Option<u64>,
    /// How long it has taken by now.
    waited: Duration,
    looked: Instant,
}

/// What a check of the thread found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ThreadState {
    /// It waits, or makes calls that return.
    Alive,
    /// It is in a call that takes longer than a thread that should stop may need.
    Slow,
    /// It is in a call that takes too long.
    Stuck,
}

impl HangDetector {
    /// A detector for the thread that serves these PCMs; `None` if they are cards, which always answer. Calls may take
    /// `limit`, plus the length of the buffer: plugins wait in a drain until it is empty.
    pub(super) fn of<'a>(
        pcms: impl IntoIterator<Item = &'a Pcm>,
        heartbeat: &Arc<Heartbeat>,
        limit: Option<Duration>,
        on_lost: OnLost,
    ) -> Option<HangDetector> {
        let server = pcms.into_iter().find(|pcm| pcm.card().is_none())?;
        let buffer = server.spec().duration(server.configuration().buffer_size);
        Some(HangDetector {
            heartbeat: heartbeat.clone(),
            device: server.card_name().to_owned(),
            limit: limit.map(|limit| limit + buffer),
            on_lost,
            call: None,
            waited: Duration::ZERO,
            looked: Instant::now(),
        })
    }

    /// When to check the thread next.
    pub(super) fn due(&self, stopping: bool) -> Instant {
        self.looked + self.interval(stopping)
    }

    fn interval(&self, stopping: bool) -> Duration {
        let limit = self
            .limit
            .map_or(DEFAULT_INTERVAL, |limit| limit / WAIT_PARTS);
        match stopping {
            true => limit.min(MAX_STOP_WAIT / WAIT_PARTS),
            false => limit,
        }
    }

    /// Checks the thread. Time in which this process is stopped counts as one interval at most.
    pub(super) fn look(&mut self, stopping: bool) -> ThreadState {
        let now = Instant::now();
        let passed = (now - self.looked).min(self.interval(stopping));
        self.looked = now;
        let call = self.heartbeat.call();
        if call.is_none() || call != self.call {
            (self.call, self.waited) = (call, Duration::ZERO);
            return ThreadState::Alive;
        }
        self.waited += passed;
        match self.waited {
            waited if self.limit.is_some_and(|limit| waited >= limit) => ThreadState::Stuck,
            waited if waited >= MAX_STOP_WAIT => ThreadState::Slow,
            _ => ThreadState::Alive,
        }
    }

    /// The error for a server that does not answer.
    pub(super) fn error(&self) -> Error {
        no_answer(&self.device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_stays_in_one_call_is_stuck() {
        let mut detector = HangDetector {
            heartbeat: Arc::default(),
            device: "default".to_owned(),
            limit: Some(Duration::from_secs(5)),
            on_lost: OnLost::Fail,
            call: None,
            waited: Duration::ZERO,
            looked: Instant::now(),
        };
        let look = |detector: &mut HangDetector| {
            detector.looked -= Duration::from_secs(3600);
            detector.look(false)
        };
        // An hour in which this process was stopped does not count as an hour in a call.
        let found: Vec<_> = (0..6).map(|_| look(&mut detector)).collect();
        let [alive, slow, stuck] = [ThreadState::Alive, ThreadState::Slow, ThreadState::Stuck];
        assert_eq!(found, [alive, slow, slow, slow, slow, stuck]);
        let _ = detector.heartbeat.poll(&mut [], Some(Duration::ZERO));
        assert_eq!(look(&mut detector), ThreadState::Alive);
        detector.limit = None;
        assert!((0..60).all(|_| look(&mut detector) != ThreadState::Stuck));
    }
}
