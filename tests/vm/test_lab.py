"""Tests the lab itself with the programs that aloud is compared with: if these fail, the other tests prove nothing."""

import pytest
from lab import cards, qemu
from lab.program import Running, output_of
from lab.sound import assert_contains, noise


def test_all_cards_are_present():
    listed = output_of("aplay", "-l")
    assert [card for card in cards.ALL if f": {card} [" not in listed] == []


@pytest.mark.parametrize("card, after", [("AC97", 0), ("ES1370", 0), ("HDA", 0), ("USB", 0.2)])
def test_an_emulated_card_plays_every_bit(tmp_path, card, after):
    sound = noise(rate=qemu.NATIVE_RATE[card], seconds=0.5, after=after)
    output_of("aplay", "-q", "-D", f"hw:{card}", sound.wav(tmp_path / "noise.wav"))
    assert_contains(sound, qemu.played(card))


def test_the_usb_card_can_be_unplugged_and_comes_back(tmp_path):
    sound = noise(seconds=5)
    with Running("aplay", "-q", "-D", "hw:USB", sound.wav(tmp_path / "noise.wav")) as player:
        cards.wait_for_state("USB", "pcm0p", "RUNNING")
        qemu.unplug_usb()
        assert player.end().status == 1
    qemu.plug_usb()
    output_of("aplay", "-q", "-D", "hw:USB", noise(seconds=0.1).wav(tmp_path / "noise.wav"))
