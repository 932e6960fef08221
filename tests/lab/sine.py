"""Writes sines, and measures how pure they are after a transfer."""

import struct

import numpy


def write_sine(path, hz, rate, seconds, channels=2, bits=16, after=0.25):
    """Writes a WAV with a sine at half of full scale and silence after it; returns its path."""
    wave = 0.5 * numpy.sin(2 * numpy.pi * hz / rate * numpy.arange(int(seconds * rate)))
    samples = numpy.concatenate([wave, numpy.zeros(int(after * rate))]).repeat(channels)
    width = bits // 8
    numbers = numpy.round(samples * 2 ** (bits - 1)).astype("<i8").view("u1").reshape(-1, 8)
    data = numbers[:, :width].tobytes()
    layout = (1, channels, rate, rate * width * channels, width * channels, bits)
    header = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, *layout) + b"data" + struct.pack("<I", len(data))
    path.write_bytes(b"RIFF" + struct.pack("<I", len(header) + len(data)) + header + data)
    return path


def purity(samples, cycles):
    """The power of the sine of this many cycles per sample over the power of the rest, in dB."""
    angle = 2 * numpy.pi * cycles * numpy.arange(len(samples))
    basis = numpy.stack([numpy.sin(angle), numpy.cos(angle)], axis=1)
    found, *_ = numpy.linalg.lstsq(basis, samples, rcond=None)
    rest = samples - basis @ found
    return 10 * numpy.log10((samples @ samples - rest @ rest) / (rest @ rest))
