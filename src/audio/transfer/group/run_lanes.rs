//! Running the devices of a group that plays: they start together, stop for a pause or a new position, and start again
//! where they were.

use super::clock_drift::{drift_events, position_at};
use super::paced_source::lock;
use super::played_lane::PlayedLane;
use super::shared_playlist::SharedPlaylist;
use super::start::GroupStart;
use crate::audio::error::{Error, Result};
use crate::audio::pcm::Pcm;
use crate::audio::spec::Spec;
use crate::audio::threads::Task;
use crate::audio::transfer::control::TransferCommand;
use crate::audio::transfer::event::{
    DeviceStart, DeviceTotals, EndReason, Event, GroupDevice, Progress, RefusedChange, Start,
};
use crate::audio::transfer::message::Message;
use crate::audio::transfer::on_lost::OnLost;
use crate::audio::transfer::playback::{PlaybackDevice, playback_progress};
use crate::audio::transfer::session::Session;
use std::time::{Duration, Instant};

/// Devices that cannot start at the same moment play silence for this long before the sound: until then, all threads have
/// written to their devices.
const LEAD: Duration = Duration::from_millis(100);

/// The same for kernel devices, which are written to as soon as they run.
const SHORT_LEAD: Duration = Duration::from_millis(30);

/// How often it is checked whether there is enough sound to start with.
const FILL_INTERVAL: Duration = Duration::from_millis(5);

/// How often it is checked in a pause whether the cards are still there.
const WATCH_INTERVAL: Duration = Duration::from_millis(100);

/// How often the clocks are compared.
const CLOCK_INTERVAL: Duration = Duration::from_millis(250);

/// If the sound runs out on one device, the others have this long to play what they have.
const RESTART_DELAY: Duration = Duration::from_millis(100);

/// How a run of the devices has ended.
pub(super) enum LanesEnd {
    Finished,
    Stopped(EndReason),
    /// To this file, and seconds from its start.
    Jump(usize, f64),
}

/// Why the devices stop.
enum Halt {
    End(LanesEnd),
    Pause,
    /// One of them cannot continue with the others.
    Restart,
}

impl Halt {
    /// What their loops are told.
    fn reason(&self) -> EndReason {
        match self {
            Halt::End(LanesEnd::Stopped(why)) => *why,
            // Not one that fades out: they continue with the next frame.
            _ => EndReason::Terminate,
        }
    }
}

/// Runs the devices of a group for one segment.
pub(super) struct LaneRunner<'r, 's> {
    pub session: &'r mut Session<'s>,
    pub lanes: &'r mut [PlayedLane],
    /// What the devices did in the segments before.
    pub totals: &'r [DeviceTotals],
    /// To be reported at the next start.
    pub starts: Option<Vec<GroupDevice>>,
    pub requested: Spec,
    pub opened: Option<Event>,
    /// Events of files that come after `opened`.
    pub early: Vec<Event>,
    pub is_paused: bool,
    pub on_lost: OnLost,
    pub timeout: Option<Duration>,
    /// Whether the devices play different channels.
    pub splits: bool,
    /// When the devices were started last, on the monotonic clock.
    pub started: Duration,
    /// When progress is due.
    pub due: Option<Instant>,
}

type LaneThread = Task<Option<PlaybackDevice>>;

impl LaneRunner<'_, '_> {
    /// Plays until the end of the segment, a command to stop, or a new position.
    ///
    /// # Errors
    /// Those of the devices.
    pub(super) fn run(&mut self, shared: &SharedPlaylist) -> Result<LanesEnd> {
        self.due = self.session.first_progress();
        loop {
            if let Some(end) = self.wait_until_ready(shared)? {
                return Ok(end);
            }
            let start = self.start()?;
            let threads = self.spawn();
            self.report_start(&start);
            let halted = self.run_threads(shared, threads);
            if self.due.is_some() {
                let last = progress(self.session, self.lanes, self.totals, self.splits);
                self.session.emit_progress(last, true);
            }
            match halted? {
                Some(Halt::End(end)) => return Ok(end),
                None => return Ok(LanesEnd::Finished),
                Some(Halt::Pause | Halt::Restart) => {}
            }
        }
    }

    /// Waits until there is enough to start with, and not paused. Returns how the run ends before that.
    fn wait_until_ready(&mut self, shared: &SharedPlaylist) -> Result<Option<LanesEnd>> {
        loop {
            let interval = match self.halt(shared) {
                Some(Halt::End(end)) => return Ok(Some(end)),
                Some(_) => {
                    self.pause();
                    self.close_lost()?;
                    WATCH_INTERVAL
                }
                None => {
                    let mut devices = self.lanes.iter().filter_map(|lane| lane.device.as_ref());
                    if devices.all(PlaybackDevice::is_prefilled) {
                        return Ok(None);
                    }
                    FILL_INTERVAL
                }
            };
            self.handle_message(Some(Instant::now() + interval));
        }
    }

    /// Closes cards that went away in a pause, and reports them.
    fn close_lost(&mut self) -> Result<()> {
        for lane in self.lanes.iter_mut() {
            if lane.close_lost()? {
                self.session.emit(Event::Lost {
                    device: lane.member.device.clone(),
                    frames: lane.member.counters.frames(),
                });
            }
        }
        self.session.control.set_paused(self.is_paused);
        Ok(())
    }

    /// Passes on the next message, or reports progress. Returns how a device has ended.
    fn handle_message(&mut self, until: Option<Instant>) -> Option<Result<EndReason>> {
        let due = self.due.into_iter().chain(until).min();
        let ended = match self.session.next_message(due) {
            Some(Message::DeviceEnded(ended)) => Some(ended),
            Some(message) => {
                self.pass_on(message);
                None
            }
            None => None,
        };
        if self.due.is_some_and(|due| due <= Instant::now()) {
            let now = progress(self.session, self.lanes, self.totals, self.splits);
            self.session
                .report_progress(&mut self.due, &mut || now.clone());
        }
        ended
    }

    fn pass_on(&mut self, message: Message) {
        match message {
            // For a short file, the end of its reading comes before the start.
            Message::Event(event @ Event::File(_)) if self.opened.is_some() => {
                self.early.push(event);
            }
            message => self.session.pass_on(message),
        }
        // While a device is away, the others play.
        self.session.control.set_paused(self.is_paused);
    }

    fn pause(&mut self) {
        if !std::mem::replace(&mut self.is_paused, true) {
            let frames = self.lanes[0].member.counters.frames();
            self.session.emit(Event::Pause { frames });
        }
    }

    /// Why the devices have to stop, by command.
    fn halt(&mut self, shared: &SharedPlaylist) -> Option<Halt> {
        let command = self.session.control.command();
        if let TransferCommand::Stop(why) = command {
            return Some(Halt::End(LanesEnd::Stopped(why)));
        }
        if let Some(jump) = self.jump(shared) {
            return Some(Halt::End(jump));
        }
        (command == TransferCommand::Pause).then_some(Halt::Pause)
    }

    /// The new position that was asked for.
    fn jump(&mut self, shared: &SharedPlaylist) -> Option<LanesEnd> {
        let jump = self.session.control.take_jump()?;
        let first = &self.lanes[0];
        let counters = &first.member.counters;
        let heard = counters.frames_by_clock(first.spec) + counters.skipped();
        let place = first.timeline.next_place(heard)?;
        let (index, seconds) = jump.target(&place.file, place.seconds);
        if !place.file.can_seek || !shared.can_go_to(index) {
            let refused = Event::Refused(RefusedChange::Unseekable);
            self.session.emit(refused);
            return None;
        }
        Some(LanesEnd::Jump(index, seconds))
    }

    /// Starts all devices. They play their next frames at the same moment. Those that are gone join later.
    fn start(&mut self) -> Result<GroupStart> {
        let volume = self.session.control.volume_db();
        (self.lanes.iter_mut()).try_for_each(|lane| lane.get_ready(volume))?;
        let present: Vec<_> = self.present_pcms().into_iter().flatten().collect();
        let linked = Pcm::link_all(&present)?;
        let lead = self.lead(linked);
        let next = self.present().map(|lane| lane.next_seconds());
        let earliest = next.fold(f64::INFINITY, f64::min);
        for lane in self.lanes.iter_mut().filter(|lane| lane.is_present()) {
            lane.write_lead(lead)?;
            if linked {
                // It holds sound when it starts.
                lane.join(Duration::from_secs_f64(lane.next_seconds() - earliest))?;
            }
        }
        let start = GroupStart::of(&self.present_pcms(), linked)?;
        self.started = start.latest();
        self.join(&start, (lead, earliest))?;
        Ok(start)
    }

    /// How long the devices play silence before the sound. A device that holds nothing cannot start, nor can those that are
    /// linked to it.
    fn lead(&self, linked: bool) -> Duration {
        let longest = match linked {
            true if self.present().all(PlayedLane::has_sound) => Duration::ZERO,
            _ if self.present().all(PlayedLane::is_direct) => SHORT_LEAD,
            _ => LEAD,
        };
        let buffers = self.lanes.iter().map(|lane| lane.buffer() / 2);
        buffers.min().unwrap_or(longest).min(longest)
    }

    /// Aligns the devices after the start. The sound of those that were not linked begins now: with `earliest`, which
    /// follows `lead` of silence.
    fn join(&mut self, start: &GroupStart, (lead, earliest): (Duration, f64)) -> Result<()> {
        let latest = start.latest();
        for (lane, at) in self.lanes.iter_mut().zip(&start.at) {
            let ahead = lane.next_seconds() - earliest;
            if !lane.is_present() {
                let ahead = if earliest.is_finite() { ahead } else { 0.0 };
                let heard_at = (latest + lead).as_secs_f64() + ahead;
                lane.join_later(Duration::from_secs_f64(heard_at));
            } else if !start.linked {
                lane.join(latest - *at + Duration::from_secs_f64(ahead))?;
            }
        }
        Ok(())
    }

    /// The devices that are there.
    fn present(&self) -> impl Iterator<Item = &PlayedLane> {
        self.lanes.iter().filter(|lane| lane.is_present())
    }

    /// Their PCMs; `None` for one that is away.
    fn present_pcms(&self) -> Vec<Option<&Pcm>> {
        let pcms = self.lanes.iter().map(|lane| {
            let device = lane.device.as_ref().filter(|_| lane.is_present());
            device.map(|device| &device.pcm)
        });
        pcms.collect()
    }

    fn spawn(&mut self) -> Vec<Option<LaneThread>> {
        let after_loss = (self.on_lost, self.timeout);
        let (sender, scheduling) = (self.session.sender.clone(), self.session.scheduling);
        let lanes = self.lanes.iter_mut().map(|lane| {
            let lane = lane.take_loop(after_loss, scheduling)?;
            // Without a thread, the end of the lane is in the queue.
            lane.spawn(sender.clone()).ok()
        });
        lanes.collect()
    }

    fn report_start(&mut self, start: &GroupStart) {
        if let Some(mut devices) = self.starts.take() {
            for (device, offset_us) in devices.iter_mut().zip(start.offsets_us()) {
                (device.linked, device.offset_us) = (start.linked, offset_us);
            }
            let first = devices[0].device.clone();
            self.session.emit(Event::Start(Box::new(Start {
                device: DeviceStart {
                    requested: self.requested,
                    ..first
                },
                loopback: None,
                devices: Some(devices),
            })));
        }
        if let Some(opened) = self.opened.take() {
            self.session.emit(opened);
        }
        for event in std::mem::take(&mut self.early) {
            self.session.emit(event);
        }
        if std::mem::take(&mut self.is_paused) {
            let frames = self.lanes[0].member.counters.frames();
            self.session.emit(Event::Resume { frames });
        }
    }

    /// Passes on events until all devices have ended. Returns why they were stopped; `None` if all have played everything.
    fn run_threads(
        &mut self,
        shared: &SharedPlaylist,
        threads: Vec<Option<LaneThread>>,
    ) -> Result<Option<Halt>> {
        let mut left = threads.len();
        let (mut halt, mut restart_due, mut failed) = (None, None, None::<Error>);
        let mut compare_due = Instant::now() + CLOCK_INTERVAL;
        while left > 0 {
            if halt.is_none() {
                let late = |due: &mut Instant| *due <= Instant::now();
                halt = match restart_due.take_if(late) {
                    Some(_) => Some(Halt::Restart),
                    None => self.halt(shared),
                };
                if let Some(halt) = &halt {
                    self.stop(halt.reason());
                }
            }
            self.follow_volume();
            let until = restart_due.unwrap_or(compare_due).min(compare_due);
            match self.handle_message(Some(until)) {
                Some(Ok(EndReason::Quit)) if halt.is_none() => {
                    left -= 1;
                    restart_due.get_or_insert(Instant::now() + RESTART_DELAY);
                }
                Some(Ok(_)) => left -= 1,
                Some(Err(error)) => {
                    left -= 1;
                    failed.get_or_insert(error);
                    self.stop(EndReason::Error);
                }
                None => {}
            }
            if compare_due <= Instant::now() {
                self.compare_clocks();
                compare_due += CLOCK_INTERVAL;
            }
        }
        for (lane, thread) in self.lanes.iter_mut().zip(threads) {
            lane.device = thread.and_then(|thread| thread.join().ok().flatten());
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(halt.or(restart_due.map(|_| Halt::Restart))),
        }
    }

    fn stop(&self, why: EndReason) {
        self.lanes.iter().for_each(|lane| lane.member.stop(why));
    }

    fn follow_volume(&self) {
        let volume = self.session.control.volume_db();
        for lane in self.lanes.iter() {
            lane.member.control.set_volume_db(volume);
        }
    }

    /// Compares the clocks of all devices with that of the first one.
    fn compare_clocks(&mut self) {
        let Some((first, others)) = self.lanes.split_first() else {
            return;
        };
        let (first, rate) = (&first.member, f64::from(first.spec.rate));
        // A position of before the start cannot be compared: the devices have been stopped since then.
        let is_new = |position: &(u64, Duration)| position.1 > self.started;
        let Some((frames, at)) = first.counters.position().filter(is_new) else {
            return;
        };
        for lane in others {
            let (Some(pace), Some((own, own_at))) =
                (&lane.pace, lane.member.counters.position().filter(is_new))
            else {
                continue;
            };
            let skipped = first.counters.skipped() + lane.member.counters.skipped();
            let first_frames = position_at(frames as f64, at, rate, own_at);
            let first_frames = first_frames * f64::from(lane.spec.rate) / rate;
            let positions = (own as f64, first_frames);
            let detected = lock(pace).observe(own_at, positions, skipped, &lane.member.gauge);
            if let Some((drift, resampling)) = detected {
                let device = &lane.member.device;
                for event in drift_events(&first.device, device, drift, resampling) {
                    self.session.emit(event);
                }
            }
        }
    }
}

/// The progress of all devices: what is heard is that of the first one.
fn progress(
    session: &Session<'_>,
    lanes: &[PlayedLane],
    totals: &[DeviceTotals],
    splits: bool,
) -> Progress {
    let progress_of = |lane: &PlayedLane| {
        let (counters, timeline) = (&lane.member.counters, &lane.timeline);
        playback_progress(counters, timeline, session.control, lane.spec, false)
    };
    let mut all = progress_of(&lanes[0]);
    for lane in &lanes[1..] {
        let own = progress_of(lane);
        all.xruns += own.xruns;
        if splits {
            all.peak_dbfs.extend(own.peak_dbfs);
            all.clipped.extend(own.clipped);
        }
    }
    let devices = lanes.iter().zip(totals);
    let devices = devices.map(|(lane, before)| lane.totals(before));
    Progress {
        devices: Some(devices.collect()),
        ..all
    }
}
