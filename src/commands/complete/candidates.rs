//! What can be completed at a place: options, commands, and the names that this machine has.

use super::parse::{CompletionPlace, Subject};
use crate::commands::args::select_mixer;
use crate::commands::compat;
use crate::commands::mixer::{CHANNEL_WORDS, SWITCH_WORDS};
use crate::commands::schema;
use aloud::audio::direction::Direction;
use aloud::audio::file::Container;
use aloud::audio::format::Format;
use aloud::audio::mixer::{Controls, Snapshot, mixers};
use aloud::audio::system::{cards, pcm_names};
use clap::{Arg, Command};

/// A text that fits the place.
pub struct Candidate {
    pub value: String,
    pub description: String,
}

impl Candidate {
    pub fn new(value: impl Into<String>, description: impl Into<String>) -> Candidate {
        let description: String = description.into();
        Candidate {
            value: value.into(),
            description: description.lines().next().unwrap_or_default().to_owned(),
        }
    }

    /// Whether more follows without a blank: a folder.
    pub fn is_open(&self) -> bool {
        self.value.ends_with('/')
    }
}

/// The candidates, except for files. Some may not start with what is typed.
pub fn candidates(place: &CompletionPlace) -> Vec<Candidate> {
    let mut all = match &place.subject {
        Subject::Nothing => Vec::new(),
        Subject::Program => words(&compat::program_names()),
        Subject::Name if place.current.starts_with('-') => options(&place.command),
        Subject::Name => commands(&place.command),
        Subject::Value(arg) => values(place, arg),
    };
    for candidate in &mut all {
        candidate.value.insert_str(0, &place.before_value);
    }
    // A name with a line feed or tab cannot be passed to the shell.
    all.retain(|candidate| !candidate.value.contains(['\n', '\t', '\0']));
    all
}

fn options(command: &Command) -> Vec<Candidate> {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let named = |arg: &Arg| {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let long = arg.get_long().map(|name| format!("--{name}"));
        let short = arg.get_short().map(|letter| format!("-{letter}"));
        let names: Vec<String> = long.into_iter().chain(short).collect();
        let named = names
            .into_iter()
            .map(move |name| Candidate::new(name, &help));
        named.collect::<Vec<_>>()
    };
    shown.flat_map(named).collect()
}

fn commands(command: &Command) -> Vec<Candidate> {
    let shown = command.get_subcommands().filter(|one| !one.is_hide_set());
    let named = |one: &Command| {
        let about = one.get_about().map(ToString::to_string).unwrap_or_default();
        Candidate::new(one.get_name(), about)
    };
    shown.map(named).collect()
}

fn values(place: &CompletionPlace, arg: &Arg) -> Vec<Candidate> {
    let possible = arg.get_possible_values();
    if !possible.is_empty() {
        let shown = possible.iter().filter(|value| !value.is_hide_set());
        let named = |value: &clap::builder::PossibleValue| {
            let help = value
                .get_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            Candidate::new(value.get_name(), help)
        };
        return shown.map(named).collect();
    }
    let is_mixer = place.path.starts_with("mixer");
    match (place.path.as_str(), arg.get_id().as_str()) {
        ("loopback", "capture") => devices(Some(Direction::Capture)),
        ("loopback", "playback") => devices(Some(Direction::Playback)),
        (_, "device") if is_mixer => card_names(None, true),
        (_, "device") => devices(direction(place)),
        (_, "card") if is_mixer => card_names(None, false),
        (_, "card") => card_names(direction(place), false),
        (_, "format") => formats(),
        (_, "rate") => words(&["44100", "48000", "96000", "192000"]),
        (_, "channels") => words(&["1", "2", "4", "6", "8"]),
        (path, "file_type") => file_types(path == "record"),
        ("mixer get" | "mixer watch", _) if arg.is_positional() => controls(place),
        ("mixer set", "control") => controls(place),
        ("mixer set", "values") => control_values(place),
        ("schema", _) => schema_words(&place.arguments),
        ("record", "on_lost") => words(&["fail", "wait", "split"]),
        (_, "on_lost") => words(&["fail", "wait"]),
        (_, "vumeter") => words(&["mono", "stereo"]),
        _ => Vec::new(),
    }
}

fn words(all: &[&str]) -> Vec<Candidate> {
    all.iter().map(|word| Candidate::new(*word, "")).collect()
}

/// The direction of the PCM that a command opens; none if that depends.
fn direction(place: &CompletionPlace) -> Option<Direction> {
    let is_given = |id: &str| place.value_of(id).is_some();
    match place.path.as_str() {
        "record" => Some(Direction::Capture),
        "info" if is_given("capture") => Some(Direction::Capture),
        "info" if !is_given("playback") => None,
        _ => Some(Direction::Playback),
    }
}

/// What `aloud devices` lists, and the names of PCMs. Nothing is opened but the cards' controls.
fn devices(direction: Option<Direction>) -> Vec<Candidate> {
    let mut all = card_names(direction, false);
    for pcm in pcm_names::pcms(direction).unwrap_or_default() {
        if all.iter().all(|known| known.value != pcm.name) {
            let text = pcm.description.first().cloned().unwrap_or_default();
            all.push(Candidate::new(pcm.name, text));
        }
    }
    all
}

/// The IDs of the cards that have a device of a direction, and the default ctl if wanted.
fn card_names(direction: Option<Direction>, with_default: bool) -> Vec<Candidate> {
    let default = with_default.then(|| Candidate::new("default", ""));
    let fits = |card: &cards::Card| match direction {
        None => true,
        Some(Direction::Playback) => card.devices.iter().any(|one| one.playback.is_some()),
        Some(Direction::Capture) => card.devices.iter().any(|one| one.capture.is_some()),
    };
    let named = |card: cards::Card| {
        let name = card.id.unwrap_or(card.index.to_string());
        Candidate::new(name, card.name.unwrap_or_default())
    };
    let all = cards::list().unwrap_or_default();
    let cards = all.into_iter().filter(fits).map(named);
    default.into_iter().chain(cards).collect()
}

fn formats() -> Vec<Candidate> {
    let presets = [
        ("cd", "S16_LE, 44100 Hz, stereo"),
        ("cdr", "S16_BE, 44100 Hz, stereo"),
        ("dat", "S16_LE, 48000 Hz, stereo"),
    ];
    let presets = presets.map(|(name, text)| Candidate::new(name, text));
    let formats = Format::all().map(|format| Candidate::new(format.name(), format.description()));
    presets.into_iter().chain(formats).collect()
}

fn file_types(is_written: bool) -> Vec<Candidate> {
    let fits = |container: &Container| match is_written {
        true => container.is_writable(),
        false => container.is_readable(),
    };
    let all = Container::all().filter(fits);
    all.map(|container| Candidate::new(container.name(), container.title()))
        .collect()
}

/// The controls of the mixer that the options before select, as `aloud mixers` prints them.
fn controls(place: &CompletionPlace) -> Vec<Candidate> {
    let device = select_mixer(place.value_of("device"), place.value_of("card"));
    let ids = device.and_then(mixers).unwrap_or_default();
    let name = |id: aloud::audio::mixer::ControlId| match id.index {
        0 => Candidate::new(id.name, ""),
        index => Candidate::new(format!("{},{index}", id.name), ""),
    };
    ids.into_iter().map(name).collect()
}

/// The values that the control before takes.
fn control_values(place: &CompletionPlace) -> Vec<Candidate> {
    let device = select_mixer(place.value_of("device"), place.value_of("card"));
    let controls = device.and_then(Controls::open);
    let (Ok(controls), Some(name)) = (controls, place.arguments.first()) else {
        return Vec::new();
    };
    let snapshot = controls.lookup(name).and_then(|control| control.snapshot());
    snapshot.map_or_else(|_| Vec::new(), |snapshot| values_of(&snapshot))
}

fn values_of(control: &Snapshot) -> Vec<Candidate> {
    if let Some(items) = &control.enumeration {
        return items
            .items
            .iter()
            .map(|item| Candidate::new(item, ""))
            .collect();
    }
    let sides: Vec<_> = [&control.playback, &control.capture]
        .into_iter()
        .flatten()
        .collect();
    let mut all = Vec::new();
    if sides.iter().any(|side| side.range.is_some()) {
        let percent = (0..=10).map(|tenth| format!("{}%", tenth * 10));
        all.extend(percent.map(|word| Candidate::new(word, "")));
        all.push(Candidate::new("5%+", "louder"));
        all.push(Candidate::new("5%-", "quieter"));
        if sides
            .iter()
            .any(|side| side.range.is_some_and(|range| range.db.is_some()))
        {
            all.push(Candidate::new("3dB+", "louder"));
            all.push(Candidate::new("3dB-", "quieter"));
        }
    }
    let has_capture_switch = control
        .switchcap
        .iter()
        .any(|name| name.contains("Capture"));
    let has_mute = !control.switchcap.is_empty();
    let fits = |word: &&str| match *word {
        "cap" | "nocap" => has_capture_switch,
        _ => has_mute,
    };
    all.extend(words(
        &SWITCH_WORDS.into_iter().filter(fits).collect::<Vec<_>>(),
    ));
    if sides.iter().any(|side| side.channels.len() > 1) {
        all.extend(words(&CHANNEL_WORDS));
    }
    if sides.len() == 2 {
        all.extend(words(&["playback", "capture"]));
    }
    all
}

/// The next word of the commands that have a schema.
fn schema_words(before: &[String]) -> Vec<Candidate> {
    let start = before
        .iter()
        .map(|word| format!("{word} "))
        .collect::<String>();
    let names = schema::names();
    let mut next: Vec<&str> = names
        .iter()
        .filter_map(|name| name.strip_prefix(&start)?.split(' ').next())
        .collect();
    next.dedup();
    words(&next)
}
