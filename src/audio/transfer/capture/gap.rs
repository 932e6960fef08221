//! The gap in a recording whose device went away.

use crate::audio::pcm::KnownPosition;
use crate::audio::spec::Spec;

/// The gap in a recording whose device went away.
pub(super) struct Gap {
    /// The last known position of the device.
    known: KnownPosition,
    /// How many frames of those captured after that could be read.
    saved: u64,
    /// How many frames of the gap have been marked so far.
    pub marked: u64,
    /// The name of the device once it is back.
    pub device: String,
}

impl Gap {
    /// A gap that begins `saved` frames after the last frame that was read by the last known position of the device. If
    /// that is `None`, it begins now.
    pub(super) fn since(known: Option<KnownPosition>, saved: u64) -> Gap {
        Gap {
            known: known.unwrap_or_else(KnownPosition::empty_now),
            saved,
            marked: 0,
            device: String::new(),
        }
    }

    /// Extends the gap up to `held` frames before now. Returns by how many frames.
    pub(super) fn extend(&mut self, spec: Spec, held: u64) -> u64 {
        let length = self.known.unread_now(spec).saturating_sub(held);
        let more = length.saturating_sub(self.saved + self.marked);
        self.marked += more;
        more
    }
}
