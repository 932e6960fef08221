"""Running aloud and the programs it is held against."""

import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ALOUD = os.environ.get("ALOUD", str(CHECKOUT / "target/release/aloud"))

# Far above what anything here takes: it is reached only by what hangs.
PATIENCE = 60


@dataclass
class Result:
    """How a program ended. `status` is negative when a signal ended it."""

    status: int
    stdout: str
    stderr: str

    def json(self):
        return json.loads(self.stdout)

    def events(self):
        return [json.loads(line) for line in self.stdout.splitlines()]

    def event(self, name):
        """The only event of that name."""
        (event,) = [event for event in self.events() if event["event"] == name]
        return event

    def error(self):
        """The error object that --json leaves on stderr."""
        return json.loads(self.stderr)["error"]


def run(*command, stdin=None, env=None):
    """Runs a program to its end. `stdin` is bytes, a file, or None for nothing."""
    given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin or subprocess.DEVNULL}
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, timeout=PATIENCE, env=env, **given
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def aloud(*arguments, **options):
    return run(ALOUD, *arguments, **options)


def done(*command, **options):
    """Runs a program that has to succeed, and gives what it printed."""
    result = run(*command, **options)
    assert result.status == 0, f"{command[0]} ended with {result.status}: {result.stderr}"
    return result.stdout


class Running:
    """A program that runs beside the test; leaving the `with` block kills it where it still runs."""

    def __init__(self, *command, stdin=subprocess.DEVNULL, env=None):
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        """Waits for the program's own end."""
        stdout, stderr = self.process.communicate(timeout=PATIENCE)
        return Result(self.process.returncode, stdout, stderr)


def wait_until(condition, what):
    """Waits for something that has to come, and gives it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited in vain: {what}")
