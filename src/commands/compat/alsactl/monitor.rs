//! `monitor`: what happens to elements, until a signal ends it.

use super::cards::named;
use super::options::status;
use crate::commands::compat::stop::{Result, Stop, errno};
use crate::commands::ui::plain;
use aloud::audio::mixer::{ElementEvents, ElementId, EventMask};
use std::path::Path;

/// The folder of the devices of cards.
const DEVICES: &str = "/dev/snd";

pub(super) fn run(card: Option<&str>) -> Result<u8> {
    let names = match card {
        Some(name) => vec![name.to_owned()],
        // Without this folder, there are no cards and never will be.
        None if !Path::new(DEVICES).exists() => return Ok(status(libc::ENOENT)),
        None => named(None)?,
    };
    let mut all = Vec::new();
    for name in names {
        let events = ElementEvents::open(name.as_str()).map_err(|error| {
            let errno = errno(&error);
            Stop::Failed(format!("Cannot open ctl {name}\n"), status(errno))
        })?;
        all.push((name, events));
    }
    loop {
        let ready = match ElementEvents::wait_any(
            &all.iter().map(|(_, events)| events).collect::<Vec<_>>(),
        ) {
            Ok(ready) => ready,
            Err(error) => return Ok(status(errno(&error))),
        };
        for (at, events) in ready.into_iter().rev() {
            match events {
                Ok(events) => {
                    for (mask, id) in events {
                        print(&all[at].0, mask, &id)?;
                    }
                }
                // The card is gone.
                Err(_) => drop(all.remove(at)),
            }
        }
        if all.is_empty() && card.is_some() {
            return Ok(0);
        }
    }
}

fn print(node: &str, mask: EventMask, id: &ElementId) -> Result<()> {
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
