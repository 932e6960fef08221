//! Compression levels: those of the reference encoder `flac`, as far as flac-codec supports them.

use crate::audio::error::{Error, Kind, Result};
use flac_codec::encode::Options;

use crate::audio::file::options::MAX_COMPRESSION;

/// The default level, as in the reference encoder.
pub(super) const DEFAULT_LEVEL: u8 = 5;

/// The minimum number of blocks per second. A block that is not full yet is lost if the process is killed.
const MIN_BLOCKS_PER_SECOND: u32 = 6;

/// The minimum frames of a block that is not the last.
const MIN_BLOCK: u16 = 16;

pub(super) struct Level {
    /// Maximum frames of a block.
    pub(super) max_block: u16,
    /// Order of the linear predictor; 0 selects the fixed predictors.
    predictor_order: u8,
    /// Maximum order of Rice partitions.
    partition_order: u32,
    stereo: StereoMode,
}

/// How two channels are encoded.
#[derive(Clone, Copy, PartialEq)]
enum StereoMode {
    /// Independently.
    Independent,
    /// As mid and side if a heuristic expects that to be smaller.
    Heuristic,
    /// In the way that turns out smallest.
    Exhaustive,
}

macro_rules! levels {
    ($($block:literal $predictor:literal $partitions:literal $stereo:ident;)*) => {
        pub(super) const LEVELS: [Level; MAX_COMPRESSION as usize + 1] = [$(Level {
            max_block: $block,
            predictor_order: $predictor,
            partition_order: $partitions,
            stereo: StereoMode::$stereo,
        }),*];
    };
}

// flac-codec 1.3 panics with partition orders above 6 (not reported upstream).
levels! {
    1152  0 3 Independent;
    1152  0 3 Heuristic;
    1152  0 3 Exhaustive;
    4096  6 4 Independent;
    4096  8 4 Heuristic;
    4096  8 5 Exhaustive;
    4096  8 6 Exhaustive;
    4096 10 6 Exhaustive;
    4096 12 6 Exhaustive;
}

impl Level {
    /// The level with this number, or the default one.
    pub(super) fn get(level: Option<u8>) -> Result<&'static Level> {
        let level = level.unwrap_or(DEFAULT_LEVEL);
        LEVELS.get(usize::from(level)).ok_or_else(|| {
            let message = format!("invalid compression level {level} (0 to {MAX_COMPRESSION})");
            Error::new(Kind::Usage, message)
        })
    }

    /// The encoder's options; `None` if it rejects them.
    pub(super) fn options(&self) -> Option<Options> {
        let order = (self.predictor_order > 0).then_some(self.predictor_order);
        let options = Options::default()
            .mid_side(self.stereo != StereoMode::Independent)
            .fast_channel_correlation(self.stereo != StereoMode::Exhaustive);
        options
            .max_partition_order(self.partition_order)
            .and_then(|options| options.max_lpc_order(order))
            .ok()
    }

    /// Frames of a block at a sample rate.
    pub(super) fn block_frames(&self, rate: u32) -> u16 {
        let mut block = self.max_block;
        while block > MIN_BLOCK && u32::from(block) * MIN_BLOCKS_PER_SECOND > rate {
            block = (block / 2).max(MIN_BLOCK);
        }
        block
    }
}
