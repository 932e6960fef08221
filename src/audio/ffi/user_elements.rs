//! Elements that programs add to a card (`snd_ctl_elem_add_*`), and the whole of a channel status.

use super::check;
use super::ctl::Ctl;
use super::elements::{ElementId, ElementStructs, ElementType};
use crate::audio::ctl_calls::CtlCall;
use alsa_sys as sys;
use std::ffi::{CString, c_char, c_long};

/// The bytes of a channel status with its subcode and subframe (`snd_aes_iec958_t`).
pub const IEC958_BYTES: usize = size_of::<sys::snd_aes_iec958_t>();

impl Ctl {
    /// Adds an element with `count` values. It stays after the ctl is closed. The error is a positive errno: EBUSY if there
    /// is one with this id.
    pub fn add_element(&self, id: &ElementId, kind: &ElementType, count: u32) -> Result<(), i32> {
        let _call = CtlCall::begin();
        let structs = ElementStructs::for_element(id)?;
        let (ctl, new) = (self.raw(), structs.id);
        // SAFETY: the ctl is open, the id and the info are filled in, and alsa-lib copies the names. An element that is
        // not unlocked is removed with the ctl that added it.
        unsafe {
            check(match kind {
                ElementType::Boolean => sys::snd_ctl_elem_add_boolean(ctl, new, count),
                ElementType::Integer(min, max, step) => {
                    let [min, max, step] = [*min, *max, *step].map(|number| number as c_long);
                    sys::snd_ctl_elem_add_integer(ctl, new, count, min, max, step)
                }
                ElementType::Integer64(min, max, step) => {
                    sys::snd_ctl_elem_add_integer64(ctl, new, count, *min, *max, *step)
                }
                ElementType::Enumerated(items) => {
                    let items: Result<Vec<CString>, _> = items
                        .iter()
                        .map(|item| CString::new(item.as_str()))
                        .collect();
                    let items = items.map_err(|_| libc::EINVAL)?;
                    let names: Vec<*const c_char> =
                        items.iter().map(|item| item.as_ptr()).collect();
                    let number = names.len() as u32;
                    sys::snd_ctl_elem_add_enumerated(ctl, new, count, number, names.as_ptr())
                }
                ElementType::Bytes => sys::snd_ctl_add_bytes_elem_set(ctl, structs.info, 1, count),
                ElementType::Iec958 => sys::snd_ctl_elem_add_iec958(ctl, new),
            })?;
            check(sys::snd_ctl_elem_unlock(ctl, new))
        }
    }

    /// Removes an element that a program added. The error is a positive errno.
    pub fn remove_element(&self, id: &ElementId) -> Result<(), i32> {
        let _call = CtlCall::begin();
        let structs = ElementStructs::for_element(id)?;
        // SAFETY: the ctl is open, and the id is filled in.
        check(unsafe { sys::snd_ctl_elem_remove(self.raw(), structs.id) })
    }

    /// Sets an element's metadata (`snd_ctl_elem_tlv_write`): a type, a length in bytes, and that many bytes. The error
    /// is a positive errno: EINVAL if the length is not that of the words.
    pub fn set_tlv(&self, id: &ElementId, words: &[u32]) -> Result<(), i32> {
        let _call = CtlCall::begin();
        let structs = ElementStructs::for_element(id)?;
        let bytes = words
            .get(1)
            .map(|bytes| (*bytes as usize).div_ceil(size_of::<u32>()));
        if bytes.is_none_or(|length| length + 2 != words.len()) {
            return Err(libc::EINVAL);
        }
        // SAFETY: the ctl is open, the id is filled in, and the words are as many as the second one says.
        check(unsafe { sys::snd_ctl_elem_tlv_write(self.raw(), structs.id, words.as_ptr()) })
    }

    /// A channel status with its subcode and subframe. The error is a positive errno.
    pub fn iec958(&self, id: &ElementId) -> Result<[u8; IEC958_BYTES], i32> {
        let _call = CtlCall::begin();
        let structs = ElementStructs::for_element(id)?;
        // SAFETY: the ctl is open, and `value` is allocated and refers to the element.
        check(unsafe { sys::snd_ctl_elem_read(self.raw(), structs.value) })?;
        let iec958 = structs.iec958();
        let mut bytes = [0; IEC958_BYTES];
        let (status, rest) = bytes.split_at_mut(iec958.status.len());
        let (subcode, rest) = rest.split_at_mut(iec958.subcode.len());
        let (pad, subframe) = rest.split_at_mut(1);
        status.copy_from_slice(&iec958.status);
        subcode.copy_from_slice(&iec958.subcode);
        pad[0] = iec958.pad;
        subframe.copy_from_slice(&iec958.dig_subframe);
        Ok(bytes)
    }

    /// Sets a channel status with its subcode and subframe. The error is a positive errno.
    pub fn set_iec958(&self, id: &ElementId, bytes: &[u8; IEC958_BYTES]) -> Result<(), i32> {
        let _call = CtlCall::begin();
        let structs = ElementStructs::for_element(id)?;
        let mut iec958 = structs.iec958();
        let (status, rest) = bytes.split_at(iec958.status.len());
        let (subcode, rest) = rest.split_at(iec958.subcode.len());
        let (pad, subframe) = rest.split_at(1);
        iec958.status.copy_from_slice(status);
        iec958.subcode.copy_from_slice(subcode);
        iec958.pad = pad[0];
        iec958.dig_subframe.copy_from_slice(subframe);
        // SAFETY: the ctl is open, and `value` is allocated, refers to the element and copies the structure.
        let code = unsafe {
            sys::snd_ctl_elem_value_set_iec958(structs.value, &iec958);
            sys::snd_ctl_elem_write(self.raw(), structs.value)
        };
        check(code.min(0))
    }
}
