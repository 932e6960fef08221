"""What is recorded is exactly what was played into the cable, however the recording is stopped or delayed."""

import resource
import signal
import struct
import subprocess
import time
import wave
from contextlib import contextmanager

import pytest
from lab import cards
from lab.cards import captured_frames, playing, recording, wait_for_frames
from lab.program import ALOUD, Running, aloud, output_of, wait_until
from lab.sound import Sound, assert_contains, assert_contiguous, noise, wait_for_noise

CAPTURE = "hw:Loopback,1,0"


def samples(path):
    """The samples in a WAV file, decoded by sox."""
    return subprocess.run(["sox", path, "-t", "raw", "-"], check=True, capture_output=True).stdout


@pytest.mark.parametrize(
    "format, rate, channels",
    [("S16_LE", 48000, 1), ("S16_LE", 44100, 2), ("S24_3LE", 48000, 2), ("S32_LE", 48000, 8), ("FLOAT_LE", 48000, 2)],
)
def test_every_bit_played_is_recorded(tmp_path, format, rate, channels):
    sound = noise(format, rate, channels, seconds=0.7)
    take = tmp_path / "take.raw"
    with recording("-t", "raw", *sound.options(), take) as recorder, playing(sound, tmp_path / "played.raw"):
        wait_for_noise(sound, take)
        recorder.signal(signal.SIGINT)
        assert recorder.end().status == 0
    assert_contains(sound, take.read_bytes())


def test_sox_reads_the_wav_file(tmp_path):
    sound = noise("S32_LE", 48000, 2, seconds=0.7)
    take = tmp_path / "take.wav"
    with recording(*sound.options(), take) as recorder, playing(sound, tmp_path / "played.raw"):
        wait_for_noise(sound, take)
        recorder.signal(signal.SIGTERM)
        result = recorder.end()
    assert result.status == 0
    assert result.event("end")["why"] == "SIGTERM"
    assert_contains(sound, samples(take))


def test_split_files_joined_are_the_capture(tmp_path):
    sound = noise(rate=44100, seconds=6, after=0.5)
    with playing(sound, tmp_path / "played.raw"):
        result = aloud("record", "--json", "-D", CAPTURE, *sound.options(), "-d", 5, "--max-file-time", 1, tmp_path / "take.wav")
    assert result.status == 0
    files = [tmp_path / f"take-0{number}.wav" for number in range(1, 6)]
    assert sorted(tmp_path.glob("take*")) == files
    parts = [samples(file) for file in files]
    assert [len(part) for part in parts] == [4 * 44100] * 5
    assert_contiguous(sound, b"".join(parts))


def test_a_new_file_starts_at_exactly_the_next_frame(tmp_path, draw):
    sound = noise(seconds=6, after=0.5)
    names = lambda: {file.name.removesuffix(".part") for file in tmp_path.glob("take*")}
    with recording(*sound.options(), tmp_path / "take.wav") as recorder, playing(sound, tmp_path / "played.raw"):
        for count in range(1, 4):
            wait_for_frames(draw.randrange(5_000, 60_000))
            recorder.signal(signal.SIGUSR1)
            # Signals that arrive while one is pending are merged with it.
            wait_until(lambda: len(names()) > count, "the next file")
        wait_for_frames(48_000)
        recorder.signal(signal.SIGHUP)
        assert recorder.end().status == 0
    files = sorted(tmp_path.glob("take*"))
    assert [file.name for file in files] == [f"take-0{number}.wav" for number in range(1, 5)]
    assert_contiguous(sound, b"".join(map(samples, files)))


# With --json there is progress to report, and the device wakes the program more often.
@pytest.mark.parametrize("output", ["--json", "-q"])
def test_a_killed_recording_loses_at_most_a_second(tmp_path, draw, output):
    sound = noise(seconds=8, after=0)
    for attempt in range(2):
        take = tmp_path / f"take{attempt}.wav"
        options = [output, "-D", CAPTURE, *sound.options(), take]
        with playing(sound, tmp_path / "played.raw"), Running(ALOUD, "record", *options) as recorder:
            wait_until(lambda: take.exists() and take.stat().st_size > 44, "the file to grow")
            wait_for_frames(draw.randrange(40_000, 100_000))
            captured = captured_frames()
            recorder.signal(signal.SIGKILL)
            recorder.end()
        with wave.open(str(take)) as file:
            recorded = file.readframes(file.getnframes())
        assert samples(take) == recorded
        assert recorded.strip(b"\0")[:-4] in sound.data
        assert captured - len(recorded) // 4 <= 48000


def test_a_recorder_that_was_stopped_does_not_hold_more_back(tmp_path):
    take = tmp_path / "take.wav"
    with Running(ALOUD, "record", "-q", "-D", CAPTURE, "-r", 8000, "-c", 1, take) as recorder:
        wait_until(lambda: take.exists() and captured_frames() > 8000, "a second of sound")
        recorder.signal(signal.SIGSTOP)
        time.sleep(2.5)
        recorder.signal(signal.SIGCONT)
        time.sleep(0.1)
        for _ in range(40):
            assert captured_frames() - (take.stat().st_size - 44) // 2 <= 8000
            time.sleep(0.05)
        recorder.signal(signal.SIGINT)
        assert recorder.end().status == 0


def test_a_reader_that_stalls_for_four_seconds_loses_nothing(tmp_path):
    sound = noise(seconds=7, after=0.5)
    with playing(sound, tmp_path / "played.raw"):
        recorder = subprocess.Popen(
            [ALOUD, "record", "--json", "-D", CAPTURE, "-t", "raw", *map(str, sound.options()), "-d", "6", "-"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        head = recorder.stdout.read(4000)
        time.sleep(4)
        recorded = head + recorder.stdout.read()
        events = recorder.stderr.read().decode()
    assert recorder.wait() == 0
    assert '"event":"xrun"' not in events
    assert len(recorded) == 6 * 48000 * 4
    assert_contiguous(sound, recorded)


@pytest.mark.parametrize("numbers", [[signal.SIGINT, signal.SIGINT], [signal.SIGHUP]])
def test_a_signal_completes_the_file(tmp_path, numbers):
    take = tmp_path / "take.wav"
    with recording(take) as recorder:
        wait_for_frames(33_000)
        for number in numbers:
            recorder.signal(number)
            time.sleep(0.02)
        result = recorder.end()
    assert result.status == 0
    frames = result.event("end")["frames"]
    size = take.stat().st_size
    riff, data = struct.unpack("<4xI32xI", take.read_bytes()[:44])
    assert (riff, data) == (size - 8, size - 44) == (36 + 4 * frames, 4 * frames)


def test_a_signal_before_the_requested_length_ends_the_program(tmp_path):
    with recording("-d", 60, tmp_path / "take.wav") as recorder:
        recorder.signal(signal.SIGINT)
        assert recorder.end().status == -signal.SIGINT
    assert samples(tmp_path / "take.wav") is not None


@contextmanager
def small_disk(path):
    path.mkdir()
    output_of("mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", path)
    yield path
    output_of("umount", path)


def test_a_full_disk_is_reported_and_the_file_is_valid(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        result = aloud("record", "--json", "-D", CAPTURE, "-d", 20, disk / "take.wav")
        assert result.status == 10
        assert "no_space" in result.stderr and len(result.stderr.splitlines()) == 1
        assert 900_000 < len(samples(disk / "take.wav")) < 1_048_576


def test_a_file_size_limit_is_reported_and_the_file_is_valid(tmp_path):
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    take = tmp_path / "take.wav"
    result = subprocess.run([ALOUD, "record", "-D", CAPTURE, take], preexec_fn=limited, capture_output=True, timeout=60)
    assert result.returncode == 10, result.stderr
    assert str(take) in result.stderr.decode()
    assert 290_000 < len(samples(take)) <= 300_000


def test_a_full_device_is_an_error():
    assert aloud("record", "-D", CAPTURE, "-d", 1, "/dev/full").status == 10


def test_a_card_that_disappears_leaves_a_complete_file(tmp_path):
    take = tmp_path / "take.wav"
    with Running(ALOUD, "record", "--json", "-D", "hw:Dummy", take) as recorder:
        cards.wait_for_state("Dummy", "pcm0c", "RUNNING")
        wait_until(lambda: cards.position("Dummy", "pcm0c") > 48_000, "a second to be captured")
        cards.dummy_driver("unbind")
        result = recorder.end()
    cards.dummy_driver("bind")
    assert result.status == 7
    assert "disconnected" in result.stderr
    assert len(samples(take)) >= 4 * 48000 // 2


def test_a_stop_of_two_seconds_loses_nothing(tmp_path):
    sound = noise(seconds=6, after=0.5)
    with playing(sound, tmp_path / "played.raw"), recording(*sound.options(), tmp_path / "take.wav") as recorder:
        wait_for_frames(24_000)
        recorder.stop_for(2)
        wait_for_frames(48_000)
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    assert result.event("end")["xruns"] == 0
    assert_contiguous(sound, samples(tmp_path / "take.wav"))


def ramp(frames):
    """Frames that each hold their own number."""
    return struct.pack(f"<{frames}I", *range(1, frames + 1))


@pytest.mark.parametrize("fill", [[], ["--fill-gaps"]])
def test_an_overrun_is_counted_to_the_frame(tmp_path, fill):
    sound = Sound("S32_LE", 48000, 1, b"", ramp(48000 * 9), b"")
    take = tmp_path / "take.raw"
    options = ["-t", "raw", *sound.options(), "--buffer-time", "400ms", *fill]
    with playing(sound, tmp_path / "played.raw"), recording(*options, take) as recorder:
        wait_for_frames(24_000)
        recorder.stop_for(2)
        wait_for_frames(72_000)
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    xruns = [event["frames_lost"] for event in result.events("xrun")]
    assert result.event("end")["xruns"] == len(xruns) == 1
    recorded = struct.unpack(f"<{take.stat().st_size // 4}I", take.read_bytes())
    start = next(i for i, number in enumerate(recorded) if number)
    numbers = [number for number in recorded[start:] if number]
    ((before, after),) = [(a, b) for a, b in zip(numbers, numbers[1:]) if b != a + 1]
    missing = after - before - 1
    assert xruns[0] > 48000
    assert abs(missing - xruns[0]) <= 480
    if fill:
        # The frames after the gap are at the right time.
        assert abs((recorded.index(after) - recorded.index(before)) - (after - before)) <= 480
