//! The one engine that moves frames. Between a device and a file stand a bounded ring and two threads: one waits on the
//! PCM and on nothing else, one may stall on a disk or a pipe. The caller's thread hears of it all as [`Event`]s.

mod capture;
mod control;
mod conversion;
mod convert;
mod counters;
mod event;
mod loopback;
mod playback;
mod session;

pub use control::{TransferCommand, TransferControl};
pub use conversion::ConversionPolicy;
pub use event::{
    Drift, End, EndReason, Event, FileEvent, FileState, Linked, Progress, Relayed, Speaker, Start,
};
pub use loopback::{Hook, Loopback, OnSound, loopback};

pub use capture::{MakeSink, Record, record};
pub use playback::{Play, SpeakerTest, play};

use super::error::{Error, Kind, Result};
use super::pcm::{Direction, Pcm, Xrun};
use super::playlist::{Playlist, Segment};
use super::spec::Spec;
use super::stream::FileReport;
use crate::audio::advice::SoundAdvice;
use std::time::Duration;

/// What reaches the thread that runs a transfer.
enum Message {
    /// The file side has opened the first file of a segment, or has no more.
    Opened(Box<Playlist>, Option<Segment>),
    /// Something happened.
    Event(Event),
    /// The device side is done.
    Ended(Result<EndReason>),
    /// There is a new command.
    Commanded,
}

/// Why an xrun on that side, of `pcm`, ends a transfer in which each one is fatal.
fn fatal_xrun(side: Direction, pcm: &Pcm, xrun: Xrun) -> Error {
    let name = match side {
        Direction::Playback => "underrun",
        Direction::Capture => "overrun",
    };
    let length = xrun.ms.map(|ms| format!(", {ms:.1} ms long"));
    let device = pcm.card_name();
    let message = format!("{name} on '{device}'{}", length.unwrap_or_default());
    Error::new(Kind::Xrun, message)
        .with_device(device)
        .with_advice(SoundAdvice::TolerateXruns)
}

/// When a playing device starts, stops and wakes; `None` is the default of each.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timing {
    /// Starts once this much is queued; the default is a full buffer.
    pub start: Option<Delay>,
    /// Stops (an xrun) once this much is free; the default is a whole buffer.
    pub stop: Option<Delay>,
    /// Wakes once this much is free; the default is two periods.
    pub avail_min: Option<Duration>,
}

/// A threshold as aplay gives it, in µs: above zero from an empty buffer, else relative to a full one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// Microseconds.
    pub micros: i64,
}

impl Delay {
    fn frames(self, spec: Spec, buffer: u64) -> u64 {
        let frames = spec.frames_lasting(Duration::from_micros(self.micros.unsigned_abs()));
        if self.micros > 0 {
            frames
        } else {
            buffer.saturating_sub(frames)
        }
    }
}

/// Format, rate or channels that a device must be opened with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpecOverride {
    /// Sample format.
    pub format: Option<super::format::Format>,
    /// Hz.
    pub rate: Option<u32>,
    /// Samples in a frame.
    pub channels: Option<u32>,
}

impl SpecOverride {
    fn applied_to(&self, spec: Spec) -> Spec {
        Spec {
            format: self.format.unwrap_or(spec.format),
            rate: self.rate.unwrap_or(spec.rate),
            channels: self.channels.unwrap_or(spec.channels),
        }
    }
}

/// How a transfer went.
#[derive(Debug)]
pub struct Outcome {
    /// The summary, as [`Event::End`] told it.
    pub end: End,
    /// What went wrong first, with a file or the device; [`Event::Failed`] told it, and all that went wrong after.
    pub error: Option<Error>,
}

impl From<FileReport> for Event {
    fn from(report: FileReport) -> Event {
        match report {
            FileReport::Opened {
                name,
                spec,
                frames,
                title,
                artist,
            } => Event::File(FileEvent {
                name,
                state: FileState::Opened,
                spec,
                frames,
                title,
                artist,
            }),
            FileReport::Finished { name, spec, frames } => Event::File(FileEvent {
                name,
                state: FileState::Finished,
                spec,
                frames: Some(frames),
                title: None,
                artist: None,
            }),
            FileReport::Failed(error) => Event::Failed(error),
            FileReport::Warning(text) => Event::Warning(text.into()),
        }
    }
}
