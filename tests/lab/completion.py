"""Completion in interactive shells, each on a terminal of its own."""

import os
import re
import time

from lab.program import ALOUD, CHECKOUT, wait_until
from lab.pty_process import PtyProcess

SCRIPTS = CHECKOUT / "completions"

# How each shell is started, and how it gets its completion script: as installed, or as printed.
START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
PROMPT = {
    "bash": "PS1=rea''dy-; bind 'set completion-query-items 0' 'set show-all-if-ambiguous on' 'set page-completions off'",
    "zsh": "PS1=rea''dy-; setopt nobeep; LISTMAX=10000; autoload -U compinit",
    "fish": "function fish_prompt; echo -n rea''dy-; end; set -g fish_autosuggestion_enabled 0",
}
INSTALLED = {
    "bash": f"source {SCRIPTS}/aloud.bash",
    "zsh": f"fpath=({SCRIPTS} $fpath); compinit -u -D",
    "fish": f"set -p fish_complete_path {SCRIPTS}",
}
PRINTED = {
    "bash": 'eval "$(aloud completions bash)"',
    "zsh": "compinit -u -D; source <(aloud completions zsh)",
    "fish": "aloud completions fish | source",
}
SHELLS = list(START)


class CompletingShell(PtyProcess):
    """A shell in `folder`, with aloud in its PATH."""

    def __init__(self, shell, folder, scripts=INSTALLED):
        self.shell, self.folder, self.scripts = shell, folder, scripts

    def __enter__(self):
        def run():
            os.chdir(self.folder)
            path = f"{os.path.dirname(ALOUD)}:{os.environ['PATH']}"
            os.environ.update(PATH=path, TERM="xterm", HISTFILE="", HOME=str(self.folder), LC_ALL="C.UTF-8")
            os.execvp(START[self.shell][0], START[self.shell])

        self.start(run, columns=200, rows=50)
        time.sleep(0.5)
        self.command(PROMPT[self.shell])
        self.command(self.scripts[self.shell])
        return self

    def command(self, line):
        since = len(self.output)
        self.type(line + "\r")
        wait_until(lambda: "ready-" in self.output[since:], lambda: f"the prompt in {self.output[since:]!r}")
        self.settle()

    def settle(self):
        """Waits until nothing more is drawn."""
        before = None
        while before != (before := len(self.output)):
            time.sleep(0.4)

    def complete(self, line):
        """Types a line and Tab, and returns the words that the shell then has."""
        since = len(self.output)
        self.type(line + "\t")
        self.settle()
        self.type("\x01printf '[%s]' \x05\r")
        shown = re.compile(r"(\[aloud\](?:\[[^\]]*\])*)")
        wait_until(lambda: shown.search(self.output, since), lambda: f"the words in {self.output[since:]!r}")
        self.settle()
        return re.findall(r"\[([^\]]*)\]", shown.search(self.output, since)[1])[1:]

    def listed(self, line):
        """Types a line and Tab, and returns what the shell lists."""
        since = len(self.output)
        self.type(line + "\t")
        self.settle()
        if self.shell != "fish":
            self.type("\t")
            self.settle()
        shown = self.output[since:]
        self.type("\x1b\x03" if self.shell == "fish" else "\x03")
        self.settle()
        return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|\([A-Z])|\r", "", shown)[len(line) :]
