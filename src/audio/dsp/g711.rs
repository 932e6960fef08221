//! The companded formats of ITU-T G.711 to and from linear 16-bit samples.

/// The greatest magnitudes of µ-law and A-law.
pub(super) const MU_LAW_PEAK: f64 = 32_124.0;
pub(super) const A_LAW_PEAK: f64 = 32_256.0;

/// Added to a magnitude before encoding as µ-law, so that every segment starts at a power of two.
const BIAS: u16 = 0x84;

/// µ-law to linear.
pub(super) fn from_mu_law(code: u8) -> i16 {
    let code = !code;
    let magnitude = ((i16::from(code & 0x0f) << 3) + BIAS as i16) << ((code & 0x70) >> 4);
    if code & 0x80 == 0 {
        magnitude - BIAS as i16
    } else {
        BIAS as i16 - magnitude
    }
}

/// A-law to linear.
pub(super) fn from_a_law(code: u8) -> i16 {
    let code = code ^ 0x55;
    let mantissa = i16::from(code & 0x0f) << 4;
    let magnitude = match (code & 0x70) >> 4 {
        0 => mantissa + 8,
        exponent => (mantissa + 0x108) << (exponent - 1),
    };
    if code & 0x80 == 0 {
        -magnitude
    } else {
        magnitude
    }
}

/// Linear to µ-law by the decision values of G.711, table 2. `linear` may have a fraction, or exceed 16 bits.
pub(super) fn to_mu_law(linear: f64) -> u8 {
    let biased = linear.abs().min(MU_LAW_PEAK) as u16 + BIAS;
    let sign = if linear < 0.0 { 0x80 } else { 0 };
    !(sign | logarithmic(biased, 3))
}

/// Linear to A-law by the decision values of G.711, table 1.
pub(super) fn to_a_law(linear: f64) -> u8 {
    let magnitude = linear.abs().min(A_LAW_PEAK) as u16;
    let sign = if linear < 0.0 { 0 } else { 0x80 };
    (sign | logarithmic(magnitude, 4)) ^ 0x55
}

/// Three bits for the position of the leading bit, and the four bits after it. Below bit 8 all steps have the same
/// width, `1 << lowest`.
fn logarithmic(magnitude: u16, lowest: u8) -> u8 {
    let segment = 8_u8.saturating_sub(magnitude.leading_zeros() as u8);
    let shift = if segment == 0 { lowest } else { segment + 3 };
    segment << 4 | (magnitude >> shift) as u8 & 0x0f
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_round_trips() {
        for code in 0..=u8::MAX {
            assert_eq!(to_a_law(f64::from(from_a_law(code))), code, "{code:#x}");
            // Zero has two codes; the positive one is used.
            let made = if code == 0x7f { 0xff } else { code };
            assert_eq!(to_mu_law(f64::from(from_mu_law(code))), made, "{code:#x}");
        }
    }

    #[test]
    fn peaks_and_silence_match_the_standard() {
        assert_eq!(from_mu_law(0x00), -(MU_LAW_PEAK as i16));
        assert_eq!(from_mu_law(0x80), MU_LAW_PEAK as i16);
        assert_eq!(from_mu_law(0xff), 0);
        assert_eq!(from_a_law(0x2a), -(A_LAW_PEAK as i16));
        assert_eq!(from_a_law(0xaa), A_LAW_PEAK as i16);
        assert_eq!(from_a_law(0xd5), 8);
        assert_eq!((to_mu_law(0.0), to_a_law(0.0)), (0xff, 0xd5));
        assert_eq!((to_mu_law(1e9), to_mu_law(-1e9)), (0x80, 0x00));
        assert_eq!((to_a_law(1e9), to_a_law(-1e9)), (0xaa, 0x2a));
    }

    #[test]
    fn codes_change_at_the_decision_values() {
        // In 14-bit (µ-law) and 13-bit (A-law) units, as in the tables of the standard.
        for (below, decision) in [(0xff, 1.0), (0xfe, 3.0), (0xf0, 31.0), (0xef, 35.0)] {
            assert_eq!(to_mu_law(4.0 * decision - 0.01), below);
            assert_eq!(to_mu_law(4.0 * decision), below - 1);
        }
        for (below, decision) in [(0x00, 2.0), (0x1f, 64.0), (0x6f, 2048.0)] {
            let plain = |linear| to_a_law(linear) ^ 0xd5;
            assert_eq!(plain(8.0 * decision - 0.01), below);
            assert_eq!(plain(8.0 * decision), below + 1);
        }
    }
}
