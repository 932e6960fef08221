//! Changes of one control, worked out and checked whole before the first is made.

use super::change::{Decibels, VolumeChange};
use super::control::{Control, way};
use super::scale::Rounding;
use super::snapshot::ControlId;
use crate::audio::advice::MixerAdvice;
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::mixer::MAX_CHANNELS;

/// A change of a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchChange {
    /// Heard, or recording.
    On,
    /// Muted, or not recording.
    Off,
    /// The other of the two.
    Toggle,
}

/// A value of one channel that is to be another.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ChannelChange<T> {
    pub direction: Direction,
    pub channel: u32,
    pub from: T,
    pub to: T,
    /// The channels that have been told.
    told: Vec<u32>,
}

/// Changes of one control that are being worked out. Each starts from what those before it make of the control.
#[derive(Clone, Debug)]
pub struct ChangePlan<'a> {
    control: Control<'a>,
    volumes: Vec<ChannelChange<i64>>,
    switches: Vec<ChannelChange<bool>>,
    items: Vec<ChannelChange<u32>>,
}

/// Changes of one control that can be made.
#[derive(Clone, Debug)]
pub struct PlannedChanges {
    /// The control.
    pub id: ControlId,
    pub(super) volumes: Vec<ChannelChange<i64>>,
    pub(super) switches: Vec<ChannelChange<bool>>,
    items: Vec<ChannelChange<u32>>,
}

impl<'a> Control<'a> {
    /// Begins to work out changes.
    pub fn plan(&self) -> ChangePlan<'a> {
        ChangePlan {
            control: *self,
            volumes: Vec::new(),
            switches: Vec::new(),
            items: Vec::new(),
        }
    }
}

impl ChangePlan<'_> {
    /// Changes the volume of these channels.
    ///
    /// Fails where the control has no volume in this direction, no such channel, or not this volume, and where channels
    /// that have one volume in common would have to have several.
    pub fn volume(
        &mut self,
        direction: Direction,
        channels: &[u32],
        change: VolumeChange,
    ) -> Result<()> {
        let control = self.control;
        let scale = control.scale(direction)?;
        let joined = control.element.has_joined_volume(direction);
        let told = control.told(direction, channels)?;
        let direction = match control.element.has_common_volume() {
            true => Direction::Playback,
            false => direction,
        };
        let lanes = control.lanes(direction, channels, joined)?;
        let decibels = ControlDecibels { control, direction };
        for lane in lanes {
            let now = control.volume(direction, lane)?;
            let step = step(&mut self.volumes, direction, lane, now);
            let to = change
                .apply(step.to, &scale, &decibels)
                .map_err(|error| control.named(error))?;
            step.set(to, &told, joined)
                .map_err(|()| control.one_value())?;
        }
        Ok(())
    }

    /// Changes the switches of these channels.
    ///
    /// Fails where the control has no switch in this direction, no such channel, where channels that have one switch in
    /// common would have to have several, and where one of those that exclude each other is to be turned off: only
    /// another one's being turned on does that.
    pub fn switch(
        &mut self,
        direction: Direction,
        channels: &[u32],
        turn: SwitchChange,
    ) -> Result<()> {
        let control = self.control;
        if !control.has_switch(direction) {
            return Err(control.lacks(&format!("no {} switch", way(direction))));
        }
        let joined = control.element.has_joined_switch(direction);
        let told = control.told(direction, channels)?;
        let direction = match control.element.has_common_switch() {
            true => Direction::Playback,
            false => direction,
        };
        let lanes = control.lanes(direction, channels, joined)?;
        let exclusive = direction == Direction::Capture && control.element.has_exclusive_switch();
        for lane in lanes {
            let now = control.called(control.element.switch(direction, lane))?;
            let step = step(&mut self.switches, direction, lane, now);
            let to = match turn {
                SwitchChange::On => true,
                SwitchChange::Off => false,
                SwitchChange::Toggle => !step.to,
            };
            step.set(to, &told, joined)
                .map_err(|()| control.one_value())?;
            if exclusive && step.from && !to {
                return Err(control.excludes());
            }
        }
        Ok(())
    }

    /// Has a channel choose an item by its number.
    ///
    /// Fails where the control does not choose, or has no such channel or item.
    pub fn item(&mut self, channel: u32, item: u32) -> Result<()> {
        let control = self.control;
        if !control.is_enumerated() {
            return Err(control.lacks("no items to choose from"));
        }
        let count = control.called(control.element.enum_items())?;
        if item >= count {
            let message = format!(
                "{} has the items 0 to {}, not {item}",
                control.described(),
                count.saturating_sub(1)
            );
            return Err(Error::new(Kind::Usage, message).with_device(control.device));
        }
        let now = control
            .element
            .enum_item(channel)
            .map_err(|_| control.lacks(&format!("no channel {channel}")))?;
        step(&mut self.items, Direction::Playback, channel, now).to = item;
        Ok(())
    }

    /// The changes as a whole.
    pub fn finish(self) -> PlannedChanges {
        PlannedChanges {
            id: self.control.id(),
            volumes: self.volumes,
            switches: self.switches,
            items: self.items,
        }
    }
}

impl<T: Copy + PartialEq> ChannelChange<T> {
    /// Makes it another value, by telling these channels. Fails where the step is that of all `joined` channels, and some of
    /// them have been told to be something else.
    fn set(&mut self, to: T, channels: &[u32], joined: bool) -> Result<(), ()> {
        let others = || self.told.iter().any(|told| !channels.contains(told));
        if joined && to != self.to && others() {
            return Err(());
        }
        self.to = to;
        self.told.extend(channels);
        Ok(())
    }
}

/// The step of a channel, begun from `now` where there is none yet.
fn step<T: Copy>(
    steps: &mut Vec<ChannelChange<T>>,
    direction: Direction,
    channel: u32,
    now: T,
) -> &mut ChannelChange<T> {
    let known = |step: &ChannelChange<T>| (step.direction, step.channel) == (direction, channel);
    let at = steps.iter().position(known).unwrap_or_else(|| {
        steps.push(ChannelChange {
            direction,
            channel,
            from: now,
            to: now,
            told: Vec::new(),
        });
        steps.len() - 1
    });
    &mut steps[at]
}

impl PlannedChanges {
    /// Makes the changes. What is as it should be already is left alone.
    ///
    /// Fails where one cannot be made (another program may have locked it), and where a switch or an item does not stay as
    /// it was set (some hang on others): then all is as it was before.
    pub fn apply(&self, control: &Control<'_>) -> Result<()> {
        self.write(control)
            .and_then(|()| self.verify(control))
            .inspect_err(|_| self.undo(control))
    }

    fn write(&self, control: &Control<'_>) -> Result<()> {
        for step in self.switches.iter().filter(|step| step.to) {
            control.turn(step, step.to)?;
        }
        for step in self.volumes.iter().filter(|step| step.from != step.to) {
            control.move_to(step, step.to)?;
        }
        for step in self.switches.iter().filter(|step| !step.to) {
            control.turn(step, step.to)?;
        }
        for step in self.items.iter().filter(|step| step.from != step.to) {
            control.choose(step, step.to)?;
        }
        Ok(())
    }

    /// Asserts that switches and items are as they were set. A volume may be another: hardware has coarser steps than it says.
    fn verify(&self, control: &Control<'_>) -> Result<()> {
        if self.switches.is_empty() && self.items.is_empty() {
            return Ok(());
        }
        control.refresh()?;
        for step in self.switches.iter().filter(|step| step.from != step.to) {
            let on = control.called(control.element.switch(step.direction, step.channel))?;
            if on != step.to {
                return Err(control.stays(step));
            }
        }
        let refused =
            |step: &ChannelChange<u32>| control.element.enum_item(step.channel) != Ok(step.to);
        match self.items.iter().any(refused) {
            true => Err(control.lacks("not taken the item")),
            false => Ok(()),
        }
    }

    /// Puts everything back. What alsa-lib does not think changed it does not write, so it is told the change once more.
    fn undo(&self, control: &Control<'_>) {
        for step in self.switches.iter().filter(|step| step.from != step.to) {
            let _ = control.turn(step, step.to);
            let _ = control.turn(step, step.from);
        }
        for step in &self.volumes {
            let _ = control.move_to(step, step.from);
        }
        for step in self.items.iter().filter(|step| step.from != step.to) {
            let _ = control.choose(step, step.from);
        }
    }

    /// Whether there is a volume among them.
    pub fn has_volume(&self) -> bool {
        !self.volumes.is_empty()
    }
}

impl Control<'_> {
    pub(super) fn turn(&self, step: &ChannelChange<bool>, on: bool) -> Result<()> {
        match step.from == step.to {
            true => Ok(()),
            false => self.called(self.element.set_switch(step.direction, step.channel, on)),
        }
    }

    fn choose(&self, step: &ChannelChange<u32>, item: u32) -> Result<()> {
        self.called(self.element.set_enum_item(step.channel, item))
    }

    /// The error for a switch that does not turn.
    fn stays(&self, step: &ChannelChange<bool>) -> Error {
        let state = if step.to { "off" } else { "on" };
        let message = format!(
            "the {} switch of {} stays {state}: the card ties it to another",
            way(step.direction),
            self.described()
        );
        let error = Error::new(Kind::Unsupported, message).with_device(self.device);
        let heard = self.switches(Direction::Playback).unwrap_or_default();
        match step.direction == Direction::Capture && step.to && heard.contains(&false) {
            true => error.with_advice(MixerAdvice::Unmute),
            false => error,
        }
    }

    pub(super) fn move_to(&self, step: &ChannelChange<i64>, raw: i64) -> Result<()> {
        self.called(self.element.set_volume(step.direction, step.channel, raw))
    }

    /// The channels that are told by a change of these: all there can be, where they are all of this direction (the
    /// other one may have more). Fails where one of them is not there.
    fn told(&self, direction: Direction, channels: &[u32]) -> Result<Vec<u32>> {
        for &channel in channels {
            self.has_channel(direction, channel)?;
        }
        let all = self
            .channels(direction)
            .all(|channel| channels.contains(&channel));
        Ok(match all {
            true => (0..MAX_CHANNELS).collect(),
            false => channels.to_vec(),
        })
    }

    /// The channels whose values these are: one for all of them where they are joined.
    fn lanes(&self, direction: Direction, channels: &[u32], joined: bool) -> Result<Vec<u32>> {
        if joined {
            return Ok(self.channels(direction).take(1).collect());
        }
        for &channel in channels {
            self.has_channel(direction, channel)?;
        }
        Ok(channels.to_vec())
    }

    fn one_value(&self) -> Error {
        let message = format!("the channels of {} have one value", self.described());
        Error::new(Kind::Unsupported, message).with_device(self.device)
    }

    fn excludes(&self) -> Error {
        let message = format!(
            "{} cannot be turned off: of those that exclude each other, one records",
            self.described()
        );
        Error::new(Kind::Unsupported, message)
            .with_device(self.device)
            .with_advice(MixerAdvice::CaptureOther)
    }

    fn has_channel(&self, direction: Direction, channel: u32) -> Result<()> {
        if self.element.has_channel(direction, channel) {
            return Ok(());
        }
        let there = self.channels(direction).map(|there| {
            let name = self.channel_name(direction, there);
            format!("{there} {name}")
        });
        let there = there.collect::<Vec<_>>().join(", ");
        let message = format!(
            "{} has no {} channel {channel} ({there})",
            self.described(),
            way(direction)
        );
        Err(Error::new(Kind::Unsupported, message).with_device(self.device))
    }

    /// An error that says "it", with the control's name.
    fn named(&self, error: Error) -> Error {
        let message = error.to_string();
        let message = match message.strip_prefix("it ") {
            Some(rest) => format!("{} {rest}", self.described()),
            None => message,
        };
        let kind = error.kind();
        error.restated(kind, message).with_device(self.device)
    }
}

/// alsa-lib's dB of a control.
pub(super) struct ControlDecibels<'a> {
    pub control: Control<'a>,
    pub direction: Direction,
}

impl Decibels for ControlDecibels<'_> {
    fn of(&self, raw: i64) -> Option<i64> {
        self.control.db(self.direction, raw)
    }

    fn raw(&self, db: i64, rounding: Rounding) -> Result<i64> {
        let element = self.control.element;
        let raw = element.volume_of_db(self.direction, db, rounding.number());
        self.control.called(raw)
    }
}
