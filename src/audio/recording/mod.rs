//! Recordings: a series of files as one [`Sink`](crate::audio::stream::Sink), without a frame lost or repeated between
//! two files.

mod naming;
mod per_channel;
mod split;
#[cfg(test)]
mod tests;

pub use per_channel::PerChannelRecording;
pub use split::{Recording, RecordingOptions};
