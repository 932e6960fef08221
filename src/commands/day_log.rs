//! `record`: a line about each day.

use aloud::audio::dsp::meter::SILENCE_DB;
use aloud::audio::spelling::count;
use aloud::audio::transfer::{Event, FileEvent, FileState, Progress};
use aloud::audio::wall_time::WallTime;
use std::collections::HashMap;
use std::fs;

/// Sums up what is recorded, from local midnight to local midnight.
pub struct DayLog {
    /// Whether only some of what is captured is recorded: the time is then that of the finished files.
    on_sound: bool,
    date: String,
    day: Day,
    /// The files that are open, with how much of each was counted on earlier days.
    open: HashMap<String, u64>,
    /// The last progress: seconds and xruns.
    last: (f64, u64),
}

#[derive(Default)]
struct Day {
    files: u64,
    seconds: f64,
    xruns: u64,
    bytes: u64,
    peak_dbfs: Option<f64>,
}

impl DayLog {
    pub fn new(on_sound: bool) -> DayLog {
        DayLog {
            on_sound,
            date: WallTime::now().local_date(),
            day: Day::default(),
            open: HashMap::new(),
            last: (0.0, 0),
        }
    }

    /// Notes an event; returns the line about the day that has just ended.
    pub fn note(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::File(file) => self.file(file),
            Event::Progress(progress) => return self.progress(progress),
            _ => {}
        }
        None
    }

    fn file(&mut self, file: &FileEvent) {
        match file.state {
            FileState::Opened => drop(self.open.insert(file.name.clone(), 0)),
            FileState::Finished => {
                // A file that was renamed was not counted under its new name.
                let counted = self.open.remove(&file.name).unwrap_or(0);
                self.day.files += 1;
                self.day.bytes += file.bytes.unwrap_or(0).saturating_sub(counted);
                if let (true, Some(spec), Some(frames)) = (self.on_sound, file.spec, file.frames) {
                    self.day.seconds += spec.seconds(frames);
                }
            }
            FileState::Deleted => {}
        }
    }

    fn progress(&mut self, progress: &Progress) -> Option<String> {
        let (seconds, xruns) = self.last;
        if !self.on_sound {
            self.day.seconds += (progress.seconds - seconds).max(0.0);
        }
        self.day.xruns += progress.xruns.saturating_sub(xruns);
        self.last = (progress.seconds, progress.xruns);
        let peaks = progress.peak_dbfs.iter().copied().flatten();
        self.day.peak_dbfs = peaks.chain(self.day.peak_dbfs).reduce(f64::max);
        let date = WallTime::now().local_date();
        if date == self.date {
            return None;
        }
        self.count_open_files();
        let ended = std::mem::replace(&mut self.date, date);
        Some(format!("{ended}: {}", std::mem::take(&mut self.day).text()))
    }

    /// Counts what has been written to files that are open.
    fn count_open_files(&mut self) {
        for (name, counted) in &mut self.open {
            let size = |name: &str| fs::metadata(name).ok().map(|file| file.len());
            if let Some(bytes) = size(&format!("{name}.part")).or_else(|| size(name)) {
                self.day.bytes += bytes.saturating_sub(*counted);
                *counted = bytes;
            }
        }
    }
}

impl Day {
    fn text(&self) -> String {
        let peak = match self.peak_dbfs {
            Some(peak) if peak <= SILENCE_DB => "silent".to_owned(),
            Some(peak) => format!("peak {peak:.1} dBFS"),
            None => "peak unknown".to_owned(),
        };
        format!(
            "{}, {}, {}, {}, {peak}",
            count(self.files, "file"),
            hours(self.seconds),
            count(self.xruns, "xrun"),
            size(self.bytes)
        )
    }
}

/// `23 h 59 min`, `12 min`.
fn hours(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round() as u64;
    match minutes / 60 {
        0 => format!("{minutes} min"),
        hours => format!("{hours} h {} min", minutes % 60),
    }
}

/// `12.3 GB`, in powers of 1000.
fn size(bytes: u64) -> String {
    let units = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    let large = units.iter().find(|(_, unit)| bytes as f64 >= *unit);
    match large {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / unit),
        None => count(bytes, "byte"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_line() {
        let day = Day {
            files: 24,
            seconds: 86_340.0,
            xruns: 1,
            bytes: 12_345_678_901,
            peak_dbfs: Some(-3.21),
        };
        let text = "24 files, 23 h 59 min, 1 xrun, 12.3 GB, peak -3.2 dBFS";
        assert_eq!(day.text(), text);
        let text = "0 files, 0 min, 0 xruns, 0 bytes, peak unknown";
        assert_eq!(Day::default().text(), text);
        let day = Day {
            peak_dbfs: Some(SILENCE_DB),
            ..Day::default()
        };
        assert!(day.text().ends_with(", silent"));
    }
}
