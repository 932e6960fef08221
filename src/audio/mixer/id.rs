//! What tells an element of a card from the others, in amixer's words: `numid=3`, `iface=MIXER,name='Master Volume'`.

use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::elements::RawId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which part of a card an element is for.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Iface {
    /// The card as a whole.
    Card,
    /// A hardware dependent device.
    Hwdep,
    /// The mixer.
    #[default]
    Mixer,
    /// A PCM device.
    Pcm,
    /// A raw MIDI device.
    Rawmidi,
    /// A timer.
    Timer,
    /// A sequencer client.
    Sequencer,
}

/// alsa-lib's order and names.
const IFACES: [(Iface, &str); 7] = [
    (Iface::Card, "CARD"),
    (Iface::Hwdep, "HWDEP"),
    (Iface::Mixer, "MIXER"),
    (Iface::Pcm, "PCM"),
    (Iface::Rawmidi, "RAWMIDI"),
    (Iface::Timer, "TIMER"),
    (Iface::Sequencer, "SEQUENCER"),
];

impl Iface {
    /// alsa-lib's name.
    pub fn name(self) -> &'static str {
        IFACES[self as usize].1
    }

    fn from_number(number: u32) -> Iface {
        let row = usize::try_from(number).ok().and_then(|at| IFACES.get(at));
        row.map_or(Iface::Mixer, |row| row.0)
    }
}

/// An element's name and place: the same however often the driver is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ElementId {
    /// Which part of the card it is for.
    pub iface: Iface,
    /// Its name.
    pub name: String,
    /// Its number among those of that name.
    #[serde(default)]
    pub index: u32,
    /// The device of the card that it belongs to.
    #[serde(default)]
    pub device: u32,
    /// The subdevice of that.
    #[serde(default)]
    pub subdevice: u32,
}

impl From<&RawId> for ElementId {
    fn from(raw: &RawId) -> ElementId {
        ElementId {
            iface: Iface::from_number(raw.iface),
            name: raw.name.clone(),
            index: raw.index,
            device: raw.device,
            subdevice: raw.subdevice,
        }
    }
}

impl fmt::Display for ElementId {
    /// As amixer writes it, without the number: `iface=MIXER,name='Master Volume',index=1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.name.contains('\'') { '"' } else { '\'' };
        write!(
            f,
            "iface={},name={quote}{}{quote}",
            self.iface.name(),
            self.name
        )?;
        let numbers = [
            ("index", self.index),
            ("device", self.device),
            ("subdevice", self.subdevice),
        ];
        let mut told = numbers.iter().filter(|(_, number)| *number > 0);
        told.try_for_each(|(key, number)| write!(f, ",{key}={number}"))
    }
}

/// What a person says of an element: its number, or its name and what goes with it, or both. What is not said of a name is
/// as alsa-lib has it: the interface is MIXER, the numbers are 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ElementQuery {
    numid: Option<u32>,
    iface: Option<Iface>,
    name: Option<String>,
    index: Option<u32>,
    device: Option<u32>,
    subdevice: Option<u32>,
}

impl ElementQuery {
    /// Reads `numid=3` or `iface=MIXER,name='…',index=…,device=…,subdevice=…`, in any order, each at most once. A name with
    /// a comma in it stands in quotes.
    ///
    /// Fails with [`Kind::Usage`] for all else: nothing is left out of account.
    pub fn parse(text: &str) -> Result<ElementQuery> {
        let mut query = ElementQuery::default();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (key, behind) = rest
                .split_once('=')
                .ok_or_else(|| wrong(text, &format!("'{rest}' is no key with a value")))?;
            let (value, behind) = value(behind.trim_start()).ok_or_else(|| {
                wrong(text, "a quote is not closed, or something stands behind it")
            })?;
            query
                .take(key.trim(), value)
                .map_err(|why| wrong(text, &why))?;
            rest = match behind {
                Some("") => return Err(wrong(text, "it ends with a comma")),
                Some(more) => more,
                None => "",
            };
        }
        if query.numid.is_none() && query.name.is_none() {
            return Err(wrong(text, "neither numid nor name is given"));
        }
        Ok(query)
    }

    fn take(&mut self, key: &str, value: &str) -> std::result::Result<(), String> {
        let number = || {
            let digits = value.bytes().all(|byte| byte.is_ascii_digit());
            let number = value.parse().ok().filter(|_| digits);
            number.ok_or_else(|| format!("'{value}' is no number for {key}"))
        };
        let taken = match key.to_ascii_lowercase().as_str() {
            "numid" => match number()? {
                0 => return Err("numbers of elements begin at 1".to_owned()),
                numid => self.numid.replace(numid).is_some(),
            },
            "index" => self.index.replace(number()?).is_some(),
            "device" => self.device.replace(number()?).is_some(),
            "subdevice" => self.subdevice.replace(number()?).is_some(),
            "iface" => {
                let row = IFACES
                    .iter()
                    .find(|(_, name)| name.eq_ignore_ascii_case(value))
                    .ok_or_else(|| {
                        let names = IFACES.map(|(_, name)| name).join(", ");
                        format!("'{value}' is no iface ({names})")
                    })?;
                self.iface.replace(row.0).is_some()
            }
            "name" if value.is_empty() => return Err("the name is empty".to_owned()),
            "name" => self.name.replace(value.to_owned()).is_some(),
            _ => return Err(format!("'{key}' is no key")),
        };
        match taken {
            true => Err(format!("{key} is given twice")),
            false => Ok(()),
        }
    }

    /// Whether this is said of the element `id` with the number `numid`.
    pub fn fits(&self, numid: u32, id: &ElementId) -> bool {
        // With the number given, all else only has to be no other.
        let usual = |said: Option<u32>| said.or(self.numid.is_none().then_some(0));
        let agrees = |said: Option<u32>, is: u32| said.is_none_or(|said| said == is);
        let iface = self
            .iface
            .or(self.numid.is_none().then_some(Iface::default()));
        agrees(self.numid, numid)
            && iface.is_none_or(|iface| iface == id.iface)
            && self.name.as_ref().is_none_or(|name| *name == id.name)
            && agrees(usual(self.index), id.index)
            && agrees(usual(self.device), id.device)
            && agrees(usual(self.subdevice), id.subdevice)
    }

    /// The name that was said.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

/// A value, without its quotes, and what stands behind the comma after it; nothing at all where the quotes are wrong.
fn value(text: &str) -> Option<(&str, Option<&str>)> {
    let quote = text.chars().next().filter(|c| ['\'', '"'].contains(c));
    if let Some(quote) = quote {
        let (value, behind) = text[1..].split_once(quote)?;
        let behind = behind.trim_start();
        return match behind.strip_prefix(',') {
            Some(more) => Some((value, Some(more.trim_start()))),
            None => behind.is_empty().then_some((value, None)),
        };
    }
    Some(match text.split_once(',') {
        Some((value, more)) => (value.trim(), Some(more.trim_start())),
        None => (text.trim(), None),
    })
}

fn wrong(text: &str, why: &str) -> Error {
    Error::new(Kind::Usage, format!("'{text}' names no element: {why}")).with_hint(
        "elements are named numid=3, or iface=MIXER,name='Master Playback Volume',index=0; `aloud mixer elements` lists them",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(iface: Iface, name: &str, index: u32) -> ElementId {
        ElementId {
            iface,
            name: name.to_owned(),
            index,
            ..ElementId::default()
        }
    }

    #[test]
    fn what_amixer_writes_names_the_element() {
        let master = id(Iface::Mixer, "Master, Left", 0);
        for text in [
            "numid=3",
            "NUMID = 3",
            "name='Master, Left'",
            "iface=MIXER,name='Master, Left'",
            "numid=3,iface=MIXER,name=\"Master, Left\"",
            "iface=mixer, name='Master, Left' , index=0,device=0,subdevice=0",
        ] {
            assert!(
                ElementQuery::parse(text).unwrap().fits(3, &master),
                "{text}"
            );
        }
        for text in [
            "numid=4",
            "numid=3,name=Master",
            "name='Master, Left',index=1",
            "iface=PCM,name='Master, Left'",
            "name='Master, Left',device=1",
        ] {
            assert!(
                !ElementQuery::parse(text).unwrap().fits(3, &master),
                "{text}"
            );
        }
        let shift = id(Iface::Pcm, "PCM Rate Shift 100000", 2);
        assert!(
            !ElementQuery::parse("name='PCM Rate Shift 100000'")
                .unwrap()
                .fits(1, &shift)
        );
        assert!(ElementQuery::parse("numid=1").unwrap().fits(1, &shift));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let odd = ElementId {
            device: 3,
            subdevice: 7,
            ..id(Iface::Pcm, "A=B, C", 2)
        };
        let query = ElementQuery::parse(&odd.to_string()).unwrap();
        assert!(query.fits(9, &odd));
        assert_eq!(
            odd.to_string(),
            "iface=PCM,name='A=B, C',index=2,device=3,subdevice=7"
        );
    }

    #[test]
    fn what_amixer_would_misread_is_refused() {
        for text in [
            "",
            "numid",
            "numid=",
            "numid=x",
            "numid=-1",
            "numid=0",
            "numid=3,",
            "numid=3x",
            "numid=+3",
            "numid=3,numid=3",
            "iface=MIXER",
            "iface=BOGUS,name=X",
            "name='X",
            "name='X'Y",
            "name=",
            "name=X,bogus=1",
            "name=X,index=99999999999",
            "X,name=Y",
            "name='X',,index=1",
        ] {
            let error = ElementQuery::parse(text).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{text}");
        }
    }
}
