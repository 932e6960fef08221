//! `-s`: runs the lines of stdin. Only `sset` and `cset` have an effect, and errors are ignored.

use super::context::{Options, open_mixer};
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
        // As in the original, a wrong ID ends the run.
        if let Some((command, arguments)) = words.split_first()
            && command == "cset"
        {
            elements::selector(arguments)?;
        }
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

/// The words of a line, as a shell splits them: quotes and backslashes keep blanks. `#` or `!` at the beginning of a word
/// ends the line. Quotes around a part of an ID that has a comma stay, because such a name needs them.
fn words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with(['#', '!']) {
        let (word, after) = first_word(rest, all.len() == 1);
        all.push(word);
        rest = after.trim_start();
    }
    all
}

/// The first word of a text that begins with one, and what follows it.
fn first_word(text: &str, is_id: bool) -> (String, &str) {
    let (mut word, mut quote) = (String::new(), None);
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match quote {
            Some((open, start)) if c == open => {
                let is_whole = start == 0 && is_end(&text[at + 1..]);
                if is_id && !is_whole && text[start + 1..at].contains(',') {
                    word.insert(word.len() - (at - start - 1), open);
                    word.push(open);
                }
                quote = None;
            }
            _ if c == '\\' => word.extend(characters.next().map(|(_, c)| c)),
            None if c == '\'' || c == '"' => quote = Some((c, at)),
            None if c.is_whitespace() => return (word, &text[at..]),
            _ => word.push(c),
        }
    }
    (word, "")
}

/// Whether a word ends before this text.
fn is_end(text: &str) -> bool {
    text.is_empty() || text.starts_with(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_keep_blanks_together() {
        assert_eq!(
            words("sset 'Line In',0  40% mute "),
            ["sset", "Line In,0", "40%", "mute"]
        );
        assert_eq!(words("cset name='A B' 1"), ["cset", "name=A B", "1"]);
        assert_eq!(words("cset name=\\'A\\ B 1"), ["cset", "name='A B", "1"]);
        assert_eq!(
            words("set 'Line In' \"A 'B\" '' '#' 5# # x"),
            ["set", "Line In", "A 'B", "", "#", "5#"]
        );
        assert_eq!(
            words("cset 'numid=1' 5#x '6"),
            ["cset", "numid=1", "5#x", "6"]
        );
        assert!(words("# sset Master 1").is_empty() && words("").is_empty());
    }

    #[test]
    fn names_with_commas_keep_their_quotes() {
        assert_eq!(words("cset name='A,B' 1"), ["cset", "name='A,B'", "1"]);
        assert_eq!(words("cset 'name=A,index=1'"), ["cset", "name=A,index=1"]);
    }
}
