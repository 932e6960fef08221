//! What all files share: the open device, the options, and the signals; and aplay's words for what the engine reports.

use super::interrupts::Interrupts;
use super::keys::PauseKeys;
use super::messages::{error, why};
use super::meter::{LevelBars, MAX_METER_VERBOSITY};
use super::options::AplayOptions;
use super::position_test::PositionTest;
use crate::commands::compat::stop::{Result, Stop};
use crate::commands::ui::plain;
use aloud::audio::errno::errno_text;
use aloud::audio::error::Error;
use aloud::audio::pcm::{Direction, PcmState, StepwisePcm, StepwiseStatus};
use aloud::audio::transfer::{StepwiseError, StepwiseEvent, StepwiseOptions, StepwiseTransfer};

/// A device and how it is used.
pub(super) struct AplaySession {
    pub(super) options: AplayOptions,
    pub(super) pcm: StepwisePcm,
    pub(super) interrupts: Interrupts,
    pub(super) keys: Option<PauseKeys>,
    pub(super) position_test: PositionTest,
}

impl AplaySession {
    /// Runs a transfer with the configured device. `other` words an error that is not one of the device.
    pub(super) fn transfer(
        &mut self,
        run: impl FnOnce(StepwiseTransfer) -> std::result::Result<(), StepwiseError>,
        other: impl FnOnce(&Error) -> Stop,
    ) -> Result<()> {
        let options = &self.options;
        let how = StepwiseOptions {
            planar: options.separate,
            nonblock: options.nonblock,
            never_waits: options.test_nowait,
            fatal_xruns: options.fatal_errors,
        };
        let mut watcher = TransferWatcher {
            meter: level_bars(options, &self.pcm),
            options,
            keys: &mut self.keys,
            position_test: &mut self.position_test,
        };
        let mut on_event = |pcm: &StepwisePcm, event: StepwiseEvent| watcher.show(pcm, event);
        let control = &self.interrupts.control;
        let ended = StepwiseTransfer::new(&mut self.pcm, control, how, &mut on_event).and_then(run);
        ended.map_err(|failure| match failure {
            StepwiseError::Other(error) => other(&error),
            failure => device_failed(options, &failure),
        })
    }
}

/// The meter, if one is shown.
fn level_bars(options: &AplayOptions, pcm: &StepwisePcm) -> Option<LevelBars> {
    let kind = (options.meter).filter(|_| options.verbose <= MAX_METER_VERBOSITY)?;
    let spec = pcm.configuration()?.spec;
    Some(LevelBars::new(
        kind,
        options.verbose,
        spec,
        !options.separate,
    ))
}

/// Shows what happens during a transfer.
struct TransferWatcher<'a> {
    options: &'a AplayOptions,
    meter: Option<LevelBars>,
    keys: &'a mut Option<PauseKeys>,
    position_test: &'a mut PositionTest,
}

impl TransferWatcher<'_> {
    fn show(&mut self, pcm: &StepwisePcm, event: StepwiseEvent) {
        match event {
            StepwiseEvent::BeforeMove => {
                self.test_position(pcm);
                if let Some(keys) = self.keys {
                    keys.check(pcm, self.options);
                }
            }
            StepwiseEvent::AfterMove => self.test_position(pcm),
            StepwiseEvent::Moved(frames) => {
                if let Some(meter) = &mut self.meter {
                    meter.show(frames);
                }
            }
            StepwiseEvent::Stopped(status) => self.show_xrun(status),
            StepwiseEvent::Suspended => self.print("Suspended. Trying resume. "),
            StepwiseEvent::NotResumed => self.print("Failed. Restarting stream. "),
            StepwiseEvent::Continues => self.print("Done.\n"),
        }
    }

    fn test_position(&mut self, pcm: &StepwisePcm) {
        if self.options.test_position {
            self.position_test.test(pcm, self.options);
        }
    }

    fn show_xrun(&self, status: &StepwiseStatus) {
        let capture = self.options.direction == Direction::Capture;
        let title = match status.state {
            Some(PcmState::Xrun) => {
                let ms = status.since.as_micros() as f64 / 1000.0;
                let word = xrun_word(self.options);
                plain::print_error(&format!("{word}!!! (at least {ms:.3} ms long)\n"));
                "Status"
            }
            Some(PcmState::Draining) => "Status(DRAINING)",
            _ => "Status(R/W)",
        };
        if self.options.verbose > 0 {
            plain::print_error(&format!("{title}:\n{}", status.text));
        }
        if capture && status.state == Some(PcmState::Draining) {
            plain::print_error("capture stream format change? attempting recover...\n");
        }
    }

    fn print(&self, text: &str) {
        if !self.options.quiet {
            plain::print_error(text);
        }
    }
}

fn xrun_word(options: &AplayOptions) -> &'static str {
    match options.direction {
        Direction::Playback => "underrun",
        Direction::Capture => "overrun",
    }
}

/// The error for a device that cannot continue.
fn device_failed(options: &AplayOptions, failure: &StepwiseError) -> Stop {
    let (function, line, text) = match failure {
        StepwiseError::Move(errno) => return move_failed(options, *errno),
        StepwiseError::Status(errno) => (
            "xrun",
            1636,
            format!("status error: {}", errno_text(*errno)),
        ),
        StepwiseError::Xrun => {
            let text = format!("fatal {}: {}", xrun_word(options), errno_text(0));
            ("xrun", 1641, text)
        }
        StepwiseError::State(state) => {
            let name = state.map(|state| format!("{state:?}").to_uppercase());
            let text = format!("read/write error, state = {}", name.unwrap_or_default());
            ("xrun", 1695, text)
        }
        StepwiseError::Prepare(state, refusal) => {
            let (function, line, what) = match state {
                PcmState::Xrun => ("xrun", 1672, "xrun"),
                PcmState::Draining => ("xrun", 1685, "xrun(DRAINING)"),
                _ => ("suspend", 1714, "suspend"),
            };
            (
                function,
                line,
                format!("{what}: prepare error: {}", why(refusal)),
            )
        }
        StepwiseError::Other(error) => return in_own_words(options.program, error),
    };
    error(options.program, function, line, &text)
}

fn move_failed(options: &AplayOptions, errno: i32) -> Stop {
    let (function, line, what) = match (options.separate, options.direction) {
        (false, Direction::Playback) => ("pcm_write", 2127, "write"),
        (false, Direction::Capture) => ("pcm_read", 2221, "read"),
        (true, Direction::Playback) => ("pcm_writev", 2175, "writev"),
        (true, Direction::Capture) => ("pcm_readv", 2268, "readv"),
    };
    let text = format!("{what} error: {}", errno_text(errno));
    error(options.program, function, line, &text)
}

/// The error that aplay has no words for.
pub(super) fn in_own_words(program: &str, error: &Error) -> Stop {
    Stop::Failed(format!("{program}: {error}\n"), 1)
}
