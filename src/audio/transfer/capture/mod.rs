//! Recording: from one device into one sink, which may be a series of files.

mod device;
mod writer;

use crate::audio::channel_map::ChannelMap;
use crate::audio::dsp::gain::gain_text;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::event_fd::EventFd;
use crate::audio::ffi;
use crate::audio::pcm::{Configuration, Match, Pcm, Request, Thresholds, TstampMode, TstampType};
use crate::audio::spec::Length;
use crate::audio::spec::Spec;
use crate::audio::spec::rescale_frames;
use crate::audio::stream::FileReport;
use crate::audio::stream::Sink;
use crate::audio::transfer::control::TransferControl;
use crate::audio::transfer::conversion::ConversionPolicy;
use crate::audio::transfer::convert::ConvertSink;
use crate::audio::transfer::counters::Counters;
use crate::audio::transfer::event::{EndReason, Event};
use crate::audio::transfer::session::Session;
use crate::audio::transfer::{Message, Outcome, Timing};
use device::CaptureDevice;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use writer::FileWriter;

/// Makes the sink for frames of a spec, whose channels are for those speakers where that is known, once the device is open: so nothing is replaced where there is nothing to
/// record. The sink tells of its files through the last argument.
pub type MakeSink = Box<dyn FnOnce(Spec, Option<ChannelMap>, Tell) -> Result<Box<dyn Sink>>>;

/// Takes what a sink tells of its files, from any of them.
pub type Tell = Arc<dyn Fn(FileReport) + Send + Sync>;

/// Marks that may wait for the file side; each is an overrun or a new file.
const MARKS_WAITING: usize = 4096;

/// How long frames may wait in the ring before they go to a file.
const MAX_RING_WAIT: Duration = Duration::from_millis(450);

/// What is to be recorded, and how.
pub struct Record {
    /// The device, and what is to be recorded.
    pub request: Request,
    /// Whether one channel will do where the device does not have as many as are asked for.
    pub or_mono: bool,
    /// How what the device does not do as it is comes to be recorded.
    pub policy: ConversionPolicy,
    /// A factor for how loud it is.
    pub gain: f64,
    /// Makes what the frames go to.
    pub sink: MakeSink,
    /// At most so much.
    pub most: Option<Length>,
    /// How long a sink may stall.
    pub ring: Duration,
    /// Whether frames go on at once (a pipe that somebody listens to) or in batches of about half a second (a file).
    pub immediate: bool,
    /// When it starts, stops and wakes.
    pub timing: Timing,
    /// Whether and by which clock time is stamped.
    pub tstamp: (TstampMode, TstampType),
    /// Whether a time stamp is told with each second of frames.
    pub stamped: bool,
    /// Whether what was lost is replaced by that length of silence.
    pub fill_gaps: bool,
    /// Whether an xrun ends it.
    pub fatal_xruns: bool,
    /// How often [`Event::Progress`] is sent; never if `None`.
    pub progress: Option<Duration>,
}

/// Records. Returns when all that was asked for is in the sink, when `control` stops it (what was captured until then
/// is in the sink), or when the device or the sink fails.
pub fn record(
    record: Record,
    control: &TransferControl,
    on_event: &mut dyn FnMut(&Event),
) -> Outcome {
    let mut session = Session::new(control, record.progress, on_event);
    let clipped = Arc::default();
    match run(record, &mut session, &clipped) {
        Ok(why) => session.end.why = why,
        Err(error) => session.fail(error),
    }
    session.tell_clipped(clipped.load(Relaxed));
    session.finish()
}

fn run(record: Record, session: &mut Session, clipped: &Arc<AtomicU64>) -> Result<EndReason> {
    let (policy, scaled) = (&record.policy, record.gain != 1.0);
    let (request, wanted) = policy.capture_request(&record.request, record.or_mono, scaled)?;
    let mut pcm = open_device(request, record.or_mono)?;
    let spec = pcm.spec();
    let notes = if scaled {
        vec![gain_text(record.gain)]
    } else {
        vec![]
    };
    let map = pcm.channel_map()?;
    let planned = policy.capture_plan(wanted, record.or_mono, spec, map.as_ref(), scaled, &notes);
    let plan = planned.map_err(|error| error.with_device(pcm.card_name()))?;
    let made = plan.conversion.to;
    let avail_min = prepare_device(&pcm, &record.timing, record.tstamp)?;
    let free_running = record.timing.stop.is_none() && pcm.run_freely();
    let reports = session.sender.clone();
    let tell = Arc::new(move |report: FileReport| {
        // A full channel means that nobody has read for long; a file's name is then the lesser loss.
        let _ = reports.try_send(Message::Event(report.into()));
    });
    let total = record.most.map(|most| most.frames(made));
    let sink = match plan.conversion.is_needed() {
        true => {
            let converter = plan.conversion.converter(clipped.clone())?;
            let sink = (record.sink)(made, plan.speakers, tell)?;
            Box::new(ConvertSink::new(sink, converter, record.gain, total))
        }
        false => (record.sink)(made, plan.speakers, tell)?,
    };
    session.tell_start(&pcm, made, plan.text);
    let left = total.map_or(u64::MAX, |frames| {
        frames_that_make(frames, spec.rate, made.rate)
    });
    let frames = spec
        .frames_lasting(record.ring)
        .max(2 * avail_min)
        .max(4096);
    let (producer, consumer) = rtrb::RingBuffer::new(spec.bytes(frames) as usize);
    let (marks, marks_read) = rtrb::RingBuffer::new(MARKS_WAITING);
    // Somebody who listens to a pipe hears at once; a file can wait, but for a ring that fills up.
    let (max_wait, wake_at) = match record.immediate {
        true => (None, 1),
        false => (Some(MAX_RING_WAIT), spec.bytes(frames / 2) as usize),
    };
    let counters = Counters::new(spec, session.metered());
    let (control, sender) = (session.control.clone(), session.sender.clone());
    let event_fd = EventFd::new()?;
    let store = FileWriter {
        sink,
        ring: consumer,
        marks: marks_read,
        control: &control,
        fill_gaps: record.fill_gaps,
        event_fd: &event_fd,
        max_wait,
        taken: 0,
    };
    let ended = std::thread::scope(|scope| {
        let storer = scope.spawn(|| {
            let stored = store.run();
            if stored.is_err() {
                control.stop(EndReason::Error);
            }
            stored
        });
        let mut capture = CaptureDevice {
            waiter: pcm.waiter(control.descriptor())?,
            pcm: &mut pcm,
            ring: producer,
            marks,
            storer: &event_fd,
            wake_at,
            control: &control,
            counters: &counters,
            messages: &sender,
            fatal_xruns: record.fatal_xruns,
            left,
            told_rate: made.rate,
            free_running,
            stamped: record.stamped,
            next_stamp: 0,
            avail_min,
        };
        scope.spawn(move || {
            ffi::messages::capture();
            let ended = capture.run();
            let (messages, storer) = (capture.messages, capture.storer);
            drop(capture);
            storer.notify();
            let _ = messages.send(Message::Ended(ended));
        });
        let told =
            |frames| rescale_frames(frames, spec.rate, made.rate).min(total.unwrap_or(u64::MAX));
        let ended = session.listen(&counters, made, total, &told);
        let stored = storer
            .join()
            .unwrap_or_else(|_| Err(Error::internal("the file thread panicked")));
        // The device side is done before the file side: what that told since is heard now.
        session.tell_waiting();
        // A sink that failed is why the device was stopped, and so the cause that is told.
        stored.and(ended)
    });
    let told =
        rescale_frames(counters.frames(), spec.rate, made.rate).min(total.unwrap_or(u64::MAX));
    session.count(&counters, made, told);
    ended
}

/// Frames at one rate that are needed to make `frames` at another.
fn frames_that_make(frames: u64, from: u32, to: u32) -> u64 {
    let needed = (u128::from(frames) * u128::from(from)).div_ceil(u128::from(to));
    u64::try_from(needed).unwrap_or(u64::MAX)
}

fn open_device(request: Request, or_mono: bool) -> Result<Pcm> {
    let opened = Pcm::open(request.clone());
    match opened {
        Err(error)
            if or_mono && request.fit == Match::Exact && error.kind() == Kind::Unsupported =>
        {
            // The first refusal is the one to tell: one channel was nobody's wish.
            Pcm::open(Request {
                channels: 1,
                ..request
            })
            .map_err(|_| error)
        }
        opened => opened,
    }
}

/// Four wake-ups a second, but never so few that the device's buffer would be half full before the first. Devices look
/// at a period's end: half a period less than some whole ones is reached at their end, however late the last look was.
fn worth_waking(spec: Spec, configuration: &Configuration) -> u64 {
    let period = configuration.period_size.max(1);
    let quarter = spec.frames_lasting(Duration::from_millis(250));
    match quarter.min(configuration.buffer_size / 2) / period {
        0 | 1 => period,
        periods => periods * period - period / 2,
    }
}

/// Sets when the device wakes and stops, and gives how many frames it wakes at.
fn prepare_device(pcm: &Pcm, timing: &Timing, tstamp: (TstampMode, TstampType)) -> Result<u64> {
    pcm.set_nonblock(true)?;
    let (spec, configuration) = (pcm.spec(), pcm.configuration());
    let buffer = configuration.buffer_size;
    let avail_min = match timing.avail_min {
        Some(time) => spec.frames_lasting(time).max(1),
        None => worth_waking(spec, configuration),
    };
    let delay = |delay: super::Delay| delay.frames(spec, buffer);
    pcm.set_thresholds(Thresholds {
        start: timing.start.map_or(1, delay).max(1),
        stop: timing.stop.map_or(buffer, delay),
        avail_min,
    })?;
    let _ = pcm.set_tstamp_mode(tstamp.0);
    let _ = pcm.set_tstamp_type(tstamp.1);
    Ok(avail_min)
}
