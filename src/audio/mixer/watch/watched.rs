//! The part of a mixer that is watched, and its current values.

use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::elements::{ElementInfo, ElementInterface, ElementType};
use crate::audio::mixer::controls::{Controls, MixerDevice};
use crate::audio::mixer::element::Element;
use crate::audio::mixer::elements::Elements;
use crate::audio::mixer::selector::ElementSelector;
use crate::audio::mixer::snapshot::{ControlId, Snapshot};

/// What is watched: these controls and elements, or everything if both lists are empty.
#[derive(Debug, Default)]
pub(super) struct WatchFilter {
    pub controls: Vec<ControlId>,
    pub elements: Vec<ElementSelector>,
}

impl WatchFilter {
    fn is_everything(&self) -> bool {
        self.controls.is_empty() && self.elements.is_empty()
    }

    fn includes_control(&self, id: &ControlId) -> bool {
        self.is_everything() || self.controls.contains(id)
    }

    /// Whether an element is watched by itself. When watching everything, these are the ones that are not part of a
    /// simple control.
    fn includes_element(&self, info: &ElementInfo) -> bool {
        if self.is_everything() {
            let has_simple_type = matches!(
                info.kind,
                ElementType::Boolean | ElementType::Integer(..) | ElementType::Enumerated(..)
            );
            return !has_simple_type || info.id.interface != ElementInterface::Mixer;
        }
        let mut selectors = self.elements.iter();
        selectors.any(|selector| selector.matches(&info.id))
    }
}

/// The values of what is watched.
#[derive(Debug, Default)]
pub(super) struct WatchedState {
    pub controls: Vec<Snapshot>,
    pub elements: Vec<Element>,
}

/// An open mixer that is watched.
#[derive(Debug)]
pub(super) struct WatchedMixer {
    controls: Controls,
    /// Open only if elements are watched.
    elements: Option<Elements>,
}

impl WatchedMixer {
    /// Opens a mixer and subscribes to events. Values must be read afterward, so that no change is missed.
    ///
    /// # Errors
    /// See [`Controls::open`] and [`Elements::list`].
    pub fn open(device: &MixerDevice, filter: &WatchFilter) -> Result<WatchedMixer> {
        let controls = Controls::open(device.clone())?;
        let elements = Elements::open(device.clone())?;
        let mut infos = elements.list()?.into_iter();
        let any = infos.any(|info| filter.includes_element(&info));
        if any {
            elements.subscribe()?;
        }
        Ok(WatchedMixer {
            controls,
            elements: any.then_some(elements),
        })
    }

    /// The controls, for making changes.
    pub fn controls(&mut self) -> &mut Controls {
        &mut self.controls
    }

    /// The descriptors to poll for events.
    ///
    /// # Errors
    /// If alsa-lib cannot list them.
    pub fn descriptors(&self) -> Result<Vec<libc::pollfd>> {
        let mut fds = self.controls.descriptors()?;
        if let Some(elements) = &self.elements {
            fds.extend(elements.descriptors()?);
        }
        Ok(fds)
    }

    /// The current values.
    ///
    /// # Errors
    /// If the card cannot be read.
    pub fn read(&self, filter: &WatchFilter) -> Result<WatchedState> {
        Ok(WatchedState {
            controls: self.read_controls(filter)?,
            elements: self.read_elements(filter)?,
        })
    }

    /// Whether a plugin does the work: see [`Controls::is_plugin`].
    pub fn is_plugin(&self) -> bool {
        self.controls.is_plugin()
    }

    /// Handles events and returns the current values. Elements are read only after an event. `refresh` rereads all
    /// controls, even without an event.
    ///
    /// The mixer of a plugin is opened again for that, and also after an error: PulseAudio's plugin has events for the
    /// controls of sinks that were added later.
    ///
    /// # Errors
    /// If the card cannot be read, for example because it is gone.
    pub fn update(
        &mut self,
        filter: &WatchFilter,
        known: &WatchedState,
        refresh: bool,
    ) -> Result<WatchedState> {
        let is_plugin = self.is_plugin();
        if !(is_plugin && refresh) {
            let updated = self.update_open(filter, known, refresh);
            if updated.is_ok() || !is_plugin {
                return updated;
            }
        }
        *self = WatchedMixer::open(&self.controls.device().into(), filter)?;
        self.read(filter)
    }

    fn update_open(
        &mut self,
        filter: &WatchFilter,
        known: &WatchedState,
        refresh: bool,
    ) -> Result<WatchedState> {
        self.controls.handle_events()?;
        if refresh {
            let mut controls = self.controls.iter();
            controls.try_for_each(|control| match control.refresh() {
                Err(error) if error.kind() == Kind::Disconnected => Err(error),
                // Reported with its values.
                _ => Ok(()),
            })?;
        }
        let any = match &self.elements {
            Some(elements) => elements.take_events()?,
            None => false,
        };
        Ok(WatchedState {
            controls: self.read_controls(filter)?,
            elements: match any {
                true => self.read_elements(filter)?,
                false => known.elements.clone(),
            },
        })
    }

    fn read_controls(&self, filter: &WatchFilter) -> Result<Vec<Snapshot>> {
        let controls = self.controls.iter();
        let watched = controls.filter(|control| filter.includes_control(&control.id()));
        let all: Vec<_> = watched
            .map(|control| control.try_snapshot())
            .collect::<Result<_>>()?;
        match all.first() {
            Some(first) if all.iter().all(|control| control.error.is_some()) => {
                Err(self.failed(first))
            }
            _ => Ok(all),
        }
    }

    /// The error for a mixer of which nothing can be read: what it belongs to is gone.
    fn failed(&self, control: &Snapshot) -> Error {
        let error = control.error.as_ref();
        let message = error.map_or_else(String::new, |error| error.message.clone());
        Error::new(Kind::Disconnected, message).with_device(self.controls.device())
    }

    fn read_elements(&self, filter: &WatchFilter) -> Result<Vec<Element>> {
        let Some(elements) = &self.elements else {
            return Ok(Vec::new());
        };
        let infos = elements.list()?.into_iter();
        let watched = infos.filter(|info| filter.includes_element(info));
        watched.map(|info| elements.try_element(&info)).collect()
    }
}
