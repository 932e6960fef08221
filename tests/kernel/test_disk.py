"""A disk that fails at any call, is slow, or hangs: strace injects the faults."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from lab.program import ALOUD, Running, aloud, run

RATE = 48000
KINDS = {"ENOSPC": "no_space", "EDQUOT": "no_space", "EIO": "io"}


def injected(folder, fault, names, *words):
    """Runs aloud. `fault` is in strace's words, and affects only calls for these files in the folder."""
    (call, _), trace = fault.split(":", 1), folder / "trace"
    paths = [word for name in names for word in ("-P", folder / name)]
    command = ["strace", "-f", "-qqq", "-o", trace, *paths, "-e", f"trace={call}", "-e", f"inject={fault}"]
    result = run(*command, ALOUD, *words, timeout=100)
    happened = trace.read_text()
    trace.unlink()
    assert "INJECTED" in happened or "DELAYED" in happened, f"{fault} did not happen: {result}"
    return result


def frames_in(files):
    """The frames in the files: those that a player plays."""
    return sum(frames_of(file) for file in files)


def frames_of(file):
    if file.suffix == ".raw":
        return file.stat().st_size // 4
    declared = aloud("info", "--json", file).json()[0]["frames"]
    if declared is None:
        # A FLAC file that does not declare its length.
        raw = subprocess.run(["flac", "-d", "-s", "-c", "--force-raw-format", "--endian=little", "--sign=signed", file], capture_output=True)
        assert raw.returncode == 0, raw.stderr
        return len(raw.stdout) // 4
    return declared


def assert_reported(result, kind, files):
    assert result.status == 10
    (line,) = result.stderr.splitlines()
    assert json.loads(line)["error"]["kind"] == kind
    end = result.event("end")
    assert end["why"] == "error"
    assert end["frames"] == frames_in(files)
    finished = [event for event in result.events("file") if event["state"] == "finished"]
    assert sorted(Path(event["name"]).name for event in finished) == sorted(file.name for file in files)
    assert sum(event["frames"] for event in finished) == end["frames"]


@pytest.mark.parametrize(
    "name, fault",
    [
        ("take.wav", "write:error=ENOSPC:when=3"),
        ("take.wav", "pwrite64:error=EIO:when=2+"),
        ("take.wav", "close:error=EDQUOT"),
        ("take.rf64", "write:error=EIO:when=2+"),
        ("take.w64", "pwrite64:error=ENOSPC:when=3+"),
        ("take.au", "pwrite64:error=EIO:when=2"),
        ("take.raw", "write:error=EIO:when=3"),
        ("take.raw", "close:error=EIO"),
        ("take.flac", "write:error=ENOSPC:when=4"),
        ("take.flac", "write:error=EIO:when=4+"),
        ("take.flac", "pwrite64:error=EIO:when=2+"),
        ("take.flac", "pwrite64:error=EIO:when=3+"),
        ("take.flac", "close:error=EIO"),
    ],
)
def test_a_failed_call_leaves_a_valid_file_of_what_is_reported(tmp_path, name, fault):
    result = injected(tmp_path, fault, [name], "record", "--json", "-D", "hw:Dummy", "-d", 2, tmp_path / name)
    error = fault.split("error=")[1].split(":")[0]
    assert_reported(result, KINDS[error], [tmp_path / name])


def test_a_failed_sync_is_reported(tmp_path):
    words = ["record", "--json", "--sync", "-D", "hw:Dummy", "-d", 2, tmp_path / "take.wav"]
    result = injected(tmp_path, "fdatasync:error=EIO:when=3+", ["take.wav"], *words)
    assert_reported(result, "io", [tmp_path / "take.wav"])


@pytest.mark.parametrize(
    "fault, left",
    [
        ("write:error=EIO:when=5", ["take-01.wav"]),
        ("pwrite64:error=EIO:when=3", ["take-01.wav"]),
        ("openat:error=ENOSPC", ["take-01.wav"]),
        ("close:error=EIO", ["take-01.wav"]),
        ("renameat2:error=EIO", ["take-01.wav.part"]),
        ("renameat2:error=EIO:when=2", ["take-01.wav", "take-02.wav.part"]),
    ],
)
def test_a_failed_call_in_a_series_keeps_the_files_before(tmp_path, fault, left):
    # The first file is opened by another thread; strace counts calls per thread.
    numbers = (2,) if "openat" in fault else (1, 2)
    names = [f"take-0{number}.wav{part}" for number in numbers for part in ("", ".part")]
    words = ["record", "--json", "-D", "hw:Dummy", "-d", 3, "--max-file-time", 1.5, tmp_path / "take.wav"]
    result = injected(tmp_path, fault, names, *words)
    files = sorted(tmp_path.glob("take*"))
    assert [file.name for file in files] == left
    kind = "no_space" if "ENOSPC" in fault else "io"
    # info recognizes the format of a .part file by its content.
    assert_reported(result, kind, files)


def test_a_list_of_kept_files_that_cannot_be_written_is_a_warning(tmp_path):
    words = ["record", "--json", "-D", "hw:Dummy", "-d", 2, "--max-file-time", 1, "--keep", 5, tmp_path / "take.wav"]
    result = injected(tmp_path, "write:error=ENOSPC", [".take.wav.keep"], *words)
    assert result.status == 0
    assert result.event("end")["frames"] == 2 * RATE
    (warning,) = result.stderr.splitlines()
    assert "warning: cannot write" in warning and "No space left on device;" in warning


@pytest.mark.parametrize("call", ["openat", "write", "fdatasync", "close", "renameat2,rename"])
def test_a_mixer_that_cannot_be_saved_leaves_the_old_file(tmp_path, call):
    (tmp_path / "state").write_text("old")
    names = ["state", "state.part"]
    result = injected(tmp_path, f"{call}:error=ENOSPC", names, "mixer", "save", "--json", "-c", "Dummy", tmp_path / "state")
    assert result.status == 10
    (line,) = result.stderr.splitlines()
    assert json.loads(line)["error"]["kind"] == "no_space"
    assert (tmp_path / "state").read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["state"]


def test_a_slow_disk_loses_nothing(tmp_path):
    words = ["record", "--json", "-D", "hw:Dummy", "-d", 10, tmp_path / "take.wav"]
    result = injected(tmp_path, "write,pwrite64:delay_enter=1000000", ["take.wav"], *words)
    assert result.status == 0
    assert result.event("end")["xruns"] == 0
    assert frames_in([tmp_path / "take.wav"]) == 10 * RATE


@pytest.mark.parametrize("signals", [1, 2])
def test_ctrl_c_while_the_output_takes_no_data(tmp_path, signals):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    with Running(ALOUD, "record", "--json", "-t", "wav", "-D", "hw:Dummy", fifo) as recorder:
        time.sleep(5)
        recorder.signal(signal.SIGINT)
        recorder.wait_for_text("the output takes no data; it holds 0.")
        if signals == 2:
            recorder.signal(signal.SIGINT)
            before = time.monotonic()
            assert recorder.end().status == -signal.SIGINT
            assert time.monotonic() - before < 0.2
            return
        os.set_blocking(reader, True)
        written = b"".join(iter(lambda: os.read(reader, 1 << 20), b""))
        result = recorder.end()
    assert result.status == 0
    assert result.event("end")["why"] == "SIGINT"
    assert result.event("end")["frames"] == (len(written) - 44) // 4 > 4.9 * RATE


def test_frames_lost_while_a_disk_hangs_are_counted(tmp_path):
    began = time.monotonic()
    words = ["record", "--json", "-D", "hw:Dummy", "-d", 30, "--ring", "2s", "--fill-gaps", tmp_path / "take.wav"]
    result = injected(tmp_path, "write:delay_enter=20000000:when=3", ["take.wav"], *words)
    assert result.status == 0
    end = result.event("end")
    assert 17 * RATE < end["frames_lost"] < 19 * RATE
    assert end["frames"] == frames_in([tmp_path / "take.wav"]) == 30 * RATE
    assert 30 <= time.monotonic() - began < 31
