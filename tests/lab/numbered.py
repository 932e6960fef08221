"""Numbered frames in S16_LE stereo, so that a recording shows which frame was heard when: the low 15 bits of a frame's
number in one sample, the rest plus 1 in the other. Silence has no number."""

import struct

import numpy

RATE = 48000
OPTIONS = ["-t", "raw", "-f", "S16_LE", "-r", RATE, "-c", 2]


def frames(first, last):
    """The frames from `first` to before `last`, as bytes."""
    numbers = numpy.arange(first, last)
    return numpy.stack([numbers % 32768, numbers // 32768 + 1], 1).astype("<i2").tobytes()


def wav(path, seconds, first=0):
    """Writes a WAV file of frames numbered from `first` on; returns its path."""
    data = frames(first, first + int(seconds * RATE))
    layout = struct.pack("<IHHIIHH", 16, 1, 2, RATE, RATE * 4, 4, 16)
    header = b"WAVEfmt " + layout + b"data" + struct.pack("<I", len(data))
    path.write_bytes(b"RIFF" + struct.pack("<I", len(header) + len(data)) + header + data)
    return path


def numbers(data):
    """The number of each recorded frame; -1 for silence. `data` is raw frames, or the path of them or of a WAV file."""
    if not isinstance(data, bytes):
        data = data.read_bytes()
        if data.startswith(b"RIFF"):
            data = data[data.index(b"data") + 8 :]
    low, high = numpy.frombuffer(data[: len(data) // 4 * 4], dtype="<i2").astype(int).reshape(-1, 2).T
    return numpy.where(high > 0, low + (high - 1) * 32768, -1)


def silences(heard):
    """Where silence interrupts the sound: (the last number before it, its frames, the first number after it)."""
    (sounding,) = numpy.nonzero(heard >= 0)
    lengths = numpy.diff(sounding) - 1
    return [(int(heard[sounding[i]]), int(lengths[i]), int(heard[sounding[i + 1]])) for i in numpy.flatnonzero(lengths)]


def skips(heard):
    """Where a number does not follow the one before it, silence aside: (the number, the next one)."""
    heard = heard[heard >= 0]
    return [(int(heard[i]), int(heard[i + 1])) for i in numpy.flatnonzero(numpy.diff(heard) != 1)]
