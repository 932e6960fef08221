//! A control's id and values at one moment, to be compared, printed and serialized.

use crate::audio::error::{Error, Kind, Result};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;

/// Identifies a simple control of a mixer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct ControlId {
    /// Its name.
    pub name: String,
    /// Its index among the controls with that name.
    pub index: u32,
}

impl ControlId {
    /// Parses `Master`, `Master,1`, `'Master',1` or `"Master",1`. A comma without a number after it is part of the
    /// name.
    pub fn parse(text: &str) -> ControlId {
        let (name, index) = match text.rsplit_once(',') {
            Some((name, number)) => match number.trim().parse() {
                Ok(index) => (name, index),
                Err(_) => (text, 0),
            },
            None => (text, 0),
        };
        ControlId {
            name: unquoted(name).to_owned(),
            index,
        }
    }
}

impl ControlId {
    /// Whether `text` is this id as some program prints it: `Mic ,1`, `'Mic ',1` or `"Mic ",1`. Blanks at the start and
    /// end of a name count.
    pub(super) fn is_written(&self, text: &str) -> bool {
        let number = format!(",{}", self.index);
        let name = match text.strip_suffix(&number) {
            Some(name) => name,
            None if self.index == 0 => text,
            None => return false,
        };
        name == self.name || unquoted(name) == self.name
    }

    /// Whether they differ at most in blanks at the start and end of the names.
    pub(super) fn is_like(&self, other: &ControlId) -> bool {
        self.index == other.index && self.name.trim() == other.name.trim()
    }
}

fn unquoted(name: &str) -> &str {
    let name = name.trim();
    for quote in ['\'', '"'] {
        let inside = name
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        if let Some(inside) = inside {
            return inside;
        }
    }
    name
}

impl fmt::Display for ControlId {
    /// `'Master'`, or `'Master',1` if the index is not 0.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.name)?;
        match self.index {
            0 => Ok(()),
            index => write!(f, ",{index}"),
        }
    }
}

/// A control's values. What it does not have is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Snapshot {
    /// Its name and index.
    #[serde(flatten)]
    pub id: ControlId,
    /// Its kinds of volume: pyalsaaudio's strings in pyalsaaudio's order.
    pub volumecap: Vec<&'static str>,
    /// Its kinds of switches: pyalsaaudio's strings in pyalsaaudio's order.
    pub switchcap: Vec<&'static str>,
    /// Its items, if it is enumerated.
    #[serde(rename = "enum")]
    pub enumeration: Option<Enumeration>,
    /// Playback volume and switch.
    pub playback: Option<DirectionState>,
    /// Capture volume and switch.
    pub capture: Option<DirectionState>,
    /// Whether it currently has an effect.
    pub active: bool,
    /// Why its values could not be read; they are `None` then.
    pub error: Option<ReadError>,
}

/// Why a control or an element of a mixer could not be read, while others can.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReadError {
    /// The kind of error.
    pub kind: Kind,
    /// What happened, in one line.
    pub message: String,
}

impl ReadError {
    /// The error of one control or element.
    ///
    /// # Errors
    /// The error itself if it concerns the whole device.
    pub(super) fn of(error: Error) -> Result<ReadError> {
        match error.kind() {
            Kind::Disconnected => Err(error),
            kind => Ok(ReadError {
                kind,
                message: error.to_string(),
            }),
        }
    }
}

/// The items of an enumerated control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Enumeration {
    /// The chosen item of each channel.
    pub current: Vec<String>,
    /// All items.
    pub items: Vec<String>,
}

/// One direction of a control.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DirectionState {
    /// The range of the volume; `None` if there is only a switch.
    pub range: Option<VolumeRange>,
    /// The channels.
    pub channels: Vec<ChannelState>,
}

/// The minimum and maximum of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct VolumeRange {
    /// In raw steps.
    pub raw: Limits<i64>,
    /// In dB, if there is dB information. -99999.99 means silence.
    pub db: Option<Limits<f64>>,
}

/// A minimum and a maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Limits<T> {
    /// The minimum.
    pub min: T,
    /// The maximum.
    pub max: T,
}

impl<T> From<(T, T)> for Limits<T> {
    fn from((min, max): (T, T)) -> Limits<T> {
        Limits { min, max }
    }
}

/// One channel of one direction.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ChannelState {
    /// alsa-lib's name: `Front Left`, or `Mono` for the only channel.
    pub channel: String,
    /// Its number.
    pub index: u32,
    /// The volume in raw steps.
    pub raw: Option<i64>,
    /// The volume in percent of the raw range, rounded as pyalsaaudio does.
    pub percent: Option<i64>,
    /// The volume in percent of alsamixer's mapped scale.
    pub mapped_percent: Option<i64>,
    /// The volume in dB, if there is dB information.
    pub db: Option<f64>,
    /// The switch.
    #[serde(flatten)]
    pub switch: SwitchState,
}

/// A channel's switch; `None` inside if there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SwitchState {
    /// Whether playback is muted.
    Muted(Option<bool>),
    /// Whether it captures.
    Recording(Option<bool>),
}

/// Converts hundredths of a dB to dB.
pub(super) fn decibels(hundredths: i64) -> f64 {
    hundredths as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_parsed_as_people_and_amixer_write_them() {
        let cases = [
            ("Master", "Master", 0),
            ("Master,1", "Master", 1),
            ("'Master',0", "Master", 0),
            ("'Master'", "Master", 0),
            ("\"Mic Boost\",2", "Mic Boost", 2),
            ("Mic, Line", "Mic, Line", 0),
            ("'Mic,1'", "Mic,1", 0),
            ("'Mic,1',3", "Mic,1", 3),
            ("", "", 0),
            ("'", "'", 0),
        ];
        for (text, name, index) in cases {
            let id = ControlId::parse(text);
            assert_eq!((id.name.as_str(), id.index), (name, index), "{text}");
        }
    }

    #[test]
    fn a_name_with_blanks_is_found_as_it_is_printed() {
        let blank = |index| ControlId {
            name: "USB Audio 2.0 ".to_owned(),
            index,
        };
        for text in [
            "USB Audio 2.0 ,1",
            "'USB Audio 2.0 ',1",
            "\"USB Audio 2.0 \",1",
        ] {
            assert!(
                blank(1).is_written(text) && !blank(0).is_written(text),
                "{text}"
            );
        }
        for text in ["USB Audio 2.0 ", "'USB Audio 2.0 '", "USB Audio 2.0 ,0"] {
            assert!(
                blank(0).is_written(text) && !blank(1).is_written(text),
                "{text}"
            );
        }
        assert!(!blank(0).is_written("USB Audio 2.0"));
        assert!(blank(1).is_like(&ControlId::parse("USB Audio 2.0,1")));
        assert!(!blank(1).is_like(&ControlId::parse("USB Audio 2.0")));
    }

    #[test]
    fn json_of_a_control_has_the_documented_shape() {
        let channel = |index, switch| ChannelState {
            channel: "Front Left".to_owned(),
            index,
            raw: Some(0),
            percent: Some(33),
            mapped_percent: Some(18),
            db: Some(decibels(-3000)),
            switch,
        };
        let snapshot = Snapshot {
            id: ControlId {
                name: "Master".to_owned(),
                index: 0,
            },
            volumecap: vec!["Playback Volume"],
            switchcap: vec!["Capture Mute"],
            enumeration: None,
            playback: Some(DirectionState {
                range: Some(VolumeRange {
                    raw: (-50, 100).into(),
                    db: Some((-45.0, 0.0).into()),
                }),
                channels: vec![channel(0, SwitchState::Muted(None))],
            }),
            capture: Some(DirectionState {
                range: None,
                channels: vec![ChannelState {
                    raw: None,
                    percent: None,
                    mapped_percent: None,
                    db: None,
                    ..channel(1, SwitchState::Recording(Some(true)))
                }],
            }),
            active: true,
            error: None,
        };
        assert_eq!(
            serde_json::to_string(&snapshot).unwrap(),
            r#"{"name":"Master","index":0,"volumecap":["Playback Volume"],"switchcap":["Capture Mute"],"enum":null,"playback":{"range":{"raw":{"min":-50,"max":100},"db":{"min":-45.0,"max":0.0}},"channels":[{"channel":"Front Left","index":0,"raw":0,"percent":33,"mapped_percent":18,"db":-30.0,"muted":null}]},"capture":{"range":null,"channels":[{"channel":"Front Left","index":1,"raw":null,"percent":null,"mapped_percent":null,"db":null,"recording":true}]},"active":true,"error":null}"#
        );
    }
}
