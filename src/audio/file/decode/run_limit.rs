//! Limits the track runs (`trun`) of fragmented MPEG-4. symphonia 0.6.1 iterates over the samples of a run even if the
//! run has no data for them, so that a few bytes could keep it busy for a minute (not reported upstream).

use super::media_source::{ContentError, ReadBudget, ReadObserver};
use crate::audio::spelling::count;
use std::io;
use std::sync::{Mutex, PoisonError};

/// The type, version and flags, and sample count of a run.
const RUN_HEADER: usize = 12;

/// The flags of a run with data for each sample: duration, size, flags or composition offset. The size of such a run
/// limits the number of its samples.
const PER_SAMPLE_FLAGS: u32 = 0x0f00;

/// The cost of a sample without data, in bytes of the budget: a run may have 16 million.
const SAMPLE_COST: u64 = 4;

/// Counts samples without data.
pub(super) struct RunLimit {
    budget: ReadBudget,
    tail: Mutex<ReadTail>,
}

/// The last bytes that were read, and the offset of their end.
#[derive(Default)]
struct ReadTail {
    bytes: Vec<u8>,
    end: u64,
}

impl RunLimit {
    pub(super) fn new(budget: ReadBudget) -> RunLimit {
        RunLimit {
            budget,
            tail: Mutex::default(),
        }
    }
}

impl ReadObserver for RunLimit {
    fn observe(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        if tail.end != at {
            tail.bytes.clear();
        }
        tail.bytes.extend_from_slice(bytes);
        tail.end = at + bytes.len() as u64;
        let runs = tail.bytes.windows(RUN_HEADER);
        let samples: u64 = runs.filter_map(samples_without_data).sum();
        let kept = tail.bytes.len().min(RUN_HEADER - 1);
        let passed = tail.bytes.len() - kept;
        tail.bytes.drain(..passed);
        self.budget.spend(SAMPLE_COST * samples).map_err(|_| {
            let why = format!(
                "is corrupt: a fragment declares {}",
                count(samples, "sample")
            );
            io::Error::other(ContentError(why))
        })
    }
}

/// The number of samples, if `bytes` are the header of a run without data for each sample.
fn samples_without_data(bytes: &[u8]) -> Option<u64> {
    let number = |at| Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    // The version is 0 or 1.
    let has_data = || Some(number(4)? & (0xfe00_0000 | PER_SAMPLE_FLAGS) != 0);
    if !bytes.starts_with(b"trun") || has_data()? {
        return None;
    }
    number(8).map(u64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(flags: u32, samples: u32) -> Vec<u8> {
        [
            &b"moof....trun"[..],
            &flags.to_be_bytes(),
            &samples.to_be_bytes(),
            b"mdat",
        ]
        .concat()
    }

    /// Whether all of `bytes` may be read, `step` bytes at a time.
    fn is_accepted(bytes: &[u8], step: usize) -> bool {
        let limit = RunLimit::new(ReadBudget::new());
        let parts = bytes.chunks(step).enumerate();
        let mut results = parts.map(|(part, bytes)| limit.observe((part * step) as u64, bytes));
        results.all(|result| result.is_ok())
    }

    #[test]
    fn samples_without_data_are_counted_however_they_are_read() {
        for step in [1, 5, 100] {
            assert!(is_accepted(&run(0x01, 1_000_000), step));
            assert!(!is_accepted(&run(0x01, u32::MAX), step));
            assert!(is_accepted(&run(0x0201, u32::MAX), step));
            assert!(!is_accepted(&run(0x01, 6_000_000).repeat(3), step));
        }
    }

    #[test]
    fn bytes_that_are_not_adjacent_are_not_a_run() {
        let limit = RunLimit::new(ReadBudget::new());
        let bytes = run(0x01, u32::MAX);
        assert!(limit.observe(0, &bytes[..12]).is_ok());
        assert!(limit.observe(500, &bytes[12..]).is_ok());
    }
}
