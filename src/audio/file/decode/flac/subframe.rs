//! One channel of a frame of FLAC (RFC 9639, section 9.2).

use super::bits::Bits;
use super::flaw::FrameFlaw;
use super::sample::FlacSample;

/// Decodes the samples of a channel of `depth` bits.
pub(super) fn decode<S: FlacSample>(
    bits: &mut Bits,
    depth: u32,
    samples: &mut [S],
) -> Result<(), FrameFlaw> {
    if bits.unsigned(1) != 0 {
        return Err(FrameFlaw::Damaged);
    }
    let kind = bits.unsigned(6);
    let wasted = match bits.unsigned(1) {
        0 => 0,
        _ => bits.zeros()? + 1,
    };
    let depth = depth
        .checked_sub(wasted)
        .filter(|depth| *depth > 0)
        .ok_or(FrameFlaw::Damaged)?;
    match kind {
        0 => samples.fill(S::from_i64(bits.signed(depth))),
        1 => verbatim(bits, depth, samples),
        8..=12 => fixed(bits, depth, kind as usize - 8, samples)?,
        32.. => linear(bits, depth, kind as usize - 31, samples)?,
        _ => return Err(FrameFlaw::Damaged),
    }
    bits.check()?;
    if wasted > 0 {
        samples
            .iter_mut()
            .for_each(|sample| *sample = sample.shifted_left(wasted));
    }
    Ok(())
}

fn verbatim<S: FlacSample>(bits: &mut Bits, depth: u32, samples: &mut [S]) {
    for sample in samples {
        *sample = S::from_i64(bits.signed(depth));
    }
}

/// Prediction by a polynomial of `order` samples.
fn fixed<S: FlacSample>(
    bits: &mut Bits,
    depth: u32,
    order: usize,
    samples: &mut [S],
) -> Result<(), FrameFlaw> {
    const FACTORS: [&[i32]; 5] = [&[], &[1], &[-1, 2], &[1, -3, 3], &[-1, 4, -6, 4]];
    warm_up(bits, depth, order, samples)?;
    residual(bits, order, samples)?;
    // Intermediate sums may overflow; the final ones are correct anyway, because nothing is shifted.
    match order {
        0 => {}
        1 => restore::<S, 1>(FACTORS[1], 0, samples),
        2 => restore::<S, 2>(FACTORS[2], 0, samples),
        3 => restore::<S, 3>(FACTORS[3], 0, samples),
        _ => restore::<S, 4>(FACTORS[4], 0, samples),
    }
    Ok(())
}

/// Linear prediction from `order` samples.
fn linear<S: FlacSample>(
    bits: &mut Bits,
    depth: u32,
    order: usize,
    samples: &mut [S],
) -> Result<(), FrameFlaw> {
    warm_up(bits, depth, order, samples)?;
    let precision = bits.unsigned(4) + 1;
    let shift = bits.signed(5);
    let shift = u32::try_from(shift).map_err(|_| FrameFlaw::Damaged)?;
    if precision > 15 {
        return Err(FrameFlaw::Damaged);
    }
    let mut factors = [0; 32];
    // The first factor applies to the most recent sample.
    for factor in factors[..order].iter_mut().rev() {
        *factor = bits.signed(precision) as i32;
    }
    residual(bits, order, samples)?;
    predict(&factors[..order], shift, samples);
    Ok(())
}

/// Adds the prediction by `factors` to each residual.
fn predict<S: FlacSample>(factors: &[i32], shift: u32, samples: &mut [S]) {
    match factors.len() {
        1 => restore::<S, 1>(factors, shift, samples),
        2 => restore::<S, 2>(factors, shift, samples),
        3 => restore::<S, 3>(factors, shift, samples),
        4 => restore::<S, 4>(factors, shift, samples),
        5 => restore::<S, 5>(factors, shift, samples),
        6 => restore::<S, 6>(factors, shift, samples),
        7 => restore::<S, 7>(factors, shift, samples),
        8 => restore::<S, 8>(factors, shift, samples),
        9 => restore::<S, 9>(factors, shift, samples),
        10 => restore::<S, 10>(factors, shift, samples),
        11 => restore::<S, 11>(factors, shift, samples),
        12 => restore::<S, 12>(factors, shift, samples),
        _ => restore_any(factors, shift, samples),
    }
}

/// Adds the prediction from `N` samples to each residual.
///
/// Sums of 64 bits hold all products, and compilers do not put them into vectors, where adding up the lanes takes most
/// of the time. What the older samples contribute to a prediction is added up one sample ahead, so that only one
/// multiplication waits for the newest sample.
fn restore<S: FlacSample, const N: usize>(factors: &[i32], shift: u32, samples: &mut [S]) {
    let Some(factors) = factors.first_chunk::<N>() else {
        return;
    };
    let factors = factors.map(i64::from);
    let older = |past: &[S]| {
        let products = past
            .iter()
            .zip(&factors[..N - 1])
            .map(|(sample, factor)| sample.to_i64().wrapping_mul(*factor));
        products.fold(0_i64, i64::wrapping_add)
    };
    let mut sum = older(&samples[..samples.len().min(N - 1)]);
    let mut newest = samples.get(N - 1).map_or(0, |sample| sample.to_i64());
    for at in N..samples.len() {
        let Some(past) = samples[at - N..at].first_chunk::<N>() else {
            return;
        };
        let next_sum = older(&past[1..]);
        let prediction = sum.wrapping_add(newest.wrapping_mul(factors[N - 1])) >> shift;
        let sample = S::from_i64(samples[at].to_i64().wrapping_add(prediction));
        samples[at] = sample;
        (sum, newest) = (next_sum, sample.to_i64());
    }
}

/// Like [`restore`], for any number of samples.
fn restore_any<S: FlacSample>(factors: &[i32], shift: u32, samples: &mut [S]) {
    for at in factors.len()..samples.len() {
        let past = &samples[at - factors.len()..at];
        let products = past
            .iter()
            .zip(factors)
            .map(|(past, factor)| past.to_i64().wrapping_mul(i64::from(*factor)));
        let sum = products.fold(0_i64, i64::wrapping_add) >> shift;
        samples[at] = samples[at].plus(S::from_i64(sum));
    }
}

fn warm_up<S: FlacSample>(
    bits: &mut Bits,
    depth: u32,
    order: usize,
    samples: &mut [S],
) -> Result<(), FrameFlaw> {
    let known = samples.get_mut(..order).ok_or(FrameFlaw::Damaged)?;
    verbatim(bits, depth, known);
    Ok(())
}

/// The residuals after the first `order` samples, in partitions that each have a Rice parameter.
fn residual<S: FlacSample>(
    bits: &mut Bits,
    order: usize,
    samples: &mut [S],
) -> Result<(), FrameFlaw> {
    let parameter_bits = match bits.unsigned(2) {
        0 => 4,
        1 => 5,
        _ => return Err(FrameFlaw::Damaged),
    };
    let escape = (1 << parameter_bits) - 1;
    let partitions = 1_usize << bits.unsigned(4);
    let size = samples.len() / partitions;
    if size * partitions != samples.len() || size < order {
        return Err(FrameFlaw::Damaged);
    }
    let mut start = order;
    for end in (1..=partitions).map(|count| count * size) {
        let partition = &mut samples[start..end];
        match bits.unsigned(parameter_bits) {
            parameter if parameter == escape => {
                let depth = bits.unsigned(5);
                verbatim(bits, depth, partition);
            }
            parameter => bits.rice(parameter, partition)?,
        }
        bits.check()?;
        start = end;
    }
    Ok(())
}
