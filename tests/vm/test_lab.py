"""The lab itself, proven with the rivals: where these fail, no other test of this folder says anything."""

import pytest
from lab import cards
from lab.program import Running, done
from lab.pyalsaaudio import infos
from lab.sound import assert_heard, noise


def test_all_cards_are_there():
    listed = done("aplay", "-l")
    assert [card for card in cards.ALL if f": {card} [" not in listed] == []


@pytest.mark.parametrize("format, rate, channels", [("S16_LE", 48000, 2), ("S32_LE", 96000, 8)])
def test_the_cable_carries_every_bit(tmp_path, format, rate, channels):
    sound = noise(format, rate, channels, seconds=0.5)
    with cards.cable(sound, tmp_path / "heard") as cable:
        done("aplay", "-q", "-D", cable.device, sound.wav(tmp_path / "noise.wav"))
        assert_heard(sound, cable.heard())


@pytest.mark.parametrize("card, after", [("AC97", 0), ("ES1370", 0), ("HDA", 0), ("USB", 0.2)])
def test_an_emulated_card_plays_every_bit(tmp_path, card, after):
    sound = noise(rate=cards.NATIVE_RATE[card], seconds=0.5, after=after)
    done("aplay", "-q", "-D", f"hw:{card}", sound.wav(tmp_path / "noise.wav"))
    assert_heard(sound, cards.played(card))


def test_the_usb_card_can_be_unplugged_and_comes_back(tmp_path):
    sound = noise(seconds=5)
    with Running("aplay", "-q", "-D", "hw:USB", sound.wav(tmp_path / "noise.wav")) as player:
        cards.wait_for_state("USB", "pcm0p", "RUNNING")
        cards.unplug_usb()
        assert player.end().status == 1
    cards.plug_usb()
    done("aplay", "-q", "-D", "hw:USB", noise(seconds=0.1).wav(tmp_path / "noise.wav"))


def test_a_card_can_lose_its_driver_and_gets_it_back():
    cards.dummy_driver("unbind")
    cards.dummy_driver("bind")
    assert "card 0: Dummy" in done("aplay", "-l")


def test_pyalsaaudio_answers():
    (info,) = infos([{"device": "hw:Dummy"}])
    assert '"name": "hw:Dummy"' in info
