//! Mixers: the simple controls and raw elements of a card or sound server.
//!
//! [`Controls`] is an open mixer with all its simple controls, [`Control`] one of them, and [`Mixer`] a single control with the
//! methods of pyalsaaudio's `Mixer`. [`Elements`] is an open ctl with its raw elements. Values are those of alsa-lib's
//! simple mixer (`snd_mixer_selem_…`). Something that a control does not have is an error or `None`, never a made-up number.

mod change;
#[cfg(test)]
mod change_tests;
mod control;
mod controls;
mod element;
mod element_change;
mod elements;
mod fade;
mod follow;
mod handle;
mod load;
mod plan;
mod saved;
mod scale;
mod selector;
mod snapshot;
mod watch;

pub use crate::audio::ffi::elements::{
    ElementAccess, ElementId, ElementInfo, ElementInterface, ElementType, ElementValues,
    STATUS_BYTES,
};
pub use change::{VolumeAmount, VolumeChange};
pub use control::Control;
pub use controls::{Controls, MixerDevice, MixerWake, mixers};
pub use element::{Element, ElementDb, IntegerRange};
pub use element_change::ElementChange;
pub use elements::Elements;
pub use fade::Fade;
pub use follow::{ControlAddress, Follower};
pub use handle::Mixer;
pub use load::LoadOutcome;
pub use plan::{ChangePlan, PlannedChanges, SwitchChange};
pub use saved::SavedMixer;
pub use scale::VolumeScale;
pub use selector::ElementSelector;
pub use snapshot::{
    ChannelState, ControlId, DirectionState, Enumeration, Snapshot, SwitchState, VolumeRange,
};
pub use watch::{ElementKey, MixerEvent, ValueChange, Watch, WatchWake};

/// The unit of a volume (pyalsaaudio's `VOLUME_UNITS_…`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i32)]
pub enum VolumeUnits {
    /// Percent of the raw range, linear in raw steps.
    #[default]
    Percentage = 0,
    /// Raw steps of the hardware.
    Raw = 1,
    /// Hundredths of a dB.
    Db = 2,
}

/// Channels of a control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelSelection {
    /// All channels (pyalsaaudio's `MIXER_CHANNEL_ALL`).
    #[default]
    All,
    /// The channel with this index, from 0.
    One(u32),
}

impl ChannelSelection {
    /// pyalsaaudio's number: -1 for all.
    pub fn number(self) -> i64 {
        match self {
            ChannelSelection::All => -1,
            ChannelSelection::One(index) => i64::from(index),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_pyalsaaudio() {
        assert_eq!(
            [
                VolumeUnits::Percentage as i32,
                VolumeUnits::Raw as i32,
                VolumeUnits::Db as i32
            ],
            [0, 1, 2]
        );
        assert_eq!(
            (
                ChannelSelection::All.number(),
                ChannelSelection::One(3).number()
            ),
            (-1, 3)
        );
    }
}
