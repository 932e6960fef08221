//! Volume arithmetic, compared with values from pyalsaaudio and amixer and with properties that must always hold.

use super::change::{Decibels, VolumeAmount, VolumeChange};
use super::scale::{Rounding, ScaledVolume, VolumeScale};
use crate::audio::error::{Kind, Result};
use proptest::prelude::*;

/// A control with the same dB step everywhere.
#[derive(Clone, Copy, Debug)]
struct EvenSteps {
    scale: VolumeScale,
}

impl EvenSteps {
    fn new(raw: (i64, i64), db: Option<(i64, i64)>) -> EvenSteps {
        EvenSteps {
            scale: VolumeScale { raw, db },
        }
    }

    fn apply(&self, now: i64, change: VolumeChange) -> Result<i64> {
        change.apply(now, &self.scale, self)
    }
}

impl Decibels for EvenSteps {
    fn of(&self, raw: i64) -> Option<i64> {
        let (min, max) = self.scale.db?;
        Some(min + (max - min) * (raw - self.scale.raw.0) / self.scale.steps())
    }

    fn raw(&self, db: i64, rounding: Rounding) -> Result<i64> {
        let (min, max) = self.scale.db.unwrap();
        let steps = (db - min) as f64 * self.scale.steps() as f64 / (max - min) as f64;
        Ok(self.scale.raw.0 + rounding.apply(steps) as i64)
    }
}

/// The range of snd-dummy's controls.
fn dummy() -> EvenSteps {
    EvenSteps::new((-50, 100), Some((-4500, 0)))
}

#[test]
fn percent_is_rounded_like_in_pyalsaaudio() {
    // From pyalsaaudio, with a range of 0 to 87.
    let scale = VolumeScale {
        raw: (0, 87),
        db: None,
    };
    for (percent, raw, back) in [(35.0, 30, 34), (50.0, 44, 51), (65.0, 57, 66)] {
        assert_eq!(scale.raw_of_percent(percent), raw);
        assert_eq!(scale.percent(raw), back);
    }
    // Halves are rounded to even: 50% of 0 to 1 and of 0 to 3.
    let even = |max| VolumeScale {
        raw: (0, max),
        db: None,
    };
    assert_eq!(even(1).raw_of_percent(50.0), 0);
    assert_eq!(even(3).raw_of_percent(50.0), 2);
    assert_eq!(dummy().scale.percent(0), 33);
}

#[test]
fn an_empty_range_has_one_volume() {
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
fn the_mapped_scale_is_that_of_alsamixer() {
    // From amixer -M: 50% of -45 to 0 dB is -13.80 dB.
    let ScaledVolume::Db(db) = dummy().scale.at(0.5, Rounding::Nearest) else {
        panic!("expected dB");
    };
    assert_eq!(db, -1380);
    assert_eq!(dummy().raw(db, Rounding::Nearest).unwrap(), 54);
    // Up to a range of 24 dB it is linear in dB; without dB, in raw steps.
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
    // If the minimum means silence, the scale starts there.
    let muting = VolumeScale {
        raw: (0, 10),
        db: Some((-9_999_999, 0)),
    };
    assert_eq!(muting.position(0, Some(-9_999_999)), 0.0);
    assert_eq!(muting.at(0.1, Rounding::Nearest), ScaledVolume::Db(-6000));
    // Both scales have the same ends.
    for scale in [dummy().scale, narrow] {
        let (min, max) = scale.db.unwrap();
        assert_eq!(scale.at(0.0, Rounding::Nearest), ScaledVolume::Db(min));
        assert_eq!(scale.at(1.0, Rounding::Nearest), ScaledVolume::Db(max));
    }
}

#[test]
fn relative_changes_move_in_their_direction() {
    use VolumeAmount::{Db, Mapped, Percent, Raw};
    let cases = [
        // amixer 1.2.8 moves from 54 down to -30 here.
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
fn floating_point_errors_do_not_add_a_step() {
    // In floating point, 0.30 + 0.05 is slightly above 0.35.
    let bare = EvenSteps::new((0, 100), None);
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
fn invalid_volumes_are_rejected() {
    use VolumeAmount::{Db, Mapped, Percent, Raw};
    let bare = EvenSteps::new((0, 10), None);
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
    fn changes_stay_in_range_and_go_in_their_direction(
        low in -300..300_i64,
        steps in 1..300_i64,
        db in prop::option::of((-12_000..0_i64, 1..12_000_i64)),
        position in 0.0..=1.0_f64,
        amount in amounts(),
    ) {
        let db = db.map(|(min, width)| (min, min + width));
        let control = EvenSteps::new((low, low + steps), db);
        let now = low + (position * steps as f64) as i64;
        let by_zero = matches!(amount, VolumeAmount::Raw(0) | VolumeAmount::Db(0));
        for (change, sign) in [(VolumeChange::Up(amount), 1), (VolumeChange::Down(amount), -1)] {
            let Ok(then) = control.apply(now, change) else {
                prop_assert!(db.is_none() && matches!(amount, VolumeAmount::Db(_)));
                continue;
            };
            prop_assert!((low..=low + steps).contains(&then));
            let at_end = now == if sign > 0 { low + steps } else { low };
            let moved = (then - now) * sign;
            prop_assert!(moved >= 0);
            prop_assert!(moved > 0 || at_end || by_zero, "{change:?} of {now}");
        }
        if let Ok(then) = control.apply(now, VolumeChange::To(amount)) {
            prop_assert!((low..=low + steps).contains(&then));
        }
    }

    #[test]
    fn mapped_positions_convert_back_to_the_same_volume(raw in -50..=100_i64) {
        let control = dummy();
        let position = control.scale.position(raw, control.of(raw));
        let ScaledVolume::Db(db) = control.scale.at(position, Rounding::Nearest) else {
            return Err(TestCaseError::fail("expected dB"));
        };
        prop_assert_eq!(control.raw(db, Rounding::Nearest).unwrap(), raw);
    }
}
