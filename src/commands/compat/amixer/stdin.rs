//! `-s`: runs the lines of stdin. Only `sset` and `cset` have an effect, and errors are ignored.

use super::context::{Options, open_mixer, unquoted};
use super::{elements, set};
use crate::commands::compat::stop::{Result, Stop};
use crate::commands::ui::plain;
use aloud::audio::mixer::{Controls, Elements};
use std::io::{BufRead, stdin};

/// What is opened once it is needed.
#[derive(Default)]
struct Handles {
    controls: Option<Controls>,
    elements: Option<Elements>,
}

pub(super) fn run(options: &Options) -> Result<()> {
    let mut handles = Handles::default();
    for line in stdin().lock().split(b'\n') {
        let line = line.map_err(|error| Stop::Failed(format!("amixer: {error}\n"), 1))?;
        let words = words(&String::from_utf8_lossy(&line));
        match execute(&mut handles, options, &words) {
            // An incomplete line is reported; a change that fails is not.
            Err(Stop::Failed(text, _)) if !text.starts_with("amixer:") => plain::print_error(&text),
            Err(stop @ Stop::Stdout(_)) => return Err(stop),
            Ok(()) | Err(Stop::Failed(..)) => {}
        }
    }
    Ok(())
}

fn execute(handles: &mut Handles, options: &Options, words: &[String]) -> Result<()> {
    let Some((command, arguments)) = words.split_first() else {
        return Ok(());
    };
    match command.as_str() {
        "sset" | "set" => {
            let mut controls = match handles.controls.take() {
                Some(controls) => controls,
                None => open_mixer(options)?,
            };
            let _ = controls.handle_events();
            let result = set::run(&controls, options, arguments);
            handles.controls = Some(controls);
            result
        }
        "cset" => {
            let selector = elements::selector(arguments)?;
            let elements = match handles.elements.take() {
                Some(elements) => elements,
                None => elements::open(options, "\n")?,
            };
            let result = elements::set_in(&elements, &selector, options, arguments.get(1));
            handles.elements = Some(elements);
            result
        }
        _ => Ok(()),
    }
}

/// The words of a line, to a `#` before one of them. Quotes keep blanks together; those inside the second word, an id,
/// belong to it.
fn words(line: &str) -> Vec<String> {
    let (mut all, mut word, mut quote) = (Vec::new(), String::new(), None);
    if line.trim_start().starts_with('!') {
        return all;
    }
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '#' && word.is_empty() => break,
            None if ['\'', '"'].contains(&c) => quote = Some(c),
            None if c.is_whitespace() => {
                add_word(&mut all, std::mem::take(&mut word));
                continue;
            }
            _ => {}
        }
        word.push(c);
    }
    add_word(&mut all, word);
    all
}

/// Adds a word without its quotes, unless nothing is left of it.
fn add_word(all: &mut Vec<String>, word: String) {
    let (is_id, mut bare, mut quote) = (all.len() == 1, String::new(), None);
    if is_id {
        bare = unquoted(&word).to_owned();
    } else {
        for c in word.chars() {
            match quote {
                Some(open) if c == open => quote = None,
                None if ['\'', '"'].contains(&c) => quote = Some(c),
                _ => bare.push(c),
            }
        }
    }
    if !bare.is_empty() {
        all.push(bare);
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_keep_blanks_together() {
        assert_eq!(
            words("sset 'Line In',0  40% mute "),
            ["sset", "'Line In',0", "40%", "mute"]
        );
        assert_eq!(words("cset name='A B' 1"), ["cset", "name='A B'", "1"]);
        assert_eq!(
            words("set 'Line In' \"A 'B\" '' # x"),
            ["set", "Line In", "A 'B"]
        );
        assert_eq!(
            words("cset 'numid=1' 5#x '6"),
            ["cset", "numid=1", "5#x", "6"]
        );
        assert!(words("# sset Master 1").is_empty() && words("").is_empty());
    }
}
