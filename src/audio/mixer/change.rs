//! What a change of a volume comes to: the arithmetic of `40%`, `5%+`, `-12dB`. alsa-lib is asked only for its dB.

use super::scale::{Rounding, ScaledVolume, VolumeScale};
use crate::audio::advice::MixerAdvice;
use crate::audio::error::{Error, Kind, Result};

/// So much of a volume, in one of its scales.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VolumeAmount {
    /// Raw steps.
    Raw(i64),
    /// Percent of the raw range.
    Percent(f64),
    /// Hundredths of a dB.
    Db(i64),
    /// Percent of alsamixer's scale.
    Mapped(f64),
}

/// A change of a volume.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VolumeChange {
    /// To this.
    To(VolumeAmount),
    /// Up by this.
    Up(VolumeAmount),
    /// Down by this.
    Down(VolumeAmount),
}

/// What is known of a volume's dB, in hundredths: alsa-lib for a control, a table in tests.
pub(super) trait Decibels {
    /// The dB of a raw volume.
    fn of(&self, raw: i64) -> Option<i64>;

    /// The raw volume of so many dB; at the ends of the range where they are beyond.
    fn raw(&self, db: i64, rounding: Rounding) -> Result<i64>;
}

impl VolumeChange {
    /// The raw volume that this makes of `now`.
    ///
    /// A relative change moves by at least one step in its direction, unless it is by nothing, and ends at the end of
    /// the range. An absolute one must be in the range: [`Kind::Usage`] for a percentage that is none,
    /// [`Kind::Unsupported`] for a volume that this control has not.
    pub(super) fn apply(
        self,
        now: i64,
        scale: &VolumeScale,
        decibels: &dyn Decibels,
    ) -> Result<i64> {
        match self {
            VolumeChange::To(amount) => amount.volume(scale, decibels),
            VolumeChange::Up(amount) if amount.is_some() => {
                let next = amount.beside(now, 1, scale, decibels)?;
                Ok(next.max(now.saturating_add(1)).min(scale.raw.1))
            }
            VolumeChange::Down(amount) if amount.is_some() => {
                let next = amount.beside(now, -1, scale, decibels)?;
                Ok(next.min(now.saturating_sub(1)).max(scale.raw.0))
            }
            VolumeChange::Up(amount) | VolumeChange::Down(amount) => {
                amount.known(scale)?;
                Ok(now)
            }
        }
    }
}

impl VolumeAmount {
    /// Whether it is more than nothing.
    fn is_some(self) -> bool {
        match self {
            VolumeAmount::Raw(steps) => steps != 0,
            VolumeAmount::Db(db) => db != 0,
            VolumeAmount::Percent(percent) | VolumeAmount::Mapped(percent) => percent != 0.0,
        }
    }

    /// Asserts that the control has this scale.
    fn known(self, scale: &VolumeScale) -> Result<()> {
        match self {
            VolumeAmount::Db(_) if scale.db.is_none() => Err(no_db()),
            _ => Ok(()),
        }
    }

    /// The raw volume that is at this.
    fn volume(self, scale: &VolumeScale, decibels: &dyn Decibels) -> Result<i64> {
        let (least, greatest) = scale.raw;
        match self {
            VolumeAmount::Raw(raw) if (least..=greatest).contains(&raw) => Ok(raw),
            VolumeAmount::Raw(raw) => {
                Err(beyond(&raw.to_string(), &format!("{least} to {greatest}")))
            }
            VolumeAmount::Percent(percent) => Ok(scale.raw_of_percent(checked(percent)?)),
            VolumeAmount::Mapped(percent) => {
                let position = checked(percent)? / 100.0;
                raw_at(position, Rounding::Nearest, scale, decibels)
            }
            VolumeAmount::Db(db) => {
                let (least, greatest) = scale.db.ok_or_else(no_db)?;
                if !(least..=greatest).contains(&db) {
                    return Err(beyond(&text_of_db(db), &text_of_db_range(least, greatest)));
                }
                Ok(clamped(decibels.raw(db, Rounding::Nearest)?, scale))
            }
        }
    }

    /// The raw volume that is so much above (`sign` 1) or below (-1) `now`, as far as the range goes.
    fn beside(
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
        match self {
            VolumeAmount::Raw(steps) => Ok(clamped(
                now.saturating_add(sign.saturating_mul(steps)),
                scale,
            )),
            VolumeAmount::Percent(percent) => {
                let steps = scale.steps() as f64 * (percent * 0.01);
                let steps = Rounding::Nearest.apply(steps) as i64;
                Ok(clamped(
                    now.saturating_add(sign.saturating_mul(steps)),
                    scale,
                ))
            }
            VolumeAmount::Mapped(percent) => {
                let position = scale.position(now, decibels.of(now));
                let position = (position + sign as f64 * percent / 100.0).clamp(0.0, 1.0);
                raw_at(position, rounding, scale, decibels)
            }
            VolumeAmount::Db(db) => {
                self.known(scale)?;
                let own = decibels.of(now).ok_or_else(no_db)?;
                let (least, greatest) = scale.db.ok_or_else(no_db)?;
                let wanted = own.saturating_add(sign.saturating_mul(db));
                let raw = decibels.raw(wanted.max(least).min(greatest), rounding)?;
                Ok(clamped(raw, scale))
            }
        }
    }
}

/// The raw volume at a place from 0 to 1 on alsamixer's scale.
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

fn clamped(raw: i64, scale: &VolumeScale) -> i64 {
    raw.max(scale.raw.0).min(scale.raw.1)
}

fn checked(percent: f64) -> Result<f64> {
    match (0.0..=100.0).contains(&percent) {
        true => Ok(percent),
        false => {
            let message = format!("a volume is 0% to 100%, not {percent}%");
            Err(Error::new(Kind::Usage, message))
        }
    }
}

fn no_db() -> Error {
    Error::new(Kind::Unsupported, "it has no dB information").with_advice(MixerAdvice::PercentOrRaw)
}

fn beyond(wanted: &str, range: &str) -> Error {
    Error::new(Kind::Unsupported, format!("it takes {range}, not {wanted}"))
}

/// `-12.5dB`, and `-12dB` without what is zero.
fn text_of_db(db: i64) -> String {
    format!("{}dB", db as f64 / 100.0)
}

fn text_of_db_range(least: i64, greatest: i64) -> String {
    match least == crate::audio::ffi::mixer::DB_MUTE {
        true => format!("up to {}", text_of_db(greatest)),
        false => format!("{} to {}", text_of_db(least), text_of_db(greatest)),
    }
}
