"""A file of another rate than the server's has the right pitch and length."""

import numpy
from lab.program import aloud, wait_until
from lab.sine import write_sine
from lab.sound import noise

RATE = 48000
HZ = 1000


def recorded_sine(path):
    """The first channel of a recording, from the sine's start to its end, without the parts where it is faded."""
    samples = numpy.frombuffer(path.read_bytes(), dtype="u1")
    samples = samples[: len(samples) // 4 * 4].view("<i2").reshape(-1, 2)[:, 0].astype(float)
    loud = numpy.flatnonzero(numpy.abs(samples) > 1000)
    return samples[loud[0] : loud[-1]] if len(loud) else samples[:0]


def frequency(samples):
    """From how far the phase turns from the first tenth of a second to the last one."""
    length = RATE // 10
    angle = 2 * numpy.pi * HZ / RATE * numpy.arange(len(samples))

    def phase(part):
        return numpy.angle(numpy.sum(samples[part] * numpy.exp(-1j * angle[part])))

    distance = len(samples) - length
    turned = phase(slice(distance, None)) - phase(slice(0, length))
    turned = (turned + numpy.pi) % (2 * numpy.pi) - numpy.pi
    return HZ + turned / (2 * numpy.pi) * RATE / distance


def test_a_file_of_44100_hz_has_the_exact_pitch(tmp_path, server):
    file = write_sine(tmp_path / "sine.wav", HZ, 44100, 2, after=1)
    silence = noise(seconds=0)
    with server.monitor(silence):
        path = server.recorded("vs")
        result = aloud("play", "--json", "-B", "4s", file, environment=server.environment)
        assert result.status == 0, result
        wait_until(lambda: len(recorded_sine(path)) >= 1.5 * RATE, "the sine to be recorded")
        sine = recorded_sine(path)[RATE // 100 : -RATE // 100]
    # A server may skip the first moments.
    assert len(sine) < 2.005 * RATE
    # 0.1 Hz is 0.17 cents.
    assert abs(frequency(sine) - HZ) < 0.1
