//! Arithmetic of decoded samples.

/// A decoded sample: 32 bits suffice unless the difference of two channels of 32 bits is stored.
pub(super) trait FlacSample: Copy + Default + 'static {
    fn from_i64(value: i64) -> Self;
    fn to_i64(self) -> i64;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn shifted_left(self, bits: u32) -> Self;
    /// Left and right from their halved sum and their difference.
    fn from_mid_side(mid: Self, side: Self) -> (Self, Self);
}

macro_rules! sample {
    ($type:ident) => {
        impl FlacSample for $type {
            #[inline(always)]
            fn from_i64(value: i64) -> $type {
                value as $type
            }
            #[inline(always)]
            fn to_i64(self) -> i64 {
                self.into()
            }
            #[inline(always)]
            fn plus(self, other: $type) -> $type {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn minus(self, other: $type) -> $type {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn shifted_left(self, bits: u32) -> $type {
                self << bits
            }
            #[inline(always)]
            fn from_mid_side(mid: $type, side: $type) -> ($type, $type) {
                let sum = mid << 1 | side & 1;
                (sum.wrapping_add(side) >> 1, sum.wrapping_sub(side) >> 1)
            }
        }
    };
}
sample!(i32);
sample!(i64);
