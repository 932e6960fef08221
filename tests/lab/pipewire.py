"""A private PipeWire server with one null sink, `vs`, whose monitor records what was played."""

import fcntl
import json
import os
import signal
import subprocess
from contextlib import contextmanager

from lab.priority import PRIORITY
from lab.program import CHECKOUT, Running, run, wait_until
from lab.sound import wait_for_noise

# pipewire-alsa is unpacked, not installed: installed, it would make `default` mean PipeWire on the whole machine.
PLUGINS = CHECKOUT / ".cache/pipewire-alsa/usr/lib"

CONFIGURATION = """
</usr/share/alsa/alsa.conf>
pcm_type.pipewire {{ lib "{pcm}" }}
ctl_type.pipewire {{ lib "{ctl}" }}
pcm.pipewire {{ type pipewire }}
ctl.pipewire {{ type pipewire }}
pcm.!default {{ type pipewire }}
ctl.!default {{ type pipewire }}
"""

SINK = (
    "{{ factory.name=support.null-audio-sink node.name={name} media.class=Audio/Sink object.linger=true"
    " audio.position=[{positions}] monitor.channel-volumes=true }}"
)


# A client of the server that writes what a sink plays into a pipe. pw-record would write to the disk, and lose what is
# played meanwhile; this one does all in its real-time thread.
RECORDER = """
context.spa-libs = {{ audio.convert.* = audioconvert/libspa-audioconvert support.* = support/libspa-support }}
context.modules = [
    {{ name = libpipewire-module-rt args = {{ nice.level = -11 rt.prio = 88 }} flags = [ ifexists nofail ] }}
    {{ name = libpipewire-module-protocol-native }}
    {{ name = libpipewire-module-client-node }}
    {{ name = libpipewire-module-adapter }}
    {{ name = libpipewire-module-pipe-tunnel args = {{
        tunnel.mode = capture pipe.filename = "{pipe}"
        audio.format = S16LE audio.rate = {rate} audio.channels = {channels} audio.position = [ FL FR ]
        stream.props = {{ node.name = recorder stream.capture.sink = true target.object = {sink} }}
    }} }}
]
"""

# Bytes. More than five seconds of sound, in case nobody reads for a while.
PIPE = 1024 * 1024


def plugin(kind):
    (path,) = PLUGINS.glob(f"*/alsa-lib/libasound_module_{kind}_pipewire.so")
    return path


class Server:
    """`environment` makes programs use this server, through alsa-lib's plugin too, and none of the user's files."""

    name = "pipewire"

    def __init__(self, folder):
        self.folder = folder
        self.runtime = folder / "run"
        self.runtime.mkdir(mode=0o700)
        configuration = folder / "asound.conf"
        configuration.write_text(CONFIGURATION.format(pcm=plugin("pcm"), ctl=plugin("ctl")))
        homes = dict.fromkeys(["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"], str(folder))
        self.environment = {**homes, "XDG_RUNTIME_DIR": str(self.runtime), "ALSA_CONFIG_PATH": str(configuration)}
        # What is recorded with this environment is what the sink plays.
        self.recording = {**self.environment, "PIPEWIRE_ALSA": "{ stream.capture.sink=true }"}
        self.daemons = []

    def start(self):
        """Starts the daemons and makes the sink, which is the default."""
        self.start_daemon("dbus-daemon", "--session", "--nofork", f"--address=unix:path={self.runtime}/bus")
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={self.runtime}/bus"
        self.recording["DBUS_SESSION_BUS_ADDRESS"] = self.environment["DBUS_SESSION_BUS_ADDRESS"]
        wait_until((self.runtime / "bus").exists, "the session bus")
        self.main = self.start_daemon(*PRIORITY, "pipewire")
        wait_until(self.answers, "PipeWire")
        self.start_daemon("wireplumber")
        wait_until(lambda: "default.configured" in self.metadata() or "WirePlumber" in self.run("pw-cli", "ls", "Client").stdout, "WirePlumber")
        self.add_sink("vs")
        wait_until(lambda: '"vs"' in self.metadata(), "the sink to become the default")

    def start_daemon(self, *command):
        daemon = Running(*command, environment=self.environment)
        self.daemons.append(daemon)
        return daemon

    def kill(self):
        """Kills all daemons, as a crash does."""
        for daemon in reversed(self.daemons):
            daemon.__exit__()
        self.daemons.clear()
        for socket in self.runtime.glob("pipewire-0*"):
            socket.unlink()

    def freeze(self):
        """Stops the server's process: it no longer answers."""
        self.main.signal(signal.SIGSTOP)

    def thaw(self):
        self.main.signal(signal.SIGCONT)

    def add_sink(self, name, positions="FL,FR"):
        sink = SINK.format(name=name, positions=positions.replace(",", " "))
        assert self.run("pw-cli", "create-node", "adapter", sink).status == 0

    def remove_sink(self, name):
        nodes = self.run("pw-cli", "ls", "Node").stdout.split("\tid ")
        (node,) = (node.split(",")[0] for node in nodes if f'node.name = "{name}"' in node)
        assert self.run("pw-cli", "destroy", node).status == 0

    def set_default(self, name):
        """Makes a sink the default one; the session manager moves what plays there."""
        value = json.dumps({"name": name})
        assert self.run("pw-metadata", "0", "default.configured.audio.sink", value, "Spa:String:JSON").status == 0

    def set_volume(self, percent):
        assert self.run("wpctl", "set-volume", "@DEFAULT_AUDIO_SINK@", f"{percent}%").status == 0

    def set_mute(self, muted):
        assert self.run("wpctl", "set-mute", "@DEFAULT_AUDIO_SINK@", str(int(muted))).status == 0

    def run(self, *words):
        return run(*words, environment=self.environment)

    def metadata(self):
        return self.run("pw-metadata", "-n", "default").stdout

    def answers(self):
        return self.run("pw-cli", "info", "0").status == 0

    def absent(self):
        """An environment in which no server runs."""
        empty = self.folder / "nowhere"
        empty.mkdir(mode=0o700, exist_ok=True)
        return {**self.environment, "XDG_RUNTIME_DIR": str(empty)}

    def streams(self):
        """How many programs play or record."""
        return self.run("pw-cli", "ls", "Node").stdout.count("Stream/")

    def recorded(self, sink):
        """The file that the monitor writes."""
        return self.folder / f"recorded-{sink}"

    @contextmanager
    def monitor(self, sound, sink="vs"):
        """Records what the sink plays until the `with` block ends. The value is a function that waits for the sound and
        returns the recording.

        The first moments of a stream may be missing: the sound must start with silence.
        """
        path, pipe = self.recorded(sink), self.folder / f"pipe-{sink}"
        path.unlink(missing_ok=True)
        configuration = self.folder / "recorder.conf"
        configuration.write_text(RECORDER.format(pipe=pipe, rate=sound.rate, channels=sound.channels, sink=sink))

        def links():
            return self.run("pw-link", "-l").stdout.count("recorder:input_FL")

        before = links()
        with Running(*PRIORITY, "pipewire", "-c", configuration, environment=self.environment):
            wait_until(pipe.exists, "the recorder's pipe")
            with open(os.open(pipe, os.O_RDWR), "rb") as source, open(path, "wb") as file:
                fcntl.fcntl(source, fcntl.F_SETPIPE_SZ, PIPE)
                with subprocess.Popen(["cat"], stdin=source, stdout=file) as cat:
                    try:
                        wait_until(lambda: links() > before, "the recorder to record")
                        yield lambda: wait_for_noise(sound, path)
                    finally:
                        cat.kill()
        pipe.unlink(missing_ok=True)
