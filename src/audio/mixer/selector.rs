//! Selects an element by amixer's syntax: `numid=3`, `iface=MIXER,name='Master Playback Volume',index=1`.

use crate::audio::advice::MixerAdvice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::elements::{ElementId, ElementInterface};
use std::fmt::{self, Write};

/// Selects an element by number or by name. An omitted field matches anything if the number is given; otherwise it has
/// amixer's default (`MIXER`, 0).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ElementSelector {
    /// Its number.
    pub numid: Option<u32>,
    /// What it belongs to.
    pub interface: Option<ElementInterface>,
    /// Its name.
    pub name: Option<String>,
    /// Its index among the elements with that name.
    pub index: Option<u32>,
    /// The device it is for.
    pub device: Option<u32>,
    /// The subdevice it is for.
    pub subdevice: Option<u32>,
}

impl ElementSelector {
    /// Parses amixer's syntax, which is also what `amixer controls` prints.
    ///
    /// # Errors
    /// [`Kind::Usage`] for an unknown or repeated key or an invalid value, and if there is neither a number nor a name.
    pub fn parse(text: &str) -> Result<ElementSelector> {
        let mut selector = ElementSelector::default();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (key, after) = rest.split_once('=').ok_or_else(|| invalid(text, rest))?;
            let (value, after) = split_value(after).ok_or_else(|| invalid(text, after))?;
            selector
                .set(key.trim(), value)
                .ok_or_else(|| invalid(text, &format!("{}={value}", key.trim())))?;
            rest = after;
        }
        if selector.numid.is_none() && selector.name.is_none() {
            let message = format!("element ID '{text}' has neither a numid nor a name");
            return Err(Error::new(Kind::Usage, message).with_advice(MixerAdvice::ElementExamples));
        }
        Ok(selector)
    }

    /// Sets one field; `None` if the key or value is invalid, or the field is already set.
    fn set(&mut self, key: &str, value: &str) -> Option<()> {
        let key = key.to_ascii_lowercase();
        match key.as_str() {
            "iface" => set_once(&mut self.interface, interface(value)?),
            "name" => set_once(&mut self.name, value.to_owned()),
            "numid" => {
                let numid = value.parse().ok().filter(|numid| *numid > 0);
                set_once(&mut self.numid, numid?)
            }
            "index" => set_once(&mut self.index, value.parse().ok()?),
            "device" => set_once(&mut self.device, value.parse().ok()?),
            "subdevice" => set_once(&mut self.subdevice, value.parse().ok()?),
            _ => None,
        }
    }

    /// Whether it selects this element.
    pub fn matches(&self, id: &ElementId) -> bool {
        let by_name = self.numid.is_none();
        let number = |wanted: Option<u32>, actual| {
            wanted.map_or(!by_name || actual == 0, |wanted| wanted == actual)
        };
        let interface = match self.interface {
            Some(wanted) => wanted == id.interface,
            None => !by_name || id.interface == ElementInterface::Mixer,
        };
        interface
            && self.numid.is_none_or(|numid| numid == id.numid)
            && self.name.as_ref().is_none_or(|name| *name == id.name)
            && number(self.index, id.index)
            && number(self.device, id.device)
            && number(self.subdevice, id.subdevice)
    }
}

impl fmt::Display for ElementSelector {
    /// What it selects by: `numid=3`, or `name='Master Playback Volume'`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.numid, &self.name) {
            (Some(numid), _) => write!(f, "numid={numid}"),
            (None, name) => write!(f, "name='{}'", name.as_deref().unwrap_or_default()),
        }
    }
}

fn invalid(text: &str, part: &str) -> Error {
    let message = format!("invalid '{part}' in element ID '{text}'");
    Error::new(Kind::Usage, message)
        .with_advice(MixerAdvice::ElementKeys)
        .with_advice(MixerAdvice::ElementExamples)
}

fn set_once<T>(field: &mut Option<T>, value: T) -> Option<()> {
    field.is_none().then(|| *field = Some(value))
}

/// Splits off the value that `text` starts with: returns it without quotes, and what follows its comma.
fn split_value(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    for quote in ['\'', '"'] {
        let Some(inside) = text.strip_prefix(quote) else {
            continue;
        };
        // A quote ends the value only before a comma or at the end: names may contain quotes.
        let end = inside.match_indices(quote).find(|(at, _)| {
            let after = inside[at + 1..].trim_start();
            after.is_empty() || after.starts_with(',')
        });
        let (at, _) = end?;
        let after = inside[at + 1..].trim_start();
        return Some((&inside[..at], after.strip_prefix(',').unwrap_or(after)));
    }
    match text.split_once(',') {
        Some((value, rest)) if !rest.trim().is_empty() => Some((value.trim(), rest)),
        Some(_) => None,
        None => Some((text.trim(), "")),
    }
    .filter(|(value, _)| !value.is_empty())
}

/// The interface with an alsa-lib name, in any case.
pub(super) fn interface(name: &str) -> Option<ElementInterface> {
    let upper = name.to_ascii_uppercase();
    let row = ElementInterface::ALL
        .iter()
        .find(|(_, known)| *known == upper)?;
    Some(row.0)
}

impl ElementInterface {
    /// alsa-lib's name (`MIXER`).
    pub fn name(self) -> &'static str {
        let row = ElementInterface::ALL
            .iter()
            .find(|(known, _)| *known == self);
        row.map_or("", |(_, name)| name)
    }
}

impl fmt::Display for ElementId {
    /// As amixer prints it: `numid=1,iface=MIXER,name='Master Playback Volume'`, and the other numbers if they are not
    /// 0.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        if self.numid > 0 {
            write!(text, "numid={},", self.numid)?;
        }
        write!(text, "iface={},name='{}'", self.interface.name(), self.name)?;
        for (key, value) in [
            ("index", self.index),
            ("device", self.device),
            ("subdevice", self.subdevice),
        ] {
            if value > 0 {
                write!(text, ",{key}={value}")?;
            }
        }
        f.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ElementId {
        ElementId {
            numid: 7,
            interface: ElementInterface::Mixer,
            name: name.to_owned(),
            index: 0,
            device: 0,
            subdevice: 0,
        }
    }

    fn selects(text: &str, id: &ElementId) -> bool {
        ElementSelector::parse(text).unwrap().matches(id)
    }

    #[test]
    fn amixer_syntax_selects_an_element() {
        let master = id("Master");
        for text in [
            "numid=7",
            "name=Master",
            "iface=MIXER,name='Master'",
            "iface=mixer, name=\"Master\" , index=0",
            "numid=7,iface=MIXER,name='Master'",
        ] {
            assert!(selects(text, &master), "{text}");
        }
        for text in [
            "numid=8",
            "name=master",
            "numid=7,name='PCM'",
            "iface=PCM,name=Master",
            "name=Master,index=1",
        ] {
            assert!(!selects(text, &master), "{text}");
        }
    }

    #[test]
    fn omitted_fields_match_anything_only_with_a_number() {
        let far = ElementId {
            index: 2,
            device: 1,
            interface: ElementInterface::Pcm,
            ..id("Far")
        };
        assert!(selects("numid=7", &far));
        assert!(!selects("name=Far", &far));
        assert!(selects(&far.to_string(), &far));
    }

    #[test]
    fn names_may_contain_commas_and_quotes() {
        for name in ["Mic, Line", "Bob's Mic", "a=b", "'", " spaced "] {
            let parsed = ElementSelector::parse(&format!("name='{name}',index=0")).unwrap();
            assert_eq!(parsed.name.as_deref(), Some(name));
        }
    }

    #[test]
    fn invalid_selectors_are_usage_errors() {
        for text in [
            "",
            "numid=",
            "numid=x",
            "numid=0",
            "numid=-1",
            "iface=MIXER",
            "iface=DISK,name=x",
            "color=red",
            "numid=1,numid=2",
            "name='open",
            "numid=1,",
            "Master",
            "numid=1 name=x,",
        ] {
            let error = ElementSelector::parse(text).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{text}");
        }
    }
}
