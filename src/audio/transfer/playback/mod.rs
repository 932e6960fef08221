//! Playing a playlist on one device, one segment of equal spec after the other.

mod absence;
mod device;
mod feed;
mod gaps;
mod loudness;
mod navigation;
mod reach;
mod reader;
mod speaker_test;
mod timeline;

pub use speaker_test::SpeakerTest;

use super::control::{TransferCommand, TransferControl};
use super::conversion::ConversionPlan;
use super::convert::{ConvertSource, Running};
use super::counters::Counters;
use super::device_loop::AfterLoss;
use super::event::{EndReason, Event, FileEvent, FileProgress, FileState, Progress};
use super::levels::Tap;
use super::message::Message;
use super::on_lost::OnLost;
use super::outcome::Outcome;
use super::policy::ConversionPolicy;
use super::realtime::Realtime;
use super::reopening::{Reopening, Return};
use super::session::{Session, device_start, progress};
use super::stall::Stall;
use super::timing::{Delay, Timing};
use crate::audio::dsp::scaler::Scaler;
use crate::audio::error::{Error, Result};
use crate::audio::ffi;
use crate::audio::ffi::realtime::LockedMemory;
use crate::audio::ffi::ring::RingWriter;
use crate::audio::pcm::{Pcm, Request, Thresholds, TstampMode, TstampType};
use crate::audio::playlist::{Opener, Playlist, PlaylistOptions, Segment};
use crate::audio::spec::{Spec, rescale_frames};
use crate::audio::threads;
use device::PlaybackDevice;
use feed::{Epoch, Feed, MAX_FEEDS};
use gaps::GapDetector;
use loudness::{Loudness, factor};
use reach::{Reach, max_ahead};
use reader::{FileReader, RingSize};
use rtrb::{Consumer, RingBuffer};
use speaker_test::Announcer;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use timeline::Timeline;

/// How often the device's position is read while progress is reported. In between, the clock tells.
const TICK: Duration = Duration::from_millis(200);

/// A device with a long buffer starts once it holds this much.
const FIRST_FILL: Duration = Duration::from_millis(500);

/// A long buffer is filled up again at half of it, one of less than a second only at this part of it: few cards have such
/// a small one, and more wake-ups would leave no more than a third of a second, either.
const MIN_LEFT_PARTS: u64 = 6;

/// Frames that are scaled at a time.
const SCALED_FRAMES: usize = 4096;

/// What to play, and how.
pub struct Play {
    /// Files, in order.
    pub inputs: Vec<Opener>,
    /// Which part of each to play, and its level.
    pub playlist_options: PlaylistOptions,
    /// The device. Its format, rate and channels are set to suit each file.
    pub request: Request,
    /// What may be converted if the device does not support a file's spec.
    pub policy: ConversionPolicy,
    /// When the device starts, stops and wakes.
    pub timing: Timing,
    /// Whether timestamps are taken, and from which clock.
    pub tstamp: (TstampMode, TstampType),
    /// Whether an xrun ends the transfer.
    pub fatal_xruns: bool,
    /// The transfer ends if the device moves no frames for this long, pauses and waits for the source or sink aside;
    /// `None`: never.
    pub timeout: Option<Duration>,
    /// Warn if the device reports a position beyond this many half buffers (aplay's `--test-position`).
    pub test_position: Option<u32>,
    /// Whether the device thread runs in real time.
    pub realtime: Realtime,
    /// How often [`Event::Progress`] is sent; `None`: never.
    pub progress: Option<Duration>,
    /// What happens when the device goes away.
    pub on_lost: OnLost,
    /// Whether position and volume may change ([`TransferControl::seek`], [`TransferControl::change_volume`]). What is
    /// written to the device ahead of what is heard can then be taken back.
    pub navigates: bool,
    /// Report each speaker of this test when it plays ([`Event::Speaker`]).
    pub speaker_test: Option<SpeakerTest>,
}

impl Play {
    /// Plays `inputs`, with defaults for everything else.
    pub fn new(inputs: Vec<Opener>, request: Request) -> Play {
        Play {
            inputs,
            playlist_options: PlaylistOptions::default(),
            request,
            policy: ConversionPolicy::default(),
            timing: Timing::default(),
            tstamp: (TstampMode::Enable, TstampType::Monotonic),
            fatal_xruns: false,
            timeout: None,
            realtime: Realtime::Off,
            test_position: None,
            progress: None,
            on_lost: OnLost::Fail,
            navigates: false,
            speaker_test: None,
        }
    }

    /// Sets when a device starts, wakes and stops.
    fn prepare(&self, pcm: &Pcm) -> Result<()> {
        pcm.set_nonblock(true)?;
        let configuration = pcm.configuration();
        let (period, buffer) = (configuration.period_size, configuration.buffer_size);
        let threshold = |delay: Option<Delay>| delay.map(|delay| delay.frames(pcm.spec(), buffer));
        // Two periods per wake-up halve the number of wake-ups and still leave half of a usual buffer.
        let avail_min = match self.timing.avail_min {
            Some(time) => pcm.spec().frames_lasting(time).max(1),
            None if pcm.has_long_buffer() => long_wakeup(pcm),
            None => {
                let wakeup = if buffer >= 4 * period {
                    2 * period
                } else {
                    period
                };
                pcm.max_wakeup().map_or(wakeup, |most| wakeup.min(most))
            }
        };
        let full = match self.navigates && !pcm.is_direct() {
            true => max_ahead(pcm),
            false => buffer,
        };
        let full = match pcm.starts_again_when_full() {
            true => full.saturating_sub(avail_min).max(1),
            false => full,
        };
        let first = match pcm.has_long_buffer() {
            true => full.min(pcm.spec().frames_lasting(FIRST_FILL)),
            false => full,
        };
        pcm.set_thresholds(Thresholds {
            start: threshold(self.timing.start).unwrap_or(first).clamp(1, full),
            stop: threshold(self.timing.stop).unwrap_or(buffer),
            avail_min,
        })?;
        pcm.play_silence_after_end();
        // Without timestamps, or without this clock, the device does not report how long an xrun is, but still plays.
        let _ = pcm.set_tstamp_mode(self.tstamp.0);
        let _ = pcm.set_tstamp_type(self.tstamp.1);
        Ok(())
    }
}

/// How many frames a long buffer has to have room for before more are written. Devices wake at the end of a period: half
/// a period less than a whole number of them is reached there, however late the last wake-up was.
fn long_wakeup(pcm: &Pcm) -> u64 {
    let configuration = pcm.configuration();
    let (period, buffer) = (configuration.period_size.max(1), configuration.buffer_size);
    let room = match buffer < u64::from(pcm.spec().rate) {
        true => buffer - buffer / MIN_LEFT_PARTS,
        false => buffer / 2,
    };
    match (room + period / 4) / period {
        0 => period.min(buffer),
        periods => periods * period - period / 2,
    }
}

/// Plays. Returns once everything has been played, `control` stops it, or the device fails.
pub fn play(play: Play, control: &TransferControl, on_event: &mut dyn FnMut(&Event)) -> Outcome {
    let session = Session::new(control, play.progress, on_event);
    Player {
        play,
        session,
        opened: None,
        reopening: None,
        lost: None,
        clipped: Arc::default(),
    }
    .run()
}

/// How often a card is looked for while the next file is opened.
const WATCH_INTERVAL: Duration = Duration::from_millis(100);

struct Player<'a> {
    play: Play,
    session: Session<'a>,
    /// A file that was opened before its device, to be reported once the device has started.
    opened: Option<Event>,
    /// How to open the device again if it goes away between two segments.
    reopening: Option<Reopening>,
    /// The device that went away while the next file was opened: the error, and when that was.
    lost: Option<(Error, Instant)>,
    /// Samples that were over full scale.
    clipped: Arc<AtomicU64>,
}

impl Player<'_> {
    fn run(mut self) -> Outcome {
        let mut pcm = None;
        let mut next = Some(self.playlist());
        while let Some(playlist) = next {
            next = match self.play_next(&mut pcm, playlist) {
                Ok(playlist) => playlist,
                Err(error) => {
                    self.session.fail(error);
                    None
                }
            };
        }
        self.session.count_clipped(self.clipped.load(Relaxed));
        self.session.finish()
    }

    fn playlist(&mut self) -> Playlist {
        let sender = self.session.sender.clone();
        let inputs = std::mem::take(&mut self.play.inputs);
        Playlist::new(inputs, self.play.playlist_options, move |report| {
            // If the queue is full, it has not been read for a long time, and waiting would not help.
            let _ = sender.try_send(Message::Event(report.into()));
        })
    }

    /// Plays the next segment. Returns the playlist, or `None` after its end or a command to stop.
    fn play_next(&mut self, pcm: &mut Option<Pcm>, playlist: Playlist) -> Result<Option<Playlist>> {
        match self.open_next(pcm, playlist)? {
            Some((playlist, segment)) => self.play_segment(pcm, *playlist, segment),
            None => Ok(None),
        }
    }

    /// Opens the next file on a thread of its own, and waits for that or for a command to stop.
    /// Meanwhile, a card that is unplugged is an error, or is closed and waited for after that.
    fn open_next(
        &mut self,
        pcm: &mut Option<Pcm>,
        mut playlist: Playlist,
    ) -> Result<Option<(Box<Playlist>, Segment)>> {
        self.session.spawn_opening(move || {
            let opened = playlist.next_segment();
            Message::Opened(Box::new(playlist), opened)
        })?;
        loop {
            if let TransferCommand::Stop(_) = self.session.control.command() {
                return Ok(None);
            }
            let until = pcm.as_ref().map(|_| Instant::now() + WATCH_INTERVAL);
            let Some(message) = self.session.next_message(until) else {
                self.watch_card(pcm)?;
                continue;
            };
            match message {
                Message::Opened(playlist, opened) => {
                    return Ok(opened.map(|segment| (playlist, segment)));
                }
                Message::Ended(ended) => return ended.map(|_| None),
                Message::Event(
                    event @ Event::File(FileEvent {
                        state: FileState::Opened,
                        ..
                    }),
                ) => self.opened = Some(event),
                message => self.session.pass_on(message),
            }
        }
    }

    /// Closes a card that was unplugged.
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) unless it is waited for.
    fn watch_card(&mut self, pcm: &mut Option<Pcm>) -> Result<()> {
        let is_lost = |pcm: &mut Pcm| pcm.card().is_some() && pcm.is_lost();
        let Some(lost) = pcm.take_if(is_lost) else {
            return Ok(());
        };
        let error = lost.disconnected();
        if !self.play.on_lost.waits() {
            return Err(error);
        }
        self.lost = Some((error, self.report_lost(lost.card_name())));
        Ok(())
    }

    /// Reports the loss of a device between two segments, and returns when that was.
    fn report_lost(&mut self, device: &str) -> Instant {
        self.session.emit(Event::Lost {
            device: device.to_owned(),
            frames: 0,
        });
        Instant::now()
    }

    /// Plays one segment: consecutive files for which the device needs no new configuration. Returns the playlist, or
    /// `None` after a command to stop.
    fn play_segment(
        &mut self,
        pcm: &mut Option<Pcm>,
        playlist: Playlist,
        segment: Segment,
    ) -> Result<Option<Playlist>> {
        let opened = self.open_or_wait(pcm.take(), &segment, playlist.has_more())?;
        let Some((open, plan)) = opened else {
            return Ok(None);
        };
        let ring_bytes = RingSize::of(&open, open.thresholds()?.avail_min).capacity as u64;
        self.session.scheduling = self.play.realtime.scheduling(&[&open], ring_bytes)?;
        let announcer = self.announcer(&open, &segment)?;
        let source = ConvertSource::new(playlist, &plan, self.running(&open)?)?;
        self.emit_start(&open, &segment, plan.text);
        let (ended, device, reader) = self.run_threads(open, source, announcer)?;
        *pcm = device;
        if let Some(pcm) = pcm {
            // Its card may have another number now.
            self.play.request.device = pcm.card_name().to_owned();
        }
        match ended? {
            // The reader has ended by itself, after its last frame.
            EndReason::Finished => match reader.join() {
                Ok(playlist) => Ok(Some(playlist)),
                Err(_) => Err(Error::internal("the file thread panicked")),
            },
            why => {
                self.session.end.why = why;
                Ok(None)
            }
        }
    }

    /// Opens the device for a segment. If it went away after the last one, waits until it is back. `None` after a command
    /// to stop.
    fn open_or_wait(
        &mut self,
        mut pcm: Option<Pcm>,
        segment: &Segment,
        more: bool,
    ) -> Result<Option<(Pcm, ConversionPlan)>> {
        loop {
            let (lost, since) = match self.lost.take() {
                Some((lost, since)) => (lost, Some(since)),
                None => match (self.open_device(pcm, segment, more), &self.reopening) {
                    (Err(lost), Some(reopening)) if reopening.explains(&lost) => (lost, None),
                    (opened, _) => {
                        let (pcm, plan) = opened?;
                        if self.play.on_lost.waits() {
                            self.reopening = Some(Reopening::of(&pcm));
                        }
                        return Ok(Some((pcm, plan)));
                    }
                },
            };
            pcm = match self.wait_between_segments(lost, since)? {
                Return::Opened(pcm) => Some(*pcm),
                Return::Ended(why) => {
                    self.session.end.why = why;
                    return Ok(None);
                }
            };
        }
    }

    /// Waits for the device that went away after a segment. `since` is when that was reported.
    fn wait_between_segments(&mut self, lost: Error, since: Option<Instant>) -> Result<Return> {
        let Some(reopening) = self.reopening.clone() else {
            return Err(lost);
        };
        let since = since.unwrap_or_else(|| self.report_lost(reopening.device()));
        let on_lost = self.play.on_lost;
        let mut report = || Progress {
            frames: 0,
            seconds: 0.0,
            total_frames: None,
            current_file: None,
            peak_dbfs: Vec::new(),
            clipped: Vec::new(),
            xruns: 0,
            rate: self.play.request.rate,
            loopback: None,
            devices: None,
        };
        let returned = (self.session).wait_for_return(
            &reopening,
            (on_lost, since),
            lost,
            &mut || false,
            &mut report,
        )?;
        if let Return::Opened(pcm) = &returned {
            self.play.request.device = pcm.card_name().to_owned();
            let gap = since.elapsed();
            self.session.emit(Event::Back {
                device: pcm.card_name().to_owned(),
                gap_frames: pcm.spec().frames_lasting(gap),
                gap_seconds: gap.as_secs_f64(),
            });
        }
        Ok(returned)
    }

    /// Opens the device for a segment, or configures it again, and plans the conversion.
    fn open_device(
        &mut self,
        pcm: Option<Pcm>,
        segment: &Segment,
        more: bool,
    ) -> Result<(Pcm, ConversionPlan)> {
        let (policy, scaled) = (&self.play.policy, self.play.playlist_options.changes_gain());
        let mut request = policy.request(&self.play.request, segment, scaled, more)?;
        request.timeout = self.play.timeout;
        let pcm = match pcm {
            Some(open) if open.opens_like(&request) && !open.is_opened_anew() => {
                open.reconfigured(request)?
            }
            mut open => {
                // Closed first: it may be the same device.
                open.take_if(|open| !open.is_opened_anew());
                let device = request.device.clone();
                let on_lost = self.play.on_lost;
                (self.session).open(&device, on_lost, || Pcm::open(request.clone()))?
            }
        };
        self.play.prepare(&pcm)?;
        self.set_channel_map(&pcm, segment)?;
        let map = pcm.channel_map()?;
        let (policy, notes) = (&self.play.policy, self.play.playlist_options.notes());
        let plan = policy
            .plan(segment, pcm.spec(), map.as_ref(), scaled, &notes)
            .map_err(|error| error.with_device(pcm.card_name()))?;
        Ok((pcm, plan))
    }

    /// Sets the device's channel order to that of the segment, if the device allows it.
    fn set_channel_map(&self, pcm: &Pcm, segment: &Segment) -> Result<()> {
        let Some(wanted) = self.play.policy.wanted_map(segment)? else {
            return Ok(());
        };
        let fits = wanted.0.len() == pcm.spec().channels as usize;
        if fits && pcm.channel_map()?.as_ref() != Some(&wanted) {
            // If the device refuses, its own order stays, and the conversion reorders the channels.
            let _ = pcm.set_channel_map(&wanted);
        }
        Ok(())
    }

    /// The announcer of a speaker test. Speakers are named by the channel map of the source.
    fn announcer(&self, pcm: &Pcm, segment: &Segment) -> Result<Option<Announcer>> {
        let Some(test) = &self.play.speaker_test else {
            return Ok(None);
        };
        let map = match &self.play.policy.channel_map {
            Some(map) => Some(map.clone()),
            None => pcm.channel_map()?,
        };
        let at_device_rate = |frames| rescale_frames(frames, segment.spec.rate, pcm.spec().rate);
        let test = SpeakerTest {
            frames: test.frames.map(at_device_rate),
            ..test.clone()
        };
        Ok(Some(Announcer::new(&test, map.as_ref())))
    }

    /// What the file side needs to know about the device while it runs.
    fn running(&self, pcm: &Pcm) -> Result<Running> {
        let sender = self.session.sender.clone();
        Ok(Running {
            policy: self.play.policy.clone(),
            device: pcm.spec(),
            map: pcm.channel_map()?,
            capabilities: pcm.capabilities().cloned(),
            scaled: self.play.playlist_options.changes_gain(),
            notes: self.play.playlist_options.notes(),
            start: device_start(pcm, pcm.spec(), None, &self.session.scheduling),
            send: Box::new(move |event| {
                let _ = sender.try_send(Message::Event(event));
            }),
            clipped: self.clipped.clone(),
        })
    }

    fn emit_start(&mut self, pcm: &Pcm, segment: &Segment, conversion: Option<String>) {
        self.session.emit_start(pcm, segment.spec, conversion);
        if let Some(opened) = self.opened.take() {
            self.session.emit(opened);
        }
    }

    /// Plays `source` on two threads, one for the file and one for the device, until the device loop ends. Returns how
    /// it ended, the device unless its thread is stuck, and the file thread.
    fn run_threads(
        &mut self,
        mut pcm: Pcm,
        source: ConvertSource,
        announcer: Option<Announcer>,
    ) -> Result<(Result<EndReason>, Option<Pcm>, JoinHandle<Playlist>)> {
        let spec = pcm.spec();
        let epoch = Epoch::first();
        let metered = self.play.progress.is_some();
        let timeline = Arc::new(Timeline::new(spec, epoch.clone(), metered));
        pcm.play_out_underruns();
        let (reader, mut device) = self.sides(pcm, source, epoch, &timeline)?;
        device.announcer = announcer;
        self.session.control.set_reader(reader.thread().clone());
        let counters = device.link.counters.clone();
        let control = self.session.control.clone();
        let by_clock = device.tick.is_none();
        let mut report = || playback_progress(&counters, &timeline, &control, spec, by_clock);
        let play = &self.play;
        let after_loss = AfterLoss {
            on_lost: play.on_lost,
            timeout: play.timeout,
            prepare: &|pcm| play.prepare(pcm),
        };
        let (ended, device) = self.session.run_device(device, &after_loss, &mut report);
        // The reader ends once the device side is gone.
        let pcm = device.map(PlaybackDevice::into_pcm);
        reader.thread().unpark();
        self.session.count(&counters, spec, counters.frames());
        Ok((ended, pcm, reader))
    }

    fn stall(&self, pcm: &Pcm) -> Result<Stall> {
        let wakeup = pcm.thresholds()?.avail_min + pcm.configuration().period_size;
        Ok(Stall::new(self.play.timeout).with_wakeups(pcm.spec().duration(wakeup)))
    }

    /// How often the position is read. A device with a long buffer is believed to run by the clock between two wake-ups.
    fn tick(&self, pcm: &Pcm) -> Option<Duration> {
        let has_tick = self.play.progress.is_some() && !pcm.has_long_buffer();
        has_tick.then_some(TICK)
    }

    /// The ring, locked in memory if the device thread runs in real time.
    fn ring(&self, size: RingSize) -> (RingWriter, Consumer<u8>, Option<LockedMemory>) {
        let (mut writer, ring) = ffi::ring::ring(size.capacity);
        let locked = self.session.scheduling.lock(|| writer.lock());
        (writer, ring, locked)
    }

    /// The two sides of the ring: the file thread, which runs from now on, and the device loop.
    fn sides(
        &self,
        pcm: Pcm,
        source: ConvertSource,
        epoch: Arc<Epoch>,
        timeline: &Arc<Timeline>,
    ) -> Result<(JoinHandle<Playlist>, PlaybackDevice)> {
        let (spec, control) = (pcm.spec(), self.session.control.clone());
        let size = RingSize::of(&pcm, pcm.thresholds()?.avail_min);
        let (writer, ring, locked) = self.ring(size);
        let (feeds, feeds_read) = RingBuffer::new(MAX_FEEDS);
        let (retired, retired_read) = RingBuffer::new(MAX_FEEDS);
        let link = self.session.link(Tap::none(), self.play.fatal_xruns);
        let scaler = Scaler::new(spec, SCALED_FRAMES).filter(|_| self.play.navigates);
        control.set_has_volume(scaler.is_some());
        let reader = FileReader {
            source,
            ring: writer,
            epoch: epoch.clone(),
            size,
            control: control.clone(),
            counters: link.counters.clone(),
            timeline: timeline.clone(),
            feeds,
            retired: retired_read,
            navigates: self.play.navigates,
        };
        let reader = threads::spawn(move || reader.run().into_playlist())?;
        let device = PlaybackDevice {
            waiter: pcm.waiter(link.control.descriptor(), &link.heartbeat)?,
            avail_min: pcm.thresholds()?.avail_min,
            reach: Reach::of(&pcm),
            stall: self.stall(&pcm)?,
            tick: self.tick(&pcm),
            pcm,
            feed: Feed { ring, epoch },
            feeds: feeds_read,
            retired,
            queued: 0,
            tail: 0,
            in_buffer: 0,
            reader: reader.thread().clone(),
            refill: size.refill,
            link,
            test_position: self.play.test_position,
            announcer: None,
            running: false,
            underrun: None,
            plays_out: None,
            gaps: GapDetector::default(),
            navigates: self.play.navigates,
            loudness: Loudness::new(control.volume_db()),
            volume_db: control.volume_db(),
            scaler,
            lost_at: None,
            stalled: false,
            _locked: locked,
        };
        Ok((reader, device))
    }
}

/// The progress of a playback: what has been played (`by_clock` if the position is read rarely), and the file and the levels
/// that are heard now.
fn playback_progress(
    counters: &Counters,
    timeline: &Timeline,
    control: &TransferControl,
    spec: Spec,
    by_clock: bool,
) -> Progress {
    let heard = counters.frames_by_clock(spec);
    let played = if by_clock { heard } else { counters.frames() };
    let volume = factor(control.volume_db());
    let (place, levels) = timeline.heard(heard, volume as f32);
    if let Some(place) = &place {
        control.set_can_seek(place.file.can_seek);
    }
    let last = place.as_ref().filter(|place| place.file.is_last);
    let total = last.and_then(|place| Some(heard + place.left?));
    Progress {
        current_file: place.as_ref().map(FileProgress::from),
        ..progress(counters, levels, spec, played, total)
    }
}
