//! What each key does.

use super::strip::{ChannelSide, MixerView};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key does outside of dialogs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyCommand {
    /// Select the strip that many places to the right.
    Select(isize),
    /// Change the volume by percent, or choose another item.
    Change(ChannelSide, i32),
    /// Set the volume in percent.
    Set(u8),
    Balance,
    ToggleMute(ChannelSide),
    ToggleCapture(ChannelSide),
    View(MixerView),
    /// Show the view that many places further.
    MoveView(usize),
    ToggleScale,
    ToggleLevels,
    ListMixers,
    Filter,
    Help,
    Redraw,
    Suspend,
    Quit,
    Interrupt,
}

/// The rows of the help: keys, and what they do.
pub const HELP: [(&str, &str); 20] = [
    ("Left Right h l n p", "Select a control"),
    ("Up Down k j + -", "Volume up, down; choose an item"),
    ("PgUp PgDn", "Volume up, down by 5%"),
    ("Shift-Up Shift-Down", "Volume up, down by 10%"),
    ("0-9  End  Home", "Volume 0%-90%, 0%, 100%"),
    ("Q w E", "Volume up: left, both, right"),
    ("z x c", "Volume down: left, both, right"),
    ("b =", "Same volume left and right"),
    ("m  , < . >", "Mute: both, left, right"),
    ("Space  ; '", "Capture: both, left, right"),
    ("Tab Shift-Tab", "Next, previous view"),
    ("F3 F4 F5", "View playback, capture, all"),
    ("F6 s", "Choose another card"),
    ("/", "Filter controls by name"),
    ("r", "alsamixer's scale or raw percent"),
    ("v", "Capture levels on, off"),
    ("F1 ?", "Help"),
    ("Ctrl-L", "Draw the screen again"),
    ("Ctrl-Z", "Suspend"),
    ("Esc q", "Quit"),
];

/// What a key does outside of dialogs. Letters mean the same in both cases, except for q.
pub fn command(key: KeyEvent) -> Option<KeyCommand> {
    use ChannelSide::{Both, Left, Right};
    use KeyCommand as Do;
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return with_control(key.code);
    }
    let shift = key.modifiers.contains(KeyModifiers::SHIFT);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    Some(match key.code {
        KeyCode::Char('q') => Do::Quit,
        KeyCode::Char('Q') if alt => Do::Quit,
        _ if alt => return None,
        KeyCode::Esc => Do::Quit,
        KeyCode::Left => Do::Select(-1),
        KeyCode::Right => Do::Select(1),
        KeyCode::Up => Do::Change(Both, if shift { 10 } else { 1 }),
        KeyCode::Down => Do::Change(Both, if shift { -10 } else { -1 }),
        KeyCode::PageUp => Do::Change(Both, 5),
        KeyCode::PageDown => Do::Change(Both, -5),
        KeyCode::Home => Do::Set(100),
        KeyCode::End => Do::Set(0),
        KeyCode::Tab => Do::MoveView(1),
        KeyCode::BackTab => Do::MoveView(2),
        KeyCode::F(number) => return function_key(number),
        KeyCode::Insert => Do::ToggleCapture(Left),
        KeyCode::Delete => Do::ToggleCapture(Right),
        KeyCode::Char('Q') => Do::Change(Left, 1),
        KeyCode::Char(c) => return character(c),
        _ => return None,
    })
}

fn character(c: char) -> Option<KeyCommand> {
    use ChannelSide::{Both, Left, Right};
    use KeyCommand as Do;
    Some(match c.to_ascii_lowercase() {
        'h' | 'p' => Do::Select(-1),
        'l' | 'n' => Do::Select(1),
        'k' | '+' | 'w' => Do::Change(Both, 1),
        'j' | '-' | 'x' => Do::Change(Both, -1),
        'e' => Do::Change(Right, 1),
        'z' => Do::Change(Left, -1),
        'c' => Do::Change(Right, -1),
        digit @ '0'..='9' => Do::Set((digit as u8 - b'0') * 10),
        'b' | '=' => Do::Balance,
        'm' => Do::ToggleMute(Both),
        ',' | '<' => Do::ToggleMute(Left),
        '.' | '>' => Do::ToggleMute(Right),
        ' ' => Do::ToggleCapture(Both),
        ';' => Do::ToggleCapture(Left),
        '\'' => Do::ToggleCapture(Right),
        's' => Do::ListMixers,
        '/' => Do::Filter,
        'r' => Do::ToggleScale,
        'v' => Do::ToggleLevels,
        '?' => Do::Help,
        _ => return None,
    })
}

fn function_key(number: u8) -> Option<KeyCommand> {
    Some(match number {
        1 => KeyCommand::Help,
        3 => KeyCommand::View(MixerView::Playback),
        4 => KeyCommand::View(MixerView::Capture),
        5 => KeyCommand::View(MixerView::All),
        6 => KeyCommand::ListMixers,
        _ => return None,
    })
}

fn with_control(code: KeyCode) -> Option<KeyCommand> {
    Some(match code {
        KeyCode::Char('c') => KeyCommand::Interrupt,
        KeyCode::Char('z') => KeyCommand::Suspend,
        KeyCode::Char('l') => KeyCommand::Redraw,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: KeyCode, modifiers: KeyModifiers) -> Option<KeyCommand> {
        command(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn keys_are_those_of_alsamixer() {
        use ChannelSide::{Both, Left, Right};
        use KeyCommand as Do;
        for (c, expected) in [
            ('n', Do::Select(1)),
            ('P', Do::Select(-1)),
            ('+', Do::Change(Both, 1)),
            ('-', Do::Change(Both, -1)),
            ('Q', Do::Change(Left, 1)),
            ('W', Do::Change(Both, 1)),
            ('E', Do::Change(Right, 1)),
            ('z', Do::Change(Left, -1)),
            ('x', Do::Change(Both, -1)),
            ('C', Do::Change(Right, -1)),
            ('0', Do::Set(0)),
            ('9', Do::Set(90)),
            ('B', Do::Balance),
            ('=', Do::Balance),
            ('M', Do::ToggleMute(Both)),
            ('<', Do::ToggleMute(Left)),
            ('.', Do::ToggleMute(Right)),
            (' ', Do::ToggleCapture(Both)),
            (';', Do::ToggleCapture(Left)),
            ('\'', Do::ToggleCapture(Right)),
            ('S', Do::ListMixers),
            ('q', Do::Quit),
        ] {
            assert_eq!(
                of(KeyCode::Char(c), KeyModifiers::NONE),
                Some(expected),
                "{c}"
            );
            let shifted = of(KeyCode::Char(c), KeyModifiers::SHIFT);
            assert_eq!(shifted, Some(expected), "{c}");
        }
        assert_eq!(of(KeyCode::Char('q'), KeyModifiers::ALT), Some(Do::Quit));
        assert_eq!(of(KeyCode::Char('m'), KeyModifiers::ALT), None);
        assert_eq!(
            of(KeyCode::F(4), KeyModifiers::NONE),
            Some(Do::View(MixerView::Capture))
        );
        assert_eq!(of(KeyCode::End, KeyModifiers::NONE), Some(Do::Set(0)));
    }

    #[test]
    fn control_keys_are_those_of_a_shell() {
        for (c, expected) in [
            ('c', Some(KeyCommand::Interrupt)),
            ('z', Some(KeyCommand::Suspend)),
            ('l', Some(KeyCommand::Redraw)),
            ('m', None),
        ] {
            assert_eq!(of(KeyCode::Char(c), KeyModifiers::CONTROL), expected, "{c}");
        }
    }
}
