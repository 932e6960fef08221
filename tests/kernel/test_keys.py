"""Keys of a player on a terminal: what is heard, when, and what is drawn."""

import os
import signal
import struct
import time

import numpy
import pytest
from lab import cards
from lab.program import output_of, wait_until
from lab.terminal import Screen, Terminal

RATE = 48000
DEVICE = "hw:Loopback,0,0"

# What a change may take until it is heard, in frames: 200 ms.
SOON = RATE // 5

RIGHT, LEFT = "\x1b[C", "\x1b[D"

# The sine in the first channel has half of full scale and this many Hz. Its greatest step from frame to frame:
HZ = 100
STEP = numpy.pi * HZ / RATE

# A ramp of 10 ms may add this much to a step.
RAMP_STEP = 0.5 / 480


def counted(path, seconds, first=0):
    """Writes a WAV of S32_LE: a sine, and the number of each frame, counted from `first` seconds."""
    numbers = numpy.arange(first * RATE, (first + seconds) * RATE)
    sine = 2**30 * numpy.sin(2 * numpy.pi * HZ / RATE * numbers)
    frames = numpy.stack([sine.round(), numbers * 16], axis=1).astype("<i4").tobytes()
    layout = struct.pack("<IHHIIHH", 16, 1, 2, RATE, RATE * 8, 8, 32)
    header = b"WAVEfmt " + layout + b"data" + struct.pack("<I", len(frames))
    path.write_bytes(b"RIFF" + struct.pack("<I", len(header) + len(frames)) + header + frames)
    return path


class Heard:
    """A player on a terminal, and what is heard of it."""

    def __init__(self, folder):
        self.path = folder / "heard"

    def frames(self):
        """All frames heard so far: the sine, and the numbers."""
        data = self.path.read_bytes()
        frames = numpy.frombuffer(data[: len(data) // 8 * 8], dtype="<i4").reshape(-1, 2)
        return frames[:, 0] / 2**31, frames[:, 1] / 16

    def number(self, at):
        """The number of the frame heard at `at`."""
        wait_until(lambda: self.path.stat().st_size > 8 * (at + RATE // 4), f"frame {at} to be heard")
        return self.frames()[1][at]


@pytest.fixture
def heard(tmp_path):
    with cards.recorder(tmp_path / "heard", "-f", "S32_LE", "-r", RATE, "-c", 2):
        yield Heard(tmp_path)


def press(terminal, keys):
    """Presses keys, and returns how many frames have been heard by then."""
    now = cards.captured_frames()
    terminal.press(keys)
    return now


def quit(terminal):
    """Ends the player, and returns how many frames have been heard by then."""
    at = press(terminal, "q")
    assert terminal.end() == 0
    return at


def assert_no_click(heard, end):
    """No step from one frame to the next, before frame `end`, is greater than those of the sine and of a ramp."""
    sine, _ = heard.frames()
    steps = numpy.abs(numpy.diff(sine[:end]))
    worst = int(steps.argmax())
    assert steps[worst] <= STEP + RAMP_STEP, f"a step of {steps[worst]:.4f} at frame {worst}"


@pytest.mark.parametrize("buffer_time", [60_000, 100_000, 500_000, 2_000_000])
def test_seeking_is_heard_soon_and_without_a_click(tmp_path, heard, buffer_time):
    file = counted(tmp_path / "count.wav", 60)
    with Terminal("play", "-D", DEVICE, "-B", buffer_time, file) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(3)
        for keys, seconds in [(RIGHT, 5), (LEFT, -5), (RIGHT * 3, 15)]:
            at = press(terminal, keys)
            time.sleep(1.5)
            before = heard.number(at)
            assert heard.number(at + SOON) - before == pytest.approx(SOON + seconds * RATE, abs=RATE // 20)
        end = quit(terminal)
    assert_no_click(heard, end)


def level(heard, at):
    """The peak of the sine in the tenth of a second after frame `at`, in dB below half of full scale."""
    heard.number(at + RATE // 10)
    sine, _ = heard.frames()
    return 20 * numpy.log10(numpy.abs(sine[at : at + RATE // 10]).max() / 0.5)


@pytest.mark.parametrize("buffer_time", [60_000, 500_000, 2_000_000])
def test_volume_changes_soon_and_without_a_click(tmp_path, heard, buffer_time):
    file = counted(tmp_path / "count.wav", 60)
    with Terminal("play", "-D", DEVICE, "-B", buffer_time, file) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(3)
        for keys, decibels in [("-", -2), ("----", -10), ("++", -6), ("+++++", 0), ("-" * 50, -60), ("+" * 50, 0)]:
            at = press(terminal, keys)
            assert level(heard, at + SOON) == pytest.approx(decibels, abs=0.1)
        at = press(terminal, "")
        end = quit(terminal)
    assert_no_click(heard, end)
    # At 0 dB every bit is the same as before.
    sine, numbers = heard.frames()
    last = slice(at - RATE // 10, at)
    assert (numpy.diff(numbers[last]) == 1).all()
    assert (sine[last] == (2**30 * numpy.sin(2 * numpy.pi * HZ / RATE * numbers[last])).round() / 2**31).all()


def test_nothing_is_heard_twice_and_nothing_is_missing_at_a_change_of_volume(tmp_path, heard):
    """What is taken back from the device and written again is the same."""
    file = counted(tmp_path / "count.wav", 30)
    with Terminal("play", "-D", DEVICE, "-B", 1_000_000, file) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(2)
        start = press(terminal, "")
        for _ in range(20):
            terminal.press("-")
            time.sleep(0.07)
            terminal.press("+")
            time.sleep(0.13)
        end = quit(terminal)
    _, numbers = heard.frames()
    # The volume applies to the numbers, too. At full volume they show that no frame was dropped or repeated.
    numbers = numbers[start:end]
    frames = numpy.arange(len(numbers))
    offset = numbers[0]
    full = numpy.abs(numbers - offset - frames) < 0.5
    assert full.sum() > len(numbers) // 3
    assert full[-RATE // 20 :].all()
