//! libasound's own messages, caught before they reach stderr.
//!
//! libasound prints what goes wrong inside it. Its thread-local handler (`snd_lib_error_set_local`) is the only
//! one that stable Rust can implement, because it is handed a `va_list` and not variadic arguments. Every thread that
//! calls libasound captures for itself.

use crate::audio::errno::errno_text;
use crate::audio::library_log;
use alsa_sys as sys;
use std::ffi::{c_char, c_int};

/// Bytes of a message that are kept: whole sentences, and not all of a name without end.
const MAX_BYTES: usize = 1024;

/// Captures what libasound says on this thread from now on, instead of letting it reach stderr.
pub fn capture() {
    // SAFETY: the handler only touches thread-local state and never unwinds.
    unsafe { sys::snd_lib_error_set_local(Some(handler)) };
    library_log::take();
}

/// Has the sound server's own library, which some of alsa-lib's plugins bring along, log to the system's log instead of
/// stderr, unless the user has said where.
///
/// To be called before there is a second thread: it sets an environment variable.
pub fn quiet_sound_server() {
    const TARGET: &str = "PULSE_LOG_SYSLOG";
    if std::env::var_os(TARGET).is_none() {
        // SAFETY: there is only one thread yet (the caller's promise), so nobody reads the environment meanwhile.
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
    // SAFETY: libasound hands over valid C strings and a va_list that matches the format.
    let mut text = unsafe { format_message(format, arguments) };
    if let Some(function) = super::owned(function) {
        text = format!("{function}: {text}");
    }
    if errno != 0 {
        text = format!("{text}: {}", errno_text(errno));
    }
    library_log::record(text);
}

unsafe extern "C" {
    /// The C library's; the `libc` crate leaves out what takes a `va_list`.
    fn vsnprintf(
        buffer: *mut c_char,
        size: usize,
        format: *const c_char,
        arguments: *mut sys::__va_list_tag,
    ) -> c_int;
}

/// The message as text, cut where it is very long: a `va_list` can be read only once, so there is no second try with
/// more room. (libasound's own memory output tries, and aborts.)
unsafe fn format_message(format: *const c_char, arguments: *mut sys::__va_list_tag) -> String {
    let mut buffer = [0_u8; MAX_BYTES];
    // SAFETY: at most the buffer's length is written, with a zero at its end.
    let length = unsafe { vsnprintf(buffer.as_mut_ptr().cast(), MAX_BYTES, format, arguments) };
    let held = usize::try_from(length).unwrap_or(0).min(MAX_BYTES - 1);
    String::from_utf8_lossy(&buffer[..held])
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::ffi::open;

    #[test]
    fn what_libasound_says_is_caught_and_not_printed() {
        capture();
        let opened = open("no-such-pcm", alsa::Direction::Playback, Default::default());
        assert_eq!(opened.err(), Some(libc::ENOENT));
        let said = library_log::take();
        assert!(
            said.iter()
                .any(|line| line.contains("Unknown PCM no-such-pcm")),
            "{said:?}"
        );
        assert!(library_log::take().is_empty());
    }

    #[test]
    fn a_message_of_any_length_is_survived() {
        for length in [200, 255, 256, 300, 1000, 1023, 1024, 5000] {
            capture();
            let name = "x".repeat(length);
            let opened = open(&name, alsa::Direction::Playback, Default::default());
            assert_eq!(opened.err(), Some(libc::ENOENT));
            let said = library_log::take();
            assert!(said.iter().any(|line| line.contains("Unknown PCM xxx")));
        }
    }
}
