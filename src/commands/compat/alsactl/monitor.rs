//! `monitor`: what happens to elements, until a signal ends it.

use super::options::status;
use super::watched::{CardEvent, DEVICES, WatchedCards};
use crate::commands::compat::stop::{Result, Stop, errno};
use crate::commands::ui::plain;
use aloud::audio::mixer::ElementId;
use std::path::Path;

pub(super) fn run(card: Option<&str>) -> Result<u8> {
    let mut cards = match card {
        Some(name) => WatchedCards::one(name).map_err(|error| {
            let errno = errno(&error);
            Stop::Failed(format!("Cannot open ctl {name}\n"), status(errno))
        })?,
        // Without this folder, there are no cards and never will be.
        None if !Path::new(DEVICES).exists() => return Ok(status(libc::ENOENT)),
        None => WatchedCards::all(),
    };
    loop {
        match cards.wait(None, None) {
            Ok(events) => events.iter().try_for_each(print)?,
            Err(error) => return Ok(status(errno(&error))),
        }
        if cards.is_empty() && card.is_some() {
            return Ok(0);
        }
    }
}

fn print((node, mask, id): &CardEvent) -> Result<()> {
    let ElementId {
        numid,
        interface,
        name,
        index,
        device,
        subdevice,
    } = id;
    let interface = interface.number();
    let words: String = [
        (mask.removed, " REMOVE"),
        (mask.value, " VALUE"),
        (mask.info, " INFO"),
        (mask.added, " ADD"),
        (mask.metadata, " TLV"),
    ]
    .into_iter()
    .filter_map(|(is, word)| is.then_some(word))
    .collect();
    Ok(plain::print(&format!(
        "node {node}, #{numid} ({interface},{device},{subdevice},{name},{index}){words}\n"
    ))?)
}
