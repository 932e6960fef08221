//! Conversions between raw steps, percent and alsamixer's mapped scale. Pure arithmetic: conversions between raw steps
//! and dB are alsa-lib's.

use crate::audio::ffi::mixer::DB_MUTE;

/// Up to this range in hundredths of a dB, the mapped scale is linear in dB (24 dB; alsamixer's `MAX_LINEAR_DB_SCALE`).
const MAX_LINEAR_DB: i64 = 2400;

/// Hundredths of a dB per factor of ten on the mapped scale (60 dB, as in alsamixer).
const DB_PER_DECADE: f64 = 6000.0;

/// The range of a volume in raw steps, and in dB if there is dB information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeScale {
    /// The minimum and maximum in raw steps.
    pub raw: (i64, i64),
    /// The minimum and maximum in hundredths of a dB. A minimum of -9999999 means silence.
    pub db: Option<(i64, i64)>,
}

/// The volume at a position on the mapped scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaledVolume {
    /// In raw steps.
    Raw(i64),
    /// In hundredths of a dB. alsa-lib converts it to raw steps.
    Db(i64),
}

/// How a value between two steps is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest step.
    Nearest,
    /// To the next step above.
    Up,
    /// To the next step below.
    Down,
}

impl Rounding {
    /// Rounds a number. Halves are rounded to even, as C's `rint` does. A floating-point error does not count as a
    /// fraction: 0.3 + 0.05 is 0.35.
    pub fn apply(self, value: f64) -> f64 {
        const EPSILON: f64 = 1e-7;
        match self {
            Rounding::Nearest => value.round_ties_even(),
            Rounding::Up => (value - EPSILON).ceil(),
            Rounding::Down => (value + EPSILON).floor(),
        }
    }

    /// alsa-lib's number for it.
    pub fn number(self) -> i32 {
        match self {
            Rounding::Nearest => 0,
            Rounding::Up => 1,
            Rounding::Down => -1,
        }
    }
}

impl VolumeScale {
    /// The number of raw steps between minimum and maximum.
    pub fn steps(&self) -> i64 {
        self.raw.1 - self.raw.0
    }

    /// The position of a raw volume in the raw range, from 0 to 1; 0 if the range is empty.
    pub fn fraction(&self, raw: i64) -> f64 {
        match self.steps() {
            0 => 0.0,
            steps => (raw - self.raw.0) as f64 / steps as f64,
        }
    }

    /// A raw volume in percent: `rint((v - min) / (max - min) * 100)` as in pyalsaaudio, 0 if the range is empty.
    pub fn percent(&self, raw: i64) -> i64 {
        Rounding::Nearest.apply(self.fraction(raw) * 100.0) as i64
    }

    /// The raw volume for a percentage: `rint(range * (percent * .01)) + min` as in pyalsaaudio.
    pub fn raw_of_percent(&self, percent: f64) -> i64 {
        self.raw.0 + Rounding::Nearest.apply(self.steps() as f64 * (percent * 0.01)) as i64
    }

    /// The position of a raw volume, whose dB is `db`, on alsamixer's mapped scale, from 0 to 1.
    ///
    /// The scale is linear in dB for ranges up to 24 dB, and linear in the cube root of the amplitude for wider ones.
    /// Without dB information, it is linear in raw steps.
    pub fn position(&self, raw: i64, db: Option<i64>) -> f64 {
        match (self.mapped_db(), db) {
            (Some((min, max)), Some(db)) if max - min <= MAX_LINEAR_DB => {
                (db - min) as f64 / (max - min) as f64
            }
            (Some((min, max)), Some(db)) => {
                let norm = 10_f64.powf((db - max) as f64 / DB_PER_DECADE);
                let floor = mapped_floor(min, max);
                (norm - floor) / (1.0 - floor)
            }
            _ => self.fraction(raw),
        }
    }

    /// The volume at a position from 0 to 1 on alsamixer's mapped scale.
    pub fn at(&self, position: f64, rounding: Rounding) -> ScaledVolume {
        let between =
            |(min, max): (i64, i64)| rounding.apply(position * (max - min) as f64) as i64 + min;
        match self.mapped_db() {
            None => ScaledVolume::Raw(between(self.raw)),
            Some((min, max)) if max - min <= MAX_LINEAR_DB => ScaledVolume::Db(between((min, max))),
            Some((min, max)) => {
                let floor = mapped_floor(min, max);
                let norm = (position * (1.0 - floor) + floor).max(1e-36);
                ScaledVolume::Db(rounding.apply(DB_PER_DECADE * norm.log10()) as i64 + max)
            }
        }
    }

    /// The dB range, if the mapped scale uses it.
    fn mapped_db(&self) -> Option<(i64, i64)> {
        self.db.filter(|(min, max)| min < max)
    }
}

/// The perceived loudness at the start of the mapped scale, relative to its end.
fn mapped_floor(min: i64, max: i64) -> f64 {
    if min == DB_MUTE {
        0.0
    } else {
        10_f64.powf((min - max) as f64 / DB_PER_DECADE)
    }
}
