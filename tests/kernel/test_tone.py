"""The tone at the far end of a cable is the one requested: exact in frequency, pure, and on one speaker at a time if
that was requested."""

import signal

import numpy
import pytest
from lab import cards
from lab.groups import CAPTURE, PLAYBACK, frames_of, wait_until_all_run
from lab.program import ALOUD, Running, aloud, wait_until

RATE = 48000
TYPES = {"S16_LE": ("<i2", 2**15), "S32_LE": ("<i4", 2**31), "FLOAT_LE": ("<f4", 1)}


class Recording:
    """What arecord writes at the far end of the cable."""

    def __init__(self, path, format, channels):
        self.path, self.channels = path, channels
        self.type, self.scale = TYPES[format]

    def samples(self):
        """From the first frame that is not silent until now: one row per channel, full scale is 1.0."""
        data = numpy.frombuffer(self.path.read_bytes(), self.type)
        frames = data[: len(data) // self.channels * self.channels].reshape(-1, self.channels)
        audible = frames.any(axis=1)
        return frames[audible.argmax() :].T / self.scale if audible.any() else frames[:0].T

    def wait_for(self, seconds):
        """Waits for that many seconds of sound, and returns them."""
        count = int(seconds * RATE)
        wait_until(lambda: self.samples().shape[1] >= count, f"{seconds} s of sound")
        return self.samples()[:, :count]


def record_tone(folder, seconds, *options, format="S16_LE", channels=2):
    """That many seconds of a tone, and aloud's result."""
    path = folder / "recorded"
    # A second more than needed: the cable drops what is played just before the end.
    tone = ["tone", "--json", "-D", "hw:Loopback,0,0", "-f", format, "-c", channels, "-d", seconds + 1]
    with cards.recorder(path, "-f", format, "-r", RATE, "-c", channels):
        result = aloud(*tone, *options)
        assert result.status == 0, result.stderr
        assert result.event("end")["xruns"] == 0
        return Recording(path, format, channels).wait_for(seconds), result


def fit_sine(samples, hz):
    """The amplitude of the sine of this frequency that fits best, and the rest of the signal."""
    angle = 2 * numpy.pi * hz / RATE * numpy.arange(len(samples))
    basis = numpy.stack([numpy.sin(angle), numpy.cos(angle)], axis=1)
    (sine, cosine), *_ = numpy.linalg.lstsq(basis, samples, rcond=None)
    return numpy.hypot(sine, cosine), samples - basis @ [sine, cosine]


def spectrum(samples):
    """The amplitude in each bin, through a window whose side lobes are far below anything measured here."""
    count = len(samples)
    angle = 2 * numpy.pi * numpy.arange(count) / count
    # Blackman-Harris with seven terms: side lobes at -180 dB.
    terms = [0.27105140069342, 0.43329793923448, 0.21812299954311, 0.06592544638803,
             0.01081174209837, 0.00077658482522, 0.00001388721735]  # fmt: skip
    window = sum((-1) ** k * term * numpy.cos(k * angle) for k, term in enumerate(terms))
    return numpy.abs(numpy.fft.rfft(samples * window)) * 2 / window.sum()


def decibels(ratio):
    return 20 * numpy.log10(ratio)


def frequency(samples, amplitudes):
    """The frequency of the highest line, corrected by its change of phase from one half of the samples to the other."""
    half = len(samples) // 2
    line = amplitudes.argmax() * RATE / len(samples)
    wave = numpy.exp(-2j * numpy.pi * line / RATE * numpy.arange(2 * half))
    window = numpy.hanning(half)
    first, second = ((samples[part] * wave[part] * window).sum() for part in (slice(half), slice(half, 2 * half)))
    return line + numpy.angle(second / first) / (2 * numpy.pi * half / RATE)


@pytest.mark.parametrize("format, max_db", [("S16_LE", -90), ("S32_LE", -140), ("FLOAT_LE", -140)])
def test_a_sine_is_exact_and_pure(tmp_path, format, max_db):
    hz = 997.37
    (left, right), _ = record_tone(tmp_path, 11, "--sine", hz, format=format)
    if format == "FLOAT_LE":  # in other formats each channel has its own dither
        assert (left == right).all()
    steady = left[RATE // 10 : RATE // 10 + 10 * RATE]
    amplitudes = spectrum(steady)
    assert abs(frequency(steady, amplitudes) - hz) < 0.0001
    amplitude, rest = fit_sine(steady, hz)
    assert abs(decibels(amplitude) + 20) < 0.001
    for harmonic in range(2, 21):
        line = round(harmonic * hz * len(steady) / RATE)
        assert decibels(amplitudes[line - 3 : line + 4].max() / amplitude) < max_db, harmonic
    if format != "S16_LE":
        # The same limit for everything except the sine, including noise. In 16 bits there is half a step of dither.
        assert decibels(rest.std() * 2**0.5 / amplitude) < max_db


def test_speakers_play_one_at_a_time(tmp_path):
    samples, result = record_tone(tmp_path, 6, "--speakers", format="S32_LE", channels=4)
    # The fade starts some frames before its first sample that is not zero.
    for second in range(6):
        part = samples[:, second * RATE + 100 : (second + 1) * RATE - 100]
        loud = [abs(channel).max() > 0.09 for channel in part]
        assert loud == [channel == second % 4 for channel in range(4)]
        assert all(not channel.any() for channel, sounds in zip(part, loud) if not sounds)
    reported = [(event["index"], event["frames"]) for event in result.events("speaker")]
    assert reported == [(second % 4, second * RATE) for second in range(7)]


def test_one_speaker_plays_alone(tmp_path):
    samples, result = record_tone(tmp_path, 2, "--speaker", 2, "--white")
    assert not samples[0].any()
    assert abs(samples[1]).max() > 0.1
    assert result.event("speaker")["index"] == 1


def test_pink_noise_falls_by_3_db_per_octave(tmp_path):
    (left, right), _ = record_tone(tmp_path, 12, "--pink", format="FLOAT_LE")
    assert abs(decibels((left**2).mean() ** 0.5) + 20) < 0.5
    assert abs(numpy.corrcoef(left, right)[0, 1]) < 0.2
    power = numpy.abs(numpy.fft.rfft(left)) ** 2
    hz = numpy.fft.rfftfreq(len(left), 1 / RATE)
    # Whole octaves from 58 Hz to 15 kHz must have the same power.
    octaves = [power[(hz >= low) & (hz < 2 * low)].sum() for low in 58.6 * 2.0 ** numpy.arange(8)]
    levels = 10 * numpy.log10(octaves)
    assert abs(levels - levels.mean()).max() < 1


def test_nothing_clicks(tmp_path):
    """At the start and between speakers, there are no more high frequencies than in the middle of the sine."""
    samples, _ = record_tone(tmp_path, 3, "--speakers", "--sine", 300, format="FLOAT_LE")
    both = samples.sum(axis=0)
    # The third difference shows jumps, and nearly nothing of 300 Hz and a fade.
    jumps = abs(numpy.diff(both, 3))
    assert jumps.max() < 3 * jumps[RATE // 4 : RATE // 2].max()


def test_without_a_duration_it_plays_until_interrupted():
    with Running(ALOUD, "tone", "--json", "-D", "hw:Dummy") as tone:
        tone.wait_for_event("progress")
        tone.process.terminate()
        result = tone.end()
    assert result.status == -15
    assert result.event("end")["why"] == "SIGTERM"


def test_an_unsupported_format_is_refused():
    result = aloud("tone", "--json", "-D", "hw:Dummy", "-d", 1, "-f", "S32_LE")
    assert (result.status, result.error()["kind"]) == (6, "unsupported")


def test_several_devices_play_the_same_tone(tmp_path):
    take = tmp_path / "take.wav"
    with Running(ALOUD, "record", *CAPTURE, take) as recorder:
        wait_until_all_run()
        result = aloud("tone", "--json", *PLAYBACK, "--speakers", "-d", 2.5)
        recorder.signal(signal.SIGINT)
        assert recorder.end().status == 0
    speakers = [event["index"] for event in result.events("speaker")]
    assert (result.status, len(result.event("start")["devices"]), speakers) == (0, 2, [0, 1, 0])
    heard = frames_of(take, 4)
    assert numpy.array_equal(heard[:, :2], heard[:, 2:]) and all(heard.any(axis=0))
