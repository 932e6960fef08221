//! Mixers: the simple controls and raw elements of a card or sound server.
//!
//! [`Controls`] is an open mixer with all its simple controls, [`Control`] one of them, and [`Mixer`] a single control
//! with the methods of pyalsaaudio's `Mixer`. [`Elements`] is an open ctl with its raw elements. Values are those of
//! alsa-lib's simple mixer (`snd_mixer_selem_…`). Something that a control does not have is an error or `None`, never a
//! made-up number.

mod alsa_state;
mod change;
#[cfg(test)]
mod change_tests;
mod control;
mod controls;
mod element;
mod element_change;
mod elements;
mod events;
mod fade;
mod follow;
mod handle;
mod load;
mod locked;
mod plan;
mod saved;
mod scale;
mod selector;
mod snapshot;
mod units;
mod watch;

pub use crate::audio::ffi::config_tree::{ConfigNode, ConfigValue};
pub use crate::audio::ffi::ctl::CardInfo;
pub use crate::audio::ffi::elements::{
    ElementAccess, ElementId, ElementInfo, ElementInterface, ElementType, ElementValues,
    STATUS_BYTES,
};
pub use crate::audio::ffi::events::{ControlEvent, EventMask};
pub use crate::audio::ffi::user_elements::IEC958_BYTES;
pub use alsa_state::AlsaState;
pub use change::{VolumeAmount, VolumeChange};
pub use control::Control;
pub use controls::{Controls, MixerDevice, MixerWake, mixers};
pub use element::{Element, ElementDb, IntegerRange};
pub use element_change::ElementChange;
pub use elements::Elements;
pub use events::{ControlEvents, ElementEvents};
pub use fade::Fade;
pub use follow::{ControlAddress, Follower};
pub use handle::Mixer;
pub use load::LoadOutcome;
pub use plan::{ChangePlan, PlannedChanges, SwitchChange};
pub use saved::SavedMixer;
pub use scale::VolumeScale;
pub use selector::ElementSelector;
pub use snapshot::{
    ChannelState, ControlId, DirectionState, Enumeration, Limits, ReadError, Snapshot, SwitchState,
    VolumeRange,
};
pub use units::{ChannelSelection, VolumeUnits};
pub use watch::{ChangedValue, ElementKey, MixerEvent, ValueChange, VolumeValue, Watch, WatchWake};
