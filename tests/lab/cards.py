"""The virtual machine's sound cards: what they hear, what they play, and their plugs."""

import json
import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path

from lab.program import ALOUD, Running, done, wait_until
from lab.sound import wait_for_all

ALL = ["Dummy", "Loopback", "AC97", "ES1370", "HDA", "USB"]
SCRATCH = Path(os.environ.get("SCRATCH", "/nonexistent"))


def present(card):
    return Path("/proc/asound", card).exists()


def state(card, pcm, subdevice=0):
    """The state of a PCM as the kernel names it (`RUNNING` …), or `closed`. `pcm` is like `pcm0p`."""
    text = Path("/proc/asound", card, pcm, f"sub{subdevice}", "status").read_text()
    return text.split("\n")[0].removeprefix("state: ")


def position(card, pcm, subdevice=0):
    """Frames that a PCM's hardware has played or captured since it was prepared; `None` while it is closed."""
    text = Path("/proc/asound", card, pcm, f"sub{subdevice}", "status").read_text()
    found = re.search(r"^hw_ptr +: (\d+)", text, re.MULTILINE)
    return found and int(found[1])


def wait_for_state(card, pcm, wanted, subdevice=0):
    wait_until(lambda: state(card, pcm, subdevice) == wanted, f"{card} {pcm} to be {wanted}")


@contextmanager
def hold(device):
    """Has aplay use a device until the `with` block ends."""
    with Running("aplay", "-q", "-D", device, "-t", "raw", "-f", "dat", "/dev/zero") as holder:
        wait_until(lambda: f"owner_pid   : {holder.pid}" in statuses(), f"aplay to hold {device}")
        yield holder


def statuses():
    return "".join(path.read_text() for path in Path("/proc/asound").glob("card*/pcm*/sub*/status"))


@contextmanager
def forbidden(card):
    """Lets nobody but root use a card until the `with` block ends."""
    path = node(card, "controlC{}")
    path.chmod(0o600)
    yield
    path.chmod(0o660)


class Cable:
    """What is played on `device` is recorded at the other end."""

    def __init__(self, sound, subdevice, path):
        self.sound, self.path = sound, path
        self.device = f"hw:Loopback,0,{subdevice}"

    def heard(self):
        return wait_for_all(self.sound, self.path)


@contextmanager
def cable(sound, path, subdevice=0):
    """Has arecord at the other end until the `with` block ends.

    Its long buffer is for the emulation, which stalls now and then. The cable loses what is played within a period
    of the recorder before the player stops: the sound has to end in silence.
    """
    source = f"hw:Loopback,1,{subdevice}"
    options = ["-q", "-t", "raw", "--buffer-size=96000", "--period-size=4800", *sound.options()]
    with Running("arecord", "-D", source, *options, path) as recorder:
        wait_for_state("Loopback", "pcm1c", "RUNNING", subdevice)
        yield Cable(sound, subdevice, path)
        recorder.process.terminate()
        assert "overrun" not in recorder.end().stderr, "the lab's recorder could not keep up"


@contextmanager
def sounding(sound, path, subdevice=0):
    """Has aplay play a sound into the cable, and waits until it does; a short one may be over before anybody looks.

    Its long buffer is for the emulation, which stalls now and then.
    """
    path.write_bytes(sound.data)
    device = f"hw:Loopback,0,{subdevice}"
    with Running("aplay", "-q", "-D", device, "-B", 2_000_000, "-t", "raw", *sound.options(), path) as player:
        started = lambda: state("Loopback", "pcm0p", subdevice) in ("RUNNING", "DRAINING")
        wait_until(lambda: started() or player.process.poll() is not None, "the player to begin")
        yield player
        assert "underrun" not in player.so_far().stderr, "the lab's player could not keep up"


@contextmanager
def recording(*options, subdevice=0):
    """Has aloud record from the cable, and waits until it does; it is killed where it still runs at the end."""
    with Running(ALOUD, "record", "--json", "-D", f"hw:Loopback,1,{subdevice}", *options) as recorder:
        wait_for_state("Loopback", "pcm1c", "RUNNING", subdevice)
        yield recorder


def captured(subdevice=0):
    """Frames that have been captured from the cable, by the kernel's own count."""
    return position("Loopback", "pcm1c", subdevice)


# What the emulated cards' WAV files hold, in S16_LE and two channels: with it, every bit arrives.
# USB forgets the last few milliseconds when it is stopped, as the cable does; the others play to the last frame.
NATIVE_RATE = {"AC97": 48000, "ES1370": 44100, "HDA": 48000, "USB": 48000}


def played(card):
    """All that an emulated card has played since the machine started.

    QEMU keeps the last few kilobytes until more is played: a little silence pushes them out.
    """
    raw = ["-t", "raw", "-f", "S16_LE", "-c", 2, "-r", NATIVE_RATE[card]]
    done("aplay", "-q", "-D", f"hw:{card}", *raw, "-", stdin=bytes(4 * 12000))
    return (SCRATCH / f"{card.lower()}.wav").read_bytes()[44:]


def qemu(command, **arguments):
    """Asks QEMU's monitor, and gives its answer."""
    with open(monitor_port(), "r+b", buffering=0) as port:
        ask(port, "qmp_capabilities")
        return ask(port, command, **arguments)


def monitor_port():
    for port in Path("/sys/class/virtio-ports").iterdir():
        if (port / "name").read_text().strip() == "monitor":
            return Path("/dev", port.name)
    raise AssertionError("no way to QEMU's monitor")


def ask(port, command, **arguments):
    port.write(json.dumps({"execute": command, "arguments": arguments, "id": command}).encode() + b"\n")
    while True:
        line = b""
        while not line.endswith(b"\n"):
            line += port.read(1)
        answer = json.loads(line)
        if answer.get("id") == command:  # all else are events
            return answer


def give_to_audio():
    """Gives the devices of a card that has come to the group that may use them, as tests/vm/guest.sh does: there is no udev."""
    for path in Path("/dev/snd").iterdir():
        if not path.is_dir():
            shutil.chown(path, group="audio")
            path.chmod(0o660)


def unplug_usb():
    assert "return" in qemu("device_del", id="usb")
    wait_until(lambda: not present("USB"), "the USB card to go")


def plug_usb():
    """QEMU refuses as long as it has not quite forgotten the unplugged one."""

    def added():
        return "return" in qemu("device_add", driver="usb-audio", id="usb", audiodev="usb")

    wait_until(added, "QEMU to plug the USB card in")
    wait_until(lambda: present("USB") and node("USB", "pcmC{}D0p").exists(), "the USB card to come")
    give_to_audio()
    done("amixer", "-q", "-c", "USB", "sset", "Audio Output Volume Control", "100%")  # as tests/vm/guest.sh does


def node(card, name):
    """A device file of a card: `node("USB", "pcmC{}D0p")` is /dev/snd/pcmC5D0p."""
    index = Path("/proc/asound", card).readlink().name.removeprefix("card")
    return Path("/dev/snd", name.format(index))


def dummy_driver(action):
    """`unbind` takes card Dummy away, whoever is using it; `bind` brings it back."""
    Path("/sys/bus/platform/drivers/snd_dummy", action).write_text("snd_dummy.0")
    wait_until(lambda: present("Dummy") == (action == "bind"), f"card Dummy to {action}")
    give_to_audio()
