//! Recording files.

use super::banner::{print_banner, title};
use super::channels::channel_names;
use super::messages::{error, file_error};
use super::session::{AplaySession, in_own_words};
use super::setup::{Granted, check_whole_bytes, converter, set_params};
use crate::commands::compat::stop::{Result, Stop};
use aloud::audio::advice::{Advice, FileAdvice};
use aloud::audio::error::Error;
use aloud::audio::file::{Container, OutputTarget, WriteOptions};
use aloud::audio::format::Format;
use aloud::audio::recording::{PerChannelRecording, Recording, RecordingOptions};
use aloud::audio::stream::Sink;
use aloud::audio::transfer::StepwiseRecording;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file may stall for this long before frames are lost, as by default in `record`.
const RING: Duration = Duration::from_secs(10);

/// Records a file; `-` and none are standard output.
pub(super) fn record(session: &mut AplaySession, name: Option<&OsStr>) -> Result<()> {
    let options = &session.options;
    let container = options.file_type.unwrap_or(Container::Wav);
    let spec = options.spec;
    let shown = name
        .unwrap_or(OsStr::new("stdin"))
        .to_string_lossy()
        .into_owned();
    print_banner(options, title(container), &shown, spec);
    let granted = set_params(&mut session.pcm, &session.options, spec)?;
    check_format(session, container)?;
    check_whole_bytes(&session.options, spec)?;
    let target = match name {
        Some(name) => OutputTarget::from(Path::new(name)),
        None => OutputTarget::Stdout,
    };
    let recording = recording_options(session, container);
    let mut sink = Recording::create(target, spec, &recording, |_| {});
    if let (Err(error), Some(name)) = (&sink, name)
        && is_being_written(error)
    {
        // The original takes the name away from the file of another process.
        let again = std::fs::remove_file(name).map(|()| OutputTarget::from(Path::new(name)));
        if let Ok(target) = again {
            sink = Recording::create(target, spec, &recording, |_| {});
        }
    }
    // Where stdout is the file, the banner names stdin.
    let written = match name {
        Some(name) if name != "-" => &shown,
        _ => "stdout",
    };
    let sink = sink.map_err(|error| not_created(session, container, written, &error))?;
    let is_live = name.is_none_or(|name| name == "-" || is_pipe(name));
    run(session, &granted, (Box::new(sink), is_live), written)
}

/// Records one raw file for each channel.
pub(super) fn record_channels(session: &mut AplaySession, names: &[OsString]) -> Result<()> {
    let spec = session.options.spec;
    let channels = spec.channels as usize;
    let names: Vec<OsString> = match names {
        [base] => channel_names(base, channels),
        names if names.len() == channels => names.to_vec(),
        _ => {
            let text = format!("You need to specify {channels} files");
            return Err(error(session.options.program, "capturev", 3484, &text));
        }
    };
    let paths: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
    let shown = names[0].to_string_lossy().into_owned();
    print_banner(&session.options, "raw data", &shown, spec);
    let granted = set_params(&mut session.pcm, &session.options, spec)?;
    check_whole_bytes(&session.options, spec)?;
    let recording = RecordingOptions {
        strftime: false,
        max_frames: None,
        ..recording_options(session, Container::Raw)
    };
    let sink = PerChannelRecording::create(&paths, spec, &recording, |_| {});
    let sink = sink.map_err(|error| failed(session.options.program, &shown, &error))?;
    let is_live = is_pipe(&names[0]);
    run(session, &granted, (Box::new(sink), is_live), &shown)
}

fn recording_options(session: &AplaySession, container: Container) -> RecordingOptions {
    let options = &session.options;
    let rate = options.spec.rate;
    RecordingOptions {
        write: WriteOptions {
            container: Some(container),
            expected_frames: options.limit.frames(rate),
            part: Some(false),
            annotation: false,
            ..WriteOptions::default()
        },
        strftime: options.strftime,
        max_frames: options
            .max_file_time
            .map(|seconds| seconds * u64::from(rate)),
        on_demand: false,
        measure_peaks: false,
    }
}

/// The formats of a type of file.
fn check_format(session: &AplaySession, container: Container) -> Result<()> {
    let format = session.options.spec.format;
    let (function, line, title, formats): (_, _, _, &[Format]) = match container {
        Container::Wav => (
            "begin_wave",
            2679,
            "Wave",
            &[
                Format::U8,
                Format::S16_LE,
                Format::S24_LE,
                Format::S24_3LE,
                Format::S32_LE,
                Format::FLOAT_LE,
            ],
        ),
        Container::Au => (
            "begin_au",
            2739,
            "Sparc Audio",
            &[Format::MU_LAW, Format::U8, Format::S16_BE],
        ),
        _ => return Ok(()),
    };
    match formats.contains(&format) {
        true => Ok(()),
        false => {
            let text = format!("{title} doesn't support {} format...", format.name());
            Err(error(session.options.program, function, line, &text))
        }
    }
}

/// Records until the limit or a signal.
fn run(
    session: &mut AplaySession,
    granted: &Granted,
    (sink, is_live): (Box<dyn Sink>, bool),
    name: &str,
) -> Result<()> {
    let (captured, spec) = (granted.configuration.spec, session.options.spec);
    let recording = StepwiseRecording {
        limit: session.options.limit.frames(spec.rate),
        converter: converter(captured, spec, granted.order.as_deref())?,
        ring: RING,
        immediate: is_live,
    };
    let program = session.options.program;
    session.transfer(
        |transfer| transfer.record(sink, recording),
        |error| failed(program, name, error),
    )
}

/// Whether another process writes to the file.
fn is_being_written(error: &Error) -> bool {
    let in_use = Advice::File(FileAdvice::ChooseOtherName);
    error.advice().contains(&in_use)
}

/// Whether it is a pipe or a device.
fn is_pipe(name: &OsStr) -> bool {
    std::fs::metadata(name).is_ok_and(|found| !found.is_file())
}

/// The error for a file that cannot be created: if its header cannot be written, aplay does not say why.
fn not_created(session: &AplaySession, container: Container, name: &str, error: &Error) -> Stop {
    let (function, line) = match (error.errno(), container) {
        (Some(libc::ENOSPC | libc::EBADF), Container::Wav) => ("begin_wave", 2715),
        (Some(libc::ENOSPC | libc::EBADF), Container::Au) => ("begin_au", 2745),
        (Some(libc::ENOSPC | libc::EBADF), Container::Voc) => ("begin_voc", 2611),
        _ => return failed(session.options.program, name, error),
    };
    self::error(session.options.program, function, line, "write error")
}

/// The error for a file.
fn failed(program: &str, name: &str, error: &Error) -> Stop {
    match error.errno() {
        Some(libc::EPIPE) => Stop::Stdout(std::io::Error::from_raw_os_error(libc::EPIPE)),
        Some(errno) => file_error(name, errno),
        None => in_own_words(program, error),
    }
}
