"""Tests the lab itself with the programs that aloud is compared with: if these fail, the other tests prove nothing."""

import pytest
from lab.priority import PRIORITY
from lab.program import output_of
from lab.sound import assert_contains, noise

# Buffers that are enough for a busy machine. pw-play has one cycle of the server ahead (43 ms), and its thread has no priority
# of its own.
PLAYERS = {
    "pulse": ["paplay", "--latency-msec=2000"],
    "pipewire": [*PRIORITY, "pw-play"],
    "alsa": ["aplay", "-B", 2_000_000],
}


@pytest.mark.parametrize("player", ["own", "alsa"])
def test_the_monitor_records_every_bit(tmp_path, server, player):
    sound = noise(seconds=0.5, before=0.5)
    with server.monitor(sound) as recorded:
        command = PLAYERS[server.name if player == "own" else player]
        output_of(*command, sound.wav(tmp_path / "noise.wav"), environment=server.environment)
        assert_contains(sound, recorded())


def test_a_restarted_server_plays(tmp_path, own_server):
    own_server.kill()
    own_server.start()
    sound = noise(seconds=0.5, before=0.5)
    with own_server.monitor(sound) as recorded:
        output_of(*PLAYERS["alsa"], sound.wav(tmp_path / "noise.wav"), environment=own_server.environment)
        assert_contains(sound, recorded())
