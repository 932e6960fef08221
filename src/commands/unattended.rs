//! Options of `aloud record` for recordings that nobody watches.

use super::after_file::AfterFile;
use super::args;
use super::day_log::DayLog;
use super::ui::PROGRESS;
use super::ui::Ui;
use aloud::audio::dsp::sound::OnSound;
use aloud::audio::error::{Error, Kind, Result};
use aloud::audio::recording::{Keep, KeptFiles, OnSoundOptions};
use aloud::audio::stream::FileReport;
use aloud::audio::transfer::{Event, FileReporter};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How much is recorded before a sound, and how much silence after it, unless options say otherwise.
const PRE_ROLL: Duration = Duration::from_secs(1);
const UNTIL_SILENCE: Duration = Duration::from_secs(2);

/// The pre-roll is in memory.
const MAX_PRE_ROLL: Duration = Duration::from_secs(600);

/// What is recorded, and what happens to finished files.
#[derive(clap::Args)]
#[command(next_help_heading = "Unattended recording")]
pub struct UnattendedArgs {
    /// Record only sound, with one file for each: anything but digital silence, or anything above a level
    /// (--on-sound=-50). The files are named by their start time, and have it as their date tag. --duration counts what
    /// is captured, recorded or not.
    #[arg(hide_short_help = true, long, value_name = "DBFS", num_args = 0..=1, require_equals = true, value_parser = args::level)]
    on_sound: Option<Option<f64>>,
    /// Record this much before each sound; the default is 1s
    #[arg(hide_short_help = true, long, value_name = "TIME", value_parser = pre_roll, requires = "on_sound")]
    pre_roll: Option<Duration>,
    /// Complete the file after this much silence, which is recorded; the default is 2s
    #[arg(hide_short_help = true, long, value_name = "TIME", value_parser = until_silence, requires = "on_sound")]
    until_silence: Option<Duration>,
    /// Delete the oldest finished files of this recording, so that at most this size (100G), age (30d) or number of files
    /// (of each channel with -I) remains. Sizes take K, M, G, T (powers of 1024) and KB, MB, GB, TB (powers of 1000); ages
    /// take min, h, d, w. The newest file is always kept.
    #[arg(hide_short_help = true, long, value_name = "LIMIT", value_parser = keep)]
    keep: Option<Keep>,
    /// Command to run with sh after each finished file, without waiting for it. ALOUD_FILE is the file; ALOUD_FRAMES,
    /// ALOUD_SECONDS, ALOUD_BYTES, ALOUD_FORMAT, ALOUD_RATE, ALOUD_CHANNELS and ALOUD_START (RFC 3339) describe it. A
    /// failure is reported. At the end, commands that still run have 30 seconds.
    #[arg(hide_short_help = true, long, value_name = "CMD", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    run_after_file: Option<String>,
}

impl UnattendedArgs {
    /// # Errors
    /// [`Kind::Usage`] if an option needs files, but the recording goes to standard output.
    pub fn check(&self, to_stdout: bool) -> Result<()> {
        let given = [
            ("--on-sound", self.on_sound.is_some()),
            ("--keep", self.keep.is_some()),
            ("--run-after-file", self.run_after_file.is_some()),
        ];
        match given.iter().find(|(_, is_given)| to_stdout && *is_given) {
            Some((name, _)) => {
                let message = format!("{name} needs a file name: standard output is one stream");
                Err(Error::new(Kind::Usage, message))
            }
            None => Ok(()),
        }
    }

    /// Whether the first file is meant as the level of `--on-sound`.
    pub fn may_lack_equals_sign(&self, file: &Path) -> bool {
        let number = file.to_str().map(str::parse::<f64>);
        self.on_sound == Some(None) && matches!(number, Some(Ok(_)))
    }

    /// What to record of sounds, if nothing else is recorded.
    pub fn on_sound(&self) -> Option<OnSoundOptions> {
        self.on_sound.map(|above_dbfs| OnSoundOptions {
            sound: OnSound { above_dbfs },
            pre_roll: self.pre_roll.unwrap_or(PRE_ROLL),
            until_silence: self.until_silence.unwrap_or(UNTIL_SILENCE),
        })
    }

    /// How often the watcher has to be called.
    pub fn progress(&self, ui: &Ui) -> Option<Duration> {
        let is_watched = !ui.quiet() || self.run_after_file.is_some();
        is_watched.then_some(PROGRESS)
    }

    /// The limit of `--keep`.
    pub fn keep(&self) -> Option<Keep> {
        self.keep
    }
}

/// Reports each day, and runs `--run-after-file`.
pub struct Watcher {
    days: DayLog,
    after_file: Option<AfterFile>,
}

impl Watcher {
    pub fn new(args: &UnattendedArgs) -> Watcher {
        Watcher {
            days: DayLog::new(args.on_sound.is_some()),
            after_file: args.run_after_file.clone().map(AfterFile::new),
        }
    }

    /// Notes what has happened in the recording. Called once a second, if [`UnattendedArgs::progress`] says so.
    pub fn note(&mut self, ui: &Ui, event: &Event) {
        if let Some(day) = self.days.note(event)
            && !ui.json()
        {
            ui.note(&day);
        }
        let warnings = self
            .after_file
            .as_mut()
            .map(|commands| commands.note(event));
        for warning in warnings.into_iter().flatten() {
            ui.warning(&warning);
        }
    }

    /// Waits for the commands that run, unless it `is_interrupted`.
    pub fn finish(self, ui: &Ui, is_interrupted: &dyn Fn() -> bool) {
        let warnings = self
            .after_file
            .map(|commands| commands.finish(is_interrupted));
        for warning in warnings.into_iter().flatten() {
            ui.warning(&warning);
        }
    }
}

/// Deletes files as `keep` says, when `report` says that a file is finished, and reports that as well.
pub fn deleting(
    report: FileReporter,
    keep: Option<Keep>,
    path: &Path,
    strftime: bool,
) -> FileReporter {
    let Some(keep) = keep else {
        return report;
    };
    let kept = Mutex::new(KeptFiles::open(path, strftime, keep));
    Arc::new(move |file: FileReport| {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let deleted = kept.note(&file);
        report(file);
        deleted.into_iter().for_each(&*report);
    })
}

fn pre_roll(text: &str) -> std::result::Result<Duration, String> {
    match args::time(text)? {
        time if time <= MAX_PRE_ROLL => Ok(time),
        _ => Err("at most 10 minutes can be recorded before a sound".to_owned()),
    }
}

fn until_silence(text: &str) -> std::result::Result<Duration, String> {
    match args::time(text)? {
        time if !time.is_zero() => Ok(time),
        _ => Err("expected a time above zero".to_owned()),
    }
}

/// `100G`, `30d`, `24`.
fn keep(text: &str) -> std::result::Result<Keep, String> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    limit(number, unit).ok_or_else(|| {
        "expected a size (100G), an age (30d) or a number of files (24), above zero".to_owned()
    })
}

fn limit(number: &str, unit: &str) -> Option<Keep> {
    if unit.is_empty() {
        let files = number.parse().ok().filter(|files| *files > 0);
        return files.map(Keep::Files);
    }
    let number: f64 = number.parse().ok().filter(|number| *number > 0.0)?;
    let seconds = match unit {
        "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        "w" => 7.0 * 86_400.0,
        _ => return bytes(number, unit),
    };
    Duration::try_from_secs_f64(number * seconds)
        .ok()
        .map(Keep::Time)
}

/// A size as GNU's programs read it: `G` and `GiB` are powers of 1024, `GB` of 1000.
fn bytes(number: f64, unit: &str) -> Option<Keep> {
    let mut letters = unit.chars();
    let power = match letters.next()? {
        'k' | 'K' => 1,
        'M' => 2,
        'G' => 3,
        'T' => 4,
        _ => return None,
    };
    let base = match letters.as_str() {
        "" | "iB" => 1024f64,
        "B" => 1000.0,
        _ => return None,
    };
    Some(Keep::Bytes((number * base.powi(power)) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_sizes_ages_or_numbers() {
        let days = |days: u64| Keep::Time(Duration::from_secs(days * 86_400));
        for (text, wanted) in [
            ("100G", Keep::Bytes(100 << 30)),
            ("1.5MB", Keep::Bytes(1_500_000)),
            ("2TiB", Keep::Bytes(2 << 40)),
            ("64k", Keep::Bytes(64 << 10)),
            ("30d", days(30)),
            ("2w", days(14)),
            ("12h", Keep::Time(Duration::from_secs(43_200))),
            ("24", Keep::Files(24)),
        ] {
            assert_eq!(keep(text), Ok(wanted), "{text}");
        }
        for wrong in [
            "",
            "0",
            "0d",
            "-1",
            "1.5",
            "G",
            "30x",
            "30D",
            "1e3",
            "1Gb",
            "5 d",
            "inf",
            "1m",
            "1s",
            "99999999999999999999d",
        ] {
            assert!(keep(wrong).is_err(), "{wrong}");
        }
    }
}
