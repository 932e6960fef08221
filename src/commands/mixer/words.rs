//! The words of `mixer set`: amixer's, read for one control. All are read before anything is changed.

use crate::commands::advice;
use aloud::audio::direction::Direction;
use aloud::audio::error::{Error, Kind, Result};
use aloud::audio::mixer::{
    ChangePlan, ChannelSelection, Control, PlannedChanges, SwitchChange, VolumeAmount, VolumeChange,
};

/// What the words are read with.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SetOptions {
    /// The direction that was named.
    pub direction: Option<Direction>,
    /// The channels that were named.
    pub channels: ChannelSelection,
    /// Whether percent are of alsamixer's scale.
    pub mapped: bool,
}

/// The channels' names as amixer has them, and some more of the same kind; numbers as alsa-lib has them.
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

/// Which switch a word is for.
#[derive(Clone, Copy, PartialEq)]
enum SwitchKind {
    /// What is heard (of a control that only records, what is recorded).
    Sound,
    /// The one there is.
    Any,
    /// What is recorded.
    Recording,
}

const SWITCHES: [(&str, SwitchKind, SwitchChange); 10] = [
    ("mute", SwitchKind::Sound, SwitchChange::Off),
    ("unmute", SwitchKind::Sound, SwitchChange::On),
    ("on", SwitchKind::Any, SwitchChange::On),
    ("off", SwitchKind::Any, SwitchChange::Off),
    ("toggle", SwitchKind::Any, SwitchChange::Toggle),
    ("cap", SwitchKind::Recording, SwitchChange::On),
    ("nocap", SwitchKind::Recording, SwitchChange::Off),
    ("rec", SwitchKind::Recording, SwitchChange::On),
    ("norec", SwitchKind::Recording, SwitchChange::Off),
    ("unrec", SwitchKind::Recording, SwitchChange::Off),
];

/// Works out what the words make of the control.
///
/// Fails with [`Kind::Usage`] for a word that is none, and [`Kind::Unsupported`] for one that this control cannot follow.
pub fn steps(control: &Control, words: &[String], reading: SetOptions) -> Result<PlannedChanges> {
    let mut reader = ValueParser {
        control,
        plan: control.plan(),
        direction: reading.direction,
        channels: match reading.channels {
            ChannelSelection::All => None,
            ChannelSelection::One(channel) => Some(vec![channel]),
        },
        mapped: reading.mapped,
        changes: 0,
    };
    for word in words {
        reader.word(word.trim())?;
    }
    if reader.changes == 0 {
        let message = format!("no value for {} is given", control.id());
        return Err(Error::new(Kind::Usage, message).with_advice(advice::custom(reader.valid())));
    }
    Ok(reader.plan.finish())
}

struct ValueParser<'a> {
    control: &'a Control<'a>,
    plan: ChangePlan<'a>,
    direction: Option<Direction>,
    /// All, where none are named.
    channels: Option<Vec<u32>>,
    mapped: bool,
    changes: u32,
}

impl ValueParser<'_> {
    fn word(&mut self, word: &str) -> Result<()> {
        // The items of a control that only chooses may be called anything, `Off` and `Front` too.
        if self.only_chooses() {
            return match self.item(word) {
                Some(chosen) => chosen,
                None => self
                    .setting(word)
                    .unwrap_or_else(|| Err(self.unknown(word))),
            };
        }
        self.setting(word)
            .or_else(|| self.turn(word))
            .or_else(|| self.volumes(word))
            .or_else(|| self.item(word))
            .unwrap_or_else(|| Err(self.unknown(word)))
    }

    fn only_chooses(&self) -> bool {
        let ways = [Direction::Playback, Direction::Capture];
        let more = |way| self.control.has_volume(way) || self.control.has_switch(way);
        self.control.is_enumerated() && !ways.into_iter().any(more)
    }

    /// A word that says which channels or which direction the words after it are for.
    fn setting(&mut self, word: &str) -> Option<Result<()>> {
        let word = word.to_lowercase();
        match word.as_str() {
            "playback" => self.direction = Some(Direction::Playback),
            "capture" => self.direction = Some(Direction::Capture),
            "all" => self.channels = None,
            _ => {
                let named = word.split(',').map(channels_named);
                let named: Option<Vec<_>> = named.collect();
                self.channels = Some(named?.concat());
            }
        }
        Some(Ok(()))
    }

    fn turn(&mut self, word: &str) -> Option<Result<()>> {
        let word = word.to_lowercase();
        let (_, which, turn) = *SWITCHES.iter().find(|(name, ..)| *name == word)?;
        let direction = self.switch_meant(which);
        self.changes += 1;
        let channels = self.meant(direction);
        Some(self.plan.switch(direction, &channels, turn))
    }

    /// The direction whose switch a word turns.
    fn switch_meant(&self, which: SwitchKind) -> Direction {
        let control = self.control;
        let plays = control.has_switch(Direction::Playback);
        let only_records = !plays
            && match which {
                // What has a volume that is heard and no switch for it cannot be muted by not recording it.
                SwitchKind::Sound => !control.has_volume(Direction::Playback),
                _ => control.has_switch(Direction::Capture),
            };
        match (which, self.direction) {
            (SwitchKind::Recording, _) => Direction::Capture,
            (_, Some(named)) => named,
            _ if only_records => Direction::Capture,
            _ => Direction::Playback,
        }
    }

    /// A volume for all channels that are meant, or one for each of them.
    fn volumes(&mut self, word: &str) -> Option<Result<()>> {
        let changes = word.split(',').map(|part| change(part, self.mapped));
        let changes: Option<Result<Vec<_>>> = changes.collect();
        Some(changes?.and_then(|changes| self.change(&changes)))
    }

    fn change(&mut self, changes: &[VolumeChange]) -> Result<()> {
        let control = self.control;
        let direction = self.direction.unwrap_or_else(|| control.usual_direction());
        let channels = self.meant(direction);
        self.changes += 1;
        if let [change] = *changes {
            return self.plan.volume(direction, &channels, change);
        }
        if changes.len() > channels.len() {
            // Lacking any volume is the greater trouble.
            control.scale(direction)?;
            let message = format!(
                "{} values for {} of {}",
                changes.len(),
                counted(channels.len(), "channel"),
                control.id()
            );
            return Err(Error::new(Kind::Unsupported, message));
        }
        let mut each = channels.into_iter().zip(changes);
        each.try_for_each(|(channel, change)| self.plan.volume(direction, &[channel], *change))
    }

    fn meant(&self, direction: Direction) -> Vec<u32> {
        match &self.channels {
            Some(channels) => channels.clone(),
            None => self.control.chosen(direction, ChannelSelection::All),
        }
    }

    /// An item for all channels that are meant, or one for each of them.
    fn item(&mut self, word: &str) -> Option<Result<()>> {
        let enumeration = match self.control.enumeration() {
            Ok(enumeration) => enumeration?,
            Err(error) => return Some(Err(error)),
        };
        let all: Vec<u32> = (0..enumeration.current.len() as u32).collect();
        let channels = self.channels.clone().unwrap_or(all);
        // Commas stand in names, too.
        let items = match item_named(word, &enumeration.items) {
            Some(item) => vec![item; channels.len()],
            None => {
                let parts = word.split(',');
                let items = parts.map(|part| item_named(part.trim(), &enumeration.items));
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

    fn unknown(&self, word: &str) -> Error {
        let message = format!("'{word}' is no value of {}", self.control.id());
        let error = Error::new(Kind::Usage, message);
        match relative_the_other_way(word) {
            Some(right) => error.with_advice(advice::custom(format!(
                "relative changes end with their sign: {right}"
            ))),
            None => error,
        }
        .with_advice(advice::custom(self.valid()))
    }

    /// What this control takes.
    fn valid(&self) -> String {
        let ways = [Direction::Playback, Direction::Capture];
        let mut words: Vec<String> = Vec::new();
        if let Some(way) = ways.into_iter().find(|way| self.control.has_volume(*way))
            && let Ok(scale) = self.control.scale(way)
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
            true => "this control has nothing that can be set".to_owned(),
            false => format!("it takes {}", words.join(", ")),
        }
    }
}

/// The channels of a name: `front-left`, `Front Left`, `frontleft`.
fn channels_named(word: &str) -> Option<&'static [u32]> {
    let plain: String = word.chars().filter(|c| !" -_".contains(*c)).collect();
    let row = CHANNELS.iter().find(|(name, _)| *name == plain)?;
    Some(row.1)
}

/// The number of an item, by its name, by its name in other letters where only one is like it, or by its number.
pub(super) fn item_named(word: &str, items: &[String]) -> Option<u32> {
    let exact = items.iter().position(|item| item == word);
    let alike = || {
        let lower = word.to_lowercase();
        let mut like = (0..items.len()).filter(|&at| items[at].to_lowercase() == lower);
        like.next().filter(|_| like.next().is_none())
    };
    let number = || word.parse().ok().filter(|&number| number < items.len());
    let item = exact.or_else(alike).or_else(number)?;
    u32::try_from(item).ok()
}

/// `40`, `40%`, `-12dB`, each with `+` or `-` after it where it is relative; nothing for a word that is no volume.
pub(super) fn change(word: &str, mapped: bool) -> Option<Result<VolumeChange>> {
    let word = word.trim();
    let (number, make): (&str, fn(VolumeAmount) -> VolumeChange) = match word.as_bytes().last()? {
        b'+' => (&word[..word.len() - 1], VolumeChange::Up),
        b'-' => (&word[..word.len() - 1], VolumeChange::Down),
        _ => (word, VolumeChange::To),
    };
    let amount = amount(number, mapped)?;
    let relative = number.len() < word.len();
    let negative = number.starts_with('-');
    if negative && (relative || number.ends_with('%')) {
        let error = Error::new(Kind::Usage, format!("'{word}' is no volume"));
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

/// Digits with at most one point and a minus sign before them: no exponent, `inf` or `nan`.
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

/// `5%+` of `+5%`: what other programs call it.
fn relative_the_other_way(word: &str) -> Option<String> {
    let rest = word.strip_prefix('+')?;
    amount(rest, false).map(|_| format!("{rest}+"))
}

fn counted(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_are_read_as_amixer_writes_them() {
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
            (
                "99999999999999999999",
                false,
                VolumeChange::To(Raw(i64::MAX)),
            ),
        ];
        for (word, mapped, expected) in cases {
            let read = change(word, mapped).unwrap().unwrap();
            assert_eq!(read, expected, "{word}");
        }
        for word in [
            "", "+", "-", "%", "dB", "5%%", "1e3", "nan%", "infdB", "0x10", "+5%", "5 6", "1.5",
        ] {
            assert!(change(word, false).is_none(), "{word}");
        }
        for word in ["-5%", "-5%+", "-3dB-", "-3-"] {
            let error = change(word, false).unwrap().unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{word}");
        }
    }

    #[test]
    fn channels_are_named_as_amixer_and_alsa_lib_name_them() {
        for name in ["frontleft", "front-left", "front left", "front_left"] {
            assert_eq!(channels_named(name), Some(&[0][..]), "{name}");
        }
        assert_eq!(channels_named("rear"), Some(&[2, 3][..]));
        assert_eq!(channels_named("left"), None);
    }

    #[test]
    fn an_item_is_found_by_name_before_it_is_by_number() {
        let items = ["Mic", "mic", "0", "Line In", "Line, Front"].map(str::to_owned);
        let found = |word| item_named(word, &items);
        assert_eq!(found("mic"), Some(1));
        assert_eq!(found("MIC"), None, "it could be either");
        assert_eq!(found("line in"), Some(3));
        assert_eq!(found("Line, Front"), Some(4));
        assert_eq!(
            (found("0"), found("1"), found("5")),
            (Some(2), Some(1), None)
        );
        assert_eq!(found("nosuch"), None);
    }

    #[test]
    fn the_sign_of_other_programs_is_known() {
        assert_eq!(relative_the_other_way("+5%").as_deref(), Some("5%+"));
        assert_eq!(relative_the_other_way("+loud"), None);
    }
}
