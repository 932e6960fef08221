//! iTunes' comment `iTunSMPB`: where the sound of a file of MPEG-4 or MP3 begins and ends.

/// The content of the comment, in frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ItunesGapless {
    /// Frames before the sound.
    pub(super) delay: u64,
    /// Frames after it.
    pub(super) padding: u64,
    /// Frames of sound.
    pub(super) frames: u64,
}

/// A longer delay or padding than this is not plausible.
const MAX_EXTRA: u64 = 1 << 20;

impl ItunesGapless {
    /// Parses hexadecimal numbers: zero, delay, padding, frames, and others.
    pub(super) fn parse(text: &str) -> Option<ItunesGapless> {
        let mut numbers = text
            .split_whitespace()
            .map(|word| u64::from_str_radix(word, 16).ok());
        numbers.next()?;
        let (delay, padding, frames) = (numbers.next()??, numbers.next()??, numbers.next()??);
        let is_plausible = frames > 0 && delay < MAX_EXTRA && padding < MAX_EXTRA;
        is_plausible.then_some(ItunesGapless {
            delay,
            padding,
            frames,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_to_fourth_numbers_count() {
        let text = " 00000000 00000210 000005C4 0000000000002BEC 00000000 00000E3B";
        let expected = ItunesGapless {
            delay: 528,
            padding: 1476,
            frames: 11_244,
        };
        assert_eq!(ItunesGapless::parse(text), Some(expected));
        for text in [
            "",
            " 0 210 5C4",
            " 0 210 5C4 0",
            " 0 210 x 1",
            " 0 FFFFFF 0 1",
        ] {
            assert_eq!(ItunesGapless::parse(text), None, "{text}");
        }
    }
}
