//! Draws the strips: bars, switches, values and names.

use super::look::{Look, centered};
use super::model::MixerModel;
use super::strip::Strip;
use crate::commands::mixer::text::PercentScale;
use crate::commands::ui::fit;
use aloud::audio::mixer::Enumeration;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

/// The widths that a strip may have.
const MIN_STRIP_WIDTH: u16 = 9;
const MAX_STRIP_WIDTH: u16 = 18;

/// From this height on, bars have a frame.
const FRAME_HEIGHT: u16 = 7;

/// From this height on, long names have two rows.
const TWO_ROWS_HEIGHT: u16 = 9;

/// The rows of a strip.
struct StripRows {
    bars: Rect,
    /// Only if there are mute switches.
    mute: Option<Rect>,
    /// Only if there are capture switches.
    capture: Option<Rect>,
    values: Rect,
    name: Rect,
}

/// Draws the strips that fit, the selected one among them.
pub fn render(
    buffer: &mut Buffer,
    area: Rect,
    model: &MixerModel,
    strips: &[Strip],
    selected: usize,
    look: Look,
) {
    let width = strip_width(area.width, strips.len());
    let fitting = usize::from(area.width / width).max(1);
    let first = first_shown(strips.len(), fitting, selected);
    let shown = &strips[first..strips.len().min(first + fitting)];
    let left = area.x + (area.width - width * shown.len() as u16) / 2;
    let needs = RowNeeds::of(strips, width);
    for (at, strip) in shown.iter().enumerate() {
        let place = Rect {
            x: left + width * at as u16,
            width,
            ..area
        };
        let rows = StripRows::of(place, needs);
        draw(buffer, &rows, strip, first + at == selected, model, look);
    }
    let more = [first > 0, first + shown.len() < strips.len()];
    let edges = [area.x, area.right() - 1];
    for ((arrow, x), _) in look
        .arrows()
        .iter()
        .zip(edges)
        .zip(more)
        .filter(|(_, more)| *more)
    {
        buffer.set_string(x, area.y + area.height / 2, arrow, look.strong());
    }
}

fn strip_width(width: u16, strips: usize) -> u16 {
    let even = usize::from(width) / strips.max(1);
    let even = u16::try_from(even).unwrap_or(MAX_STRIP_WIDTH);
    even.clamp(MIN_STRIP_WIDTH, MAX_STRIP_WIDTH)
}

/// The number of the first strip that is shown: the selected one is in the middle, except near the ends.
fn first_shown(strips: usize, fitting: usize, selected: usize) -> usize {
    let last_first = strips.saturating_sub(fitting);
    selected.saturating_sub(fitting / 2).min(last_first)
}

/// What the strips need rows for.
#[derive(Clone, Copy)]
struct RowNeeds {
    mute: bool,
    capture: bool,
    /// A second row for names.
    long_names: bool,
}

impl RowNeeds {
    fn of(strips: &[Strip], width: u16) -> RowNeeds {
        let is_long = |strip: &Strip| Line::from(strip.title()).width() as u16 > width - 2;
        RowNeeds {
            mute: strips.iter().any(|strip| !strip.muted().is_empty()),
            capture: strips.iter().any(|strip| !strip.capturing().is_empty()),
            long_names: strips.iter().any(is_long),
        }
    }
}

impl StripRows {
    fn of(area: Rect, needs: RowNeeds) -> StripRows {
        let names = 1 + u16::from(needs.long_names && area.height >= TWO_ROWS_HEIGHT);
        let switches = u16::from(needs.mute) + u16::from(needs.capture);
        let bars = area.height.saturating_sub(switches + 1 + names);
        let row = |at: u16, height: u16| Rect {
            y: area.y + bars + at,
            height,
            ..area
        };
        StripRows {
            bars: Rect {
                height: bars,
                ..area
            },
            mute: needs.mute.then(|| row(0, 1)),
            capture: needs.capture.then(|| row(switches - 1, 1)),
            values: row(switches, 1),
            name: row(switches + 1, names),
        }
    }
}

fn draw(
    buffer: &mut Buffer,
    rows: &StripRows,
    strip: &Strip,
    is_selected: bool,
    model: &MixerModel,
    look: Look,
) {
    let is_faint = model.is_gone || !strip.control.active;
    match &strip.control.enumeration {
        Some(items) => draw_items(buffer, rows.bars, items, look),
        None => draw_bars(buffer, rows.bars, strip, (model.scale, is_faint), look),
    }
    let error = strip.control.error.is_some();
    if error {
        centered(buffer, rows.values, "error", look.error());
    }
    if let Some(area) = rows.mute {
        draw_mute(buffer, area, &strip.muted(), look);
    }
    if let Some(area) = rows.capture {
        draw_capture(buffer, area, &strip.capturing(), look);
    }
    centered(
        buffer,
        rows.values,
        &values(&strip.percentages(model.scale)),
        Style::new(),
    );
    draw_name(buffer, rows.name, &strip.title(), is_selected, look);
}

/// `17<>40` for two channels, as in alsamixer; the lowest and the highest of more.
fn values(all: &[i64]) -> String {
    match (all, all.iter().min(), all.iter().max()) {
        ([left, right], ..) => format!("{left}<>{right}"),
        (_, Some(min), Some(max)) if min < max => format!("{min}-{max}"),
        (_, Some(min), _) => min.to_string(),
        _ => String::new(),
    }
}

fn draw_bars(
    buffer: &mut Buffer,
    area: Rect,
    strip: &Strip,
    (scale, is_faint): (PercentScale, bool),
    look: Look,
) {
    let channels = strip.channels();
    let positions: Vec<f64> = strip
        .percentages(scale)
        .iter()
        .map(|percent| *percent as f64 / 100.0)
        .collect();
    if positions.is_empty() || area.height == 0 {
        return;
    }
    let cell = if channels.len() <= 2 { 2 } else { 1 };
    let count = (positions.len() as u16).min((area.width - 2) / cell);
    let bars = Rect {
        x: area.x + (area.width - count * cell) / 2,
        width: count * cell,
        ..area
    };
    let bars = framed(buffer, bars, look);
    let muted = strip.muted();
    for (at, position) in positions.into_iter().take(usize::from(count)).enumerate() {
        let is_faint = is_faint || muted.get(at).is_some_and(|muted| *muted);
        let bar = Rect {
            x: bars.x + cell * at as u16,
            width: cell,
            ..bars
        };
        draw_bar(buffer, bar, position, is_faint, look);
    }
}

/// Draws a frame around the bars if there is room for it. Returns the bars' new place.
fn framed(buffer: &mut Buffer, bars: Rect, look: Look) -> Rect {
    if bars.height < FRAME_HEIGHT {
        return bars;
    }
    let frame = look.border();
    let line = frame.horizontal_top.repeat(usize::from(bars.width));
    let (left, bottom) = (bars.x - 1, bars.bottom() - 1);
    let top = format!("{}{line}{}", frame.top_left, frame.top_right);
    let end = format!("{}{line}{}", frame.bottom_left, frame.bottom_right);
    buffer.set_string(left, bars.y, top, look.faint());
    buffer.set_string(left, bottom, end, look.faint());
    for y in bars.y + 1..bottom {
        buffer.set_string(left, y, frame.vertical_left, look.faint());
        buffer.set_string(bars.right(), y, frame.vertical_right, look.faint());
    }
    Rect {
        y: bars.y + 1,
        height: bars.height - 2,
        ..bars
    }
}

/// Draws one bar up to a position from 0 to 1, in halves of rows. Only silence is empty, and only the maximum full.
fn draw_bar(buffer: &mut Buffer, area: Rect, position: f64, is_faint: bool, look: Look) {
    let halves = usize::from(area.height) * 2;
    let filled = match (position * halves as f64).round() as usize {
        _ if position <= 0.0 => 0,
        _ if position >= 1.0 => halves,
        filled => filled.clamp(1, halves.saturating_sub(1)),
    };
    for row in 0..area.height {
        let filled = filled.saturating_sub(usize::from(row) * 2);
        let height = (f64::from(row) + 0.5) / f64::from(area.height);
        let style = match filled == 0 || is_faint {
            true => look.faint(),
            false => look.bar_style(height),
        };
        let symbols = look.bar(filled).repeat(usize::from(area.width));
        buffer.set_string(area.x, area.bottom() - 1 - row, symbols, style);
    }
}

/// Draws the items below each other, the current one in brackets. If not all fit, those around the current one.
fn draw_items(buffer: &mut Buffer, area: Rect, items: &Enumeration, look: Look) {
    let rows = usize::from(area.height);
    let is_current = |item: &String| items.current.contains(item);
    let current = items.items.iter().position(is_current).unwrap_or_default();
    let first = first_shown(items.items.len(), rows, current);
    let shown = items.items.iter().skip(first).take(rows);
    // Next to the values of other strips.
    let top = area.bottom() - shown.len() as u16;
    for (y, item) in (top..).zip(shown) {
        let row = Rect {
            y,
            height: 1,
            width: area.width - 1,
            ..area
        };
        match is_current(item) {
            true => centered(buffer, row, &format!("[{item}]"), look.strong()),
            false => centered(buffer, row, item, look.faint()),
        }
    }
}

/// `OO` or `MM`, as in alsamixer: a letter for each channel.
fn draw_mute(buffer: &mut Buffer, area: Rect, muted: &[bool], look: Look) {
    let letter = |muted: &bool| if *muted { "M" } else { "O" };
    let letters: String = muted.iter().map(letter).collect();
    let text = match muted {
        [only] => letter(only).repeat(2),
        _ => letters,
    };
    let style = match muted.contains(&true) {
        true => look.selected(),
        false => look.on(),
    };
    centered(buffer, area, &text, style);
}

/// `CAPTURE` or `-------`, as in alsamixer, or which channels capture.
fn draw_capture(buffer: &mut Buffer, area: Rect, capturing: &[bool], look: Look) {
    let all = capturing.iter().all(|on| *on);
    let (text, style) = match capturing {
        [] => return,
        _ if all => ("CAPTURE", look.capturing()),
        [true, false] => ("L------", look.capturing()),
        [false, true] => ("------R", look.capturing()),
        _ if capturing.contains(&true) => ("PARTLY", look.capturing()),
        _ => ("-------", look.faint()),
    };
    centered(buffer, area, text, style);
}

/// Draws a name in one row or two. The selected one is in reverse video and in `<` and `>`.
fn draw_name(buffer: &mut Buffer, area: Rect, name: &str, is_selected: bool, look: Look) {
    let rows = wrapped(name, usize::from(area.width - 2), usize::from(area.height));
    for (y, row) in (area.y..).zip(rows) {
        let place = Rect {
            y,
            height: 1,
            ..area
        };
        match is_selected {
            true => centered(buffer, place, &format!("<{row}>"), look.selected()),
            false => centered(buffer, place, &row, Style::new()),
        }
    }
}

/// A name in at most two rows, cut off where it does not fit.
fn wrapped(name: &str, width: usize, rows: usize) -> Vec<String> {
    let first = fit(name, width, "");
    if rows < 2 || first == name {
        return vec![first];
    }
    let is_blank = |(at, _): &(usize, _)| Line::from(&name[..*at]).width() <= width;
    let blank = name.match_indices(' ').take_while(is_blank).last();
    let end = blank.map_or(first.len(), |(at, _)| at);
    let (first, rest) = name.split_at(end);
    vec![fit(first, width, ""), fit(rest.trim_start(), width, "")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_strip_is_always_shown() {
        for strips in 1..30 {
            for fitting in 1..10 {
                for selected in 0..strips {
                    let first = first_shown(strips, fitting, selected);
                    assert!((first..first + fitting).contains(&selected));
                    assert!(first == 0 || first + fitting <= strips);
                }
            }
        }
    }

    #[test]
    fn names_are_wrapped_at_a_blank_or_cut() {
        assert_eq!(wrapped("Master", 7, 2), ["Master"]);
        assert_eq!(wrapped("Mic Boost", 7, 2), ["Mic", "Boost"]);
        assert_eq!(wrapped("External I/O Box", 11, 2), ["External", "I/O Box"]);
        assert_eq!(wrapped("Synthesizer", 7, 2), ["Synthes", "izer"]);
        assert_eq!(wrapped("Mic Boost", 7, 1), ["Mic Boo"]);
        // Wide characters take two columns.
        assert_eq!(wrapped("マイク入力", 7, 1), ["マイク"]);
        assert_eq!(wrapped("マイク入力の音量", 7, 2), ["マイク", "入力の"]);
        assert_eq!(wrapped("マイク 入力の音量", 7, 2), ["マイク", "入力の"]);
    }

    #[test]
    fn values_are_alsamixers() {
        assert_eq!(values(&[17, 40]), "17<>40");
        assert_eq!(values(&[17]), "17");
        assert_eq!(values(&[17, 17, 17, 17]), "17");
        assert_eq!(values(&[17, 3, 40]), "3-40");
        assert_eq!(values(&[]), "");
    }
}
