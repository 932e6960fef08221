"""What is recorded as FLAC from a cable is what was played into it: by flac's own word, however the recording ends."""

import random
import signal
import subprocess
import time

import pytest
from lab.cards import captured, recording, sounding
from lab.program import ALOUD, done, wait_until
from lab.sound import assert_heard, assert_in_one_piece, noise

CABLE = 1
CAPTURE = f"hw:Loopback,1,{CABLE}"


def samples(path):
    """What a file holds, by flac; one that is not in order fails."""
    done("flac", "-ts", path)
    return decoded(path)


def decoded(path):
    command = ["flac", "-dcs", "--force-raw-format", "--endian=little", "--sign=signed", path]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.mark.parametrize("format, channels", [("S16_LE", 2), ("S24_3LE", 1), ("S32_LE", 2)])
def test_every_bit_played_is_recorded(tmp_path, format, channels):
    sound = noise(format, 48000, channels, seconds=1.2)
    take = tmp_path / "take.flac"
    with recording(*sound.options(), take, subdevice=CABLE) as recorder:
        with sounding(sound, tmp_path / "played.raw", CABLE) as player:
            wait_until(lambda: player.process.poll() is not None, "the player to end")
        so_far = captured(CABLE)
        wait_until(lambda: captured(CABLE) > so_far + 24000, "the silence after it")
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
        with sounding(sound, tmp_path / "played.raw", CABLE), recording(*sound.options(), take, subdevice=CABLE) as recorder:
            wait_until(lambda: frames_told(take) > 24000, "a checkpoint with enough to hear")
            time.sleep(random.uniform(0.3, 1.5))
            so_far = captured(CABLE)
            wait_until(lambda: frames_told(take) >= so_far - 48000, "the file to follow the card")
            recorder.signal(signal.SIGKILL)
            recorder.end()
        heard = samples(take)
        assert_in_one_piece(sound, heard)
        assert len(heard) // 4 >= so_far - 48000
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
    with sounding(sound, tmp_path / "played.raw", CABLE), recording(*sound.options(), tmp_path / "take.flac", subdevice=CABLE) as recorder:
        for _ in range(2):
            so_far = captured(CABLE)
            wait_until(lambda: captured(CABLE) > so_far + random.randrange(20_000, 40_000), "more to be captured")
            recorder.signal(signal.SIGUSR1)
        so_far = captured(CABLE)
        wait_until(lambda: captured(CABLE) > so_far + 20_000, "more to be captured")
        recorder.signal(signal.SIGTERM)
        assert recorder.end().status == 0
    files = sorted(tmp_path.glob("take*"))
    assert [file.name for file in files] == [f"take-0{number}.flac" for number in range(1, 4)]
    assert_in_one_piece(sound, b"".join(map(samples, files)))


def test_a_pipe_carries_it(tmp_path):
    sound = noise(seconds=4, after=0.5)
    with sounding(sound, tmp_path / "played.raw", CABLE):
        piped = subprocess.run(
            [ALOUD, "record", "-q", "-D", CAPTURE, "-t", "flac", *map(str, sound.options()), "-d", "2", "-"],
            capture_output=True,
            timeout=60,
        )
    assert (piped.returncode, piped.stderr) == (0, b"")
    take = tmp_path / "piped.flac"
    take.write_bytes(piped.stdout)
    heard = samples(take)
    assert len(heard) == 2 * 48000 * 4
    assert_in_one_piece(sound, heard)
