//! `sset`: words that are applied one after the other.

use super::context::{Options, failed};
use super::simple::{described, find, id};
use crate::commands::compat::stop::{Result, Stop};
use crate::commands::ui::plain;
use aloud::audio::direction::Direction;
use aloud::audio::error::{self, Kind};
use aloud::audio::mixer::{
    ChangePlan, Control, Controls, SwitchChange, VolumeAmount, VolumeChange,
};

/// The beginnings of words for channels, with the numbers of the channels.
const CHANNELS: [(&str, &[u32]); 9] = [
    ("frontleft", &[0]),
    ("frontright", &[1]),
    ("frontcenter", &[4]),
    ("front", &[0, 1]),
    ("center", &[4]),
    ("rearleft", &[2]),
    ("rearright", &[3]),
    ("rear", &[2, 3]),
    ("woofer", &[5]),
];

/// A value, for one direction or for both.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Volume(VolumeChange),
    /// Of the switch of this direction, or of both.
    Switch(SwitchChange, Option<Direction>),
    /// A number after a plus sign, or no number: the volume stays as it is.
    SameVolume,
    /// Changes nothing, and does not count as a value.
    Invalid,
}

/// Which channels and direction the values that follow are for.
#[derive(Clone, Debug, Default)]
struct Target {
    channels: Option<&'static [u32]>,
    direction: Option<Direction>,
}

pub(super) fn run(controls: &Controls, options: &Options, arguments: &[String]) -> Result<()> {
    let id = id(arguments)?;
    let Some(words) = arguments.get(1..).filter(|words| !words.is_empty()) else {
        let text = "Specify what you want to set...\n".to_owned();
        return Err(Stop::Failed(text, 1));
    };
    let control = find(controls, &id)?;
    let applied = match control.is_enumerated() {
        true => set_items(&control, words).map(Some),
        false => set_values(&control, words, options),
    };
    match applied.map_err(|error| failed(&error.to_string()))? {
        // amixer ends without a word at the first one that it does not know.
        None => Ok(()),
        Some(false) => Err(failed("Invalid command!")),
        Some(true) if options.quiet => Ok(()),
        Some(true) => {
            let _ = control.refresh();
            Ok(plain::print(&described(&control, options)?)?)
        }
    }
}

/// Sets items by their names: the first for the first channel, and so on, up to a name that is unknown. Returns whether any
/// was set.
fn set_items(control: &Control, words: &[String]) -> error::Result<bool> {
    let Some(enumeration) = control.enumeration()? else {
        return Ok(false);
    };
    let items = named_items(&enumeration.items, words);
    let mut plan = control.plan();
    for (channel, item) in (0..enumeration.current.len()).zip(&items) {
        plan.item(channel as u32, *item as u32)?;
    }
    plan.finish().apply(control)?;
    Ok(!items.is_empty())
}

/// The numbers of the items that words name, up to one that is unknown. A word may have several names between commas, and
/// a name may have commas itself.
fn named_items(items: &[String], words: &[String]) -> Vec<usize> {
    let number = |name: &str| items.iter().position(|item| item == name);
    let mut found = Vec::new();
    for word in words {
        let mut rest = Some(word.as_str());
        while let Some(text) = rest {
            let (first, after) = match text.split_once(',') {
                Some((first, after)) if number(text).is_none() => (first, Some(after)),
                _ => (text, None),
            };
            let Some(item) = number(first) else {
                return found;
            };
            found.push(item);
            rest = after;
        }
    }
    found
}

/// What applying a word has done.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Effect {
    Applied,
    /// The control has nothing of what was to be changed.
    Nothing,
    /// amixer ends here.
    End,
}

/// Applies the words. Returns whether any of them was applied; `None` at a word that ends the run.
fn set_values(
    control: &Control,
    words: &[String],
    options: &Options,
) -> error::Result<Option<bool>> {
    let (mut target, mut done) = (Target::default(), false);
    for word in words {
        let values = target.read(word);
        if values.is_empty() {
            continue;
        }
        let values: Vec<_> = values
            .split(',')
            .map(|text| value(text, options.mapped))
            .collect();
        match apply(control, &target, &values)? {
            Effect::Applied => done = true,
            Effect::Nothing => {}
            Effect::End => return Ok(None),
        }
    }
    Ok(Some(done))
}

impl Target {
    /// Reads the channels and the direction at the beginning of a word, and returns the rest of it: the values.
    fn read<'a>(&mut self, word: &'a str) -> &'a str {
        let lower = |word: &str| word.to_lowercase();
        let mut rest = word;
        if let Some((_, channels)) = CHANNELS.iter().find(|row| lower(rest).starts_with(row.0)) {
            self.channels = Some(channels);
            rest = after_separator(rest);
        }
        if lower(rest).starts_with("playback") {
            self.direction = Some(Direction::Playback);
            rest = after_separator(rest);
        } else if lower(rest) == "capture" {
            self.direction = Some(Direction::Capture);
            rest = "";
        }
        rest
    }

    fn includes(&self, direction: Direction) -> bool {
        self.direction.is_none_or(|wanted| wanted == direction)
    }

    /// The channels of a direction that are to be changed.
    fn channels_of(&self, control: &Control, direction: Direction) -> Vec<u32> {
        let is_wanted = |channel: &u32| self.channels.is_none_or(|wanted| wanted.contains(channel));
        let all = control.channels(direction);
        match self.includes(direction) && has(control, direction) {
            true => all.filter(is_wanted).collect(),
            false => Vec::new(),
        }
    }
}

/// Whether a control has anything to set in a direction.
fn has(control: &Control, direction: Direction) -> bool {
    control.has_volume(direction) || control.has_switch(direction)
}

/// What follows the first blank or comma.
fn after_separator(word: &str) -> &str {
    let parts = word.split_once([' ', '\t', ',']);
    parts.map_or("", |(_, rest)| rest)
}

/// Applies values, of which `None` is unknown: the first to the first channel, and so on.
fn apply(control: &Control, target: &Target, values: &[Option<Value>]) -> error::Result<Effect> {
    let (values, consumed) = reached(control, target, values);
    // amixer only ends at a channel of playback, and only if it was not told the direction.
    let may_end =
        target.direction.is_none() && !target.channels_of(control, Direction::Playback).is_empty();
    let has_switch = [Direction::Playback, Direction::Capture]
        .iter()
        .any(|direction| control.has_switch(*direction));
    let ends = |value: &Option<Value>| match value {
        None => true,
        Some(Value::Switch(SwitchChange::Toggle, _)) => !has_switch,
        Some(_) => false,
    };
    if values.iter().any(ends) {
        return Ok(match may_end {
            true => Effect::End,
            false => Effect::Nothing,
        });
    }
    let mut effect = Effect::Nothing;
    for direction in [Direction::Playback, Direction::Capture] {
        let channels = target.channels_of(control, direction);
        let mut toggles = 0;
        for (channels, value) in parts(&channels, values, consumed) {
            if matches!(value, Value::Switch(SwitchChange::Toggle, _)) {
                toggles += 1;
                if toggles > 1 && control.has_joined_switch(direction) {
                    continue;
                }
            }
            // A common volume is set once, as that of playback, unless only capture was asked for.
            let is_repeated = matches!(value, Value::Volume(_))
                && control.volumecap().contains(&"Volume")
                && direction == Direction::Capture
                && target.direction.is_none();
            if !is_repeated && set(control, direction, channels, value)? {
                effect = Effect::Applied;
            }
        }
    }
    Ok(effect)
}

/// The values that amixer reaches, and how many of them it consumes. Of these, each is for one channel. The one that follows
/// is for all channels that are left.
fn reached<'a>(
    control: &Control,
    target: &Target,
    values: &'a [Option<Value>],
) -> (&'a [Option<Value>], usize) {
    let has_capture = target.includes(Direction::Capture) && has(control, Direction::Capture);
    let is_consumed = |value: &Option<Value>| match value {
        Some(Value::Switch(_, Some(Direction::Playback))) => {
            target.direction.is_none() || control.has_switch(Direction::Playback)
        }
        Some(Value::Switch(..)) => has_capture,
        Some(_) => true,
        None => false,
    };
    match values {
        [_] => (values, 0),
        _ => {
            let consumed = values.iter().take_while(|value| is_consumed(value)).count();
            (&values[..values.len().min(consumed + 1)], consumed)
        }
    }
}

/// Each of the values with its channels.
fn parts<'a>(
    channels: &'a [u32],
    values: &[Option<Value>],
    consumed: usize,
) -> Vec<(&'a [u32], Value)> {
    let (each, left) = channels.split_at(consumed.min(channels.len()));
    // Joined channels toggle and step once.
    let channels = each.iter().map(std::slice::from_ref).chain([left]);
    (channels.zip(values))
        .filter_map(|(channels, value)| Some((channels, (*value)?)))
        .collect()
}

/// Sets one value. Returns whether the control has what it changes.
fn set(
    control: &Control,
    direction: Direction,
    channels: &[u32],
    value: Value,
) -> error::Result<bool> {
    let mut plan = control.plan();
    let done = add(&mut plan, control, direction, channels, value)?;
    match plan.finish().apply(control) {
        // A switch that does not keep its value: what is printed shows it.
        Err(error) if error.kind() == Kind::Unsupported => {}
        applied => applied?,
    }
    Ok(done)
}

/// Adds a change to the plan. Returns whether the control has what it changes. A change that it cannot make, such as dB
/// without dB information or two values for joined channels, is left out.
fn add(
    plan: &mut ChangePlan,
    control: &Control,
    direction: Direction,
    channels: &[u32],
    value: Value,
) -> error::Result<bool> {
    if channels.is_empty() {
        return Ok(false);
    }
    match value {
        Value::Volume(change) if control.has_volume(direction) => {
            let change = within_range(control, direction, change)?;
            Ok(plan.volume(direction, channels, change).is_ok())
        }
        Value::SameVolume => Ok(control.has_volume(direction)),
        Value::Switch(change, wanted)
            if control.has_switch(direction) && wanted.is_none_or(|wanted| wanted == direction) =>
        {
            let _ = plan.switch(direction, channels, change);
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// amixer sets the nearest volume instead of one that is out of range.
fn within_range(
    control: &Control,
    direction: Direction,
    change: VolumeChange,
) -> error::Result<VolumeChange> {
    let scale = control.scale(direction)?;
    let VolumeChange::To(amount) = change else {
        return Ok(change);
    };
    Ok(VolumeChange::To(match amount {
        VolumeAmount::Raw(raw) => VolumeAmount::Raw(raw.clamp(scale.raw.0, scale.raw.1)),
        VolumeAmount::Percent(percent) => VolumeAmount::Percent(percent.clamp(0.0, 100.0)),
        VolumeAmount::Mapped(percent) => VolumeAmount::Mapped(percent.clamp(0.0, 100.0)),
        VolumeAmount::Db(db) => match scale.db {
            Some((min, max)) => VolumeAmount::Db(db.clamp(min, max)),
            None => amount,
        },
    }))
}

/// The beginnings of words for switches.
const SWITCHES: [(&str, SwitchChange, Option<Direction>); 9] = [
    ("mute", SwitchChange::Off, Some(Direction::Playback)),
    ("off", SwitchChange::Off, Some(Direction::Playback)),
    ("unmute", SwitchChange::On, Some(Direction::Playback)),
    ("on", SwitchChange::On, Some(Direction::Playback)),
    ("cap", SwitchChange::On, Some(Direction::Capture)),
    ("rec", SwitchChange::On, Some(Direction::Capture)),
    ("nocap", SwitchChange::Off, Some(Direction::Capture)),
    ("norec", SwitchChange::Off, Some(Direction::Capture)),
    ("toggle", SwitchChange::Toggle, None),
];

/// Parses one value; `None` for anything else.
fn value(text: &str, mapped: bool) -> Option<Value> {
    let lower = text.to_lowercase();
    if let Some((name, change, direction)) = SWITCHES.iter().find(|row| lower.starts_with(row.0)) {
        // In capitals, they change nothing, and amixer does not know "TOGGLE".
        return match text.starts_with(name) {
            true => Some(Value::Switch(*change, *direction)),
            false => direction.map(|_| Value::Invalid),
        };
    }
    if lower == "-" || lower.starts_with('+') {
        return Some(Value::SameVolume);
    }
    let is_number = lower.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    is_number.then(|| volume(&lower, mapped).map_or(Value::Invalid, Value::Volume))
}

/// Parses `40`, `40%`, `-12.5dB`, `5%+`. A percentage has no fraction, and what follows a colon does not count.
fn volume(text: &str, mapped: bool) -> Option<VolumeChange> {
    let text = text.split(':').next().unwrap_or(text);
    let (text, wrap): (_, fn(VolumeAmount) -> VolumeChange) =
        match (text.strip_suffix('+'), text.strip_suffix('-')) {
            (Some(text), _) => (text, VolumeChange::Up),
            (_, Some(text)) => (text, VolumeChange::Down),
            _ => (text, VolumeChange::To),
        };
    let whole = |number: &str| decimal(number).map(f64::trunc);
    let amount = match (text.strip_suffix('%'), text.strip_suffix("db")) {
        (Some(percent), _) if mapped => VolumeAmount::Mapped(whole(percent)?),
        (Some(percent), _) => VolumeAmount::Percent(whole(percent)?),
        (_, Some(db)) => VolumeAmount::Db((decimal(db)? * 100.0).round() as i64),
        _ => VolumeAmount::Raw(whole(text)? as i64),
    };
    Some(wrap(amount))
}

/// Parses a number without an exponent.
fn decimal(text: &str) -> Option<f64> {
    let is_plain = |c: char| c.is_ascii_digit() || "-.".contains(c);
    text.parse().ok().filter(|_| text.chars().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_named_up_to_an_unknown_one() {
        let items = ["A", "B", "C D", "x,y"].map(str::to_owned);
        let cases: [(&[&str], &[usize]); 9] = [
            (&["A"], &[0]),
            (&["B", "A"], &[1, 0]),
            (&["B,C D"], &[1, 2]),
            (&["x,y", "A"], &[3, 0]),
            (&["A,x,y"], &[0, 3]),
            (&["foo", "A"], &[]),
            (&["A,foo,B", "B"], &[0]),
            (&["A,"], &[0]),
            (&[""], &[]),
        ];
        for (words, found) in cases {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(named_items(&items, &words), found, "{words:?}");
        }
    }

    #[test]
    fn values_are_read_as_amixer_reads_them() {
        let read = |text| value(text, false);
        let volume = |change| Some(Value::Volume(change));
        assert_eq!(
            read("50.9%"),
            volume(VolumeChange::To(VolumeAmount::Percent(50.0)))
        );
        assert_eq!(
            read("1.5db+"),
            volume(VolumeChange::Up(VolumeAmount::Db(150)))
        );
        assert_eq!(
            read("-10db"),
            volume(VolumeChange::To(VolumeAmount::Db(-1000)))
        );
        assert_eq!(
            read("10-"),
            volume(VolumeChange::Down(VolumeAmount::Raw(10)))
        );
        for text in ["0x10", "1e1", "--5", "Cap", "5%%"] {
            assert_eq!(read(text), Some(Value::Invalid), "{text}");
        }
        for text in ["+5%", "+", "-"] {
            assert_eq!(read(text), Some(Value::SameVolume), "{text}");
        }
        assert_eq!(read("5:6"), volume(VolumeChange::To(VolumeAmount::Raw(5))));
        assert_eq!(read("foo"), None);
        assert_eq!(read(" 10"), None);
        assert_eq!(
            value("5%", true),
            volume(VolumeChange::To(VolumeAmount::Mapped(5.0)))
        );
    }
}
