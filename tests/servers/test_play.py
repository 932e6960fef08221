"""What aloud plays through a sound server is what the server's monitor records."""

import signal
import subprocess

from lab.cost import traced
from lab.program import ALOUD, Running, aloud
from lab.sound import assert_contains, noise

# Enough for a busy machine.
BUFFER = ["-B", "2s"]


def test_every_bit_arrives(tmp_path, server):
    sound = noise(seconds=2, before=1)
    with server.monitor(sound) as recorded:
        file = sound.wav(tmp_path / "noise.wav")
        result = aloud("play", "--json", *BUFFER, file, environment=server.environment)
        assert result.status == 0, result.stderr
        assert_contains(sound, recorded())
    assert result.event("end")["frames"] == sound.frames


def test_a_file_costs_few_system_calls(tmp_path, server, monkeypatch, request):
    """PulseAudio's plugin reports room again and again, and PipeWire's after each cycle. Measured: 357 and 217 calls per
    second, 838 and 332 if each report is a wake-up; aplay makes 250 and 125."""
    most = {"pulse": 550, "pipewire": 275}[request.node.callspec.params["server"]]
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    file = noise(seconds=2, after=0).wav(tmp_path / "noise.wav")
    (calls,) = traced(tmp_path, [[ALOUD, "play", "-q", file]], (0.6, 1.6), 2)
    # On most machines, reading the clock is no system call.
    calls = [call for _, call in calls if not call.startswith("clock_gettime")]
    assert 0 < len(calls) <= most


def test_a_server_is_one_of_several_devices(tmp_path, server):
    sound = noise(seconds=2, before=1)
    with server.monitor(sound) as recorded:
        devices = [*BUFFER, "-D", "default", "-D", "null"]
        file = sound.wav(tmp_path / "noise.wav")
        result = aloud("play", "--json", *devices, file, environment=server.environment)
        assert result.status == 0, result.stderr
        assert_contains(sound, recorded())
    assert [one["linked"] for one in result.event("start")["devices"]] == [False, False]
    assert [one["frames"] for one in result.event("end")["devices"]] == 2 * [sound.frames]


def test_standard_input_is_played(server):
    sound = noise(seconds=2, before=1)
    options = [*BUFFER, "-t", "raw", *sound.options()]
    with server.monitor(sound) as recorded:
        result = aloud("play", *options, "-", stdin=sound.data, environment=server.environment)
        assert result.status == 0, result.stderr
        assert_contains(sound, recorded())


def test_a_pipe_that_stalls_before_the_buffer_is_full_is_played(server):
    """The device starts only when its buffer is full, and only a little fits when the pipe continues."""
    sound = noise(seconds=2, before=1)
    first = 92000 * sound.frame
    with server.monitor(sound) as recorded:
        options = ["-t", "raw", *sound.options(), "--buffer-size", 96000, "--period-size", 6000]
        with Running(ALOUD, "play", *options, stdin=subprocess.PIPE, environment=server.environment) as player:
            player.process.stdin.write(sound.data[:first])
            player.process.stdin.flush()
            player.wait_until_idle()
            player.process.stdin.write(sound.data[first:])
            player.process.stdin.close()
            result = player.end()
        assert result.status == 0, result.stderr
        assert_contains(sound, recorded())


def test_the_server_resamples_unless_a_rate_is_requested(tmp_path, server):
    file = noise(rate=44100, seconds=0.2).wav(tmp_path / "noise.wav")
    for options, rate, frames in [([], 44100, 30870), (["-r", 48000], 48000, 33600)]:
        result = aloud("play", "--json", *options, file, environment=server.environment)
        assert result.status == 0, result.stderr
        start = result.event("start")
        assert start["configured"]["rate"] == rate
        assert (start["conversion"] is None) == (rate == 44100)
        assert result.event("end")["frames"] == frames


def test_a_signal_ends_playback(tmp_path, server):
    file = noise(seconds=1, after=30).wav(tmp_path / "long.wav")
    with Running(ALOUD, "play", "--json", file, environment=server.environment) as player:
        player.wait_for_event("progress")
        player.signal(signal.SIGTERM)
        result = player.end()
    assert result.status == -signal.SIGTERM
    assert result.event("end")["frames"] < 25 * 48000


def test_a_missing_server_is_reported_in_one_line(tmp_path, server):
    file = noise(seconds=0.1).wav(tmp_path / "noise.wav")
    result = aloud("play", file, environment=server.absent())
    assert result.status not in (0, None)
    assert result.stderr.startswith("aloud: ")
    assert len(result.stderr.splitlines()) <= 3
