//! Whether the device thread of a transfer runs in real time.

use super::event::WhyNotRealtime;
use crate::audio::advice::SoundAdvice;
use crate::audio::errno::io_error_text;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::realtime::{LockedMemory, check, is_realtime};
use crate::audio::pcm::Pcm;
use rustix::process::{Resource, getrlimit};
use std::io;

/// The priority of a device thread: below that of the kernel's own threads for interrupts (50), which it waits for.
pub(super) const PRIORITY: u32 = 20;

/// Whether the device thread runs in real time (`SCHED_FIFO`), with its buffers locked in memory. Only threads of kernel
/// devices do, because plugins may take any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Realtime {
    /// If the user may.
    Auto,
    /// It is an error if the user may not.
    On,
    /// Never.
    #[default]
    Off,
}

/// How the device thread of a transfer runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scheduling {
    /// The priority to ask for; `None` if it stays as the caller's thread is.
    pub priority: Option<i32>,
    /// Whether its buffers are to be locked in memory.
    pub locks_memory: bool,
    /// Why it does not run in real time.
    pub why_not: Option<WhyNotRealtime>,
}

impl Scheduling {
    /// That of a thread that does not run in real time.
    pub(super) const fn normal(why_not: WhyNotRealtime) -> Scheduling {
        Scheduling {
            priority: None,
            locks_memory: false,
            why_not: Some(why_not),
        }
    }

    /// Locks memory, if this thread is to lock any. It was checked before that the user may.
    pub(super) fn lock(
        &self,
        lock: impl FnOnce() -> io::Result<LockedMemory>,
    ) -> Option<LockedMemory> {
        self.locks_memory.then(lock)?.ok()
    }
}

impl Realtime {
    /// How a thread that serves `pcms` runs, whose buffers have these numbers of bytes. Changes nothing.
    ///
    /// # Errors
    /// Unless [`Realtime::Auto`]: [`Kind::Unsupported`] for a plugin, [`Kind::Permission`] if a limit is too low.
    pub(super) fn scheduling(self, pcms: &[&Pcm], buffers: &[u64]) -> Result<Scheduling> {
        if self == Realtime::Off {
            return Ok(Scheduling::normal(WhyNotRealtime::Off));
        }
        if let Some(plugin) = pcms.iter().find(|pcm| !pcm.is_direct()) {
            return match self {
                Realtime::On => Err(not_hardware(plugin)),
                _ => Ok(Scheduling::normal(WhyNotRealtime::Plugin)),
            };
        }
        let priority = match (allowed_priority(), self) {
            (Err(error), Realtime::On) => return Err(no_priority(&error)),
            (Err(_), _) => return Ok(Scheduling::normal(WhyNotRealtime::Limit)),
            (Ok(priority), _) => priority,
        };
        let bytes = buffers.iter().map(|bytes| LockedMemory::most(*bytes));
        let bytes = bytes.fold(0, u64::saturating_add);
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        let locks_memory = match (LockedMemory::check(bytes), self) {
            (Err(error), Realtime::On) => return Err(no_memory(&error, bytes)),
            (checked, _) => checked.is_ok(),
        };
        Ok(Scheduling {
            priority,
            locks_memory,
            why_not: None,
        })
    }
}

/// The priority that a thread may have; `None` if this thread, and those that it starts, already run in real time.
fn allowed_priority() -> io::Result<Option<i32>> {
    if is_realtime() {
        return Ok(None);
    }
    let limit = getrlimit(Resource::Rtprio).current.unwrap_or(u64::MAX);
    let wanted = PRIORITY as i32;
    let lower = (limit.min(u64::from(PRIORITY)) as i32).max(1);
    // A capability allows more than the limit.
    match check(wanted) {
        Ok(()) => Ok(Some(wanted)),
        Err(error) if lower == wanted || limit == 0 => Err(error),
        Err(_) => check(lower).map(|()| Some(lower)),
    }
}

fn not_hardware(pcm: &Pcm) -> Error {
    let device = pcm.card_name();
    let message = format!(
        "cannot run the device thread in real time: '{device}' is a plugin, and only kernel devices (hw) are safe"
    );
    Error::new(Kind::Unsupported, message).with_device(device)
}

fn no_priority(error: &io::Error) -> Error {
    let limit = getrlimit(Resource::Rtprio).current;
    let reason = match limit {
        Some(0) => "the limit RLIMIT_RTPRIO is 0".to_owned(),
        _ => io_error_text(error),
    };
    let message = format!("cannot run the device thread in real time: {reason}");
    Error::new(Kind::Permission, message).with_advice(SoundAdvice::RaisePriorityLimit(PRIORITY))
}

fn no_memory(error: &io::Error, bytes: usize) -> Error {
    let kib = |bytes: u64| bytes.div_ceil(1024);
    let needed = kib(bytes as u64);
    let reason = match getrlimit(Resource::Memlock).current {
        Some(limit) => format!("the limit RLIMIT_MEMLOCK is {} KiB", kib(limit)),
        None => io_error_text(error),
    };
    let message = format!("cannot lock {needed} KiB of buffers in memory: {reason}");
    Error::new(Kind::Permission, message).with_advice(SoundAdvice::RaiseMemoryLimit(needed))
}
