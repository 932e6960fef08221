"""Compares `aloud info --json` with pyalsaaudio's PCM.info()."""

import json

from lab.program import ALOUD, output_of
from lab.pyalsaaudio import infos

# pyalsaaudio's arguments. If a card does not support them, both programs must get the same substitute.
REQUESTS = [
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


def options(request):
    """The request as aloud's options."""
    words = [word for key, value in request.items() if key in OPTIONS for word in (OPTIONS[key], value)]
    if "format" in request:
        words += ["-f", request["format"].removeprefix("PCM_FORMAT_")]
    if "mode" in request:
        words += ["-N"]
    return words


def assert_same_as_pyalsaaudio(device, direction):
    """The same keys in the same order, and the same values."""
    expected = infos([{"device": device, "type": f"PCM_{direction}", **request} for request in REQUESTS])
    capture = ["-C"] if direction == "CAPTURE" else []
    reported = [output_of(ALOUD, "info", "--json", "-D", device, *capture, *options(request)) for request in REQUESTS]
    # Parsing and writing keeps the order of the keys, and removes differences in white space.
    assert [json.dumps(json.loads(text)) for text in reported] == expected
