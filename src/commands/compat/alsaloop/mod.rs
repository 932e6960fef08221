//! alsaloop of alsa-utils 1.2.8. Where it differs on purpose, aloud-compat(7) says so.

mod failure;
mod help;
mod loopback_card;
mod mixer_link;
mod options;
mod oss_mixers;
mod xruns;

use super::stop::{Result, Stop, reason};
use crate::commands::signals::{self, OnSignal};
use crate::commands::ui::plain;
use aloud::audio;
use aloud::audio::mixer::Elements;
use aloud::audio::pcm::{Direction, Pcm, Probe, Request};
use aloud::audio::spec::Length;
use aloud::audio::transfer::{
    self, EndReason, Event, Loopback, OnLost, Realtime, TransferCommand, TransferControl,
};
use failure::{FAILED, failed};
use help::HELP;
use loopback_card::{CardPcm, OtherSide, other_side, rate_shift_fault};
use mixer_link::{LinkedMixers, link, report_disabled};
use options::{AlsaloopLine, LoopOptions, SlaveMode};
use oss_mixers::OssMixers;
use std::ffi::OsString;
use std::time::Duration;
use xruns::RepeatedXruns;

/// The longest latency that the original takes, to within a few hundred frames.
const MAX_LATENCY_FRAMES: u64 = 20 << 20;

pub fn run(words: &[OsString]) -> Result<u8> {
    let line = AlsaloopLine::parse(words)?;
    if line.help {
        plain::print(HELP)?;
        return Ok(0);
    }
    if line.background {
        let error = audio::daemonize().err();
        if let Some(error) = error {
            return Err(failed(&format!("Cannot run in the background: {error}\n")));
        }
    }
    if line.logs_errors {
        plain::log_errors(c"alsaloop", true);
    }
    let mut jobs = line.jobs;
    let Some(last) = jobs.pop() else {
        return Ok(0);
    };
    let (control, controls) = steered(jobs.len())?;
    let others: Vec<_> = (jobs.into_iter().zip(controls))
        .map(|(job, control)| std::thread::spawn(move || reported(job.run(&control))))
        .collect();
    let mut status = reported(last.run(&control));
    for other in others {
        status = status.max(other.join().unwrap_or(FAILED));
    }
    if control.command() == TransferCommand::Stop(EndReason::Hangup) {
        signals::run_default_action(libc::SIGHUP);
    }
    Ok(status)
}

/// What signals control: a loop, and `others` more of them.
fn steered(others: usize) -> Result<(TransferControl, Vec<TransferControl>)> {
    let new = || TransferControl::new().map_err(|error| failed(&format!("{error}\n")));
    let control = new()?;
    let controls = (0..others).map(|_| new()).collect::<Result<Vec<_>>>()?;
    let all = [std::slice::from_ref(&control), &controls].concat();
    match signals::steer_all(all, OnSignal::Abort).and_then(|()| signals::survive(libc::SIGUSR1)) {
        Ok(()) => Ok((control, controls)),
        Err(_) => Err(failed("Cannot catch signals\n")),
    }
}

/// Prints the error of a loop. The others continue.
fn reported(result: Result<u8>) -> u8 {
    match result {
        Ok(status) => status,
        Err(Stop::Failed(text, status)) => {
            plain::print_error(&text);
            status
        }
        Err(Stop::Stdout(_)) => FAILED,
    }
}

/// A device that can be opened.
struct ProbedDevice {
    /// Its direction and name, for messages.
    stream: String,
    probe: Probe,
    ctl: Option<String>,
}

impl LoopOptions {
    fn name(&self) -> String {
        format!("playback {}/capture {}", self.playback, self.capture)
    }

    fn run(mut self, control: &TransferControl) -> Result<u8> {
        let (capture, playback) = self.requests();
        let playback = self.probe("playback", &playback, self.playback_ctl.as_deref())?;
        let capture = self.probe("capture", &capture, self.capture_ctl.as_deref())?;
        let (playback_ctl, capture_ctl) = (playback.ctl.as_deref(), capture.ctl.as_deref());
        let loop_name = self.name();
        let oss_ids = match playback_ctl.and(capture_ctl) {
            Some(_) => self.oss_mixers.clone(),
            None => Vec::new(),
        };
        let oss = OssMixers {
            ids: &oss_ids,
            loop_name: &loop_name,
        };
        self.follow_other_side(capture_ctl)
            .map_err(|stop| oss.remove_after(stop))?;
        // As in the original, a device without a ctl needs no element.
        if let (Some(text), Some(ctl)) = (&self.rate_shift, playback_ctl)
            && let Some(fault) = rate_shift_fault(text, ctl)
        {
            return Err(failed(&fault));
        }
        oss.open();
        let _mixers = self
            .link_mixers(playback_ctl, capture_ctl)
            .map_err(|stop| oss.remove_after(stop))?;
        oss.add();
        let ended = (self.check(&playback))
            .and_then(|()| self.check(&capture))
            .and_then(|()| self.transfer(control));
        let status = reported(ended);
        oss.remove();
        Ok(status)
    }

    /// Checks that a device has the format and the channels. Another rate is an error when the loop starts.
    fn check(&self, device: &ProbedDevice) -> Result<()> {
        let (channels, probe) = (self.spec.channels, &device.probe);
        let range = &probe.channel_range;
        let missing = if !probe.formats.contains(&self.spec.format) {
            "Sample format".to_owned()
        } else if !(range.min..=range.max).contains(&u64::from(channels)) {
            format!("Channels count ({channels})")
        } else {
            return Ok(());
        };
        let stream = &device.stream;
        Err(failed(&format!(
            "{missing} not available for {stream}: Invalid argument\n\
             Unable to set parameters for {stream} stream: Invalid argument\nLoopback start failure.\n"
        )))
    }

    fn requests(&self) -> (Request, Request) {
        let request = |device: &str, direction| Request {
            buffer: self.buffer.map(Length::Frames),
            period: self.period.map(Length::Frames),
            ..Request::exact(device, direction, self.spec)
        };
        (
            request(&self.capture, Direction::Capture),
            request(&self.playback, Direction::Playback),
        )
    }

    /// Takes the format, rate and channels of what is played on the other side of a Loopback card.
    fn follow_other_side(&mut self, ctl: Option<&str>) -> Result<()> {
        let pcm = CardPcm::parse(&self.capture);
        let found = match (self.slave, pcm.zip(ctl)) {
            (SlaveMode::Off, _) => return Ok(()),
            (_, Some((pcm, ctl))) => other_side(&pcm, ctl),
            _ => OtherSide::Unknown,
        };
        match found {
            OtherSide::Playing(spec) => self.spec = spec,
            OtherSide::Unknown if self.slave == SlaveMode::On => {
                let name = self.name();
                return Err(failed(&format!(
                    "unable to enable slave mode for {name}\nLoopback initialization failure.\n"
                )));
            }
            _ => {}
        }
        Ok(())
    }

    /// Checks that a device can be opened. Its ctl is the one that the options give, if it can be opened, or that of its
    /// card.
    fn probe(&self, what: &str, request: &Request, ctl: Option<&str>) -> Result<ProbedDevice> {
        let device = &request.device;
        let probe = Pcm::probe(request).map_err(|error| {
            let why = reason(&error);
            failed(&format!(
                "{what} {device} open error: {why}\nLoopback initialization failure.\n"
            ))
        })?;
        let ctl = match ctl.map(|ctl| (ctl, Elements::open(ctl))) {
            None => CardPcm::parse(device).map(|pcm| pcm.ctl),
            Some((ctl, Ok(_))) => Some(ctl.to_owned()),
            Some((ctl, Err(error))) => {
                let why = reason(&error);
                plain::print_error(&format!("{what} {device} [{ctl}] ctl open error: {why}\n"));
                None
            }
        };
        Ok(ProbedDevice {
            stream: format!("{what} {device}"),
            probe,
            ctl,
        })
    }

    fn link_mixers(
        &self,
        playback: Option<&str>,
        capture: Option<&str>,
    ) -> Result<Option<LinkedMixers>> {
        match (playback, capture, &self.mixers[..]) {
            (_, _, []) => Ok(None),
            (Some(playback), Some(capture), links) => {
                link(playback, capture, links, &self.name()).map(Some)
            }
            (_, _, links) => {
                report_disabled(links, &self.name());
                Ok(None)
            }
        }
    }

    fn transfer(&self, control: &TransferControl) -> Result<u8> {
        let (capture, playback) = self.requests();
        let rate = u64::from(self.spec.rate);
        let micros = self.latency();
        if micros.saturating_mul(rate) / 1_000_000 > MAX_LATENCY_FRAMES {
            let device = &self.playback;
            return Err(failed(&format!(
                "Buffer size too big\nUnable to set buffer parameters for playback {device} stream: \
                 Input/output error\nLoopback start failure.\n"
            )));
        }
        let loopback = Loopback {
            capture,
            playback,
            latency: Some(Duration::from_micros(micros)),
            limit: self.seconds.map(|seconds| Length::Frames(seconds * rate)),
            correct_drift: self.corrects_drift,
            on_sound: None,
            before_start: None,
            after_stop: None,
            fatal_xruns: false,
            timeout: None,
            on_lost: OnLost::Fail,
            realtime: Realtime::Auto,
            progress: None,
        };
        let mut xruns = RepeatedXruns::default();
        let outcome = transfer::loopback(loopback, control, &mut |event| match event {
            Event::Failed(error) => plain::print_error(&format!("{error}\n")),
            Event::Xrun { side, .. } => {
                plain::print_error(&self.xrun_text(*side));
                if xruns.add() {
                    control.stop(EndReason::Quit);
                }
            }
            _ => {}
        });
        if xruns.are_endless() {
            return Err(failed("pcmjob failed: the xruns do not end.\n"));
        }
        Ok(outcome.error.map_or(0, |_| FAILED))
    }

    fn xrun_text(&self, side: Option<Direction>) -> String {
        match side {
            Some(Direction::Playback) => format!("underrun for playback {}\n", self.playback),
            _ => format!("overrun for capture {}\n", self.capture),
        }
    }
}
