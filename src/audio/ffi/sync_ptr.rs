//! `SNDRV_PCM_IOCTL_SYNC_PTR` of a kernel device. One call says how far the caller has read and when it wants to be woken
//! next, and returns where the device is. alsa-lib needs two where the kernel's status page is not mapped, because it does not
//! commit frames that it has not asked for before.
//!
//! Its own calls read the kernel's position of the caller each time they ask, so both ways can be mixed: what is set here
//! is known to alsa-lib after its next `snd_pcm_avail_update`.

use super::{check, raw};
use alsa::pcm::PCM;
use alsa_sys as sys;
use std::io;
use std::mem::offset_of;
use std::os::fd::RawFd;
use std::time::Duration;

/// Update the position of the hardware first.
const HWSYNC: u32 = 1 << 0;
/// Return the position of the caller instead of setting it.
const GET_APPL_PTR: u32 = 1 << 1;
/// Return the fewest frames that end a wait instead of setting that.
const GET_AVAIL_MIN: u32 = 1 << 2;

/// Where the status page is in the kernel's file of a PCM.
const STATUS_PAGE: libc::off_t = 0x8000_0000_u32 as libc::off_t;

/// The kernel's `struct snd_pcm_sync_ptr` for processes with 64 bits.
#[repr(C)]
#[derive(Debug, Default)]
struct Exchange {
    flags: u32,
    padding: u32,
    state: i32,
    padding_of_state: i32,
    hw_ptr: u64,
    stamp_seconds: i64,
    stamp_nanos: i64,
    /// The state in a suspend, and the position of another clock.
    other_status: [u64; 4],
    appl_ptr: u64,
    avail_min: u64,
    reserved: [u64; 6],
}

const _: () = {
    assert!(size_of::<Exchange>() == 136);
    assert!(offset_of!(Exchange, state) == 8);
    assert!(offset_of!(Exchange, hw_ptr) == 16);
    assert!(offset_of!(Exchange, stamp_seconds) == 24);
    assert!(offset_of!(Exchange, appl_ptr) == 72);
    assert!(offset_of!(Exchange, avail_min) == 80);
};

/// Where a device and its caller are, in frames, modulo the boundary.
#[derive(Clone, Copy, Debug)]
pub struct Pointers {
    /// Whether the device runs.
    pub is_running: bool,
    /// Up to where the device has moved, at its last update.
    pub hardware: u64,
    /// Up to where the caller has read or written.
    pub application: u64,
    /// When the last update was, by the clock of timestamps; 0 without timestamps.
    pub at: Duration,
}

/// The call for one PCM.
#[derive(Clone, Copy, Debug)]
pub struct SyncPtr {
    fd: RawFd,
    boundary: u64,
}

impl SyncPtr {
    /// For a configured kernel device whose status page cannot be mapped, or `plug` on one that converts nothing. `None` for
    /// others, and for 32-bit processes, whose layout of the call depends on the kernel.
    pub fn of(pcm: &PCM) -> Option<SyncPtr> {
        if cfg!(not(target_pointer_width = "64")) {
            return None;
        }
        let mut entry = libc::pollfd {
            fd: -1,
            events: 0,
            revents: 0,
        };
        // SAFETY: the handle is open, and there is one entry.
        let count = unsafe { sys::snd_pcm_poll_descriptors(raw(pcm), (&raw mut entry).cast(), 1) };
        if count != 1 || maps_status(entry.fd) {
            return None;
        }
        let boundary = boundary(pcm).ok()?;
        let call = SyncPtr {
            fd: entry.fd,
            boundary,
        };
        call.ask(pcm, false).ok().map(|_| call)
    }

    /// Returns where both are; after an update by the hardware, if `exact`.
    ///
    /// # Errors
    /// A positive errno: with `exact` `EPIPE` after an xrun; `ENODEV` after an unplug.
    pub fn ask(&self, pcm: &PCM, exact: bool) -> Result<Pointers, i32> {
        self.call(pcm, GET_APPL_PTR | GET_AVAIL_MIN | hwsync(exact), 0, 0)
    }

    /// Moves the caller to `application`, lets the next wait end once `avail_min` frames can be moved, and returns where the
    /// device is; after an update by the hardware, if `exact`.
    ///
    /// # Errors
    /// Those of [`SyncPtr::ask`]. Nothing has changed, then.
    pub fn move_to(
        &self,
        pcm: &PCM,
        application: u64,
        avail_min: u64,
        exact: bool,
    ) -> Result<Pointers, i32> {
        self.call(pcm, hwsync(exact), application, avail_min)
    }

    /// Lets waits end once `avail_min` frames can be moved.
    ///
    /// # Errors
    /// A positive errno.
    pub fn set_avail_min(&self, pcm: &PCM, avail_min: u64) -> Result<(), i32> {
        self.call(pcm, GET_APPL_PTR, 0, avail_min).map(drop)
    }

    fn call(
        &self,
        _open: &PCM,
        flags: u32,
        appl_ptr: u64,
        avail_min: u64,
    ) -> Result<Pointers, i32> {
        let mut exchange = Exchange {
            flags,
            appl_ptr,
            avail_min,
            ..Exchange::default()
        };
        let request = libc::_IOWR::<Exchange>(u32::from(b'A'), 0x23);
        // SAFETY: the descriptor belongs to the handle, which is open, and the kernel reads and writes as many bytes as the
        // request says, which lives during the call.
        if unsafe { libc::ioctl(self.fd, request, &raw mut exchange) } < 0 {
            return Err(io::Error::last_os_error()
                .raw_os_error()
                .unwrap_or(libc::EIO));
        }
        Ok(Pointers {
            is_running: exchange.state == sys::SND_PCM_STATE_RUNNING as i32,
            hardware: exchange.hw_ptr,
            application: exchange.appl_ptr,
            at: Duration::new(
                exchange.stamp_seconds.max(0) as u64,
                exchange.stamp_nanos.clamp(0, 999_999_999) as u32,
            ),
        })
    }

    /// The position `frames` frames after `start`.
    pub fn after(&self, start: u64, frames: u64) -> u64 {
        (start + frames) % self.boundary
    }

    /// How many frames `end` is after `start`.
    pub fn distance(&self, start: u64, end: u64) -> u64 {
        match end.checked_sub(start) {
            Some(frames) => frames,
            None => end + self.boundary - start,
        }
    }
}

fn hwsync(exact: bool) -> u32 {
    if exact { HWSYNC } else { 0 }
}

/// Whether the kernel shares the status of a PCM with the program. alsa-lib finds that out in the same way.
fn maps_status(fd: RawFd) -> bool {
    let size = size_of::<Exchange>();
    // SAFETY: a new mapping that can only be read, and that nothing refers to when it is removed.
    unsafe {
        let page = libc::mmap(
            std::ptr::null_mut(),
            size,
            libc::PROT_READ,
            libc::MAP_SHARED,
            fd,
            STATUS_PAGE,
        );
        page != libc::MAP_FAILED && libc::munmap(page, size) == 0
    }
}

/// Where the positions of a configured PCM start over (`snd_pcm_sw_params_get_boundary`).
fn boundary(pcm: &PCM) -> Result<u64, i32> {
    let (handle, mut params, mut boundary) = (raw(pcm), std::ptr::null_mut(), 0);
    // SAFETY: the handle is open. The parameters are allocated and freed here, on every path.
    unsafe {
        check(sys::snd_pcm_sw_params_malloc(&mut params))?;
        let result = check(sys::snd_pcm_sw_params_current(handle, params))
            .and_then(|()| check(sys::snd_pcm_sw_params_get_boundary(params, &mut boundary)));
        sys::snd_pcm_sw_params_free(params);
        result.map(|()| boundary as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_start_over_at_the_boundary() {
        let call = SyncPtr {
            fd: -1,
            boundary: 4000,
        };
        assert_eq!((call.after(3000, 999), call.after(3000, 1001)), (3999, 1));
        assert_eq!(
            (call.distance(3000, 3999), call.distance(3999, 1)),
            (999, 2)
        );
    }

    #[test]
    fn a_pcm_without_a_kernel_device_has_no_such_call() {
        let pcm = super::super::open("null", alsa::Direction::Capture, Default::default()).unwrap();
        assert!(SyncPtr::of(&pcm).is_none());
    }
}
