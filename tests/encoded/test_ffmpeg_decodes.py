"""What aloud does not decode, ffmpeg does for it, as a child process."""

import json
import os
import shutil

import numpy as np
import pytest
from lab.program import ALOUD, aloud, run
from lab.studio import FRAMES

FFMPEG = ["ffmpeg", "-v", "error", "-y", "-i", "SOURCE"]
SURROUND = ["ffmpeg", "-v", "error", "-y", "-i", "SURROUND", "-ar", "48000"]

# Name, options, and what the file is called in messages.
FILES = [
    ("wma2.wma", [*FFMPEG, "-c:a", "wmav2", "FILE"], "WMA v2"),
    ("wma.wav", [*FFMPEG, "-c:a", "wmav2", "FILE"], "WMA v2"),
    ("wavpack.wv", [*FFMPEG, "-c:a", "wavpack", "FILE"], "WavPack"),
    ("surround.wv", [*SURROUND, "-c:a", "wavpack", "FILE"], "WavPack"),
    ("surround.caf", [*SURROUND, "-c:a", "ac3", "FILE"], "AC-3"),
    ("true.tta", [*FFMPEG, "-c:a", "tta", "FILE"], "True Audio"),
    ("surround.ac3", [*SURROUND, "-c:a", "ac3", "FILE"], "AC-3"),
    ("film.mka", [*SURROUND, "-c:a", "ac3", "FILE"], "AC-3"),
    ("eac3.mp4", [*SURROUND, "-c:a", "eac3", "FILE"], "E-AC-3"),
    ("five.m4a", [*SURROUND, "-c:a", "aac", "FILE"], "AAC"),
    ("speech.spx", [*FFMPEG, "-ar", "16000", "-ac", "1", "-c:a", "libspeex", "FILE"], "Speex"),
    ("gsm.wav", [*FFMPEG, "-ar", "8000", "-ac", "1", "-c:a", "libgsm_ms", "FILE"], "GSM 6.10"),
    ("video.avi", [*FFMPEG, "-c:a", "mp2", "FILE"], "MP2"),
    ("stream.ts", [*FFMPEG, "-c:a", "mp2", "FILE"], "MP2"),
    ("flash.flv", [*FFMPEG, "-ar", "22050", "-ac", "1", "-c:a", "nellymoser", "FILE"], "Nellymoser"),
    ("ima.aiff", [*FFMPEG, "-c:a", "adpcm_ima_qt", "FILE"], "ADPCM ima_qt"),
]


# With these, ffmpeg decodes the same wherever it begins. What a pipe contains is not known when it is started.
FILE_OPTIONS = {"AC-3": ["-cons_noisegen", "1"], "E-AC-3": ["-cons_noisegen", "1"], "MP2": ["-c:a", "mp2float"]}


@pytest.mark.parametrize("name, command, codec", FILES, ids=[name for name, *_ in FILES])
def test_ffmpeg_decodes_files_and_pipes(studio, name, command, codec):
    path = studio.encode(name, *command)
    # ffmpeg returns the padding at the end, too.
    frames = {"five.m4a": round(FRAMES / 44100 * 48000)}.get(name)
    of_pipe = FILE_OPTIONS.get(codec, ()) if path.suffix in (".ac3", ".mp4", ".caf") else ()
    for played, options in (
        (studio.play(path), FILE_OPTIONS.get(codec, ())),
        (studio.play("-", stdin=path.read_bytes()), of_pipe),
    ):
        expected = studio.decode_with_ffmpeg(path, *options)[:frames]
        assert len(played.samples) == len(expected)
        assert np.abs(played.samples - expected).max() * 2**15 <= 1
    opened = opened_by(studio, path)
    assert (opened["decoder"], opened["codec"]) == ("ffmpeg", codec)


MP3 = [*FFMPEG, "-c:a", "libmp3lame", "-q:a", "2"]
VBR = {
    "vbr.wav": [*MP3, "FILE"],
    "vbr-rf64.wav": [*MP3, "-rf64", "always", "FILE"],
    "vbr.w64": [*MP3, "FILE"],
}
CUT = [name for name, *_ in FILES if name not in ("surround.ac3", "speech.spx", "stream.ts", "eac3.mp4", "five.m4a")]


@pytest.mark.parametrize("name", [*CUT, "yamaha.wav", "ima.w64", "pcm.avi", "g722.au", *VBR])
def test_a_file_that_lacks_its_end_is_an_error(studio, name):
    """ffmpeg decodes what there is, mostly without a word."""
    more = {
        **VBR,
        "yamaha.wav": [*FFMPEG, "-c:a", "adpcm_yamaha", "FILE"],
        "ima.w64": [*FFMPEG, "-c:a", "adpcm_ima_wav", "FILE"],
        "pcm.avi": [*FFMPEG, "-c:a", "pcm_s16le", "FILE"],
        "g722.au": [*FFMPEG, "-ar", "16000", "-ac", "1", "-c:a", "adpcm_g722", "FILE"],
    }
    path = studio.encode(name, *dict([row[:2] for row in FILES], **more)[name])
    data = path.read_bytes()
    whole = len(studio.play(path).samples)
    cut = studio.path(f"cut-{name}")
    cut.write_bytes(data[: len(data) * 2 // 3])
    for file, stdin, called in [(cut, b"", cut), ("-", cut.read_bytes(), "standard input")]:
        result = aloud("play", "--json", "-D", "null", file, environment=studio.environment, stdin=stdin)
        assert result.status == 10, result.stderr
        assert f"'{called}'" in json.loads(result.stderr.splitlines()[-1])["error"]["message"]
        [finished] = [event for event in result.events("file") if event["state"] == "finished"] or [{"frames": 0}]
        assert finished["frames"] < whole


def test_wavpack_is_whole_before_its_tag(studio):
    """In a pipe, ffmpeg takes the tag for a damaged block. It says nothing about missing frames."""
    path = studio.encode("tagged.wv", *FFMPEG, "-c:a", "wavpack", "-metadata", "title=x", "FILE")
    data = path.read_bytes()
    assert b"APETAGEX" in data[-200:]
    for content, status, why in [(data, 0, ""), (data[:-1000], 10, "is truncated: its header declares 66273 frames")]:
        cut = studio.path("changed.wv")
        cut.write_bytes(content)
        for file, stdin in [(cut, b""), ("-", content)]:
            result = aloud("play", "--json", "-D", "null", file, environment=studio.environment, stdin=stdin)
            assert (result.status, bool(result.stderr)) == (status, bool(why)), result.stderr
            assert why in result.stderr


def test_speex_that_ends_in_a_page_is_an_error(studio):
    """A page begins with its length. Of a pipe, that is not known before it is decoded."""
    speex = [*FFMPEG, "-ar", "16000", "-ac", "1", "-c:a", "libspeex", "FILE"]
    data = studio.encode("pages.spx", *speex).read_bytes()
    cut = studio.path("cut-pages.spx")
    cut.write_bytes(data[:-100])
    result = aloud("play", "-q", "-D", "null", cut, environment=studio.environment)
    assert result.status == 10 and "lacks 100 bytes that its header declares" in result.stderr


def data_of(wav):
    """The offset of the samples of a WAV that ffmpeg has written, and their number of bytes."""
    at = wav.index(b"data") + 8
    return at, int.from_bytes(wav[at - 4 : at], "little")


@pytest.mark.parametrize("name", ["gsm.wav", "vbr.wav"])
def test_a_missing_byte_and_placeholders_of_wav(studio, name):
    """ffmpeg, SoX, GStreamer and others leave a placeholder in the header if they write to a pipe."""
    path = studio.encode(name, *dict([row[:2] for row in FILES], **VBR)[name])
    data = path.read_bytes()
    whole = len(studio.play(path).samples)
    at, size = data_of(data)

    def played(size, data):
        changed = studio.path("changed.wav")
        changed.write_bytes(data[: at - 4] + size.to_bytes(4, "little") + data[at:])
        for file, stdin in [(changed, b""), ("-", changed.read_bytes())]:
            result = aloud("play", "--json", "-D", "null", file, environment=studio.environment, stdin=stdin)
            [finished] = [event for event in result.events("file") if event["state"] == "finished"]
            error = result.stderr and json.loads(result.stderr.splitlines()[-1])["error"]["message"].split(": ")[-1]
            yield result.status, finished["frames"] == whole, error

    cut = "it lacks 1 byte that its header declares"
    assert [(status, error) for status, _, error in played(size, data[: at + size - 1])] == [(10, cut)] * 2
    for placeholder in [0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0x7FFFEFC2, 0x80000000, 0x7FFF0000]:
        assert list(played(placeholder, data[: at + size])) == [(0, True, "")] * 2, hex(placeholder)


@pytest.mark.parametrize("layout", ["3.0", "5.1", "7.1"])
def test_surround_in_mpeg_4_ends_without_padding(studio, layout):
    path = studio.encode(f"{layout}.m4a", *FFMPEG, "-af", f"aformat=channel_layouts={layout}", "-c:a", "aac", "FILE")
    expected = studio.decode_with_ffmpeg(path)
    assert len(expected) > FRAMES
    for file, stdin in [(path, None), ("-", path.read_bytes())]:
        played = studio.play(file, stdin=stdin)
        assert len(played.samples) == FRAMES
        assert np.abs(played.samples - expected[:FRAMES]).max() * 2**15 <= 1
    rest = studio.play("--start", "1", path)
    assert len(rest.samples) == FRAMES - 44100
    twice = studio.play("--loop", "2", path)
    assert len(twice.samples) == 2 * FRAMES


def opened_by(studio, path, *options):
    result = aloud("play", "--json", "-D", "null", *options, path, environment=studio.environment)
    assert result.status == 0, result.stderr
    return next(event for event in result.events("file") if event["state"] == "opened")


def test_one_line_says_who_decodes(studio):
    path = studio.encode(*["wma2.wma", *FILES[0][1]])
    result = aloud("play", "-D", "null", path, environment=studio.environment)
    assert "decoded by ffmpeg: WMA v2" in result.stderr.splitlines()


def test_tags_come_from_ffprobe(studio):
    command = [*FFMPEG, "-metadata", "title=Tïtle", "-metadata", "track=3/12", "-c:a", "wmav2", "FILE"]
    path = studio.encode("tagged.wma", *command)
    (found,) = json.loads(aloud("info", "--json", path).stdout)
    assert (found["container"], found["codec"], found["decoder"]) == ("ASF", "WMA v2", "ffmpeg")
    assert (found["tags"]["title"], found["tags"]["track"], found["tags"]["tracks"]) == ("Tïtle", "3", "12")
    assert found["seconds"] == pytest.approx(FRAMES / 44100, abs=0.1)


def test_the_decoder_can_be_chosen(studio):
    assert opened_by(studio, studio.source(), "--decoder", "ffmpeg")["decoder"] == "ffmpeg"
    assert opened_by(studio, studio.source(), "--decoder", "native")["decoder"] is None
    path = studio.encode(*["wma2.wma", *FILES[0][1]])
    result = aloud("play", "-D", "null", "--decoder", "native", path)
    assert result.status == 10
    assert result.stderr.splitlines()[0] == f"aloud: '{path}' is ASF, which needs ffmpeg"


# Fifteen seconds of sound that never repeats.
LONG = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "anoisesrc=r=48000:a=0.3:d=15:s=5", "-ac", "2"]
DTS = ["-strict", "-2", "-c:a", "dca", "-b:a", "768k"]


@pytest.mark.parametrize(
    "name, options",
    [
        ("seek.wv", []),
        ("seek.tta", []),
        ("seek-tta.mka", ["-ar", "44100", "-c:a", "tta"]),
        ("seek1.wma", ["-ar", "44100", "-c:a", "wmav1"]),
        ("seek2.wma", ["-ar", "44100", "-c:a", "wmav2"]),
        ("seek-low.wma", ["-ar", "22050", "-c:a", "wmav2", "-b:a", "32k"]),
        ("seek.ac3", []),
        ("seek.eac3", []),
        ("seek.dts", DTS),
        ("seek-ac3.mka", ["-c:a", "ac3"]),
        ("seek-dts.mka", DTS),
        ("seek-eac3.mp4", ["-c:a", "eac3"]),
        ("seek-mp2.ts", ["-ar", "44100", "-c:a", "mp2"]),
        ("seek-aac.ts", ["-ar", "44100", "-c:a", "aac", "-aac_pns", "0"]),
        ("seek.mpg", ["-ar", "44100", "-c:a", "mp2"]),
        ("seek.avi", ["-ar", "44100", "-c:a", "libmp3lame"]),
        ("seek.flv", ["-ar", "44100", "-c:a", "libmp3lame"]),
    ],
)
def test_seeking_is_exact_and_decodes_little(studio, tmp_path, name, options):
    path = studio.encode(name, *LONG, *options, "FILE")
    whole = studio.play(path)
    # Only a child that is told to seek gets far.
    script = 'case "$*" in *-ss*|*-skip_initial*) real "$@";; *) real "$@" | head -c 400000; kill -9 $$;; esac'
    studio.environment |= pretender(tmp_path, script)
    try:
        late = studio.play("--start", "12.3456", path)
    finally:
        del studio.environment["PATH"]
    start = round(12.3456 * whole.spec["rate"])
    assert late.stderr == whole.stderr == ""
    assert np.array_equal(late.samples, whole.samples[start:])


@pytest.mark.parametrize(
    "name, options",
    [
        ("g722.wav", ["-ac", "1", "-ar", "16000", "-c:a", "g722"]),
        ("late.spx", ["-ar", "16000", "-ac", "1", "-c:a", "libspeex"]),
        ("late44.ac3", []),
        ("late.rm", ["-ar", "48000", "-c:a", "ac3"]),
        ("late-wma.wav", ["-c:a", "wmav2"]),
        ("late.aiff", ["-c:a", "adpcm_ima_qt"]),
        ("late-gsm.wav", ["-ar", "8000", "-ac", "1", "-c:a", "libgsm_ms"]),
    ],
)
def test_playback_starts_late_at_the_exact_frame(studio, name, options):
    path = studio.encode(name, *FFMPEG, "-af", "aloop=10:66273", *options, "FILE")
    whole = studio.play(path)
    late = studio.play("--start", "12.3", path)
    start = round(12.3 * whole.spec["rate"])
    assert np.array_equal(late.samples, whole.samples[start:])


def only_path(folder):
    """An environment in which programs are found in `folder` only."""
    return {"PATH": str(folder)}


def test_without_ffmpeg_the_format_is_named(studio, tmp_path):
    path = studio.encode(*["wma2.wma", *FILES[0][1]])
    for arguments, stdin in (([path], b""), (["-"], path.read_bytes())):
        result = aloud("play", "-D", "null", *arguments, stdin=stdin, environment=only_path(tmp_path))
        assert result.status == 10
        first, *hints = result.stderr.splitlines()
        assert first.endswith(" is ASF, which needs ffmpeg")
        assert hints == ["hint: install ffmpeg (Debian: apt install ffmpeg)"]


def pretender(folder, script):
    """A program called ffmpeg that does what `script` says."""
    real = shutil.which("ffmpeg")
    program = folder / "ffmpeg"
    program.write_text(f"#!/bin/sh\nreal() {{ {real} \"$@\"; }}\n{script}\n")
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_a_child_that_is_killed_is_an_error(studio, tmp_path):
    path = studio.encode(*["wma2.wma", *FILES[0][1]])
    environment = pretender(tmp_path, 'real "$@" | head -c 100000; kill -9 $$')
    result = run(ALOUD, "play", "-D", "null", path, environment=environment)
    assert result.status == 10
    assert f"aloud: cannot read '{path}': ffmpeg was killed by signal 9" in result.stderr


@pytest.mark.parametrize(
    "script, why",
    [
        ("head -c 100000 /dev/urandom", "it returned no sound"),
        ("exit 0", "it returned no sound"),
        ("exec >&-; exit 0", "it returned no sound"),
        ("yes | head -c 30000000 >&2; exit 3", "which ffmpeg cannot decode: no reason given"),
        ('real "$@" | head -c 60; exit 1', "Broken pipe"),
        ('real "$@" | head -c 100000; exit 4', "Broken pipe"),
    ],
)
def test_a_child_that_misbehaves_is_an_error(studio, tmp_path, script, why):
    path = studio.encode(*["wma2.wma", *FILES[0][1]])
    result = run(ALOUD, "play", "-D", "null", path, environment=pretender(tmp_path, script))
    assert result.status == 10
    (line,) = (line for line in result.stderr.splitlines() if line.startswith("aloud: "))
    assert why in line and "hint:" not in result.stderr


def test_what_the_child_sends_is_played_as_what_it_is(studio, tmp_path):
    """Even if ffprobe says something else about the file."""
    path = studio.encode(*["wma2.wma", *FILES[0][1]])
    other = studio.encode("eight.wav", *FFMPEG, "-ar", "8000", "-ac", "1", "FILE")
    environment = pretender(tmp_path, f"cat {other}") | studio.environment
    result = aloud("play", "--json", "-D", "null", path, environment=environment)
    assert (result.status, result.stderr) == (0, "")
    requested = result.events("start")[0]["requested"]
    assert (requested["rate"], requested["channels"]) == (8000, 1)


def test_no_child_is_left(studio, tmp_path):
    path = studio.encode(*["wma2.wma", *FILES[0][1]])
    marker = tmp_path / "pid"
    environment = pretender(tmp_path, f'echo $$ > {marker}; exec {shutil.which("ffmpeg")} "$@"')
    result = run(ALOUD, "play", "-q", "-D", "null", "-d", "0.1", path, environment=environment)
    assert result.status == 0, result.stderr
    assert not os.path.exists(f"/proc/{marker.read_text().strip()}")


def test_no_file_makes_ffmpeg_open_another(studio, tmp_path):
    """A list of ffmpeg's own, with the name and the first bytes of something else."""
    other = studio.source()
    for name, content in (
        ("list.wma", f"ffconcat version 1.0\nfile '{other}'\n"),
        ("list.ts", f"#EXTM3U\n#EXTINF:1,\n{other}\n"),
    ):
        path = tmp_path / name
        path.write_text(content)
        result = aloud("play", "-D", "null", "--decoder", "ffmpeg", path)
        assert result.status == 10, result.stderr
