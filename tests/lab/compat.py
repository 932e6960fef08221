"""Runs the same command lines through a program and through aloud in its place, and compares what comes of them."""

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from lab.program import ALOUD, TIMEOUT


def run(words, stdin=""):
    """Runs a program that prints text; returns its status and what it has printed."""
    result = subprocess.run(words, input=stdin.encode(), capture_output=True, timeout=60)
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def lines_of(text, **names):
    """The lines of a text."""
    lines = [line.strip() for line in text.split("\n")]
    return [line.format(**names) if names else line for line in lines if line]


@dataclass
class Answer:
    """What a command line has printed and left."""

    status: int
    stdout: bytes
    stderr: bytes
    files: dict[str, bytes]

    def parts(self):
        """Each comparable part, by name."""
        files = {f"file {name}": data for name, data in self.files.items()}
        return {"status": self.status, "stdout": self.stdout, "stderr": self.stderr, **files}


class Runner:
    """Runs shell lines in a folder that is the same at the start of each of them, as are the elements of the ctls."""

    def __init__(self, folder, programs, fixtures=None, environment=None, ctls=()):
        self.folder = folder / "work"
        self.links = folder / "links"
        self.links.mkdir()
        for name in programs:
            (self.links / name).symlink_to(ALOUD)
        self.fixtures = fixtures or {}
        self.in_virtual_time = "time-travel" in Path("/proc/cmdline").read_text()
        self.environment = {**os.environ, **(environment or {})}
        self.ctls = [(ctl, ctl.values()) for ctl in ctls]

    def ours(self, line):
        """What aloud answers in the place of the programs."""
        return self.answer(line, f"{self.links}:{os.environ['PATH']}")

    def theirs(self, line):
        """What the programs themselves answer."""
        return self.answer(line, os.environ["PATH"])

    def answer(self, line, path):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        for name, data in self.fixtures.items():
            if name in line or name == "in.raw" and "mic" in line:
                (self.folder / name).write_bytes(data)
        for ctl, values in self.ctls:
            ctl.restore(values)
        # Meters hold peaks until the next second begins.
        time.sleep((1.5 - time.time() % 1) % 1 if self.in_virtual_time else 0)
        result = subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            env={**self.environment, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
        )
        files = self.files()
        for number, (ctl, _) in enumerate(self.ctls):
            files[f"elements {number}"] = repr([(name, raw.hex()) for name, raw in ctl.state() if raw]).encode()
        return Answer(result.returncode, reproducible(result.stdout), reproducible(result.stderr), files)

    def files(self):
        """What is in the folder that was not there before. What was `heard` has no silence around it."""
        paths = [path for path in self.folder.rglob("*") if path.is_file()]
        found = {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}
        if "heard" in found:
            found["heard"] = found["heard"].strip(b"\0")
            assert found["heard"], "nothing was heard"
        return {name: data for name, data in found.items() if self.fixtures.get(name) != data}

    def differences(self, lines):
        """What differs between the answers to these lines, as text."""
        return [text for line in lines for text in self.differing(line).values()]

    def differing(self, line):
        """Which parts of the answers to a line differ, each with a text that shows both."""
        theirs, ours = self.theirs(line).parts(), self.ours(line).parts()
        parts = sorted({*theirs, *ours})
        return {
            part: f"{line}\n  {part}:\n    {shown(theirs.get(part))}\n    {shown(ours.get(part))}"
            for part in parts
            if theirs.get(part) != ours.get(part)
        }


# What differs from run to run, and on purpose: addresses, the moment of an xrun, when speaker-test prints, and the absence
# of UCM, which aloud does not use.
VARIABLE = [
    (rb"0x[0-9a-f]{6,}(?=,\d+,\d+ \()", b"ADDRESS"),
    (rb"at least \d+\.\d+ ms", b"at least TIME"),
    (rb"Time per period = [\d.]+", b"Time per period"),
    (rb"alsa-lib main\.c:\d+:\(snd_use_case_mgr_open\).*\n", b""),
    (rb"(trigger_time|tstamp  |avail  |avail_max)( *): [0-9.]+", rb"\1: SOME"),
]


def reproducible(text):
    for pattern, replacement in VARIABLE:
        text = re.sub(pattern, replacement, text)
    return text


def shown(part):
    """A part of an answer, shortened."""
    return f"{len(part)} bytes {part[:1500]!r}" if isinstance(part, bytes) else repr(part)
