"""aloud on a terminal of its own."""

import os
import termios
import unicodedata

from lab.program import ALOUD, strings, wait_until
from lab.pty_process import PtyProcess


class Terminal(PtyProcess):
    """Runs aloud on a terminal, as its session's only job. `before` is a command that runs it."""

    def __init__(self, *arguments, columns=80, rows=24, environment=None, before=()):
        def run():
            os.environ.update({"TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **(environment or {})})
            command = strings([*before, ALOUD, *arguments])
            os.execvp(command[0], command)

        self.start(run, columns, rows)

    def reads_single_keys(self):
        """Whether the terminal is in the mode that players use."""
        return not termios.tcgetattr(self.terminal)[3] & termios.ICANON

    def end(self):
        """Waits until the program has ended, and returns its exit status: negative for a signal."""

        def ended():
            # A program cannot end while nobody reads what it prints.
            self.output
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
            return pid

        # Tests measure how soon it ends.
        wait_until(ended, lambda: f"the end after {self.output!r}", interval=0.002)
        return os.waitstatus_to_exitcode(self.status)


def cells(char):
    """The columns that a character takes."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Screen:
    """What a terminal of this size shows after it was sent some output: the escape sequences that aloud uses.

    Each line is a list of cells. A wide character is followed by an empty one. `wrapped` is what has been continued on
    the next line.
    """

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [[] for _ in range(rows)]
        self.row = self.column = 0
        self.wrapped = []

    def feed(self, output):
        at = 0
        while at < len(output):
            if output.startswith("\x1b[", at):
                end = at + 2
                while not "@" <= output[end] <= "~":
                    end += 1
                self.control(output[end], output[at + 2 : end])
                at = end + 1
                continue
            self.put(output[at])
            at += 1
        return self

    def control(self, letter, parameters):
        count = int(parameters or 1) if parameters.isdigit() or not parameters else 1
        if letter == "J":
            self.lines[self.row] = self.lines[self.row][: self.column]
            self.lines[self.row + 1 :] = [[] for _ in range(self.rows - self.row - 1)]
        elif letter == "K":
            self.lines[self.row] = self.lines[self.row][: self.column]
        elif letter == "A":
            self.row = max(0, self.row - count)
        else:
            assert letter == "m", f"unknown sequence {parameters}{letter}"

    def put(self, char):
        if char == "\r":
            self.column = 0
        elif char == "\n":
            if self.row == self.rows - 1:
                self.lines = self.lines[1:] + [[]]
            else:
                self.row += 1
        else:
            if self.column + cells(char) > self.columns:
                self.wrapped.append("".join(self.lines[self.row]))
                self.put("\n")
                self.put("\r")
            line = self.lines[self.row]
            line += [" "] * (self.column - len(line))
            line[self.column : self.column + cells(char)] = [char, ""][: cells(char)]
            self.column += cells(char)

    def __str__(self):
        return "\n".join("".join(line).rstrip() for line in self.lines).strip("\n")
