//! The events of cards, also of those that appear later.

use super::cards::{ctl_name, named};
use crate::commands::compat::stop::Result;
use aloud::audio::error::{self, Error};
use aloud::audio::mixer::{ElementEvents, ElementId, EventMask};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// The folder of the devices of cards.
pub(super) const DEVICES: &str = "/dev/snd";

/// An event: the name of the card, what has happened, and to which element.
pub(super) type CardEvent = (String, EventMask, ElementId);

/// The cards whose events are waited for.
pub(super) struct WatchedCards {
    all: Vec<(String, ElementEvents)>,
    /// Readable when a card may have appeared; `None` if cards that appear do not matter.
    appearance: Option<OwnedFd>,
}

impl WatchedCards {
    /// Watches one ctl. The error has its name.
    pub(super) fn one(name: &str) -> std::result::Result<WatchedCards, Error> {
        let events = ElementEvents::open(name)?;
        Ok(WatchedCards {
            all: vec![(name.to_owned(), events)],
            appearance: None,
        })
    }

    /// Watches all cards, and those that appear later.
    pub(super) fn all() -> WatchedCards {
        let mut cards = WatchedCards {
            all: Vec::new(),
            appearance: watch_devices().ok(),
        };
        cards.add_new();
        cards
    }

    /// Watches nothing.
    pub(super) fn none() -> WatchedCards {
        WatchedCards {
            all: Vec::new(),
            appearance: None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Watches the cards that are not watched yet. One that cannot be opened is tried again when its permissions change.
    pub(super) fn add_new(&mut self) {
        for index in super::cards::indexes(None).unwrap_or_default() {
            let name = ctl_name(index);
            if self.all.iter().any(|(known, _)| *known == name) {
                continue;
            }
            if let Ok(events) = ElementEvents::open(name.as_str()) {
                self.all.push((name, events));
            }
        }
    }

    /// Waits for events. The wait also ends when `other` is readable, or after `time`. Cards that are gone are not watched
    /// any more.
    pub(super) fn wait(
        &mut self,
        other: Option<BorrowedFd>,
        time: Option<Duration>,
    ) -> error::Result<Vec<CardEvent>> {
        let appearance = self.appearance.as_ref().map(AsFd::as_fd);
        let others: Vec<BorrowedFd> = appearance.into_iter().chain(other).collect();
        let watched: Vec<&ElementEvents> = self.all.iter().map(|(_, events)| events).collect();
        let ready = ElementEvents::wait_any(&watched, &others, time)?;
        let mut found = Vec::new();
        let mut gone = Vec::new();
        for (at, events) in ready {
            match events {
                Ok(events) => {
                    let name = &self.all[at].0;
                    let named = |(mask, id)| (name.clone(), mask, id);
                    found.extend(events.into_iter().map(named));
                }
                Err(_) => gone.push(at),
            }
        }
        for at in gone.into_iter().rev() {
            drop(self.all.remove(at));
        }
        if self.take_appearance() {
            self.add_new();
        }
        Ok(found)
    }

    fn take_appearance(&self) -> bool {
        let Some(appearance) = &self.appearance else {
            return false;
        };
        let mut any = false;
        while rustix::io::read(appearance, &mut [0; 4096]).is_ok_and(|count| count > 0) {
            any = true;
        }
        any
    }
}

/// Readable when a device appears, or its permissions change.
fn watch_devices() -> io::Result<OwnedFd> {
    let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
    inotify::add_watch(&inotify, DEVICES, WatchFlags::CREATE | WatchFlags::ATTRIB)?;
    Ok(inotify)
}

/// The only ctl of a card that is named.
pub(super) fn card_named(card: &str) -> Result<String> {
    Ok(named(Some(card))?.swap_remove(0))
}
