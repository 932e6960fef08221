//! The audio core: no command line, no printing, no process exit.

mod access;
pub mod cards;
pub mod direction;
pub mod dsp;
pub mod error;
pub mod explain;
pub mod ffi;
pub mod file;
pub mod format;
pub mod holders;
pub mod mixer;
pub mod names;
pub mod pcm;
pub mod spec;
pub mod spelling;
pub mod transfer;

/// libasound's version (pyalsaaudio's `asoundlib_version`).
pub fn asoundlib_version() -> String {
    ffi::version()
}
