"""Recordings that nobody watches: sounds only, files that are deleted, commands after files, days, and a service."""

import re
import shlex
import signal
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest
from lab.cards import playing, recording
from lab.program import ALOUD, CHECKOUT, Running, aloud, output_of, wait_until
from lab.sound import Sound, common_length, noise

CAPTURE = "hw:Loopback,1,0"
RATE = 48000
FRAME = 4
SMALL = ["-f", "U8", "-r", 8000, "-c", 1]


def samples(path):
    """The samples in a WAV file, decoded by sox."""
    return subprocess.run(["sox", path, "-t", "raw", "-"], check=True, capture_output=True).stdout


def with_bursts(*bursts, frames):
    """Silence of `frames` frames, with noise from one frame to another for each pair of frames in `bursts`."""
    data = bytearray(frames * FRAME)
    for start, end in bursts:
        # Each burst begins and ends with a frame that is not silent.
        signal = bytearray(noise(seconds=(end - start + 1) / RATE, after=0).signal[: (end - start) * FRAME])
        signal[0] |= 1
        signal[-1] |= 1
        data[start * FRAME : end * FRAME] = signal
    return Sound("S16_LE", RATE, 2, b"", bytes(data), b"")


def start_time(event):
    return datetime.fromisoformat(event["start_time"]).timestamp()


def finished(result):
    return [event for event in result.events("file") if event["state"] == "finished"]


def test_each_burst_is_a_file_with_its_exact_frames_and_time(tmp_path, draw):
    starts = [RATE * second + draw.randrange(RATE) for second in (2, 6, 7, 12, 17)]
    bursts = [(start, start + draw.randrange(1, 20_000)) for start in starts]
    sound = with_bursts(*bursts, frames=21 * RATE)
    options = ["--on-sound", "--pre-roll", "0.25", "--until-silence", "1.5"]
    with recording(*sound.options(), *options, tmp_path / "take.wav") as recorder:
        with playing(sound, tmp_path / "played.raw"):
            began = time.time()
            time.sleep(20)
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    files = finished(result)
    # The second and the third burst are one sound.
    expected = [bursts[0], (bursts[1][0], bursts[2][1]), bursts[3], bursts[4]]
    assert len(files) == len(expected)
    assert result.events("xrun") == []
    for file, (start, end) in zip(files, expected):
        first, last = start - RATE // 4, end + RATE * 3 // 2
        recorded, played = samples(file["name"]), sound.data[first * FRAME : last * FRAME]
        assert len(recorded) == len(played)
        assert common_length(recorded, played) == len(played)
        # The start was noticed up to 50 ms late, and the card updates its position every 10 ms.
        assert -0.07 < start_time(file) - (began + first / RATE) < 0.02
        date = aloud("info", "--json", file["name"]).json()[0]["tags"]["date"]
        assert date == file["start_time"]
        local = datetime.fromisoformat(date)
        assert Path(file["name"]).name == local.strftime("take-%Y%m%d-%H%M%S.wav")
    times = [start_time(file) for file in files]
    for (start, _), at in zip(expected, times):
        assert abs((at - times[0]) - (start - expected[0][0]) / RATE) < 0.025


def test_start_times_follow_a_clock_that_is_set_and_a_pause(tmp_path):
    with recording(*SMALL, "--max-file-time", 10, "--use-strftime", tmp_path / "%H%M%S.wav") as recorder:
        time.sleep(4)
        time.clock_settime(time.CLOCK_REALTIME, time.time() + 7200)
        time.sleep(12)
        now = time.time()
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    first, second = finished(result)
    assert abs(start_time(second) - (now - 6)) < 0.1
    assert abs(start_time(second) - start_time(first) - 7210) < 0.1
    assert Path(second["name"]).stem == datetime.fromisoformat(second["start_time"]).strftime("%H%M%S")


def test_hours_are_recorded_in_files_of_which_three_are_kept(tmp_path):
    began = time.time()
    record = ["record", "-v", "-D", CAPTURE, *SMALL, "-d", "6h", "--max-file-time", "1h", "--keep", 3]
    result = aloud(*record, tmp_path / "take.wav", timeout=90_000)
    assert result.status == 0
    assert [file.name for file in sorted(tmp_path.glob("take*"))] == ["take-04.wav", "take-05.wav", "take-06.wav"]
    assert all(file.stat().st_size == 44 + 8000 * 3600 for file in tmp_path.glob("take*"))
    deleted = re.findall(r"^Deleted '.*/(.*)'$", result.stderr, re.MULTILINE)
    assert deleted == ["take-01.wav", "take-02.wav", "take-03.wav"]
    # A line about each day that has ended.
    days = re.findall(r"^\d{4}-\d\d-\d\d: .*", result.stderr, re.MULTILINE)
    date = datetime.fromtimestamp(began)
    minutes = round(((24 - date.hour) * 3600 - date.minute * 60 - date.second) / 60)
    if minutes < 6 * 60:
        (day,) = days
        text = rf"{date:%Y-%m-%d}: (\d) files?, (?:(\d) h )?(\d+) min, 0 xruns, (\d+\.\d) MB, silent"
        files, hours, rest, size = re.fullmatch(text, day).groups()
        assert int(files) == minutes // 60
        assert abs(int(hours or 0) * 60 + int(rest) - minutes) <= 1
        assert float(size) == pytest.approx(minutes * 60 * 8000 / 1e6, abs=1)
    else:
        assert days == []


def test_old_files_are_deleted_whatever_the_clock_says(tmp_path):
    with recording(*SMALL, "--max-file-time", "1min", "--keep", "3.5min", tmp_path / "take.wav") as recorder:
        time.sleep(150)
        # Two files. A clock that was wrong is set right.
        time.clock_settime(time.CLOCK_REALTIME, time.time() + 10 * 365 * 86400)
        time.sleep(60)
        assert sorted(file.name for file in tmp_path.glob("take*.wav")) == [f"take-0{n}.wav" for n in (1, 2, 3)]
        time.sleep(240)
        left = sorted(file.name for file in tmp_path.glob("take*.wav"))
        assert left == [f"take-0{n}.wav" for n in (4, 5, 6, 7)]
        recorder.signal(signal.SIGTERM)
        assert recorder.end().status == 0


def test_a_recorder_that_was_killed_and_restarted_goes_on_deleting(tmp_path):
    (tmp_path / "mine.wav").write_bytes(b"mine")
    options = [*SMALL, "--use-strftime", "--max-file-time", 10, "--keep", 3, tmp_path / "%Y%m%d-%H%M%S.wav"]
    with recording(*options) as recorder:
        time.sleep(45)
        recorder.signal(signal.SIGKILL)
    first = sorted(tmp_path.glob("2*.wav"))
    assert len(first) == 3
    with recording(*options) as recorder:
        time.sleep(25)
        recorder.signal(signal.SIGTERM)
        result = recorder.end()
    deleted = [event["name"] for event in result.events("file") if event["state"] == "deleted"]
    assert deleted == [str(file) for file in first]
    assert len(list(tmp_path.glob("2*.wav"))) == 3
    assert (tmp_path / "mine.wav").read_bytes() == b"mine"


def test_slow_commands_do_not_hold_up_the_recording(tmp_path):
    command = f'sleep 25; echo "$ALOUD_FILE" >>{tmp_path}/log'
    options = [*SMALL, "-d", 60, "--max-file-time", 10, "--run-after-file", command]
    began = time.monotonic()
    result = aloud("record", "--json", "-D", CAPTURE, *options, tmp_path / "take.wav", timeout=300)
    took = time.monotonic() - began
    assert result.status == 0
    assert result.events("xrun") == []
    assert result.event("end")["frames"] == 60 * 8000
    assert 84 < took < 87
    assert sorted((tmp_path / "log").read_text().split()) == [str(tmp_path / f"take-0{n}.wav") for n in range(1, 7)]


def test_a_command_that_hangs_has_thirty_seconds(tmp_path):
    began = time.monotonic()
    options = [*SMALL, "-d", 2, "--run-after-file", "exec sleep 40"]
    with Running(ALOUD, "record", "-D", CAPTURE, *options, tmp_path / "take.wav") as recorder:
        recorder.process.wait(timeout=60)
        result = recorder.so_far()
    assert result.status == 0
    assert 31 < time.monotonic() - began < 34
    assert "still runs after 30 s" in result.stderr


def service_command():
    """The words of ExecStart in the manual's example of a systemd unit."""
    page = (CHECKOUT / "man/aloud-record.1").read_text()
    (line,) = re.findall(r"^ExecStart=(.*)$", page, re.MULTILINE)
    return [word.replace("%%", "%") for word in shlex.split(line.replace(r"\-", "-"))]


def test_the_service_in_the_manual_runs_without_home_terminal_and_bus(tmp_path):
    program, *words = service_command()
    assert program == "/usr/bin/aloud"
    folder = "/var/lib/recorder"
    assert any(word.startswith(folder) for word in words)
    words = [word.replace(folder, str(tmp_path / "state")) for word in words]
    with Running("env", "-i", "setsid", "--wait", ALOUD, *words) as service:
        pattern = "[0-9]*-*/*.flac*"
        wait_until(lambda: list((tmp_path / "state").glob(pattern)), "the first file")
        time.sleep(3)
        (child,) = output_of("pgrep", "-P", service.pid).split()
        output_of("kill", "-USR1", child)
        wait_until(lambda: len(list((tmp_path / "state").glob(pattern))) == 2, "the second file")
        time.sleep(2)
        output_of("kill", "-TERM", child)
        result = service.end()
    assert result.status == 0, result.stderr
    files = sorted((tmp_path / "state").glob("*/*.flac"))
    assert len(files) == 2
    for file in files:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d/\d{6}\.flac", str(file.relative_to(tmp_path / "state")))
        output_of("flac", "-t", "-s", file)
    lines = [line for line in result.stderr.splitlines() if not line.startswith(("Recording '", "Recorded '"))]
    # Nothing plays into the cable.
    assert [f"'{file}' is all digital silence" in line for file, line in zip(files, lines, strict=True)] == [True, True]
