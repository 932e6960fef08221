"""Running aloud and the programs it is held against."""

import json
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ALOUD = os.environ.get("ALOUD", str(CHECKOUT / "target/release/aloud"))

# Far above what anything here takes: it is reached only by what hangs.
PATIENCE = 30


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
        """The error object that --json leaves on stderr, behind what warnings there are."""
        (line,) = [line for line in self.stderr.splitlines() if line.startswith('{"error"')]
        return json.loads(line)["error"]


def words(command):
    return [str(word) for word in command]


def run(*command, stdin=b"", environment=None):
    """Runs a program to its end, with `stdin` as its input and `environment` added to its environment."""
    done = subprocess.run(
        words(command),
        input=stdin,
        capture_output=True,
        timeout=PATIENCE,
        env={**os.environ, **(environment or {})},
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def aloud(*arguments, **options):
    return run(ALOUD, *arguments, **options)


def as_user(user, group, *arguments, **options):
    """aloud, run by a user who is in that group only."""
    switch = ["setpriv", "--reuid", user, "--regid", group, "--clear-groups", "--reset-env"]
    return run(*switch, ALOUD, *arguments, **options)


def done(*command, **options):
    """Runs a program that has to succeed, and gives what it printed."""
    result = run(*command, **options)
    assert result.status == 0, f"{command[0]} ended with {result.status}: {result.stderr}"
    return result.stdout


def contents(file):
    """A file's text, read without moving the offset that it shares with the program that writes it."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode()


class Running:
    """A program that runs beside the test; leaving the `with` block kills it where it still runs.

    It is a job of its own, as a shell would start it, so that it can be stopped. Its output goes to files, which never
    make it wait and can be read while it runs.
    """

    def __init__(self, *command, stdin=subprocess.DEVNULL, environment=None):
        self.stdout, self.stderr = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            words(command),
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
        """What it has printed. Its exit status is None while it runs."""
        return Result(self.process.poll(), contents(self.stdout), contents(self.stderr))

    def wait_for_event(self, name):
        """Waits for an event of that name; where it does not come, tells what came instead."""
        try:
            wait_until(lambda: f'{{"event":"{name}"' in self.so_far().stdout, f"event {name}")
        except AssertionError as error:
            raise AssertionError(f"{error}, of {self.so_far()}") from None

    def signal(self, number):
        self.process.send_signal(number)

    def wait_for_state(self, wanted):
        """Waits for a state as ps names it: S (asleep), T (stopped) …"""
        stat = Path(f"/proc/{self.pid}/stat")
        wait_until(lambda: stat.read_text().rpartition(")")[2].split()[0] == wanted, f"state {wanted}")

    def stop_for(self, seconds):
        """Stops it, which it cannot see coming, and has it go on after so many seconds."""
        self.signal(signal.SIGSTOP)
        self.wait_for_state("T")
        time.sleep(seconds)
        self.signal(signal.SIGCONT)

    def wait_until_idle(self):
        """Waits until it has used no processor for half a second: then it waits for something."""
        stat = Path(f"/proc/{self.pid}/stat")

        def idle():
            before, _ = stat.read_text(), time.sleep(0.5)
            return before == stat.read_text()

        wait_until(idle, "the program to come to rest")

    def end(self):
        """Waits for the program's own end."""
        self.process.wait(PATIENCE)
        return self.so_far()


def wait_until(condition, what):
    """Waits for something that has to come, and gives it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited in vain: {what}")
