//! All that a control says of itself at one moment, to be compared, printed and serialized.

use serde::Serialize;

/// What tells a simple control from the others of its mixer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ControlId {
    /// Its name.
    pub name: String,
    /// Its number among those of that name.
    pub index: u32,
}

/// A control and its values at one moment. What it does not have is nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Snapshot {
    /// Name and index.
    #[serde(flatten)]
    pub id: ControlId,
    /// What volumes it has, in pyalsaaudio's words and order.
    pub volumecap: Vec<&'static str>,
    /// What switches it has, in pyalsaaudio's words and order.
    pub switchcap: Vec<&'static str>,
    /// The item it has chosen, where it chooses.
    #[serde(rename = "enum")]
    pub enumeration: Option<Enumeration>,
    /// Volume and switch of what is played.
    pub playback: Option<DirectionState>,
    /// Volume and switch of what is recorded.
    pub capture: Option<DirectionState>,
    /// Whether it has an effect at present.
    pub active: bool,
}

/// Items to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Enumeration {
    /// The item chosen, by channel.
    pub current: Vec<String>,
    /// All of them.
    pub items: Vec<String>,
}

/// One direction of a control.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DirectionState {
    /// The ends of the volume; nothing where there is only a switch.
    pub range: Option<VolumeRange>,
    /// The channels.
    pub channels: Vec<ChannelState>,
}

/// The ends of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct VolumeRange {
    /// In raw steps.
    pub raw: (i64, i64),
    /// In dB, where it has dB information; -99999.99 is no sound at all.
    pub db: Option<(f64, f64)>,
}

/// One channel of one direction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChannelState {
    /// alsa-lib's name: `Front Left`; `Mono` where it is the only one.
    pub channel: String,
    /// Its number.
    pub index: u32,
    /// The volume in raw steps.
    pub raw: Option<i64>,
    /// The volume in percent of the raw range, rounded as pyalsaaudio rounds.
    pub percent: Option<i64>,
    /// The volume in percent of alsamixer's scale.
    pub mapped_percent: Option<i64>,
    /// The volume in dB, where it has dB information.
    pub db: Option<f64>,
    /// The switch.
    #[serde(flatten)]
    pub switch: SwitchState,
}

/// A channel's switch; nothing in it where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SwitchState {
    /// Of what is played: whether it is muted.
    Muted(Option<bool>),
    /// Of what is recorded: whether it is.
    Recording(Option<bool>),
}

/// Hundredths of a dB as dB.
pub(super) fn decibels(hundredths: i64) -> f64 {
    hundredths as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_is_serialized_in_the_contracts_shape() {
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
                    raw: (-50, 100),
                    db: Some((-45.0, 0.0)),
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
        };
        assert_eq!(
            serde_json::to_string(&snapshot).unwrap(),
            r#"{"name":"Master","index":0,"volumecap":["Playback Volume"],"switchcap":["Capture Mute"],"enum":null,"playback":{"range":{"raw":[-50,100],"db":[-45.0,0.0]},"channels":[{"channel":"Front Left","index":0,"raw":0,"percent":33,"mapped_percent":18,"db":-30.0,"muted":null}]},"capture":{"range":null,"channels":[{"channel":"Front Left","index":1,"raw":null,"percent":null,"mapped_percent":null,"db":null,"recording":true}]},"active":true}"#
        );
    }
}
