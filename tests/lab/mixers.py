"""Mixer controls as amixer tells them, and what setting them has to come to: the rules, worked out apart from aloud."""

import ctypes
import math
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction

from lab.program import done

WAYS = ["playback", "capture"]
CONTROL = re.compile(r"Simple mixer control '(.*)',(\d+)")
TOKEN = re.compile(r"(Playback|Capture)|\[(-?[\d.]+)dB\]|\[(on|off)\]|\[-?\d+%\]|(-?\d+)")


def contents(*place):
    """Every element of a mixer with its values, in amixer's words. `place` is like `"-c", "Dummy"`."""
    return done("amixer", *place, "contents")


def restore(card, before):
    """Gives every element of a card the value that it had in `before`, which is what `contents` told."""
    found = re.findall(r"numid=(\d+),.*\n.*access=rw.*\n(?:  ; .*\n)*  : values=(.*)", before)
    lines = [f"cset numid={number} {values}\n" for number, values in found]
    # Twice: what another one makes inactive cannot be set before that one is.
    done("amixer", "-q", "-c", card, "-s", stdin="".join(lines * 2).encode())


@contextmanager
def locked(card, name):
    """Locks an element, as one program may against all others, until the `with` block ends."""
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
        # Unlocks what it has locked.
        asound.snd_ctl_close(ctl)


def controls(*place):
    """What amixer tells of each control, of inactive ones too, by name and index."""
    blocks = re.split(r"(?m)^(?=Simple mixer control)", done("amixer", "-i", *place, "scontents"))
    found = (Control.read(block) for block in blocks if block.strip())
    return {(control.name, control.index): control for control in found}


def scales(*place):
    """The dB scales of a mixer's volume elements, by element name: (least, greatest) in hundredths of a dB."""
    found = {}
    for block in re.split(r"(?m)^(?=numid=)", contents(*place)):
        name = re.search(r"name='(.*)'(?:,index=(\d+))?\n.*type=INTEGER.*min=(-?\d+),max=(-?\d+)", block)
        if not name:
            continue
        low, high = int(name[3]), int(name[4])
        if step := re.search(r"dBscale-min=(-?[\d.]+)dB,step=([\d.]+)dB,mute=0", block):
            least = hundredths(step[1])
            found[name[1], int(name[2] or 0)] = (least, least + hundredths(step[2]) * (high - low))
        elif ends := re.search(r"dBminmax-min=(-?[\d.]+)dB,max=(-?[\d.]+)dB", block):
            found[name[1], int(name[2] or 0)] = (hundredths(ends[1]), hundredths(ends[2]))
    return found


def hundredths(text):
    return round(float(text) * 100)


@dataclass
class Control:
    """A control: what it has, and by direction and channel its raw volumes and its switches."""

    name: str
    index: int
    capabilities: list
    limits: dict
    volumes: dict = field(default_factory=dict)
    switches: dict = field(default_factory=dict)
    items: list = field(default_factory=list)
    chosen: list = field(default_factory=list)

    @classmethod
    def read(cls, block):
        first, *lines = block.strip().split("\n")
        name, index = CONTROL.match(first).groups()
        fields = dict(line.strip().split(": ", 1) for line in lines if ": " in line)
        control = cls(name, int(index), fields["Capabilities"].split(), limits(fields.get("Limits", "")))
        control.items = re.findall(r"'([^']*)'", fields.get("Items", ""))
        control.chosen = [value.strip("'") for key, value in fields.items() if re.fullmatch(r"Item\d+", key)]
        channels = {way: fields.get(f"{way.capitalize()} channels", "").split(" - ") for way in WAYS}
        for channel, values in fields.items():
            ways = [way for way in WAYS if channel in channels[way]]
            if ways:
                control.read_channel(channel, values, ways)
        return control

    def read_channel(self, channel, values, ways):
        """Reads `Playback 63 [100%] [0.00dB] [on] Capture [off]`; a volume before any direction is one in common."""
        for way, _, switch, raw in TOKEN.findall(values):
            if way:
                ways = [way.lower()]
            elif raw:
                self.volumes.update({(way, channel): int(raw) for way in ways})
            elif switch:
                self.switches.update({(way, channel): switch == "on" for way in ways})

    def told_by_aloud(self, told):
        """Whether a JSON object of `aloud mixer get` tells all of this, and no other values."""
        volumes, switches = told_values(told)
        same = all(volumes.get(key) == value for key, value in self.volumes.items())
        return same and switches == self.switches and (told["enum"] or {"current": []})["current"] == self.chosen


def limits(text):
    """By direction the least and the greatest volume."""
    both = re.fullmatch(r"(-?\d+) - (-?\d+)", text)
    if both:
        return {way: (int(both[1]), int(both[2])) for way in WAYS}
    found = re.findall(r"(Playback|Capture) (-?\d+) - (-?\d+)", text)
    return {way.lower(): (int(low), int(high)) for way, low, high in found}


def told_values(told):
    """The raw volumes and the switches in a JSON object of `aloud mixer get`, by direction and channel."""
    volumes, switches = {}, {}
    for way, key, on in (("playback", "muted", False), ("capture", "recording", True)):
        for channel in (told[way] or {"channels": []})["channels"]:
            place = way, channel["channel"]
            if channel["raw"] is not None:
                volumes[place] = channel["raw"]
            if channel[key] is not None:
                switches[place] = channel[key] == on
    return volumes, switches


@dataclass
class Scale:
    """A volume's steps, and its dB in hundredths where it has them."""

    low: int
    high: int
    db: tuple = None

    def clamp(self, raw):
        return max(self.low, min(self.high, raw))

    def db_of(self, raw):
        least, greatest = self.db
        return least + (greatest - least) * (raw - self.low) // (self.high - self.low)

    def raw_of_db(self, db, rounding):
        least, greatest = self.db
        exact = Fraction((max(least, min(greatest, db)) - least) * (self.high - self.low), greatest - least)
        return self.low + {"near": math.floor(exact + Fraction(1, 2)), "up": math.ceil(exact), "down": math.floor(exact)}[rounding]

    def place_of(self, raw):
        """From 0 to 1, where alsamixer would show it."""
        if not self.db:
            return (raw - self.low) / (self.high - self.low)
        least, greatest = self.db
        if greatest - least <= 2400:
            return (self.db_of(raw) - least) / (greatest - least)
        floor = 10 ** ((least - greatest) / 6000)
        return (10 ** ((self.db_of(raw) - greatest) / 6000) - floor) / (1 - floor)

    def raw_at(self, place, rounding):
        rounded = {"near": round, "up": lambda x: math.ceil(x - 1e-7), "down": lambda x: math.floor(x + 1e-7)}[rounding]
        place = max(0.0, min(1.0, place))
        if not self.db:
            return self.low + rounded(place * (self.high - self.low))
        least, greatest = self.db
        if greatest - least <= 2400:
            return self.raw_of_db(least + rounded(place * (greatest - least)), rounding)
        floor = 10 ** ((least - greatest) / 6000)
        loudness = max(place * (1 - floor) + floor, 1e-36)
        return self.raw_of_db(greatest + rounded(6000 * math.log10(loudness)), rounding)

    def changed(self, now, word, mapped):
        """The raw volume after a word like `40`, `5%+`, `-12dB`."""
        number, unit, sign = re.fullmatch(r"(-?[\d.]+)(%|dB|)([+-]?)", word).groups()
        number = float(number)
        if not sign:
            if unit == "dB":
                return self.raw_of_db(round(number * 100), "near")
            if unit == "%" and mapped:
                return self.raw_at(number / 100, "near")
            return self.low + round((self.high - self.low) * (number * 0.01)) if unit else int(number)
        if number == 0:
            return now
        way, rounding = (1, "up") if sign == "+" else (-1, "down")
        if unit == "dB":
            wanted = self.raw_of_db(self.db_of(now) + way * round(number * 100), rounding)
        elif unit == "%" and mapped:
            wanted = self.raw_at(self.place_of(now) + way * number / 100, rounding)
        elif unit == "%":
            wanted = now + way * round((self.high - self.low) * (number * 0.01))
        else:
            wanted = now + way * int(number)
        # At least one step, and never the other way.
        return self.clamp(max(wanted, now + 1) if way > 0 else min(wanted, now - 1))
