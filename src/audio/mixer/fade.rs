//! Changes of one control that are made over a time.

use super::change::raw_at;
use super::control::Control;
use super::plan::{ChannelChange, ControlDecibels, PlannedChanges};
use super::scale::{Rounding, VolumeScale};
use crate::audio::error::Result;

impl PlannedChanges {
    /// The changes, made over a time: switches that are turned on come first, those that are turned off last, and
    /// between them every volume moves in even perceived steps (those of alsamixer's scale), all of them arriving together.
    pub fn fade(&self, control: &Control<'_>) -> Result<Fade> {
        let lanes = self.volumes.iter().map(|step| lane(control, step.clone()));
        Ok(Fade {
            lanes: lanes.collect::<Result<_>>()?,
            steps: self.clone(),
        })
    }
}

/// Changes that are made over a time.
#[derive(Clone, Debug)]
pub struct Fade {
    lanes: Vec<VolumeRamp>,
    steps: PlannedChanges,
}

/// The way of one channel's volume.
#[derive(Clone, Debug)]
struct VolumeRamp {
    step: ChannelChange<i64>,
    scale: VolumeScale,
    /// Places on alsamixer's scale.
    from: f64,
    to: f64,
    /// The raw volume it has by now.
    now: i64,
}

fn lane(control: &Control<'_>, step: ChannelChange<i64>) -> Result<VolumeRamp> {
    let scale = control.scale(step.direction)?;
    let direction = step.direction;
    let place = |raw| scale.position(raw, control.db(direction, raw));
    Ok(VolumeRamp {
        scale,
        from: place(step.from),
        to: place(step.to),
        now: step.from,
        step,
    })
}

impl Fade {
    /// The most raw steps that a channel moves.
    pub fn steps(&self) -> u64 {
        let widths = self
            .lanes
            .iter()
            .map(|lane| lane.step.to.abs_diff(lane.step.from));
        widths.max().unwrap_or_default()
    }

    /// SpeakerTest on what is turned on.
    pub fn begin(&self, control: &Control<'_>) -> Result<()> {
        let mut on = self.steps.switches.iter().filter(|step| step.to);
        on.try_for_each(|step| control.turn(step, true))
    }

    /// Moves the volumes to where they are after this part (0 to 1) of the time.
    pub fn move_to(&mut self, control: &Control<'_>, part: f64) -> Result<()> {
        let part = part.clamp(0.0, 1.0);
        self.lanes
            .iter_mut()
            .try_for_each(|lane| lane.move_to(control, part))
    }

    /// Sets the volumes to their ends, and what else is to be changed.
    pub fn end(self, control: &Control<'_>) -> Result<()> {
        self.steps.apply(control)
    }
}

impl VolumeRamp {
    fn move_to(&mut self, control: &Control<'_>, part: f64) -> Result<()> {
        let decibels = ControlDecibels {
            control: *control,
            direction: self.step.direction,
        };
        let place = self.from + (self.to - self.from) * part;
        let raw = raw_at(place, Rounding::Nearest, &self.scale, &decibels)?;
        let (low, high) = (
            self.step.from.min(self.step.to),
            self.step.from.max(self.step.to),
        );
        let raw = raw.clamp(low, high);
        if raw != self.now {
            control.move_to(&self.step, raw)?;
            self.now = raw;
        }
        Ok(())
    }
}
