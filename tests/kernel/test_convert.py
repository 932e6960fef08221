"""What a card does not support is converted. snd-aloop runs at the rate of the side that was opened first."""

import numpy
import pytest
from lab import cards
from lab.program import Running, aloud
from lab.sine import purity, write_sine
from lab.sound import noise

RATE = 48000


@pytest.mark.parametrize(
    "format, rate, channels, conversion",
    [
        ("S32_LE", 44100, 2, "S32_LE → S16_LE (dither)"),
        ("S24_3LE", 96000, 6, "96000 Hz, S24_3LE, 6 channels → 48000 Hz, S16_LE, 2 channels"),
    ],
)
def test_any_format_plays_on_the_card(tmp_path, format, rate, channels, conversion):
    sound = noise(format, rate, channels, seconds=0.3, after=0)
    result = aloud("play", "--json", "-D", "hw:Dummy", sound.wav(tmp_path / "noise.wav"))
    assert result.status == 0, result.stderr
    assert result.event("end")["xruns"] == 0
    assert result.event("start")["conversion"].startswith(conversion)
    played = result.event("start")["configured"]["rate"]
    assert abs(result.event("end")["frames"] - sound.frames * played / rate) <= 0.5


def test_a_recording_is_resampled_if_the_source_has_another_rate(tmp_path):
    file = write_sine(tmp_path / "sine.wav", 997, RATE, 30)
    take = tmp_path / "take.raw"
    with Running("aplay", "-q", "-D", "hw:Loopback,0,0", "-B", 1_000_000, file) as player:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        device = ["-D", "hw:Loopback,1,0", "-t", "raw"]
        refused = aloud("record", "--json", "--exact", *device, "-r", 44_100, "-d", 1, take)
        result = aloud("record", "--json", *device, "-r", 44_100, "-d", 2, take)
        player.process.terminate()
    assert (refused.status, refused.error()["kind"]) == (6, "unsupported")
    assert result.status == 0, result.stderr
    assert result.event("start")["conversion"].startswith("48000 Hz")
    left = numpy.frombuffer(take.read_bytes(), "<i2")[::2].astype(float)
    assert (len(left), result.event("end")["frames"]) == (88_200, 88_200)
    assert result.event("end")["xruns"] == 0
    assert purity(left[22_050:66_150], 997 / 44_100) > 75
