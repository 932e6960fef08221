"""Shell jobs: in the background, stopped, continued, and kept running when the terminal closes."""

import signal
import time
from pathlib import Path

import pytest
from lab import cards
from lab.program import ALOUD, Running, wait_until
from lab.shell import Shell
from lab.sound import noise

DEVICE = "hw:Loopback,0,0"

# The PCM that runs once a command has started.
OPENS = {
    "play": ["pcm0p", "RUNNING", 0],
    "record": ["pcm1c", "RUNNING", 1],
    "loopback": ["pcm1c", "RUNNING", 1],
    "tone": ["pcm0p", "RUNNING", 0],
}


@pytest.fixture
def file(tmp_path):
    return noise(seconds=1, after=20).wav(tmp_path / "sound.wav")


def test_nothing_is_drawn_in_the_background(file):
    with Shell() as shell:
        shell.type(f"$ALOUD play -D {DEVICE} {file} &\n")
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(1)
        before = len(shell.output)
        time.sleep(3)
        assert shell.output[before:] == ""
        shell.type("fg\n")
        at = shell.wait_for("0:05", before)
        shell.type("\x1a")
        at = shell.wait_for("prompt> ", at)
        shell.type("bg\n")
        at = shell.wait_for("prompt> ", at)
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        before = len(shell.output)
        time.sleep(3)
        assert shell.output[before:] == ""
        shell.type("kill %1; wait; echo end\n")
        shell.wait_for("end\r\n", before)


@pytest.mark.parametrize("command", ["play", "record", "loopback", "tone", "watch"])
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_an_ignored_signal_stays_ignored(tmp_path, file, command, number):
    words = {
        "play": ["play", "-D", DEVICE, file],
        "record": ["record", "-D", "hw:Loopback,1,1", "-d", 3, tmp_path / "take.wav"],
        "loopback": ["loopback", "-C", "hw:Loopback,1,1", "-P", "hw:Loopback,0,2"],
        "tone": ["tone", "-D", DEVICE, "-d", 3],
        "watch": ["mixer", "watch", "--json", "-c", "Dummy"],
    }[command]
    ignore = f"trap '' {signal.Signals(number).name[3:]}; exec \"$@\""
    with Running("bash", "-c", ignore, "bash", ALOUD, *words) as program:
        if command == "watch":
            program.wait_for_event("start")
        else:
            cards.wait_for_state("Loopback", *OPENS[command])
        program.signal(number)
        time.sleep(1.5)
        assert program.so_far().status is None
        if command in ("record", "tone"):
            assert program.end().status == 0


def test_nohup_keeps_a_recording_alive_when_the_terminal_closes(tmp_path):
    take = tmp_path / "take.wav"
    with Shell() as shell:
        shell.type(f"nohup $ALOUD record -D hw:Loopback,1,0 -d 5 {take} >/dev/null 2>&1 & echo pid $!.\n")
        cards.wait_for_state("Loopback", "pcm1c", "RUNNING")
        pid = int(shell.output.rpartition("pid ")[2].split(".")[0])
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), "the recording to end")
    assert take.stat().st_size == 44 + 5 * 48000 * 4
