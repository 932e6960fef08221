//! Fourier transforms of any length, in single or double precision.
//!
//! Small lengths are combined from factors of up to 7 (a Stockham transform, which leaves the result in order). Lengths
//! with a larger prime factor are computed as a convolution (Bluestein's algorithm).

use super::sample::Number;
use std::array::from_fn;
use std::f64::consts::TAU;

/// How many independent numbers are processed together. Loops over so many become vector instructions.
const LANES: usize = 4;

/// The largest prime factor of a length that is not a convolution.
const MAX_RADIX: usize = 7;

/// A transform of complex numbers, whose real and imaginary parts are in slices of their own.
pub(crate) struct Fft<T> {
    passes: Vec<Pass<T>>,
    /// For a length with a large prime factor; there are no passes then.
    convolution: Option<Box<Convolution<T>>>,
    scratch: [Vec<T>; 2],
}

/// One step of a transform: transforms of length `radix`.
struct Pass<T> {
    radix: usize,
    /// Numbers between the inputs of a transform, divided by `stride`.
    groups: usize,
    /// Transforms that share their twiddle factors.
    stride: usize,
    /// Real and imaginary parts of the twiddle factors, at `(output - 1) * groups + group`.
    twiddles: [Vec<T>; 2],
    /// Cosines and sines of the multiples of a `radix`th of a turn.
    roots: [[T; MAX_RADIX]; 2],
}

/// What a transform of any length is convolved with.
struct Convolution<T> {
    fft: Fft<T>,
    chirp: [Vec<T>; 2],
    filter: [Vec<T>; 2],
    buffer: [Vec<T>; 2],
}

/// The complex numbers in the lanes.
#[derive(Clone, Copy)]
struct Lanes<T, const L: usize> {
    re: [T; L],
    im: [T; L],
}

impl<T: Number> Fft<T> {
    /// Plans a transform of `length` numbers.
    pub(crate) fn new(length: usize) -> Self {
        let radices = radices(length);
        let convolution = radices
            .is_none()
            .then(|| Box::new(Convolution::new(length)));
        let mut passes = Vec::new();
        let (mut left, mut stride) = (length, 1);
        for radix in radices.unwrap_or_default() {
            left /= radix;
            passes.push(Pass::new(radix, left, stride));
            stride *= radix;
        }
        let scratch = || vec![T::default(); if passes.is_empty() { 0 } else { length }];
        Fft {
            scratch: [scratch(), scratch()],
            passes,
            convolution,
        }
    }

    /// Transforms in place, from time to frequency. With the real and imaginary parts exchanged, this is the inverse. Neither
    /// scales.
    pub(crate) fn transform(&mut self, re: &mut [T], im: &mut [T]) {
        if let Some(convolution) = &mut self.convolution {
            return convolution.transform(re, im);
        }
        let [scratch_re, scratch_im] = &mut self.scratch;
        let (mut from, mut to) = ([re, im], [&mut scratch_re[..], &mut scratch_im[..]]);
        for pass in &self.passes {
            let [to_re, to_im] = &mut to;
            pass.apply([from[0], from[1]], [to_re, to_im]);
            std::mem::swap(&mut from, &mut to);
        }
        if !self.passes.len().is_multiple_of(2) {
            // The result is in the scratch buffer, which is `from` now.
            to[0].copy_from_slice(from[0]);
            to[1].copy_from_slice(from[1]);
        }
    }
}

/// The factors of a length, in the order of the passes; `None` if one is too large.
fn radices(length: usize) -> Option<Vec<usize>> {
    let mut left = length.max(1);
    let mut radices = Vec::new();
    for radix in [4, 7, 5, 3, 2] {
        while left.is_multiple_of(radix) {
            radices.push(radix);
            left /= radix;
        }
    }
    (left == 1).then_some(radices)
}

/// The cosine and sine of `part / whole` of a turn.
fn turn<T: Number>(part: usize, whole: usize) -> (T, T) {
    let (sin, cos) = (TAU * (part % whole) as f64 / whole as f64).sin_cos();
    (T::of(cos), T::of(sin))
}

impl<T: Number> Pass<T> {
    fn new(radix: usize, groups: usize, stride: usize) -> Self {
        let length = radix * groups;
        let factors = (1..radix)
            .flat_map(|output| (0..groups).map(move |group| turn(output * group, length)));
        let (re, im): (Vec<T>, Vec<T>) = factors.map(|(cos, sin): (T, T)| (cos, -sin)).unzip();
        let roots: [(T, T); MAX_RADIX] = from_fn(|number| turn(number, radix));
        Pass {
            radix,
            groups,
            stride,
            twiddles: [re, im],
            roots: [roots.map(|(cos, _)| cos), roots.map(|(_, sin)| sin)],
        }
    }

    fn apply(&self, from: [&[T]; 2], to: [&mut [T]; 2]) {
        match self.radix {
            2 => self.apply_radix::<2>(from, to),
            3 => self.apply_radix::<3>(from, to),
            4 => self.apply_radix::<4>(from, to),
            5 => self.apply_radix::<5>(from, to),
            _ => self.apply_radix::<7>(from, to),
        }
    }

    fn apply_radix<const R: usize>(&self, from: [&[T]; 2], to: [&mut [T]; 2]) {
        match (self.stride, self.groups) {
            (1, LANES..) => self.apply_groups::<R, LANES>(from, to),
            (1, _) => self.apply_groups::<R, 1>(from, to),
            (LANES.., _) => self.apply_strides::<R, LANES>(from, to),
            _ => self.apply_strides::<R, 1>(from, to),
        }
    }

    /// The first pass: each lane is a group.
    fn apply_groups<const R: usize, const L: usize>(&self, from: [&[T]; 2], to: [&mut [T]; 2]) {
        let [to_re, to_im] = to;
        for group in starts::<L>(self.groups) {
            let inputs = from_fn(|input| Lanes::load(from, group + self.groups * input));
            let mut outputs = self.small_transform::<R, L>(inputs);
            for (output, lanes) in outputs.iter_mut().enumerate().skip(1) {
                let at = (output - 1) * self.groups + group;
                let twiddle = Lanes::load([&self.twiddles[0], &self.twiddles[1]], at);
                *lanes = lanes.times(twiddle);
            }
            let range = group * R..(group + L) * R;
            let (to_re, to_im) = (&mut to_re[range.clone()], &mut to_im[range]);
            for lane in 0..L {
                for output in 0..R {
                    to_re[lane * R + output] = outputs[output].re[lane];
                    to_im[lane * R + output] = outputs[output].im[lane];
                }
            }
        }
    }

    /// All other passes: each lane is a transform of a group.
    fn apply_strides<const R: usize, const L: usize>(&self, from: [&[T]; 2], to: [&mut [T]; 2]) {
        let (stride, groups) = (self.stride, self.groups);
        let [to_re, to_im] = to;
        for group in 0..groups {
            let twiddles: [Lanes<T, L>; R] = from_fn(|output| match output {
                0 => Lanes::all(T::of(1.0), T::default()),
                _ => {
                    let at = (output - 1) * groups + group;
                    Lanes::all(self.twiddles[0][at], self.twiddles[1][at])
                }
            });
            let inputs: [[&[T]; 2]; R] = from_fn(|input| {
                let at = stride * (group + groups * input);
                from.map(|part| &part[at..at + stride])
            });
            let range = stride * R * group..stride * R * (group + 1);
            let (to_re, to_im) = (&mut to_re[range.clone()], &mut to_im[range]);
            for start in starts::<L>(stride) {
                let loaded = from_fn(|input| Lanes::load(inputs[input], start));
                let outputs = self.small_transform::<R, L>(loaded);
                for output in 0..R {
                    let lanes = match output {
                        0 => outputs[0],
                        _ => outputs[output].times(twiddles[output]),
                    };
                    let at = output * stride + start;
                    to_re[at..at + L].copy_from_slice(&lanes.re);
                    to_im[at..at + L].copy_from_slice(&lanes.im);
                }
            }
        }
    }

    #[inline(always)]
    fn small_transform<const R: usize, const L: usize>(
        &self,
        inputs: [Lanes<T, L>; R],
    ) -> [Lanes<T, L>; R] {
        let mut outputs = inputs;
        match R {
            2 => {
                outputs[0] = inputs[0].plus(inputs[1]);
                outputs[1] = inputs[0].minus(inputs[1]);
            }
            4 => {
                let (even, odd) = (inputs[0].plus(inputs[2]), inputs[0].minus(inputs[2]));
                let (sum, difference) = (inputs[1].plus(inputs[3]), inputs[1].minus(inputs[3]));
                outputs[0] = even.plus(sum);
                outputs[1] = odd.minus_turned(difference);
                outputs[2] = even.minus(sum);
                outputs[3] = odd.plus_turned(difference);
            }
            _ => self.odd_transform(inputs, &mut outputs),
        }
        outputs
    }

    /// A transform whose length is an odd prime number: pairs of inputs and of outputs are mirror images.
    #[inline(always)]
    fn odd_transform<const R: usize, const L: usize>(
        &self,
        inputs: [Lanes<T, L>; R],
        outputs: &mut [Lanes<T, L>; R],
    ) {
        let sums: [Lanes<T, L>; R] = from_fn(|input| inputs[input].plus(inputs[(R - input) % R]));
        let differences: [Lanes<T, L>; R] =
            from_fn(|input| inputs[input].minus(inputs[(R - input) % R]));
        outputs[0] = inputs[0];
        for sum in &sums[1..=R / 2] {
            outputs[0] = outputs[0].plus(*sum);
        }
        for output in 1..=R / 2 {
            let mut even = inputs[0];
            let mut odd = Lanes::all(T::default(), T::default());
            for input in 1..=R / 2 {
                let root = input * output % R;
                even = even.plus(sums[input].scaled(self.roots[0][root]));
                odd = odd.plus(differences[input].scaled(self.roots[1][root]));
            }
            outputs[output] = even.minus_turned(odd);
            outputs[R - output] = even.plus_turned(odd);
        }
    }
}

/// Where to start so that lanes cover `count` numbers, which are at least as many. The last lanes may do again what has been
/// done.
fn starts<const L: usize>(count: usize) -> impl Iterator<Item = usize> {
    (0..count.div_ceil(L)).map(move |step| (step * L).min(count - L))
}

impl<T: Number, const L: usize> Lanes<T, L> {
    #[inline(always)]
    fn load(from: [&[T]; 2], at: usize) -> Self {
        let (re, im) = (&from[0][at..at + L], &from[1][at..at + L]);
        Lanes {
            re: from_fn(|lane| re[lane]),
            im: from_fn(|lane| im[lane]),
        }
    }

    #[inline(always)]
    fn all(re: T, im: T) -> Self {
        Lanes {
            re: [re; L],
            im: [im; L],
        }
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Lanes {
            re: from_fn(|lane| self.re[lane] + other.re[lane]),
            im: from_fn(|lane| self.im[lane] + other.im[lane]),
        }
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Lanes {
            re: from_fn(|lane| self.re[lane] - other.re[lane]),
            im: from_fn(|lane| self.im[lane] - other.im[lane]),
        }
    }

    /// `self + i * other`
    #[inline(always)]
    fn plus_turned(self, other: Self) -> Self {
        Lanes {
            re: from_fn(|lane| self.re[lane] - other.im[lane]),
            im: from_fn(|lane| self.im[lane] + other.re[lane]),
        }
    }

    /// `self - i * other`
    #[inline(always)]
    fn minus_turned(self, other: Self) -> Self {
        Lanes {
            re: from_fn(|lane| self.re[lane] + other.im[lane]),
            im: from_fn(|lane| self.im[lane] - other.re[lane]),
        }
    }

    #[inline(always)]
    fn scaled(self, by: T) -> Self {
        Lanes {
            re: self.re.map(|number| number * by),
            im: self.im.map(|number| number * by),
        }
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        Lanes {
            re: from_fn(|lane| self.re[lane] * other.re[lane] - self.im[lane] * other.im[lane]),
            im: from_fn(|lane| self.re[lane] * other.im[lane] + self.im[lane] * other.re[lane]),
        }
    }
}

impl<T: Number> Convolution<T> {
    fn new(length: usize) -> Self {
        let size = (2 * length).next_power_of_two();
        let mut fft = Fft::new(size);
        // The square is reduced first, because a large angle would not be exact.
        let angle = |at: usize| ((at as u64 * at as u64) % (2 * length as u64)) as usize;
        let chirp: Vec<(T, T)> = (0..length).map(|at| turn(angle(at), 2 * length)).collect();
        let mut filter = [vec![T::default(); size], vec![T::default(); size]];
        let scale = T::of(1.0 / size as f64);
        for (at, (cos, sin)) in chirp.iter().enumerate() {
            for at in [at, (size - at) % size] {
                filter[0][at] = *cos * scale;
                filter[1][at] = *sin * scale;
            }
        }
        let [re, im] = &mut filter;
        fft.transform(re, im);
        let (cos, sin): (Vec<T>, Vec<T>) = chirp.into_iter().map(|(cos, sin)| (cos, -sin)).unzip();
        Convolution {
            fft,
            chirp: [cos, sin],
            filter,
            buffer: [vec![T::default(); size], vec![T::default(); size]],
        }
    }

    fn transform(&mut self, re: &mut [T], im: &mut [T]) {
        let length = re.len();
        let [chirp_re, chirp_im] = &self.chirp;
        let [buffer_re, buffer_im] = &mut self.buffer;
        buffer_re[..length].copy_from_slice(re);
        buffer_im[..length].copy_from_slice(im);
        buffer_re[length..].fill(T::default());
        buffer_im[length..].fill(T::default());
        multiply(
            [&mut buffer_re[..length], &mut buffer_im[..length]],
            [chirp_re, chirp_im],
        );
        self.fft.transform(buffer_re, buffer_im);
        let [filter_re, filter_im] = &self.filter;
        multiply([&mut *buffer_re, &mut *buffer_im], [filter_re, filter_im]);
        self.fft.transform(buffer_im, buffer_re);
        multiply(
            [&mut buffer_re[..length], &mut buffer_im[..length]],
            [chirp_re, chirp_im],
        );
        re.copy_from_slice(&buffer_re[..length]);
        im.copy_from_slice(&buffer_im[..length]);
    }
}

/// Multiplies complex numbers one by one.
pub(crate) fn multiply<T: Number>(numbers: [&mut [T]; 2], by: [&[T]; 2]) {
    let [re, im] = numbers;
    let by = by[0].iter().zip(by[1]);
    for ((re, im), (by_re, by_im)) in re.iter_mut().zip(im).zip(by) {
        (*re, *im) = (*re * *by_re - *im * *by_im, *re * *by_im + *im * *by_re);
    }
}

/// A transform of an even number of real samples, which takes half the time: even samples are real parts, odd ones are
/// imaginary parts.
pub(crate) struct RealFft<T> {
    half: Fft<T>,
    /// Cosines and sines of the multiples of a sample's part of a turn.
    roots: [Vec<T>; 2],
    buffer: [Vec<T>; 2],
}

impl<T: Number> RealFft<T> {
    /// Plans a transform of `2 * half` samples.
    pub(crate) fn new(half: usize) -> Self {
        let (cos, sin) = (0..=half).map(|at| turn::<T>(at, 2 * half)).unzip();
        RealFft {
            half: Fft::new(half),
            roots: [cos, sin],
            buffer: [vec![T::default(); half], vec![T::default(); half]],
        }
    }

    /// The spectrum of `samples`, from 0 Hz to half the rate: `half + 1` numbers. Not scaled.
    pub(crate) fn forward(&mut self, samples: &[T], spectrum: [&mut [T]; 2]) {
        let [re, im] = &mut self.buffer;
        for ((re, im), pair) in re.iter_mut().zip(&mut *im).zip(samples.chunks_exact(2)) {
            (*re, *im) = (pair[0], pair[1]);
        }
        self.half.transform(re, im);
        let half = re.len();
        let point = T::of(0.5);
        let [to_re, to_im] = spectrum;
        for at in 0..=half {
            let (this, mirror) = (at % half, (half - at) % half);
            let (even_re, even_im) = (re[this] + re[mirror], im[this] - im[mirror]);
            let (odd_re, odd_im) = (im[this] + im[mirror], re[mirror] - re[this]);
            let (cos, sin) = (self.roots[0][at], self.roots[1][at]);
            to_re[at] = point * (even_re + odd_re * cos + odd_im * sin);
            to_im[at] = point * (even_im + odd_im * cos - odd_re * sin);
        }
    }

    /// The samples of a spectrum, times their number.
    pub(crate) fn inverse(&mut self, spectrum: [&[T]; 2], samples: &mut [T]) {
        let [from_re, from_im] = spectrum;
        let [re, im] = &mut self.buffer;
        let half = re.len();
        for at in 0..half {
            let mirror = half - at;
            let (even_re, even_im) = (from_re[at] + from_re[mirror], from_im[at] - from_im[mirror]);
            let (odd_re, odd_im) = (from_re[at] - from_re[mirror], from_im[at] + from_im[mirror]);
            let (cos, sin) = (self.roots[0][at], self.roots[1][at]);
            let (turned_re, turned_im) = (odd_re * cos - odd_im * sin, odd_re * sin + odd_im * cos);
            re[at] = even_re - turned_im;
            im[at] = even_im + turned_re;
        }
        self.half.transform(im, re);
        for ((re, im), pair) in re.iter().zip(&*im).zip(samples.chunks_exact_mut(2)) {
            (pair[0], pair[1]) = (*re, *im);
        }
    }
}

#[cfg(test)]
mod tests;
