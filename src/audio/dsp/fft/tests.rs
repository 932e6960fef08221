use super::*;
use crate::audio::dsp::random::Random;

/// Lengths that take each radix, lanes that overlap, and a convolution.
const LENGTHS: &[usize] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 17, 24, 27, 35, 49, 64, 97, 120, 147, 210, 256, 294,
];

fn noise(length: usize) -> Vec<f64> {
    let mut random = Random::new(length as u64);
    (0..length).map(|_| 2.0 * random.uniform() - 1.0).collect()
}

/// The transform by its definition.
fn slow_transform(re: &[f64], im: &[f64]) -> [Vec<f64>; 2] {
    let length = re.len();
    let bin = |bin: usize| {
        (0..length).fold((0.0, 0.0), |(sum_re, sum_im), at| {
            let (cos, sin): (f64, f64) = turn(bin * at, length);
            (
                sum_re + re[at] * cos + im[at] * sin,
                sum_im + im[at] * cos - re[at] * sin,
            )
        })
    };
    let (re, im) = (0..length).map(bin).unzip();
    [re, im]
}

/// The largest difference between two spectra, relative to the root mean square of the second.
fn error<T: Number>(found: [&[T]; 2], exact: [&[f64]; 2]) -> f64 {
    let found = found.map(|part| {
        part.iter()
            .map(|number| number.double())
            .collect::<Vec<f64>>()
    });
    let exact_all = exact.concat();
    let square: f64 = exact_all.iter().map(|number| number * number).sum();
    let mean = (square / exact[0].len() as f64).sqrt().max(1e-9);
    let pairs = found.concat().into_iter().zip(exact_all);
    pairs
        .map(|(found, exact)| (found - exact).abs() / mean)
        .fold(0.0, f64::max)
}

fn worst_error<T: Number>(length: usize) -> f64 {
    let (re, im) = (noise(length), noise(length + 1)[1..].to_vec());
    let convert = |part: &[f64]| part.iter().map(|number| T::of(*number)).collect::<Vec<T>>();
    let (mut found_re, mut found_im) = (convert(&re), convert(&im));
    let mut fft = Fft::new(length);
    fft.transform(&mut found_re, &mut found_im);
    let [exact_re, exact_im] = slow_transform(&re, &im);
    let forward = error([&found_re, &found_im], [&exact_re, &exact_im]);
    fft.transform(&mut found_im, &mut found_re);
    let scale = |part: &[f64]| {
        part.iter()
            .map(|number| number * length as f64)
            .collect::<Vec<f64>>()
    };
    let inverse = error([&found_re, &found_im], [&scale(&re), &scale(&im)]);
    forward.max(inverse)
}

#[test]
fn transforms_of_any_length_match_the_definition_and_are_invertible() {
    for length in LENGTHS {
        let (double, single) = (worst_error::<f64>(*length), worst_error::<f32>(*length));
        assert!(double < 1e-13, "{length}: {double}");
        assert!(single < 3e-6, "{length}: {single}");
    }
}

#[test]
fn a_transform_of_real_samples_matches_that_of_complex_ones() {
    for half in LENGTHS {
        let samples = noise(2 * half);
        let mut spectrum = [vec![0.0; half + 1], vec![0.0; half + 1]];
        let mut fft = RealFft::new(*half);
        let [re, im] = &mut spectrum;
        fft.forward(&samples, [re, im]);
        let exact = slow_transform(&samples, &vec![0.0; 2 * half]);
        let [re, im] = &spectrum;
        let worst = error([re, im], [&exact[0][..=*half], &exact[1][..=*half]]);
        assert!(worst < 1e-13, "{half}: {worst}");
        let mut again = vec![0.0; 2 * half];
        fft.inverse([re, im], &mut again);
        for (found, exact) in again.iter().zip(&samples) {
            assert!((found / (2 * half) as f64 - exact).abs() < 1e-13, "{half}");
        }
    }
}
