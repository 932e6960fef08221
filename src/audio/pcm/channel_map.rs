//! The channel map of an open PCM.

use super::device::Pcm;
use super::sound_server::SoundServer;
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::Result;
use crate::audio::ffi::chmap;

impl Pcm {
    /// The channel map in use: what the driver reports (`snd_pcm_get_chmap`), or what is known of a sound server. PulseAudio's
    /// plugin (alsa-plugins 1.2.7) reports none, and has alsa-lib's usual order.
    ///
    /// # Errors
    /// [`Kind::Internal`](crate::audio::error::Kind::Internal) once the PCM is closed.
    pub fn channel_map(&self) -> Result<Option<ChannelMap>> {
        let reported = chmap::get(self.handle()?).map(ChannelMap);
        let channels = self.spec().channels;
        let is_known = self.server == Some(SoundServer::PulseAudio) && channels > 2;
        Ok(reported.or_else(|| ChannelMap::default_for_devices(channels).filter(|_| is_known)))
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
        chmap::set(self.handle()?, &map.0)
            .map_err(|errno| self.failed(&format!("set the channel map {map} of"), errno))
    }
}
