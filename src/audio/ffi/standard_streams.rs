//! Standard streams that were closed when the process started.
//!
//! Before `main`, Rust's runtime opens /dev/null in their place: sound or text written there would be lost without an
//! error.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static STDIN_WAS_CLOSED: AtomicBool = AtomicBool::new(false);
static STDOUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);

// SAFETY: `.init_array` holds addresses of functions with C's calling convention, which are called once before Rust's
// runtime starts. This one needs nothing of the runtime.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = note_closed_streams;

extern "C" fn note_closed_streams() {
    STDIN_WAS_CLOSED.store(is_closed(libc::STDIN_FILENO), Relaxed);
    STDOUT_WAS_CLOSED.store(is_closed(libc::STDOUT_FILENO), Relaxed);
}

fn is_closed(descriptor: i32) -> bool {
    // SAFETY: F_GETFD takes no argument and changes nothing.
    unsafe { libc::fcntl(descriptor, libc::F_GETFD) == -1 }
}

/// Standard input.
///
/// # Errors
/// `EBADF` if the process was started without it.
pub fn stdin() -> io::Result<BorrowedFd<'static>> {
    unless(&STDIN_WAS_CLOSED).map(|()| rustix::stdio::stdin())
}

/// Standard output.
///
/// # Errors
/// `EBADF` if the process was started without it.
pub fn stdout() -> io::Result<BorrowedFd<'static>> {
    unless(&STDOUT_WAS_CLOSED).map(|()| rustix::stdio::stdout())
}

fn unless(was_closed: &AtomicBool) -> io::Result<()> {
    match was_closed.load(Relaxed) {
        true => Err(io::Error::from_raw_os_error(libc::EBADF)),
        false => Ok(()),
    }
}
