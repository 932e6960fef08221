//! `--test-position`: whether the positions that the device reports are plausible.

use super::options::AplayOptions;
use crate::commands::ui::plain;
use aloud::audio::pcm::{Configuration, StepwisePcm};
use std::time::SystemTime;

/// The frames that can be moved, and the delay.
type AvailDelay = (i64, i64);

/// The positions so far.
#[derive(Default)]
pub(super) struct PositionTest {
    /// How many there were that are out of range, since the start.
    out_of_range: u64,
    second: u64,
    count: i64,
    sum: AvailDelay,
    min: AvailDelay,
    max: AvailDelay,
}

impl PositionTest {
    /// Reports a position that is out of range and, if verbose, each position.
    pub(super) fn test(&mut self, pcm: &StepwisePcm, options: &AplayOptions) {
        let (Some(granted), Ok(position)) = (pcm.configuration(), pcm.avail_delay()) else {
            return;
        };
        let (avail, delay) = position;
        let buffer = granted.buffer_size as i64;
        let most = options.test_coef * (buffer / 2);
        if avail.abs() > most || delay.abs() > most {
            self.out_of_range += 1;
            let total = self.out_of_range;
            plain::print_error(&format!(
                "Suspicious buffer position ({total} total): avail = {avail}, delay = {delay}, buffer = {buffer}\n"
            ));
        }
        if options.verbose == 0 {
            return;
        }
        self.add(position);
        self.report_second(granted);
        if let Ok(status) = pcm.status() {
            plain::print_error(&format!(
                "Status(R/W) (standalone avail={avail} delay={delay}):\n{}",
                status.text
            ));
        }
    }

    fn add(&mut self, (avail, delay): AvailDelay) {
        if self.count == 0 {
            (self.sum, self.min, self.max) = ((0, 0), (avail, delay), (avail, delay));
        }
        self.count += 1;
        self.sum = (self.sum.0 + avail, self.sum.1 + delay);
        self.min = (self.min.0.min(avail), self.min.1.min(delay));
        self.max = (self.max.0.max(avail), self.max.1.max(delay));
    }

    fn report_second(&mut self, granted: &Configuration) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let second = now.map_or(0, |time| time.as_secs());
        let last = std::mem::replace(&mut self.second, second);
        if last == 0 || last == second {
            return;
        }
        let average = (self.sum.0 / self.count, self.sum.1 / self.count);
        let (min, max, buffer) = (self.min, self.max, granted.buffer_size);
        let total = self.out_of_range;
        plain::print_error(&format!(
            "BUFPOS: avg{}/{} min{}/{} max{}/{} ({buffer}) ({total}:0/0)\n",
            average.0, average.1, min.0, min.1, max.0, max.1
        ));
    }
}
