//! Units of volumes and selections of channels, with pyalsaaudio's numbers.

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
