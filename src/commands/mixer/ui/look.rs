//! Colors and symbols: what the terminal can show.

use crate::commands::ui::is_utf8_locale;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;
use ratatui::text::Line;

pub use crate::commands::ui::Look;

const ASCII_BORDER: border::Set = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

impl Look {
    /// Symbols for the locale that the environment sets.
    pub fn of_environment(has_color: bool) -> Look {
        Look {
            has_color,
            has_unicode: is_utf8_locale(),
        }
    }

    pub fn border(self) -> border::Set<'static> {
        match self.has_unicode {
            true => border::PLAIN,
            false => ASCII_BORDER,
        }
    }

    /// The cell of a bar that is `filled` to this part: from 0 to 2 halves. All symbols are in the fonts of Linux
    /// consoles, which lack the eighths.
    pub fn bar(self, filled: usize) -> &'static str {
        match (filled, self.has_unicode) {
            (0, true) => "░",
            (1, true) => "▄",
            (_, true) => "█",
            (0, false) => ".",
            (1, false) => "=",
            (_, false) => "#",
        }
    }

    /// The cell of a horizontal bar.
    pub fn level(self, is_filled: bool) -> &'static str {
        match (is_filled, self.has_unicode) {
            (true, true) => "■",
            (true, false) => "#",
            (false, true) => "·",
            (false, false) => ".",
        }
    }

    /// Marks for more strips to the left and to the right.
    pub fn arrows(self) -> [&'static str; 2] {
        match self.has_unicode {
            true => ["←", "→"],
            false => ["<", ">"],
        }
    }

    fn colored(self, color: Color) -> Style {
        match self.has_color {
            true => Style::new().fg(color),
            false => Style::new(),
        }
    }

    /// The part of a bar at a height from 0 to 1.
    pub fn bar_style(self, height: f64) -> Style {
        self.colored(match height {
            height if height < 0.6 => Color::Green,
            height if height < 0.85 => Color::Yellow,
            _ => Color::Red,
        })
    }

    /// Keys, and the names of what is shown beside them.
    pub fn label(self) -> Style {
        self.colored(Color::Cyan)
    }

    /// What has no effect: a muted bar, an inactive control. Dark gray would be invisible with the colors of Solarized.
    pub fn faint(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    pub fn on(self) -> Style {
        self.colored(Color::Green)
    }

    pub fn capturing(self) -> Style {
        self.colored(Color::Red).add_modifier(Modifier::BOLD)
    }

    pub fn error(self) -> Style {
        self.colored(Color::Red).add_modifier(Modifier::BOLD)
    }

    pub fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }

    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }
}

/// Draws text in the middle of a row.
pub fn centered(buffer: &mut Buffer, area: Rect, text: &str, style: Style) {
    if area.is_empty() {
        return;
    }
    let width = (Line::from(text).width() as u16).min(area.width);
    let x = area.x + (area.width - width) / 2;
    buffer.set_stringn(x, area.y, text, usize::from(area.width), style);
}
