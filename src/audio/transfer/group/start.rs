//! Starting the devices of a group.

use crate::audio::error::Result;
use crate::audio::pcm::{KnownPosition, Pcm};
use std::time::Duration;

/// When the devices were started, on the monotonic clock, and whether at the same moment.
pub(super) struct GroupStart {
    pub at: Vec<Duration>,
    pub linked: bool,
}

impl GroupStart {
    /// Starts all devices, which may be linked; `None` is one that is not there, which counts as started last.
    ///
    /// # Errors
    /// Those of [`Pcm::start`].
    pub(super) fn of(pcms: &[Option<&Pcm>], linked: bool) -> Result<GroupStart> {
        let present: Vec<_> = pcms.iter().flatten().copied().collect();
        Pcm::start_all(&present, linked)?;
        let now = KnownPosition::now();
        let started = |pcm: &Pcm| pcm.started_at().unwrap_or(now);
        let latest = present.iter().map(|pcm| started(pcm)).max().unwrap_or(now);
        let at = pcms.iter().map(|pcm| pcm.map_or(latest, started));
        Ok(GroupStart {
            at: at.collect(),
            linked,
        })
    }

    /// When the last device was started.
    pub(super) fn latest(&self) -> Duration {
        self.at.iter().max().copied().unwrap_or_default()
    }

    /// How much later each device was started than the first one, in µs.
    pub(super) fn offsets_us(&self) -> impl Iterator<Item = f64> {
        let earliest = self.at.iter().min().copied().unwrap_or_default();
        self.at
            .iter()
            .map(move |at| (*at - earliest).as_nanos() as f64 / 1e3)
    }
}
