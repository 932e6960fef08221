//! Containers of compressed audio. symphonia demuxes and decodes them, except for Opus and multichannel Vorbis.
//!
//! One module for each container opens it and supplies what symphonia does not report, mostly encoder delay and
//! padding. `media_source` adapts an input for symphonia, `codec` selects a decoder, `gapless` trims decoded frames,
//! `source` is the resulting [`Source`](crate::audio::stream::Source), `tags` converts metadata.

pub(super) mod adts;
pub(super) mod aiff;
pub(super) mod caf;
mod codec;
mod decoder;
mod dropped;
pub(super) mod flac;
mod gapless;
mod map_error;
pub(super) mod matroska;
mod matroska_scan;
mod media_source;
pub(super) mod mp3;
pub(super) mod mp4;
mod mp4_index;
pub(super) mod ogg;
mod open;
mod opus;
mod packets;
mod resync;
mod run_limit;
mod source;
mod stream_info;
mod symphonia_decoder;
mod tags;
mod track;
mod vorbis;
