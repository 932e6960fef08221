//! Changes of one control that are made over time.

use super::change::raw_at;
use super::control::Control;
use super::plan::{ChannelChange, ControlDecibels, PlannedChanges};
use super::scale::{Rounding, VolumeScale};
use crate::audio::error::Result;

impl PlannedChanges {
    /// Prepares to make the changes over time: first switches are turned on, then all volumes move evenly on
    /// alsamixer's mapped scale, and last switches are turned off.
    ///
    /// # Errors
    /// If the device cannot be read.
    pub fn fade(&self, control: &Control<'_>) -> Result<Fade> {
        let ramps = self
            .volumes
            .iter()
            .map(|change| VolumeRamp::new(control, change.clone()));
        Ok(Fade {
            ramps: ramps.collect::<Result<_>>()?,
            changes: self.clone(),
        })
    }
}

/// Changes that are made over time.
#[derive(Clone, Debug)]
pub struct Fade {
    ramps: Vec<VolumeRamp>,
    changes: PlannedChanges,
}

/// The ramp of one channel's volume.
#[derive(Clone, Debug)]
struct VolumeRamp {
    change: ChannelChange<i64>,
    scale: VolumeScale,
    /// Start and end on the mapped scale.
    from: f64,
    to: f64,
    /// The raw volume that is set.
    now: i64,
}

impl Fade {
    /// The most raw steps that a channel moves.
    pub fn steps(&self) -> u64 {
        let steps = self
            .ramps
            .iter()
            .map(|ramp| ramp.change.to.abs_diff(ramp.change.from));
        steps.max().unwrap_or_default()
    }

    /// Turns on switches.
    ///
    /// # Errors
    /// If a switch cannot be set.
    pub fn begin(&self, control: &Control<'_>) -> Result<()> {
        let mut on = self.changes.switches.iter().filter(|change| change.to);
        on.try_for_each(|change| control.set_switch(change, true))
    }

    /// Moves the volumes to where they are after a fraction (0 to 1) of the time.
    ///
    /// # Errors
    /// If a volume cannot be set.
    pub fn move_to(&mut self, control: &Control<'_>, fraction: f64) -> Result<()> {
        let fraction = fraction.clamp(0.0, 1.0);
        self.ramps
            .iter_mut()
            .try_for_each(|ramp| ramp.move_to(control, fraction))
    }

    /// Moves the volumes to their ends and makes the other changes.
    ///
    /// # Errors
    /// See [`PlannedChanges::apply`].
    pub fn end(self, control: &Control<'_>) -> Result<()> {
        self.changes.apply(control)
    }
}

impl VolumeRamp {
    fn new(control: &Control<'_>, change: ChannelChange<i64>) -> Result<VolumeRamp> {
        let direction = change.direction;
        let scale = control.scale(direction)?;
        let position = |raw| scale.position(raw, control.db(direction, raw));
        Ok(VolumeRamp {
            scale,
            from: position(change.from),
            to: position(change.to),
            now: change.from,
            change,
        })
    }

    fn move_to(&mut self, control: &Control<'_>, fraction: f64) -> Result<()> {
        let decibels = ControlDecibels {
            control: *control,
            direction: self.change.direction,
        };
        let position = self.from + (self.to - self.from) * fraction;
        let raw = raw_at(position, Rounding::Nearest, &self.scale, &decibels)?;
        let (min, max) = (
            self.change.from.min(self.change.to),
            self.change.from.max(self.change.to),
        );
        let raw = raw.clamp(min, max);
        if raw != self.now {
            control.set_volume(&self.change, raw)?;
            self.now = raw;
        }
        Ok(())
    }
}
