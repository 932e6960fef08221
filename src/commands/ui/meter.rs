//! Level bars: peaks that fall slowly, the highest of which is held, with a mark for samples at full scale.

use super::fit::width;
use super::terminal::Look;
use aloud::audio::dsp::meter::SILENCE_DB;
use anstyle::{AnsiColor, Style};
use std::time::{Duration, Instant};

/// The left end of a bar.
const FLOOR_DBFS: f64 = -60.0;

/// Up to this many channels have a bar each. More are shown in one cell each.
pub const MAX_BARS: usize = 8;

/// How fast a bar falls, in dB per second.
const FALL: f64 = 40.0;

/// How long the highest peak stays.
const HOLD: Duration = Duration::from_millis(1500);

/// How long the mark of a clipped sample stays.
const CLIP_HOLD: Duration = Duration::from_secs(3);

/// From these levels on, bars are yellow and red.
const LOUD_DBFS: f64 = -12.0;
const HOT_DBFS: f64 = -3.0;

const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const RED: Style = AnsiColor::Red.on_default();
const CLIP: Style = AnsiColor::Red.on_default().bold();

/// How channels are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Channels {
    /// One bar for each.
    #[default]
    Each,
    /// One bar, for the loudest.
    Loudest,
}

/// The bars of a transfer.
#[derive(Debug, Default)]
pub struct Meter {
    channels: Vec<Channel>,
    updated: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Channel {
    /// What the bar shows, and the recent highest.
    dbfs: f64,
    held: f64,
    held_since: Instant,
    clipped_at: Option<Instant>,
}

impl Meter {
    /// Takes the peaks of the time since the last update.
    pub fn update(
        &mut self,
        peaks: &[Option<f64>],
        clipped: &[bool],
        show: Channels,
        now: Instant,
    ) {
        let loudest;
        let any_clipped = [clipped.contains(&true)];
        let (peaks, clipped) = match show {
            Channels::Each => (peaks, clipped),
            Channels::Loudest => {
                loudest = [peaks.iter().copied().flatten().reduce(f64::max)];
                (&loudest[..], &any_clipped[..])
            }
        };
        let passed = self.updated.map_or(0.0, |at| (now - at).as_secs_f64());
        self.updated = Some(now);
        let silent = Channel {
            dbfs: f64::NEG_INFINITY,
            held: f64::NEG_INFINITY,
            held_since: now,
            clipped_at: None,
        };
        self.channels.resize(peaks.len(), silent);
        for (at, channel) in self.channels.iter_mut().enumerate() {
            let peak = peaks[at].filter(|peak| *peak > SILENCE_DB);
            let peak = peak.unwrap_or(f64::NEG_INFINITY);
            channel.update(peak, passed, now);
            if clipped.get(at) == Some(&true) {
                channel.clipped_at = Some(now);
            }
        }
    }

    /// How many lines it takes if it may take `max` lines of `columns` columns.
    pub fn lines(&self, columns: usize, max: usize, look: Look) -> Vec<String> {
        let count = self.channels.len();
        if count == 0 || max == 0 {
            return Vec::new();
        }
        if count > MAX_BARS || count > max {
            let mut lines = self.cells(columns, look);
            lines.truncate(max);
            return lines;
        }
        let labels = labels(count);
        let label_width = labels.iter().map(|label| width(label)).max().unwrap_or(0);
        let bar = columns.saturating_sub(label_width + BESIDE_BAR).max(1);
        let rows = labels.iter().zip(&self.channels);
        let mut lines: Vec<String> = rows
            .map(|(label, channel)| {
                let bar = channel.bar(bar, look);
                format!(
                    "{label:label_width$} {bar} {}",
                    channel.text(self.updated, look)
                )
            })
            .collect();
        if count < max {
            lines.push(format!("{:label_width$} {}", "", scale(bar)));
        }
        lines
    }

    /// One cell for each channel, and the loudest in words.
    fn cells(&self, columns: usize, look: Look) -> Vec<String> {
        let cells: Vec<String> = self
            .channels
            .iter()
            .map(|channel| channel.cell(self.updated, look))
            .collect();
        let mut lines: Vec<String> = cells.chunks(columns.max(1)).map(<[_]>::concat).collect();
        let loudest = (self.channels.iter().enumerate())
            .reduce(|a, b| if b.1.held > a.1.held { b } else { a });
        if let Some((at, channel)) = loudest {
            let text = channel.text(self.updated, look);
            lines.push(format!("channel {} {} dBFS", at + 1, text.trim()));
        }
        lines
    }

    /// The bars in one line of text: `[######----] -20.1 dBFS`. Many channels: `[...44..8] channel 8 -3.2 dBFS`.
    pub fn line(&self) -> String {
        let look = Look {
            has_color: false,
            has_unicode: false,
        };
        if self.channels.len() > MAX_BARS {
            let lines = self.cells(usize::MAX, look);
            return format!("[{}] {}", lines[0], lines[1]);
        }
        let bars = self.channels.iter().map(|channel| {
            let (bar, text) = (
                channel.bar(BAR_IN_LINE, look),
                channel.text(self.updated, look),
            );
            format!("[{}] {}", bar.replace(' ', "-"), text.trim())
        });
        format!("{} dBFS", bars.collect::<Vec<_>>().join(" "))
    }
}

/// Columns of a bar in a line of text.
const BAR_IN_LINE: usize = 20;

/// Columns of what is beside a bar, apart from its label.
const BESIDE_BAR: usize = 12;

impl Channel {
    fn update(&mut self, peak: f64, passed: f64, now: Instant) {
        self.dbfs = peak.max(self.dbfs - FALL * passed);
        if self.dbfs < FLOOR_DBFS {
            self.dbfs = peak;
        }
        if peak >= self.held || now - self.held_since >= HOLD {
            self.held = peak.max(self.dbfs);
            self.held_since = now;
        }
    }

    fn is_clipped(&self, now: Option<Instant>) -> bool {
        self.clipped_at
            .zip(now)
            .is_some_and(|(at, now)| now - at < CLIP_HOLD)
    }

    /// The recent highest level and the mark of a clipped sample, in ten columns.
    fn text(&self, now: Option<Instant>, look: Look) -> String {
        let clip = match self.is_clipped(now) {
            true => paint("CLIP", CLIP, look),
            false => "    ".to_owned(),
        };
        format!("{:>5} {clip}", number(self.held))
    }

    fn bar(&self, columns: usize, look: Look) -> String {
        let filled = position(self.dbfs, columns);
        let held = (self.held > FLOOR_DBFS).then(|| position(self.held, columns));
        let held = held.map(|held| (held.ceil() as usize).clamp(1, columns) - 1);
        let mut bar = String::new();
        let mut style = None;
        for at in 0..columns {
            let part = (filled - at as f64).clamp(0.0, 1.0);
            let cell = match held == Some(at) && self.held > self.dbfs {
                true if look.has_unicode => '│',
                true => '|',
                false => cell(part, look),
            };
            let level = FLOOR_DBFS - FLOOR_DBFS * (at as f64 + 0.5) / columns as f64;
            let wanted = Some(color(level)).filter(|_| look.has_color && cell != ' ');
            if wanted != style {
                bar.push_str(&change(style, wanted));
                style = wanted;
            }
            bar.push(cell);
        }
        bar + &change(style, None)
    }

    /// The level in one column.
    fn cell(&self, now: Option<Instant>, look: Look) -> String {
        if self.is_clipped(now) {
            return paint("!", CLIP, look);
        }
        let level = position(self.dbfs, 8);
        let cell = match look.has_unicode {
            _ if level <= 0.0 => '.',
            true => {
                ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][(level.ceil() as usize).clamp(1, 8) - 1]
            }
            false => char::from(b'0' + (level.ceil() as u8).clamp(1, 8)),
        };
        paint(&cell.to_string(), color(self.dbfs), look)
    }
}

/// A cell of a bar that is filled to `part`.
fn cell(part: f64, look: Look) -> char {
    match look.has_unicode {
        true => [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'][(part * 8.0).round() as usize],
        false if part >= 0.5 => '#',
        false => ' ',
    }
}

fn color(dbfs: f64) -> Style {
    match dbfs {
        _ if dbfs >= HOT_DBFS => RED,
        _ if dbfs >= LOUD_DBFS => YELLOW,
        _ => GREEN,
    }
}

fn change(from: Option<Style>, to: Option<Style>) -> String {
    let end = from.map_or(String::new(), |style| format!("{style:#}"));
    let start = to.map_or(String::new(), |style| format!("{style}"));
    end + &start
}

fn paint(text: &str, style: Style, look: Look) -> String {
    match look.has_color {
        true => format!("{style}{text}{style:#}"),
        false => text.to_owned(),
    }
}

/// Where a level is on a bar of `columns` columns.
fn position(dbfs: f64, columns: usize) -> f64 {
    let part = (dbfs - FLOOR_DBFS) / -FLOOR_DBFS;
    part.clamp(0.0, 1.0) * columns as f64
}

fn number(dbfs: f64) -> String {
    match dbfs {
        _ if dbfs == f64::NEG_INFINITY => "-inf".to_owned(),
        // More than five columns would move the rest of the line.
        _ if dbfs <= -99.95 => format!("{dbfs:.0}"),
        _ => format!("{dbfs:.1}"),
    }
}

fn labels(count: usize) -> Vec<String> {
    match count {
        1 => vec![String::new()],
        2 => vec!["L".to_owned(), "R".to_owned()],
        _ => (1..=count).map(|channel| channel.to_string()).collect(),
    }
}

/// The levels below a bar of `columns` columns: `-60  -40  -20  0 dBFS`.
fn scale(columns: usize) -> String {
    let step = match columns {
        _ if columns >= 48 => 10,
        _ if columns >= 24 => 20,
        _ => 30,
    };
    let mut line = String::new();
    for level in (FLOOR_DBFS as i32..0).step_by(step) {
        let at = position(f64::from(level), columns) as usize;
        line = format!("{line:at$}{level}");
    }
    format!("{line:columns$}0 dBFS")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Look = Look {
        has_color: false,
        has_unicode: false,
    };
    const BLOCKS: Look = Look {
        has_color: true,
        has_unicode: true,
    };

    fn meter(peaks: &[Option<f64>], clipped: &[bool]) -> Meter {
        let mut meter = Meter::default();
        meter.update(peaks, clipped, Channels::Each, Instant::now());
        meter
    }

    #[test]
    fn bars_have_a_scale_and_the_peak() {
        let lines = meter(&[Some(-30.0), None], &[false, false]).lines(40, 5, PLAIN);
        assert_eq!(
            lines,
            [
                "L ##############              -30.0     ",
                "R                              -inf     ",
                "  -60      -40      -20      0 dBFS",
            ]
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for channels in 1..=64 {
            for columns in [40, 79, 119, 200] {
                for look in [PLAIN, BLOCKS] {
                    let clipped = vec![true; channels];
                    let peaks = vec![Some(-6.0); channels];
                    let lines = meter(&peaks, &clipped).lines(columns, 10, look);
                    assert!(lines.len() <= 10 && !lines.is_empty());
                    for line in lines {
                        let plain = anstream::adapter::strip_str(&line).to_string();
                        assert!(width(&plain) <= columns, "{channels} {columns}: {plain:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn many_channels_take_a_cell_each() {
        let mut peaks = vec![Some(-30.0); 64];
        peaks[16] = Some(-3.2);
        peaks[1] = None;
        let mut clipped = vec![false; 64];
        clipped[2] = true;
        let lines = meter(&peaks, &clipped).lines(40, 10, PLAIN);
        assert_eq!(
            lines[0],
            format!("4.!{}8{}", "4".repeat(13), "4".repeat(23))
        );
        assert_eq!(lines[1], "4".repeat(24));
        assert_eq!(lines[2], "channel 17 -3.2 dBFS");
        // Where there is no terminal, all are in one line.
        let line = meter(&peaks, &clipped).line();
        let cells = format!("4.!{}8{}", "4".repeat(13), "4".repeat(47));
        assert_eq!(line, format!("[{cells}] channel 17 -3.2 dBFS"));
        // A few take a cell each, too, if there is no room for a bar each.
        let lines = meter(&peaks[..4], &clipped[..4]).lines(40, 3, PLAIN);
        assert_eq!(lines, ["4.!4", "channel 1 -30.0 dBFS"]);
    }

    #[test]
    fn a_bar_falls_slowly_and_its_peak_is_held() {
        let start = Instant::now();
        let mut meter = Meter::default();
        let mut bar = |after: u64, peak, clipped| {
            let now = start + Duration::from_millis(after);
            meter.update(&[peak], &[clipped], Channels::Each, now);
            let line = meter.lines(72, 1, PLAIN).remove(0);
            (line.matches('#').count(), line[61..].trim().to_owned())
        };
        assert_eq!(bar(0, Some(0.0), true), (60, "0.0 CLIP".to_owned()));
        assert_eq!(bar(500, Some(-50.0), false), (40, "0.0 CLIP".to_owned()));
        assert_eq!(bar(1000, None, false), (20, "0.0 CLIP".to_owned()));
        assert_eq!(bar(1500, None, false).1, "-60.0 CLIP");
        assert_eq!(bar(2500, None, false), (0, "-60.0 CLIP".to_owned()));
        assert_eq!(bar(3500, None, false), (0, "-inf".to_owned()));
    }

    #[test]
    fn one_bar_shows_the_loudest_channel() {
        let mut meter = Meter::default();
        let now = Instant::now();
        meter.update(
            &[Some(-40.0), Some(-10.0)],
            &[true, false],
            Channels::Loudest,
            now,
        );
        assert_eq!(meter.line(), "[#################---] -10.0 CLIP dBFS");
    }

    #[test]
    fn loud_parts_are_colored() {
        let line = meter(&[Some(0.0)], &[false]).lines(73, 1, BLOCKS).remove(0);
        let colors = [GREEN, YELLOW, RED].map(|style| format!("{style}"));
        let at = colors.map(|color| line.find(&color).unwrap());
        assert!(at.is_sorted(), "{line:?}");
    }
}
