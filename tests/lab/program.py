"""Runs aloud and the programs it is compared with."""

import json
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from lab import schemas

CHECKOUT = Path(__file__).resolve().parents[2]
ALOUD = os.environ.get("ALOUD", str(CHECKOUT / "target/release/aloud"))

# Seconds. Far above what anything here takes, so only a program that hangs reaches it.
TIMEOUT = 30


@dataclass
class Result:
    """How a program ended. `status` is negative if a signal ended it, and None while it runs."""

    status: int | None
    stdout: str
    stderr: str

    def json(self):
        return json.loads(self.stdout)

    def events(self, name=None):
        """The events in the NDJSON on stdout: all, or those with this name."""
        events = [json.loads(line) for line in self.stdout.splitlines()]
        return [event for event in events if name in (None, event["event"])]

    def event(self, name):
        """The only event with this name."""
        (event,) = self.events(name)
        return event

    def error(self):
        """The error object that --json prints to stderr, after any warnings."""
        (line,) = [line for line in self.stderr.splitlines() if line.startswith('{"error"')]
        return json.loads(line)["error"]


def strings(command):
    return [str(word) for word in command]


def run(*command, stdin=b"", environment=None, timeout=TIMEOUT):
    """Runs a program to its end, with `environment` added to this program's own."""
    process = subprocess.run(
        strings(command),
        input=stdin,
        capture_output=True,
        timeout=timeout,
        env={**os.environ, **(environment or {})},
    )
    result = Result(process.returncode, process.stdout.decode(), process.stderr.decode())
    schemas.check_output(ALOUD, strings(command), result.stdout, result.stderr)
    return result


def aloud(*arguments, **options):
    return run(ALOUD, *arguments, **options)


def as_user(user, group, *arguments, **options):
    """Runs aloud as a user who is in this group only."""
    switch = ["setpriv", "--reuid", user, "--regid", group, "--clear-groups", "--reset-env"]
    return run(*switch, ALOUD, *arguments, **options)


def output_of(*command, **options):
    """Runs a program that must succeed, and returns its stdout."""
    result = run(*command, **options)
    assert result.status == 0, f"{command[0]} ended with {result.status}: {result.stderr}"
    return result.stdout


def contents(file):
    """A file's text, read without moving the offset, which the program that writes the file shares."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode()


class Running:
    """A program that runs beside the test. Leaving the `with` block kills it if it still runs.

    It is a process group of its own, as a shell would start it, so that it can be stopped. Its output goes to files:
    they never block it, and can be read while it runs.
    """

    def __init__(self, *command, stdin=subprocess.DEVNULL, environment=None):
        self.command = strings(command)
        self.stdout, self.stderr = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            strings(command),
            stdin=stdin,
            stdout=self.stdout,
            stderr=self.stderr,
            env={**os.environ, **(environment or {})},
            process_group=0,
        )
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def so_far(self):
        """What it has printed, and its exit status if it has ended."""
        return Result(self.process.poll(), contents(self.stdout), contents(self.stderr))

    def events(self, name=None):
        """The events that it has printed in full."""
        complete = self.so_far().stdout.rpartition("\n")[0]
        return Result(None, complete, "").events(name)

    def wait_for_event(self, name, count=1):
        """Waits for `count` events with this name, and returns the last of them."""
        wait_until(lambda: len(self.events(name)) >= count, lambda: f"{count} {name} event(s) of {self.so_far()}")
        return self.events(name)[count - 1]

    def wait_for_text(self, text):
        """Waits until the text is on stdout or stderr."""
        wait_until(
            lambda: text in self.so_far().stdout + self.so_far().stderr,
            lambda: f"{text!r} in {self.so_far()}",
        )

    def signal(self, number):
        self.process.send_signal(number)

    def wait_for_state(self, wanted):
        """Waits for a process state as ps names it: S (sleeping), T (stopped) …"""
        stat = Path(f"/proc/{self.pid}/stat")
        wait_until(lambda: stat.read_text().rpartition(")")[2].split()[0] == wanted, f"state {wanted}")

    def stop_for(self, seconds):
        """Stops it with a signal that it cannot catch, and continues it after this time."""
        self.signal(signal.SIGSTOP)
        self.wait_for_state("T")
        time.sleep(seconds)
        self.signal(signal.SIGCONT)

    def wait_until_idle(self):
        """Waits until it has used no CPU time for half a second: then it waits for something."""
        stat = Path(f"/proc/{self.pid}/stat")

        def idle():
            before, _ = stat.read_text(), time.sleep(0.5)
            return before == stat.read_text()

        wait_until(idle, "the program to be idle")

    def end(self, timeout=TIMEOUT):
        """Waits until the program ends."""
        self.process.wait(timeout)
        result = self.so_far()
        schemas.check_output(ALOUD, self.command, result.stdout, result.stderr)
        return result


def wait_until(condition, what, timeout=TIMEOUT, interval=0.05):
    """Waits until the condition is true, and returns its value. `what` is a text, or a function that returns one."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(interval)
    raise AssertionError(f"timed out waiting for {what() if callable(what) else what}")
