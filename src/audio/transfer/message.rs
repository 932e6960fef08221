//! What the threads of a transfer send to the calling thread.

use super::event::{EndReason, Event};
use crate::audio::advice::{SoundAdvice, Warning};
use crate::audio::error::Result;
use crate::audio::pcm::Pcm;
use crate::audio::playlist::{Playlist, Segment};
use crate::audio::spelling::count;
use std::sync::Arc;

/// Short, because the queue holds many. What device threads send is not boxed: they do not allocate.
pub(super) enum Message {
    /// The reader has opened the first file of a segment, or (`None`) there are no more files.
    Opened(Box<Playlist>, Option<Segment>),
    Event(Event),
    Notice(Notice),
    /// A device that went away has been opened again, or cannot be opened again.
    Reopened(Box<Result<Pcm>>),
    /// The loop of one device of a group has ended.
    DeviceEnded(Result<EndReason>),
    /// The device loop has ended.
    Ended(Result<EndReason>),
    /// There is a new command.
    Command,
}

/// A warning as a device thread sends it: in numbers, because that thread formats no text.
#[derive(Clone, Debug)]
pub(super) enum Notice {
    /// The device reports a position that cannot be right.
    SuspiciousPosition { avail: u64, delay: i64, limit: u64 },
    /// One clock of a loopback is faster than the other.
    ClocksDiffer {
        faster: Arc<str>,
        slower: Arc<str>,
        ppm: f64,
        resampling: bool,
    },
    /// The device thread was taken out of real time.
    NoPause,
    /// The latency of a loopback was raised because of xruns; in milliseconds.
    LatencyRaised { from: f64, to: f64 },
}

impl From<Notice> for Warning {
    fn from(notice: Notice) -> Warning {
        match notice {
            Notice::SuspiciousPosition {
                avail,
                delay,
                limit,
            } => format!(
                "implausible position: {} available, delay {}, limit {limit}",
                count(avail, "frame"),
                count(delay, "frame")
            )
            .into(),
            Notice::ClocksDiffer {
                faster,
                slower,
                ppm,
                resampling,
            } => {
                let effect = if resampling {
                    "resampling from now on"
                } else {
                    "this is not corrected and will cause xruns"
                };
                format!(
                    "the clock of '{faster}' is about {ppm:.0} ppm faster than that of '{slower}': {effect}"
                )
                .into()
            }
            Notice::NoPause => {
                "the device thread used the processor without a pause, and was taken out of real time"
                    .to_owned()
                    .into()
            }
            Notice::LatencyRaised { from, to } => Warning::with_advice(
                format!(
                    "a latency of {from:.1} ms is too short for this machine: {to:.1} ms from now on"
                ),
                SoundAdvice::RaiseLatency,
            ),
        }
    }
}
