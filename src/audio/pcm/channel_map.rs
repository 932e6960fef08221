//! The channel map of an open PCM.

use super::device::Pcm;
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::Result;
use crate::audio::ffi::chmap;

impl Pcm {
    /// The channel map in use (`snd_pcm_get_chmap`), if the driver reports one.
    ///
    /// # Errors
    /// [`Kind::Internal`](crate::audio::error::Kind::Internal) once the PCM is closed.
    pub fn channel_map(&self) -> Result<Option<ChannelMap>> {
        Ok(chmap::get(self.handle()?).map(ChannelMap))
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
