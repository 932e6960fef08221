//! Why a ctl did not open.

use super::{Diagnosis, FailedOpen, blocked, explained};
use crate::audio::advice::{Advice, DeviceAdvice};
use crate::audio::error::Error;
use crate::audio::spelling::alike;
use crate::audio::system::pcm_name::is_well_known;

/// The ctls that alsa-lib's own configuration and plugins define for cards and servers.
const CTLS: [&str; 4] = ["default", "sysdefault", "hw", "pulse"];

impl FailedOpen<'_> {
    pub(super) fn explain_ctl(&self, error: Error) -> Error {
        let diagnosis = match error.errno().unwrap_or_default() {
            libc::EACCES | libc::EPERM => self.denied_ctl(),
            errno @ (libc::ECONNREFUSED | libc::EHOSTDOWN | libc::ETIMEDOUT) => {
                Some(self.unreachable_server(errno))
            }
            libc::ENOENT | libc::ENODEV | libc::ENXIO | libc::EINVAL => self.absent_ctl(),
            _ => None,
        };
        explained(error, self.name, diagnosis)
    }

    fn denied_ctl(&self) -> Option<Diagnosis> {
        let wanted = self.wanted_card()?;
        let denial = self.files.card_denial(self.card(&wanted)?.index, None)?;
        Some(denial.into())
    }

    fn absent_ctl(&self) -> Option<Diagnosis> {
        let unknown = self.message_after("Invalid CTL ").is_some();
        self.bad_argument()
            .or_else(|| self.missing_plugin())
            .or_else(|| (unknown && !self.names_card()).then(|| self.missing_ctl()))
            .or_else(|| {
                let wanted = self.wanted_card()?;
                match self.card(&wanted) {
                    None => Some(self.missing_card(&wanted, DeviceAdvice::MixerWithoutCards)),
                    Some(card) => blocked(self.files, card, None),
                }
            })
            .or_else(|| unknown.then(|| self.missing_ctl()))
            .or_else(|| self.invalid_definition())
    }

    /// Whether the name is that of a card's ctl, or alsa-lib looked for a card.
    fn names_card(&self) -> bool {
        CTLS.contains(&self.parsed.base.as_str())
            || self.message_after("cannot find card ").is_some()
    }

    fn missing_ctl(&self) -> Diagnosis {
        let diagnosis = Diagnosis::missing("there is no ctl of that name");
        if is_well_known(&self.parsed.base) {
            return diagnosis.with_advice(DeviceAdvice::MixerOfPcm {
                card: self.parsed.card.clone(),
            });
        }
        match alike(&self.parsed.base, CTLS).first() {
            Some(near) if *near == self.parsed.base => diagnosis.with_advice(match *near {
                "pulse" => DeviceAdvice::InstallPlugins,
                _ => DeviceAdvice::ListMixers,
            }),
            Some(near) => {
                let arguments = self.name.find(':').map_or("", |at| &self.name[at..]);
                diagnosis.with_advice(Advice::nearest([format!("{near}{arguments}")]))
            }
            None => diagnosis.with_advice(DeviceAdvice::ListMixers),
        }
    }
}
