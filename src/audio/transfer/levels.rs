//! The levels of a transfer. A device thread only copies frames; another thread measures them.

use crate::audio::dsp::meter;
use crate::audio::spec::Spec;
use rtrb::{Consumer, Producer, RingBuffer};
use std::time::Duration;

/// Frames that a tap holds beyond those of two readings.
const TAP_MARGIN: Duration = Duration::from_millis(500);

/// The peak of each channel since it was last taken.
#[derive(Debug)]
pub(super) struct Levels {
    spec: Spec,
    peaks: Vec<f32>,
    is_measured: bool,
    /// The peaks that were taken last, if any were.
    last: Option<Vec<f32>>,
}

/// Peaks in dBFS (`None` if unknown), and whether each reached full scale.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PeakLevels {
    pub dbfs: Vec<Option<f64>>,
    pub clipped: Vec<bool>,
}

impl Levels {
    pub(super) fn new(spec: Spec) -> Levels {
        Levels {
            spec,
            peaks: vec![0.0; spec.channels as usize],
            is_measured: false,
            last: None,
        }
    }

    /// Includes frames.
    pub(super) fn measure(&mut self, frames: &[u8]) {
        self.is_measured |= meter::include_peaks(self.spec, frames, &mut self.peaks);
    }

    /// Includes peaks that were measured elsewhere, scaled by `factor`.
    pub(super) fn include(&mut self, peaks: &[f32], factor: f32) {
        for (peak, other) in self.peaks.iter_mut().zip(peaks) {
            *peak = peak.max(other * factor);
        }
        self.is_measured = true;
    }

    /// The peaks since the last call, or the last ones known if no frame was measured since.
    pub(super) fn take(&mut self) -> PeakLevels {
        if std::mem::take(&mut self.is_measured) {
            self.last = Some(self.peaks.clone());
            self.peaks.fill(0.0);
        }
        let full_scale = meter::full_scale(self.spec.format);
        match &self.last {
            Some(peaks) => PeakLevels {
                dbfs: peaks.iter().map(|peak| meter::dbfs(*peak)).collect(),
                clipped: peaks.iter().map(|peak| *peak >= full_scale).collect(),
            },
            None => PeakLevels {
                dbfs: vec![None; self.peaks.len()],
                clipped: vec![false; self.peaks.len()],
            },
        }
    }
}

/// The device thread's end of a tap: takes copies of the frames that pass. Does nothing if nobody measures.
pub(super) struct Tap(Option<Producer<u8>>);

/// The other end: measures the copies.
pub(super) struct TapMeter(Option<(Consumer<u8>, Levels)>);

/// A tap for frames of `spec` that is read at each `interval`; `None` if nobody measures.
pub(super) fn tap(spec: Spec, interval: Option<Duration>) -> (Tap, TapMeter) {
    let Some(interval) = interval else {
        return (Tap(None), TapMeter(None));
    };
    let frames = spec.frames_lasting(2 * interval + TAP_MARGIN);
    let (writer, reader) = RingBuffer::new(spec.bytes(frames) as usize);
    (
        Tap(Some(writer)),
        TapMeter(Some((reader, Levels::new(spec)))),
    )
}

impl Tap {
    /// A tap that nobody reads.
    pub(super) fn none() -> Tap {
        Tap(None)
    }

    /// Copies whole frames. If the other end is late, those that do not fit are not measured.
    pub(super) fn copy(&mut self, frames: &[u8]) {
        if let Some(ring) = &mut self.0 {
            // The ring holds whole frames only, so what fits is a whole number of them.
            let _ = ring.push_partial_slice(frames);
        }
    }
}

impl TapMeter {
    /// The peaks of the frames copied since the last call, or the last ones known if there were none.
    pub(super) fn take(&mut self) -> PeakLevels {
        let Some((ring, levels)) = &mut self.0 else {
            return PeakLevels::default();
        };
        if let Ok(chunk) = ring.read_chunk(ring.slots())
            && !chunk.is_empty()
        {
            let (first, second) = chunk.as_slices();
            levels.measure(first);
            levels.measure(second);
            chunk.commit_all();
        }
        levels.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::dsp::meter::SILENCE_DB;
    use crate::audio::format::Format;

    fn spec(format: Format) -> Spec {
        Spec::new(format, 8000, 2).unwrap()
    }

    #[test]
    fn peaks_stay_known_until_more_frames_are_measured() {
        let mut levels = Levels::new(spec(Format::S16_LE));
        assert_eq!(levels.take().dbfs, [None, None]);
        levels.measure(&[0x00, 0x40, 0xff, 0x7f]);
        let first = levels.take();
        assert_eq!(first.dbfs, [Some(-6.02), Some(0.0)]);
        assert_eq!(first.clipped, [false, true]);
        assert_eq!(levels.take(), first);
        levels.include(&[0.5, 0.0], 0.5);
        assert_eq!(levels.take().dbfs, [Some(-12.04), Some(SILENCE_DB)]);
    }

    #[test]
    fn a_tap_measures_what_passed_and_drops_what_does_not_fit() {
        let (mut tap, mut meter) = tap(spec(Format::U8), Some(Duration::from_millis(250)));
        tap.copy(&[0xc0, 0x80].repeat(10_000));
        tap.copy(&[0xff, 0xff]);
        assert_eq!(meter.take().dbfs, [Some(-6.02), Some(SILENCE_DB)]);
        tap.copy(&[0xff, 0x80]);
        let levels = meter.take();
        assert_eq!(levels.clipped, [true, false]);
    }
}
