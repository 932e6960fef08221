//! Frames to and from a PCM, as bytes, whatever the way of access, and its time stamps.

use super::hw_params::PcmAccess;
use super::raw;
use alsa::pcm::PCM;
use alsa_sys as sys;

/// Frames moved, or a positive errno.
type Moved = Result<usize, i32>;

fn moved(result: sys::snd_pcm_sframes_t) -> Moved {
    usize::try_from(result).map_err(|_| -(result as i32))
}

/// Writes whole interleaved frames (`snd_pcm_writei`, `snd_pcm_mmap_writei`).
///
/// `bytes` holds frames of `frame_bytes` bytes; what is over a whole frame is left.
pub fn write(pcm: &PCM, access: PcmAccess, frame_bytes: usize, bytes: &[u8]) -> Moved {
    let frames = (bytes.len() / frame_bytes.max(1)) as sys::snd_pcm_uframes_t;
    let data = bytes.as_ptr().cast();
    // SAFETY: the handle is open and configured for `frame_bytes`-byte frames (the caller has its spec from the
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

/// Reads whole interleaved frames (`snd_pcm_readi`, `snd_pcm_mmap_readi`) into `bytes`.
pub fn read(pcm: &PCM, access: PcmAccess, frame_bytes: usize, bytes: &mut [u8]) -> Moved {
    let frames = (bytes.len() / frame_bytes.max(1)) as sys::snd_pcm_uframes_t;
    let data = bytes.as_mut_ptr().cast();
    // SAFETY: as in `write`, and `bytes` has room for `frames` frames.
    moved(unsafe {
        match access {
            PcmAccess::MmapInterleaved | PcmAccess::MmapComplex => {
                sys::snd_pcm_mmap_readi(raw(pcm), data, frames)
            }
            _ => sys::snd_pcm_readi(raw(pcm), data, frames),
        }
    })
}

/// Moves the caller's position forward by up to `frames` frames (`snd_pcm_forward`).
pub fn forward(pcm: &PCM, frames: u64) -> Result<u64, i32> {
    // SAFETY: the handle is open.
    moved(unsafe { sys::snd_pcm_forward(raw(pcm), frames as sys::snd_pcm_uframes_t) })
        .map(|frames| frames as u64)
}

/// Time stamp of the last update: seconds, nanoseconds, and the frames available then (`snd_pcm_htimestamp`).
pub fn htimestamp(pcm: &PCM) -> Result<(i64, i64, u64), i32> {
    let mut available = 0;
    // SAFETY: an all-zero timespec is valid, and both out-parameters live through the call.
    let (code, stamp) = unsafe {
        let mut stamp: sys::snd_htimestamp_t = std::mem::zeroed();
        (
            sys::snd_pcm_htimestamp(raw(pcm), &mut available, &mut stamp),
            stamp,
        )
    };
    super::check(code)?;
    Ok((stamp.tv_sec as i64, stamp.tv_nsec as i64, available as u64))
}
