"""aloud in the place of aplay and arecord, on cards of several drivers."""

import pytest
from lab import aplay_lines
from lab.compat import lines_of

LISTS = "aplay -l\narecord -l\naplay -L\narecord -L"

LINES = """
    aplay -v -D hw:{card} st.wav
    aplay -M -v -D hw:{card} st.wav
    aplay --dump-hw-params -D hw:{card} -d 1 s24.wav
    aplay -v -D plughw:{card} u8.wav
    aplay -D hw:{card} -c 99 x.raw
    arecord -v -D plughw:{card} -f cd -s 100 -t raw /dev/null
"""


@pytest.fixture
def runner(tmp_path):
    return aplay_lines.runner(tmp_path)


def test_lists_are_the_same(runner):
    assert runner.differences(lines_of(LISTS)) == []


@pytest.mark.parametrize("card", ["AC97", "ES1370", "HDA", "USB"])
def test_answers_are_the_same(runner, card):
    assert runner.differences(lines_of(LINES, card=card)) == []
