"""What is recorded as FLAC from a cable is what was played into it: by flac's own word, however the recording ends."""

import random
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest
from lab import cards
from lab.program import ALOUD, Running, done, wait_until
from lab.sound import assert_heard, noise

CAPTURE = "hw:Loopback,1,1"
PLAYBACK = "hw:Loopback,0,1"


@contextmanager
def sounding(sound, tmp_path):
    """Has aplay play a sound into the cable, with a second of buffer: emulation stalls, and it is not the player that
    is tried here."""
    file = tmp_path / "played.raw"
    file.write_bytes(sound.data)
    with Running("aplay", "-q", "-D", PLAYBACK, "-B", 1_000_000, "-t", "raw", *sound.options(), file) as player:
        started = lambda: cards.state("Loopback", "pcm0p", 1) in ("RUNNING", "DRAINING")
        wait_until(lambda: started() or player.process.poll() is not None, "the player to begin")
        yield player
        assert "underrun" not in player.so_far().stderr, "the lab's player could not keep up"


def record_running(*options):
    recorder = Running(ALOUD, "record", "--json", "-D", CAPTURE, *options)
    cards.wait_for_state("Loopback", "pcm1c", "RUNNING", 1)
    return recorder


def samples(path):
    """What a file holds, by flac; one that is not in order fails."""
    done("flac", "-ts", path)
    return decoded(path)


def decoded(path):
    command = ["flac", "-dcs", "--force-raw-format", "--endian=little", "--sign=signed", path]
    return subprocess.run(command, check=True, capture_output=True).stdout


def frames_captured():
    """Frames that the running card has captured, by the kernel's own count."""
    text = open("/proc/asound/Loopback/pcm1c/sub1/status").read()
    (line,) = [line for line in text.splitlines() if line.startswith("hw_ptr")]
    return int(line.split(":")[1])


def in_one_piece(heard, sound):
    """Whether all of what was heard, less the silence around it, is one piece of the sound."""
    heard = heard.strip(b"\0")
    return len(heard) > 2 * sound.rate and heard in sound.data


@pytest.mark.parametrize("format, channels", [("S16_LE", 2), ("S24_3LE", 1), ("S32_LE", 2)])
def test_every_bit_played_is_recorded(tmp_path, format, channels):
    sound = noise(format, 48000, channels, seconds=1.2)
    take = tmp_path / "take.flac"
    with record_running(*sound.options(), take) as recorder:
        with sounding(sound, tmp_path) as player:
            wait_until(lambda: player.process.poll() is not None, "the player to end")
        captured = frames_captured()
        wait_until(lambda: frames_captured() > captured + 24000, "the silence after it")
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    assert result.status == 0 and result.event("end")["xruns"] == 0
    assert_heard(sound, samples(take))
    assert done("metaflac", "--show-total-samples", take) == f"{result.event('end')['frames']}\n"


def test_a_killed_recording_lacks_at_most_a_second(tmp_path):
    """Where the machine keeps up, that is: it is waited for until it does."""
    sound = noise(seconds=9, after=0)
    for attempt in range(3):
        take = tmp_path / f"take{attempt}.flac"
        with sounding(sound, tmp_path), record_running(*sound.options(), take) as recorder:
            wait_until(lambda: frames_told(take) > 0, "a checkpoint")
            time.sleep(random.uniform(0.3, 1.5))
            captured = frames_captured()
            wait_until(lambda: frames_told(take) >= captured - 48000, "the file to follow the card")
            recorder.signal(signal.SIGKILL)
            recorder.end()
        heard = samples(take)
        assert in_one_piece(heard, sound)
        assert len(heard) // 4 >= captured - 48000
        # Killed while blocks are written, it tells of none, and all are read.
        assert frames_told(take) in (0, len(heard) // 4)


def frames_told(take):
    """Frames that are in a file that grows, as its header has it."""
    if not take.exists():
        return 0
    with open(take, "rb") as file:
        return int.from_bytes(file.read(26)[-5:], "big") & (1 << 36) - 1


def test_a_new_file_begins_at_exactly_the_next_frame(tmp_path):
    sound = noise(seconds=5, after=0.5)
    with sounding(sound, tmp_path), record_running(*sound.options(), tmp_path / "take.flac") as recorder:
        for _ in range(2):
            captured = frames_captured()
            wait_until(lambda: frames_captured() > captured + random.randrange(20_000, 40_000), "more to be captured")
            recorder.signal(signal.SIGUSR1)
        captured = frames_captured()
        wait_until(lambda: frames_captured() > captured + 20_000, "more to be captured")
        recorder.signal(signal.SIGTERM)
        assert recorder.end().status == 0
    files = sorted(tmp_path.glob("take*"))
    assert [file.name for file in files] == [f"take-0{number}.flac" for number in range(1, 4)]
    assert in_one_piece(b"".join(map(samples, files)), sound)


def test_a_pipe_carries_it(tmp_path):
    sound = noise(seconds=4, after=0.5)
    with sounding(sound, tmp_path):
        piped = subprocess.run(
            [ALOUD, "record", "-q", "-D", CAPTURE, "-t", "flac", *map(str, sound.options()), "-d", "2", "-"],
            capture_output=True,
            timeout=60,
        )
    assert (piped.returncode, piped.stderr) == (0, b"")
    take = tmp_path / "piped.flac"
    take.write_bytes(piped.stdout)
    heard = samples(take)
    assert len(heard) == 2 * 48000 * 4 and in_one_piece(heard, sound)
