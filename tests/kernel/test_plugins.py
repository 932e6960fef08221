"""What goes through alsa-lib's plugins is unchanged, also in mapped memory. Not all of them keep what they promise."""

import signal

import pytest
from lab import cards
from lab.cards import playing
from lab.program import ALOUD, Running, aloud
from lab.sound import assert_contains, noise, wait_for_noise

# PCMs on the device that fills the braces.
PLUGINS = {
    "mmap_emul": 'type mmap_emul slave.pcm "{}"',
    "plug on mmap_emul": 'type plug slave.pcm {{ type mmap_emul slave.pcm "{}" }}',
    "route": 'type route slave {{ pcm "{}" channels 2 }} ttable.0.0 1 ttable.1.1 1',
}
MAPPED = pytest.mark.parametrize("options", [[], ["-M"]], ids=["read and written", "mapped"])


@pytest.fixture
def define(tmp_path):
    """Defines the PCM `tested` on a device; returns the environment for it."""

    def define(plugin, device):
        path = tmp_path / "asoundrc"
        path.write_text("</usr/share/alsa/alsa.conf>\npcm.tested { %s }\n" % PLUGINS[plugin].format(device))
        return {"ALSA_CONFIG_PATH": str(path)}

    return define


@MAPPED
@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_bit_is_recorded(tmp_path, define, plugin, options):
    sound = noise(seconds=0.5)
    take = tmp_path / "take.raw"
    environment = define(plugin, "hw:Loopback,1,0")
    command = [ALOUD, "record", "--json", "-D", "tested", *options, "-t", "raw", *sound.options(), take]
    with Running(*command, environment=environment) as recorder:
        cards.wait_for_state("Loopback", "pcm1c", "RUNNING")
        with playing(sound, tmp_path / "played.raw"):
            wait_for_noise(sound, take)
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    assert (result.status, result.event("end")["xruns"]) == (0, 0)
    assert_contains(sound, take.read_bytes())


@MAPPED
@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_bit_is_played(tmp_path, define, plugin, options):
    sound = noise(seconds=0.5)
    environment = define(plugin, "hw:Loopback,0,0")
    with cards.cable(sound, tmp_path / "recorded") as cable:
        command = ["--json", "-D", "tested", *options, sound.wav(tmp_path / "noise.wav")]
        result = aloud("play", *command, environment=environment)
        assert_contains(sound, cable.recorded())
    assert (result.status, result.event("end")["xruns"]) == (0, 0)
