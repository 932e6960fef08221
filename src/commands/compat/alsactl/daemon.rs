//! `daemon` and `rdaemon`: store the state after changes. `kill` and `nrestore`: notify a daemon.

use super::options::{AlsactlOptions, failed};
use super::watched::{WatchedCards, card_named};
use super::{restore, store};
use crate::commands::compat::stop::{Result, Stop};
use crate::commands::pid_file::{PidFile, process_id};
use crate::commands::ui::plain;
use aloud::audio::errno::errno_text;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::low_level::pipe;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// The time without changes after which the state is stored, unless the options give one.
const PERIOD: Duration = Duration::from_secs(300);

/// The commands of `kill`, and the signals for them.
const KILL_COMMANDS: [(&str, Signal); 3] = [
    ("quit", Signal::TERM),
    ("rescan", Signal::USR1),
    ("save_and_quit", Signal::USR2),
];

/// Stores the state after changes, until a signal ends that. With `restores`, restores it first.
pub(super) fn run(options: &AlsactlOptions, card: Option<&str>, restores: bool) -> Result<u8> {
    if running(options.pid_file()).is_some() {
        return Ok(0);
    }
    if restores {
        reported(restore::run(options, card))?;
    }
    let signals = DaemonSignals::new().map_err(|error| broken("Cannot catch signals", &error))?;
    let _pid_file = PidFile::create(options.pid_file(), 0o600, 10).map_err(|error| {
        let file = options.pid_file().display();
        broken(&format!("Cannot write {file}"), &error)
    })?;
    serve(options, card, &signals)
}

fn serve(options: &AlsactlOptions, card: Option<&str>, signals: &DaemonSignals) -> Result<u8> {
    let period = options.period.unwrap_or(PERIOD);
    let mut cards = watched(card);
    let mut changed: Option<Instant> = None;
    loop {
        let left = changed.map(|at| period.saturating_sub(at.elapsed()));
        match cards.wait(Some(signals.wake.as_fd()), left) {
            Ok(events) if !events.is_empty() => changed = Some(Instant::now()),
            _ => {}
        }
        match signals.take() {
            Some(SIGTERM | SIGINT) => return Ok(0),
            Some(SIGUSR2) => {
                reported(store::run(options, card))?;
                return Ok(0);
            }
            Some(_) => cards = watched(card),
            None => {}
        }
        if changed.is_some_and(|at| at.elapsed() >= period) {
            changed = None;
            reported(store::run(options, card))?;
        }
    }
}

/// The cards whose changes are stored. One that does not exist may appear until the next rescan.
fn watched(card: Option<&str>) -> WatchedCards {
    match card {
        None => WatchedCards::all(),
        Some(card) => card_named(card)
            .ok()
            .and_then(|name| WatchedCards::one(&name).ok())
            .unwrap_or_else(WatchedCards::none),
    }
}

/// Reports an error, which does not end the daemon.
fn reported(result: Result<u8>) -> Result<()> {
    match result {
        Err(Stop::Failed(text, _)) => plain::print_error(&text),
        Err(stop) => return Err(stop),
        Ok(_) => {}
    }
    Ok(())
}

fn broken(text: &str, error: &io::Error) -> Stop {
    let errno = error.raw_os_error().unwrap_or(libc::EIO);
    failed(
        "state_daemon",
        &format!("{text}: {}", errno_text(errno)),
        errno,
    )
}

/// The signals that a daemon acts on.
struct DaemonSignals {
    /// Gets a byte for each of [`DaemonSignals::ALL`].
    pipes: Vec<(i32, UnixStream)>,
    wake: UnixStream,
}

impl DaemonSignals {
    const ALL: [i32; 4] = [SIGTERM, SIGINT, SIGUSR2, SIGUSR1];

    fn new() -> io::Result<DaemonSignals> {
        let (wake, trigger) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let mut pipes = Vec::new();
        for signal in DaemonSignals::ALL {
            let (reader, writer) = UnixStream::pair()?;
            reader.set_nonblocking(true)?;
            pipe::register(signal, writer)?;
            pipe::register(signal, trigger.try_clone()?)?;
            pipes.push((signal, reader));
        }
        Ok(DaemonSignals { pipes, wake })
    }

    /// The most urgent signal since the last call.
    fn take(&self) -> Option<i32> {
        let came = |mut stream: &UnixStream| {
            let mut any = false;
            while matches!(stream.read(&mut [0; 64]), Ok(1..)) {
                any = true;
            }
            any
        };
        came(&self.wake);
        let all: Vec<i32> = (self.pipes.iter())
            .filter(|(_, stream)| came(stream))
            .map(|(signal, _)| *signal)
            .collect();
        all.first().copied()
    }
}

/// The process of the file, if it is alive and not this one.
fn running(file: &Path) -> Option<Pid> {
    let number = process_id(file).filter(|number| *number != std::process::id())?;
    let pid = Pid::from_raw(i32::try_from(number).ok()?)?;
    // Another user's process is alive, too.
    match test_kill_process(pid) {
        Ok(()) | Err(Errno::PERM) => Some(pid),
        Err(_) => None,
    }
}

/// Restores, and lets the daemon look for cards.
pub(super) fn restore_and_notify(options: &AlsactlOptions, card: Option<&str>) -> Result<u8> {
    let restored = restore::run(options, card);
    notify(options, Signal::USR1);
    restored
}

/// Notifies the daemon, if there is one.
pub(super) fn kill(options: &AlsactlOptions, what: Option<&str>) -> Result<u8> {
    let Some(what) = what else {
        return Err(failed(
            "state_daemon_kill:320",
            "Specify kill command (quit, rescan or save_and_quit)",
            libc::EINVAL,
        ));
    };
    let Some((_, signal)) = KILL_COMMANDS.iter().find(|(name, _)| *name == what) else {
        return Err(failed(
            "state_daemon_kill:330",
            &format!("Unknown kill command '{what}'"),
            libc::EINVAL,
        ));
    };
    notify(options, *signal);
    Ok(0)
}

fn notify(options: &AlsactlOptions, signal: Signal) {
    if let Some(pid) = running(options.pid_file()) {
        let _ = kill_process(pid, signal);
    }
}
