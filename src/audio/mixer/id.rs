//! Which element is meant, in amixer's words: `numid=3`, `iface=MIXER,name='Master Playback Volume',index=1`.

use crate::audio::advice::MixerAdvice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::elements::{ElementId, ElementInterface};
use std::fmt::{self, Write};

/// What is said of an element. What is not said may be anything for one that is found by its number, and is as amixer has
/// it (`MIXER`, 0) for one that is found by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ElementSelector {
    /// Its number.
    pub numid: Option<u32>,
    /// Where it belongs.
    pub interface: Option<ElementInterface>,
    /// Its name.
    pub name: Option<String>,
    /// Its number among those of its name.
    pub index: Option<u32>,
    /// The device it is for.
    pub device: Option<u32>,
    /// The subdevice it is for.
    pub subdevice: Option<u32>,
}

impl ElementSelector {
    /// Reads amixer's words, and what `amixer controls` prints.
    ///
    /// Fails with [`Kind::Usage`] for a key that there is not, one that comes twice, a value that it cannot have, and where
    /// neither a number nor a name is given.
    pub fn parse(words: &str) -> Result<ElementSelector> {
        let mut id = ElementSelector::default();
        let mut rest = words.trim();
        while !rest.is_empty() {
            let (key, after) = rest.split_once('=').ok_or_else(|| wrong(words, rest))?;
            let (value, left) = value(after).ok_or_else(|| wrong(words, after))?;
            id.take(key.trim(), value)
                .ok_or_else(|| wrong(words, &format!("{}={value}", key.trim())))?;
            rest = left;
        }
        match (id.numid, &id.name) {
            (None, None) => {
                let message =
                    format!("'{words}' names no element: it has neither a numid nor a name");
                Err(Error::new(Kind::Usage, message).with_advice(MixerAdvice::ElementExamples))
            }
            _ => Ok(id),
        }
    }

    /// Takes one key; nothing where that is wrong.
    fn take(&mut self, key: &str, value: &str) -> Option<()> {
        let key = key.to_ascii_lowercase();
        match key.as_str() {
            "iface" => set(&mut self.interface, interface(value)?),
            "name" => set(&mut self.name, value.to_owned()),
            "numid" => set(
                &mut self.numid,
                value.parse().ok().filter(|numid| *numid > 0)?,
            ),
            "index" => set(&mut self.index, value.parse().ok()?),
            "device" => set(&mut self.device, value.parse().ok()?),
            "subdevice" => set(&mut self.subdevice, value.parse().ok()?),
            _ => None,
        }
    }

    /// Whether this is said of the element.
    pub fn fits(&self, id: &ElementId) -> bool {
        let by_name = self.numid.is_none();
        let number = |said: Option<u32>, is| said.map_or(!by_name || is == 0, |said| said == is);
        let interface = match self.interface {
            Some(said) => said == id.interface,
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

fn wrong(words: &str, part: &str) -> Error {
    let message = format!("'{part}' in '{words}' says nothing of an element");
    Error::new(Kind::Usage, message)
        .with_advice(MixerAdvice::ElementKeys)
        .with_advice(MixerAdvice::ElementExamples)
}

fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.is_none().then(|| *place = Some(value))
}

/// The value that `text` begins with, without its quotes, and what follows its comma.
fn value(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    for quote in ['\'', '"'] {
        let Some(inside) = text.strip_prefix(quote) else {
            continue;
        };
        // A quote within a name is followed by neither a comma nor the end.
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

/// An interface by alsa-lib's name, in any case.
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
    /// As amixer prints it: `numid=1,iface=MIXER,name='Master Playback Volume'`, and what else is not zero.
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

    #[test]
    fn amixers_words_name_an_element() {
        let master = id("Master");
        for words in [
            "numid=7",
            "name=Master",
            "iface=MIXER,name='Master'",
            "iface=mixer, name=\"Master\" , index=0",
            "numid=7,iface=MIXER,name='Master'",
        ] {
            assert!(
                ElementSelector::parse(words).unwrap().fits(&master),
                "{words}"
            );
        }
        for words in [
            "numid=8",
            "name=master",
            "numid=7,name='PCM'",
            "iface=PCM,name=Master",
            "name=Master,index=1",
        ] {
            assert!(
                !ElementSelector::parse(words).unwrap().fits(&master),
                "{words}"
            );
        }
    }

    #[test]
    fn a_number_finds_what_is_not_the_first_too() {
        let far = ElementId {
            index: 2,
            device: 1,
            interface: ElementInterface::Pcm,
            ..id("Far")
        };
        assert!(ElementSelector::parse("numid=7").unwrap().fits(&far));
        assert!(!ElementSelector::parse("name=Far").unwrap().fits(&far));
        assert!(ElementSelector::parse(&far.to_string()).unwrap().fits(&far));
    }

    #[test]
    fn commas_and_quotes_may_stand_in_a_name() {
        for name in ["Mic, Line", "Bob's Mic", "a=b", "'", " spaced "] {
            let parsed = ElementSelector::parse(&format!("name='{name}',index=0")).unwrap();
            assert_eq!(parsed.name.as_deref(), Some(name));
        }
    }

    #[test]
    fn what_says_nothing_is_refused() {
        for words in [
            "",
            "numid=",
            "numid=x",
            "numid=0",
            "numid=-1",
            "iface=MIXER",
            "iface=DISK,name=x",
            "colour=red",
            "numid=1,numid=2",
            "name='open",
            "numid=1,",
            "Master",
            "numid=1 name=x,",
        ] {
            let error = ElementSelector::parse(words).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{words}");
        }
    }
}
