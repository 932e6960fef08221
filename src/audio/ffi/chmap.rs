//! Channel maps as plain position numbers (`snd_pcm_chmap_t`). The `alsa` crate (0.12) panics on numbers that it does
//! not know.

use super::{check, raw};
use alsa::pcm::PCM;
use alsa_sys as sys;
use std::ffi::{CStr, CString};

/// Copies the positions of a map.
///
/// # Safety
/// `map` points to a map that is followed by as many positions as its `channels` says.
unsafe fn positions(map: *const sys::snd_pcm_chmap_t) -> Vec<u32> {
    // SAFETY: the caller promises that the map is valid; positions are C enums, that is unsigned ints.
    unsafe {
        let first = std::ptr::addr_of!((*map).pos).cast::<u32>();
        std::slice::from_raw_parts(first, (*map).channels as usize).to_vec()
    }
}

/// The map of a configured PCM, if the driver reports one (`snd_pcm_get_chmap`).
pub fn get(pcm: &PCM) -> Option<Vec<u32>> {
    // SAFETY: the handle is open. The result is null, or a complete map that is freed here with `free`, as alsa-lib
    // documents.
    unsafe {
        let map = sys::snd_pcm_get_chmap(raw(pcm));
        if map.is_null() {
            return None;
        }
        let found = positions(map);
        libc::free(map.cast());
        Some(found)
    }
}

/// The maps that the driver offers (`snd_pcm_query_chmaps`).
pub fn supported(pcm: &PCM) -> Vec<Vec<u32>> {
    let mut found = Vec::new();
    // SAFETY: the handle is open. The result is null, or an array of complete maps that ends with a null pointer and is
    // freed here with its own function.
    unsafe {
        let list = sys::snd_pcm_query_chmaps(raw(pcm));
        if list.is_null() {
            return found;
        }
        let mut next = list;
        while !(*next).is_null() {
            found.push(positions(std::ptr::addr_of!((**next).map)));
            next = next.add(1);
        }
        sys::snd_pcm_free_chmaps(list);
    }
    found
}

/// Sets the map of a configured PCM (`snd_pcm_set_chmap`). The error is a positive errno.
pub fn set(pcm: &PCM, map: &[u32]) -> Result<(), i32> {
    let mut words = vec![map.len() as u32];
    words.extend_from_slice(map);
    // SAFETY: `words` has the layout of a `snd_pcm_chmap_t`: a count and that many positions, all 32 bits wide.
    // alsa-lib only reads it.
    check(unsafe { sys::snd_pcm_set_chmap(raw(pcm), words.as_ptr().cast()) })
}

/// The map that a text describes (`snd_pcm_chmap_parse_string`), if it is valid.
pub fn parse(text: &str) -> Option<Vec<u32>> {
    let text = CString::new(text).ok()?;
    // SAFETY: `text` ends with a zero byte. The result is null, or a complete map that is freed here with `free`, as
    // alsa-lib documents.
    unsafe {
        let map = sys::snd_pcm_chmap_parse_string(text.as_ptr());
        if map.is_null() {
            return None;
        }
        let found = positions(map);
        libc::free(map.cast());
        Some(found)
    }
}

/// The name of a position in words (`snd_pcm_chmap_long_name`), if there is one.
pub fn long_name(position: u32) -> Option<&'static str> {
    if position > sys::SND_CHMAP_LAST as u32 {
        return None;
    }
    // SAFETY: `position` is an index of alsa-lib's table. Its strings are constants, and the library is never unloaded.
    unsafe {
        let name = sys::snd_pcm_chmap_long_name(position as _);
        if name.is_null() {
            return None;
        }
        CStr::from_ptr(name).to_str().ok()
    }
}
