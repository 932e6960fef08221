//! One control, with the methods of pyalsaaudio's `Mixer`.

use super::change::{VolumeAmount, VolumeChange};
use super::control::Control;
use super::controls::{Controls, MixerDevice};
use super::plan::{ChangePlan, SwitchChange};
use super::snapshot::{ControlId, Enumeration, Snapshot};
use super::units::{ChannelSelection, VolumeUnits};
use crate::audio::direction::Direction;
use crate::audio::error::Result;

/// One control of a mixer, like pyalsaaudio's `Mixer(control, id, device)`. Dropping it closes it.
///
/// Every method that reads or sets values handles events first, so values are current. Where pyalsaaudio returns a
/// made-up number for something that the control does not have, or ignores a value that it cannot set, these methods
/// return an error of kind [`Unsupported`](crate::audio::error::Kind::Unsupported). They also fail if the device cannot
/// be read or set.
#[derive(Debug)]
pub struct Mixer {
    controls: Controls,
    id: ControlId,
}

impl Mixer {
    /// Opens the control with that name and index.
    ///
    /// # Errors
    /// See [`Controls::open`] and [`Controls::find`].
    pub fn open(control: &str, index: u32, device: impl Into<MixerDevice>) -> Result<Mixer> {
        let controls = Controls::open(device)?;
        let id = controls.find(control, index)?.id();
        Ok(Mixer { controls, id })
    }

    /// The name of its ctl (pyalsaaudio's `cardname`).
    pub fn card_name(&self) -> &str {
        self.controls.device()
    }

    /// The control's name (pyalsaaudio's `mixer`).
    pub fn mixer(&self) -> &str {
        &self.id.name
    }

    /// The control's index (pyalsaaudio's `mixerid`).
    pub fn mixer_id(&self) -> u32 {
        self.id.index
    }

    /// The control with its current values. Reading from it does not handle events again.
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) if the card is gone.
    pub fn control(&mut self) -> Result<Control<'_>> {
        self.controls.handle_events()?;
        let control = self.controls.find(&self.id.name, self.id.index)?;
        control.refresh()?;
        Ok(control)
    }

    /// All its values.
    ///
    /// # Errors
    /// See [`Mixer`].
    pub fn snapshot(&mut self) -> Result<Snapshot> {
        self.control()?.snapshot()
    }

    /// Its kinds of volume: the same strings as pyalsaaudio's `volumecap`, in the same order.
    ///
    /// # Errors
    /// See [`Mixer`].
    pub fn volumecap(&mut self) -> Result<Vec<&'static str>> {
        Ok(self.control()?.volumecap())
    }

    /// Its kinds of switches: the same strings as pyalsaaudio's `switchcap`, in the same order.
    ///
    /// # Errors
    /// See [`Mixer`].
    pub fn switchcap(&mut self) -> Result<Vec<&'static str>> {
        Ok(self.control()?.switchcap())
    }

    /// Its items, and the chosen item of each channel (pyalsaaudio's `getenum`); `None` if it is not enumerated.
    ///
    /// # Errors
    /// See [`Mixer`].
    pub fn get_enum(&mut self) -> Result<Option<Enumeration>> {
        self.control()?.enumeration()
    }

    /// Sets all channels to an item, by number (pyalsaaudio's `setenum`).
    ///
    /// # Errors
    /// See [`ChangePlan::item`] and [`Mixer`].
    pub fn set_enum(&mut self, item: u32) -> Result<()> {
        self.change(|control, plan| {
            let channels = control.enumeration()?.map_or(1, |has| has.current.len());
            (0..channels as u32).try_for_each(|channel| plan.item(channel, item))
        })
    }

    /// The minimum and maximum volume (pyalsaaudio's `getrange`). Without a direction: of playback, or of capture if it
    /// has a volume only there.
    ///
    /// # Errors
    /// See [`Mixer`].
    pub fn get_range(
        &mut self,
        direction: Option<Direction>,
        units: VolumeUnits,
    ) -> Result<(i64, i64)> {
        let control = self.control()?;
        let scale = control.scale(direction.unwrap_or_else(|| control.default_direction()))?;
        match units {
            VolumeUnits::Percentage => Ok((0, 100)),
            VolumeUnits::Raw => Ok(scale.raw),
            VolumeUnits::Db => scale.db.ok_or_else(|| control.lacks("dB information")),
        }
    }

    /// The volume of each channel (pyalsaaudio's `getvolume`). Without a direction: of playback, or of capture if it
    /// has a volume only there.
    ///
    /// # Errors
    /// See [`Mixer`].
    pub fn get_volume(
        &mut self,
        direction: Option<Direction>,
        units: VolumeUnits,
    ) -> Result<Vec<i64>> {
        let control = self.control()?;
        let direction = direction.unwrap_or_else(|| control.default_direction());
        let scale = control.scale(direction)?;
        let channels = control.channels(direction);
        let volumes = channels.map(|channel| {
            let raw = control.volume(direction, channel)?;
            match units {
                VolumeUnits::Percentage => Ok(scale.percent(raw)),
                VolumeUnits::Raw => Ok(raw),
                VolumeUnits::Db => control
                    .db(direction, raw)
                    .ok_or_else(|| control.lacks("dB information")),
            }
        });
        volumes.collect()
    }

    /// Sets the volume (pyalsaaudio's `setvolume`). Without a direction: of playback, or of capture if it has a volume
    /// only there.
    ///
    /// # Errors
    /// See [`ChangePlan::volume`] and [`Mixer`]. A volume outside of the range changes nothing.
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
            let direction = direction.unwrap_or_else(|| control.default_direction());
            let channels = control.selected(direction, channels);
            plan.volume(direction, &channels, VolumeChange::To(amount))
        })
    }

    /// Whether each channel is muted (pyalsaaudio's `getmute`).
    ///
    /// # Errors
    /// See [`Mixer`].
    pub fn get_mute(&mut self) -> Result<Vec<bool>> {
        let switches = self.control()?.switches(Direction::Playback)?;
        Ok(switches.into_iter().map(|on| !on).collect())
    }

    /// Mutes or unmutes channels (pyalsaaudio's `setmute`).
    ///
    /// # Errors
    /// See [`ChangePlan::switch`] and [`Mixer`].
    pub fn set_mute(&mut self, muted: bool, channels: ChannelSelection) -> Result<()> {
        self.set_switch(Direction::Playback, !muted, channels)
    }

    /// Whether each channel captures (pyalsaaudio's `getrec`).
    ///
    /// # Errors
    /// See [`Mixer`].
    pub fn get_rec(&mut self) -> Result<Vec<bool>> {
        self.control()?.switches(Direction::Capture)
    }

    /// Turns capture on or off for channels (pyalsaaudio's `setrec`).
    ///
    /// # Errors
    /// See [`ChangePlan::switch`] and [`Mixer`].
    pub fn set_rec(&mut self, recording: bool, channels: ChannelSelection) -> Result<()> {
        self.set_switch(Direction::Capture, recording, channels)
    }

    /// The descriptors to poll for events, each with its poll events (pyalsaaudio's `polldescriptors`).
    ///
    /// # Errors
    /// If alsa-lib cannot list them.
    pub fn poll_descriptors(&self) -> Result<Vec<(i32, i16)>> {
        self.controls.poll_descriptors()
    }

    /// Handles pending events and returns their number (pyalsaaudio's `handleevents`).
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) if the card is gone.
    pub fn handle_events(&mut self) -> Result<u32> {
        self.controls.handle_events()
    }

    /// Closes it (pyalsaaudio's `close`).
    pub fn close(self) {}

    fn set_switch(
        &mut self,
        direction: Direction,
        on: bool,
        channels: ChannelSelection,
    ) -> Result<()> {
        let change = if on {
            SwitchChange::On
        } else {
            SwitchChange::Off
        };
        self.change(|control, plan| {
            let channels = control.selected(direction, channels);
            plan.switch(direction, &channels, change)
        })
    }

    fn change(
        &mut self,
        add: impl FnOnce(&Control<'_>, &mut ChangePlan<'_>) -> Result<()>,
    ) -> Result<()> {
        let control = self.control()?;
        let mut plan = control.plan();
        add(&control, &mut plan)?;
        plan.finish().apply(&control)
    }
}
