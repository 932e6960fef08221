//! The events of a watched mixer.

use crate::audio::direction::Direction;
use crate::audio::ffi::elements::{ElementId, ElementValues};
use crate::audio::mixer::element::Element;
use crate::audio::mixer::snapshot::{ControlId, ReadError, Snapshot, VolumeRange};
use schemars::JsonSchema;
use serde::Serialize;

/// An event of a watched mixer. Serialized, it is one object with `"event"` first.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
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
        from: Option<ElementValues>,
        /// Its values now; `null` if it is gone or is not readable.
        to: Option<ElementValues>,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ValueChange {
    /// `volume`, `muted`, `recording`, `enum`, `active` or `range`.
    pub value: &'static str,
    /// The direction; `null` for a value that has none.
    pub direction: Option<Direction>,
    /// The channel's name; `null` for a value of all channels.
    pub channel: Option<String>,
    /// The value before.
    pub from: ChangedValue,
    /// The value now.
    pub to: ChangedValue,
}

/// A value of a control.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ChangedValue {
    /// A channel's volume.
    Volume(VolumeValue),
    /// A switch, or whether the control is active; `None` if there is none.
    Switch(Option<bool>),
    /// The chosen item of each channel; `None` if it cannot be read.
    Items(Option<Vec<String>>),
    /// The range of the volume; `None` if there is none.
    Range(Option<VolumeRange>),
    /// Why the control cannot be read; `None` if it can be.
    Error(Option<ReadError>),
}

/// A channel's volume in all units.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct VolumeValue {
    /// In raw steps.
    pub raw: Option<i64>,
    /// In percent of the raw range.
    pub percent: Option<i64>,
    /// In percent of alsamixer's mapped scale.
    pub mapped_percent: Option<i64>,
    /// In dB, if there is dB information. -99999.99 means silence.
    pub db: Option<f64>,
}
