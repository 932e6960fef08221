"""Cards with real drivers that are unplugged and plugged in again while --on-lost waits for them."""

import signal
import time

import pytest
from lab import cards, qemu
from lab.errors import assert_disconnected
from lab.program import ALOUD, Running, wait_until
from lab.sound import noise

RATE = 48000


@pytest.fixture(autouse=True)
def usb():
    """Leaves the card in its usual port."""
    yield
    if cards.present("USB"):
        qemu.unplug_usb()
    qemu.plug_usb(port="1")


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    sound = noise(seconds=20)
    return sound, sound.wav(tmp_path_factory.mktemp("sound") / "long.wav")


def player(file, *words):
    return Running(ALOUD, "play", "--json", "-D", "hw:USB", *words, file)


def wait_for_seconds(program, seconds):
    wait_until(
        lambda: any(event["seconds"] >= seconds for event in program.events("progress")),
        lambda: f"{seconds} s of {program.so_far()}",
    )


def test_playback_ends_at_once_by_default(sound):
    with player(sound[1]) as program:
        wait_for_seconds(program, 1)
        qemu.unplug_usb()
        result = program.end()
    assert_disconnected(result, "hw:USB")


@pytest.mark.parametrize("port", ["1", "2"])
def test_playback_resumes_on_the_same_card(sound, port):
    with player(sound[1], "--on-lost", "wait") as program:
        wait_for_seconds(program, 3)
        qemu.unplug_usb()
        lost = program.wait_for_event("lost")
        time.sleep(2)
        qemu.plug_usb(port=port)
        back = program.wait_for_event("back")
        result = program.end(timeout=120)
    assert result.status == 0, result
    assert result.event("end")["frames"] == sound[0].frames
    assert lost["frames"] > 2.5 * RATE
    assert back["gap_seconds"] >= 2


def test_a_signal_ends_the_wait(sound):
    with player(sound[1], "--on-lost", "wait") as program:
        wait_for_seconds(program, 1)
        qemu.unplug_usb()
        program.wait_for_event("lost")
        program.signal(signal.SIGINT)
        result = program.end()
    assert result.status == -signal.SIGINT


def test_a_card_that_stays_away_is_an_error(sound):
    with player(sound[1], "--on-lost", "wait=3s") as program:
        wait_for_seconds(program, 1)
        qemu.unplug_usb()
        result = program.end()
    assert_disconnected(result, "hw:USB")


def test_a_loopback_continues():
    words = ["loopback", "--json", "-C", "hw:Loopback,1,0", "-P", "hw:USB", "--on-lost", "wait"]
    with Running(ALOUD, *words) as loopback:
        wait_for_seconds(loopback, 2)
        qemu.unplug_usb()
        loopback.wait_for_event("lost")
        time.sleep(1)
        qemu.plug_usb(port="1")
        loopback.wait_for_event("back")
        seconds = loopback.events("progress")[-1]["seconds"]
        wait_for_seconds(loopback, seconds + 2)
        loopback.signal(signal.SIGTERM)
        assert loopback.end().status == -signal.SIGTERM


@pytest.mark.parametrize("port", ["1", "2"])
def test_a_watch_continues(port):
    with Running(ALOUD, "mixer", "watch", "--json", "-D", "hw:USB", "--on-lost", "wait") as watcher:
        watcher.wait_for_event("start")
        qemu.unplug_usb()
        watcher.wait_for_event("lost")
        qemu.plug_usb(port=port)
        watcher.wait_for_event("back")
        watcher.signal(signal.SIGTERM)
        assert watcher.end().status == -signal.SIGTERM
