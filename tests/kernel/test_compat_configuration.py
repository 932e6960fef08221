"""The programs that aloud stands in for, with a configuration of alsa-lib that is missing or broken: alsa-lib prints as
many messages."""

import subprocess

import pytest
from lab.program import ALOUD

CONFIGURATIONS = {"missing": None, "broken": "junk {\n", "empty": "", "including": "</nonexistent/alsa.conf>\n"}

LINES = """
aplay -l
arecord -l
aplay -L
aplay -D hw:0 /dev/null
arecord -d 1 /dev/null
amixer
amixer scontrols
amixer controls
amixer info
amixer events
amixer sevents
amixer contents
amixer -c 0 sget Master
amixer -c 0 sset Master 50%
amixer -c 0 cget numid=1
alsactl -L -f - store
alsactl dump-state
alsactl info
alsactl monitor 0
alsactl clean
speaker-test -l1 -D hw:0
speaker-test -l1 -s1
alsaloop -C hw:0 -P hw:0 -s 1
alsaloop -C null -P null -s 1
"""


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_answers_are_the_same(name, tmp_path, monkeypatch):
    path = tmp_path / "asound.conf"
    if CONFIGURATIONS[name] is not None:
        path.write_text(CONFIGURATIONS[name])
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(path))
    found = []
    for line in LINES.strip().split("\n"):
        runs = [subprocess.run([*program, *line.split()], capture_output=True, timeout=20) for program in ([], [ALOUD, "as"])]
        theirs, ours = [(run.returncode, run.stdout, run.stderr) for run in runs]
        if theirs != ours:
            found.append(f"{line}:\n{theirs}\n{ours}")
    assert not found, "\n".join(found)
