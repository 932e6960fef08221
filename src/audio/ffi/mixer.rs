//! The simple mixer (`snd_mixer_*`), through `alsa-sys`.
//!
//! The `alsa` crate 0.12 has a mixer too, but it returns a range for a missing volume (it drops the status), lets
//! events free elements that are still borrowed, rejects names that are not UTF-8, and lacks joined, exclusive and
//! inactive controls.

use super::ctl::is_plugin;
use super::{check, descriptors, owned};
use crate::audio::ctl_calls::CtlCall;
use crate::audio::direction::Direction;
use alsa_sys as sys;
use std::ffi::{CString, c_char, c_int, c_long, c_uint};
use std::ptr::{NonNull, null_mut};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The dB value that means silence (`SND_CTL_TLV_DB_GAIN_MUTE`), in hundredths of a dB.
pub const DB_MUTE: i64 = sys::SND_CTL_TLV_DB_GAIN_MUTE as i64;

/// The most channels of a simple control (`SND_MIXER_SCHN_LAST` + 1).
pub const MAX_MIXER_CHANNELS: u32 = sys::SND_MIXER_SCHN_LAST as u32 + 1;

/// Enum item names have at most 63 bytes in the kernel. Ctl plugins may return longer ones.
const MAX_ITEM_NAME: usize = 512;

/// An open mixer: the simple elements of one ctl.
#[derive(Debug)]
pub struct RawMixer {
    handle: NonNull<sys::snd_mixer_t>,
    /// Out-parameter of `snd_mixer_selem_register`: creates the simple elements. alsa-lib owns it.
    class: *mut sys::snd_mixer_class_t,
    /// Out-parameter of `snd_mixer_get_hctl`. alsa-lib owns it.
    hctl: *mut sys::snd_hctl_t,
}

// SAFETY: alsa-lib keeps nothing about a mixer per thread. It may be used by any thread, but only by one at a time: it is not
// `Sync`, and neither are the elements that borrow it.
unsafe impl Send for RawMixer {}

impl Drop for RawMixer {
    fn drop(&mut self) {
        let _call = CtlCall::begin();
        // SAFETY: the handle is open and closed only here; every `Selem` borrows the mixer, so none outlives it.
        unsafe { sys::snd_mixer_close(self.handle.as_ptr()) };
    }
}

impl RawMixer {
    /// Opens the ctl `name` and reads its elements (`snd_mixer_open`, `_attach`, `_selem_register`, `_load`). The error
    /// is a positive errno.
    pub fn open(name: &str) -> Result<RawMixer, i32> {
        RawMixer::open_with(name, |_| {})
    }

    /// Like [`RawMixer::open`]; `prepare` gets the open mixer before its elements are loaded.
    pub(super) fn open_with(
        name: &str,
        prepare: impl FnOnce(*mut sys::snd_mixer_t),
    ) -> Result<RawMixer, i32> {
        let _call = CtlCall::open(name);
        let name = CString::new(name).map_err(|_| libc::EINVAL)?;
        let mut handle = null_mut();
        // SAFETY: `handle`, `class` and `hctl` are out-parameters; alsa-lib owns the latter two until the mixer is
        // closed. It copies the name. Null options register standard simple elements. An early return closes the mixer
        // by dropping it.
        unsafe {
            check(sys::snd_mixer_open(&mut handle, 0))?;
            let mut mixer = RawMixer {
                handle: NonNull::new(handle).ok_or(libc::ENOMEM)?,
                class: null_mut(),
                hctl: null_mut(),
            };
            let name = name.as_ptr();
            check(sys::snd_mixer_attach(handle, name))?;
            let class = &mut mixer.class;
            check(sys::snd_mixer_selem_register(handle, null_mut(), class))?;
            tolerate_unreadable(*class)?;
            prepare(handle);
            check(sys::snd_mixer_load(handle))?;
            check(sys::snd_mixer_get_hctl(handle, name, &mut mixer.hctl))?;
            Ok(mixer)
        }
    }

    /// Whether a plugin does the work (`snd_ctl_type`), as for sound servers.
    pub fn is_plugin(&self) -> bool {
        // SAFETY: the mixer is open, and so is its ctl.
        unsafe { is_plugin(sys::snd_hctl_ctl(self.hctl)) }
    }

    /// Whether reading an element has failed in this process. Then its values are not those of the device, and each
    /// element has to be read again ([`Selem::refresh`]) to learn which.
    pub fn has_unreadable(&self) -> bool {
        ANY_UNREADABLE.load(Relaxed)
    }

    /// The simple elements, in alsa-lib's order.
    pub fn elements(&self) -> impl Iterator<Item = Selem<'_>> {
        let element = |raw| NonNull::new(raw).map(|raw| Selem { raw, mixer: self });
        // SAFETY: the mixer is open; the result is one of its elements or null.
        let first = unsafe { sys::snd_mixer_first_elem(self.handle.as_ptr()) };
        std::iter::successors(element(first), move |at| {
            // SAFETY: the element belongs to an open mixer, whose list does not change while it is borrowed.
            element(unsafe { sys::snd_mixer_elem_next(at.raw()) })
        })
    }

    /// Handles pending events and returns their number (`snd_mixer_handle_events`). The error is a positive errno:
    /// ENODEV if the card is gone.
    pub fn handle_events(&mut self) -> Result<u32, i32> {
        let _call = CtlCall::begin();
        // SAFETY: the mixer is open. Events may free elements, but every `Selem` borrows the mixer, so there is none.
        let count = unsafe { sys::snd_mixer_handle_events(self.handle.as_ptr()) };
        u32::try_from(count).map_err(|_| -count)
    }

    /// The descriptors to poll for events (`snd_mixer_poll_descriptors`). The error is a positive errno.
    pub fn poll_descriptors(&self) -> Result<Vec<libc::pollfd>, i32> {
        let handle = self.handle.as_ptr();
        // SAFETY: the mixer is open; `space` has room for `count` entries; both crates declare the same C structure.
        unsafe {
            descriptors(
                sys::snd_mixer_poll_descriptors_count(handle),
                |space, count| sys::snd_mixer_poll_descriptors(handle, space.cast(), count),
            )
        }
    }
}

/// alsa-lib's handler of events of simple elements. It is the same for all mixers.
static HANDLER: OnceLock<Handler> = OnceLock::new();

type Handler = unsafe extern "C" fn(
    *mut sys::snd_mixer_class_t,
    c_uint,
    *mut sys::snd_hctl_elem_t,
    ElemPtr,
) -> c_int;

static ANY_UNREADABLE: AtomicBool = AtomicBool::new(false);

/// Replaces the handler of a class by one that accepts elements which cannot be read. alsa-lib's own ends the loading of
/// the whole mixer at the first of them.
///
/// # Safety
/// `class` must be registered and new.
unsafe fn tolerate_unreadable(class: *mut sys::snd_mixer_class_t) -> Result<(), i32> {
    // SAFETY: the caller vouches for the class; the new handler has the same signature.
    unsafe {
        let own = sys::snd_mixer_class_get_event(class).ok_or(libc::ENODEV)?;
        HANDLER.get_or_init(|| own);
        check(sys::snd_mixer_class_set_event(
            class,
            Some(tolerant_handler),
        ))
    }
}

/// Passes the event on. Adding an element reads it last, so that a failure leaves it complete but for its values.
unsafe extern "C" fn tolerant_handler(
    class: *mut sys::snd_mixer_class_t,
    mask: c_uint,
    hctl_element: *mut sys::snd_hctl_elem_t,
    element: ElemPtr,
) -> c_int {
    let Some(handler) = HANDLER.get() else {
        return -libc::ENODEV;
    };
    // SAFETY: alsa-lib passes what its own handler takes.
    let code = unsafe { handler(class, mask, hctl_element, element) };
    match -code {
        ..=0 | libc::ENODEV | libc::ENOMEM => code,
        _ => {
            ANY_UNREADABLE.store(true, Relaxed);
            0
        }
    }
}

/// alsa-lib's name of a channel (`snd_mixer_selem_channel_name`): `Front Left`, or `?` for a channel without a name.
pub fn channel_name(channel: u32) -> String {
    // SAFETY: accepts any number and returns a constant string.
    owned(unsafe { sys::snd_mixer_selem_channel_name(channel as c_int) }).unwrap_or_default()
}

type ElemPtr = *mut sys::snd_mixer_elem_t;
type FlagCall = unsafe extern "C" fn(ElemPtr) -> c_int;
type ChannelFlagCall = unsafe extern "C" fn(ElemPtr, c_int) -> c_int;
type ChannelCall<T> = unsafe extern "C" fn(ElemPtr, c_int, *mut T) -> c_int;
type RangeCall = unsafe extern "C" fn(ElemPtr, *mut c_long, *mut c_long) -> c_int;
type DbOfVolumeCall = unsafe extern "C" fn(ElemPtr, c_long, *mut c_long) -> c_int;
type VolumeOfDbCall = unsafe extern "C" fn(ElemPtr, c_long, c_int, *mut c_long) -> c_int;
type SetVolumeCall = unsafe extern "C" fn(ElemPtr, c_int, c_long) -> c_int;
type SetSwitchCall = unsafe extern "C" fn(ElemPtr, c_int, c_int) -> c_int;

/// A simple element of an open mixer.
///
/// `raw` is valid: the borrowed mixer is open and frees no element while it is borrowed. It is a simple element,
/// because no other class is registered, so all `snd_mixer_selem_*` calls accept it. They check channel and item
/// numbers themselves, except where noted.
#[derive(Clone, Copy, Debug)]
pub struct Selem<'a> {
    raw: NonNull<sys::snd_mixer_elem_t>,
    mixer: &'a RawMixer,
}

impl Selem<'_> {
    fn raw(&self) -> ElemPtr {
        self.raw.as_ptr()
    }

    fn flag(&self, call: FlagCall) -> bool {
        // SAFETY: every `FlagCall` passed here is a selem call, and `raw` is a simple element.
        unsafe { call(self.raw()) != 0 }
    }

    fn flag_of(&self, direction: Direction, playback: FlagCall, capture: FlagCall) -> bool {
        self.flag(one_of(direction, playback, capture))
    }

    /// Whether reading it may have failed: see [`RawMixer::has_unreadable`].
    pub fn may_be_unreadable(&self) -> bool {
        self.mixer.has_unreadable()
    }

    /// Its name.
    pub fn name(&self) -> String {
        // SAFETY: `raw` is a simple element; the name is copied at once.
        owned(unsafe { sys::snd_mixer_selem_get_name(self.raw()) }).unwrap_or_default()
    }

    /// Its index among the elements with that name.
    pub fn index(&self) -> u32 {
        // SAFETY: `raw` is a simple element.
        unsafe { sys::snd_mixer_selem_get_index(self.raw()) }
    }

    /// Rereads its values from the device, even without an event: some drivers send none. The error is a positive
    /// errno.
    ///
    /// alsa-lib has no call for this. It makes the class handle a value event, as if the device had sent one.
    pub fn refresh(&self) -> Result<(), i32> {
        let _call = CtlCall::begin();
        let RawMixer { class, hctl, .. } = *self.mixer;
        // SAFETY: alsa-lib keeps class and hctl while the mixer is open. A value event only makes the class read the
        // values of `raw`; it adds and frees nothing. The hctl element must exist, but the class does not care which
        // one it is.
        unsafe {
            let any = sys::snd_hctl_first_elem(hctl);
            match HANDLER.get() {
                Some(event) if !any.is_null() => {
                    check(event(class, sys::SND_CTL_EVENT_MASK_VALUE, any, self.raw()))
                        .inspect_err(|_| ANY_UNREADABLE.store(true, Relaxed))
                }
                _ => Err(libc::ENODEV),
            }
        }
    }

    /// Whether it currently has an effect (`snd_mixer_selem_is_active`).
    pub fn is_active(&self) -> bool {
        self.flag(sys::snd_mixer_selem_is_active)
    }

    /// Whether this direction has the channel.
    pub fn has_channel(&self, direction: Direction, channel: u32) -> bool {
        let call = one_of(
            direction,
            sys::snd_mixer_selem_has_playback_channel as ChannelFlagCall,
            sys::snd_mixer_selem_has_capture_channel,
        );
        // SAFETY: `raw` is a simple element. alsa-lib shifts by the channel number, which is checked first.
        channel < MAX_MIXER_CHANNELS && unsafe { call(self.raw(), channel as c_int) != 0 }
    }

    /// Whether this direction has only one channel.
    pub fn is_mono(&self, direction: Direction) -> bool {
        self.flag_of(
            direction,
            sys::snd_mixer_selem_is_playback_mono,
            sys::snd_mixer_selem_is_capture_mono,
        )
    }

    /// Whether playback and capture share one volume.
    pub fn has_common_volume(&self) -> bool {
        self.flag(sys::snd_mixer_selem_has_common_volume)
    }

    /// Whether it has a volume.
    pub fn has_volume(&self, direction: Direction) -> bool {
        self.flag_of(
            direction,
            sys::snd_mixer_selem_has_playback_volume,
            sys::snd_mixer_selem_has_capture_volume,
        )
    }

    /// Whether all channels share one volume.
    pub fn has_joined_volume(&self, direction: Direction) -> bool {
        self.flag_of(
            direction,
            sys::snd_mixer_selem_has_playback_volume_joined,
            sys::snd_mixer_selem_has_capture_volume_joined,
        )
    }

    /// Whether playback and capture share one switch.
    pub fn has_common_switch(&self) -> bool {
        self.flag(sys::snd_mixer_selem_has_common_switch)
    }

    /// Whether it has a switch.
    pub fn has_switch(&self, direction: Direction) -> bool {
        self.flag_of(
            direction,
            sys::snd_mixer_selem_has_playback_switch,
            sys::snd_mixer_selem_has_capture_switch,
        )
    }

    /// Whether all channels share one switch.
    pub fn has_joined_switch(&self, direction: Direction) -> bool {
        self.flag_of(
            direction,
            sys::snd_mixer_selem_has_playback_switch_joined,
            sys::snd_mixer_selem_has_capture_switch_joined,
        )
    }

    /// Whether it is in a capture group, of which only one element can capture at a time.
    pub fn has_exclusive_switch(&self) -> bool {
        self.flag(sys::snd_mixer_selem_has_capture_switch_exclusive)
    }

    /// The number of its capture group.
    pub fn capture_group(&self) -> i32 {
        // SAFETY: `raw` is a simple element.
        unsafe { sys::snd_mixer_selem_get_capture_group(self.raw()) }
    }

    /// Whether it is enumerated.
    pub fn is_enumerated(&self) -> bool {
        self.flag(sys::snd_mixer_selem_is_enumerated)
    }

    /// The minimum and maximum volume in raw steps. The error is a positive errno.
    pub fn volume_range(&self, direction: Direction) -> Result<(i64, i64), i32> {
        self.range(one_of(
            direction,
            sys::snd_mixer_selem_get_playback_volume_range as RangeCall,
            sys::snd_mixer_selem_get_capture_volume_range,
        ))
    }

    /// The minimum and maximum volume in hundredths of a dB. The error is a positive errno, also without dB
    /// information.
    pub fn db_range(&self, direction: Direction) -> Result<(i64, i64), i32> {
        self.range(one_of(
            direction,
            sys::snd_mixer_selem_get_playback_dB_range as RangeCall,
            sys::snd_mixer_selem_get_capture_dB_range,
        ))
    }

    fn range(&self, call: RangeCall) -> Result<(i64, i64), i32> {
        let (mut min, mut max) = (0, 0);
        // SAFETY: `call` is a selem call, `raw` a simple element, and the out-parameters outlive the call.
        check(unsafe { call(self.raw(), &mut min, &mut max) })?;
        Ok((min as i64, max as i64))
    }

    /// A channel's volume in raw steps. The error is a positive errno.
    pub fn volume(&self, direction: Direction, channel: u32) -> Result<i64, i32> {
        let call = one_of(
            direction,
            sys::snd_mixer_selem_get_playback_volume as ChannelCall<c_long>,
            sys::snd_mixer_selem_get_capture_volume,
        );
        self.of_channel(call, channel).map(|value| value as i64)
    }

    /// A channel's switch: `true` is not muted, or capturing. The error is a positive errno.
    pub fn switch(&self, direction: Direction, channel: u32) -> Result<bool, i32> {
        let call = one_of(
            direction,
            sys::snd_mixer_selem_get_playback_switch as ChannelCall<c_int>,
            sys::snd_mixer_selem_get_capture_switch,
        );
        self.of_channel(call, channel).map(|on| on != 0)
    }

    /// A channel's enum item, by number. The error is a positive errno, also without such a channel.
    pub fn enum_item(&self, channel: u32) -> Result<u32, i32> {
        self.of_channel(sys::snd_mixer_selem_get_enum_item, channel)
    }

    fn of_channel<T: Default>(&self, call: ChannelCall<T>, channel: u32) -> Result<T, i32> {
        let mut value = T::default();
        // SAFETY: `call` is a selem call, `raw` a simple element, and the out-parameter outlives the call.
        check(unsafe { call(self.raw(), channel as c_int, &mut value) })?;
        Ok(value)
    }

    /// The dB of a raw volume, in hundredths. The error is a positive errno.
    pub fn db_of_volume(&self, direction: Direction, volume: i64) -> Result<i64, i32> {
        let call = one_of(
            direction,
            sys::snd_mixer_selem_ask_playback_vol_dB as DbOfVolumeCall,
            sys::snd_mixer_selem_ask_capture_vol_dB,
        );
        let mut db = 0;
        // SAFETY: `raw` is a simple element, and the out-parameter outlives the call.
        check(unsafe { call(self.raw(), volume as c_long, &mut db) })?;
        Ok(db as i64)
    }

    /// The raw volume for a dB value in hundredths: the nearest step (`rounding` 0), the next above (1) or below (-1).
    /// The error is a positive errno.
    pub fn volume_of_db(&self, direction: Direction, db: i64, rounding: i32) -> Result<i64, i32> {
        let call = one_of(
            direction,
            sys::snd_mixer_selem_ask_playback_dB_vol as VolumeOfDbCall,
            sys::snd_mixer_selem_ask_capture_dB_vol,
        );
        let mut volume = 0;
        // SAFETY: `raw` is a simple element, and the out-parameter outlives the call.
        check(unsafe { call(self.raw(), db as c_long, rounding, &mut volume) })?;
        Ok(volume as i64)
    }

    /// Sets a channel's raw volume, or that of all channels if they are joined. The error is a positive errno.
    pub fn set_volume(&self, direction: Direction, channel: u32, volume: i64) -> Result<(), i32> {
        let _call = CtlCall::begin();
        let call = one_of(
            direction,
            sys::snd_mixer_selem_set_playback_volume as SetVolumeCall,
            sys::snd_mixer_selem_set_capture_volume,
        );
        // SAFETY: `raw` is a simple element; the other arguments are plain numbers.
        check(unsafe { call(self.raw(), channel as c_int, volume as c_long) })
    }

    /// Sets a channel's switch, or that of all channels if they are joined. The error is a positive errno.
    pub fn set_switch(&self, direction: Direction, channel: u32, on: bool) -> Result<(), i32> {
        let _call = CtlCall::begin();
        let call = one_of(
            direction,
            sys::snd_mixer_selem_set_playback_switch as SetSwitchCall,
            sys::snd_mixer_selem_set_capture_switch,
        );
        // SAFETY: `raw` is a simple element; the other arguments are plain numbers.
        check(unsafe { call(self.raw(), channel as c_int, c_int::from(on)) })
    }

    /// The number of enum items. The error is a positive errno.
    pub fn enum_items(&self) -> Result<u32, i32> {
        // SAFETY: `raw` is a simple element.
        let count = unsafe { sys::snd_mixer_selem_get_enum_items(self.raw()) };
        u32::try_from(count).map_err(|_| -count)
    }

    /// The name of an enum item. The error is a positive errno.
    pub fn enum_item_name(&self, item: u32) -> Result<String, i32> {
        let mut name = [0 as c_char; MAX_ITEM_NAME];
        // SAFETY: `raw` is a simple element. The call is given one byte less than the buffer has, so the name always
        // ends with a NUL.
        check(unsafe {
            sys::snd_mixer_selem_get_enum_item_name(
                self.raw(),
                item,
                MAX_ITEM_NAME - 1,
                name.as_mut_ptr(),
            )
        })?;
        Ok(owned(name.as_ptr()).unwrap_or_default())
    }

    /// Sets a channel's enum item by number. The error is a positive errno.
    ///
    /// Some ctl plugins return a positive number if the value has changed. That is not an error.
    pub fn set_enum_item(&self, channel: u32, item: u32) -> Result<(), i32> {
        let _call = CtlCall::begin();
        // SAFETY: `raw` is a simple element.
        check(unsafe { sys::snd_mixer_selem_set_enum_item(self.raw(), channel as c_int, item) })
    }
}

fn one_of<T>(direction: Direction, playback: T, capture: T) -> T {
    match direction {
        Direction::Playback => playback,
        Direction::Capture => capture,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_have_alsa_lib_names() {
        assert_eq!(channel_name(0), "Front Left");
        assert_eq!(channel_name(8), "Rear Center");
        assert_eq!(channel_name(31), "?");
    }

    #[test]
    fn opening_a_missing_ctl_fails() {
        crate::audio::ffi::messages::capture();
        assert!(RawMixer::open("hw:31").is_err());
        assert_eq!(RawMixer::open("nul\0").err(), Some(libc::EINVAL));
    }
}
