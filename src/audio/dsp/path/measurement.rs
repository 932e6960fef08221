//! What was measured on a path.

use schemars::JsonSchema;
use serde::Serialize;

/// What happened to the signal. Levels are in dB: -99999.99 is silence, null is unknown.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PathMeasurement {
    /// Where the signal starts in the recording, in frames; null if it was not found.
    pub arrival_frames: Option<i64>,
    /// The sent channel (from 0) that is loudest in each received one; null if there is none.
    pub source_channels: Vec<Option<usize>>,
    /// The gain in dB from each sent channel (inner) to each received one (outer); null below the noise.
    pub gains_db: Vec<Vec<Option<f64>>>,
    /// Whether the polarity is inverted, per received channel.
    pub inverted: Vec<bool>,
    /// How much higher the gain of quiet sound is than that of loud sound, in dB, per received channel.
    pub compression_db: Vec<Option<f64>>,
    /// Total harmonic distortion and noise relative to the sine, per received channel.
    pub thd_n_db: Vec<Option<f64>>,
    /// RMS of the received silence in dB of full scale; -99999.99 if it was digital.
    pub noise_dbfs: Vec<Option<f64>>,
    /// How much faster (or slower, if negative) the received pitch is, in millionths.
    pub pitch_ppm: Option<f64>,
    /// How much the gain varies with the frequency, in dB, per received channel.
    pub response_db: Vec<Option<f64>>,
    /// Frames that are missing (or, if negative, inserted) between the start and the end.
    pub lost_frames: Option<i64>,
    /// The bits; null if the signal was not found.
    pub bits: Option<BitResult>,
    /// What explains the differences.
    pub cause: PathCause,
}

impl PathMeasurement {
    /// Whether every bit has arrived.
    pub fn is_exact(&self) -> bool {
        self.bits
            .as_ref()
            .is_some_and(|bits| bits.first_difference.is_none())
    }

    /// The same with all numbers rounded to hundredths.
    pub(super) fn rounded(mut self) -> PathMeasurement {
        let per_channel = [
            &mut self.compression_db,
            &mut self.thd_n_db,
            &mut self.noise_dbfs,
            &mut self.response_db,
        ];
        let values = per_channel.into_iter().chain(&mut self.gains_db).flatten();
        for value in values.chain([&mut self.pitch_ppm]).flatten() {
            // Zero has no sign.
            *value = (*value * 100.0).round() / 100.0 + 0.0;
        }
        self
    }

    /// The gain in dB of each received channel's loudest source.
    pub fn levels_db(&self) -> Vec<Option<f64>> {
        let rows = self.source_channels.iter().zip(&self.gains_db);
        rows.map(|(source, row)| (*source).and_then(|source| row[source]))
            .collect()
    }
}

/// A comparison bit by bit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BitResult {
    /// Frames that were compared.
    pub frames: u64,
    /// Samples that differ.
    pub different_samples: u64,
    /// The first of them.
    pub first_difference: Option<BitDifference>,
    /// How many of the low bits differ, if the bits above them are all right.
    pub low_bits: Option<u32>,
}

/// A sample that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BitDifference {
    /// The frame, counted from the start of the signal.
    pub frame: u64,
    /// The channel, counted from 0.
    pub channel_index: usize,
    /// The highest bit that differs; 0 is the lowest.
    pub bit: u32,
    /// The sample that was sent, as its bits.
    pub sent: u64,
    /// The sample that was received.
    pub received: u64,
}

/// What explains the differences between what was sent and what arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PathCause {
    /// There are none.
    None,
    /// Nothing arrived.
    Silence,
    /// Something arrived, but not the signal.
    OtherSound,
    /// Channels are swapped, mixed or missing.
    Route,
    /// The pitch is wrong: it was played at another rate than it was recorded at.
    Pitch,
    /// The clocks of the two devices differ.
    Clocks,
    /// Frames are missing or were inserted.
    LostFrames,
    /// All samples are multiplied by the same number, as softvol does.
    Gain,
    /// The low bits are missing, as after a conversion to fewer bits.
    LowBits,
    /// Other sound is added: another program plays, or the path is analog.
    AddedSound,
    /// The rate was converted, or the sound delayed by part of a frame.
    Resampling,
    /// The gain depends on the frequency.
    Filter,
    /// The gain depends on the level, or there is distortion.
    Distortion,
    /// Something else.
    Unknown,
}
