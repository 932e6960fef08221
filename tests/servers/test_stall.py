"""A server that hangs is a device that takes or delivers no data: reported after a time that can be chosen.

PulseAudio is not tested: alsa-lib's plugin (1.2.7.1) may wait for an answer, or report frames that cannot be read.
"""

import subprocess
import time
import wave

import pytest
from lab.program import ALOUD, Running, wait_until
from lab.sound import noise


def start(words, server):
    """Runs aloud until it has moved a second of sound."""
    program = Running(ALOUD, *words[:1], "--json", *words[1:], environment=server.recording)
    wait_until(
        lambda: any(event["seconds"] >= 0.5 for event in program.events("progress")),
        lambda: f"sound of {program.so_far()}",
    )
    return program


def assert_stalled(result, message):
    assert result.status == 7, result
    error = result.error()
    assert (error["kind"], error["message"]) == ("disconnected", message)


@pytest.mark.parametrize("kind", ["play", "record", "loopback"])
def test_a_server_that_hangs_is_reported(tmp_path, own_pipewire, kind):
    file, take = noise(seconds=1, after=30).wav(tmp_path / "sound.wav"), tmp_path / "take.wav"
    words = {
        "play": ["play", "-B", "500ms", file],
        "record": ["record", "-d", 30, take],
        "loopback": ["loopback", "-C", "default", "-P", "default"],
    }[kind]
    with start([*words, "--timeout", "2s"], own_pipewire) as program:
        own_pipewire.freeze()
        before = time.monotonic()
        try:
            result = program.end(timeout=15)
        finally:
            own_pipewire.thaw()
        assert 1.5 < time.monotonic() - before < 10
    verb = "takes" if kind == "play" else "delivers"
    assert_stalled(result, f"the device {verb} no data: 'default'")
    if kind == "record":
        with wave.open(str(take)) as recorded:
            assert recorded.getnframes() == result.event("end")["frames"] > 20000


def test_a_slow_source_and_a_pause_are_no_stall(server):
    sound = noise(seconds=1, before=0.5)
    options = ["-t", "raw", *sound.options(), "-B", "500ms", "--timeout", "2s"]
    with server.monitor(sound) as recorded:
        with Running(ALOUD, "play", *options, stdin=subprocess.PIPE, environment=server.environment) as player:
            time.sleep(2.5)
            player.process.stdin.write(sound.data)
            player.process.stdin.flush()
            time.sleep(3)
            player.process.stdin.close()
            result = player.end()
        recorded()
    assert result.status == 0, result
