//! What a recording loses while its device is present: overruns, and frames that the system's suspend cost.
//!
//! Where alsa-lib allows it, an overrun does not stop the device: it overwrites the oldest frames of its buffer, and its
//! own frame count shows exactly how many were lost.

use super::device::CaptureDevice;
use crate::audio::error::Result;
use crate::audio::pcm::{Configuration, Xrun};

impl CaptureDevice {
    /// The running device has overwritten frames that were not read: skips to the oldest one that is intact. Returns
    /// how many the device holds after that; `None` if it was stopped or suspended meanwhile.
    pub(super) fn skip_overwritten(&mut self, unread: u64) -> Result<Option<u64>> {
        let Configuration {
            period_size,
            buffer_size,
            ..
        } = *self.pcm.configuration();
        // The device continues to write while this thread reads: half the buffer, or a period, is a safe distance.
        let outcome = self
            .pcm
            .forward(unread - buffer_size + period_size.min(buffer_size / 2))?;
        let Some(lost) = self.frames_of(outcome)? else {
            return Ok(None);
        };
        self.lost(Xrun::of_frames(lost, self.pcm.spec()))?;
        Ok(Some(unread - lost))
    }

    /// The device has stopped. What it holds is saved if it can still be read; the frames until it runs again are lost.
    pub(super) fn overrun(&mut self, xrun: Xrun) -> Result<()> {
        let saved = self.save_stopped_frames();
        self.pcm.start()?;
        let frames = xrun.frames.map(|frames| frames.saturating_sub(saved));
        self.lost(match frames {
            Some(frames) => Xrun::of_frames(frames, self.pcm.spec()),
            None => Xrun::UNKNOWN,
        })
    }

    /// Records what the device held when it stopped, as far as it could be read; returns how many frames that are.
    pub(super) fn save_stopped_frames(&mut self) -> u64 {
        let room = self.ring_room().min(self.left);
        let (spec, ring, tap) = (self.pcm.spec(), &mut self.ring, &mut self.link.tap);
        let mut saved = 0;
        self.pcm.take_stopped_frames(|older, rest| {
            for frames in [older, rest] {
                let fitting = spec.frames_in(frames.len() as u64).min(room - saved);
                let bytes = &frames[..spec.bytes(fitting) as usize];
                let Ok(mut chunk) = ring.write_chunk(bytes.len()) else {
                    return;
                };
                let (first, second) = chunk.as_mut_slices();
                let (start, end) = bytes.split_at(first.len());
                first.copy_from_slice(start);
                second.copy_from_slice(end);
                chunk.commit_all();
                tap.copy(bytes);
                saved += fitting;
            }
        });
        self.count_captured(saved);
        saved
    }

    /// After a system suspend.
    pub(super) fn suspended(&mut self, resumed: bool, lost: u64) -> Result<()> {
        if resumed {
            return Ok(());
        }
        self.pcm.start()?;
        self.lost(Xrun::of_frames(lost, self.pcm.spec()))
    }

    /// Marks and reports a gap.
    fn lost(&mut self, xrun: Xrun) -> Result<()> {
        self.mark_gap(xrun.frames.unwrap_or(0), self.fill_gaps);
        self.link.xrun(&self.pcm, None, xrun)
    }

    /// Sends a gap to the file side, and counts the silence that fills it.
    pub(super) fn mark_gap(&mut self, lost: u64, fill: bool) {
        let fill = if fill { self.left } else { 0 };
        let filled = self.marks.push_gap(self.in_ring, lost, fill);
        self.link.counters.add_frames(filled);
        self.left -= filled;
        self.writer.notify();
    }
}
