//! Processes in the background.

use std::ffi::{CStr, CString};
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

/// Names this process in the system log (`openlog`), with its process ID.
pub fn log_errors_as(name: &'static CStr) {
    // SAFETY: the name lives as long as the process.
    unsafe { libc::openlog(name.as_ptr(), libc::LOG_PID, libc::LOG_DAEMON) };
}

/// Sends a message to the system log (`syslog`), as an error or as a critical one.
pub fn log_error(text: &str, is_critical: bool) {
    let Ok(text) = CString::new(text) else { return };
    let priority = match is_critical {
        true => libc::LOG_CRIT,
        false => libc::LOG_ERR,
    };
    // SAFETY: the format takes one C string, which lives until the call returns.
    unsafe { libc::syslog(libc::LOG_DAEMON | priority, c"%s".as_ptr(), text.as_ptr()) };
}

/// Lets this process run only while no other one wants to (`SCHED_IDLE`).
pub fn run_when_idle() {
    // SAFETY: all fields of the structure are integers, and the call only reads it.
    unsafe {
        let parameters: libc::sched_param = std::mem::zeroed();
        libc::sched_setscheduler(0, libc::SCHED_IDLE, &parameters);
    }
}

/// Whether this process ignores a signal. `nohup`, and shells for jobs in the background, start programs that do.
pub fn is_ignored(signal: i32) -> bool {
    // SAFETY: all fields of the structure are integers or may be null, and it lives until the call returns.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        let answer = libc::sigaction(signal, std::ptr::null(), &mut action);
        answer == 0 && action.sa_sigaction == libc::SIG_IGN
    }
}

/// Stops this process until SIGCONT, as SIGTSTP does by default: its parent learns that the terminal has stopped it.
pub fn stop_process() {
    // Nobody is told about a stop of a process group without a shell, so the kernel ignores SIGTSTP there.
    let signal = match has_shell() {
        true => libc::SIGTSTP,
        false => libc::SIGSTOP,
    };
    // SAFETY: zero is a valid value of all fields, and means the default action. The structures live until the calls
    // return.
    unsafe {
        let (default, mut before) = (std::mem::zeroed(), std::mem::zeroed());
        libc::sigaction(libc::SIGTSTP, &default, &mut before);
        // Sent to this thread, not to the process, so that it stops here at once. Returns after SIGCONT.
        libc::raise(signal);
        libc::sigaction(libc::SIGTSTP, &before, std::ptr::null_mut());
    }
}

/// Whether the parent is in the same session, but in another process group: a shell with job control.
fn has_shell() -> bool {
    // SAFETY: these take no pointers. rustix cannot return a session or group outside of this PID namespace: 0.
    unsafe {
        let parent = libc::getppid();
        parent != 0
            && libc::getsid(parent) == libc::getsid(0)
            && libc::getpgid(parent) != libc::getpgrp()
    }
}
