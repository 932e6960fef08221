"""`info --json` is what pyalsaaudio's PCM.info() returns: the same keys in the same order, the same values."""

import json

import pytest
from lab.pcm_info import assert_same_as_pyalsaaudio
from lab.program import ALOUD, output_of
from lab.pyalsaaudio import infos


@pytest.mark.parametrize(
    "device, direction",
    [
        ("hw:Dummy", "PLAYBACK"),
        ("hw:Dummy", "CAPTURE"),
        ("hw:Loopback", "PLAYBACK"),
        ("hw:Loopback,1,2", "CAPTURE"),
        ("plughw:Loopback", "PLAYBACK"),
    ],
)
def test_info_is_the_same_as_pyalsaaudios(device, direction):
    assert_same_as_pyalsaaudio(device, direction)


def test_dump_is_the_same_as_pyalsaaudios():
    (info,) = [json.loads(text) for text in infos([{"device": "hw:Dummy"}])]
    lines = output_of(ALOUD, "info", "--dump", "-D", "hw:Dummy").splitlines()
    assert len(lines) == 26
    assert lines[0] == "PCM handle name = 'hw:Dummy'"
    assert f"period size = {info['period_size']} frames" in lines
