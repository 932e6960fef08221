//! Channel maps as plain position numbers (`snd_pcm_chmap_t`), without the `alsa` crate's panic on a number it
//! does not know.

use super::{check, raw};
use alsa::pcm::PCM;
use alsa_sys as sys;
use std::ffi::CStr;

/// How a supported map may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freedom {
    /// Only as it is (`SND_CHMAP_TYPE_FIXED`), or not known.
    Fixed,
    /// In any order (`SND_CHMAP_TYPE_VAR`).
    Any,
    /// In any order of pairs (`SND_CHMAP_TYPE_PAIRED`).
    Pairs,
}

/// Copies the positions out of a map.
///
/// # Safety
/// `map` is a valid map with `channels` positions behind its header.
unsafe fn positions(map: *const sys::snd_pcm_chmap_t) -> Vec<u32> {
    // SAFETY: see above; positions are C enums, that is unsigned ints.
    unsafe {
        let first = std::ptr::addr_of!((*map).pos).cast::<u32>();
        std::slice::from_raw_parts(first, (*map).channels as usize).to_vec()
    }
}

/// The map in force on a configured PCM, if the driver tells one (`snd_pcm_get_chmap`).
pub fn get(pcm: &PCM) -> Option<Vec<u32>> {
    // SAFETY: the handle is open; the result is null or a map that is ours to free.
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

/// The maps the driver offers (`snd_pcm_query_chmaps`).
pub fn supported(pcm: &PCM) -> Vec<(Freedom, Vec<u32>)> {
    let mut found = Vec::new();
    // SAFETY: the handle is open; the result is null or a null-terminated list, freed with its own function.
    unsafe {
        let list = sys::snd_pcm_query_chmaps(raw(pcm));
        if list.is_null() {
            return found;
        }
        let mut next = list;
        while !(*next).is_null() {
            let freedom = match (**next).type_ {
                sys::SND_CHMAP_TYPE_VAR => Freedom::Any,
                sys::SND_CHMAP_TYPE_PAIRED => Freedom::Pairs,
                _ => Freedom::Fixed,
            };
            found.push((freedom, positions(std::ptr::addr_of!((**next).map))));
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
    // SAFETY: the map is laid out as alsa-lib has it, a count and then as many positions, all 32 bits wide.
    check(unsafe { sys::snd_pcm_set_chmap(raw(pcm), words.as_ptr().cast()) })
}

/// The name of a position in words (`snd_pcm_chmap_long_name`), if it is one.
pub fn long_name(position: u32) -> Option<&'static str> {
    if position > sys::SND_CHMAP_LAST as u32 {
        return None;
    }
    // SAFETY: the number is within alsa-lib's table, whose strings are constant and live as long as the library, which
    // is linked and never unloaded.
    unsafe {
        let name = sys::snd_pcm_chmap_long_name(position as _);
        if name.is_null() {
            return None;
        }
        CStr::from_ptr(name).to_str().ok()
    }
}
