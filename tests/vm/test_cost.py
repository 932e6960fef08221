"""The system calls of a steady transfer, compared with arecord's, on a processor whose cards can map their status."""

from lab.cost import DURATION, steady_calls
from lab.program import ALOUD


def test_recording_makes_no_more_system_calls_than_arecord(tmp_path):
    options = ["-q", "--buffer-size=24000", "--period-size=6000", "-f", "dat", "-d", DURATION]
    ours, theirs = steady_calls(
        tmp_path,
        [ALOUD, "record", "-D", "hw:Loopback,1,0", *options, tmp_path / "ours.wav"],
        ["arecord", "-D", "hw:Loopback,1,1", *options, tmp_path / "theirs.wav"],
    )
    assert 0 < ours <= theirs
