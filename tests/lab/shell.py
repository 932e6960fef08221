"""An interactive shell on a terminal of its own."""

import os
import pty

from lab.program import ALOUD, wait_until


class Shell:
    """bash with job control. `$ALOUD` is the program. Leaving the `with` block closes the terminal."""

    def __enter__(self):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(ALOUD=ALOUD, PS1="prompt> ", TERM="xterm", HISTFILE="")
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
        os.set_blocking(self.terminal, False)
        self.received = ""
        self.wait_for("prompt> ")
        return self

    def __exit__(self, *_):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)

    @property
    def screen(self):
        """All that the terminal was sent."""
        try:
            while data := os.read(self.terminal, 4096):
                self.received += data.decode(errors="replace")
        except OSError:
            pass
        return self.received

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, text, since=0):
        """Waits until the text is on the screen, and returns where it ends."""
        at = wait_until(lambda: self.screen.find(text, since) + 1, lambda: f"{text!r} in {self.screen[since:]!r}")
        return at - 1 + len(text)
