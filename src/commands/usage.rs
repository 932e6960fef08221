//! The command line before and after clap: what is rewritten for it, what it shows, and what its errors suggest.

use super::advice;
use super::did_you_mean::{command_at, suggestion, takes_value};
use super::ui::{self, Ui, wrapped};
use super::version::Version;
use aloud::audio::error::{Error, Kind};
use clap::error::ErrorKind;
use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

/// How the short help groups commands by what people do. It lists the others by name.
const GROUPS: [(&str, &[&str]); 3] = [
    ("Play and record", &["play", "record", "loopback", "tone"]),
    ("Volume", &["mixer", "mixers"]),
    (
        "Devices and files",
        &["devices", "doctor", "info", "list-cards", "list-pcms"],
    ),
];

/// The columns that the short help has for the names of commands.
const NAMES: usize = 14;

/// The examples that the short help shows, in lines.
const SHORT_EXAMPLES: usize = 4;

/// Rewrites what clap cannot parse: `help COMMAND` becomes `COMMAND --help`, and `mixer help COMMAND` becomes
/// `mixer COMMAND --help`. Options before the command of `mixer`, where amixer has them, move behind it. The values
/// `-12dB` and `-5%` of `mixer set` get a space before them, which the parser of the values ignores.
pub fn rewritten(mut words: Vec<OsString>) -> Vec<OsString> {
    let Some(first) = command_at(&words, 1) else {
        return words;
    };
    let mut second = command_at(&words, first + 1).filter(|_| words[first] == "mixer");
    if let Some(at) = second {
        words[first + 1..=at].rotate_right(1);
        second = Some(first + 1);
    }
    let is_help = |at: &usize| words[*at] == "help";
    if let Some(help) = Some(first).filter(is_help).or(second.filter(is_help)) {
        words.remove(help);
        words.push("--help".into());
        return words;
    }
    if let Some(second) = second.filter(|at| words[*at] == "set") {
        for at in second + 1..words.len() {
            if words[at] == "--" {
                break;
            }
            if is_negative(&words[at]) && !takes_value(&words[at - 1]) {
                let mut spaced = OsString::from(" ");
                spaced.push(&words[at]);
                words[at] = spaced;
            }
        }
    }
    words
}

/// The names of the command and of its subcommand, as far as the words have them.
pub fn command_names(words: &[OsString]) -> Vec<&str> {
    let first = command_at(words, 1);
    let second = first.and_then(|first| command_at(words, first + 1));
    let name = |at: usize| words[at].to_str();
    first.into_iter().chain(second).map_while(name).collect()
}

/// Whether a word starts with a minus sign and a digit: `-12dB`, `-5%`, `-.5dB`.
fn is_negative(word: &OsStr) -> bool {
    matches!(word.as_encoded_bytes(), [b'-', b'0'..=b'9' | b'.', ..])
}

/// Prepares the definition for this command line: its own rules, color and short help.
pub fn prepared(definition: clap::Command, words: &[OsString]) -> clap::Command {
    let is_long = words.iter().any(|word| word == "--help");
    let short = (!is_long).then(|| short_help(&definition));
    let command = with_own_rules(definition).color(ui::color_of(words).for_clap());
    match short {
        Some(help) => command.override_help(help),
        None => command,
    }
}

/// A repeated option replaces the earlier one, and an empty environment variable counts as unset.
pub fn with_own_rules(definition: clap::Command) -> clap::Command {
    for_each(definition, &|command| {
        let command = command.args_override_self(true);
        let any = command.get_arguments().any(has_empty_variable);
        let without = |arg| match has_empty_variable(&arg) {
            true => arg.env(None::<&'static str>),
            false => arg,
        };
        if any {
            command.mut_args(without)
        } else {
            command
        }
    })
}

/// Whether the environment variable that sets an option is empty.
fn has_empty_variable(arg: &clap::Arg) -> bool {
    let value = arg.get_env().and_then(std::env::var_os);
    value.is_some_and(|value| value.is_empty())
}

/// Shows only the first examples in short help, and all of them in `--help`.
pub fn with_short_examples(definition: clap::Command) -> clap::Command {
    for_each(definition, &|command| {
        let Some(examples) = command.get_after_help().map(ToString::to_string) else {
            return command;
        };
        if command.get_after_long_help().is_some() {
            return command;
        }
        let first: Vec<&str> = examples.lines().take(1 + SHORT_EXAMPLES).collect();
        command
            .after_help(first.join("\n"))
            .after_long_help(examples)
    })
}

fn for_each(
    command: clap::Command,
    change: &dyn Fn(clap::Command) -> clap::Command,
) -> clap::Command {
    let command = change(command);
    command.mut_subcommands(|subcommand| for_each(subcommand, change))
}

/// The help of `aloud` and `aloud -h`: one screen.
fn short_help(definition: &clap::Command) -> String {
    let columns = ui::help_columns();
    let about = definition.get_about().cloned().unwrap_or_default();
    let about = wrapped(&about.to_string(), "", columns);
    let mut help = format!("{about}\nUsage: aloud <COMMAND> [OPTIONS]\n");
    let indent = " ".repeat(NAMES);
    for (title, names) in GROUPS {
        help += &format!("\n{title}:\n");
        for command in names
            .iter()
            .filter_map(|name| definition.find_subcommand(name))
        {
            let about = command.get_about().cloned().unwrap_or_default();
            let about = wrapped(&about.to_string(), &indent, columns);
            let name = format!("  {}", command.get_name());
            help += &format!("{name:<NAMES$}{about}");
        }
    }
    let others = definition
        .get_subcommands()
        .map(clap::Command::get_name)
        .filter(|name| GROUPS.iter().all(|(_, names)| !names.contains(name)));
    let others = others.collect::<Vec<_>>().join(", ");
    help.push('\n');
    for line in [
        &format!("Other commands: {others}"),
        "Options of all commands: --json, -q, -v, --color; `aloud --help` describes them",
        "`aloud help COMMAND` describes a command. Start with: aloud devices",
    ] {
        help += &wrapped(line, "", columns);
    }
    help
}

/// Prints what clap has to say about a command line it did not accept (or answered: `--help`) and returns the exit
/// status.
pub fn report(error: &clap::Error, words: &[OsString], definition: clap::Command) -> ExitCode {
    let json = words.iter().any(|word| word == "--json");
    if !error.use_stderr() {
        return answer(error, &Ui::for_usage(json, ui::color_of(words)));
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && !json {
        let _ = error.print();
    } else {
        let negative = negative_value(error, words, &definition);
        let error = negative.as_ref().unwrap_or(error);
        let suggestion = suggestion(error, words, &definition);
        let usage = own_usage(definition, words);
        let mut text = error.render().to_string();
        // clap does not tell an empty value from a missing one.
        if words.iter().any(|word| word.is_empty()) {
            text = text.replace(
                "but none was supplied",
                "but it is empty (an unset variable?)",
            );
        }
        let ui = Ui::for_usage(json, ui::color_of(words));
        ui.error(&usage_error(&text, suggestion, usage));
    }
    ExitCode::from(Kind::Usage.exit_status())
}

/// The error about a negative number as the value of the option before it, which clap takes for an unknown option.
fn negative_value(
    error: &clap::Error,
    words: &[OsString],
    definition: &clap::Command,
) -> Option<clap::Error> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let at = (1..words.len()).find(|at| {
        is_negative(&words[*at]) && words[*at - 1].as_encoded_bytes().starts_with(b"-")
    })?;
    let mut joined = words.to_vec();
    let value = joined.remove(at);
    joined[at - 1].push("=");
    joined[at - 1].push(value);
    let definition = with_own_rules(definition.clone());
    let error = definition.try_get_matches_from(joined).err()?;
    (error.kind() == ErrorKind::ValueValidation).then_some(error)
}

/// Prints the help or the version.
fn answer(error: &clap::Error, ui: &Ui) -> ExitCode {
    let printed = match error.kind() {
        ErrorKind::DisplayVersion if ui.json() => ui.document(&Version::new()),
        _ => ui.clap_text(&error.render()),
    };
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ui.failure(error.into()),
    }
}

/// Turns clap's text into an error like any other. Its paragraphs are the message, tips, the usage, and where help is.
fn usage_error(text: &str, suggestion: Option<String>, usage: String) -> Error {
    let in_one_line = |paragraph: &str| {
        let words: Vec<_> = paragraph.lines().map(str::trim).collect();
        let words = words.join(" ").trim().replace("subcommand", "command");
        words.replace("unrecognized command", "there is no command")
    };
    let mut paragraphs = text
        .split("\n\n")
        .map(in_one_line)
        .filter(|paragraph| !paragraph.is_empty() && !paragraph.starts_with("Usage:"));
    let message = paragraphs.next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    let listed = message.contains(POSSIBLE_VALUES);
    let message = plain(message);
    // A misspelled option is hardly a value.
    let tip = paragraphs
        .find_map(|hint| hint.strip_prefix("tip: ").map(str::to_owned))
        .filter(|tip| !(tip.starts_with("to pass ") || listed && tip.contains("similar value")));
    let hints = suggestion.or(tip).into_iter().chain([usage]);
    hints.fold(Error::new(Kind::Usage, message), |error, hint| {
        error.with_advice(advice::custom(hint))
    })
}

/// What precedes the values that an option takes, in clap's messages.
const POSSIBLE_VALUES: &str = " [possible values: ";

/// What clap and the standard library say about numbers, and the same in plain words.
const NUMBERS: [(&str, &str); 5] = [
    ("invalid digit found in string", "expected a whole number"),
    (
        "cannot parse integer from empty string",
        "expected a whole number",
    ),
    (
        "number too large to fit in target type",
        "the number is too large",
    ),
    (
        "number too small to fit in target type",
        "the number is too small",
    ),
    ("invalid float literal", "expected a number"),
];

/// A message about an invalid value in plain words.
fn plain(message: &str) -> String {
    let listed = message
        .split_once(POSSIBLE_VALUES)
        .and_then(|(start, rest)| Some((start, rest.strip_suffix(']')?)));
    if let Some((start, values)) = listed {
        let values = match values.rsplit_once(", ") {
            Some((first, last)) => format!("{first} or {last}"),
            None => values.to_owned(),
        };
        return format!("{start}: expected {values}");
    }
    if let Some((start, range)) = message.rsplit_once(" is not in ")
        && let Some((low, high)) = range.split_once("..")
        && let Some((start, _)) = start.rsplit_once(": ")
    {
        let expected = match (high.strip_prefix('='), high.parse::<u64>()) {
            (Some(last), _) => format!("{low} to {last}"),
            (None, Ok(end)) => format!("{low} to {}", end.saturating_sub(1)),
            (None, Err(_)) => format!("{low} or more"),
        };
        return format!("{start}: expected {expected}");
    }
    if let Some((start, _)) = message.split_once(" requires a command but") {
        return format!("{start} needs a command");
    }
    let found = NUMBERS.iter().find(|(words, _)| message.ends_with(words));
    found.map_or_else(
        || message.to_owned(),
        |(words, plain)| message.replace(words, plain),
    )
}

/// The usage of the command that the words name, and how to learn more.
fn own_usage(mut definition: clap::Command, words: &[OsString]) -> String {
    definition.build();
    let mut command = &definition;
    let mut at = 1;
    while let Some(next) = command_at(words, at)
        && let Some(subcommand) = command.find_subcommand(&words[next])
    {
        (command, at) = (subcommand, next + 1);
    }
    let usage = command.clone().render_usage().to_string();
    let lines: Vec<_> = usage
        .trim_start_matches("Usage: ")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let usage = lines.join("; ");
    let name = command.get_bin_name().unwrap_or("aloud");
    format!("usage: {usage} (`{name} --help` explains)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn clap_text_becomes_a_message_and_hints() {
        let text = "error: unexpected argument '--jsn' found\n\n  tip: a similar argument exists: '--json'\n\n\
                    Usage: aloud play --json [FILE]...\n\nFor more information, try '--help'.\n";
        let error = usage_error(text, None, "usage: aloud play".to_owned());
        assert_eq!(error.to_string(), "unexpected argument '--jsn' found");
        let hints = ["a similar argument exists: '--json'", "usage: aloud play"];
        assert_eq!(advice::hints(&error), hints);
    }

    #[test]
    fn values_are_explained_in_plain_words() {
        let start = "invalid value 'x' for '--loop <N>'";
        for (why, expected) in [
            (": invalid digit found in string", "expected a whole number"),
            (": x is not in 0..=8", "expected 0 to 8"),
            (": x is not in 0..32", "expected 0 to 31"),
            (": x is not in 1..", "expected 1 or more"),
            (
                " [possible values: fast, good, best]",
                "expected fast, good or best",
            ),
            (" [possible values: one]", "expected one"),
            (": expected a time", "expected a time"),
        ] {
            assert_eq!(
                plain(&format!("{start}{why}")),
                format!("{start}: {expected}")
            );
        }
        assert_eq!(
            plain("'aloud' requires a command but one was not provided [commands: play]"),
            "'aloud' needs a command"
        );
        let text = "error: invalid value 'x' for '-V <TYPE>'\n  [possible values: mono, stereo]\n\n  tip: a similar \
                    value exists: 'mono'\n\nFor more information, try '--help'.\n";
        let error = usage_error(text, None, "usage: aloud play".to_owned());
        assert_eq!(
            error.to_string(),
            "invalid value 'x' for '-V <TYPE>': expected mono or stereo"
        );
        assert_eq!(advice::hints(&error), ["usage: aloud play"]);
    }

    #[test]
    fn help_is_moved_behind_the_command() {
        for (line, expected) in [
            ("aloud help", "aloud --help"),
            ("aloud help play", "aloud play --help"),
            (
                "aloud --color never help mixer set",
                "aloud --color never mixer set --help",
            ),
            ("aloud mixer help set", "aloud mixer set --help"),
            ("aloud play help", "aloud play help"),
        ] {
            assert_eq!(rewritten(words(line)), words(expected), "{line}");
        }
    }

    #[test]
    fn options_before_the_command_of_mixer_are_moved_behind_it() {
        for (line, expected) in [
            ("aloud mixer -c 0 get x", "aloud mixer get -c 0 x"),
            (
                "aloud -q mixer -M --card=0 set x 5",
                "aloud -q mixer set -M --card=0 x 5",
            ),
            ("aloud mixer -c 0", "aloud mixer -c 0"),
            ("aloud play -c 2 get", "aloud play -c 2 get"),
        ] {
            assert_eq!(rewritten(words(line)), words(expected), "{line}");
        }
    }

    #[test]
    fn negative_values_of_mixer_set_are_no_options() {
        let spaced = |line: &str| -> Vec<bool> {
            let words = rewritten(words(line));
            let is_spaced = |word: &OsString| word.as_encoded_bytes().starts_with(b" ");
            words.iter().map(is_spaced).collect()
        };
        assert!(spaced("aloud -q mixer set Master -12dB")[5]);
        assert!(spaced("aloud mixer set -c 1 Master unmute -5%")[7]);
        for line in [
            "aloud mixer set Master --channel -1 40%",
            "aloud mixer set Master -- -12dB",
            "aloud mixer set Master -M 40%",
            "aloud mixer get -1",
            "aloud play -1",
        ] {
            assert!(!spaced(line).contains(&true), "{line}");
        }
    }
}
