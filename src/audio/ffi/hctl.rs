//! The high-level control interface (`snd_hctl_*`), which sorts elements as mixers show them.

use super::elements::{ElementId, ElementInterface};
use super::{check, owned};
use crate::audio::ctl_calls::CtlCall;
use alsa_sys as sys;
use std::ffi::CString;
use std::ptr::null_mut;

/// The ids of all elements of the ctl `name`, in alsa-lib's order: by interface, then by what the name means
/// (`snd_hctl_load`). The error is a positive errno.
pub fn sorted_elements(name: &str) -> Result<Vec<ElementId>, i32> {
    let _call = CtlCall::open(name);
    let name = CString::new(name).map_err(|_| libc::EINVAL)?;
    let mut hctl = null_mut();
    // SAFETY: the handle is an out-parameter, and closed below. Elements live until then; their names are copied.
    unsafe {
        check(sys::snd_hctl_open(&mut hctl, name.as_ptr(), 0))?;
        let listed = check(sys::snd_hctl_load(hctl)).and_then(|()| {
            let mut all = Vec::new();
            let mut at = sys::snd_hctl_first_elem(hctl);
            while !at.is_null() {
                let interface = sys::snd_hctl_elem_get_interface(at);
                all.push(ElementId {
                    numid: sys::snd_hctl_elem_get_numid(at),
                    interface: ElementInterface::from_number(interface).ok_or(libc::EPROTO)?,
                    name: owned(sys::snd_hctl_elem_get_name(at)).unwrap_or_default(),
                    index: sys::snd_hctl_elem_get_index(at),
                    device: sys::snd_hctl_elem_get_device(at),
                    subdevice: sys::snd_hctl_elem_get_subdevice(at),
                });
                at = sys::snd_hctl_elem_next(at);
            }
            Ok(all)
        });
        sys::snd_hctl_close(hctl);
        listed
    }
}
