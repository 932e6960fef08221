"""Several files, two programs at once, and what `info` and the mixer report, on each server."""

import json

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
