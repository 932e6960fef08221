//! The plugins of a PCM, from alsa-lib's description (`snd_pcm_dump`).

use crate::audio::ffi;
use alsa::pcm::PCM;

/// What alsa-lib's description of a plugin starts with, and the plugin's type in the configuration.
const PLUGINS: [(&str, &str); 22] = [
    ("Plug PCM: ", "plug"),
    ("Soft volume PCM", "softvol"),
    ("Rate conversion PCM", "rate"),
    ("Route conversion PCM", "route"),
    ("Direct Stream Mixing PCM", "dmix"),
    ("Direct Snoop PCM", "dsnoop"),
    ("Direct Share PCM", "dshare"),
    ("Linear conversion PCM", "linear"),
    ("Linear Integer <-> Linear Float conversion PCM", "lfloat"),
    ("Mu-Law conversion PCM", "mulaw"),
    ("A-Law conversion PCM", "alaw"),
    ("Ima-ADPCM conversion PCM", "adpcm"),
    ("LADSPA PCM", "ladspa"),
    ("Multi PCM", "multi"),
    ("File PCM", "file"),
    ("Meter PCM", "meter"),
    ("Mmap emulation PCM", "mmap_emul"),
    ("Null PCM", "null"),
    ("Hardware PCM", "hw"),
    ("ALSA <-> PulseAudio PCM I/O Plugin", "pulse"),
    ("ALSA <-> PipeWire PCM I/O Plugin", "pipewire"),
    ("ALSA <-> JACK PCM I/O Plugin", "jack"),
];

/// Whether a PCM is a kernel device, or `plug` on one that converts nothing. Only these say exactly what they have played,
/// and take back exactly what they have not: sound servers and dmix have passed on what was written to them.
pub(super) fn is_direct(pcm: &PCM) -> bool {
    let is_plug = || ffi::plugin_type(pcm) == "PLUG";
    ffi::is_hardware(pcm) || is_plug() && maps_hardware(&ffi::description(pcm))
}

/// Whether a PCM that is not direct has alsa-lib's `mmap_emul` in it. In 1.2.8 (not reported upstream), that does not ask a
/// slave that can be mapped for its position before `snd_pcm_avail_update` returns one, and frames in mapped memory reach
/// and come from nowhere.
pub(super) fn emulates_mmap(pcm: &PCM) -> bool {
    plugins_in(&ffi::description(pcm)).contains(&"mmap_emul")
}

/// Whether a PCM mixes into the buffer of a card that several programs share.
pub(super) fn mixes(pcm: &PCM) -> bool {
    plugins_in(&ffi::description(pcm)).contains(&"dmix")
}

/// The plugins in a description, from the application to the hardware.
pub(super) fn plugins_in(description: &str) -> Vec<&'static str> {
    let mut found: Vec<(usize, &str)> = PLUGINS
        .iter()
        .flat_map(|(text, plugin)| {
            let at = description.match_indices(text);
            at.map(|(at, _)| (at, *plugin))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, plugin)| plugin).collect()
}

/// Whether a PCM with this description passes on the memory of a kernel device: no plugin but `plug`, which converts
/// nothing.
///
/// Other plugins may have memory of their own. `file` with `infile` does not even fill it (alsa-lib 1.2.8).
pub(super) fn maps_hardware(description: &str) -> bool {
    let behind_plug = description.strip_prefix("Plug PCM: ");
    behind_plug
        .unwrap_or(description)
        .starts_with("Hardware PCM")
}

/// The rate of the hardware in a description, if it is configured.
pub(super) fn hardware_rate_in(description: &str) -> Option<u32> {
    let (_, hardware) = description.split_once("Hardware PCM")?;
    let value = |line: &str| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == "rate").then(|| value.trim().parse().ok())?
    };
    hardware.lines().find_map(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_are_listed_from_the_application_to_the_hardware() {
        let text = "Plug PCM: Rate conversion PCM (48000, sformat=S16_LE)\nIts setup is:\n  rate         : 44100\n\
                    Slave: Direct Stream Mixing PCM\nIts setup is:\n  rate         : 48000\n\
                    Hardware PCM card 0 'PCH' device 0 subdevice 0\nIts setup is:\n  rate         : 96000\n";
        assert_eq!(plugins_in(text), ["plug", "rate", "dmix", "hw"]);
        assert_eq!(hardware_rate_in(text), Some(96_000));
        assert_eq!(hardware_rate_in("Null PCM\n"), None);
    }

    #[test]
    fn only_hardware_and_plug_on_hardware_pass_on_its_memory() {
        let hardware = "Hardware PCM card 0 'PCH' device 0 subdevice 0\n";
        assert!(maps_hardware(hardware));
        assert!(maps_hardware(&format!("Plug PCM: {hardware}")));
        for plugin in ["File PCM (file=x)", "Rate conversion PCM (48000)"] {
            assert!(!maps_hardware(&format!(
                "Plug PCM: {plugin}\nSlave: {hardware}"
            )));
        }
        assert!(!maps_hardware("Null PCM\n"));
    }
}
