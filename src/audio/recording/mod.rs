//! Recordings: a series of files as one [`Sink`](crate::audio::stream::Sink), without a frame lost or repeated between
//! two files.

mod journal;
mod keep;
mod naming;
mod on_sound;
mod per_channel;
mod split;
#[cfg(test)]
mod tests;

pub use keep::{Keep, KeptFiles};
pub use on_sound::{OnSoundOptions, OnSoundSink};
pub use per_channel::PerChannelRecording;
pub use split::{Recording, RecordingOptions};
