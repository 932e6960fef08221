"""What programs cost, counted and not timed."""

from lab.program import Running

# Starting and ending does not count: the window lasts so many seconds, and ends one before the program does.
WINDOW = 4
ENOUGH = WINDOW + 2


def steady_calls(tmp_path, *commands):
    """How many system calls each command makes within the window. Each has to end by itself after ENOUGH seconds of
    sound; they run beside each other."""
    traces = [tmp_path / f"calls{number}" for number in range(len(commands))]
    started = [Running("strace", "-f", "-ttt", "-o", trace, *command) for trace, command in zip(traces, commands)]
    for program in started:
        result = program.end()
        assert result.status == 0, result.stderr
    return [in_window(trace.read_text()) for trace in traces]


def in_window(trace):
    """The calls of a trace that were begun in the window; its lines are `PID TIME CALL`."""
    lines = [line.split(maxsplit=2) for line in trace.splitlines()]
    end = float(lines[-1][1]) - 1
    return sum(end - WINDOW <= float(time) < end for _, time, call in lines if call[0].isalpha())
