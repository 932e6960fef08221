//! Loopback: from one device straight to another, with the lowest latency that their periods allow.

mod absence;
mod clocks;
mod device;
mod fifo;
mod gate;
mod gauges;
mod latency;
mod loss;
mod queue;
mod worker;

pub use worker::Hook;

use super::control::{TransferCommand, TransferControl};
use super::device_loop::AfterLoss;
use super::event::{EndReason, Event, LoopbackStart, Progress, Start};
use super::on_lost::OnLost;
use super::outcome::Outcome;
use super::realtime::Realtime;
use super::reopening::Reopening;
use super::session::{Session, device_start, progress};
use crate::audio::dsp::sample::Unpacker;
use crate::audio::dsp::sound::OnSound;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::memory;
use crate::audio::pcm::{Pcm, Request, Thresholds, TstampMode, TstampType};
use crate::audio::spec::{Length, Spec};
use crate::audio::threads::Task;
use device::{LoopbackDevice, LoopbackOptions, buffer_bytes};
use gate::Gate;
use latency::{Latency, with_sizes};
use std::time::Duration;
use worker::{Worker, WorkerThread};

/// What to pass on, and how.
pub struct Loopback {
    /// The device that captures, and its spec.
    pub capture: Request,
    /// The device that plays. Its format, rate and channels must be those of the capture.
    pub playback: Request,
    /// Time from input to output, at least two periods. `None`: four periods, raised if xruns show that the machine
    /// needs more.
    pub latency: Option<Duration>,
    /// The most to pass on.
    pub limit: Option<Length>,
    /// Whether drift between the clocks is corrected by resampling. Otherwise it causes xruns.
    pub correct_drift: bool,
    /// Play only while there is sound.
    pub on_sound: Option<OnSound>,
    /// Called before each start of playback.
    pub before_start: Option<Hook>,
    /// Called after each end of playback.
    pub after_stop: Option<Hook>,
    /// Whether an xrun ends the transfer.
    pub fatal_xruns: bool,
    /// The transfer ends if the device moves no frames for this long, pauses and waits for the source or sink aside;
    /// `None`: never.
    pub timeout: Option<Duration>,
    /// What happens when a device goes away.
    pub on_lost: OnLost,
    /// Whether the device thread runs in real time.
    pub realtime: Realtime,
    /// How often [`Event::Progress`] is sent; `None`: never.
    pub progress: Option<Duration>,
}

/// Passes frames from one device to another. Returns once all requested frames have been played, `control`
/// stops it, or a device fails.
///
/// Samples are not changed as long as both devices run at the same speed. See [`Loopback::correct_drift`] for what
/// happens otherwise.
pub fn loopback(
    loopback: Loopback,
    control: &TransferControl,
    on_event: &mut dyn FnMut(&Event),
) -> Outcome {
    let session = Session::new(control, loopback.progress, on_event);
    Relay { loopback, session }.run()
}

struct Relay<'a> {
    loopback: Loopback,
    session: Session<'a>,
}

impl Relay<'_> {
    fn run(mut self) -> Outcome {
        match self.relay() {
            Ok(why) => self.session.end.why = why,
            Err(error) => self.session.fail(error),
        }
        self.session.finish()
    }

    fn relay(&mut self) -> Result<EndReason> {
        let capture = self.open_capture()?;
        if self.loopback.on_sound.is_some() {
            // The worker calls the hooks.
            return self.open_and_run(capture);
        }
        let mut before = self.loopback.before_start.take();
        self.call(&mut before);
        if let TransferCommand::Stop(why) = self.session.control.command() {
            return Ok(why);
        }
        let mut after = self.loopback.after_stop.take();
        let ended = self.open_and_run(capture);
        self.call(&mut after);
        ended
    }

    /// Calls a hook. Its error is a warning.
    fn call(&mut self, hook: &mut Option<Hook>) {
        if let Some(Err(error)) = hook.as_mut().map(|hook| hook()) {
            self.session.warn(error.to_string());
        }
    }

    fn open_capture(&mut self) -> Result<Pcm> {
        let request = Request {
            // So that what it holds can be read even after it was unplugged.
            prefer_mmap: true,
            ..self.with_sizes(&self.loopback.capture)
        };
        let on_lost = self.loopback.on_lost;
        let open = || open(request.clone());
        let capture = (self.session).open(&request.device, on_lost, open)?;
        let format = capture.spec().format;
        if self.loopback.on_sound.is_some() && Unpacker::new(format).is_none() {
            let message = format!("silence cannot be detected in {format}");
            return Err(Error::new(Kind::Unsupported, message));
        }
        Ok(capture)
    }

    /// The request for a device that is opened with sizes for the latency.
    fn with_sizes(&self, request: &Request) -> Request {
        Request {
            timeout: self.loopback.timeout,
            ..with_sizes(request, self.loopback.latency)
        }
    }

    /// Opens the playback device and passes frames on.
    fn open_and_run(&mut self, capture: Pcm) -> Result<EndReason> {
        let request = self.with_sizes(&self.loopback.playback);
        let on_lost = self.loopback.on_lost;
        let open = || open(request.clone());
        let playback = (self.session).open(&request.device, on_lost, open)?;
        let latency = Latency::new(&capture, &playback, self.loopback.latency);
        let bytes = buffer_bytes(&capture, &latency);
        memory::check(bytes.iter().sum())?;
        self.session.scheduling =
            (self.loopback.realtime).scheduling(&[&capture, &playback], &bytes)?;
        self.emit_start(&capture, &playback, &latency);
        self.run_threads((capture, playback), latency)
    }

    fn emit_start(&mut self, capture: &Pcm, playback: &Pcm, latency: &Latency) {
        let spec = capture.spec();
        let scheduling = self.session.scheduling;
        let start = |pcm| device_start(pcm, spec, None, &scheduling);
        self.session.emit(Event::Start(Box::new(Start {
            device: start(playback),
            loopback: Some(LoopbackStart {
                capture: start(capture),
                playback: start(playback),
                latency_frames: latency.target,
                latency_ms: spec.milliseconds(latency.target),
            }),
            devices: None,
        })));
        // Only sizes that the caller requested: the others were chosen here.
        for (pcm, asked) in [
            (capture, &self.loopback.capture),
            (playback, &self.loopback.playback),
        ] {
            for difference in pcm.size_differences_from(asked) {
                self.session
                    .warn(format!("'{}': {difference}", pcm.card_name()));
            }
        }
        if let Some(wanted) = self.loopback.latency
            && spec.frames_lasting(wanted).abs_diff(latency.target) > 1
        {
            self.session.warn(format!(
                "the devices' periods and buffers allow a latency of {:.1} ms",
                spec.milliseconds(latency.target)
            ));
        }
    }

    /// Passes frames on until the device loop ends. A worker thread does the slow jobs for it.
    fn run_threads(&mut self, devices: (Pcm, Pcm), latency: Latency) -> Result<EndReason> {
        let spec = devices.0.spec();
        let total = self.loopback.limit.map(|limit| limit.frames(spec));
        let (tap, mut meter) = self.session.tap(spec);
        let link = self.session.link(tap, self.loopback.fatal_xruns);
        let counters = link.counters.clone();
        let reopening = Reopening::of(&devices.1);
        let (worker, worker_thread) = self.spawn_worker(spec, reopening)?;
        let on_sound = self.loopback.on_sound;
        let options = LoopbackOptions {
            timeout: self.loopback.timeout,
            correct_drift: self.loopback.correct_drift,
            gate: on_sound.map(|on_sound| Gate::new(spec, on_sound)),
            left: total.unwrap_or(u64::MAX),
            scheduling: self.session.scheduling,
        };
        let device = LoopbackDevice::new(devices, latency, link, worker, options);
        let gauges = device.gauges();
        let after_loss = AfterLoss {
            on_lost: self.loopback.on_lost,
            timeout: self.loopback.timeout,
            prepare: &prepare,
        };
        let mut report = || Progress {
            loopback: Some(gauges.progress(spec)),
            ..progress(&counters, meter.take(), spec, counters.frames(), total)
        };
        let (ended, device) = self.session.run_device(device, &after_loss, &mut report);
        if let Some(mut device) = device {
            device.close_at_end();
            // The worker ends once the device side is gone.
            drop(device);
            let _ = worker_thread.join();
        }
        self.session.count(&counters, spec, counters.frames());
        ended
    }

    fn spawn_worker(&mut self, spec: Spec, playback: Reopening) -> Result<(Worker, Task<()>)> {
        WorkerThread {
            spec,
            control: self.session.control.clone(),
            messages: self.session.sender.clone(),
            open: Box::new(move || {
                let playback = playback.open()?;
                prepare(&playback)?;
                Ok(playback)
            }),
            before: self.loopback.before_start.take(),
            after: self.loopback.after_stop.take(),
        }
        .spawn()
    }
}

/// Opens a device that starts only on command, stops only in an xrun, and wakes at each period.
fn open(request: Request) -> Result<Pcm> {
    let pcm = Pcm::open(request)?;
    prepare(&pcm)?;
    Ok(pcm)
}

fn prepare(pcm: &Pcm) -> Result<()> {
    pcm.set_nonblock(true)?;
    let configuration = pcm.configuration();
    pcm.set_thresholds(Thresholds {
        start: configuration.buffer_size + 1,
        stop: configuration.buffer_size,
        avail_min: configuration.period_size,
    })?;
    pcm.play_silence_after_end();
    // A device without timestamps does not report how long an xrun is, but works otherwise.
    let _ = pcm.set_tstamp_mode(TstampMode::Enable);
    let _ = pcm.set_tstamp_type(TstampType::Monotonic);
    Ok(())
}
