"""Every recipe of docs/cookbook.md runs as it is written.

The default device plays to one end of the Loopback card and records a tone; the default mixer is the Dummy card's.
`ssh HOST COMMAND` runs the command here, because there is no other machine. Comments after a recipe say how it is tested:
`stop: 3` interrupts it after that many seconds, `during: COMMAND` runs beside it, and `check: COMMAND` must succeed after it.
"""

import os
import re
import shutil

import pytest
from lab import controls
from lab.program import ALOUD, CHECKOUT, Running, run
from lab.sound import noise

RECIPE = re.compile(r"^### (.*?)\n(.*?)```sh\n(.*?)```\n(.*?)(?=^##|\Z)", re.M | re.S)
COMMENT = re.compile(r"^<!-- (stop|during|check): (.*?) -->$", re.M)
RECIPES = RECIPE.findall((CHECKOUT / "docs/cookbook.md").read_text())

CONFIGURATION = """
pcm.!default { type asym playback.pcm "plughw:Loopback,0,1" capture.pcm "plughw:Loopback,1,0" }
ctl.!default { type hw card Dummy }
"""


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory):
    """A home with sound files, and `aloud` and `ssh` in the PATH."""
    home = tmp_path_factory.mktemp("cookbook")
    (home / ".asoundrc").write_text(CONFIGURATION)
    (home / "bin").mkdir()
    (home / "bin/aloud").symlink_to(ALOUD)
    (home / "bin/ssh").write_text('#!/bin/sh\nshift\nexec sh -c "$*"\n')
    (home / "bin/ssh").chmod(0o755)
    (home / "Music").mkdir()
    for name in ("song.wav", "alarm.wav", "Music/one.wav"):
        noise(seconds=2).wav(home / name)
    run("flac", "--silent", "-T", "TITLE=Two", "-o", home / "Music/two.flac", home / "song.wav")
    shutil.copy(home / "Music/two.flac", home / "song.flac")
    return home


def shell(script):
    return ["bash", "-e", "-u", "-o", "pipefail", "-c", script]


@pytest.mark.parametrize("name, script, after", [(r[0], r[2], r[3]) for r in RECIPES], ids=[r[0] for r in RECIPES])
def test_a_recipe_works(kitchen, name, script, after, monkeypatch):
    monkeypatch.chdir(kitchen)
    environment = {"HOME": str(kitchen), "PATH": f"{kitchen}/bin:{os.environ['PATH']}"}
    tests = dict(COMMENT.findall(after))
    limit = ["timeout", "-s", "INT", tests["stop"]] if "stop" in tests else []
    tone = Running(ALOUD, "tone", "-q", "-D", "hw:Loopback,0,0", environment=environment)
    # The Dummy card cannot be muted otherwise.
    with controls.switch("Dummy", "Master Playback Switch"), tone:
        with Running(*limit, *shell(script), environment=environment) as recipe:
            if "during" in tests:
                recipe.wait_until_idle()
                assert run(*shell(tests["during"]), environment=environment).status == 0
            result = recipe.end(timeout=120)
        assert result.status == (124 if limit else 0), f"{script}\n{result}"
        if "check" in tests:
            checked = run(*shell(tests["check"]), environment=environment)
            assert checked.status == 0, f"{tests['check']}\n{result}\n{checked}"


def test_there_are_recipes():
    assert len(RECIPES) >= 25
