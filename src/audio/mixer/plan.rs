//! Changes of one control. All of them are checked before the first is made.

use super::change::{Decibels, VolumeChange};
use super::control::Control;
use super::scale::Rounding;
use super::snapshot::ControlId;
use crate::audio::advice::MixerAdvice;
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::mixer::MAX_MIXER_CHANNELS;

/// A change of a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchChange {
    /// Unmute, or capture.
    On,
    /// Mute, or do not capture.
    Off,
    /// Toggle.
    Toggle,
}

impl SwitchChange {
    /// The state after this change of the state `now`.
    pub(super) fn apply(self, now: bool) -> bool {
        match self {
            SwitchChange::On => true,
            SwitchChange::Off => false,
            SwitchChange::Toggle => !now,
        }
    }
}

/// A change of one channel's value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ChannelChange<T> {
    pub direction: Direction,
    pub channel: u32,
    pub from: T,
    pub to: T,
    /// The channels that the request named. More than one if they are joined.
    requested: Vec<u32>,
}

/// Collects changes of one control. Each is relative to the result of those before it.
#[derive(Clone, Debug)]
pub struct ChangePlan<'a> {
    control: Control<'a>,
    volumes: Vec<ChannelChange<i64>>,
    switches: Vec<ChannelChange<bool>>,
    items: Vec<ChannelChange<u32>>,
}

/// Checked changes of one control.
#[derive(Clone, Debug)]
pub struct PlannedChanges {
    /// The control.
    pub id: ControlId,
    pub(super) volumes: Vec<ChannelChange<i64>>,
    pub(super) switches: Vec<ChannelChange<bool>>,
    items: Vec<ChannelChange<u32>>,
}

impl<'a> Control<'a> {
    /// Starts to collect changes.
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
    /// Adds a change of these channels' volumes.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if the control has no volume in this direction, no such channel or not this volume, or if
    /// joined channels would need different volumes. [`Kind::Usage`] for a percentage outside of 0 to 100.
    pub fn volume(
        &mut self,
        direction: Direction,
        channels: &[u32],
        change: VolumeChange,
    ) -> Result<()> {
        let control = self.control;
        let scale = control.scale(direction)?;
        let joined = control.element.has_joined_volume(direction);
        let requested = control.requested_channels(direction, channels)?;
        let direction = match control.element.has_common_volume() {
            true => Direction::Playback,
            false => direction,
        };
        let decibels = ControlDecibels { control, direction };
        for channel in control.distinct_channels(direction, channels, joined)? {
            let now = control.volume(direction, channel)?;
            let planned = find_or_add(&mut self.volumes, direction, channel, now);
            let to = change
                .apply(planned.to, &scale, &decibels)
                .map_err(|error| control.named(error))?;
            planned
                .set(to, &requested, joined)
                .map_err(|NeedsOneValue| control.needs_one_value())?;
        }
        Ok(())
    }

    /// Adds a change of these channels' switches.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if the control has no switch in this direction or no such channel, if joined channels
    /// would need different states, or if the control would be turned off although exactly one control of its capture
    /// group captures: turn on another one instead.
    pub fn switch(
        &mut self,
        direction: Direction,
        channels: &[u32],
        change: SwitchChange,
    ) -> Result<()> {
        let control = self.control;
        if !control.has_switch(direction) {
            let error = control.lacks(&format!("{} switch", direction.word()));
            return Err(if control.has_volume(direction) {
                error.with_advice(MixerAdvice::SetToZero)
            } else {
                error
            });
        }
        let joined = control.element.has_joined_switch(direction);
        let requested = control.requested_channels(direction, channels)?;
        let direction = match control.element.has_common_switch() {
            true => Direction::Playback,
            false => direction,
        };
        let exclusive = direction == Direction::Capture && control.element.has_exclusive_switch();
        for channel in control.distinct_channels(direction, channels, joined)? {
            let now = control.checked(control.element.switch(direction, channel))?;
            let planned = find_or_add(&mut self.switches, direction, channel, now);
            let to = change.apply(planned.to);
            planned
                .set(to, &requested, joined)
                .map_err(|NeedsOneValue| control.needs_one_value())?;
            if exclusive && planned.from && !to {
                return Err(control.must_capture());
            }
        }
        Ok(())
    }

    /// Adds a change of a channel's item, by number.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if the control is not enumerated or has no such channel; [`Kind::Usage`] if it has no such
    /// item.
    pub fn item(&mut self, channel: u32, item: u32) -> Result<()> {
        let control = self.control;
        if !control.is_enumerated() {
            return Err(control.lacks("items to choose from"));
        }
        let count = control.checked(control.element.enum_items())?;
        if item >= count {
            let last = count.saturating_sub(1);
            let message = format!("{} has the items 0 to {last}, not {item}", control.id());
            return Err(Error::new(Kind::Usage, message).with_device(control.device));
        }
        let now = control
            .element
            .enum_item(channel)
            .map_err(|_| control.lacks(&format!("channel {channel}")))?;
        find_or_add(&mut self.items, Direction::Playback, channel, now).to = item;
        Ok(())
    }

    /// The collected changes.
    pub fn finish(self) -> PlannedChanges {
        PlannedChanges {
            id: self.control.id(),
            volumes: self.volumes,
            switches: self.switches,
            items: self.items,
        }
    }
}

/// Joined channels would need different values.
struct NeedsOneValue;

impl<T: Copy + PartialEq> ChannelChange<T> {
    /// Changes the new value, as requested for `channels`. Fails if the channels are `joined`, and another value was
    /// requested for others of them.
    fn set(&mut self, to: T, channels: &[u32], joined: bool) -> Result<(), NeedsOneValue> {
        let others = || {
            self.requested
                .iter()
                .any(|channel| !channels.contains(channel))
        };
        if joined && to != self.to && others() {
            return Err(NeedsOneValue);
        }
        self.to = to;
        self.requested.extend(channels);
        Ok(())
    }
}

/// The change of a channel. If there is none yet, adds one that changes nothing.
fn find_or_add<T: Copy>(
    changes: &mut Vec<ChannelChange<T>>,
    direction: Direction,
    channel: u32,
    now: T,
) -> &mut ChannelChange<T> {
    let is_same =
        |known: &ChannelChange<T>| (known.direction, known.channel) == (direction, channel);
    let at = changes.iter().position(is_same).unwrap_or_else(|| {
        changes.push(ChannelChange {
            direction,
            channel,
            from: now,
            to: now,
            requested: Vec::new(),
        });
        changes.len() - 1
    });
    &mut changes[at]
}

impl PlannedChanges {
    /// Makes the changes. Values that are already as requested are not written.
    ///
    /// # Errors
    /// If a value cannot be written ([`Kind::Busy`] if another program has locked it), or a switch or item does not
    /// keep its new value ([`Kind::Unsupported`]: some depend on others). Then all values are restored.
    pub fn apply(&self, control: &Control<'_>) -> Result<()> {
        self.write(control)
            .and_then(|()| self.verify(control))
            .inspect_err(|_| self.restore(control))
    }

    /// Whether a volume is among them.
    pub fn has_volume(&self) -> bool {
        !self.volumes.is_empty()
    }

    fn write(&self, control: &Control<'_>) -> Result<()> {
        for change in self.switches.iter().filter(|change| change.to) {
            control.set_switch(change, change.to)?;
        }
        for change in changed(&self.volumes) {
            control.set_volume(change, change.to)?;
        }
        for change in self.switches.iter().filter(|change| !change.to) {
            control.set_switch(change, change.to)?;
        }
        for change in changed(&self.items) {
            control.set_item(change, change.to)?;
        }
        Ok(())
    }

    /// Checks that switches and items have kept their new values. Volumes are not checked: the hardware may have fewer
    /// steps than it reports.
    fn verify(&self, control: &Control<'_>) -> Result<()> {
        if self.switches.is_empty() && self.items.is_empty() {
            return Ok(());
        }
        control.refresh()?;
        for change in changed(&self.switches) {
            let on = control.checked(control.element.switch(change.direction, change.channel))?;
            if on != change.to {
                return Err(control.switch_unchanged(change));
            }
        }
        let rejected = |change: &ChannelChange<u32>| {
            control.element.enum_item(change.channel) != Ok(change.to)
        };
        match self.items.iter().any(rejected) {
            true => Err(control.unsupported("did not accept the item")),
            false => Ok(()),
        }
    }

    /// Restores all values. alsa-lib skips a write if it believes that the value is already set, so switches are first
    /// set to the new value once more.
    fn restore(&self, control: &Control<'_>) {
        for change in changed(&self.switches) {
            let _ = control.set_switch(change, change.to);
            let _ = control.set_switch(change, change.from);
        }
        for change in &self.volumes {
            let _ = control.set_volume(change, change.from);
        }
        for change in changed(&self.items) {
            let _ = control.set_item(change, change.from);
        }
    }
}

/// The changes that change anything.
fn changed<T: PartialEq>(all: &[ChannelChange<T>]) -> impl Iterator<Item = &ChannelChange<T>> {
    all.iter().filter(|change| change.from != change.to)
}

impl Control<'_> {
    pub(super) fn set_volume(&self, change: &ChannelChange<i64>, raw: i64) -> Result<()> {
        let set = self
            .element
            .set_volume(change.direction, change.channel, raw);
        self.checked(set)
    }

    /// Sets the channel's switch if the change changes it.
    pub(super) fn set_switch(&self, change: &ChannelChange<bool>, on: bool) -> Result<()> {
        if change.from == change.to {
            return Ok(());
        }
        let set = self
            .element
            .set_switch(change.direction, change.channel, on);
        self.checked(set)
    }

    fn set_item(&self, change: &ChannelChange<u32>, item: u32) -> Result<()> {
        self.checked(self.element.set_enum_item(change.channel, item))
    }

    /// The channels that a request for `channels` covers. If it names all channels of its direction, it covers all
    /// channels that there can be, because the other direction may have more.
    fn requested_channels(&self, direction: Direction, channels: &[u32]) -> Result<Vec<u32>> {
        for &channel in channels {
            self.check_channel(direction, channel)?;
        }
        let all = self
            .channels(direction)
            .all(|channel| channels.contains(&channel));
        Ok(match all {
            true => (0..MAX_MIXER_CHANNELS).collect(),
            false => channels.to_vec(),
        })
    }

    /// The channels to set: only the first one if they are joined.
    fn distinct_channels(
        &self,
        direction: Direction,
        channels: &[u32],
        joined: bool,
    ) -> Result<Vec<u32>> {
        if joined {
            return Ok(self.channels(direction).take(1).collect());
        }
        for &channel in channels {
            self.check_channel(direction, channel)?;
        }
        Ok(channels.to_vec())
    }

    fn check_channel(&self, direction: Direction, channel: u32) -> Result<()> {
        if self.element.has_channel(direction, channel) {
            return Ok(());
        }
        let existing = self.channels(direction).map(|channel| {
            let name = self.channel_name(direction, channel);
            format!("{channel} {name}")
        });
        let existing = existing.collect::<Vec<_>>().join(", ");
        let direction = direction.word();
        Err(self.lacks(&format!("{direction} channel {channel} ({existing})")))
    }

    fn needs_one_value(&self) -> Error {
        let message = format!("the channels of {} share one value", self.id());
        Error::new(Kind::Unsupported, message).with_device(self.device)
    }

    fn must_capture(&self) -> Error {
        self.unsupported("cannot be turned off: exactly one control of its group captures")
            .with_advice(MixerAdvice::CaptureOther)
    }

    /// The error for a switch that has not kept its new state.
    fn switch_unchanged(&self, change: &ChannelChange<bool>) -> Error {
        let state = if change.to { "off" } else { "on" };
        let message = format!(
            "the {} switch of {} stays {state}: it depends on another control",
            change.direction.word(),
            self.id()
        );
        let error = Error::new(Kind::Unsupported, message).with_device(self.device);
        let unmuted = self.switches(Direction::Playback).unwrap_or_default();
        match change.direction == Direction::Capture && change.to && unmuted.contains(&false) {
            true => error.with_advice(MixerAdvice::Unmute),
            false => error,
        }
    }

    /// Replaces the "it" at the start of the message with the control's name.
    fn named(&self, error: Error) -> Error {
        let message = error.to_string();
        let message = match message.strip_prefix("it ") {
            Some(rest) => format!("{} {rest}", self.id()),
            None => message,
        };
        let kind = error.kind();
        error.restated(kind, message).with_device(self.device)
    }
}

/// alsa-lib's dB conversion of a control.
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
        self.control.checked(raw)
    }
}
