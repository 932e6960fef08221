//! Real-time scheduling of threads, and memory that is not paged out.

use super::page_size;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::SeqCst};

/// How long a thread in real time may run without waiting, in µs. Longer than any device thread needs, and short enough
/// that a machine with one processor still reacts.
const MAX_RUN_MICROS: u64 = 200_000;

/// The threads in real time: their kernel IDs, or 0.
static THREADS: [AtomicI32; 16] = [const { AtomicI32::new(0) }; 16];

/// Whether a thread was taken out of real time, because it ran for too long.
static DEMOTED: AtomicBool = AtomicBool::new(false);

/// Whether the calling thread runs in real time, by `SCHED_FIFO` or `SCHED_RR`.
pub fn is_realtime() -> bool {
    // SAFETY: 0 is the calling thread.
    let policy = unsafe { libc::sched_getscheduler(0) } & !libc::SCHED_RESET_ON_FORK;
    policy == libc::SCHED_FIFO || policy == libc::SCHED_RR
}

/// Whether the calling thread, which does not run in real time, may do so. Tries it.
///
/// # Errors
/// Those of `sched_setscheduler`.
pub fn check(priority: i32) -> io::Result<()> {
    // SAFETY: 0 is the calling thread.
    let policy = unsafe { libc::sched_getscheduler(0) };
    set_policy(0, libc::SCHED_FIFO, priority)?;
    // Leaving real time is always allowed.
    set_policy(0, policy, 0)
}

/// Keeps the calling thread in real time until it is dropped.
#[derive(Debug)]
pub struct RealtimeThread(&'static AtomicI32);

impl RealtimeThread {
    /// Runs the calling thread in real time (`SCHED_FIFO`). Its children do not. If it runs for 200 ms without waiting,
    /// it is taken out of real time ([`take_demoted`]), so that a loop without end cannot stop the machine.
    ///
    /// # Errors
    /// Those of `sched_setscheduler`; if there are too many such threads.
    pub fn enter(priority: i32) -> io::Result<RealtimeThread> {
        watch_run_time()?;
        // SAFETY: no arguments.
        let own = unsafe { libc::gettid() };
        let free = |slot: &&AtomicI32| slot.compare_exchange(0, own, SeqCst, SeqCst).is_ok();
        let slot = THREADS
            .iter()
            .find(free)
            .ok_or(io::ErrorKind::QuotaExceeded)?;
        let thread = RealtimeThread(slot);
        set_policy(0, libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK, priority)?;
        Ok(thread)
    }
}

impl Drop for RealtimeThread {
    fn drop(&mut self) {
        self.0.store(0, SeqCst);
        let _ = set_policy(0, libc::SCHED_OTHER | libc::SCHED_RESET_ON_FORK, 0);
    }
}

/// Whether a thread was taken out of real time since the last call.
pub fn take_demoted() -> bool {
    DEMOTED.swap(false, SeqCst)
}

fn set_policy(thread: i32, policy: i32, priority: i32) -> io::Result<()> {
    // SAFETY: all zeros are a valid value of this type, which has more fields than one with musl.
    let mut parameter: libc::sched_param = unsafe { std::mem::zeroed() };
    parameter.sched_priority = priority;
    // SAFETY: the parameter lives during the call; a thread that does not exist is an error.
    match unsafe { libc::sched_setscheduler(thread, policy, &parameter) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Lets the kernel send SIGXCPU to a thread in real time that runs for too long. Does nothing if the limit is already
/// lower, or if the program handles that signal itself.
fn watch_run_time() -> io::Result<()> {
    let limit = getrlimit(Resource::Rttime);
    if limit.current.is_none_or(|current| current > MAX_RUN_MICROS) {
        let current = Some(
            limit
                .maximum
                .map_or(MAX_RUN_MICROS, |max| max.min(MAX_RUN_MICROS)),
        );
        setrlimit(Resource::Rttime, Rlimit { current, ..limit })?;
    }
    // SAFETY: all zeros are a valid value, without a handler. The handler calls only async-signal-safe functions.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGXCPU, std::ptr::null(), &mut action) == 0
            && action.sa_sigaction == libc::SIG_DFL
        {
            action.sa_sigaction = demote as extern "C" fn(libc::c_int) as usize;
            action.sa_flags = libc::SA_RESTART;
            libc::sigaction(libc::SIGXCPU, &action, std::ptr::null_mut());
        }
    }
    Ok(())
}

/// The handler of SIGXCPU: takes all threads out of real time. If there are none, the signal has another reason, and its
/// default action ends the process.
extern "C" fn demote(signal: libc::c_int) {
    // SAFETY: a pointer to this thread's own errno, which a signal handler must not change.
    let errno = unsafe { *libc::__errno_location() };
    let mut demoted = false;
    for slot in &THREADS {
        let thread = slot.load(SeqCst);
        if thread != 0 && !DEMOTED.load(SeqCst) {
            demoted = true;
            let _ = set_policy(thread, libc::SCHED_OTHER | libc::SCHED_RESET_ON_FORK, 0);
        }
    }
    if demoted {
        DEMOTED.store(true, SeqCst);
    } else {
        // SAFETY: both are async-signal-safe. The signal is delivered once this handler returns.
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
            libc::raise(signal);
        }
    }
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
}

/// Memory that is not paged out. Unlocked when dropped.
#[derive(Debug)]
pub struct LockedMemory {
    address: usize,
    length: usize,
}

impl LockedMemory {
    /// Locks memory (`mlock2` with `MLOCK_ONFAULT`): pages stay once they were used.
    ///
    /// # Errors
    /// `ENOMEM` or `EPERM` if it is more than the user may lock.
    pub fn lock(memory: &[MaybeUninit<u8>]) -> io::Result<LockedMemory> {
        let (address, length) = (memory.as_ptr(), memory.len());
        // SAFETY: the memory is borrowed, so it is mapped. Locking does not change it.
        match unsafe { libc::mlock2(address.cast(), length, libc::MLOCK_ONFAULT as _) } {
            0 => Ok(LockedMemory {
                address: address as usize,
                length,
            }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Like [`LockedMemory::lock`], for initialized memory.
    ///
    /// # Errors
    /// The same.
    pub fn lock_bytes(memory: &[u8]) -> io::Result<LockedMemory> {
        // SAFETY: initialized memory is a valid value of a type that need not be initialized, and is only borrowed.
        LockedMemory::lock(unsafe { &*(std::ptr::from_ref(memory) as *const [MaybeUninit<u8>]) })
    }

    /// How much memory is locked for `bytes` bytes, at most: whole pages are, and they may begin anywhere in one.
    pub fn most(bytes: u64) -> u64 {
        let page = page_size() as u64;
        bytes
            .checked_next_multiple_of(page)
            .and_then(|pages| pages.checked_add(page))
            .unwrap_or(u64::MAX)
    }

    /// Whether `bytes` bytes, a whole number of pages, can be locked. Tries it.
    ///
    /// # Errors
    /// Those of [`LockedMemory::lock`].
    pub fn check(bytes: usize) -> io::Result<()> {
        let page = page_size();
        let mut memory: Vec<u8> = Vec::new();
        let all = bytes.checked_add(page).ok_or(io::ErrorKind::OutOfMemory)?;
        if memory.try_reserve_exact(all).is_err() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        let memory = memory.spare_capacity_mut();
        let before = memory.as_ptr().align_offset(page).min(page);
        LockedMemory::lock(&memory[before..before + bytes]).map(drop)
    }
}

impl Drop for LockedMemory {
    fn drop(&mut self) {
        // SAFETY: unlocking changes no memory; if it is not mapped any more, this is an error without effect.
        unsafe { libc::munlock(self.address as *const libc::c_void, self.length) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_runs_for_too_long_leaves_real_time() {
        // Works without the right to real time: the thread is registered before it asks for that.
        watch_run_time().unwrap();
        assert!(getrlimit(Resource::Rttime).current <= Some(MAX_RUN_MICROS));
        // SAFETY: no arguments.
        let own = unsafe { libc::gettid() };
        THREADS[15].store(own, SeqCst);
        demote(libc::SIGXCPU);
        assert!(!is_realtime() && take_demoted() && !take_demoted());
        THREADS[15].store(0, SeqCst);
    }

    #[test]
    fn locking_more_than_the_address_space_fails() {
        assert!(LockedMemory::check(usize::MAX / 4).is_err());
    }
}
