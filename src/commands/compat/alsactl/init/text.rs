//! Substitutions in values: `$ctl{name}`, `%c{2}`.

use super::rules::Rules;
use std::fs;
use std::path::PathBuf;

/// The long and the short names of what can be substituted.
const NAMES: [(&str, char); 7] = [
    ("cardinfo", 'i'),
    ("ctl", 'C'),
    ("attr", 's'),
    ("env", 'E'),
    ("result", 'c'),
    ("sysfsroot", 'r'),
    ("config", 'g'),
];

pub(super) const SYSFS: &str = "/sys";

/// A substitution: its short name, its attribute, how many characters of it to use, and what follows it.
struct Substitution<'t> {
    what: char,
    attribute: &'t str,
    length: Option<usize>,
    rest: &'t str,
}

impl<'t> Substitution<'t> {
    /// Parses what follows `$` or `%`.
    fn parse(sign: char, text: &'t str) -> Option<Substitution<'t>> {
        let (length, text) = match sign {
            '%' => {
                let end = text
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(text.len());
                (text[..end].parse().ok(), &text[end..])
            }
            _ => (None, text),
        };
        let (what, rest) = match sign {
            '%' => {
                let what = text.chars().next()?;
                NAMES.iter().find(|row| row.1 == what)?;
                (what, &text[what.len_utf8()..])
            }
            _ => NAMES.iter().find_map(|(name, what)| {
                let start = text.get(..name.len())?;
                start
                    .eq_ignore_ascii_case(name)
                    .then(|| (*what, &text[name.len()..]))
            })?,
        };
        let braces = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let (attribute, rest) = braces.unwrap_or(("", rest));
        Some(Substitution {
            what,
            attribute,
            length,
            rest,
        })
    }
}

impl Rules<'_> {
    /// Text with everything substituted; empty if something in it is unknown.
    pub(super) fn substituted(&mut self, text: &str) -> String {
        let mut done = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['$', '%']) {
            done += &rest[..at];
            let sign = if rest[at..].starts_with('$') {
                '$'
            } else {
                '%'
            };
            let after = &rest[at + 1..];
            if let Some(doubled) = after.strip_prefix(sign) {
                done.push(sign);
                rest = doubled;
                continue;
            }
            // A percent sign may be one: `75%`.
            if sign == '%' && !after.starts_with(|c: char| c.is_ascii_alphanumeric()) {
                done.push(sign);
                rest = after;
                continue;
            }
            let Some(found) = Substitution::parse(sign, after) else {
                return String::new();
            };
            let value = self.value(found.what, found.attribute);
            let length = found.length.unwrap_or(usize::MAX);
            done.extend(value.chars().take(length));
            rest = found.rest;
        }
        done + rest
    }

    fn value(&mut self, what: char, attribute: &str) -> String {
        match what {
            'i' => self.card_info(attribute).unwrap_or_default(),
            'C' => self.ctl(attribute).unwrap_or_default(),
            's' => self.sysfs(attribute).unwrap_or_default(),
            'E' => self.environment(attribute).unwrap_or_default(),
            'c' => self.part_of_result(attribute),
            'r' => SYSFS.to_owned(),
            _ => self
                .configuration
                .get(attribute)
                .cloned()
                .unwrap_or_default(),
        }
    }

    pub(super) fn ctl(&mut self, attribute: &str) -> Option<String> {
        let value = self.selected.attribute(attribute);
        if value.is_none() {
            self.wrong(&format!("unknown ctl{{}} attribute '{attribute}'"));
        }
        value
    }

    pub(super) fn card_info(&self, attribute: &str) -> Option<String> {
        let card = &self.card;
        Some(match attribute {
            "card" => card.index.to_string(),
            "id" => card.id.clone(),
            "driver" => card.driver.clone(),
            "name" => card.name.clone(),
            "longname" => card.longname.clone(),
            "mixername" => card.mixername.clone(),
            "components" => card.components.clone(),
            _ => {
                self.wrong(&format!("unknown cardinfo{{}} attribute '{attribute}'"));
                return None;
            }
        })
    }

    pub(super) fn environment(&self, name: &str) -> Option<String> {
        let own = self.environment.get(name).cloned();
        own.or_else(|| std::env::var(name).ok())
    }

    /// The file of a sysfs attribute of the card.
    pub(super) fn sysfs_path(&self, attribute: &str) -> Option<PathBuf> {
        let device = self.configuration.get("sysfs_device")?;
        Some(PathBuf::from(format!("{SYSFS}{device}/{attribute}")))
    }

    /// A sysfs attribute of the card; of a link, the last part of its target.
    pub(super) fn sysfs(&self, attribute: &str) -> Option<String> {
        let path = self.sysfs_path(attribute)?;
        if let Ok(target) = fs::read_link(&path) {
            return Some(target.file_name()?.to_string_lossy().into_owned());
        }
        let text = fs::read_to_string(path).ok()?;
        Some(text.trim_end_matches('\n').to_owned())
    }

    /// The result, or one of its words (`2`), or a word with all that follow (`2+`).
    fn part_of_result(&self, attribute: &str) -> String {
        let (number, with_rest) = match attribute.strip_suffix('+') {
            Some(number) => (number, true),
            None => (attribute, false),
        };
        let Ok(number) = number.parse::<usize>() else {
            return self.result.clone();
        };
        let words = self.result.split(' ').skip(number.saturating_sub(1));
        let count = if with_rest { usize::MAX } else { 1 };
        words.take(count).collect::<Vec<_>>().join(" ")
    }
}
