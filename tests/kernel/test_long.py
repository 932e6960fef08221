"""Long runs: memory, descriptors and threads do not grow, and every frame is counted.

The long form: `FILES=10000 HOURS=24` in the environment of pytest, as in test_attack.py.
"""

import os
import re
import struct
from pathlib import Path

import pytest
from lab.program import ALOUD, Running, wait_until

RATE = 8000


def header(frames):
    """The header of a WAV file of 8-bit mono."""
    fmt = struct.pack("<IHHIIHH", 16, 1, 1, RATE, RATE, 1, 8)
    return b"RIFF" + struct.pack("<I", 36 + frames) + b"WAVEfmt " + fmt + b"data" + struct.pack("<I", frames)


def used(pid):
    """Resident memory in kB, open descriptors, and threads."""
    status = Path(f"/proc/{pid}/status").read_text()
    memory, threads = (int(re.search(rf"{name}:\s*(\d+)", status)[1]) for name in ("VmRSS", "Threads"))
    return memory, len(os.listdir(f"/proc/{pid}/fd")), threads


def assert_flat(player, middle, frames):
    """Plays `frames` frames, and compares what is used after `middle` of them with what is used at the end."""
    wait_until(lambda: played(player) > middle // 10, "the start", timeout=1e6)
    memory, descriptors, threads = used(player.pid)
    wait_until(lambda: played(player) > middle, "the middle", timeout=1e6)
    later = used(player.pid)
    print(f"RSS, descriptors, threads: {memory, descriptors, threads} at the start, then {later}")
    assert later[0] < memory + 2000
    assert later[1] <= descriptors + 1
    assert later[2] <= threads
    result = player.end(timeout=1e6)
    assert result.status == 0
    assert result.event("end")["frames"] == frames
    assert result.event("end")["xruns"] == 0


def played(player):
    # Only the end of the output: it is long.
    size = os.fstat(player.stdout.fileno()).st_size
    end = os.pread(player.stdout.fileno(), 4096, max(0, size - 4096)).decode()
    return max((int(number) for number in re.findall(r'"progress","frames":(\d+)', end)), default=0)


@pytest.fixture
def short_files(tmp_path):
    """Files of 800 frames in a folder."""
    count = int(os.environ.get("FILES", "200"))
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:05}.wav").write_bytes(header(800) + bytes([128]) * 800)
    return sorted(folder.iterdir())


@pytest.mark.parametrize("how", ["names", "folder", "playlist"])
def test_many_files_use_no_more_than_a_few(short_files, tmp_path, how):
    playlist = tmp_path / "list.m3u"
    playlist.write_text("".join(f"{file}\n" for file in short_files))
    names = {"names": short_files, "folder": [short_files[0].parent], "playlist": [playlist]}[how]
    total = 800 * len(short_files)
    with Running(ALOUD, "play", "--json", "-D", "hw:Dummy", *names) as player:
        assert_flat(player, total * 9 // 10, total)


def test_a_day_of_playing_uses_no_more_than_a_minute(tmp_path):
    hours = float(os.environ.get("HOURS", "0.3"))
    frames, file = int(hours * 3600) * RATE, tmp_path / "day.wav"
    file.write_bytes(header(frames))
    os.truncate(file, 44 + frames)
    with Running(ALOUD, "play", "--json", "-D", "hw:Dummy", file) as player:
        assert_flat(player, frames * 9 // 10, frames)
