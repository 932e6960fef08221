"""A program that was stopped for too long reports one underrun, with its length."""

import signal
import time

import pytest
from lab import cards
from lab.program import ALOUD, Running
from lab.sound import noise

# Seconds.
BUFFER = 1.0
STOPPED = 3.0
OPTIONS = ["-D", "hw:Loopback,0,0", "-B", f"{BUFFER}s"]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return noise(seconds=1, after=5).wav(tmp_path_factory.mktemp("sound") / "sound.wav")


def play_and_stop(file, *options):
    """Plays, and stops the program for a while."""
    with Running(ALOUD, "play", "--json", *OPTIONS, *options, file) as player:
        player.wait_for_event("progress")
        player.stop_for(STOPPED)
        return player.end()


def test_an_underrun_is_reported_with_its_length_and_playback_continues(file):
    result = play_and_stop(file)
    assert result.status == 0
    xrun = result.event("xrun")
    # The buffer was still played. The driver checks it at least ten times per second.
    assert 1000 * (STOPPED - BUFFER) - 100 <= xrun["ms"] <= 1000 * STOPPED
    assert abs(xrun["frames_lost"] - 48 * xrun["ms"]) <= 48
    end = result.event("end")
    assert (end["xruns"], end["frames"], end["why"]) == (1, 6 * 48000, "finished")


def test_an_underrun_is_reported_in_text(file):
    with Running(ALOUD, "play", *OPTIONS, file) as player:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        player.stop_for(STOPPED)
        result = player.end()
    assert result.status == 0
    assert "underrun" in result.stderr


def test_an_underrun_can_be_fatal(file):
    result = play_and_stop(file, "--fatal-errors")
    assert result.status == 8
    assert result.error()["kind"] == "xrun"
    assert result.event("xrun")
    assert result.event("end")["frames"] < 6 * 48000


def test_a_quiet_recording_reports_an_overrun(tmp_path):
    options = ["-q", "-D", "hw:Loopback,1,0", "-B", f"{BUFFER}s"]
    with Running(ALOUD, "record", *options, tmp_path / "take.wav") as recorder:
        time.sleep(1)
        recorder.stop_for(STOPPED)
        time.sleep(1)
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    (line,) = [line for line in result.stderr.splitlines() if "run:" in line]
    assert line.startswith("aloud: overrun: ")
    assert line.endswith(" of sound lost")
