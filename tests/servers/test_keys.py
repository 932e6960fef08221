"""Keys of a player on a terminal: a sound server plays the change soon, and without a click."""

import struct
import time

import numpy
import pytest
from lab.numbered import RATE
from lab.priority import PRIORITY
from lab.program import wait_until
from lab.sound import noise
from lab.terminal import Terminal

RIGHT = "\x1b[C"

# Without a change at once, a key would be heard after the buffer. A busy machine delays the key and the recording.
BUFFER = ["-B", "4500ms"]
SOON = RATE * 4

# The sine has half of full scale. Five seconds are no whole number of its cycles, so that a jump would click.
HZ = 100.3
STEP = numpy.pi * HZ / RATE

# A ramp of 10 ms may add this much to a step.
RAMP_STEP = 0.5 / 480


def counted(path, seconds):
    """Writes a WAV of S16_LE: a sine, and the time in hundredths of a second."""
    frames = numpy.arange(seconds * RATE)
    sine = 2**14 * numpy.sin(2 * numpy.pi * HZ / RATE * frames)
    data = numpy.stack([sine.round(), frames // (RATE // 100)], axis=1).astype("<i2").tobytes()
    layout = struct.pack("<IHHIIHH", 16, 1, 2, RATE, RATE * 4, 4, 16)
    header = b"WAVEfmt " + layout + b"data" + struct.pack("<I", len(data))
    path.write_bytes(b"RIFF" + struct.pack("<I", len(header) + len(data)) + header + data)
    return path


class Heard:
    """What the monitor has recorded. Parts of it are numbered by their first frame."""

    def __init__(self, server):
        self.path = server.recorded("vs")

    def frames(self):
        data = self.path.read_bytes()
        return numpy.frombuffer(data[: len(data) // 4 * 4], dtype="<i2").reshape(-1, 2).astype(float)

    def part(self, start, length):
        """A part, once it has been recorded."""
        wait_until(lambda: len(self.frames()) >= start + length, f"frame {start + length} to be recorded")
        return self.frames()[start : start + length]

    def lead(self, at):
        """How many seconds the position in the file is ahead of the recording's."""
        return numpy.median(self.part(at, RATE // 20)[:, 1]) / 100 - at / RATE

    def level(self, at):
        """The peak of the sine from a frame on, in dB below half of full scale."""
        return 20 * numpy.log10(numpy.abs(self.part(at, RATE // 10)[:, 0]).max() / 2**14)

    def assert_soon(self, at, measure, expected):
        """A measurement has the expected value soon after a frame."""
        values = []
        for start in range(at, at + SOON, RATE // 20):
            values.append(measure(start))
            if values[-1] == expected:
                return
        raise AssertionError(f"{expected} is not among {values}")


def press_keys(server, file):
    """Presses keys while a file plays, each of which must be heard soon. Returns the sine that was heard."""
    heard = Heard(server)
    with server.monitor(noise(seconds=0)):
        with Terminal("play", *BUFFER, file, environment=server.environment, before=PRIORITY) as terminal:
            wait_until(lambda: len(heard.frames()) and heard.frames()[:, 1].max() >= 50, "sound")
            for keys, change in [(RIGHT, 5), (RIGHT * 2, 10), ("\x1b[D", -5)]:
                at = len(heard.frames())
                before = heard.lead(at)
                terminal.type(keys)
                heard.assert_soon(at, heard.lead, pytest.approx(before + change, abs=0.3))
            for keys, decibels in [("---", -6), ("+++", 0)]:
                at = len(heard.frames())
                terminal.type(keys)
                heard.assert_soon(at, heard.level, pytest.approx(decibels, abs=0.1))
            time.sleep(0.2)
            end = len(heard.frames())
            terminal.type("q")
            assert terminal.end() == 0
    sine = heard.frames()[:end, 0] / 2**15
    return sine[numpy.flatnonzero(sine)[0] :]


def find_clicks(sine):
    """The frames before a step that is too large."""
    return numpy.flatnonzero(numpy.abs(numpy.diff(sine)) > STEP + RAMP_STEP + 2**-14).tolist()


def test_keys_are_heard_soon_and_without_a_click(tmp_path, server):
    file = counted(tmp_path / "counted.wav", 60)
    assert find_clicks(press_keys(server, file)) == []
