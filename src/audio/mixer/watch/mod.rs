//! Watches a mixer for changes, even if its card goes away and comes back.

mod difference;
mod event;
mod watched;

use super::controls::{Controls, MixerDevice};
use super::elements::Elements;
use super::selector::ElementSelector;
use super::snapshot::Snapshot;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::ctl::Ctl;
use crate::audio::poll;
use crate::audio::system::returning_card::ReturningCard;
use difference::events_between;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};
use watched::{WatchFilter, WatchedMixer, WatchedState};

pub use event::{ChangedValue, ElementKey, MixerEvent, ValueChange, VolumeValue};

/// Events that arrive within this time are one change: a program sets a control channel by channel.
const SETTLE_TIME: Duration = Duration::from_millis(5);

/// How often controls are reread, even without events: some drivers (snd-dummy's switches) send none.
const REFRESH_INTERVAL: Duration = Duration::from_secs(1);

/// How often the mixer of a plugin is opened again, which takes longer than rereading a card.
const REOPEN_INTERVAL: Duration = Duration::from_secs(2);

/// How often a missing card is looked for.
const RETRY_INTERVAL: Duration = Duration::from_millis(200);

/// Why [`Watch::wait`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchWake {
    /// Something may have changed.
    Changed,
    /// The other descriptor is readable.
    Other,
    /// The reader of the output has closed it.
    OutputClosed,
}

/// Watches a mixer for changes.
#[derive(Debug)]
pub struct Watch {
    device: MixerDevice,
    /// The card, if the device names one. It may come back with another number.
    card: Option<ReturningCard>,
    filter: WatchFilter,
    /// `None` while the card is gone.
    mixer: Option<WatchedMixer>,
    /// Since when it is gone.
    lost: Option<Instant>,
    known: WatchedState,
    /// When controls were last reread, or the missing card was last looked for.
    checked: Instant,
}

impl Watch {
    /// Starts to watch the named controls and selected elements; everything if there are none. When watching
    /// everything, the elements are those that are not part of a simple control.
    ///
    /// # Errors
    /// See [`Controls::open`], [`Controls::lookup`] and [`Elements::find`].
    pub fn new(
        device: MixerDevice,
        names: &[String],
        selectors: &[ElementSelector],
    ) -> Result<Watch> {
        let card = match &device {
            MixerDevice::Card(index) => Some(ReturningCard::of(*index)),
            MixerDevice::Name(name) => ReturningCard::in_name(name),
        };
        let filter = filter(&device, names, selectors)?;
        let mixer = WatchedMixer::open(&device, &filter)?;
        let card = card.or_else(|| card_of(&device));
        let known = mixer.read(&filter)?;
        Ok(Watch {
            device,
            card,
            filter,
            mixer: Some(mixer),
            lost: None,
            known,
            checked: Instant::now(),
        })
    }

    /// The first event: the watched controls.
    pub fn start(&self) -> MixerEvent {
        MixerEvent::Start {
            device: self.device.name(),
            controls: self.known.controls.clone(),
        }
    }

    /// Waits until something may have changed, `other` is readable, or the reader of `output` (a pipe) has closed it.
    ///
    /// # Errors
    /// If the descriptors cannot be polled.
    pub fn wait(&self, other: BorrowedFd, output: BorrowedFd) -> Result<WatchWake> {
        let mut fds = vec![poll::entry(other, libc::POLLIN), poll::entry(output, 0)];
        self.poll(&mut fds, None)?;
        Ok(match () {
            _ if fds[0].revents != 0 => WatchWake::Other,
            _ if fds[1].revents & (libc::POLLERR | libc::POLLHUP) != 0 => WatchWake::OutputClosed,
            _ => WatchWake::Changed,
        })
    }

    /// Waits until something may have changed, one of `others` is readable, the time is over, or a signal arrives.
    ///
    /// # Errors
    /// If the descriptors cannot be polled.
    pub fn wait_for_any(&self, others: &[BorrowedFd], time: Option<Duration>) -> Result<()> {
        let fds = others.iter().map(|fd| poll::entry(*fd, libc::POLLIN));
        self.poll(&mut fds.collect(), time)
    }

    /// Polls `fds`, and the mixer's events.
    fn poll(&self, fds: &mut Vec<libc::pollfd>, limit: Option<Duration>) -> Result<()> {
        let others = fds.len();
        if let Some(mixer) = &self.mixer {
            // If the mixer is gone, the next update reports it.
            fds.extend(mixer.descriptors().unwrap_or_default());
        }
        let until_check = self.check_interval().saturating_sub(self.checked.elapsed());
        let timeout = limit.map_or(until_check, |limit| limit.min(until_check));
        poll::poll(fds, Some(timeout))
            .map_err(|errno| Error::device("wait for", &self.device.name(), errno))?;
        if fds[others..].iter().any(|fd| fd.revents != 0) {
            std::thread::sleep(SETTLE_TIME);
        }
        Ok(())
    }

    fn check_interval(&self) -> Duration {
        match &self.mixer {
            Some(mixer) if mixer.is_plugin() => REOPEN_INTERVAL,
            Some(_) => REFRESH_INTERVAL,
            None => RETRY_INTERVAL,
        }
    }

    /// Whether it is time to reread controls, or to look for the missing card.
    fn is_check_due(&mut self) -> bool {
        let is_due = self.checked.elapsed() >= self.check_interval();
        if is_due {
            self.checked = Instant::now();
        }
        is_due
    }

    /// What has changed since the last call. Never waits.
    pub fn events(&mut self) -> Vec<MixerEvent> {
        let is_check_due = self.is_check_due();
        let Some(mixer) = &mut self.mixer else {
            return match is_check_due {
                true => self.reopen().unwrap_or_default(),
                false => Vec::new(),
            };
        };
        match mixer.update(&self.filter, &self.known, is_check_due) {
            Ok(now) => self.learn(now),
            // Any failure means that the card or sound server is gone.
            Err(_) => {
                self.mixer = None;
                self.lost = Some(Instant::now());
                vec![MixerEvent::Lost {
                    device: self.device.name(),
                }]
            }
        }
    }

    /// The watched controls, as of the last call of [`Watch::events`].
    pub fn snapshots(&self) -> &[Snapshot] {
        &self.known.controls
    }

    /// The open mixer, for making changes; `None` while it is gone.
    pub fn controls(&mut self) -> Option<&mut Controls> {
        self.mixer.as_mut().map(WatchedMixer::controls)
    }

    /// The mixer's device. It may change when the card comes back.
    pub fn device(&self) -> &MixerDevice {
        &self.device
    }

    /// How long the card or sound server has been gone, if it is.
    pub fn lost_for(&self) -> Option<Duration> {
        self.lost.map(|since| since.elapsed())
    }

    /// The error for a card or sound server that is gone.
    pub fn disconnected(&self) -> Error {
        let device = self.device.name();
        let message = format!("the mixer '{device}' went away");
        Error::new(Kind::Disconnected, message).with_device(&device)
    }

    /// Opens the mixer again; `None` while that is not possible.
    fn reopen(&mut self) -> Option<Vec<MixerEvent>> {
        let card = match &self.card {
            Some(card) => Some(card.find()?),
            None => None,
        };
        let device = match (&self.device, &self.card, &card) {
            (MixerDevice::Card(_), _, Some(now)) => MixerDevice::Card(now.index()),
            (MixerDevice::Name(name), Some(card), Some(now)) => {
                MixerDevice::Name(card.renamed(name, now))
            }
            _ => self.device.clone(),
        };
        // A name without a card may stand for another card now.
        if let (MixerDevice::Name(_), Some(card)) = (&device, &card) {
            card_of(&device).filter(|now| now.index() == card.index())?;
        }
        let mixer = WatchedMixer::open(&device, &self.filter).ok()?;
        let now = mixer.read(&self.filter).ok()?;
        (self.mixer, self.lost) = (Some(mixer), None);
        (self.device, self.card) = (device, card);
        let mut events = vec![MixerEvent::Back {
            device: self.device.name(),
        }];
        events.extend(self.learn(now));
        Some(events)
    }

    /// Replaces the known state and returns the differences.
    fn learn(&mut self, now: WatchedState) -> Vec<MixerEvent> {
        let events = events_between(&self.known, &now);
        self.known = now;
        events
    }
}

/// The card of an open mixer, whatever its name is; `None` for a sound server.
fn card_of(device: &MixerDevice) -> Option<ReturningCard> {
    let info = Ctl::open_name(&device.name()).ok()?.card_info().ok()?;
    ReturningCard::with_id(info.index, &info.id)
}

/// The filter for controls and elements that must exist now.
fn filter(
    device: &MixerDevice,
    names: &[String],
    selectors: &[ElementSelector],
) -> Result<WatchFilter> {
    let mut filter = WatchFilter::default();
    if !names.is_empty() {
        let controls = Controls::open(device.clone())?;
        let ids = names.iter().map(|name| Ok(controls.lookup(name)?.id()));
        filter.controls = ids.collect::<Result<_>>()?;
    }
    if !selectors.is_empty() {
        let elements = Elements::open(device.clone())?;
        for selector in selectors {
            elements.find(selector)?;
        }
        filter.elements = selectors.to_vec();
    }
    Ok(filter)
}
