//! The raw elements of a ctl: what amixer calls `contents`.
//!
//! The `alsa` crate lists, reads and writes elements too, but tells nothing of their range, items and access, and knows
//! neither IEC958 nor how to set 64-bit integers.

use super::check;
use super::ctl::{Ctl, text};
use alsa_sys as sys;
use std::ffi::{CString, c_long, c_uint};
use std::ptr::null_mut;

/// Bytes of an IEC958 element's channel status, of its user data, and of its subframe.
pub const IEC958_PARTS: [usize; 3] = [24, 147, 4];

/// Words that hold the dB information of an element; alsa-lib's own mixer reads no more.
const TLV_WORDS: usize = 1024;

/// What an element's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Switches.
    Boolean,
    /// Numbers in a range.
    Integer,
    /// Numbers in a range, of 64 bits.
    Integer64,
    /// Choices among items.
    Enumerated,
    /// Bytes.
    Bytes,
    /// The status of a digital connection.
    Iec958,
}

impl Type {
    fn from_number(number: c_uint) -> Option<Type> {
        Some(match number {
            sys::SND_CTL_ELEM_TYPE_BOOLEAN => Type::Boolean,
            sys::SND_CTL_ELEM_TYPE_INTEGER => Type::Integer,
            sys::SND_CTL_ELEM_TYPE_INTEGER64 => Type::Integer64,
            sys::SND_CTL_ELEM_TYPE_ENUMERATED => Type::Enumerated,
            sys::SND_CTL_ELEM_TYPE_BYTES => Type::Bytes,
            sys::SND_CTL_ELEM_TYPE_IEC958 => Type::Iec958,
            _ => return None,
        })
    }

    /// The most values that alsa-lib has room for: it aborts when asked for one beyond.
    fn most(self) -> u32 {
        match self {
            Type::Boolean | Type::Integer | Type::Enumerated => 128,
            Type::Integer64 => 64,
            Type::Bytes => 512,
            Type::Iec958 => 1,
        }
    }
}

/// What tells an element from the others of its ctl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawId {
    /// Its number, from 1; it may be another one after the driver was loaded again.
    pub numid: u32,
    /// The number of its interface (`SND_CTL_ELEM_IFACE_…`).
    pub iface: u32,
    /// The device of the card that it belongs to.
    pub device: u32,
    /// The subdevice of that.
    pub subdevice: u32,
    /// Its name.
    pub name: String,
    /// Its number among those of that name.
    pub index: u32,
}

/// What may be done with an element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Its values can be read.
    pub read: bool,
    /// They can be written.
    pub write: bool,
    /// It has no effect at present.
    pub inactive: bool,
    /// It changes by itself, without an event.
    pub volatile: bool,
    /// A program has locked it.
    pub locked: bool,
    /// The program is this one.
    pub owner: bool,
    /// It has more information (dB).
    pub tlv_read: bool,
    /// Of which some can be written.
    pub tlv_write: bool,
    /// Or which takes commands.
    pub tlv_command: bool,
}

/// What an element is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// What its values are.
    pub kind: Type,
    /// How many there are.
    pub count: u32,
    /// What may be done with it.
    pub access: Access,
    /// The least and the greatest value, and the step between values (0 for any), of numbers.
    pub range: Option<(i64, i64, i64)>,
    /// The items, of choices.
    pub items: Vec<String>,
}

/// An element's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// Switches.
    Boolean(Vec<bool>),
    /// Numbers of either size.
    Integer(Vec<i64>),
    /// Numbers of items.
    Enumerated(Vec<u32>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// The parts of [`IEC958_PARTS`], one behind the other.
    Iec958(Vec<u8>),
}

/// What has happened to an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which element.
    pub id: RawId,
    /// It is gone.
    pub removed: bool,
    /// It is new.
    pub added: bool,
    /// Its values, its information or its dB have changed.
    pub changed: bool,
}

/// One of alsa-lib's structures, allocated by it and freed when it is dropped.
struct Owned<T>(*mut T, unsafe extern "C" fn(*mut T));

impl<T> Owned<T> {
    fn new(
        allocate: unsafe extern "C" fn(*mut *mut T) -> i32,
        free: unsafe extern "C" fn(*mut T),
    ) -> Result<Owned<T>, i32> {
        let mut structure = null_mut();
        // SAFETY: an out-parameter; what it is set to is zeroed memory that `free` takes back.
        check(unsafe { allocate(&mut structure) })?;
        Ok(Owned(structure, free))
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: allocated by the function that belongs to `free`, and freed only here.
        unsafe { (self.1)(self.0) };
    }
}

fn new_id() -> Result<Owned<sys::snd_ctl_elem_id_t>, i32> {
    Owned::new(sys::snd_ctl_elem_id_malloc, sys::snd_ctl_elem_id_free)
}

fn new_value() -> Result<Owned<sys::snd_ctl_elem_value_t>, i32> {
    Owned::new(sys::snd_ctl_elem_value_malloc, sys::snd_ctl_elem_value_free)
}

fn new_info() -> Result<Owned<sys::snd_ctl_elem_info_t>, i32> {
    Owned::new(sys::snd_ctl_elem_info_malloc, sys::snd_ctl_elem_info_free)
}

/// The id as alsa-lib has it. The number alone finds the element; names that are not UTF-8 could not.
fn raw_id(id: &RawId) -> Result<Owned<sys::snd_ctl_elem_id_t>, i32> {
    let raw = new_id()?;
    let name = CString::new(id.name.as_str()).map_err(|_| libc::EINVAL)?;
    // SAFETY: the structure is allocated; the name is a C string and is copied, cut to what there is room for.
    unsafe {
        sys::snd_ctl_elem_id_set_numid(raw.0, id.numid as c_uint);
        sys::snd_ctl_elem_id_set_interface(raw.0, id.iface as _);
        sys::snd_ctl_elem_id_set_device(raw.0, id.device as c_uint);
        sys::snd_ctl_elem_id_set_subdevice(raw.0, id.subdevice as c_uint);
        sys::snd_ctl_elem_id_set_name(raw.0, name.as_ptr());
        sys::snd_ctl_elem_id_set_index(raw.0, id.index as c_uint);
    }
    Ok(raw)
}

fn id_of(raw: *const sys::snd_ctl_elem_id_t) -> RawId {
    // SAFETY: the caller's structure is allocated and filled; the name is copied.
    unsafe {
        RawId {
            numid: sys::snd_ctl_elem_id_get_numid(raw),
            iface: sys::snd_ctl_elem_id_get_interface(raw) as u32,
            device: sys::snd_ctl_elem_id_get_device(raw),
            subdevice: sys::snd_ctl_elem_id_get_subdevice(raw),
            name: text(sys::snd_ctl_elem_id_get_name(raw)),
            index: sys::snd_ctl_elem_id_get_index(raw),
        }
    }
}

// SAFETY (of every block here): the handle is open for as long as the `Ctl` lives; structures are allocated through
// `Owned` and outlive the calls that they are handed to; indexes of values are below the number that alsa-lib has room
// for; a question that alsa-lib asserts a type for is asked of that type only.
impl Ctl {
    /// The elements, in the ctl's order (`snd_ctl_elem_list`). The error is a positive errno.
    pub fn elements(&self) -> Result<Vec<RawId>, i32> {
        let list = Owned::new(sys::snd_ctl_elem_list_malloc, sys::snd_ctl_elem_list_free)?;
        let id = new_id()?;
        // SAFETY: see above the `impl`; the space for ids is asked for, used and freed here.
        unsafe {
            check(sys::snd_ctl_elem_list(self.0, list.0))?;
            let count = sys::snd_ctl_elem_list_get_count(list.0);
            check(sys::snd_ctl_elem_list_alloc_space(list.0, count))?;
            let listed = check(sys::snd_ctl_elem_list(self.0, list.0)).map(|()| {
                let used = sys::snd_ctl_elem_list_get_used(list.0);
                let all = (0..used).map(|at| {
                    sys::snd_ctl_elem_list_get_id(list.0, at, id.0);
                    id_of(id.0)
                });
                all.collect()
            });
            sys::snd_ctl_elem_list_free_space(list.0);
            listed
        }
    }

    /// What an element is (`snd_ctl_elem_info`), or nothing where it is of a type that alsa-lib does not know. The error is
    /// a positive errno.
    pub fn element_info(&self, id: &RawId) -> Result<Option<Info>, i32> {
        let raw = new_info()?;
        let raw_id = raw_id(id)?;
        // SAFETY: see above the `impl`.
        unsafe {
            sys::snd_ctl_elem_info_set_id(raw.0, raw_id.0);
            check(sys::snd_ctl_elem_info(self.0, raw.0))?;
            let Some(kind) = Type::from_number(sys::snd_ctl_elem_info_get_type(raw.0)) else {
                return Ok(None);
            };
            let is = |question: unsafe extern "C" fn(*const sys::snd_ctl_elem_info_t) -> i32| {
                question(raw.0) != 0
            };
            Ok(Some(Info {
                kind,
                count: sys::snd_ctl_elem_info_get_count(raw.0).min(kind.most()),
                access: Access {
                    read: is(sys::snd_ctl_elem_info_is_readable),
                    write: is(sys::snd_ctl_elem_info_is_writable),
                    inactive: is(sys::snd_ctl_elem_info_is_inactive),
                    volatile: is(sys::snd_ctl_elem_info_is_volatile),
                    locked: is(sys::snd_ctl_elem_info_is_locked),
                    owner: is(sys::snd_ctl_elem_info_is_owner),
                    tlv_read: is(sys::snd_ctl_elem_info_is_tlv_readable),
                    tlv_write: is(sys::snd_ctl_elem_info_is_tlv_writable),
                    tlv_command: is(sys::snd_ctl_elem_info_is_tlv_commandable),
                },
                range: range(kind, raw.0),
                items: match kind {
                    Type::Enumerated => self.items(raw.0, raw_id.0)?,
                    _ => Vec::new(),
                },
            }))
        }
    }

    /// The names of the items that an element offers.
    unsafe fn items(
        &self,
        info: *mut sys::snd_ctl_elem_info_t,
        id: *const sys::snd_ctl_elem_id_t,
    ) -> Result<Vec<String>, i32> {
        // SAFETY: the caller's structures are allocated, and the element is one of choices; a name is asked for by an
        // item's number, and copied.
        unsafe {
            let name = |item| {
                sys::snd_ctl_elem_info_set_id(info, id);
                sys::snd_ctl_elem_info_set_item(info, item);
                check(sys::snd_ctl_elem_info(self.0, info))?;
                Ok(text(sys::snd_ctl_elem_info_get_item_name(info)))
            };
            (0..sys::snd_ctl_elem_info_get_items(info))
                .map(name)
                .collect()
        }
    }

    /// An element's values (`snd_ctl_elem_read`). The error is a positive errno.
    pub fn element_values(&self, id: &RawId, info: &Info) -> Result<Values, i32> {
        let raw = self.read(id)?.0;
        let each = 0..info.count.min(info.kind.most());
        let value = raw.0;
        // SAFETY: see above the `impl`.
        Ok(unsafe {
            match info.kind {
                Type::Boolean => Values::Boolean(
                    each.map(|at| sys::snd_ctl_elem_value_get_boolean(value, at) != 0)
                        .collect(),
                ),
                Type::Integer => Values::Integer(
                    each.map(|at| sys::snd_ctl_elem_value_get_integer(value, at) as i64)
                        .collect(),
                ),
                Type::Integer64 => Values::Integer(
                    each.map(|at| sys::snd_ctl_elem_value_get_integer64(value, at) as i64)
                        .collect(),
                ),
                Type::Enumerated => Values::Enumerated(
                    each.map(|at| sys::snd_ctl_elem_value_get_enumerated(value, at))
                        .collect(),
                ),
                Type::Bytes => Values::Bytes(
                    each.map(|at| sys::snd_ctl_elem_value_get_byte(value, at))
                        .collect(),
                ),
                Type::Iec958 => {
                    let mut iec958: sys::snd_aes_iec958_t = std::mem::zeroed();
                    sys::snd_ctl_elem_value_get_iec958(value, &mut iec958);
                    let parts = [&iec958.status[..], &iec958.subcode, &iec958.dig_subframe];
                    Values::Iec958(parts.concat())
                }
            }
        })
    }

    /// Reads an element, and gives its id with it.
    #[allow(clippy::type_complexity)]
    fn read(
        &self,
        id: &RawId,
    ) -> Result<
        (
            Owned<sys::snd_ctl_elem_value_t>,
            Owned<sys::snd_ctl_elem_id_t>,
        ),
        i32,
    > {
        let (value, id) = (new_value()?, raw_id(id)?);
        // SAFETY: see above the `impl`.
        unsafe {
            sys::snd_ctl_elem_value_set_id(value.0, id.0);
            check(sys::snd_ctl_elem_read(self.0, value.0))?;
        }
        Ok((value, id))
    }

    /// Sets an element's values (`snd_ctl_elem_write`): as many as it has, of its type. The error is a positive errno.
    pub fn set_element(&self, id: &RawId, info: &Info, values: &Values) -> Result<(), i32> {
        // What is not set is as it was.
        let (raw, id) = match info.access.read {
            true => self.read(id)?,
            false => (new_value()?, raw_id(id)?),
        };
        let value = raw.0;
        let most = info.count.min(info.kind.most()) as usize;
        // SAFETY: see above the `impl`.
        unsafe {
            sys::snd_ctl_elem_value_set_id(value, id.0);
            match (values, info.kind) {
                (Values::Boolean(all), Type::Boolean) => {
                    for (at, on) in (0..).zip(all.iter().take(most)) {
                        sys::snd_ctl_elem_value_set_boolean(value, at, c_long::from(*on));
                    }
                }
                (Values::Integer(all), Type::Integer) => {
                    for (at, number) in (0..).zip(all.iter().take(most)) {
                        sys::snd_ctl_elem_value_set_integer(value, at, *number as c_long);
                    }
                }
                (Values::Integer(all), Type::Integer64) => {
                    for (at, number) in (0..).zip(all.iter().take(most)) {
                        sys::snd_ctl_elem_value_set_integer64(value, at, *number);
                    }
                }
                (Values::Enumerated(all), Type::Enumerated) => {
                    for (at, item) in (0..).zip(all.iter().take(most)) {
                        sys::snd_ctl_elem_value_set_enumerated(value, at, *item);
                    }
                }
                (Values::Bytes(all), Type::Bytes) => {
                    for (at, byte) in (0..).zip(all.iter().take(most)) {
                        sys::snd_ctl_elem_value_set_byte(value, at, *byte);
                    }
                }
                (Values::Iec958(all), Type::Iec958) => {
                    let mut iec958: sys::snd_aes_iec958_t = std::mem::zeroed();
                    let (status, rest) = all.split_at(IEC958_PARTS[0].min(all.len()));
                    let (subcode, subframe) = rest.split_at(IEC958_PARTS[1].min(rest.len()));
                    for (to, from) in iec958.status.iter_mut().zip(status) {
                        *to = *from;
                    }
                    for (to, from) in iec958.subcode.iter_mut().zip(subcode) {
                        *to = *from;
                    }
                    for (to, from) in iec958.dig_subframe.iter_mut().zip(subframe) {
                        *to = *from;
                    }
                    sys::snd_ctl_elem_value_set_iec958(value, &iec958);
                }
                _ => return Err(libc::EINVAL),
            }
            check(sys::snd_ctl_elem_write(self.0, value))
        }
    }

    /// The dB information of an element of numbers (`snd_ctl_elem_tlv_read`); nothing where it has none.
    pub fn element_db(&self, id: &RawId, info: &Info) -> Option<Db> {
        let (least, greatest, _) = info.range.filter(|_| info.kind == Type::Integer)?;
        if !info.access.tlv_read {
            return None;
        }
        let id = raw_id(id).ok()?;
        let mut words = vec![0; TLV_WORDS];
        let size = (TLV_WORDS * size_of::<c_uint>()) as c_uint;
        let mut at = null_mut();
        // SAFETY: see above the `impl`; `at` is set to a word of `words`, which is `offset` words from its beginning.
        let offset = unsafe {
            check(sys::snd_ctl_elem_tlv_read(
                self.0,
                id.0,
                words.as_mut_ptr(),
                size,
            ))
            .ok()?;
            let found = sys::snd_tlv_parse_dB_info(words.as_mut_ptr(), size, &mut at);
            if found <= 0 || at.is_null() {
                return None;
            }
            at.offset_from(words.as_ptr())
        };
        words.drain(..usize::try_from(offset).ok()?);
        Db::new(words, (least, greatest))
    }

    /// Has events be told from now on (`snd_ctl_subscribe_events`), and reads and writes not be waited for. The error is a
    /// positive errno.
    pub fn subscribe(&self) -> Result<(), i32> {
        // SAFETY: see above the `impl`.
        unsafe {
            check(sys::snd_ctl_nonblock(self.0, 1))?;
            check(sys::snd_ctl_subscribe_events(self.0, 1))
        }
    }

    /// The next event, if there is one (`snd_ctl_read`). The error is a positive errno: ENODEV where the card is gone.
    pub fn next_event(&self) -> Result<Option<Event>, i32> {
        let event = Owned::new(sys::snd_ctl_event_malloc, sys::snd_ctl_event_free)?;
        let id = new_id()?;
        // SAFETY: see above the `impl`; there is only one kind of event, that of elements.
        unsafe {
            match sys::snd_ctl_read(self.0, event.0) {
                0 => return Ok(None),
                code if code == -libc::EAGAIN => return Ok(None),
                code => check(code)?,
            }
            if sys::snd_ctl_event_get_type(event.0) != sys::SND_CTL_EVENT_ELEM {
                return Ok(None);
            }
            sys::snd_ctl_event_elem_get_id(event.0, id.0);
            let mask = sys::snd_ctl_event_elem_get_mask(event.0);
            let removed = mask == sys::SND_CTL_EVENT_MASK_REMOVE as c_uint;
            let has = |bits| !removed && mask & bits != 0;
            Ok(Some(Event {
                id: id_of(id.0),
                removed,
                added: has(sys::SND_CTL_EVENT_MASK_ADD),
                changed: has(sys::SND_CTL_EVENT_MASK_VALUE | sys::SND_CTL_EVENT_MASK_INFO),
            }))
        }
    }

    /// The descriptors that become readable at an event, each with its events. The error is a positive errno.
    pub fn poll_descriptors(&self) -> Result<Vec<libc::pollfd>, i32> {
        // SAFETY: see above the `impl`.
        let count = unsafe { sys::snd_ctl_poll_descriptors_count(self.0) };
        let count = usize::try_from(count).map_err(|_| -count)?;
        let empty = libc::pollfd {
            fd: -1,
            events: 0,
            revents: 0,
        };
        let mut fds = vec![empty; count];
        // SAFETY: there is room for `count` descriptors; both crates declare the C library's structure.
        let filled = unsafe {
            sys::snd_ctl_poll_descriptors(self.0, fds.as_mut_ptr().cast(), count as c_uint)
        };
        fds.truncate(usize::try_from(filled).map_err(|_| -filled)?);
        Ok(fds)
    }
}

/// The least and the greatest number, and the step.
unsafe fn range(kind: Type, info: *const sys::snd_ctl_elem_info_t) -> Option<(i64, i64, i64)> {
    // SAFETY: the caller's structure is filled, and `kind` is its type, for which alsa-lib asserts.
    unsafe {
        match kind {
            Type::Integer => Some((
                sys::snd_ctl_elem_info_get_min(info) as i64,
                sys::snd_ctl_elem_info_get_max(info) as i64,
                sys::snd_ctl_elem_info_get_step(info) as i64,
            )),
            Type::Integer64 => Some((
                sys::snd_ctl_elem_info_get_min64(info) as i64,
                sys::snd_ctl_elem_info_get_max64(info) as i64,
                sys::snd_ctl_elem_info_get_step64(info) as i64,
            )),
            _ => None,
        }
    }
}

/// The dB information of an element, in hundredths of a dB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Db {
    /// The kernel's words, from the one that says what sort of information it is.
    words: Vec<c_uint>,
    /// The ends of the raw range.
    raw: (i64, i64),
    /// The dB at these ends.
    pub range: (i64, i64),
}

impl Db {
    fn new(mut words: Vec<c_uint>, raw: (i64, i64)) -> Option<Db> {
        let (mut least, mut greatest) = (0, 0);
        let (low, high) = (raw.0 as c_long, raw.1 as c_long);
        // SAFETY: the words begin with dB information as alsa-lib has found it; out-parameters.
        check(unsafe {
            sys::snd_tlv_get_dB_range(words.as_mut_ptr(), low, high, &mut least, &mut greatest)
        })
        .ok()?;
        Some(Db {
            words,
            raw,
            range: (least as i64, greatest as i64),
        })
    }

    /// The dB of a raw value.
    pub fn of(&self, value: i64) -> Option<i64> {
        let mut db = 0;
        let (low, high) = (self.raw.0 as c_long, self.raw.1 as c_long);
        // SAFETY: as in `new`; alsa-lib reads the words only.
        check(unsafe {
            let words = self.words.as_ptr().cast_mut();
            sys::snd_tlv_convert_to_dB(words, low, high, value as c_long, &mut db)
        })
        .ok()?;
        Some(db as i64)
    }

    /// The raw value of so many dB: the next above (`rounding` 1), below (-1), or the nearest (0). The error is a positive errno.
    pub fn raw(&self, db: i64, rounding: i32) -> Result<i64, i32> {
        let mut value = 0;
        let (low, high) = (self.raw.0 as c_long, self.raw.1 as c_long);
        // SAFETY: as in `of`.
        check(unsafe {
            let words = self.words.as_ptr().cast_mut();
            sys::snd_tlv_convert_from_dB(words, low, high, db as c_long, &mut value, rounding)
        })?;
        Ok(value as i64)
    }
}
