"""What a card cannot do as it is is converted: at the right pitch, and purer than by alsa-lib's own plugins.

The emulated USB card runs at 48 kHz, S16_LE, two channels, and nothing else; snd-aloop runs at the rate of the side that
opened it first.
"""

import struct

import numpy
import pytest
from lab import cards, qemu
from lab.program import Running, aloud, output_of, wait_until
from lab.sound import assert_contains, noise

RATE = 48000


def sine(path, hz, rate, seconds, channels=2, bits=16, after=0.25):
    """A WAV of half of full scale that begins at zero, and silence after it."""
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
    """The sine of so many cycles a sample over all else, in dB, by least squares."""
    angle = 2 * numpy.pi * cycles * numpy.arange(len(samples))
    basis = numpy.stack([numpy.sin(angle), numpy.cos(angle)], axis=1)
    found, *_ = numpy.linalg.lstsq(basis, samples, rcond=None)
    rest = samples - basis @ found
    return 10 * numpy.log10((samples @ samples - rest @ rest) / (rest @ rest))


def played_on_usb(play):
    """The left channel of what `play` makes the card play, from its first sample that is not silent."""
    before = len(qemu.played("USB"))
    play()
    left = numpy.frombuffer(qemu.played("USB")[before:], "<i2")[::2].astype(float)
    # Dither sounds in the silence too, by a step or two.
    return left[(abs(left) > 3).argmax() :]


def play(*arguments):
    """Plays, and gives the events. The emulation may stall so long that a buffer runs dry: that is played again."""
    for _ in range(3):
        result = aloud("play", "--json", *arguments)
        assert result.status == 0, result.stderr
        (end,) = [event for event in result.events() if event["event"] == "end"]
        if end["xruns"] == 0:
            return result
    raise AssertionError("an xrun each time")


def conversions(result):
    return [event["conversion"] for event in result.events() if event["event"] == "start"]


def test_44_1_khz_is_heard_at_its_pitch_and_purer_than_aplay_makes_it(tmp_path):
    file = sine(tmp_path / "sine.wav", 10_000, 44_100, 1)
    results = []
    ours = played_on_usb(lambda: results.append(play("-D", "hw:USB", file)))
    theirs = played_on_usb(lambda: output_of("aplay", "-q", "-D", "plughw:USB", file))
    assert conversions(results[-1]) == ["44100 Hz → 48000 Hz (resample best, dither)"]
    assert results[-1].event("end")["frames"] == 60_000
    middle = slice(4000, 44_000)
    ours, theirs = purity(ours[middle], 10_000 / RATE), purity(theirs[middle], 10_000 / RATE)
    # 16 bit with dither leave 87 dB to a sine of half of full scale.
    assert ours > 80, (ours, theirs)
    assert theirs < 40, (ours, theirs)


@pytest.mark.parametrize("device", ["default:USB", "plughw:USB"])
def test_alsa_libs_plugins_do_not_resample_in_our_place(tmp_path, device):
    file = sine(tmp_path / "sine.wav", 10_000, 44_100, 0.5)
    results = []
    heard = played_on_usb(lambda: results.append(play("-D", device, file)))
    assert results[-1].event("start")["realised"]["rate"] == RATE
    assert conversions(results[-1])[0].startswith("44100 Hz")
    # dmix, behind `default`, drops some of what it is given where the emulation stalls, whoever plays.
    if device.startswith("plug"):
        assert purity(heard[4000:20_000], 10_000 / RATE) > 80


def test_files_of_two_rates_are_one_sound_to_the_card(tmp_path):
    # 440 Hz fits a whole number of times into half a second.
    one = sine(tmp_path / "1.wav", 440, 44_100, 0.5, after=0)
    two = sine(tmp_path / "2.wav", 440, 48_000, 0.5)
    results = []
    heard = played_on_usb(lambda: results.append(play("-D", "hw:USB", one, two)))
    assert conversions(results[-1]) == ["44100 Hz → 48000 Hz (resample best, dither)", None]
    assert purity(heard[4000:44_000], 440 / RATE) > 60


def test_mono_is_heard_on_both_sides_bit_for_bit(tmp_path):
    sound = noise(channels=1, seconds=0.3, after=0)
    result = play("-D", "hw:AC97", sound.wav(tmp_path / "mono.wav"))
    assert conversions(result) == ["1 channel → 2 channels"]
    stereo = noise(seconds=0)
    both = b"".join(sound.signal[at : at + 2] * 2 for at in range(0, len(sound.signal), 2))
    heard = type(stereo)("S16_LE", RATE, 2, b"", both, b"")
    assert_contains(heard, qemu.played("AC97"))


@pytest.mark.parametrize(
    "device, format, rate, channels, told",
    [
        ("hw:AC97", "S24_3LE", 48000, 2, "S24_3LE → S16_LE (dither)"),
        ("hw:AC97", "FLOAT_LE", 96000, 1, "96000 Hz, FLOAT_LE, 1 channel → 48000 Hz, S16_LE, 2 channels"),
        ("hw:Dummy", "S32_LE", 44100, 2, "S32_LE → S16_LE (dither)"),
        ("hw:Dummy", "S24_3LE", 96000, 6, "96000 Hz, S24_3LE, 6 channels → 48000 Hz, S16_LE, 2 channels"),
        ("hw:USB", "U8", 22050, 1, "22050 Hz, U8, 1 channel → 48000 Hz, S16_LE, 2 channels"),
    ],
)
def test_every_kind_of_file_plays_on_every_card(tmp_path, device, format, rate, channels, told):
    sound = noise(format, rate, channels, seconds=0.3, after=0)
    result = play("-D", device, sound.wav(tmp_path / "noise.wav"))
    (conversion,) = conversions(result)
    assert conversion.startswith(told)
    played = result.event("start")["realised"]["rate"]
    assert abs(result.event("end")["frames"] - sound.frames * played / rate) <= 0.5


def test_a_recording_is_resampled_where_the_source_has_another_rate(tmp_path):
    file = sine(tmp_path / "sine.wav", 997, RATE, 30)
    take = tmp_path / "take.raw"
    with Running("aplay", "-q", "-D", "hw:Loopback,0,0", "-B", 1_000_000, file) as player:
        wait_until(lambda: cards.state("Loopback", "pcm0p") == "RUNNING", "the player to begin")
        device = ["-D", "hw:Loopback,1,0", "-t", "raw"]
        refused = aloud("record", "--json", "--exact", *device, "-r", 44_100, "-d", 1, take)
        result = aloud("record", "--json", *device, "-r", 44_100, "-d", 2, take)
        player.process.terminate()
    assert (refused.status, refused.error()["kind"]) == (6, "unsupported")
    assert result.status == 0, result.stderr
    assert result.event("start")["conversion"].startswith("48000 Hz")
    left = numpy.frombuffer(take.read_bytes(), "<i2")[::2].astype(float)
    assert (len(left), result.event("end")["frames"]) == (88_200, 88_200)
    if result.event("end")["xruns"] == 0:
        assert purity(left[22_050:66_150], 997 / 44_100) > 75
