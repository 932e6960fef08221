//! Fast, reproducible random numbers for noise and dither.

/// A pseudorandom number generator (SplitMix64: Steele, Lea and Flood, 2014). Not for cryptography.
#[derive(Clone, Debug)]
pub struct Random(u64);

/// The increment of the state: 2^64 divided by the golden ratio, rounded to odd.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// A generator for this seed. The sequences of neighboring seeds are uncorrelated.
    pub fn new(seed: u64) -> Random {
        // Mixed because states that are whole steps apart yield the same sequence, shifted.
        Random(mixed(seed.wrapping_add(1)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// The next number from a uniform distribution between -1.0 and 1.0.
    pub fn uniform(&mut self) -> f64 {
        // The high 53 bits: the precision of an f64.
        ((self.next() as i64) >> 11) as f64 / (1u64 << 52) as f64
    }

    /// The next number from a triangular distribution between -1.0 and 1.0: the difference of two uniform ones.
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
    fn distributions_have_the_expected_mean_and_power() {
        let (mut a, mut b) = (Random::new(1), Random::new(1));
        assert!(mean(std::iter::repeat_with(|| a.uniform())).abs() < 0.005);
        let power = mean(std::iter::repeat_with(|| a.uniform().powi(2)));
        assert!((power - 1.0 / 3.0).abs() < 0.005, "{power}");
        assert!(mean(std::iter::repeat_with(|| b.triangular())).abs() < 0.005);
        let power = mean(std::iter::repeat_with(|| b.triangular().powi(2)));
        assert!((power - 1.0 / 6.0).abs() < 0.005, "{power}");
    }

    #[test]
    fn neighboring_seeds_are_uncorrelated() {
        let (mut a, mut b) = (Random::new(0), Random::new(1));
        let correlation = mean(std::iter::repeat_with(|| a.uniform() * b.uniform()));
        assert!(correlation.abs() < 0.005, "{correlation}");
    }

    #[test]
    fn sequences_are_reproducible() {
        let first = |seed| Random::new(seed).uniform();
        assert_eq!(first(7), first(7));
        assert_ne!(first(7), first(8));
    }
}
