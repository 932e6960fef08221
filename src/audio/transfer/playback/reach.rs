//! How far ahead of what is heard a device is written, so that changes are heard soon.

use crate::audio::pcm::Pcm;
use std::time::Duration;

/// The length of a ramp.
const RAMP: Duration = Duration::from_millis(10);

/// What a device is about to play is not taken back: it may have fetched it already.
const KEPT: Duration = Duration::from_millis(20);

/// A device that takes nothing back is given no more than this in advance.
const MAX_AHEAD: Duration = Duration::from_millis(150);

/// Periods that such a device has at least.
const MIN_PERIODS_AHEAD: u64 = 3;

/// A device that has all frames, but more than this of them to play, is not drained yet: that cannot be taken back.
const DRAIN_AT: Duration = Duration::from_millis(100);

/// How far ahead of what is heard a device is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// The most frames that it may hold, if it takes nothing back.
    pub max_ahead: Option<u64>,
    /// The last frames that it holds that are not taken back.
    pub kept: u64,
    /// Frames in a ramp.
    pub ramp: u64,
    /// The device holds no more than this when it is drained.
    pub drain_at: u64,
}

impl Reach {
    pub(super) fn of(pcm: &Pcm) -> Reach {
        let (spec, configuration) = (pcm.spec(), pcm.configuration());
        let period = configuration.period_size;
        // The position of some devices is known only at the end of a period.
        let kept = match pcm.is_direct() && configuration.is_batch {
            true => spec.frames_lasting(KEPT).max(period),
            false => spec.frames_lasting(KEPT),
        };
        Reach {
            max_ahead: (!pcm.is_direct()).then(|| max_ahead(pcm)),
            kept,
            ramp: spec.frames_lasting(RAMP).max(1),
            drain_at: match pcm.is_direct() {
                true => spec.frames_lasting(DRAIN_AT).max(kept),
                false => spec.frames_lasting(DRAIN_AT).max(period),
            },
        }
    }
}

/// The most frames that a device may hold that takes nothing back.
pub(super) fn max_ahead(pcm: &Pcm) -> u64 {
    let configuration = pcm.configuration();
    pcm.spec()
        .frames_lasting(MAX_AHEAD)
        .max(MIN_PERIODS_AHEAD * configuration.period_size)
        .min(configuration.buffer_size)
}
