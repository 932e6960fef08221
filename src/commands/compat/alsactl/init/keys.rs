//! What each key of a rule does.

use super::line::{Operator, RuleKey, matches, unescaped};
use super::rules::{Flow, KeyOutcome, Rules};
use super::selected::NotSet;
use crate::commands::compat::stop::Result;
use crate::commands::ui::plain;
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn outcome(is: bool) -> KeyOutcome {
    match is {
        true => KeyOutcome::True,
        false => KeyOutcome::False,
    }
}

impl Rules<'_> {
    pub(super) fn key(&mut self, key: &RuleKey) -> Result<KeyOutcome> {
        let is_match = matches!(key.operator, Operator::Match | Operator::NoMatch);
        let is_assign = key.operator == Operator::Assign;
        match key.name.as_str() {
            "CARDINFO" | "PROGRAM" | "ACCESS" if !is_match && key.name != "PROGRAM" => {
                return Ok(KeyOutcome::InvalidOperation);
            }
            "ENV" | "CTL" | "RESULT" | "ATTR" if !is_match && !is_assign => {
                return Ok(KeyOutcome::InvalidOperation);
            }
            "LABEL" | "GOTO" | "INCLUDE" | "PRINT" | "ERROR" | "EXIT" | "CONFIG" if !is_assign => {
                return Ok(KeyOutcome::InvalidOperation);
            }
            _ => {}
        }
        let value = self.substituted(&key.value);
        Ok(match key.name.as_str() {
            "LABEL" => KeyOutcome::True,
            "GOTO" => KeyOutcome::Then(Flow::Label(value)),
            "INCLUDE" => match self.include(&value)? {
                exit @ Flow::Exit(_) => KeyOutcome::Then(exit),
                _ => KeyOutcome::True,
            },
            "PRINT" => {
                plain::print(&unescaped(&value))?;
                KeyOutcome::True
            }
            "ERROR" => {
                plain::print_error(&unescaped(&value));
                KeyOutcome::True
            }
            "EXIT" if value == "return" => KeyOutcome::Then(Flow::Return),
            "EXIT" => KeyOutcome::Then(Flow::Exit(value.parse().unwrap_or(0))),
            "CONFIG" => {
                self.configuration.insert(key.attribute.clone(), value);
                KeyOutcome::True
            }
            _ if is_match => self.condition(key, &value)?,
            name => self.assignment(name, key, value)?,
        })
    }

    fn assignment(&mut self, name: &str, key: &RuleKey, value: String) -> Result<KeyOutcome> {
        match name {
            "ENV" => drop(self.environment.insert(key.attribute.clone(), value)),
            "RESULT" => self.result = value,
            "CTL" => self.set(&key.attribute, &value),
            "PROGRAM" => drop(self.program(&value)?),
            "ATTR" => {
                let path = self.sysfs_path(&key.attribute);
                if path.is_none_or(|path| std::fs::write(path, value).is_err()) {
                    return Ok(KeyOutcome::False);
                }
            }
            _ => self.wrong(&format!("unknown key '{name}'")),
        }
        Ok(KeyOutcome::True)
    }

    /// Sets a part of the selected id, or the element.
    fn set(&mut self, attribute: &str, value: &str) {
        let written = match attribute {
            "value" => self.selected.write(value, false),
            "values" | "write" => self.selected.write(value, true),
            _ => {
                if let Err(text) = self.selected.set_id(attribute, value) {
                    self.wrong(&text);
                }
                return;
            }
        };
        self.result = match written {
            Ok(()) => "0".to_owned(),
            Err(NotSet(text, errno)) => {
                self.wrong(&text);
                format!("-{errno}")
            }
        };
    }

    fn condition(&mut self, key: &RuleKey, value: &str) -> Result<KeyOutcome> {
        let wants_match = key.operator == Operator::Match;
        let found = match key.name.as_str() {
            "PROGRAM" => return Ok(outcome(self.program(value)? == wants_match)),
            "ACCESS" => return Ok(outcome(self.path(value).exists() == wants_match)),
            "CTL" if key.attribute == "write" => {
                let written = self.selected.write(value, true);
                self.result = match &written {
                    Ok(()) => "0".to_owned(),
                    Err(NotSet(_, errno)) => format!("-{errno}"),
                };
                return Ok(outcome(written.is_ok() == wants_match));
            }
            "CARDINFO" => self.card_info(&key.attribute),
            "ATTR" => self.sysfs(&key.attribute),
            "CTL" => {
                if key.attribute == "do_search" {
                    self.result = "0".to_owned();
                }
                self.ctl(&key.attribute)
            }
            "RESULT" => Some(self.result.clone()),
            "ENV" => self.environment(&key.attribute),
            name => {
                self.wrong(&format!("unknown key '{name}'"));
                return Ok(KeyOutcome::True);
            }
        };
        let is = found.is_some_and(|found| matches(value, &found) == wants_match);
        Ok(outcome(is))
    }

    /// Runs a program, or a command of alsactl. Returns whether it has succeeded.
    fn program(&mut self, line: &str) -> Result<bool> {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        match name {
            "__ctl_search" => {
                let pattern = self.selected.name().to_owned();
                let is_found = self.selected.search();
                if is_found {
                    self.result = trusted(&pattern)?;
                }
                Ok(is_found)
            }
            "__ctl_count" => {
                let count = self.selected.found().len();
                self.result = count.to_string();
                Ok(count > 0)
            }
            name if name.starts_with("__") => {
                self.wrong(&format!("unknown buildin command '{name}'"));
                Ok(false)
            }
            name => {
                let mut command = Command::new(PathBuf::from(name));
                command
                    .args(words)
                    .envs(&self.environment)
                    .stdin(Stdio::null());
                let Ok(output) = command.stderr(Stdio::inherit()).output() else {
                    return Ok(false);
                };
                let text = String::from_utf8_lossy(&output.stdout);
                self.result = text.trim_end_matches('\n').to_owned();
                Ok(output.status.success())
            }
        }
    }
}

/// The pattern that was searched for, which alsactl makes the result.
fn trusted(pattern: &str) -> Result<String> {
    let mut replaced = 0;
    let name = pattern.chars().map(|c| {
        if c.is_alphanumeric() || " #$%+-./:=?@_,".contains(c) {
            return c;
        }
        replaced += 1;
        '_'
    });
    let name: String = name.collect();
    if replaced > 0 {
        let text = format!("{replaced} untrusted character(s) replaced");
        plain::print(&format!("alsactl: parse_line:1401: {text}\n"))?;
    }
    Ok(name)
}
