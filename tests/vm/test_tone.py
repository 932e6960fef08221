"""What is heard at the other end of a cable is the tone that was asked for: exact in frequency, pure, and on one
speaker at a time where that was asked for."""

from contextlib import contextmanager

import numpy
import pytest
from lab import cards
from lab.program import ALOUD, Running, aloud, wait_until

RATE = 48000
TYPES = {"S16_LE": ("<i2", 2**15), "S32_LE": ("<i4", 2**31), "FLOAT_LE": ("<f4", 1)}


class Heard:
    """What a recorder at the other end of the cable writes."""

    def __init__(self, path, format, channels):
        self.path, self.channels = path, channels
        self.type, self.scale = TYPES[format]

    def samples(self):
        """So far, from the first frame that is not silent; channel by channel, full scale 1.0."""
        data = numpy.frombuffer(self.path.read_bytes(), self.type)
        frames = data[: len(data) // self.channels * self.channels].reshape(-1, self.channels)
        sounding = frames.any(axis=1)
        return frames[sounding.argmax() :].T / self.scale if sounding.any() else frames[:0].T

    def wait_for(self, seconds):
        """That many seconds of sound, channel by channel."""
        count = int(seconds * RATE)
        return wait_until(lambda: self.enough(count), f"{seconds} s to be heard")[:, :count]

    def enough(self, count):
        samples = self.samples()
        return samples if samples.shape[1] >= count else None


@contextmanager
def recorder(path, format, channels):
    options = ["-q", "-t", "raw", "-f", format, "-r", RATE, "-c", channels]
    sizes = ["--buffer-size=96000", "--period-size=4800"]
    with Running("arecord", "-D", "hw:Loopback,1,0", *options, *sizes, path) as running:
        cards.wait_for_state("Loopback", "pcm1c", "RUNNING")
        yield Heard(path, format, channels)
        running.process.terminate()
        assert "overrun" not in running.end().stderr, "the lab's recorder could not keep up"


def heard(folder, seconds, *options, format="S16_LE", channels=2):
    """So many seconds of a tone. The emulation may stall so long that a buffer runs dry: that is played again."""
    # The cable loses what is played just before its end, so it goes on for longer than is wanted.
    words = ["--json", "-D", "hw:Loopback,0,0", "-f", format, "-c", channels, "-d", seconds + 1]
    for attempt in range(3):
        with recorder(folder / f"heard{attempt}", format, channels) as ear:
            result = aloud("tone", *words, *options)
            assert result.status == 0, result.stderr
            if result.event("end")["xruns"] == 0:
                return ear.wait_for(seconds), result
    raise AssertionError("an xrun each time")


def fitted(samples, hz):
    """The sine of a frequency that fits best, and what it leaves."""
    angle = 2 * numpy.pi * hz / RATE * numpy.arange(len(samples))
    basis = numpy.stack([numpy.sin(angle), numpy.cos(angle)], axis=1)
    (sine, cosine), *_ = numpy.linalg.lstsq(basis, samples, rcond=None)
    return numpy.hypot(sine, cosine), samples - basis @ [sine, cosine]


def spectrum(samples):
    """Amplitudes, one for each bin, through a window whose skirts are far below anything measured here."""
    count = len(samples)
    angle = 2 * numpy.pi * numpy.arange(count) / count
    # Blackman-Harris with seven terms: -180 dB beside its main lobe.
    terms = [0.27105140069342, 0.43329793923448, 0.21812299954311, 0.06592544638803,
             0.01081174209837, 0.00077658482522, 0.00001388721735]  # fmt: skip
    window = sum((-1) ** k * term * numpy.cos(k * angle) for k, term in enumerate(terms))
    return numpy.abs(numpy.fft.rfft(samples * window)) * 2 / window.sum()


def decibels(ratio):
    return 20 * numpy.log10(ratio)


def frequency(samples, around):
    """By how far the phase of `around` moves from one half to the other."""
    half = len(samples) // 2
    wave = numpy.exp(-2j * numpy.pi * around / RATE * numpy.arange(2 * half))
    window = numpy.hanning(half)
    first, second = ((samples[part] * wave[part] * window).sum() for part in (slice(half), slice(half, 2 * half)))
    return around + numpy.angle(second / first) / (2 * numpy.pi * half / RATE)


@pytest.mark.parametrize("format, most", [("S16_LE", -90), ("S32_LE", -140), ("FLOAT_LE", -140)])
def test_a_sine_is_exact_and_pure(tmp_path, format, most):
    hz = 997.3
    (left, right), _ = heard(tmp_path, 11, "--sine", hz, format=format)
    assert (left == right).all() or format != "FLOAT_LE"
    steady = left[RATE // 10 : RATE // 10 + 10 * RATE]
    assert abs(frequency(steady, 997) - hz) < 0.0001
    amplitudes = spectrum(steady)
    base = amplitudes.max()
    assert abs(decibels(base) + 20) < 0.01
    for harmonic in range(2, 21):
        at = round(harmonic * hz * 10)
        assert decibels(amplitudes[at - 3 : at + 4].max() / base) < most, harmonic
    if format != "S16_LE":
        # No more is left of all that is not the sine, noise and all. In 16 bit there is the dither's half step.
        amplitude, rest = fitted(steady, hz)
        assert decibels(rest.std() * 2**0.5 / amplitude) < most


def test_speakers_sound_one_at_a_time(tmp_path):
    samples, result = heard(tmp_path, 6, "--speakers", format="S32_LE", channels=4)
    # The first fade has begun some frames before its first sample that is not zero.
    for second in range(6):
        turn = samples[:, second * RATE + 100 : (second + 1) * RATE - 100]
        loud = [abs(channel).max() > 0.09 for channel in turn]
        assert loud == [channel == second % 4 for channel in range(4)]
        assert all(not channel.any() for channel, sounds in zip(turn, loud) if not sounds)
    told = [(event["channel"], event["frames"]) for event in result.events() if event["event"] == "speaker"]
    assert told == [(turn % 4 + 1, turn * RATE) for turn in range(7)]


def test_one_speaker_sounds_alone(tmp_path):
    samples, result = heard(tmp_path, 2, "--speaker", 2, "--white")
    assert not samples[0].any()
    assert abs(samples[1]).max() > 0.1
    assert result.event("speaker")["channel"] == 2


def test_speakers_have_the_names_that_the_card_gives_them():
    result = aloud("tone", "--json", "-D", "hw:HDA", "--speakers", "-d", 2)
    told = [(event["position"], event["name"]) for event in result.events() if event["event"] == "speaker"]
    assert told == [("FL", "Front Left"), ("FR", "Front Right")]


def test_pink_noise_falls_by_3_db_an_octave(tmp_path):
    (left, right), _ = heard(tmp_path, 12, "--pink", format="FLOAT_LE")
    assert abs(decibels((left**2).mean() ** 0.5) + 20) < 0.5
    assert abs(numpy.corrcoef(left, right)[0, 1]) < 0.2
    power = numpy.abs(numpy.fft.rfft(left)) ** 2
    hz = numpy.fft.rfftfreq(len(left), 1 / RATE)
    # Whole octaves from 58 Hz to 15 kHz: each is to have the same power.
    octaves = [power[(hz >= low) & (hz < 2 * low)].sum() for low in 58.6 * 2.0 ** numpy.arange(8)]
    levels = 10 * numpy.log10(octaves)
    assert abs(levels - levels.mean()).max() < 1


def test_nothing_clicks(tmp_path):
    """Where it begins, and from one speaker to the next, it is no louder above the sine than in its midst."""
    samples, _ = heard(tmp_path, 3, "--speakers", "--sine", 300, format="FLOAT_LE")
    both = samples.sum(axis=0)
    # The third difference brings out a jump, and leaves nearly nothing of 300 Hz and of a fade.
    jumps = abs(numpy.diff(both, 3))
    assert jumps.max() < 3 * jumps[RATE // 4 : RATE // 2].max()


def test_without_a_length_it_goes_on_until_it_is_stopped():
    with Running(ALOUD, "tone", "--json", "-D", "hw:Dummy") as tone:
        tone.wait_for_event("progress")
        tone.process.terminate()
        result = tone.end()
    assert result.status == -15
    assert result.event("end")["why"] == "SIGTERM"


@pytest.mark.parametrize("device, options", [("hw:Dummy", ["-f", "S32_LE"]), ("hw:AC97", ["-c", 1])])
def test_what_a_card_cannot_play_is_refused(device, options):
    result = aloud("tone", "--json", "-D", device, "-d", 1, *options)
    assert result.status == 6
    assert result.error()["kind"] == "unsupported"
