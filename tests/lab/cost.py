"""The cost of a program: its system calls, counted by strace."""

from lab.program import Running

# Seconds of steady transfer in which calls are counted. The window ends a second before the program does, so that
# startup and exit do not count.
WINDOW = 4
DURATION = WINDOW + 2


def steady_calls(tmp_path, *commands):
    """How many system calls each command makes within the window. They run side by side, and each must end by itself
    after DURATION seconds of sound."""
    traces = [tmp_path / f"calls{number}" for number in range(len(commands))]
    programs = [Running("strace", "-f", "-ttt", "-o", trace, *command) for trace, command in zip(traces, commands)]
    for program in programs:
        result = program.end()
        assert result.status == 0, result.stderr
    return [calls_in_window(trace.read_text()) for trace in traces]


def calls_in_window(trace):
    """The number of calls in a trace that started in the window. Its lines are `PID TIME CALL`."""
    lines = [line.split(maxsplit=2) for line in trace.splitlines()]
    end = float(lines[-1][1]) - 1
    return sum(end - WINDOW <= float(time) < end for _, time, call in lines if call[0].isalpha())
