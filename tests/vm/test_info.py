"""`info --json` is what pyalsaaudio's PCM.info() returns: the same keys in the same order, the same values."""

import json

import pytest
from lab.pcm_info import assert_same_as_pyalsaaudio
from lab.program import ALOUD, aloud, output_of


@pytest.mark.parametrize(
    "device, direction",
    [
        ("hw:AC97", "PLAYBACK"),
        ("hw:AC97", "CAPTURE"),
        ("hw:HDA", "PLAYBACK"),
        ("hw:HDA", "CAPTURE"),
        ("hw:USB", "PLAYBACK"),
    ],
)
def test_info_is_the_same_as_pyalsaaudios(device, direction):
    assert_same_as_pyalsaaudio(device, direction)


def test_info_warns_if_the_card_chose_something_else():
    exact = aloud("info", "-D", "hw:USB", "-r", 48000, "--period-size", 1024)
    assert (exact.status, exact.stderr) == (0, "")
    other = aloud("info", "-D", "hw:USB", "-r", 22050, "--period-size", 1024)
    assert other.status == 0
    assert "22050" in other.stderr and "48000" in other.stderr


def test_probe_shows_the_cards_capabilities():
    probe = json.loads(output_of(ALOUD, "info", "--probe", "--json", "-D", "hw:USB"))
    assert probe["formats"] == ["S16_LE"]
    assert probe["channels"] == [2]
    assert (probe["rates"], probe["rate_range"]) == ([48000], {"min": 48000, "max": 48000})
    assert probe["period_size"] == {"min": 48, "max": 48000}
