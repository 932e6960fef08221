//! Recognizes a card that went away and came back, even if its number has changed.

use super::files::SystemFiles;
use super::known_cards::KnownCard;
use super::pcm_name::{card_argument, on_other_card};
use std::path::PathBuf;

/// What identifies a card that comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReturningCard {
    /// The number it had.
    index: u32,
    id: Option<String>,
    name: Option<String>,
    port: Option<PathBuf>,
    /// The ports that other cards had then.
    other_ports: Vec<PathBuf>,
}

impl ReturningCard {
    /// The card with that number, which must exist now.
    pub(crate) fn of(index: u32) -> ReturningCard {
        let files = SystemFiles::of_this_machine();
        let cards = files.cards();
        match cards.iter().find(|card| card.index == index) {
            Some(card) => ReturningCard::read_among(&files, card, &cards),
            None => ReturningCard::read(&files, &KnownCard::without_names(index)),
        }
    }

    /// The card with that number, if its id is `id`. The ctl of a sound server has a number and an id, too.
    pub(crate) fn with_id(index: u32, id: &str) -> Option<ReturningCard> {
        Some(ReturningCard::of(index)).filter(|card| card.id.as_deref() == Some(id))
    }

    /// The card that the name of a PCM or ctl selects, if it selects one.
    pub(crate) fn in_name(name: &str) -> Option<ReturningCard> {
        let wanted = card_argument(name)?;
        let files = SystemFiles::of_this_machine();
        let cards = files.cards();
        let card = cards.iter().find(|card| card.matches(wanted))?;
        Some(ReturningCard::read_among(&files, card, &cards))
    }

    fn read_among(files: &SystemFiles, card: &KnownCard, all: &[KnownCard]) -> ReturningCard {
        let others = all.iter().filter(|other| other.index != card.index);
        ReturningCard {
            other_ports: others.filter_map(|other| files.port(other.index)).collect(),
            ..ReturningCard::read(files, card)
        }
    }

    fn read(files: &SystemFiles, card: &KnownCard) -> ReturningCard {
        ReturningCard {
            index: card.index,
            id: card.id().map(str::to_owned),
            name: card.identity.as_ref().map(|card| card.name.clone()),
            port: files.port(card.index),
            other_ports: Vec::new(),
        }
    }

    /// The card as it is now; `None` while it is away.
    pub(crate) fn find(&self) -> Option<ReturningCard> {
        self.find_in(&SystemFiles::of_this_machine())
    }

    fn find_in(&self, files: &SystemFiles) -> Option<ReturningCard> {
        let cards = files.cards();
        let present: Vec<_> = cards
            .iter()
            .map(|card| ReturningCard::read_among(files, card, &cards))
            .collect();
        let same = present.iter().find(|card| self.is_same(card));
        same.or_else(|| present.iter().find(|card| self.is_moved(card)))
            .cloned()
    }

    /// The card's number.
    pub(crate) fn index(&self) -> u32 {
        self.index
    }

    /// Whether both are the same card. The ids of two equal cards depend on which of them appears first, so their ports
    /// distinguish them.
    fn is_same(&self, other: &ReturningCard) -> bool {
        let same_id = self.id == other.id;
        match (&self.port, &other.port) {
            (Some(here), Some(there)) => here == there && (same_id || self.name == other.name),
            _ => same_id && self.port == other.port,
        }
    }

    /// Whether this card is now `other`, in another port. An equal card that was in that port before is another one.
    fn is_moved(&self, other: &ReturningCard) -> bool {
        let names = (&self.id, &self.name);
        let is_new = |port| !self.other_ports.contains(port);
        names == (&other.id, &other.name)
            && self.port.is_some()
            && other.port.as_ref().is_some_and(is_new)
    }

    /// Whether `device`, a PCM or ctl on this card, selects it by a number or id that is part of the name.
    pub(crate) fn is_named_by(device: &str) -> bool {
        card_argument(device).is_some()
    }

    /// The current name of `device`, a PCM or ctl on this card, after the card has come back as `now`.
    pub(crate) fn renamed(&self, device: &str, now: &ReturningCard) -> String {
        let by_id = self.id.is_some() && card_argument(device) == self.id.as_deref();
        let is_unchanged = if by_id {
            self.id == now.id
        } else {
            self.index == now.index
        };
        if is_unchanged {
            return device.to_owned();
        }
        on_other_card(device, &now.index.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::system::fake::FakeSystem;

    /// Two equal cards: (number, id, port).
    fn system(cards: &[(u32, &str, &str)]) -> FakeSystem {
        let system = FakeSystem::new();
        let line = |(index, id, _): &(u32, &str, &str)| {
            format!(" {index} [{id:<15}]: USB-Audio - Headset\n                      Headset\n")
        };
        system.write(
            "proc/asound/cards",
            &cards.iter().map(line).collect::<String>(),
        );
        for (index, _, port) in cards {
            system.write(&format!("sys/devices/{port}/uevent"), "");
            system.link(
                &format!("sys/class/sound/card{index}/device"),
                &format!("sys/devices/{port}"),
            );
        }
        system
    }

    fn card(system: &FakeSystem, index: usize) -> ReturningCard {
        let cards = system.files.cards();
        ReturningCard::read_among(&system.files, &cards[index], &cards)
    }

    fn number(card: &ReturningCard, system: &FakeSystem) -> Option<u32> {
        card.find_in(&system.files).map(|card| card.index)
    }

    #[test]
    fn a_card_is_found_by_id_and_port() {
        let system = system(&[(1, "Headset", "usb-1"), (3, "Headset_1", "usb-2")]);
        assert_eq!(number(&card(&system, 0), &system), Some(1));
        assert_eq!(number(&card(&system, 1), &system), Some(3));
        let another = ReturningCard {
            id: Some("Mic".into()),
            name: Some("Microphone".into()),
            ..card(&system, 0)
        };
        assert_eq!(number(&another, &system), None);
    }

    #[test]
    fn a_card_in_another_port_is_found_by_id() {
        let system = system(&[(1, "Headset", "usb-2")]);
        let now = card(&system, 0);
        let before = ReturningCard {
            port: Some("/sys/devices/usb-1".into()),
            ..now.clone()
        };
        assert_eq!(number(&before, &system), Some(1));
        // An equal card that was in that port all the time has the id of the first one now.
        let another = ReturningCard {
            other_ports: now.port.clone().into_iter().collect(),
            ..before
        };
        assert_eq!(number(&another, &system), None);
    }

    #[test]
    fn the_second_of_two_equal_cards_may_change_its_id() {
        let system = system(&[(1, "Headset", "usb-2")]);
        let second = ReturningCard {
            index: 3,
            id: Some("Headset_1".into()),
            ..card(&system, 0)
        };
        assert_eq!(number(&second, &system), Some(1));
    }

    #[test]
    fn a_name_follows_the_card() {
        let system = system(&[(1, "Headset", "usb-1")]);
        let before = card(&system, 0);
        let moved = ReturningCard {
            index: 2,
            ..before.clone()
        };
        let other_id = ReturningCard {
            id: Some("Headset_1".into()),
            ..before.clone()
        };
        for (name, on_moved, on_other_id) in [
            ("hw:1,0", "hw:2,0", "hw:1,0"),
            ("hw:Headset", "hw:Headset", "hw:1"),
            (
                "plughw:CARD=Headset",
                "plughw:CARD=Headset",
                "plughw:CARD=1",
            ),
        ] {
            assert_eq!(before.renamed(name, &before), name);
            assert_eq!(before.renamed(name, &moved), on_moved);
            assert_eq!(before.renamed(name, &other_id), on_other_id);
        }
    }
}
