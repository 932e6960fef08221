"""A thread that wakes late: how much of a short buffer is left for it."""

import signal
import time

import pytest
from lab.program import ALOUD, Running

PERIOD, BUFFER, RATE = 64, 4096, 48000
# Seconds. 55 ms of the buffer are left at a wake-up, less what the driver of the card is late itself.
LATE = 0.044


@pytest.mark.parametrize("card", ["Dummy", "Loopback,1,0"])
def test_a_recording_with_a_short_buffer_survives_a_late_wake_up(tmp_path, card):
    sizes = [f"--period-size={PERIOD}", f"--buffer-size={BUFFER}"]
    with Running(ALOUD, "record", "-D", f"hw:{card}", "-f", "dat", "--json", *sizes, tmp_path / "take.wav") as program:
        program.wait_for_event("start")
        for step in range(12):
            program.signal(signal.SIGSTOP)
            time.sleep(LATE)
            program.signal(signal.SIGCONT)
            # Each stop comes at another moment between two wake-ups.
            time.sleep(0.1 + 0.0027 * step)
        program.signal(signal.SIGINT)
        result = program.end()
    assert (result.status, result.event("end")["xruns"]) == (0, 0)
