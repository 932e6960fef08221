"""What is measured of a program."""

import math
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sounds import ALOUD, CHECKOUT, FILES, aloud, sine

ONE_PROCESSOR = str(max(os.sched_getaffinity(0)))
OWN_NAME = Path("/proc/self/comm").read_text().strip()


def usage(command):
    """Wall seconds and resources of a program that must succeed. It runs on one processor, so that other work matters
    less."""
    before = time.monotonic()
    process = subprocess.Popen(["taskset", "--cpu-list", ONE_PROCESSOR, *command])
    _, status, resources = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return time.monotonic() - before, resources


def wall(command):
    return usage(command)[0]


def processor(command):
    resources = usage(command)[1]
    return resources.ru_utime + resources.ru_stime


def startup(command):
    """Milliseconds that the shortest of several runs takes."""
    return 1000 * min(wall(command) for _ in range(5))


def instructions(command):
    """Millions of instructions, counted by callgrind."""
    counting = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
    done = subprocess.run(counting, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(re.search(r"Collected : (\d+)", done.stderr)[1]) / 1e6


def memory(command):
    """Peak memory in MB, polled: the peak that the system reports at the end includes this program's."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        proc, peak = Path(f"/proc/{process.pid}"), 0
        while process.poll() is None:
            # In virtual time, a loop that does not sleep never ends.
            time.sleep(0.002)
            if process.poll() is not None:
                break
            status = (proc / "status").read_text().splitlines()
            # Before exec, the child is a copy of this program.
            if status[0].split()[1] != OWN_NAME:
                peak = next((int(line.split()[1]) for line in status if line.startswith("VmHWM")), peak)
    assert process.returncode == 0 and peak, command
    return peak * 1024 / 1e6


def a_second(count, command, short, long):
    """How much of something a steady transfer does per second: the difference between a long and a short run.
    `command` returns the command that lasts some seconds."""
    return (count(command(long)) - count(command(short))) / (long - short)


def calls(command):
    trace = FILES / "calls"
    subprocess.run(["strace", "-f", "-c", "-o", trace, *command], check=True)
    total = trace.read_text().splitlines()[-1].split()
    assert total[-1] == "total"
    return int(total[3])


def switches(command):
    """How often its threads have waited."""
    return usage(command)[1].ru_nvcsw


def noise_of(command, output):
    """The ratio of noise to the sine: a least-squares fit to the middle of the left channel."""
    subprocess.run(command, check=True)
    samples = struct.unpack(f"<{output.stat().st_size // 4}i", output.read_bytes())[::2]
    middle = range(len(samples) // 4, len(samples) * 3 // 4)
    waves = [(math.sin(at), math.cos(at)) for at in (math.tau * 997 / 48000 * frame for frame in middle)]
    ss, cc, sc = (sum(w[i] * w[j] for w in waves) for i, j in ((0, 0), (1, 1), (0, 1)))
    ys, yc = (sum(samples[frame] * w[i] for frame, w in zip(middle, waves)) for i in (0, 1))
    a, b = ((ys * cc - yc * sc) / (ss * cc - sc * sc), (yc * ss - ys * sc) / (ss * cc - sc * sc))
    rest = sum((samples[frame] - a * w[0] - b * w[1]) ** 2 for frame, w in zip(middle, waves))
    return math.sqrt(rest / len(middle)) / math.hypot(a, b)


def noise_of_sox(quality):
    output = FILES / "sox.raw"
    short = sine("short", 44100, 1, 24)
    return noise_of(["sox", short, "-t", "raw", "-b", "32", str(output), "rate", f"-{quality}", "48000"], output)


def noise_of_aloud(quality):
    output = FILES / "aloud.raw"
    device = ["-D", f"file:{output},raw", "-f", "S32_LE", "-r", "48000"]
    return noise_of(aloud(*device, "--resample", quality, sine("short", 44100, 1, 24)), output)


def mixer_changes(command):
    """Seconds that a program takes for a thousand changes of snd-dummy's volumes, the same for each program."""
    file, draw = FILES / "changes", random.Random(1)
    names = ["Master", "Synth", "Line", "CD", "Mic"]
    changes = [f"sset {draw.choice(names)} {draw.randint(-50, 100)},{draw.randint(-50, 100)}" for _ in range(1000)]
    file.write_text("\n".join(changes) + "\n")
    return wall(["sh", "-c", f'exec "$@" <{file}', "sh", *command])


def size(program=ALOUD):
    """Megabytes without symbols."""
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder) / "stripped"
        subprocess.run(["strip", "-o", stripped, program], check=True)
        return stripped.stat().st_size / 1e6


def size_without_codecs():
    """The size with the profile `small`, as the README suggests."""
    folder = CHECKOUT / "target/bench/without-codecs"
    features = ["--no-default-features", "--features", "cli", "--target-dir", folder]
    subprocess.run(["cargo", "build", "--profile", "small", "--locked", "--quiet", *features], check=True, cwd=CHECKOUT)
    return size(folder / "small/aloud")


def calls_on_server(kind, command):
    """System calls per second of playback by a sound server with a null sink."""
    from lab import pipewire, pulse

    with tempfile.TemporaryDirectory() as folder:
        server = {"pulse": pulse, "pipewire": pipewire}[kind].Server(Path(folder))
        server.start()
        before = dict(os.environ)
        os.environ.update(server.environment)
        try:
            return a_second(calls, command, 3, 9)
        finally:
            os.environ.clear()
            os.environ.update(before)
            server.kill()


sys.path.insert(0, str(CHECKOUT / "tests"))
