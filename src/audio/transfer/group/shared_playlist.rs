//! One segment of a playlist, read once and played by several devices.

use crate::audio::dsp::gain::Ramp;
use crate::audio::playlist::{Playlist, PlaylistPosition, Segment};
use crate::audio::spec::Spec;
use crate::audio::transfer::convert::Segments;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Frames read from the playlist at a time.
const BLOCK_FRAMES: u64 = 4096;

/// How far one device may read ahead of the others.
const MAX_AHEAD: Duration = Duration::from_secs(4);

/// How long a change of the position waits for a read.
const MAX_READ_WAIT: Duration = Duration::from_secs(1);

/// Frames of the playlist, the gain to apply to them, and where the next frame is.
struct SoundBlock {
    bytes: Vec<u8>,
    ramp: Ramp,
    after: Option<PlaylistPosition>,
}

/// A segment of a playlist that several devices play.
pub(super) struct SharedPlaylist {
    spec: Spec,
    max_ahead: u64,
    shared: Mutex<PlaylistState>,
    changed: Condvar,
}

struct PlaylistState {
    /// `None` while it is read.
    playlist: Option<Box<Playlist>>,
    /// Blocks that not all devices have read. `first` is the number of the first one.
    blocks: VecDeque<Arc<SoundBlock>>,
    first: u64,
    /// The number of the next block of each device; `None` for one that reads no more.
    next: Vec<Option<u64>>,
    /// Whether all blocks of the segment have been read.
    ended: bool,
    /// Whether nobody is to read any more.
    closed: bool,
}

impl SharedPlaylist {
    /// The segment of `spec` that `playlist` has opened, for `devices` devices.
    pub(super) fn new(playlist: Box<Playlist>, spec: Spec, devices: usize) -> Arc<SharedPlaylist> {
        Arc::new(SharedPlaylist {
            spec,
            max_ahead: spec.frames_lasting(MAX_AHEAD).div_ceil(BLOCK_FRAMES).max(2),
            shared: Mutex::new(PlaylistState {
                playlist: Some(playlist),
                blocks: VecDeque::new(),
                first: 0,
                next: vec![Some(0); devices],
                ended: false,
                closed: false,
            }),
            changed: Condvar::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, PlaylistState> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next block of a device. Waits until there is one; `None` is the end.
    fn next_block(&self, device: usize) -> Option<Arc<SoundBlock>> {
        let mut shared = self.lock();
        loop {
            let next = shared.next[device].filter(|_| !shared.closed)?;
            if let Some(block) = shared.block(next) {
                shared.next[device] = Some(next + 1);
                shared.forget_read();
                self.changed.notify_all();
                return Some(block);
            }
            if shared.ended {
                return None;
            }
            let is_ahead = next >= shared.first + self.max_ahead;
            shared = match shared.playlist.take_if(|_| !is_ahead) {
                Some(playlist) => {
                    drop(shared);
                    self.read_block(playlist)
                }
                None => (self.changed.wait(shared)).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Reads the next block, without the lock: a pipe may take any time.
    fn read_block(&self, mut playlist: Box<Playlist>) -> MutexGuard<'_, PlaylistState> {
        let mut bytes = vec![0; self.spec.bytes(BLOCK_FRAMES) as usize];
        let (read, ramp) = playlist.read(&mut bytes);
        bytes.truncate(read);
        let after = playlist.position();
        let mut shared = self.lock();
        shared.playlist = Some(playlist);
        match read {
            0 => shared.ended = true,
            _ => shared
                .blocks
                .push_back(Arc::new(SoundBlock { bytes, ramp, after })),
        }
        self.changed.notify_all();
        shared
    }

    /// Whether file `index` can be opened; not if reading takes long now.
    pub(super) fn can_go_to(&self, index: usize) -> bool {
        let waited = (self.changed).wait_timeout_while(self.lock(), MAX_READ_WAIT, |shared| {
            shared.playlist.is_none()
        });
        let (shared, _) = waited.unwrap_or_else(PoisonError::into_inner);
        (shared.playlist.as_ref()).is_some_and(|playlist| playlist.can_go_to(index))
    }

    /// Ends all reads, and returns the playlist; waits while it is read.
    pub(super) fn close(&self) -> Option<Box<Playlist>> {
        let mut shared = self.lock();
        shared.closed = true;
        self.changed.notify_all();
        loop {
            if let Some(playlist) = shared.playlist.take() {
                return Some(playlist);
            }
            shared = (self.changed.wait(shared)).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What one device plays of it: `channels` of its channels, as `segment` describes them.
    pub(super) fn reader(
        self: &Arc<Self>,
        device: usize,
        (channels, segment): (Range<u32>, Segment),
    ) -> PlaylistReader {
        let sample = self.spec.frame_bytes() / self.spec.channels as usize;
        PlaylistReader {
            shared: self.clone(),
            device,
            spec: segment.spec,
            segment: Some(segment),
            bytes: channels.start as usize * sample..channels.end as usize * sample,
            block: None,
            handed: 0,
        }
    }
}

impl PlaylistState {
    fn block(&self, number: u64) -> Option<Arc<SoundBlock>> {
        let index = number.checked_sub(self.first)?;
        self.blocks.get(index as usize).cloned()
    }

    /// Forgets the blocks that all devices have read.
    fn forget_read(&mut self) {
        let slowest = self.next.iter().flatten().min().copied();
        while slowest.is_none_or(|slowest| self.first < slowest)
            && self.blocks.pop_front().is_some()
        {
            self.first += 1;
        }
    }
}

/// Reads a [`SharedPlaylist`] for one device.
pub(super) struct PlaylistReader {
    shared: Arc<SharedPlaylist>,
    device: usize,
    /// The segment, until it has been announced.
    segment: Option<Segment>,
    spec: Spec,
    /// Its part of each frame.
    bytes: Range<usize>,
    /// The block that is being read, and how many of its frames have been.
    block: Option<Arc<SoundBlock>>,
    handed: u64,
}

impl PlaylistReader {
    fn left(&self) -> u64 {
        let frames = |block: &Arc<SoundBlock>| self.shared.spec.frames_in(block.bytes.len() as u64);
        self.block.as_ref().map_or(0, frames) - self.handed
    }
}

impl Segments for PlaylistReader {
    fn next_segment(&mut self) -> Option<Segment> {
        self.segment.take()
    }

    fn read(&mut self, buffer: &mut [u8]) -> (usize, Ramp) {
        if self.left() == 0 {
            self.block = self.shared.next_block(self.device);
            self.handed = 0;
        }
        let Some(block) = &self.block else {
            return (0, Ramp::UNITY);
        };
        let (size, whole) = (self.spec.frame_bytes(), self.shared.spec.frame_bytes());
        let all = (block.bytes.len() / whole) as u64;
        let count = (all - self.handed).min((buffer.len() / size) as u64);
        let frames = block.bytes.chunks_exact(whole).skip(self.handed as usize);
        for (to, from) in buffer.chunks_exact_mut(size).zip(frames) {
            to.copy_from_slice(&from[self.bytes.clone()]);
        }
        let gain = |at: u64| {
            let part = at as f64 / all as f64;
            block.ramp.from + (block.ramp.to - block.ramp.from) * part
        };
        let ramp = Ramp {
            from: gain(self.handed),
            to: gain(self.handed + count),
        };
        self.handed += count;
        (count as usize * size, ramp)
    }

    fn position(&self) -> Option<PlaylistPosition> {
        let after = self.block.as_ref()?.after.clone()?;
        let left = self.left();
        Some(PlaylistPosition {
            spec: self.spec,
            seconds: after.seconds - self.spec.seconds(left),
            left: after.left.map(|frames| frames + left),
            ..after
        })
    }

    /// All devices change their position together, not by this.
    fn go_to(&mut self, _: usize, _: f64) -> Option<Segment> {
        None
    }

    fn can_go_to(&self, _: usize) -> bool {
        false
    }

    fn name(&self) -> &str {
        ""
    }
}

impl Drop for PlaylistReader {
    fn drop(&mut self) {
        let mut shared = self.shared.lock();
        shared.next[self.device] = None;
        shared.forget_read();
        self.shared.changed.notify_all();
    }
}
