//! The events of raw elements (`snd_ctl_read`) and of simple controls (the callbacks of `snd_mixer_handle_events`), one
//! by one.

use super::ctl::Ctl;
use super::elements::{ElementId, ElementInterface};
use super::mixer::RawMixer;
use super::{check, owned};
use crate::audio::ctl_calls::CtlCall;
use alsa_sys as sys;
use std::cell::RefCell;
use std::ffi::{c_int, c_uint};
use std::ptr::null_mut;

/// What an event is about (`SND_CTL_EVENT_MASK_…`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct EventMask {
    pub removed: bool,
    pub added: bool,
    pub info: bool,
    pub value: bool,
    pub metadata: bool,
}

impl EventMask {
    fn new(mask: c_uint) -> EventMask {
        let removed = mask == sys::SND_CTL_EVENT_MASK_REMOVE as c_uint;
        let has = |bit: c_uint| !removed && mask & bit != 0;
        EventMask {
            removed,
            added: has(sys::SND_CTL_EVENT_MASK_ADD),
            info: has(sys::SND_CTL_EVENT_MASK_INFO),
            value: has(sys::SND_CTL_EVENT_MASK_VALUE),
            metadata: has(sys::SND_CTL_EVENT_MASK_TLV),
        }
    }
}

impl Ctl {
    /// The next pending event of an element; `None` if there is none. Never waits after [`Ctl::subscribe`]. The error is
    /// a positive errno: ENODEV if the card is gone.
    pub fn next_event(&self) -> Result<Option<(EventMask, ElementId)>, i32> {
        // SAFETY: the event is allocated and read.
        let event = self.read_event(|event| unsafe { content(event) })?;
        event.transpose()
    }

    /// Reads all pending events and returns whether there were any. The error is a positive errno: ENODEV if the card is
    /// gone.
    pub fn take_events(&self) -> Result<bool, i32> {
        let mut any = false;
        while self.read_event(|_| ())?.is_some() {
            any = true;
        }
        Ok(any)
    }

    /// Reads the next pending event (`snd_ctl_read`) and passes it to `then`, allocated and read. The error is a positive
    /// errno.
    fn read_event<T>(
        &self,
        then: impl FnOnce(*mut sys::snd_ctl_event_t) -> T,
    ) -> Result<Option<T>, i32> {
        let _call = CtlCall::begin();
        let mut event = null_mut();
        // SAFETY: the ctl is open; the event is allocated and freed here.
        unsafe {
            check(sys::snd_ctl_event_malloc(&mut event))?;
            let result = match sys::snd_ctl_read(self.raw(), event) {
                0 => Ok(None),
                code if code == -libc::EAGAIN => Ok(None),
                code if code < 0 => Err(-code),
                _ => Ok(Some(then(event))),
            };
            sys::snd_ctl_event_free(event);
            result
        }
    }
}

/// What an event is about, and its element. The error is EPROTO for an interface that alsa-lib does not know.
///
/// # Safety
/// `event` must be allocated and read.
unsafe fn content(event: *mut sys::snd_ctl_event_t) -> Result<(EventMask, ElementId), i32> {
    // SAFETY: the caller vouches for the event; its name is copied.
    unsafe {
        let interface = sys::snd_ctl_event_elem_get_interface(event);
        let interface = ElementInterface::from_number(interface).ok_or(libc::EPROTO)?;
        let id = ElementId {
            numid: sys::snd_ctl_event_elem_get_numid(event),
            interface,
            name: owned(sys::snd_ctl_event_elem_get_name(event)).unwrap_or_default(),
            index: sys::snd_ctl_event_elem_get_index(event),
            device: sys::snd_ctl_event_elem_get_device(event),
            subdevice: sys::snd_ctl_event_elem_get_subdevice(event),
        };
        let mask = EventMask::new(sys::snd_ctl_event_elem_get_mask(event));
        Ok((mask, id))
    }
}

/// An event of a simple control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlEvent {
    /// What it is about.
    pub mask: EventMask,
    /// The control's name.
    pub name: String,
    /// Its index among the controls with that name.
    pub index: u32,
}

thread_local! {
    static EVENTS: RefCell<Vec<ControlEvent>> = const { RefCell::new(Vec::new()) };
}

impl RawMixer {
    /// Opens a mixer whose events can be taken, starting with those of its own loading. The error is a positive errno.
    pub fn open_for_events(name: &str) -> Result<RawMixer, i32> {
        take_control_events();
        RawMixer::open_with(name, |handle| {
            // SAFETY: the caller passes an open mixer; the callback has the right signature and never unwinds.
            unsafe { sys::snd_mixer_set_callback(handle, Some(control_added)) };
        })
    }
}

/// Takes the events that mixers opened by [`RawMixer::open_for_events`] on this thread have had since the last call.
pub fn take_control_events() -> Vec<ControlEvent> {
    EVENTS.take()
}

unsafe extern "C" fn control_added(
    _mixer: *mut sys::snd_mixer_t,
    mask: c_uint,
    control: *mut sys::snd_mixer_elem_t,
) -> c_int {
    if mask & sys::SND_CTL_EVENT_MASK_ADD != 0 {
        record(mask, control);
        // SAFETY: alsa-lib passes a control of an open mixer.
        unsafe { sys::snd_mixer_elem_set_callback(control, Some(control_changed)) };
    }
    0
}

unsafe extern "C" fn control_changed(control: *mut sys::snd_mixer_elem_t, mask: c_uint) -> c_int {
    record(mask, control);
    0
}

fn record(mask: c_uint, control: *mut sys::snd_mixer_elem_t) {
    // SAFETY: alsa-lib passes a simple element, because no other class is registered; the name is copied.
    let event = unsafe {
        ControlEvent {
            mask: EventMask::new(mask),
            name: owned(sys::snd_mixer_selem_get_name(control)).unwrap_or_default(),
            index: sys::snd_mixer_selem_get_index(control),
        }
    };
    EVENTS.with_borrow_mut(|events| events.push(event));
}
