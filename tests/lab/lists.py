"""Compares `list-pcms` and `list-cards` with aplay and arecord."""

import json
import re

from lab.program import ALOUD, output_of


def hints(text):
    """The names in the output of `aplay -L`, each with the lines that are indented under it."""
    listed = []
    for line in text.splitlines():
        if line.startswith(" "):
            listed[-1][1].append(line.strip())
        else:
            listed.append((line, []))
    return listed


DEVICE = re.compile(r"^card (\d+): (\S+) \[(.*)\], device (\d+): (.*) \[(.*)\]\n  Subdevices: (\d+)/(\d+)$", re.M)


def devices(text):
    """The devices in the output of `aplay -l`."""
    return [tuple(int(field) if field.isdigit() else field for field in found) for found in DEVICE.findall(text)]


def json_of(*arguments):
    return json.loads(output_of(ALOUD, *arguments, "--json"))


def assert_same_pcms(option, rival):
    expected = hints(output_of(rival, "-L"))
    assert [(pcm["name"], pcm["description"]) for pcm in json_of("list-pcms", option)] == expected
    assert hints(output_of(ALOUD, "list-pcms", option)) == expected


def assert_pcm_directions():
    names = {rival: [name for name, _ in hints(output_of(rival, "-L"))] for rival in ("aplay", "arecord")}
    reported = {pcm["name"]: pcm["direction"] for pcm in json_of("list-pcms", "-a")}
    assert reported.keys() == {*names["aplay"], *names["arecord"]}
    assert [name for name, direction in reported.items() if direction != "capture"] == names["aplay"]
    assert [name for name, direction in reported.items() if direction != "playback"] == names["arecord"]
    assert [pcm["name"] for pcm in json_of("list-pcms")] == names["aplay"]


def assert_same_cards(direction, rival):
    reported = [
        (card["index"], card["id"], card["name"], device["index"], device["id"], device["name"])
        + (device[direction]["available"], device[direction]["subdevices"])
        for card in json_of("list-cards")
        for device in card["devices"]
        if device[direction]
    ]
    assert reported == devices(output_of(rival, "-l"))


def assert_same_card_info():
    for card in json_of("list-cards"):
        info = output_of("amixer", "-c", card["index"], "info")
        assert f"'{card['id']}'/'{card['longname']}'" in info
        assert f"Mixer name\t: '{card['mixername']}'" in info
        assert f"Components\t: '{card['components']}'" in info


def assert_text_has_every_device():
    text = output_of(ALOUD, "list-cards")
    wanted = [field for rival in ("aplay", "arecord") for found in devices(output_of(rival, "-l")) for field in found[1:6]]
    assert [field for field in wanted if str(field) not in text] == []
