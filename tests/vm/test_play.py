"""What an emulated card plays is exactly what the file holds."""

import signal

import pytest
from lab import cards, qemu
from lab.program import ALOUD, Running, aloud
from lab.sound import assert_contains, assert_contains_with_pause, noise


def play(*arguments):
    """Plays without an xrun, and returns the result."""
    result = aloud("play", "--json", *arguments)
    assert result.status == 0, result.stderr
    assert result.event("end")["xruns"] == 0
    return result


@pytest.mark.parametrize("card", ["AC97", "ES1370", "HDA"])
def test_a_card_plays_to_the_very_last_frame(tmp_path, card):
    rate = qemu.NATIVE_RATE[card]
    for seconds in (0.5, 0.3137, 0.0101):
        sound = noise(rate=rate, seconds=seconds, after=0)
        result = play("-D", f"hw:{card}", sound.wav(tmp_path / "noise.wav"))
        assert result.event("end")["frames"] == sound.frames
        assert_contains(sound, qemu.played(card))


def test_the_usb_card_plays_every_bit(tmp_path):
    sound = noise(seconds=0.5)
    play("-D", "hw:USB", sound.wav(tmp_path / "noise.wav"))
    assert_contains(sound, qemu.played("USB"))


def test_exactly_the_requested_frames_are_played(tmp_path):
    sound = noise(seconds=0.5, after=0)
    result = play("-D", "hw:AC97", "-s", 10007, sound.wav(tmp_path / "noise.wav"))
    assert result.event("end")["frames"] == 10007
    played = qemu.played("AC97")
    assert sound.signal[: 10007 * 4] in played
    assert sound.signal[: 12000 * 4] not in played


@pytest.mark.parametrize(
    "device, sound, able",
    [
        ("hw:USB", noise(rate=44100, seconds=0.1, after=0), "48000"),
        ("hw:AC97", noise(channels=1, seconds=0.1, after=0), "2"),
        ("hw:HDA", noise(channels=6, seconds=0.1, after=0), "2"),
        ("hw:ES1370", noise(rate=96000, seconds=0.1, after=0), "48000"),
    ],
)
def test_exact_refuses_what_the_card_cannot_play(tmp_path, device, sound, able):
    file = sound.wav(tmp_path / "noise.wav")
    result = aloud("play", "--exact", "-D", device, file)
    assert result.status == 6
    assert able in result.stderr
    assert f"plug{device}" in result.stderr
    assert aloud("play", "--json", "--exact", "-D", device, file).error()["kind"] == "unsupported"
    # The device that the message suggests does play it.
    assert aloud("play", "-D", f"plug{device}", file).status == 0


def test_a_refused_file_is_not_played_at_all(tmp_path):
    before = len(qemu.played("USB"))
    file = noise(rate=44100).wav(tmp_path / "noise.wav")
    assert aloud("play", "--exact", "-D", "hw:USB", file).status == 6
    assert qemu.played("USB")[before:].strip(b"\0") == b""


def test_a_pause_is_clean(tmp_path):
    """Stopped in a terminal and continued, it continues with the next frame, without an xrun.

    On the USB card, because the emulated AC97 and HDA drop their buffer when they pause.
    """
    sound = noise(seconds=4)
    with Running(ALOUD, "play", "--json", "-D", "hw:USB", sound.wav(tmp_path / "noise.wav")) as player:
        player.wait_for_event("progress")
        player.signal(signal.SIGTSTP)
        player.wait_for_state("T")
        cards.wait_for_state("USB", "pcm0p", "PAUSED")
        player.signal(signal.SIGCONT)
        result = player.end()
    assert result.status == 0
    assert 0 < result.event("pause")["frames"] < sound.frames
    assert result.event("resume")
    assert result.event("end")["xruns"] == 0
    assert result.event("end")["frames"] == sound.frames
    assert_contains_with_pause(sound, qemu.played("USB"))
