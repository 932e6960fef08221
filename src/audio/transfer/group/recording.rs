//! Recording from several devices together, into one sink: started at the same moment where that is possible, aligned by
//! their timestamps, and kept together when their clocks drift.

use super::follower::ClockFollower;
use super::lane::Lane;
use super::lane_sink::{LaneSink, SharedCapture};
use super::member::Member;
use super::merger::{MergedLane, Merger};
use super::start::GroupStart;
use crate::audio::dsp::convert::Conversion;
use crate::audio::error::{Error, Result};
use crate::audio::pcm::{Pcm, Request};
use crate::audio::spec::{Spec, rescale_frames};
use crate::audio::stream::{FileReport, Sink};
use crate::audio::threads;
use crate::audio::transfer::capture::{CaptureDevice, Record, Wakeup, no_data_taken, open_pcm};
use crate::audio::transfer::control::{TransferCommand, TransferControl};
use crate::audio::transfer::conversion::ConversionPlan;
use crate::audio::transfer::convert::ConvertSink;
use crate::audio::transfer::counters::Counters;
use crate::audio::transfer::device_link::DeviceLink;
use crate::audio::transfer::event::{DeviceTotals, EndReason, Event, GroupDevice, Progress, Start};
use crate::audio::transfer::levels::{PeakLevels, TapMeter};
use crate::audio::transfer::message::Message;
use crate::audio::transfer::message_queue::message_queue;
use crate::audio::transfer::outcome::Outcome;
use crate::audio::transfer::session::{Session, device_start, progress};
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Relaxed, Release},
};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

/// After the device sides have ended, the file side may take this long before that is reported.
const MAX_QUIET_WAIT: Duration = Duration::from_secs(2);

/// What to record from several devices, and how.
pub struct RecordGroup {
    /// The first device, which the others follow, and how to record. Gaps are always filled with silence.
    pub record: Record,
    /// The other devices. Format and rate are those of the first one's request.
    pub others: Vec<Request>,
    /// Whether drift between the clocks is corrected by resampling. Otherwise it is only reported.
    pub correct_drift: bool,
}

/// Records from several devices into one sink, which gets the channels of all devices, in order. Returns once everything
/// is in the sink, `control` stops it, or a device or the sink fails. It cannot be paused.
///
/// The recording begins once all devices run. Samples are not changed as long as all devices run at the same speed.
pub fn record_group(
    group: RecordGroup,
    control: &TransferControl,
    on_event: &mut dyn FnMut(&Event),
) -> Outcome {
    let session = Session::new(control, group.record.progress, on_event);
    GroupRecorder {
        group,
        session,
        clipped: Arc::default(),
    }
    .run()
}

struct GroupRecorder<'a> {
    group: RecordGroup,
    session: Session<'a>,
    /// Samples that were over full scale.
    clipped: Arc<AtomicU64>,
}

/// A device that is open.
struct OpenLane {
    record: Record,
    pcm: Pcm,
    plan: ConversionPlan,
}

/// What the calling thread keeps of a device that runs.
struct RunningLane {
    member: Member,
    meter: TapMeter,
    skip: u64,
}

impl GroupRecorder<'_> {
    fn run(mut self) -> Outcome {
        let result = self.record();
        (self.session).finish_recording(result, self.clipped.load(Relaxed))
    }

    fn record(&mut self) -> Result<EndReason> {
        self.session.end.devices = Some(self.unstarted());
        let lanes = self.open_all()?;
        let recorded = group_spec(&lanes)?;
        let mut sink = self.create_sink(recorded, &lanes)?;
        let pcms: Vec<_> = lanes.iter().map(|lane| &lane.pcm).collect();
        let start = Pcm::link_all(&pcms).and_then(|linked| {
            let pcms: Vec<_> = pcms.into_iter().map(Some).collect();
            GroupStart::of(&pcms, linked)
        });
        let start = match start {
            Ok(start) => start,
            Err(error) => {
                sink.discard();
                return Err(error);
            }
        };
        self.emit_start(&lanes, recorded, &start);
        // There is no pause to wait for before the process is stopped.
        self.session.control.set_paused(true);
        self.run_threads(lanes, sink, recorded, &start)
    }

    /// What the devices have done before they are open.
    fn unstarted(&self) -> Vec<DeviceTotals> {
        let base = std::iter::once(&self.group.record.request);
        let requests = base.chain(&self.group.others);
        let totals = requests.map(|request| DeviceTotals::none(&request.device));
        totals.collect()
    }

    /// Opens all devices.
    fn open_all(&mut self) -> Result<Vec<OpenLane>> {
        let base = &self.group.record;
        let first = std::iter::once(base.request.clone());
        let mut lanes = Vec::new();
        for request in first.chain(self.group.others.iter().cloned()) {
            let record = base.for_device(request);
            let (request, wanted) = record.opening()?;
            let pcm = open_pcm(request, record.or_mono)?;
            let plan = record.plan(&pcm, wanted)?;
            record.preparation().prepare(&pcm)?;
            pcm.stamp_every_read();
            lanes.push(OpenLane { record, pcm, plan });
        }
        let bytes = (lanes.iter()).map(|lane| lane.record.ring_bytes(&lane.pcm));
        let bytes = bytes.collect::<Result<Vec<u64>>>()?;
        let pcms: Vec<_> = lanes.iter().map(|lane| &lane.pcm).collect();
        self.session.scheduling = base.realtime.scheduling(&pcms, &bytes)?;
        Ok(lanes)
    }

    fn create_sink(&mut self, recorded: Spec, lanes: &[OpenLane]) -> Result<Box<dyn Sink>> {
        let sender = self.session.sender.clone();
        let report = Arc::new(move |report: FileReport| {
            sender.report(report.into());
        });
        let channels = lanes.iter().map(|lane| lane.plan.conversion.to.channels);
        let channels: Vec<_> = channels.collect();
        (self.group.record.sink)(recorded, None, &channels, report)
    }

    fn emit_start(&mut self, lanes: &[OpenLane], recorded: Spec, start: &GroupStart) {
        let scheduling = self.session.scheduling;
        let mut first_channel = 1;
        let mut devices = Vec::new();
        for (lane, offset_us) in lanes.iter().zip(start.offsets_us()) {
            let (own, text) = (lane.plan.conversion.to, lane.plan.text.clone());
            devices.push(GroupDevice {
                device: device_start(&lane.pcm, own, text, &scheduling),
                first_channel: Some(first_channel),
                linked: start.linked,
                offset_us,
            });
            first_channel += own.channels;
        }
        let first = device_start(&lanes[0].pcm, recorded, None, &scheduling);
        self.session.emit(Event::Start(Box::new(Start {
            device: first,
            loopback: None,
            devices: Some(devices),
        })));
        for lane in lanes {
            for difference in lane.pcm.size_differences() {
                let device = lane.pcm.card_name();
                self.session.warn(format!("'{device}': {difference}"));
            }
        }
    }

    /// Records on threads of their own for all devices and for the file, until all have ended.
    fn run_threads(
        &mut self,
        lanes: Vec<OpenLane>,
        sink: Box<dyn Sink>,
        recorded: Spec,
        start: &GroupStart,
    ) -> Result<EndReason> {
        let (wake, given_up) = (Arc::<Wakeup>::default(), Arc::new(AtomicBool::new(false)));
        let latest = start.latest();
        let (mut captures, mut merged, mut running) = (Vec::new(), Vec::new(), Vec::new());
        for (lane, at) in lanes.into_iter().zip(&start.at) {
            let skip = recorded.frames_lasting(latest - *at);
            let (capture, lane, run) = self.sides(captures.len(), lane, skip, &wake)?;
            captures.push(capture);
            merged.push(lane);
            running.push(run);
        }
        let total = self.group.record.limit.map(|limit| limit.frames(recorded));
        let merger = Merger {
            max_wait: merged[0].writer.max_wait,
            lanes: merged,
            sink,
            wake: wake.clone(),
            given_up: given_up.clone(),
            stored: Arc::default(),
            left: total.unwrap_or(u64::MAX),
            merged: 0,
            control: self.session.control.clone(),
            messages: self.session.sender.clone(),
            buffer: Vec::new(),
            time: None,
        };
        let stored = merger.stored.clone();
        let (report, file_side) = sync_channel(1);
        let thread = threads::spawn(move || {
            let _ = report.send(merger.run());
        });
        let ended = thread.and_then(|_| self.run_lanes(captures, &mut running, recorded, total));
        given_up.store(true, Release);
        wake.notify();
        let written = match file_side.recv_timeout(MAX_QUIET_WAIT) {
            Err(RecvTimeoutError::Timeout) => {
                let seconds = recorded.seconds(stored.load(Relaxed));
                self.session.warn(no_data_taken(seconds));
                file_side.recv().ok()
            }
            written => written.ok(),
        };
        self.count(&running, recorded, written, ended)
    }

    /// Adds up what all devices have done, and returns how the recording ended.
    fn count(
        &mut self,
        running: &[RunningLane],
        recorded: Spec,
        written: Option<(u64, Result<bool>)>,
        ended: Result<EndReason>,
    ) -> Result<EndReason> {
        let (frames, written) =
            written.unwrap_or_else(|| (0, Err(Error::internal("the file thread panicked"))));
        let sum = Counters::default();
        (running.iter()).for_each(|lane| sum.include(&lane.member.counters));
        self.session.count(&sum, recorded, frames);
        let mut devices = totals(running, recorded);
        for device in &mut devices {
            // With the silence for what it lacks, and without what it captured after the end of the recording.
            device.frames = frames;
        }
        self.session.end.devices = Some(devices);
        match written {
            Ok(true) => Ok(EndReason::Finished),
            // If the sink failed, that is why the devices were stopped.
            Err(error) => Err(error),
            Ok(false) => ended,
        }
    }

    /// What takes the frames of a device, converted if necessary, and where it keeps them.
    fn lane_sink(
        &self,
        conversion: &Conversion,
        device: &str,
    ) -> Result<(Box<dyn Sink>, SharedCapture)> {
        let (sink, captured) = LaneSink::new(conversion.to, device);
        let sink: Box<dyn Sink> = match conversion.is_needed() {
            true => {
                let converter = conversion.converter(self.clipped.clone())?;
                let gain = self.group.record.gain;
                Box::new(ConvertSink::new(Box::new(sink), converter, gain, None))
            }
            false => Box::new(sink),
        };
        Ok((sink, captured))
    }

    /// The device side of a device, its file side, and what the calling thread keeps of it.
    fn sides(
        &mut self,
        index: usize,
        lane: OpenLane,
        skip: u64,
        wake: &Arc<Wakeup>,
    ) -> Result<(Lane<CaptureDevice>, MergedLane, RunningLane)> {
        let OpenLane { record, pcm, plan } = lane;
        let (own, spec) = (plan.conversion.to, pcm.spec());
        let queue = message_queue();
        let (tap, meter) = self.session.tap(spec);
        let control = TransferControl::new()?;
        let link = DeviceLink::new(&control, queue.0.clone(), tap, record.fatal_xruns);
        let member = Member {
            device: pcm.card_name().to_owned(),
            control,
            counters: link.counters.clone(),
            gauge: Arc::default(),
            rate: spec.rate,
        };
        let (sink, captured) = self.lane_sink(&plan.conversion, &member.device)?;
        let is_exact = pcm.started_at().is_some();
        let link = (link, &self.session.scheduling);
        let (mut device, writer) = record.sides(pcm, sink, (own, None), link, wake.clone())?;
        device.started = true;
        let corrects = self.group.correct_drift;
        let failed = Arc::<AtomicBool>::default();
        let preparation = record.preparation();
        let merged = MergedLane {
            member: member.clone(),
            writer,
            captured,
            spec: own,
            skip,
            unskipped: skip,
            follower: (index > 0).then(|| ClockFollower::new(own, is_exact, corrects)),
            failed: failed.clone(),
            ready: Vec::new(),
        };
        let capture = Lane {
            member: member.clone(),
            spec,
            on_lost: preparation.on_lost,
            prepare: Box::new(move |pcm: &Pcm| {
                pcm.stamp_every_read();
                preparation.prepare(pcm)
            }),
            timeout: record.timeout,
            device,
            queue,
            scheduling: self.session.scheduling,
            failed,
        };
        let running = RunningLane {
            member,
            meter,
            skip,
        };
        Ok((capture, merged, running))
    }

    /// Runs the device sides, and passes on events until all have ended. Once one has, or after a command to stop, all
    /// are stopped.
    fn run_lanes(
        &mut self,
        lanes: Vec<Lane<CaptureDevice>>,
        running: &mut [RunningLane],
        recorded: Spec,
        total: Option<u64>,
    ) -> Result<EndReason> {
        let mut left = lanes.len();
        let mut ended: Option<Result<EndReason>> = None;
        for lane in lanes {
            // Without a thread, the end of the lane is in the queue.
            let _ = lane.spawn(self.session.sender.clone());
        }
        let mut due = self.session.first_progress();
        while left > 0 {
            if let TransferCommand::Stop(why) = self.session.control.command() {
                stop(running, why);
            }
            let mut report = || group_progress(running, recorded, total);
            match self.session.next_message(due) {
                Some(Message::DeviceEnded(result)) => {
                    left -= 1;
                    let why = *result.as_ref().unwrap_or(&EndReason::Error);
                    if ended.is_none() || (result.is_err() && !matches!(ended, Some(Err(_)))) {
                        ended = Some(result);
                    }
                    stop(running, why);
                }
                Some(message) => self.session.pass_on(message),
                None => self.session.report_progress(&mut due, &mut report),
            }
        }
        if due.is_some() {
            let last = group_progress(running, recorded, total);
            self.session.emit_progress(last, true);
        }
        ended.unwrap_or(Ok(EndReason::Finished))
    }
}

fn stop(lanes: &[RunningLane], why: EndReason) {
    lanes.iter().for_each(|lane| lane.member.stop(why));
}

/// The spec of the recording: the channels of all devices.
fn group_spec(lanes: &[OpenLane]) -> Result<Spec> {
    let first = lanes[0].plan.conversion.to;
    let channels = lanes.iter().map(|lane| lane.plan.conversion.to.channels);
    Spec::new(first.format, first.rate, channels.sum())
}

/// Frames of the recording that a device has delivered.
fn frames_of(lane: &RunningLane, recorded: Spec) -> u64 {
    let frames = lane.member.counters.frames();
    rescale_frames(frames, lane.member.rate, recorded.rate).saturating_sub(lane.skip)
}

fn totals(lanes: &[RunningLane], recorded: Spec) -> Vec<DeviceTotals> {
    let lanes = lanes.iter();
    lanes
        .map(|lane| lane.member.totals(frames_of(lane, recorded)))
        .collect()
}

fn group_progress(lanes: &mut [RunningLane], recorded: Spec, total: Option<u64>) -> Progress {
    let sum = Counters::default();
    let mut levels = PeakLevels::default();
    for lane in lanes.iter_mut() {
        sum.include(&lane.member.counters);
        let own = lane.meter.take();
        levels.dbfs.extend(own.dbfs);
        levels.clipped.extend(own.clipped);
    }
    let frames = lanes.iter().map(|lane| frames_of(lane, recorded)).min();
    let frames = frames.unwrap_or(0).min(total.unwrap_or(u64::MAX));
    Progress {
        devices: Some(totals(lanes, recorded)),
        ..progress(&sum, levels, recorded, frames, total)
    }
}
