//! Volume changes (`40%`, `5%+`, `-12dB`), converted to raw steps. alsa-lib is used only to convert between raw steps
//! and dB.

use super::scale::{Rounding, ScaledVolume, VolumeScale};
use crate::audio::advice::MixerAdvice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::mixer::DB_MUTE;

/// An amount of volume.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VolumeAmount {
    /// Raw steps.
    Raw(i64),
    /// Percent of the raw range.
    Percent(f64),
    /// Hundredths of a dB.
    Db(i64),
    /// Percent of alsamixer's mapped scale.
    Mapped(f64),
}

/// A change of a volume.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VolumeChange {
    /// To this volume.
    To(VolumeAmount),
    /// Up by this amount.
    Up(VolumeAmount),
    /// Down by this amount.
    Down(VolumeAmount),
}

/// Converts between the raw steps and dB (in hundredths) of a volume.
pub(super) trait Decibels {
    /// The dB of a raw volume.
    fn of(&self, raw: i64) -> Option<i64>;

    /// The raw volume for a dB value: the minimum or maximum if it is outside of the range.
    fn raw(&self, db: i64, rounding: Rounding) -> Result<i64>;
}

impl VolumeChange {
    /// The raw volume after this change of the raw volume `now`.
    ///
    /// A relative change by more than 0 moves at least one step in its direction, and stops at the end of the range.
    ///
    /// # Errors
    /// [`Kind::Usage`] for an absolute percentage outside of 0 to 100; [`Kind::Unsupported`] for another absolute
    /// volume outside of the range, and for dB without dB information. Messages start with "it", for the control.
    pub(super) fn apply(
        self,
        now: i64,
        scale: &VolumeScale,
        decibels: &dyn Decibels,
    ) -> Result<i64> {
        match self {
            VolumeChange::To(amount) => amount.absolute(scale, decibels),
            VolumeChange::Up(amount) if !amount.is_zero() => {
                let next = amount.relative(now, 1, scale, decibels)?;
                Ok(next.max(now.saturating_add(1)).min(scale.raw.1))
            }
            VolumeChange::Down(amount) if !amount.is_zero() => {
                let next = amount.relative(now, -1, scale, decibels)?;
                Ok(next.min(now.saturating_sub(1)).max(scale.raw.0))
            }
            VolumeChange::Up(amount) | VolumeChange::Down(amount) => {
                amount.check_unit(scale)?;
                Ok(now)
            }
        }
    }
}

impl VolumeAmount {
    fn is_zero(self) -> bool {
        match self {
            VolumeAmount::Raw(steps) => steps == 0,
            VolumeAmount::Db(db) => db == 0,
            VolumeAmount::Percent(percent) | VolumeAmount::Mapped(percent) => percent == 0.0,
        }
    }

    fn check_unit(self, scale: &VolumeScale) -> Result<()> {
        match self {
            VolumeAmount::Db(_) if scale.db.is_none() => Err(no_db()),
            _ => Ok(()),
        }
    }

    /// The raw volume for this absolute amount.
    fn absolute(self, scale: &VolumeScale, decibels: &dyn Decibels) -> Result<i64> {
        let (min, max) = scale.raw;
        match self {
            VolumeAmount::Raw(raw) if (min..=max).contains(&raw) => Ok(raw),
            VolumeAmount::Raw(raw) => {
                Err(out_of_range(&raw.to_string(), &format!("{min} to {max}")))
            }
            VolumeAmount::Percent(percent) => Ok(scale.raw_of_percent(checked_percent(percent)?)),
            VolumeAmount::Mapped(percent) => {
                let position = checked_percent(percent)? / 100.0;
                raw_at(position, Rounding::Nearest, scale, decibels)
            }
            VolumeAmount::Db(db) => {
                let (min, max) = scale.db.ok_or_else(no_db)?;
                if !(min..=max).contains(&db) {
                    return Err(out_of_range(&db_text(db), &db_range_text(min, max)));
                }
                Ok(clamped(decibels.raw(db, Rounding::Nearest)?, scale))
            }
        }
    }

    /// The raw volume for this amount above (`sign` 1) or below (`sign` -1) `now`, within the range.
    fn relative(
        self,
        now: i64,
        sign: i64,
        scale: &VolumeScale,
        decibels: &dyn Decibels,
    ) -> Result<i64> {
        let rounding = if sign > 0 {
            Rounding::Up
        } else {
            Rounding::Down
        };
        let moved = |steps| clamped(now.saturating_add(sign.saturating_mul(steps)), scale);
        match self {
            VolumeAmount::Raw(steps) => Ok(moved(steps)),
            VolumeAmount::Percent(percent) => {
                let steps = scale.steps() as f64 * (percent * 0.01);
                Ok(moved(Rounding::Nearest.apply(steps) as i64))
            }
            VolumeAmount::Mapped(percent) => {
                let position = scale.position(now, decibels.of(now));
                let position = (position + sign as f64 * percent / 100.0).clamp(0.0, 1.0);
                raw_at(position, rounding, scale, decibels)
            }
            VolumeAmount::Db(db) => {
                let (min, max) = scale.db.ok_or_else(no_db)?;
                let now = decibels.of(now).ok_or_else(no_db)?;
                let wanted = now.saturating_add(sign.saturating_mul(db));
                let raw = decibels.raw(wanted.max(min).min(max), rounding)?;
                Ok(clamped(raw, scale))
            }
        }
    }
}

/// The raw volume at a position from 0 to 1 on alsamixer's mapped scale.
pub(super) fn raw_at(
    position: f64,
    rounding: Rounding,
    scale: &VolumeScale,
    decibels: &dyn Decibels,
) -> Result<i64> {
    match scale.at(position, rounding) {
        ScaledVolume::Raw(raw) => Ok(clamped(raw, scale)),
        ScaledVolume::Db(db) => Ok(clamped(decibels.raw(db, rounding)?, scale)),
    }
}

/// Unlike `i64::clamp`, does not panic if a driver reports a minimum above the maximum.
fn clamped(raw: i64, scale: &VolumeScale) -> i64 {
    raw.max(scale.raw.0).min(scale.raw.1)
}

fn checked_percent(percent: f64) -> Result<f64> {
    match (0.0..=100.0).contains(&percent) {
        true => Ok(percent),
        false => {
            let message = format!("a volume must be 0% to 100%, not {percent}%");
            Err(Error::new(Kind::Usage, message))
        }
    }
}

fn no_db() -> Error {
    Error::new(Kind::Unsupported, "it has no dB information").with_advice(MixerAdvice::PercentOrRaw)
}

fn out_of_range(wanted: &str, range: &str) -> Error {
    Error::new(Kind::Unsupported, format!("it takes {range}, not {wanted}"))
}

/// Hundredths of a dB as `-12.5dB` or `-12dB`.
fn db_text(db: i64) -> String {
    format!("{}dB", db as f64 / 100.0)
}

fn db_range_text(min: i64, max: i64) -> String {
    match min == DB_MUTE {
        true => format!("up to {}", db_text(max)),
        false => format!("{} to {}", db_text(min), db_text(max)),
    }
}
