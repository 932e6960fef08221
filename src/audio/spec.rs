//! Sample format, rate and channels, and all arithmetic between frames, bytes and time.

use super::error::{Error, Kind, Result};
use super::format::Format;
use super::spelling::count;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// The most channels that are supported.
pub(crate) const MAX_CHANNELS: u32 = 1024;

/// Sample format, rate and number of channels. A **frame** is one sample for each channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct Spec {
    /// Sample format.
    pub format: Format,
    /// Frames per second (Hz).
    pub rate: u32,
    /// Samples in a frame.
    pub channels: u32,
}

impl Spec {
    /// A validated spec.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for a rate or channel count of zero, more than 1024 channels, or frames that are not a
    /// whole number of bytes (mono IMA ADPCM).
    pub fn new(format: Format, rate: u32, channels: u32) -> Result<Spec> {
        let spec = Spec {
            format,
            rate,
            channels,
        };
        let frame_bits = u64::from(format.physical_bits()) * u64::from(channels);
        if rate == 0
            || channels == 0
            || channels > MAX_CHANNELS
            || frame_bits == 0
            || !frame_bits.is_multiple_of(8)
        {
            return Err(Error::new(
                Kind::Unsupported,
                format!("{spec} is not a valid spec"),
            ));
        }
        Ok(spec)
    }

    /// Bytes per frame.
    pub fn frame_bytes(&self) -> usize {
        self.format.physical_bits() as usize * self.channels as usize / 8
    }

    /// Bytes in `frames` frames.
    pub fn bytes(&self, frames: u64) -> u64 {
        frames.saturating_mul(self.frame_bytes() as u64)
    }

    /// Whole frames in `bytes` bytes.
    pub fn frames_in(&self, bytes: u64) -> u64 {
        bytes / self.frame_bytes() as u64
    }

    /// The number of frames that last `time`, rounded to nearest.
    pub fn frames_lasting(&self, time: Duration) -> u64 {
        let nanos = time.as_nanos() * u128::from(self.rate);
        u64::try_from((nanos + 500_000_000) / 1_000_000_000).unwrap_or(u64::MAX)
    }

    /// The duration of `frames` frames in seconds.
    pub fn seconds(&self, frames: u64) -> f64 {
        frames as f64 / f64::from(self.rate)
    }

    /// The duration of `frames` frames in milliseconds, rounded to microseconds.
    pub fn milliseconds(&self, frames: u64) -> f64 {
        (self.seconds(frames) * 1e6).round() / 1e3
    }

    /// The duration of `frames` frames.
    pub fn duration(&self, frames: u64) -> Duration {
        let rate = u64::from(self.rate);
        let nanos = u128::from(frames % rate) * 1_000_000_000 / u128::from(rate);
        Duration::new(frames / rate, nanos as u32)
    }

    /// `frames` frames of silence.
    pub(crate) fn silence(&self, frames: u64) -> Vec<u8> {
        let mut bytes = vec![0; self.bytes(frames) as usize];
        self.format.fill_silence(&mut bytes, 0);
        bytes
    }

    /// `bytes` rounded down to whole frames, for [`Source::read`](super::stream::Source::read).
    ///
    /// # Errors
    /// [`Kind::Internal`] if `bytes` is less than one frame but not zero: returning zero would look like the end.
    pub(crate) fn whole_frames(&self, bytes: usize) -> Result<usize> {
        let frame = self.frame_bytes();
        if bytes > 0 && bytes < frame {
            let message = format!("a buffer of {bytes} bytes cannot hold a frame of {frame}");
            return Err(Error::internal(&message));
        }
        Ok(bytes - bytes % frame)
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let channels = count(self.channels, "channel");
        write!(f, "{}, {} Hz, {channels}", self.format, self.rate)
    }
}

/// The number of frames at rate `to` that last as long as `frames` at rate `from`, rounded to nearest.
pub(crate) fn rescale_frames(frames: u64, from: u32, to: u32) -> u64 {
    let (from, to) = (u128::from(from), u128::from(to));
    let exact = (u128::from(frames) * to + from / 2) / from;
    u64::try_from(exact).unwrap_or(u64::MAX)
}

/// The fewest frames at rate `to` that last at least as long as `frames` at rate `from`.
pub(crate) fn rescale_frames_up(frames: u64, from: u32, to: u32) -> u64 {
    let exact = (u128::from(frames) * u128::from(to)).div_ceil(u128::from(from));
    u64::try_from(exact).unwrap_or(u64::MAX)
}

/// A length of sound in frames or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Frames.
    Frames(u64),
    /// Time.
    Time(Duration),
}

impl Length {
    /// The length in frames at the rate of `spec`.
    pub fn frames(self, spec: Spec) -> u64 {
        match self {
            Length::Frames(frames) => frames,
            Length::Time(time) => spec.frames_lasting(time),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_bytes_and_time_agree() {
        let cd = Spec::new(Format::S16_LE, 44_100, 2).unwrap();
        assert_eq!(cd.frame_bytes(), 4);
        assert_eq!(cd.bytes(44_100), 176_400);
        assert_eq!(cd.frames_in(176_403), 44_100);
        assert_eq!(cd.frames_lasting(Duration::from_millis(500)), 22_050);
        assert_eq!(cd.duration(66_150), Duration::from_millis(1500));
    }

    #[test]
    fn frames_of_fractional_bytes_are_rejected() {
        assert!(Spec::new(Format::IMA_ADPCM, 8000, 1).is_err());
        assert!(Spec::new(Format::S16_LE, 0, 2).is_err());
        assert!(Spec::new(Format::S16_LE, 8000, 0).is_err());
    }
}
