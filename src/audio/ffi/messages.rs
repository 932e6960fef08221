//! libasound's own messages, caught before they reach stderr.
//!
//! libasound prints what goes wrong inside it. Its thread-local handler (`snd_lib_error_set_local`) is the only
//! one that stable Rust can implement, because it is handed a `va_list` and not variadic arguments. Every thread that
//! calls libasound captures for itself.

use alsa_sys as sys;
use std::cell::RefCell;
use std::ffi::{c_char, c_int};

/// A failing call rarely says more than a handful of lines; the rest would be repetition.
const MOST: usize = 20;

/// Bytes of a message that are kept: whole sentences, and not all of a name without end.
const LONGEST: usize = 1024;

thread_local! {
    static MESSAGES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Captures what libasound says on this thread from now on, instead of letting it reach stderr.
pub fn capture() {
    // SAFETY: the handler only touches thread-local state and never unwinds.
    unsafe { sys::snd_lib_error_set_local(Some(handler)) };
    take();
}

/// What was captured on this thread since the last `take` or `capture`.
pub fn take() -> Vec<String> {
    MESSAGES.with(|messages| {
        messages
            .try_borrow_mut()
            .map(|mut all| std::mem::take(&mut *all))
            .unwrap_or_default()
    })
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
        text = format!("{text}: {}", crate::audio::error::errno_text(errno));
    }
    // Never unwinds into C: a busy cell (a message while one is taken) or a thread at its end just loses the message.
    let _ = MESSAGES.try_with(|messages| {
        if let Ok(mut all) = messages.try_borrow_mut()
            && all.len() < MOST
        {
            all.push(text);
        }
    });
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
    let mut buffer = [0_u8; LONGEST];
    // SAFETY: at most the buffer's length is written, with a zero at its end.
    let length = unsafe { vsnprintf(buffer.as_mut_ptr().cast(), LONGEST, format, arguments) };
    let held = usize::try_from(length).unwrap_or(0).min(LONGEST - 1);
    String::from_utf8_lossy(&buffer[..held])
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_libasound_says_is_caught_and_not_printed() {
        super::capture();
        let opened =
            super::super::open("no-such-pcm", alsa::Direction::Playback, Default::default());
        assert_eq!(opened.err(), Some(libc::ENOENT));
        let said = super::take();
        assert!(
            said.iter()
                .any(|line| line.contains("Unknown PCM no-such-pcm")),
            "{said:?}"
        );
        assert!(super::take().is_empty());
    }

    #[test]
    fn a_message_of_any_length_is_survived() {
        for length in [200, 255, 256, 300, 1000, 1023, 1024, 5000] {
            super::capture();
            let name = "x".repeat(length);
            let opened = super::super::open(&name, alsa::Direction::Playback, Default::default());
            assert_eq!(opened.err(), Some(libc::ENOENT));
            let said = super::take();
            assert!(said.iter().any(|line| line.contains("Unknown PCM xxx")));
        }
    }
}
