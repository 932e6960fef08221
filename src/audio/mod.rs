//! The audio library. It prints nothing, never exits the process, and knows nothing about the command line.

pub mod advice;
pub mod channel_map;
mod ctl_calls;
pub mod direction;
pub mod dsp;
pub mod errno;
pub mod error;
mod event_fd;
pub(crate) mod ffi;
pub mod file;
pub mod format;
mod heartbeat;
mod library_log;
mod memory;
pub mod metadata;
pub mod mixer;
pub mod pcm;
pub mod playlist;
mod poll;
pub mod recording;
pub mod spec;
pub mod spelling;
pub mod stream;
pub mod system;
mod threads;
pub mod time_limit;
pub mod transfer;
pub mod wall_time;

pub use ctl_calls::{CtlAnswer, watch_ctl_calls};
pub use ffi::allocator::{ReportingAllocator, exit_at_once, share_one_arena};
pub use ffi::daemon::{
    daemonize, is_ignored, log_error, log_errors_as, run_when_idle, stop_process,
};
pub use ffi::messages::{
    leave as leave_messages, print_as_alsactl as print_messages_as_alsactl, quiet_sound_server,
};
pub use ffi::program_code::release_startup_code;
pub use ffi::standard_streams;

/// Reads alsa-lib's configuration (`snd_config_update_ref`), so that opening a device finds it in memory.
///
/// This is for programs that start threads: in a process with one thread, the C library reads a file without locks,
/// which takes half a million instructions fewer. Errors are left to whatever needs the configuration.
pub fn read_configuration() {
    ffi::messages::capture();
    let _ = ffi::ctl::load_configuration();
}

/// alsa-lib's configuration with what its hooks have loaded, as text (`snd_config_save`).
///
/// # Errors
/// If it cannot be read.
pub fn configuration_text() -> error::Result<Vec<u8>> {
    let text = ffi::ctl::configuration_text();
    text.map_err(|errno| error::Error::device("read", "configuration", errno))
}

/// libasound's version (pyalsaaudio's `asoundlib_version`).
pub fn asoundlib_version() -> String {
    ffi::version()
}
