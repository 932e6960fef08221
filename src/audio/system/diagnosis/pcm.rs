//! Why a PCM did not open.

use super::{Diagnosis, FailedOpen, blocked, explained, no_server};
use crate::audio::advice::{Advice, DeviceAdvice};
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind};
use crate::audio::spelling::alike;
use crate::audio::system::known_cards::{KnownCard, listed};
use crate::audio::system::pcm_name::{hardware_spelling, is_well_known};
use crate::audio::system::pcm_names::{MAX_SUGGESTIONS, nearest_pcms};
use crate::audio::system::permissions::Denial;

impl FailedOpen<'_> {
    pub(super) fn explain(&self, error: Error) -> Error {
        let diagnosis = match error.errno().unwrap_or_default() {
            // The kernel reports a missing subdevice as busy.
            libc::EBUSY | libc::EAGAIN => self.missing_subdevice().or_else(|| Some(self.busy())),
            libc::EACCES | libc::EPERM => self.denied(),
            errno @ (libc::ECONNREFUSED | libc::EHOSTDOWN | libc::ETIMEDOUT) => {
                Some(self.unreachable_server(errno))
            }
            libc::ENOENT | libc::ENODEV | libc::ENXIO | libc::EINVAL => {
                self.respelled_pcm(self.absent())
            }
            _ => None,
        };
        explained(error, self.name, diagnosis)
    }

    /// The diagnosis, with the right spelling as its advice if there is one.
    fn respelled_pcm(&self, diagnosis: Option<Diagnosis>) -> Option<Diagnosis> {
        let is_card = |card: &str| self.card(card).is_some();
        let Some(right) = hardware_spelling(self.name, is_card) else {
            return diagnosis;
        };
        let missing = || Diagnosis::missing(format!("there is no PCM '{}'", self.name));
        let diagnosis = diagnosis.unwrap_or_else(missing);
        Some(diagnosis.with_advice(Advice::nearest([right])))
    }

    fn denied(&self) -> Option<Diagnosis> {
        let wanted = self.wanted_card();
        let card = wanted.and_then(|wanted| self.card(&wanted));
        let any = || self.cards.iter().find_map(|card| self.denial(card));
        let denial = card.and_then(|card| self.denial(card)).or_else(any)?;
        Some(denial.into())
    }

    fn denial(&self, card: &KnownCard) -> Option<Denial> {
        let device = self.device().unwrap_or_default();
        self.files
            .card_denial(card.index, Some((device, self.direction)))
    }

    /// The causes for which alsa-lib returns ENOENT, ENODEV, ENXIO or EINVAL.
    fn absent(&self) -> Option<Diagnosis> {
        self.bad_argument()
            .or_else(|| self.wrong_direction())
            .or_else(|| self.missing_plugin())
            .or_else(|| self.missing_control())
            .or_else(|| match self.wanted_card() {
                Some(wanted) => self.absent_on(&wanted),
                None => self.missing_pcm(),
            })
            .or_else(|| self.invalid_definition())
    }

    fn absent_on(&self, wanted: &str) -> Option<Diagnosis> {
        let without_cards = DeviceAdvice::PcmWithoutCards(self.direction);
        let Some(card) = self.card(wanted) else {
            return Some(self.missing_card(wanted, without_cards));
        };
        let pcm = self.device().map(|device| (device, self.direction));
        blocked(self.files, card, pcm)
            .or_else(|| self.missing_direction(card))
            .or_else(|| self.missing_device(card))
            .or_else(|| self.missing_on(card))
    }

    fn wrong_direction(&self) -> Option<Diagnosis> {
        let says = |text: &str| self.messages.iter().any(|line| line.contains(text));
        // dmix, dshare, dsnoop, and an asym for one direction. dmix and dsnoop by name may fail for another reason first.
        let only_plays = [
            "supports only playback stream",
            "capture slave is not defined",
        ];
        let only_records = [
            "supports only capture stream",
            "playback slave is not defined",
        ];
        let only = match (self.parsed.base.as_str(), self.direction) {
            ("dmix", Direction::Capture) => "it only plays",
            ("dsnoop", Direction::Playback) => "it only records",
            _ if only_plays.into_iter().any(says) => "it only plays",
            _ if only_records.into_iter().any(says) => "it only records",
            _ => return None,
        };
        Some(Diagnosis::new(Kind::Unsupported, only))
    }

    /// A hook sets a control that the card does not have.
    fn missing_control(&self) -> Option<Diagnosis> {
        let (control, _) = self
            .message_after("Cannot obtain info for CTL elem ")?
            .rsplit_once(": ")?;
        let control = control.trim_matches(['(', ')']);
        let reason = format!("its definition sets a control that does not exist: {control}");
        Some(Diagnosis::missing(reason))
    }

    fn missing_pcm(&self) -> Option<Diagnosis> {
        if self.parsed.base == "jack" {
            return Some(no_server(libc::ECONNREFUSED));
        }
        let unknown = self.message_after("Unknown PCM ")?;
        let base = unknown.split(':').next().unwrap_or_default();
        if base != unknown && is_well_known(base) {
            let reason = format!("'{base}' does not take these arguments");
            return Some(Diagnosis::new(Kind::Usage, reason));
        }
        let is_bare = base == unknown;
        let mut near: Vec<String> = Vec::new();
        if is_bare {
            let ids = self.cards.iter().filter_map(KnownCard::id);
            near.extend(alike(unknown, ids).into_iter().map(str::to_owned));
        }
        near.extend(nearest_pcms(unknown, self.direction));
        near.truncate(MAX_SUGGESTIONS);
        let missing = |what| Diagnosis::missing(format!("there is no {what} '{unknown}'"));
        Some(match unknown {
            "pulse" => missing("PCM").with_advice(DeviceAdvice::InstallPlugins),
            "pipewire" => missing("PCM").with_advice(DeviceAdvice::InstallPipewirePlugin),
            _ if !near.is_empty() => missing("PCM").with_advice(Advice::nearest(near)),
            _ if is_bare && !self.cards.is_empty() => {
                let reason = format!(
                    "there is no PCM or card '{unknown}' {}",
                    listed(&self.cards)
                );
                Diagnosis::missing(reason).with_advice(DeviceAdvice::ListPcms)
            }
            _ => missing("PCM").with_advice(DeviceAdvice::ListPcms),
        })
    }

    fn missing_direction(&self, card: &KnownCard) -> Option<Diagnosis> {
        if !self.files.devices(card.index, self.direction).is_empty() {
            return None;
        }
        let other = self.direction.opposite();
        let only = match (self.files.devices(card.index, other).is_empty(), other) {
            (true, _) => "",
            (false, Direction::Playback) => ": it only plays",
            (false, Direction::Capture) => ": it only records",
        };
        Some(Diagnosis::missing(format!(
            "{} has no {} device{only}",
            card.described(),
            self.direction.word()
        )))
    }

    fn missing_device(&self, card: &KnownCard) -> Option<Diagnosis> {
        let devices = self.files.devices(card.index, self.direction);
        let wanted = self.device().filter(|wanted| !devices.contains(wanted))?;
        let devices: Vec<_> = devices.iter().map(u32::to_string).collect();
        Some(Diagnosis::missing(format!(
            "{} has no {} device {wanted} (devices: {})",
            card.described(),
            self.direction.word(),
            devices.join(", ")
        )))
    }

    /// The card exists, but alsa-lib's definition of this PCM has nothing for it (`surround51` on a stereo card).
    fn missing_on(&self, card: &KnownCard) -> Option<Diagnosis> {
        if !self.parsed.on_card || self.parsed.names_device() {
            return None;
        }
        let diagnosis = Diagnosis::missing(format!(
            "{} does not offer it for {}",
            card.described(),
            self.direction.word()
        ));
        Some(diagnosis.with_advice(DeviceAdvice::ListPcms))
    }

    fn missing_subdevice(&self) -> Option<Diagnosis> {
        let card = self.card(&self.wanted_card()?)?;
        let (device, wanted) = (self.device()?, self.parsed.subdevice?);
        let count = self.files.subdevices(card.index, device, self.direction)?;
        (wanted as usize >= count).then(|| {
            Diagnosis::missing(format!(
                "{}, {} device {device}, has no subdevice {wanted} (subdevices: 0 to {})",
                card.described(),
                self.direction.word(),
                count - 1
            ))
        })
    }
}
