"""PulseAudio in virtual time, in which a buffer is filled before the server reads any of it."""

import pytest
from lab import pulse
from lab.numbered import RATE
from lab.program import aloud
from lab.sound import noise


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    server = pulse.Server(folder)
    server.start()
    yield server
    server.kill()


def test_a_file_that_fills_the_buffer_is_not_played_at_once(tmp_path, server):
    """The plugin reports a write that fills the buffer as played."""
    sound = noise(seconds=3, after=1)
    result = aloud("play", "--json", "-B", "4s", sound.wav(tmp_path / "noise.wav"), environment=server.environment)
    assert (result.status, result.event("end")["frames"]) == (0, sound.frames), result
    # A sink without a card plays in blocks.
    heard = [event["frames"] for event in result.events("progress")][:3]
    assert heard == [pytest.approx(seconds * RATE, abs=RATE / 5) for seconds in (1, 2, 3)], result
