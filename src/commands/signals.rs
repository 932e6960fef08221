//! What signals ask of a running transfer.

use super::keys;
use aloud::audio::error::{Error, Kind, Result};
use aloud::audio::transfer::{EndReason, TransferCommand, TransferControl};
use signal_hook::consts::{SIGHUP, SIGINT, SIGSTOP, SIGTERM, SIGTSTP, SIGUSR1, SIGXFSZ};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, pipe, raise, signal_name};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// After a signal to end, the transfer and its summary have this long before the signal takes its default course: a
/// device that blocks in the driver, or a stdout that nobody reads, must not keep the process.
const GRACE: Duration = Duration::from_secs(1);

/// Signals within this time are one wish.
const PATIENCE: Duration = Duration::from_secs(2);

/// A device is paused within a period; a longer wait is for one that hangs.
const PAUSE_WAIT: Duration = Duration::from_secs(1);

/// INT, TERM and HUP taken in hand by what waits on descriptors, and ends when one comes.
pub struct Stop {
    /// The signal that came, or 0.
    came: Arc<AtomicUsize>,
    /// Readable once a signal has come.
    wake: UnixStream,
}

impl Stop {
    pub fn new() -> Result<Stop> {
        Stop::unless(&Arc::new(AtomicBool::new(false)))
    }

    /// The same, for as long as `idle` is false: while it is true, signals take their default course.
    pub fn unless(idle: &Arc<AtomicBool>) -> Result<Stop> {
        let cannot = |error| Error::new(Kind::Internal, format!("cannot handle signals: {error}"));
        let (wake, woken) = UnixStream::pair().map_err(cannot)?;
        let came = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let register = || {
                flag::register_conditional_default(signal, Arc::clone(idle))?;
                flag::register_usize(signal, Arc::clone(&came), signal as usize)?;
                pipe::register(signal, woken.try_clone()?)
            };
            register().map_err(cannot)?;
        }
        Ok(Stop { came, wake })
    }

    /// The signal that came.
    pub fn signal(&self) -> Option<i32> {
        match self.came.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(signal as i32),
        }
    }

    /// The same by its name.
    pub fn name(&self) -> Option<&'static str> {
        signal_name(self.signal()?)
    }

    /// Readable once a signal has come.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

/// What a signal to end is to a transfer.
#[derive(Clone, Copy, PartialEq)]
pub enum Ending {
    /// It ends at once; what is not heard yet is not heard.
    AtOnce,
    /// It completes what it has, however long a disk takes.
    Complete,
}

/// Has INT, TERM and HUP stop the transfer that `control` steers, TSTP pause it for as long as the process is stopped,
/// and (a recording) USR1 begin a new file.
pub fn steer(control: &TransferControl, ending: Ending) -> Result<()> {
    let mut wanted = vec![SIGINT, SIGTERM, SIGHUP, SIGTSTP];
    if ending == Ending::Complete {
        // XFSZ is only caught so that the write that went too far fails, instead of the process dying in it.
        wanted.extend([SIGUSR1, SIGXFSZ]);
    }
    let mut signals = Signals::new(wanted)
        .map_err(|error| Error::new(Kind::Internal, format!("cannot handle signals: {error}")))?;
    let control = control.clone();
    std::thread::spawn(move || {
        let mut first = None;
        for signal in signals.forever() {
            match signal {
                SIGTSTP => stop_and_go(&control),
                SIGUSR1 => control.next_file(),
                SIGXFSZ => {}
                _ if ending == Ending::AtOnce => end(&control, signal),
                _ => complete(&control, signal, *first.get_or_insert_with(Instant::now)),
            }
        }
    });
    Ok(())
}

fn stop_and_go(control: &TransferControl) {
    let paused_before = control.command() == TransferCommand::Pause;
    control.pause();
    control.wait_until_paused(PAUSE_WAIT);
    keys::leave_terminal();
    // Sent to this thread and not to the process: so it stops here, and does not run on until the stop reaches it.
    // Returns once somebody sends SIGCONT.
    let _ = raise(SIGSTOP);
    keys::take_terminal();
    // Who paused it by a key goes on by one.
    if !paused_before {
        control.resume();
    }
}

fn end(control: &TransferControl, signal: i32) {
    control.stop(EndReason::from_signal(signal));
    std::thread::sleep(GRACE);
    take_default_course(signal);
}

/// The first signal ends the recording; a second close behind it (`timeout` sends two) is the same wish. One that comes
/// much later is from somebody who will not wait for a consumer that never reads.
fn complete(control: &TransferControl, signal: i32, first: Instant) {
    control.stop(EndReason::from_signal(signal));
    if first.elapsed() > PATIENCE {
        take_default_course(signal);
    }
}

fn take_default_course(signal: i32) {
    keys::leave_terminal();
    let _ = emulate_default_handler(signal);
}
