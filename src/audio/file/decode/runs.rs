//! The runs of packets (`trun`) of a fragmented MPEG-4 file. Symphonia counts the packets of each one by one, also where
//! the run says nothing of them: a few bytes could have it count for a minute.

use super::media::{Broken, Quota, Watcher};
use std::io;
use std::sync::{Mutex, PoisonError};

/// A run's kind, version and flags, and number of packets.
const LOOKED_AT: usize = 12;

/// The flags of a run that says something of each packet: its time, size, flags or place. Such runs are as long as they
/// say.
const TELLING: u32 = 0x0f00;

/// What a packet that nothing is said of costs, in bytes of the quota: a run may have 16 million.
const COST: u64 = 4;

/// Counts the packets that nothing is said of.
pub(super) struct Runs {
    quota: Quota,
    seen: Mutex<Seen>,
}

/// The last bytes that were read, and where they end.
#[derive(Default)]
struct Seen {
    bytes: Vec<u8>,
    end: u64,
}

impl Runs {
    pub(super) fn new(quota: Quota) -> Runs {
        Runs {
            quota,
            seen: Mutex::default(),
        }
    }
}

impl Watcher for Runs {
    fn see(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.end != at {
            seen.bytes.clear();
        }
        seen.bytes.extend_from_slice(bytes);
        seen.end = at + bytes.len() as u64;
        let packets: u64 = seen.bytes.windows(LOOKED_AT).filter_map(untold).sum();
        let kept = seen.bytes.len().min(LOOKED_AT - 1);
        let passed = seen.bytes.len() - kept;
        seen.bytes.drain(..passed);
        self.quota.take(COST * packets).map_err(|_| {
            let why = format!("is broken: a fragment claims to have {packets} packets");
            io::Error::other(Broken(why))
        })
    }
}

/// How many packets a run has that it says nothing of, if `bytes` are the beginning of one.
fn untold(bytes: &[u8]) -> Option<u64> {
    let number = |at| Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    // The version is 0 or 1.
    let told = !bytes.starts_with(b"trun") || number(4)? & (0xfe00_0000 | TELLING) != 0;
    (!told).then(|| number(8).map(u64::from))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(flags: u32, packets: u32) -> Vec<u8> {
        [
            &b"moof....trun"[..],
            &flags.to_be_bytes(),
            &packets.to_be_bytes(),
            b"mdat",
        ]
        .concat()
    }

    /// Whether all of it may be read, in parts of `step` bytes.
    fn passes(bytes: &[u8], step: usize) -> bool {
        let runs = Runs::new(Quota::new());
        let parts = bytes.chunks(step).enumerate();
        let mut seen = parts.map(|(part, bytes)| runs.see((part * step) as u64, bytes));
        seen.all(|seen| seen.is_ok())
    }

    #[test]
    fn packets_that_nothing_is_said_of_are_counted_however_they_are_read() {
        for step in [1, 5, 100] {
            assert!(passes(&run(0x01, 1_000_000), step));
            assert!(!passes(&run(0x01, u32::MAX), step));
            assert!(passes(&run(0x0201, u32::MAX), step));
            assert!(!passes(&run(0x01, 6_000_000).repeat(3), step));
        }
    }

    #[test]
    fn what_stands_apart_is_no_run() {
        let runs = Runs::new(Quota::new());
        let bytes = run(0x01, u32::MAX);
        assert!(runs.see(0, &bytes[..12]).is_ok());
        assert!(runs.see(500, &bytes[12..]).is_ok());
    }
}
