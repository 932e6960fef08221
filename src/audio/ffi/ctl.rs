//! Control devices (`snd_ctl_*`), card numbers, PCM name hints and configuration values.
//!
//! The `alsa` crate 0.12 wraps these too, but fails on text that is not UTF-8, and the kernel may cut a name in the
//! middle of a character. Here such a name gets a replacement character.

use super::{check, owned};
use crate::audio::ctl_calls::CtlCall;
use alsa_sys as sys;
use std::ffi::{CString, c_char, c_int, c_uint, c_void};
use std::ptr::null_mut;

/// A card's description (`snd_ctl_card_info`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardInfo {
    /// Its number.
    pub index: u32,
    /// Its id: one word, unique among the cards.
    pub id: String,
    /// The driver's name.
    pub driver: String,
    /// Its short name.
    pub name: String,
    /// Its long name.
    pub longname: String,
    /// The mixer's name.
    pub mixername: String,
    /// Its components, separated by spaces.
    pub components: String,
}

/// One direction of a PCM device (`snd_ctl_pcm_info`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CtlPcmInfo {
    /// The device's id.
    pub id: String,
    /// The device's name.
    pub name: String,
    /// The name of the requested subdevice.
    pub subdevice_name: String,
    /// The number of subdevices.
    pub subdevices: u32,
    /// The number of free subdevices.
    pub available: u32,
}

/// One entry of `snd_device_name_hint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PcmHint {
    /// `NAME`.
    pub name: String,
    /// `DESC`: one or more lines.
    pub description: Option<String>,
    /// `IOID`: `Input`, `Output`, or `None` for both.
    pub direction: Option<String>,
}

/// An open ctl.
#[derive(Debug)]
pub struct Ctl(*mut sys::snd_ctl_t);

/// Whether a plugin does the work of a ctl (`snd_ctl_type`).
///
/// # Safety
/// The ctl must be open.
pub(super) unsafe fn is_plugin(ctl: *mut sys::snd_ctl_t) -> bool {
    // SAFETY: as above.
    unsafe { sys::snd_ctl_type(ctl) == sys::SND_CTL_TYPE_EXT }
}

impl Drop for Ctl {
    fn drop(&mut self) {
        let _call = CtlCall::begin();
        // SAFETY: the handle is open and closed only here.
        unsafe { sys::snd_ctl_close(self.0) };
    }
}

impl Ctl {
    /// Opens card `index` (`snd_ctl_open`, `hw:N`). The error is a positive errno.
    pub fn open(index: u32) -> Result<Ctl, i32> {
        Ctl::open_name(&format!("hw:{index}"))
    }

    /// Opens the ctl `name` (`snd_ctl_open`). The error is a positive errno.
    pub fn open_name(name: &str) -> Result<Ctl, i32> {
        let _call = CtlCall::open(name);
        let name = CString::new(name).map_err(|_| libc::EINVAL)?;
        let mut handle = null_mut();
        // SAFETY: the name is a C string, and the handle an out-parameter.
        check(unsafe { sys::snd_ctl_open(&mut handle, name.as_ptr(), 0) })?;
        Ok(Ctl(handle))
    }

    /// The handle. It is open while `self` lives.
    pub(super) fn raw(&self) -> *mut sys::snd_ctl_t {
        self.0
    }

    /// Whether a plugin does the work (`snd_ctl_type`), as for sound servers.
    pub fn is_plugin(&self) -> bool {
        // SAFETY: the ctl is open.
        unsafe { is_plugin(self.0) }
    }

    /// The card's description. The error is a positive errno.
    pub fn card_info(&self) -> Result<CardInfo, i32> {
        let mut info = null_mut();
        // SAFETY: the structure is allocated, filled, read and freed here; its texts are copied.
        unsafe {
            check(sys::snd_ctl_card_info_malloc(&mut info))?;
            let card = check(sys::snd_ctl_card_info(self.0, info)).map(|()| CardInfo {
                index: sys::snd_ctl_card_info_get_card(info).unsigned_abs(),
                id: text(sys::snd_ctl_card_info_get_id(info)),
                driver: text(sys::snd_ctl_card_info_get_driver(info)),
                name: text(sys::snd_ctl_card_info_get_name(info)),
                longname: text(sys::snd_ctl_card_info_get_longname(info)),
                mixername: text(sys::snd_ctl_card_info_get_mixername(info)),
                components: text(sys::snd_ctl_card_info_get_components(info)),
            });
            sys::snd_ctl_card_info_free(info);
            card
        }
    }

    /// The numbers of the card's PCM devices (`snd_ctl_pcm_next_device`). The error is a positive errno.
    pub fn devices(&self) -> Result<Vec<u32>, i32> {
        // SAFETY: the handle is open, and the number an in-out parameter.
        numbers(|device| unsafe { sys::snd_ctl_pcm_next_device(self.0, device) })
    }

    /// A subdevice of a PCM device, in one direction. The error is a positive errno: ENOENT if the device lacks that
    /// direction.
    pub fn pcm_info(
        &self,
        device: u32,
        subdevice: u32,
        direction: alsa::Direction,
    ) -> Result<CtlPcmInfo, i32> {
        let mut info = null_mut();
        // SAFETY: the structure is allocated, filled, read and freed here; its texts are copied.
        unsafe {
            check(sys::snd_pcm_info_malloc(&mut info))?;
            sys::snd_pcm_info_set_device(info, device as c_uint);
            sys::snd_pcm_info_set_subdevice(info, subdevice as c_uint);
            sys::snd_pcm_info_set_stream(info, stream(direction));
            let pcm = check(sys::snd_ctl_pcm_info(self.0, info)).map(|()| CtlPcmInfo {
                id: text(sys::snd_pcm_info_get_id(info)),
                name: text(sys::snd_pcm_info_get_name(info)),
                subdevice_name: text(sys::snd_pcm_info_get_subdevice_name(info)),
                subdevices: sys::snd_pcm_info_get_subdevices_count(info),
                available: sys::snd_pcm_info_get_subdevices_avail(info),
            });
            sys::snd_pcm_info_free(info);
            pcm
        }
    }
}

/// The numbers of the cards that this user can open (`snd_card_next`). The error is a positive errno.
pub fn card_indexes() -> Result<Vec<u32>, i32> {
    // SAFETY: the number is an in-out parameter.
    numbers(|card| unsafe { sys::snd_card_next(card) })
}

/// The PCM name hints (`snd_device_name_hint`), in alsa-lib's order. The error is a positive errno.
pub fn pcm_hints() -> Result<Vec<PcmHint>, i32> {
    let mut list = null_mut();
    let mut hints = Vec::new();
    // SAFETY: the list ends with a null pointer and lives until it is freed here; its texts are copied.
    unsafe {
        check(sys::snd_device_name_hint(-1, c"pcm".as_ptr(), &mut list))?;
        let mut at = list;
        while !(*at).is_null() {
            hints.extend(hint(*at));
            at = at.add(1);
        }
        sys::snd_device_name_free_hint(list);
    }
    Ok(hints)
}

/// Reads alsa-lib's configuration, unless it is as last read (`snd_config_update_ref`), and returns whether it defines
/// anything. The error is a positive errno.
pub fn load_configuration() -> Result<bool, i32> {
    let mut top = null_mut();
    // SAFETY: the tree is an out-parameter, and referenced while it is used.
    unsafe {
        check(sys::snd_config_update_ref(&mut top))?;
        let first = sys::snd_config_iterator_first(top);
        let any = first != sys::snd_config_iterator_end(top);
        sys::snd_config_unref(top);
        Ok(any)
    }
}

/// A value in alsa-lib's configuration, such as `defaults.pcm.card`, as text.
pub fn config_text(key: &str) -> Option<String> {
    let key = CString::new(key).ok()?;
    super::messages::install();
    let (mut top, mut node, mut value) = (null_mut(), null_mut(), null_mut());
    // SAFETY: the tree is referenced while the node is used; the caller frees the text, which `take_string` does.
    unsafe {
        check(sys::snd_config_update_ref(&mut top)).ok()?;
        let found = check(sys::snd_config_search(top, key.as_ptr(), &mut node))
            .and_then(|()| check(sys::snd_config_get_ascii(node, &mut value)))
            .map(|()| take_string(value));
        sys::snd_config_unref(top);
        found.ok().flatten()
    }
}

/// Whether alsa-lib's configuration has a definition at `key`, such as `pcm.null`.
pub fn has_config(key: &str) -> bool {
    let Ok(key) = CString::new(key) else {
        return false;
    };
    super::messages::install();
    let (mut top, mut node) = (null_mut(), null_mut());
    // SAFETY: the tree is referenced while it is searched.
    unsafe {
        if check(sys::snd_config_update_ref(&mut top)).is_err() {
            return false;
        }
        let found = check(sys::snd_config_search(top, key.as_ptr(), &mut node)).is_ok();
        sys::snd_config_unref(top);
        found
    }
}

/// alsa-lib's configuration with what its hooks have loaded, as text (`snd_config_save`). The error is a positive errno.
pub fn configuration_text() -> Result<Vec<u8>, i32> {
    super::messages::install();
    let (mut top, mut found) = (null_mut(), null_mut());
    // SAFETY: the trees are out-parameters. The first one is referenced while it is used; the second one is a copy that
    // is deleted here.
    unsafe {
        check(sys::snd_config_update_ref(&mut top))?;
        // The search runs the hooks of the cards.
        let key = c"aloud-runs-hooks".as_ptr();
        if sys::snd_config_search_definition(top, c"cards".as_ptr(), key, &mut found) == 0 {
            sys::snd_config_delete(found);
        }
        let text = super::config_tree::saved(top);
        sys::snd_config_unref(top);
        text
    }
}

/// Collects the numbers of an alsa-lib "next" function, which is started with -1 and ends with -1.
pub(super) fn numbers(mut next: impl FnMut(&mut c_int) -> c_int) -> Result<Vec<u32>, i32> {
    let mut all = Vec::new();
    let mut number = -1;
    loop {
        check(next(&mut number))?;
        match u32::try_from(number) {
            Ok(valid) => all.push(valid),
            Err(_) => return Ok(all),
        }
    }
}

/// One hint, or `None` if it has no name.
///
/// # Safety
/// `entry` must be an entry of a live hint list.
unsafe fn hint(entry: *const c_void) -> Option<PcmHint> {
    // SAFETY: the caller vouches for the entry; `take_string` frees the returned texts, as their caller must.
    unsafe {
        let get = |id: *const c_char| take_string(sys::snd_device_name_get_hint(entry, id));
        Some(PcmHint {
            name: get(c"NAME".as_ptr())?,
            description: get(c"DESC".as_ptr()),
            direction: get(c"IOID".as_ptr()),
        })
    }
}

/// Copies and frees a C string.
///
/// # Safety
/// `value` must be null, or a C string allocated with malloc that nothing else uses or frees.
unsafe fn take_string(value: *mut c_char) -> Option<String> {
    let copy = owned(value);
    // SAFETY: the caller passes ownership; free accepts null.
    unsafe { libc::free(value.cast()) };
    copy
}

fn text(value: *const c_char) -> String {
    owned(value).unwrap_or_default()
}

fn stream(direction: alsa::Direction) -> sys::snd_pcm_stream_t {
    match direction {
        alsa::Direction::Playback => sys::SND_PCM_STREAM_PLAYBACK,
        alsa::Direction::Capture => sys::SND_PCM_STREAM_CAPTURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_include_the_null_pcm_for_both_directions() {
        let hints = pcm_hints().unwrap();
        let null = hints.iter().find(|hint| hint.name == "null").unwrap();
        assert_eq!(null.direction, None);
        assert!(null.description.as_ref().unwrap().starts_with("Discard"));
    }

    #[test]
    fn config_values_are_text_and_missing_ones_are_none() {
        assert!(config_text("defaults.pcm.device").is_some());
        assert_eq!(config_text("defaults.no-such.setting"), None);
        assert_eq!(config_text("nul\0"), None);
        assert!(has_config("pcm.null"));
        assert!(!has_config("pcm.no-such") && !has_config("nul\0"));
    }

    #[test]
    fn numbers_end_at_minus_one_or_an_error() {
        let counted = numbers(|at| {
            *at = if *at == 2 { -1 } else { *at + 1 };
            0
        });
        assert_eq!(counted, Ok(vec![0, 1, 2]));
        assert_eq!(numbers(|_| -libc::ENODEV), Err(libc::ENODEV));
    }

    #[test]
    fn opening_a_missing_card_fails() {
        crate::audio::ffi::messages::capture();
        assert!(Ctl::open(31).is_err());
    }
}
