//! Random numbers for noise and dither: quick, and the same at every run.

/// A sequence of random numbers (SplitMix64: Steele, Lea and Flood, 2014). Not for secrets.
#[derive(Clone, Debug)]
pub struct Random(u64);

/// 2^64 divided by the golden ratio, odd: how far the state moves at each step.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// The sequence of this number. Neighbouring numbers give sequences that have nothing to do with each other.
    pub fn new(seed: u64) -> Random {
        // Mixed, because sequences whose states lie whole steps apart would be the same one, shifted.
        Random(mixed(seed.wrapping_add(1)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// The next number from -1.0 up to 1.0, all equally likely.
    pub fn uniform(&mut self) -> f64 {
        // The highest 53 bits, as many as an f64 holds.
        ((self.next() as i64) >> 11) as f64 / (1u64 << 52) as f64
    }

    /// The next number between -1.0 and 1.0, the likelier the nearer to zero: the difference of two uniform ones.
    pub fn triangular(&mut self) -> f64 {
        let both = self.next();
        let (one, other) = (both >> 32, both & 0xffff_ffff);
        (one as f64 - other as f64) / (1u64 << 32) as f64
    }
}

fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: usize = 200_000;

    fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
        numbers.take(COUNT).sum::<f64>() / COUNT as f64
    }

    #[test]
    fn the_numbers_are_spread_as_they_should_be() {
        let (mut a, mut b) = (Random::new(1), Random::new(1));
        assert!(mean(std::iter::repeat_with(|| a.uniform())).abs() < 0.005);
        let power = mean(std::iter::repeat_with(|| a.uniform().powi(2)));
        assert!((power - 1.0 / 3.0).abs() < 0.005, "{power}");
        assert!(mean(std::iter::repeat_with(|| b.triangular())).abs() < 0.005);
        let power = mean(std::iter::repeat_with(|| b.triangular().powi(2)));
        assert!((power - 1.0 / 6.0).abs() < 0.005, "{power}");
    }

    #[test]
    fn neighbouring_seeds_have_nothing_in_common() {
        let (mut a, mut b) = (Random::new(0), Random::new(1));
        let likeness = mean(std::iter::repeat_with(|| a.uniform() * b.uniform()));
        assert!(likeness.abs() < 0.005, "{likeness}");
    }

    #[test]
    fn every_run_gives_the_same() {
        let first = |seed| Random::new(seed).uniform();
        assert_eq!(first(7), first(7));
        assert_ne!(first(7), first(8));
    }
}
