//! What changes on a mixer, as it happens: told from what a control was to what it is.

use super::controls::{Controls, MixerDevice};
use super::elements::{Element, Elements};
use super::id::ElementSelector;
use super::snapshot::{ChannelState, ControlId, DirectionState, Snapshot, SwitchState};
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::elements::{ElementInfo, ElementInterface, ElementType};
use crate::audio::poll;
use crate::audio::system::cards::find_card;
use serde::Serialize;
use serde_json::{Value, json};
use std::cell::Cell;
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// What one program sets in one go, channel by channel, arrives within this time, and is one change.
const TOGETHER: Duration = Duration::from_millis(5);

/// Controls are read so often without an event: some drivers (snd-dummy's switches) change without a word.
const LOOK: Duration = Duration::from_secs(1);

/// A card that went away is looked for so often.
const RETRY: Duration = Duration::from_millis(200);

/// Something that happened to a mixer. Serialised, it is one object with `"event"` first.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum MixerEvent {
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
    /// An element that is part of no simple control, or was named, has changed.
    Element {
        /// Which one.
        #[serde(flatten)]
        id: ElementKey,
        /// Its values before; `null` where it is new, or could not be read.
        from: Value,
        /// Its values now; `null` where it is gone, or cannot be read.
        to: Value,
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

/// What tells an element from the others of its card, whatever its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ElementKey {
    /// Where it belongs: `MIXER`, `PCM` …
    pub iface: &'static str,
    /// Its name.
    pub name: String,
    /// Its number among those of its name.
    pub index: u32,
    /// The device it is for.
    pub device: u32,
    /// The subdevice it is for.
    pub subdevice: u32,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchWake {
    /// There may be something to tell.
    Look,
    /// The caller's descriptor is readable.
    Called,
    /// Nobody reads the output any more.
    Unheard,
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
    place: MixerDevice,
    /// The card's id, by which it is known when it comes back under another number.
    card: Option<String>,
    /// What of it is watched.
    wanted: WatchFilter,
    source: Option<WatchedMixer>,
    known: WatchedState,
    /// Whether the last wait ended without an event.
    silent: Cell<bool>,
}

/// What is watched: all that is not part of it is left out; where it is empty, nothing is.
#[derive(Debug, Default)]
struct WatchFilter {
    controls: Vec<ControlId>,
    elements: Vec<ElementSelector>,
}

/// An open mixer.
#[derive(Debug)]
struct WatchedMixer {
    controls: Controls,
    /// Only where there are elements to be watched.
    elements: Option<Elements>,
}

/// What was last read.
#[derive(Debug, Default)]
struct WatchedState {
    controls: Vec<Snapshot>,
    elements: Vec<Element>,
}

impl WatchFilter {
    fn is_all(&self) -> bool {
        self.controls.is_empty() && self.elements.is_empty()
    }

    fn control(&self, id: &ControlId) -> bool {
        self.is_all() || self.controls.contains(id)
    }

    /// Whether an element is watched by itself: it is named, or (where nothing is named) part of no simple control.
    fn element(&self, info: &ElementInfo) -> bool {
        if self.is_all() {
            let simple = matches!(
                info.kind,
                ElementType::Boolean | ElementType::Integer(..) | ElementType::Enumerated(..)
            );
            return !simple || info.id.interface != ElementInterface::Mixer;
        }
        self.elements.iter().any(|wanted| wanted.fits(&info.id))
    }
}

impl WatchedMixer {
    /// Opens the mixer. Events are asked for before anything is read, so that nothing falls between the two.
    fn open(place: &MixerDevice, wanted: &WatchFilter) -> Result<WatchedMixer> {
        let controls = Controls::open(place.clone())?;
        let elements = Elements::open(place.clone())?;
        let any = elements.list()?.iter().any(|info| wanted.element(info));
        if any {
            elements.subscribe()?;
        }
        Ok(WatchedMixer {
            controls,
            elements: any.then_some(elements),
        })
    }

    fn descriptors(&self) -> Result<Vec<libc::pollfd>> {
        let mut fds = self.controls.descriptors()?;
        if let Some(elements) = &self.elements {
            fds.extend(elements.descriptors()?);
        }
        Ok(fds)
    }

    /// All that is watched, as it is now.
    fn read(&self, wanted: &WatchFilter) -> Result<WatchedState> {
        Ok(WatchedState {
            controls: self.controls(wanted)?,
            elements: self.elements(wanted)?,
        })
    }

    fn controls(&self, wanted: &WatchFilter) -> Result<Vec<Snapshot>> {
        let controls = self.controls.iter();
        let watched = controls.filter(|control| wanted.control(&control.id()));
        watched.map(|control| control.snapshot()).collect()
    }

    fn elements(&self, wanted: &WatchFilter) -> Result<Vec<Element>> {
        let Some(elements) = &self.elements else {
            return Ok(Vec::new());
        };
        let infos = elements.list()?.into_iter();
        let watched = infos.filter(|info| wanted.element(info));
        watched.map(|info| elements.element(&info)).collect()
    }
}

impl Watch {
    /// Begins to watch the controls and elements that `names` mean, or all where there are none. An element is named by its
    /// id (`numid=3`); by themselves, those are watched that are part of no simple control.
    ///
    /// Fails as [`Controls::open`], [`Controls::lookup`] and [`Elements::find`].
    pub fn new(place: MixerDevice, names: &[String], ids: &[ElementSelector]) -> Result<Watch> {
        let card = match place {
            MixerDevice::Card(_) => Elements::open(place.clone())
                .and_then(|elements| elements.card())
                .ok(),
            MixerDevice::Name(_) => None,
        };
        let mut wanted = WatchFilter::default();
        if !names.is_empty() {
            let controls = Controls::open(place.clone())?;
            let found = names.iter().map(|name| Ok(controls.lookup(name)?.id()));
            wanted.controls = found.collect::<Result<_>>()?;
        }
        if !ids.is_empty() {
            let elements = Elements::open(place.clone())?;
            ids.iter()
                .try_for_each(|id| elements.find(id).map(|_| ()))?;
            wanted.elements = ids.to_vec();
        }
        let source = WatchedMixer::open(&place, &wanted)?;
        let known = source.read(&wanted)?;
        Ok(Watch {
            place,
            card: card.map(|(id, _)| id),
            wanted,
            source: Some(source),
            known,
            silent: Cell::new(false),
        })
    }

    /// What is watched, as it is known.
    pub fn start(&self) -> MixerEvent {
        MixerEvent::Start {
            device: self.place.name(),
            controls: self.known.controls.clone(),
        }
    }

    /// Waits until there may be something to tell, until `call` is readable, or until nobody reads `output` (a pipe) any more.
    pub fn wait(&self, call: BorrowedFd, output: BorrowedFd) -> Result<WatchWake> {
        let mut fds = vec![poll::entry(call, libc::POLLIN), poll::entry(output, 0)];
        if let Some(source) = &self.source {
            // That they cannot be had is told by the next look.
            fds.extend(source.descriptors().unwrap_or_default());
        }
        let longest = self.source.as_ref().map_or(RETRY, |_| LOOK);
        poll::poll(&mut fds, Some(longest))
            .map_err(|errno| Error::device("wait for", &self.place.name(), errno))?;
        let silent = fds[2..].iter().all(|fd| fd.revents == 0);
        self.silent.set(silent);
        Ok(match () {
            _ if fds[0].revents != 0 => WatchWake::Called,
            _ if fds[1].revents & (libc::POLLERR | libc::POLLHUP) != 0 => WatchWake::Unheard,
            _ => {
                if !silent {
                    std::thread::sleep(TOGETHER);
                }
                WatchWake::Look
            }
        })
    }

    /// What has happened since the last look. Never waits.
    pub fn look(&mut self) -> Result<Vec<MixerEvent>> {
        if self.source.is_none() {
            return Ok(self.look_for_card());
        }
        // Whatever fails on an open mixer is its end: a card that is gone, a server that has ended.
        match self.take() {
            Ok(now) => Ok(self.learn(now)),
            Err(_) => {
                self.source = None;
                Ok(vec![MixerEvent::Unplugged {
                    device: self.place.name(),
                }])
            }
        }
    }

    /// Takes in events, and reads what they may have changed.
    fn take(&mut self) -> Result<WatchedState> {
        let Some(source) = &mut self.source else {
            let message = format!("'{}' is gone", self.place.name());
            return Err(Error::new(Kind::Disconnected, message));
        };
        source.controls.handle_events()?;
        if self.silent.get() {
            let mut controls = source.controls.iter();
            controls.try_for_each(|control| control.refresh())?;
        }
        let any = match &source.elements {
            Some(elements) => elements.take_events()?,
            None => false,
        };
        Ok(WatchedState {
            controls: source.controls(&self.wanted)?,
            elements: match any {
                true => source.elements(&self.wanted)?,
                false => self.known.elements.clone(),
            },
        })
    }

    fn look_for_card(&mut self) -> Vec<MixerEvent> {
        let place = match &self.card {
            Some(id) => match find_card(id) {
                Ok(index) => MixerDevice::Card(index),
                Err(_) => return vec![],
            },
            None => self.place.clone(),
        };
        let Ok(source) = WatchedMixer::open(&place, &self.wanted) else {
            return vec![];
        };
        let Ok(now) = source.read(&self.wanted) else {
            return vec![];
        };
        self.source = Some(source);
        self.place = place;
        let mut all = vec![MixerEvent::Plugged {
            device: self.place.name(),
        }];
        all.extend(self.learn(now));
        all
    }

    /// Takes note of what there is now, and tells how it differs from what was known.
    fn learn(&mut self, now: WatchedState) -> Vec<MixerEvent> {
        let mut happenings = differences(&self.known.controls, &now.controls);
        happenings.extend(element_differences(&self.known.elements, &now.elements));
        self.known = now;
        happenings
    }
}

/// How the values of elements differ. They are told apart by all but their numbers.
fn element_differences(before: &[Element], now: &[Element]) -> Vec<MixerEvent> {
    let place = |element: &Element| ElementKey {
        iface: element.iface,
        name: element.name.clone(),
        index: element.index,
        device: element.device,
        subdevice: element.subdevice,
    };
    let in_one = |all: &[Element], id: &ElementKey| -> Value {
        let found = all.iter().find(|element| place(element) == *id);
        found.map_or(Value::Null, |element| json!(element)["values"].clone())
    };
    let gone = before
        .iter()
        .filter(|old| !now.iter().any(|new| place(new) == place(old)));
    let all = gone.chain(now).map(place);
    all.filter_map(|id| {
        let (from, to) = (in_one(before, &id), in_one(now, &id));
        (from != to).then_some(MixerEvent::Element { id, from, to })
    })
    .collect()
}

fn differences(before: &[Snapshot], now: &[Snapshot]) -> Vec<MixerEvent> {
    let gone = before
        .iter()
        .filter(|old| !now.iter().any(|new| new.id == old.id));
    let gone = gone.map(|old| MixerEvent::Gone { id: old.id.clone() });
    let rest = now
        .iter()
        .filter_map(|new| match before.iter().find(|old| old.id == new.id) {
            None => Some(MixerEvent::New {
                id: new.id.clone(),
                control: new.clone(),
            }),
            Some(old) if old == new => None,
            Some(old) => Some(MixerEvent::Change {
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
    side_changes(
        Direction::Playback,
        old.playback.as_ref(),
        new.playback.as_ref(),
        &mut all,
    );
    let told = all.len();
    let (before, now) = (old.capture.as_ref(), new.capture.as_ref());
    side_changes(Direction::Capture, before, now, &mut all);
    // One volume for both directions is told once.
    let common = |word: &&str| ["Volume", "Joined Volume"].contains(word);
    if new.volumecap.iter().any(common) {
        let captured = all.split_off(told).into_iter();
        all.extend(captured.filter(|change| !["volume", "range"].contains(&change.value)));
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
    old: Option<&DirectionState>,
    new: Option<&DirectionState>,
    all: &mut Vec<ValueChange>,
) {
    let range = |side: Option<&DirectionState>| json!(side.map(|side| side.range));
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

fn volume(channel: &ChannelState) -> Value {
    json!({
        "raw": channel.raw,
        "percent": channel.percent,
        "mapped_percent": channel.mapped_percent,
        "db": channel.db,
    })
}

fn switch(channel: &ChannelState) -> (&'static str, Value) {
    match channel.switch {
        SwitchState::Muted(muted) => ("muted", json!(muted)),
        SwitchState::Recording(recording) => ("recording", json!(recording)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::snapshot::VolumeRange;
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
            playback: Some(DirectionState {
                range: Some(VolumeRange {
                    raw: (0, 31),
                    db: None,
                }),
                channels: vec![ChannelState {
                    channel: "Mono".to_owned(),
                    index: 0,
                    raw: Some(raw),
                    percent: Some(raw * 100 / 31),
                    mapped_percent: None,
                    db: None,
                    switch: SwitchState::Muted(Some(muted)),
                }],
            }),
            capture: None,
            active: true,
        }
    }

    #[test]
    fn what_changed_is_told_from_what_to_what() {
        let happenings = differences(&[control("A", 1, false)], &[control("A", 2, true)]);
        let [MixerEvent::Change { changes, .. }] = &happenings[..] else {
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
    fn one_volume_for_both_directions_is_told_once() {
        let common = |raw| {
            let mut control = control("A", raw, false);
            control.volumecap = vec!["Volume"];
            control.capture = control.playback.clone();
            control
        };
        let changes = changes(&common(1), &common(2));
        let told: Vec<_> = changes
            .iter()
            .map(|change| (change.value, change.direction))
            .collect();
        assert_eq!(told, [("volume", Some(Direction::Playback))]);
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
                MixerEvent::Gone { id: a.id },
                MixerEvent::New {
                    id: c.id.clone(),
                    control: c
                }
            ]
        );
    }
}
