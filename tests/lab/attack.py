"""Random events against a long transfer, and what of its numbered frames arrives."""

import os
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy

from lab import cards
from lab.program import output_of

RATE = 8000
HOURS = float(os.environ.get("HOURS", "0.05"))
EVENTS = int(os.environ.get("EVENTS", "25"))
SECONDS = int(HOURS * 3600)
OPTIONS = ["-t", "raw", "-f", "S32_LE", "-r", RATE, "-c", 1]
# Frames between two updates of the cards' positions.
TICK = RATE // 100


class Count:
    """Counts the frames of a stream. They are numbered; 0 is silence. Nothing counts after frame `end`."""

    def __init__(self, end=None):
        # All frames; silence between others; numbers that are left out; numbers that come again, and the most at once.
        self.frames = self.silent = self.missing = self.repeated = self.most_repeated = 0
        self.end = end
        self.first = self.last = None
        # Silence since the last frame that is not silent.
        self.quiet = 0

    def add(self, data):
        numbers = numpy.frombuffer(data, dtype="<i4")
        self.frames += len(numbers)
        (at,) = numpy.nonzero(numbers)
        if self.last == self.end is not None or len(at) == 0:
            self.quiet += len(numbers)
            return
        sound = numbers[at].astype(numpy.int64)
        if self.end in sound:
            sound = sound[: numpy.flatnonzero(sound == self.end)[0] + 1]
            at = at[: len(sound)]
        if self.last is None:
            self.first, self.last, self.quiet = sound[0], sound[0] - 1, -at[0]
        self.silent += self.quiet + at[-1] + 1 - len(at)
        self.quiet = len(numbers) - 1 - at[-1]
        steps = numpy.diff(sound, prepend=self.last) - 1
        self.missing += int(steps[steps > 0].sum())
        self.repeated -= int(steps[steps < 0].sum())
        self.most_repeated = max(self.most_repeated, -int(steps.min()))
        self.last = sound[-1]

    def __str__(self):
        return (
            f"frames {self.first} to {self.last} of {self.frames}: "
            f"{self.silent} silent, {self.missing} missing, {self.repeated} repeated"
        )


class Reader:
    """Counts the frames that come through a pipe, on a thread."""

    def __init__(self, open_pipe, end=None):
        self.count = Count(end)
        # How long it reads nothing from now on.
        self.pause = 0
        self.thread = threading.Thread(target=self.run, args=(open_pipe,), daemon=True)
        self.thread.start()

    def run(self, open_pipe):
        rest = b""
        with open_pipe() as pipe:
            while data := pipe.read(1 << 20):
                if self.pause:
                    time.sleep(self.pause)
                    self.pause = 0
                data = rest + data
                whole = len(data) // 4 * 4
                self.count.add(data[:whole])
                rest = data[whole:]

    def stall(self, _, draw):
        """Reads nothing for a while, as a slow disk."""
        self.pause = draw.uniform(1, 20)


class Feeder:
    """Writes numbered frames, from 1, to a pipe, and then a second of silence."""

    def __init__(self, open_pipe, frames):
        self.frames = frames
        # How long it writes nothing from now on.
        self.pause = 0
        threading.Thread(target=self.run, args=(open_pipe,), daemon=True).start()

    def run(self, open_pipe):
        try:
            with open_pipe() as pipe:
                for first in range(1, self.frames + 1, RATE):
                    time.sleep(self.pause)
                    self.pause = 0
                    end = min(first + RATE, self.frames + 1)
                    write_all(pipe, numpy.arange(first, end, dtype="<i4").tobytes())
                write_all(pipe, bytes(4 * RATE))
        except OSError:
            pass

    def starve(self, _, draw):
        """Writes nothing for a while, as a slow network."""
        self.pause = draw.uniform(1, 20)


def write_all(pipe, data):
    while data:
        data = data[pipe.write(data) :]


def fifo(path, mode):
    """Makes a FIFO, and returns a function that opens it."""
    os.mkfifo(path)
    return lambda: open(path, mode, buffering=0)


@contextmanager
def playing(subdevice=0):
    """Lets aplay play numbered frames into the cable until the `with` block ends."""
    device = ["-D", f"hw:Loopback,0,{subdevice}", "-B", "2000000"]
    player = subprocess.Popen(["aplay", "-q", *device, *map(str, OPTIONS), "-"], stdin=subprocess.PIPE, bufsize=0)
    Feeder(lambda: player.stdin, 2**31 - 2)
    try:
        yield
    finally:
        player.kill()
        player.wait()


@contextmanager
def heard(end, subdevice=0):
    """Lets arecord hear the other end of the cable until the `with` block ends."""
    device = ["-D", f"hw:Loopback,1,{subdevice}", "-B", "20000000", "-F", "100000"]
    recorder = subprocess.Popen(
        ["arecord", "-q", *device, *map(str, OPTIONS), "-"], stdout=subprocess.PIPE, bufsize=0
    )
    reader = Reader(lambda: recorder.stdout, end)
    cards.wait_for_state("Loopback", "pcm1c", "RUNNING", subdevice)
    try:
        yield reader.count
        time.sleep(1)
    finally:
        recorder.terminate()
        recorder.wait()
        reader.thread.join()


def attack(program, draw, events):
    """Lets `EVENTS` of the events happen while a program transfers `SECONDS` of sound. Returns how many of each."""
    happened = dict.fromkeys(events, 0)
    for _ in range(EVENTS):
        time.sleep(draw.expovariate(EVENTS / (0.9 * SECONDS)))
        if program.process.poll() is None:
            event = draw.choice(events)
            event(program, draw)
            happened[event] += 1
    return happened


def inject_underrun(*_):
    """Lets the driver report an xrun while it plays."""
    # Asked for its position, the driver passes on what it has played. What it plays from its last update until it stops
    # does not reach the other end, which hears silence instead.
    cards.position("Loopback", "pcm0p")
    Path("/proc/asound/Loopback/pcm0p/sub0/xrun_injection").write_text("1")


def inject_overrun(*_):
    Path("/proc/asound/Loopback/pcm1c/sub0/xrun_injection").write_text("1")


def inject_underrun_at_end(*_):
    """The same as `inject_underrun`, for the second of two cables."""
    cards.position("Loopback", "pcm0p", 1)
    Path("/proc/asound/Loopback/pcm0p/sub1/xrun_injection").write_text("1")


def hold_up(program, draw):
    program.signal(signal.SIGSTOP)
    program.wait_for_state("T")
    time.sleep(draw.uniform(0.05, 3))
    program.signal(signal.SIGCONT)


def step_clock(_, draw):
    now = time.clock_gettime(time.CLOCK_REALTIME)
    time.clock_settime(time.CLOCK_REALTIME, now + draw.choice([-3600, -5, 5, 3600]))


def shift_rate(_, draw):
    shift = 100000 + draw.randint(-100, 100)
    output_of("amixer", "-q", "-c", "Loopback", "cset", "iface=PCM,name=PCM Rate Shift 100000", shift)


class Suspend:
    """Suspends all devices. `silent` is how long, in frames, while the cable's player was silent: nobody hears that."""

    def __init__(self):
        self.silent = 0

    def __call__(self, *_):
        silent, before = cards.state("Loopback", "pcm0p") != "RUNNING", time.monotonic()
        cards.suspend()
        self.silent += silent * round((time.monotonic() - before) * RATE)
