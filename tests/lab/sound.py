"""Sound that is known to the last bit."""

import random
import struct
from dataclasses import dataclass

# Bytes of a sample, and the tag that names its kind in a WAV file.
FORMATS = {"U8": (1, 1), "S16_LE": (2, 1), "S24_3LE": (3, 1), "S32_LE": (4, 1), "FLOAT_LE": (4, 3)}


@dataclass(frozen=True)
class Sound:
    """Noise (`signal`), then silence (`data` is both)."""

    format: str
    rate: int
    channels: int
    signal: bytes
    data: bytes

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


def noise(format="S16_LE", rate=48000, channels=2, seconds=1.0, silence=0.5, seed=1):
    """Random samples of every value the format has, then silence. No two seeds sound alike."""
    width = FORMATS[format][0]
    samples = int(rate * seconds) * channels
    source = random.Random(f"{format} {rate} {channels} {seed}")
    if format == "FLOAT_LE":
        signal = struct.pack(f"<{samples}f", *(source.uniform(-1, 1) for _ in range(samples)))
    else:
        signal = source.randbytes(width * samples)
    quiet = b"\x80" if format == "U8" else b"\x00"
    return Sound(format, rate, channels, signal, signal + quiet * (width * int(rate * silence) * channels))


def where(sound, heard):
    """The frame of `heard` at which the noise begins, or None."""
    start = heard.find(sound.signal[:64])
    while start >= 0 and start % sound.frame:
        start = heard.find(sound.signal[:64], start + 1)
    return None if start < 0 else start // sound.frame


def assert_heard(sound, heard):
    """The whole noise is there, bit for bit and without a gap, and its silence after it.

    Only half of the silence is looked at: a card that is stopped may lose the last moments, or repeat old ones.
    """
    start = where(sound, heard)
    assert start is not None, f"the noise was not heard in {len(heard)} bytes"
    heard = heard[start * sound.frame :]
    sure = (len(sound.signal) + len(sound.data)) // 2
    if heard[:sure] != sound.data[:sure]:
        right = next((i for i, (a, b) in enumerate(zip(heard, sound.data)) if a != b), len(heard))
        raise AssertionError(f"right for the first {right // sound.frame} of {sure // sound.frame} frames only")
