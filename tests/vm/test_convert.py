"""What a card does not support is converted: at the right pitch, and purer than by alsa-lib's own plugins.

The emulated USB card supports only 48 kHz, S16_LE and two channels.
"""

import numpy
import pytest
from lab import qemu
from lab.program import aloud, output_of
from lab.sine import purity, write_sine
from lab.sound import Sound, assert_contains, noise

RATE = 48000


def played_on_usb(play):
    """The left channel of what the card plays during `play()`, from its first sample that is not silent."""
    before = len(qemu.played("USB"))
    play()
    left = numpy.frombuffer(qemu.played("USB")[before:], "<i2")[::2].astype(float)
    # With dither, silence has samples of a step or two.
    return left[(abs(left) > 3).argmax() :]


def play(*arguments):
    """Plays without an xrun, and returns the result."""
    result = aloud("play", "--json", *arguments)
    assert result.status == 0, result.stderr
    assert result.event("end")["xruns"] == 0
    return result


def conversions(result):
    return [event["conversion"] for event in result.events("start")]


def test_44_1_khz_has_the_right_pitch_and_is_purer_than_with_aplay(tmp_path):
    file = write_sine(tmp_path / "sine.wav", 10_000, 44_100, 1)
    results = []
    ours = played_on_usb(lambda: results.append(play("-D", "hw:USB", file)))
    theirs = played_on_usb(lambda: output_of("aplay", "-q", "-D", "plughw:USB", file))
    assert conversions(results[-1]) == ["44100 Hz → 48000 Hz (resample best, dither)"]
    assert results[-1].event("end")["frames"] == 60_000
    middle = slice(4000, 44_000)
    ours, theirs = purity(ours[middle], 10_000 / RATE), purity(theirs[middle], 10_000 / RATE)
    # 16 bits with dither leave 87 dB to a sine of half of full scale.
    assert ours > 80, (ours, theirs)
    assert theirs < 40, (ours, theirs)


@pytest.mark.parametrize("device", ["default:USB", "plughw:USB"])
def test_aloud_resamples_in_place_of_alsa_libs_plugins(tmp_path, device):
    file = write_sine(tmp_path / "sine.wav", 10_000, 44_100, 0.5)
    results = []
    samples = played_on_usb(lambda: results.append(play("-D", device, file)))
    assert results[-1].event("start")["configured"]["rate"] == RATE
    assert conversions(results[-1])[0].startswith("44100 Hz")
    # dmix, behind `default`, drops samples when the emulation stalls, whoever plays.
    if device.startswith("plug"):
        assert purity(samples[4000:20_000], 10_000 / RATE) > 80


def test_files_of_two_rates_follow_each_other(tmp_path):
    # 440 Hz has a whole number of cycles in half a second.
    one = write_sine(tmp_path / "1.wav", 440, 44_100, 0.5, after=0)
    two = write_sine(tmp_path / "2.wav", 440, 48_000, 0.5)
    results = []
    samples = played_on_usb(lambda: results.append(play("-D", "hw:USB", one, two)))
    assert conversions(results[-1]) == ["44100 Hz → 48000 Hz (resample best, dither)", None]
    assert purity(samples[4000:44_000], 440 / RATE) > 60


def test_mono_plays_on_both_channels_bit_for_bit(tmp_path):
    sound = noise(channels=1, seconds=0.3, after=0)
    result = play("-D", "hw:AC97", sound.wav(tmp_path / "mono.wav"))
    assert conversions(result) == ["1 channel → 2 channels"]
    both = b"".join(sound.signal[at : at + 2] * 2 for at in range(0, len(sound.signal), 2))
    assert_contains(Sound("S16_LE", RATE, 2, b"", both, b""), qemu.played("AC97"))


@pytest.mark.parametrize(
    "device, format, rate, channels, conversion",
    [
        ("hw:AC97", "S24_3LE", 48000, 2, "S24_3LE → S16_LE (dither)"),
        ("hw:AC97", "FLOAT_LE", 96000, 1, "96000 Hz, FLOAT_LE, 1 channel → 48000 Hz, S16_LE, 2 channels"),
        ("hw:USB", "U8", 22050, 1, "22050 Hz, U8, 1 channel → 48000 Hz, S16_LE, 2 channels"),
    ],
)
def test_any_format_plays_on_any_card(tmp_path, device, format, rate, channels, conversion):
    sound = noise(format, rate, channels, seconds=0.3, after=0)
    result = play("-D", device, sound.wav(tmp_path / "noise.wav"))
    assert conversions(result)[0].startswith(conversion)
    played = result.event("start")["configured"]["rate"]
    assert abs(result.event("end")["frames"] - sound.frames * played / rate) <= 0.5
