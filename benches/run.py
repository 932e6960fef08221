"""Measures aloud and its rivals in one run, and exits with status 1 if aloud misses a bar.

    make bench                 all rows
    make bench ROWS=null       the rows with `null` in their name

A row is one claim: a name, a bar (the highest allowed ratio of aloud to its rival), and what is measured of each. The
machine may be busy, so only ratios count: the rounds alternate, each pair has a ratio, and the median of the ratios is
compared with the bar. Timed programs run on one processor, so that other work matters less. Even so a ratio varies by
some hundredths, so "no slower" is 1.05. A new claim is a new row.
"""

import json
import math
import os
import random
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
ALOUD = os.environ.get("ALOUD", str(CHECKOUT / "target/release/aloud"))
ONE_PROCESSOR = str(max(os.sched_getaffinity(0)))
OWN_NAME = Path("/proc/self/comm").read_text().strip()
FILES = Path(os.environ.get("SCRATCH", CHECKOUT / "target/bench"))


@dataclass
class Row:
    name: str
    bar: float
    ours: Callable[[], float]
    rival: Callable[[], float]
    rounds: int = 11
    # Runs on the sound cards of the virtual machine.
    vm: bool = False


def silence(name, size):
    """A WAV with that many bytes of silence, 48 kHz stereo S16. It is a sparse file, which takes no disk space."""
    file = FILES / f"{name}.wav"
    if file.exists():
        return str(file)
    header = b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0\x01\0\x02\0"
    header += (48000).to_bytes(4, "little") + (192000).to_bytes(4, "little") + b"\x04\0\x10\0data"
    file.write_bytes(header + size.to_bytes(4, "little"))
    os.truncate(file, len(header) + 4 + size)
    return str(file)


def sine(name, rate, seconds, bits):
    """A WAV of 997 Hz, stereo, half of full scale."""
    file = FILES / f"{name}.wav"
    if not file.exists():
        made = ["sox", "-n", "-r", str(rate), "-b", str(bits), "-c", "2", str(file)]
        subprocess.run([*made, "synth", str(seconds), "sine", "997", "gain", "-6"], check=True)
    return str(file)


def cd():
    return sine("cd", 44100, 300, 16)


def resampled_by_sox(quality):
    """From 44.1 to 48 kHz into /dev/null, in the same format as aloud."""
    return ["sox", cd(), "-t", "raw", "-b", "16", "/dev/null", "rate", f"-{quality}", "48000"]


def resampled_by_aloud(quality):
    return aloud("-D", "null", "--resample", quality, "-f", "S16_LE", "-r", "48000", cd())


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


def small():
    return silence("small", 16_000_000)


def large():
    return silence("large", 1_000_000_000)


def encoded(suffix, *command):
    """Five minutes of two tones and a little noise, 44.1 kHz stereo, encoded by ffmpeg."""
    file = FILES / f"long.{suffix}"
    if not file.exists():
        sound = "aevalsrc=0.3*sin(440*2*PI*t)+0.05*random(0)|0.3*sin(660*2*PI*t)+0.05*random(1):s=44100:d=300"
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", sound, "-sample_fmt", command[0], *command[1:]]
        subprocess.run([*command, file], check=True)
    return str(file)


def flac():
    return encoded("flac", "s16")


def mp3():
    return encoded("mp3", "s16p", "-b:a", "192k")


def sox(file):
    return ["sox", file, "-n"]


def aloud(*options):
    return [ALOUD, "play", "-q", *options]


def aplay(*options):
    return ["aplay", "-q", *options]


def usage(command):
    """Wall and CPU seconds of a program that must succeed."""
    before = time.monotonic()
    process = subprocess.Popen(["taskset", "--cpu-list", ONE_PROCESSOR, *command])
    _, status, resources = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return time.monotonic() - before, resources.ru_utime + resources.ru_stime


def wall(command):
    return usage(command)[0]


def processor(command):
    return usage(command)[1]


def memory(command):
    """Peak memory in kB, polled: the peak that the system reports at the end includes this program's."""
    with subprocess.Popen(command) as process:
        proc, peak = Path(f"/proc/{process.pid}"), 0
        while process.poll() is None:
            status = (proc / "status").read_text().splitlines()
            # Before exec, the child is a copy of this program.
            if status[0].split()[1] != OWN_NAME:
                peak = next((int(line.split()[1]) for line in status if line.startswith("VmHWM")), peak)
    assert process.returncode == 0 and peak, command
    return peak


def calls_a_second(command):
    """System calls per second of steady playback: the difference between a long and a short run."""
    short, long = 3, 11

    def calls(seconds):
        file = silence(f"{seconds}s", seconds * 192000)
        subprocess.run(["strace", "-f", "-c", "-o", FILES / "calls", *command, file], check=True)
        total = (FILES / "calls").read_text().splitlines()[-1].split()
        assert total[-1] == "total"
        return int(total[3])

    return (calls(long) - calls(short)) / (long - short)


def mixer_changes(command):
    """Seconds that a program takes for a thousand changes of snd-dummy's volumes, the same for each program."""
    file, draw = FILES / "changes", random.Random(1)
    names = ["Master", "Synth", "Line", "CD", "Mic"]
    changes = [f"sset {draw.choice(names)} {draw.randint(-50, 100)},{draw.randint(-50, 100)}" for _ in range(1000)]
    file.write_text("\n".join(changes) + "\n")
    return wall(["sh", "-c", f'exec "$@" <{file}', "sh", *command])


HALF_A_SECOND = ["--buffer-size", "24000", "--period-size", "6000"]
# The largest buffer of snd-dummy.
ALL_OF_DUMMY = ["--buffer-size", "16384", "--period-size", "4096"]

ROWS = [
    Row(
        "null: seconds to play a large file",
        1.05,
        lambda: wall(aloud("-D", "null", large())),
        lambda: wall(aplay("-D", "null", large())),
    ),
    Row(
        "null: processor seconds to play a large file",
        1.05,
        lambda: processor(aloud("-D", "null", large())),
        lambda: processor(aplay("-D", "null", large())),
    ),
    Row(
        "null: processor seconds to decode FLAC",
        1.0,
        lambda: processor(aloud("-D", "null", flac())),
        lambda: processor(sox(flac())),
    ),
    Row(
        "null: processor seconds to decode MP3",
        1.0,
        lambda: processor(aloud("-D", "null", mp3())),
        lambda: processor(sox(mp3())),
    ),
    Row(
        "memory: a large file against a small one",
        1.05,
        lambda: memory(aloud("-D", "null", large())),
        lambda: memory(aloud("-D", "null", small())),
    ),
    Row(
        "resample: processor seconds, best against sox rate -v",
        1.05,
        lambda: processor(resampled_by_aloud("best")),
        lambda: processor(resampled_by_sox("v")),
    ),
    Row(
        "resample: processor seconds, fast against sox rate -l",
        1.05,
        lambda: processor(resampled_by_aloud("fast")),
        lambda: processor(resampled_by_sox("l")),
    ),
    Row(
        "resample: noise, 1e-9 of the sine, fast and sox -l",
        1.0,
        lambda: 1e9 * noise_of_aloud("fast"),
        lambda: 1e9 * noise_of_sox("l"),
        rounds=1,
    ),
    Row(
        "hw:Loopback: system calls a second, 500 ms buffer",
        1.0,
        lambda: calls_a_second(aloud("-D", "hw:Loopback", *HALF_A_SECOND)),
        lambda: calls_a_second(aplay("-D", "hw:Loopback", *HALF_A_SECOND)),
        rounds=2,
        vm=True,
    ),
    Row(
        "hw:Dummy: system calls a second, 341 ms buffer",
        1.0,
        lambda: calls_a_second(aloud("-D", "hw:Dummy", *ALL_OF_DUMMY)),
        lambda: calls_a_second(aplay("-D", "hw:Dummy", *ALL_OF_DUMMY)),
        rounds=2,
        vm=True,
    ),
    Row(
        "mixer: seconds for a batch of 1000 changes",
        1.0,
        lambda: mixer_changes([ALOUD, "mixer", "set", "-q", "-c", "Dummy", "--batch", "-"]),
        lambda: mixer_changes(["amixer", "-q", "-c", "Dummy", "-s"]),
        rounds=5,
        vm=True,
    ),
]


def pairs(row):
    return [(row.ours(), row.rival()) for _ in range(row.rounds)]


def pairs_in_vm(rows):
    """The measurements of each row, by running this program in the guest."""
    if not rows:
        return []
    words = [sys.executable, __file__, "--guest", *(row.name for row in rows)]
    command = [CHECKOUT / "tests/vm/run", "--", " ".join(f"'{word}'" for word in words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"the virtual machine exited with status {done.returncode}:\n{done.stdout}")
    return json.loads(done.stdout.splitlines()[-1])


def report(row, measured):
    ours, rivals = zip(*measured)
    ratio = statistics.median(ours / rival for ours, rival in measured)
    verdict = "ok" if ratio <= row.bar else "MISSED"
    numbers = f"{statistics.median(ours):>10.3f} {statistics.median(rivals):>10.3f} {ratio:>7.2f} {row.bar:>6.2f}"
    print(f"{row.name:<52} {numbers}  {verdict}", flush=True)
    return ratio <= row.bar


def main(wanted):
    FILES.mkdir(parents=True, exist_ok=True)
    if wanted[:1] == ["--guest"]:
        print(json.dumps([pairs(row) for row in ROWS if row.name in wanted[1:]]))
        return
    rows = [row for row in ROWS if not wanted or any(word in row.name for word in wanted)]
    print(f"{'':<52} {'aloud':>10} {'rival':>10} {'ratio':>7} {'bar':>6}")
    passed = [report(row, pairs(row)) for row in rows if not row.vm]
    remote = [row for row in rows if row.vm]
    passed += [report(row, measured) for row, measured in zip(remote, pairs_in_vm(remote))]
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
