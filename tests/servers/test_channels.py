"""Surround sound on servers, whose plugins report no channel map or ignore one that is set: no channel is exchanged."""

import signal
import time

import numpy
import pytest
from lab.numbered import RATE
from lab.program import ALOUD, Running, output_of, run

# A WAV's order.
POSITIONS = {
    3: "front-left,front-right,front-center",
    4: "front-left,front-right,rear-left,rear-right",
    5: "front-left,front-right,front-center,rear-left,rear-right",
    6: "front-left,front-right,front-center,lfe,rear-left,rear-right",
    8: "front-left,front-right,front-center,lfe,rear-left,rear-right,side-left,side-right",
}

# PulseAudio's plugin has no rear center.
SEVEN = {7: "front-left,front-right,front-center,lfe,rear-center,side-left,side-right"}

# The same in ffmpeg's words.
LAYOUTS = {3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


def spectrum(path, channels):
    """The spectrum of each channel of a raw recording."""
    data = path.read_bytes()
    samples = numpy.frombuffer(data[: len(data) // (2 * channels) * 2 * channels], dtype="<i2").reshape(-1, channels)
    return numpy.abs(numpy.fft.rfft(samples.astype(float), 1 << 19, axis=0))


def pitches(path, channels):
    """The pitch of each channel of a raw recording, in Hz."""
    return (spectrum(path, channels).argmax(axis=0) * RATE / (1 << 19)).round(-1).tolist()


@pytest.fixture
def surround(request, tmp_path, pulse_server):
    """A file with a pitch for each channel, and an environment in which it is played on a sink of these channels."""
    channels = request.param
    file = make_file(tmp_path, channels)
    name = f"surround{channels}"
    options = [f"sink_name={name}", f"channels={channels}", f"channel_map={(POSITIONS | SEVEN)[channels]}", "format=s16le", f"rate={RATE}"]
    assert pulse_server.pactl("load-module", "module-null-sink", *options).status == 0
    yield file, channels, {**pulse_server.environment, "PULSE_SINK": name, "PULSE_SOURCE": f"{name}.monitor"}


def make_file(folder, channels):
    """A WAV with another tone in each channel."""
    tones = [word for channel in range(channels) for word in ("sine", 400 + 100 * channel)]
    raw, file = folder / "sound.raw", folder / f"sound{channels}.wav"
    form = ["-r", RATE, "-c", channels, "-b", 16, "-e", "signed"]
    output_of("sox", "-n", *form, raw, "synth", 1.5, *tones, "gain", -12, "pad", 0.5, 0.5)
    # SoX does not write positions of 3, 5 and 7 channels.
    form = ["-f", "s16le", "-ar", RATE, "-ac", channels, "-channel_layout", LAYOUTS[channels]]
    output_of("ffmpeg", "-v", "error", *form, "-i", raw, file)
    return file


@pytest.mark.parametrize("surround", POSITIONS, indirect=True)
def test_channels_are_played_as_paplay_plays_them(tmp_path, surround):
    file, channels, environment = surround
    expected = [400 + 100 * channel for channel in range(channels)]
    form = ["--raw", "--format=s16le", f"--rate={RATE}", f"--channels={channels}", f"--channel-map={POSITIONS[channels]}"]
    for words in (["paplay", f"--channel-map={POSITIONS[channels]}"], [ALOUD, "play"]):
        heard = tmp_path / "heard.raw"
        with Running("parec", *form, heard, environment=environment):
            time.sleep(1)
            assert run(*words, file, environment=environment).status == 0
            time.sleep(2)
        assert pitches(heard, channels) == expected, words


@pytest.mark.parametrize("surround", SEVEN, indirect=True)
def test_the_rear_center_is_heard_on_the_left_and_right_of_the_listener(tmp_path, surround):
    file, channels, environment = surround
    heard = tmp_path / "heard.raw"
    form = ["--raw", "--format=s16le", f"--rate={RATE}", f"--channels={channels}", f"--channel-map={SEVEN[channels]}"]
    with Running("parec", *form, heard, environment=environment):
        time.sleep(1)
        assert run(ALOUD, "play", file, environment=environment).status == 0
        time.sleep(2)
    found = pitches(heard, channels)
    assert found[:4] + found[5:] == [400, 500, 600, 700, 900, 1000]
    loudest, at = spectrum(heard, channels), round(800 * (1 << 19) / RATE)
    levels = loudest[at - 50 : at + 50].max(axis=0) / loudest.max(axis=0)
    assert levels[5:].min() > 0.05, levels


@pytest.mark.parametrize("surround", POSITIONS, indirect=True)
def test_channels_are_recorded_in_the_order_of_the_file(tmp_path, surround):
    file, channels, environment = surround
    take, raw = tmp_path / "take.wav", tmp_path / "take.raw"
    with Running(ALOUD, "record", "-c", channels, "-d", 4, take, environment=environment) as recorder:
        time.sleep(1)
        assert run("paplay", f"--channel-map={POSITIONS[channels]}", file, environment=environment).status == 0
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


PIPEWIRE_POSITIONS = {
    3: "FL,FR,FC",
    4: "FL,FR,RL,RR",
    5: "FL,FR,FC,RL,RR",
    6: "FL,FR,FC,LFE,RL,RR",
    7: "FL,FR,FC,LFE,RC,SL,SR",
    8: "FL,FR,FC,LFE,RL,RR,SL,SR",
}


@pytest.mark.parametrize("channels", PIPEWIRE_POSITIONS)
def test_channels_of_pipewire_are_not_exchanged(tmp_path, own_pipewire, channels):
    file, expected = make_file(tmp_path, channels), [400 + 100 * channel for channel in range(channels)]
    positions = PIPEWIRE_POSITIONS[channels]
    own_pipewire.add_sink("surround", positions)
    own_pipewire.set_default("surround")
    form = ["--rate", RATE, "--format", "s16", "--channels", channels, "--channel-map", positions]
    record = ["pw-record", "-P", "{ stream.capture.sink=true }", "--target", "surround", *form]
    for take, words, player in (
        ("played.wav", record, [ALOUD, "play"]),
        ("mapped.wav", record, [ALOUD, "as", "aplay", "-q", "-m", positions]),
        ("recorded.wav", [ALOUD, "record", "-c", channels], ["pw-play"]),
    ):
        take, raw = tmp_path / take, tmp_path / "take.raw"
        with Running(*words, take, environment=own_pipewire.recording) as recorder:
            time.sleep(1)
            assert run(*player, file, environment=own_pipewire.environment).status == 0
            time.sleep(1)
            recorder.signal(signal.SIGINT)
            recorder.end()
        output_of("sox", take, "-t", "raw", raw)
        assert pitches(raw, channels) == expected, words
