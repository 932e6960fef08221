//! The program and the library without a sound card: over alsa-lib plugins, files, pipes and pseudo-terminals.

mod cli;
mod common;
mod doctor;
mod info;
mod layering;
mod library;
mod limits;
mod mixer;
mod play;
mod record;
mod regression;
mod tone;
