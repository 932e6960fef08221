"""pyalsaaudio's own tests and examples, unmodified, on the module over aloud's library (tests/pyalsaaudio).

The examples do on it what they do on pyalsaaudio.
"""

import sys

import pytest
from lab import mixers
from lab.program import run
from lab.pyalsaaudio import SOURCES, use_ours


@pytest.fixture
def modules(tmp_path):
    """The environment of each module: pyalsaaudio's and ours."""
    return [{}, use_ours(tmp_path)]


def example(name, *arguments, environment):
    return run(sys.executable, SOURCES / f"{name}.py", *arguments, environment=environment)


def test_its_own_tests_pass(tmp_path):
    result = run(sys.executable, SOURCES / "test.py", environment=use_ours(tmp_path))
    assert result.status == 0, result.stderr
    assert "Ran 11 tests" in result.stderr


# Reading, and changes that the next lines read.
MIXERTEST = """
Master
Master 40
Master 1,70
Master
Master mute
Master rec
Master 1,unrec
Master
CD 0,rec
CD 5,rec
CD 5,20
CD
-c 0 Mic
-d hw:0 Line
-c 1
-c 7
-d nosuch
Nope
External I/O Box
Master x
Master 101
-q
"""


def test_mixertest_does_the_same(modules):
    before = mixers.contents("-c", "Dummy")
    outputs = []
    for environment in modules:
        lines = [line.split() for line in MIXERTEST.splitlines()]
        outputs.append([example("mixertest", *words, environment=environment) for words in lines])
        outputs[-1].append(mixers.contents("-c", "Dummy"))
        mixers.restore("Dummy", before)
    assert outputs[1] == outputs[0]
    assert "Channel 1 playback volume: 70% (-13.5 dB)\nChannel 0 capture" in outputs[0][4].stdout
