"""Test sounds with known samples, and checks of recordings of them."""

import itertools
import random
import struct
from dataclasses import dataclass

from lab.program import wait_until

# Bytes per sample, and the WAV format tag.
FORMATS = {"U8": (1, 1), "S16_LE": (2, 1), "S24_3LE": (3, 1), "S32_LE": (4, 1), "FLOAT_LE": (4, 3)}

# A recording may still hold what an earlier test has played, so each noise has its own seed.
seeds = itertools.count()


@dataclass(frozen=True)
class Sound:
    """Noise, with silence before and after."""

    format: str
    rate: int
    channels: int
    before: bytes
    signal: bytes
    after: bytes

    @property
    def data(self):
        return self.before + self.signal + self.after

    @property
    def guaranteed(self):
        """What must be recorded: the noise and half of the silence after it, because a card that is stopped may lose
        the last moments or repeat old ones."""
        return self.signal + self.after[: len(self.after) // 2]

    @property
    def frame(self):
        """Bytes per frame."""
        return FORMATS[self.format][0] * self.channels

    @property
    def frames(self):
        return len(self.data) // self.frame

    def options(self):
        """The options of aplay, arecord and aloud for this format."""
        return ["-f", self.format, "-r", self.rate, "-c", self.channels]

    def wav(self, path):
        """Writes a plain WAV file, and returns its path."""
        width, tag = FORMATS[self.format]
        layout = (tag, self.channels, self.rate, self.rate * self.frame, self.frame, 8 * width)
        header = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, *layout)
        data = b"data" + struct.pack("<I", len(self.data)) + self.data
        path.write_bytes(b"RIFF" + struct.pack("<I", len(header) + len(data)) + header + data)
        return path


def noise(format="S16_LE", rate=48000, channels=2, seconds=1.0, before=0.0, after=0.5):
    """Random samples over the whole range of the format, between seconds of silence. Each is different."""
    width = FORMATS[format][0]
    samples = int(rate * seconds) * channels
    source = random.Random(next(seeds))
    if format == "FLOAT_LE":
        signal = struct.pack(f"<{samples}f", *(source.uniform(-1, 1) for _ in range(samples)))
    else:
        signal = source.randbytes(width * samples)

    def silence(seconds):
        return (b"\x80" if format == "U8" else b"\x00") * (width * channels * int(rate * seconds))

    return Sound(format, rate, channels, silence(before), signal, silence(after))


def find_noise(sound, recorded):
    """The frame of `recorded` at which the noise starts, or None."""
    start = recorded.find(sound.signal[:64])
    while start >= 0 and start % sound.frame:
        start = recorded.find(sound.signal[:64], start + 1)
    return None if start < 0 else start // sound.frame


def wait_for_noise(sound, path):
    """Waits until a recorder has written the noise and some of the silence after it; returns all that it has written."""

    def complete():
        recorded = path.read_bytes()
        end = recorded.find(sound.signal[-64:])
        return recorded if end >= 0 and len(recorded) >= end + 64 + len(sound.after) // 2 else None

    return wait_until(complete, "all of the noise to be recorded")


def assert_contains(sound, recorded):
    """The whole noise is there, bit for bit and without a gap, with silence after it."""
    start = find_noise(sound, recorded)
    assert start is not None, f"the noise is not in the {len(recorded)} bytes recorded"
    recorded = recorded[start * sound.frame :][: len(sound.guaranteed)]
    if recorded != sound.guaranteed:
        right = common_length(recorded, sound.guaranteed)
        raise AssertionError(f"right for the first {right // sound.frame} of {len(sound.guaranteed) // sound.frame} frames")


def assert_contiguous(sound, recorded):
    """What was recorded, without the silence around it, is one piece of the sound, at least half a second long."""
    recorded = recorded.strip(b"\0")
    least = sound.rate // 2 * sound.frame
    assert len(recorded) > least, f"{len(recorded)} bytes were recorded, expected at least {least}"
    if recorded in sound.data:
        return
    start = sound.data.find(recorded[:64])
    assert start >= 0, "the recording starts with something else"
    right = common_length(recorded, sound.data[start:])
    raise AssertionError(f"contiguous for the first {right // sound.frame} of {len(recorded) // sound.frame} frames")


def assert_contains_with_pause(sound, recorded):
    """The whole noise is there, bit for bit, in two parts with nothing but silence between them."""
    recorded = recorded[find_noise(sound, recorded) * sound.frame :]
    first = common_length(recorded, sound.signal)
    first -= first % sound.frame
    assert 0 < first < len(sound.signal), "there is no pause"
    pause = len(recorded[first:]) - len(recorded[first:].lstrip(b"\0"))
    rest = recorded[first + pause - pause % sound.frame :]
    assert rest.startswith(sound.signal[first:]), f"wrong after {first // sound.frame} frames and the pause"


def common_length(one, other):
    """How many bytes at the start are equal."""
    return next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
