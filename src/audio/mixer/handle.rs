//! One control, with the methods of pyalsaaudio's `Mixer`.

use super::change::{VolumeAmount, VolumeChange};
use super::control::Control;
use super::controls::{Controls, MixerDevice};
use super::plan::{ChangePlan, SwitchChange};
use super::snapshot::{ControlId, Enumeration, Snapshot};
use super::{ChannelSelection, VolumeUnits};
use crate::audio::direction::Direction;
use crate::audio::error::Result;

/// One control of a mixer, as pyalsaaudio's `Mixer(control, id, device)`.
///
/// Every method that reads or sets handles events first, so what it tells is what is there. Where pyalsaaudio
/// gives a number for what a control does not have, or drops a value that it has not, here is an error of the kind
/// [`Unsupported`](crate::audio::error::Kind::Unsupported). Dropping it closes it.
#[derive(Debug)]
pub struct Mixer {
    controls: Controls,
    id: ControlId,
}

impl Mixer {
    /// Opens the control of that name and index.
    ///
    /// Fails as [`Controls::open`] and [`Controls::find`].
    pub fn open(control: &str, index: u32, place: impl Into<MixerDevice>) -> Result<Mixer> {
        let controls = Controls::open(place)?;
        let id = controls.find(control, index)?.id();
        Ok(Mixer { controls, id })
    }

    /// The name of the ctl (pyalsaaudio's `cardname`).
    pub fn card_name(&self) -> &str {
        self.controls.device()
    }

    /// The control's name.
    pub fn mixer(&self) -> &str {
        &self.id.name
    }

    /// The control's index (pyalsaaudio's `mixerid`).
    pub fn mixer_id(&self) -> u32 {
        self.id.index
    }

    /// The control as it is now. What is borrowed from it can be read without handling events again.
    pub fn control(&mut self) -> Result<Control<'_>> {
        self.controls.handle_events()?;
        let control = self.controls.find(&self.id.name, self.id.index)?;
        control.refresh()?;
        Ok(control)
    }

    /// All it says of itself.
    pub fn snapshot(&mut self) -> Result<Snapshot> {
        self.control()?.snapshot()
    }

    /// What volumes it has: pyalsaaudio's strings, in its order.
    pub fn volumecap(&mut self) -> Result<Vec<&'static str>> {
        Ok(self.control()?.volumecap())
    }

    /// What switches it has: pyalsaaudio's strings, in its order.
    pub fn switchcap(&mut self) -> Result<Vec<&'static str>> {
        Ok(self.control()?.switchcap())
    }

    /// The items it chooses among, and those that its channels have chosen; nothing where it does not choose.
    pub fn get_enum(&mut self) -> Result<Option<Enumeration>> {
        self.control()?.enumeration()
    }

    /// Chooses an item by its number, for all channels.
    pub fn set_enum(&mut self, item: u32) -> Result<()> {
        self.change(|control, plan| {
            let channels = control.enumeration()?.map_or(1, |has| has.current.len());
            (0..channels as u32).try_for_each(|channel| plan.item(channel, item))
        })
    }

    /// The least and the greatest volume; of playback where it has that, unless a direction is named.
    pub fn get_range(
        &mut self,
        direction: Option<Direction>,
        units: VolumeUnits,
    ) -> Result<(i64, i64)> {
        let control = self.control()?;
        let scale = control.scale(direction.unwrap_or_else(|| control.usual_direction()))?;
        match units {
            VolumeUnits::Percentage => Ok((0, 100)),
            VolumeUnits::Raw => Ok(scale.raw),
            VolumeUnits::Db => scale.db.ok_or_else(|| control.lacks("no dB information")),
        }
    }

    /// The volume of each channel; of playback where it has that, unless a direction is named.
    pub fn get_volume(
        &mut self,
        direction: Option<Direction>,
        units: VolumeUnits,
    ) -> Result<Vec<i64>> {
        let control = self.control()?;
        let direction = direction.unwrap_or_else(|| control.usual_direction());
        let scale = control.scale(direction)?;
        let channels = control.channels(direction);
        let volumes = channels.map(|channel| {
            let raw = control.volume(direction, channel)?;
            match units {
                VolumeUnits::Percentage => Ok(scale.percent(raw)),
                VolumeUnits::Raw => Ok(raw),
                VolumeUnits::Db => control
                    .db(direction, raw)
                    .ok_or_else(|| control.lacks("no dB information")),
            }
        });
        volumes.collect()
    }

    /// Sets the volume; of playback where it has that, unless a direction is named. A value beyond the range is an error
    /// and changes nothing.
    pub fn set_volume(
        &mut self,
        volume: i64,
        channels: ChannelSelection,
        direction: Option<Direction>,
        units: VolumeUnits,
    ) -> Result<()> {
        let amount = match units {
            VolumeUnits::Percentage => VolumeAmount::Percent(volume as f64),
            VolumeUnits::Raw => VolumeAmount::Raw(volume),
            VolumeUnits::Db => VolumeAmount::Db(volume),
        };
        self.change(|control, plan| {
            let direction = direction.unwrap_or_else(|| control.usual_direction());
            let channels = control.chosen(direction, channels);
            plan.volume(direction, &channels, VolumeChange::To(amount))
        })
    }

    /// Whether each channel is muted.
    pub fn get_mute(&mut self) -> Result<Vec<bool>> {
        let switches = self.switches(Direction::Playback)?;
        Ok(switches.into_iter().map(|on| !on).collect())
    }

    /// Mutes or unmutes.
    pub fn set_mute(&mut self, muted: bool, channels: ChannelSelection) -> Result<()> {
        self.turn(Direction::Playback, !muted, channels)
    }

    /// Whether each channel is recorded.
    pub fn get_rec(&mut self) -> Result<Vec<bool>> {
        self.switches(Direction::Capture)
    }

    /// Has channels be recorded, or not.
    pub fn set_rec(&mut self, recording: bool, channels: ChannelSelection) -> Result<()> {
        self.turn(Direction::Capture, recording, channels)
    }

    /// The descriptors that become readable when something changes, each with its events (pyalsaaudio's `polldescriptors`).
    pub fn poll_descriptors(&self) -> Result<Vec<(i32, i16)>> {
        self.controls.poll_descriptors()
    }

    /// Takes in what has changed, and tells how many events there were (pyalsaaudio's `handleevents`).
    pub fn handle_events(&mut self) -> Result<u32> {
        self.controls.handle_events()
    }

    /// Closes it.
    pub fn close(self) {}

    fn switches(&mut self, direction: Direction) -> Result<Vec<bool>> {
        self.control()?.switches(direction)
    }

    fn turn(&mut self, direction: Direction, on: bool, channels: ChannelSelection) -> Result<()> {
        let turn = if on {
            SwitchChange::On
        } else {
            SwitchChange::Off
        };
        self.change(|control, plan| {
            plan.switch(direction, &control.chosen(direction, channels), turn)
        })
    }

    /// Works out changes, and makes them where all of them can be made.
    fn change(
        &mut self,
        plan: impl FnOnce(&Control<'_>, &mut ChangePlan<'_>) -> Result<()>,
    ) -> Result<()> {
        let control = self.control()?;
        let mut all = control.plan();
        plan(&control, &mut all)?;
        all.finish().apply(&control)
    }
}
