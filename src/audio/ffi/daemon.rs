//! Processes in the background.

use std::ffi::CString;
use std::io;

/// Goes on in the background (`daemon`): a new process in a session of its own, with `/dev/null` as its standard streams
/// and the same working directory. The process that was started ends with status 0.
///
/// This must be called while there is only one thread: the new process has no other ones.
///
/// # Errors
/// If no process can be created.
pub fn daemonize() -> io::Result<()> {
    // SAFETY: takes no pointers.
    match unsafe { libc::daemon(1, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Sends a message to the system log (`syslog`), as an error.
pub fn log_error(text: &str) {
    let Ok(text) = CString::new(text) else { return };
    // SAFETY: the format takes one C string, which lives until the call returns.
    unsafe {
        libc::syslog(
            libc::LOG_DAEMON | libc::LOG_ERR,
            c"%s".as_ptr(),
            text.as_ptr(),
        )
    };
}

/// Lets this process run only while no other one wants to (`SCHED_IDLE`).
pub fn run_when_idle() {
    // SAFETY: all fields of the structure are integers, and the call only reads it.
    unsafe {
        let parameters: libc::sched_param = std::mem::zeroed();
        libc::sched_setscheduler(0, libc::SCHED_IDLE, &parameters);
    }
}
