"""`info --json` is what pyalsaaudio's PCM.info() tells: the same keys in the same order, the same values."""

import json

import pytest
from lab.program import ALOUD, aloud, output_of
from lab.pyalsaaudio import infos

# pyalsaaudio's arguments; those that a card cannot do make both settle for something else, and for the same.
WANTED = [
    {},
    {"mode": "PCM_NONBLOCK"},
    {"rate": 48000, "channels": 1, "format": "PCM_FORMAT_U8", "periodsize": 1024, "periods": 4},
    {"rate": 96000, "channels": 8, "format": "PCM_FORMAT_S32_LE", "periodsize": 512, "periods": 8},
    {"rate": 8000, "channels": 2, "format": "PCM_FORMAT_FLOAT_LE", "periodsize": 160, "periods": 2},
    {"rate": 22050, "channels": 1, "format": "PCM_FORMAT_S16_LE", "periodsize": 441, "periods": 3},
    {"rate": 44100, "channels": 6, "format": "PCM_FORMAT_S24_3LE", "periodsize": 4410, "periods": 16},
    {"rate": 192000, "channels": 2, "format": "PCM_FORMAT_S16_BE", "periodsize": 100000, "periods": 2},
]
OPTIONS = {"rate": "-r", "channels": "-c", "periodsize": "--period-size", "periods": "--periods"}


def options(wanted):
    """The same in aloud's words."""
    words = [word for key, value in wanted.items() if key in OPTIONS for word in (OPTIONS[key], value)]
    if "format" in wanted:
        words += ["-f", wanted["format"].removeprefix("PCM_FORMAT_")]
    if "mode" in wanted:
        words += ["-N"]
    return words


@pytest.mark.parametrize(
    "device, direction",
    [
        ("hw:Dummy", "PLAYBACK"),
        ("hw:Dummy", "CAPTURE"),
        ("hw:Loopback", "PLAYBACK"),
        ("hw:Loopback,1,2", "CAPTURE"),
        ("plughw:Loopback", "PLAYBACK"),
        ("hw:AC97", "PLAYBACK"),
        ("hw:AC97", "CAPTURE"),
        ("hw:HDA", "PLAYBACK"),
        ("hw:HDA", "CAPTURE"),
        ("hw:USB", "PLAYBACK"),
    ],
)
def test_info_is_what_pyalsaaudio_tells(device, direction):
    expected = infos([{"device": device, "type": f"PCM_{direction}", **wanted} for wanted in WANTED])
    capture = ["-C"] if direction == "CAPTURE" else []
    told = [output_of(ALOUD, "info", "--json", "-D", device, *capture, *options(wanted)) for wanted in WANTED]
    # Parsing and writing again keeps the order of the keys, and evens out white space.
    assert [json.dumps(json.loads(text)) for text in told] == expected


def test_info_warns_where_it_got_something_else():
    exact = aloud("info", "-D", "hw:USB", "-r", 48000, "--period-size", 1024)
    assert (exact.status, exact.stderr) == (0, "")
    other = aloud("info", "-D", "hw:USB", "-r", 22050, "--period-size", 1024)
    assert other.status == 0
    assert "22050" in other.stderr and "48000" in other.stderr


def test_dump_is_what_pyalsaaudio_dumps():
    (info,) = [json.loads(text) for text in infos([{"device": "hw:Dummy"}])]
    lines = output_of(ALOUD, "info", "--dump", "-D", "hw:Dummy").splitlines()
    assert len(lines) == 26
    assert lines[0] == "PCM handle name = 'hw:Dummy'"
    assert f"period size = {info['period_size']} frames" in lines


def test_probe_tells_what_the_card_can_do():
    probe = json.loads(output_of(ALOUD, "info", "--probe", "--json", "-D", "hw:USB"))
    assert probe["formats"] == ["S16_LE"]
    assert probe["channels"] == [2]
    assert (probe["rates"], probe["rate_min"], probe["rate_max"]) == ([48000], 48000, 48000)
    assert probe["period_size"] == {"min": 48, "max": 48000}
