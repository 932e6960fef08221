//! Draws the screen: a header, the strips, levels, and a status line.

use super::bars;
use super::dialogs;
use super::look::{Look, centered};
use super::model::{Dialog, MixerModel, ScreenMessage};
use super::strip::MixerView;
use crate::commands::mixer::text::{self, PercentScale};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Block, Widget};

/// Smaller screens show only that they are too small.
const MIN_WIDTH: u16 = 20;
const MIN_HEIGHT: u16 = 7;

/// From this size on, there is a border around the screen.
const BORDER_WIDTH: u16 = 50;
const BORDER_HEIGHT: u16 = 14;

/// From this width on, the keys are shown beside the header.
const KEYS_WIDTH: u16 = 64;

/// The width of the keys beside the header.
const KEYS_COLUMN: u16 = 17;

/// A level below this is drawn as silence, in dBFS.
const MIN_LEVEL: f64 = -60.0;

/// The columns that a level needs, with the blanks after it.
const MIN_LEVEL_WIDTH: u16 = 5;

/// The keys beside the header, one per row.
const HEADER_KEYS: [(&str, &str); 4] = [
    ("F1 ?:", "Help"),
    ("F6 s:", "Card"),
    ("   /:", "Filter"),
    ("Esc q:", "Quit"),
];

/// A row of the header.
#[derive(Clone, Copy, PartialEq)]
enum HeaderRow {
    Card,
    View,
    Item,
    Values,
}

/// Draws the whole screen.
pub fn render(frame: &mut Frame, model: &MixerModel, look: Look) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    if area.width < MIN_WIDTH || area.height < MIN_HEIGHT {
        let message = format!("needs {MIN_WIDTH}x{MIN_HEIGHT}");
        centered(buffer, area, &message, Style::new());
        return;
    }
    let inner = border(buffer, area, look);
    let rows = header_rows(area.height);
    for (y, row) in (inner.y..).zip(rows) {
        header_row(
            buffer,
            Rect {
                y,
                height: 1,
                ..inner
            },
            *row,
            model,
            look,
        );
    }
    let gap = u16::from(inner.height > 16);
    let top = rows.len() as u16 + gap;
    let bottom = 1 + u16::from(model.levels.is_some());
    let body = Rect {
        y: inner.y + top,
        height: inner.height.saturating_sub(top + bottom),
        ..inner
    };
    body_of(buffer, body, model, look);
    let status = Rect {
        y: inner.bottom() - 1,
        height: 1,
        ..inner
    };
    levels(
        buffer,
        Rect {
            y: status.y.saturating_sub(1),
            ..status
        },
        model,
        look,
    );
    status_line(buffer, status, model, look);
    dialogs::render(buffer, area, model, look);
}

/// Draws the border and returns what is inside, with a blank column on both sides.
fn border(buffer: &mut Buffer, area: Rect, look: Look) -> Rect {
    if area.width < BORDER_WIDTH || area.height < BORDER_HEIGHT {
        return area;
    }
    let title = Line::from(" aloud mixer ").alignment(Alignment::Center);
    let block = Block::bordered().border_set(look.border()).title(title);
    let inner = block.inner(area);
    block.render(area, buffer);
    Rect {
        x: inner.x + 1,
        width: inner.width - 2,
        ..inner
    }
}

/// The rows of the header that a screen of this height has.
fn header_rows(height: u16) -> &'static [HeaderRow] {
    use HeaderRow::{Card, Item, Values, View};
    match height {
        0..9 => &[Item],
        9..12 => &[View, Item],
        12..14 => &[Card, View, Item],
        _ => &[Card, View, Item, Values],
    }
}

fn header_row(buffer: &mut Buffer, area: Rect, row: HeaderRow, model: &MixerModel, look: Look) {
    let mut width = area.width;
    if width >= KEYS_WIDTH {
        width -= KEYS_COLUMN;
        let (key, name) = HEADER_KEYS[row as usize];
        let x = area.x + width + 1;
        buffer.set_string(x, area.y, format!("{key:>6}"), look.label());
        buffer.set_string(x + 7, area.y, name, Style::new());
    }
    let (label, text) = match row {
        HeaderRow::Card => ("Card", card(model)),
        HeaderRow::View => ("View", view_names(model.view, area.width >= BORDER_WIDTH)),
        HeaderRow::Item => ("Item", item(model)),
        HeaderRow::Values => ("", values(model)),
    };
    let label_width = 6;
    if !label.is_empty() {
        buffer.set_string(area.x, area.y, format!("{label}:"), look.label());
    }
    let text_width = usize::from(width.saturating_sub(label_width));
    let style = match row {
        HeaderRow::Item => look.strong(),
        _ => Style::new(),
    };
    buffer.set_stringn(area.x + label_width, area.y, text, text_width, style);
}

fn card(model: &MixerModel) -> String {
    match model.title == model.device || model.title.is_empty() {
        true => model.device.clone(),
        false => format!("{} ({})", model.title, model.device),
    }
}

/// The names of the views, with the current one in brackets.
fn view_names(current: MixerView, with_keys: bool) -> String {
    let name = |(number, (view, name)): (usize, (MixerView, &str))| {
        let key = match with_keys {
            true => format!("F{}:", number + 3),
            false => String::new(),
        };
        match view == current {
            true => format!("{key}[{name}]"),
            false => format!("{key} {name} "),
        }
    };
    let names: Vec<_> = MixerView::ALL.into_iter().enumerate().map(name).collect();
    names.join("  ")
}

/// The name of the selected control, and its state in words.
fn item(model: &MixerModel) -> String {
    let strips = model.strips();
    let Some(selected) = model.selected_in(&strips) else {
        return "none".to_owned();
    };
    let strip = &strips[selected];
    let mut words = vec![strip.title()];
    if !strip.control.active {
        words.push("inactive".to_owned());
    }
    words.extend(switch_word(&strip.muted(), "muted", "not muted"));
    words.extend(switch_word(
        &strip.capturing(),
        "capturing",
        "not capturing",
    ));
    let items = strip.control.enumeration.iter();
    words.extend(items.flat_map(|items| joined(&items.current)));
    words.join(", ")
}

/// The state of a switch; which channels, if they differ.
fn switch_word(states: &[bool], on: &str, off: &str) -> Option<String> {
    match (
        states.iter().any(|state| *state),
        states.iter().all(|state| *state),
    ) {
        _ if states.is_empty() => None,
        (_, true) => Some(on.to_owned()),
        (false, _) => Some(off.to_owned()),
        (true, false) => Some(format!("{on} in part")),
    }
}

/// The volume of the selected control, in all units.
fn values(model: &MixerModel) -> String {
    let strips = model.strips();
    let Some(selected) = model.selected_in(&strips) else {
        return String::new();
    };
    let strip = &strips[selected];
    if let Some(error) = &strip.control.error {
        return error.message.clone();
    }
    let Some(range) = strip.range() else {
        return String::new();
    };
    let percent = |scale| {
        let all = strip.percentages(scale).into_iter();
        joined(&all.map(|percent| format!("{percent}%")).collect::<Vec<_>>())
    };
    let db = strip.channels().iter().filter_map(|channel| channel.db);
    let db: Vec<String> = db.map(db_text).collect();
    let raw = strip.channels().iter().filter_map(|channel| channel.raw);
    let raw: Vec<String> = raw.map(|raw| raw.to_string()).collect();
    let raw = joined(&raw).map(|raw| text::raw_text(&raw, range));
    let (other, name) = match model.scale {
        PercentScale::Raw => (PercentScale::Mapped, "mapped"),
        PercentScale::Mapped => (PercentScale::Raw, "of raw"),
    };
    let parts = [
        percent(model.scale),
        joined(&db),
        raw,
        percent(other).map(|percent| format!("{percent} {name}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

fn db_text(db: f64) -> String {
    match db {
        db if db <= -99_999.0 => "-inf dB".to_owned(),
        db => format!("{db:.2} dB"),
    }
}

/// The values, or one if all are the same. `None` without values.
fn joined(values: &[String]) -> Option<String> {
    let first = values.first()?;
    match values.iter().all(|value| value == first) {
        true => Some(first.clone()),
        false => Some(values.join("/")),
    }
}

fn body_of(buffer: &mut Buffer, area: Rect, model: &MixerModel, look: Look) {
    let strips = model.strips();
    if let Some(selected) = model.selected_in(&strips) {
        bars::render(buffer, area, model, &strips, selected, look);
    } else {
        let text = nothing(model);
        let y = area.y + area.height / 2;
        centered(
            buffer,
            Rect {
                y,
                height: 1,
                ..area
            },
            &text,
            Style::new(),
        );
    }
}

/// Why there are no strips.
fn nothing(model: &MixerModel) -> String {
    let in_view = |view: MixerView| {
        let direction = view_names(view, false);
        let direction = direction.split(['[', ']']).nth(1).unwrap_or_default();
        format!(
            "This mixer has no {} controls (F5: all)",
            direction.to_lowercase()
        )
    };
    match (&model.filter, model.controls.is_empty(), model.view) {
        (_, true, _) => "This mixer has no controls (F6: another card)".to_owned(),
        (filter, ..) if !filter.is_empty() => format!("No control here has '{filter}' in its name"),
        (_, _, view) => in_view(view),
    }
}

/// Draws the capture levels beside each other.
fn levels(buffer: &mut Buffer, area: Rect, model: &MixerModel, look: Look) {
    let Some(levels) = &model.levels else {
        return;
    };
    buffer.set_stringn(area.x, area.y, "In:", usize::from(area.width), look.label());
    let room = area.width.saturating_sub(4);
    let width_for = |channels: usize| room / u16::try_from(channels.max(1)).unwrap_or(u16::MAX);
    // With many channels, only the loudest.
    let loudest = [levels.peaks.iter().copied().fold(MIN_LEVEL - 1.0, f64::max)];
    let peaks = match width_for(levels.peaks.len()) < MIN_LEVEL_WIDTH {
        true => &loudest[..],
        false => &levels.peaks,
    };
    let width = width_for(peaks.len());
    for (peak, x) in peaks
        .iter()
        .zip((area.x + 4..).step_by(usize::from(width.max(1))))
    {
        level(
            buffer,
            Rect {
                x,
                width: width.saturating_sub(2),
                ..area
            },
            *peak,
            look,
        );
    }
}

/// Draws one level: a bar and its value, or only the bar.
fn level(buffer: &mut Buffer, area: Rect, peak: f64, look: Look) {
    let value = match peak {
        peak if peak < MIN_LEVEL => "  -inf".to_owned(),
        peak => format!("{peak:>6.1}"),
    };
    let bar = match area.width {
        0..14 => area.width,
        width => width - 7,
    };
    let height = (1.0 - peak / MIN_LEVEL).clamp(0.0, 1.0);
    let filled = (height * f64::from(bar)).ceil() as u16;
    for at in 0..bar {
        let is_filled = at < filled;
        let style = match is_filled {
            true => look.bar_style(f64::from(at) / f64::from(bar)),
            false => look.faint(),
        };
        buffer.set_string(area.x + at, area.y, look.level(is_filled), style);
    }
    if bar < area.width {
        buffer.set_string(area.x + bar + 1, area.y, value, Style::new());
    }
}

fn status_line(buffer: &mut Buffer, area: Rect, model: &MixerModel, look: Look) {
    let (text, style) = match (&model.dialog, &model.message) {
        (Dialog::Filter, _) => (format!("/{}_", model.filter), Style::new()),
        (_, Some(ScreenMessage::Error(error))) => (error.clone(), look.error()),
        (_, Some(ScreenMessage::Note(note))) => (note.clone(), Style::new()),
        _ if model.is_gone => (gone(model), look.error()),
        _ => (settings(model, area.width), look.faint()),
    };
    buffer.set_stringn(area.x, area.y, text, usize::from(area.width), style);
}

fn gone(model: &MixerModel) -> String {
    format!("'{}' went away; waiting until it is back", model.device)
}

/// What is set on the screen itself, and the keys for it.
fn settings(model: &MixerModel, width: u16) -> String {
    let scale = match model.scale {
        PercentScale::Raw => "r: raw percent",
        PercentScale::Mapped => "r: alsamixer's scale",
    };
    let levels = match &model.levels {
        Some(levels) => format!("v: levels of {}", levels.device),
        None => "v: levels off".to_owned(),
    };
    let mut parts = vec![scale.to_owned(), levels];
    if !model.filter.is_empty() {
        parts.insert(0, format!("/: {}", model.filter));
    }
    if width < KEYS_WIDTH {
        parts.push("?: help".to_owned());
    }
    parts.join("   ")
}
