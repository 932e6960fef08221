//! Playing on several devices together: the same sound on each, or other channels of it.

use super::channel_split::{ChannelSplit, parts};
use super::clock_drift::DriftGauge;
use super::held_devices::HeldDevices;
use super::member::Member;
use super::pace::Pace;
use super::paced_source::{PacedSource, SharedPace};
use super::played_lane::{Fitting, PlayedLane, prepare};
use super::run_lanes::{LaneRunner, LanesEnd};
use super::shared_playlist::{PlaylistReader, SharedPlaylist};
use crate::audio::error::{Error, Result};
use crate::audio::memory;
use crate::audio::pcm::{Pcm, Request};
use crate::audio::playlist::{Playlist, Segment};
use crate::audio::spec::Spec;
use crate::audio::transfer::control::TransferControl;
use crate::audio::transfer::conversion::ConversionPlan;
use crate::audio::transfer::convert::ConvertSource;
use crate::audio::transfer::counters::Counters;
use crate::audio::transfer::device_link::DeviceLink;
use crate::audio::transfer::event::{DeviceTotals, Event, GroupDevice};
use crate::audio::transfer::levels::Tap;
use crate::audio::transfer::message::Message;
use crate::audio::transfer::outcome::Outcome;
use crate::audio::transfer::playback::{
    Alignment, Epoch, FileSide, Play, RingSize, SegmentWait, Sides, Timeline,
};
use crate::audio::transfer::reopening::{Reopening, Return};
use crate::audio::transfer::session::{Session, device_start};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Sound that is read ahead of what the device holds. Drift is corrected in what is read after it is found, so this is
/// short.
const READ_AHEAD: Duration = Duration::from_millis(500);

/// What to play on several devices, and how.
pub struct PlayGroup {
    /// What to play, and the first device, which the others follow.
    pub play: Play,
    /// The other devices.
    pub others: Vec<Request>,
    /// Which channels each device plays; all of them if `None`.
    pub split: Option<ChannelSplit>,
    /// Whether drift between the clocks is corrected by resampling. Otherwise it is only reported.
    pub correct_drift: bool,
}

/// Plays on several devices, aligned. Returns once everything has been played, `control` stops it, or a device fails. With
/// [`OnLost::Wait`](crate::audio::transfer::OnLost::Wait), the other devices keep playing while one is away.
pub fn play_group(
    group: PlayGroup,
    control: &TransferControl,
    on_event: &mut dyn FnMut(&Event),
) -> Outcome {
    let session = Session::new(control, group.play.progress, on_event);
    GroupPlayer::new(group, session).run()
}

struct GroupPlayer<'a> {
    /// What each device plays.
    plays: Vec<Play>,
    split: Option<ChannelSplit>,
    correct_drift: bool,
    session: Session<'a>,
    /// The playlist before it is opened.
    playlist: Option<Playlist>,
    /// A file that was opened before the devices, to be reported once they have started.
    opened: Option<Event>,
    /// What was reported when the devices started last.
    reported: Option<Spec>,
    totals: Vec<DeviceTotals>,
    /// How to open each device again, if it is waited for.
    reopenings: Vec<Option<Reopening>>,
    is_paused: bool,
    clipped: Arc<AtomicU64>,
}

/// Devices that are ready to start, and what is to be reported when they do.
type ReadyLanes = (Vec<PlayedLane>, Option<Vec<GroupDevice>>);

/// How it continues after a segment.
enum Next {
    Segment(Box<Playlist>),
    Position(Box<Playlist>, usize, f64),
}

impl GroupPlayer<'_> {
    fn new(group: PlayGroup, session: Session<'_>) -> GroupPlayer<'_> {
        let PlayGroup { mut play, .. } = group;
        // What a device holds cannot be resampled any more.
        play.request.long_buffer = false;
        let sender = session.sender.clone();
        let inputs = std::mem::take(&mut play.inputs);
        let playlist = Playlist::new(inputs, play.playlist_options, move |report| {
            sender.report(report.into());
        });
        let others = group.others.into_iter().map(|request| {
            play.for_device(Request {
                long_buffer: false,
                ..request
            })
        });
        let others: Vec<_> = others.collect();
        let plays: Vec<_> = [play].into_iter().chain(others).collect();
        let totals = plays
            .iter()
            .map(|play| DeviceTotals::none(&play.request.device));
        GroupPlayer {
            totals: totals.collect(),
            reopenings: plays.iter().map(|_| None).collect(),
            plays,
            split: group.split,
            correct_drift: group.correct_drift,
            session,
            playlist: Some(playlist),
            opened: None,
            reported: None,
            is_paused: false,
            clipped: Arc::default(),
        }
    }

    fn run(mut self) -> Outcome {
        if let Err(error) = self.play() {
            self.session.fail(error);
        }
        self.session.count_clipped(self.clipped.load(Relaxed));
        self.session.end.devices = Some(std::mem::take(&mut self.totals));
        self.session.finish()
    }

    fn play(&mut self) -> Result<()> {
        let mut held = HeldDevices::none(self.plays.len());
        let mut next = self
            .playlist
            .take()
            .map(|list| Next::Segment(Box::new(list)));
        while let Some(following) = next {
            next = match self.open_next(following)? {
                Some((playlist, segment)) => self.play_segment(&mut held, playlist, segment)?,
                None => None,
            };
        }
        Ok(())
    }

    /// Opens what is played next on its own thread, and waits for that or for a command to stop.
    fn open_next(&mut self, next: Next) -> Result<Option<(Box<Playlist>, Segment)>> {
        let is_jump = matches!(next, Next::Position(..));
        self.session.spawn_opening(move || match next {
            Next::Segment(mut playlist) => {
                let opened = playlist.next_segment();
                Message::Opened(playlist, opened)
            }
            Next::Position(mut playlist, index, seconds) => {
                let opened = playlist.go_to(index, seconds);
                Message::Opened(playlist, opened)
            }
        })?;
        let SegmentWait::Opened(playlist, segment) =
            self.session.wait_for_segment(None, &mut self.opened)?
        else {
            return Ok(None);
        };
        if let Some(position) = playlist.position().filter(|_| is_jump) {
            self.session.emit(Event::Seek {
                frames: 0,
                file: position.file.name.clone(),
                seconds: position.seconds,
            });
        }
        Ok(Some((playlist, segment)))
    }

    /// Plays one segment: consecutive files for which the devices need no new configuration. Returns how it continues.
    fn play_segment(
        &mut self,
        held: &mut HeldDevices,
        playlist: Box<Playlist>,
        segment: Segment,
    ) -> Result<Option<Next>> {
        let parts = parts(self.split.as_ref(), &segment, self.plays.len())?;
        let shared = SharedPlaylist::new(playlist, segment.spec, self.plays.len());
        let ready = match held.take_lanes(&segment) {
            Some(lanes) => Some((self.with_new_feeds(lanes, parts, &shared)?, None)),
            None => self.opened_lanes(held.pcms(), &segment, parts, &shared)?,
        };
        let Some((mut lanes, starts)) = ready else {
            return Ok(None);
        };
        let mut runner = LaneRunner {
            session: &mut self.session,
            lanes: &mut lanes,
            totals: &self.totals,
            starts,
            requested: segment.spec,
            opened: self.opened.take(),
            early: Vec::new(),
            is_paused: self.is_paused,
            on_lost: self.plays[0].on_lost,
            timeout: self.plays[0].timeout,
            splits: self.split.is_some(),
            started: Duration::ZERO,
            due: None,
        };
        let ended = runner.run(&shared);
        self.is_paused = runner.is_paused;
        self.count(&lanes);
        let is_whole = lanes.iter().all(|lane| lane.device.is_some());
        held.hold(lanes, segment);
        Ok(match ended? {
            LanesEnd::Stopped(why) => {
                self.session.end.why = why;
                None
            }
            LanesEnd::Finished if is_whole => shared.close().map(Next::Segment),
            LanesEnd::Jump(index, seconds) if is_whole => shared
                .close()
                .map(|playlist| Next::Position(playlist, index, seconds)),
            _ => None,
        })
    }

    /// Opens all devices, or configures them again, to play a segment. `None` after a command to stop.
    fn opened_lanes(
        &mut self,
        pcms: Vec<Option<Pcm>>,
        segment: &Segment,
        parts: Vec<(Range<u32>, Segment)>,
        shared: &Arc<SharedPlaylist>,
    ) -> Result<Option<ReadyLanes>> {
        let Some(opened) = self.open_devices(pcms, &parts)? else {
            return Ok(None);
        };
        let starts = self.starts(&opened, &parts, segment.spec);
        Ok(Some((self.lanes(opened, parts, shared)?, starts)))
    }

    /// Opens all devices, or configures them again. `None` after a command to stop.
    fn open_devices(
        &mut self,
        pcms: Vec<Option<Pcm>>,
        parts: &[(Range<u32>, Segment)],
    ) -> Result<Option<Vec<(Pcm, ConversionPlan)>>> {
        let mut opened = Vec::new();
        for (index, (pcm, (_, part))) in pcms.into_iter().zip(parts).enumerate() {
            let Some((pcm, plan)) = self.open_or_wait(index, pcm, part)? else {
                return Ok(None);
            };
            prepare(self.plays[index].preparation(), &pcm)?;
            opened.push((pcm, plan));
        }
        let bytes = opened
            .iter()
            .map(|(pcm, _)| Ok(ring_size(pcm)?.capacity as u64));
        let bytes = bytes.collect::<Result<Vec<u64>>>()?;
        memory::check(bytes.iter().sum())?;
        let pcms: Vec<_> = opened.iter().map(|(pcm, _)| pcm).collect();
        self.session.scheduling = self.plays[0].realtime.scheduling(&pcms, &bytes)?;
        Ok(Some(opened))
    }

    /// Opens a device, or configures it again. If it went away since it was opened last, waits until it is back. `None`
    /// after a command to stop.
    fn open_or_wait(
        &mut self,
        index: usize,
        mut pcm: Option<Pcm>,
        part: &Segment,
    ) -> Result<Option<(Pcm, ConversionPlan)>> {
        loop {
            let play = &self.plays[index];
            // One that is closed was reported as lost.
            let closed = pcm.take_if(|pcm| pcm.state().is_err());
            let opened = match &closed {
                Some(closed) => Err(closed.disconnected()),
                None => play.open(&mut self.session, pcm, part, false),
            };
            let (lost, reopening) = match (opened, &self.reopenings[index]) {
                (Err(lost), Some(reopening)) if reopening.explains(&lost) => {
                    (lost, reopening.clone())
                }
                (opened, _) => {
                    let (pcm, plan) = opened?;
                    let waits = play.on_lost.waits();
                    self.reopenings[index] = waits.then(|| Reopening::of(&pcm));
                    return Ok(Some((pcm, plan)));
                }
            };
            if closed.is_none() {
                self.session.emit(Event::Lost {
                    device: reopening.device().to_owned(),
                    frames: 0,
                });
            }
            pcm = self.wait_for_device(index, &reopening, lost)?;
            if pcm.is_none() {
                return Ok(None);
            }
        }
    }

    /// Waits until a device is back. `None` after a command to stop.
    fn wait_for_device(
        &mut self,
        index: usize,
        reopening: &Reopening,
        lost: Error,
    ) -> Result<Option<Pcm>> {
        let returned = self.session.wait_between_segments(
            reopening,
            (self.plays[index].on_lost, Instant::now()),
            lost,
            self.plays[0].request.rate,
            Some(self.totals.clone()),
        )?;
        match returned {
            Return::Opened(pcm) => {
                self.plays[index].request.device = pcm.card_name().to_owned();
                Ok(Some(*pcm))
            }
            Return::Ended(why) => {
                self.session.end.why = why;
                Ok(None)
            }
        }
    }

    /// What is reported when the devices start; nothing if it is the same as before.
    fn starts(
        &mut self,
        opened: &[(Pcm, ConversionPlan)],
        parts: &[(Range<u32>, Segment)],
        spec: Spec,
    ) -> Option<Vec<GroupDevice>> {
        if self.reported.replace(spec) == Some(spec) {
            return None;
        }
        let splits = self.split.is_some();
        let starts = opened.iter().zip(parts).map(|((pcm, plan), part)| {
            let (channels, segment) = part;
            let text = plan.text.clone();
            GroupDevice {
                device: device_start(pcm, segment.spec, text, &self.session.scheduling),
                first_channel: splits.then_some(channels.start + 1),
                linked: false,
                offset_us: 0.0,
            }
        });
        Some(starts.collect())
    }

    fn lanes(
        &mut self,
        opened: Vec<(Pcm, ConversionPlan)>,
        parts: Vec<(Range<u32>, Segment)>,
        shared: &Arc<SharedPlaylist>,
    ) -> Result<Vec<PlayedLane>> {
        let mut lanes = Vec::new();
        let has_clock = |pcm: &Pcm| pcm.card().is_some() || pcm.has_known_server();
        let leads = has_clock(&opened[0].0);
        for (index, ((pcm, plan), part)) in opened.into_iter().zip(parts).enumerate() {
            let follows = index > 0 && leads && has_clock(&pcm);
            let pace = follows.then(|| self.pace(&pcm));
            let fitting = Fitting {
                plan,
                map: pcm.channel_map()?,
                size: ring_size(&pcm)?,
            };
            let spec = part.1.spec;
            let source = self.source(index, (&pcm, &fitting), shared.reader(index, part), &pace)?;
            let mut lane = self.lane(index, (pcm, fitting), source, pace)?;
            if let Some(device) = &mut lane.device {
                self.plays[index].announce_on(device, spec)?;
            }
            lanes.push(lane);
        }
        let has_volume = lanes.iter().all(|lane| lane.member.control.has_volume());
        self.session.control.set_has_volume(has_volume);
        Ok(lanes)
    }

    fn pace(&self, pcm: &Pcm) -> SharedPace {
        let pace = Pace::new(pcm.spec(), pcm.is_stamped(), self.correct_drift);
        Arc::new(Mutex::new(pace))
    }

    /// What a device plays.
    fn source(
        &self,
        index: usize,
        (pcm, fitting): (&Pcm, &Fitting),
        reader: PlaylistReader,
        pace: &Option<SharedPace>,
    ) -> Result<PlayedSource> {
        let device = (pcm, fitting.map.clone());
        let mut running = self.plays[index].running(&self.session, device, self.clipped.clone());
        // A file of another spec begins a segment.
        running.capabilities = None;
        let source = ConvertSource::new(reader, &fitting.plan, running)?;
        Ok(PacedSource::new(source, pace.clone()))
    }

    /// Feeds devices that are open, or away, from another position. Each counts from zero.
    fn with_new_feeds(
        &self,
        mut lanes: Vec<PlayedLane>,
        parts: Vec<(Range<u32>, Segment)>,
        shared: &Arc<SharedPlaylist>,
    ) -> Result<Vec<PlayedLane>> {
        for (index, (lane, part)) in lanes.iter_mut().zip(parts).enumerate() {
            let Some(mut device) = lane.device.take() else {
                continue;
            };
            lane.pace = (lane.pace.as_ref()).map(|_| self.pace(&device.pcm));
            let reader = shared.reader(index, part);
            let source = self.source(index, (&device.pcm, &lane.fitting), reader, &lane.pace)?;
            let epoch = Epoch::first();
            lane.timeline = Arc::new(self.timeline(index, lane.spec, epoch.clone()));
            (lane.member.counters, lane.member.gauge) = Default::default();
            let file_side = FileSide {
                source,
                size: lane.fitting.size,
                control: lane.member.control.clone(),
                counters: lane.member.counters.clone(),
                scheduling: &self.session.scheduling,
                epoch,
                timeline: &lane.timeline,
                seeks: false,
            };
            let (reader, end) = file_side.run()?;
            device.feed_from(end, lane.member.counters.clone());
            lane.device = Some(device);
            // The device side of the last position is gone.
            std::mem::replace(&mut lane.reader, reader.thread().clone()).unpark();
        }
        Ok(lanes)
    }

    fn timeline(&self, index: usize, spec: Spec, epoch: Arc<Epoch>) -> Timeline {
        let metered = self.plays[index].progress.is_some() && (index == 0 || self.split.is_some());
        Timeline::new(spec, epoch, metered)
    }

    fn lane(
        &self,
        index: usize,
        (pcm, fitting): (Pcm, Fitting),
        source: PlayedSource,
        pace: Option<SharedPace>,
    ) -> Result<PlayedLane> {
        let play = &self.plays[index];
        let (spec, device) = (pcm.spec(), pcm.card_name().to_owned());
        let reopening = play.on_lost.waits().then(|| Reopening::of(&pcm));
        let control = TransferControl::new()?;
        control.set_volume_db(self.session.control.volume_db());
        let link = DeviceLink::new(
            &control,
            self.session.sender.clone(),
            Tap::none(),
            play.fatal_xruns,
        );
        let counters = link.counters.clone();
        let epoch = Epoch::first();
        let timeline = Arc::new(self.timeline(index, spec, epoch.clone()));
        let (reader, mut device_side) = play.sides(Sides {
            size: fitting.size,
            pcm,
            source,
            link,
            scheduling: &self.session.scheduling,
            epoch,
            timeline: &timeline,
            seeks: false,
        })?;
        device_side.pcm.play_out_underruns();
        device_side.alignment = Some(Alignment::new(spec));
        Ok(PlayedLane {
            member: Member {
                device,
                control,
                counters,
                gauge: Arc::<DriftGauge>::default(),
                rate: spec.rate,
            },
            spec,
            timeline,
            pace,
            device: Some(device_side),
            reader: reader.thread().clone(),
            queue: None,
            preparation: play.preparation(),
            fitting,
            reopening,
        })
    }

    /// Adds up what all devices have done.
    fn count(&mut self, lanes: &[PlayedLane]) {
        let sum = Counters::default();
        (lanes.iter()).for_each(|lane| sum.include(&lane.member.counters));
        let first = &lanes[0];
        (self.session).count(&sum, first.spec, first.member.counters.frames());
        for (total, lane) in self.totals.iter_mut().zip(lanes) {
            *total = lane.totals(total);
        }
    }
}

/// What a device of a group plays.
type PlayedSource = PacedSource<ConvertSource<PlaylistReader>>;

/// The ring of a device.
fn ring_size(pcm: &Pcm) -> Result<RingSize> {
    let refill = pcm.spec().frames_lasting(READ_AHEAD).max(1);
    Ok(RingSize::with_refill(
        pcm,
        pcm.thresholds()?.avail_min,
        refill,
    ))
}
