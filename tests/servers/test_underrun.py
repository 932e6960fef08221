"""An underrun on PulseAudio: the server reports it before it has played what it holds."""

import fcntl
import os
import signal
import subprocess
import threading
import time

import pytest
from lab import numbered, pulse
from lab.numbered import RATE
from lab.program import ALOUD, Running, wait_until

PIPE = 256 * 1024
FRAME = 4


class PipeSink:
    """A sink that plays into a pipe, and holds 1.4 seconds of sound there, or of silence."""

    def __init__(self, folder):
        path = folder / "played"
        sink = f"module-pipe-sink sink_name=vs file={path} format=s16le rate={RATE} channels=2"
        self.server = pulse.Server(folder, sink, "module-native-protocol-unix")
        os.mkfifo(path)
        self.pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self.pipe, fcntl.F_SETPIPE_SZ, PIPE)
        self.played, self.ended = b"", False
        self.thread = threading.Thread(target=self.play)

    def __enter__(self):
        self.server.start()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.thread.join()
        self.server.kill()
        os.close(self.pipe)

    def play(self):
        """Reads the pipe as fast as the sound is to be played."""
        start, read = time.monotonic(), 0
        while not self.ended:
            time.sleep(0.005)
            due = int((time.monotonic() - start) * RATE) * FRAME - read
            read += due
            try:
                self.played += os.read(self.pipe, due)
            except BlockingIOError:
                pass

    def has_played(self, number):
        return number in numbered.numbers(self.played)


@pytest.fixture
def sink(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    with PipeSink(folder) as sink:
        yield sink


def test_a_slow_pipe_loses_nothing_and_is_no_hang(sink):
    """Each piece ends in an underrun, after which the server plays for longer than it may take to answer."""
    words = ["play", "--json", "-B", "100ms", "--timeout", "0.9s", *numbered.OPTIONS, "-"]
    with Running(ALOUD, *words, stdin=subprocess.PIPE, environment=sink.server.environment) as player:
        for first, last in [(0, RATE // 2), (RATE // 2, RATE)]:
            player.process.stdin.write(numbered.frames(first, last))
            player.process.stdin.flush()
            wait_until(lambda: sink.has_played(last - 1), "the piece")
        player.process.stdin.close()
        result = player.end()
    assert (result.status, result.event("end")["frames"]) == (0, RATE), result
    assert numbered.skips(numbered.numbers(sink.played)) == []


def test_a_stop_acts_while_the_server_plays_on(sink):
    words = ["play", "--json", "-B", "800ms", *numbered.OPTIONS, "-"]
    with Running(ALOUD, *words, stdin=subprocess.PIPE, environment=sink.server.environment) as player:
        player.process.stdin.write(numbered.frames(0, RATE))
        player.process.stdin.flush()
        wait_until(lambda: sink.has_played(0), "sound")
        player.signal(signal.SIGINT)
        result = player.end()
    end = result.event("end")
    assert (end["why"], end["xruns"]) == ("SIGINT", 0), result
    # Not to the end of the sound.
    assert 0 < end["frames"] < RATE, result
