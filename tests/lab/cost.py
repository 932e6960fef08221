"""The cost of a program: its system calls, counted by strace, its voluntary context switches, and its memory."""

import time
from pathlib import Path

from lab.program import TIMEOUT, Running

# Seconds of steady transfer in which calls are counted. The window ends a second before the program does, so that
# startup and exit do not count.
WINDOW = 4
DURATION = WINDOW + 2

# The same for transfers that do little in a second: the window is between these two, counted from the start.
LONG_WINDOW = (6, 26)
LONG_DURATION = 32


def steady_calls(tmp_path, *commands):
    """How many system calls each command makes within the window. They run side by side, and each must end by itself
    after DURATION seconds of sound."""
    end = DURATION - 1
    return [len(calls) for calls in traced(tmp_path, commands, (end - WINDOW, end), DURATION)]


def calls_per_second(tmp_path, *command):
    """How many system calls a command makes in a second, if its transfer lasts LONG_DURATION seconds."""
    return per_second(long_trace(tmp_path, *command))


def long_trace(tmp_path, *command):
    """The system calls of a command whose transfer lasts LONG_DURATION seconds, in LONG_WINDOW."""
    (calls,) = traced(tmp_path, [command], LONG_WINDOW, LONG_DURATION)
    return calls


def per_second(long_calls):
    start, end = LONG_WINDOW
    return len(long_calls) / (end - start)


def longest_pause(calls, name):
    """The longest time between two calls of a function, in seconds."""
    times = [at for at, call in calls if call.startswith(f"{name}(")]
    return max(after - before for before, after in zip(times, times[1:]))


def calls_of_device_threads(tmp_path, *command):
    """The system calls of the threads that call a PCM, in the window of a transfer that lasts DURATION seconds."""
    end = DURATION - 1
    (lines,) = traced_lines(tmp_path, [command], (end - WINDOW, end), DURATION)
    threads = {thread for thread, _, call in lines if "SNDRV_PCM_IOCTL" in call}
    return [call for thread, _, call in lines if thread in threads]


def traced(tmp_path, commands, window, duration):
    """The times and system calls of each command in a window of its time. It must end by itself after `duration` seconds."""
    traces = traced_lines(tmp_path, commands, window, duration)
    return [[(at, call) for _, at, call in lines] for lines in traces]


def traced_lines(tmp_path, commands, window, duration):
    """The same, with the thread of each call first."""
    traces = [tmp_path / f"calls{number}" for number in range(len(commands))]
    programs = [Running("strace", "-f", "-ttt", "-o", trace, *command) for trace, command in zip(traces, commands)]
    for program in programs:
        result = program.end(timeout=duration + TIMEOUT)
        assert result.status == 0, result.stderr
    return [calls_in_window(trace.read_text(errors="replace"), window, duration) for trace in traces]


def calls_in_window(trace, window, duration):
    """The threads, times and calls in a trace that started in the window. Its lines are `PID TIME CALL`."""
    lines = [line.split(maxsplit=2) for line in trace.splitlines()]
    start = float(lines[-1][1]) - duration
    first, last = start + window[0], start + window[1]
    return [(thread, float(at), call) for thread, at, call in lines if first <= float(at) < last and call[0].isalpha()]


def switches_per_second(*command):
    """How many voluntary context switches the threads of a command make in a second."""
    start, end = LONG_WINDOW
    with Running(*command) as program:
        time.sleep(start)
        before = switches(program.process.pid)
        time.sleep(end - start)
        return (switches(program.process.pid) - before) / (end - start)


def switches(pid):
    texts = [status.read_text() for status in Path(f"/proc/{pid}/task").glob("*/status")]
    return sum(int(text.split("voluntary_ctxt_switches:")[1].split()[0]) for text in texts)


def peak_megabytes(*command):
    """The most memory that a command has taken after the first seconds, when all of its ring has been used."""
    with Running(*command) as program:
        time.sleep(12)
        status = Path(f"/proc/{program.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6
