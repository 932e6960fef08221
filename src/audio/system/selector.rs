//! Finds devices by part of a card's name, the card's index or USB port, or part of the device's own name.

use super::cards::{self, Card, ambiguous};
use super::files::SystemFiles;
use super::pcm_name::ParsedPcmName;
use super::pcm_names::is_pcm;
use crate::audio::direction::Direction;
use crate::audio::error::{Kind, Result};
use crate::audio::ffi::ctl;

/// What precedes a USB port: `usb:1-2`.
const USB: &str = "usb:";

/// The PCM that a name selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectedPcm {
    /// The name to open.
    pub name: String,
    /// The device that was found; `None` if the name itself is a PCM's, or matches nothing.
    pub found: Option<FoundDevice>,
}

/// A device of a card that was found by part of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundDevice {
    /// The card's index.
    pub card: u32,
    /// The card's id; its index if it has none.
    pub id: String,
    /// The card's name, if known.
    pub card_name: Option<String>,
    /// The device's number; `None` if the card has no device in the wanted direction.
    pub device: Option<u32>,
    /// The device's name, if known.
    pub device_name: Option<String>,
}

impl FoundDevice {
    /// The name to open it by, which does not depend on the order in which cards were found.
    pub fn pcm(&self) -> String {
        match self.device {
            Some(device) => format!("hw:CARD={},DEV={device}", self.id),
            None => format!("hw:CARD={}", self.id),
        }
    }
}

/// The PCM that `wanted` stands for: the PCM of exactly that name, or the first device for `direction` of the one card
/// that it matches, or the one device whose own name it is part of.
///
/// A name with a colon is a PCM's, unless it is `usb:PORT`. A name that matches nothing is returned unchanged, so that
/// opening it fails with an error that suggests names.
///
/// # Errors
/// [`Kind::Usage`] if it matches several cards or devices, [`Kind::NotFound`] for an index or USB port without a card.
pub fn select_pcm(wanted: &str, direction: Direction) -> Result<SelectedPcm> {
    let as_given = || SelectedPcm {
        name: wanted.to_owned(),
        found: None,
    };
    if !wanted.starts_with(USB) && is_pcm(wanted) {
        return Ok(as_given());
    }
    let search = DeviceSearch::of_this_machine()?;
    Ok(match search.device(wanted, direction)? {
        Some(found) => SelectedPcm {
            name: found.pcm(),
            found: Some(found),
        },
        None if is_of_card(wanted) => return Err(cards::missing(&search.files, wanted)),
        None => as_given(),
    })
}

/// The first device for `direction` of the card that `wanted` stands for, as in [`select_card`].
///
/// # Errors
/// See [`select_card`].
pub fn select_device_of_card(wanted: &str, direction: Direction) -> Result<FoundDevice> {
    let search = DeviceSearch::of_this_machine()?;
    let found = match &search.cards_called(wanted)[..] {
        [] => None,
        [card] => Some(search.first_device(card, direction)),
        several => Some(search.one_with_device(wanted, several, direction)?),
    };
    found.ok_or_else(|| cards::missing(&search.files, wanted))
}

/// The index of the card that `wanted` stands for: its index, id, name or long name, part of one of these in any case,
/// or `usb:PORT`.
///
/// # Errors
/// [`Kind::NotFound`] if there is none, [`Kind::Usage`] if several cards match.
pub fn select_card(wanted: &str) -> Result<u32> {
    let search = DeviceSearch::of_this_machine()?;
    match search.cards_called(wanted)[..] {
        [] => Err(cards::missing(&search.files, wanted)),
        [card] => Ok(card.index),
        ref several => Err(ambiguous(wanted, &described(several), ids(several))),
    }
}

/// The index of the card that the name of a mixer stands for; `None` if the name is a ctl's or matches no card.
///
/// # Errors
/// [`Kind::Usage`] if several cards match.
pub fn select_ctl(wanted: &str) -> Result<Option<u32>> {
    let is_port = wanted.starts_with(USB);
    if !is_port && (is_pcm(wanted) || ctl::has_config(&format!("ctl.{wanted}"))) {
        return Ok(None);
    }
    match select_card(wanted) {
        Ok(card) => Ok(Some(card)),
        Err(error) if error.kind() == Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a name can only be that of a card: an index or a USB port.
fn is_of_card(wanted: &str) -> bool {
    wanted.starts_with(USB) || wanted.parse::<u32>().is_ok()
}

/// Whether the lower-case text `wanted` is part of `name`. A single letter, which almost every name contains, must be a
/// word of it.
fn is_part(wanted: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    match wanted.chars().count() {
        0 => false,
        1 => name
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| word == wanted),
        _ => name.contains(wanted),
    }
}

fn described(cards: &[&Card]) -> Vec<String> {
    let described = |card: &&Card| match &card.name {
        Some(name) => format!("{} ({name})", id(card)),
        None => id(card),
    };
    cards.iter().map(described).collect()
}

fn ids(cards: &[&Card]) -> Vec<String> {
    cards.iter().map(|card| id(card)).collect()
}

fn id(card: &Card) -> String {
    card.id.clone().unwrap_or(card.index.to_string())
}

/// Looks for devices by parts of names.
struct DeviceSearch {
    files: SystemFiles,
    cards: Vec<Card>,
}

impl DeviceSearch {
    fn of_this_machine() -> Result<DeviceSearch> {
        let files = SystemFiles::of_this_machine();
        let cards = cards::identified(&files)?;
        Ok(DeviceSearch { files, cards })
    }

    /// The cards that `wanted` matches by the strictest rule that matches any.
    fn cards_called(&self, wanted: &str) -> Vec<&Card> {
        let exact = cards::matching(wanted, &self.cards);
        let port = wanted.strip_prefix(USB);
        let lower = wanted.to_lowercase();
        let matches = |card: &&Card| match port {
            _ if !exact.is_empty() => exact.contains(&card.index),
            Some(port) => self.files.usb_port(card.index).as_deref() == Some(port),
            // A number is an index, never a part of a name.
            None if wanted.parse::<u32>().is_ok() => false,
            None => cards::names(card).any(|name| is_part(&lower, name)),
        };
        self.cards.iter().filter(matches).collect()
    }

    fn device(&self, wanted: &str, direction: Direction) -> Result<Option<FoundDevice>> {
        match &self.cards_called(wanted)[..] {
            [] => self.device_called(wanted, direction),
            [card] => Ok(Some(self.first_device(card, direction))),
            several => self.one_with_device(wanted, several, direction).map(Some),
        }
    }

    fn first_device(&self, card: &Card, direction: Direction) -> FoundDevice {
        let first = self.files.devices(card.index, direction).first().copied();
        self.found(card, first, direction)
    }

    /// The only one of several cards that has a device for the direction.
    fn one_with_device(
        &self,
        wanted: &str,
        cards: &[&Card],
        direction: Direction,
    ) -> Result<FoundDevice> {
        let has_device = |card: &&&Card| !self.files.devices(card.index, direction).is_empty();
        let able: Vec<&Card> = cards.iter().filter(has_device).copied().collect();
        match able[..] {
            [card] => Ok(self.first_device(card, direction)),
            [] => Err(ambiguous(wanted, &described(cards), ids(cards))),
            _ => Err(ambiguous(wanted, &described(&able), ids(&able))),
        }
    }

    /// The device whose own name `wanted` is part of.
    fn device_called(&self, wanted: &str, direction: Direction) -> Result<Option<FoundDevice>> {
        let lower = wanted.to_lowercase();
        let all = self.cards.iter().flat_map(|card| {
            let devices = self.files.devices(card.index, direction).into_iter();
            devices.map(move |device| self.found(card, Some(device), direction))
        });
        let is_called = |found: &FoundDevice| {
            let name = found.device_name.as_deref();
            name.is_some_and(|name| is_part(&lower, name))
        };
        let found: Vec<_> = all
            .filter(|_| wanted.parse::<u32>().is_err())
            .filter(is_called)
            .collect();
        match &found[..] {
            [] => Ok(None),
            [only] => Ok(Some(only.clone())),
            _ => {
                let names: Vec<_> = found.iter().map(FoundDevice::pcm).collect();
                let named = found.iter().zip(&names).map(|(found, pcm)| {
                    format!("{pcm} ({})", found.device_name.as_deref().unwrap_or("?"))
                });
                Err(ambiguous(wanted, &named.collect::<Vec<_>>(), names))
            }
        }
    }

    fn found(&self, card: &Card, device: Option<u32>, direction: Direction) -> FoundDevice {
        FoundDevice {
            card: card.index,
            id: id(card),
            card_name: card.name.clone(),
            device,
            device_name: device
                .and_then(|device| self.files.device_name(card.index, device, direction)),
        }
    }
}

/// Whether two names select the same device of a card. Those of plugins that users define are compared as they are.
pub fn is_same_device(one: &str, other: &str) -> bool {
    let hardware = |name: &str| {
        let name = ParsedPcmName::parse(name);
        let card = name
            .card
            .as_deref()
            .and_then(|card| cards::find_card(card).ok());
        let device = name.device.unwrap_or(0);
        (name.names_device() && card.is_some()).then_some((card, device, name.subdevice))
    };
    one == other || hardware(one).is_some_and(|one| hardware(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::advice::DeviceAdvice;
    use crate::audio::system::fake::FakeSystem;

    /// Card 0 (Dummy: plays on 0 and 1, records on 0), card 3 (USB: plays), and card 4 (Headset: plays and records).
    fn search(system: &FakeSystem) -> DeviceSearch {
        let card = |index: u32, id: &str, name: &str, longname: &str| {
            Card::named(index, id, name, longname)
        };
        system.status(4, "0p", 0, "closed\n");
        system.status(4, "2c", 0, "closed\n");
        system.write("proc/asound/card0/pcm1p/info", "id: x\nname: HDMI 1\n");
        system.write("proc/asound/card4/pcm0p/info", "id: x\nname: Speakers\n");
        DeviceSearch {
            files: system.files.clone(),
            cards: vec![
                card(0, "Dummy", "Dummy card", "Dummy 1"),
                card(3, "USB", "QEMU - Audio", "QEMU at usb-1, full speed"),
                card(4, "Headset", "USB Headset", "Headset at usb-2"),
            ],
        }
    }

    fn select(wanted: &str, direction: Direction) -> Result<Option<String>> {
        let system = FakeSystem::with_cards();
        let found = search(&system).device(wanted, direction)?;
        Ok(found.map(|found| found.pcm()))
    }

    #[test]
    fn part_of_a_name_selects_the_first_device_of_the_direction() {
        let cases = [
            ("dummy", Direction::Playback, Some("hw:CARD=Dummy,DEV=0")),
            ("DUM", Direction::Capture, Some("hw:CARD=Dummy,DEV=0")),
            ("qemu", Direction::Playback, Some("hw:CARD=USB,DEV=0")),
            ("qemu", Direction::Capture, Some("hw:CARD=USB")),
            ("usb", Direction::Playback, Some("hw:CARD=USB,DEV=0")),
            ("4", Direction::Capture, Some("hw:CARD=Headset,DEV=2")),
            ("hdmi", Direction::Playback, Some("hw:CARD=Dummy,DEV=1")),
            ("speak", Direction::Playback, Some("hw:CARD=Headset,DEV=0")),
            ("1", Direction::Playback, None),
            ("nosuch", Direction::Playback, None),
            ("o", Direction::Playback, None),
            ("", Direction::Playback, None),
        ];
        for (wanted, direction, expected) in cases {
            let found = select(wanted, direction).unwrap();
            assert_eq!(found.as_deref(), expected, "{wanted}");
        }
    }

    #[test]
    fn a_card_without_the_direction_is_not_a_candidate() {
        let found = select("at usb", Direction::Capture).unwrap();
        assert_eq!(found.as_deref(), Some("hw:CARD=Headset,DEV=2"));
    }

    #[test]
    fn several_matches_are_listed_with_what_to_type() {
        let error = select("at usb", Direction::Playback).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        assert_eq!(
            error.to_string(),
            "'at usb' matches several: USB (QEMU - Audio), Headset (USB Headset)"
        );
        let names = vec!["USB".to_owned(), "Headset".to_owned()];
        assert_eq!(error.advice(), [DeviceAdvice::NameOneOf(names).into()]);
    }

    #[test]
    fn a_usb_port_selects_the_card_in_it() {
        let system = FakeSystem::with_cards();
        system.usb_card(3, "1-2:1.0");
        let found = search(&system)
            .device("usb:1-2", Direction::Playback)
            .unwrap();
        assert_eq!(found.unwrap().pcm(), "hw:CARD=USB,DEV=0");
        let other = search(&system).device("usb:1-3", Direction::Playback);
        assert_eq!(other.unwrap(), None);
    }
}
