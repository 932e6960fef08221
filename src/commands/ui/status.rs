//! What a transfer shows while it runs: a block on a terminal, or lines elsewhere.

use super::block::Block;
use super::fit::{fit, width};
use super::meter::{Channels, Meter};
use super::terminal::{Look, TerminalSize, is_utf8_locale};
use aloud::audio::spelling::count;
use std::io::{self, Write};
use std::time::Instant;

/// The keys that control a playback.
const LEGEND: &[&str] = &[
    "Space pause",
    "←/→ seek 5 s",
    "n/p next/previous file",
    "+/- volume",
    "q quit",
    "? hide",
];

/// Columns that a progress bar needs, and takes at most.
const MIN_BAR: usize = 8;
const MAX_BAR: usize = 100;

/// What is shown of a transfer.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// What is transferred, and details about it.
    pub title: String,
    pub details: String,
    /// Seconds from the start, and in total.
    pub seconds: f64,
    pub total: Option<f64>,
    /// What else to show, most important first.
    pub notes: Vec<String>,
    pub show_legend: bool,
}

/// Shows how far a transfer is.
#[derive(Default)]
pub struct StatusDisplay {
    /// Print each update as a line where stderr cannot be drawn on.
    pub without_terminal: bool,
    pub channels: Channels,
    drawn: Option<Block>,
    meter: Meter,
    look: Option<Look>,
}

impl StatusDisplay {
    /// Begins to draw, if stderr is a terminal.
    pub fn open(&mut self, has_color: bool) {
        if self.drawn.is_none() {
            self.drawn = Block::open();
            self.look = Some(Look {
                has_color,
                has_unicode: is_utf8_locale(),
            });
        }
    }

    /// Whether a block is drawn.
    pub fn is_drawn(&self) -> bool {
        self.drawn.is_some()
    }

    /// Takes peaks in dBFS, and whether each is at full scale.
    pub fn add_levels(&mut self, peaks: &[Option<f64>], clipped: &[bool]) {
        self.meter
            .update(peaks, clipped, self.channels, Instant::now());
    }

    /// Shows the status.
    pub fn show(&self, status: &Status) {
        match (&self.drawn, self.look) {
            (Some(drawn), Some(look)) => drawn.draw(block(status, &self.meter, drawn.size(), look)),
            _ if self.without_terminal => {
                let line = line(status, &self.meter);
                let _ = writeln!(io::stderr(), "{line}");
            }
            _ => {}
        }
    }

    /// Removes the block from the terminal.
    pub fn close(&mut self) {
        if let Some(drawn) = self.drawn.take() {
            drawn.close();
        }
    }

    /// Runs `print` while the block is out of the way.
    pub fn suspend(&self, print: impl FnOnce()) {
        match &self.drawn {
            Some(drawn) => drawn.suspend(print),
            None => print(),
        }
    }
}

/// The status in lines that are narrower than the terminal.
fn block(status: &Status, meter: &Meter, size: TerminalSize, look: Look) -> Vec<String> {
    let columns = size.columns.saturating_sub(1);
    let mut lines = Vec::new();
    if !status.title.is_empty() {
        lines.push(title_line(status, columns, look));
    }
    lines.push(position_line(status, columns, look));
    let legend = match status.show_legend {
        true => wrapped(LEGEND, columns, look),
        false => Vec::new(),
    };
    let room = size.rows.saturating_sub(1 + lines.len() + legend.len());
    lines.extend(meter.lines(columns, room, look));
    lines.extend(legend);
    lines
}

fn ellipsis(look: Look) -> &'static str {
    if look.has_unicode { "…" } else { "..." }
}

/// What is transferred on the left; details on the right, as far as there is room.
fn title_line(status: &Status, columns: usize, look: Look) -> String {
    let title = fit(&status.title, columns, ellipsis(look));
    let room = columns.saturating_sub(width(&title) + 2);
    let details = fit(&status.details, usize::MAX, "");
    if details.is_empty() || width(&details) > room {
        return title;
    }
    format!(
        "{title}  {details:>room$}",
        room = room - width(&details) + details.chars().count()
    )
}

/// The position, a bar if the total is known, and notes.
fn position_line(status: &Status, columns: usize, look: Look) -> String {
    let mut line = match status.total {
        Some(total) => format!("{} / {}", clock(status.seconds), clock(total)),
        None => clock(status.seconds),
    };
    let mut notes = String::new();
    for note in &status.notes {
        let note = fit(note, usize::MAX, "");
        if width(&line) + width(&notes) + width(&note) + 2 <= columns {
            notes.push_str("  ");
            notes.push_str(&note);
        }
    }
    let room = columns.saturating_sub(width(&line) + width(&notes) + 1);
    if let Some(total) = status.total
        && room >= MIN_BAR
    {
        line.push(' ');
        line.push_str(&bar(status.seconds, total, room.min(MAX_BAR), look));
    }
    fit(&(line + &notes), columns, ellipsis(look))
}

fn bar(seconds: f64, total: f64, columns: usize, look: Look) -> String {
    let part = match total > 0.0 {
        true => (seconds / total).clamp(0.0, 1.0),
        false => 1.0,
    };
    let inner = columns - 2;
    let done = (part * inner as f64).round() as usize;
    let (full, rest) = if look.has_unicode {
        ("━", "─")
    } else {
        ("=", "-")
    };
    format!("[{}{}]", full.repeat(done), rest.repeat(inner - done))
}

/// Words in as many lines as they need.
fn wrapped(words: &[&str], columns: usize, look: Look) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        let word = match look.has_unicode {
            true => (*word).to_owned(),
            false => word.replace('←', "Left").replace('→', "Right"),
        };
        match lines.last_mut() {
            Some(line) if width(line) + 3 + width(&word) <= columns => {
                line.push_str("   ");
                line.push_str(&word);
            }
            _ => lines.push(fit(&word, columns, ellipsis(look))),
        }
    }
    lines
}

/// The status in one line of text.
fn line(status: &Status, meter: &Meter) -> String {
    let position = match status.total {
        Some(total) => format!("{} / {}", clock(status.seconds), clock(total)),
        None => clock(status.seconds),
    };
    let mut line = format!("{position}  {}", meter.line());
    for note in &status.notes {
        line.push_str(", ");
        line.push_str(&fit(note, usize::MAX, ""));
    }
    line
}

/// Minutes and seconds: `1:15.2`.
pub fn clock(seconds: f64) -> String {
    // Rounded first, so that 59.96 is not 0:60.0.
    let tenths = (seconds.max(0.0) * 10.0).round_ties_even() as u64;
    format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

/// A number of xruns, if there were any.
pub fn xruns(number: u64, word: &str) -> Option<String> {
    (number > 0).then(|| count(number, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Look = Look {
        has_color: false,
        has_unicode: true,
    };

    fn status() -> Status {
        Status {
            title: "2/3  夜に駆ける – YOASOBI 🎵 (Live at Budokan, Tokyo)".to_owned(),
            details: "FLAC, S16_LE, 44100 Hz, 2 channels, on default".to_owned(),
            seconds: 75.25,
            total: Some(301.0),
            notes: vec![
                "paused".to_owned(),
                "-6 dB".to_owned(),
                "12 underruns".to_owned(),
            ],
            show_legend: true,
        }
    }

    #[test]
    fn seconds_are_shown_as_a_clock() {
        assert_eq!(clock(0.0), "0:00.0");
        assert_eq!(clock(75.25), "1:15.2");
        assert_eq!(clock(59.96), "1:00.0");
        assert_eq!(clock(3600.0), "60:00.0");
    }

    #[test]
    fn no_line_reaches_the_edge_of_the_terminal() {
        let mut meter = Meter::default();
        meter.update(&[Some(-6.0); 2], &[true; 2], Channels::Each, Instant::now());
        for columns in [40, 41, 80, 120] {
            for rows in [3, 5, 24] {
                let lines = block(&status(), &meter, TerminalSize { columns, rows }, PLAIN);
                assert!(lines.len() < rows.max(6), "{lines:?}");
                for line in lines {
                    assert!(width(&line) < columns, "{columns}: {line}");
                }
            }
        }
    }

    #[test]
    fn what_matters_most_is_shown_first() {
        let at = |columns| {
            let size = TerminalSize { columns, rows: 24 };
            block(&status(), &Meter::default(), size, PLAIN)
        };
        let narrow = at(40);
        assert_eq!(narrow[0], "2/3  夜に駆ける – YOASOBI 🎵 (Live at…");
        assert_eq!(narrow[1], "1:15.2 / 5:01.0 [━━────]  paused  -6 dB");
        let wide = at(120);
        assert!(wide[0].starts_with("2/3  夜に駆ける – YOASOBI 🎵 (Live at Budokan, Tokyo)  "));
        assert!(wide[0].ends_with("  FLAC, S16_LE, 44100 Hz, 2 channels, on default"));
        assert!(wide[1].starts_with("1:15.2 / 5:01.0 [━━━"));
        assert!(wide[1].ends_with("─]  paused  -6 dB  12 underruns"));
    }

    #[test]
    fn control_characters_in_tags_have_no_effect() {
        let status = Status {
            title: "a\u{1b}[2J".to_owned(),
            notes: vec!["b\u{7}".to_owned()],
            ..Status::default()
        };
        let size = TerminalSize {
            columns: 80,
            rows: 24,
        };
        let lines = block(&status, &Meter::default(), size, PLAIN);
        assert_eq!(lines, ["a\\u001b[2J", "0:00.0  b\\u0007"]);
        assert_eq!(line(&status, &Meter::default()), "0:00.0   dBFS, b\\u0007");
    }
}
