"""Raw elements, as aloud and amixer report them."""

import json
import re

from lab import mixers
from lab.program import ALOUD, aloud, output_of, run

ID = re.compile(r"numid=(\d+),iface=(\w+),name='(.*?)'((?:,\w+=\d+)*)$")
TYPE = re.compile(r"  ; type=(\w+),access=(\S+?),values=(\d+)(?:,min=(-?\d+),max=(-?\d+),step=(-?\d+))?")


def elements(card):
    return json.loads(output_of(ALOUD, "mixer", "elements", "-c", card, "--json"))


def elements_of_amixer(card):
    """What amixer prints about each element."""
    found = []
    for block in re.split(r"(?m)^(?=numid=)", mixers.contents("-c", card)):
        if not block.strip():
            continue
        lines = block.splitlines()
        numid, iface, name, rest = ID.match(lines[0]).groups()
        more = dict(pair.split("=") for pair in rest.split(",") if pair)
        kind, access, count, *bounds = TYPE.match(lines[1]).groups()
        values = [line.removeprefix("  : values=") for line in lines if line.startswith("  : values=")]
        found.append(
            {
                "numid": int(numid),
                "iface": iface,
                "name": name,
                **{key: int(more.get(key, 0)) for key in ("index", "device", "subdevice")},
                "type": kind,
                "access": access,
                "count": int(count),
                "range": dict(zip(("min", "max", "step"), map(int, bounds))) if bounds[0] else None,
                "items": re.findall(r"(?m)^  ; Item #\d+ '(.*)'$", block) or None,
                "values": parse_values(kind, values[0]) if values else None,
            }
        )
    return found


def parse_values(kind, text):
    if kind == "IEC958":
        return [int(byte, 16) for byte in re.findall(r"AES\d=(0x[0-9a-f]+)", text)]
    words = text.split(",")
    if kind == "BOOLEAN":
        return [word == "on" for word in words]
    return [int(word, 0) for word in words]


def assert_same_as_amixer(card):
    # amixer sorts them differently.
    ours, theirs = elements(card), sorted(elements_of_amixer(card), key=lambda element: element["numid"])
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs):
        reported = {key: one[key] for key in other}
        if one["type"] == "IEC958":
            reported["values"] = reported["values"][:4]
        assert reported == other


def change_everything(card):
    """Sets each writable element to another value, with one amixer."""
    lines = [
        f"cset numid={element['numid']} {value}\n" for element in elements_of_amixer(card) if (value := other_value(element))
    ]
    run("amixer", "-q", "-c", card, "-s", stdin="".join(lines).encode())


def other_value(element):
    """Values that an element does not have now, as amixer's argument, or None if it cannot be set."""
    if not element["access"].startswith("rw") or "v" in element["access"]:
        return None
    if element["type"] == "BOOLEAN":
        return ",".join("off" if on else "on" for on in element["values"])
    if element["type"] == "ENUMERATED":
        return ",".join(str((item + 1) % len(element["items"])) for item in element["values"])
    if element["type"] == "INTEGER":
        bounds = element["range"]
        return ",".join(str(bounds["min"] if now != bounds["min"] else bounds["max"]) for now in element["values"])
    return None


def assert_save_and_load(card, state):
    """Saves a card, changes everything, and loads the saved state, by way of the file `state`."""
    before = mixers.contents("-c", card)
    output_of(ALOUD, "mixer", "save", state, "-c", card)
    change_everything(card)
    changed = mixers.contents("-c", card)
    assert changed != before
    tried = aloud("mixer", "load", "--dry-run", state, "-c", card, "--json")
    assert tried.status == 0
    assert mixers.contents("-c", card) == changed
    result = aloud("mixer", "load", "-", "-c", card, "--json", stdin=state.read_bytes())
    assert result.status == 0, result.stderr
    assert mixers.contents("-c", card) == before
    assert names_set(result) == names_set(tried)


def names_set(result):
    return {one["name"] for one in result.json() if one["result"] == "set"}
