"""aloud over a sound server: what it sends is what the server's monitor hears."""

import signal
import subprocess

from lab.program import ALOUD, Running, aloud
from lab.sound import assert_contains, noise

# So far ahead of the server that a machine with much else to do does not make it run dry.
AHEAD = ["-B", "2s"]


def test_the_monitor_hears_what_was_sent(tmp_path, server):
    sound = noise(seconds=2, before=1)
    with server.monitor(sound) as heard:
        file = sound.wav(tmp_path / "noise.wav")
        result = aloud("play", "--json", *AHEAD, file, environment=server.environment)
        assert result.status == 0, result.stderr
        assert_contains(sound, heard())
    assert result.event("end")["frames"] == sound.frames


def test_standard_input_is_heard(server):
    sound = noise(seconds=2, before=1)
    options = [*AHEAD, "-t", "raw", *sound.options()]
    with server.monitor(sound) as heard:
        result = aloud("play", *options, "-", stdin=sound.data, environment=server.environment)
        assert result.status == 0, result.stderr
        assert_contains(sound, heard())


def test_a_pipe_that_gives_most_of_a_buffer_at_first_is_heard(server):
    """What then comes fills the device, which starts only when it is full, though it is little that fits."""
    sound = noise(seconds=2, before=1)
    first = 92000 * sound.frame
    with server.monitor(sound) as heard:
        options = ["-t", "raw", *sound.options(), "--buffer-size", 96000, "--period-size", 6000]
        with Running(ALOUD, "play", *options, stdin=subprocess.PIPE, environment=server.environment) as player:
            player.process.stdin.write(sound.data[:first])
            player.process.stdin.flush()
            player.wait_until_idle()
            player.process.stdin.write(sound.data[first:])
            player.process.stdin.close()
            result = player.end()
        assert result.status == 0, result.stderr
        assert_contains(sound, heard())


def test_the_server_is_left_to_resample_unless_a_rate_is_named(tmp_path, server):
    file = noise(rate=44100, seconds=0.2).wav(tmp_path / "noise.wav")
    for options, rate, frames in [([], 44100, 30870), (["-r", 48000], 48000, 33600)]:
        result = aloud("play", "--json", *options, file, environment=server.environment)
        assert result.status == 0, result.stderr
        start = result.event("start")
        assert start["realised"]["rate"] == rate
        assert (start["conversion"] is None) == (rate == 44100)
        assert result.event("end")["frames"] == frames


def test_a_signal_ends_the_playback(tmp_path, server):
    file = noise(seconds=1, after=30).wav(tmp_path / "long.wav")
    with Running(ALOUD, "play", "--json", file, environment=server.environment) as player:
        player.wait_for_event("progress")
        player.signal(signal.SIGTERM)
        result = player.end()
    assert result.status == -signal.SIGTERM
    assert result.event("end")["frames"] < 25 * 48000


def test_missing_server_is_reported_in_one_line(tmp_path, server):
    file = noise(seconds=0.1).wav(tmp_path / "noise.wav")
    result = aloud("play", file, environment=server.absent())
    assert result.status not in (0, None)
    assert result.stderr.startswith("aloud: ")
    assert len(result.stderr.splitlines()) <= 3
