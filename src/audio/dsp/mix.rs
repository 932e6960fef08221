//! Mapping and mixing of channels.

use super::sample::Number;
use crate::audio::channel_map::ChannelMap;
use crate::audio::channel_map::position::{
    FC, FL, FLC, FR, FRC, LFE, MONO, NA, RC, RL, RR, SL, SR, UNKNOWN,
};
use std::f64::consts::{FRAC_1_SQRT_2 as HALF, SQRT_2};

/// A mixing matrix: each output channel is a weighted sum of the input channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    inputs: usize,
    /// A row for each output channel: the weight of each input channel.
    rows: Vec<Vec<f64>>,
}

/// How a position is mixed into others if the output does not have it: the first row of which the output has all
/// positions. A position without such a row cannot be mixed. The weights are those of ITU-R BS.775: -3 dB for the
/// center and for surround.
const FALLBACKS: &[(u32, &[(u32, f64)])] = &[
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
    /// Every channel unchanged.
    pub fn identity(channels: usize) -> Mix {
        Mix::select(channels, (0..channels).map(Some))
    }

    /// Each output channel is one of `inputs` input channels, counted from 0, or silence.
    pub fn select(inputs: usize, channels: impl IntoIterator<Item = Option<usize>>) -> Mix {
        let row = |selected: Option<usize>| {
            (0..inputs)
                .map(|input| f64::from(u8::from(selected == Some(input))))
                .collect()
        };
        Mix {
            inputs,
            rows: channels.into_iter().map(row).collect(),
        }
    }

    /// From one map to another: common positions are passed through, the rest is mixed into others, and the weights are
    /// scaled so that no output can exceed full scale. Mono goes to both front left and front right.
    ///
    /// # Errors
    /// A position that cannot be mixed into `to`.
    pub fn between(from: &ChannelMap, to: &ChannelMap) -> Result<Mix, u32> {
        let (from, to) = (positions(from), positions(to));
        if from == [MONO] && to.contains(&FL) && to.contains(&FR) {
            let is_front = |position: &u32| (*position == FL || *position == FR).then_some(0);
            return Ok(Mix::select(1, to.iter().map(is_front)));
        }
        let mut rows = vec![vec![0.0; from.len()]; to.len()];
        for (input, position) in from.iter().enumerate() {
            for (output, weight) in outputs_of(*position, &from, &to)? {
                rows[output][input] += weight;
            }
        }
        // The same factor for all outputs preserves the balance.
        let max = rows.iter().map(|row| row.iter().sum()).fold(1.0, f64::max);
        rows.iter_mut().flatten().for_each(|weight| *weight /= max);
        Ok(Mix {
            inputs: from.len(),
            rows,
        })
    }

    /// This mix followed by `next`.
    pub fn then(&self, next: &Mix) -> Mix {
        let row = |row: &Vec<f64>| {
            let weight = |input: usize| {
                let weights = row.iter().zip(&self.rows);
                weights.map(|(weight, row)| weight * row[input]).sum()
            };
            (0..self.inputs).map(weight).collect()
        };
        Mix {
            inputs: self.inputs,
            rows: next.rows.iter().map(row).collect(),
        }
    }

    /// Number of input channels.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Number of output channels.
    pub fn outputs(&self) -> usize {
        self.rows.len()
    }

    /// Whether every channel is unchanged.
    pub fn is_identity(&self) -> bool {
        *self == Mix::identity(self.inputs)
    }

    /// The input channel of each output channel, `None` for silence. `None` if any are mixed.
    pub fn selection(&self) -> Option<Vec<Option<usize>>> {
        let selected = |row: &Vec<f64>| {
            let mut used = row.iter().enumerate().filter(|(_, weight)| **weight != 0.0);
            match (used.next(), used.next()) {
                (None, _) => Some(None),
                (Some((input, 1.0)), None) => Some(Some(input)),
                _ => None,
            }
        };
        self.rows.iter().map(selected).collect()
    }

    /// Whether every input channel is used exactly once, unchanged.
    pub fn is_permutation(&self) -> bool {
        let Some(selection) = self.selection() else {
            return false;
        };
        let mut inputs: Vec<_> = selection.into_iter().flatten().collect();
        inputs.sort_unstable();
        inputs.dedup();
        inputs.len() == self.inputs && self.rows.len() == self.inputs
    }

    /// Mixes interleaved frames and appends the result to `out`.
    pub(crate) fn apply<T: Number>(&self, frames: &[T], out: &mut Vec<T>) {
        let start = out.len();
        let length = frames.len() / self.inputs * self.outputs();
        out.resize(start + length, T::default());
        let out = &mut out[start..];
        // With a known number of channels, the loop is one of vector instructions.
        match (self.inputs, self.outputs()) {
            (1, 2) => self.apply_fixed::<T, 1, 2>(frames, out),
            (2, 1) => self.apply_fixed::<T, 2, 1>(frames, out),
            (2, 2) => self.apply_fixed::<T, 2, 2>(frames, out),
            (6, 2) => self.apply_fixed::<T, 6, 2>(frames, out),
            (8, 2) => self.apply_fixed::<T, 8, 2>(frames, out),
            _ => self.apply_any(frames, out),
        }
    }

    /// [`Mix::apply`] for `I` input and `O` output channels.
    fn apply_fixed<T: Number, const I: usize, const O: usize>(&self, frames: &[T], out: &mut [T]) {
        let weights: [[T; I]; O] = std::array::from_fn(|output| {
            std::array::from_fn(|input| T::of(self.rows[output][input]))
        });
        let frames = frames.as_chunks::<I>().0;
        for (frame, mixed) in frames.iter().zip(out.as_chunks_mut::<O>().0) {
            for (row, sample) in weights.iter().zip(mixed) {
                *sample = weighted_sum(row, frame);
            }
        }
    }

    fn apply_any<T: Number>(&self, frames: &[T], out: &mut [T]) {
        let weights = |row: &Vec<f64>| row.iter().map(|weight| T::of(*weight)).collect();
        let rows: Vec<Vec<T>> = self.rows.iter().map(weights).collect();
        let frames = frames.chunks_exact(self.inputs);
        for (frame, mixed) in frames.zip(out.chunks_exact_mut(rows.len())) {
            for (row, sample) in rows.iter().zip(mixed) {
                *sample = weighted_sum(row, frame);
            }
        }
    }
}

fn weighted_sum<T: Number>(weights: &[T], frame: &[T]) -> T {
    let terms = weights.iter().zip(frame);
    terms.fold(T::default(), |sum, (weight, sample)| {
        sum + *weight * *sample
    })
}

/// A single channel is treated as mono, whatever its position.
fn positions(map: &ChannelMap) -> Vec<u32> {
    match map.0[..] {
        [_] => vec![MONO],
        _ => map.0.clone(),
    }
}

/// The channels of `to` that a position of `from` goes to, and their weights. The error is the position.
fn outputs_of(position: u32, from: &[u32], to: &[u32]) -> Result<Vec<(usize, f64)>, u32> {
    let channel = |wanted: u32| to.iter().position(|known| *known == wanted);
    match position {
        NA => return Ok(vec![]),
        UNKNOWN => return Err(position),
        _ => {}
    }
    if let Some(same) = channel(position) {
        return Ok(vec![(same, 1.0)]);
    }
    let fallbacks = FALLBACKS.iter().filter(|(known, _)| *known == position);
    let mut possible = fallbacks.filter_map(|(_, fallback)| {
        let outputs = fallback.iter().map(|(target, weight)| {
            // If the target has an input of its own, as with side and rear in one, each gets -3 dB.
            let is_shared = *weight == 1.0 && *target != MONO && from.contains(target);
            Some((channel(*target)?, if is_shared { HALF } else { *weight }))
        });
        outputs.collect::<Option<Vec<_>>>()
    });
    possible.next().ok_or(position)
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
            for (weight, wanted) in row.iter().zip(*wanted) {
                assert!((weight - wanted).abs() < 1e-4, "{mix:?}");
            }
        }
    }

    #[test]
    fn mono_and_stereo_convert_to_each_other() {
        assert_eq!(
            between("MONO", "FL,FR").selection(),
            Some(vec![Some(0), Some(0)])
        );
        assert_eq!(
            between("FC", "FL,FR").selection(),
            Some(vec![Some(0), Some(0)])
        );
        near(&between("FL,FR", "MONO"), &[&[0.5, 0.5]]);
        assert_eq!(
            between("MONO", "FL,FR,RL,RR").selection(),
            Some(vec![Some(0), Some(0), None, None])
        );
        assert!(between("MONO", "FC").is_identity());
    }

    #[test]
    fn common_positions_are_reordered() {
        let order = between("FL,FR,FC,LFE,RL,RR", "FL,FR,RL,RR,FC,LFE").selection();
        let wanted = [0, 1, 4, 5, 2, 3].map(Some);
        assert_eq!(order, Some(wanted.to_vec()));
        assert!(between("FL,FR", "FL,FR").is_identity());
        assert_eq!(
            between("FL,FR", "FL,FR,RL,RR").selection(),
            Some(vec![Some(0), Some(1), None, None])
        );
        // Side channels become rear channels.
        let wanted = [0, 1, 4, 5, 2, 3].map(Some);
        assert_eq!(
            between("FL,FR,FC,LFE,SL,SR", "FL,FR,RL,RR,FC,LFE").selection(),
            Some(wanted.to_vec())
        );
    }

    #[test]
    fn surround_is_mixed_down_as_in_bs_775_without_clipping() {
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
    fn positions_that_cannot_be_mixed_are_errors() {
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
    fn mixes_can_be_combined() {
        let swapped = Mix::select(2, [Some(1), Some(0)]);
        assert!(swapped.is_permutation());
        assert!(!Mix::select(2, [Some(1), Some(1)]).is_permutation());
        assert!(swapped.then(&swapped).is_identity());
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
