//! Draws the dialogs over the strips.

use super::keys::HELP;
use super::look::Look;
use super::model::{Dialog, MixerModel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Widget};

/// A row of a dialog. The first column has this style.
struct DialogRow {
    key: String,
    text: String,
}

/// Draws the dialog, if there is one.
pub fn render(buffer: &mut Buffer, area: Rect, model: &MixerModel, look: Look) {
    match &model.dialog {
        Dialog::None | Dialog::Filter => {}
        Dialog::Help(row) => {
            let rows = HELP.map(|(key, text)| DialogRow {
                key: format!("{key:<19}  "),
                text: text.to_owned(),
            });
            draw(buffer, area, " Keys ", &rows, (*row, None), look);
        }
        Dialog::Mixers { choices, chosen } => {
            let row = |choice: &super::model::MixerChoice| DialogRow {
                key: String::new(),
                text: choice.title.clone(),
            };
            let rows: Vec<_> = choices.iter().map(row).collect();
            let first = chosen.saturating_sub(usize::from(area.height) / 2);
            draw(buffer, area, " Card ", &rows, (first, Some(*chosen)), look);
        }
    }
}

/// Draws a box with rows in the middle of the screen: from row `first` on, except that the last rows fill it.
fn draw(
    buffer: &mut Buffer,
    area: Rect,
    title: &str,
    rows: &[DialogRow],
    (first, chosen): (usize, Option<usize>),
    look: Look,
) {
    let width_of = |row: &DialogRow| Line::from(format!("{}{}", row.key, row.text)).width();
    let widest = rows.iter().map(width_of).max().unwrap_or_default();
    let width = u16::try_from(widest + 4).unwrap_or(area.width);
    let height = u16::try_from(rows.len() + 2).unwrap_or(area.height);
    let place = middle(area, width.max(24), height);
    Clear.render(place, buffer);
    let block = Block::bordered().border_set(look.border()).title(title);
    let inner = block.inner(place);
    block.render(place, buffer);
    let shown = usize::from(inner.height);
    let first = first.min(rows.len().saturating_sub(shown));
    for (y, (number, row)) in (inner.y..).zip(rows.iter().enumerate().skip(first).take(shown)) {
        let is_chosen = chosen == Some(number);
        let style = if is_chosen {
            look.selected()
        } else {
            Style::new()
        };
        let mark = if is_chosen { ">" } else { " " };
        let width = usize::from(inner.width);
        buffer.set_string(inner.x, y, mark, style);
        let (x, _) = buffer.set_stringn(inner.x + 1, y, &row.key, width - 1, look.label());
        let left = usize::from(inner.right() - x);
        buffer.set_stringn(x, y, &row.text, left, style);
    }
}

/// A place in the middle of the screen, cut to the screen.
fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}
