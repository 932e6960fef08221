//! The device and the capabilities of a PCM, without configuring it.

use super::open::{in_time, open_handle};
use super::plugins::{hardware_rate_in, plugins_in};
use super::probe::{self, ParamRange, Probe};
use super::request::Request;
use crate::audio::error::{Error, Result};
use crate::audio::ffi;

/// The device, name, channels and rates of a PCM.
#[derive(Clone, Debug, PartialEq)]
pub struct PcmOverview {
    /// The numbers of its card and device (`snd_pcm_info`); `None` for a sound server and other PCMs without a card.
    pub hardware: Option<(u32, u32)>,
    /// The name that alsa-lib or the driver gives it (`snd_pcm_info_get_name`).
    pub name: String,
    /// The fewest and the most channels.
    pub channels: ParamRange,
    /// The lowest and the highest rate in Hz.
    pub rates: ParamRange,
    /// The types of its plugins, from the application to the hardware (`plug`, `dmix`, `hw`); without those that only a
    /// configured PCM has.
    pub plugins: Vec<&'static str>,
    /// The rate of the hardware behind dmix or dsnoop, which all programs share.
    pub shared_rate: Option<u32>,
}

impl PcmOverview {
    /// Opens the PCM, queries it, and closes it again.
    ///
    /// # Errors
    /// See [`Pcm::probe`](super::Pcm::probe).
    pub fn of(request: &Request) -> Result<PcmOverview> {
        in_time(request.clone(), PcmOverview::of_now)
    }

    fn of_now(request: Request) -> Result<PcmOverview> {
        let handle = open_handle(&request)?;
        let failed = |errno| Error::device("query", &request.device, errno);
        let info = handle.info().map_err(|error| failed(error.errno()))?;
        let Probe {
            channel_range,
            rate_range,
            ..
        } = probe::probe_handle(&handle).map_err(failed)?;
        let description = ffi::description(&handle);
        let card = u32::try_from(info.get_card()).ok();
        Ok(PcmOverview {
            hardware: card.map(|card| (card, info.get_device())),
            name: info.get_name().unwrap_or_default().to_owned(),
            channels: channel_range,
            rates: rate_range,
            plugins: plugins_in(&description),
            shared_rate: hardware_rate_in(&description),
        })
    }
}
