//! The rules that initialize a card: alsactl_init(7).

mod keys;
mod line;
mod rules;
mod selected;
mod text;

use crate::commands::compat::stop::Result;
use aloud::audio::errno::errno_text;
use aloud::audio::mixer::{CardInfo, Elements};
use rules::{Flow, KeyOutcome, Rules};
use selected::Selected;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

const MAIN_FILE: &str = "/usr/share/alsa/init/00main";

/// Files that include each other may not end.
const MAX_DEPTH: u32 = 20;

/// Runs the rules of a file, or of alsactl's own, for a card. Returns a negative errno, a status that they set, or 0.
pub(super) fn run(
    elements: &Elements,
    card: CardInfo,
    file: Option<&Path>,
    environment: &[(String, String)],
) -> Result<i32> {
    let mut rules = Rules {
        card,
        selected: Selected::new(elements),
        environment: environment.iter().cloned().collect(),
        configuration: HashMap::new(),
        result: String::new(),
        at: (PathBuf::new(), 0),
        depth: 0,
    };
    Ok(match rules.file(file.unwrap_or(Path::new(MAIN_FILE)))? {
        Flow::Exit(status) => status,
        _ => 0,
    })
}

impl Rules<'_> {
    fn file(&mut self, path: &Path) -> Result<Flow> {
        let text = match fs::read(path) {
            Ok(text) => String::from_utf8_lossy(&text).into_owned(),
            Err(error) => {
                let errno = error.raw_os_error().unwrap_or(libc::EIO);
                let text = format!(
                    "Unable to open file '{}': {}",
                    path.display(),
                    errno_text(errno)
                );
                super::options::report("parse:1669", &text);
                return Ok(Flow::Exit(-errno));
            }
        };
        let before = std::mem::replace(&mut self.at, (path.to_owned(), 0));
        self.depth += 1;
        let flow = self.lines(&text);
        self.depth -= 1;
        self.at = before;
        flow
    }

    fn lines(&mut self, text: &str) -> Result<Flow> {
        let mut label = None;
        for (number, line) in line::lines(text) {
            self.at.1 = number;
            match self.line(&line, &mut label)? {
                Flow::Next => {}
                Flow::Label(wanted) => label = Some(wanted),
                Flow::Return => return Ok(Flow::Next),
                exit @ Flow::Exit(_) => return Ok(exit),
            }
        }
        Ok(Flow::Next)
    }

    /// Runs the keys of a line until one is false. With a label to go to, those after it.
    fn line(&mut self, mut rest: &str, label: &mut Option<String>) -> Result<Flow> {
        loop {
            let (key, after) = match line::next_key(rest) {
                Ok(Some(next)) => next,
                Ok(None) => return Ok(Flow::Next),
                Err(()) => return Ok(self.invalid_rule()),
            };
            rest = after;
            if let Some(wanted) = &*label {
                if key.name == "LABEL" && key.value == *wanted {
                    *label = None;
                }
                continue;
            }
            match self.key(&key)? {
                KeyOutcome::True => {}
                KeyOutcome::False => return Ok(Flow::Next),
                KeyOutcome::InvalidOperation => {
                    let braces = match key.name.as_str() {
                        "CARDINFO" | "ENV" | "CTL" | "ATTR" | "CONFIG" => "{}",
                        _ => "",
                    };
                    self.wrong(&format!("invalid {}{braces} operation", key.name));
                    return Ok(self.invalid_rule());
                }
                KeyOutcome::Then(flow) => return Ok(flow),
            }
        }
    }

    fn invalid_rule(&self) -> Flow {
        self.wrong("invalid rule");
        Flow::Exit(-libc::EINVAL)
    }

    /// Reads a file, or the files `*.conf` of a folder in alphabetical order.
    fn include(&mut self, name: &str) -> Result<Flow> {
        let path = self.path(name);
        if self.depth == MAX_DEPTH || !path.exists() {
            self.wrong(&format!("invalid filename '{}'", path.display()));
            return Ok(Flow::Next);
        }
        if !path.is_dir() {
            return self.file(&path);
        }
        let entries = fs::read_dir(&path).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        files.retain(|file| {
            file.extension()
                .is_some_and(|extension| extension == "conf")
        });
        files.sort();
        for file in files {
            if let exit @ Flow::Exit(_) = self.file(&file)? {
                return Ok(exit);
            }
        }
        Ok(Flow::Next)
    }
}
