"""Surround sound on PulseAudio, whose plugin reports no channel map: no channel is exchanged."""

import time

import numpy
import pytest
from lab.numbered import RATE
from lab.program import ALOUD, Running, output_of, run

# A WAV's order.
POSITIONS = {
    4: "front-left,front-right,rear-left,rear-right",
    6: "front-left,front-right,front-center,lfe,rear-left,rear-right",
    8: "front-left,front-right,front-center,lfe,rear-left,rear-right,side-left,side-right",
}


def pitches(path, channels):
    """The pitch of each channel of a raw recording, in Hz."""
    data = path.read_bytes()
    samples = numpy.frombuffer(data[: len(data) // (2 * channels) * 2 * channels], dtype="<i2").reshape(-1, channels)
    spectrum = numpy.abs(numpy.fft.rfft(samples.astype(float), 1 << 19, axis=0))
    return (spectrum.argmax(axis=0) * RATE / (1 << 19)).round(-1).tolist()


@pytest.fixture
def surround(request, tmp_path, pulse_server):
    """A file with a pitch for each channel, and an environment in which it is played on a sink of these channels."""
    channels = request.param
    tones = [word for channel in range(channels) for word in ("sine", 400 + 100 * channel)]
    file = tmp_path / "sound.wav"
    output_of("sox", "-n", "-r", RATE, "-c", channels, "-b", 16, file, "synth", 1.5, *tones, "gain", -12, "pad", 0.5, 0.5)
    name = f"surround{channels}"
    options = [f"sink_name={name}", f"channels={channels}", f"channel_map={POSITIONS[channels]}", "format=s16le", f"rate={RATE}"]
    assert pulse_server.pactl("load-module", "module-null-sink", *options).status == 0
    yield file, channels, {**pulse_server.environment, "PULSE_SINK": name, "PULSE_SOURCE": f"{name}.monitor"}


@pytest.mark.parametrize("surround", POSITIONS, indirect=True)
def test_channels_are_played_as_paplay_plays_them(tmp_path, surround):
    file, channels, environment = surround
    expected = [400 + 100 * channel for channel in range(channels)]
    form = ["--raw", "--format=s16le", f"--rate={RATE}", f"--channels={channels}", f"--channel-map={POSITIONS[channels]}"]
    for words in (["paplay"], [ALOUD, "play"]):
        heard = tmp_path / "heard.raw"
        with Running("parec", *form, heard, environment=environment):
            time.sleep(1)
            assert run(*words, file, environment=environment).status == 0
            time.sleep(2)
        assert pitches(heard, channels) == expected, words


@pytest.mark.parametrize("surround", POSITIONS, indirect=True)
def test_channels_are_recorded_in_the_order_of_the_file(tmp_path, surround):
    file, channels, environment = surround
    take, raw = tmp_path / "take.wav", tmp_path / "take.raw"
    with Running(ALOUD, "record", "-c", channels, "-d", 4, take, environment=environment) as recorder:
        time.sleep(1)
        assert run("paplay", file, environment=environment).status == 0
        assert recorder.end().status == 0
    output_of("sox", take, "-t", "raw", raw)
    assert pitches(raw, channels) == [400 + 100 * channel for channel in range(channels)]


@pytest.mark.parametrize("surround", POSITIONS, indirect=True)
def test_aplay_leaves_the_channels_where_they_are(tmp_path, surround):
    file, channels, environment = surround
    heard = []
    for words in (["aplay"], [ALOUD, "as", "aplay"]):
        path = tmp_path / "heard.raw"
        form = ["--raw", "--format=s16le", f"--rate={RATE}", f"--channels={channels}", f"--channel-map={POSITIONS[channels]}"]
        with Running("parec", *form, path, environment=environment):
            time.sleep(1)
            assert run(*words, "-q", file, environment=environment).status == 0
            time.sleep(2)
        heard.append(pitches(path, channels))
    assert heard[0] == heard[1]
