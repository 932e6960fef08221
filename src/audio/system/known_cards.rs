//! The cards that the kernel has, whether or not the user may open them.

use super::files::SystemFiles;
use crate::audio::spelling::alike;

/// A card in `/proc/asound/cards`, or with a node in `/dev/snd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownCard {
    /// Its number.
    pub index: u32,
    /// Its names. Unknown if there is only a node, as in containers.
    pub identity: Option<CardIdentity>,
}

/// A card's names in `/proc/asound/cards`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CardIdentity {
    pub id: String,
    pub driver: String,
    pub name: String,
    pub longname: String,
}

impl KnownCard {
    /// A card of which only the number is known.
    pub fn without_names(index: u32) -> KnownCard {
        KnownCard {
            index,
            identity: None,
        }
    }

    /// The card's id, if known.
    pub fn id(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.id.as_str())
    }

    /// For a list: `0 Dummy`, or `0`.
    fn list_entry(&self) -> String {
        match self.id() {
            Some(id) => format!("{} {id}", self.index),
            None => self.index.to_string(),
        }
    }

    /// For a sentence: `card 0 (Dummy)`, or `card 0`.
    pub fn described(&self) -> String {
        match self.id() {
            Some(id) => format!("card {} ({id})", self.index),
            None => format!("card {}", self.index),
        }
    }

    /// Whether `wanted` is the card's number or id.
    pub fn matches(&self, wanted: &str) -> bool {
        wanted.parse() == Ok(self.index) || self.id() == Some(wanted)
    }
}

impl SystemFiles {
    /// All cards, sorted by number.
    pub fn cards(&self) -> Vec<KnownCard> {
        let mut cards = parse_cards(&self.text(&self.proc.join("asound/cards")));
        for index in self.nodes().filter_map(|node| parse_control_node(&node)) {
            if cards.iter().all(|card| card.index != index) {
                cards.push(KnownCard::without_names(index));
            }
        }
        cards.sort_by_key(|card| card.index);
        cards
    }
}

/// A clause that says that there is no card `wanted`, and the ids that are spelled like it.
pub(crate) fn no_card<'a>(wanted: &str, known: &'a [KnownCard]) -> (String, Vec<&'a str>) {
    if known.is_empty() {
        return ("there are no sound cards".to_owned(), vec![]);
    }
    let shown = match wanted.parse::<i64>() {
        Ok(number) => number.to_string(),
        Err(_) => format!("'{wanted}'"),
    };
    let near = match card_of_hw(wanted).and_then(|card| known.iter().find(|it| it.matches(card))) {
        Some(card) => card.id().into_iter().collect(),
        None => alike(wanted, known.iter().filter_map(KnownCard::id)),
    };
    // The nearest come first, the others stay in order.
    let mut cards: Vec<_> = known.iter().collect();
    let rank = |id| near.iter().position(|near| Some(*near) == id);
    cards.sort_by_key(|card| rank(card.id()).unwrap_or(near.len()));
    let reason = format!("there is no card {shown} {}", listed(cards));
    (reason, near)
}

/// The card in `hw:CARD`, which is a PCM or a ctl.
fn card_of_hw(name: &str) -> Option<&str> {
    let (base, arguments) = name.split_once(':')?;
    let card = arguments.split(',').next()?;
    (base.ends_with("hw")).then(|| card.trim_start_matches("CARD="))
}

/// The cards for a message: `(cards: 0 Dummy, 1 Loopback)`.
pub(crate) fn listed<'a>(cards: impl IntoIterator<Item = &'a KnownCard>) -> String {
    let all: Vec<_> = cards.into_iter().map(KnownCard::list_entry).collect();
    format!("(cards: {})", all.join(", "))
}

/// Parses `/proc/asound/cards`: ` 0 [Dummy          ]: Driver - Name`, with the long name on the next line.
fn parse_cards(text: &str) -> Vec<KnownCard> {
    let lines: Vec<_> = text.lines().collect();
    let next = lines.iter().skip(1).chain(std::iter::once(&""));
    lines
        .iter()
        .zip(next)
        .filter_map(|(line, next)| parse_card(line, next.trim()))
        .collect()
}

fn parse_card(line: &str, longname: &str) -> Option<KnownCard> {
    let (index, rest) = line.split_once('[')?;
    let (id, names) = rest.split_once("]: ")?;
    let (driver, name) = names.split_once(" - ")?;
    Some(KnownCard {
        index: index.trim().parse().ok()?,
        identity: Some(CardIdentity {
            id: id.trim().to_owned(),
            driver: driver.to_owned(),
            name: name.to_owned(),
            longname: longname.to_owned(),
        }),
    })
}

/// The card number of a control node's name: `controlC0`.
fn parse_control_node(node: &str) -> Option<u32> {
    node.strip_prefix("controlC")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::system::fake::FakeSystem;

    #[test]
    fn proc_asound_cards_is_parsed() {
        let system = FakeSystem::with_cards();
        let cards = system.files.cards();
        assert_eq!(listed(&cards), "(cards: 0 Dummy, 3 USB)");
        let usb = cards[1].identity.as_ref().unwrap();
        assert_eq!(usb.driver, "USB-Audio");
        assert_eq!(usb.name, "QEMU - Audio");
        assert_eq!(usb.longname, "QEMU at usb-1, full speed");
    }

    #[test]
    fn a_system_without_sound_has_no_cards() {
        let system = FakeSystem::new();
        assert_eq!(system.files.cards(), []);
        system.write("proc/asound/cards", "--- no soundcards ---\n");
        assert_eq!(system.files.cards(), []);
    }

    #[test]
    fn a_control_node_alone_is_a_card() {
        let system = FakeSystem::with_cards();
        system.node("controlC1");
        assert_eq!(listed(&system.files.cards()), "(cards: 0 Dummy, 1, 3 USB)");
    }
}
