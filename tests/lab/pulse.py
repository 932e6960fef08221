"""A private PulseAudio server with one null sink, `vs`, whose monitor records what was played."""

import fcntl
import os
import shutil
import signal
import threading
import time
from contextlib import contextmanager

import numpy

from lab.priority import PRIORITY
from lab.program import Running, run, wait_until
from lab.sound import wait_for_noise

# alsa-lib plays through the server.
CONFIGURATION = """
</usr/share/alsa/alsa.conf>
pcm.!pulse { type pulse }
ctl.!pulse { type pulse }
pcm.!default { type pulse }
ctl.!default { type pulse }
"""

# The sink plays all that it has mixed, so that its monitor records what is heard.
MODULES = ["module-null-sink sink_name=vs norewinds=1 format=s16le rate=48000 channels=2", "module-native-protocol-unix"]


class NumberedSource:
    """A source that captures frames numbered by the clock: the frame's number in two samples of 15 bits.

    It continues while the server is away, as the world in front of a microphone does.
    """

    def __init__(self, path, rate=48000):
        self.path, self.rate, self.pipe, self.ended = path, rate, None, False
        # The first frame of each write, and when it was.
        self.writes = []
        self.module = f"module-pipe-source source_name=numbered file={path} format=s16le rate={rate} channels=2"
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.thread.join()

    def run(self):
        start, done, rest = time.monotonic(), 0, b""
        while not self.ended:
            time.sleep(0.005)
            due = int((time.monotonic() - start) * self.rate)
            self.writes.append((done, time.monotonic()))
            numbers, done = numpy.arange(done, due), due
            samples = numpy.stack([numbers % 32768, numbers // 32768 + 1], 1).astype("<i2")
            rest = self.write(rest + samples.tobytes())

    def write(self, data):
        """Writes what fits, and drops the rest like a source that nobody reads. Returns the rest of the last frame."""
        try:
            if self.pipe is None:
                self.pipe = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
                # The least: what is in it is captured late.
                fcntl.fcntl(self.pipe, fcntl.F_SETPIPE_SZ, 4096)
            written = os.write(self.pipe, data)
            return data[written:][: -written % 4]
        except BlockingIOError:
            return b""
        except OSError:
            if self.pipe is not None:
                os.close(self.pipe)
                self.pipe = None
            return b""

    def written_at(self, number):
        """When a frame was written, on the monotonic clock."""
        return max(at for first, at in self.writes if first <= number)

    @staticmethod
    def numbers(samples):
        """The numbers of recorded frames; 0 is silence."""
        low, high = numpy.frombuffer(samples, dtype="<i2").astype(int).reshape(-1, 2).T
        return numpy.where(high > 0, low + (high - 1) * 32768, 0)


class Server:
    """`environment` makes programs use this server, through alsa-lib's plugin too, and none of the user's files."""

    name = "pulse"

    def __init__(self, folder, *modules):
        self.folder, self.modules = folder, modules or MODULES
        configuration = folder / "asound.conf"
        configuration.write_text(CONFIGURATION)
        homes = dict.fromkeys(["HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"], str(folder))
        self.environment = {**homes, "PULSE_SERVER": f"unix:{folder}/pulse/native", "ALSA_CONFIG_PATH": str(configuration)}
        # What is recorded with this environment is what the sink plays.
        self.recording = self.environment
        self.main = None

    def start(self):
        loads = [word for module in self.modules for word in ("-L", module)]
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", *loads]
        self.main = Running(*PRIORITY, "pulseaudio", *options, environment=self.environment)
        wait_until(self.answers, "the PulseAudio server")

    def kill(self):
        """Kills the server, as a crash does."""
        self.main.__exit__()
        shutil.rmtree(self.folder / "pulse", ignore_errors=True)

    def freeze(self):
        """Stops the server's process: it no longer answers."""
        self.main.signal(signal.SIGSTOP)

    def thaw(self):
        self.main.signal(signal.SIGCONT)

    def answers(self):
        return self.pactl("info").status == 0

    def absent(self):
        """An environment in which no server runs."""
        return {**self.environment, "PULSE_SERVER": f"unix:{self.folder}/nowhere"}

    def pactl(self, *words):
        return run("pactl", *words, environment=self.environment)

    def streams(self):
        """How many programs play or record."""
        return sum(len(self.pactl("list", "short", kind).stdout.splitlines()) for kind in ("sink-inputs", "source-outputs"))

    def add_sink(self, name):
        words = [f"sink_name={name}", "format=s16le", "rate=48000", "channels=2"]
        assert self.pactl("load-module", "module-null-sink", *words).status == 0

    def remove_sink(self, name):
        modules = self.pactl("list", "short", "modules").stdout.splitlines()
        (module,) = (module.split()[0] for module in modules if f"sink_name={name}" in module.split())
        assert self.pactl("unload-module", module).status == 0

    def set_default(self, name):
        """Makes a sink the default one, and moves what plays there, as desktops do."""
        assert self.pactl("set-default-sink", name).status == 0
        for line in self.pactl("list", "short", "sink-inputs").stdout.splitlines():
            assert self.pactl("move-sink-input", line.split()[0], name).status == 0

    def wait_for_playback(self):
        wait_until(lambda: self.pactl("list", "short", "sink-inputs").stdout, "a program to play")

    def set_volume(self, percent):
        assert self.pactl("set-sink-volume", "vs", f"{percent}%").status == 0

    def set_mute(self, muted):
        assert self.pactl("set-sink-mute", "vs", str(int(muted))).status == 0

    def recorded(self, sink):
        """The file that the monitor writes."""
        return self.folder / f"recorded-{sink}"

    @contextmanager
    def monitor(self, sound, sink="vs"):
        """Records what the sink plays until the `with` block ends. The value is a function that waits for the sound and
        returns the recording.

        When a stream starts, the sink still plays some silence, and the monitor records that instead of the stream's
        first moments: the sound must start with silence.
        """
        path = self.recorded(sink)
        path.unlink(missing_ok=True)
        form = ["--raw", "--format=s16le", f"--rate={sound.rate}", f"--channels={sound.channels}", "--latency-msec=50"]
        before = self.pactl("list", "short", "source-outputs").stdout
        with Running(*PRIORITY, "parec", "-d", f"{sink}.monitor", *form, path, environment=self.environment):
            wait_until(lambda: self.pactl("list", "short", "source-outputs").stdout != before, "parec to record")
            yield lambda: wait_for_noise(sound, path)
