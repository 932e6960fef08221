"""Random events against a long recording: every frame is either recorded or reported as lost.

The long form: `tests/kernel/run -- "HOURS=10 EVENTS=1000 .cache/venv/bin/python -m pytest tests/kernel/test_attack.py"`.
"""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import numpy
from lab import cards
from lab.program import ALOUD, Running, output_of

RATE = 8000
HOURS = float(os.environ.get("HOURS", "0.1"))
EVENTS = int(os.environ.get("EVENTS", "30"))
FORM = ["-t", "raw", "-f", "S16_LE", "-r", RATE, "-c", 1]


class Counter:
    """Plays samples that count up (and wrap) into the cable until the `with` block ends."""

    def __enter__(self):
        command = ["aplay", "-q", "-D", "hw:Loopback,0,0", "-B", "2000000", *map(str, FORM), "-"]
        self.player = subprocess.Popen(command, stdin=subprocess.PIPE)
        threading.Thread(target=self.feed, daemon=True).start()
        return self

    def feed(self):
        block = numpy.arange(65536, dtype="<u2").tobytes()
        try:
            while True:
                self.player.stdin.write(block)
        except OSError:
            pass

    def __exit__(self, *_):
        self.player.kill()
        self.player.wait()


class Checker:
    """Reads a recording of the counter from a FIFO."""

    def __init__(self, path):
        os.mkfifo(path)
        self.path = path
        # All frames; frames of silence; how far the counter has advanced between frames that are not silent.
        self.frames = self.silent = self.advanced = 0
        self.last = None
        # How long it reads nothing from now on.
        self.pause = 0
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        rest = b""
        with open(self.path, "rb", buffering=0) as fifo:
            while data := fifo.read(1 << 20):
                if self.pause:
                    time.sleep(self.pause)
                    self.pause = 0
                data = rest + data
                rest = data[len(data) // 2 * 2 :]
                self.check(numpy.frombuffer(data[: len(data) // 2 * 2], dtype="<u2").astype(numpy.int64))

    def stall(self, _, draw):
        """Reads nothing for a while, as a slow disk."""
        self.pause = draw.uniform(1, 20)

    def check(self, samples):
        self.frames += len(samples)
        # The counter itself passes zero once in 65536 frames: a zero between 65535 and 1 is not silence.
        sounding = samples[samples != 0]
        self.silent += len(samples) - len(sounding)
        if len(sounding) == 0:
            return
        if self.last is not None:
            sounding = numpy.concatenate([[self.last], sounding])
        self.advanced += int((numpy.diff(sounding) % 65536).sum())
        self.last = sounding[-1]


def inject_xrun(*_):
    Path("/proc/asound/Loopback/pcm1c/sub0/xrun_injection").write_text("1")


def hold_up(recorder, draw):
    recorder.signal(signal.SIGSTOP)
    recorder.wait_for_state("T")
    time.sleep(draw.uniform(0.05, 3))
    recorder.signal(signal.SIGCONT)


def step_clock(_, draw):
    now = time.clock_gettime(time.CLOCK_REALTIME)
    time.clock_settime(time.CLOCK_REALTIME, now + draw.choice([-3600, -5, 5, 3600]))


def shift_rate(_, draw):
    shift = 100000 + draw.randint(-100, 100)
    output_of("amixer", "-q", "-c", "Loopback", "cset", "iface=PCM,name=PCM Rate Shift 100000", shift)


def suspend(*_):
    cards.suspend()


def test_random_events_lose_no_frame_without_a_report(draw, tmp_path):
    fifo, seconds = tmp_path / "fifo", int(HOURS * 3600)
    checker = Checker(fifo)
    events = [inject_xrun, hold_up, step_clock, shift_rate, suspend, checker.stall]
    words = ["record", "--json", "-D", "hw:Loopback,1,0", *FORM, "-B", "1s", "-d", seconds, "--fill-gaps", fifo]
    with Counter(), Running(ALOUD, *words) as recorder:
        recorder.wait_for_event("start")
        for _ in range(EVENTS):
            time.sleep(draw.expovariate(EVENTS / (0.9 * seconds)))
            if recorder.process.poll() is None:
                draw.choice(events)(recorder, draw)
        result = recorder.end(timeout=seconds + 60)
        checker.thread.join()
    end, xruns = result.event("end"), len(result.events("xrun"))
    # Each xrun is measured to within a period; the counter passes zero once in 65536 frames.
    tolerance = (xruns + 2) * result.event("start")["period_size"] + checker.frames // 65536
    missing = checker.advanced - (checker.frames - checker.silent)
    print(f"{EVENTS} events, {xruns} xruns, {checker.frames} frames, {missing} missing, {end['frames_lost']} reported")
    assert result.status == 0
    assert checker.frames == end["frames"] == seconds * RATE
    assert abs(missing - end["frames_lost"]) <= tolerance
    assert abs(checker.silent - end["frames_lost"]) <= tolerance
