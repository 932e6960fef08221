//! `-i`: Space and Enter pause.

use super::interrupts::Cleanup;
use super::messages::{located, why};
use super::options::AplayOptions;
use crate::commands::ui::plain;
use aloud::audio::error::Error;
use aloud::audio::pcm::StepwisePcm;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use std::io::stdin;

/// Reads keys from standard input.
pub(super) struct PauseKeys;

impl PauseKeys {
    /// Prepares the terminal; it is restored by `cleanup`.
    pub(super) fn start(cleanup: &mut Cleanup) -> PauseKeys {
        if let Ok(before) = tcgetattr(stdin()) {
            let mut raw = before.clone();
            raw.local_modes.remove(LocalModes::ICANON);
            let _ = tcsetattr(stdin(), OptionalActions::Now, &raw);
            cleanup.terminal = Some(before);
        }
        PauseKeys
    }

    /// Pauses until the next such key if one was pressed.
    pub(super) fn check(&mut self, pcm: &StepwisePcm, options: &AplayOptions) {
        while let Some(key) = read(0) {
            if matches!(key, b' ' | b'\r') {
                while read(0).is_some() {}
                pause(pcm, options);
            }
        }
    }
}

/// The next key, if one is pressed within this many milliseconds.
fn read(wait: i64) -> Option<u8> {
    let stdin = stdin();
    let timeout = Timespec {
        tv_sec: 0,
        tv_nsec: wait * 1_000_000,
    };
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    let mut key = [0];
    match poll(&mut fds, Some(&timeout)) {
        Ok(1) => matches!(rustix::io::read(&stdin, &mut key), Ok(1)).then_some(key[0]),
        _ => None,
    }
}

/// Pauses until the next key, if the device can.
fn pause(pcm: &StepwisePcm, options: &AplayOptions) {
    plain::print_error(&format!("\r=== PAUSE ==={:60}", ""));
    pause_device(pcm, options);
    plain::print_error(&format!("{:74}\r", ""));
}

fn pause_device(pcm: &StepwisePcm, options: &AplayOptions) {
    let can_pause = (pcm.configuration()).is_some_and(|granted| granted.can_pause);
    if !can_pause {
        return plain::print_error("\rPAUSE command ignored (no hw support)\n");
    }
    let report = |line, what: &str, error: Error| {
        let text = format!("pause {what} error: {}", why(&error));
        plain::print_error(&located(options.program, "do_pause", line, &text));
    };
    if let Err(error) = pcm.pcm().pause(true) {
        return report(1567, "push", error);
    }
    while !matches!(read(100), Some(b' ' | b'\r')) {}
    while read(0).is_some() {}
    if let Err(error) = pcm.pcm().pause(false) {
        report(1578, "release", error);
    }
}
