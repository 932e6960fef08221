//! Core Audio's channel layouts: in CAF and QuickTime `chan`, in AIFF `CHAN`.

use crate::audio::channel_map::ChannelMap;
use crate::audio::channel_map::position::{FC, FL, FLC, FR, FRC, LFE, RC, RL, RR, SL, SR, UNKNOWN};

/// Bytes of a layout before its descriptions: tag, bitmap, number of descriptions.
const HEADER_BYTES: usize = 12;

/// Bytes of a description: label, flags, three coordinates.
const DESCRIPTION_BYTES: usize = 20;

/// The tag of a layout that describes each channel.
const USE_DESCRIPTIONS: u32 = 0;

/// The tag of a layout that has a bit for each position.
const USE_BITMAP: u32 = 1 << 16;

/// The labels of channels behind the listener, if there are also some at the sides.
const REAR_LEFT: u32 = 33;
const REAR_RIGHT: u32 = 34;

/// Layouts by the upper half of their tag; the lower half is the number of channels.
#[rustfmt::skip]
const LAYOUTS: &[(u32, &[u32])] = &[
    (108, &[FL, FR, RL, RR]), (109, &[FL, FR, RL, RR, FC]), (110, &[FL, FR, RL, RR, FC, RC]),
    (113, &[FL, FR, FC]), (114, &[FC, FL, FR]), (115, &[FL, FR, FC, RC]), (116, &[FC, FL, FR, RC]),
    (117, &[FL, FR, FC, RL, RR]), (118, &[FL, FR, RL, RR, FC]), (119, &[FL, FC, FR, RL, RR]),
    (120, &[FC, FL, FR, RL, RR]), (121, &[FL, FR, FC, LFE, RL, RR]), (122, &[FL, FR, RL, RR, FC, LFE]),
    (123, &[FL, FC, FR, RL, RR, LFE]), (124, &[FC, FL, FR, RL, RR, LFE]), (125, &[FL, FR, FC, LFE, RL, RR, RC]),
    (126, &[FL, FR, FC, LFE, RL, RR, FLC, FRC]), (127, &[FC, FLC, FRC, FL, FR, RL, RR, LFE]),
    (128, &[FL, FR, FC, LFE, SL, SR, RL, RR]), (129, &[FL, FR, RL, RR, FC, LFE, FLC, FRC]),
    (131, &[FL, FR, RC]), (132, &[FL, FR, RL, RR]), (133, &[FL, FR, LFE]), (134, &[FL, FR, LFE, RC]),
    (135, &[FL, FR, LFE, RL, RR]), (136, &[FL, FR, FC, LFE]), (137, &[FL, FR, FC, LFE, RC]),
    (138, &[FL, FR, RL, RR, LFE]), (139, &[FL, FR, RL, RR, FC, RC]), (140, &[FL, FR, SL, SR, FC, RL, RR]),
    (141, &[FC, FL, FR, RL, RR, RC]), (142, &[FC, FL, FR, RL, RR, RC, LFE]), (143, &[FC, FL, FR, SL, SR, RL, RR]),
    (144, &[FC, FL, FR, SL, SR, RL, RR, RC]), (148, &[FL, FR, RL, RR, FC, FLC, FRC]), (150, &[FL, FC, FR]),
    (151, &[FL, FC, FR, RC]), (152, &[FL, FC, FR, LFE]), (153, &[FL, FR, RC, LFE]), (154, &[FL, FC, FR, RC, LFE]),
];

/// The position of each of `channels` channels; `None` for up to two channels, and unless all positions are known.
pub(super) fn parse(layout: &[u8], channels: u32) -> Option<ChannelMap> {
    let tag = number(layout, 0)?;
    let map = match tag {
        USE_DESCRIPTIONS => described(layout)?,
        USE_BITMAP => ChannelMap::from_mask(number(layout, 4)?, channels),
        tag => {
            let row = LAYOUTS.iter().find(|(kind, _)| *kind == tag >> 16);
            ChannelMap(row?.1.to_vec())
        }
    };
    (channels > 2 && map.0.len() == channels as usize && map.is_complete()).then_some(map)
}

/// The positions of a layout that has a label for each channel.
fn described(layout: &[u8]) -> Option<ChannelMap> {
    let count = number(layout, 8)? as usize;
    let descriptions = layout.get(HEADER_BYTES..)?.chunks_exact(DESCRIPTION_BYTES);
    let labels: Vec<_> = descriptions
        .take(count)
        .filter_map(|description| number(description, 0))
        .collect();
    let has_rear = labels.contains(&REAR_LEFT) || labels.contains(&REAR_RIGHT);
    let map = labels.iter().map(|label| position(*label, has_rear));
    Some(ChannelMap(map.collect()))
}

/// The position for a label. The first ones are the bits of a WAV's channel mask, in the same order.
fn position(label: u32, has_rear: bool) -> u32 {
    match label {
        5 if has_rear => SL,
        6 if has_rear => SR,
        REAR_LEFT => RL,
        REAR_RIGHT => RR,
        1..=18 => ChannelMap::from_mask(1 << (label - 1), 1).0[0],
        _ => UNKNOWN,
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(numbers: [u32; 3], labels: &[u32]) -> Vec<u8> {
        let header = numbers.iter().flat_map(|number| number.to_be_bytes());
        let described = |label: &u32| [&label.to_be_bytes()[..], &[0; 16]].concat();
        header.chain(labels.iter().flat_map(described)).collect()
    }

    fn map(numbers: [u32; 3], labels: &[u32], channels: u32) -> Option<String> {
        parse(&layout(numbers, labels), channels).map(|map| map.to_string())
    }

    #[test]
    fn positions_come_from_a_tag_a_bitmap_or_labels() {
        let known = |names: &str| Some(names.to_owned());
        assert_eq!(
            map([121 << 16 | 6, 0, 0], &[], 6),
            known("FL,FR,FC,LFE,RL,RR")
        );
        assert_eq!(
            map([124 << 16 | 6, 0, 0], &[], 6),
            known("FC,FL,FR,RL,RR,LFE")
        );
        assert_eq!(
            map([1 << 16, 0x60f, 0], &[], 6),
            known("FL,FR,FC,LFE,SL,SR")
        );
        assert_eq!(map([0, 0, 4], &[3, 1, 2, 9], 4), known("FC,FL,FR,RC"));
        assert_eq!(map([0, 0, 4], &[5, 6, 33, 34], 4), known("SL,SR,RL,RR"));
    }

    #[test]
    fn a_layout_that_does_not_fit_is_ignored() {
        assert_eq!(map([121 << 16 | 6, 0, 0], &[], 5), None);
        assert_eq!(map([999 << 16 | 3, 0, 0], &[], 3), None);
        assert_eq!(map([101 << 16 | 2, 0, 0], &[], 2), None);
        assert_eq!(map([0, 0, 3], &[1, 2, 2], 3), None);
        assert_eq!(map([0, 0, 3], &[1, 2, 99], 3), None);
        assert_eq!(map([0, 0, u32::MAX], &[1, 2], 3), None);
        assert_eq!(parse(&[0, 0, 0], 6), None);
    }
}
