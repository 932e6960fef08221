"""Mixer controls as amixer reports them, and the result that each change must have, computed independently of aloud."""

import ctypes
import math
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction

from lab.program import output_of

DIRECTIONS = ["playback", "capture"]
CONTROL = re.compile(r"Simple mixer control '(.*)',(\d+)")
TOKEN = re.compile(r"(Playback|Capture)|\[(-?[\d.]+)dB\]|\[(on|off)\]|\[-?\d+%\]|(-?\d+)")


def contents(*mixer):
    """Every element of a mixer with its values, as amixer prints them. `mixer` is like `"-c", "Dummy"`."""
    return output_of("amixer", *mixer, "contents")


def restore(card, before):
    """Sets every element of a card to its value in `before`, the output of `contents`."""
    found = re.findall(r"numid=(\d+),.*\n.*access=rw.*\n(?:  ; .*\n)*  : values=(.*)", before)
    lines = [f"cset numid={number} {values}\n" for number, values in found]
    # Twice: an element that another one makes inactive cannot be set before the other one.
    output_of("amixer", "-q", "-c", card, "-s", stdin="".join(lines * 2).encode())


@contextmanager
def locked(card, name):
    """Locks an element against all other programs until the `with` block ends."""
    asound = ctypes.CDLL("libasound.so.2")
    ctl, element = ctypes.c_void_p(), ctypes.c_void_p()
    assert asound.snd_ctl_open(ctypes.byref(ctl), f"hw:{card}".encode(), 0) == 0
    asound.snd_ctl_elem_id_malloc(ctypes.byref(element))
    asound.snd_ctl_elem_id_set_interface(element, 2)  # SND_CTL_ELEM_IFACE_MIXER
    asound.snd_ctl_elem_id_set_name(element, name.encode())
    assert asound.snd_ctl_elem_lock(ctl, element) == 0
    try:
        yield
    finally:
        asound.snd_ctl_elem_id_free(element)
        # Closing unlocks the element.
        asound.snd_ctl_close(ctl)


def controls(*mixer):
    """What amixer prints about each control, even an inactive one, by name and index."""
    blocks = re.split(r"(?m)^(?=Simple mixer control)", output_of("amixer", "-i", *mixer, "scontents"))
    found = (Control.parse(block) for block in blocks if block.strip())
    return {(control.name, control.index): control for control in found}


def db_ranges(*mixer):
    """The dB ranges of a mixer's volume elements, by element name and index: (min, max) in hundredths of a dB."""
    found = {}
    for block in re.split(r"(?m)^(?=numid=)", contents(*mixer)):
        name = re.search(r"name='(.*)'(?:,index=(\d+))?\n.*type=INTEGER.*min=(-?\d+),max=(-?\d+)", block)
        if not name:
            continue
        low, high = int(name[3]), int(name[4])
        if step := re.search(r"dBscale-min=(-?[\d.]+)dB,step=([\d.]+)dB,mute=0", block):
            lowest = hundredths(step[1])
            found[name[1], int(name[2] or 0)] = (lowest, lowest + hundredths(step[2]) * (high - low))
        elif ends := re.search(r"dBminmax-min=(-?[\d.]+)dB,max=(-?[\d.]+)dB", block):
            found[name[1], int(name[2] or 0)] = (hundredths(ends[1]), hundredths(ends[2]))
    return found


def hundredths(text):
    return round(float(text) * 100)


@dataclass
class Control:
    """A simple control: its capabilities, and its raw volumes and switches by direction and channel."""

    name: str
    index: int
    capabilities: list
    limits: dict
    volumes: dict = field(default_factory=dict)
    switches: dict = field(default_factory=dict)
    items: list = field(default_factory=list)
    selected: list = field(default_factory=list)

    @classmethod
    def parse(cls, block):
        first, *lines = block.strip().split("\n")
        name, index = CONTROL.match(first).groups()
        fields = dict(line.strip().split(": ", 1) for line in lines if ": " in line)
        control = cls(name, int(index), fields["Capabilities"].split(), limits(fields.get("Limits", "")))
        control.items = re.findall(r"'([^']*)'", fields.get("Items", ""))
        control.selected = [value.strip("'") for key, value in fields.items() if re.fullmatch(r"Item\d+", key)]
        channels = {one: fields.get(f"{one.capitalize()} channels", "").split(" - ") for one in DIRECTIONS}
        for channel, values in fields.items():
            directions = [direction for direction in DIRECTIONS if channel in channels[direction]]
            if directions:
                control.parse_channel(channel, values, directions)
        return control

    def parse_channel(self, channel, values, directions):
        """Parses `Playback 63 [100%] [0.00dB] [on] Capture [off]`. A volume before any direction is common to both."""
        for direction, _, switch, raw in TOKEN.findall(values):
            if direction:
                directions = [direction.lower()]
            elif raw:
                self.volumes.update({(direction, channel): int(raw) for direction in directions})
            elif switch:
                self.switches.update({(direction, channel): switch == "on" for direction in directions})

    def equals(self, reported):
        """Whether a JSON object of `aloud mixer get` has all of these values, and no others."""
        volumes, switches = reported_values(reported)
        same = all(volumes.get(key) == value for key, value in self.volumes.items())
        return same and switches == self.switches and (reported["enum"] or {"current": []})["current"] == self.selected


def limits(text):
    """The lowest and the highest volume, by direction."""
    both = re.fullmatch(r"(-?\d+) - (-?\d+)", text)
    if both:
        return {direction: (int(both[1]), int(both[2])) for direction in DIRECTIONS}
    found = re.findall(r"(Playback|Capture) (-?\d+) - (-?\d+)", text)
    return {direction.lower(): (int(low), int(high)) for direction, low, high in found}


def reported_values(reported):
    """The raw volumes and the switches in a JSON object of `aloud mixer get`, by direction and channel."""
    volumes, switches = {}, {}
    for direction, key, on in (("playback", "muted", False), ("capture", "recording", True)):
        for channel in (reported[direction] or {"channels": []})["channels"]:
            place = direction, channel["channel"]
            if channel["raw"] is not None:
                volumes[place] = channel["raw"]
            if channel[key] is not None:
                switches[place] = channel[key] == on
    return volumes, switches


def raw_volumes(reported):
    """The raw volume of each channel in a JSON object of `aloud mixer get`, of playback if it has that."""
    return [channel["raw"] for channel in (reported["playback"] or reported["capture"])["channels"]]


@dataclass
class Scale:
    """The raw range of a volume, and its dB range in hundredths, if it has one."""

    low: int
    high: int
    db: tuple = None

    def clamp(self, raw):
        return max(self.low, min(self.high, raw))

    def db_of(self, raw):
        lowest, highest = self.db
        return lowest + (highest - lowest) * (raw - self.low) // (self.high - self.low)

    def raw_of_db(self, db, rounding):
        lowest, highest = self.db
        exact = Fraction((max(lowest, min(highest, db)) - lowest) * (self.high - self.low), highest - lowest)
        return self.low + {"near": math.floor(exact + Fraction(1, 2)), "up": math.ceil(exact), "down": math.floor(exact)}[rounding]

    def mapped_of(self, raw):
        """alsamixer's mapped volume, from 0 to 1."""
        if not self.db:
            return (raw - self.low) / (self.high - self.low)
        lowest, highest = self.db
        if highest - lowest <= 2400:
            return (self.db_of(raw) - lowest) / (highest - lowest)
        floor = 10 ** ((lowest - highest) / 6000)
        return (10 ** ((self.db_of(raw) - highest) / 6000) - floor) / (1 - floor)

    def raw_of_mapped(self, mapped, rounding):
        rounded = {"near": round, "up": lambda x: math.ceil(x - 1e-7), "down": lambda x: math.floor(x + 1e-7)}[rounding]
        mapped = max(0.0, min(1.0, mapped))
        if not self.db:
            return self.low + rounded(mapped * (self.high - self.low))
        lowest, highest = self.db
        if highest - lowest <= 2400:
            return self.raw_of_db(lowest + rounded(mapped * (highest - lowest)), rounding)
        floor = 10 ** ((lowest - highest) / 6000)
        loudness = max(mapped * (1 - floor) + floor, 1e-36)
        return self.raw_of_db(highest + rounded(6000 * math.log10(loudness)), rounding)

    def changed(self, now, word, mapped):
        """The raw volume after a change like `40`, `5%+` or `-12dB`."""
        number, unit, sign = re.fullmatch(r"(-?[\d.]+)(%|dB|)([+-]?)", word).groups()
        number = float(number)
        if not sign:
            if unit == "dB":
                return self.raw_of_db(round(number * 100), "near")
            if unit == "%" and mapped:
                return self.raw_of_mapped(number / 100, "near")
            return self.low + round((self.high - self.low) * (number * 0.01)) if unit else int(number)
        if number == 0:
            return now
        step, rounding = (1, "up") if sign == "+" else (-1, "down")
        if unit == "dB":
            wanted = self.raw_of_db(self.db_of(now) + step * round(number * 100), rounding)
        elif unit == "%" and mapped:
            wanted = self.raw_of_mapped(self.mapped_of(now) + step * number / 100, rounding)
        elif unit == "%":
            wanted = now + step * round((self.high - self.low) * (number * 0.01))
        else:
            wanted = now + step * int(number)
        # At least one step, and never in the other direction.
        return self.clamp(max(wanted, now + 1) if step > 0 else min(wanted, now - 1))
