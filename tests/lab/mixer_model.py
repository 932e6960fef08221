"""A model of a card's simple controls: random changes, and the expected values after each."""

import json
import subprocess

from lab import mixers, schemas
from lab.program import ALOUD


def db_range(ranges, name, index, direction):
    """The dB range of a control's volume in the result of `mixers.db_ranges`."""
    for element in (f"{name} {direction.capitalize()} Volume", f"{name} Volume"):
        if (element, index) in ranges:
            return ranges[element, index]
    return None


class Model:
    """The values that a card's controls must have after each change."""

    def __init__(self, card, draw):
        self.draw = draw
        self.elements = mixers.contents("-c", card)
        self.controls = mixers.controls("-c", card)
        ranges = mixers.db_ranges("-c", card)
        self.scales = {
            (key, direction): mixers.Scale(*control.limits[direction], db_range(ranges, *key, direction))
            for key, control in self.controls.items()
            for direction in control.limits
        }

    def line(self):
        """A random change of a control: the line for `mixer set`, whether it needs -M, and the key of the control.
        Makes the same change in the model."""
        key = self.draw.choice(list(self.controls))
        control, words = self.controls[key], []
        mapped = self.draw.random() < 0.3
        for _ in range(self.draw.choice([1, 1, 1, 2])):
            switches = {direction for direction, _ in control.switches} - self.tied(*key)
            kinds = [self.volume] * 4 * bool(control.limits) + [self.switch] * bool(switches) + [self.item] * bool(control.items)
            words += self.draw.choice(kinds)(key, control, mapped)
        return f"'{key[0]}',{key[1]} {' '.join(words)}", mapped, key

    def volume(self, key, control, mapped):
        """A volume, of all channels or of some, absolute or relative."""
        directions = [direction for direction in mixers.DIRECTIONS if direction in control.limits]
        named = self.draw.choice([None, *directions])
        # A common volume is the same in both directions.
        direction = "playback" if "volume" in control.capabilities else named or directions[0]
        channels = [channel for at, channel in control.volumes if at == direction]
        scale, words = self.scales[key, direction], ["all", named] if named else ["all"]
        joined = self.joined(control, direction, "volume")
        if len(channels) > 1 and not joined and self.draw.random() < 0.3:
            values = [self.value(scale) for _ in channels]
            self.move(control, key, direction, dict(zip(channels, values)), mapped)
            return words + [",".join(values)]
        value = self.value(scale)
        if len(channels) > 1 and self.draw.random() < 0.3:
            channel = self.draw.choice(channels)
            self.move(control, key, direction, dict.fromkeys(channels if joined else [channel], value), mapped)
            return [*words, channel.lower().replace(" ", self.draw.choice(["-", ""])), value]
        self.move(control, key, direction, dict.fromkeys(channels, value), mapped)
        return [*words, value]

    def value(self, scale):
        units = ["", "%"] + ["dB"] * bool(scale.db)
        unit, sign = self.draw.choice(units), self.draw.choice(["", "+", "-"])
        if sign:
            most = {"": scale.high - scale.low, "%": 100, "dB": 60}[unit]
            small = self.draw.choice([0, 1, most // 20, most])
            return f"{self.draw.randint(0, small)}{unit}{sign}"
        if unit == "dB":
            return f"{self.draw.randint(*scale.db) / 100}dB"
        return str(self.draw.randint(scale.low, scale.high)) if unit == "" else f"{self.draw.randint(0, 100)}%"

    def move(self, control, key, direction, values, mapped):
        scale = self.scales[key, direction]
        for channel, value in values.items():
            now = scale.changed(control.volumes[direction, channel], value, mapped)
            control.volumes[direction, channel] = now
            if "volume" in control.capabilities and (other(direction), channel) in control.volumes:
                control.volumes[other(direction), channel] = now

    def switch(self, key, control, mapped):
        directions = sorted({direction for direction, _ in control.switches} - self.tied(*key))
        direction = self.draw.choice(directions)
        exclusive = direction == "capture" and "cswitch-exclusive" in control.capabilities
        words = {"playback": ["mute", "unmute", "toggle"], "capture": ["cap"] if exclusive else ["cap", "nocap", "toggle"]}
        word = self.draw.choice(words[direction])
        change = {"mute": lambda on: False, "nocap": lambda on: False, "toggle": lambda on: not on}
        for place in control.switches:
            if place[0] == direction:
                control.switches[place] = change.get(word, lambda on: True)(control.switches[place])
        if exclusive:
            self.exclude(control)
        return ["all", direction, word]

    def exclude(self, selected):
        for control in self.controls.values():
            if control is not selected and "cswitch-exclusive" in control.capabilities:
                control.switches = dict.fromkeys(control.switches, False)

    def item(self, key, control, mapped):
        number = self.draw.randrange(len(control.items))
        control.selected = [control.items[number]] * len(control.selected)
        return [self.draw.choice([str(number), f"'{control.items[number]}'"])]

    def tied(self, name, index):
        """The directions whose switch follows another element of the control."""
        route = f"name='{name} Capture Route'" + f",index={index}" * bool(index)
        return {"capture"} if route + "\n" in self.elements else set()

    def joined(self, control, direction, what):
        return bool({f"{what}-joined", f"{direction[0]}{what}-joined"} & set(control.capabilities))


def other(direction):
    return "capture" if direction == "playback" else "playback"


class Batch:
    """One `mixer set --batch -`, which prints the control after each line."""

    def __init__(self, card, *options):
        command = [ALOUD, "mixer", "set", "-c", card, "--json", "--batch", "-", *options]
        # Errors go to the same pipe, so that each line has an answer.
        pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.process = subprocess.Popen(command, text=True, **pipes)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()

    def set(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        reported = json.loads(self.process.stdout.readline())
        schemas.check(ALOUD, "error" if "volumecap" not in reported else "mixer set", reported)
        assert not reported.get("error"), f"{line}: {reported}"
        return reported


def check_random_changes(card, draw, lines):
    """Makes random changes. After each, aloud must report the model's values; after every 25th, amixer must, too."""
    model = Model(card, draw)
    with Batch(card) as plain, Batch(card, "-M") as mapped:
        for number in range(lines):
            line, is_mapped, key = model.line()
            reported = (mapped if is_mapped else plain).set(line)
            assert model.controls[key].equals(reported), f"{number}: {line} {'-M' * is_mapped}: {model.controls[key]} {reported}"
            if number % 25 == 24:
                assert mixers.controls("-c", card) == model.controls, line
