//! The status line of a transfer: position, bar and levels, redrawn in place on a terminal.

use aloud::audio::dsp::meter::SILENCE_DB;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustix::{process::getpgrp, termios::tcgetpgrp};
use std::io::{self, IsTerminal, Write};

/// Channels beyond this have no level on the status line.
const MAX_LEVELS: usize = 8;

/// Shows how far a transfer is.
#[derive(Default)]
pub struct StatusLine {
    /// Where stderr is no terminal, print each update as a line.
    pub without_terminal: bool,
    bar: Option<ProgressBar>,
}

impl StatusLine {
    /// Begins to draw, if stderr is a terminal.
    pub fn open(&mut self) {
        if self.bar.is_none() && io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(style("{spinner} {prefix} {msg}"));
            self.bar = Some(bar);
        }
    }

    /// Shows the position and the state. `done` is how many frames of how many are done, where the total is known.
    pub fn update(&self, position: String, state: String, done: Option<(u64, u64)>) {
        match &self.bar {
            Some(bar) => {
                show_in_foreground(bar);
                if let Some((frames, total)) = done {
                    move_bar(bar, frames, total);
                }
                bar.set_prefix(position);
                bar.set_message(state);
                bar.tick();
            }
            None if self.without_terminal => {
                let _ = writeln!(io::stderr(), "{position}  {state}");
            }
            None => {}
        }
    }

    /// Replaces the state.
    pub fn set_state(&self, state: &str) {
        if let Some(bar) = &self.bar {
            show_in_foreground(bar);
            bar.set_message(state.to_owned());
            bar.tick();
        }
    }

    /// Removes the status line from the terminal.
    pub fn close(&mut self) {
        if let Some(bar) = self.bar.take() {
            show_in_foreground(&bar);
            bar.finish_and_clear();
        }
    }

    /// Runs `print` while the status line is out of the way.
    pub fn suspend(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => {
                show_in_foreground(bar);
                bar.suspend(print);
            }
            None => print(),
        }
    }
}

/// Draws nothing while another job has the terminal: the shell's prompt is there.
fn show_in_foreground(bar: &ProgressBar) {
    // There is no foreground job on a terminal that controls another session.
    let background = tcgetpgrp(io::stderr()).is_ok_and(|group| group != getpgrp());
    if background != bar.is_hidden() {
        bar.set_draw_target(match background {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        });
    }
}

fn move_bar(bar: &ProgressBar, frames: u64, total: u64) {
    if bar.length() != Some(total) {
        bar.set_length(total);
        bar.set_style(style("{prefix} {wide_bar} {msg}"));
    }
    bar.set_position(frames);
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The peaks of the first channels: `-6.0 -inf dBFS`; `?` if unknown.
pub fn levels(peaks: &[Option<f64>]) -> String {
    let levels: Vec<String> = peaks
        .iter()
        .take(MAX_LEVELS)
        .map(|peak| level(*peak))
        .collect();
    format!("{} dBFS", levels.join(" "))
}

fn level(peak: Option<f64>) -> String {
    match peak {
        Some(db) if db <= SILENCE_DB => "-inf".to_owned(),
        Some(db) => format!("{db:.1}"),
        None => "?".to_owned(),
    }
}

/// Minutes and seconds: `1:15.2`.
pub fn clock(seconds: f64) -> String {
    let minutes = seconds as u64 / 60;
    format!("{minutes}:{:04.1}", seconds - (minutes * 60) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_shown_as_a_clock() {
        assert_eq!(clock(0.0), "0:00.0");
        assert_eq!(clock(75.25), "1:15.2");
    }

    #[test]
    fn levels_end_after_eight_channels() {
        assert_eq!(
            levels(&[Some(-6.02), Some(SILENCE_DB), None]),
            "-6.0 -inf ? dBFS"
        );
        assert_eq!(levels(&[None; 9]).matches('?').count(), MAX_LEVELS);
    }
}
