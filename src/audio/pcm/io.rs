//! Moving frames, and starting and stopping.

use super::device::Pcm;
use super::negotiate::Configuration;
use super::open::PcmHandle;
use super::outcome::IoOutcome;
use super::state::PcmState;
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi;
use crate::audio::ffi::hw_params::PcmAccess;
use crate::audio::library_log;
use crate::audio::spelling::count;
use crate::audio::time_limit::{no_answer, within};
use alsa::pcm::PCM;
use std::time::Duration;

/// How far a position that follows the clock may be off.
const MAX_CLOCK_ERROR: Duration = Duration::from_millis(20);

impl Pcm {
    /// Frames that can be moved now, after asking the hardware (`snd_pcm_avail`).
    ///
    /// # Errors
    /// [`Kind::Xrun`] in an xrun, [`Kind::Disconnected`] after an unplug.
    pub fn avail(&self) -> Result<u64> {
        if let Some(known) = self.kept_position()? {
            return Ok(known);
        }
        let frames = self.call("get the available frames of", PCM::avail)?;
        self.announced.is_shown();
        let frames = frames.max(0) as u64;
        if self.is_direct() && self.request.direction == Direction::Playback {
            self.position.found(frames, self.spec());
        }
        Ok(frames)
    }

    /// Frames that can be moved now, as of the last update by the hardware, after recovery (`snd_pcm_avail_update`,
    /// which takes no system call for a kernel device).
    pub(crate) fn avail_update(&self) -> Result<IoOutcome> {
        if let Some(known) = self.kept_position()? {
            return Ok(IoOutcome::Frames(known as usize));
        }
        let handle = self.handle()?;
        let avail = match self.needs_hwsync {
            true => handle.avail(),
            false => handle.avail_update(),
        };
        self.announced.is_shown();
        match avail {
            Ok(frames) => {
                let frames = frames.max(0) as usize;
                if self.is_of_server() && self.request.direction == Direction::Playback {
                    self.position.set_now(frames as u64);
                    self.update_delay(handle, frames as u64);
                } else {
                    self.note_available(frames as u64, None);
                }
                Ok(IoOutcome::Frames(frames))
            }
            Err(error) => self.recover("transfer to", error.errno().abs()),
        }
    }

    /// Records that a PCM, which is not the playback of a sound server, can move `frames` frames. `stamp` is when, if a
    /// timestamp of the monotonic clock says so.
    pub(super) fn note_available(&self, frames: u64, stamp: Option<Duration>) {
        if self.request.direction == Direction::Capture && self.counts_frames() {
            let is_known = self.position.advance(frames, stamp, self.spec());
            self.position.needs_stamp.set(!is_known);
        } else {
            self.position.update(frames);
        }
    }

    /// The last known position, if that is to be used instead of what alsa-lib reports.
    fn kept_position(&self) -> Result<Option<u64>> {
        let handle = self.handle()?;
        let known = self.position.last().map(|known| known.avail);
        Ok(known.filter(|_| self.keeps_position(handle)))
    }

    /// Frames between the caller and the speaker or microphone (`snd_pcm_delay`).
    ///
    /// # Errors
    /// [`Kind::Xrun`] in an xrun, [`Kind::Disconnected`] after an unplug.
    pub fn delay(&self) -> Result<i64> {
        self.call("get the delay of", |pcm| pcm.delay().map(ffi::frames))
    }

    /// Writes whole frames (`snd_pcm_writei`). `data` is any whole number of frames. In normal mode all of it is
    /// written before the call returns; in an xrun nothing of it is kept. After a drop or drain the PCM is prepared first, as
    /// pyalsaaudio does.
    ///
    /// # Errors
    /// [`Kind::Usage`] for a capture PCM or a partial frame; [`Kind::Disconnected`], [`Kind::Io`].
    pub fn write(&mut self, data: &[u8]) -> Result<IoOutcome> {
        self.require(Direction::Playback, data.len())?;
        let (access, size) = (self.configuration.access, self.spec().frame_bytes());
        let write = |handle| match self.is_filled_in_two_writes() {
            true => write_in_two(handle, &self.configuration, size, data),
            false => ffi::transfer::write(handle, access, size, data),
        };
        let mut result = write(self.handle()?);
        // alsa-lib returns no error for an empty write.
        let may_be_stopped = result == Err(libc::EBADFD) || data.is_empty();
        if may_be_stopped && self.state()? == PcmState::Setup {
            self.prepare()?;
            result = write(self.handle()?);
        }
        match result {
            Ok(frames) if self.is_full(frames, data.len() / size) => {}
            _ => self.add_moved(&result),
        }
        self.settle("write to", result)
    }

    /// Reads whole frames into `buffer`, which is a whole number of frames (`snd_pcm_readi`). In normal mode the call
    /// returns once it is full. After a drop or drain the PCM is prepared first, as pyalsaaudio does.
    ///
    /// # Errors
    /// [`Kind::Usage`] for a playback PCM or a partial frame; [`Kind::Disconnected`], [`Kind::Io`].
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<IoOutcome> {
        self.require(Direction::Capture, buffer.len())?;
        if self.state()? == PcmState::Setup {
            self.prepare()?;
        }
        // Some plugins (null) do not write to the buffer: never return stale memory.
        buffer.fill(0);
        let (access, size) = (self.configuration.access, self.spec().frame_bytes());
        self.show_position(self.handle()?);
        let result = ffi::transfer::read(self.handle()?, access, size, buffer);
        self.note_read(&result, [buffer, &[]]);
        self.settle("read from", result)
    }

    /// How many of `room` frames to write now if more follow. A plugin gets whole periods, as from aplay: dmix keeps the rest
    /// of a period for itself, and mixes it late if the program is stopped meanwhile (alsa-lib 1.2.8).
    pub(crate) fn whole_periods(&self, room: u64) -> u64 {
        if self.is_direct() || self.is_of_server() {
            return room;
        }
        let rest = (self.position.moved() + room) % self.configuration.period_size.max(1);
        match room > rest {
            true => room - rest,
            false => room,
        }
    }

    /// Whether captured frames are copied from a kernel device's own memory.
    pub(super) fn reads_mapped(&self) -> bool {
        self.is_direct() && self.configuration.access == PcmAccess::MmapInterleaved
    }

    /// Like [`Pcm::read`] in non-blocking mode, for a caller that knows the state and how many frames there are, and whose
    /// buffer holds nothing stale. The buffer has two parts, each a whole number of frames. If the second is not empty, the
    /// first may be filled alone.
    pub(crate) fn read_into(&mut self, [first, second]: [&mut [u8]; 2]) -> Result<IoOutcome> {
        let (access, size) = (self.configuration.access, self.spec().frame_bytes());
        let (handle, buffer) = (self.handle()?, self.configuration.buffer_size);
        self.show_position(handle);
        let result = match self.reads_mapped() {
            true => ffi::transfer::read_mapped(handle, size, buffer, [first, second]),
            false => ffi::transfer::read(handle, access, size, first),
        };
        self.note_read(&result, [first, second]);
        self.settle("read from", result)
    }

    fn note_read(&self, result: &std::result::Result<usize, i32>, buffer: [&[u8]; 2]) {
        if let Ok(frames) = result {
            self.note_content(*frames, buffer);
        }
        self.add_moved(result);
    }

    /// Records what the first `frames` frames of both parts are, which were just read.
    pub(super) fn note_content(&self, frames: usize, buffer: [&[u8]; 2]) {
        let (mut at, mut left) = (self.position.moved(), frames * self.spec().frame_bytes());
        for part in buffer {
            let read = &part[..left.min(part.len())];
            self.stopped.read(&self.configuration, at, read);
            at += self.spec().frames_in(read.len() as u64);
            left -= read.len();
        }
    }

    /// Hands over the frames that the device held when an xrun or its removal stopped it, if they could be read: the older
    /// ones, and the rest.
    pub(crate) fn take_stopped_frames(&self, take: impl FnOnce(&[u8], &[u8])) {
        self.stopped.take(take);
    }

    /// Whether a write that took `frames` of the frames `given` has filled a kernel device, and so has shown its position
    /// without another call. If that is not where it must be by the clock, this thread was held up, or the device runs at
    /// another speed: only a timestamp is exact then.
    fn is_full(&self, frames: usize, given: usize) -> bool {
        frames < given && self.counts_frames() && self.position.filled(frames as u64, self.spec())
    }

    /// Whether the number of frames that the device moves shows how much time has passed.
    fn counts_frames(&self) -> bool {
        self.is_direct()
            && self.position.stamps.get()
            && !self.position.always_stamped.get()
            && !self.configuration.is_batch
    }

    /// Frames that a capture device can hold at most by the clock, if both agreed at the last read.
    pub(super) fn most_unread_by_clock(&self) -> Option<u64> {
        let known = self.position.last()?;
        let agrees = self.counts_frames() && !self.position.needs_stamp.get();
        let error = self.spec().frames_lasting(MAX_CLOCK_ERROR);
        agrees.then(|| known.unread_now(self.spec()) + error)
    }

    /// Takes back up to `frames` frames that were written and not played yet (`snd_pcm_rewind`); returns how many. Only
    /// kernel devices are trusted to do so: plugins of sound servers have passed on what was written.
    pub(crate) fn rewind(&self, frames: u64) -> u64 {
        let Ok(handle) = self.handle() else { return 0 };
        if !self.is_direct() {
            return 0;
        }
        let taken_back = ffi::transfer::rewind(handle, frames).unwrap_or(0);
        self.position.take_back(taken_back);
        taken_back
    }

    /// Records what a read or write moved, and when the hardware was where: its timestamp is exact, but not free on machines
    /// where the kernel's status page cannot be mapped.
    fn add_moved(&self, result: &std::result::Result<usize, i32>) {
        let (Ok(frames), Ok(handle)) = (result, self.handle()) else {
            return;
        };
        self.position.add_moved(*frames as u64);
        if self.needs_stamp()
            && let Ok((seconds, nanos, avail)) = ffi::transfer::htimestamp(handle)
        {
            let at = Duration::new(seconds as u64, nanos as u32);
            self.position.set_stamped(avail, at);
        } else if self.position.delays.get()
            && let Ok(delay) = handle.delay()
        {
            self.position.set_now(delay.max(0) as u64);
        }
    }

    /// Whether only a timestamp shows when the hardware was where.
    pub(super) fn needs_stamp(&self) -> bool {
        let is_known = self.counts_frames() && !self.position.needs_stamp.get();
        self.position.stamps.get() && !(is_known && self.request.direction == Direction::Capture)
    }

    fn require(&self, direction: Direction, bytes: usize) -> Result<()> {
        let device = &self.request.device;
        if self.request.direction != direction {
            let (verb, other) = match direction {
                Direction::Playback => ("write to", "capture"),
                Direction::Capture => ("read from", "playback"),
            };
            let message = format!("cannot {verb} '{device}': it is open for {other}");
            return Err(Error::new(Kind::Usage, message).with_device(device));
        }
        let frame = self.spec().frame_bytes();
        if !bytes.is_multiple_of(frame) {
            let message = format!(
                "{} are not a whole number of frames of {}",
                count(bytes as u64, "byte"),
                count(frame as u64, "byte")
            );
            return Err(Error::new(Kind::Usage, message).with_device(device));
        }
        Ok(())
    }

    /// Pauses or continues (`snd_pcm_pause`).
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if the hardware cannot pause; [`Kind::Internal`] unless running or paused.
    pub fn pause(&self, pause: bool) -> Result<()> {
        let action = if pause { "pause" } else { "resume" };
        if let Err(error) = self.handle()?.pause(pause) {
            let errno = error.errno().abs();
            return Err(
                (self.recover(action, errno).err()).unwrap_or_else(|| self.failed(action, errno))
            );
        }
        if pause {
            self.let_plugin_send();
        }
        self.position.started();
        Ok(())
    }

    /// Starts (`snd_pcm_start`).
    ///
    /// # Errors
    /// What alsa-lib reports: [`Kind::Xrun`] for a playback PCM with an empty buffer.
    pub fn start(&self) -> Result<()> {
        if self.request.direction == Direction::Capture {
            self.look_at_memory(self.handle()?);
        }
        self.call("start", PCM::start)?;
        self.position.started();
        Ok(())
    }

    /// Finds out how the memory of a capture device, which is about to start, can be read.
    pub(super) fn look_at_memory(&self, handle: &PCM) {
        self.stopped.map(handle, &self.configuration);
        self.announced_frames();
    }

    /// Stops at once; queued frames are lost (`snd_pcm_drop`).
    ///
    /// # Errors
    /// What alsa-lib reports.
    pub fn drop(&self) -> Result<()> {
        self.call("stop", PCM::drop)
    }

    /// Plays what is queued, then stops (`snd_pcm_drain`). In non-blocking mode `Ok(false)` means that it still plays.
    ///
    /// # Errors
    /// Those of [`Pcm::recover`].
    pub fn drain(&self) -> Result<bool> {
        let drained = self.handle()?.drain();
        self.check_plugin_file("write to")?;
        match drained {
            Ok(()) => Ok(true),
            // It has played everything and then underrun.
            Err(error) if error.errno().abs() == libc::EPIPE => Ok(true),
            Err(error) => self.recover("drain", error.errno().abs()).map(|_| false),
        }
    }

    /// Plays what is queued, then stops, and waits for that in every mode (`snd_pcm_drain`). A sound server may take `limit`
    /// longer than a full buffer lasts: the drain of PipeWire's plugin (0.3.65, not reported upstream) sometimes never
    /// returns.
    ///
    /// # Errors
    /// What alsa-lib reports; [`Kind::Disconnected`] if the server takes longer. The PCM is closed then.
    pub fn drain_within(&mut self, limit: Duration) -> Result<()> {
        let has_card = self.card().is_some();
        let Some(handle) = self.handle.take() else {
            return self.handle().map(drop);
        };
        let is_local = has_card || ffi::is_null(&handle);
        // libasound's messages and what they report are known to the thread of the call.
        let work = move || {
            ffi::messages::install();
            let drained = wait_for_drain(&handle);
            (drained, library_log::take_file_failure(), handle)
        };
        let (drained, unstored, handle) = if is_local {
            work()
        } else {
            let queued = self.spec().duration(self.configuration.buffer_size);
            within(limit + queued, work)?.ok_or_else(|| no_answer(&self.request.device))?
        };
        self.handle = PcmHandle::new(handle);
        match unstored {
            Some(failure) => Err(self.plugin_file_failed("write to", failure)),
            None => drained.map_err(|errno| self.failed("drain", errno)),
        }
    }

    /// Makes it ready to start again (`snd_pcm_prepare`).
    ///
    /// # Errors
    /// What alsa-lib reports.
    pub fn prepare(&self) -> Result<()> {
        self.call("prepare", PCM::prepare)?;
        self.show_position(self.handle()?);
        self.position.prepared(match self.request.direction {
            Direction::Playback => self.configuration.buffer_size,
            Direction::Capture => 0,
        });
        Ok(())
    }

    /// Plays what is queued (playback), then closes. Closing twice is harmless.
    ///
    /// # Errors
    /// Those of draining; the PCM is closed anyway.
    pub fn close(&mut self) -> Result<()> {
        let Some(handle) = self.handle.take() else {
            return Ok(());
        };
        if self.request.direction == Direction::Capture
            || handle.state_raw() == PcmState::Setup as i32
        {
            return Ok(());
        }
        let drained = wait_for_drain(&handle);
        self.check_plugin_file("write to")?;
        drained.map_err(|errno| self.failed("drain", errno))
    }

    /// Makes reads and writes return at once (`true`) or wait (`false`), whatever the mode it was opened in
    /// (`snd_pcm_nonblock`).
    ///
    /// # Errors
    /// What alsa-lib reports.
    pub fn set_nonblock(&self, nonblock: bool) -> Result<()> {
        ffi::set_nonblock(self.handle()?, nonblock)
            .map_err(|errno| self.failed("set the mode of", errno))?;
        // The kernel (6.1) takes over the mode when the device is prepared. That would discard what is queued.
        let is_prepared = self.is_direct() && self.state()? == PcmState::Prepared;
        match is_prepared && !self.holds_frames()? {
            true => self.prepare(),
            false => Ok(()),
        }
    }

    /// Whether frames were written to it that it has not played.
    fn holds_frames(&self) -> Result<bool> {
        let avail = self.call("get the available frames of", PCM::avail_update)?;
        let is_playback = self.request.direction == Direction::Playback;
        Ok(is_playback && avail.max(0) as u64 != self.configuration.buffer_size)
    }
}

/// Writes what could fill the buffer in two calls. An error of the second one is left to the next write.
fn write_in_two(
    handle: &PCM,
    configuration: &Configuration,
    size: usize,
    data: &[u8],
) -> std::result::Result<usize, i32> {
    let access = configuration.access;
    let most = configuration.buffer_size.saturating_sub(1).max(1) as usize;
    let (first, rest) = data.split_at(data.len().min(most * size));
    let written = ffi::transfer::write(handle, access, size, first)?;
    if rest.is_empty() || written < first.len() / size {
        return Ok(written);
    }
    Ok(written + ffi::transfer::write(handle, access, size, rest).unwrap_or(0))
}

/// Drains and waits for the end: in non-blocking mode a drain only begins, and closing would cut it short.
fn wait_for_drain(handle: &PCM) -> std::result::Result<(), i32> {
    ffi::set_nonblock(handle, false)?;
    handle.drain().map_err(|error| error.errno())
}
