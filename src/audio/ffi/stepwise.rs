//! Calls for a PCM that its user configures and recovers step by step. Errors are positive errnos.

use super::transfer::moved;
use super::{check, frames, printed, raw};
use crate::audio::ffi::hw_params::PcmAccess;
use alsa::pcm::PCM;
use alsa_sys as sys;
use std::time::Duration;

/// Sets the frame counts at which a PCM starts, stops and wakes. The error is alsa-lib's text of the parameters that were
/// refused.
pub fn set_thresholds(pcm: &PCM, start: u64, stop: u64, avail_min: u64) -> Result<(), String> {
    let handle = raw(pcm);
    let mut params = std::ptr::null_mut();
    // SAFETY: the parameters are allocated and freed here, on every path, and used only with the handle they were read
    // from.
    unsafe {
        check(sys::snd_pcm_sw_params_malloc(&mut params)).map_err(|_| String::new())?;
        sys::snd_pcm_sw_params_current(handle, params);
        sys::snd_pcm_sw_params_set_avail_min(handle, params, avail_min as _);
        sys::snd_pcm_sw_params_set_start_threshold(handle, params, start as _);
        sys::snd_pcm_sw_params_set_stop_threshold(handle, params, stop as _);
        let result = check(sys::snd_pcm_sw_params(handle, params)).map_err(|_| {
            printed(|output| {
                sys::snd_pcm_sw_params_dump(params, output);
            })
        });
        sys::snd_pcm_sw_params_free(params);
        result
    }
}

/// What `snd_pcm_status` reports of a PCM.
pub struct StatusReport {
    /// The number of its state.
    pub state: i32,
    /// When it started or stopped.
    pub trigger: Duration,
    /// alsa-lib's text (`snd_pcm_status_dump`).
    pub text: String,
}

/// The status of an open PCM.
pub fn status(pcm: &PCM) -> Result<StatusReport, i32> {
    let mut status = std::ptr::null_mut();
    // SAFETY: the status is allocated and freed here, on every path; an all-zero timespec is valid.
    unsafe {
        check(sys::snd_pcm_status_malloc(&mut status))?;
        let mut stamp: sys::snd_htimestamp_t = std::mem::zeroed();
        let result = check(sys::snd_pcm_status(raw(pcm), status)).map(|()| {
            sys::snd_pcm_status_get_trigger_htstamp(status, &mut stamp);
            StatusReport {
                state: sys::snd_pcm_status_get_state(status) as i32,
                trigger: Duration::new(stamp.tv_sec as u64, stamp.tv_nsec as u32),
                text: printed(|output| {
                    sys::snd_pcm_status_dump(status, output);
                }),
            }
        });
        sys::snd_pcm_status_free(status);
        result
    }
}

/// Frames that can be moved, and the delay (`snd_pcm_avail_delay`).
pub fn avail_delay(pcm: &PCM) -> Result<(i64, i64), i32> {
    let (mut avail, mut delay) = (0, 0);
    // SAFETY: the handle is open, and both out-parameters live through the call.
    check(unsafe { sys::snd_pcm_avail_delay(raw(pcm), &mut avail, &mut delay) })?;
    Ok((frames(avail), frames(delay)))
}

/// Where each channel of a mapped PCM is: its address, and its first bit and the bits from sample to sample.
pub fn areas(pcm: &PCM, channels: usize) -> Result<Vec<(usize, u32, u32)>, i32> {
    let mut areas = std::ptr::null();
    let (mut offset, mut count) = (0, sys::snd_pcm_uframes_t::MAX / 2);
    // SAFETY: the handle is open, and the out-parameters live through the call.
    check(unsafe { sys::snd_pcm_mmap_begin(raw(pcm), &mut areas, &mut offset, &mut count) })?;
    if areas.is_null() {
        return Err(libc::EINVAL);
    }
    // SAFETY: alsa-lib returned an array with an entry for each channel.
    let areas = unsafe { std::slice::from_raw_parts(areas, channels) };
    let area = |area: &sys::snd_pcm_channel_area_t| (area.addr as usize, area.first, area.step);
    Ok(areas.iter().map(area).collect())
}

/// Writes frames of which each channel is a plane of its own (`snd_pcm_writen`, `snd_pcm_mmap_writen`); returns how many.
/// The planes have the same length; `sample_bytes` is the size of a sample.
pub fn write_planes(
    pcm: &PCM,
    access: PcmAccess,
    sample_bytes: usize,
    planes: &[&[u8]],
) -> Result<usize, i32> {
    let length = planes.iter().map(|plane| plane.len()).min().unwrap_or(0);
    let count = (length / sample_bytes.max(1)) as sys::snd_pcm_uframes_t;
    let mut pointers: Vec<_> = planes
        .iter()
        .map(|plane| plane.as_ptr().cast_mut().cast())
        .collect();
    // SAFETY: the handle is configured for as many channels as there are planes (the caller has both from the same
    // handle), each plane has `count` samples, and alsa-lib only reads them.
    moved(unsafe {
        match access {
            PcmAccess::RwNoninterleaved => {
                sys::snd_pcm_writen(raw(pcm), pointers.as_mut_ptr(), count)
            }
            _ => sys::snd_pcm_mmap_writen(raw(pcm), pointers.as_mut_ptr(), count),
        }
    })
}

/// Reads frames of which each channel is a plane of its own (`snd_pcm_readn`, `snd_pcm_mmap_readn`); returns how many.
pub fn read_planes(
    pcm: &PCM,
    access: PcmAccess,
    sample_bytes: usize,
    planes: &mut [&mut [u8]],
) -> Result<usize, i32> {
    let length = planes.iter().map(|plane| plane.len()).min().unwrap_or(0);
    let count = (length / sample_bytes.max(1)) as sys::snd_pcm_uframes_t;
    let mut pointers: Vec<_> = planes
        .iter_mut()
        .map(|plane| plane.as_mut_ptr().cast())
        .collect();
    // SAFETY: as in `write_planes`, and each plane is borrowed exclusively and has room for `count` samples.
    moved(unsafe {
        match access {
            PcmAccess::RwNoninterleaved => {
                sys::snd_pcm_readn(raw(pcm), pointers.as_mut_ptr(), count)
            }
            _ => sys::snd_pcm_mmap_readn(raw(pcm), pointers.as_mut_ptr(), count),
        }
    })
}
