//! Playing files.

use super::banner::{print_banner, title};
use super::channels::channel_names;
use super::messages::{error, file_error};
use super::session::{AplaySession, in_own_words};
use super::setup::{check_whole_bytes, converter, set_params};
use crate::commands::compat::stop::{Result, Stop};
use crate::commands::server_timeout::TIMEOUT;
use crate::commands::ui::plain;
use aloud::audio::file::{Container, DecoderChoice, Input, ReadOptions, open};
use aloud::audio::format::{Encoding, Format};
use aloud::audio::playlist::interleave::interleave_to_shortest;
use aloud::audio::spec::Spec;
use aloud::audio::stream::Source;
use aloud::audio::transfer::ReadAheadSource;
use rustix::fs::{FileType, fstat, stat};
use std::ffi::OsStr;
use std::fs::File;
use std::io::stdin;
use std::path::Path;

/// The bytes by which a file is recognized. A pipe has at least so many, unless it is an AU.
const HEADER: usize = 26;

/// The bytes of an AU's header.
const AU_HEADER: usize = 24;

/// Plays a file; `-` and none are standard input.
pub(super) fn play(session: &mut AplaySession, name: Option<&OsStr>) -> Result<()> {
    let (container, source) = open_file(session, name)?;
    let spec = source
        .as_ref()
        .map_or(session.options.spec, |source| source.spec());
    report_format(session, container, spec.format);
    let shown = name
        .filter(|name| *name != "-")
        .unwrap_or(OsStr::new("stdin"));
    print_banner(
        &session.options,
        title(container),
        &shown.to_string_lossy(),
        spec,
    );
    let limit = session.options.limit.frames(spec.rate);
    play_frames(session, source, limit, spec)
}

/// Plays one raw file for each channel, all at the same time.
pub(super) fn play_channels(
    session: &mut AplaySession,
    names: &[std::ffi::OsString],
) -> Result<()> {
    let spec = session.options.spec;
    let channels = spec.channels as usize;
    let names: Vec<_> = match names {
        [base] if channels > 1 => channel_names(base, channels),
        names if names.len() == channels => names.to_vec(),
        _ => {
            let text = format!("You need to specify {channels} files");
            return Err(error(session.options.program, "playbackv", 3431, &text));
        }
    };
    let mono = Spec {
        channels: 1,
        ..spec
    };
    let mut sources = Vec::new();
    for name in &names {
        let (input, options) = (input(session, Some(name))?, raw_options(mono));
        sources.push(open_source(input, Some(name), &options).map_err(failed(session))?);
    }
    let first = names
        .first()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    print_banner(&session.options, "raw data", &first, spec);
    let limit = session.options.limit.frames(spec.rate);
    let source = interleave_to_shortest(sources).map_err(failed(session))?;
    play_frames(session, Some(source), limit, spec)
}

fn play_frames(
    session: &mut AplaySession,
    source: Option<Box<dyn Source>>,
    limit: Option<u64>,
    spec: Spec,
) -> Result<()> {
    let granted = set_params(&mut session.pcm, &session.options, spec)?;
    check_whole_bytes(&session.options, spec)?;
    let converter = converter(spec, granted.configuration.spec, granted.order.as_deref())?;
    let program = session.options.program;
    session.transfer(
        |transfer| transfer.play(source, limit, converter, TIMEOUT),
        |error| in_own_words(program, error),
    )
}

/// Opens a source. A regular file with a name is read ahead. From a pipe, or from standard input, no more is taken than
/// is played: another program may read what follows.
fn open_source(
    input: Input,
    name: Option<&OsStr>,
    options: &ReadOptions,
) -> aloud::audio::error::Result<Box<dyn Source>> {
    let has_name = name.is_some_and(|name| name != "-");
    let is_regular = has_name && input.size().is_some();
    let source = open(input, options)?;
    match is_regular {
        true => Ok(Box::new(ReadAheadSource::new(source)?)),
        false => Ok(source),
    }
}

fn raw_options(spec: Spec) -> ReadOptions {
    ReadOptions {
        container: Some(Container::Raw),
        raw: Some(spec),
        decoder: DecoderChoice::Native,
        ..ReadOptions::default()
    }
}

fn input(session: &AplaySession, name: Option<&OsStr>) -> Result<Input> {
    let Some(name) = name.filter(|name| *name != "-") else {
        return Input::stdin().map_err(|_| no_header(session));
    };
    let shown = name.to_string_lossy().into_owned();
    let file = File::open(name)
        .map_err(|error| file_error(&shown, error.raw_os_error().unwrap_or(libc::EIO)))?;
    Input::from_file(shown, file).map_err(|_| no_header(session))
}

fn no_header(session: &AplaySession) -> Stop {
    error(session.options.program, "read_header", 2912, "read error")
}

/// Opens a file. An empty one has no source.
fn open_file(
    session: &AplaySession,
    name: Option<&OsStr>,
) -> Result<(Container, Option<Box<dyn Source>>)> {
    let mut input = input(session, name)?;
    let wanted = session.options.file_type;
    let failed = |error: &_| in_own_words(session.options.program, error);
    let mut found = Container::Raw;
    if wanted != Some(Container::Raw) {
        let head = input.peek(HEADER).map_err(|error| failed(&error))?;
        let is_au = head.len() >= AU_HEADER && Container::detected(head) == Some(Container::Au);
        if head.len() < HEADER && !is_au && !is_short_file(name) {
            return Err(no_header(session));
        }
        found = recognized(head, name);
        if let Some(wanted) = wanted
            && wanted != found
        {
            let shown = name.unwrap_or(OsStr::new("stdin")).to_string_lossy();
            let text = format!("{shown}: not a {} file\n", title(wanted));
            return Err(Stop::Failed(text, 1));
        }
    }
    let options = match found {
        Container::Raw => raw_options(session.options.spec),
        found => ReadOptions {
            container: Some(found),
            raw: None,
            decoder: DecoderChoice::Native,
            only_first: true,
        },
    };
    // An empty file has no samples; those that are not whole bytes cannot be read.
    let unreadable = found == Container::Raw && session.options.spec.frame_bytes() == 0;
    if unreadable
        || found == Container::Raw && input.peek(1).map_err(|error| failed(&error))?.is_empty()
    {
        return Ok((found, None));
    }
    let code = match found {
        Container::Wav => wav_code(&mut input),
        _ => None,
    };
    match open_source(input, name, &options) {
        Ok(source) => Ok((found, Some(source))),
        Err(refusal) => Err(match code {
            Some(code) => {
                let text = format!(
                    "can't play WAVE-file format 0x{code:04x} which is not PCM or FLOAT encoded"
                );
                error(session.options.program, "test_wavefile", 1065, &text)
            }
            None => failed(&refusal),
        }),
    }
}

/// Whether it is a regular file that is too short for a header.
fn is_short_file(name: Option<&OsStr>) -> bool {
    let found = match name.filter(|name| *name != "-") {
        Some(name) => stat(name),
        None => fstat(stdin()),
    };
    found.is_ok_and(|found| {
        FileType::from_raw_mode(found.st_mode).is_file() && found.st_size < HEADER as i64
    })
}

/// The format tag of a WAV, if it is neither PCM nor float.
fn wav_code(input: &mut Input) -> Option<u16> {
    let head = input.peek(4096).ok()?;
    let at = head.windows(4).position(|id| id == b"fmt ")?;
    let tag = head.get(at + 8..at + 10)?;
    let tag = u16::from_le_bytes([tag[0], tag[1]]);
    (!matches!(tag, 1 | 3 | 0xfffe)).then_some(tag)
}

/// What a file is. What has no unmistakable signature is raw samples.
fn recognized(head: &[u8], name: Option<&OsStr>) -> Container {
    let is_mp3 = || {
        let extension = name.and_then(|name| Path::new(name).extension());
        head.starts_with(b"ID3")
            || extension.is_some_and(|ending| ending.eq_ignore_ascii_case("mp3"))
    };
    match Container::detected(head) {
        Some(
            found @ (Container::Wav
            | Container::Voc
            | Container::Au
            | Container::Flac
            | Container::Ogg
            | Container::Aiff
            | Container::Caf
            | Container::W64),
        ) => found,
        Some(Container::Mp3) if is_mp3() => Container::Mp3,
        _ => Container::Raw,
    }
}

/// The format of the file counts, not that of the command line.
fn report_format(session: &AplaySession, container: Container, format: Format) {
    let asked = session.options.spec.format;
    let is_reported = container != Container::Raw && format.encoding() != Encoding::Float;
    if is_reported && asked != Format::U8 && asked != format {
        let name = format.name();
        plain::print_error(&format!("Warning: format is changed to {name}\n"));
    }
}

fn failed(session: &AplaySession) -> impl Fn(aloud::audio::error::Error) -> Stop {
    |error| in_own_words(session.options.program, &error)
}
