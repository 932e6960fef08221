//! Signals that end, pause or split a running command.

use super::{keys, ui};
use aloud::audio::transfer::{EndReason, TransferCommand, TransferControl};
use aloud::audio::{is_ignored, stop_process};
use anyhow::{Context, Result};
use signal_hook::consts::{
    SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGWINCH, SIGXFSZ,
};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, pipe, signal_name};
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Builder;
use std::time::{Duration, Instant};

/// What failed if signals cannot be caught.
const CONTEXT: &str = "cannot handle signals";

/// After INT, TERM or HUP, the transfer and its summary have this long before the signal's default action ends the
/// process: a device that blocks in the driver, or a stdout that nobody reads, must not keep it alive.
const GRACE: Duration = Duration::from_secs(1);

/// Signals within this time of the first one count as one request. `timeout` sends two.
const SAME_REQUEST: Duration = Duration::from_secs(2);

/// A device that is being opened when a signal comes has this long.
const MAX_OPEN_WAIT: Duration = Duration::from_millis(150);

/// A device pauses within a period. One that takes longer than this hangs.
const MAX_PAUSE_WAIT: Duration = Duration::from_secs(1);

/// Catches the signals that end a command that waits on descriptors: INT, TERM and HUP.
pub struct StopSignal {
    /// The signal received, or 0.
    received: Arc<AtomicUsize>,
    /// Readable once a signal was received.
    wake: UnixStream,
}

impl StopSignal {
    /// For a full screen. QUIT is caught, too: its default action would not restore the terminal.
    pub fn for_screen() -> Result<StopSignal> {
        StopSignal::catch(&[SIGINT, SIGTERM, SIGHUP, SIGQUIT], &Arc::default())
    }

    /// Signals have their default action while `idle` is true.
    pub fn unless(idle: &Arc<AtomicBool>) -> Result<StopSignal> {
        StopSignal::catch(&[SIGINT, SIGTERM, SIGHUP], idle)
    }

    fn catch(signals: &[i32], idle: &Arc<AtomicBool>) -> Result<StopSignal> {
        let (wake, trigger) = UnixStream::pair().context(CONTEXT)?;
        let received = Arc::new(AtomicUsize::new(0));
        for signal in not_ignored(signals.iter().copied()) {
            let register = || {
                flag::register_conditional_default(signal, Arc::clone(idle))?;
                flag::register_usize(signal, Arc::clone(&received), signal as usize)?;
                pipe::register(signal, trigger.try_clone()?)
            };
            register().context(CONTEXT)?;
        }
        Ok(StopSignal { received, wake })
    }

    /// The signal received.
    pub fn signal(&self) -> Option<i32> {
        match self.received.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(signal as i32),
        }
    }

    /// Its name: `SIGINT`.
    pub fn name(&self) -> Option<&'static str> {
        signal_name(self.signal()?)
    }

    /// Readable once a signal was received.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

/// Catches the signals that concern a full screen: a new size, and stopping and continuing the process.
pub struct ScreenSignals {
    suspend: Arc<AtomicBool>,
    continued: Arc<AtomicBool>,
    /// Readable after each of these signals.
    wake: UnixStream,
}

impl ScreenSignals {
    pub fn new() -> Result<ScreenSignals> {
        let (wake, trigger) = UnixStream::pair().context(CONTEXT)?;
        wake.set_nonblocking(true).context(CONTEXT)?;
        let (suspend, continued) = (Arc::default(), Arc::default());
        let register = || {
            for signal in not_ignored([SIGWINCH, SIGTSTP, SIGCONT]) {
                match signal {
                    SIGTSTP => drop(flag::register(signal, Arc::clone(&suspend))?),
                    SIGCONT => drop(flag::register(signal, Arc::clone(&continued))?),
                    _ => {}
                }
                pipe::register(signal, trigger.try_clone()?)?;
            }
            std::io::Result::Ok(())
        };
        register().context(CONTEXT)?;
        Ok(ScreenSignals {
            suspend,
            continued,
            wake,
        })
    }

    /// Readable after a signal, until the next call of [`ScreenSignals::take_suspend`].
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    /// Whether the process was asked to stop since the last call.
    pub fn take_suspend(&self) -> bool {
        while matches!((&self.wake).read(&mut [0; 64]), Ok(1..)) {}
        self.suspend.swap(false, Ordering::SeqCst)
    }

    /// Whether the process was stopped, and continues since the last call.
    pub fn take_continued(&self) -> bool {
        self.continued.swap(false, Ordering::SeqCst)
    }
}

/// What a transfer does on INT, TERM or HUP.
#[derive(Clone, Copy, PartialEq)]
pub enum OnSignal {
    /// End at once, without playing what is queued.
    Abort,
    /// Finish the file, however long the disk takes.
    Finish,
}

/// Lets a write beyond the limit on file sizes fail, instead of killing the process. The signal is not ignored, because
/// programs started from here would inherit that.
pub fn survive_size_limit() {
    // Without a handler, a size limit still ends the process.
    let _ = survive(SIGXFSZ);
}

/// Lets a signal have no effect.
pub fn survive(signal: i32) -> Result<()> {
    flag::register(signal, Arc::default()).context(CONTEXT)?;
    Ok(())
}

/// Lets signals control a transfer: INT, TERM and HUP end it, TSTP pauses it while the process is stopped, and USR1
/// starts the next file of a recording.
pub fn steer(control: &TransferControl, on_signal: OnSignal) -> Result<()> {
    steer_all(vec![control.clone()], on_signal)
}

/// Lets signals control all transfers of this process.
pub fn steer_all(controls: Vec<TransferControl>, on_signal: OnSignal) -> Result<()> {
    let mut caught = vec![SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGQUIT];
    if on_signal == OnSignal::Finish {
        caught.push(SIGUSR1);
    }
    let latest = latest_of([SIGTSTP, SIGCONT]).context(CONTEXT)?;
    let mut signals = Signals::new(not_ignored(caught)).context(CONTEXT)?;
    let handler = Builder::new().spawn(move || {
        let mut first = None;
        for signal in signals.forever() {
            match signal {
                SIGTSTP => suspend(&controls, &latest),
                SIGQUIT => run_default_action(signal),
                SIGUSR1 => controls.iter().for_each(TransferControl::next_file),
                _ if on_signal == OnSignal::Abort => abort(&controls, signal),
                _ => finish(&controls, signal, *first.get_or_insert_with(Instant::now)),
            }
        }
    });
    handler.context(CONTEXT)?;
    Ok(())
}

/// A number that is always the last of these signals that has arrived.
fn latest_of(signals: [i32; 2]) -> std::io::Result<Arc<AtomicUsize>> {
    let latest = Arc::new(AtomicUsize::new(0));
    for signal in not_ignored(signals) {
        flag::register_usize(signal, Arc::clone(&latest), signal as usize)?;
    }
    Ok(latest)
}

/// Pauses, stops the process until SIGCONT, and resumes. If SIGCONT arrives during the pausing, the process does not stop:
/// nobody would continue it.
fn suspend(controls: &[TransferControl], latest: &AtomicUsize) {
    // A user who paused one with a key resumes it with a key.
    let running: Vec<&TransferControl> = (controls.iter())
        .filter(|control| control.command() != TransferCommand::Pause)
        .collect();
    running.iter().for_each(|control| control.pause());
    for control in controls {
        control.wait_until_paused(MAX_PAUSE_WAIT);
    }
    keys::restore_terminal();
    // Nothing is drawn until the end of the stop.
    let undrawn = ui::erase_status();
    if latest.load(Ordering::SeqCst) != SIGCONT as usize {
        stop_process();
    }
    drop(undrawn);
    keys::set_single_keys();
    running.iter().for_each(|control| control.resume());
}

fn abort(controls: &[TransferControl], signal: i32) {
    (controls.iter()).for_each(|control| control.stop(EndReason::from_signal(signal)));
    std::thread::sleep(GRACE);
    run_default_action(signal);
}

/// The first signal ends the recording. One that comes much later ends the process: its sender does not want to wait
/// for a pipe that nobody reads. So does the first one while a sound server does not answer: there is no file yet.
fn finish(controls: &[TransferControl], signal: i32, first: Instant) {
    (controls.iter()).for_each(|control| control.stop(EndReason::from_signal(signal)));
    let have_started = || controls.iter().all(TransferControl::has_started);
    if !have_started() {
        std::thread::sleep(MAX_OPEN_WAIT);
    }
    if !have_started() || first.elapsed() > SAME_REQUEST {
        run_default_action(signal);
    }
}

/// Leaves out the signals that this process was started to ignore, as `nohup` and shells do for jobs in the background.
pub fn not_ignored(signals: impl IntoIterator<Item = i32>) -> Vec<i32> {
    let caught = signals.into_iter();
    caught.filter(|&signal| !is_ignored(signal)).collect()
}

/// Ends or stops the process by this signal.
pub fn run_default_action(signal: i32) {
    keys::restore_terminal();
    let _undrawn = ui::erase_status();
    let _ = emulate_default_handler(signal);
}
