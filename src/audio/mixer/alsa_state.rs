//! The settings of cards in the format of alsactl (`/var/lib/alsa/asound.state`).

use super::elements::Elements;
use crate::audio::error::{Error, Result};
use crate::audio::ffi::config_tree::{ConfigNode, ConfigTree};
use crate::audio::ffi::elements::{ElementAccess, ElementInfo, ElementType, ElementValues};
use std::fmt::Write;

/// The settings of cards, as alsactl stores them.
#[derive(Debug)]
pub struct AlsaState(ConfigTree);

impl AlsaState {
    /// Without any card.
    ///
    /// # Errors
    /// If there is no memory.
    pub fn new() -> Result<AlsaState> {
        let tree = ConfigTree::new();
        tree.map(AlsaState)
            .map_err(|errno| Error::device("create", "state", errno))
    }

    /// Adds the cards in a state file. Of a damaged one, the part before the damage is added.
    ///
    /// # Errors
    /// If it is damaged. alsa-lib reports where.
    pub fn load(&mut self, text: &[u8]) -> Result<()> {
        let loaded = self.0.load(text);
        loaded.map_err(|errno| Error::device("read", "state", errno))
    }

    /// Replaces the settings of a card by its current ones.
    ///
    /// # Errors
    /// If its elements cannot be listed or read.
    pub fn store(&mut self, elements: &Elements) -> Result<()> {
        let (id, _) = elements.card()?;
        let controls: Result<Vec<ConfigNode>> = elements
            .list()?
            .iter()
            .map(|info| control(elements, info))
            .collect();
        let card = ConfigNode::compound(id, vec![ConfigNode::joined("control", controls?)]);
        let stored = self.0.replace("state", &card);
        stored.map_err(|errno| elements.failed("store", errno))
    }

    /// The stored elements of the card with this id.
    pub fn card(&self, id: &str) -> Option<Vec<ConfigNode>> {
        let all = self.0.nodes();
        let state = all.iter().find(|node| node.id == "state")?;
        let controls = state.child(id)?.child("control")?;
        controls.nodes().map(<[ConfigNode]>::to_vec)
    }

    /// The text of a state file.
    ///
    /// # Errors
    /// If there is no memory.
    pub fn to_text(&self) -> Result<Vec<u8>> {
        let text = self.0.to_text();
        text.map_err(|errno| Error::device("write", "state", errno))
    }
}

/// An element, with a comment that describes it.
fn control(elements: &Elements, info: &ElementInfo) -> Result<ConfigNode> {
    let id = &info.id;
    let mut nodes = vec![ConfigNode::text("iface", id.interface.name())];
    for (key, number) in [("device", id.device), ("subdevice", id.subdevice)] {
        nodes.extend(integer_unless_zero(key, number));
    }
    nodes.push(ConfigNode::text("name", id.name.as_str()));
    nodes.extend(integer_unless_zero("index", id.index));
    let values = match info.access.readable {
        true => Some(elements.read(info)?),
        false => None,
    };
    if let Some(values) = &values {
        nodes.push(value(elements, info, values)?);
    }
    nodes.push(ConfigNode::compound(
        "comment",
        comment(elements, info, values.as_ref()),
    ));
    Ok(ConfigNode::compound(id.numid.to_string(), nodes))
}

fn integer_unless_zero(key: &str, number: u32) -> Option<ConfigNode> {
    (number != 0).then(|| ConfigNode::integer(key, number.into()))
}

fn value(elements: &Elements, info: &ElementInfo, values: &ElementValues) -> Result<ConfigNode> {
    let number = |id: String, number: &i64| ConfigNode::integer(id, *number);
    Ok(match (values, &info.kind) {
        (ElementValues::Boolean(all), _) => {
            each(all, |id, on| ConfigNode::text(id, on.to_string()))
        }
        (ElementValues::Integer(all) | ElementValues::Integer64(all), _) => each(all, number),
        (ElementValues::Enumerated(all), ElementType::Enumerated(items)) => {
            each(all, |id, item| match items.get(*item as usize) {
                Some(name) => ConfigNode::text(id, name.as_str()),
                None => ConfigNode::integer(id, (*item).into()),
            })
        }
        (ElementValues::Enumerated(all), _) => {
            each(all, |id, item| ConfigNode::integer(id, (*item).into()))
        }
        (ElementValues::Bytes(all), _) => ConfigNode::text("value", hex(all)),
        (ElementValues::Iec958(_), _) => {
            ConfigNode::text("value", hex(&elements.iec958(&info.id)?))
        }
    })
}

/// One value, or numbered ones.
fn each<T>(all: &[T], node: impl Fn(String, &T) -> ConfigNode) -> ConfigNode {
    match all {
        [one] => node("value".to_owned(), one),
        all => {
            let numbered = all.iter().enumerate();
            let nodes = numbered.map(|(at, value)| node(at.to_string(), value));
            ConfigNode::joined("value", nodes.collect())
        }
    }
}

fn comment(
    elements: &Elements,
    info: &ElementInfo,
    values: Option<&ElementValues>,
) -> Vec<ConfigNode> {
    let mut nodes = vec![
        ConfigNode::text("access", access(info.access)),
        ConfigNode::text("type", info.kind.name()),
        ConfigNode::integer("count", info.count.into()),
    ];
    match &info.kind {
        ElementType::Integer(min, max, step) | ElementType::Integer64(min, max, step) => {
            let step = match step {
                0 => String::new(),
                step => format!(" (step {step})"),
            };
            nodes.push(ConfigNode::text("range", format!("{min} - {max}{step}")));
        }
        ElementType::Enumerated(items) => {
            let items = items.iter().enumerate();
            let items = items.map(|(at, item)| ConfigNode::text(at.to_string(), item.as_str()));
            nodes.push(ConfigNode::joined("item", items.collect()));
        }
        _ => {}
    }
    if info.access.user
        && let Some(words) = elements.tlv(info)
    {
        let words = words.iter().map(|word| format!("{word:08x}"));
        nodes.push(ConfigNode::text("tlv", words.collect::<String>()));
    }
    if let Some((min, max)) = elements.db_range(info) {
        nodes.push(ConfigNode::integer("dbmin", min));
        nodes.push(ConfigNode::integer("dbmax", max));
        nodes.extend(decibels(elements, info, values));
    }
    nodes
}

/// The dB of each value.
fn decibels(
    elements: &Elements,
    info: &ElementInfo,
    values: Option<&ElementValues>,
) -> Option<ConfigNode> {
    let Some(ElementValues::Integer(all)) = values else {
        return None;
    };
    let db = |(at, value): (usize, &i64)| {
        let db = elements.ctl.db_of(&info.id, *value).ok()?;
        Some(ConfigNode::integer(at.to_string(), db))
    };
    let nodes = all.iter().enumerate().filter_map(db).collect();
    Some(ConfigNode::joined("dbvalue", nodes))
}

fn access(access: ElementAccess) -> String {
    let words: Vec<&str> = [
        (access.readable, "read"),
        (access.writable, "write"),
        (access.inactive, "inactive"),
        (access.volatile, "volatile"),
        (access.locked, "locked"),
        (access.user, "user"),
    ]
    .into_iter()
    .filter_map(|(is, word)| is.then_some(word))
    .collect();
    words.join(" ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
