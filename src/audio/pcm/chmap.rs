//! Which channel of a frame goes to which speaker.

use super::Pcm;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::chmap;
use serde::{Serialize, Serializer};
use std::fmt;

/// alsa-lib's names of the positions, at their numbers (`snd_pcm_chmap_name`).
const NAMES: [&str; 37] = [
    "UNKNOWN", "NA", "MONO", "FL", "FR", "RL", "RR", "FC", "LFE", "SL", "SR", "RC", "FLC", "FRC",
    "RLC", "RRC", "FLW", "FRW", "FLH", "FCH", "FRH", "TC", "TFL", "TFR", "TFC", "TRL", "TRR",
    "TRC", "TFLC", "TFRC", "TSL", "TSR", "LLFE", "RLFE", "BC", "BLC", "BRC",
];

/// The position of each channel of a frame, in order, by alsa-lib's numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelMap(pub Vec<u32>);

impl ChannelMap {
    /// Reads `FL,FR,LFE` (in any case, commas or spaces between).
    ///
    /// # Errors
    /// [`Kind::Usage`] for a name that is no position, with the names there are.
    pub fn parse(text: &str) -> Result<ChannelMap> {
        let position = |name: &str| {
            let wanted = name.to_ascii_uppercase();
            NAMES
                .iter()
                .position(|known| *known == wanted)
                .map(|number| number as u32)
                .ok_or_else(|| {
                    Error::new(
                        Kind::Usage,
                        format!("there is no channel position '{name}'"),
                    )
                    .with_hint(format!("positions: {}", NAMES[2..].join(" ")))
                })
        };
        let names = text.split([',', ' ']).filter(|name| !name.is_empty());
        let map = names.map(position).collect::<Result<Vec<_>>>()?;
        if map.is_empty() {
            return Err(Error::new(
                Kind::Usage,
                "a channel map names at least one position (FL,FR)",
            ));
        }
        Ok(ChannelMap(map))
    }

    /// alsa-lib's name of the position of a channel, counted from 0 (`FL`); `None` where that is not known.
    pub fn name(&self, channel: usize) -> Option<&'static str> {
        match self.0.get(channel)? {
            0 => None,
            &number => NAMES.get(number as usize).copied(),
        }
    }

    /// The same in words (`Front Left`; `snd_pcm_chmap_long_name`).
    pub fn long_name(&self, channel: usize) -> Option<&'static str> {
        self.name(channel)?;
        chmap::long_name(self.0[channel])
    }

    /// Where each channel of `self` is found in `other`: `other[result[i]] == self[i]`. `None` unless both hold the
    /// same positions, each once.
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

impl Pcm {
    /// The channel map in force (`snd_pcm_get_chmap`), if the driver tells one.
    pub fn channel_map(&self) -> Result<Option<ChannelMap>> {
        Ok(chmap::get(self.handle()?).map(ChannelMap))
    }

    /// The channel maps the driver offers (`snd_pcm_query_chmaps`).
    pub fn supported_channel_maps(&self) -> Result<Vec<ChannelMap>> {
        Ok(chmap::supported(self.handle()?)
            .into_iter()
            .map(|(_, map)| ChannelMap(map))
            .collect())
    }

    /// Sets the channel map (`snd_pcm_set_chmap`).
    ///
    /// # Errors
    /// [`Kind::Unsupported`] where the driver offers no such map.
    pub fn set_channel_map(&self, map: &ChannelMap) -> Result<()> {
        chmap::set(self.handle()?, &map.0)
            .map_err(|errno| self.failed(&format!("set the channel map {map} of"), errno))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_read_shown_and_found_in_another_order() {
        let file = ChannelMap::parse("fl,fr fc").unwrap();
        let device = ChannelMap::parse("FR,FC,FL").unwrap();
        assert_eq!(file.to_string(), "FL,FR,FC");
        assert_eq!(file.order_in(&device), Some(vec![2, 0, 1]));
        assert_eq!(file.order_in(&ChannelMap::parse("FL,FR").unwrap()), None);
        assert_eq!(ChannelMap::parse("FL,XX").unwrap_err().kind(), Kind::Usage);
        assert_eq!(ChannelMap::parse(" ,").unwrap_err().kind(), Kind::Usage);
    }
}
