"""INT, TERM and HUP end aloud at once, whatever it waits for, and it re-raises the signal."""

import os
import signal
import subprocess

import pytest
from lab import cards
from lab.program import ALOUD, Running
from lab.sound import noise

ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(scope="module")
def long_sound(tmp_path_factory):
    """Half a minute, much longer than any test here."""
    return noise(seconds=1, after=30).wav(tmp_path_factory.mktemp("sound") / "long.wav")


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_ends_playback(long_sound, number):
    with Running(ALOUD, "play", "--json", "-D", "hw:Loopback,0,0", long_sound) as player:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        player.signal(number)
        result = player.end()
    assert result.status == -number
    end = result.event("end")
    assert end["why"] == number.name
    assert end["frames"] < 25 * 48000
    assert cards.state("Loopback", "pcm0p") == "closed"


def test_a_signal_ends_paused_playback(long_sound):
    with Running(ALOUD, "play", "--json", "-D", "hw:Loopback,0,0", long_sound) as player:
        player.wait_for_event("start")
        player.signal(signal.SIGTSTP)
        player.wait_for_state("T")
        player.signal(signal.SIGTERM)
        player.signal(signal.SIGCONT)
        assert player.end().status == -signal.SIGTERM


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_ends_the_wait_for_a_fifo(tmp_path, number):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with Running(ALOUD, "play", "-D", "hw:Dummy", fifo) as player:
        player.wait_until_idle()
        player.signal(number)
        assert player.end().status == -number


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_ends_the_wait_for_a_stalled_pipe(tmp_path, number):
    half = noise(seconds=1).wav(tmp_path / "noise.wav").read_bytes()[:100_000]
    with Running(ALOUD, "play", "--json", "-D", "hw:Dummy", "-", stdin=subprocess.PIPE) as player:
        player.process.stdin.write(half)
        player.process.stdin.flush()
        # After a second everything has been played, and the pipe is still open. The xrun is reported once it is over.
        player.wait_for_event("progress")
        player.signal(number)
        assert player.end().status == -number


def test_a_signal_ends_the_wait_for_a_silent_pipe():
    with Running(ALOUD, "play", "-D", "hw:Dummy", "-", stdin=subprocess.PIPE) as player:
        player.wait_until_idle()
        player.signal(signal.SIGTERM)
        assert player.end().status == -signal.SIGTERM
