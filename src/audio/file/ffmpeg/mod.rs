//! Decodes everything else with ffmpeg as a child process, if it is installed.
//!
//! The child reads the file or pipe from its standard input, and may only use the demuxers for the container that was
//! recognized, so that no file can make it open another one. It returns a WAV of the same rate and channels, in a WAV's
//! channel order.

mod bits;
mod child;
mod declared_bytes;
mod declared_length;
mod decoded_block;
mod demuxers;
mod landing;
mod packet_bytes;
mod probe;
mod sample_headers;

use crate::audio::advice::FileAdvice;
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::file::container::Container;
#[cfg(feature = "coded")]
use crate::audio::file::decode::{adts, mp4};
use crate::audio::file::errors::{incomplete, lacking, refused_by_ffmpeg, truncated};
use crate::audio::file::input::Input;
use crate::audio::file::options::ReadOptions;
use crate::audio::file::wav;
use crate::audio::metadata::Metadata;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use child::{ChildInput, ChildLog, ChildOutput, InputLength};
use declared_bytes::DeclaredBytes;
use decoded_block::DecodedBlock;
use landing::SeekMethod;
use packet_bytes::{PacketBytes, PacketPlace};
use probe::FileProbe;
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::process::Command;
use std::time::Duration;

/// The longest output of ffprobe that is read, in bytes.
const MAX_PROBE_BYTES: u64 = 4 << 20;

/// To skip more seconds than this, a new child is started, instead of decoding what is skipped.
const MIN_SEEK_SECONDS: f64 = 5.0;

/// How many seconds before a position ffmpeg is told to continue. Demuxers may land a packet too late.
const LEAD_SECONDS: f64 = 2.0;

/// Seconds that are decoded at least before a position: a packet may need others before it.
const MIN_SETTLING_SECONDS: f64 = 0.5;

/// How much less sound than its header declares a whole file may have: encoders count packets and their own delay.
const MAX_MISSING_SECONDS: f64 = 0.25;

/// How many bytes of a pipe are kept for a container that cannot be read in order.
const MAX_HELD_BYTES: u64 = 256 << 20;

/// The frames of the first audio stream in `input`, decoded by ffmpeg. `refusal` says why they are not decoded here.
///
/// # Errors
/// `refusal` if ffmpeg is not installed; otherwise if it cannot decode `input` either.
pub(in crate::audio::file) fn open(
    input: Input,
    container: Container,
    refusal: Error,
) -> Result<Box<dyn Source>> {
    let name = input.name().to_owned();
    let mut input = input;
    let output_codec = bits::output_codec(container, &mut input);
    let mut length = exact_length(container, &input)?;
    let declared = DeclaredBytes::read(container, &mut input)?;
    let total_frames = match container {
        Container::Wavpack => sample_headers::wavpack_frames(&mut input)?,
        _ => None,
    };
    let input_length = InputLength::default();
    if let Some(bytes) = input.size() {
        let _ = input_length.set(bytes);
    }
    let supply = match input.regular_file() {
        Some(file) => ChildInput::File(file),
        None if is_read_out_of_order(container, &mut input)? => {
            let file = spool(input)?;
            if let Ok(metadata) = file.metadata() {
                let _ = input_length.set(metadata.len());
            }
            if let Ok(copy) = file.try_clone() {
                length = exact_length(container, &Input::from_file(&*name, copy)?)?;
            }
            ChildInput::File(file)
        }
        None => ChildInput::Pipe(input, input_length.clone()),
    };
    let file = match &supply {
        ChildInput::File(file) => file.try_clone().ok(),
        _ => None,
    };
    let task = FfmpegTask {
        name,
        place: file.map_or(TaskInput::Pipe, TaskInput::File),
        demuxers: Some(demuxers::demuxers(container)),
        output_codec,
        decoder: None,
        is_noisy: container == Container::Ac3,
        shows_blocks: false,
        length,
        declared,
        // In AIFF-C, some writers count frames where ffmpeg expects packets.
        is_timed: declared != DeclaredBytes::Placeholder && container != Container::Aiff,
        total_frames,
        input_length,
    };
    start(task, supply, Some(container), refusal)
}

/// The frames of the first audio stream at an `http` or `https` URL.
///
/// # Errors
/// As [`open`].
pub(in crate::audio::file) fn open_url(url: &str, refusal: Error) -> Result<Box<dyn Source>> {
    let task = FfmpegTask {
        name: url.to_owned(),
        place: TaskInput::Url(url.to_owned()),
        demuxers: None,
        output_codec: "pcm_f32le",
        decoder: None,
        is_noisy: false,
        shows_blocks: false,
        length: None,
        declared: DeclaredBytes::Unknown,
        is_timed: true,
        total_frames: None,
        input_length: InputLength::default(),
    };
    start(task, ChildInput::Nothing, None, refusal)
}

/// Whether ffmpeg cannot read a pipe of this content: MPEG-4 and CAF may have their tables at the end, IFF has one channel
/// after the other, and of WavPack it reads the first block of each pair of channels before it decodes any.
fn is_read_out_of_order(container: Container, input: &mut Input) -> Result<bool> {
    /// Whether a block is the last one of its frames.
    const IS_LAST: u8 = 0x10;
    Ok(match container {
        Container::Mp4 | Container::Caf | Container::Iff => true,
        Container::Wavpack => {
            let head = input.peek(28)?;
            head.starts_with(b"wvpk") && head.get(25).is_some_and(|flags| flags & IS_LAST == 0)
        }
        _ => false,
    })
}

/// A length that is known better than by ffmpeg.
#[derive(Clone, Copy)]
enum ExactLength {
    /// The duration, which ffprobe estimates from the bit rate.
    Seconds(f64),
    /// Frames of this rate, which ffmpeg returns together with the encoder's padding behind them.
    Frames(u64, u32),
}

#[cfg(feature = "coded")]
fn exact_length(container: Container, input: &Input) -> Result<Option<ExactLength>> {
    Ok(match container {
        Container::Adts => adts::seconds(input)?.map(ExactLength::Seconds),
        Container::Mp4 => {
            mp4::frames_of_sound(input)?.map(|(frames, rate)| ExactLength::Frames(frames, rate))
        }
        _ => None,
    })
}

#[cfg(not(feature = "coded"))]
fn exact_length(_: Container, _: &Input) -> Result<Option<ExactLength>> {
    Ok(None)
}

fn start(
    mut task: FfmpegTask,
    supply: ChildInput,
    container: Option<Container>,
    refusal: Error,
) -> Result<Box<dyn Source>> {
    let mut probe = task.probe_unless_piped(&refusal)?;
    let mut method = None;
    if let Some(probe) = &mut probe {
        task.output_codec = probe.output_codec();
        (task.decoder, task.is_noisy) = (probe.decoder(), probe.is_noisy());
        task.correct_length(probe);
        method = container.and_then(|container| SeekMethod::of(container, probe));
        task.shows_blocks = method.is_some();
    }
    let started = task
        .start(supply, None)
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => refusal.clone(),
            _ => Error::file("decode with ffmpeg", &task.name, &error),
        });
    let (decoded, log) = started?;
    let decoded = wav::open(decoded, &ReadOptions::default());
    let decoded =
        decoded.map_err(|error| task.refused(&refusal, explained(error, &task.name, &log)))?;
    let title = container.map_or("URL", Container::title);
    let codec = match &probe {
        Some(probe) => probe.codec_title(),
        None => codec_in_log(&log).unwrap_or_else(|| title.to_owned()),
    };
    let rate = decoded.spec().rate;
    let length = match task.length {
        Some(ExactLength::Frames(frames, known)) if known == rate => frames,
        _ => u64::MAX,
    };
    Ok(Box::new(FfmpegSource {
        length,
        left: length,
        metadata: Metadata {
            codec: Some(codec),
            decoder: Some("ffmpeg"),
            ..probe.map(|probe| probe.metadata).unwrap_or_default()
        },
        decoded,
        log,
        task,
        method,
        start: Vec::new(),
        declared_seconds: None,
        has_begun: false,
        is_stale: false,
        has_frames: false,
        has_ended: false,
        warning: None,
    }))
}

/// Replaces a WAV reader's error about ffmpeg's output with ffmpeg's own message.
fn explained(error: Error, name: &str, log: &ChildLog) -> Error {
    if error.kind() != Kind::InvalidInput || error.to_string().contains("ffmpeg") {
        return error;
    }
    let words = log.errors().into_iter().next();
    let words = words.unwrap_or_else(|| "it returned no sound".to_owned());
    Error::invalid(name, format!("cannot be decoded by ffmpeg: {words}"))
}

/// The codec in a line like `Stream #0:0: Audio: wmav2 (…), 44100 Hz, stereo`.
fn codec_in_log(log: &ChildLog) -> Option<String> {
    let lines = log.lines();
    let (_, codec) = lines.iter().find_map(|line| line.split_once(": Audio: "))?;
    let codec = codec.split(',').next()?;
    let (name, rest) = codec.split_once(' ').unwrap_or((codec, ""));
    let profile = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    Some(probe::title(name, profile.map(|(profile, _)| profile)))
}

/// Reads a whole pipe into a file without a name.
fn spool(mut input: Input) -> Result<File> {
    let name = input.name().to_owned();
    let failed = |error: io::Error| Error::file("keep", &name, &error);
    let file =
        memfd_create("ffmpeg-input", MemfdFlags::CLOEXEC).map_err(|errno| failed(errno.into()))?;
    let mut file = File::from(file);
    let (mut buffer, mut held) = (vec![0; 64 << 10], 0);
    loop {
        match input.read(&mut buffer)? {
            0 => {
                let rewound = file.rewind();
                return rewound.map(|()| file).map_err(failed);
            }
            got => {
                held += got as u64;
                if held > MAX_HELD_BYTES {
                    let limit = MAX_HELD_BYTES >> 20;
                    let why = format!("is longer than the {limit} MiB that are kept of a pipe");
                    let error = Error::invalid(input.name(), why);
                    return Err(error.with_advice(FileAdvice::AvoidPipe));
                }
                file.write_all(&buffer[..got])
                    .map_err(|error| Error::file("keep", input.name(), &error))?;
            }
        }
    }
}

/// The error that a [`ChildOutput`] reports.
fn own_error(error: io::Error, name: &str) -> Error {
    let own = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    own.cloned()
        .unwrap_or_else(|| Error::file("read", name, &error))
}

/// The child's standard input as a file that can be read in any order. Minimal systems have no `/dev/stdin`.
const STDIN_FILE: &str = "file:/proc/self/fd/0";

/// What is decoded.
enum TaskInput {
    /// A regular file.
    File(File),
    /// A pipe, which is written to the child's standard input.
    Pipe,
    /// A URL, which ffmpeg opens itself.
    Url(String),
}

/// Where decoding starts.
enum StartPlace {
    /// With the packet at this byte.
    Byte(u64),
    /// With a packet near these seconds.
    Near(f64),
}

/// What one ffmpeg process decodes, and to what.
struct FfmpegTask {
    name: String,
    place: TaskInput,
    /// The only demuxers that may be used.
    demuxers: Option<&'static str>,
    output_codec: &'static str,
    /// The decoder, if not ffmpeg's choice.
    decoder: Option<&'static str>,
    /// Whether the decoder fills gaps with noise.
    is_noisy: bool,
    /// Whether the log is to have the timestamps of decoded blocks.
    shows_blocks: bool,
    length: Option<ExactLength>,
    /// What the header declares, where ffmpeg takes what there is for all there should be.
    declared: DeclaredBytes,
    /// Whether the duration that ffmpeg finds in the header is right.
    is_timed: bool,
    /// The number of frames, if that is known and ffmpeg does not check it.
    total_frames: Option<u64>,
    input_length: InputLength,
}

impl FfmpegTask {
    /// Replaces a length that is known better than by ffprobe, and removes one that cannot be right.
    fn correct_length(&self, probe: &mut FileProbe) {
        if let Some(ExactLength::Seconds(seconds)) = self.length {
            probe.metadata.seconds = Some(seconds);
        } else if !self.is_timed && probe.lacks_bytes() {
            (probe.metadata.seconds, probe.metadata.bit_rate) = (None, None);
        }
    }

    /// The error for an input that was refused, and that ffmpeg refused, too.
    fn refused(&self, refusal: &Error, error: Error) -> Error {
        let message = error.to_string();
        let Some((_, why)) = message.split_once("cannot be decoded by ffmpeg: ") else {
            return error;
        };
        match &self.place {
            TaskInput::Url(url) => {
                let why = why.strip_prefix(&format!("{url}: ")).unwrap_or(why);
                let kind = match why.contains("404 ") {
                    true => Kind::NotFound,
                    false => Kind::Io,
                };
                Error::new(kind, format!("cannot open '{url}': {why}")).with_file(url)
            }
            _ => refused_by_ffmpeg(refusal, why),
        }
    }

    /// Adds the input, and the protocols and demuxers that it may use.
    fn add_input(&self, command: &mut Command) {
        let (protocols, input) = match &self.place {
            TaskInput::File(_) => ("file,pipe", STDIN_FILE),
            TaskInput::Pipe => ("pipe", "pipe:0"),
            TaskInput::Url(url) => ("http,https,tcp,tls,crypto,httpproxy,pipe", &**url),
        };
        command.args(["-protocol_whitelist", protocols]);
        if let Some(demuxers) = self.demuxers {
            command.args(["-format_whitelist", demuxers]);
        }
        command.args(["-i", input]);
    }

    /// Runs ffprobe; the error is `None` if it is not installed.
    fn probe(&self) -> Result<FileProbe, Option<Error>> {
        let mut command = Command::new("ffprobe");
        command.args(["-v", "level+error", "-print_format", "json"]);
        command.args(["-show_format", "-show_streams", "-show_chapters"]);
        self.add_input(&mut command);
        let failed = |error: io::Error| match error.kind() {
            ErrorKind::NotFound => None,
            _ => Some(Error::file("decode with ffmpeg", &self.name, &error)),
        };
        let supply = self.supply().map_err(failed)?;
        let output =
            ChildOutput::start("ffprobe", &self.name, &mut command, supply).map_err(failed)?;
        let mut json = Vec::new();
        let read = output.take(MAX_PROBE_BYTES).read_to_end(&mut json);
        read.map_err(|error| Some(own_error(error, &self.name)))?;
        let why = "has no audio that ffmpeg can decode";
        FileProbe::parse(&json).ok_or_else(|| Some(Error::invalid(&self.name, why)))
    }

    /// Probes what can be read twice.
    fn probe_unless_piped(&self, refusal: &Error) -> Result<Option<FileProbe>> {
        let error = |error: Option<Error>| match error {
            Some(error) => self.refused(refusal, error),
            None => refusal.clone(),
        };
        match self.place {
            TaskInput::Pipe => Ok(None),
            _ => self.probe().map(Some).map_err(error),
        }
    }

    fn supply(&self) -> io::Result<ChildInput> {
        Ok(match &self.place {
            TaskInput::File(file) => ChildInput::File(file.try_clone()?),
            _ => ChildInput::Nothing,
        })
    }

    /// Starts decoding at `start`, or at the first frame.
    fn start(
        &self,
        supply: ChildInput,
        start: Option<StartPlace>,
    ) -> io::Result<(Input, ChildLog)> {
        let mut command = Command::new("ffmpeg");
        command.args(["-nostdin", "-nostats", "-hide_banner", "-v", "level+info"]);
        if self.shows_blocks {
            command.arg("-copyts");
        }
        match start {
            None => {}
            Some(StartPlace::Byte(byte)) => {
                command.args(["-skip_initial_bytes", &byte.to_string()]);
            }
            Some(StartPlace::Near(seconds)) => {
                command.args(["-noaccurate_seek", "-ss", &format!("{seconds:.6}")]);
            }
        }
        if self.is_noisy {
            // The noise follows from its packet, not from what was decoded before.
            command.args(["-cons_noisegen", "1"]);
        }
        if let Some(decoder) = self.decoder {
            command.args(["-c:a", decoder]);
        }
        self.add_input(&mut command);
        if self.shows_blocks {
            command.args(["-af", "ashowinfo"]);
        }
        command.args([
            "-map",
            "0:a:0",
            "-map_metadata",
            "-1",
            "-fflags",
            "+bitexact",
        ]);
        command.args(["-c:a", self.output_codec, "-f", "wav", "pipe:1"]);
        let output = ChildOutput::start("ffmpeg", &self.name, &mut command, supply)?;
        let log = output.log();
        Ok((Input::from_reader(&*self.name, output), log))
    }

    /// A packet not far before frame `to` of a regular file.
    fn find(
        &self,
        packets: PacketBytes,
        start: &[DecodedBlock],
        to: u64,
    ) -> Result<Option<PacketPlace>> {
        let TaskInput::File(file) = &self.place else {
            return Ok(None);
        };
        let found = packets.find(file, start, to);
        found.map_err(|error| Error::file("read", &self.name, &error))
    }

    /// The frames from `start` on, or from the first; `None` for a pipe.
    fn restart(&self, start: Option<StartPlace>) -> Result<Option<(Box<dyn Source>, ChildLog)>> {
        if matches!(self.place, TaskInput::Pipe) {
            return Ok(None);
        }
        let failed = |error: io::Error| Error::file("decode with ffmpeg", &self.name, &error);
        let supply = self.supply().map_err(failed)?;
        let (decoded, log) = self.start(supply, start).map_err(failed)?;
        let decoded = wav::open(decoded, &ReadOptions::default());
        Ok(Some((
            decoded.map_err(|error| explained(error, &self.name, &log))?,
            log,
        )))
    }
}

/// What ffmpeg decodes.
struct FfmpegSource {
    decoded: Box<dyn Source>,
    log: ChildLog,
    task: FfmpegTask,
    metadata: Metadata,
    /// Frames before the encoder's padding, and how many of them are left.
    length: u64,
    left: u64,
    /// How a position is found, if that can be done.
    method: Option<SeekMethod>,
    /// The first blocks of the file, if they have been needed.
    start: Vec<DecodedBlock>,
    /// The length that the header declares, of a child that does not decode from the start any more.
    declared_seconds: Option<f64>,
    /// Whether frames have been read or skipped.
    has_begun: bool,
    /// Whether the child is at another position than the first frame, which is the next one.
    is_stale: bool,
    has_frames: bool,
    has_ended: bool,
    warning: Option<String>,
}

impl FfmpegSource {
    /// Keeps the first error that ffmpeg reported without giving up, as a warning.
    fn note_errors(&mut self) {
        if !std::mem::replace(&mut self.has_ended, true) {
            let is_whole = self.task.total_frames == Some(self.length - self.left);
            // In a pipe, ffmpeg takes the tag behind the last block of WavPack for a damaged one.
            let is_about_tag = |words: &&String| {
                is_whole && (*words == "Invalid block header." || words.starts_with("pipe:0: "))
            };
            let errors = self.log.errors();
            self.warning = errors
                .iter()
                .find(|words| !is_about_tag(words))
                .map(|words| format!("'{}': ffmpeg: {words}", self.task.name));
        }
    }
}

impl FfmpegSource {
    /// The error for an input that ends much earlier than its header says: ffmpeg reports that at most as a warning.
    fn check_end(&self) -> Result<()> {
        let task = &self.task;
        if let Some(missing) = task.declared.missing(task.input_length.get().copied()) {
            return Err(lacking(&self.task.name, missing));
        }
        let (rate, position) = (self.spec().rate, self.length - self.left);
        // What damage takes is reported as that, and the rest is not missing.
        let is_cut = || {
            let errors = self.log.errors();
            errors
                .iter()
                .any(|words| words.ends_with(": Input/output error"))
        };
        match task.total_frames {
            Some(total) if total > position && is_cut() => {
                return Err(truncated(&task.name, total, position));
            }
            _ => {}
        }
        let found = position as f64 / f64::from(rate);
        let declared = self
            .declared_seconds
            .or_else(|| self.log.declared_seconds());
        match declared {
            Some(declared)
                if self.left > 0 && task.is_timed && declared - found > MAX_MISSING_SECONDS =>
            {
                Err(incomplete(&self.task.name, declared, found))
            }
            _ => Ok(()),
        }
    }
}

/// A child that decodes from the middle of a file.
struct LandedChild {
    /// The first frame that it decodes.
    frame: u64,
    decoded: Box<dyn Source>,
    log: ChildLog,
}

impl FfmpegSource {
    /// Continues at frame `to` with another child. Returns whether it did: that cannot be done for all files.
    fn seek(&mut self, to: u64) -> Result<bool> {
        let spec = self.decoded.spec();
        let seconds = spec.seconds(to);
        let is_behind_end = self.metadata.seconds.is_none_or(|end| seconds >= end);
        if self.has_begun || is_behind_end || seconds < MIN_SEEK_SECONDS {
            return Ok(false);
        }
        let Some(landed) = self.land_before(to)? else {
            return Ok(false);
        };
        let (mut decoded, log, ahead) = (landed.decoded, landed.log, to - landed.frame);
        if decoded.spec() != spec || decoded.skip(ahead)? < ahead {
            return Ok(false);
        }
        // A decoder that begins in the middle reports packets that need others before them as damaged.
        log.forget_lines();
        self.declared_seconds = self.log.declared_seconds();
        (self.decoded, self.log) = (decoded, log);
        (self.has_begun, self.is_stale) = (true, false);
        Ok(true)
    }

    /// A child that decodes from a frame not far before frame `to`.
    fn land_before(&mut self, to: u64) -> Result<Option<LandedChild>> {
        let spec = self.decoded.spec();
        let settling = spec.frames_lasting(Duration::from_secs_f64(MIN_SETTLING_SECONDS));
        if self.start.is_empty() {
            // A child whose blocks are longer than its pipe does not get to the second one before it is read.
            let count = match self.method {
                Some(SeekMethod::Bytes(PacketBytes::Equal)) => 2,
                _ => 1,
            };
            self.start = self.log.blocks(count);
        }
        let (place, start) = match self.method {
            None => return Ok(None),
            Some(SeekMethod::Bytes(packets)) => {
                let Some(place) = self.task.find(packets, &self.start, to - settling)? else {
                    return Ok(None);
                };
                (Some(place), StartPlace::Byte(place.byte))
            }
            Some(SeekMethod::Timestamps(_)) => {
                (None, StartPlace::Near(spec.seconds(to) - LEAD_SECONDS))
            }
        };
        let Some((decoded, log)) = self.task.restart(Some(start))? else {
            return Ok(None);
        };
        let Some(first) = log.blocks(1).first().copied() else {
            return Ok(None);
        };
        let frame = match (self.method, place) {
            (Some(SeekMethod::Timestamps(timestamps)), _) => {
                timestamps.frame(first, &self.start, spec.rate)
            }
            (_, Some(place)) => {
                (u64::try_from(first.byte) == Ok(place.byte)).then_some(place.frame)
            }
            _ => None,
        };
        let frame = frame.filter(|frame| frame + settling <= to);
        Ok(frame.map(|frame| LandedChild {
            frame,
            decoded,
            log,
        }))
    }

    /// Starts another child at the first frame, if the current one is elsewhere.
    fn refresh(&mut self) -> Result<()> {
        if self.is_stale {
            if let Some((decoded, log)) = self.task.restart(None)? {
                (self.decoded, self.log) = (decoded, log);
                self.declared_seconds = None;
            }
            self.is_stale = false;
        }
        self.has_begun = true;
        Ok(())
    }
}

impl Source for FfmpegSource {
    fn spec(&self) -> Spec {
        self.decoded.spec()
    }

    fn frames(&self) -> Option<u64> {
        None
    }

    fn name(&self) -> &str {
        &self.task.name
    }

    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn take_warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.refresh()?;
        let wanted = self.spec().bytes(self.left).min(buffer.len() as u64) as usize;
        let got = self.decoded.read(&mut buffer[..wanted]);
        if let Ok(bytes) = got {
            self.left -= self.spec().frames_in(bytes as u64);
        }
        match got {
            Ok(0) if !buffer.is_empty() => {
                self.note_errors();
                self.check_end()?;
            }
            Ok(bytes) => self.has_frames |= bytes > 0,
            // Without any frame, what ffmpeg says is the cause.
            Err(error) if !self.has_frames => {
                return Err(explained(error, &self.task.name, &self.log));
            }
            Err(_) => {}
        }
        got
    }

    fn channel_map(&self) -> Option<ChannelMap> {
        self.decoded.channel_map().filter(|map| map.0.len() > 2)
    }

    fn rewind(&mut self) -> bool {
        let can_seek = self.method.is_some();
        if can_seek && self.has_begun {
            (self.is_stale, self.has_begun, self.has_ended) = (true, false, false);
            self.left = self.length;
        }
        can_seek
    }

    fn skip(&mut self, frames: u64) -> Result<u64> {
        let frames = frames.min(self.left);
        let skipped = match self.seek(frames)? {
            true => frames,
            false => {
                self.refresh()?;
                self.decoded.skip(frames)?
            }
        };
        self.left -= skipped;
        Ok(skipped)
    }
}
