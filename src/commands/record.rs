//! `aloud record`: a device to files or a pipe.

use super::advice;
use super::args::{self, ConvertArgs, PcmArgs};
use super::signals::OnSignal;
use super::transfers::{Listener, TransferArgs};
use super::{Result, ui::Ui};
use aloud::audio::channel_map::ChannelMap;
use aloud::audio::error::{Error, Kind};
use aloud::audio::file::{self, Container, OutputTarget, WriteOptions};
use aloud::audio::format::Format;
use aloud::audio::metadata::MAX_TAG_BYTES;
use aloud::audio::metadata::Tags;
use aloud::audio::pcm::{Direction, Request};
use aloud::audio::recording::{PerChannelRecording, Recording, RecordingOptions};
use aloud::audio::spec::Spec;
use aloud::audio::stream::Sink;
use aloud::audio::transfer::{self, ConversionPolicy, Event, Record, TransferControl};
use std::cell::RefCell;
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

/// Record to sound files, or to a pipe
///
/// No frame is lost for a slow disk or a stalled pipe: a ring holds what they cannot take yet. What the device itself
/// loses is counted and told. A file is valid at every moment. What the device cannot do as it is is converted, and one
/// line says so; --exact refuses instead. Where a device tells which speakers more than two channels are for, WAV, RF64,
/// W64 and FLAC have them in the usual order of files and tell it.
///
/// INT, TERM and HUP end it with a complete file; USR1 begins the next file.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// File to write (several with -I); - or none is standard output
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What to write: wav, flac, rf64, w64, au, raw; by default what the file's suffix says, else wav
    #[arg(short = 't', long = "file-type", value_name = "TYPE", value_parser = args::container)]
    file_type: Option<Container>,
    /// How hard FLAC is compressed: 0 is fastest, 8 smallest
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(..=i64::from(file::MAX_COMPRESSION)))]
    compression: Option<u8>,
    /// What the recording is called, kept in the file
    #[arg(long, value_name = "TEXT", value_parser = tag)]
    title: Option<String>,
    /// Who is heard
    #[arg(long, value_name = "TEXT", value_parser = tag)]
    artist: Option<String>,
    /// Anything else that the file is to say
    #[arg(long, value_name = "TEXT", value_parser = tag)]
    comment: Option<String>,
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
    #[command(flatten)]
    convert: ConvertArgs,
    #[command(flatten)]
    transfer: TransferArgs,
    #[command(flatten)]
    pcm: PcmArgs,
}

impl Args {
    fn to_stdout(&self) -> bool {
        self.files.is_empty() || self.files[..] == [PathBuf::from("-")]
    }

    /// The file, or `-`.
    fn path(&self) -> &Path {
        self.files.first().map_or(Path::new("-"), PathBuf::as_path)
    }

    fn tags(&self) -> Tags {
        let all = [
            ("title", &self.title),
            ("artist", &self.artist),
            ("comment", &self.comment),
        ];
        let said = all
            .iter()
            .filter_map(|(name, text)| Some((name, text.as_ref()?)));
        said.collect()
    }

    /// S16_LE, 48000 Hz, two channels, unless told otherwise.
    fn request(&self) -> Request {
        Request {
            format: self.pcm.open.sample_format().unwrap_or(Format::S16_LE),
            rate: self.pcm.open.rate().unwrap_or(48_000),
            channels: self.pcm.open.channels().unwrap_or(2),
            ..self.pcm.exact(Direction::Capture)
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  aloud record take.wav
      from the default device until Ctrl-C
  aloud record -D hw:1 -f S32_LE -r 96000 -d 10 take.wav
      ten seconds of card 1, as it is
  aloud record --title 'Dawn chorus' birds.flac
      compressed without a loss
  aloud record --max-file-time 10m --use-strftime '%Y-%m-%d/%H%M%S.wav'
      files of ten minutes, not a frame lost between
  aloud record -d 5 - | sox - -n stat
      into another program";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    check(&args)?;
    let control = TransferControl::new()?;
    if args.to_stdout() {
        ui.leave_stdout_to_sound();
    }
    let request = args.request();
    let _guards = args
        .transfer
        .prepare(ui, &control, &request, OnSignal::Finish)?;
    let timestamps = Rc::new(RefCell::new(TimestampFile::wanted(&args, ui.json())?));
    let most = args.transfer.most();
    let record = Record {
        or_mono: args.pcm.open.channels().is_none(),
        policy: ConversionPolicy {
            label_channels: is_labelled(&args, &request),
            ..args.convert.policy()
        },
        gain: args.convert.factor(),
        sink: sink(&args, timestamps.clone()),
        most,
        ring: args.ring,
        immediate: args.to_stdout(),
        timing: args.transfer.timing(),
        tstamp: args.pcm.tstamp(),
        stamped: args.timestamps.is_some(),
        fill_gaps: args.fill_gaps,
        fatal_xruns: args.transfer.fatal_errors,
        progress: args.transfer.progress(ui),
        request,
    };
    let mut listener = Listener::new(&control);
    let outcome = transfer::record(record, &control, &mut |event| match event {
        // The reader of the pipe has what it wanted.
        Event::Failed(error) if error.errno() == Some(libc::EPIPE) => {}
        event => {
            listener.check(timestamps.borrow_mut().note(event));
            listener.check(ui.event(event));
        }
    });
    // Without a length a signal is how one ends it, and it is complete.
    listener.exit(outcome, most.is_some())
}

/// What a file is to say; more than is ever kept of a tag is refused.
fn tag(text: &str) -> std::result::Result<String, String> {
    match text.len() <= MAX_TAG_BYTES {
        true => Ok(text.to_owned()),
        false => Err(format!("a tag has {MAX_TAG_BYTES} bytes at most")),
    }
}

fn check(args: &Args) -> aloud::audio::error::Result<()> {
    let wrong = |message: &str| Err(Error::new(Kind::Usage, message));
    if args.to_stdout() && std::io::stdout().is_terminal() {
        return Err(
            Error::new(Kind::Usage, "sound is not written to a terminal").with_advice(
                advice::custom("name a file, or pipe it: aloud record take.wav"),
            ),
        );
    }
    if args.files.len() > 1 && !args.separate_channels {
        return wrong(
            "one file is recorded at a time (several only with -I, one for each channel)",
        );
    }
    if args.separate_channels && args.to_stdout() {
        return wrong("-I writes one file for each channel, and standard output is one");
    }
    if args.use_strftime && args.to_stdout() {
        return wrong("--use-strftime names files, and standard output has no name");
    }
    Ok(())
}

/// Whether the file says which speakers its channels are for.
fn is_labelled(args: &Args, request: &Request) -> bool {
    let options = WriteOptions {
        container: args.file_type,
        ..WriteOptions::default()
    };
    let target = OutputTarget::from(args.path());
    !args.separate_channels && file::stores_channel_mask(&target, request.spec(), &options)
}

/// What makes the files once the device is open.
fn sink(args: &Args, timestamps: Rc<RefCell<TimestampFile>>) -> transfer::MakeSink {
    let (files, path) = (args.files.clone(), args.path().to_owned());
    let separate = args.separate_channels;
    let (container, most, max_file_time) =
        (args.file_type, args.transfer.most(), args.max_file_time);
    let part = if args.part {
        Some(true)
    } else if args.no_part {
        Some(false)
    } else {
        None
    };
    let (compression, tags) = (args.compression, args.tags());
    let (clobber, sync, strftime) = (!args.no_clobber, args.sync, args.use_strftime);
    Box::new(move |spec: Spec, speakers: Option<ChannelMap>, tell| {
        timestamps.borrow_mut().create()?;
        let report = move |report| tell(report);
        let options = RecordingOptions {
            write: WriteOptions {
                container,
                expected_frames: most.map(|most| most.frames(spec)),
                clobber,
                part,
                sync,
                compression,
                channel_mask: speakers.and_then(|speakers| speakers.mask()),
                tags: tags.clone(),
                ..WriteOptions::default()
            },
            strftime,
            max_frames: max_file_time
                .filter(|time| !time.is_zero())
                .map(|time| spec.frames_lasting(time).max(1)),
        };
        if separate {
            return Ok(
                Box::new(PerChannelRecording::create(&files, spec, &options, report)?)
                    as Box<dyn Sink>,
            );
        }
        Ok(Box::new(Recording::create(
            OutputTarget::from(path.as_path()),
            spec,
            &options,
            report,
        )?) as Box<dyn Sink>)
    })
}

/// The file that tells which frame was captured when: a line each, the frame and the device's clock.
struct TimestampFile {
    path: Option<PathBuf>,
    file: Option<File>,
}

impl TimestampFile {
    /// What the command line asks for; nothing is written yet.
    fn wanted(args: &Args, json: bool) -> aloud::audio::error::Result<TimestampFile> {
        match &args.timestamps {
            Some(None) if !json => Err(Error::new(
                Kind::Usage,
                "--timestamps needs a file (--timestamps=FILE), or --json to tell them as events",
            )),
            wanted => Ok(TimestampFile {
                path: wanted.clone().flatten(),
                file: None,
            }),
        }
    }

    fn create(&mut self) -> aloud::audio::error::Result<()> {
        if let Some(path) = &self.path {
            let created = File::create(path);
            self.file = Some(created.map_err(|error| failed("create", path, &error))?);
        }
        Ok(())
    }

    fn note(&mut self, event: &Event) -> aloud::audio::error::Result<()> {
        if let (Some(path), Some(file)) = (&self.path, &mut self.file)
            && let Event::Timestamp { frames, tstamp } = event
        {
            writeln!(file, "{frames}\t{tstamp}").map_err(|error| failed("write", path, &error))?;
        }
        Ok(())
    }
}

fn failed(doing: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::file(doing, &path.to_string_lossy(), error)
}
