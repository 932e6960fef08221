//! The channel map of an open PCM.

use super::Pcm;
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::Result;
use crate::audio::ffi::chmap;

impl Pcm {
    /// The channel map in force (`snd_pcm_get_chmap`), if the driver tells one.
    pub fn channel_map(&self) -> Result<Option<ChannelMap>> {
        Ok(chmap::get(self.handle()?).map(ChannelMap))
    }

    /// The channel maps the driver offers (`snd_pcm_query_chmaps`).
    pub fn supported_channel_maps(&self) -> Result<Vec<ChannelMap>> {
        Ok(chmap::supported(self.handle()?)
            .into_iter()
            .map(|(_, map)| ChannelMap(map))
            .collect())
    }

    /// Sets the channel map (`snd_pcm_set_chmap`).
    ///
    /// # Errors
    /// [`Kind::Unsupported`] where the driver offers no such map.
    pub fn set_channel_map(&self, map: &ChannelMap) -> Result<()> {
        chmap::set(self.handle()?, &map.0)
            .map_err(|errno| self.failed(&format!("set the channel map {map} of"), errno))
    }
}
