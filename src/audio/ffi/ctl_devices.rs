//! The raw MIDI and hardware dependent devices of a card (`snd_ctl_rawmidi_*`, `snd_ctl_hwdep_*`).

use super::ctl::{Ctl, numbers};
use super::{check, owned};
use alsa_sys as sys;
use std::ffi::c_uint;
use std::ptr::null_mut;

/// One direction of a raw MIDI device (`snd_ctl_rawmidi_info`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CtlRawmidiInfo {
    /// The device's id.
    pub id: String,
    /// The device's name.
    pub name: String,
    /// The name of the requested subdevice.
    pub subdevice_name: String,
    /// The number of subdevices.
    pub subdevices: u32,
}

/// A hardware dependent device (`snd_ctl_hwdep_info`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HwdepInfo {
    /// Its number.
    pub device: u32,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// alsa-lib's number of its interface.
    pub interface: u32,
}

impl Ctl {
    /// The numbers of the card's raw MIDI devices (`snd_ctl_rawmidi_next_device`). The error is a positive errno: ENOTTY
    /// if the kernel has no raw MIDI.
    pub fn rawmidi_devices(&self) -> Result<Vec<u32>, i32> {
        // SAFETY: the ctl is open, and the number an in-out parameter.
        numbers(|device| unsafe { sys::snd_ctl_rawmidi_next_device(self.raw(), device) })
    }

    /// A subdevice of a raw MIDI device, for output or input. The error is a positive errno: ENOENT if the device lacks
    /// that direction.
    pub fn rawmidi_info(
        &self,
        device: u32,
        subdevice: u32,
        is_output: bool,
    ) -> Result<CtlRawmidiInfo, i32> {
        let stream = match is_output {
            true => sys::SND_RAWMIDI_STREAM_OUTPUT,
            false => sys::SND_RAWMIDI_STREAM_INPUT,
        };
        let mut info = null_mut();
        // SAFETY: the structure is allocated, filled, read and freed here; its texts are copied.
        unsafe {
            check(sys::snd_rawmidi_info_malloc(&mut info))?;
            sys::snd_rawmidi_info_set_device(info, device as c_uint);
            sys::snd_rawmidi_info_set_subdevice(info, subdevice as c_uint);
            sys::snd_rawmidi_info_set_stream(info, stream);
            let rawmidi = check(sys::snd_ctl_rawmidi_info(self.raw(), info)).map(|()| {
                let text = |text| owned(text).unwrap_or_default();
                CtlRawmidiInfo {
                    id: text(sys::snd_rawmidi_info_get_id(info)),
                    name: text(sys::snd_rawmidi_info_get_name(info)),
                    subdevice_name: text(sys::snd_rawmidi_info_get_subdevice_name(info)),
                    subdevices: sys::snd_rawmidi_info_get_subdevices_count(info),
                }
            });
            sys::snd_rawmidi_info_free(info);
            rawmidi
        }
    }

    /// The numbers of the card's hardware dependent devices (`snd_ctl_hwdep_next_device`). The error is a positive errno:
    /// ENOTTY if the kernel has none.
    pub fn hwdep_devices(&self) -> Result<Vec<u32>, i32> {
        // SAFETY: the ctl is open, and the number an in-out parameter.
        numbers(|device| unsafe { sys::snd_ctl_hwdep_next_device(self.raw(), device) })
    }

    /// A hardware dependent device. The error is a positive errno.
    pub fn hwdep_info(&self, device: u32) -> Result<HwdepInfo, i32> {
        let mut info = null_mut();
        // SAFETY: the structure is allocated, filled, read and freed here; its texts are copied.
        unsafe {
            check(sys::snd_hwdep_info_malloc(&mut info))?;
            sys::snd_hwdep_info_set_device(info, device as c_uint);
            let hwdep = check(sys::snd_ctl_hwdep_info(self.raw(), info)).map(|()| HwdepInfo {
                device,
                id: owned(sys::snd_hwdep_info_get_id(info)).unwrap_or_default(),
                name: owned(sys::snd_hwdep_info_get_name(info)).unwrap_or_default(),
                interface: sys::snd_hwdep_info_get_iface(info) as u32,
            });
            sys::snd_hwdep_info_free(info);
            hwdep
        }
    }
}
