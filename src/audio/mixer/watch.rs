//! What changes on a mixer, as it happens: told from what a control was to what it is.

use super::controls::{Controls, Place, Woken};
use super::elements::Elements;
use super::snapshot::{Channel, ControlId, Side, Snapshot, Switch};
use crate::audio::cards::find_card;
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind, Result};
use serde::Serialize;
use serde_json::{Value, json};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// What one program sets in one go, channel by channel, arrives within this time, and is one change.
const TOGETHER: Duration = Duration::from_millis(5);

/// A card that went away is looked for so often.
const RETRY: Duration = Duration::from_millis(200);

/// Something that happened to a mixer. Serialised, it is one object with `"event"` first.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Happening {
    /// Watching begins: all that changes from now on is told.
    Start {
        /// The ctl's name.
        device: String,
        /// The controls that are watched, as they are.
        controls: Vec<Snapshot>,
    },
    /// A control has changed.
    Change {
        /// Which one.
        #[serde(flatten)]
        id: ControlId,
        /// What of it.
        changes: Vec<ValueChange>,
        /// What it is now.
        control: Snapshot,
    },
    /// There is a new control.
    New {
        /// Which one.
        #[serde(flatten)]
        id: ControlId,
        /// What it is.
        control: Snapshot,
    },
    /// A control is gone.
    Gone {
        /// Which one.
        #[serde(flatten)]
        id: ControlId,
    },
    /// The card was unplugged, or the sound server ended.
    Unplugged {
        /// The ctl's name.
        device: String,
    },
    /// It is there again; how its controls differ from what they were is told next.
    Plugged {
        /// The ctl's name, which may be another one now.
        device: String,
    },
}

/// One value of a control that is another one now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueChange {
    /// `volume`, `muted`, `recording`, `enum`, `active`, `range`.
    pub value: &'static str,
    /// Of what is played or recorded; `null` for what is of neither.
    pub direction: Option<Direction>,
    /// The channel's name; `null` for what is of all.
    pub channel: Option<String>,
    /// What it was. A volume is an object of raw, percent, mapped_percent and db.
    pub from: Value,
    /// What it is.
    pub to: Value,
}

/// Watches a mixer, also where its card goes away and comes back.
#[derive(Debug)]
pub struct Watch {
    place: Place,
    /// The card's id, by which it is known when it comes back under another number.
    card: Option<String>,
    /// Those that are watched; all, if there are none.
    wanted: Vec<ControlId>,
    controls: Option<Controls>,
    known: Vec<Snapshot>,
}

impl Watch {
    /// Begins to watch the controls that `names` mean, or all where there are none.
    ///
    /// Fails as [`Controls::open`] and [`Controls::lookup`].
    pub fn new(place: Place, names: &[String]) -> Result<Watch> {
        let card = match place {
            Place::Card(_) => Elements::open(place.clone())
                .and_then(|elements| elements.card())
                .ok(),
            Place::Device(_) => None,
        };
        let controls = Controls::open(place.clone())?;
        let wanted = names.iter().map(|name| Ok(controls.lookup(name)?.id()));
        let mut watch = Watch {
            place,
            card: card.map(|(id, _)| id),
            wanted: wanted.collect::<Result<_>>()?,
            controls: Some(controls),
            known: Vec::new(),
        };
        watch.known = watch.read()?;
        Ok(watch)
    }

    /// What is watched, as it is known.
    pub fn start(&self) -> Happening {
        Happening::Start {
            device: self.place.name(),
            controls: self.known.clone(),
        }
    }

    /// Waits until there may be something to tell, or until `other` is readable, which is told.
    pub fn wait(&self, other: BorrowedFd) -> Result<bool> {
        if let Some(controls) = &self.controls {
            let woken = controls.wait(Some(other), None)?;
            if woken == Woken::Events {
                std::thread::sleep(TOGETHER);
            }
            return Ok(woken == Woken::Called);
        }
        let mut fds = [libc::pollfd {
            fd: other.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        }];
        let ready = alsa::poll::poll(&mut fds, RETRY.as_millis() as i32);
        Ok(ready.is_ok_and(|ready| ready > 0))
    }

    /// What has happened since the last look. Never waits.
    pub fn look(&mut self) -> Result<Vec<Happening>> {
        let gone = match &mut self.controls {
            None => return Ok(self.look_for_card()),
            Some(controls) => controls.handle_events(),
        };
        // Whatever fails on an open mixer is its end: a card that is gone, a server that has ended.
        match gone.and_then(|_| self.read()) {
            Ok(now) => Ok(self.learn(now)),
            Err(_) => {
                self.controls = None;
                Ok(vec![Happening::Unplugged {
                    device: self.place.name(),
                }])
            }
        }
    }

    fn look_for_card(&mut self) -> Vec<Happening> {
        let place = match &self.card {
            Some(id) => match find_card(id) {
                Ok(index) => Place::Card(index),
                Err(_) => return vec![],
            },
            None => self.place.clone(),
        };
        let Ok(controls) = Controls::open(place.clone()) else {
            return vec![];
        };
        self.controls = Some(controls);
        let Ok(now) = self.read() else {
            self.controls = None;
            return vec![];
        };
        self.place = place;
        let mut all = vec![Happening::Plugged {
            device: self.place.name(),
        }];
        all.extend(self.learn(now));
        all
    }

    /// The controls that are watched, as they are now.
    fn read(&self) -> Result<Vec<Snapshot>> {
        let Some(controls) = &self.controls else {
            let message = format!("'{}' is gone", self.place.name());
            return Err(Error::new(Kind::Disconnected, message));
        };
        let all = controls
            .iter()
            .filter(|control| self.wanted.is_empty() || self.wanted.contains(&control.id()));
        all.map(|control| control.snapshot()).collect()
    }

    /// Takes note of what there is now, and tells how it differs from what was known.
    fn learn(&mut self, now: Vec<Snapshot>) -> Vec<Happening> {
        let happenings = differences(&self.known, &now);
        self.known = now;
        happenings
    }
}

fn differences(before: &[Snapshot], now: &[Snapshot]) -> Vec<Happening> {
    let gone = before
        .iter()
        .filter(|old| !now.iter().any(|new| new.id == old.id));
    let gone = gone.map(|old| Happening::Gone { id: old.id.clone() });
    let rest = now
        .iter()
        .filter_map(|new| match before.iter().find(|old| old.id == new.id) {
            None => Some(Happening::New {
                id: new.id.clone(),
                control: new.clone(),
            }),
            Some(old) if old == new => None,
            Some(old) => Some(Happening::Change {
                id: new.id.clone(),
                changes: changes(old, new),
                control: new.clone(),
            }),
        });
    gone.chain(rest).collect()
}

/// What differs between two states of one control.
fn changes(old: &Snapshot, new: &Snapshot) -> Vec<ValueChange> {
    let mut all = Vec::new();
    for (direction, old, new) in [
        (Direction::Playback, &old.playback, &new.playback),
        (Direction::Capture, &old.capture, &new.capture),
    ] {
        side_changes(direction, old.as_ref(), new.as_ref(), &mut all);
    }
    let chosen = |snapshot: &Snapshot| json!(snapshot.enumeration.as_ref().map(|all| &all.current));
    all.extend(change("enum", None, None, chosen(old), chosen(new)));
    all.extend(change(
        "active",
        None,
        None,
        json!(old.active),
        json!(new.active),
    ));
    all
}

fn side_changes(
    direction: Direction,
    old: Option<&Side>,
    new: Option<&Side>,
    all: &mut Vec<ValueChange>,
) {
    let range = |side: Option<&Side>| json!(side.map(|side| side.range));
    all.extend(change(
        "range",
        Some(direction),
        None,
        range(old),
        range(new),
    ));
    for channel in new.map_or(&[][..], |new| &new.channels) {
        let before = old.and_then(|old| {
            old.channels
                .iter()
                .find(|known| known.index == channel.index)
        });
        let Some(before) = before else {
            continue;
        };
        let name = Some(channel.channel.as_str());
        all.extend(change(
            "volume",
            Some(direction),
            name,
            volume(before),
            volume(channel),
        ));
        let ((value, from), (_, to)) = (switch(before), switch(channel));
        all.extend(change(value, Some(direction), name, from, to));
    }
}

fn change(
    value: &'static str,
    direction: Option<Direction>,
    channel: Option<&str>,
    from: Value,
    to: Value,
) -> Option<ValueChange> {
    (from != to).then(|| ValueChange {
        value,
        direction,
        channel: channel.map(str::to_owned),
        from,
        to,
    })
}

fn volume(channel: &Channel) -> Value {
    json!({
        "raw": channel.raw,
        "percent": channel.percent,
        "mapped_percent": channel.mapped_percent,
        "db": channel.db,
    })
}

fn switch(channel: &Channel) -> (&'static str, Value) {
    match channel.switch {
        Switch::Muted(muted) => ("muted", json!(muted)),
        Switch::Recording(recording) => ("recording", json!(recording)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::snapshot::Range;
    use super::*;

    fn control(name: &str, raw: i64, muted: bool) -> Snapshot {
        Snapshot {
            id: ControlId {
                name: name.to_owned(),
                index: 0,
            },
            volumecap: vec!["Playback Volume"],
            switchcap: vec!["Playback Mute"],
            enumeration: None,
            playback: Some(Side {
                range: Some(Range {
                    raw: (0, 31),
                    db: None,
                }),
                channels: vec![Channel {
                    channel: "Mono".to_owned(),
                    index: 0,
                    raw: Some(raw),
                    percent: Some(raw * 100 / 31),
                    mapped_percent: None,
                    db: None,
                    switch: Switch::Muted(Some(muted)),
                }],
            }),
            capture: None,
            active: true,
        }
    }

    #[test]
    fn what_changed_is_told_from_what_to_what() {
        let happenings = differences(&[control("A", 1, false)], &[control("A", 2, true)]);
        let [Happening::Change { changes, .. }] = &happenings[..] else {
            panic!("{happenings:?}");
        };
        let told: Vec<_> = changes
            .iter()
            .map(|change| (change.value, &change.from, &change.to))
            .collect();
        assert_eq!(told[1], ("muted", &json!(false), &json!(true)));
        assert_eq!(
            (told[0].0, &told[0].1["raw"], &told[0].2["raw"]),
            ("volume", &json!(1), &json!(2))
        );
        assert_eq!(told.len(), 2);
    }

    #[test]
    fn what_is_new_or_gone_is_told_and_what_is_the_same_is_not() {
        let (a, b, c) = (
            control("A", 1, false),
            control("B", 1, false),
            control("C", 1, false),
        );
        let happenings = differences(&[a.clone(), b.clone()], &[b, c.clone()]);
        assert_eq!(
            happenings,
            [
                Happening::Gone { id: a.id },
                Happening::New {
                    id: c.id.clone(),
                    control: c
                }
            ]
        );
    }
}
