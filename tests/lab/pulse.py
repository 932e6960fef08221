"""A private PulseAudio server with one null sink, `vs`, whose monitor records what was played."""

import shutil
import signal
from contextlib import contextmanager

from lab.program import Running, run, wait_until
from lab.sound import wait_for_noise

# alsa-lib plays through the server.
CONFIGURATION = """
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse }
ctl.!default { type pulse }
"""

MODULES = ["module-null-sink sink_name=vs format=s16le rate=48000 channels=2", "module-native-protocol-unix"]


class Server:
    """`environment` makes programs use this server, through alsa-lib's plugin too, and none of the user's files."""

    name = "pulse"

    def __init__(self, folder):
        self.folder = folder
        configuration = folder / "asound.conf"
        configuration.write_text(CONFIGURATION)
        homes = dict.fromkeys(["HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"], str(folder))
        self.environment = {**homes, "PULSE_SERVER": f"unix:{folder}/pulse/native", "ALSA_CONFIG_PATH": str(configuration)}
        # What is recorded with this environment is what the sink plays.
        self.recording = self.environment
        self.main = None

    def start(self):
        loads = [word for module in MODULES for word in ("-L", module)]
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", *loads]
        self.main = Running("pulseaudio", *options, environment=self.environment)
        wait_until(lambda: self.pactl("info").status == 0, "the PulseAudio server")

    def kill(self):
        """Kills the server, as a crash does."""
        self.main.__exit__()
        shutil.rmtree(self.folder / "pulse", ignore_errors=True)

    def freeze(self):
        """Stops the server's process: it no longer answers."""
        self.main.signal(signal.SIGSTOP)

    def thaw(self):
        self.main.signal(signal.SIGCONT)

    def absent(self):
        """An environment in which no server runs."""
        return {**self.environment, "PULSE_SERVER": f"unix:{self.folder}/nowhere"}

    def pactl(self, *words):
        return run("pactl", *words, environment=self.environment)

    def streams(self):
        """How many programs play or record."""
        return sum(len(self.pactl("list", "short", kind).stdout.splitlines()) for kind in ("sink-inputs", "source-outputs"))

    def set_volume(self, percent):
        assert self.pactl("set-sink-volume", "vs", f"{percent}%").status == 0

    def set_mute(self, muted):
        assert self.pactl("set-sink-mute", "vs", str(int(muted))).status == 0

    @contextmanager
    def monitor(self, sound):
        """Records what the sink plays until the `with` block ends. The value is a function that waits for the sound and
        returns the recording.

        When a stream starts, the sink still plays some silence, and the monitor records that instead of the stream's
        first moments: the sound must start with silence.
        """
        path = self.folder / "recorded"
        path.unlink(missing_ok=True)
        form = ["--raw", "--format=s16le", f"--rate={sound.rate}", f"--channels={sound.channels}", "--latency-msec=50"]
        with Running("parec", "-d", "vs.monitor", *form, path, environment=self.environment):
            wait_until(lambda: self.pactl("list", "short", "source-outputs").stdout, "parec to record")
            yield lambda: wait_for_noise(sound, path)
