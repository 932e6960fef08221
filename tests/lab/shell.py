"""An interactive shell on a terminal of its own."""

import os

from lab.program import ALOUD
from lab.pty_process import PtyProcess


class Shell(PtyProcess):
    """bash with job control. `$ALOUD` is the program."""

    def __enter__(self):
        def run():
            os.environ.update(ALOUD=ALOUD, PS1="prompt> ", TERM="xterm", HISTFILE="")
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])

        self.start(run)
        self.wait_for("prompt> ")
        return self
