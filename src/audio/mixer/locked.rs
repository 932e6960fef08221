//! Who has locked an element.

use super::snapshot::ControlId;
use crate::audio::error::{Error, Holder, Kind};
use crate::audio::ffi::ctl::Ctl;
use crate::audio::ffi::elements::ElementInfo;
use crate::audio::system::holders::holder_of_thread;

/// The error for a locked element or control. `what` names it.
pub(super) fn locked(what: &str, device: &str, holders: Vec<Holder>) -> Error {
    let by = match &holders[..] {
        [] => "another program".to_owned(),
        [first, ..] => format!("{} (process {})", first.program, first.pid),
    };
    let message = format!("{what} of '{device}' is locked by {by}");
    Error::new(Kind::Busy, message)
        .with_device(device)
        .with_holders(holders)
}

/// The process that has locked an element, if the kernel reports it.
pub(super) fn holder(info: &ElementInfo) -> Option<Holder> {
    let is_locked = info.access.locked && !info.access.owner;
    info.locked_by
        .filter(|_| is_locked)
        .and_then(holder_of_thread)
}

/// The processes that have locked elements of a simple control. The names of its elements start with its own.
pub(super) fn holders_of_control(device: &str, id: &ControlId) -> Vec<Holder> {
    let Ok(ctl) = Ctl::open_name(device) else {
        return Vec::new();
    };
    let all = ctl.elements().unwrap_or_default();
    let own = all
        .iter()
        .filter(|element| element.index == id.index && element.name.starts_with(&id.name));
    let mut holders: Vec<Holder> = own
        .filter_map(|element| holder(&ctl.element(element).ok()?))
        .collect();
    holders.dedup();
    holders
}
