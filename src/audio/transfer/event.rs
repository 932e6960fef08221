//! All that happens in a transfer, as one enum. The progress bar, the text and the JSON lines are three readers of it.

use crate::audio::advice::Warning;
use crate::audio::error::Error;
use crate::audio::pcm::Direction;
use crate::audio::spec::Spec;
use serde::Serialize;

/// Something that happened. Serialised, it is one object with `"event"` first.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The device is open and configured. Told again, without a break in the sound, where a file follows that is
    /// converted in another way.
    Start(Start),
    /// A second has passed.
    Progress(Progress),
    /// The device ran dry (playback) or over (capture), or lost time in a sleep of the machine.
    Xrun {
        /// Frames that the gap is long; `null` where the device does not tell.
        frames_lost: Option<u64>,
        /// Milliseconds that the gap is long.
        ms: Option<f64>,
    },
    /// Both devices of a loopback are open and configured.
    #[serde(rename = "start")]
    Linked(Box<Linked>),
    /// A second of a loopback has passed.
    #[serde(rename = "progress")]
    Relayed(Relayed),
    /// One of a loopback's devices ran dry or over, or the frames on their way became too many.
    #[serde(rename = "xrun")]
    SideXrun {
        /// Which of the two.
        side: Direction,
        /// Frames that the gap is long; `null` where the device does not tell.
        frames_lost: Option<u64>,
        /// Milliseconds that the gap is long.
        ms: Option<f64>,
    },
    /// The clocks of a loopback's devices are seen to differ. Told once.
    Drift(Drift),
    /// A loopback that waits for sound begins to be heard, or falls silent again.
    Sound {
        /// Whether it is heard from now on.
        playing: bool,
        /// Frames captured so far.
        frames: u64,
    },
    /// A file was opened or finished.
    File(FileEvent),
    /// Which frame was at the microphone at which time.
    Timestamp {
        /// Frames captured at that moment.
        frames: u64,
        /// The device's clock then: seconds, to the nanosecond.
        tstamp: String,
    },
    /// Another speaker begins to be heard, and the others are silent.
    Speaker(Speaker),
    /// The device stands still by request.
    Pause {
        /// Frames heard so far.
        frames: u64,
    },
    /// It goes on.
    Resume {
        /// Frames heard so far.
        frames: u64,
    },
    /// It is over.
    End(End),
    /// A file could not be played, or not to its end, and the next one follows; or the device failed, and the end
    /// follows. Told as an error, not in the stream.
    #[serde(skip)]
    Failed(Error),
    /// Something the user should know that stops nothing. Told as a warning, not in the stream.
    #[serde(skip)]
    Warning(Warning),
}

/// What a transfer starts with.
#[derive(Clone, Debug, Serialize)]
pub struct Start {
    /// The PCM's name.
    pub device: String,
    /// Which way the frames go.
    pub direction: Direction,
    /// What was asked for.
    pub requested: Spec,
    /// What the device does.
    pub realised: Spec,
    /// What is done between the two; `null` where every bit passes as it is.
    pub conversion: Option<String>,
    /// Frames in a period.
    pub period_size: u64,
    /// Frames in the device's buffer.
    pub buffer_size: u64,
    /// How frames are handed over.
    pub access: &'static str,
    /// alsa-lib's description of the device, for the curious.
    #[serde(skip)]
    pub dump: String,
}

/// What a loopback starts with.
#[derive(Clone, Debug, Serialize)]
pub struct Linked {
    /// Where the sound comes from.
    pub capture: Start,
    /// Where it goes.
    pub playback: Start,
    /// Frames from the one to the other.
    pub latency_frames: u64,
    /// The same in milliseconds.
    pub latency_ms: f64,
}

/// How far a loopback is, and how it goes.
#[derive(Clone, Debug, Serialize)]
pub struct Relayed {
    /// Frames captured so far.
    pub frames: u64,
    /// Seconds captured so far.
    pub seconds: f64,
    /// Frames in all, where that is known.
    pub total: Option<u64>,
    /// Frames on their way from the one device's input to the other's output, lately; `null` while nothing is played.
    pub latency_frames: Option<u64>,
    /// The same in milliseconds.
    pub latency_ms: Option<f64>,
    /// By how many parts in a million the capture's clock is faster; `null` as long as no drift is seen.
    pub drift_ppm: Option<f64>,
    /// Frames played for one that was captured: 1 where every bit passes as it is.
    pub ratio: f64,
    /// Frames that wait between the two devices.
    pub fill: u64,
    /// The greatest sample of each channel since the last progress, in dBFS; `null` for digital silence or a format
    /// without a full scale.
    pub peak_dbfs: Vec<Option<f64>>,
    /// Xruns so far.
    pub xruns: u64,
}

/// Two clocks that differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// By how many parts in a million the capture's clock is faster, as far as is known.
    pub ppm: f64,
    /// Frames to be played for one that is captured.
    pub ratio: f64,
    /// Whether it is followed by resampling from now on.
    pub resampling: bool,
}

/// How far a transfer is.
#[derive(Clone, Debug, Serialize)]
pub struct Progress {
    /// Frames heard so far.
    pub frames: u64,
    /// Seconds heard so far.
    pub seconds: f64,
    /// Frames in all, where that is known.
    pub total: Option<u64>,
    /// The greatest sample of each channel since the last progress, in dBFS; `null` for digital silence or a format
    /// without a full scale.
    pub peak_dbfs: Vec<Option<f64>>,
    /// Xruns so far.
    pub xruns: u64,
}

/// A file that was opened or finished.
#[derive(Clone, Debug, Serialize)]
pub struct FileEvent {
    /// Its name as given.
    pub name: String,
    /// Whether it was opened or finished.
    pub state: FileState,
    /// What it holds.
    pub spec: Spec,
    /// Frames in all (opened; `null` where unknown), or frames given (finished).
    pub frames: Option<u64>,
    /// What it says it is called (opened); `null` where it says nothing.
    pub title: Option<String>,
    /// Whose it says it is (opened); `null` where it says nothing.
    pub artist: Option<String>,
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// Its sound follows.
    Opened,
    /// All its sound was handed on.
    Finished,
}

/// A channel that begins to be heard alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Speaker {
    /// Which channel of a frame it is, counted from 1.
    pub channel: u32,
    /// alsa-lib's name of its position (`FL`); `null` where the device does not tell.
    pub position: Option<&'static str>,
    /// The same in words (`Front Left`).
    pub name: Option<&'static str>,
    /// Frames heard before it.
    pub frames: u64,
}

/// How a transfer ended.
#[derive(Clone, Debug, Serialize)]
pub struct End {
    /// Frames heard.
    pub frames: u64,
    /// Seconds heard.
    pub seconds: f64,
    /// Xruns in all.
    pub xruns: u64,
    /// Frames that all gaps are long together, as far as the device told.
    pub frames_lost: u64,
    /// Samples that were over full scale after conversion, and were clipped.
    pub clipped: u64,
    /// Why it ended.
    pub why: EndReason,
}

/// Why a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum EndReason {
    /// All was played.
    #[serde(rename = "finished")]
    Finished,
    /// The user asked (a key).
    #[serde(rename = "quit")]
    Quit,
    /// Ctrl-C.
    #[serde(rename = "SIGINT")]
    Interrupt,
    /// `kill`.
    #[serde(rename = "SIGTERM")]
    Terminate,
    /// The terminal went away.
    #[serde(rename = "SIGHUP")]
    Hangup,
    /// Something failed.
    #[serde(rename = "error")]
    Error,
}

impl EndReason {
    /// The signal it stands for, if any.
    pub fn signal(self) -> Option<i32> {
        match self {
            EndReason::Interrupt => Some(libc::SIGINT),
            EndReason::Terminate => Some(libc::SIGTERM),
            EndReason::Hangup => Some(libc::SIGHUP),
            _ => None,
        }
    }

    /// What a signal number asks for.
    pub fn from_signal(signal: i32) -> EndReason {
        match signal {
            libc::SIGTERM => EndReason::Terminate,
            libc::SIGHUP => EndReason::Hangup,
            _ => EndReason::Interrupt,
        }
    }
}
