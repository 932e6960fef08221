//! What changes in a mixer, as it changes.
//!
//! Simple controls are watched by comparing what they say of themselves before and after each event, so nothing is told
//! twice. Elements that are part of no simple control are read at their own events.

use super::controls::{Controls, Place};
use super::elements::{Element, Elements};
use super::id::{ElementId, ElementQuery, Iface};
use super::snapshot::{Channel, ControlId, Side, Snapshot, Switch};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::elements::{Event, Type};
use crate::audio::ffi::messages;
use serde::Serialize;
use serde_json::{Value, json};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// How often a card that is gone is looked for.
const SEARCH: Duration = Duration::from_millis(250);

/// How often controls are read without an event: some drivers change without a word.
const LOOK: Duration = Duration::from_secs(1);

/// Something that has happened to a mixer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Notice {
    /// Watching has begun: from now on nothing is missed.
    Start {
        /// The ctl's name.
        device: String,
        /// How many controls are watched.
        controls: usize,
    },
    /// A simple control has other values.
    Change {
        /// Which.
        #[serde(flatten)]
        id: ControlId,
        /// What is different.
        changes: Vec<Difference>,
        /// All that it says of itself now.
        control: Box<Snapshot>,
    },
    /// An element that is part of no simple control, or was asked for, has other values.
    Element {
        /// Which.
        #[serde(flatten)]
        id: ElementId,
        /// The values it had.
        from: Value,
        /// The values it has.
        to: Value,
        /// The same for people.
        #[serde(skip)]
        text: String,
    },
    /// A simple control is new.
    New {
        /// Which.
        #[serde(flatten)]
        id: ControlId,
        /// All that it says of itself.
        control: Box<Snapshot>,
    },
    /// A simple control is gone.
    Gone {
        /// Which.
        #[serde(flatten)]
        id: ControlId,
    },
    /// The card, or the sound server, is gone.
    Disconnected {
        /// The ctl's name.
        device: String,
    },
    /// It is there again; what is different from before follows.
    Connected {
        /// The ctl's name.
        device: String,
    },
}

/// One value of a control that is another one than before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What it is: `volume` (raw steps), `muted`, `recording`, `item`, `active` or `range`.
    pub what: &'static str,
    /// `playback` or `capture`, where it is of one.
    pub direction: Option<&'static str>,
    /// The channel, where it is of one.
    pub channel: Option<String>,
    /// What it was.
    pub from: Value,
    /// What it is.
    pub to: Value,
    /// The same for people.
    #[serde(skip)]
    pub text: String,
}

/// Why a wait ended.
#[derive(Debug)]
pub enum Watched {
    /// This has happened; it may be nothing that concerns the controls that are watched.
    Notices(Vec<Notice>),
    /// The caller's descriptor is readable.
    Called,
    /// Nobody reads the output any more.
    Unheard,
}

/// What is watched.
#[derive(Clone, Debug)]
enum Wanted {
    Control(ControlId),
    Element(ElementQuery),
}

/// A mixer that is watched, and followed when it goes and comes back.
#[derive(Debug)]
pub struct Watch {
    /// The ctl's name, as the user has it.
    device: String,
    /// Where it is looked for when it is gone: a card by its id, since its number may be another one then.
    again: String,
    wanted: Vec<Wanted>,
    source: Option<Source>,
    controls: Vec<Snapshot>,
    elements: Vec<Element>,
}

/// An open mixer.
#[derive(Debug)]
struct Source {
    controls: Controls,
    /// Only where there are elements to be watched.
    elements: Option<Elements>,
}

impl Watch {
    /// Opens the mixer at `place`; only the controls of these names are watched, and the elements of these ids: all, where
    /// there are neither.
    ///
    /// Fails as [`Controls::open`], and where there is no such control or element.
    pub fn open(
        place: impl Into<Place>,
        controls: &[String],
        elements: &[ElementQuery],
    ) -> Result<Watch> {
        let place = place.into();
        let device = place.name();
        let source = Controls::open(place.clone())?;
        let raw = Elements::open(place.clone())?;
        let mut wanted = Vec::new();
        for words in controls {
            wanted.push(Wanted::Control(source.lookup(words)?.id()));
        }
        for query in elements {
            raw.find(query)?;
            wanted.push(Wanted::Element(query.clone()));
        }
        let again = match place {
            Place::Card(_) => format!("hw:CARD={}", raw.card()?.id),
            Place::Device(name) => name,
        };
        let mut watch = Watch {
            device,
            again,
            wanted,
            source: None,
            controls: Vec::new(),
            elements: Vec::new(),
        };
        drop((source, raw));
        watch.source = Some(watch.connect(&watch.device)?);
        if let Some((controls, elements)) = watch.read_all()? {
            (watch.controls, watch.elements) = (controls, elements);
        }
        Ok(watch)
    }

    /// What watching begins with.
    pub fn start(&self) -> Notice {
        Notice::Start {
            device: self.device.clone(),
            controls: self.controls.len() + self.elements.len(),
        }
    }

    /// Events are asked for before anything is read: what changes in between is read, and what changes after is told.
    fn connect(&self, name: &str) -> Result<Source> {
        let controls = Controls::open(name)?;
        let elements = Elements::open(name)?;
        elements.subscribe()?;
        let some = elements
            .list()?
            .iter()
            .any(|element| self.is_element(element));
        Ok(Source {
            controls,
            elements: some.then_some(elements),
        })
    }

    fn is_control(&self, id: &ControlId) -> bool {
        let names = |wanted: &Wanted| matches!(wanted, Wanted::Control(control) if control == id);
        self.wanted.is_empty() || self.wanted.iter().any(names)
    }

    fn is_element(&self, element: &Element) -> bool {
        if self.wanted.is_empty() {
            let other = matches!(element.kind(), Type::Bytes | Type::Iec958 | Type::Integer64);
            return other || element.id.iface != Iface::Mixer;
        }
        let names = |wanted: &Wanted| matches!(wanted, Wanted::Element(query) if query.fits(element.numid, &element.id));
        self.wanted.iter().any(names)
    }

    /// All that is watched; nothing where the mixer is gone.
    fn read_all(&self) -> Result<Option<(Vec<Snapshot>, Vec<Element>)>> {
        let Some(source) = &self.source else {
            return Ok(None);
        };
        let controls = self.snapshots(&source.controls)?;
        let elements = match &source.elements {
            Some(elements) => elements.list()?,
            None => Vec::new(),
        };
        let elements = elements
            .into_iter()
            .filter(|element| self.is_element(element));
        Ok(Some((controls, elements.collect())))
    }

    fn snapshots(&self, controls: &Controls) -> Result<Vec<Snapshot>> {
        let watched = controls
            .iter()
            .filter(|control| self.is_control(&control.id()));
        watched.map(|control| control.snapshot()).collect()
    }

    /// Waits for something to happen, until `call` is readable, or until nobody reads `output` any more.
    ///
    /// A mixer that is gone is no error: it is looked for.
    pub fn wait(&mut self, call: BorrowedFd, output: BorrowedFd) -> Result<Watched> {
        let mut fds = vec![pollfd(call, libc::POLLIN), pollfd(output, 0)];
        if let Some(source) = &self.source {
            // A mixer that goes in this moment tells it at the next read.
            fds.extend(source.descriptors().unwrap_or_default());
        }
        let timeout = match self.source {
            Some(_) => LOOK,
            None => SEARCH,
        };
        match alsa::poll::poll(&mut fds, timeout.as_millis() as i32) {
            Ok(_) => {}
            Err(error) if error.errno().abs() == libc::EINTR => {}
            Err(error) => return Err(Error::device("wait for", &self.device, error.errno())),
        }
        if fds[0].revents != 0 {
            return Ok(Watched::Called);
        }
        if fds[1].revents & (libc::POLLERR | libc::POLLHUP) != 0 {
            return Ok(Watched::Unheard);
        }
        let silent = fds[2..].iter().all(|fd| fd.revents == 0);
        let mut notices = Vec::new();
        match self.source.is_some() {
            false => self.search(&mut notices),
            true => {
                let taken = self.take(silent, &mut notices);
                if let Err(error) = taken {
                    // A program that cannot read one control would tell nothing at all any more: that is no reason to
                    // take the card for gone.
                    if error.kind() == Kind::Unsupported {
                        return Err(error);
                    }
                    self.source = None;
                    notices.push(Notice::Disconnected {
                        device: self.device.clone(),
                    });
                }
            }
        }
        Ok(Watched::Notices(notices))
    }

    /// Takes in events, and adds what they have changed to `notices`.
    fn take(&mut self, silent: bool, notices: &mut Vec<Notice>) -> Result<()> {
        let Some(source) = &mut self.source else {
            return Ok(());
        };
        source.controls.handle_events()?;
        if silent {
            let refreshed = source
                .controls
                .iter()
                .try_for_each(|control| control.refresh());
            refreshed?;
        }
        let mut events = Vec::new();
        if let Some(elements) = &source.elements {
            while let Some(event) = elements.next_event()? {
                events.push(event);
            }
        }
        if let Some(source) = &self.source {
            let now = self.snapshots(&source.controls)?;
            compare(&self.controls, &now, notices);
            self.controls = now;
        }
        for event in events {
            self.element_event(&event, notices)?;
        }
        Ok(())
    }

    fn element_event(&mut self, event: &Event, notices: &mut Vec<Notice>) -> Result<()> {
        let Some(elements) = self
            .source
            .as_ref()
            .and_then(|source| source.elements.as_ref())
        else {
            return Ok(());
        };
        let id = ElementId::from(&event.id);
        let known = self.elements.iter().position(|element| element.id == id);
        if event.removed {
            if let Some(at) = known {
                let gone = self.elements.remove(at);
                notices.push(element_notice(Some(&gone), None));
            }
            return Ok(());
        }
        match known {
            Some(at) => {
                if let Some(now) = elements.reread(&self.elements[at])? {
                    if now.values != self.elements[at].values {
                        notices.push(element_notice(Some(&self.elements[at]), Some(&now)));
                    }
                    self.elements[at] = now;
                }
            }
            None if event.added => {
                let all = elements.list()?;
                let new = all.into_iter().find(|element| element.id == id);
                if let Some(new) = new.filter(|element| self.is_element(element)) {
                    notices.push(element_notice(None, Some(&new)));
                    self.elements.push(new);
                }
            }
            None => {}
        }
        Ok(())
    }

    /// Looks whether the mixer is there again.
    fn search(&mut self, notices: &mut Vec<Notice>) {
        messages::capture();
        let Ok(source) = self.connect(&self.again) else {
            return;
        };
        self.source = Some(source);
        match self.read_all() {
            Ok(Some((controls, elements))) => {
                notices.push(Notice::Connected {
                    device: self.device.clone(),
                });
                compare(&self.controls, &controls, notices);
                for element in &elements {
                    let before = self.elements.iter().find(|other| other.id == element.id);
                    if before.is_none_or(|before| before.values != element.values) {
                        notices.push(element_notice(before, Some(element)));
                    }
                }
                (self.controls, self.elements) = (controls, elements);
            }
            // Gone again; the next search will tell.
            _ => self.source = None,
        }
    }
}

impl Source {
    fn descriptors(&self) -> Result<Vec<libc::pollfd>> {
        let mut fds = self.controls.descriptors()?;
        if let Some(elements) = &self.elements {
            fds.extend(elements.descriptors()?);
        }
        Ok(fds)
    }
}

fn pollfd(fd: BorrowedFd, events: i16) -> libc::pollfd {
    libc::pollfd {
        fd: fd.as_raw_fd(),
        events,
        revents: 0,
    }
}

fn element_notice(before: Option<&Element>, now: Option<&Element>) -> Notice {
    let tell = |element: Option<&Element>| {
        let values = element.and_then(|element| Some((element, element.values.as_ref()?)));
        match values {
            Some((element, values)) => (element.json(values), element.text(values)),
            None => (Value::Null, "nothing".to_owned()),
        }
    };
    let ((from, was), (to, is)) = (tell(before), tell(now));
    let id = now.or(before).map(|element| element.id.clone());
    Notice::Element {
        id: id.unwrap_or_default(),
        from,
        to,
        text: format!("{was} -> {is}"),
    }
}

/// Adds what is different between two readings of a mixer.
fn compare(before: &[Snapshot], now: &[Snapshot], notices: &mut Vec<Notice>) {
    for gone in before {
        if !now.iter().any(|control| control.id == gone.id) {
            notices.push(Notice::Gone {
                id: gone.id.clone(),
            });
        }
    }
    for control in now {
        let Some(old) = before.iter().find(|old| old.id == control.id) else {
            notices.push(Notice::New {
                id: control.id.clone(),
                control: Box::new(control.clone()),
            });
            continue;
        };
        let changes = differences(old, control);
        if !changes.is_empty() {
            notices.push(Notice::Change {
                id: control.id.clone(),
                changes,
                control: Box::new(control.clone()),
            });
        }
    }
}

/// What a control has otherwise than before.
fn differences(before: &Snapshot, now: &Snapshot) -> Vec<Difference> {
    let mut all = Vec::new();
    let ways = [
        ("playback", &before.playback, &now.playback),
        ("capture", &before.capture, &now.capture),
    ];
    for (way, before, now) in ways {
        if let (Some(before), Some(now)) = (before, now) {
            side(way, before, now, &mut all);
        }
    }
    if let (Some(before), Some(now)) = (&before.enumeration, &now.enumeration) {
        for (at, (from, to)) in before.current.iter().zip(&now.current).enumerate() {
            if from != to {
                all.push(Difference {
                    what: "item",
                    direction: None,
                    channel: (now.current.len() > 1).then(|| at.to_string()),
                    from: json!(from),
                    to: json!(to),
                    text: format!("'{from}' -> '{to}'"),
                });
            }
        }
    }
    if before.active != now.active {
        all.push(Difference {
            what: "active",
            direction: None,
            channel: None,
            from: json!(before.active),
            to: json!(now.active),
            text: if now.active {
                "now active"
            } else {
                "now inactive"
            }
            .to_owned(),
        });
    }
    all
}

fn side(way: &'static str, before: &Side, now: &Side, all: &mut Vec<Difference>) {
    if before.range != now.range {
        all.push(Difference {
            what: "range",
            direction: Some(way),
            channel: None,
            from: json!(before.range),
            to: json!(now.range),
            text: format!("{way} has another range"),
        });
    }
    for channel in &now.channels {
        let same = |old: &&Channel| old.index == channel.index;
        let Some(old) = before.channels.iter().find(same) else {
            continue;
        };
        let mut tell = |what, from: Value, to: Value, words: String| {
            all.push(Difference {
                what,
                direction: Some(way),
                channel: Some(channel.channel.clone()),
                from,
                to,
                text: format!("{way} {} {words}", channel.channel),
            });
        };
        if old.raw != channel.raw {
            let words = format!("{} -> {}", volume(old), volume(channel));
            tell("volume", json!(old.raw), json!(channel.raw), words);
        }
        match (old.switch, channel.switch) {
            (Switch::Muted(from), Switch::Muted(to)) if from != to => {
                let word = |muted| if muted == Some(true) { "off" } else { "on" };
                let words = format!("{} -> {}", word(from), word(to));
                tell("muted", json!(from), json!(to), words);
            }
            (Switch::Recording(from), Switch::Recording(to)) if from != to => {
                let word = |on| {
                    if on == Some(true) {
                        "recording"
                    } else {
                        "not recording"
                    }
                };
                let words = format!("{} -> {}", word(from), word(to));
                tell("recording", json!(from), json!(to), words);
            }
            _ => {}
        }
    }
}

/// `10 [40%] [-30.00dB]`
fn volume(channel: &Channel) -> String {
    let raw = channel.raw.unwrap_or_default();
    let mut text = raw.to_string();
    if let Some(percent) = channel.percent {
        text += &format!(" [{percent}%]");
    }
    if let Some(db) = channel.db.filter(|db| *db > -99_999.0) {
        text += &format!(" [{db:.2}dB]");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(name: &str, raws: &[i64], on: bool) -> Snapshot {
        let channels = raws.iter().zip(0..).map(|(raw, index)| Channel {
            channel: format!("C{index}"),
            index,
            raw: Some(*raw),
            percent: Some(*raw),
            mapped_percent: Some(*raw),
            db: None,
            switch: Switch::Muted(Some(!on)),
        });
        Snapshot {
            id: ControlId {
                name: name.to_owned(),
                index: 0,
            },
            volumecap: vec![],
            switchcap: vec![],
            enumeration: None,
            playback: Some(Side {
                range: None,
                channels: channels.collect(),
            }),
            capture: None,
            active: true,
        }
    }

    #[test]
    fn each_value_that_is_another_is_told_once_and_the_same_never() {
        let before = [control("A", &[1, 2], true), control("B", &[3], true)];
        let mut notices = Vec::new();
        compare(&before, &before, &mut notices);
        assert_eq!(notices, []);
        let now = [control("A", &[1, 5], false), control("C", &[3], true)];
        compare(&before, &now, &mut notices);
        let told: Vec<Value> = notices.iter().map(|notice| json!(notice)).collect();
        assert_eq!(told[0], json!({"event": "gone", "name": "B", "index": 0}));
        assert_eq!(
            (&told[1]["event"], &told[1]["name"]),
            (&json!("change"), &json!("A"))
        );
        let changes = told[1]["changes"].as_array().unwrap();
        let what: Vec<&Value> = changes.iter().map(|change| &change["what"]).collect();
        assert_eq!(what, ["muted", "volume", "muted"]);
        assert_eq!(
            (&changes[1]["from"], &changes[1]["to"]),
            (&json!(2), &json!(5))
        );
        assert_eq!(
            (&told[2]["event"], &told[2]["name"]),
            (&json!("new"), &json!("C"))
        );
        assert_eq!(told.len(), 3);
        let Notice::Change { changes, .. } = &notices[1] else {
            panic!()
        };
        assert_eq!(changes[1].text, "playback C1 2 [2%] -> 5 [5%]");
    }

    #[test]
    fn the_event_stands_first_in_json() {
        let notice = Notice::Disconnected {
            device: "hw:0".to_owned(),
        };
        let text = serde_json::to_string(&notice).unwrap();
        assert_eq!(text, r#"{"event":"disconnected","device":"hw:0"}"#);
    }
}
