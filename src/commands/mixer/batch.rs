//! `aloud mixer set --batch`: makes changes line by line.

use super::setter::{SetOutcome, Setter};
use crate::commands::{Exit, Failure, Result, ui::Ui};
use aloud::audio::error::{self, Error, Kind, path_name};
use aloud::audio::standard_streams;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// A longer line means that the file is not a list of changes.
const MAX_LINE: u64 = 65_536;

/// The commands that lines of an amixer script start with.
const AMIXER_COMMANDS: [&str; 3] = ["sset", "set", "cset"];

/// Makes the change of each line. A change that fails is reported with its line number, and the next one follows.
pub fn run(ui: &mut Ui, mut setter: Setter, path: &Path) -> Result {
    let mut lines = Lines::open(path)?;
    let mut failed: Option<Kind> = None;
    let mut last_advice = Vec::new();
    loop {
        if lines.may_wait() {
            setter.rest();
        }
        let Some(line) = lines.next()? else {
            break;
        };
        let error = match set_line(ui, &mut setter, &line) {
            Ok(SetOutcome::Done) => continue,
            Ok(SetOutcome::Stopped(signal)) => return Ok(Exit::Signal(signal)),
            Err(LineError::Ends(failure)) => return Err(failure),
            Err(LineError::Line(error)) => error,
        };
        let kind = error.kind();
        let message = format!("line {}: {error}", lines.number);
        let advice = error.advice().to_vec();
        let error = error.restated(kind, message);
        // A person needs the same hint only once.
        ui.error(&match advice == last_advice && !ui.json() {
            true => error.without_advice(),
            false => error,
        });
        last_advice = advice;
        failed.get_or_insert(kind);
        // Without the card, all further lines would fail too.
        if kind == Kind::Disconnected {
            break;
        }
    }
    Ok(failed.map_or(Exit::Done, Exit::Failed))
}

/// Why a line's change was not made.
enum LineError {
    /// The next line follows.
    Line(Error),
    /// The batch ends.
    Ends(Failure),
}

impl From<Error> for LineError {
    fn from(error: Error) -> LineError {
        LineError::Line(error)
    }
}

impl From<Failure> for LineError {
    fn from(failure: Failure) -> LineError {
        match failure {
            Failure::Error(error) => LineError::Line(error),
            other => LineError::Ends(other),
        }
    }
}

fn set_line(
    ui: &mut Ui,
    setter: &mut Setter,
    line: &str,
) -> std::result::Result<SetOutcome, LineError> {
    let words = split_words(line)?;
    let Some((first, rest)) = words.split_first() else {
        return Ok(SetOutcome::Done);
    };
    // A mixer that does not open is reported once, not for each line.
    setter.open().map_err(LineError::Ends)?;
    let (control, values) = match rest.split_first() {
        Some((control, values))
            if AMIXER_COMMANDS.contains(&first.as_str()) && !setter.has_control(first)? =>
        {
            (control, values)
        }
        _ => (first, rest),
    };
    let values: Vec<String> = values.iter().map(|word| unquoted(word)).collect();
    Ok(setter.set(ui, control, &values, false)?)
}

/// The lines of a file or of standard input.
struct Lines {
    name: String,
    reader: BufReader<Box<dyn Read>>,
    /// The number of the current line, from 1.
    number: u64,
}

impl Lines {
    fn open(path: &Path) -> error::Result<Lines> {
        let name = path_name(path);
        let reader: Box<dyn Read> = match path.to_str() {
            Some("-") => {
                let stdin = standard_streams::stdin();
                stdin.map_err(|error| Error::file("read", &name, &error))?;
                Box::new(io::stdin().lock())
            }
            _ => {
                let file = File::open(path).map_err(|error| Error::file("read", &name, &error))?;
                Box::new(file)
            }
        };
        Ok(Lines {
            name,
            reader: BufReader::new(reader),
            number: 0,
        })
    }

    /// Whether the next line has not been read yet.
    fn may_wait(&self) -> bool {
        !self.reader.buffer().contains(&b'\n')
    }

    fn next(&mut self) -> error::Result<Option<String>> {
        let mut line = Vec::new();
        let mut limited = self.reader.by_ref().take(MAX_LINE);
        let read = limited
            .read_until(b'\n', &mut line)
            .map_err(|error| Error::file("read", &self.name, &error))?;
        self.number += 1;
        if read as u64 == MAX_LINE && line.last() != Some(&b'\n') {
            let why = format!("is not a list of changes: line {} is too long", self.number);
            return Err(Error::invalid(&self.name, why));
        }
        Ok((read > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
    }
}

/// Splits a line into words, which keep their quotes. A word that starts with `#` starts a comment.
fn split_words(line: &str) -> error::Result<Vec<String>> {
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
        let message = format!("a quote ({open}) is not closed");
        return Err(Error::new(Kind::Usage, message));
    }
    if !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

/// Removes the quotes from a word. Quotes of the other kind inside them stay.
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
    fn lines_have_words_quotes_and_comments() {
        let cases: [(&str, &[&str]); 9] = [
            ("Master 40% unmute\n", &["Master", "40%", "unmute"]),
            ("  'Mic Boost',1\t5%+ # louder", &["'Mic Boost',1", "5%+"]),
            ("# only a comment", &[]),
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
            assert_eq!(split_words(line).unwrap(), expected, "{line}");
        }
        assert_eq!(split_words("'Mic 3").unwrap_err().kind(), Kind::Usage);
    }

    #[test]
    fn values_lose_their_quotes() {
        assert_eq!(unquoted("'Line In'"), "Line In");
        assert_eq!(unquoted("\"Bob's\",'x'"), "Bob's,x");
    }
}
