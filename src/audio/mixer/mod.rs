//! Mixers: the simple controls of a card or a sound server, their values and scales.
//!
//! [`Controls`] is one open mixer with all of its controls, and [`Control`] one of them; [`Mixer`] is one by itself, with
//! the methods of
//! pyalsaaudio's `Mixer`. Values are those of alsa-lib's simple mixer (`snd_mixer_selem_…`), and what a control does not
//! have is an error or nothing, never a number.

mod change;
#[cfg(test)]
mod change_tests;
mod control;
mod controls;
mod elements;
mod fade;
mod follow;
mod handle;
mod id;
mod plan;
mod scale;
mod snapshot;
mod state;
mod watch;

pub use crate::audio::ffi::elements::{
    ElementAccess, ElementId, ElementInfo, ElementInterface, ElementType, ElementValues,
    STATUS_BYTES,
};
pub use change::{VolumeAmount, VolumeChange};
pub use control::Control;
pub use controls::{Controls, MixerDevice, MixerWake, mixers};
pub use elements::{Element, ElementChange, ElementDb, Elements, IntegerRange};
pub use fade::Fade;
pub use follow::{ControlAddress, Follower};
pub use handle::Mixer;
pub use id::ElementSelector;
pub use plan::{ChangePlan, PlannedChanges, SwitchChange};
pub use scale::VolumeScale;
pub use snapshot::{
    ChannelState, ControlId, DirectionState, Enumeration, Snapshot, SwitchState, VolumeRange,
};
pub use state::{LoadOutcome, SavedMixer};
pub use watch::{ElementKey, MixerEvent, ValueChange, Watch, WatchWake};

/// The scale of a volume (pyalsaaudio's `VOLUME_UNITS_…`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i32)]
pub enum VolumeUnits {
    /// Percent of the raw range, linear in raw steps.
    #[default]
    Percentage = 0,
    /// The hardware's own steps.
    Raw = 1,
    /// Hundredths of a decibel.
    Db = 2,
}

/// Which channels of a control are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelSelection {
    /// Each of them (pyalsaaudio's `MIXER_CHANNEL_ALL`).
    #[default]
    All,
    /// The one with this index, from 0.
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
    fn the_numbers_are_those_of_pyalsaaudio() {
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
