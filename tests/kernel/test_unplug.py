"""A card that disappears ends what plays on it at once, and is reported."""

from lab import cards
from lab.errors import assert_disconnected
from lab.program import ALOUD, Running
from lab.sound import noise


def test_losing_the_driver_ends_playback(tmp_path):
    file = noise(seconds=1, after=30).wav(tmp_path / "long.wav")
    with Running(ALOUD, "play", "--json", "-D", "hw:Dummy", file) as player:
        player.wait_for_event("progress")
        cards.dummy_driver("unbind")
        result = player.end()
        cards.dummy_driver("bind")
    assert_disconnected(result, "hw:Dummy")
