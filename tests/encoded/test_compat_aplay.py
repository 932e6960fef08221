"""aloud in the place of aplay and arecord, on alsa-lib's plugins: the same answers, files and sound as theirs, except for
what aloud-compat(7) names."""

import pytest
from lab import aplay_lines
from lab.aplay_lines import COMMAND_LINES, DIFFERENT, PLUGIN_LINES
from lab.compat import lines_of

FIXTURES = aplay_lines.fixtures()


@pytest.fixture
def runner(tmp_path):
    return aplay_lines.runner(tmp_path)


@pytest.mark.parametrize("lines", [COMMAND_LINES, PLUGIN_LINES], ids=["command line", "plugins"])
def test_the_answers_are_the_same(runner, lines):
    found = runner.differences(lines_of(lines))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("reason", DIFFERENT)
def test_what_differs_on_purpose_differs(runner, reason):
    for line in lines_of(DIFFERENT[reason]):
        assert runner.differing(line), line


def test_splits_lose_no_frame(runner):
    answer = runner.ours("arecord -q -D mic --max-file-time 1 -d 3 -f cd -t raw y.raw")
    parts = [answer.files[f"y-0{number}.raw"] for number in (1, 2, 3)]
    assert [len(part) for part in parts] == [176400] * 3
    assert b"".join(parts) == FIXTURES["in.raw"][: 3 * 176400]


@pytest.mark.parametrize(
    "line, message",
    [
        ("aplay -D tap trunc.wav", b"is truncated: its header declares 4000 frames, but it has 2000"),
        ("aplay -D tap -f S16_LE odd.raw", b"ends in the middle of a frame (1 of 2 bytes, after 2000 frames)"),
        ("aplay -D tap -t wav x.raw", b"x.raw: not a WAVE file"),
    ],
)
def test_errors_have_a_status(runner, line, message):
    answer = runner.ours(line)
    assert answer.status == 1
    assert message in answer.stderr
    assert answer.stdout == b""


def test_what_is_read_before_an_error_is_played(runner):
    assert runner.ours("aplay -D tap trunc.wav").files["tap.raw"] == FIXTURES["trunc.wav"][44:]
    tap = runner.ours("aplay -D tap -f S16_LE odd.raw").files["tap.raw"]
    assert tap.startswith(FIXTURES["odd.raw"][:4000]) and not tap[4000:].strip(b"\0")


def test_more_formats_play(runner):
    assert runner.ours("aplay -D tap ulaw.wav").files["tap.raw"] == FIXTURES["ulaw.wav"][44:]
    assert runner.ours("aplay -D tap dbl.wav").files["tap.raw"] == FIXTURES["dbl.wav"][44:]


def test_a_voc_is_read_back(runner):
    for options in ("-f U8", "-f U8 -c 2", "-f U8 -r 44100", "-f S16_LE -c 2 -r 44100"):
        answer = runner.ours(f"arecord -q -D mic -s 1000 -t voc {options} y.voc && aplay -D tap y.voc && cat tap.raw")
        assert answer.status == 0, answer.stderr
        sound = answer.stdout.rstrip(b"\0\x80")
        assert len(sound) > 900
        assert FIXTURES["in.raw"].startswith(sound)


def test_an_existing_file_is_replaced_entirely(runner):
    line = "head -c 100000 /dev/zero > z; ln -s z y.wav; arecord -D mic -s 10 y.wav"
    assert len(runner.ours(line).files["z"]) == 54
