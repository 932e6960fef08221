"""FLAC recordings hold what was captured, decoded by flac, ffmpeg and sox, and other programs read the tags of every
container."""

import json
import os
import signal
import subprocess

import pytest
from lab.plugins import Plugins
from lab.program import ALOUD, Running, aloud, output_of, run, wait_until
from lab.sound import noise

FRAMES = 100_001
TAGS = {"title": "Frühling; \"der\" 1.", "artist": "Nobody & Co", "comment": "unchanged"}


@pytest.fixture
def plugins(tmp_path):
    return Plugins(tmp_path)


def record(plugins, *words):
    return aloud("record", "-q", "-D", "mic", "-s", FRAMES, *words, environment=plugins.environment)


def record_ok(plugins, *words):
    result = record(plugins, *words)
    assert result.status == 0, result.stderr


def decoded(file, signed=True):
    """The samples in a file that flac finds intact."""
    sign = "--sign=signed" if signed else "--sign=unsigned"
    output_of("flac", "-ts", file)
    command = ["flac", "-dcs", "--force-raw-format", "--endian=little", sign, file]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8])
@pytest.mark.parametrize("format", ["S8", "U8", "S16_LE", "S24_3LE", "S32_LE"])
def test_flac_decodes_what_was_captured(plugins, tmp_path, format, channels):
    width = {"S8": 1, "U8": 1, "S16_LE": 2, "S24_3LE": 3, "S32_LE": 4}[format]
    sound = noise("U8", seconds=1, after=0, channels=1).data
    sound = (sound * (FRAMES * width * channels // len(sound) + 1))[: FRAMES * width * channels]
    plugins.provide(sound)
    file = tmp_path / "take.flac"
    record_ok(plugins, "-f", format, "-c", channels, file)
    assert decoded(file, signed=format != "U8") == sound


@pytest.mark.parametrize("level", range(9))
def test_every_compression_level_is_lossless(plugins, tmp_path, level):
    tone = ["sox", "-D", "-n", "-r", 48000, "-b", 16, "-c", 2, "-t", "raw", "-", "synth", "2.2", "sine", "440", "pinknoise"]
    plugins.provide(subprocess.run(list(map(str, tone)), check=True, capture_output=True).stdout)
    file = tmp_path / "take.flac"
    record_ok(plugins, "--compression", level, file)
    assert decoded(file) == (tmp_path / "in.raw").read_bytes()[: 4 * FRAMES]
    assert file.stat().st_size < 4 * FRAMES * 0.8


def test_ffmpeg_and_sox_decode_what_was_captured(plugins, tmp_path):
    plugins.provide(noise(seconds=3, after=0).data)
    file = tmp_path / "take.flac"
    record_ok(plugins, file)
    sound = (tmp_path / "in.raw").read_bytes()[: 4 * FRAMES]
    by_ffmpeg = subprocess.run(["ffmpeg", "-v", "error", "-i", file, "-f", "s16le", "-"], check=True, capture_output=True)
    by_sox = subprocess.run(["sox", file, "-t", "raw", "-"], check=True, capture_output=True)
    assert (by_ffmpeg.stdout, by_ffmpeg.stderr) == (sound, b"")
    assert (by_sox.stdout, by_sox.stderr) == (sound, b"")
    assert output_of("metaflac", "--show-total-samples", file) == f"{FRAMES}\n"


def test_recording_into_a_pipe(plugins, tmp_path):
    plugins.provide(noise(seconds=3, after=0).data)
    command = [ALOUD, "record", "-q", "-D", "mic", "-t", "flac", "-s", str(FRAMES), "-"]
    piped = subprocess.run(command, check=True, capture_output=True, env={**os.environ, **plugins.environment}).stdout
    file = tmp_path / "piped.flac"
    file.write_bytes(piped)
    assert decoded(file) == (tmp_path / "in.raw").read_bytes()[: 4 * FRAMES]
    assert output_of("metaflac", "--show-total-samples", "--show-md5sum", file) == f"{FRAMES}\n{'0' * 32}\n"


def test_a_killed_recording_is_decoded_by_flac_and_further_by_ffmpeg(plugins, tmp_path):
    """ffmpeg continues past the length in the header, to the last complete block."""
    plugins.provide(noise(seconds=30, after=0).data)
    file = tmp_path / "take.flac"
    with Running(ALOUD, "record", "-q", "-D", "mic", file, environment=plugins.environment) as recorder:
        wait_until(lambda: file.exists() and file.read_bytes()[22:26].strip(b"\0"), "a checkpoint")
        recorder.signal(signal.SIGKILL)
        recorder.end()
    by_flac = decoded(file)
    by_ffmpeg = subprocess.run(["ffmpeg", "-v", "quiet", "-i", file, "-f", "s16le", "-"], capture_output=True).stdout
    assert len(by_flac) > 4 * 4096 and by_ffmpeg.startswith(by_flac)
    sound = (tmp_path / "in.raw").read_bytes()
    assert by_flac[: len(sound)] == sound[: len(by_flac)]


def test_split_files_joined_are_the_capture(plugins, tmp_path):
    plugins.provide(noise(seconds=3, after=0).data)
    record_ok(plugins, "--max-file-time", 0.5, tmp_path / "take.flac")
    files = sorted(tmp_path.glob("take*"))
    assert [file.name for file in files] == [f"take-0{number}.flac" for number in range(1, 6)]
    assert b"".join(decoded(file) for file in files) == (tmp_path / "in.raw").read_bytes()[: 4 * FRAMES]


def tags_of(file):
    """A file's tags, as ffprobe reads them."""
    shown = output_of("ffprobe", "-v", "error", "-show_format", "-of", "json", file)
    tags = json.loads(shown)["format"].get("tags", {})
    return {key.lower(): text for key, text in tags.items() if key.lower() in TAGS}


@pytest.mark.parametrize("kind", ["wav", "rf64", "w64", "flac", "au"])
def test_other_programs_read_the_tags_and_all_of_the_sound(plugins, tmp_path, kind):
    plugins.provide(noise(seconds=3, after=0).data)
    file = tmp_path / f"take.{kind}"
    record_ok(plugins, *(word for key, text in TAGS.items() for word in (f"--{key}", text)), file)
    # ffmpeg does not know AU's comment; sox shows all of it.
    assert tags_of(file) == {key: text for key, text in TAGS.items() if kind != "au" or key != "comment"}
    if kind == "au":
        assert all(f"{key}={text}" in output_of("soxi", "-a", file) for key, text in TAGS.items())
    by_sox = subprocess.run(["sox", file, "-t", "raw", "-L", "-"], check=True, capture_output=True)
    assert (by_sox.stdout, by_sox.stderr) == ((tmp_path / "in.raw").read_bytes()[: 4 * FRAMES], b"")


def test_every_split_file_has_the_tags(plugins, tmp_path):
    plugins.provide(noise(seconds=3, after=0).data)
    for kind in ("wav", "flac", "w64"):
        record_ok(plugins, "--title", "Part", "--max-file-time", 1, tmp_path / f"take.{kind}")
        files = sorted(tmp_path.glob(f"take*.{kind}"))
        assert [tags_of(file) for file in files] == [{"title": "Part"}] * 3


def test_metaflac_reads_the_tag(plugins, tmp_path):
    plugins.provide(b"")
    record_ok(plugins, "--title", "A name", tmp_path / "take.flac")
    assert output_of("metaflac", "--export-tags-to=-", tmp_path / "take.flac") == "TITLE=A name\n"


@pytest.mark.parametrize(
    "words, line",
    [
        (["--title", "x", "take.raw"], "raw cannot store a title, artist or comment"),
        (["--comment", "a\nb", "take.au"], "AU cannot store a tag 'comment' of several lines"),
        (["--compression", "3", "take.wav"], "WAV is not compressed"),
        (["-f", "FLOAT_LE", "take.flac"], "FLAC cannot hold FLOAT_LE"),
        (["-f", "MU_LAW", "take.flac"], "FLAC cannot hold MU_LAW"),
        (["-c", "9", "take.flac"], "FLAC cannot hold 9 channels"),
        (["-r", "96001", "take.flac"], "FLAC cannot hold a rate of 96001 Hz"),
    ],
)
def test_an_impossible_request_is_refused_and_no_file_is_created(plugins, tmp_path, words, line):
    plugins.provide(b"")
    result = record(plugins, *words[:-1], tmp_path / words[-1])
    assert (result.status, result.stderr.splitlines()[0]) == (2, f"aloud: {line}")
    assert len(result.stderr.splitlines()) <= 3
    assert not (tmp_path / words[-1]).exists()


def test_a_full_disk_leaves_a_valid_file(plugins, tmp_path):
    plugins.provide(noise(seconds=3, after=0).data)
    file = tmp_path / "take.flac"
    script = 'trap "" XFSZ; ulimit -f 200; exec "$0" record -q -D mic -s 100000 "$1"'
    result = run("bash", "-c", script, ALOUD, file, environment=plugins.environment)
    assert result.status == 10
    assert (tmp_path / "in.raw").read_bytes().startswith(decoded(file))
    assert int(output_of("metaflac", "--show-total-samples", file)) > 30_000
