//! Everything that happens in a transfer, as one enum. The status line, the text output and the JSON lines are all made
//! from it.

use crate::audio::advice::Warning;
use crate::audio::error::Error;
use crate::audio::pcm::Direction;
use crate::audio::spec::Spec;
use crate::audio::stream::{FileContent, FileReport};
use crate::audio::wall_time::WallTime;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::path::{self, Path, PathBuf};

/// Something that happened. Serialized, it is one object with `"event"` first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The device is open and configured. Sent again, without a gap in the sound, if a file follows that needs another
    /// conversion.
    Start(Box<Start>),
    /// One interval has passed.
    Progress(Box<Progress>),
    /// An underrun (playback) or overrun (capture), or frames lost because the system was suspended.
    Xrun {
        /// Which PCM of a loopback; otherwise `null`.
        side: Option<Direction>,
        /// Which PCM of several that record or play together; otherwise `null`.
        device: Option<String>,
        /// Length of the gap in frames: silence that was played (playback), frames that were not recorded (capture) or not
        /// passed on (loopback); `null` if the device does not report it.
        frames_lost: Option<u64>,
        /// Length of the gap in milliseconds; `null` if the device does not report it.
        ms: Option<f64>,
    },
    /// The clocks of a loopback's devices, or of several that record or play together, differ. Sent once for each device.
    Drift(Drift),
    /// A loopback that plays only while there is sound starts or stops playing.
    Sound {
        /// Whether it plays from now on.
        playing: bool,
        /// Frames captured so far.
        frames: u64,
    },
    /// A file was opened, finished or deleted.
    File(Box<FileEvent>),
    /// When a frame was captured.
    Timestamp {
        /// Frames captured at that moment.
        frames: u64,
        /// The device's clock at that moment.
        tstamp: Tstamp,
    },
    /// A speaker test moves on to the next speaker.
    Speaker(Speaker),
    /// The transfer is paused.
    Pause {
        /// Frames played or captured so far.
        frames: u64,
    },
    /// The transfer continues after a pause.
    Resume {
        /// Frames played or captured so far.
        frames: u64,
    },
    /// The position in the files was changed.
    Seek {
        /// Frames played so far.
        frames: u64,
        /// The name of the file that is heard next.
        file: String,
        /// Seconds from its start.
        seconds: f64,
    },
    /// The volume was changed.
    Volume {
        /// The gain that is applied to all samples, in dB.
        gain_db: f64,
    },
    /// A change of the position or the volume is not possible.
    #[serde(skip)]
    Refused(RefusedChange),
    /// The device or sound server went away. The transfer waits until it is back.
    Lost {
        /// The PCM's name.
        device: String,
        /// Frames played or captured before.
        frames: u64,
    },
    /// The device is back, and the transfer continues.
    Back {
        /// The PCM's name now: its card may have another number.
        device: String,
        /// Length of the gap in frames.
        gap_frames: u64,
        /// The same in seconds.
        gap_seconds: f64,
    },
    /// The transfer has ended.
    End(End),
    /// A file could not be played, or not to its end, and the next one follows; or the device failed, and the end
    /// follows. Reported as an error, not in the event stream.
    #[serde(skip)]
    Failed(Error),
    /// Something the user should know that does not stop the transfer. Reported as a warning, not in the event stream.
    #[serde(skip)]
    Warning(Warning),
}

/// Why a change of the position or the volume is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedChange {
    /// The file is a pipe.
    Unseekable,
    /// Samples of this format cannot be scaled.
    FixedVolume,
}

/// What a transfer starts with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Start {
    /// The PCM; for a loopback, the one that plays.
    #[serde(flatten)]
    pub device: DeviceStart,
    /// Both PCMs of a loopback; otherwise absent.
    #[serde(flatten)]
    pub loopback: Option<LoopbackStart>,
    /// All PCMs that record or play together, if there are several; otherwise absent. `device` is the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<GroupDevice>>,
}

/// One of several PCMs that record or play together.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GroupDevice {
    /// The PCM.
    #[serde(flatten)]
    pub device: DeviceStart,
    /// The number of its first channel in the sound, from 1; `null` if it plays all of them.
    pub first_channel: Option<u32>,
    /// Whether it was started at the same moment as the others (`snd_pcm_link`).
    pub linked: bool,
    /// How much later it was started than the first one to start, in µs.
    pub offset_us: f64,
}

/// What one of several PCMs has done so far.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DeviceTotals {
    /// The PCM's name.
    pub device: String,
    /// Frames played; in a recording, its frames with the silence in place of those that were lost.
    pub frames: u64,
    /// Its xruns.
    pub xruns: u64,
    /// Frames lost in them and while it was away; in a recording, silence takes their place.
    pub frames_lost: u64,
    /// How much faster its clock is than that of the first PCM, in parts per million; `null` while no drift is detected.
    pub drift_ppm: Option<f64>,
    /// Whether its sound is resampled to follow the first PCM.
    pub resampling: bool,
}

impl DeviceTotals {
    /// Those of a PCM that has done nothing yet.
    pub(super) fn none(device: &str) -> DeviceTotals {
        DeviceTotals {
            device: device.to_owned(),
            frames: 0,
            xruns: 0,
            frames_lost: 0,
            drift_ppm: None,
            resampling: false,
        }
    }
}

/// One PCM, opened and configured.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DeviceStart {
    /// The PCM's name.
    pub device: String,
    /// Whether it plays or captures.
    pub direction: Direction,
    /// The spec of the sound that is played, or of the recording.
    pub requested: Spec,
    /// The spec that the device was configured with.
    #[serde(rename = "configured")]
    pub granted: Spec,
    /// How one is converted to the other; `null` if the samples are not changed.
    pub conversion: Option<String>,
    /// Frames in a period.
    pub period_size: u64,
    /// Frames in the device's buffer.
    pub buffer_size: u64,
    /// How frames are transferred (`RW_INTERLEAVED`).
    pub access: &'static str,
    /// Whether its thread runs in real time (`SCHED_FIFO` or `SCHED_RR`).
    pub realtime: bool,
    /// Whether the buffers of that thread are locked in memory.
    pub memory_locked: bool,
    /// Why its thread does not run in real time.
    #[serde(skip)]
    pub why_not_realtime: Option<WhyNotRealtime>,
    /// alsa-lib's description of the PCM and the plugins behind it.
    #[serde(skip)]
    pub dump: String,
}

impl DeviceStart {
    /// The same device with sound of another spec.
    pub(super) fn with_sound(&self, requested: Spec, conversion: Option<String>) -> DeviceStart {
        DeviceStart {
            requested,
            conversion,
            ..self.clone()
        }
    }
}

/// Why a device thread does not run in real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNotRealtime {
    /// It is not asked for.
    Off,
    /// The device is a plugin.
    Plugin,
    /// The user may not.
    Limit,
}

/// What a loopback starts with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LoopbackStart {
    /// The PCM that captures.
    pub capture: DeviceStart,
    /// The PCM that plays.
    pub playback: DeviceStart,
    /// Frames from one's input to the other's output.
    pub latency_frames: u64,
    /// The same in milliseconds.
    pub latency_ms: f64,
}

/// The progress of a transfer.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Progress {
    /// Frames played or captured so far.
    pub frames: u64,
    /// Seconds played or captured so far.
    pub seconds: f64,
    /// Frames in total; `null` if unknown.
    pub total_frames: Option<u64>,
    /// The file that is played; `null` unless files are.
    pub current_file: Option<FileProgress>,
    /// The peak of each channel since the last progress, in dBFS; -99999.99 for digital silence, `null` if unknown (a
    /// format without a full scale).
    pub peak_dbfs: Vec<Option<f64>>,
    /// Whether each of these peaks reached full scale.
    #[serde(skip)]
    pub clipped: Vec<bool>,
    /// Xruns so far.
    pub xruns: u64,
    /// The rate of the frames, in Hz.
    #[serde(skip)]
    pub rate: u32,
    /// The state of a loopback; otherwise absent.
    #[serde(flatten)]
    pub loopback: Option<LoopbackProgress>,
    /// Each of several PCMs; otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<DeviceTotals>>,
}

/// The file that is heard, and where in it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FileProgress {
    /// Its name.
    pub name: String,
    /// Its place in the list, from 1.
    pub index: usize,
    /// Files in the list.
    pub count: usize,
    /// Seconds from its start.
    pub seconds: f64,
    /// Where it ends, in seconds from its start; `null` if unknown.
    pub total_seconds: Option<f64>,
    /// Its title tag.
    #[serde(skip)]
    pub title: Option<String>,
    /// Its artist tag.
    #[serde(skip)]
    pub artist: Option<String>,
}

/// The state of a loopback.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LoopbackProgress {
    /// Frames from one device's input to the other's output, averaged; `null` while nothing is played.
    pub latency_frames: Option<u64>,
    /// The same in milliseconds.
    pub latency_ms: Option<f64>,
    /// How much faster the capture clock is, in parts per million; `null` while no drift is detected.
    pub drift_ppm: Option<f64>,
    /// Frames played per frame captured: 1 if the samples are not changed.
    pub ratio: f64,
    /// Frames that wait between the two devices.
    pub fill_frames: u64,
}

/// The difference between two clocks.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Drift {
    /// Which of several PCMs that record or play together, compared with the first one; `null` for a loopback.
    pub device: Option<String>,
    /// How much faster its clock is (in a loopback, that of the capture), in parts per million, as far as is known.
    pub drift_ppm: f64,
    /// Frames after resampling per frame before.
    pub ratio: f64,
    /// Whether the difference is corrected by resampling from now on.
    pub resampling: bool,
}

/// A moment on the device's clock. Displayed and serialized as seconds with nine decimals (`12.000345678`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tstamp {
    /// Whole seconds.
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanos: i64,
}

impl fmt::Display for Tstamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.seconds, self.nanos)
    }
}

impl Serialize for Tstamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Tstamp {
    fn schema_name() -> Cow<'static, str> {
        "Tstamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Seconds with nine decimals, as text: a number would lose nanoseconds.",
            "type": "string",
            "pattern": "^-?[0-9]+\\.[0-9]{9}$",
        })
    }
}

/// A file that was opened, finished or deleted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FileEvent {
    /// Its name as given. Bytes that are not UTF-8 are replaced.
    pub name: String,
    /// What happened to it.
    pub state: FileState,
    /// Its absolute path (finished); `null` if it is not a regular file, or not UTF-8.
    pub path: Option<String>,
    /// Its path as given, unless it is a standard stream or an address.
    #[serde(skip)]
    pub file: Option<PathBuf>,
    /// Its spec; `null` for a deleted file.
    pub spec: Option<Spec>,
    /// Frames in total (opened; `null` if unknown), or frames read or written (finished).
    pub frames: Option<u64>,
    /// The same in seconds.
    pub seconds: Option<f64>,
    /// Its title tag; `null` if it has none.
    pub title: Option<String>,
    /// Its artist tag; `null` if it has none.
    pub artist: Option<String>,
    /// Its codec, `PCM` for uncompressed samples; `null` for a deleted file.
    pub codec: Option<String>,
    /// The program that decodes it; `null` if it is this one.
    pub decoder: Option<&'static str>,
    /// Its size (finished or deleted); `null` if it is not a regular file.
    pub bytes: Option<u64>,
    /// The peak of each channel in dBFS (finished), as stored; `null` if it was not measured.
    pub peak_dbfs: Option<Vec<Option<f64>>>,
    /// Samples at full scale, if measured.
    #[serde(skip)]
    pub at_full_scale: u64,
    /// When its first frame was captured; `null` if it was not captured, or not yet.
    pub start_time: Option<WallTime>,
}

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// Its frames follow.
    Opened,
    /// All its frames were read or written.
    Finished,
    /// It was deleted, to make room for newer ones.
    Deleted,
}

impl FileEvent {
    /// An event of which no more is known.
    fn new(name: String, state: FileState, content: FileContent) -> FileEvent {
        FileEvent {
            name,
            state,
            path: None,
            file: None,
            spec: None,
            frames: None,
            seconds: None,
            title: content.title,
            artist: content.artist,
            codec: content.codec,
            decoder: content.decoder,
            bytes: None,
            peak_dbfs: None,
            at_full_scale: 0,
            start_time: None,
        }
    }
}

impl From<FileReport> for Event {
    fn from(report: FileReport) -> Event {
        let event = match report {
            FileReport::Opened {
                name,
                path,
                spec,
                frames,
                content,
                start_time,
            } => FileEvent {
                file: path,
                spec: Some(spec),
                frames,
                seconds: frames.map(|frames| spec.seconds(frames)),
                start_time,
                ..FileEvent::new(name, FileState::Opened, content)
            },
            FileReport::Finished {
                name,
                path,
                spec,
                frames,
                seconds,
                content,
                bytes,
                peak_dbfs,
                at_full_scale,
                start_time,
                was_moved: _,
            } => FileEvent {
                path: path
                    .as_deref()
                    .filter(|_| bytes.is_some())
                    .and_then(absolute),
                file: path,
                spec: Some(spec),
                frames: Some(frames),
                seconds: Some(seconds),
                bytes,
                peak_dbfs,
                at_full_scale,
                start_time,
                ..FileEvent::new(name, FileState::Finished, content)
            },
            FileReport::Deleted { name, bytes } => FileEvent {
                bytes: Some(bytes),
                ..FileEvent::new(name, FileState::Deleted, FileContent::default())
            },
            FileReport::Failed(error) => return Event::Failed(error),
            FileReport::Warning(text) => return Event::Warning(text.into()),
        };
        Event::File(Box::new(event))
    }
}

/// The absolute path as text, without replacing what is not UTF-8: that would be the name of another file.
fn absolute(path: &Path) -> Option<String> {
    path::absolute(path)
        .ok()?
        .into_os_string()
        .into_string()
        .ok()
}

/// A speaker that plays alone from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Speaker {
    /// Its channel, counted from 0.
    pub index: u32,
    /// Its name (`Front Left`); `null` if the device does not report it.
    pub channel: Option<&'static str>,
    /// alsa-lib's short name of it (`FL`).
    pub position: Option<&'static str>,
    /// Frames played before it.
    pub frames: u64,
}

/// How a transfer ended.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct End {
    /// Frames played or captured.
    pub frames: u64,
    /// Seconds played or captured.
    pub seconds: f64,
    /// Xruns in total.
    pub xruns: u64,
    /// Frames lost in all xruns, as far as the device reported them.
    pub frames_lost: u64,
    /// Samples that were over full scale after conversion and were clipped.
    pub clipped_samples: u64,
    /// Events and warnings that were dropped because the reader of the events was too slow. The totals include what
    /// they reported.
    pub events_dropped: u64,
    /// Why it ended.
    pub why: EndReason,
    /// Each of several PCMs; otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<DeviceTotals>>,
}

/// Why a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub enum EndReason {
    /// Everything was played or recorded.
    #[serde(rename = "finished")]
    Finished,
    /// The user quit with a key.
    #[serde(rename = "quit")]
    Quit,
    /// SIGINT (Ctrl-C).
    #[serde(rename = "SIGINT")]
    Interrupt,
    /// SIGTERM.
    #[serde(rename = "SIGTERM")]
    Terminate,
    /// SIGHUP: the terminal was closed.
    #[serde(rename = "SIGHUP")]
    Hangup,
    /// The reader of standard output closed it.
    #[serde(rename = "stdout_closed")]
    StdoutClosed,
    /// An error.
    #[serde(rename = "error")]
    Error,
}

impl EndReason {
    /// The signal number, if a signal is the reason.
    pub fn signal(self) -> Option<i32> {
        match self {
            EndReason::Interrupt => Some(libc::SIGINT),
            EndReason::Terminate => Some(libc::SIGTERM),
            EndReason::Hangup => Some(libc::SIGHUP),
            _ => None,
        }
    }

    /// The reason for a signal number.
    pub fn from_signal(signal: i32) -> EndReason {
        match signal {
            libc::SIGTERM => EndReason::Terminate,
            libc::SIGHUP => EndReason::Hangup,
            _ => EndReason::Interrupt,
        }
    }
}
