"""The emulated cards of tests/vm: what they have played, and unplugging one of them."""

import json
import os
from pathlib import Path

from lab.cards import give_to_audio, node, present
from lab.program import output_of, wait_until

SCRATCH = Path(os.environ.get("SCRATCH", "/nonexistent"))

# The WAV files of the emulated cards are S16_LE with two channels. At these rates every bit of the sound arrives.
# USB drops the last few milliseconds when it stops, as the cable does; the others play to the last frame.
NATIVE_RATE = {"AC97": 48000, "ES1370": 44100, "HDA": 48000, "USB": 48000}


def played(card):
    """All that an emulated card has played since the machine started.

    QEMU keeps the last few kilobytes until more is played: a little silence flushes them.
    """
    raw = ["-t", "raw", "-f", "S16_LE", "-c", 2, "-r", NATIVE_RATE[card]]
    output_of("aplay", "-q", "-D", f"hw:{card}", *raw, "-", stdin=bytes(4 * 12000))
    return (SCRATCH / f"{card.lower()}.wav").read_bytes()[44:]


def monitor(command, **arguments):
    """Sends a command to QEMU's monitor, and returns its answer."""
    with open(monitor_port(), "r+b", buffering=0) as wire:
        send(wire, "qmp_capabilities")
        return send(wire, command, **arguments)


def monitor_port():
    for port in Path("/sys/class/virtio-ports").iterdir():
        if (port / "name").read_text().strip() == "monitor":
            return Path("/dev", port.name)
    raise AssertionError("there is no port to QEMU's monitor")


def send(wire, command, **arguments):
    wire.write(json.dumps({"execute": command, "arguments": arguments, "id": command}).encode() + b"\n")
    while True:
        line = b""
        while not line.endswith(b"\n"):
            line += wire.read(1)
        answer = json.loads(line)
        if answer.get("id") == command:  # anything else is an event
            return answer


def unplug_usb():
    assert "return" in monitor("device_del", id="usb")
    wait_until(lambda: not present("USB"), "the USB card to disappear")


def plug_usb(**port):
    """Plugs the USB card in; `port="2"` selects a port. QEMU refuses until it has cleaned up the unplugged card."""

    def added():
        return "return" in monitor("device_add", driver="usb-audio", id="usb", audiodev="usb", **port)

    wait_until(added, "QEMU to plug the USB card in")
    wait_until(lambda: present("USB") and node("USB", "pcmC{}D0p").exists(), "the USB card to appear")
    give_to_audio()
    # As tests/vm/guest.sh does.
    output_of("amixer", "-q", "-c", "USB", "sset", "Audio Output Volume Control", "100%")
