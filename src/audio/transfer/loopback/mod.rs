//! Loopback: from one device straight to another, with the least latency that their periods allow.

mod device;
mod drift;
mod fifo;
mod gate;
mod worker;

use crate::audio::dsp::sample::Unpacker;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi;
use crate::audio::pcm::{Pcm, Request, Thresholds, TstampMode, TstampType};
use crate::audio::spec::Length;
use crate::audio::spec::Spec;
use crate::audio::transfer::control::{TransferCommand, TransferControl};
use crate::audio::transfer::counters::Counters;
use crate::audio::transfer::event::{EndReason, Event, Linked, Relayed};
use crate::audio::transfer::session::{Session, start_of};
use crate::audio::transfer::{Message, Outcome};
use device::{Gauges, LoopbackDevice};
use std::time::Duration;

/// Done before a playback begins or after it has ended. What it fails with is told, and stops nothing.
pub type Hook = Box<dyn FnMut() -> Result<()> + Send>;

/// What is to be passed on, and how.
pub struct Loopback {
    /// The device that captures, and what it is opened with.
    pub capture: Request,
    /// The device that plays. Its format, rate and channels are those of the capture.
    pub playback: Request,
    /// Time from the one's input to the other's output, two periods at least. Where none is named it is four periods,
    /// and more once xruns have shown that the machine cannot keep that.
    pub latency: Option<Duration>,
    /// At most so much.
    pub most: Option<Length>,
    /// Whether clocks that differ are followed by resampling. Otherwise the frames that become too many or too few are
    /// xruns.
    pub follow_drift: bool,
    /// Whether it plays only while there is something to be heard.
    pub on_sound: Option<OnSound>,
    /// Done before each time it begins to play.
    pub before_start: Option<Hook>,
    /// Done after each time it has played.
    pub after_stop: Option<Hook>,
    /// Whether an xrun ends it.
    pub fatal_xruns: bool,
    /// How often [`Event::Relayed`] is sent; never if `None`.
    pub progress: Option<Duration>,
}

/// What counts as sound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OnSound {
    /// Samples above this level, in dB relative to full scale; `None` is all but digital silence.
    pub above_dbfs: Option<f64>,
}

/// A period where none was named: 256 frames at 48 kHz.
const PERIOD: Duration = Duration::from_nanos(5_333_333);

/// Periods from input to output where no latency was named, and at least.
const PERIODS: u64 = 4;
const PERIODS_LEAST: u64 = 2;

/// As far as repeated xruns may raise a latency that was not named.
const GROWN_MOST: Duration = Duration::from_millis(100);

/// What the devices hold at least: more than is ever used, so that only the latency decides.
const BUFFER: Duration = Duration::from_millis(250);

/// How far the frames on their way may at least, and at most, be off before a drift is seen in it: more than devices err
/// in their positions, and no more than is needed to know the drift well.
const BAND_LEAST: Duration = Duration::from_micros(1500);
const BAND_MOST: Duration = Duration::from_millis(5);

/// Passes frames on. Returns when all that was asked for has been heard, when `control` stops it, or when a device
/// fails.
///
/// Every bit passes as it is while both devices keep the same time. See [`Loopback::follow_drift`] for what happens
/// where they do not.
pub fn loopback(
    mut loopback: Loopback,
    control: &TransferControl,
    on_event: &mut dyn FnMut(&Event),
) -> Outcome {
    let mut session = Session::new(control, loopback.progress, on_event);
    match run(&mut loopback, &mut session) {
        Ok(why) => session.end.why = why,
        Err(error) => session.fail(error),
    }
    session.finish()
}

fn run(loopback: &mut Loopback, session: &mut Session) -> Result<EndReason> {
    let capture = open(sized(&loopback.capture, loopback.latency))?;
    let spec = capture.spec();
    check_sound(loopback, spec)?;
    let waits = loopback.on_sound.is_some();
    let mut hook = loopback.before_start.take();
    if !waits && let Some(hook) = &mut hook {
        warn(session, hook());
    }
    if let TransferCommand::Stop(why) = session.control.command() {
        return Ok(why);
    }
    let mut after = loopback.after_stop.take();
    let ended = relay(loopback, session, capture, hook, &mut after);
    if !waits && let Some(after) = &mut after {
        warn(session, after());
    }
    ended
}

fn warn(session: &mut Session, done: Result<()>) {
    if let Err(error) = done {
        session.tell(Event::Warning(error.to_string().into()));
    }
}

fn check_sound(loopback: &Loopback, spec: Spec) -> Result<()> {
    if loopback.on_sound.is_some() && Unpacker::new(spec.format).is_none() {
        let message = format!("whether {} is silence cannot be told", spec.format);
        return Err(Error::new(Kind::Unsupported, message));
    }
    Ok(())
}

fn relay(
    loopback: &mut Loopback,
    session: &mut Session,
    capture: Pcm,
    before: Option<Hook>,
    after: &mut Option<Hook>,
) -> Result<EndReason> {
    let playback_request = sized(&loopback.playback, loopback.latency);
    let playback = open(playback_request.clone())?;
    let spec = capture.spec();
    let (target, target_most) = targets(&capture, &playback, loopback.latency);
    tell_start(session, &capture, &playback, loopback, target);
    let total = loopback.most.map(|most| most.frames(spec));
    let counters = Counters::new(spec, session.metered());
    let gauges = Gauges::default();
    let (control, sender) = (session.control.clone(), session.sender.clone());
    let waits = loopback.on_sound.is_some();
    let ended = std::thread::scope(|scope| {
        // The hooks of a loopback that waits for sound are done beside it; those of one that does not, around it.
        let hooks = if waits {
            (before, after.take())
        } else {
            (None, None)
        };
        let worker = worker::open(scope, spec, &control, &sender, hooks);
        let mut relay = LoopbackDevice::new(device::Parts {
            capture,
            playback,
            playback_request,
            target,
            target_most,
            band: band(spec, target),
            worker,
            on_sound: loopback.on_sound,
            follow_drift: loopback.follow_drift,
            control: &control,
            counters: &counters,
            gauges: &gauges,
            messages: &sender,
            fatal_xruns: loopback.fatal_xruns,
            left: total.unwrap_or(u64::MAX),
        });
        scope.spawn(move || {
            ffi::messages::capture();
            let ended = relay.run();
            let messages = relay.messages();
            // Closes the devices and ends the worker, before the end is told.
            drop(relay);
            let _ = messages.send(Message::Ended(ended));
        });
        session.listen_to(&mut |xruns| progress(&counters, &gauges, spec, total, xruns))
    });
    session.count(&counters, spec, counters.frames());
    ended
}

fn progress(
    counters: &Counters,
    gauges: &Gauges,
    spec: Spec,
    total: Option<u64>,
    xruns: u64,
) -> Event {
    let frames = counters.frames();
    let latency = gauges.latency();
    Event::Relayed(Relayed {
        frames,
        seconds: spec.seconds(frames),
        total,
        latency_frames: latency,
        latency_ms: latency.map(|frames| milliseconds(spec, frames)),
        drift_ppm: gauges.drift_ppm(),
        ratio: gauges.ratio(),
        fill: gauges.waiting(),
        peak_dbfs: counters.take_peaks(),
        xruns: xruns + counters.xruns(),
    })
}

fn milliseconds(spec: Spec, frames: u64) -> f64 {
    (spec.seconds(frames) * 1e6).round() / 1e3
}

/// Opens a device that never starts or stops by itself but for an xrun, and wakes at each period.
fn open(request: Request) -> Result<Pcm> {
    let pcm = Pcm::open(request)?;
    pcm.set_nonblock(true)?;
    let configuration = pcm.configuration();
    pcm.set_thresholds(Thresholds {
        start: configuration.buffer_size + 1,
        stop: configuration.buffer_size,
        avail_min: configuration.period_size,
    })?;
    // A device that cannot stamp time tells no lengths of xruns; it works all the same.
    let _ = pcm.set_tstamp_mode(TstampMode::Enable);
    let _ = pcm.set_tstamp_type(TstampType::Monotonic);
    Ok(pcm)
}

/// The request with a period and a buffer, where none was named, that suit the latency. The buffer is a whole number of
/// periods, as most devices have it.
fn sized(request: &Request, latency: Option<Duration>) -> Request {
    let spec = Spec {
        format: request.format,
        rate: request.rate,
        channels: request.channels,
    };
    let mut sized = request.clone();
    let period = latency.map_or(PERIOD, |latency| (latency / PERIODS as u32).min(PERIOD));
    let period = Length::Frames(spec.frames_lasting(period).max(1));
    let period = sized.period.get_or_insert(period).frames(spec).max(1);
    if sized.periods.is_none() {
        let buffer = latency.map_or(BUFFER, |latency| BUFFER.max(4 * latency));
        let buffer = spec.frames_lasting(buffer).next_multiple_of(period);
        sized.buffer.get_or_insert(Length::Frames(buffer));
    }
    sized
}

/// Frames from input to output: as asked for, but at least two periods, and no more than the playing device holds with
/// a period to spare. And what they may grow to.
fn targets(capture: &Pcm, playback: &Pcm, latency: Option<Duration>) -> (u64, u64) {
    let (spec, one, other) = (
        capture.spec(),
        capture.configuration(),
        playback.configuration(),
    );
    let period = one.period_size.max(other.period_size);
    let wanted = latency.map_or(PERIODS * period, |time| spec.frames_lasting(time));
    let least = PERIODS_LEAST * period;
    let most = other.buffer_size.saturating_sub(one.period_size);
    let most = most.max(other.buffer_size / 2);
    let target = wanted.max(least).min(most);
    let grown = match latency {
        Some(_) => target,
        None => spec.frames_lasting(GROWN_MOST).min(most),
    };
    (target, grown.max(target))
}

/// How far the frames on their way may be from where they were before a drift is seen in it: little enough to leave the
/// rest of the latency for following it.
fn band(spec: Spec, target: u64) -> f64 {
    let [least, most] = [BAND_LEAST, BAND_MOST].map(|time| spec.frames_lasting(time));
    (target / 16).clamp(least, most).min(target / 4) as f64
}

fn tell_start(
    session: &mut Session,
    capture: &Pcm,
    playback: &Pcm,
    loopback: &Loopback,
    target: u64,
) {
    let spec = capture.spec();
    session.tell(Event::Linked(Box::new(Linked {
        capture: start_of(capture, spec, None),
        playback: start_of(playback, spec, None),
        latency_frames: target,
        latency_ms: milliseconds(spec, target),
    })));
    // What was chosen here was nobody's wish: only what was named is held against what was got.
    for (pcm, named) in [(capture, &loopback.capture), (playback, &loopback.playback)] {
        for difference in pcm.size_differences_from(named) {
            let warning = format!("'{}': {difference}", pcm.card_name());
            session.tell(Event::Warning(warning.into()));
        }
    }
    if let Some(latency) = loopback.latency
        && spec.frames_lasting(latency).abs_diff(target) > 1
    {
        let warning = format!(
            "the latency is {:.1} ms, for the devices' periods and buffers",
            milliseconds(spec, target)
        );
        session.tell(Event::Warning(warning.into()));
    }
}
