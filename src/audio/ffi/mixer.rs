//! A mixer and its simple controls, through `alsa-sys`.
//!
//! The `alsa` crate has a mixer too, but it gives a range for a volume that is not there (the call's status is dropped),
//! lets events free controls that are still borrowed, refuses names that are not UTF-8, and knows nothing of joined,
//! exclusive and inactive controls.

use super::{check, descriptors, owned};
use crate::audio::direction::Direction;
use alsa_sys as sys;
use std::ffi::{CString, c_char, c_int, c_long};
use std::ptr::{NonNull, null_mut};

/// The dB value that alsa-lib tells for a volume that is no sound at all (`SND_CTL_TLV_DB_GAIN_MUTE`), in hundredths.
pub const DB_MUTE: i64 = sys::SND_CTL_TLV_DB_GAIN_MUTE as i64;

/// How many channels a simple control can have at most (`SND_MIXER_SCHN_LAST` + 1).
pub const MOST_CHANNELS: u32 = sys::SND_MIXER_SCHN_LAST as u32 + 1;

/// The kernel's names of enum items have up to 63 bytes; other ctls may tell longer ones.
const LONGEST_ITEM: usize = 512;

/// An open mixer: the simple controls of one control device.
#[derive(Debug)]
pub struct RawMixer {
    handle: NonNull<sys::snd_mixer_t>,
    /// What makes simple controls of the device's elements.
    class: *mut sys::snd_mixer_class_t,
    elements: *mut sys::snd_hctl_t,
}

impl Drop for RawMixer {
    fn drop(&mut self) {
        // SAFETY: opened by `open`, and closed only here; no `Selem` outlives it.
        unsafe { sys::snd_mixer_close(self.handle.as_ptr()) };
    }
}

impl RawMixer {
    /// Opens the ctl `name` and reads its controls (`snd_mixer_open`, `_attach`, `_selem_register`, `_load`). The error is
    /// a positive errno.
    pub fn open(name: &str) -> Result<RawMixer, i32> {
        let name = CString::new(name).map_err(|_| libc::EINVAL)?;
        let mut handle = null_mut();
        // SAFETY: handle, class and hctl are out-parameters, and the latter two live as long as the mixer; the name is a C
        // string, copied by alsa-lib; without options the standard simple controls are registered. On an early return
        // the mixer closes itself.
        unsafe {
            check(sys::snd_mixer_open(&mut handle, 0))?;
            let mut mixer = RawMixer {
                handle: NonNull::new(handle).ok_or(libc::ENOMEM)?,
                class: null_mut(),
                elements: null_mut(),
            };
            let name = name.as_ptr();
            check(sys::snd_mixer_attach(handle, name))?;
            let class = &mut mixer.class;
            check(sys::snd_mixer_selem_register(handle, null_mut(), class))?;
            check(sys::snd_mixer_load(handle))?;
            let elements = &mut mixer.elements;
            check(sys::snd_mixer_get_hctl(handle, name, elements))?;
            Ok(mixer)
        }
    }

    /// The controls, in alsa-lib's order.
    pub fn elements(&self) -> impl Iterator<Item = Selem<'_>> {
        let element = |raw| NonNull::new(raw).map(|raw| Selem { raw, mixer: self });
        // SAFETY: the mixer is open; what it gives is an element of it or null.
        let first = unsafe { sys::snd_mixer_first_elem(self.handle.as_ptr()) };
        std::iter::successors(element(first), move |at| {
            // SAFETY: the element belongs to a mixer that is open and, while it is borrowed, does not change.
            element(unsafe { sys::snd_mixer_elem_next(at.raw()) })
        })
    }

    /// Takes in what has changed, and tells how many events there were (`snd_mixer_handle_events`). The error is a
    /// positive errno: ENODEV where the card is gone.
    pub fn handle_events(&mut self) -> Result<u32, i32> {
        // SAFETY: the mixer is open, and no `Selem`, which an event may free, is alive: they borrow it.
        let count = unsafe { sys::snd_mixer_handle_events(self.handle.as_ptr()) };
        u32::try_from(count).map_err(|_| -count)
    }

    /// The descriptors that become readable when something changes, each with its events
    /// (`snd_mixer_poll_descriptors`). The error is a positive errno.
    pub fn poll_descriptors(&self) -> Result<Vec<libc::pollfd>, i32> {
        let handle = self.handle.as_ptr();
        // SAFETY: the mixer is open; there is room for as many descriptors as are asked for; both
        // crates declare the C library's structure.
        unsafe {
            descriptors(
                sys::snd_mixer_poll_descriptors_count(handle),
                |space, count| sys::snd_mixer_poll_descriptors(handle, space.cast(), count),
            )
        }
    }
}

/// alsa-lib's name of a channel (`snd_mixer_selem_channel_name`): `Front Left`; `?` beyond those it has names for.
pub fn channel_name(channel: u32) -> String {
    // SAFETY: any number is taken; the name is a constant string.
    owned(unsafe { sys::snd_mixer_selem_channel_name(channel as c_int) }).unwrap_or_default()
}

type ElemPtr = *mut sys::snd_mixer_elem_t;
type FlagCall = unsafe extern "C" fn(ElemPtr) -> c_int;
type ChannelCall<T> = unsafe extern "C" fn(ElemPtr, c_int, *mut T) -> c_int;
type RangeCall = unsafe extern "C" fn(ElemPtr, *mut c_long, *mut c_long) -> c_int;

/// A simple control of an open mixer.
#[derive(Clone, Copy, Debug)]
pub struct Selem<'a> {
    raw: NonNull<sys::snd_mixer_elem_t>,
    mixer: &'a RawMixer,
}

// SAFETY (of every block here): `raw` is an element of a mixer that is borrowed, so it is open and frees no element; only
// simple elements are registered, which is what the `selem` calls ask for; out-parameters live through the call; channel
// and item numbers are checked by alsa-lib or named in the call's own comment.
impl Selem<'_> {
    fn raw(&self) -> ElemPtr {
        self.raw.as_ptr()
    }

    fn asks(&self, question: FlagCall) -> bool {
        // SAFETY: see above the `impl`.
        unsafe { question(self.raw()) != 0 }
    }

    /// Of two calls that differ in their direction only, the one for `direction`.
    fn asks_of(&self, direction: Direction, playback: FlagCall, capture: FlagCall) -> bool {
        self.asks(one_of(direction, playback, capture))
    }

    /// Its name.
    pub fn name(&self) -> String {
        // SAFETY: see above the `impl`; the name is copied.
        owned(unsafe { sys::snd_mixer_selem_get_name(self.raw()) }).unwrap_or_default()
    }

    /// Its index among the controls of that name.
    pub fn index(&self) -> u32 {
        // SAFETY: see above the `impl`.
        unsafe { sys::snd_mixer_selem_get_index(self.raw()) }
    }

    /// Reads its values anew, whether or not an event tells of a change: some drivers change without a word. The error is
    /// a positive errno.
    ///
    /// alsa-lib offers no call for this. The class of simple controls is told that a value has changed, as an event of the
    /// device would tell it.
    pub fn refresh(&self) -> Result<(), i32> {
        let RawMixer {
            class, elements, ..
        } = *self.mixer;
        // SAFETY: class and hctl are the mixer's and live as long as it. "A value has changed" has the class read the
        // control's values: it neither frees nor adds anything. Which element of the device is named is nothing to
        // it, as long as it is one.
        unsafe {
            let any = sys::snd_hctl_first_elem(elements);
            match sys::snd_mixer_class_get_event(class) {
                Some(event) if !any.is_null() => {
                    check(event(class, sys::SND_CTL_EVENT_MASK_VALUE, any, self.raw()))
                }
                _ => Err(libc::ENODEV),
            }
        }
    }

    /// Whether it has an effect at present.
    pub fn is_active(&self) -> bool {
        self.asks(sys::snd_mixer_selem_is_active)
    }

    /// Whether there is such a channel in this direction.
    pub fn has_channel(&self, direction: Direction, channel: u32) -> bool {
        let has = one_of(
            direction,
            sys::snd_mixer_selem_has_playback_channel
                as unsafe extern "C" fn(ElemPtr, c_int) -> c_int,
            sys::snd_mixer_selem_has_capture_channel,
        );
        // SAFETY: see above the `impl`.
        channel < MOST_CHANNELS && unsafe { has(self.raw(), channel as c_int) != 0 }
    }

    /// Whether there is only one channel.
    pub fn is_mono(&self, direction: Direction) -> bool {
        self.asks_of(
            direction,
            sys::snd_mixer_selem_is_playback_mono,
            sys::snd_mixer_selem_is_capture_mono,
        )
    }

    /// Whether playback and capture share one volume.
    pub fn has_common_volume(&self) -> bool {
        self.asks(sys::snd_mixer_selem_has_common_volume)
    }

    /// Whether there is a volume.
    pub fn has_volume(&self, direction: Direction) -> bool {
        self.asks_of(
            direction,
            sys::snd_mixer_selem_has_playback_volume,
            sys::snd_mixer_selem_has_capture_volume,
        )
    }

    /// Whether all channels have one volume.
    pub fn has_joined_volume(&self, direction: Direction) -> bool {
        self.asks_of(
            direction,
            sys::snd_mixer_selem_has_playback_volume_joined,
            sys::snd_mixer_selem_has_capture_volume_joined,
        )
    }

    /// Whether playback and capture share one switch.
    pub fn has_common_switch(&self) -> bool {
        self.asks(sys::snd_mixer_selem_has_common_switch)
    }

    /// Whether there is a switch.
    pub fn has_switch(&self, direction: Direction) -> bool {
        self.asks_of(
            direction,
            sys::snd_mixer_selem_has_playback_switch,
            sys::snd_mixer_selem_has_capture_switch,
        )
    }

    /// Whether all channels have one switch.
    pub fn has_joined_switch(&self, direction: Direction) -> bool {
        self.asks_of(
            direction,
            sys::snd_mixer_selem_has_playback_switch_joined,
            sys::snd_mixer_selem_has_capture_switch_joined,
        )
    }

    /// Whether only one of a group can record at a time.
    pub fn has_exclusive_switch(&self) -> bool {
        self.asks(sys::snd_mixer_selem_has_capture_switch_exclusive)
    }

    /// The number of the group of which only one can record.
    pub fn capture_group(&self) -> i32 {
        // SAFETY: see above the `impl`.
        unsafe { sys::snd_mixer_selem_get_capture_group(self.raw()) }
    }

    /// Whether it chooses among items.
    pub fn is_enumerated(&self) -> bool {
        self.asks(sys::snd_mixer_selem_is_enumerated)
    }

    /// The least and the greatest volume. The error is a positive errno.
    pub fn volume_range(&self, direction: Direction) -> Result<(i64, i64), i32> {
        self.range(one_of(
            direction,
            sys::snd_mixer_selem_get_playback_volume_range as RangeCall,
            sys::snd_mixer_selem_get_capture_volume_range,
        ))
    }

    /// The same in hundredths of a dB. The error is a positive errno, where there is no dB information.
    pub fn db_range(&self, direction: Direction) -> Result<(i64, i64), i32> {
        self.range(one_of(
            direction,
            sys::snd_mixer_selem_get_playback_dB_range as RangeCall,
            sys::snd_mixer_selem_get_capture_dB_range,
        ))
    }

    fn range(&self, call: RangeCall) -> Result<(i64, i64), i32> {
        let (mut least, mut greatest) = (0, 0);
        // SAFETY: see above the `impl`.
        check(unsafe { call(self.raw(), &mut least, &mut greatest) })?;
        Ok((least as i64, greatest as i64))
    }

    /// A channel's volume. The error is a positive errno.
    pub fn volume(&self, direction: Direction, channel: u32) -> Result<i64, i32> {
        let call = one_of(
            direction,
            sys::snd_mixer_selem_get_playback_volume as ChannelCall<c_long>,
            sys::snd_mixer_selem_get_capture_volume,
        );
        self.of_channel(call, channel).map(|value| value as i64)
    }

    /// A channel's switch: heard, or recording. The error is a positive errno.
    pub fn switch(&self, direction: Direction, channel: u32) -> Result<bool, i32> {
        let call = one_of(
            direction,
            sys::snd_mixer_selem_get_playback_switch as ChannelCall<c_int>,
            sys::snd_mixer_selem_get_capture_switch,
        );
        self.of_channel(call, channel).map(|on| on != 0)
    }

    /// The number of the item that a channel has chosen. The error is a positive errno, where there is no such channel.
    pub fn enum_item(&self, channel: u32) -> Result<u32, i32> {
        self.of_channel(sys::snd_mixer_selem_get_enum_item, channel)
    }

    fn of_channel<T: Default>(&self, call: ChannelCall<T>, channel: u32) -> Result<T, i32> {
        let mut value = T::default();
        // SAFETY: see above the `impl`.
        check(unsafe { call(self.raw(), channel as c_int, &mut value) })?;
        Ok(value)
    }

    /// The dB, in hundredths, of a volume. The error is a positive errno.
    pub fn db_of_volume(&self, direction: Direction, volume: i64) -> Result<i64, i32> {
        let call = one_of(
            direction,
            sys::snd_mixer_selem_ask_playback_vol_dB
                as unsafe extern "C" fn(ElemPtr, c_long, *mut c_long) -> c_int,
            sys::snd_mixer_selem_ask_capture_vol_dB,
        );
        let mut db = 0;
        // SAFETY: see above the `impl`.
        check(unsafe { call(self.raw(), volume as c_long, &mut db) })?;
        Ok(db as i64)
    }

    /// The volume for so many hundredths of a dB: the nearest step (`rounding` 0), the next above (1) or below (-1).
    /// The error is a positive errno.
    pub fn volume_of_db(&self, direction: Direction, db: i64, rounding: i32) -> Result<i64, i32> {
        let call = one_of(
            direction,
            sys::snd_mixer_selem_ask_playback_dB_vol
                as unsafe extern "C" fn(ElemPtr, c_long, c_int, *mut c_long) -> c_int,
            sys::snd_mixer_selem_ask_capture_dB_vol,
        );
        let mut volume = 0;
        // SAFETY: see above the `impl`.
        check(unsafe { call(self.raw(), db as c_long, rounding, &mut volume) })?;
        Ok(volume as i64)
    }

    /// Sets a channel's volume; where the channels are joined, all of them. The error is a positive errno.
    pub fn set_volume(&self, direction: Direction, channel: u32, volume: i64) -> Result<(), i32> {
        let call = one_of(
            direction,
            sys::snd_mixer_selem_set_playback_volume
                as unsafe extern "C" fn(ElemPtr, c_int, c_long) -> c_int,
            sys::snd_mixer_selem_set_capture_volume,
        );
        // SAFETY: see above the `impl`.
        check(unsafe { call(self.raw(), channel as c_int, volume as c_long) })
    }

    /// Sets a channel's switch; where the channels are joined, all of them. The error is a positive errno.
    pub fn set_switch(&self, direction: Direction, channel: u32, on: bool) -> Result<(), i32> {
        let call = one_of(
            direction,
            sys::snd_mixer_selem_set_playback_switch
                as unsafe extern "C" fn(ElemPtr, c_int, c_int) -> c_int,
            sys::snd_mixer_selem_set_capture_switch,
        );
        // SAFETY: see above the `impl`.
        check(unsafe { call(self.raw(), channel as c_int, c_int::from(on)) })
    }

    /// How many items there are to choose from. The error is a positive errno.
    pub fn enum_items(&self) -> Result<u32, i32> {
        // SAFETY: see above the `impl`.
        let count = unsafe { sys::snd_mixer_selem_get_enum_items(self.raw()) };
        u32::try_from(count).map_err(|_| -count)
    }

    /// The name of an item. The error is a positive errno.
    pub fn enum_item_name(&self, item: u32) -> Result<String, i32> {
        let mut name = [0 as c_char; LONGEST_ITEM];
        // SAFETY: see above the `impl`; one byte less is offered than there is, so the name always ends.
        check(unsafe {
            sys::snd_mixer_selem_get_enum_item_name(
                self.raw(),
                item,
                LONGEST_ITEM - 1,
                name.as_mut_ptr(),
            )
        })?;
        Ok(owned(name.as_ptr()).unwrap_or_default())
    }

    /// Has a channel choose an item. The error is a positive errno.
    ///
    /// Some ctl plugins answer with a positive number for "it has changed"; that is no error.
    pub fn set_enum_item(&self, channel: u32, item: u32) -> Result<(), i32> {
        // SAFETY: see above the `impl`.
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
    fn channels_have_alsa_libs_names() {
        assert_eq!(channel_name(0), "Front Left");
        assert_eq!(channel_name(8), "Rear Center");
        assert_eq!(channel_name(31), "?");
    }

    #[test]
    fn a_ctl_that_is_not_there_does_not_open() {
        crate::audio::ffi::messages::capture();
        assert!(RawMixer::open("hw:31").is_err());
        assert_eq!(RawMixer::open("nul\0").err(), Some(libc::EINVAL));
    }
}
