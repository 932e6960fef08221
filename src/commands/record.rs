//! `aloud record`: a device to files or standard output.

use super::advice;
use super::args::{self, ConvertArgs, PcmArgs};
use super::overwrite;
use super::signals::OnSignal;
use super::transfers::{Listener, TransferArgs};
use super::unattended::{self, UnattendedArgs, Watcher};
use super::{Exit, Result, ui::Ui};
use aloud::audio::channel_map::ChannelMap;
use aloud::audio::error::{self, Error, Kind};
use aloud::audio::file::{self, Container, OutputTarget, WriteOptions};
use aloud::audio::metadata::{MAX_TAG_BYTES, Tags};
use aloud::audio::pcm::{Direction, Request};
use aloud::audio::recording::{OnSoundSink, PerChannelRecording, Recording, RecordingOptions};
use aloud::audio::spec::Spec;
use aloud::audio::stream::Sink;
use aloud::audio::transfer::{
    self, ConversionPolicy, Event, OnLost, Record, RecordGroup, TransferCommand, TransferControl,
};
use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{IsTerminal, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

/// Record to sound files or standard output
///
/// Records until interrupted, unless --duration or --samples is given. A ring buffer in memory holds what a slow disk or
/// a stalled pipe cannot take yet (--ring). Overruns of the device are reported, with the number of lost frames. The
/// file is valid at any moment, even if aloud is killed.
///
/// The device is opened with S16_LE, 48000 Hz and 2 channels (1 if it has only one) unless -f, -r and -c say otherwise.
/// What it does not support is converted, and a message says how; --exact fails instead. If a device with more than two
/// channels reports their positions, WAV, RF64, W64 and FLAC files store them, with the channels in file order.
///
/// With several -D, all devices are recorded together: the file gets the channels of the first device, then those of
/// the next, and so on; -f, -r and -c apply to each. The devices start at the same moment if the kernel can link them.
/// Otherwise the recording begins once all are running, aligned by the times at which they were started. If the clock of
/// another device is found to run faster or slower than that of the first, it is resampled from then on. Frames that
/// one device loses are silence in its channels. The loss of one device ends the recording; with --on-lost wait, its
/// channels are silent until it is back. The time while the system is suspended is silence, too. Such a recording cannot be
/// paused: if the process is stopped, what is missed counts as overruns. The latency of plugins and sound servers is not
/// known, so they are aligned less exactly.
///
/// Unless --quiet is given, a line at local midnight sums up the day: files, time, xruns, size and peak. The manual has an
/// example of a service that records for months.
///
/// INT, TERM and HUP stop the recording and complete the file. USR1 starts the next file. TSTP (Ctrl-Z) pauses until
/// CONT.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// File to write; - or none is standard output
    ///
    /// With -I, one file per channel
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// File type (wav, flac, rf64, w64, au, voc, raw)
    ///
    /// By default it follows from the suffix, otherwise it is wav
    #[arg(short = 't', long = "file-type", value_name = "TYPE", value_parser = args::container)]
    file_type: Option<Container>,
    /// FLAC compression level, from 0 (fastest) to 8 (smallest)
    #[arg(hide_short_help = true, long, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(..=i64::from(file::MAX_COMPRESSION)))]
    compression: Option<u8>,
    /// Title tag
    #[arg(hide_short_help = true, long, value_name = "TEXT", value_parser = tag)]
    title: Option<String>,
    /// Artist tag
    #[arg(hide_short_help = true, long, value_name = "TEXT", value_parser = tag)]
    artist: Option<String>,
    /// Comment tag
    #[arg(hide_short_help = true, long, value_name = "TEXT", value_parser = tag)]
    comment: Option<String>,
    /// Start a new file after TIME, without a gap
    #[arg(long, value_name = "TIME", value_parser = args::time)]
    max_file_time: Option<Duration>,
    /// Expand FILE as a strftime format; %v is the file number
    #[arg(hide_short_help = true, long)]
    use_strftime: bool,
    /// Write one file per channel
    #[arg(
        hide_short_help = true,
        short = 'I',
        long,
        conflicts_with = "separate_devices"
    )]
    separate_channels: bool,
    /// With several devices, write one file per device
    ///
    /// FILE is one name for each, or one name to which numbers are added
    #[arg(hide_short_help = true, long)]
    separate_devices: bool,
    /// With several devices, do not resample to correct drift between their clocks
    #[arg(hide_short_help = true, long)]
    no_drift: bool,
    /// Length of the ring buffer: how long a disk or pipe may stall without loss
    #[arg(hide_short_help = true, long, value_name = "TIME", value_parser = args::time, default_value = "10s")]
    ring: Duration,
    /// Replace lost frames with silence
    ///
    /// The silence is as long as what was lost in an overrun
    #[arg(hide_short_help = true, long)]
    fill_gaps: bool,
    /// What to do when the device goes away (fail, wait, wait=TIME, split)
    ///
    /// fail ends with status 7 and a complete file. wait waits until the same card or sound server is back, for at most
    /// TIME, and fills the gap with silence. split waits as well, and continues in the next file
    #[arg(long, hide_short_help = true, value_name = "WHAT", value_parser = args::on_lost_or_split, default_value = "fail")]
    on_lost: OnLost,
    /// Flush the file to disk at each checkpoint (every second)
    #[arg(hide_short_help = true, long)]
    sync: bool,
    /// Write to NAME.part and rename it when complete; the default with --max-file-time
    #[arg(hide_short_help = true, long, overrides_with = "no_part")]
    part: bool,
    /// Write to the final name from the start
    #[arg(hide_short_help = true, long)]
    no_part: bool,
    /// Do not overwrite existing files
    #[arg(long, overrides_with = "force")]
    no_clobber: bool,
    /// Overwrite existing files without asking
    ///
    /// aloud asks only if standard input and standard error are a terminal
    #[arg(long, overrides_with = "no_clobber")]
    force: bool,
    /// Log the frame count and its capture time once per second, to FILE or (with --json) as events
    #[arg(hide_short_help = true, long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    timestamps: Option<Option<PathBuf>>,
    #[command(flatten)]
    unattended: UnattendedArgs,
    #[command(flatten)]
    convert: ConvertArgs,
    #[command(flatten)]
    transfer: TransferArgs,
    #[command(flatten)]
    pcm: PcmArgs,
}

impl Args {
    fn to_stdout(&self) -> bool {
        self.files.len() <= 1 && is_stdout(self.path())
    }

    /// Whether one of the files is standard output.
    fn names_stdout(&self) -> bool {
        self.files.is_empty() || self.files.iter().any(|path| is_stdout(path))
    }

    /// The file, or `-`.
    fn path(&self) -> &Path {
        self.files.first().map_or(Path::new("-"), PathBuf::as_path)
    }

    /// The files that may be overwritten.
    fn overwritten(&self) -> Vec<PathBuf> {
        let log = self.timestamps.iter().flatten().cloned();
        self.overwritten_recordings()
            .into_iter()
            .chain(log)
            .collect()
    }

    /// The files that the recording may overwrite: names with a number or a time are always new.
    fn overwritten_recordings(&self) -> Vec<PathBuf> {
        let splits = self.max_file_time.is_some_and(|time| !time.is_zero());
        if self.to_stdout() || self.use_strftime || splits || self.unattended.on_sound().is_some() {
            return Vec::new();
        }
        match (self.separate_channels, self.pcm.open.channels()) {
            (true, channels) => {
                let channels = channels.unwrap_or(DEFAULT_CHANNELS);
                let devices = self.pcm.devices.len() as u32;
                PerChannelRecording::paths(&self.files, channels * devices)
            }
            (false, _) if self.separate_devices => {
                PerChannelRecording::paths(&self.files, self.pcm.devices.len() as u32)
            }
            (false, _) => self.files.clone(),
        }
    }

    /// Whether somebody may wait for what is recorded.
    fn is_live(&self) -> bool {
        let is_pipe = |path: &PathBuf| path.exists() && !path.is_file();
        self.to_stdout()
            || self.files.iter().any(is_pipe)
            || self.unattended.on_sound().is_some()
            || self.timestamps.is_some()
            || self.pcm.open.has_sizes()
    }

    fn tags(&self) -> Tags {
        let all = [
            ("title", &self.title),
            ("artist", &self.artist),
            ("comment", &self.comment),
        ];
        let given = all
            .iter()
            .filter_map(|(name, text)| Some((name, text.as_ref()?)));
        given.collect()
    }

    fn request(&self) -> Request {
        self.request_of(&self.pcm.device())
    }

    fn request_of(&self, device: &str) -> Request {
        self.pcm.open.exact_or_default(device, Direction::Capture)
    }

    /// The devices to record from besides the first one.
    fn others(&self) -> Vec<Request> {
        let others = self.pcm.devices.iter().skip(1);
        others.map(|device| self.request_of(device)).collect()
    }
}

/// Channels of a recording unless -c says otherwise.
const DEFAULT_CHANNELS: u32 = 2;

const EXAMPLES: &str = "\
Examples:
  aloud record take.wav
      record from the default device until Ctrl-C
  aloud record -D hw:1 -f S32_LE -r 96000 -d 10 take.wav
      record ten seconds from card 1
  aloud record -D hw:1 -D hw:2 session.wav
      record two devices together, aligned, as the channels of one file
  aloud record --title 'Dawn chorus' birds.flac
      record to FLAC with a title
  aloud record --max-file-time 10m --use-strftime '%Y-%m-%d/%H%M%S.wav'
      record to files of ten minutes each, named by date and time
  aloud record --on-sound=-50 --pre-roll 2 --until-silence 10 --keep 100G birds.flac
      record only what is louder than -50 dBFS, one file for each sound, and delete the oldest files over 100 GiB
  aloud record --max-file-time 1h --run-after-file 'upload \"$ALOUD_FILE\"' radio.flac
      run a command after each file
  aloud record -d 5 - | sox -t wav - -n stat
      record five seconds to standard output";

#[inline(never)] // It has a name in src/startup.ld then.
pub fn run(ui: &mut Ui, mut args: Args) -> Result {
    check(&args)?;
    args.pcm.resolve_all(ui, Direction::Capture)?;
    args.pcm.check_distinct()?;
    if !(args.force || args.no_clobber) {
        overwrite::ask(ui, &args.overwritten())?;
    }
    let control = TransferControl::new()?;
    if args.to_stdout() {
        ui.leave_stdout_to_sound();
    }
    let request = args.request();
    let _guards = args
        .transfer
        .prepare(ui, &control, &request, OnSignal::Finish, None)?;
    let timestamps = Rc::new(RefCell::new(TimestampLog::new(&args, ui.json())?));
    let limit = args.transfer.limit.length();
    let record = record_of(ui, &args, request, timestamps.clone());
    let shows_progress = args.transfer.progress(ui).is_some();
    let mut watcher = Watcher::new(&args.unattended);
    let mut listener = Listener::new(&control);
    let mut on_event = |event: &Event| {
        listener.check(timestamps.borrow_mut().write(event));
        if shows_progress || !matches!(event, Event::Progress(_)) {
            listener.check(ui.event(event));
        }
        watcher.note(ui, event);
    };
    let outcome = match args.others() {
        others if others.is_empty() => transfer::record(record, &control, &mut on_event),
        others => {
            let group = RecordGroup {
                record,
                others,
                correct_drift: !args.no_drift,
            };
            transfer::record_group(group, &control, &mut on_event)
        }
    };
    let interrupted_by = finish(ui, watcher, &control);
    // Without a limit, a signal is the way to end a recording: not a reason to die from it.
    match (listener.exit(outcome, limit.is_some())?, interrupted_by) {
        (Exit::Done, Some(signal)) if limit.is_some() => Ok(Exit::Signal(signal)),
        (exit, _) => Ok(exit),
    }
}

/// What to record, and how.
fn record_of(
    ui: &mut Ui,
    args: &Args,
    request: Request,
    timestamps: Rc<RefCell<TimestampLog>>,
) -> Record {
    Record {
        or_mono: args.pcm.open.channels().is_none(),
        policy: ConversionPolicy {
            label_channels: stores_positions(args, &request),
            ..args.convert.policy()
        },
        gain: args.convert.gain(),
        sink: sink(args, ui.json() || !ui.quiet(), timestamps),
        limit: args.transfer.limit.length(),
        ring: args.ring,
        immediate: args.to_stdout(),
        rare_wakeups: !args.is_live(),
        timing: args.transfer.timing(),
        tstamp: args.pcm.tstamp(),
        timestamps: args.timestamps.is_some(),
        fill_gaps: args.fill_gaps,
        on_lost: args.on_lost,
        fatal_xruns: args.transfer.fatal_errors,
        timeout: args.transfer.timeout(),
        realtime: args.transfer.realtime.choice(),
        progress: args.transfer.progress(ui).or(args.unattended.progress(ui)),
        request,
    }
}

/// Waits for the commands that run after files. Returns the signal that ended the wait.
fn finish(ui: &Ui, watcher: Watcher, control: &TransferControl) -> Option<i32> {
    let was_stopped = stop_signal(control).is_some();
    let interrupted_by = || stop_signal(control).filter(|_| !was_stopped);
    watcher.finish(ui, &|| interrupted_by().is_some());
    interrupted_by()
}

/// The signal that has stopped the transfer, or would have.
fn stop_signal(control: &TransferControl) -> Option<i32> {
    match control.command() {
        TransferCommand::Stop(why) => why.signal(),
        _ => None,
    }
}

/// The value of a tag.
fn tag(text: &str) -> std::result::Result<String, String> {
    match text.len() <= MAX_TAG_BYTES {
        true => Ok(text.to_owned()),
        false => Err(format!("a tag may have at most {MAX_TAG_BYTES} bytes")),
    }
}

fn check(args: &Args) -> error::Result<()> {
    let usage = |message: &str| Err(Error::new(Kind::Usage, message));
    if args.to_stdout() && std::io::stdout().is_terminal() {
        return Err(
            Error::new(Kind::Usage, "standard output is a terminal").with_advice(advice::custom(
                "name a file, or pipe the sound: aloud record take.wav",
            )),
        );
    }
    if args.files.len() > 1 && args.unattended.may_lack_equals_sign(&args.files[0]) {
        return usage("--on-sound takes its level after an equals sign: --on-sound=-50");
    }
    if args.files.len() > 1 && !args.separate_channels && !args.separate_devices {
        return usage(
            "only -I (one file per channel) and --separate-devices take more than one file",
        );
    }
    check_group(args)?;
    check_names(args)?;
    if args.separate_channels && args.names_stdout() {
        return usage("-I needs files: it cannot write to standard output");
    }
    if args.use_strftime && args.to_stdout() {
        return usage("--use-strftime needs a file name");
    }
    args.unattended.check(args.to_stdout())?;
    check_file(args)
}

/// Rejects a file that cannot hold what is to be recorded. The devices may have fewer channels than the default.
fn check_file(args: &Args) -> error::Result<()> {
    let devices = match args.separate_devices {
        true => 1,
        false => args.pcm.devices.len() as u32,
    };
    let channels = args.pcm.open.channels().filter(|_| !args.convert.remixes());
    let channels = match args.separate_channels {
        true => 1,
        false => channels.map_or(1, |channels| channels.saturating_mul(devices)),
    };
    let Spec { format, rate, .. } = args.request().spec();
    let spec = Spec::new(format, rate, channels)?;
    let options = recording_options(args).write;
    let others = args.files.iter().skip(1).map(PathBuf::as_path);
    std::iter::once(args.path())
        .chain(others)
        .try_for_each(|path| file::check_create(&OutputTarget::from(path), spec, &options))
}

/// Rejects a file that is named twice: what is written last would replace the rest. Rejects a descriptor that is not open,
/// too, before a device gets its number: some plugins of alsa-lib open files that look inherited.
fn check_names(args: &Args) -> error::Result<()> {
    let log = args.timestamps.iter().flatten();
    let names = args.files.iter().chain(log).map(PathBuf::as_path);
    let mut earlier = Vec::new();
    for name in names.chain(args.transfer.pid_file()) {
        if let Some(Err(error)) = file::open_by_name(name) {
            return Err(failed("open", name, &error));
        }
        let path = std::path::absolute(name).ok();
        let is_device = fs::metadata(name).is_ok_and(|found| found.file_type().is_char_device());
        if earlier.contains(&path) && !is_device {
            let message = format!("'{}' is named twice", name.display());
            return Err(Error::new(Kind::Usage, message));
        }
        earlier.push(path);
    }
    Ok(())
}

/// Rejects what several devices together cannot do.
fn check_group(args: &Args) -> error::Result<()> {
    let usage = |message: &str| Err(Error::new(Kind::Usage, message));
    if args.pcm.devices.len() == 1 {
        return match args.separate_devices {
            true => usage("--separate-devices needs several devices: repeat -D"),
            false => Ok(()),
        };
    }
    if args.transfer.interactive {
        return usage("keys (-i) cannot pause a recording from several devices");
    }
    if matches!(args.on_lost, OnLost::Split(_)) {
        return usage("--on-lost split is for one device: use wait");
    }
    if args.timestamps.is_some() {
        return usage("--timestamps logs one device only");
    }
    if args.convert.remixes() {
        return usage("--remix selects channels of one device only");
    }
    if args.separate_devices && args.names_stdout() {
        return usage("--separate-devices needs files: it cannot write to standard output");
    }
    Ok(())
}

/// Whether the file stores the positions of its channels.
fn stores_positions(args: &Args, request: &Request) -> bool {
    let options = WriteOptions {
        container: args.file_type,
        ..WriteOptions::default()
    };
    let target = OutputTarget::from(args.path());
    let is_one = !args.separate_channels && args.pcm.devices.len() == 1;
    is_one && file::stores_channel_mask(&target, request.spec(), &options)
}

/// Whether a path names standard output: `-`, or one like `/dev/stdout`.
fn is_stdout(path: &Path) -> bool {
    matches!(OutputTarget::from(path), OutputTarget::Stdout)
}

/// Creates the files once the device is open.
fn sink(
    args: &Args,
    measure_peaks: bool,
    timestamps: Rc<RefCell<TimestampLog>>,
) -> transfer::MakeSink {
    let (files, path) = (args.files.clone(), args.path().to_owned());
    let (separate, by_device) = (args.separate_channels, args.separate_devices);
    let (limit, file_time) = (args.transfer.limit.length(), args.max_file_time);
    let (on_sound, keep) = (args.unattended.on_sound(), args.unattended.keep());
    let mut options = recording_options(args);
    options.measure_peaks = measure_peaks;
    Box::new(
        move |spec: Spec, speakers: Option<ChannelMap>, devices: &[u32], report| {
            timestamps.borrow_mut().create()?;
            let keep = match separate {
                true => keep.map(|keep| keep.per_channel(spec.channels)),
                false if by_device => keep.map(|keep| keep.per_channel(devices.len() as u32)),
                false => keep,
            };
            let report = unattended::deleting(report, keep, &path, options.strftime);
            let report = move |change| report(change);
            options.write.expected_frames = limit
                .filter(|_| on_sound.is_none())
                .map(|limit| limit.frames(spec));
            options.write.channel_mask = speakers.and_then(|speakers| speakers.mask());
            options.max_frames = file_time
                .filter(|time| !time.is_zero())
                .map(|time| spec.frames_lasting(time).max(1));
            let sink: Box<dyn Sink> = if separate {
                Box::new(PerChannelRecording::create(&files, spec, &options, report)?)
            } else if by_device {
                Box::new(PerChannelRecording::create_groups(
                    &files, spec, devices, &options, report,
                )?)
            } else {
                let target = OutputTarget::from(path.as_path());
                Box::new(Recording::create(target, spec, &options, report)?)
            };
            match &on_sound {
                Some(on_sound) => Ok(Box::new(OnSoundSink::new(sink, on_sound)?)),
                None => Ok(sink),
            }
        },
    )
}

/// What is known before the device is open.
fn recording_options(args: &Args) -> RecordingOptions {
    let part = match (args.part, args.no_part) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    RecordingOptions {
        write: WriteOptions {
            container: args.file_type,
            clobber: !args.no_clobber,
            part,
            sync: args.sync,
            compression: args.compression,
            tags: args.tags(),
            ..WriteOptions::default()
        },
        strftime: args.use_strftime,
        on_demand: args.unattended.on_sound().is_some(),
        ..RecordingOptions::default()
    }
}

/// The file of `--timestamps`: one line per timestamp, with the frame and the device's clock.
struct TimestampLog {
    path: Option<PathBuf>,
    file: Option<File>,
    clobber: bool,
}

impl TimestampLog {
    fn new(args: &Args, json: bool) -> error::Result<TimestampLog> {
        match &args.timestamps {
            Some(None) if !json => Err(Error::new(
                Kind::Usage,
                "--timestamps needs a file (--timestamps=FILE) unless --json is given",
            )),
            path => Ok(TimestampLog {
                path: path.clone().flatten(),
                file: None,
                clobber: !args.no_clobber,
            }),
        }
    }

    /// Creates the file, if one is wanted and not there yet. Called once the device is open.
    fn create(&mut self) -> error::Result<()> {
        if let (Some(path), None) = (&self.path, &self.file) {
            let create = || match self.clobber || path.exists() && !path.is_file() {
                true => File::create(path),
                false => File::create_new(path),
            };
            let created = file::open_by_name(path).unwrap_or_else(create);
            self.file = Some(created.map_err(|error| failed("create", path, &error))?);
        }
        Ok(())
    }

    fn write(&mut self, event: &Event) -> error::Result<()> {
        if let (Some(path), Some(file)) = (&self.path, &mut self.file)
            && let Event::Timestamp { frames, tstamp } = event
        {
            writeln!(file, "{frames}\t{tstamp}").map_err(|error| failed("write", path, &error))?;
        }
        Ok(())
    }
}

fn failed(verb: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::file(verb, &path.to_string_lossy(), error)
}
