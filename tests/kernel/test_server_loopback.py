"""A loopback on sound servers, in virtual time, with a latency that no server's buffer needs to hold."""

import signal
import time

import pytest
from lab import numbered, pipewire, pulse
from lab.numbered import RATE
from lab.program import ALOUD, Running, aloud
from lab.sound import noise

SERVERS = {"pulse": pulse.Server, "pipewire": pipewire.Server}

# Captures what the sink `other` plays, plays on `vs`, and plays on `other`.
DEVICES = {
    "pulse": ["type pulse device other.monitor", "type pulse device vs", "type pulse device other"],
    "pipewire": ['type pipewire capture_node "other"', 'type pipewire playback_node "vs"', 'type pipewire playback_node "other"'],
}

LATENCY = 2


@pytest.fixture(params=SERVERS)
def server(request, tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    server = SERVERS[request.param](folder)
    server.start()
    server.add_sink("other")
    configuration = tmp_path / "asound.conf"
    lines = [f"pcm.{name} {{ {device} }}" for name, device in zip(("captured", "played", "source"), DEVICES[server.name])]
    configuration.write_text("\n".join([f"<{server.environment['ALSA_CONFIG_PATH']}>", *lines]))
    server.recording["ALSA_CONFIG_PATH"] = str(configuration)
    yield server
    server.kill()


def last_number(path):
    """The number of the last frame that a monitor has recorded."""
    data = path.read_bytes()
    return max(numbered.numbers(data[len(data) // 4 * 4 - RATE * 4 :]))


def latency(server):
    """How many seconds what is played on one sink is later than on the other."""
    return (last_number(server.recorded("other")) - last_number(server.recorded("vs"))) / RATE


def stop_and_continue(loop):
    loop.signal(signal.SIGTSTP)
    loop.wait_for_state("T")
    time.sleep(1)
    loop.signal(signal.SIGCONT)


@pytest.mark.parametrize("words", [["loopback", "--json", "--latency", f"{LATENCY}s"], ["as", "alsaloop", "-t", LATENCY * 10**6]])
def test_a_long_latency_stays_after_a_stop(tmp_path, server, words):
    file = numbered.wav(tmp_path / "numbered.wav", 20)
    expected = pytest.approx(LATENCY, abs=0.1)
    with (
        server.monitor(noise(seconds=0), "other"),
        server.monitor(noise(seconds=0), "vs"),
        Running("aplay", "-q", "-D", "source", file, environment=server.recording),
    ):
        # A sink that has been idle first plays up to two seconds of silence.
        time.sleep(3)
        with Running(ALOUD, *words, "-C", "captured", "-P", "played", environment=server.recording) as loop:
            time.sleep(4)
            before = latency(server)
            stop_and_continue(loop)
            time.sleep(4)
            after = latency(server)
            loop.signal(signal.SIGTERM)
            result = loop.end(timeout=1)
    assert (before, after) == (expected, expected)
    heard = numbered.numbers(server.recorded("vs"))
    assert numbered.skips(heard)[0][0] == numbered.silences(heard)[0][0], "nothing is lost before the stop"
    if words[0] == "loopback":
        end = result.event("end")
        assert (result.status, end["xruns"]) == (-signal.SIGTERM, 0), result
        # What was on its way at the stop.
        assert end["frames_lost"] == pytest.approx(LATENCY * RATE, abs=RATE / 10), result
    else:
        assert (result.status, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("milliseconds", [None, 100, 2000])
def test_a_source_that_starts_late_does_not_shorten_the_latency(server, milliseconds):
    """The monitor of a sink that plays nothing may deliver its first frames after seconds."""
    wanted = [] if milliseconds is None else ["--latency", f"{milliseconds}ms"]
    words = ["loopback", "--json", "-d", 6, *wanted, "-C", "captured", "-P", "played"]
    result = aloud(*words, environment=server.recording)
    end = result.event("end")
    assert (result.status, end["xruns"], end["frames_lost"]) == (0, 0, 0), result
    progress = result.events("progress")
    assert {event["drift_ppm"] for event in progress} == {None}, "the server has one clock"
    default = 1000 * 1024 / RATE
    assert progress[-1]["latency_ms"] == pytest.approx(milliseconds or default, abs=5)
