//! Block-based ADPCM in WAV: Microsoft's and IMA's. The layout of the blocks.

use crate::audio::file::errors::unsupported_codec;
use crate::audio::file::fields::Fields;
use crate::audio::spelling::count;

/// A codec. A block starts with a header for each channel, which contains the first samples; the others follow with
/// four bits each.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AdpcmCodec {
    pub(super) tag: u16,
    pub(super) name: &'static str,
    /// Bytes of the header of a channel.
    header_bytes: u32,
    /// Samples in the header.
    header_samples: u32,
}

/// The tags in the `fmt ` chunk.
pub(super) const MICROSOFT: u16 = 0x0002;
pub(super) const IMA: u16 = 0x0011;

const TABLE: &[AdpcmCodec] = &[
    AdpcmCodec {
        tag: MICROSOFT,
        name: "Microsoft ADPCM",
        header_bytes: 7,
        header_samples: 2,
    },
    AdpcmCodec {
        tag: IMA,
        name: "IMA ADPCM",
        header_bytes: 4,
        header_samples: 1,
    },
];

/// The codec and block size of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AdpcmLayout {
    pub(super) codec: &'static AdpcmCodec,
    /// Bytes of a block.
    pub(super) block_bytes: u32,
    /// Frames in a complete block.
    pub(super) block_frames: u32,
    pub(super) channels: u32,
}

impl AdpcmLayout {
    /// The layout in the `fmt ` chunk, if its codec is ADPCM. The error completes `'NAME' …`.
    pub(super) fn parse(fields: Fields, channels: u32) -> Result<Option<AdpcmLayout>, String> {
        let tag = fields.u16(0);
        let Some(codec) = TABLE.iter().find(|codec| codec.tag == tag) else {
            return Ok(None);
        };
        let name = codec.name;
        if channels > 2 {
            let codec = format!("{name} of {channels} channels");
            return Err(unsupported_codec("WAV", codec));
        }
        let bytes = u32::from(fields.u16(12));
        if bytes <= codec.header_bytes * channels {
            return Err(format!(
                "is corrupt: its blocks of {name} have {}",
                count(bytes, "byte")
            ));
        }
        let max_frames = codec.frames(bytes, channels);
        let frames = match u32::from(fields.u16(18)) {
            0 => max_frames,
            frames => frames,
        };
        if frames > max_frames {
            return Err(format!(
                "is corrupt: its blocks of {} cannot hold {}",
                count(bytes, "byte"),
                count(frames, "frame")
            ));
        }
        Ok(Some(AdpcmLayout {
            codec,
            block_bytes: bytes,
            block_frames: frames,
            channels,
        }))
    }

    /// Frames in `bytes` bytes of blocks. The last block may be short.
    pub(super) fn frames_in(&self, bytes: u64) -> u64 {
        let rest = (bytes % u64::from(self.block_bytes)) as u32;
        let short = if rest > self.codec.header_bytes * self.channels {
            self.codec
                .frames(rest, self.channels)
                .min(self.block_frames)
        } else {
            0
        };
        bytes / u64::from(self.block_bytes) * u64::from(self.block_frames) + u64::from(short)
    }

    /// Whether the blocks of `stored` frames may be those of `declared` frames: only the last one is padded. libsndfile
    /// declares half of the frames of stereo IMA ADPCM (not reported upstream).
    pub(super) fn may_pad(&self, declared: u64, stored: u64) -> bool {
        declared > 0 && stored.saturating_sub(declared) < self.block_frames.into()
    }

    /// Whether `declared` frames are those of all channels together, as some writers count them, if there are `stored`
    /// frames in the blocks.
    pub(super) fn counts_samples(&self, declared: u64, stored: u64) -> bool {
        let frames = declared / u64::from(self.channels);
        let last_block = stored.saturating_sub(self.block_frames.into())..=stored;
        self.channels > 1 && last_block.contains(&frames)
    }
}

impl AdpcmCodec {
    /// Frames in a block of `bytes` bytes, more than its headers.
    fn frames(&self, bytes: u32, channels: u32) -> u32 {
        let coded = bytes - self.header_bytes * channels;
        // IMA interleaves groups of eight samples.
        let frames = if self.header_samples == 1 {
            coded / (4 * channels) * 8
        } else {
            coded * 2 / channels
        };
        self.header_samples + frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_block_sizes_have_the_documented_number_of_frames() {
        for (codec, bytes, channels, frames) in [
            (1, 2048, 2, 2041),
            (1, 1024, 1, 2041),
            (0, 1024, 2, 1012),
            (0, 1024, 1, 2036),
        ] {
            assert_eq!(TABLE[codec].frames(bytes, channels), frames);
        }
    }

    #[test]
    fn a_short_last_block_counts_as_far_as_it_goes() {
        let ima = AdpcmLayout {
            codec: &TABLE[1],
            block_bytes: 1024,
            block_frames: 2041,
            channels: 1,
        };
        assert_eq!(ima.frames_in(3 * 1024), 3 * 2041);
        assert_eq!(ima.frames_in(1024 + 4), 2041);
        assert_eq!(ima.frames_in(1024 + 12), 2041 + 17);
    }

    #[test]
    fn a_number_of_samples_is_not_one_of_frames() {
        let stereo = |channels| AdpcmLayout {
            codec: &TABLE[1],
            block_bytes: 1024,
            block_frames: 1017,
            channels,
        };
        assert!(stereo(2).counts_samples(2 * 5000, 5 * 1017));
        assert!(!stereo(2).counts_samples(5000, 5 * 1017));
        assert!(!stereo(2).counts_samples(3 * 5000, 5 * 1017));
        assert!(!stereo(1).counts_samples(5000, 5 * 1017));
    }

    #[test]
    fn a_number_of_frames_that_leaves_out_whole_blocks_is_wrong() {
        let layout = AdpcmLayout {
            codec: &TABLE[1],
            block_bytes: 1024,
            block_frames: 1017,
            channels: 2,
        };
        for (declared, is_right) in [
            (4069, true),
            (5085, true),
            (9999, true),
            (4068, false),
            (0, false),
        ] {
            assert_eq!(layout.may_pad(declared, 5 * 1017), is_right, "{declared}");
        }
    }
}
