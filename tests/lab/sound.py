"""Sound that is known to the last bit."""

import itertools
import random
import struct
from dataclasses import dataclass

from lab.program import wait_until

# Bytes of a sample, and the tag that names its kind in a WAV file.
FORMATS = {"U8": (1, 1), "S16_LE": (2, 1), "S24_3LE": (3, 1), "S32_LE": (4, 1), "FLOAT_LE": (4, 3)}

# A recording may still hold what earlier tests played.
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
    def certain(self):
        """What must be heard: of the silence after the noise only half, because a card that is stopped may lose
        the last moments or repeat old ones."""
        return self.signal + self.after[: len(self.after) // 2]

    @property
    def frame(self):
        """Bytes of a frame."""
        return FORMATS[self.format][0] * self.channels

    @property
    def frames(self):
        return len(self.data) // self.frame

    def options(self):
        """How aplay, arecord and aloud are told this format."""
        return ["-f", self.format, "-r", self.rate, "-c", self.channels]

    def wav(self, path):
        """Writes a WAV file of the plainest kind, and gives its path."""
        width, tag = FORMATS[self.format]
        layout = (tag, self.channels, self.rate, self.rate * self.frame, self.frame, 8 * width)
        header = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, *layout)
        data = b"data" + struct.pack("<I", len(self.data)) + self.data
        path.write_bytes(b"RIFF" + struct.pack("<I", len(header) + len(data)) + header + data)
        return path


def noise(format="S16_LE", rate=48000, channels=2, seconds=1.0, before=0.0, after=0.5):
    """Random samples of every value the format has, amid seconds of silence. No two noises sound alike."""
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


def where(sound, heard):
    """The frame of `heard` at which the noise begins, or None."""
    start = heard.find(sound.signal[:64])
    while start >= 0 and start % sound.frame:
        start = heard.find(sound.signal[:64], start + 1)
    return None if start < 0 else start // sound.frame


def wait_for_all(sound, path):
    """What a recorder has written, once it has come to the end of the noise and into the silence after it."""

    def arrived():
        heard = path.read_bytes()
        end = heard.find(sound.signal[-64:])
        return heard if end >= 0 and len(heard) >= end + 64 + len(sound.after) // 2 else None

    return wait_until(arrived, "all of the noise to be recorded")


def assert_heard(sound, heard):
    """The whole noise is there, bit for bit and without a gap, and its silence after it."""
    start = where(sound, heard)
    assert start is not None, f"the noise was not heard in {len(heard)} bytes"
    heard = heard[start * sound.frame :][: len(sound.certain)]
    if heard != sound.certain:
        right = next((i for i, (a, b) in enumerate(zip(heard, sound.certain)) if a != b), len(heard))
        raise AssertionError(f"right for the first {right // sound.frame} of {len(sound.certain) // sound.frame} frames")


def assert_in_one_piece(sound, heard):
    """What was heard, less the silence around it, is one piece of the sound, and half a second long at least."""
    heard = heard.strip(b"\0")
    least = sound.rate // 2 * sound.frame
    assert len(heard) > least, f"{len(heard)} bytes were heard, {least} were to be"
    if heard in sound.data:
        return
    start = sound.data.find(heard[:64])
    assert start >= 0, "what was heard begins with something else"
    right = next(i for i, (a, b) in enumerate(zip(heard + b"x", sound.data[start:] + b"y")) if a != b)
    raise AssertionError(f"in one piece for the first {right // sound.frame} of {len(heard) // sound.frame} frames")


def assert_heard_with_a_pause(sound, heard):
    """The whole noise is there, bit for bit, in two parts with nothing but silence between them."""
    heard = heard[where(sound, heard) * sound.frame :]
    first = next((i for i, (a, b) in enumerate(zip(heard, sound.signal)) if a != b), len(sound.signal))
    first -= first % sound.frame
    assert 0 < first < len(sound.signal), "no pause was heard"
    pause = len(heard[first:]) - len(heard[first:].lstrip(b"\0"))
    rest = heard[first + pause - pause % sound.frame :]
    assert rest.startswith(sound.signal[first:]), f"after {first // sound.frame} frames and the pause comes something else"
