"""A PulseAudio server on another host: two network namespaces, joined by a cable."""

import os
import subprocess
import time
import wave

import numpy
import pytest
from lab import numbered
from lab.priority import PRIORITY
from lab.program import ALOUD, Running, run, wait_until
from lab.sound import assert_contains, noise


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def slow_down(kbit):
    """Limits what the server's host sends and what it gets. (Debian's kernels have netem, too; this one may not.)"""
    words = ["root", "tbf", "rate", f"{kbit}kbit", "burst", "4kb", "latency", "2s"]
    subprocess.run(["tc", "qdisc", "replace", "dev", "aloud0", *words], check=True)
    subprocess.run(["ip", "netns", "exec", f"aloud{os.getpid()}", "tc", "qdisc", "replace", "dev", "aloud1", *words], check=True)


@pytest.fixture
def remote(own_pulse):
    """The environment and the words that run a program on a host which reaches the server only through the cable."""
    host = f"aloud{os.getpid()}"
    ip("netns", "add", host)
    try:
        ip("link", "add", "aloud0", "type", "veth", "peer", "name", "aloud1", "netns", host)
        ip("addr", "add", "10.213.7.1/24", "dev", "aloud0")
        ip("link", "set", "aloud0", "up")
        ip("-n", host, "addr", "add", "10.213.7.2/24", "dev", "aloud1")
        ip("-n", host, "link", "set", "aloud1", "up")
        loaded = own_pulse.pactl("load-module", "module-native-protocol-tcp", "auth-anonymous=1", "port=47131")
        assert loaded.status == 0, loaded
        yield ["ip", "netns", "exec", host], {**own_pulse.environment, "PULSE_SERVER": "tcp:10.213.7.1:47131"}
    finally:
        subprocess.run(["ip", "link", "delete", "aloud0"], check=False)
        ip("netns", "delete", host)


def start(remote, *words, seconds=0.5, priority=()):
    """Runs aloud on the other host until it has moved some sound."""
    prefix, environment = remote
    program = Running(*prefix, *priority, ALOUD, words[0], "--json", *words[1:], environment=environment)
    wait_until(
        lambda: any(event["seconds"] >= seconds for event in program.events("progress")),
        lambda: f"sound of {program.so_far()}",
    )
    return program


def test_another_host_plays_every_bit(tmp_path, own_pulse, remote):
    prefix, environment = remote
    sound = noise(seconds=1, before=1)
    file = sound.wav(tmp_path / "noise.wav")
    with own_pulse.monitor(sound) as recorded:
        result = run(*prefix, ALOUD, "play", "-B", "2s", file, environment=environment)
        assert result.status == 0, result
        assert_contains(sound, recorded())


@pytest.mark.parametrize("kind", ["play", "record"])
def test_a_cut_cable_is_reported(tmp_path, remote, kind):
    """The server is still there, but nothing arrives: the same as a server that hangs."""
    file, take = noise(seconds=1, after=30).wav(tmp_path / "sound.wav"), tmp_path / "take.wav"
    words = ["play", file] if kind == "play" else ["record", "-d", 30, take]
    with start(remote, *words, "--timeout", "3s") as program:
        ip("link", "set", "aloud0", "down")
        result = program.end()
    assert (result.status, result.error()["kind"]) == (7, "disconnected"), result
    if kind == "record":
        with wave.open(str(take)) as recorded:
            assert recorded.getnframes() == result.event("end")["frames"] > 20000


def test_a_recording_over_a_slow_cable_is_late_but_complete(tmp_path, own_pulse, remote):
    """A recording needs 1536 kbit/s. The server keeps what the cable does not carry in time."""
    ramp = numpy.repeat(numpy.arange(12 * 48000) % 32000 + 1, 2).astype("<i2").tobytes()
    (tmp_path / "ramp.raw").write_bytes(ramp)
    play = ["aplay", "-q", "-B", 4_000_000, "-t", "raw", "-f", "dat", tmp_path / "ramp.raw"]
    with Running(*play, environment=own_pulse.environment):
        own_pulse.wait_for_playback()
        with start(remote, "record", "-d", 4, "-t", "raw", tmp_path / "take.raw") as recorder:
            slow_down(1000)
            result = recorder.end()
    end = result.event("end")
    assert (result.status, end["frames"], end["xruns"], end["frames_lost"]) == (0, 4 * 48000, 0, 0), result
    take = numpy.frombuffer((tmp_path / "take.raw").read_bytes(), dtype="<i2").reshape(-1, 2)[:, 0].astype(int)
    heard = take[numpy.flatnonzero(take)[0] :]
    assert len(heard) > 2 * 48000
    assert set(numpy.diff(heard)) <= {1, 1 - 32000}


def test_the_gaps_of_a_slow_cable_are_reported(tmp_path, own_pulse, remote):
    """The sound needs 1536 kbit/s. alsa-lib's plugin reports no underrun: it has written what the server lacks. Silence in the
    first two seconds is not noticed."""
    file = numbered.wav(tmp_path / "numbered.wav", 5)
    with own_pulse.monitor(noise(seconds=0)):
        with start(remote, "play", file, seconds=2.2, priority=PRIORITY) as player:
            slow_down(700)
            result = player.end()
        wait_until(lambda: 5 * 48000 - 1 in numbered.numbers(own_pulse.recorded("vs")), "the last frame to be recorded")
    heard = numbered.numbers(own_pulse.recorded("vs"))
    end = result.event("end")
    assert (result.status, end["frames"], numbered.skips(heard)) == (0, 5 * 48000, []), result
    silent = sum(length for _, length, _ in numbered.silences(heard))
    assert silent > 48000 and end["xruns"] == len(result.events("xrun"))
    assert end["frames_lost"] == pytest.approx(silent, rel=0.25)


def test_a_short_cut_is_no_underrun(tmp_path, own_pulse, remote):
    """The buffer lasts longer than the cut."""
    file = numbered.wav(tmp_path / "numbered.wav", 5)
    with own_pulse.monitor(noise(seconds=0)):
        with start(remote, "play", "-B", "3s", file) as player:
            # One process, so that a busy machine lengthens the cut little.
            run("sh", "-c", "ip link set aloud0 down; sleep 0.5; ip link set aloud0 up")
            result = player.end()
        wait_until(lambda: 5 * 48000 - 1 in numbered.numbers(own_pulse.recorded("vs")), "the last frame to be recorded")
    heard = numbered.numbers(own_pulse.recorded("vs"))
    assert (numbered.silences(heard), numbered.skips(heard)) == ([], [])
    assert (result.status, result.event("end")["xruns"]) == (0, 0), result


def test_the_end_is_played_after_an_underrun_that_is_not_noticed(own_pulse, remote):
    """What the server lacks has been written and is on its way, so alsa-lib's plugin reports nothing. When it arrives, it is
    less than the server waits for before it continues."""
    prefix, environment = remote
    words = ["play", "--json", "-B", "3s", "--timeout", "5s", *numbered.OPTIONS, "-"]
    first, last = 3 * numbered.RATE, 3 * numbered.RATE + numbered.RATE // 2

    def heard():
        return numbered.numbers(own_pulse.recorded("vs")).max(initial=-1)

    with own_pulse.monitor(noise(seconds=0)):
        with Running(*prefix, ALOUD, *words, stdin=subprocess.PIPE, environment=environment) as player:
            player.process.stdin.write(numbered.frames(0, first))
            player.process.stdin.flush()
            wait_until(lambda: heard() >= numbered.RATE, "a second of sound")
            ip("link", "set", "aloud0", "down")
            player.process.stdin.write(numbered.frames(first, last))
            player.process.stdin.close()
            wait_until(lambda: heard() == first - 1, "the end of what has arrived")
            time.sleep(0.3)
            ip("link", "set", "aloud0", "up")
            result = player.end()
        wait_until(lambda: heard() == last - 1, "the last frame to be recorded")
    assert (result.status, result.event("end")["frames"]) == (0, last), result
    assert numbered.skips(numbered.numbers(own_pulse.recorded("vs"))) == []
