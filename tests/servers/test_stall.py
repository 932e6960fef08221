"""A sound server that hangs is reported after a time that can be chosen, and a pause is no hang."""

import signal
import subprocess
import time
import wave

import pytest
from lab.program import ALOUD, Running, aloud, wait_until
from lab.sound import noise


def start(words, server):
    """Runs aloud until it has moved half a second of sound."""
    program = Running(ALOUD, *words[:1], "--json", *words[1:], environment=server.recording)
    wait_until(
        lambda: any(event["seconds"] >= 0.5 for event in program.events("progress")),
        lambda: f"sound of {program.so_far()}",
    )
    return program


def assert_stalled(result):
    """The error is one of two: the server takes no frames, or a call of its plugin does not return."""
    assert result.status == 7, result
    error = result.error()
    assert (error["kind"], error["device"]) == ("disconnected", "default")
    assert "data: 'default'" in error["message"] or error["message"] == "the sound server of 'default' does not answer"
    assert result.event("end")["why"] == "error"


@pytest.mark.parametrize("kind", ["play", "record", "loopback", "tone"])
def test_a_server_that_hangs_is_reported(tmp_path, own_server, kind):
    file, take = noise(seconds=1, after=30).wav(tmp_path / "sound.wav"), tmp_path / "take.wav"
    words, limit = {
        "play": (["play", "-B", "500ms", "--timeout", "3s", file], 3),
        "record": (["record", "-d", 30, "--timeout", "3s", take], 3),
        "loopback": (["loopback", "--timeout", "3s", "-C", "default", "-P", "default"], 3),
        "tone": (["tone", "-d", 30], 5),
    }[kind]
    with start(words, own_server) as program:
        own_server.freeze()
        before = time.monotonic()
        try:
            result = program.end(timeout=15)
        finally:
            own_server.thaw()
        assert 0.7 * limit < time.monotonic() - before < limit + 3
    assert_stalled(result)
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


@pytest.mark.parametrize("own_server", ["pulse"], indirect=True)
def test_completion_does_not_wait_for_a_server_that_hangs(own_server):
    words = ["__complete", "zsh", "mixer", "set", "-D", "pulse", ""]
    assert "Master\t" in aloud(*words, environment=own_server.environment).stdout
    own_server.freeze()
    before = time.monotonic()
    try:
        result = aloud(*words, environment=own_server.environment)
    finally:
        own_server.thaw()
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    assert time.monotonic() - before < 3
