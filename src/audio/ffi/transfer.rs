//! Moves frames to and from a PCM as bytes, whatever the access type, and reads timestamps.

use super::hw_params::PcmAccess;
use super::{MAX_FRAMES, check, raw};
use alsa::pcm::PCM;
use alsa_sys as sys;

/// The frames moved, or a positive errno.
pub(super) fn moved(result: sys::snd_pcm_sframes_t) -> Result<usize, i32> {
    usize::try_from(result).map_err(|_| -(result as i32))
}

/// Writes whole interleaved frames (`snd_pcm_writei`, `snd_pcm_mmap_writei`); returns how many.
///
/// `bytes` holds frames of `frame_bytes` bytes. A partial frame at its end is ignored.
pub fn write(pcm: &PCM, access: PcmAccess, frame_bytes: usize, bytes: &[u8]) -> Result<usize, i32> {
    let frames = (bytes.len() / frame_bytes.max(1)) as sys::snd_pcm_uframes_t;
    let data = bytes.as_ptr().cast();
    // SAFETY: the handle is open and configured for frames of `frame_bytes` bytes (the caller has the spec from the
    // same handle), and `data` holds `frames` of them.
    moved(unsafe {
        match access {
            PcmAccess::MmapInterleaved | PcmAccess::MmapComplex => {
                sys::snd_pcm_mmap_writei(raw(pcm), data, frames)
            }
            _ => sys::snd_pcm_writei(raw(pcm), data, frames),
        }
    })
}

/// Reads whole interleaved frames (`snd_pcm_readi`, `snd_pcm_mmap_readi`) into `bytes`; returns how many.
pub fn read(
    pcm: &PCM,
    access: PcmAccess,
    frame_bytes: usize,
    bytes: &mut [u8],
) -> Result<usize, i32> {
    let frames = (bytes.len() / frame_bytes.max(1)) as sys::snd_pcm_uframes_t;
    let data = bytes.as_mut_ptr().cast();
    // SAFETY: as in `write`, and `bytes` is borrowed exclusively and has room for `frames` frames.
    moved(unsafe {
        match access {
            PcmAccess::MmapInterleaved | PcmAccess::MmapComplex => {
                sys::snd_pcm_mmap_readi(raw(pcm), data, frames)
            }
            _ => sys::snd_pcm_readi(raw(pcm), data, frames),
        }
    })
}

/// Reads whole interleaved frames from the memory of a kernel device, a ring of `buffer` frames, into `parts`, one after
/// the other (`snd_pcm_mmap_begin`, `…_commit`); returns how many. They have room for at most as many frames as the last
/// `snd_pcm_avail_update` found (alsa-lib does not commit more), each for a whole number. `snd_pcm_mmap_readi` does the
/// same with several more system calls where the kernel's status page cannot be mapped.
///
/// The PCM's access is mapped and interleaved, and it is a kernel device or passes on the memory of one.
pub fn read_mapped(
    pcm: &PCM,
    frame_bytes: usize,
    buffer: u64,
    [first, second]: [&mut [u8]; 2],
) -> Result<usize, i32> {
    let wanted = (first.len() + second.len()) / frame_bytes;
    let Some((address, offset, frames)) = mapped_part(pcm, wanted, frame_bytes)? else {
        return Err(libc::EAGAIN);
    };
    let buffer = buffer as usize;
    let frames = match offset + frames == buffer {
        // The rest is at the start of the ring. One commit for both is one system call less.
        true => wanted.min(buffer),
        false => frames,
    };
    let device = MappedBuffer {
        address,
        bytes: buffer * frame_bytes,
    };
    let (start, length) = (offset * frame_bytes, frames * frame_bytes);
    let in_first = length.min(first.len());
    device.copy(pcm, start, &mut first[..in_first]);
    device.copy(pcm, start + in_first, &mut second[..length - in_first]);
    // SAFETY: the handle is open, and the frames begin where `snd_pcm_mmap_begin` said; a kernel device moves its position
    // past the end of the ring.
    moved(unsafe { sys::snd_pcm_mmap_commit(raw(pcm), offset as _, frames as _) })
}

/// How many captured frames wait in a device with a mapped buffer of `buffer` frames, as of the last call that asked the
/// kernel, without asking again; `None` if there may be more than are in one piece.
pub fn known_unread(pcm: &PCM, buffer: u64) -> Option<u64> {
    let mut areas = std::ptr::null();
    let (mut offset, mut frames) = (0, buffer as sys::snd_pcm_uframes_t);
    // SAFETY: the handle is open, and the out-parameters live through the call.
    let code = unsafe { sys::snd_pcm_mmap_begin(raw(pcm), &mut areas, &mut offset, &mut frames) };
    (code >= 0 && offset + frames < buffer as sys::snd_pcm_uframes_t).then_some(frames as u64)
}

/// Where the next frames are in the memory of a device, of at most `wanted`: its address, the offset of the first frame,
/// and how many follow it in one piece. `None` if there are none.
fn mapped_part(
    pcm: &PCM,
    wanted: usize,
    frame_bytes: usize,
) -> Result<Option<(usize, usize, usize)>, i32> {
    let mut areas = std::ptr::null();
    let (mut offset, mut frames) = (0, wanted as sys::snd_pcm_uframes_t);
    // SAFETY: the handle is open, and the out-parameters live through the call.
    let code = unsafe { sys::snd_pcm_mmap_begin(raw(pcm), &mut areas, &mut offset, &mut frames) };
    check(code)?;
    if areas.is_null() || frames == 0 {
        return Ok(None);
    }
    // SAFETY: alsa-lib returned an array with an entry for each channel, and there is at least one channel.
    let area = unsafe { *areas };
    let plain = area.step as usize == 8 * frame_bytes && area.first == 0;
    if !plain || area.addr.is_null() {
        return Err(libc::EINVAL);
    }
    Ok(Some((area.addr as usize, offset as usize, frames as usize)))
}

/// The memory that a kernel device shares with the program, for a mapped and interleaved PCM.
#[derive(Clone, Copy, Debug)]
pub struct MappedBuffer {
    /// An address and not a pointer, because a PCM may be handed to another thread.
    address: usize,
    bytes: usize,
}

impl MappedBuffer {
    /// The buffer of a prepared PCM (`snd_pcm_mmap_begin`). It must not be used once the PCM is configured again.
    pub fn of(pcm: &PCM, frame_bytes: usize, frames: u64) -> Option<MappedBuffer> {
        let mut areas = std::ptr::null();
        let (mut offset, mut contiguous) = (0, 0);
        // SAFETY: the handle is open, and the out-parameters live through the call.
        let code =
            unsafe { sys::snd_pcm_mmap_begin(raw(pcm), &mut areas, &mut offset, &mut contiguous) };
        if code < 0 || areas.is_null() {
            return None;
        }
        // SAFETY: alsa-lib returned an array with an entry for each channel, and there is at least one channel.
        let area = unsafe { *areas };
        let plain = area.step as usize == 8 * frame_bytes && area.first == 0;
        (plain && !area.addr.is_null()).then(|| MappedBuffer {
            address: area.addr as usize,
            bytes: frame_bytes * frames as usize,
        })
    }

    /// Copies bytes from `offset` on and wraps around at the end of the buffer. The PCM must be open and configured as
    /// it was for [`MappedBuffer::of`]; a device that has stopped keeps its memory.
    pub fn copy(&self, _open: &PCM, offset: usize, target: &mut [u8]) {
        let (offset, length) = (offset % self.bytes, target.len().min(self.bytes));
        let first = length.min(self.bytes - offset);
        let start = self.address as *const u8;
        // SAFETY: `first` bytes from `offset` are within the buffer, which stays mapped while the PCM is open and
        // configured as it was; the target is the caller's own memory.
        unsafe { std::ptr::copy_nonoverlapping(start.add(offset), target.as_mut_ptr(), first) };
        // SAFETY: the rest is shorter than the buffer, and the target has room for it after the first part.
        unsafe {
            std::ptr::copy_nonoverlapping(start, target.as_mut_ptr().add(first), length - first)
        };
    }
}

/// Moves the caller's position forward by up to `frames` frames (`snd_pcm_forward`); returns by how many.
pub fn forward(pcm: &PCM, frames: u64) -> Result<u64, i32> {
    let frames = frames.min(MAX_FRAMES) as sys::snd_pcm_uframes_t;
    // SAFETY: the handle is open; alsa-lib limits `frames` to what can be skipped.
    moved(unsafe { sys::snd_pcm_forward(raw(pcm), frames) }).map(|frames| frames as u64)
}

/// Moves the caller's position back by up to `frames` frames (`snd_pcm_rewind`); returns by how many.
pub fn rewind(pcm: &PCM, frames: u64) -> Result<u64, i32> {
    // SAFETY: the handle is open.
    let rewindable = moved(unsafe { sys::snd_pcm_rewindable(raw(pcm)) })? as u64;
    let frames = frames.min(rewindable) as sys::snd_pcm_uframes_t;
    // SAFETY: the handle is open, and alsa-lib has reported that it can go back this far.
    moved(unsafe { sys::snd_pcm_rewind(raw(pcm), frames) }).map(|frames| frames as u64)
}

/// The timestamp of the last update: seconds, nanoseconds, and the frames available then (`snd_pcm_htimestamp`).
pub fn htimestamp(pcm: &PCM) -> Result<(i64, i64, u64), i32> {
    let mut available = 0;
    // SAFETY: an all-zero timespec is valid.
    let mut stamp: sys::snd_htimestamp_t = unsafe { std::mem::zeroed() };
    // SAFETY: the handle is open, and both out-parameters live through the call.
    check(unsafe { sys::snd_pcm_htimestamp(raw(pcm), &mut available, &mut stamp) })?;
    Ok((stamp.tv_sec as i64, stamp.tv_nsec as i64, available as u64))
}
