//! `aloud __complete`: what can follow on a command line. The scripts of `aloud completions` call it.
//!
//! `aloud __complete bash BREAKS LINE` gets the line up to the cursor, and prints what bash inserts. `aloud __complete
//! zsh WORD...` and `fish` get the words after the program's name, the last of which is completed, and print a candidate
//! and its description per line, separated by a tab. zsh and fish quote the candidates themselves.

mod candidates;
mod files;
mod parse;
mod quoting;

use candidates::Candidate;
use parse::CompletionPlace;
use quoting::BashWord;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The name of the hidden command.
pub const COMMAND: &str = "__complete";

/// A sound server that hangs must not stop the shell for longer.
const MAX_TIME: Duration = Duration::from_millis(800);

/// The line of zsh's output that asks zsh for files with the extensions that follow.
const FILES: &str = ":files";

/// Prints candidates. Never fails, and prints no errors: the user is typing.
pub fn run(words: &[OsString], definition: fn() -> clap::Command) -> ExitCode {
    let words: Vec<String> = words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let (send, receive) = mpsc::channel();
    thread::spawn(move || send.send(answer(&words, definition())));
    if let Ok(Some(text)) = receive.recv_timeout(MAX_TIME) {
        let _ = std::io::stdout().write_all(text.as_bytes());
    }
    ExitCode::SUCCESS
}

fn answer(words: &[String], definition: clap::Command) -> Option<String> {
    let (shell, words) = words.split_first()?;
    match (shell.as_str(), words) {
        ("bash", [breaks, line]) => Some(for_bash(breaks, line, definition)),
        ("zsh", words) => Some(for_zsh(&CompletionPlace::of(definition, words)?)),
        ("fish", words) => {
            let (last, before) = words.split_last()?;
            let last = quoting::without_quotes(last);
            let words: Vec<String> = before.iter().cloned().chain([last]).collect();
            Some(with_descriptions(&candidates(&CompletionPlace::of(
                definition, &words,
            )?)))
        }
        _ => None,
    }
}

fn candidates(place: &CompletionPlace) -> Vec<Candidate> {
    let mut all = candidates::candidates(place);
    all.extend(files::candidates(place));
    all.retain(|candidate| candidate.value.starts_with(&place.current));
    all
}

/// `space` or `nospace`, and a line per candidate.
fn for_bash(breaks: &str, line: &str, definition: clap::Command) -> String {
    let Some((words, last)) = quoting::split(line) else {
        return String::new();
    };
    let words: Vec<String> = (words.into_iter().skip(1))
        .chain([last.text.clone()])
        .collect();
    let Some(place) = CompletionPlace::of(definition, &words) else {
        return String::new();
    };
    let all = candidates(&place);
    let is_open = |candidate: &Candidate| candidate.is_open();
    let mut text = match all.iter().any(is_open) {
        true => "nospace\n".to_owned(),
        false => "space\n".to_owned(),
    };
    for candidate in all {
        text += &BashWord::insertion(&last, &candidate.value, breaks);
        text.push('\n');
    }
    text
}

fn for_zsh(place: &CompletionPlace) -> String {
    let mut text = with_descriptions(&candidates::candidates(place));
    if let Some(extensions) = files::extensions(place) {
        text += &format!("{FILES} {}\n", extensions.join(" "));
    }
    text
}

fn with_descriptions(all: &[Candidate]) -> String {
    let line = |candidate: &Candidate| format!("{}\t{}\n", candidate.value, candidate.description);
    all.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(line: &str) -> Vec<String> {
        let words: Vec<String> = ["fish"]
            .into_iter()
            .chain(line.split(' '))
            .map(str::to_owned)
            .collect();
        let text = answer(&words, crate::commands::definition()).unwrap();
        let values = text
            .lines()
            .filter_map(|line| Some(line.split_once('\t')?.0.to_owned()));
        values.collect()
    }

    #[test]
    fn help_takes_the_names_of_commands() {
        assert_eq!(listed("help mixer"), ["mixers", "mixer"]);
        assert!(listed("help mixer ").contains(&"watch".to_owned()));
        assert!(listed("help play ").is_empty());
    }

    #[test]
    fn as_takes_the_name_of_a_program() {
        assert_eq!(listed("as am"), ["amixer"]);
        assert!(listed("as aplay ").is_empty());
    }

    #[test]
    fn options_may_precede_the_command_of_a_group() {
        let all = listed("mixer ");
        assert!(all.contains(&"set".to_owned()));
        for line in [
            "mixer -c 0 ",
            "mixer -c0 ",
            "mixer --card 0 ",
            "mixer -D x ",
        ] {
            assert_eq!(listed(line), all, "{line}");
        }
        assert_eq!(listed("mixer -c 0 wa"), ["watch"]);
        assert!(listed("-D x ").is_empty());
    }

    #[test]
    fn only_record_can_split() {
        assert_eq!(listed("record --on-lost s"), ["split"]);
        assert!(listed("play --on-lost s").is_empty());
    }
}
