//! Recording from one device to one sink, which may be a series of files.

mod absence;
mod device;
mod gap;
mod mark;
mod overrun;
mod wakeup;
mod write_behind;
mod writer;

use super::control::TransferControl;
use super::conversion::ConversionPlan;
use super::convert::ConvertSink;
use super::device_link::DeviceLink;
use super::device_loop::AfterLoss;
use super::event::{EndReason, Event};
use super::levels::TapMeter;
use super::on_lost::OnLost;
use super::outcome::Outcome;
use super::policy::ConversionPolicy;
use super::realtime::{Realtime, Scheduling};
use super::session::{Session, device_start, progress};
use super::stall::Stall;
use super::timing::{Delay, Timing, latest_wakeup};
use crate::audio::advice::{FileAdvice, Warning};
use crate::audio::channel_map::ChannelMap;
use crate::audio::dsp::gain::gain_text;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::program_code;
use crate::audio::ffi::ring::lock;
use crate::audio::memory;
use crate::audio::pcm::{Configuration, Match, Pcm, Request, Thresholds, TstampMode, TstampType};
use crate::audio::spec::{Length, Spec, rescale_frames, rescale_frames_up};
use crate::audio::stream::{FileReport, Sink};
use crate::audio::threads;
pub(super) use device::CaptureDevice;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Relaxed, Release},
};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;
pub(super) use wakeup::Wakeup;
pub use write_behind::WriteBehindSink;
pub(super) use writer::FileWriter;
use writer::{MAX_RING_WAIT, RARE_WRITE};

/// After the device side has ended, the file side may take this long before that is reported.
const MAX_QUIET_WAIT: Duration = Duration::from_secs(2);

/// Creates the sink. It gets the spec of the frames, the order of the channels (if known), how many channels come from each
/// device, and what the sink reports its files to. Called once the device is open, so that no file is replaced if there is
/// nothing to record.
pub type MakeSink =
    Box<dyn FnMut(Spec, Option<ChannelMap>, &[u32], FileReporter) -> Result<Box<dyn Sink>>>;

/// Takes a sink's reports about its files.
pub type FileReporter = Arc<dyn Fn(FileReport) + Send + Sync>;

/// The time between two wake-ups of a device that nobody waits for, and what a process that is killed loses at most: what is
/// in the ring and in the device.
const RARE_WAKEUP: Duration = Duration::from_millis(930);
const MAX_LOSS: Duration = Duration::from_secs(1);

/// The fewest frames in the ring.
const MIN_RING_FRAMES: u64 = 4096;

/// What to record, and how.
pub struct Record {
    /// The device, and the spec of the recording.
    pub request: Request,
    /// Whether one channel is fine if the device does not have as many as requested.
    pub or_mono: bool,
    /// What may be converted if the device does not support the spec.
    pub policy: ConversionPolicy,
    /// The factor applied to the samples.
    pub gain: f64,
    /// Creates the sink.
    pub sink: MakeSink,
    /// The most to record.
    pub limit: Option<Length>,
    /// How long a sink may stall without a loss.
    pub ring: Duration,
    /// Whether frames are written at once (a pipe) or in batches of up to a second (a file).
    pub immediate: bool,
    /// Whether nobody waits for what is captured, so that the device need not wake more than about once a second.
    pub rare_wakeups: bool,
    /// When the device starts, stops and wakes.
    pub timing: Timing,
    /// Whether timestamps are taken, and from which clock.
    pub tstamp: (TstampMode, TstampType),
    /// Send [`Event::Timestamp`] for each second of frames.
    pub timestamps: bool,
    /// Whether gaps are filled with silence of the same length.
    pub fill_gaps: bool,
    /// Whether an xrun ends the transfer.
    pub fatal_xruns: bool,
    /// The transfer ends if the device moves no frames for this long, pauses and waits for the source or sink aside;
    /// `None`: never.
    pub timeout: Option<Duration>,
    /// What happens when the device goes away.
    pub on_lost: OnLost,
    /// Whether the device thread runs in real time.
    pub realtime: Realtime,
    /// How often [`Event::Progress`] is sent; `None`: never.
    pub progress: Option<Duration>,
}

/// How to prepare a capture device that was opened.
#[derive(Clone, Copy)]
pub(super) struct Preparation {
    timing: Timing,
    tstamp: (TstampMode, TstampType),
    pub on_lost: OnLost,
    progress: Option<Duration>,
    /// Whether the device may wake rarely: nobody waits for the frames.
    rare_wakeups: bool,
}

impl Preparation {
    fn may_wake_rarely(&self) -> bool {
        self.rare_wakeups && self.progress.is_none()
    }

    fn wakes_rarely(&self, pcm: &Pcm) -> bool {
        self.may_wake_rarely() && pcm.is_direct() && !pcm.forgets()
    }

    /// Sets when a device wakes and stops.
    pub(super) fn prepare(&self, pcm: &Pcm) -> Result<()> {
        pcm.set_nonblock(true)?;
        let (spec, configuration) = (pcm.spec(), pcm.configuration());
        let (timing, buffer) = (&self.timing, configuration.buffer_size);
        let threshold = |delay: Delay| delay.frames(spec, buffer);
        pcm.set_thresholds(Thresholds {
            start: timing.start.map_or(1, threshold).max(1),
            stop: timing.stop.map_or(buffer, threshold),
            avail_min: match timing.avail_min {
                Some(time) => spec.frames_lasting(time).max(1),
                None if self.on_lost.waits() && pcm.forgets() => configuration.period_size,
                None if self.wakes_rarely(pcm) => rare_avail_min(spec, configuration),
                None => default_avail_min(spec, configuration, self.progress),
            },
        })?;
        // Without timestamps, or without this clock, the device does not report how long an xrun is, but still records.
        let _ = pcm.set_tstamp_mode(self.tstamp.0);
        let _ = pcm.set_tstamp_type(self.tstamp.1);
        pcm.follow_delay();
        Ok(())
    }
}

impl Record {
    /// The same for one of several devices that record together: without an end, with silence for what is lost, and
    /// without a sink of its own.
    pub(super) fn for_device(&self, request: Request) -> Record {
        Record {
            request,
            policy: self.policy.clone(),
            sink: Box::new(|_, _, _, _| Err(Error::internal("a device of a group has no sink"))),
            limit: None,
            timestamps: false,
            // The clocks are compared at each wake-up.
            rare_wakeups: false,
            fill_gaps: true,
            on_lost: match self.on_lost {
                OnLost::Split(limit) => OnLost::Wait(limit),
                on_lost => on_lost,
            },
            ..*self
        }
    }

    /// How to prepare the device.
    pub(super) fn preparation(&self) -> Preparation {
        Preparation {
            timing: self.timing,
            tstamp: self.tstamp,
            on_lost: self.on_lost,
            progress: self.progress,
            rare_wakeups: self.rare_wakeups && !self.immediate,
        }
    }

    /// What to open the device with, and the spec of the recording.
    ///
    /// # Errors
    /// [`Kind::Usage`] if the remix takes a channel that does not exist.
    pub(super) fn opening(&self) -> Result<(Request, Spec)> {
        let scaled = self.gain != 1.0;
        let (request, wanted) =
            (self.policy).capture_request(&self.request, self.or_mono, scaled)?;
        let request = Request {
            prefer_mmap: true,
            long_buffer: self.preparation().may_wake_rarely(),
            timeout: self.timeout,
            ..request
        };
        Ok((request, wanted))
    }

    /// The conversion of what an open device captures.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if it is not known which channel goes where.
    pub(super) fn plan(&self, pcm: &Pcm, wanted: Spec) -> Result<ConversionPlan> {
        let scaled = self.gain != 1.0;
        let notes: Vec<String> = scaled.then(|| gain_text(self.gain)).into_iter().collect();
        let map = pcm.channel_map()?;
        self.policy
            .capture_plan(
                wanted,
                self.or_mono,
                pcm.spec(),
                map.as_ref(),
                scaled,
                &notes,
            )
            .map_err(|error| error.with_device(pcm.card_name()))
    }

    fn ring_frames(&self, spec: Spec, avail_min: u64) -> u64 {
        let frames = spec.frames_lasting(self.ring);
        frames.max(2 * avail_min).max(MIN_RING_FRAMES)
    }

    /// Bytes of the ring between `pcm` and the sink.
    ///
    /// # Errors
    /// [`Kind::Internal`] if there is no memory for it.
    pub(super) fn ring_bytes(&self, pcm: &Pcm) -> Result<u64> {
        let avail_min = pcm.thresholds()?.avail_min;
        let bytes = pcm.spec().bytes(self.ring_frames(pcm.spec(), avail_min));
        memory::check(bytes).map(|()| bytes)
    }

    /// How long frames wait in the ring without a notification, and how many bytes there must be for one.
    fn ring_wakeups(
        &self,
        pcm: &Pcm,
        wakes_rarely: bool,
        avail_min: u64,
        ring_frames: u64,
    ) -> (Option<Duration>, usize) {
        let spec = pcm.spec();
        // The reader of a pipe gets every frame at once. A file can wait, unless the ring fills up.
        match self.immediate {
            true => (None, 1),
            false if wakes_rarely => {
                let in_device = avail_min + pcm.configuration().period_size;
                let in_ring = spec.frames_lasting(MAX_LOSS).saturating_sub(in_device);
                let most = in_ring.clamp(1, ring_frames / 2);
                let frames = spec.frames_lasting(RARE_WRITE).min(most);
                (None, spec.bytes(frames) as usize)
            }
            false => (Some(MAX_RING_WAIT), spec.bytes(ring_frames / 2) as usize),
        }
    }

    /// The two sides of the ring: the device loop, and the writer of the sink, which `wake` wakes. `total` is the number
    /// of frames of spec `recorded` to record.
    pub(super) fn sides(
        &self,
        pcm: Pcm,
        sink: Box<dyn Sink>,
        (recorded, total): (Spec, Option<u64>),
        (link, scheduling): (DeviceLink, &Scheduling),
        wake: Arc<Wakeup>,
    ) -> Result<(CaptureDevice, FileWriter)> {
        let (spec, avail_min) = (pcm.spec(), pcm.thresholds()?.avail_min);
        let ring_frames = self.ring_frames(spec, avail_min);
        let (mut ring, ring_read) = rtrb::RingBuffer::new(spec.bytes(ring_frames) as usize);
        let locked = scheduling.lock(|| lock(&mut ring));
        let batches = self.preparation().wakes_rarely(&pcm);
        let (max_wait, wake_at) = self.ring_wakeups(&pcm, batches, avail_min, ring_frames);
        let control = link.control.clone();
        let (writer, marks) = FileWriter::new(sink, ring_read, control, wake.clone(), max_wait);
        let wakeup = spec.duration(avail_min + pcm.configuration().period_size);
        let may_run_freely = self.timing.stop.is_none();
        let needed = |frames| rescale_frames_up(frames, recorded.rate, spec.rate);
        let device = CaptureDevice {
            waiter: pcm.waiter(link.control.descriptor(), &link.heartbeat)?,
            free_running: may_run_freely && pcm.run_freely(),
            may_run_freely,
            pcm,
            avail_min,
            announced: 0,
            ring,
            marks,
            writer: wake,
            wake_at,
            batches,
            link,
            stall: Stall::new(self.timeout).with_wakeups(wakeup),
            in_ring: 0,
            left: total.map_or(u64::MAX, needed),
            fill_gaps: self.fill_gaps,
            split_on_loss: matches!(self.on_lost, OnLost::Split(_)),
            gap: None,
            stalled: false,
            file_rate: recorded.rate,
            started: false,
            next_timestamp: self.timestamps.then_some(0),
            _locked: locked,
        };
        Ok((device, writer))
    }
}

/// Records. Returns once everything is in the sink, `control` stops it (what was captured until then is in the sink),
/// or the device or the sink fails.
pub fn record(
    record: Record,
    control: &TransferControl,
    on_event: &mut dyn FnMut(&Event),
) -> Outcome {
    let session = Session::new(control, record.progress, on_event);
    Recorder {
        record,
        session,
        clipped: Arc::default(),
    }
    .run()
}

struct Recorder<'a> {
    record: Record,
    session: Session<'a>,
    /// Samples that were over full scale.
    clipped: Arc<AtomicU64>,
}

impl Recorder<'_> {
    fn run(mut self) -> Outcome {
        let result = self.record();
        (self.session).finish_recording(result, self.clipped.load(Relaxed))
    }

    fn record(&mut self) -> Result<EndReason> {
        let (pcm, plan) = self.open_device()?;
        self.record.preparation().prepare(&pcm)?;
        let ring_bytes = self.record.ring_bytes(&pcm)?;
        self.session.scheduling = self.record.realtime.scheduling(&[&pcm], &[ring_bytes])?;
        let recorded = plan.conversion.to;
        let total = self.record.limit.map(|limit| limit.frames(recorded));
        let sink = self.create_sink(&plan, total)?;
        let start = device_start(&pcm, recorded, plan.text, &self.session.scheduling);
        self.session.emit_start(&pcm, start);
        let (tap, meter) = self.session.tap(pcm.spec());
        let link = self.session.link(tap, self.record.fatal_xruns);
        let link = (link, &self.session.scheduling);
        let wake = Arc::<Wakeup>::default();
        let (device, writer) = (self.record).sides(pcm, sink, (recorded, total), link, wake)?;
        program_code::release_before(total, recorded.rate);
        self.run_threads((device, meter), writer, recorded, total)
    }

    /// Opens the device and plans the conversion.
    fn open_device(&mut self) -> Result<(Pcm, ConversionPlan)> {
        let (request, wanted) = self.record.opening()?;
        let (device, on_lost) = (request.device.clone(), self.record.on_lost);
        let open = || open_pcm(request.clone(), self.record.or_mono);
        let pcm = self.session.open(&device, on_lost, open)?;
        let plan = self.record.plan(&pcm, wanted)?;
        Ok((pcm, plan))
    }

    /// The sink for what the device captures.
    fn create_sink(&mut self, plan: &ConversionPlan, total: Option<u64>) -> Result<Box<dyn Sink>> {
        let sender = self.session.sender.clone();
        let report = Arc::new(move |report: FileReport| {
            sender.report(report.into());
        });
        let conversion = &plan.conversion;
        let converter = match conversion.is_needed() {
            true => Some(conversion.converter(self.clipped.clone())?),
            false => None,
        };
        let channels = [conversion.to.channels];
        let sink = (self.record.sink)(conversion.to, plan.map.clone(), &channels, report)?;
        Ok(match converter {
            Some(converter) => Box::new(ConvertSink::new(sink, converter, self.record.gain, total)),
            None => sink,
        })
    }

    /// Records on two threads, one for the device and one for the file, until both have ended.
    fn run_threads(
        &mut self,
        (device, mut meter): (CaptureDevice, TapMeter),
        writer: FileWriter,
        recorded: Spec,
        total: Option<u64>,
    ) -> Result<EndReason> {
        let (spec, counters) = (device.pcm.spec(), device.link.counters.clone());
        let in_file = |frames| {
            rescale_frames(frames, spec.rate, recorded.rate).min(total.unwrap_or(u64::MAX))
        };
        let (record, session) = (&self.record, &mut self.session);
        let (frames, ended) = std::thread::scope(|scope| {
            let (wake, given_up) = (writer.wake.clone(), writer.given_up.clone());
            let stored = writer.stored.clone();
            // Disconnected when the thread ends.
            let (running, file_side) = sync_channel::<()>(0);
            // Handed over after the start, so that without a thread this one still completes the file.
            let (hand_over, handed_over) = sync_channel(1);
            let run = move || {
                let _running = running;
                handed_over.recv().map(FileWriter::run)
            };
            let thread = match threads::spawn_scoped(scope, run) {
                Ok(thread) => thread,
                Err(error) => {
                    drop(device);
                    return (writer.run().0, Err(error));
                }
            };
            let _ = hand_over.send(writer);
            let mut report = || {
                let frames = in_file(counters.frames());
                progress(&counters, meter.take(), recorded, frames, total)
            };
            let after_loss = AfterLoss {
                on_lost: record.on_lost,
                timeout: record.timeout,
                prepare: &|pcm| record.preparation().prepare(pcm),
            };
            let (ended, _) = session.run_device(device, &after_loss, &mut report);
            // The device side has ended, or is stuck.
            given_up.store(true, Release);
            wake.notify();
            if file_side.recv_timeout(MAX_QUIET_WAIT) == Err(RecvTimeoutError::Timeout) {
                session.warn(no_data_taken(recorded.seconds(stored.load(Relaxed))));
            }
            let (frames, written) = match thread.join() {
                Ok(Ok(written)) => written,
                _ => (0, Err(Error::internal("the file thread panicked"))),
            };
            // The device side ends first. What the file side has reported since is passed on here.
            session.drain_messages();
            // If the sink failed, that is why the device was stopped.
            (frames, written.and(ended))
        });
        session.count(&counters, recorded, frames);
        ended
    }
}

/// What is reported if the disk, or the reader of the pipe, holds up the end of a recording.
pub(super) fn no_data_taken(seconds: f64) -> Warning {
    let message = format!("the output takes no data; it holds {seconds:.1} s so far");
    Warning::with_advice(message, FileAdvice::InterruptAgain)
}

pub(super) fn open_pcm(request: Request, or_mono: bool) -> Result<Pcm> {
    match Pcm::open(request.clone()) {
        Err(error)
            if or_mono && request.matching == Match::Exact && error.kind() == Kind::Unsupported =>
        {
            // If that fails too, report the first error: one channel was not requested.
            Pcm::open(Request {
                channels: 1,
                ..request
            })
            .map_err(|_| error)
        }
        opened => opened,
    }
}

/// As few wake-ups as [`RARE_WAKEUP`] and the buffer allow.
fn rare_avail_min(spec: Spec, configuration: &Configuration) -> u64 {
    let (period, buffer) = (configuration.period_size.max(1), configuration.buffer_size);
    match latest_wakeup(spec, buffer).min(spec.frames_lasting(RARE_WAKEUP)) / period {
        0 | 1 => period,
        periods => periods * period - period / 2,
    }
}

/// About four wake-ups a second, or as often as progress is reported, but at the latest when the device's buffer is half
/// full, and earlier if it is short. Devices check at the end of a period: half a period less than a whole number of them
/// is reached there, however late the last check was.
fn default_avail_min(spec: Spec, configuration: &Configuration, progress: Option<Duration>) -> u64 {
    let (period, buffer) = (configuration.period_size.max(1), configuration.buffer_size);
    let quarter = Duration::from_millis(250);
    let quarter = spec.frames_lasting(progress.map_or(quarter, |every| every.min(quarter)));
    let most = latest_wakeup(spec, buffer).min(buffer / 2);
    match quarter.min(most) / period {
        0 | 1 => period,
        periods => periods * period - period / 2,
    }
}
