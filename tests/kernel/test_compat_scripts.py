"""aloud in the place of alsa-utils, in command lines of public scripts: the same answers, files and elements.

All of these lines, which takes minutes:

    tests/kernel/run -- 'SCRIPTS=all .cache/venv/bin/python -m pytest tests/kernel/test_compat_scripts.py'
"""

import os
from pathlib import Path

import pytest
from lab import aplay_lines, script_lines
from lab.compat import Runner, lines_of
from lab.ctl import Ctl


@pytest.fixture
def runner(tmp_path):
    # /var/lock, which this machine may not have.
    Path("/run/lock").mkdir(exist_ok=True)
    fixtures = {**aplay_lines.fixtures(), **script_lines.FIXTURES}
    with Ctl("Dummy") as dummy, Ctl("Loopback") as loopback:
        before = dummy.values(), loopback.values()
        yield Runner(tmp_path, script_lines.PROGRAMS, fixtures, ctls=[dummy, loopback])
        dummy.restore(before[0])
        loopback.restore(before[1])


# Of each group, every so many lines run unless all are asked for. Most faults were found by those of ELEMENTS.
STEPS = {"DESKTOP": 5, "ELEMENTS": 1, "STATES": 5, "SPEAKERS": 5, "SOUNDS": 5, "LOOPS": 1}


@pytest.mark.parametrize("name", STEPS)
def test_scripts_do_the_same(runner, name):
    step = 1 if os.environ.get("SCRIPTS") == "all" else STEPS[name]
    found = runner.differences(lines_of(getattr(script_lines, name))[::step])
    assert not found, "\n".join(found)


@pytest.mark.parametrize("row", script_lines.DIFFERENT)
def test_what_differs_still_does(runner, row):
    for line in lines_of(script_lines.DIFFERENT[row]):
        assert runner.differing(line), line
