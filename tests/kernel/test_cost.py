"""The system calls of a steady transfer, compared with aplay's."""

from lab.cost import DURATION, steady_calls
from lab.program import ALOUD
from lab.sound import noise


def test_playback_makes_no_more_system_calls_than_aplay(tmp_path):
    file = noise(seconds=DURATION, after=0).wav(tmp_path / "noise.wav")
    ours, theirs = steady_calls(
        tmp_path,
        [ALOUD, "play", "-q", "-D", "hw:Loopback,0,0", "--buffer-size=16000", "--period-size=4000", file],
        ["aplay", "-q", "-D", "hw:Loopback,0,1", "--buffer-size=16000", "--period-size=4000", file],
    )
    assert 0 < ours <= theirs
