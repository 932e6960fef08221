//! Raw control elements (`snd_ctl_elem_*`): their descriptions, values and dB.
//!
//! The `alsa` crate 0.12 returns only an element's type and count, and reads integers as 32 bits.

use super::ctl::Ctl;
use super::{check, descriptors, owned};
use crate::audio::ctl_calls::CtlCall;
use alsa_sys as sys;
use schemars::JsonSchema;
use serde::Serialize;
use std::ffi::{CString, c_int, c_long, c_uint};
use std::ptr::null_mut;

/// The bytes of a channel status (`status` in `snd_aes_iec958_t`).
pub const STATUS_BYTES: usize = 24;

/// The most values that `snd_ctl_elem_value_t` has room for, of most types.
const MAX_VALUES: u32 = 128;

/// The elements that are listed with one call.
const PAGE: c_uint = 256;

/// What an element belongs to, in the order of alsa-lib's numbers (`snd_ctl_elem_iface_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ElementInterface {
    Card,
    Hwdep,
    Mixer,
    Pcm,
    Rawmidi,
    Timer,
    Sequencer,
}

impl ElementInterface {
    /// All interfaces with their alsa-lib names, in the order of alsa-lib's numbers.
    pub const ALL: [(ElementInterface, &str); 7] = [
        (ElementInterface::Card, "CARD"),
        (ElementInterface::Hwdep, "HWDEP"),
        (ElementInterface::Mixer, "MIXER"),
        (ElementInterface::Pcm, "PCM"),
        (ElementInterface::Rawmidi, "RAWMIDI"),
        (ElementInterface::Timer, "TIMER"),
        (ElementInterface::Sequencer, "SEQUENCER"),
    ];

    pub(super) fn from_number(number: c_uint) -> Option<ElementInterface> {
        let row = ElementInterface::ALL.get(number as usize)?;
        Some(row.0)
    }

    /// alsa-lib's number.
    pub fn number(self) -> sys::snd_ctl_elem_iface_t {
        let at = ElementInterface::ALL
            .iter()
            .position(|(known, _)| *known == self);
        at.unwrap_or(0) as sys::snd_ctl_elem_iface_t
    }
}

/// Identifies an element of a card (`snd_ctl_elem_id_t`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ElementId {
    /// Its number; 0 if unknown. It may change when the card is plugged in again.
    pub numid: u32,
    /// What it belongs to.
    pub interface: ElementInterface,
    /// Its name.
    pub name: String,
    /// Its index among the elements with that name.
    pub index: u32,
    /// The device it is for.
    pub device: u32,
    /// The subdevice it is for.
    pub subdevice: u32,
}

/// The type of an element's values, with their limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ElementType {
    /// On or off.
    Boolean,
    /// Integers: minimum, maximum and step (0: any).
    Integer(i64, i64, i64),
    /// 64-bit integers: minimum, maximum and step (0: any).
    Integer64(i64, i64, i64),
    /// Item numbers; these are the items' names.
    Enumerated(Vec<String>),
    /// Bytes.
    Bytes,
    /// A digital output's channel status.
    Iec958,
}

/// What can be done with an element (`snd_ctl_elem_info_is_…`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ElementAccess {
    pub readable: bool,
    pub writable: bool,
    pub inactive: bool,
    pub volatile: bool,
    pub locked: bool,
    pub tlv_readable: bool,
    pub tlv_writable: bool,
    pub tlv_commandable: bool,
    /// Whether this process has locked it.
    pub owner: bool,
    /// Whether a program has added it.
    pub user: bool,
}

/// An element's description, without its values (`snd_ctl_elem_info_t`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementInfo {
    /// Its id.
    pub id: ElementId,
    /// The type of its values.
    pub kind: ElementType,
    /// The number of its values.
    pub count: u32,
    /// What can be done with it.
    pub access: ElementAccess,
    /// The thread that has locked it (`snd_ctl_elem_info_get_owner`), unless it belongs to another PID namespace.
    pub locked_by: Option<u32>,
}

/// All values of an element (`snd_ctl_elem_value_t`). Serialized, they are an array.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum ElementValues {
    Boolean(Vec<bool>),
    Integer(Vec<i64>),
    Integer64(Vec<i64>),
    /// Item numbers.
    Enumerated(Vec<u32>),
    Bytes(Vec<u8>),
    /// The channel status.
    Iec958([u8; STATUS_BYTES]),
}

/// alsa-lib's structures for one element. All three are allocated.
pub(super) struct ElementStructs {
    pub(super) id: *mut sys::snd_ctl_elem_id_t,
    pub(super) info: *mut sys::snd_ctl_elem_info_t,
    pub(super) value: *mut sys::snd_ctl_elem_value_t,
}

impl ElementStructs {
    fn new() -> Result<ElementStructs, i32> {
        let mut structs = ElementStructs {
            id: null_mut(),
            info: null_mut(),
            value: null_mut(),
        };
        // SAFETY: the pointers are out-parameters. On an early return, `drop` frees those that were allocated.
        unsafe {
            check(sys::snd_ctl_elem_id_malloc(&mut structs.id))?;
            check(sys::snd_ctl_elem_info_malloc(&mut structs.info))?;
            check(sys::snd_ctl_elem_value_malloc(&mut structs.value))?;
        }
        Ok(structs)
    }

    /// Structures that refer to the element `id`: by its number if that is known, otherwise by the other fields.
    pub(super) fn for_element(id: &ElementId) -> Result<ElementStructs, i32> {
        let structs = ElementStructs::new()?;
        let name = CString::new(id.name.as_str()).map_err(|_| libc::EINVAL)?;
        // SAFETY: the structures are allocated, and alsa-lib copies the name.
        unsafe {
            sys::snd_ctl_elem_id_set_numid(structs.id, id.numid);
            sys::snd_ctl_elem_id_set_interface(structs.id, id.interface.number());
            sys::snd_ctl_elem_id_set_device(structs.id, id.device);
            sys::snd_ctl_elem_id_set_subdevice(structs.id, id.subdevice);
            sys::snd_ctl_elem_id_set_name(structs.id, name.as_ptr());
            sys::snd_ctl_elem_id_set_index(structs.id, id.index);
            sys::snd_ctl_elem_info_set_id(structs.info, structs.id);
            sys::snd_ctl_elem_value_set_id(structs.value, structs.id);
        }
        Ok(structs)
    }

    /// The id in the filled-in `info`.
    fn id(&self) -> Result<ElementId, i32> {
        let info = self.info;
        // SAFETY: `info` is allocated; the name is copied.
        unsafe {
            let interface = sys::snd_ctl_elem_info_get_interface(info);
            Ok(ElementId {
                numid: sys::snd_ctl_elem_info_get_numid(info),
                interface: ElementInterface::from_number(interface).ok_or(libc::EPROTO)?,
                name: owned(sys::snd_ctl_elem_info_get_name(info)).unwrap_or_default(),
                index: sys::snd_ctl_elem_info_get_index(info),
                device: sys::snd_ctl_elem_info_get_device(info),
                subdevice: sys::snd_ctl_elem_info_get_subdevice(info),
            })
        }
    }

    /// The access flags in the filled-in `info`.
    fn access(&self) -> ElementAccess {
        let info = self.info;
        // SAFETY: `info` is allocated.
        unsafe {
            ElementAccess {
                readable: sys::snd_ctl_elem_info_is_readable(info) != 0,
                writable: sys::snd_ctl_elem_info_is_writable(info) != 0,
                inactive: sys::snd_ctl_elem_info_is_inactive(info) != 0,
                volatile: sys::snd_ctl_elem_info_is_volatile(info) != 0,
                locked: sys::snd_ctl_elem_info_is_locked(info) != 0,
                tlv_readable: sys::snd_ctl_elem_info_is_tlv_readable(info) != 0,
                tlv_writable: sys::snd_ctl_elem_info_is_tlv_writable(info) != 0,
                tlv_commandable: sys::snd_ctl_elem_info_is_tlv_commandable(info) != 0,
                owner: sys::snd_ctl_elem_info_is_owner(info) != 0,
                user: sys::snd_ctl_elem_info_is_user(info) != 0,
            }
        }
    }

    /// The thread that has locked the element in the filled-in `info`.
    fn locked_by(&self) -> Option<u32> {
        // SAFETY: `info` is allocated.
        let owner = unsafe { sys::snd_ctl_elem_info_get_owner(self.info) };
        u32::try_from(owner).ok().filter(|thread| *thread != 0)
    }

    /// The values in the filled-in `value`, which are those of the element `info`.
    fn values(&self, info: &ElementInfo) -> ElementValues {
        let value = self.value;
        let all = 0..info.count;
        // SAFETY: `value` is allocated, and no index exceeds its room: `count` is limited when the info is read.
        unsafe {
            match info.kind {
                ElementType::Boolean => ElementValues::Boolean(
                    all.map(|at| sys::snd_ctl_elem_value_get_boolean(value, at) != 0)
                        .collect(),
                ),
                ElementType::Integer(..) => ElementValues::Integer(
                    all.map(|at| sys::snd_ctl_elem_value_get_integer(value, at) as i64)
                        .collect(),
                ),
                ElementType::Integer64(..) => ElementValues::Integer64(
                    all.map(|at| sys::snd_ctl_elem_value_get_integer64(value, at))
                        .collect(),
                ),
                ElementType::Enumerated(_) => ElementValues::Enumerated(
                    all.map(|at| sys::snd_ctl_elem_value_get_enumerated(value, at))
                        .collect(),
                ),
                ElementType::Bytes => ElementValues::Bytes(
                    all.map(|at| sys::snd_ctl_elem_value_get_byte(value, at))
                        .collect(),
                ),
                ElementType::Iec958 => ElementValues::Iec958(self.iec958().status),
            }
        }
    }

    pub(super) fn iec958(&self) -> sys::snd_aes_iec958_t {
        // SAFETY: the structure consists of bytes, for which zero is valid; `value` is allocated.
        unsafe {
            let mut iec958: sys::snd_aes_iec958_t = std::mem::zeroed();
            sys::snd_ctl_elem_value_get_iec958(self.value, &mut iec958);
            iec958
        }
    }

    /// Puts values into `value`. For an IEC958 element, the subcode and subframe bytes are kept.
    fn set_values(&self, values: &ElementValues) {
        let value = self.value;
        // SAFETY: `value` is allocated, and no index exceeds its room: the caller compares the number of values with
        // the limited one of the element.
        unsafe {
            match values {
                ElementValues::Boolean(all) => each(all, |at, on| {
                    sys::snd_ctl_elem_value_set_boolean(value, at, c_long::from(*on));
                }),
                ElementValues::Integer(all) => each(all, |at, number| {
                    sys::snd_ctl_elem_value_set_integer(value, at, *number as c_long);
                }),
                ElementValues::Integer64(all) => each(all, |at, number| {
                    sys::snd_ctl_elem_value_set_integer64(value, at, *number);
                }),
                ElementValues::Enumerated(all) => each(all, |at, item| {
                    sys::snd_ctl_elem_value_set_enumerated(value, at, *item);
                }),
                ElementValues::Bytes(all) => each(all, |at, byte| {
                    sys::snd_ctl_elem_value_set_byte(value, at, *byte);
                }),
                ElementValues::Iec958(status) => {
                    let mut iec958 = self.iec958();
                    iec958.status = *status;
                    sys::snd_ctl_elem_value_set_iec958(value, &iec958);
                }
            }
        }
    }
}

impl Drop for ElementStructs {
    fn drop(&mut self) {
        // SAFETY: each pointer is null or was allocated by `new`, and is freed only here.
        unsafe {
            if !self.value.is_null() {
                sys::snd_ctl_elem_value_free(self.value);
            }
            if !self.info.is_null() {
                sys::snd_ctl_elem_info_free(self.info);
            }
            if !self.id.is_null() {
                sys::snd_ctl_elem_id_free(self.id);
            }
        }
    }
}

impl Ctl {
    /// The ids of all elements, ordered by number (`snd_ctl_elem_list`). The error is a positive errno.
    pub fn elements(&self) -> Result<Vec<ElementId>, i32> {
        let _call = CtlCall::begin();
        let mut all = Vec::new();
        let mut list = null_mut();
        // SAFETY: the list is allocated here, with room for a page, and freed below.
        unsafe {
            check(sys::snd_ctl_elem_list_malloc(&mut list))?;
            let listed = check(sys::snd_ctl_elem_list_alloc_space(list, PAGE))
                .and_then(|()| self.list_pages(list, &mut all));
            sys::snd_ctl_elem_list_free_space(list);
            sys::snd_ctl_elem_list_free(list);
            listed?;
        }
        Ok(all)
    }

    /// Appends page after page to `all`.
    ///
    /// # Safety
    /// `list` must be allocated, with room for a page.
    unsafe fn list_pages(
        &self,
        list: *mut sys::snd_ctl_elem_list_t,
        all: &mut Vec<ElementId>,
    ) -> Result<(), i32> {
        loop {
            // SAFETY: the ctl is open, the caller vouches for the list, and `at` is below the number of used entries.
            unsafe {
                sys::snd_ctl_elem_list_set_offset(list, all.len() as c_uint);
                check(sys::snd_ctl_elem_list(self.raw(), list))?;
                let used = sys::snd_ctl_elem_list_get_used(list);
                for at in 0..used {
                    let interface = sys::snd_ctl_elem_list_get_interface(list, at);
                    all.push(ElementId {
                        numid: sys::snd_ctl_elem_list_get_numid(list, at),
                        interface: ElementInterface::from_number(interface).ok_or(libc::EPROTO)?,
                        name: owned(sys::snd_ctl_elem_list_get_name(list, at)).unwrap_or_default(),
                        index: sys::snd_ctl_elem_list_get_index(list, at),
                        device: sys::snd_ctl_elem_list_get_device(list, at),
                        subdevice: sys::snd_ctl_elem_list_get_subdevice(list, at),
                    });
                }
                if used == 0 || all.len() >= sys::snd_ctl_elem_list_get_count(list) as usize {
                    return Ok(());
                }
            }
        }
    }

    /// Subscribes to events (`snd_ctl_subscribe_events`), in non-blocking mode. The error is a positive errno.
    pub fn subscribe(&self) -> Result<(), i32> {
        let _call = CtlCall::begin();
        // SAFETY: the ctl is open.
        unsafe {
            check(sys::snd_ctl_nonblock(self.raw(), 1))?;
            check(sys::snd_ctl_subscribe_events(self.raw(), 1))
        }
    }

    /// The descriptors to poll for events (`snd_ctl_poll_descriptors`). The error is a positive errno.
    pub fn poll_descriptors(&self) -> Result<Vec<libc::pollfd>, i32> {
        let handle = self.raw();
        // SAFETY: the ctl is open; `space` has room for `count` entries; both crates declare the same C structure.
        unsafe {
            descriptors(
                sys::snd_ctl_poll_descriptors_count(handle),
                |space, count| sys::snd_ctl_poll_descriptors(handle, space.cast(), count),
            )
        }
    }

    /// An element's description (`snd_ctl_elem_info`). The error is a positive errno: ENOENT if it does not exist.
    pub fn element(&self, id: &ElementId) -> Result<ElementInfo, i32> {
        let _call = CtlCall::begin();
        let structs = ElementStructs::for_element(id)?;
        // SAFETY: the ctl is open, and `info` is allocated and refers to the element.
        check(unsafe { sys::snd_ctl_elem_info(self.raw(), structs.info) })?;
        // SAFETY: `info` is allocated and filled in.
        let count = unsafe { sys::snd_ctl_elem_info_get_count(structs.info) };
        let kind = self.element_type(&structs)?;
        Ok(ElementInfo {
            id: structs.id()?,
            count: count.min(kind.max_values()),
            kind,
            access: structs.access(),
            locked_by: structs.locked_by(),
        })
    }

    /// The type in the filled-in `structs.info`.
    fn element_type(&self, structs: &ElementStructs) -> Result<ElementType, i32> {
        let info = structs.info;
        // SAFETY: `info` is filled in. Limits and items are read only for the types that have them, as alsa-lib
        // asserts.
        unsafe {
            Ok(match sys::snd_ctl_elem_info_get_type(info) {
                sys::SND_CTL_ELEM_TYPE_BOOLEAN => ElementType::Boolean,
                sys::SND_CTL_ELEM_TYPE_INTEGER => ElementType::Integer(
                    sys::snd_ctl_elem_info_get_min(info) as i64,
                    sys::snd_ctl_elem_info_get_max(info) as i64,
                    sys::snd_ctl_elem_info_get_step(info) as i64,
                ),
                sys::SND_CTL_ELEM_TYPE_INTEGER64 => ElementType::Integer64(
                    sys::snd_ctl_elem_info_get_min64(info),
                    sys::snd_ctl_elem_info_get_max64(info),
                    sys::snd_ctl_elem_info_get_step64(info),
                ),
                sys::SND_CTL_ELEM_TYPE_ENUMERATED => ElementType::Enumerated(self.items(info)?),
                sys::SND_CTL_ELEM_TYPE_BYTES => ElementType::Bytes,
                sys::SND_CTL_ELEM_TYPE_IEC958 => ElementType::Iec958,
                _ => return Err(libc::EPROTO),
            })
        }
    }

    /// The names of an enumerated element's items.
    ///
    /// # Safety
    /// `info` must be filled in, for an enumerated element.
    unsafe fn items(&self, info: *mut sys::snd_ctl_elem_info_t) -> Result<Vec<String>, i32> {
        // SAFETY: the ctl is open, the caller vouches for `info`, and each item is below their number.
        unsafe {
            (0..sys::snd_ctl_elem_info_get_items(info))
                .map(|item| {
                    sys::snd_ctl_elem_info_set_item(info, item);
                    check(sys::snd_ctl_elem_info(self.raw(), info))?;
                    Ok(owned(sys::snd_ctl_elem_info_get_item_name(info)).unwrap_or_default())
                })
                .collect()
        }
    }

    /// An element's values (`snd_ctl_elem_read`). The error is a positive errno.
    pub fn read(&self, info: &ElementInfo) -> Result<ElementValues, i32> {
        let _call = CtlCall::begin();
        let structs = ElementStructs::for_element(&info.id)?;
        // SAFETY: the ctl is open, and `value` is allocated and refers to the element.
        check(unsafe { sys::snd_ctl_elem_read(self.raw(), structs.value) })?;
        Ok(structs.values(info))
    }

    /// Sets an element's values (`snd_ctl_elem_write`) and returns whether any of them changed. The error is a positive
    /// errno: EINVAL for values of another type or number.
    pub fn write(&self, info: &ElementInfo, values: &ElementValues) -> Result<bool, i32> {
        let _call = CtlCall::begin();
        let structs = ElementStructs::for_element(&info.id)?;
        if values.type_and_count() != (info.kind.name(), info.count as usize) {
            return Err(libc::EINVAL);
        }
        if matches!(values, ElementValues::Iec958(_)) {
            // SAFETY: the ctl is open, and `value` is allocated and refers to the element.
            check(unsafe { sys::snd_ctl_elem_read(self.raw(), structs.value) })?;
        }
        structs.set_values(values);
        // SAFETY: the ctl is open, and `value` is allocated and filled in.
        let code = unsafe { sys::snd_ctl_elem_write(self.raw(), structs.value) };
        check(code.min(0)).map(|()| code > 0)
    }

    /// The minimum and maximum dB of an element, in hundredths (`snd_ctl_get_dB_range`). The error is a positive errno,
    /// also without dB information.
    pub fn db_range(&self, id: &ElementId) -> Result<(i64, i64), i32> {
        let structs = ElementStructs::for_element(id)?;
        let (mut min, mut max) = (0, 0);
        // SAFETY: the ctl is open, the id is filled in, and the out-parameters outlive the call.
        check(unsafe { sys::snd_ctl_get_dB_range(self.raw(), structs.id, &mut min, &mut max) })?;
        Ok((min as i64, max as i64))
    }

    /// The dB of a value, in hundredths (`snd_ctl_convert_to_dB`). The error is a positive errno.
    pub fn db_of(&self, id: &ElementId, value: i64) -> Result<i64, i32> {
        let structs = ElementStructs::for_element(id)?;
        let mut db = 0;
        // SAFETY: the ctl is open, the id is filled in, and the out-parameter outlives the call.
        check(unsafe {
            sys::snd_ctl_convert_to_dB(self.raw(), structs.id, value as c_long, &mut db)
        })?;
        Ok(db as i64)
    }

    /// The value for a dB value in hundredths (`snd_ctl_convert_from_dB`): the nearest one (`rounding` 0), the next
    /// above (1) or below (-1). The error is a positive errno.
    pub fn value_of_db(&self, id: &ElementId, db: i64, rounding: i32) -> Result<i64, i32> {
        let structs = ElementStructs::for_element(id)?;
        let mut value = 0;
        // SAFETY: the ctl is open, the id is filled in, and the out-parameter outlives the call.
        check(unsafe {
            sys::snd_ctl_convert_from_dB(
                self.raw(),
                structs.id,
                db as c_long,
                &mut value,
                rounding as c_int,
            )
        })?;
        Ok(value as i64)
    }
}

fn each<T>(all: &[T], mut set: impl FnMut(c_uint, &T)) {
    for (at, value) in all.iter().enumerate() {
        set(at as c_uint, value);
    }
}

impl ElementValues {
    fn type_and_count(&self) -> (&'static str, usize) {
        match self {
            ElementValues::Boolean(all) => ("BOOLEAN", all.len()),
            ElementValues::Integer(all) => ("INTEGER", all.len()),
            ElementValues::Integer64(all) => ("INTEGER64", all.len()),
            ElementValues::Enumerated(all) => ("ENUMERATED", all.len()),
            ElementValues::Bytes(all) => ("BYTES", all.len()),
            ElementValues::Iec958(_) => ("IEC958", 1),
        }
    }
}

impl ElementType {
    /// The most values of this type that fit into `snd_ctl_elem_value_t`.
    fn max_values(&self) -> u32 {
        match self {
            ElementType::Integer64(..) => MAX_VALUES / 2,
            ElementType::Bytes => MAX_VALUES * 4,
            ElementType::Iec958 => 1,
            _ => MAX_VALUES,
        }
    }

    /// alsa-lib's name (`snd_ctl_elem_type_name`).
    pub fn name(&self) -> &'static str {
        match self {
            ElementType::Boolean => "BOOLEAN",
            ElementType::Integer(..) => "INTEGER",
            ElementType::Integer64(..) => "INTEGER64",
            ElementType::Enumerated(_) => "ENUMERATED",
            ElementType::Bytes => "BYTES",
            ElementType::Iec958 => "IEC958",
        }
    }
}
