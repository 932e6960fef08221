//! One simple control of an open mixer.

use super::locked::{holders_of_control, locked};
use super::scale::{Rounding, VolumeScale};
use super::snapshot::{
    ChannelState, ControlId, DirectionState, Enumeration, ReadError, Snapshot, SwitchState,
    VolumeRange, decibels,
};
use super::units::ChannelSelection;
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::mixer::{MAX_MIXER_CHANNELS, Selem, channel_name};

/// A simple control of an open mixer, as of the last [`Controls::handle_events`](super::Controls::handle_events).
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

    /// Its index among the controls with that name.
    pub fn index(&self) -> u32 {
        self.element.index()
    }

    /// Its name and index.
    pub fn id(&self) -> ControlId {
        ControlId {
            name: self.name(),
            index: self.index(),
        }
    }

    /// Rereads its values from the device.
    ///
    /// Handling events is enough for most drivers, but some send none (snd-dummy's capture switches). Setting one value
    /// of such a control would write its other values as they were last read.
    ///
    /// # Errors
    /// If the device cannot be read.
    pub fn refresh(&self) -> Result<()> {
        self.checked(self.element.refresh())
    }

    /// Whether it currently has an effect (`snd_mixer_selem_is_active`).
    pub fn is_active(&self) -> bool {
        self.element.is_active()
    }

    /// Its kinds of volume (pyalsaaudio's `volumecap`: the same strings in the same order).
    pub fn volumecap(&self) -> Vec<&'static str> {
        let has = self.element;
        let of = |direction| (has.has_volume(direction), has.has_joined_volume(direction));
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

    /// Its kinds of switches (pyalsaaudio's `switchcap`: the same strings in the same order).
    pub fn switchcap(&self) -> Vec<&'static str> {
        let has = self.element;
        let of = |direction| (has.has_switch(direction), has.has_joined_switch(direction));
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

    /// The capture group it is in, of which only one control can capture at a time.
    pub fn capture_group(&self) -> Option<i32> {
        self.element
            .has_exclusive_switch()
            .then(|| self.element.capture_group())
    }

    /// Whether it has a volume in this direction.
    pub fn has_volume(&self, direction: Direction) -> bool {
        self.element.has_volume(direction)
    }

    /// Whether all channels of this direction share one volume.
    pub fn has_joined_volume(&self, direction: Direction) -> bool {
        self.element.has_joined_volume(direction)
    }

    /// Whether it has a switch in this direction.
    pub fn has_switch(&self, direction: Direction) -> bool {
        self.element.has_switch(direction)
    }

    /// Whether all channels of this direction share one switch.
    pub fn has_joined_switch(&self, direction: Direction) -> bool {
        self.element.has_joined_switch(direction)
    }

    /// Whether it is enumerated: has items to choose from.
    pub fn is_enumerated(&self) -> bool {
        self.element.is_enumerated()
    }

    /// The numbers of its channels in this direction.
    pub fn channels(&self, direction: Direction) -> impl Iterator<Item = u32> {
        let element = self.element;
        (0..MAX_MIXER_CHANNELS).filter(move |&channel| element.has_channel(direction, channel))
    }

    /// A channel's name: `Front Left`, or `Mono` for the only channel.
    pub fn channel_name(&self, direction: Direction, channel: u32) -> String {
        if self.element.is_mono(direction) {
            "Mono".to_owned()
        } else {
            channel_name(channel)
        }
    }

    /// The selected channels in this direction: at least one. A missing channel is included, to be rejected later.
    pub fn selected(&self, direction: Direction, channels: ChannelSelection) -> Vec<u32> {
        let all: Vec<u32> = match channels {
            ChannelSelection::All => self.channels(direction).collect(),
            ChannelSelection::One(channel) => vec![channel],
        };
        if all.is_empty() { vec![0] } else { all }
    }

    /// The direction to use if none is given: capture if it has a volume only there, otherwise playback.
    pub fn default_direction(&self) -> Direction {
        match self.has_volume(Direction::Playback) || !self.has_volume(Direction::Capture) {
            true => Direction::Playback,
            false => Direction::Capture,
        }
    }

    /// The scales of its volume.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if it has no volume in this direction.
    pub fn scale(&self, direction: Direction) -> Result<VolumeScale> {
        if !self.has_volume(direction) {
            return Err(self.lacks(&format!("{} volume", direction.word())));
        }
        let raw = self.checked(self.element.volume_range(direction))?;
        Ok(VolumeScale {
            raw,
            db: self.element.db_range(direction).ok(),
        })
    }

    /// The switch of each channel: `true` is not muted, or capturing.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if it has no switch in this direction.
    pub fn switches(&self, direction: Direction) -> Result<Vec<bool>> {
        if !self.has_switch(direction) {
            return Err(self.lacks(&format!("{} switch", direction.word())));
        }
        self.channels(direction)
            .map(|channel| self.checked(self.element.switch(direction, channel)))
            .collect()
    }

    /// A channel's volume in raw steps.
    pub(super) fn volume(&self, direction: Direction, channel: u32) -> Result<i64> {
        self.checked(self.element.volume(direction, channel))
    }

    /// The dB of a raw volume, in hundredths; `None` without dB information.
    pub(super) fn db(&self, direction: Direction, raw: i64) -> Option<i64> {
        self.element.db_of_volume(direction, raw).ok()
    }

    /// All its values.
    ///
    /// # Errors
    /// If the device cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot> {
        if self.element.may_be_unreadable() {
            self.refresh()?;
        }
        Ok(Snapshot {
            id: self.id(),
            volumecap: self.volumecap(),
            switchcap: self.switchcap(),
            enumeration: self.enumeration()?,
            playback: self.direction_state(Direction::Playback)?,
            capture: self.direction_state(Direction::Capture)?,
            active: self.is_active(),
            error: None,
        })
    }

    /// All its values, or why they cannot be read.
    ///
    /// # Errors
    /// [`Kind::Disconnected`] if the device is gone.
    pub fn try_snapshot(&self) -> Result<Snapshot> {
        let error = match self.snapshot() {
            Ok(snapshot) => return Ok(snapshot),
            Err(error) => ReadError::of(error)?,
        };
        Ok(Snapshot {
            id: self.id(),
            volumecap: self.volumecap(),
            switchcap: self.switchcap(),
            enumeration: None,
            playback: None,
            capture: None,
            active: self.is_active(),
            error: Some(error),
        })
    }

    /// Its items, and the chosen item of each channel; `None` if it is not enumerated.
    ///
    /// # Errors
    /// If the device cannot be read.
    pub fn enumeration(&self) -> Result<Option<Enumeration>> {
        if !self.is_enumerated() {
            return Ok(None);
        }
        let count = self.checked(self.element.enum_items())?;
        let names = (0..count).map(|item| self.checked(self.element.enum_item_name(item)));
        let items = names.collect::<Result<Vec<_>>>()?;
        let current = (0..MAX_MIXER_CHANNELS)
            .map_while(|channel| self.element.enum_item(channel).ok())
            .map(|item| items.get(item as usize).cloned())
            .map(|name| name.ok_or_else(|| self.failed(libc::EINVAL)))
            .collect::<Result<Vec<_>>>()?;
        Ok(Some(Enumeration { current, items }))
    }

    /// One direction; `None` if it has neither a volume nor a switch there.
    fn direction_state(&self, direction: Direction) -> Result<Option<DirectionState>> {
        let scale = match self.has_volume(direction) {
            true => Some(self.scale(direction)?),
            false if self.has_switch(direction) => None,
            false => return Ok(None),
        };
        let channels = self
            .channels(direction)
            .map(|channel| self.channel_state(direction, channel, scale))
            .collect::<Result<_>>()?;
        let range = scale.map(|scale| VolumeRange {
            raw: scale.raw.into(),
            db: scale
                .db
                .map(|(min, max)| (decibels(min), decibels(max)).into()),
        });
        Ok(Some(DirectionState { range, channels }))
    }

    fn channel_state(
        &self,
        direction: Direction,
        index: u32,
        scale: Option<VolumeScale>,
    ) -> Result<ChannelState> {
        let on = match self.has_switch(direction) {
            true => Some(self.checked(self.element.switch(direction, index))?),
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

    /// An error for something that it does not have: `dB information`.
    pub(super) fn lacks(&self, what: &str) -> Error {
        self.unsupported(&format!("has no {what}"))
    }

    /// An error for something that it cannot do. `why` completes "'NAME' …".
    pub(super) fn unsupported(&self, why: &str) -> Error {
        let message = format!("{} {why}", self.id());
        Error::new(Kind::Unsupported, message).with_device(self.device)
    }

    pub(super) fn checked<T>(&self, result: Result<T, i32>) -> Result<T> {
        result.map_err(|errno| self.failed(errno))
    }

    fn failed(&self, errno: i32) -> Error {
        // The only other cause of EPERM is missing permission for the card, but then it would not be open.
        if errno == libc::EPERM {
            let id = self.id();
            let holders = holders_of_control(self.device, &id);
            return locked(&id.to_string(), self.device, holders);
        }
        let doing = format!("read or set {} of", self.id());
        Error::device(&doing, self.device, errno)
    }
}

/// The strings for volumes or switches. `names` has a row for both directions in common, for playback and for capture,
/// each plain and joined.
fn capabilities(
    common: bool,
    (playback, playback_joined): (bool, bool),
    (capture, capture_joined): (bool, bool),
    names: [[&'static str; 2]; 3],
) -> Vec<&'static str> {
    let [both, play, record] = names;
    let rows = if common {
        vec![(true, both[0]), (playback_joined, both[1])]
    } else {
        vec![
            (playback, play[0]),
            (playback_joined, play[1]),
            (capture, record[0]),
            (capture_joined, record[1]),
        ]
    };
    let rows = rows.into_iter().filter(|(has, _)| *has);
    rows.map(|(_, name)| name).collect()
}
