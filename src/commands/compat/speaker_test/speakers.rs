//! The speakers: their names, their files, and the order in which they play.

use aloud::audio::channel_map::ChannelMap;

const NAMES: [&str; 8] = [
    "Front Left",
    "Front Right",
    "Rear Left",
    "Rear Right",
    "Center",
    "LFE",
    "Side Left",
    "Side Right",
];

/// The sounds for the channels in [`NAMES`].
const FILES: [&str; 8] = [
    "Front_Left.wav",
    "Front_Right.wav",
    "Rear_Left.wav",
    "Rear_Right.wav",
    "Front_Center.wav",
    "Rear_Center.wav",
    "Side_Left.wav",
    "Side_Right.wav",
];

/// alsa-lib's number of the position of the first of [`FILES`]; the others follow.
const FIRST_POSITION: u32 = 3;

/// alsa-lib's names of positions, once around the listener from the left; then those above and below.
const AROUND: [&str; 37] = [
    "FLW", "FL", "TFL", "FLC", "TFLC", "FC", "TFC", "FRC", "TFRC", "FR", "TFR", "FRW", "SR", "TSR",
    "RR", "TRR", "RRC", "RC", "TRC", "RLC", "RL", "TRL", "SL", "TSL", "BC", "TC", "LLFE", "LFE",
    "RLFE", "MONO", "FLH", "FCH", "FRH", "BLC", "BRC", "UNKNOWN", "NA",
];

/// The speakers of a device.
#[derive(Clone)]
pub(super) struct Speakers {
    channels: u32,
    /// The positions of the channels, if the device reports them.
    map: Option<ChannelMap>,
    /// Whether they play in the order of the channels.
    in_order: bool,
}

impl Speakers {
    pub(super) fn new(channels: u32, map: Option<ChannelMap>, in_order: bool) -> Speakers {
        Speakers {
            channels,
            map,
            in_order,
        }
    }

    /// The channels, once around the listener.
    pub(super) fn order(&self) -> Vec<u32> {
        if self.in_order {
            return (0..self.channels).collect();
        }
        if let Some(map) = &self.map {
            let mut order: Vec<u32> = (0..self.channels).collect();
            let place = |channel: &u32| {
                let name = map.position_name(*channel as usize);
                AROUND.iter().position(|known| Some(*known) == name)
            };
            order.sort_by_key(|channel| place(channel).unwrap_or(AROUND.len()));
            return order;
        }
        match self.channels {
            4 => vec![0, 1, 3, 2],
            6 => vec![0, 4, 1, 3, 2, 5],
            8 => vec![0, 4, 1, 7, 3, 2, 6, 5],
            channels => (0..channels).collect(),
        }
    }

    pub(super) fn name(&self, channel: u32) -> String {
        if let Some(map) = &self.map {
            let name = map.long_name(channel as usize);
            return name.unwrap_or("Unknown").to_owned();
        }
        let name = NAMES.get(channel as usize);
        name.map_or_else(|| format!("Channel {}", channel + 1), ToString::to_string)
    }

    /// The name of the file with the sound for a channel.
    pub(super) fn file(&self, channel: u32) -> String {
        let Some(map) = &self.map else {
            let name = FILES.get(channel as usize);
            return name.unwrap_or(&"Noise.wav").to_string();
        };
        let position = map.0.get(channel as usize).copied().unwrap_or(0);
        let number = position.saturating_sub(FIRST_POSITION);
        match FILES.get(number as usize) {
            Some(name) if position >= FIRST_POSITION => (*name).to_owned(),
            _ => format!("Channel_{}.wav", number + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(text: &str) -> Speakers {
        let map = ChannelMap::parse(text).unwrap();
        Speakers::new(map.0.len() as u32, Some(map), false)
    }

    #[test]
    fn speakers_play_around_the_listener() {
        let plain = |channels| Speakers::new(channels, None, false);
        assert_eq!(plain(2).order(), [0, 1]);
        assert_eq!(plain(6).order(), [0, 4, 1, 3, 2, 5]);
        assert_eq!(plain(6).name(5), "LFE");
        assert_eq!(plain(10).name(9), "Channel 10");
        assert_eq!(mapped("FL,FR,FC,LFE,RL,RR").order(), [0, 2, 1, 5, 4, 3]);
    }

    #[test]
    fn positions_have_names_and_files() {
        let speakers = mapped("FR,FLW,UNKNOWN,NA");
        let all: Vec<String> = (0..4).map(|channel| speakers.name(channel)).collect();
        assert_eq!(all, ["Front Right", "Front Left Wide", "Unknown", "Unused"]);
        assert_eq!(speakers.file(0), "Front_Right.wav");
        assert_eq!(speakers.file(1), "Channel_14.wav");
        assert_eq!(speakers.order(), [1, 0, 2, 3]);
    }
}
