"""Tests the lab itself with the programs that aloud is compared with: if these fail, the other tests prove nothing."""

from lab.program import output_of
from lab.sound import assert_contains, noise


def test_the_monitor_records_every_bit(tmp_path, server):
    sound = noise(seconds=0.5, before=0.5)
    player = {"pulse": "paplay", "pipewire": "pw-play"}[server.name]
    for program in (player, "aplay"):
        with server.monitor(sound) as recorded:
            output_of(program, sound.wav(tmp_path / "noise.wav"), environment=server.environment)
            assert_contains(sound, recorded())


def test_a_restarted_server_plays(tmp_path, own_server):
    own_server.kill()
    own_server.start()
    sound = noise(seconds=0.5, before=0.5)
    with own_server.monitor(sound) as recorded:
        output_of("aplay", sound.wav(tmp_path / "noise.wav"), environment=own_server.environment)
        assert_contains(sound, recorded())
