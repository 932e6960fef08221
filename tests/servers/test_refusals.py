"""A PulseAudio server that refuses: the error says what it refuses, and what to do."""

import pytest
from lab.program import ALOUD, aloud, run
from lab.sound import noise

PORT = 4713


@pytest.fixture(scope="module")
def other_cookie(pulse_server, tmp_path_factory):
    """The environment of a user who has another cookie than the server."""
    folder = tmp_path_factory.mktemp("user")
    cookie = folder / "cookie"
    cookie.write_bytes(b"x" * 256)
    assert pulse_server.pactl("load-module", "module-native-protocol-tcp", f"port={PORT}", "listen=127.0.0.1").status == 0
    address = {"PULSE_SERVER": f"tcp:127.0.0.1:{PORT}", "PULSE_COOKIE": str(cookie)}
    return {**pulse_server.environment, "HOME": str(folder), **address}


COMMANDS = [["play", "FILE"], ["record", "-d", 1, "TAKE"], ["loopback", "-d", 1, "-C", "default", "-P", "default"], ["info"]]


def run_command(tmp_path, words, environment):
    paths = {"FILE": noise(seconds=1).wav(tmp_path / "sound.wav"), "TAKE": tmp_path / "take.wav"}
    result = aloud(words[0], "--json", *[paths.get(word, word) for word in words[1:]], environment=environment)
    assert not paths["TAKE"].exists()
    return result


@pytest.mark.parametrize("words", [*COMMANDS, ["play", "--on-lost", "wait", "FILE"], ["mixer", "get"], ["mixer", "watch", "--on-lost", "wait"]])
def test_a_wrong_cookie_is_denied_access(tmp_path, other_cookie, words):
    result = run_command(tmp_path, words, other_cookie)
    error = result.error()
    assert (result.status, error["kind"]) == (4, "permission"), result
    assert error["message"] == "cannot open 'default': the sound server denies access"
    assert "PULSE_COOKIE" in error["hint"]


def test_a_wrong_cookie_as_aplay_reports_it(tmp_path, other_cookie):
    file = noise(seconds=1).wav(tmp_path / "sound.wav")
    original, ours = [run(*words, "-q", file, environment=other_cookie) for words in (["aplay"], [ALOUD, "as", "aplay"])]
    assert "Access denied" in original.stderr
    assert (ours.status, ours.stderr) == (original.status, original.stderr)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_sink_or_source_that_does_not_exist_is_not_found(tmp_path, pulse_server, words):
    names = {"PULSE_SINK": "nowhere", "PULSE_SOURCE": "nowhere"}
    result = run_command(tmp_path, words, {**pulse_server.environment, **names})
    error = result.error()
    assert (result.status, error["kind"]) == (3, "not_found"), result
    what = "source" if words[0] in ("record", "loopback") else "sink"
    assert error["message"] == f"cannot open 'default': the sound server has no such {what}"
    assert f"pactl list short {what}s" in error["hint"]
