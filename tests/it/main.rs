//! The program and the library, tested without a sound card: over alsa-lib plugins, files, pipes and pseudo-terminals.

mod codecs;
mod common;
mod convert;
mod errors;
mod flac;
mod generated;
mod info;
mod json;
mod library;
mod mixer;
mod mixer_state;
mod play;
mod readme;
mod record;
mod signals;
mod terminal;
mod tone;
