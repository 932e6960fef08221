//! The metadata of elements (`snd_ctl_elem_tlv_read`): dB ranges and channel maps as words of 32 bits.

use super::check;
use super::ctl::Ctl;
use super::elements::{ElementId, ElementStructs};
use crate::audio::ctl_calls::CtlCall;
use alsa_sys as sys;

/// The most words that are read. The kernel and alsa-lib use up to 4096 bytes.
const MAX_WORDS: usize = 1024;

impl Ctl {
    /// An element's metadata: pairs of a type and a length in bytes, each followed by that many bytes. The error is a
    /// positive errno: ENXIO or EINVAL if there is none.
    pub fn tlv(&self, id: &ElementId) -> Result<Vec<u32>, i32> {
        let _call = CtlCall::begin();
        let structs = ElementStructs::for_element(id)?;
        let mut words = vec![0_u32; MAX_WORDS];
        let bytes = (MAX_WORDS * size_of::<u32>()) as u32;
        // SAFETY: the ctl is open, the id is filled in, and `words` has room for `bytes` bytes.
        check(unsafe {
            sys::snd_ctl_elem_tlv_read(self.raw(), structs.id, words.as_mut_ptr(), bytes)
        })?;
        let length = (words[1] as usize).div_ceil(size_of::<u32>());
        words.truncate((length + 2).min(MAX_WORDS));
        Ok(words)
    }
}
