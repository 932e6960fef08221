//! Parses the values of `mixer set` for a control, in amixer's syntax. All are parsed before anything is changed.

use crate::commands::advice;
use aloud::audio::direction::Direction;
use aloud::audio::error::{Error, Kind, Result};
use aloud::audio::mixer::{
    ChangePlan, ChannelSelection, Control, PlannedChanges, SwitchChange, VolumeAmount, VolumeChange,
};
use aloud::audio::spelling::count;

/// What the options of `mixer set` select.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SetOptions {
    /// `--playback` or `--capture`.
    pub direction: Option<Direction>,
    /// `--channel`.
    pub channels: ChannelSelection,
    /// `--mapped`: percentages are those of alsamixer's mapped scale.
    pub mapped: bool,
}

/// Channels by amixer's names, and a few more names of that kind. Numbers are alsa-lib's.
const CHANNELS: [(&str, &[u32]); 14] = [
    ("frontleft", &[0]),
    ("frontright", &[1]),
    ("front", &[0, 1]),
    ("rearleft", &[2]),
    ("rearright", &[3]),
    ("rear", &[2, 3]),
    ("frontcenter", &[4]),
    ("center", &[4]),
    ("woofer", &[5]),
    ("sideleft", &[6]),
    ("sideright", &[7]),
    ("side", &[6, 7]),
    ("rearcenter", &[8]),
    ("mono", &[0]),
];

/// The names of channels that shells complete.
pub const CHANNEL_WORDS: [&str; 13] = [
    "front-left",
    "front-right",
    "front",
    "rear-left",
    "rear-right",
    "rear",
    "center",
    "woofer",
    "side-left",
    "side-right",
    "side",
    "rear-center",
    "all",
];

/// The words for switches that shells complete.
pub const SWITCH_WORDS: [&str; 7] = ["mute", "unmute", "toggle", "on", "off", "cap", "nocap"];

/// The switch that a word changes.
#[derive(Clone, Copy, PartialEq)]
enum SwitchKind {
    /// The playback switch, or the capture switch of a control without playback.
    Mute,
    /// The playback switch if there is one, otherwise the capture switch.
    Any,
    /// The capture switch.
    Capture,
}

const DIRECTIONS: [Direction; 2] = [Direction::Playback, Direction::Capture];

const SWITCHES: [(&str, SwitchKind, SwitchChange); 10] = [
    ("mute", SwitchKind::Mute, SwitchChange::Off),
    ("unmute", SwitchKind::Mute, SwitchChange::On),
    ("on", SwitchKind::Any, SwitchChange::On),
    ("off", SwitchKind::Any, SwitchChange::Off),
    ("toggle", SwitchKind::Any, SwitchChange::Toggle),
    ("cap", SwitchKind::Capture, SwitchChange::On),
    ("nocap", SwitchKind::Capture, SwitchChange::Off),
    ("rec", SwitchKind::Capture, SwitchChange::On),
    ("norec", SwitchKind::Capture, SwitchChange::Off),
    ("unrec", SwitchKind::Capture, SwitchChange::Off),
];

/// Plans the changes that the words stand for.
///
/// # Errors
/// [`Kind::Usage`] for an invalid word, [`Kind::Unsupported`] for something that the control does not support.
pub fn parse(control: &Control, words: &[String], options: SetOptions) -> Result<PlannedChanges> {
    let mut parser = ValueParser {
        control,
        plan: control.plan(),
        direction: options.direction,
        channels: match options.channels {
            ChannelSelection::All => None,
            ChannelSelection::One(channel) => Some(vec![channel]),
        },
        mapped: options.mapped,
        changes: 0,
    };
    for word in words {
        parser.word(word.trim())?;
    }
    if parser.changes == 0 {
        let message = format!("no value for {}", control.id());
        return Err(
            Error::new(Kind::Usage, message).with_advice(advice::custom(parser.valid_values()))
        );
    }
    Ok(parser.plan.finish())
}

struct ValueParser<'a> {
    control: &'a Control<'a>,
    plan: ChangePlan<'a>,
    direction: Option<Direction>,
    /// `None` for all.
    channels: Option<Vec<u32>>,
    mapped: bool,
    changes: u32,
}

impl ValueParser<'_> {
    fn word(&mut self, word: &str) -> Result<()> {
        // Items may have any name, such as `Off` or `Front`, so they come first.
        if self.has_only_items() {
            return match self.item(word) {
                Some(result) => result,
                None => self
                    .selection(word)
                    .unwrap_or_else(|| Err(self.invalid(word))),
            };
        }
        self.selection(word)
            .or_else(|| self.switch(word))
            .or_else(|| self.volumes(word))
            .or_else(|| self.item(word))
            .unwrap_or_else(|| Err(self.invalid(word)))
    }

    fn has_only_items(&self) -> bool {
        let has_more =
            |direction| self.control.has_volume(direction) || self.control.has_switch(direction);
        self.control.is_enumerated() && !DIRECTIONS.into_iter().any(has_more)
    }

    /// A word that selects the channels or the direction for the words after it.
    fn selection(&mut self, word: &str) -> Option<Result<()>> {
        let word = word.to_lowercase();
        match word.as_str() {
            "playback" => self.direction = Some(Direction::Playback),
            "capture" => self.direction = Some(Direction::Capture),
            "all" => self.channels = None,
            _ => {
                let channels = word.split(',').map(find_channels);
                let channels: Option<Vec<_>> = channels.collect();
                self.channels = Some(channels?.concat());
            }
        }
        Some(Ok(()))
    }

    /// One change for all selected channels, or one for each.
    fn switch(&mut self, word: &str) -> Option<Result<()>> {
        let word = word.to_lowercase();
        let changes = word.split(',').map(|part| self.switch_change(part));
        let changes: Vec<_> = changes.collect::<Option<_>>()?;
        let (direction, change) = changes[0];
        if changes.iter().any(|(other, _)| *other != direction) {
            return None;
        }
        let channels = self.selected(direction);
        self.changes += 1;
        // If there is no switch at all, that is the error.
        if changes.len() == 1 || channels.is_empty() {
            return Some(self.plan.switch(direction, &channels, change));
        }
        if changes.len() > channels.len() {
            return Some(Err(self.too_many(changes.len(), channels.len())));
        }
        let mut each = channels.into_iter().zip(changes);
        Some(
            each.try_for_each(|(channel, (_, change))| {
                self.plan.switch(direction, &[channel], change)
            }),
        )
    }

    /// The switch and the change that a word stands for.
    fn switch_change(&self, word: &str) -> Option<(Direction, SwitchChange)> {
        let (_, kind, change) = *SWITCHES.iter().find(|(name, ..)| *name == word)?;
        Some((self.switch_direction(kind), change))
    }

    fn too_many(&self, values: usize, channels: usize) -> Error {
        let channels = count(channels, "channel");
        let message = format!("{values} values for {channels} of {}", self.control.id());
        Error::new(Kind::Unsupported, message)
    }

    /// The direction of the switch that a word changes.
    fn switch_direction(&self, kind: SwitchKind) -> Direction {
        let control = self.control;
        let plays = control.has_switch(Direction::Playback);
        let only_captures = !plays
            && match kind {
                // Turning off capture would not mute a playback volume that has no switch.
                SwitchKind::Mute => !control.has_volume(Direction::Playback),
                _ => control.has_switch(Direction::Capture),
            };
        match (kind, self.direction) {
            (SwitchKind::Capture, _) => Direction::Capture,
            (_, Some(selected)) => selected,
            _ if only_captures => Direction::Capture,
            _ => Direction::Playback,
        }
    }

    /// One volume for all selected channels, or one for each.
    fn volumes(&mut self, word: &str) -> Option<Result<()>> {
        let changes = word.split(',').map(|part| volume_change(part, self.mapped));
        let changes: Option<Result<Vec<_>>> = changes.collect();
        let changes = changes?.map_err(|error| match error.kind() {
            Kind::Unsupported => error.with_advice(advice::custom(self.valid_values())),
            _ => error,
        });
        Some(changes.and_then(|changes| self.change_volumes(&changes)))
    }

    fn change_volumes(&mut self, changes: &[VolumeChange]) -> Result<()> {
        let control = self.control;
        let direction = self
            .direction
            .unwrap_or_else(|| control.default_direction());
        let channels = self.selected(direction);
        self.changes += 1;
        if let [change] = *changes {
            return self.plan.volume(direction, &channels, change);
        }
        if changes.len() > channels.len() {
            // If there is no volume at all, that is the error.
            control.scale(direction)?;
            return Err(self.too_many(changes.len(), channels.len()));
        }
        let mut each = channels.into_iter().zip(changes);
        each.try_for_each(|(channel, change)| self.plan.volume(direction, &[channel], *change))
    }

    fn selected(&self, direction: Direction) -> Vec<u32> {
        match &self.channels {
            Some(channels) => channels.clone(),
            None => self.control.selected(direction, ChannelSelection::All),
        }
    }

    /// One item for all selected channels, or one for each.
    fn item(&mut self, word: &str) -> Option<Result<()>> {
        let enumeration = match self.control.enumeration() {
            Ok(enumeration) => enumeration?,
            Err(error) => return Some(Err(error)),
        };
        let all: Vec<u32> = (0..enumeration.current.len() as u32).collect();
        let channels = self.channels.clone().unwrap_or(all);
        // Names of items may contain commas.
        let items = match find_item(word, &enumeration.items) {
            Some(item) => vec![item; channels.len()],
            None => {
                let parts = word.split(',');
                let items = parts.map(|part| find_item(part.trim(), &enumeration.items));
                let items: Vec<u32> = items.collect::<Option<_>>()?;
                if items.len() > channels.len() || items.len() < 2 {
                    return None;
                }
                items
            }
        };
        self.changes += 1;
        let mut each = channels.into_iter().zip(items);
        Some(each.try_for_each(|(channel, item)| self.plan.item(channel, item)))
    }

    fn invalid(&self, word: &str) -> Error {
        let message = format!("invalid value '{word}' for {}", self.control.id());
        Error::new(Kind::Usage, message).with_advice(advice::custom(self.valid_values()))
    }

    /// The values that the control takes, for a hint.
    fn valid_values(&self) -> String {
        let control = self.control;
        let mut words: Vec<String> = Vec::new();
        let with_volume = DIRECTIONS
            .into_iter()
            .find(|direction| control.has_volume(*direction));
        if let Some(direction) = with_volume
            && let Ok(scale) = control.scale(direction)
        {
            words.extend(["40%", "5%+", "5%-"].map(str::to_owned));
            words.push(format!("{} to {}", scale.raw.0, scale.raw.1));
            if scale.db.is_some() {
                words.extend(["-12dB", "3dB+"].map(str::to_owned));
            }
        }
        if self.control.has_switch(Direction::Playback) {
            words.extend(["mute", "unmute", "toggle"].map(str::to_owned));
        }
        if self.control.has_switch(Direction::Capture) {
            words.extend(["cap", "nocap"].map(str::to_owned));
        }
        if let Ok(Some(enumeration)) = self.control.enumeration() {
            words.extend(enumeration.items.iter().map(|item| format!("'{item}'")));
        }
        match words.is_empty() {
            true => "this control cannot be set".to_owned(),
            false => format!("it takes {}", words.join(", ")),
        }
    }
}

/// The channels with a name: `front-left`, `Front Left` or `frontleft`.
fn find_channels(word: &str) -> Option<&'static [u32]> {
    let plain: String = word.chars().filter(|c| !" -_".contains(*c)).collect();
    let row = CHANNELS.iter().find(|(name, _)| *name == plain)?;
    Some(row.1)
}

/// The number of an item, by its exact name, by its name in any case if that is unambiguous, or by its number.
pub(super) fn find_item(word: &str, items: &[String]) -> Option<u32> {
    let exact = items.iter().position(|item| item == word);
    let in_any_case = || {
        let lower = word.to_lowercase();
        let mut matches = (0..items.len()).filter(|&at| items[at].to_lowercase() == lower);
        matches.next().filter(|_| matches.next().is_none())
    };
    let number = || word.parse().ok().filter(|&number| number < items.len());
    let item = exact.or_else(in_any_case).or_else(number)?;
    u32::try_from(item).ok()
}

/// Parses a volume: `40`, `40%` or `-12dB`; a relative change has `+` or `-` at its end (`5%+`), or is `+5%`, `+3dB` or
/// `-5%`. `None` for another word.
pub(super) fn volume_change(word: &str, mapped: bool) -> Option<Result<VolumeChange>> {
    let word = word.trim();
    if let Some(change) = leading_sign(word, mapped) {
        return Some(Ok(change));
    }
    let (number, make): (&str, fn(VolumeAmount) -> VolumeChange) = match word.as_bytes().last()? {
        b'+' => (&word[..word.len() - 1], VolumeChange::Up),
        b'-' => (&word[..word.len() - 1], VolumeChange::Down),
        _ => (word, VolumeChange::To),
    };
    let amount = amount(number, mapped)?;
    let relative = number.len() < word.len();
    if !relative && !is_exact(number) {
        // The error of the control would name another number.
        let error = Error::new(Kind::Unsupported, format!("{word} is out of range"));
        return Some(Err(error));
    }
    let negative = number.starts_with('-');
    if negative && (relative || number.ends_with('%')) {
        let error = Error::new(Kind::Usage, format!("invalid volume '{word}'"));
        let right = number.trim_start_matches('-');
        return Some(Err(
            error.with_advice(advice::custom(format!("to lower it: {right}-")))
        ));
    }
    Some(Ok(make(amount)))
}

fn amount(text: &str, mapped: bool) -> Option<VolumeAmount> {
    let lower = text.to_ascii_lowercase();
    if let Some(number) = lower.strip_suffix("db") {
        return Some(VolumeAmount::Db((decimal(number)? * 100.0).round() as i64));
    }
    if let Some(number) = lower.strip_suffix('%') {
        let percent = decimal(number)?;
        return Some(match mapped {
            true => VolumeAmount::Mapped(percent),
            false => VolumeAmount::Percent(percent),
        });
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let far = if text.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    whole.then(|| VolumeAmount::Raw(text.parse().unwrap_or(far)))
}

/// Whether the whole part of a number is kept exactly.
fn is_exact(number: &str) -> bool {
    let digits = number.bytes().take_while(|byte| *byte != b'.');
    number.parse::<i64>().is_ok() || digits.filter(u8::is_ascii_digit).count() <= 15
}

/// Parses digits with at most one decimal point, and a minus sign before them. No exponent, `inf` or `nan`.
fn decimal(text: &str) -> Option<f64> {
    let text = text.trim_end();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let some = digits.bytes().any(|byte| byte.is_ascii_digit());
    let value: f64 = text.parse().ok().filter(|_| plain && some)?;
    value.is_finite().then_some(value)
}

/// `+5%`, `+3dB`, `+3` or `-5%`, which other programs take. `-12dB` and `-3` are volumes.
fn leading_sign(word: &str, mapped: bool) -> Option<VolumeChange> {
    let unsigned = |rest: &str| match rest.starts_with('-') {
        true => None,
        false => amount(rest, mapped),
    };
    match word.strip_prefix('+') {
        Some(rest) => unsigned(rest).map(VolumeChange::Up),
        None if word.ends_with('%') => unsigned(word.strip_prefix('-')?).map(VolumeChange::Down),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_have_amixer_syntax() {
        use VolumeAmount::{Db, Mapped, Percent, Raw};
        let cases = [
            ("40", false, VolumeChange::To(Raw(40))),
            ("-30", false, VolumeChange::To(Raw(-30))),
            ("10+", false, VolumeChange::Up(Raw(10))),
            ("10-", false, VolumeChange::Down(Raw(10))),
            ("40%", false, VolumeChange::To(Percent(40.0))),
            ("40%", true, VolumeChange::To(Mapped(40.0))),
            ("2.5%+", false, VolumeChange::Up(Percent(2.5))),
            ("5%-", true, VolumeChange::Down(Mapped(5.0))),
            ("-12dB", false, VolumeChange::To(Db(-1200))),
            ("-10.1DB", true, VolumeChange::To(Db(-1010))),
            ("3dB+", false, VolumeChange::Up(Db(300))),
            ("0.5db-", false, VolumeChange::Down(Db(50))),
            ("+5%", false, VolumeChange::Up(Percent(5.0))),
            ("+5%", true, VolumeChange::Up(Mapped(5.0))),
            ("+3dB", false, VolumeChange::Up(Db(300))),
            ("+3", false, VolumeChange::Up(Raw(3))),
            ("-5%", true, VolumeChange::Down(Mapped(5.0))),
            (
                "99999999999999999999+",
                false,
                VolumeChange::Up(Raw(i64::MAX)),
            ),
        ];
        for (word, mapped, expected) in cases {
            let parsed = volume_change(word, mapped).unwrap().unwrap();
            assert_eq!(parsed, expected, "{word}");
        }
        for word in [
            "", "+", "-", "%", "dB", "5%%", "1e3", "nan%", "infdB", "0x10", "+-5%", "+5%+", "5 6",
            "1.5",
        ] {
            assert!(volume_change(word, false).is_none(), "{word}");
        }
        for word in ["-5%+", "-3dB-", "-3-"] {
            let error = volume_change(word, false).unwrap().unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{word}");
        }
    }

    #[test]
    fn a_volume_that_is_too_large_is_quoted() {
        let number = "99999999999999999999";
        for (sign, unit) in [("", ""), ("-", ""), ("", ".5dB"), ("-", "dB"), ("", "%")] {
            let word = format!("{sign}{number}{unit}");
            let error = volume_change(&word, false).unwrap().unwrap_err();
            assert!(error.to_string().contains(&word), "{error}");
        }
    }

    #[test]
    fn channels_have_amixer_and_alsa_lib_names() {
        for name in ["frontleft", "front-left", "front left", "front_left"] {
            assert_eq!(find_channels(name), Some(&[0][..]), "{name}");
        }
        assert_eq!(find_channels("rear"), Some(&[2, 3][..]));
        assert_eq!(find_channels("left"), None);
    }

    #[test]
    fn items_are_found_by_name_before_number() {
        let items = ["Mic", "mic", "0", "Line In", "Line, Front"].map(str::to_owned);
        let found = |word| find_item(word, &items);
        assert_eq!(found("mic"), Some(1));
        assert_eq!(found("MIC"), None, "ambiguous");
        assert_eq!(found("line in"), Some(3));
        assert_eq!(found("Line, Front"), Some(4));
        assert_eq!(
            (found("0"), found("1"), found("5")),
            (Some(2), Some(1), None)
        );
        assert_eq!(found("nosuch"), None);
    }
}
