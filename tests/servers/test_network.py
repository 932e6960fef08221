"""A PulseAudio server on another host: two network namespaces, joined by a cable."""

import os
import subprocess

import pytest
from lab.program import ALOUD, run
from lab.sound import assert_contains, noise


def ip(*words):
    subprocess.run(["ip", *words], check=True)


@pytest.fixture
def remote(pulse_server):
    """The environment and the words that run a program on a host which reaches the server only through the cable."""
    host = f"aloud{os.getpid()}"
    ip("netns", "add", host)
    try:
        ip("link", "add", "aloud0", "type", "veth", "peer", "name", "aloud1", "netns", host)
        ip("addr", "add", "10.213.7.1/24", "dev", "aloud0")
        ip("link", "set", "aloud0", "up")
        ip("-n", host, "addr", "add", "10.213.7.2/24", "dev", "aloud1")
        ip("-n", host, "link", "set", "aloud1", "up")
        loaded = pulse_server.pactl("load-module", "module-native-protocol-tcp", "auth-anonymous=1", "port=47131")
        assert loaded.status == 0, loaded
        yield ["ip", "netns", "exec", host], {**pulse_server.environment, "PULSE_SERVER": "tcp:10.213.7.1:47131"}
        pulse_server.pactl("unload-module", loaded.stdout.strip())
    finally:
        ip("netns", "delete", host)


def test_another_host_plays_every_bit(tmp_path, pulse_server, remote):
    prefix, environment = remote
    sound = noise(seconds=1, before=1)
    file = sound.wav(tmp_path / "noise.wav")
    with pulse_server.monitor(sound) as recorded:
        result = run(*prefix, ALOUD, "play", "-B", "2s", file, environment=environment)
        assert result.status == 0, result
        assert_contains(sound, recorded())
