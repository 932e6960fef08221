//! Which processes use a busy PCM.

use super::{Diagnosis, FailedOpen};
use crate::audio::advice::DeviceAdvice;
use crate::audio::error::{Holder, Kind};
use crate::audio::system::holders::{PcmLocation, described};

/// Sound servers, by the first 15 bytes of their names, which are all the kernel keeps.
const SERVERS: [&str; 4] = ["pulseaudio", "pipewire", "wireplumber", "pipewire-pulse"];

impl FailedOpen<'_> {
    pub(super) fn busy(&self) -> Diagnosis {
        let location = self.location();
        let holders = location.map_or(vec![], |location| self.holders(location));
        let users = match holders[..] {
            [] => "another program".to_owned(),
            _ => joined(&holders.iter().map(user).collect::<Vec<_>>()),
        };
        let found = Diagnosis::new(Kind::Busy, format!("it is in use by {users}"));
        let found = match holders.iter().any(is_own) {
            // Two names of one device, of which only one can be open.
            true => found,
            false => found.with_advice(self.busy_advice(&holders, location)),
        };
        Diagnosis { holders, ..found }
    }

    /// The processes that use the location; if there are none, those that use the other direction, since some cards can
    /// do only one at a time.
    fn holders(&self, location: PcmLocation) -> Vec<Holder> {
        let holders = self.files.holders(&location);
        match holders.is_empty() {
            false => holders,
            true => self.files.holders(&PcmLocation {
                direction: location.direction.opposite(),
                ..location
            }),
        }
    }

    /// The location that the name stands for. For a name without a card, the only device without a free subdevice.
    fn location(&self) -> Option<PcmLocation> {
        if self.parsed.on_card {
            return Some(PcmLocation {
                card: self.card(&self.wanted_card()?)?.index,
                device: self.device(),
                subdevice: self.parsed.subdevice,
                direction: self.direction,
            });
        }
        let full: Vec<_> = self.full_devices().collect();
        match full[..] {
            [location] => Some(location),
            _ => None,
        }
    }

    /// The devices of all cards that have no free subdevice.
    fn full_devices(&self) -> impl Iterator<Item = PcmLocation> {
        let direction = self.direction;
        self.cards.iter().flat_map(move |card| {
            let card = card.index;
            let devices = self.files.devices(card, direction).into_iter();
            let locations = devices.map(move |device| PcmLocation {
                card,
                device: Some(device),
                subdevice: None,
                direction,
            });
            locations.filter(|location| self.files.is_full(location))
        })
    }

    fn busy_advice(&self, holders: &[Holder], location: Option<PcmLocation>) -> DeviceAdvice {
        let is_server = |holder: &Holder| SERVERS.contains(&holder.program.as_str());
        match holders {
            [] => DeviceAdvice::FindHolder,
            _ if holders.iter().any(is_server) => DeviceAdvice::UseSoundServer(self.direction),
            _ => DeviceAdvice::StopHolders {
                holders: holders.len(),
                direction: self.direction,
                card: location.map(|location| location.card),
            },
        }
    }
}

/// Whether it is this process.
fn is_own(holder: &Holder) -> bool {
    holder.pid == std::process::id()
}

fn user(holder: &Holder) -> String {
    match is_own(holder) {
        true => "this program itself".to_owned(),
        false => described(holder),
    }
}

/// `a`, `a and b`, `a, b and c`.
fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
