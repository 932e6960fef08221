"""Measures aloud and its rivals in one run, and exits with status 1 if aloud misses a bar.

    make bench                 all rows, which are also written to BENCHMARKS.md
    make bench ROWS=null       the rows with `null` in their name

The machine may be busy, so of times only ratios count: the rounds alternate, each has a ratio to the first rival, and
the median of the ratios is compared with the bar. Counts come from a kernel in virtual time, where they are exact.
A new claim is a new row in rows.py.
"""

import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from pathlib import Path

# No __pycache__ beside the sources.
sys.dont_write_bytecode = True

from rows import ROWS
from sounds import ALOUD, CHECKOUT, FILES

REPORT = CHECKOUT / "BENCHMARKS.md"
MACHINES = {"kernel": "tests/kernel/run", "vm": "tests/vm/run"}
VERSIONS = [
    [ALOUD, "--version"],
    ["aplay", "--version"],
    ["axfer", "version"],
    ["sox", "--version"],
    ["paplay", "--version"],
    ["pw-cli", "--version"],
    ["valgrind", "--version"],
    ["rustc", "--version"],
]


def measure(row):
    """Of each round, what aloud took and what each rival took."""
    return [[row.ours(), *(rival() for rival in row.rivals.values())] for _ in range(row.rounds)]


def measure_in(place, rows):
    """The same of each row, by running this program in a virtual machine."""
    if not rows or place == "here":
        return [measure(row) for row in rows]
    words = [sys.executable, __file__, "--guest", *(row.name for row in rows)]
    command = [CHECKOUT / MACHINES[place], "--", " ".join(f"'{word}'" for word in words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "KERNEL_LIMIT": "1200"})
    if done.returncode:
        sys.exit(f"{MACHINES[place]} exited with status {done.returncode}:\n{done.stdout}")
    return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("[[")))


class Result:
    """A row that was measured."""

    def __init__(self, row, rounds):
        self.row = row
        self.ours, *rivals = [statistics.median(values) for values in zip(*rounds)]
        self.rivals = dict(zip(row.rivals, rivals))
        self.ratio = statistics.median(values[0] / values[1] for values in rounds) if rivals else None

    def is_met(self):
        row = self.row
        return (row.limit is None or self.ours <= row.limit) and (row.ratio is None or self.ratio <= row.ratio)

    def cells(self):
        row = self.row
        rivals = ", ".join(f"{name} {number(value)}" for name, value in self.rivals.items())
        limit = [] if row.limit is None else [f"≤ {row.limit:g}"]
        ratio = [] if row.ratio is None else [f"≤ {row.ratio:g} × {next(iter(row.rivals))}"]
        measured = "" if self.ratio is None else f"{self.ratio:.2f}"
        bars = " and ".join(limit + ratio)
        verdict = "" if not bars else "yes" if self.is_met() else "**no**"
        return [f"{row.name} ({row.unit})", number(self.ours), rivals, measured, bars, verdict]


def number(value):
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


HEADINGS = ["", "aloud", "rivals", "ratio", "bar", "met"]


def output_of(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return (done.stdout or done.stderr).strip()


def version(command):
    """A line of the text that names the version."""
    lines = (output_of(command) or "").splitlines()
    line = next((line for line in lines if re.search(r"\d\.\d", line)), "not installed")
    name = Path(command[0]).name
    return re.sub(rf"^({name}:?\s+)+", "", line.strip())


def machine():
    models = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{models[0] if models else platform.machine()}, {len(models)} processors, Linux {platform.release()}"


def write_report(results):
    measured = [result.row.name for result in results]
    missing = [row.name for row in ROWS if row.name not in measured]
    lines = [
        "# Benchmarks",
        "",
        f"Measured by benches/run.py (`make bench`) on {datetime.date.today()}. Machine: {machine()}.",
        "",
        *(f"- {Path(command[0]).name}: {version(command)}" for command in VERSIONS),
        "",
        "48 kHz stereo S16 and default settings, unless a row says otherwise. Counts per second are those of a steady",
        "transfer in virtual time. The ratio is to the first rival; times are medians, and only their ratios count.",
        "",
        f"| {' | '.join(HEADINGS)} |",
        f"|{'---|' * len(HEADINGS)}",
        *(f"| {' | '.join(result.cells())} |" for result in results),
        *(["", f"Not measured in this run: {'; '.join(missing)}."] if missing else []),
    ]
    REPORT.write_text("\n".join(lines) + "\n")


def main(wanted):
    FILES.mkdir(parents=True, exist_ok=True)
    if wanted[:1] == ["--guest"]:
        print(json.dumps([measure(row) for row in ROWS if row.name in wanted[1:]]))
        return
    rows = [row for row in ROWS if not wanted or any(word in row.name for word in wanted)]
    results = {}
    for place in ["here", *MACHINES]:
        # Those on this machine are shown one by one.
        here = [row for row in rows if row.place == place]
        for part in [[row] for row in here] if place == "here" else [here]:
            for row, rounds in zip(part, measure_in(place, part)):
                results[row.name] = Result(row, rounds)
                name, *cells = results[row.name].cells()
                print(f"{name:<58} " + "  ".join(cells), flush=True)
    if not wanted:
        write_report([results[row.name] for row in rows])
    sys.exit(0 if all(result.is_met() for result in results.values()) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
