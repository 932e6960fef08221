"""PCM files written by sox and ffmpeg are played bit for bit, from a file and from a pipe."""

import subprocess

import pytest
from lab.plugins import Plugins
from lab.program import aloud, output_of
from lab.sound import noise

RATE = 22050

# The options of sox for each kind of sample, and ffmpeg's name for it in little-endian order.
KINDS = {
    "U8": ("-e unsigned -b 8", "u8"),
    "S8": ("-e signed -b 8", "s8"),
    "S16": ("-e signed -b 16", "s16le"),
    "S24_3": ("-e signed -b 24", "s24le"),
    "S32": ("-e signed -b 32", "s32le"),
    "FLOAT": ("-e float -b 32", "f32le"),
    "FLOAT64": ("-e float -b 64", "f64le"),
    "A_LAW": ("-e a-law -b 8", "alaw"),
    "MU_LAW": ("-e mu-law -b 8", "mulaw"),
}
ORDERED = ("S16", "S24_3", "S32", "FLOAT", "FLOAT64")


def sox_kind(kind):
    return KINDS[kind][0].split()


def ffmpeg_kind(kind, order):
    name = KINDS[kind][1]
    return name.replace("le", "be") if order == "big" else name


@pytest.fixture
def plugins(tmp_path):
    return Plugins(tmp_path)


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """Half a second of noise, as a WAV of 24 bits, which a float holds exactly."""
    return noise("S24_3LE", RATE, 2, seconds=0.5, after=0).wav(tmp_path_factory.mktemp("source") / "noise.wav")


def output(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True).stdout


def raw_samples(file, kind, order):
    """The samples in a file, copied by ffmpeg."""
    return output("ffmpeg", "-v", "error", "-i", file, "-c:a", "copy", "-f", ffmpeg_kind(kind, order), "-")


def converted(source, kind, order, *effects):
    """The source, converted by sox."""
    return output("sox", source, "-D", "-t", "raw", *sox_kind(kind), *endian(kind, order), "-", *effects)


def endian(kind, order):
    return [f"--endian={order}"] if kind in ORDERED else []


def assert_plays(plugins, file, sound, kind, order, rate=RATE, channels=2):
    name = kind + ("" if kind not in ORDERED else "_LE" if order == "little" else "_BE")
    name = name.replace("S24_3_", "S24_3")
    for words in ([file], ["-"]):
        stdin = b"" if words == [file] else file.read_bytes()
        result = aloud("play", "--json", "--exact", "-D", "tap", *words, stdin=stdin, environment=plugins.environment)
        assert result.status == 0, result.stderr
        spec = result.event("start")["requested"]
        assert (spec["format"], spec["rate"], spec["channels"]) == (name, rate, channels)
        assert plugins.played() == sound


@pytest.mark.parametrize("kind", ["U8", "S16", "S24_3", "S32", "FLOAT", "FLOAT64", "A_LAW", "MU_LAW"])
@pytest.mark.parametrize("container", ["wav", "w64", "rf64"])
def test_wav_w64_and_rf64(plugins, source, tmp_path, container, kind):
    file = tmp_path / f"x.{container}"
    if container == "rf64":
        codec = f"pcm_{ffmpeg_kind(kind, 'little')}"
        output_of("ffmpeg", "-v", "error", "-i", source, "-c:a", codec, "-rf64", "always", "-f", "wav", file)
        assert file.read_bytes().startswith(b"RF64")
    else:
        output_of("sox", source, "-D", *sox_kind(kind), file)
    assert_plays(plugins, file, raw_samples(file, kind, "little"), kind, "little")


@pytest.mark.parametrize("kind", ["U8", "S16", "S24_3", "S32", "FLOAT", "FLOAT64", "A_LAW", "MU_LAW"])
def test_a_big_endian_wav(plugins, source, tmp_path, kind):
    file = tmp_path / "x.wav"
    output_of("sox", source, "-D", "-B", *sox_kind(kind), file)
    assert file.read_bytes().startswith(b"RIFX")
    assert_plays(plugins, file, converted(source, kind, "big"), kind, "big")


@pytest.mark.parametrize("order", ["big", "little"])
@pytest.mark.parametrize("kind", ["S8", "S16", "S24_3", "S32", "FLOAT", "FLOAT64", "A_LAW", "MU_LAW"])
def test_au_in_both_byte_orders(plugins, source, tmp_path, kind, order):
    file = tmp_path / "x.au"
    output_of("sox", source, "-D", *sox_kind(kind), f"--endian={order}", "--comment", "odd", file)
    assert file.read_bytes()[:4] == (b".snd" if order == "big" else b"\0ds.")
    assert_plays(plugins, file, converted(source, kind, order), kind, order)


@pytest.mark.parametrize("kind", ["S16", "MU_LAW"])
@pytest.mark.parametrize("container, order", [("au", "big"), ("w64", "little"), ("wav", "little")])
def test_a_file_streamed_by_ffmpeg(plugins, source, tmp_path, container, kind, order):
    """The lengths in its header are wrong."""
    file = tmp_path / "x"
    codec = f"pcm_{ffmpeg_kind(kind, order)}"
    file.write_bytes(output("ffmpeg", "-v", "error", "-i", source, "-c:a", codec, "-f", container, "pipe:1"))
    sound = output("ffmpeg", "-v", "error", "-i", source, "-c:a", codec, "-f", ffmpeg_kind(kind, order), "-")
    assert_plays(plugins, file, sound, kind, order)


# The old kind of block has the frame time in whole microseconds: 22222 Hz instead of 22050 Hz.
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("kind", ["U8", "S16", "A_LAW", "MU_LAW"])
def test_a_voc_file_from_ffmpeg(plugins, source, tmp_path, kind, channels):
    file = tmp_path / "x.voc"
    codec = ffmpeg_kind(kind, "little")
    output_of("ffmpeg", "-v", "error", "-i", source, "-ac", channels, "-c:a", f"pcm_{codec}", file)
    rate = 22222 if kind == "U8" and channels == 1 else RATE
    assert_plays(plugins, file, raw_samples(file, kind, "little"), kind, "little", rate, channels)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("kind", ["U8", "S16"])
def test_a_voc_file_from_sox(plugins, source, tmp_path, kind, channels):
    """Including the last frame, which sox and ffmpeg do not read if it has 16 bits."""
    file = tmp_path / "x.voc"
    remix = ["remix", *range(1, channels + 1)]
    output_of("sox", source, "-D", *sox_kind(kind), file, *remix)
    rate = 22222 if kind == "U8" and channels == 1 else RATE
    assert_plays(plugins, file, converted(source, kind, "little", *remix), kind, "little", rate, channels)


@pytest.mark.parametrize("name", ["x.au", "x.w64", "x.voc"])
def test_a_truncated_file_is_played_to_its_end_and_reported(plugins, source, tmp_path, name):
    file = tmp_path / name
    output_of("sox", source, "-D", "-b", 16, file)
    sound = raw_samples(file, "S16", "big" if name == "x.au" else "little")
    file.write_bytes(file.read_bytes()[:-1001])
    result = aloud("play", "-q", "-D", "tap", file, environment=plugins.environment)
    assert result.status == 10
    assert result.stderr.startswith(f"aloud: '{file}' is truncated: ") and len(result.stderr.splitlines()) == 1
    played = plugins.played()
    assert sound.startswith(played) and len(sound) - 1020 < len(played) < len(sound)
