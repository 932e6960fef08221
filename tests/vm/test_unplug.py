"""A USB card that is unplugged ends what uses it at once, and is reported."""

import subprocess

import pytest
from lab import cards, qemu
from lab.errors import assert_disconnected
from lab.program import ALOUD, Running, aloud
from lab.sound import assert_contains, noise


@pytest.fixture(autouse=True)
def usb():
    """Plugs the card in again after each test."""
    yield
    if not cards.present("USB"):
        qemu.plug_usb()


@pytest.fixture(scope="module")
def long_sound(tmp_path_factory):
    return noise(seconds=1, after=30).wav(tmp_path_factory.mktemp("sound") / "long.wav")


def test_unplugging_ends_playback(long_sound):
    with Running(ALOUD, "play", "--json", "-D", "hw:USB", long_sound) as player:
        player.wait_for_event("progress")
        qemu.unplug_usb()
        assert_disconnected(player.end(), "hw:USB")
    assert aloud("play", "-D", "hw:USB", long_sound).status == 3


def test_a_card_plugged_in_again_plays(tmp_path):
    qemu.unplug_usb()
    qemu.plug_usb()
    sound = noise(seconds=0.5)
    assert aloud("play", "-D", "hw:USB", sound.wav(tmp_path / "noise.wav")).status == 0
    assert_contains(sound, qemu.played("USB"))


def test_unplugging_ends_the_wait_for_a_stalled_pipe(long_sound):
    with Running(ALOUD, "play", "--json", "-D", "hw:USB", "-", stdin=subprocess.PIPE) as player:
        player.process.stdin.write(long_sound.read_bytes()[:300_000])
        player.process.stdin.flush()
        player.wait_for_event("progress")
        qemu.unplug_usb()
        assert_disconnected(player.end(), "hw:USB")


def test_unplugging_ends_a_loopback():
    with Running(ALOUD, "loopback", "--json", "-C", "hw:Loopback,1,0", "-P", "hw:USB") as loopback:
        loopback.wait_for_event("progress")
        qemu.unplug_usb()
        result = loopback.end()
    assert result.status == 7
    assert (result.error()["kind"], result.error()["device"]) == ("disconnected", "hw:USB")
    assert result.event("end")["why"] == "error"
