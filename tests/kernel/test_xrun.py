"""A program that was stopped for too long has lost sound: it says so once, and how much."""

import pytest
from lab import cards
from lab.program import ALOUD, Running
from lab.sound import noise

# The emulation stalls now and then: the buffer outlasts that, and not the stop.
BUFFER = 1.0
STOPPED = 3.0
# So late may the driver notice that its buffer is empty, for the same reason.
LATE = 0.5
OPTIONS = ["-D", "hw:Loopback,0,0", "-B", f"{BUFFER}s"]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return noise(seconds=1, after=5).wav(tmp_path_factory.mktemp("sound") / "sound.wav")


def play_and_stop(file, *options):
    """Plays, stops the program in the midst of it, and gives how it ended."""
    with Running(ALOUD, "play", "--json", *OPTIONS, *options, file) as player:
        player.wait_for_event("progress")
        player.stop_for(STOPPED)
        return player.end()


def test_one_underrun_is_reported_with_its_length_and_it_goes_on(file):
    result = play_and_stop(file)
    assert result.status == 0
    xrun = result.event("xrun")
    # What was in the buffer was still played.
    assert xrun["ms"] >= 1000 * (STOPPED - BUFFER - LATE)
    assert abs(xrun["frames_lost"] - 48 * xrun["ms"]) <= 48
    end = result.event("end")
    assert (end["xruns"], end["frames"], end["why"]) == (1, 6 * 48000, "finished")


def test_a_person_is_told_of_the_underrun(file):
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
