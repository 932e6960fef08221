"""Tests of the lab itself, without aloud: if these fail, the results of the other tests mean nothing."""

import time

import pytest
from lab import cards
from lab.program import Running, output_of
from lab.pyalsaaudio import infos
from lab.sound import assert_contains, noise


def test_all_cards_are_present():
    listed = output_of("aplay", "-l")
    assert [card for card in cards.ALL if f": {card} [" not in listed] == []


@pytest.mark.parametrize("format, rate, channels", [("S16_LE", 48000, 2), ("S32_LE", 96000, 8)])
def test_the_cable_carries_every_bit(tmp_path, format, rate, channels):
    sound = noise(format, rate, channels, seconds=0.5)
    with cards.cable(sound, tmp_path / "recorded") as cable:
        output_of("aplay", "-q", "-D", cable.device, sound.wav(tmp_path / "noise.wav"))
        assert_contains(sound, cable.recorded())


def test_a_card_can_lose_its_driver_and_get_it_back():
    cards.dummy_driver("unbind")
    cards.dummy_driver("bind")
    assert "card 0: Dummy" in output_of("aplay", "-l")


def test_pyalsaaudio_answers():
    (info,) = infos([{"device": "hw:Dummy"}])
    assert '"name": "hw:Dummy"' in info


def test_the_cards_follow_the_guests_clock():
    with Running("aplay", "-q", "-D", "hw:Loopback,0,0", "-t", "raw", "-f", "dat", "/dev/zero"):
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        before, since = cards.position("Loopback", "pcm0p"), time.monotonic()
        time.sleep(20)
        frames, seconds = cards.position("Loopback", "pcm0p") - before, time.monotonic() - since
    assert frames / seconds == pytest.approx(48000, abs=50)
