"""What steady playback costs, counted and not timed."""

import pytest
from lab.program import ALOUD, done
from lab.sound import noise


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A short and a long file: what starting and ending cost is in both."""
    folder = tmp_path_factory.mktemp("sound")
    return [noise(seconds=seconds, after=0).wav(folder / f"{seconds}.wav") for seconds in (0.5, 3.5)]


def system_calls(tmp_path, *command):
    summary = tmp_path / "calls"
    done("strace", "-f", "-c", "-U", "name,calls", "-o", summary, *command)
    (total,) = [line.split()[1] for line in summary.read_text().splitlines() if line.startswith("total")]
    return int(total)


def test_steady_playback_makes_no_more_system_calls_than_aplay(tmp_path, files):
    def in_three_seconds(*player):
        device = ["-q", "-D", "hw:AC97", "--buffer-size=16000", "--period-size=4000"]
        short, long = (system_calls(tmp_path, *player, *device, file) for file in files)
        return long - short

    assert in_three_seconds(ALOUD, "play") <= in_three_seconds("aplay")
