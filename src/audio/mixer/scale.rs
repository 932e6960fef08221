//! The arithmetic of volumes: raw steps, percent, and alsamixer's mapped scale. Pure numbers; alsa-lib is asked elsewhere.

use crate::audio::ffi::mixer::DB_MUTE;

/// Up to this many hundredths of a dB, the mapped scale is linear in dB (`MAX_LINEAR_DB_SCALE` of alsamixer: 24 dB).
const MOST_LINEAR: i64 = 2400;

/// The hundredths of a dB that stand for a factor of ten in how loud it seems (alsamixer's 6000).
const TENFOLD: f64 = 6000.0;

/// The scales of a volume: its raw steps, and its dB where it has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeScale {
    /// The least and the greatest raw volume.
    pub raw: (i64, i64),
    /// The least and the greatest in hundredths of a dB; the least is -9999999 where it is no sound at all.
    pub db: Option<(i64, i64)>,
}

/// A volume that a place on a scale comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaledVolume {
    /// In raw steps.
    Raw(i64),
    /// In hundredths of a dB: alsa-lib knows the step.
    Db(i64),
}

/// Where a value falls between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest.
    Nearest,
    /// To the next above.
    Up,
    /// To the next below.
    Down,
}

impl Rounding {
    /// Rounds a number; halves go to the even neighbour, as C's `rint` rounds. What is a whole number but for the
    /// computer's arithmetic (0.3 + 0.05) is that number.
    pub fn apply(self, value: f64) -> f64 {
        const ALMOST: f64 = 1e-7;
        match self {
            Rounding::Nearest => value.round_ties_even(),
            Rounding::Up => (value - ALMOST).ceil(),
            Rounding::Down => (value + ALMOST).floor(),
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
    /// How many steps there are between the ends.
    pub fn steps(&self) -> i64 {
        self.raw.1 - self.raw.0
    }

    /// A raw volume as a part, from 0 to 1, of the range; 0 where there are no steps.
    pub fn share(&self, raw: i64) -> f64 {
        match self.steps() {
            0 => 0.0,
            steps => (raw - self.raw.0) as f64 / steps as f64,
        }
    }

    /// A raw volume in percent: `rint((v - min) / (max - min) * 100)`, and 0 where there are no steps, as pyalsaaudio has it.
    pub fn percent(&self, raw: i64) -> i64 {
        Rounding::Nearest.apply(self.share(raw) * 100.0) as i64
    }

    /// The raw volume of a percentage: `rint(range * (percent * .01)) + min`, as pyalsaaudio has it.
    pub fn raw_of_percent(&self, percent: f64) -> i64 {
        self.raw.0 + Rounding::Nearest.apply(self.steps() as f64 * (percent * 0.01)) as i64
    }

    /// A volume's place from 0 to 1 on alsamixer's scale, even steps of which sound even. `db` is the volume's own.
    ///
    /// Linear in dB up to 24 dB; above, in the cube root of the power; linear in raw steps where there are no dB.
    pub fn position(&self, raw: i64, db: Option<i64>) -> f64 {
        match (self.mapped_db(), db) {
            (Some((least, greatest)), Some(db)) if greatest - least <= MOST_LINEAR => {
                (db - least) as f64 / (greatest - least) as f64
            }
            (Some((least, greatest)), Some(db)) => {
                let norm = 10_f64.powf((db - greatest) as f64 / TENFOLD);
                let floor = floor(least, greatest);
                (norm - floor) / (1.0 - floor)
            }
            _ => self.share(raw),
        }
    }

    /// The volume at a place from 0 to 1 on alsamixer's scale.
    pub fn at(&self, position: f64, rounding: Rounding) -> ScaledVolume {
        let between = |(least, greatest): (i64, i64)| {
            rounding.apply(position * (greatest - least) as f64) as i64 + least
        };
        match self.mapped_db() {
            None => ScaledVolume::Raw(between(self.raw)),
            Some((least, greatest)) if greatest - least <= MOST_LINEAR => {
                ScaledVolume::Db(between((least, greatest)))
            }
            Some((least, greatest)) => {
                let floor = floor(least, greatest);
                let norm = (position * (1.0 - floor) + floor).max(1e-36);
                ScaledVolume::Db(rounding.apply(TENFOLD * norm.log10()) as i64 + greatest)
            }
        }
    }

    /// The dB range, where the mapped scale goes by it.
    fn mapped_db(&self) -> Option<(i64, i64)> {
        self.db.filter(|(least, greatest)| least < greatest)
    }
}

/// The share of the greatest loudness at which the scale begins.
fn floor(least: i64, greatest: i64) -> f64 {
    if least == DB_MUTE {
        0.0
    } else {
        10_f64.powf((least - greatest) as f64 / TENFOLD)
    }
}
