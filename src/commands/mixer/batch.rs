//! `aloud mixer set --batch`: a line per change, made as it comes.

use super::set::{SetOutcome, Setter};
use crate::commands::{Exit, Failure, Result, ui::Ui};
use aloud::audio::error::{self, Error, Kind, path_name};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// No line that means something is longer: what is, is no list of changes.
const LONGEST: u64 = 65_536;

/// The words by which amixer's own lines begin.
const AMIXER: [&str; 3] = ["sset", "set", "cset"];

/// Makes the change of each line. One that cannot be made is told by its number, and the others are made.
pub fn run(ui: &mut Ui, mut setter: Setter, path: &Path) -> Result {
    let name = path_name(path);
    let cannot = |error: io::Error| Error::file("read", &name, &error);
    let mut lines: Box<dyn BufRead> = match path.to_str() {
        Some("-") => Box::new(io::stdin().lock()),
        _ => Box::new(BufReader::new(File::open(path).map_err(cannot)?)),
    };
    let mut failed: Option<Kind> = None;
    for number in 1_u64.. {
        let mut line = Vec::new();
        let taken = lines.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        match taken.map_err(cannot)? as u64 {
            0 => break,
            LONGEST if line.last() != Some(&b'\n') => {
                let why = format!("is no list of changes: line {number} is too long");
                return Err(Error::invalid(&name, why).into());
            }
            _ => {}
        }
        let words = words(&String::from_utf8_lossy(&line));
        if words.as_ref().is_ok_and(|words| !words.is_empty()) {
            // Without a mixer no line can be followed: that is one error, and not one a line.
            setter.open()?;
        }
        let error = match words.map(|words| change(ui, &mut setter, &words)) {
            Ok(Ok(None | Some(SetOutcome::Done))) => continue,
            Ok(Ok(Some(SetOutcome::Stopped(signal)))) => return Ok(Exit::Signal(signal)),
            Ok(Err(Failure::Error(error))) => error,
            Ok(Err(failure)) => return Err(failure),
            Err(error) => error,
        };
        let kind = error.kind();
        let message = format!("line {number}: {error}");
        ui.error(&error.restated(kind, message));
        failed.get_or_insert(kind);
        // There is nothing left that the lines to come could change.
        if kind == Kind::Disconnected {
            break;
        }
    }
    Ok(failed.map_or(Exit::Done, Exit::Failed))
}

/// Makes the change of a line's words; nothing where there are none.
fn change(ui: &mut Ui, setter: &mut Setter, words: &[String]) -> Result<Option<SetOutcome>> {
    let Some((first, rest)) = words.split_first() else {
        return Ok(None);
    };
    let (control, values) = match rest.split_first() {
        Some((control, values)) if AMIXER.contains(&first.as_str()) && !setter.knows(first)? => {
            (control, values)
        }
        _ => (first, rest),
    };
    let values: Vec<String> = values.iter().map(|word| unquoted(word)).collect();
    setter.set(ui, control, &values, false).map(Some)
}

/// The words of a line, with their quotes; none from a `#` on that begins a word.
fn words(line: &str) -> error::Result<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (c, quote) {
            ('#', None) if word.is_empty() => break,
            (' ' | '\t' | '\r' | '\n', None) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            _ => {}
        }
        word.push(c);
    }
    if let Some(open) = quote {
        let message = format!("a quote ({open}) that is not closed");
        return Err(Error::new(Kind::Usage, message));
    }
    if !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

/// The word without the quotes in it; what stands inside one kind of quotes stays, quotes of the other kind too.
fn unquoted(word: &str) -> String {
    let (mut plain, mut quote) = (String::new(), None);
    for c in word.chars() {
        match quote {
            None if c == '\'' || c == '"' => quote = Some(c),
            Some(open) if c == open => quote = None,
            _ => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_words_quotes_and_comments() {
        let cases: [(&str, &[&str]); 9] = [
            ("Master 40% unmute\n", &["Master", "40%", "unmute"]),
            ("  'Mic Boost',1\t5%+ # louder", &["'Mic Boost',1", "5%+"]),
            ("# all of it", &[]),
            ("", &[]),
            (" \r\n", &[]),
            ("'#1' 3", &["'#1'", "3"]),
            ("C# 3", &["C#", "3"]),
            (
                "iface=MIXER,name=\"Bob's Mic\" on",
                &["iface=MIXER,name=\"Bob's Mic\"", "on"],
            ),
            ("Source 'Line In'", &["Source", "'Line In'"]),
        ];
        for (line, expected) in cases {
            assert_eq!(words(line).unwrap(), expected, "{line}");
        }
        assert_eq!(words("'Mic 3").unwrap_err().kind(), Kind::Usage);
    }

    #[test]
    fn quotes_are_taken_from_values() {
        assert_eq!(unquoted("'Line In'"), "Line In");
        assert_eq!(unquoted("\"Bob's\",'x'"), "Bob's,x");
    }
}
