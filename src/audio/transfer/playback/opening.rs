//! Opening the device that plays a segment, and the two sides of the ring between it and the files.

use super::device::PlaybackDevice;
use super::feed::{Epoch, Feed, MAX_FEEDS};
use super::gaps::GapDetector;
use super::loudness::Loudness;
use super::play::Play;
use super::reach::Reach;
use super::reader::{FileReader, RingSize};
use super::timeline::Timeline;
use crate::audio::channel_map::ChannelMap;
use crate::audio::dsp::scaler::Scaler;
use crate::audio::error::Result;
use crate::audio::ffi::realtime::LockedMemory;
use crate::audio::ffi::ring::ring;
use crate::audio::pcm::Pcm;
use crate::audio::playlist::{Playlist, Segment};
use crate::audio::threads::{self, Task};
use crate::audio::transfer::control::{TransferCommand, TransferControl};
use crate::audio::transfer::conversion::ConversionPlan;
use crate::audio::transfer::convert::{Running, SeekSource};
use crate::audio::transfer::counters::Counters;
use crate::audio::transfer::device_link::DeviceLink;
use crate::audio::transfer::event::{Event, FileState};
use crate::audio::transfer::message::Message;
use crate::audio::transfer::realtime::Scheduling;
use crate::audio::transfer::session::{Session, device_start};
use crate::audio::transfer::stall::Stall;
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::Thread;
use std::time::{Duration, Instant};

/// How often the device's position is read while progress is reported. In between, the clock tells.
const TICK: Duration = Duration::from_millis(200);

/// Frames that are scaled at a time.
const SCALED_FRAMES: usize = 4096;

/// What both sides of a ring are made of.
pub(in crate::audio::transfer) struct Sides<'a, S> {
    pub pcm: Pcm,
    pub source: S,
    pub size: RingSize,
    pub link: DeviceLink,
    pub scheduling: &'a Scheduling,
    pub epoch: Arc<Epoch>,
    pub timeline: &'a Arc<Timeline>,
    /// Whether the position may change while the sides run.
    pub seeks: bool,
}

/// What has happened while the next segment is opened.
pub(in crate::audio::transfer) enum SegmentWait {
    Opened(Box<Playlist>, Segment),
    NotYet,
    /// There are no more files, or it was stopped by a command.
    Ended,
}

impl Session<'_> {
    /// Waits for [`Message::Opened`], for a command to stop, or until `until`. The event that a file was opened is kept in
    /// `opened`.
    pub(in crate::audio::transfer) fn wait_for_segment(
        &mut self,
        until: Option<Instant>,
        opened: &mut Option<Event>,
    ) -> Result<SegmentWait> {
        loop {
            if let TransferCommand::Stop(_) = self.control.command() {
                return Ok(SegmentWait::Ended);
            }
            let Some(message) = self.next_message(until) else {
                return Ok(SegmentWait::NotYet);
            };
            match message {
                Message::Opened(playlist, Some(segment)) => {
                    return Ok(SegmentWait::Opened(playlist, segment));
                }
                Message::Opened(_, None) => return Ok(SegmentWait::Ended),
                Message::Ended(ended) => return ended.map(|_| SegmentWait::Ended),
                message => self.pass_on_opening(message, opened),
            }
        }
    }

    /// Opens the next file on this thread. `None` is the end of the list, or a command to stop.
    pub(super) fn open_at_once(
        &mut self,
        mut playlist: Playlist,
        opened: &mut Option<Event>,
    ) -> Option<(Box<Playlist>, Segment)> {
        let segment = playlist.next_segment();
        while let Some(message) = self.received() {
            self.pass_on_opening(message, opened);
        }
        match self.control.command() {
            TransferCommand::Stop(_) => None,
            _ => Some((Box::new(playlist), segment?)),
        }
    }

    /// Keeps the event that a file was opened, and passes on other messages.
    fn pass_on_opening(&mut self, message: Message, opened: &mut Option<Event>) {
        match message {
            Message::Event(Event::File(file)) if file.state == FileState::Opened => {
                *opened = Some(Event::File(file));
            }
            message => self.pass_on(message),
        }
    }
}

/// What the file side of a ring is made of.
pub(in crate::audio::transfer) struct FileSide<'a, S> {
    pub source: S,
    pub size: RingSize,
    pub control: TransferControl,
    pub counters: Arc<Counters>,
    pub scheduling: &'a Scheduling,
    pub epoch: Arc<Epoch>,
    pub timeline: &'a Arc<Timeline>,
    /// Whether the position may change while it runs.
    pub seeks: bool,
}

/// What the device side reads of a ring.
pub(in crate::audio::transfer) struct RingEnd {
    pub(super) feed: Feed,
    pub(super) feeds: Consumer<Feed>,
    pub(super) retired: Producer<Feed>,
    pub(super) reader: Thread,
    pub(super) refill: usize,
    /// Keeps the ring in memory, if the device thread runs in real time.
    pub(super) locked: Option<LockedMemory>,
}

impl<S: SeekSource + 'static> FileSide<'_, S> {
    /// Starts the file thread.
    ///
    /// # Errors
    /// If there are too many threads.
    pub(in crate::audio::transfer) fn run(self) -> Result<(Task<S>, RingEnd)> {
        let (mut writer, ring) = ring(self.size.capacity);
        let locked = self.scheduling.lock(|| writer.lock());
        let (feeds, feeds_read) = RingBuffer::new(MAX_FEEDS);
        let (retired, retired_read) = RingBuffer::new(MAX_FEEDS);
        let reader = FileReader {
            source: self.source,
            ring: writer,
            epoch: self.epoch.clone(),
            size: self.size,
            control: self.control,
            counters: self.counters,
            timeline: self.timeline.clone(),
            feeds,
            retired: retired_read,
            navigates: self.seeks,
        };
        let reader = threads::spawn(move || reader.run())?;
        let end = RingEnd {
            feed: Feed {
                ring,
                epoch: self.epoch,
            },
            feeds: feeds_read,
            retired,
            reader: reader.thread().clone(),
            refill: self.size.refill,
            locked,
        };
        Ok((reader, end))
    }
}

impl Play {
    /// Opens the device for a segment, or configures it again, and plans the conversion.
    pub(in crate::audio::transfer) fn open(
        &self,
        session: &mut Session<'_>,
        pcm: Option<Pcm>,
        segment: &Segment,
        more: bool,
    ) -> Result<(Pcm, ConversionPlan)> {
        let (policy, scaled) = (&self.policy, self.playlist_options.changes_gain());
        let mut request = policy.request(&self.request, segment, scaled, more)?;
        request.timeout = self.timeout;
        let pcm = match pcm {
            Some(open) if open.opens_like(&request) && !open.is_reopened_for_next_file() => {
                open.reconfigured(request)?
            }
            mut open => {
                // Closed first: it may be the same device.
                open.take_if(|open| !open.is_reopened_for_next_file());
                let device = request.device.clone();
                let on_lost = self.on_lost;
                session.open(&device, on_lost, || Pcm::open(request.clone()))?
            }
        };
        self.preparation().prepare(&pcm)?;
        self.set_channel_map(&pcm, segment)?;
        let map = pcm.channel_map()?;
        let (policy, notes) = (&self.policy, self.playlist_options.notes());
        let plan = policy
            .plan(segment, pcm.spec(), map.as_ref(), scaled, &notes)
            .map_err(|error| error.with_device(pcm.card_name()))?;
        Ok((pcm, plan))
    }

    /// Sets the device's channel order to that of the segment, if the device allows it.
    fn set_channel_map(&self, pcm: &Pcm, segment: &Segment) -> Result<()> {
        let Some(wanted) = self.policy.wanted_map(segment)? else {
            return Ok(());
        };
        let fits = wanted.0.len() == pcm.spec().channels as usize;
        if fits && pcm.channel_map()?.as_ref() != Some(&wanted) {
            // If the device refuses, its own order stays, and the conversion reorders the channels.
            let _ = pcm.set_channel_map(&wanted);
        }
        Ok(())
    }

    /// What the file side needs to know about the device while it runs.
    pub(in crate::audio::transfer) fn running(
        &self,
        session: &Session<'_>,
        (pcm, map): (&Pcm, Option<ChannelMap>),
        clipped: Arc<AtomicU64>,
    ) -> Running {
        let sender = session.sender.clone();
        Running {
            policy: self.policy.clone(),
            device: pcm.spec(),
            map,
            capabilities: pcm.capabilities().cloned(),
            scaled: self.playlist_options.changes_gain(),
            notes: self.playlist_options.notes(),
            start: device_start(pcm, pcm.spec(), None, &session.scheduling),
            send: Box::new(move |event| {
                sender.report(event);
            }),
            clipped,
        }
    }

    /// How many frames are worth a write to a sound server by the clock; `None` if somebody changes position and volume,
    /// or has set when to wake.
    fn clocked_write(&self, pcm: &Pcm) -> Option<u64> {
        let is_allowed = !self.navigates && self.timing.avail_min.is_none();
        pcm.clocked_write().filter(|_| is_allowed)
    }

    /// The fewest frames worth a write.
    fn write_min(&self, pcm: &Pcm) -> Result<u64> {
        match self.clocked_write(pcm) {
            Some(frames) => Ok(frames),
            None => Ok(pcm.thresholds()?.avail_min),
        }
    }

    fn stall(&self, pcm: &Pcm) -> Result<Stall> {
        let wakeup = pcm.thresholds()?.avail_min + pcm.configuration().period_size;
        Ok(Stall::new(self.timeout).with_wakeups(pcm.spec().duration(wakeup)))
    }

    /// How often the position is read. A device with a long buffer is believed to run by the clock between two wake-ups.
    fn tick(&self, pcm: &Pcm) -> Option<Duration> {
        let has_tick = self.progress.is_some() && !pcm.has_long_buffer();
        has_tick.then_some(TICK)
    }

    /// The two sides of the ring: the file thread, which runs from now on, and the device loop.
    pub(in crate::audio::transfer) fn sides<S: SeekSource + 'static>(
        &self,
        sides: Sides<'_, S>,
    ) -> Result<(Task<S>, PlaybackDevice)> {
        let (pcm, link, size) = (sides.pcm, sides.link, sides.size);
        let (spec, control) = (pcm.spec(), link.control.clone());
        let scaler = Scaler::new(spec, SCALED_FRAMES).filter(|_| self.navigates);
        control.set_has_volume(scaler.is_some());
        let file_side = FileSide {
            source: sides.source,
            size,
            control: control.clone(),
            counters: link.counters.clone(),
            scheduling: sides.scheduling,
            epoch: sides.epoch,
            timeline: sides.timeline,
            seeks: sides.seeks,
        };
        let (reader, end) = file_side.run()?;
        let device = PlaybackDevice {
            waiter: pcm.waiter(link.control.descriptor(), &link.heartbeat)?,
            avail_min: self.write_min(&pcm)?,
            is_clocked: self.clocked_write(&pcm).is_some(),
            reach: Reach::of(&pcm),
            stall: self.stall(&pcm)?,
            tick: self.tick(&pcm),
            pcm,
            feed: end.feed,
            feeds: end.feeds,
            retired: end.retired,
            queued: 0,
            tail: 0,
            lead: 0,
            in_buffer: 0,
            reader: end.reader,
            refill: end.refill,
            link,
            test_position: self.test_position,
            announcer: None,
            running: false,
            underrun: None,
            plays_out: None,
            gaps: GapDetector::default(),
            navigates: self.navigates,
            loudness: Loudness::new(control.volume_db()),
            volume_db: control.volume_db(),
            scaler,
            lost_at: None,
            away: None,
            stalled: false,
            heard_until: None,
            alignment: None,
            _locked: end.locked,
        };
        Ok((reader, device))
    }
}
