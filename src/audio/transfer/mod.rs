//! The engine that moves frames between files and devices.
//!
//! Between a device and a file there are a ring buffer and two threads: the device thread waits on its PCM and on
//! nothing else, and the file thread may stall on a disk or a pipe. Both send [`Event`]s to the calling thread.

#[cfg(test)]
mod allocation_tests;
mod capture;
mod channels;
mod control;
mod conversion;
mod convert;
mod counters;
mod device_link;
mod device_loop;
mod drift;
mod event;
mod group;
mod hang;
mod jump;
mod levels;
mod loopback;
mod message;
mod message_queue;
mod on_lost;
mod outcome;
mod path_test;
mod playback;
mod policy;
mod realtime;
mod reopening;
mod session;
mod stall;
mod stepwise;
mod timing;

pub use capture::{FileReporter, MakeSink, Record, WriteBehindSink, record};
pub use control::{TransferCommand, TransferControl};
pub use event::{
    DeviceStart, DeviceTotals, Drift, End, EndReason, Event, FileEvent, FileProgress, FileState,
    GroupDevice, LoopbackProgress, LoopbackStart, Progress, RefusedChange, Speaker, Start, Tstamp,
    WhyNotRealtime,
};
pub use group::{ChannelSplit, PlayGroup, RecordGroup, play_group, record_group};
pub use loopback::{Hook, Loopback, loopback};
pub use on_lost::OnLost;
pub use outcome::Outcome;
pub use path_test::{PathOutcome, PathTest, test_path};
pub use playback::{Play, ReadAheadSource, SpeakerTest, play};
pub use policy::{ConversionPolicy, SpecOverride};
pub use realtime::Realtime;
pub use stepwise::{
    StepwiseError, StepwiseEvent, StepwiseOptions, StepwiseRecording, StepwiseTransfer,
};
pub use timing::{Delay, Timing};
