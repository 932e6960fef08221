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
    /// How many of those precede the last known position, because the recording was paused in the gap.
    marked_before: u64,
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
            marked_before: 0,
            device: String::new(),
        }
    }

    /// Extends the gap up to `held` frames before now. Returns by how many frames.
    pub(super) fn extend(&mut self, spec: Spec, held: u64) -> u64 {
        let length = self.known.unread_now(spec).saturating_sub(held);
        let more = length.saturating_sub(self.saved + self.marked - self.marked_before);
        self.marked += more;
        more
    }

    /// Continues the gap after a pause, which is not part of it.
    pub(super) fn resume(&mut self) {
        self.known = KnownPosition::empty_now();
        self.saved = 0;
        self.marked_before = self.marked;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;
    use std::thread::sleep;
    use std::time::Duration;

    #[test]
    fn a_pause_is_not_part_of_the_gap() {
        let spec = Spec::new(Format::S16_LE, 1000, 2).unwrap();
        let mut gap = Gap::since(None, 0);
        sleep(Duration::from_millis(20));
        let before = gap.extend(spec, 0);
        assert!(before >= 20);
        sleep(Duration::from_millis(200));
        gap.resume();
        assert!(gap.extend(spec, 0) < 200);
        sleep(Duration::from_millis(20));
        gap.extend(spec, 0);
        assert!(gap.marked >= before + 20);
    }
}
