"""What moving sound steadily costs, counted and not timed."""

from lab.cost import ENOUGH, steady_calls
from lab.program import ALOUD
from lab.sound import noise


def test_steady_playback_makes_no_more_system_calls_than_aplay(tmp_path):
    file = noise(seconds=ENOUGH, after=0).wav(tmp_path / "noise.wav")
    ours, theirs = steady_calls(
        tmp_path,
        [ALOUD, "play", "-q", "-D", "hw:Loopback,0,0", "--buffer-size=16000", "--period-size=4000", file],
        ["aplay", "-q", "-D", "hw:Loopback,0,1", "--buffer-size=16000", "--period-size=4000", file],
    )
    assert 0 < ours <= theirs


def test_recording_makes_no_more_system_calls_than_arecord(tmp_path):
    options = ["-q", "--buffer-size=24000", "--period-size=6000", "-f", "dat", "-d", ENOUGH]
    ours, theirs = steady_calls(
        tmp_path,
        [ALOUD, "record", "-D", "hw:Loopback,1,0", *options, tmp_path / "ours.wav"],
        ["arecord", "-D", "hw:Loopback,1,1", *options, tmp_path / "theirs.wav"],
    )
    assert 0 < ours <= theirs
