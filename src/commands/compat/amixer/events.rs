//! `events` and `sevents`: what happens, until a signal ends it.

use super::context::{Options, reason};
use crate::commands::compat::stop::{Result, Stop, errno};
use crate::commands::ui::plain;
use aloud::audio::error::Error;
use aloud::audio::mixer::{ControlEvents, ElementEvents, Elements, EventMask};

/// The status if the card is gone.
const GONE: u8 = 254;

pub(super) fn of_elements(options: &Options) -> Result<()> {
    let device = options.device.as_str();
    let failed = |error| {
        not_opened(
            &format!("Control {device} open error: {}\n", reason(&error)),
            &error,
        )
    };
    for info in Elements::open(device)
        .and_then(|elements| elements.sorted())
        .map_err(failed)?
    {
        plain::print(&format!("event add: {}\n", info.id))?;
    }
    let events = ElementEvents::open(device).map_err(failed)?;
    plain::print("Ready to listen...\n")?;
    let mut is_first = true;
    loop {
        let new = events.wait().map_err(|error| ended(&error))?;
        for (mask, id) in new {
            // Its wait for events returns only once: it reads the later ones in one call that never ends.
            if std::mem::take(&mut is_first) {
                plain::print("Poll ok: 1\n")?;
            }
            print(mask, &id.to_string())?;
        }
    }
}

pub(super) fn of_controls(options: &Options) -> Result<()> {
    let device = options.device.as_str();
    let failed = |error| {
        not_opened(
            &format!("Mixer attach {device} error: {}", reason(&error)),
            &error,
        )
    };
    let mut events = ControlEvents::open(device).map_err(failed)?;
    print_new(&events)?;
    plain::print("Ready to listen...\n")?;
    loop {
        events.wait().map_err(|error| ended(&error))?;
        plain::print("Poll ok: 0\n")?;
        print_new(&events)?;
    }
}

fn print_new(events: &ControlEvents) -> Result<()> {
    for event in events.take() {
        print(event.mask, &format!("'{}',{}", event.name, event.index))?;
    }
    Ok(())
}

fn print(mask: EventMask, id: &str) -> Result<()> {
    let words = [
        (mask.removed, "remove"),
        (mask.added, "add"),
        (mask.info, "info"),
        (mask.value, "value"),
    ];
    for (_, word) in words.iter().filter(|(is, _)| *is) {
        plain::print(&format!("event {word}: {id}\n"))?;
    }
    Ok(())
}

/// amixer returns the errno, which is negative.
fn not_opened(text: &str, error: &Error) -> Stop {
    let status = errno(error).wrapping_neg() as u8;
    Stop::Failed(format!("amixer: {text}\n"), status)
}

/// The card is gone.
fn ended(error: &Error) -> Stop {
    Stop::Failed(format!("amixer: Poll error: {}\n", reason(error)), GONE)
}
