#!/usr/bin/env python3
"""Writes src/startup.ld: the functions that run when a file is played or recorded, which the linker puts side by side.

The kernel maps programs in pieces of 64 KB. If the functions of one run were anywhere in the program, most of it would be
mapped. Run this after larger changes. A name that is missing, or that no longer exists, only costs memory.

    scripts/startup.py     builds the program with its symbols, and runs it here and in tests/kernel's machine
"""

import collections
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PROGRAM = CHECKOUT / "target/startup/release/aloud"
ORDER = CHECKOUT / "src/startup.ld"

# Instances of a generic function have the same name. A name is left out if it would bring in more unused code than this,
# and more than is used.
MAX_UNUSED_BYTES = 16384

# What still runs after the start, by parts of the names. It is at the end.
TRANSFER = re.compile("5audio(8transfer|3pcm|3ffi|9recording|4file4wav)|3std4(sync|time)|3std6thread|4rtrb|9allocator|mem(cpy|move)|rust_alloc")

HEADER = "/* Written by scripts/startup.py, which says what it is for. */"


def build():
    """The program with its symbols."""
    folder = ["--target-dir", str(CHECKOUT / "target/startup")]
    command = ["cargo", "rustc", "--release", "--locked", "--bin", "aloud", *folder, "--", "-C", "strip=none"]
    subprocess.run(command, check=True, cwd=CHECKOUT)


def commands(device, folder):
    """Plays and records a second."""
    return [
        [str(PROGRAM), "record", "-q", "-D", device, "-f", "dat", "-d", "1", f"{folder}/{device[:2]}.wav"],
        [str(PROGRAM), "play", "-q", "-D", device, f"{folder}/{device[:2]}.wav"],
    ]


def names(profile):
    """The names of the program's functions in callgrind's profile."""
    found, objects, functions, current = set(), {}, {}, None
    for kind, called, number, name in re.findall(r"^(c?)(ob|fn)=\((\d+)\)(?: (.*))?$", profile, re.M):
        table = objects if called == "ob" else functions
        if name:
            table[number] = name
        if kind == "" and called == "ob":
            current = table[number]
        elif kind == "" and current == str(PROGRAM):
            found.add(table[number].split("'")[0])
    return found


def run_here(command, folder):
    profile = folder / "profile"
    counting = ["valgrind", "-q", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={profile}"]
    subprocess.run([*counting, *command], check=True, timeout=120)
    return names(profile.read_text())


def guest():
    """Prints the names of functions that run with hardware, one on a line."""
    with tempfile.TemporaryDirectory() as folder:
        for command in commands("hw:Dummy", folder):
            for name in run_here(command, Path(folder)):
                print(f"name {name}")


def run_all():
    found = set()
    with tempfile.TemporaryDirectory() as folder:
        for command in commands("null", folder):
            found |= run_here(command, Path(folder))
    inside = [CHECKOUT / "tests/kernel/run", "--", f"{sys.executable} {__file__} --guest"]
    done = subprocess.run(inside, check=True, capture_output=True, text=True)
    return found | set(re.findall(r"^name (\S+)$", done.stdout, re.M))


def pattern(name):
    """The name without what changes from one build or compiler to the next: numbers at its end, and hashes of crates."""
    if name.startswith("_R"):
        return re.sub(r"Cs[0-9A-Za-z]+_", "Cs*_", re.sub(r"\.\d+$", "*", name))
    return re.sub(r"17h[0-9a-f]{16}E.*$", "17h*", name)


def sizes():
    """The size of each function."""
    done = subprocess.run(["nm", "--print-size", PROGRAM], check=True, capture_output=True, text=True)
    lines = (line.split() for line in done.stdout.splitlines())
    return {words[3]: int(words[1], 16) for words in lines if len(words) == 4 and words[2] in "tT"}


def chosen(used):
    """The patterns worth their unused instances."""
    unused_bytes, used_bytes = collections.Counter(), collections.Counter()
    for name, size in sizes().items():
        (used_bytes if name in used else unused_bytes)[pattern(name)] += size
    names = [name for name, size in used_bytes.items() if unused_bytes[name] <= max(MAX_UNUSED_BYTES, size)]
    return sorted(names, key=lambda name: (bool(TRANSFER.search(name)), name))


def main():
    build()
    lines = [f"    *(.text.{name} .text.*.{name})" for name in chosen(run_all())]
    ORDER.write_text("\n".join([HEADER, "SECTIONS {", "  .text : {", *lines, "  }", "} INSERT BEFORE .fini;", ""]))


if __name__ == "__main__":
    guest() if sys.argv[1:] == ["--guest"] else main()
