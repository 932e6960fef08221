"""What is measured, of which programs, and the bars."""

from collections.abc import Callable
from dataclasses import dataclass, field

from measure import (
    a_second,
    calls,
    calls_on_server,
    instructions,
    memory,
    mixer_changes,
    noise_of_aloud,
    noise_of_sox,
    processor,
    size,
    size_without_codecs,
    startup,
    switches,
    wall,
)
from sounds import (
    ALOUD,
    aloud,
    aplay,
    axfer,
    flac,
    large,
    lasting,
    mp3,
    playing,
    recording,
    resampled_by_aloud,
    resampled_by_sox,
    small,
    sox,
)


@dataclass
class Row:
    """One claim. The bars are the most that aloud may take: a number, and a multiple of the first rival's."""

    name: str
    unit: str
    ours: Callable[[], float]
    rivals: dict[str, Callable[[], float]] = field(default_factory=dict)
    limit: float | None = None
    ratio: float | None = None
    # How often it is measured, in turns. Counts are the same each time.
    rounds: int = 1
    # Where: "here", in the "kernel" with virtual time, or in the virtual machine ("vm").
    place: str = "here"


def timed(name, unit, measure, ours, rivals, ratio=1.05, rounds=11, **more):
    """A row of times. "No slower" is 1.05: even a ratio varies by some hundredths."""
    commands = {rival: (lambda command=command: measure(command())) for rival, command in rivals.items()}
    return Row(name, unit, lambda: measure(ours()), commands, ratio=ratio, rounds=rounds, **more)


def steady(name, unit, count, transfer, device, programs, limit, place="kernel", seconds=(20, 60)):
    """A row of a count per second of a transfer with default settings, in virtual time if that is in the kernel."""

    def counted(program):
        return lambda: a_second(count, lambda seconds: transfer(program, device, seconds), *seconds)

    rivals = {program: counted(program) for program in programs}
    return Row(name, unit, counted("aloud"), rivals, limit=limit, place=place)


def mapped(name, count, transfer, device, programs, limit):
    """The same on a PC, where the position of a card is read from mapped memory. In the kernel with virtual time, that is
    two system calls more for each wake-up."""
    return steady(name, "1/s", count, transfer, device, programs, limit, place="vm", seconds=(5, 25))


def on_server(kind, rival):
    """A row of system calls on a sound server, without a bar: aloud asks servers for less latency than its rivals, so that
    keys act at once, and wakes up more often for that."""

    def counted(command):
        return lambda: calls_on_server(kind, lambda seconds: [*command, lasting(seconds)])

    rivals = {"aplay": counted(aplay("-D", "default")), rival: counted([rival])}
    return Row(f"play, {kind}: system calls", "1/s", counted(aloud("-D", "default")), rivals)


# The rings between file and device, in MB: a file is read four seconds at a time, into a ring of twice that; a recording has
# one of ten seconds (--ring).
PLAYBACK_RING = 1.54
RECORDING_RING = 1.92

DUMMY_MASTER = ["-c", "Dummy", "Master", "50%"]

ROWS = [
    steady("play, hw:Dummy: system calls", "1/s", calls, playing, "hw:Dummy", ["aplay", "axfer"], 12),
    steady("play, hw:Loopback: system calls", "1/s", calls, playing, "hw:Loopback", ["aplay", "axfer"], 6),
    steady("record, hw:Dummy: system calls", "1/s", calls, recording, "hw:Dummy", ["arecord", "axfer"], 12),
    steady("record, hw:Loopback: system calls", "1/s", calls, recording, "hw:Loopback,1", ["arecord"], 6),
    mapped("record, hw:Dummy, mapped status: system calls", calls, recording, "hw:Dummy", ["arecord"], 12),
    mapped("record, hw:Loopback, mapped status: system calls", calls, recording, "hw:Loopback,1", ["arecord"], 6),
    steady("play, hw:Dummy: voluntary switches", "1/s", switches, playing, "hw:Dummy", ["aplay", "axfer"], 3),
    steady("play, hw:Loopback: voluntary switches", "1/s", switches, playing, "hw:Loopback", ["aplay", "axfer"], 1.2),
    steady("record, hw:Loopback: voluntary switches", "1/s", switches, recording, "hw:Loopback,1", ["arecord"], 2.5),
    timed(
        "play a second to null: instructions",
        "million",
        instructions,
        lambda: aloud("-D", "null", lasting(1)),
        {
            "aplay": lambda: aplay("-D", "null", lasting(1)),
            "axfer": lambda: axfer("-D", "null", lasting(1)),
        },
        ratio=1.0,
        rounds=1,
    ),
    timed(
        "play a second to null: wall time",
        "ms",
        startup,
        lambda: aloud("-D", "null", lasting(1)),
        {
            "aplay": lambda: aplay("-D", "null", lasting(1)),
            "axfer": lambda: axfer("-D", "null", lasting(1)),
            "sox": lambda: ["sox", "-q", lasting(1), "-t", "alsa", "null"],
        },
        ratio=1.0,
    ),
    timed(
        "list-pcms: instructions",
        "million",
        instructions,
        lambda: [ALOUD, "list-pcms"],
        {"aplay -L": lambda: ["aplay", "-L"]},
        ratio=1.0,
        rounds=1,
    ),
    timed(
        "mixer set: instructions",
        "million",
        instructions,
        lambda: [ALOUD, "mixer", "set", "-q", *DUMMY_MASTER],
        {"amixer": lambda: ["amixer", "-q", *DUMMY_MASTER[:2], "sset", *DUMMY_MASTER[2:]]},
        ratio=1.0,
        rounds=1,
        place="kernel",
    ),
    Row(
        "play, hw:Dummy: peak memory",
        "MB",
        lambda: memory(playing("aloud", "hw:Dummy", 10)),
        {
            "aplay": lambda: memory(playing("aplay", "hw:Dummy", 10)),
            "axfer": lambda: memory(playing("axfer", "hw:Dummy", 10)),
        },
        limit=5 + PLAYBACK_RING,
        place="kernel",
    ),
    Row(
        "record, hw:Dummy: peak memory",
        "MB",
        lambda: memory(recording("aloud", "hw:Dummy", 12)),
        {
            "arecord": lambda: memory(recording("arecord", "hw:Dummy", 12)),
            "axfer": lambda: memory(recording("axfer", "hw:Dummy", 12)),
        },
        limit=5 + RECORDING_RING,
        place="kernel",
    ),
    Row("program, stripped", "MB", size, limit=5),
    Row("program without codecs (profile small), stripped", "MB", size_without_codecs, limit=2),
    on_server("pulse", "paplay"),
    on_server("pipewire", "pw-play"),
    timed(
        "play a large file to null: wall time",
        "s",
        wall,
        lambda: aloud("-D", "null", large()),
        {"aplay": lambda: aplay("-D", "null", large()), "axfer": lambda: axfer("-D", "null", large())},
    ),
    timed(
        "play a large file to null: processor time",
        "s",
        processor,
        lambda: aloud("-D", "null", large()),
        {"aplay": lambda: aplay("-D", "null", large()), "axfer": lambda: axfer("-D", "null", large())},
    ),
    timed(
        "decode FLAC: processor time",
        "s",
        processor,
        lambda: aloud("-D", "null", flac()),
        {"sox": lambda: sox(flac())},
        ratio=1.0,
    ),
    timed(
        "decode MP3: processor time",
        "s",
        processor,
        lambda: aloud("-D", "null", mp3()),
        {"sox": lambda: sox(mp3())},
        ratio=1.0,
    ),
    timed(
        "a large file against a small one: memory",
        "MB",
        memory,
        lambda: aloud("-D", "null", large()),
        {"small": lambda: aloud("-D", "null", small())},
    ),
    timed(
        "resample, best against rate -v: processor time",
        "s",
        processor,
        lambda: resampled_by_aloud("best"),
        {"sox": lambda: resampled_by_sox("v")},
    ),
    timed(
        "resample, fast against rate -l: processor time",
        "s",
        processor,
        lambda: resampled_by_aloud("fast"),
        {"sox": lambda: resampled_by_sox("l")},
    ),
    Row(
        "resample, fast against rate -l: noise",
        "1e-9",
        lambda: 1e9 * noise_of_aloud("fast"),
        {"sox": lambda: 1e9 * noise_of_sox("l")},
        ratio=1.0,
    ),
    Row(
        "mixer set, a batch of 1000 changes: wall time",
        "s",
        lambda: mixer_changes([ALOUD, "mixer", "set", "-q", "-c", "Dummy", "--batch", "-"]),
        {"amixer": lambda: mixer_changes(["amixer", "-q", "-c", "Dummy", "-s"])},
        ratio=1.0,
        rounds=5,
        place="vm",
    ),
]
