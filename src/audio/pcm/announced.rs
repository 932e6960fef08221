//! Reads what a wait has announced with one system call, where the kernel's status page is not mapped: `poll` has reported
//! that there are at least as many frames as end a wait. They are copied from the device's memory first. One call then
//! commits them, and returns where the device is: that shows whether they were intact.
//!
//! Everything else is left to alsa-lib, and so is a read of which that is not certain: it is undone.

use super::device::Pcm;
use crate::audio::direction::Direction;
use crate::audio::ffi::sync_ptr::{Pointers, SyncPtr};
use alsa::pcm::PCM;

/// How much of a period a device may report too little at its end.
const MAX_MISSING_PARTS: u64 = 16;

impl Pcm {
    /// How many frames there are at least when a wait ends; `None` if [`Pcm::read_announced`] cannot read them.
    pub(crate) fn announced_frames(&self) -> Option<u64> {
        self.sync_ptr()?;
        Some(self.announced.now.get())
    }

    /// Reads frames that a wait has announced, as many as fit into both parts. Returns how many frames the device has captured
    /// since the first of them: until now if that is to be `exact`, otherwise until its last update. `None` if nothing was
    /// read: [`Pcm::avail_update`] shows why.
    pub(crate) fn read_announced(
        &self,
        [first, second]: [&mut [u8]; 2],
        exact: bool,
    ) -> Option<u64> {
        let call = self.sync_ptr()?;
        let (handle, memory) = (self.handle().ok()?, self.stopped.memory()?);
        let (size, buffer) = (self.spec().frame_bytes(), self.configuration.buffer_size);
        let frames = ((first.len() + second.len()) / size) as u64;
        // Its position may be a period old, and is then known to be intact only if there is room for one more.
        let period = self.configuration.period_size;
        let exact = exact || frames + period + period / MAX_MISSING_PARTS > buffer;
        let start = match self.announced.start.take() {
            Some(start) => start,
            None => call.ask(handle, false).ok()?.application,
        };
        let offset = (start % buffer) as usize * size;
        memory.copy(handle, offset, first);
        memory.copy(handle, offset + first.len(), second);
        let end = call.after(start, frames);
        let next = self.until_next_wait(end);
        self.announced.is_hidden.set(true);
        let moved = call.move_to(handle, end, next, exact).ok();
        let now = moved
            .filter(|now| self.is_intact(call, (start, frames), now, exact))
            .or_else(|| self.ask_whether_intact(call, handle, (start, frames)));
        let Some(now) = now else {
            let usual = self.announced.usual.get();
            // It fails only if the device is gone.
            let _ = call.move_to(handle, start, usual, false);
            self.announced.now.set(usual);
            return None;
        };
        self.announced.start.set(Some(end));
        self.announced.now.set(next);
        let captured = call.distance(start, now.hardware);
        self.note_announced([first, second], captured, &now);
        Some(captured)
    }

    /// How many frames are to end the next wait after a read up to frame `end`: those at the end of as many periods as the
    /// usual number is rounded up to. Devices check at the end of a period, and some report a few frames less there.
    fn until_next_wait(&self, end: u64) -> u64 {
        let (period, buffer) = (
            self.configuration.period_size.max(1),
            self.configuration.buffer_size,
        );
        let usual = self.announced.usual.get();
        let periods = usual.next_multiple_of(period);
        if periods + period > buffer {
            return usual;
        }
        let missing = match usual == periods {
            true => 0,
            false => period / MAX_MISSING_PARTS,
        };
        periods - (end + missing) % period
    }

    fn ask_whether_intact(
        &self,
        call: SyncPtr,
        handle: &PCM,
        read: (u64, u64),
    ) -> Option<Pointers> {
        let now = call.ask(handle, true).ok()?;
        self.is_intact(call, read, &now, true).then_some(now)
    }

    /// Whether the device had captured the frames that were read, and has not overwritten any yet.
    fn is_intact(
        &self,
        call: SyncPtr,
        (start, frames): (u64, u64),
        now: &Pointers,
        exact: bool,
    ) -> bool {
        let (period, buffer) = (
            self.configuration.period_size,
            self.configuration.buffer_size,
        );
        let unknown = if exact { 0 } else { period };
        let captured = call.distance(start, now.hardware);
        now.is_running && captured >= frames && captured + unknown <= buffer
    }

    fn note_announced(&self, parts: [&[u8]; 2], captured: u64, now: &Pointers) {
        let bytes = parts.map(<[u8]>::len).iter().sum::<usize>();
        let frames = self.spec().frames_in(bytes as u64);
        let has_stamp = self.position.stamps.get() && !now.at.is_zero();
        self.note_available(captured, has_stamp.then_some(now.at));
        self.note_content(frames as usize, parts);
        self.position.add_moved(frames);
        if self.needs_stamp() {
            self.position.set_stamped(captured - frames, now.at);
        }
    }

    fn sync_ptr(&self) -> Option<SyncPtr> {
        let find = || {
            let captures = self.request.direction == Direction::Capture;
            let handle = self
                .handle()
                .ok()
                .filter(|_| captures && self.reads_mapped())?;
            SyncPtr::of(handle)
        };
        *self.announced.call.get_or_init(find)
    }

    /// Another call may move the position, and must know it.
    pub(super) fn show_position(&self, handle: &PCM) {
        self.announced.start.set(None);
        let usual = self.announced.usual.get();
        if let Some(Some(call)) = self.announced.call.get()
            && self.announced.now.replace(usual) != usual
        {
            let _ = call.set_avail_min(handle, usual);
        }
        if self.announced.is_hidden.replace(false) {
            let _ = handle.avail_update();
        }
    }
}
