"""The guest's sound cards: their state, what they play and capture, and their driver."""

import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path

from lab.program import ALOUD, Running, output_of, wait_until
from lab.sound import wait_for_noise

# The cards of this guest, by index; set by guest.sh.
ALL = os.environ.get("CARDS", "").split()
WITH_CONTROLS = [card for card in ALL if card != "Loopback"]


def present(card):
    return Path("/proc/asound", card).exists()


def state(card, pcm, subdevice=0):
    """The state of a PCM as the kernel names it (`RUNNING` …), or `closed`. `pcm` is like `pcm0p`."""
    text = Path("/proc/asound", card, pcm, f"sub{subdevice}", "status").read_text()
    return text.split("\n")[0].removeprefix("state: ")


def position(card, pcm, subdevice=0):
    """How many frames the hardware has played or captured since the PCM was prepared; `None` while it is closed."""
    text = Path("/proc/asound", card, pcm, f"sub{subdevice}", "status").read_text()
    found = re.search(r"^hw_ptr +: (\d+)", text, re.MULTILINE)
    return found and int(found[1])


def wait_for_state(card, pcm, wanted, subdevice=0):
    wait_until(
        lambda: state(card, pcm, subdevice) == wanted,
        lambda: f"{card} {pcm} to be {wanted} (it is {state(card, pcm, subdevice)})",
    )


@contextmanager
def hold(device, *options):
    """Lets aplay use a device until the `with` block ends."""
    with Running("aplay", "-q", "-D", device, "-t", "raw", "-f", "dat", *options, "/dev/zero") as holder:
        wait_until(lambda: f"owner_pid   : {holder.pid}" in statuses(), f"aplay to hold {device}")
        yield holder


def statuses():
    return "".join(path.read_text() for path in Path("/proc/asound").glob("card*/pcm*/sub*/status"))


@contextmanager
def root_only(card):
    """Lets only root use a card until the `with` block ends."""
    path = node(card, "controlC{}")
    path.chmod(0o600)
    yield
    path.chmod(0o660)


class Cable:
    """What is played on `device` is recorded at the other end."""

    def __init__(self, sound, subdevice, path):
        self.sound, self.path = sound, path
        self.device = f"hw:Loopback,0,{subdevice}"

    def recorded(self):
        return wait_for_noise(self.sound, self.path)


@contextmanager
def recorder(path, *options, subdevice=0):
    """Runs arecord at the far end of a cable until the `with` block ends.

    The cable drops what is played within a period of the recorder before the player stops: a sound has to end in
    silence.
    """
    device = ["-D", f"hw:Loopback,1,{subdevice}", "--buffer-size=96000", "--period-size=4800"]
    with Running("arecord", "-q", *device, "-t", "raw", *options, path) as running:
        wait_for_state("Loopback", "pcm1c", "RUNNING", subdevice)
        yield running
        running.process.terminate()
        assert "overrun" not in running.end().stderr, "arecord could not keep up"


@contextmanager
def cable(sound, path, subdevice=0):
    """A cable with `recorder` at its far end."""
    with recorder(path, *sound.options(), subdevice=subdevice):
        yield Cable(sound, subdevice, path)


@contextmanager
def playing(sound, path, subdevice=0):
    """Lets aplay play a sound into the cable, and waits until it has started."""
    path.write_bytes(sound.data)
    device = f"hw:Loopback,0,{subdevice}"
    with Running("aplay", "-q", "-D", device, "-B", 2_000_000, "-t", "raw", *sound.options(), path) as player:
        # A short sound may have ended before the first check.
        started = lambda: state("Loopback", "pcm0p", subdevice) in ("RUNNING", "DRAINING")
        wait_until(lambda: started() or player.process.poll() is not None, "the player to start")
        yield player
        assert "underrun" not in player.so_far().stderr, "aplay could not keep up"


@contextmanager
def recording(*options, subdevice=0):
    """Runs `aloud record` on the cable until the `with` block ends, and waits until it has started."""
    with Running(ALOUD, "record", "--json", "-D", f"hw:Loopback,1,{subdevice}", *options) as recorder:
        wait_for_state("Loopback", "pcm1c", "RUNNING", subdevice)
        yield recorder


def captured_frames(subdevice=0):
    """How many frames have been captured from the cable, as the kernel counts them."""
    return position("Loopback", "pcm1c", subdevice) or 0


def wait_for_frames(count, subdevice=0):
    """Waits until that many more frames have been captured from the cable."""
    wanted = captured_frames(subdevice) + count
    wait_until(lambda: captured_frames(subdevice) >= wanted, f"{count} more frames to be captured")


def give_to_audio():
    """Sets the group of a new card's devices, as tests/lab/guest.sh does, because there is no udev."""
    for path in Path("/dev/snd").iterdir():
        if not path.is_dir():
            shutil.chown(path, group="audio")
            path.chmod(0o660)


def node(card, name):
    """A device file of a card: `node("USB", "pcmC{}D0p")` is /dev/snd/pcmC5D0p."""
    index = Path("/proc/asound", card).readlink().name.removeprefix("card")
    return Path("/dev/snd", name.format(index))


def dummy_driver(action):
    """`unbind` removes card Dummy, even while it is in use; `bind` brings it back."""
    driver("Dummy", action)


def driver(card, action):
    """Does `action`: `unbind` removes card Dummy or Loopback, even while it is in use; `bind` brings it back."""
    name = {"Dummy": "snd_dummy", "Loopback": "snd_aloop"}[card]
    Path("/sys/bus/platform/drivers", name, action).write_text(f"{name}.0")
    wait_until(lambda: present(card) == (action == "bind"), f"card {card} to {action}")
    give_to_audio()


def index(card):
    """The number of a card."""
    return int(Path("/proc/asound", card).readlink().name.removeprefix("card"))


def suspend():
    """Suspends all devices, as the machine's sleep does, and resumes them after five seconds."""
    Path("/sys/power/pm_test").write_text("devices")
    Path("/sys/power/state").write_text("mem")


@contextmanager
def clock(shift):
    """Changes the clock of the second cable: a frame takes `shift` / 100000 of its time."""

    def set_shift(value):
        for device in (0, 1):
            element = f"iface=PCM,name='PCM Rate Shift 100000',device={device},subdevice=1"
            output_of("amixer", "-q", "-c", "Loopback", "cset", element, value)

    set_shift(shift)
    try:
        yield
    finally:
        set_shift(100_000)
