//! Suggests what to type instead of a command line that clap does not accept.

use super::args;
use super::shell::quoted;
use aloud::audio::spelling;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Options of any command line that are followed by a value, so that the next word is not looked at.
const WITH_VALUE: [&str; 8] = [
    "--color",
    "-D",
    "--device",
    "-c",
    "--card",
    "--channel",
    "--over",
    "--batch",
];

/// Other names for a command, and the command, which takes the words that follow.
const OTHER_NAMES: [(&[&str], &str); 9] = [
    (&["set", "sset", "cset"], "mixer set"),
    (&["get", "sget", "cget", "scontents"], "mixer get"),
    (&["scontrols"], "mixers"),
    (&["controls", "contents"], "mixer elements"),
    (&["events", "sevents"], "mixer watch"),
    (&["aplay"], "play"),
    (&["arecord", "capture"], "record"),
    (&["speaker-test", "test", "beep", "sine", "noise"], "tone"),
    (&["alsaloop", "loop"], "loopback"),
];

/// Options of aplay and arecord that are commands here.
const LISTS: [(&[&str], &str); 2] = [
    (&["-l", "--list-devices"], "list-cards"),
    (&["-L", "--list-pcms"], "list-pcms"),
];

/// Commands of other players that are keys of a running `play`, and what to do.
const KEYS: [(&[&str], &str); 3] = [
    (
        &["pause", "resume", "toggle"],
        "Space pauses and resumes a running `aloud play` on its terminal",
    ),
    (
        &["stop", "quit"],
        "q ends a running `aloud play` on its terminal; `pkill -x aloud` ends every aloud",
    ),
    (
        &["next", "prev", "previous", "seek"],
        "a running `aloud play` takes keys on its terminal; ? lists them",
    ),
];

/// The same for names whose following words mean nothing here.
const COMMANDS_WITHOUT_REST: [(&[&str], &str); 5] = [
    (&["version"], "--version"),
    (&["alsamixer", "pulsemixer"], "mixer ui"),
    (&["mute"], "mixer set Master mute"),
    (&["unmute"], "mixer set Master unmute"),
    (
        &["list", "device", "cards", "sinks", "outputs", "inputs"],
        "devices",
    ),
];

/// Other names for `mixer set Master`.
const VOLUME: [&str; 3] = ["volume", "vol", "amixer"];

/// A volume, for examples.
const VOLUME_EXAMPLE: &str = " 40%";

/// The position of the first word from `from` on that is neither an option nor the value of one.
pub fn command_at(words: &[OsString], from: usize) -> Option<usize> {
    (from..words.len()).find(|at| !is_option(&words[*at]) && !takes_value(&words[at - 1]))
}

/// Whether a word is an option that the next word belongs to.
pub fn takes_value(word: &OsStr) -> bool {
    WITH_VALUE.iter().any(|option| word == *option)
}

fn is_option(word: &OsStr) -> bool {
    word.as_encoded_bytes().starts_with(b"-")
}

/// A hint with the command line that is probably meant.
pub fn suggestion(
    error: &clap::Error,
    words: &[OsString],
    definition: &clap::Command,
) -> Option<String> {
    if error.kind() == ErrorKind::UnknownArgument
        && let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg)
        && let Some(hint) =
            list_as_option(unknown, words).or_else(|| command_as_option(unknown, words, definition))
    {
        return Some(hint);
    }
    let line = Line {
        words,
        first: command_at(words, 1)?,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => line.other_command(error, definition),
        ErrorKind::UnknownArgument => {
            let ContextValue::String(unknown) = error.get(ContextKind::InvalidArg)? else {
                return None;
            };
            let command = definition.find_subcommand(&words[line.first])?;
            line.other_option(unknown, command)
        }
        ErrorKind::InvalidValue => line.respelled_value(error),
        ErrorKind::MissingRequiredArgument => line.missing_value(),
        _ => None,
    }
}

/// For aplay's `-l` and `-L`. arecord's `-L` lists what records.
fn list_as_option(unknown: &str, words: &[OsString]) -> Option<String> {
    let (_, command) = LISTS.iter().find(|row| row.0.contains(&unknown))?;
    let records = command_at(words, 1).is_some_and(|first| words[first] == "record");
    let direction = match records && *command == "list-pcms" {
        true => " -C",
        false => "",
    };
    Some(did_you_mean(&format!(" {command}{direction}")))
}

/// For a command with dashes before its name: `--record take.wav`.
fn command_as_option(
    unknown: &str,
    words: &[OsString],
    definition: &clap::Command,
) -> Option<String> {
    let at = words.iter().position(|word| word == unknown)?;
    if command_at(words, 1).is_some_and(|first| first < at) {
        return None;
    }
    let (name, line) = (unknown.strip_prefix("--")?, Line { words, first: at });
    let command = match definition.find_subcommand(name) {
        Some(_) => format!(" {name}{}", line.rest(at + 1)),
        None if takes_value(OsStr::new(unknown)) => return None,
        None => line.by_another_name(name)?,
    };
    Some(did_you_mean(&format!("{}{command}", line.before())))
}

/// A command line with the position of its command.
struct Line<'a> {
    words: &'a [OsString],
    first: usize,
}

impl Line<'_> {
    /// The words from `from` on as a shell takes them, each after a space.
    fn rest(&self, from: usize) -> String {
        all_quoted(self.words.iter().skip(from))
    }

    /// The global options before the command.
    fn before(&self) -> String {
        all_quoted(&self.words[1..self.first])
    }

    fn is_command(&self, name: &str) -> bool {
        self.words[self.first] == name
    }

    /// For a word that is not a command: a file to play, a misspelled command, or another program's word for one.
    fn other_command(&self, error: &clap::Error, definition: &clap::Command) -> Option<String> {
        let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
            return None;
        };
        let similar = match error.get(ContextKind::SuggestedSubcommand) {
            Some(ContextValue::Strings(all)) => Some(&all[..]),
            Some(ContextValue::String(only)) => Some(std::slice::from_ref(only)),
            _ => None,
        };
        let is_first = self.is_command(word);
        if is_first && let Some(row) = KEYS.iter().find(|row| row.0.contains(&word.as_str())) {
            return Some(row.1.to_owned());
        }
        let command = match similar {
            _ if self.is_command("mixer") && amixer_command(word).is_some() => {
                self.amixer_command()?
            }
            _ if is_first && self.by_another_name(word).is_some() => self.by_another_name(word)?,
            Some(all) if is_first || !is_control(word) => {
                let nearest = spelling::nearest(word, all.iter().map(String::as_str));
                self.respelled(word, nearest.first()?)?
            }
            None if is_first => self.file(word).or_else(|| self.misspelled_help(word))?,
            _ => self.control_without_command(definition)?,
        };
        Some(did_you_mean(&format!("{}{command}", self.before())))
    }

    fn respelled(&self, wrong: &str, right: &str) -> Option<String> {
        let at = (self.first..self.words.len()).find(|at| self.words[*at] == wrong)?;
        let before = all_quoted(&self.words[self.first..at]);
        Some(format!("{before} {right}{}", self.rest(at + 1)))
    }

    /// For a misspelled value of an option that takes certain values.
    fn respelled_value(&self, error: &clap::Error) -> Option<String> {
        let (Some(ContextValue::String(wrong)), Some(ContextValue::Strings(possible))) = (
            error.get(ContextKind::InvalidValue),
            error.get(ContextKind::ValidValue),
        ) else {
            return None;
        };
        let alike = spelling::alike(wrong, possible.iter().map(String::as_str));
        let line = self.respelled(wrong, alike.first()?)?;
        Some(did_you_mean(&format!("{}{line}", self.before())))
    }

    fn by_another_name(&self, word: &str) -> Option<String> {
        if word == "as" {
            let next = self.first + 1;
            let program = self.words.get(next)?.to_str()?;
            let line = Line {
                first: next,
                ..*self
            };
            return line.by_another_name(program);
        }
        let rest = self.rest(self.first + 1);
        let in_table = |table: &[(&[&str], &'static str)]| {
            Some(table.iter().find(|row| row.0.contains(&word))?.1)
        };
        if VOLUME.contains(&word) {
            let value = if rest.is_empty() {
                VOLUME_EXAMPLE
            } else {
                &rest
            };
            return Some(format!(" mixer set Master{value}"));
        }
        if let Some(command) = in_table(&COMMANDS_WITHOUT_REST) {
            return Some(format!(" {command}"));
        }
        in_table(&OTHER_NAMES).map(|command| format!(" {command}{rest}"))
    }

    fn file(&self, word: &str) -> Option<String> {
        is_file(word).then(|| format!(" play{}", self.rest(self.first)))
    }

    /// clap does not know that there is a command `help`.
    fn misspelled_help(&self, word: &str) -> Option<String> {
        spelling::alike(word, ["help"]).first()?;
        Some(format!(" help{}", self.rest(self.first + 1)))
    }

    /// `mixer Master 40%`, or `mixer st Master 40%`, which is too short for clap's suggestions.
    fn control_without_command(&self, definition: &clap::Command) -> Option<String> {
        if !self.is_command("mixer") {
            return None;
        }
        let at = command_at(self.words, self.first + 1)?;
        let mixer = definition.find_subcommand("mixer")?;
        let names = mixer.get_subcommands().map(clap::Command::get_name);
        let word = self.words[at].to_str().unwrap_or_default();
        if !is_control(word)
            && let Some(name) = spelling::alike(word, names).first()
        {
            return Some(format!(" mixer {name}{}", self.rest(at + 1)));
        }
        let command = if is_volume(word) {
            "set Master"
        } else if self.words.len() > at + 1 {
            "set"
        } else {
            "get"
        };
        Some(format!(" mixer {command}{}", self.rest(at)))
    }

    /// For amixer's name of a command after `mixer`.
    fn amixer_command(&self) -> Option<String> {
        let at = command_at(self.words, self.first + 1)?;
        let command = amixer_command(self.words[at].to_str()?)?;
        Some(format!(" {command}{}", self.rest(at + 1)))
    }

    /// For an option or word that the command does not take.
    fn other_option(&self, unknown: &str, command: &clap::Command) -> Option<String> {
        let at = self.words.iter().position(|word| word == unknown)?;
        let name = command.get_name();
        if at < self.first {
            let takes = command.get_arguments().any(|arg| is_spelled(arg, unknown));
            let rest = self.rest(self.first + 1);
            return takes.then(|| did_you_mean(&format!(" {name}{}{rest}", self.before())));
        }
        let is_device = ["-D", "--device", "--card"].contains(&unknown);
        match name {
            "tone" if args::frequency(unknown).is_ok() => {
                let before = all_quoted(&self.words[1..at]);
                let rest = self.rest(at + 1);
                Some(did_you_mean(&format!("{before} --sine {unknown}{rest}")))
            }
            "loopback" if is_device => Some("-C selects the input, and -P the output".to_owned()),
            "loopback" => match &self.words[at..] {
                [input, output] if !is_option(input) && !is_option(output) => {
                    let (input, output) = (shown(input), shown(output));
                    let before = all_quoted(&self.words[1..at]);
                    Some(did_you_mean(&format!("{before} -C {input} -P {output}")))
                }
                _ => None,
            },
            "mixer" if command_at(self.words, self.first + 1).is_none() => {
                let get = command.find_subcommand("get")?;
                let takes = get.get_arguments().any(|arg| is_spelled(arg, unknown));
                let rest = self.rest(self.first + 1);
                takes.then(|| did_you_mean(&format!(" mixer get{rest}")))
            }
            "devices" if is_device => {
                let rest = self.rest(at);
                Some(did_you_mean(&format!(" info --probe{rest}")))
            }
            _ => None,
        }
    }

    /// For `mixer set` without a control or a value.
    fn missing_value(&self) -> Option<String> {
        let set = command_at(self.words, self.first + 1)?;
        if !self.is_command("mixer") || self.words[set] != "set" {
            return None;
        }
        let given = command_at(self.words, set + 1).map(|at| shown(&self.words[at]));
        Some(match given.as_deref() {
            Some(volume) if is_volume(volume) => {
                did_you_mean(&format!(" mixer set Master{}", self.rest(set + 1)))
            }
            Some(control) => format!("for example: aloud mixer set {control}{VOLUME_EXAMPLE}"),
            None => format!("for example: aloud mixer set Master{VOLUME_EXAMPLE}"),
        })
    }
}

/// A command with another name in amixer.
fn amixer_command(word: &str) -> Option<&'static str> {
    let row = OTHER_NAMES.iter().find(|row| row.0.contains(&word))?;
    row.1.starts_with("mixer").then_some(row.1)
}

fn is_volume(word: &str) -> bool {
    word.ends_with(['%', '+']) || word.parse::<f64>().is_ok()
}

fn did_you_mean(line: &str) -> String {
    format!("did you mean `aloud{line}`?")
}

/// Whether a word is this option: `-D`, `--device`.
fn is_spelled(arg: &clap::Arg, word: &str) -> bool {
    let long = arg.get_long_and_visible_aliases().unwrap_or_default();
    let short = arg.get_short_and_visible_aliases().unwrap_or_default();
    match word.strip_prefix("--") {
        Some(name) => long.contains(&name),
        None => word
            .strip_prefix('-')
            .and_then(|letters| letters.chars().next())
            .is_some_and(|letter| short.contains(&letter)),
    }
}

/// Whether a word is a file, or looks like the name of one.
fn is_file(word: &str) -> bool {
    let path = Path::new(word);
    word == "-" || word.contains('/') || path.extension().is_some() || path.exists()
}

/// Whether a word looks like the name of a control, which begins with a capital letter: `Wave` is not `save`.
fn is_control(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

fn all_quoted<'a>(words: impl IntoIterator<Item = &'a OsString>) -> String {
    words
        .into_iter()
        .map(|word| format!(" {}", shown(word)))
        .collect()
}

fn shown(word: &OsStr) -> String {
    quoted(&word.to_string_lossy())
}
