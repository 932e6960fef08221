//! `aloud record`: the files contain exactly what was captured, and no other file is touched.

mod convert;
mod devices;
mod errors;
mod files;
mod flac;
mod formats;
mod output;
mod signals;
mod terminal;
mod unattended;
