//! What a PCM is, without configuring it.

use super::open::open_handle;
use super::probe::{self, ParamRange, Probe};
use super::request::Request;
use crate::audio::error::{Error, Result};

/// What a PCM plays on or captures from, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct PcmOverview {
    /// The card and device behind it (`snd_pcm_info`); `None` for a sound server and other PCMs without a card.
    pub hardware: Option<(u32, u32)>,
    /// What alsa-lib or the driver calls it (`snd_pcm_info_get_name`).
    pub name: String,
    /// The fewest and the most channels.
    pub channels: ParamRange,
    /// The lowest and the highest rate in Hz.
    pub rates: ParamRange,
}

impl PcmOverview {
    /// Opens the PCM for a moment.
    ///
    /// # Errors
    /// Those of [`Pcm::probe`](super::Pcm::probe).
    pub fn of(request: &Request) -> Result<PcmOverview> {
        let handle = open_handle(request)?;
        let failed = |errno| Error::device("query", &request.device, errno);
        let info = handle.info().map_err(|error| failed(error.errno()))?;
        let Probe {
            channels,
            rate_min,
            rate_max,
            ..
        } = probe::probe_handle(&handle).map_err(failed)?;
        let card = u32::try_from(info.get_card()).ok();
        Ok(PcmOverview {
            hardware: card.map(|card| (card, info.get_device())),
            name: info.get_name().unwrap_or_default().to_owned(),
            channels: channels.range(),
            rates: ParamRange {
                min: rate_min,
                max: rate_max,
            },
        })
    }
}
