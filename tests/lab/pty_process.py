"""A process on a terminal of its own."""

import codecs
import fcntl
import os
import pty
import struct
import termios

from lab.program import wait_until


class PtyProcess:
    """The leader of a session on a new terminal. Leaving the `with` block closes the terminal."""

    def start(self, run, columns=None, rows=24):
        """Starts a process that calls `run`, which must replace it by a program."""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            if columns:
                self.set_size(columns, rows, 0)
            run()
        os.set_blocking(self.terminal, False)
        self.received = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.status = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.terminal)
        if self.status is None:
            self.status = os.waitpid(self.pid, 0)[1]

    def set_size(self, columns, rows, file=None):
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.terminal if file is None else file, termios.TIOCSWINSZ, size)

    @property
    def output(self):
        """All that the terminal was sent."""
        try:
            while data := os.read(self.terminal, 65536):
                self.received += self.decoder.decode(data)
        except OSError:
            pass
        return self.received

    def type(self, keys):
        os.write(self.terminal, keys.encode())

    def wait_for(self, text, since=0):
        """Waits until the text was sent to the terminal, and returns where it ends."""
        at = wait_until(lambda: self.output.find(text, since) + 1, lambda: f"{text!r} in {self.output[since:]!r}")
        return at - 1 + len(text)
