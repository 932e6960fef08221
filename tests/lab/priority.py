"""The priority that programs have on a desktop, where rtkit gives it to sound servers."""

from lab.program import run

REALTIME = ["chrt", "-f", "20"]

# Put before a command, if this user may set it. A sound server or a recorder that misses a cycle on a busy machine loses
# frames that were played. The player has it only in tests of what it does within milliseconds.
PRIORITY = REALTIME if run(*REALTIME, "true").status == 0 else []
