//! Channel positions, and the channel orders of ALSA, WAV, FLAC and Vorbis.

use crate::audio::advice::SoundAdvice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::chmap;
use serde::{Serialize, Serializer};
use std::fmt;

/// alsa-lib's names of the positions, indexed by their numbers (`snd_pcm_chmap_name`).
const NAMES: [&str; 37] = [
    "UNKNOWN", "NA", "MONO", "FL", "FR", "RL", "RR", "FC", "LFE", "SL", "SR", "RC", "FLC", "FRC",
    "RLC", "RRC", "FLW", "FRW", "FLH", "FCH", "FRH", "TC", "TFL", "TFR", "TFC", "TRL", "TRR",
    "TRC", "TFLC", "TFRC", "TSL", "TSR", "LLFE", "RLFE", "BC", "BLC", "BRC",
];

/// alsa-lib's name of a position (`FL`), by its number.
pub fn position_name(position: u32) -> Option<&'static str> {
    NAMES.get(position as usize).copied()
}

/// The positions that mixing handles, as alsa-lib's numbers (`enum snd_pcm_chmap_position`).
#[allow(missing_docs)]
pub mod position {
    pub const UNKNOWN: u32 = 0;
    pub const NA: u32 = 1;
    pub const MONO: u32 = 2;
    pub const FL: u32 = 3;
    pub const FR: u32 = 4;
    pub const RL: u32 = 5;
    pub const RR: u32 = 6;
    pub const FC: u32 = 7;
    pub const LFE: u32 = 8;
    pub const SL: u32 = 9;
    pub const SR: u32 = 10;
    pub const RC: u32 = 11;
    pub const FLC: u32 = 12;
    pub const FRC: u32 = 13;
}
use position::{FC, FL, FLC, FR, FRC, LFE, MONO, RC, RL, RR, SL, SR, UNKNOWN};

/// The position for each bit of a WAV's channel mask, from bit 0: the named ones, then top center, top front left,
/// center and right, top rear left, center and right.
const MASK_BITS: [u32; 18] = [
    FL, FR, FC, LFE, RL, RR, FLC, FRC, RC, SL, SR, 21, 22, 24, 23, 25, 27, 26,
];

/// The order of the channels of Vorbis and Opus (Vorbis I, 4.3.9) relative to a WAV's: for each channel of the default
/// WAV order, the index of that channel in Vorbis order. Indexed by the number of channels - 1.
pub(crate) const VORBIS_INDICES: [&[usize]; 8] = [
    &[0],
    &[0, 1],
    &[0, 2, 1],
    &[0, 1, 2, 3],
    &[0, 2, 1, 3, 4],
    &[0, 2, 1, 5, 3, 4],
    &[0, 2, 1, 6, 5, 3, 4],
    &[0, 2, 1, 7, 5, 6, 3, 4],
];

/// The position of each channel of a frame, in order, as alsa-lib's numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelMap(pub Vec<u32>);

impl ChannelMap {
    /// Parses `FL,FR,LFE` (any case, separated by commas or spaces).
    ///
    /// # Errors
    /// [`Kind::Usage`] for an empty map or an unknown position, with the known ones.
    pub fn parse(text: &str) -> Result<ChannelMap> {
        let position = |name: &str| {
            let wanted = name.to_ascii_uppercase();
            NAMES
                .iter()
                .position(|known| *known == wanted)
                .map(|number| number as u32)
                .ok_or_else(|| {
                    Error::new(Kind::Usage, format!("unknown channel position '{name}'"))
                        .with_advice(SoundAdvice::ChannelPositions(&NAMES[2..]))
                })
        };
        let names = text.split([',', ' ']).filter(|name| !name.is_empty());
        let map = names.map(position).collect::<Result<Vec<_>>>()?;
        if map.is_empty() {
            return Err(Error::new(
                Kind::Usage,
                "a channel map needs at least one position (FL,FR)",
            ));
        }
        Ok(ChannelMap(map))
    }

    /// Parses what alsa-lib takes for a map (`snd_pcm_chmap_parse_string`): names and numbers of positions with any
    /// separators, `[INV]` after one whose phase is inverted. `None` if it is none.
    pub fn parse_as_alsa(text: &str) -> Option<ChannelMap> {
        chmap::parse(text).map(ChannelMap)
    }

    /// The map for a WAV's channel mask. Channels beyond the bits of the mask are `UNKNOWN`.
    pub fn from_mask(mask: u32, channels: u32) -> ChannelMap {
        let bits = (0..32).filter(|bit| mask & (1 << bit) != 0);
        let positions = bits.map(|bit: usize| MASK_BITS.get(bit).copied().unwrap_or(UNKNOWN));
        let padded = positions.chain(std::iter::repeat(UNKNOWN));
        ChannelMap(padded.take(channels as usize).collect())
    }

    /// A WAV's channel mask for these positions, regardless of their order. `None` if a position has no bit or occurs
    /// twice.
    pub fn mask(&self) -> Option<u32> {
        let bit = |position: &u32| MASK_BITS.iter().position(|known| known == position);
        self.0.iter().try_fold(0, |mask, position| {
            let bit = 1 << bit(position)?;
            (mask & bit == 0).then_some(mask | bit)
        })
    }

    /// The default channel order of files (WAV and FLAC). `None` for a number of channels without a default.
    pub fn default_for_files(channels: u32) -> Option<ChannelMap> {
        let map: &[u32] = match channels {
            1 => &[MONO],
            2 => &[FL, FR],
            3 => &[FL, FR, FC],
            4 => &[FL, FR, RL, RR],
            5 => &[FL, FR, FC, RL, RR],
            6 => &[FL, FR, FC, LFE, RL, RR],
            7 => &[FL, FR, FC, LFE, RC, SL, SR],
            8 => &[FL, FR, FC, LFE, RL, RR, SL, SR],
            _ => return None,
        };
        Some(ChannelMap(map.to_vec()))
    }

    /// The default channel order of devices (the kernel's). `None` for a number of channels without a default.
    pub fn default_for_devices(channels: u32) -> Option<ChannelMap> {
        let map: &[u32] = match channels {
            1 => &[MONO],
            2 => &[FL, FR],
            4 => &[FL, FR, RL, RR],
            5 => &[FL, FR, RL, RR, FC],
            6 => &[FL, FR, RL, RR, FC, LFE],
            8 => &[FL, FR, RL, RR, FC, LFE, SL, SR],
            _ => return None,
        };
        Some(ChannelMap(map.to_vec()))
    }

    /// Whether every channel has a known position and no two have the same.
    pub fn is_complete(&self) -> bool {
        let known = |position: &u32| *position != UNKNOWN && *position != position::NA;
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted.dedup();
        self.0.iter().all(known) && sorted.len() == self.0.len()
    }

    /// alsa-lib's name of a channel's position (`FL`); channels count from 0. `None` if it is unknown.
    pub fn name(&self, channel: usize) -> Option<&'static str> {
        match self.0.get(channel)? {
            0 => None,
            &number => NAMES.get(number as usize).copied(),
        }
    }

    /// alsa-lib's name of a channel's position, also of an unknown one (`UNKNOWN`).
    pub fn position_name(&self, channel: usize) -> Option<&'static str> {
        position_name(*self.0.get(channel)?)
    }

    /// alsa-lib's long name of a channel's position (`Front Left`; `snd_pcm_chmap_long_name`).
    pub fn long_name(&self, channel: usize) -> Option<&'static str> {
        self.name(channel)?;
        chmap::long_name(self.0[channel])
    }

    /// The index in `other` of each channel of `self`: `other[result[i]] == self[i]`. `None` unless both have the same
    /// positions, each once.
    pub fn order_in(&self, other: &ChannelMap) -> Option<Vec<usize>> {
        let mut order = Vec::with_capacity(self.0.len());
        for position in &self.0 {
            let at = other.0.iter().position(|candidate| candidate == position)?;
            if order.contains(&at) {
                return None;
            }
            order.push(at);
        }
        (order.len() == other.0.len()).then_some(order)
    }
}

impl fmt::Display for ChannelMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self
            .0
            .iter()
            .map(|&number| NAMES.get(number as usize).unwrap_or(&"?"))
            .collect();
        f.write_str(
            &names
                .iter()
                .map(|name| **name)
                .collect::<Vec<_>>()
                .join(","),
        )
    }
}

impl Serialize for ChannelMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_parsed_displayed_and_reordered() {
        let file = ChannelMap::parse("fl,fr fc").unwrap();
        let device = ChannelMap::parse("FR,FC,FL").unwrap();
        assert_eq!(file.to_string(), "FL,FR,FC");
        assert_eq!(file.order_in(&device), Some(vec![2, 0, 1]));
        assert_eq!(file.order_in(&ChannelMap::parse("FL,FR").unwrap()), None);
        assert_eq!(ChannelMap::parse("FL,XX").unwrap_err().kind(), Kind::Usage);
        assert_eq!(ChannelMap::parse(" ,").unwrap_err().kind(), Kind::Usage);
    }

    #[test]
    fn wav_masks_convert_to_positions_and_back() {
        let mask = |names| ChannelMap::parse(names).unwrap().mask();
        assert_eq!(mask("FL,FR,RL,RR,FC,LFE"), Some(0x3f));
        assert_eq!(mask("FL,FR,SL,SR"), Some(0x603));
        assert_eq!((mask("FL,UNKNOWN"), mask("FL,FL")), (None, None));
        let names = |mask, channels| ChannelMap::from_mask(mask, channels).to_string();
        assert_eq!(names(0x3f, 6), "FL,FR,FC,LFE,RL,RR");
        assert_eq!(names(0x60f, 6), "FL,FR,FC,LFE,SL,SR");
        assert_eq!(
            names(0x3_ffff, 18),
            "FL,FR,FC,LFE,RL,RR,FLC,FRC,RC,SL,SR,TC,TFL,TFC,TFR,TRL,TRC,TRR"
        );
        assert_eq!(names(0x3, 3), "FL,FR,UNKNOWN");
        assert_eq!(names(0x8000_0003, 3), "FL,FR,UNKNOWN");
    }
}
