"""Numbered frames, so that a recording shows which of them are missing, and where."""

import struct
from contextlib import contextmanager
from dataclasses import dataclass

import numpy

from lab import cards
from lab.program import Running

RATE = 48000
OPTIONS = ["-t", "raw", "-f", "S32_LE", "-r", RATE, "-c", 2]


def ramp(path, seconds):
    """Writes raw S32_LE stereo: the frame's number, from 1, in both channels."""
    numbers = numpy.arange(1, RATE * seconds + 1, dtype="<i4")
    numpy.repeat(numbers, 2).tofile(path)
    return path


@contextmanager
def playing(path, subdevice=0):
    """Lets aplay play a ramp into the cable until the `with` block ends."""
    device = f"hw:Loopback,0,{subdevice}"
    with Running("aplay", "-q", "-D", device, "-B", 1_000_000, *OPTIONS, path) as player:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING", subdevice)
        yield player


@dataclass
class Recorded:
    """What a recording of a ramp contains."""

    frames: int
    # Frames of the ramp that are missing between its first and its last.
    missing: int
    # Frames of silence between them.
    silent: int


def read(data):
    """Reads a recording of a ramp (bytes of raw frames, or the path of a WAV file or of raw frames)."""
    if not isinstance(data, bytes):
        data = data.read_bytes()
        if data.startswith(b"RIFF"):
            start = data.index(b"data") + 8
            size = struct.unpack_from("<I", data, start - 4)[0]
            data = data[start : start + size]
    numbers = numpy.frombuffer(data[: len(data) // 8 * 8], dtype="<i4").reshape(-1, 2)[:, 0]
    nonzero = numpy.flatnonzero(numbers)
    between = numbers[nonzero[0] : nonzero[-1] + 1]
    steps = numpy.diff(between[between != 0])
    assert (steps > 0).all(), "frames of the ramp are repeated or in another order"
    return Recorded(len(numbers), int(steps.sum() - len(steps)), int((between == 0).sum()))
