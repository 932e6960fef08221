//! The channel map of an open PCM.

use super::choose::CAPTURED_CHANNELS;
use super::device::Pcm;
use super::sound_server::SoundServer;
use crate::audio::channel_map::ChannelMap;
use crate::audio::channel_map::position::{FC, FL, FR, LFE, NA, RC, SL, SR};
use crate::audio::direction::Direction;
use crate::audio::error::Result;
use crate::audio::ffi::chmap;

/// The orders of PipeWire (0.3.65) for numbers of channels of which its plugin does not know the positions.
const PIPEWIRE_ORDERS: [&[u32]; 2] = [&[FL, FR, FC], &[FL, FR, FC, LFE, SL, SR, RC]];

impl Pcm {
    /// The channel map in use: what the driver reports (`snd_pcm_get_chmap`), or what is known of a sound server. PulseAudio's
    /// plugin (alsa-plugins 1.2.7) reports none, and has alsa-lib's usual order; PipeWire's reports only some.
    ///
    /// # Errors
    /// [`Kind::Internal`](crate::audio::error::Kind::Internal) once the PCM is closed.
    pub fn channel_map(&self) -> Result<Option<ChannelMap>> {
        let reported = chmap::get(self.handle()?).map(ChannelMap);
        let channels = self.spec().channels;
        Ok(match self.server {
            Some(SoundServer::PulseAudio) if channels > 2 => reported.or_else(|| {
                ChannelMap::default_for_devices(channels).map(|map| self.without_copies(map))
            }),
            Some(SoundServer::PipeWire) => reported.map(|map| match map.is_complete() {
                true => map,
                false => pipewire_order(channels).unwrap_or(map),
            }),
            _ => reported,
        })
    }

    /// The map without the channels that PulseAudio fills with copies of the front ones, if it captures more than requested.
    fn without_copies(&self, map: ChannelMap) -> ChannelMap {
        let has_copies = self.request.direction == Direction::Capture
            && self.request.channels == CAPTURED_CHANNELS
            && self.spec().channels > CAPTURED_CHANNELS;
        if !has_copies {
            return map;
        }
        let front = |position| match position {
            FL | FR | FC => position,
            _ => NA,
        };
        ChannelMap(map.0.into_iter().map(front).collect())
    }

    /// The channel maps that the driver offers (`snd_pcm_query_chmaps`).
    ///
    /// # Errors
    /// [`Kind::Internal`](crate::audio::error::Kind::Internal) once the PCM is closed.
    pub fn supported_channel_maps(&self) -> Result<Vec<ChannelMap>> {
        Ok(chmap::supported(self.handle()?)
            .into_iter()
            .map(ChannelMap)
            .collect())
    }

    /// Sets the channel map (`snd_pcm_set_chmap`).
    ///
    /// # Errors
    /// [`Kind::Unsupported`](crate::audio::error::Kind::Unsupported) if the driver does not offer it.
    pub fn set_channel_map(&self, map: &ChannelMap) -> Result<()> {
        // PipeWire's plugin (0.3.65) accepts any order and keeps its own (not reported upstream).
        let set = match self.server {
            Some(SoundServer::PipeWire) if self.channel_map()?.as_ref() == Some(map) => Ok(()),
            Some(SoundServer::PipeWire) => Err(libc::EINVAL),
            _ => chmap::set(self.handle()?, &map.0),
        };
        set.map_err(|errno| self.failed(&format!("set the channel map {map} of"), errno))
    }
}

fn pipewire_order(channels: u32) -> Option<ChannelMap> {
    let order = PIPEWIRE_ORDERS
        .iter()
        .find(|order| order.len() == channels as usize);
    order.map(|order| ChannelMap(order.to_vec()))
}
