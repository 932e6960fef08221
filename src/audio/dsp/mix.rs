//! What becomes of the channels: which go where, and which are mixed with which.

use super::sample::Number;
use crate::audio::channel_map::ChannelMap;
use crate::audio::channel_map::position::{
    FC, FL, FLC, FR, FRC, LFE, MONO, NA, RC, RL, RR, SL, SR, UNKNOWN,
};
use std::f64::consts::{FRAC_1_SQRT_2 as HALF, SQRT_2};

/// Each channel that comes out as a sum of those that go in.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    inputs: usize,
    /// A row for each channel that comes out: how much of each that goes in is in it.
    rows: Vec<Vec<f64>>,
}

/// Where a position is heard that the other side does not have: the first of these of which it has all. What is not
/// here, or finds none, cannot be placed. The numbers are those of ITU-R BS.775: 3 dB less for the centre and for what
/// comes from behind.
const ELSEWHERE: &[(u32, &[(u32, f64)])] = &[
    (MONO, &[(FC, 1.0)]),
    (MONO, &[(FL, HALF), (FR, HALF)]),
    (FL, &[(MONO, 1.0)]),
    (FR, &[(MONO, 1.0)]),
    (FC, &[(FL, HALF), (FR, HALF)]),
    (FC, &[(MONO, SQRT_2)]),
    (LFE, &[]),
    (RL, &[(SL, 1.0)]),
    (RL, &[(FL, HALF)]),
    (RL, &[(MONO, HALF)]),
    (RR, &[(SR, 1.0)]),
    (RR, &[(FR, HALF)]),
    (RR, &[(MONO, HALF)]),
    (SL, &[(RL, 1.0)]),
    (SL, &[(FL, HALF)]),
    (SL, &[(MONO, HALF)]),
    (SR, &[(RR, 1.0)]),
    (SR, &[(FR, HALF)]),
    (SR, &[(MONO, HALF)]),
    (RC, &[(RL, HALF), (RR, HALF)]),
    (RC, &[(SL, HALF), (SR, HALF)]),
    (RC, &[(FL, 0.5), (FR, 0.5)]),
    (RC, &[(MONO, HALF)]),
    (FLC, &[(FL, 1.0)]),
    (FLC, &[(MONO, 1.0)]),
    (FRC, &[(FR, 1.0)]),
    (FRC, &[(MONO, 1.0)]),
];

impl Mix {
    /// All as they are.
    pub fn straight(channels: usize) -> Mix {
        Mix::picked(channels, (0..channels).map(Some))
    }

    /// Each channel that comes out is one of `inputs` that go in (counted from 0), or silence.
    pub fn picked(inputs: usize, channels: impl IntoIterator<Item = Option<usize>>) -> Mix {
        let row = |from: Option<usize>| {
            (0..inputs)
                .map(|input| f64::from(u8::from(from == Some(input))))
                .collect()
        };
        Mix {
            inputs,
            rows: channels.into_iter().map(row).collect(),
        }
    }

    /// From one map to another: what both have goes through, the rest is mixed into the others, and nothing becomes
    /// louder than full scale. A single channel is heard on the left and the right alike. `Err` is a position that can
    /// be placed nowhere.
    pub fn between(from: &ChannelMap, to: &ChannelMap) -> Result<Mix, u32> {
        let (from, to) = (positions(from), positions(to));
        if from == [MONO] && to.contains(&FL) && to.contains(&FR) {
            let heard = |position: &u32| (*position == FL || *position == FR).then_some(0);
            return Ok(Mix::picked(1, to.iter().map(heard)));
        }
        let mut rows = vec![vec![0.0; from.len()]; to.len()];
        for (input, position) in from.iter().enumerate() {
            for (output, part) in placed(*position, &from, &to)? {
                rows[output][input] += part;
            }
        }
        // One factor for all: what was equally loud stays so.
        let loudest = rows.iter().map(|row| row.iter().sum()).fold(1.0, f64::max);
        rows.iter_mut().flatten().for_each(|part| *part /= loudest);
        Ok(Mix {
            inputs: from.len(),
            rows,
        })
    }

    /// This one, and `next` behind it.
    pub fn then(&self, next: &Mix) -> Mix {
        let row = |row: &Vec<f64>| {
            let part = |input: usize| {
                let parts = row.iter().zip(&self.rows);
                parts.map(|(part, row)| part * row[input]).sum()
            };
            (0..self.inputs).map(part).collect()
        };
        Mix {
            inputs: self.inputs,
            rows: next.rows.iter().map(row).collect(),
        }
    }

    /// Channels that go in.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Channels that come out.
    pub fn outputs(&self) -> usize {
        self.rows.len()
    }

    /// Whether every channel stays what it is.
    pub fn is_straight(&self) -> bool {
        *self == Mix::straight(self.inputs)
    }

    /// Which channel each that comes out is, or silence; `None` where some are mixed.
    pub fn picks(&self) -> Option<Vec<Option<usize>>> {
        let pick = |row: &Vec<f64>| {
            let mut parts = row.iter().enumerate().filter(|(_, part)| **part != 0.0);
            match (parts.next(), parts.next()) {
                (None, _) => Some(None),
                (Some((input, 1.0)), None) => Some(Some(input)),
                _ => None,
            }
        };
        self.rows.iter().map(pick).collect()
    }

    /// Whether all that go in come out, each once.
    pub fn is_order(&self) -> bool {
        let Some(picks) = self.picks() else {
            return false;
        };
        let mut inputs: Vec<_> = picks.into_iter().flatten().collect();
        inputs.sort_unstable();
        inputs.dedup();
        inputs.len() == self.inputs && self.rows.len() == self.inputs
    }

    /// Appends what becomes of interleaved frames.
    pub(crate) fn apply<T: Number>(&self, frames: &[T], out: &mut Vec<T>) {
        let rows: Vec<Vec<T>> = self
            .rows
            .iter()
            .map(|row| row.iter().map(|part| T::of(*part)).collect())
            .collect();
        out.reserve(frames.len() / self.inputs * rows.len());
        for frame in frames.chunks_exact(self.inputs) {
            for row in &rows {
                let parts = row.iter().zip(frame);
                out.push(parts.fold(T::default(), |sum, (part, sample)| sum + *part * *sample));
            }
        }
    }
}

/// A single channel is the middle, whatever it is called.
fn positions(map: &ChannelMap) -> Vec<u32> {
    match map.0[..] {
        [_] => vec![MONO],
        _ => map.0.clone(),
    }
}

/// Where a position of `from` is heard: channels of `to`, and how much of it. `Err` is the position.
fn placed(position: u32, from: &[u32], to: &[u32]) -> Result<Vec<(usize, f64)>, u32> {
    let channel = |wanted: u32| to.iter().position(|known| *known == wanted);
    match position {
        NA => return Ok(vec![]),
        UNKNOWN => return Err(position),
        _ => {}
    }
    if let Some(same) = channel(position) {
        return Ok(vec![(same, 1.0)]);
    }
    let ways = ELSEWHERE.iter().filter(|(known, _)| *known == position);
    let mut placed = ways.filter_map(|(_, way)| {
        let parts = way.iter().map(|(at, part)| {
            // Side and rear together in one: each 3 dB less.
            let shared = *part == 1.0 && *at != MONO && from.contains(at);
            Some((channel(*at)?, if shared { HALF } else { *part }))
        });
        parts.collect::<Option<Vec<_>>>()
    });
    placed.next().ok_or(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(from: &str, to: &str) -> Mix {
        let map = |text| ChannelMap::parse(text).unwrap();
        Mix::between(&map(from), &map(to)).unwrap()
    }

    fn near(mix: &Mix, wanted: &[&[f64]]) {
        assert_eq!(mix.rows.len(), wanted.len(), "{mix:?}");
        for (row, wanted) in mix.rows.iter().zip(wanted) {
            for (part, wanted) in row.iter().zip(*wanted) {
                assert!((part - wanted).abs() < 1e-4, "{mix:?}");
            }
        }
    }

    #[test]
    fn mono_and_stereo_become_each_other() {
        assert_eq!(
            between("MONO", "FL,FR").picks(),
            Some(vec![Some(0), Some(0)])
        );
        assert_eq!(between("FC", "FL,FR").picks(), Some(vec![Some(0), Some(0)]));
        near(&between("FL,FR", "MONO"), &[&[0.5, 0.5]]);
        assert_eq!(
            between("MONO", "FL,FR,RL,RR").picks(),
            Some(vec![Some(0), Some(0), None, None])
        );
        assert!(between("MONO", "FC").is_straight());
    }

    #[test]
    fn what_both_sides_have_goes_through_in_the_order_of_the_other() {
        let order = between("FL,FR,FC,LFE,RL,RR", "FL,FR,RL,RR,FC,LFE").picks();
        let wanted = [0, 1, 4, 5, 2, 3].map(Some);
        assert_eq!(order, Some(wanted.to_vec()));
        assert!(between("FL,FR", "FL,FR").is_straight());
        assert_eq!(
            between("FL,FR", "FL,FR,RL,RR").picks(),
            Some(vec![Some(0), Some(1), None, None])
        );
        // The sides of the one are the rear of the other.
        let wanted = [0, 1, 4, 5, 2, 3].map(Some);
        assert_eq!(
            between("FL,FR,FC,LFE,SL,SR", "FL,FR,RL,RR,FC,LFE").picks(),
            Some(wanted.to_vec())
        );
    }

    #[test]
    fn surround_goes_down_by_the_standard_and_never_over_full_scale() {
        let sum = 1.0 + 2.0 * HALF;
        let (one, less) = (1.0 / sum, HALF / sum);
        near(
            &between("FL,FR,FC,LFE,RL,RR", "FL,FR"),
            &[
                &[one, 0.0, less, 0.0, less, 0.0],
                &[0.0, one, less, 0.0, 0.0, less],
            ],
        );
        let sum = 1.0 + 3.0 * HALF;
        let (one, less) = (1.0 / sum, HALF / sum);
        near(
            &between("FL,FR,FC,LFE,RL,RR,SL,SR", "FL,FR"),
            &[
                &[one, 0.0, less, 0.0, less, 0.0, less, 0.0],
                &[0.0, one, less, 0.0, 0.0, less, 0.0, less],
            ],
        );
        let mix = between("FL,FR,FC,LFE,RL,RR,SL,SR", "FL,FR,FC,LFE,RL,RR");
        let sum = 1.0 + HALF;
        assert!((mix.rows[4][4] - 1.0 / sum).abs() < 1e-9);
        assert!((mix.rows[4][6] - HALF / sum).abs() < 1e-9);
        for from in [3, 4, 5, 6, 7, 8] {
            let from = ChannelMap::default_for_files(from).unwrap();
            for to in [1, 2, 4, 5, 6, 8] {
                let to = ChannelMap::default_for_devices(to).unwrap();
                let mix = Mix::between(&from, &to).unwrap();
                for row in &mix.rows {
                    assert!(row.iter().sum::<f64>() < 1.0 + 1e-9, "{from} {to}");
                }
            }
        }
    }

    #[test]
    fn what_has_no_place_is_told() {
        let map = |text| ChannelMap::parse(text).unwrap();
        assert_eq!(
            Mix::between(&map("FL,FR,TFL"), &map("FL,FR")),
            Err(map("TFL").0[0])
        );
        assert_eq!(
            Mix::between(&map("FL,UNKNOWN"), &map("FL,FR")),
            Err(UNKNOWN)
        );
        assert_eq!(Mix::between(&map("FL,FR"), &map("RL,RR")), Err(FL));
    }

    #[test]
    fn one_mix_after_the_other_is_one() {
        let swapped = Mix::picked(2, [Some(1), Some(0)]);
        assert!(swapped.is_order());
        assert!(!Mix::picked(2, [Some(1), Some(1)]).is_order());
        assert!(swapped.then(&swapped).is_straight());
        let mono = between("FL,FR", "MONO");
        near(
            &mono.then(&between("MONO", "FL,FR")),
            &[&[0.5, 0.5], &[0.5, 0.5]],
        );
        let mut out = vec![];
        mono.apply(&[1.0f32, 0.5, -1.0, -1.0], &mut out);
        assert_eq!(out, [0.75, -1.0]);
    }
}
