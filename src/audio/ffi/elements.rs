//! Raw control elements: what they are, their values, and their dB.
//!
//! The `alsa` crate tells an element's type and count only, and reads integers as 32 bits.

use super::ctl::Ctl;
use super::{check, descriptors, owned};
use alsa_sys as sys;
use std::ffi::{CString, c_int, c_long, c_uint};
use std::ptr::null_mut;

/// The bytes of a channel status (`snd_aes_iec958_t`'s `status`).
pub const STATUS_BYTES: usize = 24;

/// The most values that a structure of alsa-lib's has room for; of 64 bits half as many, and four times as many bytes.
const MOST_VALUES: u32 = 128;

/// Elements are listed so many at a time, one list after the other.
const PAGE: c_uint = 256;

/// Where an element belongs, by alsa-lib's numbers (`snd_ctl_elem_iface_t`).
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
    /// All of them, in the order of alsa-lib's numbers, with alsa-lib's names.
    pub const ALL: [(ElementInterface, &str); 7] = [
        (ElementInterface::Card, "CARD"),
        (ElementInterface::Hwdep, "HWDEP"),
        (ElementInterface::Mixer, "MIXER"),
        (ElementInterface::Pcm, "PCM"),
        (ElementInterface::Rawmidi, "RAWMIDI"),
        (ElementInterface::Timer, "TIMER"),
        (ElementInterface::Sequencer, "SEQUENCER"),
    ];

    fn of_number(number: c_uint) -> Option<ElementInterface> {
        let row = ElementInterface::ALL.get(number as usize)?;
        Some(row.0)
    }

    fn number(self) -> sys::snd_ctl_elem_iface_t {
        let at = ElementInterface::ALL
            .iter()
            .position(|(known, _)| *known == self);
        at.unwrap_or(0) as sys::snd_ctl_elem_iface_t
    }
}

/// What tells an element from the others of its card.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ElementId {
    /// Its number, which may be another one the next time the card is there; 0 where it is not known.
    pub numid: u32,
    /// Where it belongs.
    pub interface: ElementInterface,
    /// Its name.
    pub name: String,
    /// Its number among those of the same name.
    pub index: u32,
    /// The device it is for.
    pub device: u32,
    /// The subdevice it is for.
    pub subdevice: u32,
}

/// What the values of an element are, with what bounds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ElementType {
    /// On or off.
    Boolean,
    /// Whole numbers, from the first to the second in steps of the third (0: every number).
    Integer(i64, i64, i64),
    /// The same, of 64 bits.
    Integer64(i64, i64, i64),
    /// One of these items, by number.
    Enumerated(Vec<String>),
    /// Bytes.
    Bytes,
    /// The status of a digital line.
    Iec958,
}

/// What can be done with an element (`snd_ctl_elem_info_is_…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Whether this process is the one that locked it.
    pub owner: bool,
}

/// An element, without its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementInfo {
    /// Which it is.
    pub id: ElementId,
    /// What its values are.
    pub kind: ElementType,
    /// How many values it has.
    pub count: u32,
    /// What can be done with it.
    pub access: ElementAccess,
}

/// The values of an element: as many as it has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ElementValues {
    Boolean(Vec<bool>),
    Integer(Vec<i64>),
    Integer64(Vec<i64>),
    /// Numbers of items.
    Enumerated(Vec<u32>),
    Bytes(Vec<u8>),
    /// The status bytes.
    Iec958([u8; STATUS_BYTES]),
}

/// alsa-lib's structures for elements, allocated and freed together.
struct ElementStructs {
    id: *mut sys::snd_ctl_elem_id_t,
    info: *mut sys::snd_ctl_elem_info_t,
    value: *mut sys::snd_ctl_elem_value_t,
}

impl ElementStructs {
    fn new() -> Result<ElementStructs, i32> {
        let mut made = ElementStructs {
            id: null_mut(),
            info: null_mut(),
            value: null_mut(),
        };
        // SAFETY: out-parameters; what was allocated is freed when `made` is dropped, null too.
        unsafe {
            check(sys::snd_ctl_elem_id_malloc(&mut made.id))?;
            check(sys::snd_ctl_elem_info_malloc(&mut made.info))?;
            check(sys::snd_ctl_elem_value_malloc(&mut made.value))?;
        }
        Ok(made)
    }

    /// The structures for the element `id`: by its number where that is known, else by the rest.
    fn of(id: &ElementId) -> Result<ElementStructs, i32> {
        let made = ElementStructs::new()?;
        let name = CString::new(id.name.as_str()).map_err(|_| libc::EINVAL)?;
        // SAFETY: the structures are allocated; the name is copied.
        unsafe {
            sys::snd_ctl_elem_id_set_numid(made.id, id.numid);
            sys::snd_ctl_elem_id_set_interface(made.id, id.interface.number());
            sys::snd_ctl_elem_id_set_device(made.id, id.device);
            sys::snd_ctl_elem_id_set_subdevice(made.id, id.subdevice);
            sys::snd_ctl_elem_id_set_name(made.id, name.as_ptr());
            sys::snd_ctl_elem_id_set_index(made.id, id.index);
            sys::snd_ctl_elem_info_set_id(made.info, made.id);
            sys::snd_ctl_elem_value_set_id(made.value, made.id);
        }
        Ok(made)
    }
}

impl Drop for ElementStructs {
    fn drop(&mut self) {
        // SAFETY: allocated by `new` or null, which is allowed; freed only here.
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

// SAFETY (of every block below): the ctl is open for as long as it is borrowed; the structures are allocated and live
// through the call; numbers of values and items are within what the element says it has.
impl Ctl {
    /// The elements, in the order of their numbers. The error is a positive errno.
    pub fn elements(&self) -> Result<Vec<ElementId>, i32> {
        let mut all = Vec::new();
        let mut list = null_mut();
        // SAFETY: the list is allocated here, with room for a page, and freed below.
        unsafe {
            check(sys::snd_ctl_elem_list_malloc(&mut list))?;
            let listed = check(sys::snd_ctl_elem_list_alloc_space(list, PAGE))
                .and_then(|()| self.pages(list, &mut all));
            sys::snd_ctl_elem_list_free_space(list);
            sys::snd_ctl_elem_list_free(list);
            listed?;
        }
        Ok(all)
    }

    /// Reads page after page into `all`.
    ///
    /// # Safety
    /// `list` must be allocated, with room for a page.
    unsafe fn pages(
        &self,
        list: *mut sys::snd_ctl_elem_list_t,
        all: &mut Vec<ElementId>,
    ) -> Result<(), i32> {
        loop {
            // SAFETY: as the caller promises; `at` is below the number that is in use.
            unsafe {
                sys::snd_ctl_elem_list_set_offset(list, all.len() as c_uint);
                check(sys::snd_ctl_elem_list(self.raw(), list))?;
                let used = sys::snd_ctl_elem_list_get_used(list);
                for at in 0..used {
                    let interface = sys::snd_ctl_elem_list_get_interface(list, at);
                    all.push(ElementId {
                        numid: sys::snd_ctl_elem_list_get_numid(list, at),
                        interface: ElementInterface::of_number(interface).ok_or(libc::EPROTO)?,
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

    /// Has events be told from now on (`snd_ctl_subscribe_events`), without waiting for any. The error is a positive errno.
    pub fn subscribe(&self) -> Result<(), i32> {
        // SAFETY: see above the `impl`.
        unsafe {
            check(sys::snd_ctl_nonblock(self.raw(), 1))?;
            check(sys::snd_ctl_subscribe_events(self.raw(), 1))
        }
    }

    /// Takes in events (`snd_ctl_read`), and tells whether there were any. The error is a positive errno: ENODEV where the
    /// card is gone.
    pub fn take_events(&self) -> Result<bool, i32> {
        let mut event = null_mut();
        // SAFETY: see above the `impl`; the event is allocated and freed here, and nothing of it is read.
        unsafe {
            check(sys::snd_ctl_event_malloc(&mut event))?;
            let mut any = false;
            let taken = loop {
                match sys::snd_ctl_read(self.raw(), event) {
                    0 => break Ok(any),
                    code if code == -libc::EAGAIN => break Ok(any),
                    code if code < 0 => break Err(-code),
                    _ => any = true,
                }
            };
            sys::snd_ctl_event_free(event);
            taken
        }
    }

    /// The descriptors that become readable at an event, each with its events (`snd_ctl_poll_descriptors`). The error is a
    /// positive errno.
    pub fn poll_descriptors(&self) -> Result<Vec<libc::pollfd>, i32> {
        let handle = self.raw();
        // SAFETY: see above the `impl`; there is room for as many descriptors as are asked for; both
        // crates declare the C library's structure.
        unsafe {
            descriptors(
                sys::snd_ctl_poll_descriptors_count(handle),
                |space, count| sys::snd_ctl_poll_descriptors(handle, space.cast(), count),
            )
        }
    }

    /// What an element is. The error is a positive errno: ENOENT where there is none.
    pub fn element(&self, id: &ElementId) -> Result<ElementInfo, i32> {
        let with = ElementStructs::of(id)?;
        // SAFETY: see above the `impl`.
        unsafe {
            check(sys::snd_ctl_elem_info(self.raw(), with.info))?;
            let kind = self.kind(&with)?;
            let info = with.info;
            let interface = sys::snd_ctl_elem_info_get_interface(info);
            Ok(ElementInfo {
                id: ElementId {
                    numid: sys::snd_ctl_elem_info_get_numid(info),
                    interface: ElementInterface::of_number(interface).ok_or(libc::EPROTO)?,
                    name: owned(sys::snd_ctl_elem_info_get_name(info)).unwrap_or_default(),
                    index: sys::snd_ctl_elem_info_get_index(info),
                    device: sys::snd_ctl_elem_info_get_device(info),
                    subdevice: sys::snd_ctl_elem_info_get_subdevice(info),
                },
                count: sys::snd_ctl_elem_info_get_count(info).min(kind.most()),
                kind,
                access: ElementAccess {
                    readable: sys::snd_ctl_elem_info_is_readable(info) != 0,
                    writable: sys::snd_ctl_elem_info_is_writable(info) != 0,
                    inactive: sys::snd_ctl_elem_info_is_inactive(info) != 0,
                    volatile: sys::snd_ctl_elem_info_is_volatile(info) != 0,
                    locked: sys::snd_ctl_elem_info_is_locked(info) != 0,
                    tlv_readable: sys::snd_ctl_elem_info_is_tlv_readable(info) != 0,
                    tlv_writable: sys::snd_ctl_elem_info_is_tlv_writable(info) != 0,
                    tlv_commandable: sys::snd_ctl_elem_info_is_tlv_commandable(info) != 0,
                    owner: sys::snd_ctl_elem_info_is_owner(info) != 0,
                },
            })
        }
    }

    /// The type of the element that `with.info` was filled for.
    fn kind(&self, with: &ElementStructs) -> Result<ElementType, i32> {
        let info = with.info;
        // SAFETY: see above the `impl`; bounds are asked of the types that have them, which alsa-lib asserts.
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

    /// The names of the items of an enumerated element.
    ///
    /// # Safety
    /// `info` must be filled for one.
    unsafe fn items(&self, info: *mut sys::snd_ctl_elem_info_t) -> Result<Vec<String>, i32> {
        // SAFETY: as the caller promises; each item is below their number.
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

    /// The values of an element. The error is a positive errno.
    pub fn read(&self, info: &ElementInfo) -> Result<ElementValues, i32> {
        let with = ElementStructs::of(&info.id)?;
        let value = with.value;
        // SAFETY: see above the `impl`.
        unsafe { check(sys::snd_ctl_elem_read(self.raw(), value))? };
        let all = 0..info.count;
        // SAFETY: see above the `impl`.
        Ok(unsafe {
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
                ElementType::Iec958 => {
                    let mut line: sys::snd_aes_iec958_t = std::mem::zeroed();
                    sys::snd_ctl_elem_value_get_iec958(value, &mut line);
                    ElementValues::Iec958(line.status)
                }
            }
        })
    }

    /// Sets the values of an element. Whether any of them was another before is told. The error is a positive errno.
    pub fn write(&self, info: &ElementInfo, values: &ElementValues) -> Result<bool, i32> {
        let with = ElementStructs::of(&info.id)?;
        let value = with.value;
        if values.kind_and_count() != (info.kind.name(), info.count as usize) {
            return Err(libc::EINVAL);
        }
        // SAFETY: see above the `impl`; there are as many values as the element has.
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
                    // Subcode and subframe stay as they are.
                    check(sys::snd_ctl_elem_read(self.raw(), value))?;
                    let mut line: sys::snd_aes_iec958_t = std::mem::zeroed();
                    sys::snd_ctl_elem_value_get_iec958(value, &mut line);
                    line.status = *status;
                    sys::snd_ctl_elem_value_set_iec958(value, &line);
                }
            }
            let code = sys::snd_ctl_elem_write(self.raw(), value);
            check(code.min(0)).map(|()| code > 0)
        }
    }

    /// The ends of an element's dB, in hundredths. The error is a positive errno, where it has no dB.
    pub fn db_range(&self, id: &ElementId) -> Result<(i64, i64), i32> {
        let with = ElementStructs::of(id)?;
        let (mut least, mut greatest) = (0, 0);
        // SAFETY: see above the `impl`.
        check(unsafe {
            sys::snd_ctl_get_dB_range(self.raw(), with.id, &mut least, &mut greatest)
        })?;
        Ok((least as i64, greatest as i64))
    }

    /// The dB of a value, in hundredths. The error is a positive errno.
    pub fn db_of(&self, id: &ElementId, value: i64) -> Result<i64, i32> {
        let with = ElementStructs::of(id)?;
        let mut db = 0;
        // SAFETY: see above the `impl`.
        check(unsafe {
            sys::snd_ctl_convert_to_dB(self.raw(), with.id, value as c_long, &mut db)
        })?;
        Ok(db as i64)
    }

    /// The value for so many hundredths of a dB: the nearest (`rounding` 0), the next above (1) or below (-1). The error is
    /// a positive errno.
    pub fn value_of_db(&self, id: &ElementId, db: i64, rounding: i32) -> Result<i64, i32> {
        let with = ElementStructs::of(id)?;
        let mut value = 0;
        // SAFETY: see above the `impl`.
        check(unsafe {
            sys::snd_ctl_convert_from_dB(
                self.raw(),
                with.id,
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
    fn kind_and_count(&self) -> (&'static str, usize) {
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
    /// The most values of this type that an element can have.
    fn most(&self) -> u32 {
        match self {
            ElementType::Integer64(..) => MOST_VALUES / 2,
            ElementType::Bytes => MOST_VALUES * 4,
            ElementType::Iec958 => 1,
            _ => MOST_VALUES,
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
