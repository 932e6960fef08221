"""Signals at random moments: every command ends, with the status that the signal stands for, and leaves valid files.

The long form: `SIGNALS=200` in the environment of pytest, as in test_attack.py.
"""

import os
import signal
import time

from lab.program import ALOUD, Running, aloud
from lab.sound import noise

SIGNALS = int(os.environ.get("SIGNALS", "20"))
STOPPING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
# Their default action ends a process that does not catch them.
KILLING = [signal.SIGQUIT, signal.SIGALRM, signal.SIGUSR2]
HARMLESS = [signal.SIGWINCH, signal.SIGTSTP, signal.SIGPIPE, signal.SIGXFSZ]


def commands(folder):
    return {
        "play": ["play", "--json", "-D", "hw:Loopback,0,0", folder / "long.wav"],
        "record": ["record", "--json", "-D", "hw:Loopback,1,1", folder / "take.wav"],
        "record-flac": ["record", "--json", "-D", "hw:Loopback,1,1", folder / "take.flac"],
        "record-long": ["record", "--json", "-D", "hw:Loopback,1,1", "-d", 60, folder / "take.wav"],
        "loopback": ["loopback", "--json", "-C", "hw:Loopback,1,2", "-P", "hw:Dummy"],
        "tone": ["tone", "--json", "-D", "hw:Dummy", "-d", 60],
        "watch": ["mixer", "watch", "--json", "-c", "Dummy"],
    }


def expected(name, number):
    """The exit statuses that the contract allows."""
    if number in STOPPING and name.startswith("record"):
        # A recording is stopped by a signal, but one that comes before it has started, or cuts off a length, ends it.
        return (0, -number) if name != "record-long" else (-number,)
    return (-number,)


def test_signals_at_random_end_commands_as_they_should(draw, tmp_path):
    noise(seconds=1, after=60).wav(tmp_path / "long.wav")
    for _ in range(SIGNALS):
        name, words = draw.choice(list(commands(tmp_path).items()))
        # It starts the next file of a recording.
        harmless = HARMLESS + [signal.SIGUSR1] * name.startswith("record")
        number = draw.choice(STOPPING + KILLING + harmless)
        moment = draw.choice([0, draw.uniform(0, 0.2), draw.uniform(0, 5)])
        what = f"{number.name} for {name} after {moment:.3f} s"
        with Running(ALOUD, *words) as program:
            time.sleep(moment)
            program.signal(number)
            if number in harmless:
                time.sleep(0.5)
                program.signal(signal.SIGCONT)
                time.sleep(0.5)
                # Before the program has started, their default actions are in force.
                ended = program.so_far().status
                assert ended is None or (moment < 0.2 and ended == -number), f"{what}: {program.so_far()}"
                number = signal.SIGTERM
                program.signal(number)
            result = program.end()
        assert result.status in expected(name, number), f"{what}: {result}"
        assert "panicked" not in result.stderr, what
        for file in tmp_path.glob("take*"):
            if file.stat().st_size > 0:
                info = aloud("info", "--json", file)
                # It may have ended before the first frame.
                is_empty = "contains no audio" in info.stderr or "has no FLAC frames" in info.stderr
                assert info.status == 0 or is_empty, f"{what}: {info}"
            file.unlink()
