"""A PulseAudio server for the tests. The monitor of its null sink records what was played."""

from contextlib import contextmanager

from lab.program import Running, run, wait_until
from lab.sound import wait_for_noise

# alsa-lib plays through the server.
CONFIGURATION = """
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse }
ctl.!default { type pulse }
"""


class Server:
    """`environment` makes programs use this server, through alsa-lib too, and none of the user's files."""

    def __init__(self, folder):
        self.folder = folder
        configuration = folder / "asound.conf"
        configuration.write_text(CONFIGURATION)
        homes = dict.fromkeys(["HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"], str(folder))
        self.environment = {**homes, "PULSE_SERVER": f"unix:{folder}/pulse/native", "ALSA_CONFIG_PATH": str(configuration)}

    def pactl(self, *words):
        return run("pactl", *words, environment=self.environment)

    @contextmanager
    def monitor(self, sound):
        """Records what the sink plays until the `with` block ends. The value is a function that waits for the sound and
        returns the recording.

        When a stream starts, the sink still plays some silence, and the monitor records that instead of the stream's
        first moments: the sound has to start with silence.
        """
        path = self.folder / "recorded"
        path.unlink(missing_ok=True)
        form = ["--raw", "--format=s16le", f"--rate={sound.rate}", f"--channels={sound.channels}", "--latency-msec=50"]
        with Running("parec", "-d", "vs.monitor", *form, path, environment=self.environment):
            wait_until(lambda: self.pactl("list", "short", "source-outputs").stdout, "parec to record")
            yield lambda: wait_for_noise(sound, path)


@contextmanager
def server(folder):
    """Runs a server with one sink, `vs`: S16_LE, 48000 Hz, two channels."""
    running = Server(folder)
    modules = ["module-null-sink sink_name=vs format=s16le rate=48000 channels=2", "module-native-protocol-unix"]
    loads = [word for module in modules for word in ("-L", module)]
    options = ["-n", "--daemonize=no", "--exit-idle-time=-1", *loads]
    with Running("pulseaudio", *options, environment=running.environment):
        wait_until(lambda: running.pactl("info").status == 0, "the PulseAudio server")
        yield running
