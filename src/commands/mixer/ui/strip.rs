//! The strips of the mixer: what is drawn side by side, one for each direction of a control.

use crate::commands::mixer::text::{self, PercentScale};
use aloud::audio::direction::Direction;
use aloud::audio::mixer::{ChannelState, ControlId, DirectionState, Limits, Snapshot, SwitchState};

/// Which strips are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MixerView {
    Playback,
    Capture,
    All,
}

impl MixerView {
    /// All views with their names, in the order of their keys.
    pub const ALL: [(MixerView, &str); 3] = [
        (MixerView::Playback, "Playback"),
        (MixerView::Capture, "Capture"),
        (MixerView::All, "All"),
    ];

    /// The view `by` places further.
    pub fn moved(self, by: usize) -> MixerView {
        let at = MixerView::ALL.iter().position(|(view, _)| *view == self);
        MixerView::ALL[(at.unwrap_or_default() + by) % MixerView::ALL.len()].0
    }

    /// Whether a control has a strip for this direction.
    fn has(self, control: &Snapshot, direction: Direction) -> bool {
        // Items have no direction, and neither has a control that cannot be read.
        if control.enumeration.is_some() || control.error.is_some() {
            return direction == Direction::Playback;
        }
        let exists = side_of(control, direction).is_some();
        exists
            && match (self, direction) {
                (MixerView::Playback, _) => direction == Direction::Playback,
                (MixerView::Capture, _) => direction == Direction::Capture,
                (MixerView::All, Direction::Playback) => true,
                // A common volume is shown once.
                (MixerView::All, Direction::Capture) => {
                    !has_common_volume(control) || control.playback.is_none()
                }
            }
    }
}

/// Identifies a strip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripKey {
    pub id: ControlId,
    pub direction: Direction,
}

/// Which of a strip's channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelSide {
    Left,
    Both,
    Right,
}

/// One strip: a control, and the direction whose volume it shows.
#[derive(Clone, Copy, Debug)]
pub struct Strip<'a> {
    pub control: &'a Snapshot,
    pub direction: Direction,
    /// Whether another strip shows the control's capture switch.
    has_twin: bool,
}

/// The strips of a view whose names contain the filter.
pub fn strips<'a>(controls: &'a [Snapshot], view: MixerView, filter: &str) -> Vec<Strip<'a>> {
    let filter = filter.to_lowercase();
    let directions = [Direction::Playback, Direction::Capture];
    let of_control = |control: &'a Snapshot| {
        let shown = directions.map(|direction| view.has(control, direction));
        let shown = directions.into_iter().zip(shown).filter(|(_, has)| *has);
        let shown: Vec<Direction> = shown.map(|(direction, _)| direction).collect();
        let has_twin = shown.len() == 2;
        shown.into_iter().map(move |direction| Strip {
            control,
            direction,
            has_twin,
        })
    };
    let all = controls.iter().flat_map(of_control);
    all.filter(|strip| strip.label().to_lowercase().contains(&filter))
        .collect()
}

impl<'a> Strip<'a> {
    pub fn key(&self) -> StripKey {
        StripKey {
            id: self.control.id.clone(),
            direction: self.direction,
        }
    }

    /// The control's name, with its index if it is not 0.
    pub fn label(&self) -> String {
        text::name(self.control)
    }

    /// What it is called among the others.
    pub fn title(&self) -> String {
        match self.has_twin && self.direction == Direction::Capture {
            true => format!("{} (rec)", self.label()),
            false => self.label(),
        }
    }

    /// The channels whose volume it shows.
    pub fn channels(&self) -> &'a [ChannelState] {
        side_of(self.control, self.direction).map_or(&[], |side| &side.channels)
    }

    /// The raw range of its volume, if it has one.
    pub fn range(&self) -> Option<Limits<i64>> {
        Some(side_of(self.control, self.direction)?.range?.raw)
    }

    /// The numbers of the channels on a side: all channels if there are none on it.
    pub fn channels_on(&self, side: ChannelSide) -> Vec<u32> {
        channels_on(self.channels(), side)
    }

    /// The volume of each channel, in percent.
    pub fn percentages(&self, scale: PercentScale) -> Vec<i64> {
        let percent = |channel: &ChannelState| match scale {
            PercentScale::Raw => channel.percent,
            PercentScale::Mapped => channel.mapped_percent,
        };
        self.channels().iter().filter_map(percent).collect()
    }

    /// Whether each channel is muted; empty if there is no such switch here.
    pub fn muted(&self) -> Vec<bool> {
        match self.direction {
            Direction::Playback => switches(self.control, Direction::Playback)
                .into_iter()
                .map(|on| !on)
                .collect(),
            Direction::Capture => Vec::new(),
        }
    }

    /// Whether each channel captures; empty if there is no such switch here.
    pub fn capturing(&self) -> Vec<bool> {
        match self.direction == Direction::Playback && self.has_twin {
            true => Vec::new(),
            false => switches(self.control, Direction::Capture),
        }
    }
}

/// The switch of each channel: `true` is not muted, or capturing. Empty without a switch.
pub fn switches(control: &Snapshot, direction: Direction) -> Vec<bool> {
    let is_on = |channel: &ChannelState| match channel.switch {
        SwitchState::Muted(muted) => muted.map(|muted| !muted),
        SwitchState::Recording(recording) => recording,
    };
    let channels = side_of(control, direction).map_or(&[][..], |side| &side.channels);
    channels.iter().filter_map(is_on).collect()
}

/// The numbers of the channels on a side: all channels if there are none on it.
pub fn channels_on(channels: &[ChannelState], side: ChannelSide) -> Vec<u32> {
    let is_on_side = |channel: &&ChannelState| match side {
        ChannelSide::Left => channel.channel.ends_with("Left"),
        ChannelSide::Both => true,
        ChannelSide::Right => channel.channel.ends_with("Right"),
    };
    let on_side: Vec<u32> = channels
        .iter()
        .filter(is_on_side)
        .map(|c| c.index)
        .collect();
    match on_side.is_empty() {
        true => channels.iter().map(|channel| channel.index).collect(),
        false => on_side,
    }
}

/// One direction of a control.
pub fn side_of(control: &Snapshot, direction: Direction) -> Option<&DirectionState> {
    match direction {
        Direction::Playback => control.playback.as_ref(),
        Direction::Capture => control.capture.as_ref(),
    }
}

fn has_common_volume(control: &Snapshot) -> bool {
    let common = ["Volume", "Joined Volume"];
    control.volumecap.iter().any(|word| common.contains(word))
}
