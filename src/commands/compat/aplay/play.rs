//! Playing files.

use super::banner::{print_banner, title};
use super::channels::{channel_names, planes_of};
use super::messages::{error, file_error};
use super::meter::{LevelBars, MAX_METER_VERBOSITY};
use super::session::{AplaySession, FrameBlock};
use super::setup::{Granted, converter, set_params};
use crate::commands::compat::stop::{Result, Stop};
use crate::commands::server_timeout::TIMEOUT;
use crate::commands::ui::plain;
use aloud::audio::dsp::convert::Converter;
use aloud::audio::dsp::gain::Ramp;
use aloud::audio::error::Kind;
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
    play_frames(session, &mut Frames::of(source, limit), spec)
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
    play_frames(session, &mut Frames::of(Some(source), limit), spec)
}

fn play_frames(session: &mut AplaySession, frames: &mut Frames, spec: Spec) -> Result<()> {
    let granted = set_params(&mut session.pcm, &session.options, spec)?;
    check_whole_bytes(session, spec)?;
    let configured = granted.configuration.spec;
    frames.converter = converter(spec, configured, granted.order.as_deref())?;
    let options = &session.options;
    let mut meter = options
        .meter
        .filter(|_| options.verbose <= MAX_METER_VERBOSITY)
        .map(|kind| LevelBars::new(kind, options.verbose, configured, !options.separate));
    let mut chunk = vec![0; configured.bytes(granted.configuration.period_size) as usize];
    let ended = loop {
        match frames.fill(&mut chunk) {
            Ok(0) => break Ok(()),
            Ok(bytes) => {
                pad(&mut chunk, bytes, configured.format);
                write(session, &granted, &mut meter, &mut chunk)?;
            }
            Err(error) => break Err(in_own_words(session, &error)),
        }
    };
    drain(session).and(ended)
}

/// Waits until all has been heard. Like the original, it reports no error but that of a sound server that does not answer.
fn drain(session: &mut AplaySession) -> Result<()> {
    match session.pcm.drain_within(TIMEOUT) {
        Err(error) if error.kind() == Kind::Disconnected && error.errno().is_none() => {
            return Err(in_own_words(session, &error));
        }
        _ => {}
    }
    let _ = session.pcm.set_nonblock(session.options.nonblock);
    Ok(())
}

/// Samples of some formats are not whole bytes.
fn check_whole_bytes(session: &AplaySession, spec: Spec) -> Result<()> {
    if spec.frame_bytes() > 0 {
        return Ok(());
    }
    let (program, format) = (session.options.program, spec.format.name());
    let text = format!("{program}: playing {format} is not supported\n");
    Err(Stop::Failed(text, 1))
}

fn write(
    session: &mut AplaySession,
    granted: &Granted,
    meter: &mut Option<LevelBars>,
    chunk: &mut [u8],
) -> Result<()> {
    let period = granted.configuration.period_size;
    if !session.options.separate {
        session.transfer(granted, meter, &mut FrameBlock::Interleaved(chunk), period)?;
        return Ok(());
    }
    let mut planes = planes_of(chunk, granted.configuration.spec);
    let planes = planes.iter_mut().map(|plane| &mut plane[..]).collect();
    session.transfer(granted, meter, &mut FrameBlock::Planes(planes), period)?;
    Ok(())
}

/// Fills up a chunk with silence: the device is given whole periods.
fn pad(chunk: &mut [u8], from: usize, format: Format) {
    let silence = format.silence();
    let size = (format.physical_bits() as usize / 8).max(1);
    for (at, byte) in chunk[from..].iter_mut().enumerate() {
        *byte = silence[at % size];
    }
}

/// The frames to play.
struct Frames {
    /// `None` if there are none.
    source: Option<Box<dyn Source>>,
    /// Frames that may still be read; `None` is no limit.
    left: Option<u64>,
    converter: Option<Converter>,
    converted: Vec<u8>,
    ended: bool,
    /// An error that follows the frames that were read before it.
    error: Option<aloud::audio::error::Error>,
}

impl Frames {
    fn of(source: Option<Box<dyn Source>>, limit: Option<u64>) -> Frames {
        Frames {
            source,
            left: limit,
            converter: None,
            converted: Vec::new(),
            ended: false,
            error: None,
        }
    }

    /// Fills `chunk` as far as possible and returns the bytes.
    fn fill(&mut self, chunk: &mut [u8]) -> aloud::audio::error::Result<usize> {
        let Some(mut converter) = self.converter.take() else {
            return self.read(chunk);
        };
        let result = self.fill_converted(&mut converter, chunk);
        self.converter = Some(converter);
        result
    }

    fn fill_converted(
        &mut self,
        converter: &mut Converter,
        chunk: &mut [u8],
    ) -> aloud::audio::error::Result<usize> {
        let frame = converter.input_spec().frame_bytes();
        let mut block = vec![0; frame * 1024];
        while self.converted.len() < chunk.len() && !self.ended {
            match self.read(&mut block)? {
                0 => {
                    self.ended = true;
                    converter.finish(&mut self.converted)?;
                }
                bytes => converter.push(&block[..bytes], Ramp::UNITY, &mut self.converted)?,
            }
        }
        let bytes = chunk.len().min(self.converted.len());
        chunk[..bytes].copy_from_slice(&self.converted[..bytes]);
        self.converted.drain(..bytes);
        Ok(bytes)
    }

    /// Reads until `chunk` is full, or to the end.
    fn read(&mut self, chunk: &mut [u8]) -> aloud::audio::error::Result<usize> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let Some(source) = &mut self.source else {
            return Ok(0);
        };
        let spec = source.spec();
        let whole = spec.frames_in(chunk.len() as u64);
        let wanted = spec.bytes(self.left.map_or(whole, |left| whole.min(left)));
        let (read, error) = fill(source.as_mut(), &mut chunk[..wanted as usize]);
        if let Some(left) = &mut self.left {
            *left -= spec.frames_in(read as u64);
        }
        match (read, error) {
            (0, Some(error)) => Err(error),
            (read, error) => {
                self.error = error;
                Ok(read)
            }
        }
    }
}

/// Fills a buffer as far as possible; returns the bytes, and the error that has ended it.
fn fill(source: &mut dyn Source, buffer: &mut [u8]) -> (usize, Option<aloud::audio::error::Error>) {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(bytes) => filled += bytes,
            Err(error) => return (filled, Some(error)),
        }
    }
    (filled, None)
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
    let failed = |error: &_| in_own_words(session, error);
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
    |error| in_own_words(session, &error)
}

/// What aplay has no words for.
fn in_own_words(session: &AplaySession, error: &aloud::audio::error::Error) -> Stop {
    Stop::Failed(format!("{}: {error}\n", session.options.program), 1)
}
