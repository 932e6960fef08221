"""The machine sleeps for five seconds in the middle of a transfer, which then continues with the next frame."""

import signal

import pytest
from lab import cards
from lab.cards import playing, recording, wait_for_frames
from lab.program import ALOUD, Running
from lab.sound import assert_contains, assert_contiguous, noise


def test_playback_continues(tmp_path):
    sound = noise(seconds=3)
    with Running(ALOUD, "play", "--json", "-D", "hw:Dummy", sound.wav(tmp_path / "noise.wav")) as player:
        player.wait_for_event("progress")
        cards.suspend()
        result = player.end()
    assert result.status == 0, result.stderr
    end = result.event("end")
    assert (end["frames"], end["xruns"], end["why"]) == (sound.frames, 0, "finished")


def test_every_bit_played_arrives(tmp_path):
    sound = noise(seconds=3)
    with cards.cable(sound, tmp_path / "recorded") as cable:
        with Running(ALOUD, "play", "--json", "-D", cable.device, sound.wav(tmp_path / "noise.wav")) as player:
            player.wait_for_event("progress")
            cards.suspend()
            assert player.end().event("end")["xruns"] == 0
        assert_contains(sound, cable.recorded())


@pytest.mark.parametrize("second", ["hw:Dummy", "hw:Loopback,0,1"])
def test_several_devices_continue_together(tmp_path, second):
    sound = noise(seconds=3)
    devices = ["-D", "hw:Loopback,0,0", "-D", second]
    with Running(ALOUD, "play", "--json", *devices, sound.wav(tmp_path / "noise.wav")) as player:
        player.wait_for_event("progress")
        cards.suspend()
        result = player.end()
    end = result.event("end")
    assert (result.status, end["xruns"], result.events("drift")) == (0, 0, [])
    assert [one["frames"] for one in end["devices"]] == 2 * [sound.frames]


def test_every_bit_played_is_recorded(tmp_path):
    sound = noise(seconds=12)
    take = tmp_path / "take.raw"
    options = ["-t", "raw", *sound.options(), take]
    with playing(sound, tmp_path / "played.raw"), recording(*options) as recorder:
        wait_for_frames(48_000)
        cards.suspend()
        wait_for_frames(48_000)
        recorder.signal(signal.SIGINT)
        assert recorder.end().event("end")["xruns"] == 0
    assert_contiguous(sound, take.read_bytes())
