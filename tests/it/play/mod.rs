//! `aloud play`: the samples in the files are the samples that are played; what cannot be played is reported.

mod convert;
mod damaged;
mod devices;
mod edit;
mod events;
mod options;
mod playlist;
mod playlists;
mod samples;
mod signals;
mod terminal;
