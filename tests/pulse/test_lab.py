"""The lab itself, proven with the rivals: where these fail, no other test of this folder says anything."""

import pytest
from lab.program import output_of
from lab.sound import assert_contains, noise


@pytest.mark.parametrize("player", ["paplay", "aplay"])
def test_the_monitor_hears_every_bit(tmp_path, server, player):
    sound = noise(seconds=0.5, before=0.5)
    with server.monitor(sound) as heard:
        output_of(player, sound.wav(tmp_path / "noise.wav"), environment=server.environment)
        assert_contains(sound, heard())
