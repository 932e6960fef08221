//! Names: of PCMs that can be opened, what such a name says, and the nearest spelling of one that cannot.

use crate::audio::direction::Direction;
use crate::audio::errno::errno_text;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::{ctl, messages};
use crate::audio::spelling::alike;
use serde::Serialize;

/// Arguments of a PCM that stand for its hardware.
const HARDWARE: &[&str] = &["CARD", "DEV", "SUBDEV"];
const CARD: &[&str] = &["CARD"];

/// PCMs that alsa-lib's own configuration defines, whether or not it lists them, and their first arguments as far as
/// these tell hardware: `DEV` of `front` or `hdmi` is the how-manieth of its sort on the card, not a device number.
const WELL_KNOWN: [(&str, &[&str]); 26] = [
    ("default", CARD),
    ("sysdefault", CARD),
    ("hw", HARDWARE),
    ("plughw", HARDWARE),
    ("null", &[]),
    ("plug", &[]),
    ("file", &[]),
    ("tee", &[]),
    ("dmix", HARDWARE),
    ("dsnoop", HARDWARE),
    ("front", CARD),
    ("rear", CARD),
    ("side", CARD),
    ("center_lfe", CARD),
    ("surround21", CARD),
    ("surround40", CARD),
    ("surround41", CARD),
    ("surround50", CARD),
    ("surround51", CARD),
    ("surround71", CARD),
    ("iec958", CARD),
    ("spdif", CARD),
    ("hdmi", CARD),
    ("modem", CARD),
    ("phoneline", CARD),
    ("usbstream", CARD),
];

/// Which ways a PCM goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PcmDirections {
    /// It only plays.
    Playback,
    /// It only records.
    Capture,
    /// It does both, as far as alsa-lib's configuration tells.
    Both,
}

impl PcmDirections {
    /// Whether `direction` is one of them.
    pub fn include(self, direction: Direction) -> bool {
        match self {
            PcmDirections::Playback => direction == Direction::Playback,
            PcmDirections::Capture => direction == Direction::Capture,
            PcmDirections::Both => true,
        }
    }

    /// From the hint `IOID`; anything but the two words counts as both, as in aplay.
    fn of_hint(ioid: Option<&str>) -> PcmDirections {
        match ioid {
            Some("Output") => PcmDirections::Playback,
            Some("Input") => PcmDirections::Capture,
            _ => PcmDirections::Both,
        }
    }
}

/// A PCM that alsa-lib offers by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PcmName {
    /// What to open.
    pub name: String,
    /// What it is, in lines.
    pub description: Vec<String>,
    /// Which ways it goes.
    pub direction: PcmDirections,
}

impl From<ctl::PcmHint> for PcmName {
    fn from(hint: ctl::PcmHint) -> PcmName {
        PcmName {
            name: hint.name,
            description: hint
                .description
                .iter()
                .flat_map(|lines| lines.lines())
                .map(str::to_owned)
                .collect(),
            direction: PcmDirections::of_hint(hint.direction.as_deref()),
        }
    }
}

/// The PCMs that alsa-lib offers (`snd_device_name_hint`; pyalsaaudio's `pcms`), in its order: those that go `direction`, or all.
///
/// These are the names of `aplay -L` and `arecord -L`. Fails where alsa-lib cannot read its configuration.
pub fn pcms(direction: Option<Direction>) -> Result<Vec<PcmName>> {
    messages::capture();
    let hints = ctl::pcm_hints().map_err(cannot_list)?;
    Ok(hints
        .into_iter()
        .map(PcmName::from)
        .filter(|pcm| direction.is_none_or(|way| pcm.direction.include(way)))
        .collect())
}

fn cannot_list(errno: i32) -> Error {
    let message = format!("cannot list the PCMs: {}", errno_text(errno));
    Error::device("list", "pcm", errno).restated(Kind::Internal, message)
}

/// Spellings of PCMs near to `wanted`, nearest first: of those that go `direction`, and of the well-known ones.
///
/// What stands after a colon is kept: `hq:0` is near to `hw:0`.
pub(crate) fn nearest_pcms(wanted: &str, direction: Direction) -> Vec<String> {
    let listed = pcms(Some(direction)).unwrap_or_default();
    let (base, arguments) = wanted.split_at(wanted.find(':').unwrap_or(wanted.len()));
    let whole = listed.iter().map(|pcm| pcm.name.as_str());
    let mut near: Vec<String> = alike(base, WELL_KNOWN.map(|(name, _)| name))
        .into_iter()
        .map(|name| format!("{name}{arguments}"))
        .collect();
    near.extend(alike(wanted, whole).into_iter().map(str::to_owned));
    let mut seen = std::collections::HashSet::new();
    near.retain(|name| seen.insert(name.clone()));
    near.truncate(3);
    near
}

/// What a PCM's name says of the card it is on.
///
/// alsa-lib's rule: `NAME:ARG,ARG` or `NAME:KEY=ARG`, and what the arguments mean is up to the definition of NAME.
/// Only alsa-lib's own definitions are known here; of any other, only [`ParsedPcmName::base`] is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ParsedPcmName {
    /// The name before the colon; of `plug:` and `tee:`, that of the PCM inside.
    pub base: String,
    /// Whether it is one of those that stand for a card.
    pub on_card: bool,
    /// The card's number or id, where the name has it.
    pub card: Option<String>,
    /// The number of the PCM device, where it is that of the hardware.
    pub device: Option<u32>,
    /// The number of the subdevice.
    pub subdevice: Option<u32>,
}

impl ParsedPcmName {
    /// Reads a PCM's name.
    pub fn parse(name: &str) -> ParsedPcmName {
        let (base, arguments) = name.split_once(':').unwrap_or((name, ""));
        let base = base.trim();
        let arguments = arguments.trim().trim_matches(['{', '}']);
        match base {
            "plug" | "tee" => ParsedPcmName::parse(slave(arguments)),
            _ => ParsedPcmName {
                base: base.to_owned(),
                ..ParsedPcmName::of_arguments(base, arguments)
            },
        }
    }

    fn of_arguments(base: &str, arguments: &str) -> ParsedPcmName {
        let keys = keys(base);
        let mut target = ParsedPcmName {
            on_card: !keys.is_empty(),
            ..ParsedPcmName::default()
        };
        for (at, argument) in arguments.split(',').enumerate() {
            let (key, value) = match argument.split_once('=') {
                Some((key, value)) => (Some(key.trim()), value),
                None => (keys.get(at).copied(), argument),
            };
            let value = unquoted(value);
            match key.filter(|key| !value.is_empty() && keys.contains(key)) {
                Some("CARD") => target.card = Some(value.to_owned()),
                Some("DEV") => target.device = value.parse().ok(),
                Some("SUBDEV") => target.subdevice = value.parse().ok(),
                _ => {}
            }
        }
        target
    }

    /// Whether the name stands for one PCM device of a card (by alsa-lib's default where it has no number).
    pub fn names_device(&self) -> bool {
        keys(&self.base) == HARDWARE
    }
}

/// Whether alsa-lib's own configuration defines a PCM of this name.
pub(crate) fn is_well_known(base: &str) -> bool {
    WELL_KNOWN.iter().any(|(name, _)| *name == base)
}

/// The arguments of a well-known PCM that tell hardware; none of any other.
fn keys(base: &str) -> &'static [&'static str] {
    let known = WELL_KNOWN.iter().find(|(name, _)| *name == base);
    known.map_or(&[], |(_, keys)| keys)
}

/// The slave in the arguments of `plug:` and `tee:`: quoted, or up to the first comma that is none of its own (`plug` has no other argument).
fn slave(arguments: &str) -> &str {
    let value = arguments.strip_prefix("SLAVE=").unwrap_or(arguments);
    match value.chars().next() {
        Some(quote @ ('\'' | '"')) => value[1..].split(quote).next().unwrap_or_default(),
        _ => value.split(',').next().unwrap_or_default(),
    }
}

fn unquoted(value: &str) -> &str {
    value.trim().trim_matches(['\'', '"'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(
        base: &str,
        card: Option<&str>,
        numbers: (Option<u32>, Option<u32>),
    ) -> ParsedPcmName {
        ParsedPcmName {
            base: base.to_owned(),
            on_card: true,
            card: card.map(str::to_owned),
            device: numbers.0,
            subdevice: numbers.1,
        }
    }

    #[test]
    fn a_hardware_name_is_read_by_position_and_by_key() {
        let cases = [
            ("hw:9", target("hw", Some("9"), (None, None))),
            (
                "plughw:0,0,5",
                target("plughw", Some("0"), (Some(0), Some(5))),
            ),
            (
                "hw:CARD=Foo,DEV=3",
                target("hw", Some("Foo"), (Some(3), None)),
            ),
            ("hw:DEV=3", target("hw", None, (Some(3), None))),
            (
                "dmix:CARD=Dummy,7",
                target("dmix", Some("Dummy"), (Some(7), None)),
            ),
            ("hw: '9'", target("hw", Some("9"), (None, None))),
            ("hw", target("hw", None, (None, None))),
            ("hw:0,abc", target("hw", Some("0"), (None, None))),
        ];
        for (name, expected) in cases {
            assert_eq!(ParsedPcmName::parse(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_for_a_card_has_no_device_number() {
        assert_eq!(
            ParsedPcmName::parse("default:CARD=X"),
            target("default", Some("X"), (None, None))
        );
        assert_eq!(
            ParsedPcmName::parse("hdmi:HDA,7"),
            target("hdmi", Some("HDA"), (None, None))
        );
        assert!(!ParsedPcmName::parse("front:0,7").names_device());
    }

    #[test]
    fn the_pcm_inside_a_plug_is_what_counts() {
        let inside = target("hw", Some("9"), (Some(3), None));
        for name in [
            "plug:'hw:9,3'",
            "plug:\"hw:9,3\"",
            "plug:SLAVE='hw:9,3'",
            "tee:'hw:9,3',out.raw,raw",
        ] {
            assert_eq!(ParsedPcmName::parse(name), inside, "{name}");
        }
        assert_eq!(
            ParsedPcmName::parse("tee:hw:9,out.raw"),
            target("hw", Some("9"), (None, None))
        );
    }

    #[test]
    fn other_names_tell_nothing_of_a_card() {
        for name in ["null", "file:9,raw", "pulse", "nosuch:1", ""] {
            let target = ParsedPcmName::parse(name);
            assert!(!target.on_card && target.card.is_none(), "{name}");
        }
    }

    #[test]
    fn the_pcms_of_a_direction_are_those_and_the_ones_of_both() {
        let all = pcms(None).unwrap();
        for direction in [Direction::Playback, Direction::Capture] {
            let some = pcms(Some(direction)).unwrap();
            assert!(some.iter().all(|pcm| pcm.direction.include(direction)));
            assert!(some.iter().all(|pcm| all.contains(pcm)));
            assert!(some.iter().any(|pcm| pcm.name == "null"));
        }
    }

    #[test]
    fn a_pcm_is_serialized_in_the_contracts_shape() {
        let pcm = PcmName::from(ctl::PcmHint {
            name: "hw:CARD=Dummy,DEV=0".to_owned(),
            description: Some("Dummy, Dummy PCM\nDirect hardware device".to_owned()),
            direction: Some("Output".to_owned()),
        });
        assert_eq!(
            serde_json::to_string(&pcm).unwrap(),
            r#"{"name":"hw:CARD=Dummy,DEV=0","description":["Dummy, Dummy PCM","Direct hardware device"],"direction":"playback"}"#
        );
    }

    #[test]
    fn another_word_is_no_misspelling() {
        let ids = ["Loopback", "Dummy", "oss", "hw"];
        assert_eq!(alike("loop", ids), ["Loopback"]);
        assert_eq!(alike("Dumy", ids), ["Dummy"]);
        assert_eq!(alike("hq", ids), ["hw"]);
        assert!(alike("nosuch", ids).is_empty());
        assert_eq!(alike("Lopbakc", ids), ["Loopback"]);
    }

    #[test]
    fn a_misspelt_pcm_is_near_to_the_right_one_and_keeps_its_arguments() {
        assert_eq!(nearest_pcms("defualt", Direction::Playback)[0], "default");
        assert_eq!(nearest_pcms("hq:0,3", Direction::Capture)[0], "hw:0,3");
        assert!(nearest_pcms("zzzzzz", Direction::Playback).is_empty());
    }
}
