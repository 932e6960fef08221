//! Containers of compressed audio. symphonia demuxes and decodes them, except for Opus and multichannel Vorbis.
//!
//! One module for each container opens it and supplies what symphonia does not report, mostly encoder delay and
//! padding. `media_source` adapts an input for symphonia, `codec` selects a decoder, `gapless` trims decoded frames,
//! `source` is the resulting [`Source`](crate::audio::stream::Source), `tags` converts metadata.

mod aac;
pub(super) mod adts;
mod ape_tag;
pub(super) mod caf;
mod codec;
mod decoder;
mod dropped;
pub(super) mod flac;
mod frame_source;
mod gapless;
mod ima_qt;
mod limits;
mod map_error;
pub(super) mod matroska;
mod matroska_file;
mod media_source;
pub(super) mod mp4;
pub(super) mod mpa;
pub(super) mod ogg;
mod open;
mod open_reader;
#[cfg(feature = "opus")]
mod opus;
mod opus_head;
mod packet_lengths;
mod packets;
mod read_ahead;
mod source;
mod stream_info;
mod symphonia_decoder;
mod tags;
mod track;
mod vorbis;
mod vorbis_comment;
