//! The gap in a recording whose device went away.

use crate::audio::pcm::KnownPosition;
use crate::audio::spec::Spec;

/// The gap in a recording whose device went away.
pub(super) struct Gap {
    /// The last known position of the device.
    known: KnownPosition,
    /// How many frames of the gap have been marked so far.
    pub marked: u64,
    /// The name of the device once it is back.
    pub device: String,
}

impl Gap {
    /// A gap that begins with the frames that the device held at its last known position; now if that is `None`.
    pub(super) fn since(known: Option<KnownPosition>) -> Gap {
        Gap {
            known: known.unwrap_or_else(KnownPosition::empty_now),
            marked: 0,
            device: String::new(),
        }
    }

    /// Extends the gap up to now. Returns by how many frames.
    pub(super) fn extend(&mut self, spec: Spec) -> u64 {
        let length = self.known.unread_now(spec);
        let more = length.saturating_sub(self.marked);
        self.marked += more;
        more
    }
}
