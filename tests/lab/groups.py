"""Several devices that record or play together."""

from contextlib import contextmanager

import numpy

from lab import cards
from lab.cards import wait_for_state
from lab.program import output_of

CAPTURE = ["-D", "hw:Loopback,1,0", "-D", "hw:Loopback,1,1"]
PLAYBACK = ["-D", "hw:Loopback,0,0", "-D", "hw:Loopback,0,1"]

# A sine whose phase shows how far a device is off.
RATE, HERTZ = 8000, 20


def wait_until_all_run(count=2, pcm="pcm1c"):
    for subdevice in range(count):
        wait_for_state("Loopback", pcm, "RUNNING", subdevice)


def frames_of(path, channels, dtype="<i2"):
    """The frames of a WAV file that sox reads."""
    raw = path.with_suffix(".decoded")
    output_of("sox", path, "-t", "raw", raw)
    return numpy.fromfile(raw, dtype).reshape(-1, channels)


def sine(path, seconds, speed=1, rate=RATE):
    """Writes a sine that has HERTZ if it is played faster by `speed`."""
    at = numpy.arange(int(rate * seconds))
    (16_000 * numpy.sin(2 * numpy.pi * HERTZ / rate / speed * at)).astype("<i2").tofile(path)
    return path


def offsets(frames, rate=RATE):
    """How much later the second channel is than the first one, in ms, for each second."""
    blocks = frames[: len(frames) // rate * rate].reshape(-1, rate, 2)
    carrier = numpy.exp(-2j * numpy.pi * HERTZ / rate * numpy.arange(rate))
    phases = numpy.angle(numpy.einsum("bnc,n->bc", blocks.astype(float), carrier))
    later = numpy.angle(numpy.exp(1j * (phases[:, 0] - phases[:, 1])))
    return later / (2 * numpy.pi * HERTZ) * 1000


@contextmanager
def without_dummy():
    """Takes the card Dummy away."""
    cards.dummy_driver("unbind")
    try:
        yield
    finally:
        cards.dummy_driver("bind")
