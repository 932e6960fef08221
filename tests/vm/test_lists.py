"""`list-pcms` and `list-cards` name what aplay and arecord name."""

import json
import re

import pytest
from lab import cards
from lab.program import ALOUD, aloud, as_user, output_of


def hints(text):
    """The names of `aplay -L`, each with the lines that are indented under it."""
    listed = []
    for line in text.splitlines():
        if line.startswith(" "):
            listed[-1][1].append(line.strip())
        else:
            listed.append((line, []))
    return listed


DEVICE = re.compile(r"^card (\d+): (\S+) \[(.*)\], device (\d+): (.*) \[(.*)\]\n  Subdevices: (\d+)/(\d+)$", re.M)


def devices(text):
    """The devices of `aplay -l`."""
    return [tuple(int(field) if field.isdigit() else field for field in found) for found in DEVICE.findall(text)]


@pytest.mark.parametrize("option, rival", [("-P", "aplay"), ("-C", "arecord")])
def test_list_pcms_names_what_its_rival_names(option, rival):
    expected = hints(output_of(rival, "-L"))
    told = json.loads(output_of(ALOUD, "list-pcms", "--json", option))
    assert [(pcm["name"], pcm["description"]) for pcm in told] == expected
    assert hints(output_of(ALOUD, "list-pcms", option)) == expected


def test_list_pcms_knows_the_direction_of_all():
    names = {rival: [name for name, _ in hints(output_of(rival, "-L"))] for rival in ("aplay", "arecord")}
    told = {pcm["name"]: pcm["direction"] for pcm in json.loads(output_of(ALOUD, "list-pcms", "--json", "-a"))}
    assert told.keys() == {*names["aplay"], *names["arecord"]}
    assert [name for name, direction in told.items() if direction != "capture"] == names["aplay"]
    assert [name for name, direction in told.items() if direction != "playback"] == names["arecord"]
    assert [pcm["name"] for pcm in json.loads(output_of(ALOUD, "list-pcms", "--json"))] == names["aplay"]


@pytest.mark.parametrize("direction, rival", [("playback", "aplay"), ("capture", "arecord")])
def test_list_cards_names_what_its_rival_names(direction, rival):
    told = [
        (card["index"], card["id"], card["name"], device["device"], device["id"], device["name"])
        + (device[direction]["available"], device[direction]["subdevices"])
        for card in json.loads(output_of(ALOUD, "list-cards", "--json"))
        for device in card["devices"]
        if device[direction]
    ]
    assert told == devices(output_of(rival, "-l"))


def test_list_cards_tells_of_a_card_what_amixer_tells():
    for card in json.loads(output_of(ALOUD, "list-cards", "--json")):
        info = output_of("amixer", "-c", card["index"], "info")
        assert f"'{card['id']}'/'{card['longname']}'" in info
        assert f"Mixer name\t: '{card['mixername']}'" in info
        assert f"Components\t: '{card['components']}'" in info
    assert card["driver"] == "USB-Audio"


def test_list_cards_counts_the_subdevices_that_are_in_use(tmp_path):
    silence = cards.hold("hw:AC97")
    with silence:
        (card,) = [card for card in json.loads(output_of(ALOUD, "list-cards", "--json")) if card["id"] == "AC97"]
    assert card["devices"][0]["playback"] == {"subdevices": 1, "available": 0}


def test_list_cards_shows_a_person_every_card_and_device():
    text = output_of(ALOUD, "list-cards")
    wanted = [field for rival in ("aplay", "arecord") for found in devices(output_of(rival, "-l")) for field in found[1:6]]
    assert [field for field in wanted if str(field) not in text] == []


def test_a_card_that_cannot_be_opened_does_not_end_the_list():
    with cards.root_only("AC97"):
        result = run_as_member_of_audio("list-cards")
    assert result.status == 0
    assert [card for card in cards.ALL if card not in result.stdout] == []
    assert "permission" in (result.stdout + result.stderr).lower()


def run_as_member_of_audio(*arguments):
    return as_user("nobody", "audio", *arguments)


def test_who_may_not_use_sound_is_told_so_and_not_that_there_is_no_card():
    result = as_user("nobody", "nogroup", "list-cards")
    assert "Dummy" in result.stdout
    assert "audio" in result.stderr + result.stdout
