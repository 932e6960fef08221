"""A card that goes away ends what plays on it, at once and by that name."""

import subprocess

import pytest
from lab import cards
from lab.program import ALOUD, Running, aloud
from lab.sound import assert_heard, noise


@pytest.fixture
def usb():
    """The USB card; it is plugged in again in any case."""
    yield
    if not cards.present("USB"):
        cards.plug_usb()


@pytest.fixture
def dummy():
    yield
    if not cards.present("Dummy"):
        cards.dummy_driver("bind")


@pytest.fixture(scope="module")
def long_sound(tmp_path_factory):
    return noise(seconds=1, after=30).wav(tmp_path_factory.mktemp("sound") / "long.wav")


def assert_disconnected(result, device):
    assert result.status == 7, result.stderr
    error = result.error()
    assert (error["kind"], error["device"]) == ("disconnected", device)
    assert device in error["message"]
    assert result.event("end")["why"] == "error"
    assert result.event("end")["frames"] < 25 * 48000


def test_unplugging_the_card_ends_the_playback(long_sound, usb):
    with Running(ALOUD, "play", "--json", "-D", "hw:USB", long_sound) as player:
        player.wait_for_event("progress")
        cards.unplug_usb()
        assert_disconnected(player.end(), "hw:USB")
    assert aloud("play", "-D", "hw:USB", long_sound).status == 3


def test_a_card_that_was_plugged_in_again_plays(tmp_path, usb):
    cards.unplug_usb()
    cards.plug_usb()
    sound = noise(seconds=0.5)
    assert aloud("play", "-D", "hw:USB", sound.wav(tmp_path / "noise.wav")).status == 0
    assert_heard(sound, cards.played("USB"))


def test_unplugging_ends_the_wait_for_a_stalled_pipe(long_sound, usb):
    with Running(ALOUD, "play", "--json", "-D", "hw:USB", "-", stdin=subprocess.PIPE) as player:
        player.process.stdin.write(long_sound.read_bytes()[:300_000])
        player.process.stdin.flush()
        player.wait_for_event("progress")
        cards.unplug_usb()
        assert_disconnected(player.end(), "hw:USB")


def test_losing_the_driver_ends_the_playback(long_sound, dummy):
    with Running(ALOUD, "play", "--json", "-D", "hw:Dummy", long_sound) as player:
        player.wait_for_event("progress")
        cards.dummy_driver("unbind")
        assert_disconnected(player.end(), "hw:Dummy")
