"""Errors that need a card with one subdevice, or with one direction."""

import pytest
from lab import cards
from lab.errors import assert_error, error_line
from lab.program import aloud, as_user
from lab.sound import noise


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A short WAV file."""
    return noise(seconds=0.1).wav(tmp_path_factory.mktemp("sound") / "sound.wav")


def test_a_busy_card_names_its_holder_to_every_user(sound):
    with cards.hold("hw:AC97") as holder:
        error = assert_error(aloud("play", "--json", "-D", "hw:AC97", sound), 5, "busy")
        assert error["device"] == "hw:AC97"
        assert error["holders"] == [{"pid": holder.pid, "program": "aplay", "user": "root"}]
        line = error_line(aloud("play", "-D", "hw:AC97", sound))
        assert "aplay" in line and str(holder.pid) in line
        result = as_user("nobody", "audio", "play", "--json", "-D", "hw:AC97", stdin=sound.read_bytes())
        (reported,) = assert_error(result, 5, "busy")["holders"]
        assert (reported["pid"], reported["program"]) == (holder.pid, "aplay")
        assert_error(aloud("play", "--json", "-N", "-D", "hw:AC97", sound), 5, "busy")


def test_an_unknown_card_number_names_the_cards(sound):
    error = assert_error(aloud("play", "--json", "-D", "hw:9", sound), 3, "not_found")
    for index, card in enumerate(cards.ALL):
        assert f"{index} {card}" in error["message"]


def test_an_unknown_device_of_a_card_is_not_found(sound):
    error = assert_error(aloud("play", "--json", "-D", "hw:USB,1", sound), 3, "not_found")
    assert "hw:USB,1" in error["message"]


def test_a_card_without_the_direction_is_not_found():
    assert_error(aloud("info", "--json", "-C", "-D", "hw:USB"), 3, "not_found")
