//! Captures the messages that libasound prints to stderr by default.
//!
//! Uses libasound's thread-local handler (`snd_lib_error_set_local`): it takes a `va_list`, while the global one takes
//! variadic arguments, which stable Rust cannot implement. Every thread that calls libasound captures for itself.

use crate::audio::errno::errno_text;
use crate::audio::library_log;
use alsa_sys as sys;
use std::ffi::{c_char, c_int};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Longer messages are cut. The longest ones repeat a PCM name that the user typed.
const MAX_BYTES: usize = 1024;

/// Captures libasound's messages on this thread from now on, and drops those captured before.
pub fn capture() {
    install();
    library_log::take();
    library_log::take_file_failure();
}

/// Leaves libasound's messages to libasound from now on: it prints them to stderr.
pub fn leave() {
    IS_LEFT.store(true, Relaxed);
}

static IS_LEFT: AtomicBool = AtomicBool::new(false);

/// Prints messages to stderr as alsactl does, instead of capturing them, from the next call on.
pub fn print_as_alsactl() {
    IS_PRINTED.store(true, Relaxed);
    install();
}

static IS_PRINTED: AtomicBool = AtomicBool::new(false);

/// Whether libasound's messages are printed instead of captured.
pub fn are_printed() -> bool {
    IS_LEFT.load(Relaxed) || IS_PRINTED.load(Relaxed)
}

/// Captures libasound's messages on this thread from now on, and keeps those captured before.
pub(crate) fn install() {
    if IS_LEFT.load(Relaxed) {
        return;
    }
    if IS_PRINTED.load(Relaxed) {
        // SAFETY: the handler only prints and never unwinds.
        unsafe { sys::snd_lib_error_set_local(Some(printing)) };
        return;
    }
    // SAFETY: the handler only touches thread-local state and never unwinds.
    unsafe { sys::snd_lib_error_set_local(Some(handler)) };
}

/// Makes the PulseAudio client library, which alsa-lib's plugins load, log to syslog instead of stderr, unless the user
/// has configured a target.
///
/// Sets an environment variable, so it must be called while there is only one thread.
pub fn quiet_sound_server() {
    const TARGET: &str = "PULSE_LOG_SYSLOG";
    if std::env::var_os(TARGET).is_none() {
        // SAFETY: the caller promises that there is only one thread, so no other one reads the environment.
        unsafe { std::env::set_var(TARGET, "1") };
    }
}

unsafe extern "C" fn handler(
    _file: *const c_char,
    _line: c_int,
    function: *const c_char,
    errno: c_int,
    format: *const c_char,
    arguments: *mut sys::__va_list_tag,
) {
    // SAFETY: libasound passes a valid format string and a `va_list` that matches it.
    let mut text = unsafe { format_message(format, arguments) };
    library_log::record_file_failure(errno, &text);
    if let Some(function) = super::owned(function) {
        text = format!("{function}: {text}");
    }
    if errno != 0 {
        text = format!("{text}: {}", errno_text(errno));
    }
    library_log::record(text);
}

/// A `snd_local_error_handler_t` that prints, with the prefix that alsactl uses.
///
/// # Safety
/// As for [`handler`].
unsafe extern "C" fn printing(
    file: *const c_char,
    line: c_int,
    function: *const c_char,
    errno: c_int,
    format: *const c_char,
    arguments: *mut sys::__va_list_tag,
) {
    // SAFETY: libasound passes a valid format string and a `va_list` that matches it.
    let mut text = unsafe { format_message(format, arguments) };
    if errno != 0 {
        text = format!("{text}: {}", errno_text(errno));
    }
    let [file, function] = [file, function].map(|name| super::owned(name).unwrap_or_default());
    let _ = writeln!(
        std::io::stderr(),
        "alsa-lib {file}:{line}:({function}) {text}"
    );
}

unsafe extern "C" {
    /// From the C library. The `libc` crate omits functions that take a `va_list`.
    fn vsnprintf(
        buffer: *mut c_char,
        size: usize,
        format: *const c_char,
        arguments: *mut sys::__va_list_tag,
    ) -> c_int;
}

/// Formats a message and cuts it after [`MAX_BYTES`]. A `va_list` can be read only once, so there is no second attempt
/// with a larger buffer. (alsa-lib 1.2.8's `snd_output_buffer_open` makes one, and aborts.)
///
/// # Safety
/// `format` must be a C string, and `arguments` must match it.
unsafe fn format_message(format: *const c_char, arguments: *mut sys::__va_list_tag) -> String {
    let mut buffer = [0_u8; MAX_BYTES];
    // SAFETY: writes at most the buffer's length, including the NUL; the caller vouches for the rest.
    let length = unsafe { vsnprintf(buffer.as_mut_ptr().cast(), MAX_BYTES, format, arguments) };
    let written = usize::try_from(length).unwrap_or(0).min(MAX_BYTES - 1);
    String::from_utf8_lossy(&buffer[..written])
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::ffi::open;

    #[test]
    fn messages_are_captured() {
        capture();
        let opened = open("no-such-pcm", alsa::Direction::Playback, Default::default());
        assert_eq!(opened.err(), Some(libc::ENOENT));
        let messages = library_log::take();
        assert!(
            messages
                .iter()
                .any(|line| line.contains("Unknown PCM no-such-pcm")),
            "{messages:?}"
        );
        assert!(library_log::take().is_empty());
    }

    #[test]
    fn long_messages_are_cut() {
        for length in [200, 255, 256, 300, 1000, 1023, 1024, 5000] {
            capture();
            let name = "x".repeat(length);
            let opened = open(&name, alsa::Direction::Playback, Default::default());
            assert_eq!(opened.err(), Some(libc::ENOENT));
            let messages = library_log::take();
            assert!(messages.iter().any(|line| line.contains("Unknown PCM xxx")));
            assert!(messages.iter().all(|line| line.len() <= MAX_BYTES + 200));
        }
    }
}
