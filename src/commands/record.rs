//! `aloud record`: a device to files or a pipe.

use super::args::{self, PcmArgs};
use super::keys::Keys;
use super::pid_file::PidFile;
use super::signals::{self, Ending};
use super::{Exit, Result, ui::Ui};
use aloud::audio::error::{Error, Kind};
use aloud::audio::file::{self, Container, Sink};
use aloud::audio::format::Format;
use aloud::audio::pcm::{Direction, Length, Pcm, Request};
use aloud::audio::spec::Spec;
use aloud::audio::transfer::{self, Control, Delay, Event, Record, Timing, Why};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

/// Record to sound files, or to a pipe
///
/// No frame is lost for a slow disk or a stalled pipe: a ring holds what they cannot take yet. What the device itself
/// loses is counted and told. A file is valid at every moment.
#[derive(clap::Args)]
pub struct Args {
    /// File to write (several with -I); - or none is standard output
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    pcm: PcmArgs,
    /// What to write: wav, rf64, w64, au, raw; by default what the file's suffix says, else wav
    #[arg(short = 't', long = "file-type", value_name = "TYPE", value_parser = args::container)]
    file_type: Option<Container>,
    /// Record this long (5, 0.5, 1m30s, 1:30); 0 or none is until stopped
    #[arg(short, long, value_name = "TIME", value_parser = args::time, conflicts_with = "samples")]
    duration: Option<Duration>,
    /// Record this many frames; 0 or none is until stopped
    #[arg(short, long, value_name = "FRAMES")]
    samples: Option<u64>,
    /// Go on in a new file after this long; not a frame is lost between
    #[arg(long, value_name = "TIME", value_parser = args::time)]
    max_file_time: Option<Duration>,
    /// FILE is a strftime pattern; %v is the number of the file
    #[arg(long)]
    use_strftime: bool,
    /// Write one file for each channel
    #[arg(short = 'I', long)]
    separate_channels: bool,
    /// How long a disk or a pipe may stall without a loss
    #[arg(long, value_name = "TIME", value_parser = args::time, default_value = "10s")]
    ring: Duration,
    /// Replace what an overrun lost by that length of silence, so that time stays true
    #[arg(long)]
    fill_gaps: bool,
    /// Have what was written reach the disk itself with each checkpoint
    #[arg(long)]
    sync: bool,
    /// Write NAME.part and rename it when it is complete; the default for files that are split
    #[arg(long, overrides_with = "no_part")]
    part: bool,
    /// Write under the final name from the start
    #[arg(long)]
    no_part: bool,
    /// Refuse to replace a file
    #[arg(long)]
    no_clobber: bool,
    /// Tell with each second of frames at which time it was captured, into this file (or as events with --json)
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    timestamps: Option<Option<PathBuf>>,
    /// Refuse what the device cannot do as it is, instead of converting
    #[arg(long)]
    exact: bool,
    /// Start once this much is asked for, in µs or with a unit
    #[arg(short = 'R', long, value_name = "TIME", value_parser = args::delay, allow_hyphen_values = true)]
    start_delay: Option<Delay>,
    /// Stop (an overrun) once this much is unread, in µs or with a unit; 0 or less counts from a whole buffer
    #[arg(short = 'T', long, value_name = "TIME", value_parser = args::delay, allow_hyphen_values = true)]
    stop_delay: Option<Delay>,
    /// Wake once this much can be read, in µs or with a unit
    #[arg(short = 'A', long, value_name = "TIME", value_parser = args::micros)]
    avail_min: Option<Duration>,
    /// Show levels even where there is no terminal: mono or stereo, as arecord
    #[arg(short = 'V', long, value_name = "TYPE", value_parser = ["mono", "stereo"])]
    vumeter: Option<String>,
    /// Space or Enter pauses and goes on, q ends
    #[arg(short, long)]
    interactive: bool,
    /// End at the first overrun, with status 8
    #[arg(long)]
    fatal_errors: bool,
    /// Write the process id here, and remove the file at the end
    #[arg(long, value_name = "FILE")]
    process_id_file: Option<PathBuf>,
    /// Print what the device can do before it records
    #[arg(long)]
    dump_hw_params: bool,
}

impl Args {
    fn to_stdout(&self) -> bool {
        self.files.is_empty() || self.files[..] == [PathBuf::from("-")]
    }

    fn most(&self) -> Option<Length> {
        let time = self.duration.filter(|time| !time.is_zero()).map(Length::Time);
        time.or(self.samples.filter(|frames| *frames > 0).map(Length::Frames))
    }

    /// S16_LE, 48000 Hz, two channels, unless told otherwise.
    fn request(&self) -> Request {
        Request {
            format: self.pcm.sample_format().unwrap_or(Format::S16_LE),
            rate: self.pcm.rate().unwrap_or(48_000),
            channels: self.pcm.channels().unwrap_or(2),
            ..self.pcm.exact(Direction::Capture)
        }
    }
}
