//! The element that rules have selected.

use super::line::matches;
use crate::commands::compat::element_text::values_text;
use aloud::audio::mixer::{
    ElementId, ElementInfo, ElementInterface, ElementType, ElementValues, Elements,
};

/// Why an element was not set: what to report, and the errno.
pub(super) struct NotSet(pub(super) String, pub(super) i32);

/// The id of an element, whose name may be a pattern, and the values it was set to.
pub(super) struct Selected<'a> {
    elements: &'a Elements,
    id: ElementId,
    /// Whether a search finds any index, device and subdevice.
    any: [bool; 3],
    values: Option<String>,
}

impl<'a> Selected<'a> {
    pub(super) fn new(elements: &'a Elements) -> Selected<'a> {
        let id = ElementId {
            numid: 0,
            interface: ElementInterface::Card,
            name: String::new(),
            index: 0,
            device: 0,
            subdevice: 0,
        };
        Selected {
            elements,
            id,
            any: [false; 3],
            values: None,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.id.name
    }

    /// Sets a part of the id. Returns what is wrong with it.
    pub(super) fn set_id(&mut self, attribute: &str, value: &str) -> Result<(), String> {
        let number = leading_integer(value).0 as u32;
        self.values = None;
        match attribute {
            "numid" => self.id.numid = number,
            "index" => (self.id.index, self.any[0]) = (number, false),
            "device" => (self.id.device, self.any[1]) = (number, false),
            "subdev" | "subdevice" => (self.id.subdevice, self.any[2]) = (number, false),
            "name" => self.id.name = value.to_owned(),
            "iface" | "interface" => self.id.interface = interface(value)?,
            "reset" | "search" => {
                let interface = interface(value)?;
                *self = Selected::new(self.elements);
                self.id.interface = interface;
                self.any = [attribute == "search"; 3];
            }
            _ => return Err(format!("unknown CTL{{}} attribute '{attribute}'")),
        }
        Ok(())
    }

    /// An attribute of the id or of the element; empty if there is no such element, `None` if the attribute is unknown.
    pub(super) fn attribute(&mut self, attribute: &str) -> Option<String> {
        Some(match attribute {
            "numid" => self.id.numid.to_string(),
            "iface" | "interface" => self.id.interface.name().to_owned(),
            "device" => self.id.device.to_string(),
            "subdev" | "subdevice" => self.id.subdevice.to_string(),
            "name" => self.id.name.clone(),
            "index" => self.id.index.to_string(),
            "do_search" => u8::from(self.search()).to_string(),
            "do_count" => self.found().len().to_string(),
            "value" => match &self.values {
                Some(values) => values.clone(),
                None => self.read(),
            },
            "type" | "attr" | "attribute" | "owner" | "count" | "min" | "max" | "step"
            | "dBmin" | "dBmax" | "items" | "enums" => {
                let info = self.info();
                info.map_or_else(String::new, |info| self.described(&info, attribute))
            }
            _ => return None,
        })
    }

    fn described(&self, info: &ElementInfo, attribute: &str) -> String {
        let limits = match info.kind {
            ElementType::Integer(min, max, step) | ElementType::Integer64(min, max, step) => {
                Some((min, max, step))
            }
            _ => None,
        };
        let limit = |get: fn((i64, i64, i64)) -> i64| limits.map(|limits| get(limits).to_string());
        let db = |get: fn((i64, i64)) -> i64| {
            let range = self.elements.db_range(info)?;
            Some(format!("{:.2}dB", get(range) as f64 / 100.0))
        };
        let items = match &info.kind {
            ElementType::Enumerated(items) => Some(items),
            _ => None,
        };
        let text = match attribute {
            "type" => Some(info.kind.name().to_owned()),
            "attr" | "attribute" => Some(letters(info)),
            "owner" => Some(info.locked_by.map_or(-1, i64::from).to_string()),
            "count" => Some(info.count.to_string()),
            "min" => limit(|limits| limits.0),
            "max" => limit(|limits| limits.1),
            "step" => limit(|limits| limits.2),
            "dBmin" => db(|range| range.0),
            "dBmax" => db(|range| range.1),
            "items" => items.map(|items| items.len().to_string()),
            _ => items.map(|items| format!("|{}|", items.join("|"))),
        };
        text.unwrap_or_default()
    }

    fn info(&self) -> Option<ElementInfo> {
        if self.id.numid == 0 && self.id.name.is_empty() {
            return None;
        }
        self.elements.exact(&self.id).ok()
    }

    fn read(&self) -> String {
        let values = self.info().and_then(|info| self.elements.read(&info).ok());
        values.map_or_else(String::new, |values| values_text(&values))
    }

    /// The elements that the id matches, whose name is a pattern.
    pub(super) fn found(&self) -> Vec<ElementId> {
        let wanted = &self.id;
        let all = self.elements.list().unwrap_or_default();
        let is_wanted = |id: &ElementId| {
            let numbers = [
                (id.index, wanted.index),
                (id.device, wanted.device),
                (id.subdevice, wanted.subdevice),
            ];
            let mut numbers = numbers.iter().zip(self.any);
            id.interface == wanted.interface
                && numbers.all(|((one, other), any)| any || one == other)
                && matches(&wanted.name, &id.name)
        };
        let ids = all.into_iter().map(|info| info.id);
        ids.filter(is_wanted).collect()
    }

    /// Selects the first element that the id matches. Returns whether there is one.
    pub(super) fn search(&mut self) -> bool {
        self.values = None;
        match self.found().into_iter().next() {
            Some(id) => {
                self.id = id;
                true
            }
            None => {
                self.id.numid = 0;
                false
            }
        }
    }

    /// Sets the element: to a list of values, or all of its values to one.
    pub(super) fn write(&mut self, value: &str, to_all: bool) -> Result<(), NotSet> {
        let Some(info) = self.info() else {
            let text = "control element not found".to_owned();
            return Err(NotSet(text, libc::ENOENT));
        };
        let values = self.parsed(&info, value, to_all)?;
        let written = self.elements.write(&info, &values);
        self.values = Some(values_text(&values));
        written.map_err(|error| {
            let errno = match info.access.writable {
                true => error.errno().unwrap_or(libc::EINVAL),
                false => libc::EPERM,
            };
            let reason = aloud::audio::errno::errno_text(errno);
            NotSet(format!("value write error: {reason}"), errno)
        })
    }

    fn parsed(
        &self,
        info: &ElementInfo,
        value: &str,
        to_all: bool,
    ) -> Result<ElementValues, NotSet> {
        let mut rest = value;
        let mut numbers = Vec::new();
        for _ in 0..info.count {
            // A list that is too short starts again.
            if to_all || rest.is_empty() {
                rest = value;
            }
            let (number, after) = self.number(info, rest)?;
            numbers.push(number);
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        Ok(match &info.kind {
            ElementType::Boolean => {
                ElementValues::Boolean(numbers.iter().map(|number| *number != 0).collect())
            }
            ElementType::Integer(..) => ElementValues::Integer(numbers),
            ElementType::Integer64(..) => ElementValues::Integer64(numbers),
            ElementType::Enumerated(_) => {
                ElementValues::Enumerated(numbers.iter().map(|number| *number as u32).collect())
            }
            ElementType::Bytes => {
                ElementValues::Bytes(numbers.iter().map(|number| *number as u8).collect())
            }
            ElementType::Iec958 => {
                let text = "unsupported control element type".to_owned();
                return Err(NotSet(text, libc::EINVAL));
            }
        })
    }

    /// The first value of a list, and what follows it.
    fn number<'t>(&self, info: &ElementInfo, text: &'t str) -> Result<(i64, &'t str), NotSet> {
        let (word, after_word) = text.split_at(text.find(',').unwrap_or(text.len()));
        match &info.kind {
            ElementType::Boolean => {
                let on = matches!(word, "true" | "on" | "yes") || leading_integer(word) == (1, "");
                Ok((on.into(), after_word))
            }
            ElementType::Enumerated(items) => {
                // An item may have a comma.
                if let Some(at) = items.iter().position(|item| item == text) {
                    return Ok((at as i64, ""));
                }
                let at = items.iter().position(|item| item == word);
                let at = at.or_else(|| word.parse().ok());
                let wrong = || {
                    let text = format!("wrong enum identifier '{word}'");
                    NotSet(text, libc::EINVAL)
                };
                at.map(|at| (at as i64, after_word)).ok_or_else(wrong)
            }
            ElementType::Integer(min, max, _) | ElementType::Integer64(min, max, _) => {
                self.integer(info, text, *min, *max)
            }
            _ => Ok(leading_integer(text)),
        }
    }

    /// `40`, `75%`, `-20dB`. Anything else is 0, as in alsactl.
    fn integer<'t>(
        &self,
        info: &ElementInfo,
        text: &'t str,
        min: i64,
        max: i64,
    ) -> Result<(i64, &'t str), NotSet> {
        let (whole, after) = leading_integer(text);
        let digits = after.strip_prefix('.').unwrap_or("");
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        let unit = match digits.is_empty() {
            true => after,
            false => &digits[end..],
        };
        let unit = unit.trim_start();
        if let Some(rest) = unit.strip_prefix('%') {
            return Ok((min + ((max - min) * whole + 50).div_euclid(100), rest));
        }
        let Some(rest) = unit.strip_prefix("dB").or(unit.strip_prefix("db")) else {
            let rest = if digits.is_empty() { after } else { unit };
            return Ok((whole, rest));
        };
        let number = &text[..text.len() - unit.len()];
        let db = number.trim().parse::<f64>().unwrap_or(whole as f64);
        let raw = self.elements.raw_of_db(info, (db * 100.0).round() as i64);
        let without = || NotSet("unable to convert dB value".to_owned(), libc::EINVAL);
        raw.map(|raw| (raw, rest)).ok_or_else(without)
    }
}

fn interface(name: &str) -> Result<ElementInterface, String> {
    let all = ElementInterface::ALL.into_iter();
    let mut found = all.filter(|(_, known)| known.eq_ignore_ascii_case(name));
    let unknown = || format!("unknown control interface name '{name}'");
    found
        .next()
        .map(|(interface, _)| interface)
        .ok_or_else(unknown)
}

/// The integer at the start of a text, or 0, and what follows it.
fn leading_integer(text: &str) -> (i64, &str) {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = text.len() - digits.len();
    let count = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    match text[..sign + count].parse() {
        Ok(number) => (number, &text[sign + count..]),
        Err(_) => (0, text.split_at(text.find(',').unwrap_or(text.len())).1),
    }
}

fn letters(info: &ElementInfo) -> String {
    let access = info.access;
    [
        (access.readable, 'r'),
        (access.writable, 'w'),
        (access.volatile, 'v'),
        (access.inactive, 'i'),
        (access.locked, 'l'),
        (access.tlv_readable, 'R'),
        (access.tlv_writable, 'W'),
        (access.tlv_commandable, 'C'),
        (access.owner, 'o'),
        (access.user, 'u'),
    ]
    .into_iter()
    .filter_map(|(is, letter)| is.then_some(letter))
    .collect()
}
