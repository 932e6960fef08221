"""A program on a terminal of its own, whose screen can be read: tmux."""

import os
import signal
import tempfile
import time
from pathlib import Path

from lab.program import output_of, run, strings, wait_until


# The screen stays after the program has ended, and Escape is not taken for the start of a sequence.
SETTINGS = "set -g remain-on-exit on\nset -g escape-time 10\n"


class Tmux:
    """Runs a program in tmux. Leaving the `with` block ends it."""

    def __init__(self, *command, width=80, height=24, environment=None):
        self.folder = tempfile.TemporaryDirectory(prefix="tmux")
        self.socket, self.settings = (os.path.join(self.folder.name, name) for name in ("socket", "settings"))
        Path(self.settings).write_text(SETTINGS)
        self.command, self.size = strings(command), ["-x", str(width), "-y", str(height)]
        self.environment = {"LC_ALL": "C.UTF-8", **(environment or {})}

    def tmux(self, *words):
        return output_of("tmux", "-S", self.socket, "-f", self.settings, *words, environment=self.environment)

    def __enter__(self):
        variables = [word for pair in self.environment.items() for word in ("-e", "=".join(pair))]
        self.tmux("new-session", "-d", *self.size, *variables, *self.command)
        time.sleep(0.1)
        return self

    def __exit__(self, *_):
        run("tmux", "-S", self.socket, "kill-server")
        self.folder.cleanup()

    @property
    def screen(self):
        return self.tmux("capture-pane", "-p")

    @property
    def screen_with_history(self):
        """The screen, after the lines that have left it at the top. A program that ends moves one there."""
        return self.tmux("capture-pane", "-p", "-S", "-100")

    @property
    def colored_screen(self):
        """The screen with escape sequences for its colors."""
        return self.tmux("capture-pane", "-p", "-e")

    @property
    def pid(self):
        return int(self.tmux("display-message", "-p", "#{pane_pid}"))

    def press(self, *keys):
        """Presses keys, by tmux's names: a, Up, C-c, F3, Escape … The program has a moment to act on them: a look at the
        screen costs more than that."""
        # tmux takes a semicolon for the end of the command.
        self.tmux("send-keys", *("\\;" if key == ";" else key for key in keys))
        time.sleep(0.1)

    def resize(self, width, height):
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def wait_for(self, text):
        """Waits until the text is on the screen, and returns the screen."""
        return self.wait_for_screen(lambda screen: text in screen, f"{text!r}")

    def wait_until_gone(self, text):
        return self.wait_for_screen(lambda screen: text not in screen, f"no {text!r}")

    def wait_for_screen(self, condition, what):
        """Waits until the condition is true for the screen, and returns the screen."""
        screens = [self.screen]

        def found():
            if not condition(screens[-1]):
                screens.append(self.screen)
            return condition(screens[-1])

        # To start tmux for a look at the screen is expensive.
        wait_until(found, lambda: f"{what} on the screen:\n{screens[-1]}", interval=0.1)
        return screens[-1]

    def wait_until_ended(self):
        """Waits until the program ends, however it does."""
        process = Path("/proc", str(self.pid), "status")
        wait_until(
            lambda: not process.exists() or "State:\tZ" in process.read_text(),
            lambda: f"the program to end:\n{self.screen}",
        )

    def end(self):
        """Waits until the program ends. Its exit status, or the negative number of the signal that ended it."""
        self.wait_until_ended()
        # tmux 3.3a misses some of these signals, and then never asks for the status.
        os.kill(int(self.tmux("display-message", "-p", "#{pid}")), signal.SIGCHLD)

        def ended():
            dead, status, killed_by = self.tmux(
                "display-message", "-p", "#{pane_dead},#{pane_dead_status},#{pane_dead_signal}"
            ).strip().split(",")
            return dead == "1" and (status or killed_by) and (int(status) if status else -int(killed_by),)

        return wait_until(ended, lambda: f"the program to end:\n{self.screen}")[0]
