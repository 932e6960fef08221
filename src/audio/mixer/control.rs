//! A simple control of an open mixer.

use super::ChannelSelection;
use super::scale::{Rounding, VolumeScale};
use super::snapshot::{
    ChannelState, ControlId, DirectionState, Enumeration, Snapshot, SwitchState, VolumeRange,
    decibels,
};
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::mixer::{MAX_CHANNELS, Selem, channel_name};

/// A simple control of an open mixer, as it was when events were last handled.
#[derive(Clone, Copy, Debug)]
pub struct Control<'a> {
    pub(super) element: Selem<'a>,
    pub(super) device: &'a str,
}

impl Control<'_> {
    /// Its name.
    pub fn name(&self) -> String {
        self.element.name()
    }

    /// Its index among the controls of that name.
    pub fn index(&self) -> u32 {
        self.element.index()
    }

    /// Name and index.
    pub fn id(&self) -> ControlId {
        ControlId {
            name: self.name(),
            index: self.index(),
        }
    }

    /// Reads its values from the device. Where events have been handled this finds nothing new, except with drivers that
    /// tell of no change (snd-dummy's capture switches): setting one of a control's values writes the others, too, as
    /// they were last read.
    pub fn refresh(&self) -> Result<()> {
        self.called(self.element.refresh())
    }

    /// Whether it has an effect at present (`snd_mixer_selem_is_active`).
    pub fn is_active(&self) -> bool {
        self.element.is_active()
    }

    /// What volumes it has (pyalsaaudio's `volumecap`: its strings, in its order).
    pub fn volumecap(&self) -> Vec<&'static str> {
        let has = self.element;
        let of = |way| (has.has_volume(way), has.has_joined_volume(way));
        capabilities(
            has.has_common_volume(),
            of(Direction::Playback),
            of(Direction::Capture),
            [
                ["Volume", "Joined Volume"],
                ["Playback Volume", "Joined Playback Volume"],
                ["Capture Volume", "Joined Capture Volume"],
            ],
        )
    }

    /// What switches it has (pyalsaaudio's `switchcap`: its strings, in its order).
    pub fn switchcap(&self) -> Vec<&'static str> {
        let has = self.element;
        let of = |way| (has.has_switch(way), has.has_joined_switch(way));
        let mut all = capabilities(
            has.has_common_switch(),
            of(Direction::Playback),
            of(Direction::Capture),
            [
                ["Mute", "Joined Mute"],
                ["Playback Mute", "Joined Playback Mute"],
                ["Capture Mute", "Joined Capture Mute"],
            ],
        );
        if has.has_exclusive_switch() {
            all.push("Capture Exclusive");
        }
        all
    }

    /// The group of which only one control can record at a time, if it is in one.
    pub fn capture_group(&self) -> Option<i32> {
        self.element
            .has_exclusive_switch()
            .then(|| self.element.capture_group())
    }

    /// Whether it has a volume in this direction.
    pub fn has_volume(&self, direction: Direction) -> bool {
        self.element.has_volume(direction)
    }

    /// Whether all channels of this direction have one volume.
    pub fn has_joined_volume(&self, direction: Direction) -> bool {
        self.element.has_joined_volume(direction)
    }

    /// Whether it has a switch in this direction.
    pub fn has_switch(&self, direction: Direction) -> bool {
        self.element.has_switch(direction)
    }

    /// Whether it chooses among items.
    pub fn is_enumerated(&self) -> bool {
        self.element.is_enumerated()
    }

    /// The numbers of its channels in this direction.
    pub fn channels(&self, direction: Direction) -> impl Iterator<Item = u32> {
        let element = self.element;
        (0..MAX_CHANNELS).filter(move |&channel| element.has_channel(direction, channel))
    }

    /// A channel's name: `Front Left`; `Mono` where it is the only one.
    pub fn channel_name(&self, direction: Direction, channel: u32) -> String {
        if self.element.is_mono(direction) {
            "Mono".to_owned()
        } else {
            channel_name(channel)
        }
    }

    /// The channels that are meant, in this direction. What is not there stays, to be refused: never are there none.
    pub fn chosen(&self, direction: Direction, channels: ChannelSelection) -> Vec<u32> {
        let all: Vec<u32> = match channels {
            ChannelSelection::All => self.channels(direction).collect(),
            ChannelSelection::One(channel) => vec![channel],
        };
        if all.is_empty() { vec![0] } else { all }
    }

    /// The direction that is meant where none is named: playback where it has a volume there, otherwise capture where it
    /// has one there.
    pub fn usual_direction(&self) -> Direction {
        match self.has_volume(Direction::Playback) || !self.has_volume(Direction::Capture) {
            true => Direction::Playback,
            false => Direction::Capture,
        }
    }

    /// The scales of its volume. [`Kind::Unsupported`] where it has none in this direction.
    pub fn scale(&self, direction: Direction) -> Result<VolumeScale> {
        if !self.has_volume(direction) {
            return Err(self.lacks(&format!("no {} volume", way(direction))));
        }
        let raw = self.called(self.element.volume_range(direction))?;
        Ok(VolumeScale {
            raw,
            db: self.element.db_range(direction).ok(),
        })
    }

    /// The switch of each channel: whether it is heard, or recorded. [`Kind::Unsupported`] where it has none in this direction.
    pub fn switches(&self, direction: Direction) -> Result<Vec<bool>> {
        if !self.has_switch(direction) {
            return Err(self.lacks(&format!("no {} switch", way(direction))));
        }
        self.channels(direction)
            .map(|channel| self.called(self.element.switch(direction, channel)))
            .collect()
    }

    /// A channel's volume in raw steps.
    pub(super) fn volume(&self, direction: Direction, channel: u32) -> Result<i64> {
        self.called(self.element.volume(direction, channel))
    }

    /// The dB, in hundredths, of a raw volume; nothing where it has no dB information.
    pub(super) fn db(&self, direction: Direction, raw: i64) -> Option<i64> {
        self.element.db_of_volume(direction, raw).ok()
    }

    /// All it says of itself.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Ok(Snapshot {
            id: self.id(),
            volumecap: self.volumecap(),
            switchcap: self.switchcap(),
            enumeration: self.enumeration()?,
            playback: self.side(Direction::Playback)?,
            capture: self.side(Direction::Capture)?,
            active: self.is_active(),
        })
    }

    /// The items it chooses among, and what its channels have chosen; nothing where it does not choose.
    pub fn enumeration(&self) -> Result<Option<Enumeration>> {
        if !self.is_enumerated() {
            return Ok(None);
        }
        let count = self.called(self.element.enum_items())?;
        let names = (0..count).map(|item| self.called(self.element.enum_item_name(item)));
        let items = names.collect::<Result<Vec<_>>>()?;
        let chosen = (0..MAX_CHANNELS).map_while(|channel| self.element.enum_item(channel).ok());
        let current = chosen
            .map(|item| items.get(item as usize).cloned())
            .map(|name| name.ok_or_else(|| self.failed(libc::EINVAL)))
            .collect::<Result<Vec<_>>>()?;
        Ok(Some(Enumeration { current, items }))
    }

    /// One direction of it; nothing where it has neither volume nor switch there.
    fn side(&self, direction: Direction) -> Result<Option<DirectionState>> {
        let scale = match self.has_volume(direction) {
            true => Some(self.scale(direction)?),
            false if self.has_switch(direction) => None,
            false => return Ok(None),
        };
        let channels = self
            .channels(direction)
            .map(|channel| self.channel(direction, channel, scale))
            .collect::<Result<_>>()?;
        let range = scale.map(|scale| VolumeRange {
            raw: scale.raw,
            db: scale
                .db
                .map(|(least, greatest)| (decibels(least), decibels(greatest))),
        });
        Ok(Some(DirectionState { range, channels }))
    }

    fn channel(
        &self,
        direction: Direction,
        index: u32,
        scale: Option<VolumeScale>,
    ) -> Result<ChannelState> {
        let on = match self.has_switch(direction) {
            true => Some(self.called(self.element.switch(direction, index))?),
            false => None,
        };
        let mut channel = ChannelState {
            channel: self.channel_name(direction, index),
            index,
            raw: None,
            percent: None,
            mapped_percent: None,
            db: None,
            switch: match direction {
                Direction::Playback => SwitchState::Muted(on.map(|on| !on)),
                Direction::Capture => SwitchState::Recording(on),
            },
        };
        if let Some(scale) = scale {
            let raw = self.volume(direction, index)?;
            let db = scale.db.and_then(|_| self.db(direction, raw));
            let mapped = scale.position(raw, db) * 100.0;
            channel.raw = Some(raw);
            channel.percent = Some(scale.percent(raw));
            channel.mapped_percent = Some(Rounding::Nearest.apply(mapped) as i64);
            channel.db = db.map(decibels);
        }
        Ok(channel)
    }

    /// `'Master'`, or `'Master',1` where it is not the first of its name.
    pub(super) fn described(&self) -> String {
        self.id().to_string()
    }

    /// An error: it has not what was asked for.
    pub(super) fn lacks(&self, what: &str) -> Error {
        Error::new(
            Kind::Unsupported,
            format!("{} has {what}", self.described()),
        )
        .with_device(self.device)
    }

    pub(super) fn called<T>(&self, result: Result<T, i32>) -> Result<T> {
        result.map_err(|errno| self.failed(errno))
    }

    fn failed(&self, errno: i32) -> Error {
        // The kernel has no other reason: who may not use the card could not have opened it.
        if errno == libc::EPERM {
            let why = "is locked by another program";
            let message = format!("{} of '{}' {why}", self.described(), self.device);
            return Error::new(Kind::Busy, message).with_device(self.device);
        }
        let doing = format!("read or set {} of", self.described());
        Error::device(&doing, self.device, errno)
    }
}

/// pyalsaaudio's words for volumes or switches: `names` for both directions in common, playback and capture, each plain and joined.
fn capabilities(
    common: bool,
    (playback, playback_joined): (bool, bool),
    (capture, capture_joined): (bool, bool),
    names: [[&'static str; 2]; 3],
) -> Vec<&'static str> {
    let [both, play, record] = names;
    let has = if common {
        vec![(true, both[0]), (playback_joined, both[1])]
    } else {
        vec![
            (playback, play[0]),
            (playback_joined, play[1]),
            (capture, record[0]),
            (capture_joined, record[1]),
        ]
    };
    let there = has.into_iter().filter(|(has, _)| *has);
    there.map(|(_, name)| name).collect()
}

/// `playback` or `capture`.
pub(super) fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Playback => "playback",
        Direction::Capture => "capture",
    }
}
