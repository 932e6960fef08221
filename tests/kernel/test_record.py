"""What is recorded is exactly what was played: from a cable, with every way a recording can be stopped or held up."""

import random
import resource
import signal
import struct
import subprocess
import time
import wave
from contextlib import contextmanager

import pytest
from lab import cards
from lab.cards import captured, recording, sounding
from lab.program import ALOUD, Running, aloud, done, wait_until
from lab.sound import Sound, assert_heard, assert_in_one_piece, noise, where

CAPTURE = "hw:Loopback,1,0"


def samples(path):
    """What a WAV file holds, by sox: header and all have to be right."""
    return subprocess.run(["sox", path, "-t", "raw", "-"], check=True, capture_output=True).stdout


@pytest.mark.parametrize(
    "format, rate, channels",
    [("S16_LE", 48000, 1), ("S16_LE", 44100, 2), ("S24_3LE", 48000, 2), ("S32_LE", 48000, 8), ("FLOAT_LE", 48000, 2)],
)
def test_every_bit_played_is_recorded(tmp_path, format, rate, channels):
    sound = noise(format, rate, channels, seconds=0.7)
    take = tmp_path / "take.raw"
    with recording("-t", "raw", *sound.options(), take) as recorder, sounding(sound, tmp_path / "played.raw"):
        wait_until(lambda: where(sound, take.read_bytes()) is not None, "the noise to be recorded")
        time.sleep(2)
        recorder.signal(signal.SIGINT)
        assert recorder.end().status == 0
    assert_heard(sound, take.read_bytes())


def test_a_wav_holds_it_as_sox_reads_it(tmp_path):
    sound = noise("S32_LE", 48000, 2, seconds=0.7)
    take = tmp_path / "take.wav"
    with recording(*sound.options(), take) as recorder, sounding(sound, tmp_path / "played.raw"):
        time.sleep(3)
        recorder.signal(signal.SIGTERM)
        result = recorder.end()
    assert result.status == 0
    assert result.event("end")["why"] == "SIGTERM"
    assert_heard(sound, samples(take))


def test_files_put_end_to_end_are_the_capture(tmp_path):
    sound = noise(rate=44100, seconds=6, after=0.5)
    with sounding(sound, tmp_path / "played.raw"):
        result = aloud("record", "--json", "-D", CAPTURE, *sound.options(), "-d", 5, "--max-file-time", 1, tmp_path / "take.wav")
    assert result.status == 0
    files = [tmp_path / f"take-0{number}.wav" for number in range(1, 6)]
    assert sorted(tmp_path.glob("take*")) == files
    parts = [samples(file) for file in files]
    assert [len(part) for part in parts] == [4 * 44100] * 5
    assert_in_one_piece(sound, b"".join(parts))


def test_a_new_file_begins_at_exactly_the_next_frame(tmp_path):
    sound = noise(seconds=6, after=0.5)
    known = lambda: {file.name.removesuffix(".part") for file in tmp_path.glob("take*")}
    with recording(*sound.options(), tmp_path / "take.wav") as recorder, sounding(sound, tmp_path / "played.raw"):
        for so_far in range(1, 4):
            time.sleep(random.uniform(0.1, 1.2))
            recorder.signal(signal.SIGUSR1)
            # Signals that come while one waits are one: the next is sent once this one was followed.
            wait_until(lambda: len(known()) > so_far, "the next file")
        time.sleep(1)
        recorder.signal(signal.SIGHUP)
        assert recorder.end().status == 0
    files = sorted(tmp_path.glob("take*"))
    assert [file.name for file in files] == [f"take-0{number}.wav" for number in range(1, 5)]
    assert_in_one_piece(sound, b"".join(map(samples, files)))


def test_a_killed_recording_lacks_at_most_a_second(tmp_path):
    sound = noise(seconds=8, after=0)
    for attempt in range(4):
        take = tmp_path / f"take{attempt}.wav"
        with sounding(sound, tmp_path / "played.raw"), recording(*sound.options(), take) as recorder:
            wait_until(lambda: take.exists() and take.stat().st_size > 44, "the file to grow")
            time.sleep(random.uniform(0.8, 2.0))
            so_far = captured()
            recorder.signal(signal.SIGKILL)
            recorder.end()
        with wave.open(str(take)) as file:
            heard = file.readframes(file.getnframes())
        assert samples(take) == heard
        assert heard.strip(b"\0")[:-4] in sound.data
        assert so_far - len(heard) // 4 <= 48000


def test_a_consumer_that_stalls_for_four_seconds_costs_nothing(tmp_path):
    sound = noise(seconds=7, after=0.5)
    with sounding(sound, tmp_path / "played.raw"):
        recorder = subprocess.Popen(
            [ALOUD, "record", "--json", "-D", CAPTURE, "-t", "raw", *map(str, sound.options()), "-d", "6", "-"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        head = recorder.stdout.read(4000)
        time.sleep(4)
        heard = head + recorder.stdout.read()
        told = recorder.stderr.read().decode()
    assert recorder.wait() == 0
    assert '"event":"xrun"' not in told
    assert len(heard) == 6 * 48000 * 4
    assert_in_one_piece(sound, heard)


@pytest.mark.parametrize("numbers", [[signal.SIGINT, signal.SIGINT], [signal.SIGHUP]])
def test_a_signal_completes_the_file(tmp_path, numbers):
    take = tmp_path / "take.wav"
    with recording(take) as recorder:
        time.sleep(0.7)
        for number in numbers:
            recorder.signal(number)
            time.sleep(0.02)
        result = recorder.end()
    assert result.status == 0
    frames = result.event("end")["frames"]
    size = take.stat().st_size
    riff, data = struct.unpack("<4xI32xI", take.read_bytes()[:44])
    assert (riff, data) == (size - 8, size - 44) == (36 + 4 * frames, 4 * frames)


def test_a_signal_before_the_length_is_up_is_its_end(tmp_path):
    with recording("-d", 60, tmp_path / "take.wav") as recorder:
        recorder.signal(signal.SIGINT)
        assert recorder.end().status == -signal.SIGINT
    assert samples(tmp_path / "take.wav") is not None


@contextmanager
def small_disk(path):
    path.mkdir()
    done("mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", path)
    yield path
    done("umount", path)


def test_a_full_disk_is_told_and_what_fitted_is_valid(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        result = aloud("record", "--json", "-D", CAPTURE, "-d", 20, disk / "take.wav")
        assert result.status == 10
        assert "no_space" in result.stderr and len(result.stderr.splitlines()) == 1
        assert 900_000 < len(samples(disk / "take.wav")) < 1_048_576


def test_a_size_limit_is_told_and_what_fitted_is_valid(tmp_path):
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    take = tmp_path / "take.wav"
    result = subprocess.run([ALOUD, "record", "-D", CAPTURE, take], preexec_fn=limited, capture_output=True, timeout=60)
    assert result.returncode == 10, result.stderr
    assert str(take) in result.stderr.decode()
    assert 290_000 < len(samples(take)) <= 300_000


def test_a_device_that_is_full_is_an_error():
    assert aloud("record", "-D", CAPTURE, "-d", 1, "/dev/full").status == 10


def test_a_card_that_goes_away_leaves_a_complete_file(tmp_path):
    take = tmp_path / "take.wav"
    with Running(ALOUD, "record", "--json", "-D", "hw:Dummy", take) as recorder:
        cards.wait_for_state("Dummy", "pcm0c", "RUNNING")
        time.sleep(1)
        cards.dummy_driver("unbind")
        result = recorder.end()
    cards.dummy_driver("bind")
    assert result.status == 7
    assert "disconnected" in result.stderr
    assert len(samples(take)) >= 4 * 48000 // 2


def test_a_stop_of_two_seconds_loses_nothing(tmp_path):
    sound = noise(seconds=6, after=0.5)
    with sounding(sound, tmp_path / "played.raw"), recording(*sound.options(), tmp_path / "take.wav") as recorder:
        wait_until(lambda: captured() > 24000, "sound to come")
        recorder.stop_for(2)
        time.sleep(1)
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    assert result.event("end")["xruns"] == 0
    assert_in_one_piece(sound, samples(tmp_path / "take.wav"))


def ramp(frames):
    """Frames that each tell their own number."""
    return struct.pack(f"<{frames}I", *range(1, frames + 1))


@pytest.mark.parametrize("fill", [[], ["--fill-gaps"]])
def test_an_overrun_is_counted_to_the_frame(tmp_path, fill):
    sound = Sound("S32_LE", 48000, 1, b"", ramp(48000 * 9), b"")
    take = tmp_path / "take.raw"
    options = ["-t", "raw", *sound.options(), "--buffer-time", "400ms", *fill]
    with sounding(sound, tmp_path / "played.raw"), recording(*options, take) as recorder:
        wait_until(lambda: captured() > 24000, "sound to come")
        recorder.stop_for(2)
        time.sleep(1.5)
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    xruns = [event["frames_lost"] for event in result.events() if event["event"] == "xrun"]
    assert result.event("end")["xruns"] == len(xruns) == 1
    heard = [number for number in struct.unpack(f"<{take.stat().st_size // 4}I", take.read_bytes())]
    begin = next(i for i, number in enumerate(heard) if number)
    numbers = [number for number in heard[begin:] if number]
    ((before, after),) = [(a, b) for a, b in zip(numbers, numbers[1:]) if b != a + 1]
    missing = after - before - 1
    assert xruns[0] > 48000
    assert abs(missing - xruns[0]) <= 4800
    if fill:
        # What follows the gap stands where it belongs.
        assert abs((heard.index(after) - heard.index(before)) - (after - before)) <= 4800
