//! The class `Mixer`.

use crate::arguments::{device_name, direction};
use crate::errors::{error, library_error};
use aloud::audio::direction::Direction;
use aloud::audio::error::{Kind, Result as LibraryResult};
use aloud::audio::mixer::{ChannelSelection, Control, Mixer, VolumeUnits};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::{Mutex, PoisonError};

/// ALSA Mixer Control.
#[pyclass(name = "Mixer", module = "alsaaudio")]
pub struct PyMixer {
    /// `None` once it is closed.
    mixer: Mutex<Option<Mixer>>,
}

fn units_of(number: i32) -> PyResult<VolumeUnits> {
    [VolumeUnits::Percentage, VolumeUnits::Raw, VolumeUnits::Db]
        .into_iter()
        .find(|units| *units as i32 == number)
        .ok_or_else(|| error("Invalid volume units"))
}

/// The channels that a number means. No control has those below -1.
fn channels_of(number: i32) -> ChannelSelection {
    match number {
        -1 => ChannelSelection::All,
        index => ChannelSelection::One(index as u32),
    }
}

fn has_channels(control: &Control<'_>, direction: Direction) -> bool {
    control.channels(direction).next().is_some()
}

fn has_selected(control: &Control<'_>, direction: Direction, channels: ChannelSelection) -> bool {
    match channels {
        ChannelSelection::All => has_channels(control, direction),
        ChannelSelection::One(index) => control.channels(direction).any(|other| other == index),
    }
}

/// The direction to use if none is given.
fn default_direction(control: &Control<'_>) -> Direction {
    match has_channels(control, Direction::Playback) {
        true => Direction::Playback,
        false => Direction::Capture,
    }
}

/// `Mixer NAME,INDEX … [DEVICE]`
fn lacks(mixer: &Mixer, what: &str) -> PyErr {
    let (name, index, device) = (mixer.mixer(), mixer.mixer_id(), mixer.card_name());
    error(format!("Mixer {name},{index} {what} [{device}]"))
}

/// A volume in dB, limited to those that the control has.
fn within_db(
    mixer: &mut Mixer,
    volume: i64,
    direction: Direction,
    units: VolumeUnits,
) -> LibraryResult<i64> {
    if units != VolumeUnits::Db {
        return Ok(volume);
    }
    let (min, max) = mixer.get_range(Some(direction), units)?;
    Ok(volume.max(min).min(max))
}

fn numbers(flags: Vec<bool>) -> Vec<i32> {
    flags.into_iter().map(i32::from).collect()
}

impl PyMixer {
    /// Calls `work` with the open mixer. Other Python threads run meanwhile.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Mixer) -> PyResult<T> + Send,
    ) -> PyResult<T> {
        py.detach(|| {
            let mut mixer = self.mixer.lock().unwrap_or_else(PoisonError::into_inner);
            work(mixer.as_mut().ok_or_else(|| error("Mixer is closed"))?)
        })
    }

    /// Calls a function of the library.
    fn call<T: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut Mixer) -> LibraryResult<T> + Send,
    ) -> PyResult<T> {
        self.with(py, |mixer| checked(mixer, call))
    }

    /// The switch of each channel. `lacking` is the message if there is none.
    fn switches(
        &self,
        py: Python<'_>,
        direction: Direction,
        lacking: &str,
        get: impl FnOnce(&mut Mixer) -> LibraryResult<Vec<bool>> + Send,
    ) -> PyResult<Vec<i32>> {
        self.with(py, |mixer| {
            match checked(mixer, |mixer| Ok(mixer.control()?.has_switch(direction)))? {
                true => checked(mixer, get).map(numbers),
                false => Err(lacks(mixer, lacking)),
            }
        })
    }

    /// Turns a switch on or off. `name` is what messages call it.
    fn switch(
        &self,
        py: Python<'_>,
        direction: Direction,
        name: &str,
        on: bool,
        channel: i32,
    ) -> PyResult<()> {
        let channels = channels_of(channel);
        self.with(py, |mixer| {
            let (has_switch, has_channel) = checked(mixer, |mixer| {
                let control = mixer.control()?;
                let has_channel = has_selected(&control, direction, channels);
                Ok((control.has_switch(direction), has_channel))
            })?;
            if !has_switch {
                return Err(lacks(mixer, &format!("has no {name} switch capabilities")));
            }
            if !has_channel {
                let device = mixer.card_name();
                return Err(error(format!("Invalid channel number [{device}]")));
            }
            checked(mixer, |mixer| match direction {
                Direction::Playback => mixer.set_mute(!on, channels),
                Direction::Capture => mixer.set_rec(on, channels),
            })
        })
    }
}

fn checked<T>(mixer: &mut Mixer, call: impl FnOnce(&mut Mixer) -> LibraryResult<T>) -> PyResult<T> {
    call(mixer).map_err(|source| library_error(&source, mixer.card_name()))
}

#[pymethods]
impl PyMixer {
    #[new]
    #[pyo3(signature = (control="Master", id=0, cardindex=-1, device="default"))]
    fn new(
        py: Python<'_>,
        control: &str,
        id: i32,
        cardindex: i32,
        device: &str,
    ) -> PyResult<PyMixer> {
        let device = device_name(cardindex, device)?;
        let opened = py.detach(|| Mixer::open(control, id as u32, device.as_str()));
        let mixer = opened.map_err(|source| match (source.errno(), source.kind()) {
            (None, Kind::NotFound) => error(format!(
                "Unable to find mixer control {control},{id} [{device}]"
            )),
            _ => library_error(&source, &device),
        })?;
        Ok(PyMixer {
            mixer: Mutex::new(Some(mixer)),
        })
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| {
            let mixer = self
                .mixer
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            drop(mixer);
        });
    }

    fn cardname(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |mixer| Ok(mixer.card_name().to_owned()))
    }

    fn mixer(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |mixer| Ok(mixer.mixer().to_owned()))
    }

    fn mixerid(&self, py: Python<'_>) -> PyResult<u32> {
        self.with(py, |mixer| Ok(mixer.mixer_id()))
    }

    fn volumecap(&self, py: Python<'_>) -> PyResult<Vec<&'static str>> {
        self.call(py, Mixer::volumecap)
    }

    fn switchcap(&self, py: Python<'_>) -> PyResult<Vec<&'static str>> {
        self.call(py, Mixer::switchcap)
    }

    #[pyo3(signature = (pcmtype=None, units=0))]
    fn getvolume(
        &self,
        py: Python<'_>,
        pcmtype: Option<&Bound<'_, PyAny>>,
        units: i32,
    ) -> PyResult<Vec<i64>> {
        self.with(py, |_| Ok(()))?;
        let (wanted, units) = (direction(pcmtype)?, units_of(units)?);
        self.call(py, |mixer| {
            let control = mixer.control()?;
            let wanted = wanted.unwrap_or_else(|| default_direction(&control));
            match control.has_volume(wanted) {
                true => mixer.get_volume(Some(wanted), units),
                false => Ok(Vec::new()),
            }
        })
    }

    #[pyo3(signature = (pcmtype=None, units=1))]
    fn getrange(
        &self,
        py: Python<'_>,
        pcmtype: Option<&Bound<'_, PyAny>>,
        units: i32,
    ) -> PyResult<Vec<i64>> {
        self.with(py, |_| Ok(()))?;
        let (wanted, units) = (direction(pcmtype)?, units_of(units)?);
        self.with(py, |mixer| {
            let (wanted, has) = checked(mixer, |mixer| {
                let control = mixer.control()?;
                let wanted = wanted.unwrap_or_else(|| default_direction(&control));
                let has_volume = wanted == Direction::Playback || control.has_volume(wanted);
                Ok((wanted, has_volume && has_channels(&control, wanted)))
            })?;
            match (wanted, has) {
                (Direction::Playback, false) => Err(lacks(mixer, "has no playback channel")),
                (Direction::Capture, false) => {
                    Err(lacks(mixer, "has no capture channel or capture volume"))
                }
                _ => checked(mixer, |mixer| mixer.get_range(Some(wanted), units))
                    .map(|(min, max)| vec![min, max]),
            }
        })
    }

    #[pyo3(signature = (volume, channel=-1, pcmtype=None, units=0))]
    fn setvolume(
        &self,
        py: Python<'_>,
        volume: i64,
        channel: i32,
        pcmtype: Option<&Bound<'_, PyAny>>,
        units: i32,
    ) -> PyResult<()> {
        let (wanted, units, channels) =
            (direction(pcmtype)?, units_of(units)?, channels_of(channel));
        if units == VolumeUnits::Percentage && !(0..=100).contains(&volume) {
            return Err(error("Volume out of range"));
        }
        self.with(py, |mixer| {
            let (wanted, has) = checked(mixer, |mixer| {
                let control = mixer.control()?;
                let wanted = wanted.unwrap_or_else(|| default_direction(&control));
                let has_volume = control.has_volume(wanted);
                Ok((
                    wanted,
                    has_volume && has_selected(&control, wanted, channels),
                ))
            })?;
            match has {
                true => checked(mixer, |mixer| {
                    let volume = within_db(mixer, volume, wanted, units)?;
                    mixer.set_volume(volume, channels, Some(wanted), units)
                }),
                false => Err(error(format!("No such channel [{}]", mixer.card_name()))),
            }
        })
    }

    fn getmute(&self, py: Python<'_>) -> PyResult<Vec<i32>> {
        let lacking = "has no playback switch capabilities,";
        self.switches(py, Direction::Playback, lacking, Mixer::get_mute)
    }

    #[pyo3(signature = (value, channel=-1, /))]
    fn setmute(&self, py: Python<'_>, value: i32, channel: i32) -> PyResult<()> {
        self.switch(py, Direction::Playback, "playback", value == 0, channel)
    }

    fn getrec(&self, py: Python<'_>) -> PyResult<Vec<i32>> {
        let lacking = "has no capture switch capabilities";
        self.switches(py, Direction::Capture, lacking, Mixer::get_rec)
    }

    #[pyo3(signature = (value, channel=-1, /))]
    fn setrec(&self, py: Python<'_>, value: i32, channel: i32) -> PyResult<()> {
        self.switch(py, Direction::Capture, "record", value != 0, channel)
    }

    fn getenum<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        match self.call(py, Mixer::get_enum)? {
            Some(choice) => {
                let current = choice.current.into_iter().next();
                (current, choice.items).into_pyobject(py)
            }
            None => Ok(PyTuple::empty(py)),
        }
    }

    #[pyo3(signature = (index, /))]
    fn setenum(&self, py: Python<'_>, index: i32) -> PyResult<()> {
        self.with(py, |mixer| {
            let Some(choice) = checked(mixer, Mixer::get_enum)? else {
                return Err(error("Not an enumerated control"));
            };
            let count = choice.items.len();
            match u32::try_from(index) {
                Ok(item) if (item as usize) < count => checked(mixer, |mixer| mixer.set_enum(item)),
                _ => Err(error(format!(
                    "Enum index out of range 0 <= {index} < {count}"
                ))),
            }
        })
    }

    fn polldescriptors(&self, py: Python<'_>) -> PyResult<Vec<(i32, i16)>> {
        self.call(py, |mixer| mixer.poll_descriptors())
    }

    fn handleevents(&self, py: Python<'_>) -> PyResult<u32> {
        self.call(py, Mixer::handle_events)
    }
}
