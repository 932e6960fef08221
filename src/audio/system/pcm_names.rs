//! The names of the PCMs that can be opened.

use super::configuration;
use super::pcm_name::{WELL_KNOWN, is_well_known};
use crate::audio::direction::Direction;
use crate::audio::errno::errno_text;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::{ctl, messages};
use crate::audio::spelling::alike;
use schemars::JsonSchema;
use serde::Serialize;

/// How many spellings are suggested.
pub(super) const MAX_SUGGESTIONS: usize = 3;

/// The directions of a PCM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PcmDirections {
    /// Only playback.
    Playback,
    /// Only capture.
    Capture,
    /// Both, according to alsa-lib's configuration.
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

    /// From the hint `IOID`. Like aplay, takes any other text for both.
    fn from_hint(ioid: Option<&str>) -> PcmDirections {
        match ioid {
            Some("Output") => PcmDirections::Playback,
            Some("Input") => PcmDirections::Capture,
            _ => PcmDirections::Both,
        }
    }
}

/// A PCM that alsa-lib lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PcmName {
    /// The name to open it by.
    pub name: String,
    /// The lines of its description.
    pub description: Vec<String>,
    /// Its directions.
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
            direction: PcmDirections::from_hint(hint.direction.as_deref()),
        }
    }
}

/// The PCMs that alsa-lib lists for a direction, or all, in its order (`snd_device_name_hint`; pyalsaaudio's `pcms`).
///
/// These are the names that `aplay -L` and `arecord -L` list.
///
/// # Errors
/// If alsa-lib cannot read its configuration.
pub fn pcms(direction: Option<Direction>) -> Result<Vec<PcmName>> {
    messages::capture();
    let hints = ctl::pcm_hints();
    // Without a configuration there are no hints. To check it first would load it twice.
    if hints.as_ref().map_or(true, Vec::is_empty) {
        configuration::check()?;
    }
    let hints = hints.map_err(cannot_list)?;
    Ok(hints
        .into_iter()
        .map(PcmName::from)
        .filter(|pcm| direction.is_none_or(|wanted| pcm.direction.include(wanted)))
        .collect())
}

/// Whether a name can only be a PCM's: it is defined in alsa-lib's configuration, or has arguments. An empty
/// name counts as one, because every name contains it.
pub fn is_pcm(name: &str) -> bool {
    let base = name.split(':').next().unwrap_or_default();
    base != name
        || name.trim().is_empty()
        || is_well_known(base)
        || ctl::has_config(&format!("pcm.{base}"))
}

fn cannot_list(errno: i32) -> Error {
    let message = format!("cannot list the PCMs: {}", errno_text(errno));
    Error::device("list", "pcm", errno).restated(Kind::Internal, message)
}

/// The names of PCMs that are spelled like `wanted`, nearest first: well-known ones, and those listed for the
/// direction.
///
/// Keeps what follows the colon: `hq:0` yields `hw:0`.
pub(crate) fn nearest_pcms(wanted: &str, direction: Direction) -> Vec<String> {
    let listed = pcms(Some(direction)).unwrap_or_default();
    let (base, arguments) = wanted.split_at(wanted.find(':').unwrap_or(wanted.len()));
    // usbstream is only for the TASCAM US-122L and US-144.
    let is_playable = |name: &&str| !name.starts_with("usbstream");
    let well_known = WELL_KNOWN.map(|(name, _)| name);
    let mut near: Vec<String> = alike(base, well_known.into_iter().filter(is_playable))
        .into_iter()
        .map(|name| format!("{name}{arguments}"))
        .collect();
    let listed = listed.iter().map(|pcm| pcm.name.as_str());
    let listed = listed.filter(is_playable);
    near.extend(alike(wanted, listed).into_iter().map(str::to_owned));
    let mut seen = std::collections::HashSet::new();
    near.retain(|name| seen.insert(name.clone()));
    near.truncate(MAX_SUGGESTIONS);
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pcms_of_a_direction_include_those_of_both() {
        let all = pcms(None).unwrap();
        for direction in [Direction::Playback, Direction::Capture] {
            let some = pcms(Some(direction)).unwrap();
            assert!(some.iter().all(|pcm| pcm.direction.include(direction)));
            assert!(some.iter().all(|pcm| all.contains(pcm)));
            assert!(some.iter().any(|pcm| pcm.name == "null"));
        }
    }

    #[test]
    fn json_of_a_pcm_has_the_documented_shape() {
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
    fn names_with_arguments_or_a_definition_are_pcms() {
        for name in ["default", "null", "hw", "hw:0", "plug:whatever", ""] {
            assert!(is_pcm(name), "{name}");
        }
        for name in ["scarlett", "0"] {
            assert!(!is_pcm(name), "{name}");
        }
    }

    #[test]
    fn a_misspelled_pcm_keeps_its_arguments() {
        assert_eq!(nearest_pcms("defualt", Direction::Playback)[0], "default");
        assert_eq!(nearest_pcms("hq:0,3", Direction::Capture)[0], "hw:0,3");
        assert!(nearest_pcms("zzzzzz", Direction::Playback).is_empty());
    }
}
