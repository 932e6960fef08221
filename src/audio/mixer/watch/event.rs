//! The events of a watched mixer.

use crate::audio::direction::Direction;
use crate::audio::ffi::elements::ElementId;
use crate::audio::mixer::element::Element;
use crate::audio::mixer::snapshot::{ControlId, Snapshot};
use serde::Serialize;
use serde_json::Value;

/// An event of a watched mixer. Serialized, it is one object with `"event"` first.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum MixerEvent {
    /// Watching starts.
    Start {
        /// The ctl's name.
        device: String,
        /// The watched controls.
        controls: Vec<Snapshot>,
    },
    /// A control has changed.
    Change {
        /// The control.
        #[serde(flatten)]
        id: ControlId,
        /// The values that have changed.
        changes: Vec<ValueChange>,
        /// All its values now.
        control: Snapshot,
    },
    /// A control was added.
    New {
        /// The control.
        #[serde(flatten)]
        id: ControlId,
        /// Its values.
        control: Snapshot,
    },
    /// A control was removed.
    Gone {
        /// The control.
        #[serde(flatten)]
        id: ControlId,
    },
    /// An element has changed that is not part of a simple control, or was selected.
    Element {
        /// The element.
        #[serde(flatten)]
        id: ElementKey,
        /// Its values before; `null` if it is new or was not readable.
        from: Value,
        /// Its values now; `null` if it is gone or is not readable.
        to: Value,
    },
    /// The card was unplugged, or the sound server ended.
    Lost {
        /// The ctl's name.
        device: String,
    },
    /// The card or sound server is back. Events for everything that has changed meanwhile follow.
    Back {
        /// The ctl's name, which may have changed.
        device: String,
    },
}

/// Identifies an element of a card, except for its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ElementKey {
    /// What it belongs to: `MIXER`, `PCM` …
    pub iface: &'static str,
    /// Its name.
    pub name: String,
    /// Its index among the elements with that name.
    pub index: u32,
    /// The device it is for.
    pub device: u32,
    /// The subdevice it is for.
    pub subdevice: u32,
}

impl From<&Element> for ElementKey {
    fn from(element: &Element) -> ElementKey {
        ElementKey {
            iface: element.iface,
            name: element.name.clone(),
            index: element.index,
            device: element.device,
            subdevice: element.subdevice,
        }
    }
}

impl From<&ElementId> for ElementKey {
    fn from(id: &ElementId) -> ElementKey {
        ElementKey {
            iface: id.interface.name(),
            name: id.name.clone(),
            index: id.index,
            device: id.device,
            subdevice: id.subdevice,
        }
    }
}

/// A change of one value of a control.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueChange {
    /// `volume`, `muted`, `recording`, `enum`, `active` or `range`.
    pub value: &'static str,
    /// The direction; `null` for a value that has none.
    pub direction: Option<Direction>,
    /// The channel's name; `null` for a value of all channels.
    pub channel: Option<String>,
    /// The value before. A volume is an object with raw, percent, mapped_percent and db.
    pub from: Value,
    /// The value now.
    pub to: Value,
}
