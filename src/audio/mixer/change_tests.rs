//! The arithmetic of volumes, against values seen and worked out by hand, and a small model of the rules.

use super::change::{Decibels, VolumeAmount, VolumeChange};
use super::scale::{Rounding, ScaledVolume, VolumeScale};
use crate::audio::error::{Kind, Result};
use proptest::prelude::*;

/// A control whose dB go up by the same for every step.
#[derive(Clone, Copy, Debug)]
struct Even {
    scale: VolumeScale,
}

impl Even {
    fn new(raw: (i64, i64), db: Option<(i64, i64)>) -> Even {
        Even {
            scale: VolumeScale { raw, db },
        }
    }

    fn apply(&self, now: i64, change: VolumeChange) -> Result<i64> {
        change.apply(now, &self.scale, self)
    }
}

impl Decibels for Even {
    fn of(&self, raw: i64) -> Option<i64> {
        let (least, greatest) = self.scale.db?;
        Some(least + (greatest - least) * (raw - self.scale.raw.0) / self.scale.steps())
    }

    fn raw(&self, db: i64, rounding: Rounding) -> Result<i64> {
        let (least, greatest) = self.scale.db.unwrap();
        let place = (db - least) as f64 * self.scale.steps() as f64 / (greatest - least) as f64;
        Ok(self.scale.raw.0 + rounding.apply(place) as i64)
    }
}

/// snd-dummy's.
fn dummy() -> Even {
    Even::new((-50, 100), Some((-4500, 0)))
}

#[test]
fn percent_are_rounded_as_pyalsaaudio_rounds_them() {
    // Seen with pyalsaaudio on a range of 0 to 87.
    let scale = VolumeScale {
        raw: (0, 87),
        db: None,
    };
    for (percent, raw, back) in [(35.0, 30, 34), (50.0, 44, 51), (65.0, 57, 66)] {
        assert_eq!(scale.raw_of_percent(percent), raw);
        assert_eq!(scale.percent(raw), back);
    }
    // Halves go to the even neighbour: 50 % of 0 to 1 and of 0 to 3.
    let even = |greatest| VolumeScale {
        raw: (0, greatest),
        db: None,
    };
    assert_eq!(even(1).raw_of_percent(50.0), 0);
    assert_eq!(even(3).raw_of_percent(50.0), 2);
    assert_eq!(dummy().scale.percent(0), 33);
}

#[test]
fn a_volume_of_one_step_is_at_its_end() {
    let scale = VolumeScale {
        raw: (7, 7),
        db: None,
    };
    assert_eq!(scale.percent(7), 0);
    assert_eq!(scale.raw_of_percent(50.0), 7);
    assert_eq!(scale.position(7, None), 0.0);
    assert_eq!(scale.at(1.0, Rounding::Nearest), ScaledVolume::Raw(7));
}

#[test]
fn the_mapped_scale_is_alsamixers() {
    // Seen with amixer -M: 50 % of -45 to 0 dB is -13.80 dB.
    let ScaledVolume::Db(db) = dummy().scale.at(0.5, Rounding::Nearest) else {
        panic!("in dB");
    };
    assert_eq!(db, -1380);
    assert_eq!(dummy().raw(db, Rounding::Nearest).unwrap(), 54);
    // Up to 24 dB it is linear in dB; without dB, in steps.
    let narrow = VolumeScale {
        raw: (0, 10),
        db: Some((-2400, 0)),
    };
    assert_eq!(narrow.at(0.25, Rounding::Nearest), ScaledVolume::Db(-1800));
    assert_eq!(narrow.position(5, Some(-1800)), 0.25);
    let bare = VolumeScale {
        raw: (0, 10),
        db: None,
    };
    assert_eq!(bare.at(0.25, Rounding::Nearest), ScaledVolume::Raw(2));
    assert_eq!(bare.position(5, None), 0.5);
    // Where the lowest is no sound at all, the scale begins there.
    let muting = VolumeScale {
        raw: (0, 10),
        db: Some((-9_999_999, 0)),
    };
    assert_eq!(muting.position(0, Some(-9_999_999)), 0.0);
    assert_eq!(muting.at(0.1, Rounding::Nearest), ScaledVolume::Db(-6000));
    // Its ends are the ends.
    for scale in [dummy().scale, narrow] {
        let (least, greatest) = scale.db.unwrap();
        assert_eq!(scale.at(0.0, Rounding::Nearest), ScaledVolume::Db(least));
        assert_eq!(scale.at(1.0, Rounding::Nearest), ScaledVolume::Db(greatest));
    }
}

#[test]
fn a_relative_change_moves_each_way_as_it_says() {
    use VolumeAmount::{Db, Mapped, Percent, Raw};
    let cases = [
        // amixer's own goes from 54 down to -30.
        (54, VolumeChange::Up(Percent(5.0)), 62),
        (62, VolumeChange::Down(Percent(5.0)), 54),
        (54, VolumeChange::Up(Percent(0.001)), 55),
        (54, VolumeChange::Down(Percent(0.001)), 53),
        (54, VolumeChange::Up(Percent(0.0)), 54),
        (54, VolumeChange::Up(Raw(10)), 64),
        (54, VolumeChange::Down(Raw(10)), 44),
        (54, VolumeChange::Up(Db(300)), 64),
        (54, VolumeChange::Up(Db(1)), 55),
        (54, VolumeChange::Down(Db(1)), 53),
        (54, VolumeChange::Up(Mapped(1.0)), 56),
        (100, VolumeChange::Up(Percent(5.0)), 100),
        (-50, VolumeChange::Down(Db(300)), -50),
        (54, VolumeChange::Up(Raw(i64::MAX)), 100),
        (54, VolumeChange::Down(Raw(i64::MAX)), -50),
        (54, VolumeChange::Up(Db(i64::MAX)), 100),
        (54, VolumeChange::Down(Mapped(1e300)), -50),
    ];
    for (now, change, expected) in cases {
        assert_eq!(dummy().apply(now, change).unwrap(), expected, "{change:?}");
    }
}

#[test]
fn what_is_whole_but_for_the_computers_arithmetic_is_whole() {
    // 0.30 + 0.05 is a little more than 0.35.
    let bare = Even::new((0, 100), None);
    for raw in 0..95 {
        let up = bare
            .apply(raw, VolumeChange::Up(VolumeAmount::Mapped(5.0)))
            .unwrap();
        assert_eq!(up, raw + 5);
        let down = bare
            .apply(up, VolumeChange::Down(VolumeAmount::Mapped(5.0)))
            .unwrap();
        assert_eq!(down, raw);
    }
}

#[test]
fn what_a_volume_cannot_be_is_refused() {
    use VolumeAmount::{Db, Mapped, Percent, Raw};
    let bare = Even::new((0, 10), None);
    let cases = [
        (dummy(), VolumeChange::To(Raw(101)), Kind::Unsupported),
        (dummy(), VolumeChange::To(Raw(-51)), Kind::Unsupported),
        (dummy(), VolumeChange::To(Db(1)), Kind::Unsupported),
        (dummy(), VolumeChange::To(Db(-4501)), Kind::Unsupported),
        (dummy(), VolumeChange::To(Percent(100.5)), Kind::Usage),
        (dummy(), VolumeChange::To(Mapped(-1.0)), Kind::Usage),
        (bare, VolumeChange::To(Db(-100)), Kind::Unsupported),
        (bare, VolumeChange::Up(Db(100)), Kind::Unsupported),
        (bare, VolumeChange::Up(Db(0)), Kind::Unsupported),
    ];
    for (control, change, kind) in cases {
        let error = control.apply(0, change).unwrap_err();
        assert_eq!(error.kind(), kind, "{change:?}");
    }
}

fn amounts() -> impl Strategy<Value = VolumeAmount> {
    prop_oneof![
        (0..400_i64).prop_map(VolumeAmount::Raw),
        (0..20_000_i64).prop_map(VolumeAmount::Db),
        (0.0..150.0).prop_map(VolumeAmount::Percent),
        (0.0..150.0).prop_map(VolumeAmount::Mapped),
    ]
}

proptest! {
    #[test]
    fn no_change_leaves_the_range_or_goes_the_other_way(
        low in -300..300_i64,
        steps in 1..300_i64,
        db in prop::option::of((-12_000..0_i64, 1..12_000_i64)),
        place in 0.0..=1.0_f64,
        amount in amounts(),
    ) {
        let db = db.map(|(least, width)| (least, least + width));
        let control = Even::new((low, low + steps), db);
        let now = low + (place * steps as f64) as i64;
        let nothing = matches!(amount, VolumeAmount::Raw(0) | VolumeAmount::Db(0));
        for (change, sign) in [(VolumeChange::Up(amount), 1), (VolumeChange::Down(amount), -1)] {
            let Ok(then) = control.apply(now, change) else {
                prop_assert!(db.is_none() && matches!(amount, VolumeAmount::Db(_)));
                continue;
            };
            prop_assert!((low..=low + steps).contains(&then));
            let at_the_end = now == if sign > 0 { low + steps } else { low };
            let moved = (then - now) * sign;
            prop_assert!(moved >= 0);
            prop_assert!(moved > 0 || at_the_end || nothing, "{change:?} of {now}");
        }
        if let Ok(then) = control.apply(now, VolumeChange::To(amount)) {
            prop_assert!((low..=low + steps).contains(&then));
        }
    }

    #[test]
    fn a_place_on_the_mapped_scale_is_found_again(raw in -50..=100_i64) {
        let control = dummy();
        let place = control.scale.position(raw, control.of(raw));
        let ScaledVolume::Db(db) = control.scale.at(place, Rounding::Nearest) else {
            return Err(TestCaseError::fail("in dB"));
        };
        prop_assert_eq!(control.raw(db, Rounding::Nearest).unwrap(), raw);
    }
}
