//! Command lines by the rules of GNU's `getopt_long`: bundled short options, abbreviated long ones, and arguments
//! anywhere among them.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// An option: its letter, its long name, and whether it takes a value.
pub struct Opt {
    pub letter: char,
    pub name: &'static str,
    pub has_value: bool,
}

/// An option without a value.
pub const fn flag(letter: char, name: &'static str) -> Opt {
    Opt {
        letter,
        name,
        has_value: false,
    }
}

/// An option with a value.
pub const fn value(letter: char, name: &'static str) -> Opt {
    Opt {
        letter,
        name,
        has_value: true,
    }
}

/// A part of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinePart {
    /// An option by its letter, with its value if it takes one.
    Option(char, OsString),
    /// An argument.
    Argument(OsString),
    /// What is wrong with an option, in getopt's words.
    Wrong(String),
}

/// Splits a command line into its parts.
pub fn parse(program: &str, options: &[Opt], words: &[OsString]) -> Vec<LinePart> {
    let mut parser = Parser {
        program,
        options,
        parts: Vec::new(),
    };
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_bytes() {
            b"--" => {
                let arguments = rest.cloned();
                parser.parts.extend(arguments.map(LinePart::Argument));
                break;
            }
            [b'-', b'-', long @ ..] => parser.long(long, &mut rest),
            [b'-', letters @ ..] if !letters.is_empty() => parser.short(letters, &mut rest),
            _ => parser.parts.push(LinePart::Argument(word.clone())),
        }
    }
    parser.parts
}

/// A word as text, for anything but a file name.
pub fn text(word: &OsStr) -> String {
    word.to_string_lossy().into_owned()
}

struct Parser<'a> {
    program: &'a str,
    options: &'a [Opt],
    parts: Vec<LinePart>,
}

impl Parser<'_> {
    fn wrong(&mut self, what: &str) {
        let text = format!("{}: {what}\n", self.program);
        self.parts.push(LinePart::Wrong(text));
    }

    fn short<'w>(&mut self, letters: &[u8], rest: &mut impl Iterator<Item = &'w OsString>) {
        for (at, letter) in letters.iter().map(|byte| char::from(*byte)).enumerate() {
            let Some(option) = self.options.iter().find(|option| option.letter == letter) else {
                self.wrong(&format!("invalid option -- '{letter}'"));
                continue;
            };
            if !option.has_value {
                self.parts.push(LinePart::Option(letter, OsString::new()));
                continue;
            }
            let value = match &letters[at + 1..] {
                [] => rest.next().cloned(),
                attached => Some(OsStr::from_bytes(attached).to_owned()),
            };
            match value {
                Some(value) => self.parts.push(LinePart::Option(letter, value)),
                None => self.wrong(&format!("option requires an argument -- '{letter}'")),
            }
            return;
        }
    }

    fn long<'w>(&mut self, word: &[u8], rest: &mut impl Iterator<Item = &'w OsString>) {
        let mut parts = word.splitn(2, |byte| *byte == b'=');
        let name = text(OsStr::from_bytes(parts.next().unwrap_or_default()));
        let attached = parts
            .next()
            .map(|value| OsStr::from_bytes(value).to_owned());
        let (name, word) = (name.as_str(), text(OsStr::from_bytes(word)));
        let option = match self.options.iter().find(|option| option.name == name) {
            Some(option) => option,
            None => match self.abbreviated(name)[..] {
                [option] => option,
                [] => return self.wrong(&format!("unrecognized option '--{word}'")),
                ref several => {
                    let names = several.iter().map(|option| format!(" '--{}'", option.name));
                    let names: String = names.collect();
                    return self.wrong(&format!(
                        "option '--{word}' is ambiguous; possibilities:{names}"
                    ));
                }
            },
        };
        let Opt { letter, name, .. } = *option;
        match (option.has_value, attached) {
            (false, None) => self.parts.push(LinePart::Option(letter, OsString::new())),
            (false, Some(_)) => self.wrong(&format!("option '--{name}' doesn't allow an argument")),
            (true, attached) => match attached.or_else(|| rest.next().cloned()) {
                Some(value) => self.parts.push(LinePart::Option(letter, value)),
                None => self.wrong(&format!("option '--{name}' requires an argument")),
            },
        }
    }

    fn abbreviated(&self, name: &str) -> Vec<&Opt> {
        let options = self.options.iter();
        options
            .filter(|option| option.name.starts_with(name))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: &[Opt] = &[
        flag('q', "quiet"),
        value('c', "card"),
        value('D', "device"),
        flag('d', "debug"),
    ];

    fn parsed(line: &str) -> Vec<LinePart> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        parse("amixer", OPTIONS, &words)
    }

    fn argument(word: &str) -> LinePart {
        LinePart::Argument(word.into())
    }

    fn option(letter: char, value: &str) -> LinePart {
        LinePart::Option(letter, value.into())
    }

    #[test]
    fn options_are_bundled_abbreviated_and_anywhere() {
        let wanted = [
            option('q', ""),
            option('c', "0"),
            argument("sset"),
            option('c', "1"),
        ];
        assert_eq!(parsed("-qc0 sset --ca 1"), wanted);
        assert_eq!(
            parsed("-c 0 --card=x"),
            [option('c', "0"), option('c', "x")]
        );
        assert_eq!(
            parsed("sset -- -10dB -q"),
            [argument("sset"), argument("-10dB"), argument("-q")]
        );
        assert_eq!(parsed("- x"), [argument("-"), argument("x")]);
    }

    #[test]
    fn names_that_are_not_utf_8_stay_exact() {
        let name = OsStr::from_bytes(b"caf\xe9");
        let words = |bytes: &[&[u8]]| -> Vec<OsString> {
            let words = bytes.iter().map(|word| OsStr::from_bytes(word).to_owned());
            words.collect()
        };
        let found = parse(
            "amixer",
            OPTIONS,
            &words(&[b"caf\xe9", b"-Dcaf\xe9", b"--device=caf\xe9"]),
        );
        let option = LinePart::Option('D', name.to_owned());
        assert_eq!(
            found,
            [LinePart::Argument(name.to_owned()), option.clone(), option]
        );
    }

    #[test]
    fn errors_are_in_getopts_words() {
        let wrong = |line: &str| match &parsed(line)[0] {
            LinePart::Wrong(text) => text.trim_end().to_owned(),
            part => panic!("{part:?}"),
        };
        assert_eq!(wrong("-x"), "amixer: invalid option -- 'x'");
        assert_eq!(wrong("-c"), "amixer: option requires an argument -- 'c'");
        assert_eq!(
            wrong("--card"),
            "amixer: option '--card' requires an argument"
        );
        assert_eq!(wrong("--foo=1"), "amixer: unrecognized option '--foo=1'");
        assert_eq!(
            wrong("--quiet=1"),
            "amixer: option '--quiet' doesn't allow an argument"
        );
        let ambiguous = "amixer: option '--d' is ambiguous; possibilities: '--device' '--debug'";
        assert_eq!(wrong("--d"), ambiguous);
    }
}
