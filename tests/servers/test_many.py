"""Several files, two programs at once, and what `info` and the mixer report, on each server."""

import json
import time

from lab import pulse
from lab.program import ALOUD, Running, aloud, output_of
from lab.sound import assert_contains, find_noise, noise


def test_several_files_follow_each_other_without_a_gap(tmp_path, server):
    first, second = noise(seconds=0.7, before=1, after=0), noise(seconds=0.7)
    files = [first.wav(tmp_path / "first.wav"), second.wav(tmp_path / "second.wav")]
    with server.monitor(second) as recorded:
        result = aloud("play", "--json", "-B", "2s", *files, environment=server.environment)
        assert result.status == 0, result.stderr
        data = recorded()
    assert_contains(second, data)
    start = find_noise(first, data)
    assert find_noise(second, data) - start == len(first.signal) // first.frame


def test_another_format_follows_soon_on_pulseaudio(tmp_path):
    """A sink without streams mixes two seconds of silence in advance, and plays them before a new stream."""
    rates = [48000, 44100, 48000, 44100, 48000]
    files = [noise(rate=rate, seconds=0.1, after=0.1).wav(tmp_path / f"{number}.wav") for number, rate in enumerate(rates)]
    folder = tmp_path / "server"
    folder.mkdir()
    server = pulse.Server(folder, pulse.MODULES[0].replace(" norewinds=1", ""), pulse.MODULES[1])
    server.start()
    try:
        start = time.monotonic()
        result = aloud("play", "--json", *files, environment=server.environment)
        assert (result.status, len(result.events("start"))) == (0, len(files)), result
        # The silence would add two seconds to each file but the first. The rest is for a busy machine.
        assert 1 <= time.monotonic() - start < 8
    finally:
        server.kill()


def test_two_plays_at_once_both_reach_their_end(tmp_path, server):
    files = [noise(seconds=1).wav(tmp_path / f"{number}.wav") for number in range(2)]
    players = [Running(ALOUD, "play", "--json", file, environment=server.environment) for file in files]
    for player in players:
        result = player.end()
        assert result.status == 0 and result.event("end")["frames"] == 72000, result


def test_info_describes_the_server(server):
    info = json.loads(output_of(ALOUD, "info", "--json", environment=server.environment))
    assert (info["rate"], info["channels"], info["format_name"]) == (44100, 2, "S16_LE")


def test_the_volume_that_was_set_is_reported(server):
    names = [control["name"] for control in json.loads(output_of(ALOUD, "mixers", "--json", environment=server.environment))]
    assert "Master" in names
    reported = json.loads(output_of(ALOUD, "mixer", "set", "--json", "Master", "40%", environment=server.environment))
    again = json.loads(output_of(ALOUD, "mixer", "get", "--json", "Master", environment=server.environment))
    assert [channel["percent"] for channel in reported["playback"]["channels"]] == [40, 40]
    assert again["playback"] == reported["playback"]


def test_two_devices_of_a_server_play_the_same_sound(tmp_path, server):
    server.add_sink("second")
    devices = {
        "pulse": ["type pulse device vs", "type pulse device second"],
        "pipewire": ['type pipewire playback_node "vs"', 'type pipewire playback_node "second"'],
    }[server.name]
    configuration = tmp_path / "asound.conf"
    lines = [f"pcm.{name} {{ {device} }}" for name, device in zip(("one", "two"), devices)]
    configuration.write_text("\n".join([f"<{server.environment['ALSA_CONFIG_PATH']}>", *lines]))
    sound = noise(seconds=0.5, before=0.6)
    with server.monitor(sound) as first, server.monitor(sound, "second") as second:
        environment = {**server.environment, "ALSA_CONFIG_PATH": str(configuration)}
        result = aloud("play", "--json", "-B", "4s", "-D", "one", "-D", "two", sound.wav(tmp_path / "x.wav"), environment=environment)
        assert (result.status, result.event("end")["xruns"]) == (0, 0), result
        for recorded in (first, second):
            assert_contains(sound, recorded())
