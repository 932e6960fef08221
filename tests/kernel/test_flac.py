"""FLAC recordings of a cable hold what was played into it, decoded by flac, however the recording ends."""

import signal
import subprocess

import pytest
from lab.cards import captured_frames, playing, recording, wait_for_frames
from lab.program import ALOUD, output_of, wait_until
from lab.sound import assert_contains, assert_contiguous, noise

CABLE = 1
CAPTURE = f"hw:Loopback,1,{CABLE}"


def samples(path):
    """The samples in a file that flac finds intact."""
    output_of("flac", "-ts", path)
    command = ["flac", "-dcs", "--force-raw-format", "--endian=little", "--sign=signed", path]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.mark.parametrize("format, channels", [("S16_LE", 2), ("S24_3LE", 1), ("S32_LE", 2)])
def test_every_bit_played_is_recorded(tmp_path, format, channels):
    sound = noise(format, 48000, channels, seconds=1.2)
    take = tmp_path / "take.flac"
    with recording(*sound.options(), take, subdevice=CABLE) as recorder:
        with playing(sound, tmp_path / "played.raw", CABLE) as player:
            assert player.end().status == 0
        wait_for_frames(24_000, CABLE)
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    assert result.status == 0 and result.event("end")["xruns"] == 0
    assert_contains(sound, samples(take))
    assert output_of("metaflac", "--show-total-samples", take) == f"{result.event('end')['frames']}\n"


def test_a_killed_recording_loses_at_most_a_second(tmp_path, draw):
    sound = noise(seconds=9, after=0)
    for attempt in range(3):
        take = tmp_path / f"take{attempt}.flac"
        with playing(sound, tmp_path / "played.raw", CABLE), recording(*sound.options(), take, subdevice=CABLE) as recorder:
            wait_until(lambda: frames_in_header(take) > 24_000, "a checkpoint with half a second")
            wait_for_frames(draw.randrange(15_000, 75_000), CABLE)
            captured = captured_frames(CABLE)
            recorder.signal(signal.SIGKILL)
            recorder.end()
        recorded = samples(take)
        assert_contiguous(sound, recorded)
        assert len(recorded) // 4 >= captured - 48000
        # While blocks are written, the header has no count, and all blocks are read.
        assert frames_in_header(take) in (0, len(recorded) // 4)


def frames_in_header(take):
    """The number of frames in the header of a growing file."""
    if not take.exists():
        return 0
    with open(take, "rb") as file:
        return int.from_bytes(file.read(26)[-5:], "big") & (1 << 36) - 1


def test_a_new_file_starts_at_exactly_the_next_frame(tmp_path, draw):
    sound = noise(seconds=5, after=0.5)
    take = tmp_path / "take.flac"
    with playing(sound, tmp_path / "played.raw", CABLE), recording(*sound.options(), take, subdevice=CABLE) as recorder:
        for _ in range(2):
            wait_for_frames(draw.randrange(20_000, 40_000), CABLE)
            recorder.signal(signal.SIGUSR1)
        wait_for_frames(20_000, CABLE)
        recorder.signal(signal.SIGTERM)
        assert recorder.end().status == 0
    files = sorted(tmp_path.glob("take*"))
    assert [file.name for file in files] == [f"take-0{number}.flac" for number in range(1, 4)]
    assert_contiguous(sound, b"".join(map(samples, files)))


def test_recording_into_a_pipe(tmp_path):
    sound = noise(seconds=4, after=0.5)
    with playing(sound, tmp_path / "played.raw", CABLE):
        piped = subprocess.run(
            [ALOUD, "record", "-q", "-D", CAPTURE, "-t", "flac", *map(str, sound.options()), "-d", "2", "-"],
            capture_output=True,
            timeout=60,
        )
    assert (piped.returncode, piped.stderr) == (0, b"")
    take = tmp_path / "piped.flac"
    take.write_bytes(piped.stdout)
    recorded = samples(take)
    assert len(recorded) == 2 * 48000 * 4
    assert_contiguous(sound, recorded)
