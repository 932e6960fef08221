"""Raw elements on kernel cards, held against amixer: listed, set, saved and loaded."""

import json
import re

import pytest
from lab import cards, mixers
from lab.program import ALOUD, aloud, output_of, run

WITH_CONTROLS = [card for card in cards.ALL if card != "Loopback"]


@pytest.fixture(autouse=True, scope="module")
def restored(tmp_path_factory):
    """Leaves the cards as they were: other tests listen to what they play."""
    state = tmp_path_factory.mktemp("elements") / "state"
    output_of("alsactl", "-f", state, "store")
    yield
    run("alsactl", "-f", state, "restore")


def elements(card):
    return json.loads(output_of(ALOUD, "mixer", "elements", "-c", card, "--json"))


ID = re.compile(r"numid=(\d+),iface=(\w+),name='(.*?)'((?:,\w+=\d+)*)$")
TYPE = re.compile(r"  ; type=(\w+),access=(\S+?),values=(\d+)(?:,min=(-?\d+),max=(-?\d+),step=(-?\d+))?")


def of_amixer(card):
    """What amixer tells of each element."""
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
                "values": amixer_values(kind, values[0]) if values else None,
            }
        )
    return found


def amixer_values(kind, text):
    if kind == "IEC958":
        return [int(byte, 16) for byte in re.findall(r"AES\d=(0x[0-9a-f]+)", text)]
    words = text.split(",")
    if kind == "BOOLEAN":
        return [word == "on" for word in words]
    return [int(word, 0) for word in words]


@pytest.mark.parametrize("card", cards.ALL)
def test_elements_are_those_of_amixer(card):
    # amixer has an order of its own.
    ours, theirs = elements(card), sorted(of_amixer(card), key=lambda element: element["numid"])
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs):
        told = {key: one[key] for key in other}
        if one["type"] == "IEC958":
            told["values"] = told["values"][:4]
        assert told == other


def test_dB_are_those_of_the_simple_control():
    (volume,) = [element for element in elements("Dummy") if element["name"] == "Master Volume"]
    assert volume["db"]["range"] == [-45.0, 0.0]
    output_of(ALOUD, "mixer", "set", "-q", "-c", "Dummy", "name='Master Volume'", "50")
    told = aloud("mixer", "get", "-c", "Dummy", "--json", f"numid={volume['numid']}").json()
    assert (told["values"], told["db"]["values"]) == ([50, 50], [-15.0, -15.0])


def cget(card, element):
    return re.search(r"(?m)^  : values=(.*)$", output_of("amixer", "-c", card, "cget", element))[1]


MASTER = "iface=MIXER,name='Master Volume'"


# From 10 on each channel: the words, and what they make of it.
VOLUMES = {
    "20": "20,20",
    "20,30": "20,30",
    "20 30": "20,30",
    "100%": "100,100",
    "0%,50%": "-50,25",
    "10%+": "25,25",
    "5%-": "2,2",
    "-15dB": "50,50",
    "3dB+": "20,20",
    "500-": "-50,-50",
    "toggle": None,
}


def test_an_element_is_set_by_the_words_of_a_volume():
    """By a batch: each line that can be followed is, from the same beginning, and tells what it came to."""
    lines = [f"{MASTER} 10\n{MASTER} {words}\n" for words in VOLUMES]
    result = aloud("mixer", "set", "-c", "Dummy", "--json", "--batch", "-", stdin="".join(lines).encode())
    told = [",".join(map(str, element["values"])) for element in result.events()]
    assert [values for values in told if values != "10,10"] == [values for values in VOLUMES.values() if values]
    # The last was refused, so it is as it was before.
    assert (result.status, cget("Dummy", MASTER)) == (2, "10,10")


def test_switches_and_items_are_set_by_their_words():
    switch = "name='Master Capture Switch'"
    for words, values in [(["on"], "on,on"), (["toggle"], "off,off"), (["off,on"], "off,on"), (["1"], "on,on")]:
        output_of(ALOUD, "mixer", "set", "-q", "-c", "Dummy", switch, *words)
        assert cget("Dummy", f"iface=MIXER,{switch}") == values
    (choice,) = [element for element in elements("Dummy") if element["items"]]
    for number, item in enumerate(choice["items"]):
        told = aloud("mixer", "set", "-c", "Dummy", "--json", f"numid={choice['numid']}", item).json()
        assert told["values"] == [number]
        assert cget("Dummy", f"numid={choice['numid']}") == str(number)


@pytest.mark.parametrize(
    "element, words, status",
    [
        ("numid=9999", ["1"], 3),
        ("name='No Such'", ["1"], 3),
        ("iface=MIXER", ["1"], 2),
        ("numid=1,colour=2", ["1"], 2),
        (MASTER, ["loud"], 2),
        (MASTER, ["101"], 6),
        (MASTER, ["--", "-51"], 6),
        (MASTER, ["120%"], 2),
        (MASTER, ["1,2,3"], 6),
        (MASTER, ["10", "loud"], 2),
        (MASTER, ["--", "-100dB"], 6),
        ("name='Master Capture Switch'", ["50%"], 2),
        (MASTER, ["40", "--channel", "1"], 2),
        (MASTER, ["40", "--mapped"], 2),
    ],
)
def test_a_refused_set_changes_nothing(element, words, status):
    before = mixers.contents("-c", "Dummy")
    result = aloud("mixer", "set", "-c", "Dummy", element, *words)
    assert result.status == status, result.stderr
    assert len([line for line in result.stderr.splitlines() if not line.startswith("hint:")]) == 1
    assert mixers.contents("-c", "Dummy") == before


def test_what_cannot_be_set_is_refused():
    (fixed, *_) = [e for e in elements("Loopback") if e["access"].startswith("r-")]
    result = aloud("mixer", "set", "-c", "Loopback", f"numid={fixed['numid']}", "on")
    assert result.status == 6 and "cannot be set" in result.stderr


def change_everything(card):
    """Sets each element that can be set to something else, by one amixer."""
    lines = [f"cset numid={element['numid']} {value}\n" for element in of_amixer(card) if (value := another(element))]
    run("amixer", "-q", "-c", card, "-s", stdin="".join(lines).encode())


def another(element):
    """Values that an element does not have now, in amixer's words; nothing for one that cannot be set."""
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


@pytest.mark.parametrize("card", cards.ALL)
def test_a_saved_card_comes_back_to_the_last_value(tmp_path, card):
    state = tmp_path / "state.json"
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
    assert {one["name"] for one in result.json() if one["result"] == "set"} == {
        one["name"] for one in tried.json() if one["result"] == "set"
    }


def test_what_does_not_fit_another_card_is_told_and_left(tmp_path):
    state = tmp_path / "state.json"
    output_of(ALOUD, "mixer", "save", state, "-c", "AC97")
    before = mixers.contents("-c", "Dummy")
    names = {(element["iface"], element["name"], element["index"]) for element in elements("Dummy")}
    result = aloud("mixer", "load", "--dry-run", state, "-c", "Dummy", "--json")
    assert result.status == 6
    saved = json.loads(state.read_text())["elements"]
    fits = result.json()
    assert [(fit["name"], fit["index"]) for fit in fits] == [(one["name"], one.get("index", 0)) for one in saved]
    for fit in fits:
        if (fit["iface"], fit["name"], fit["index"]) not in names:
            assert fit["result"] == "refused" and fit["message"]
    assert mixers.contents("-c", "Dummy") == before


def test_what_an_element_cannot_have_is_told_and_not_set():
    document = json.loads(output_of(ALOUD, "mixer", "save", "-", "-c", "Dummy"))
    (master,) = [element for element in document["elements"] if element["name"] == "Master Volume"]
    before = mixers.contents("-c", "Dummy")
    for wrong in ([101, 0], [0], [0, "loud"], [True, False]):
        master["values"] = wrong
        result = aloud("mixer", "load", "-", "-c", "Dummy", "--json", stdin=json.dumps(document).encode())
        assert result.status == 6
        assert [fit["name"] for fit in result.json() if fit["result"] == "refused"] == ["Master Volume"]
        assert mixers.contents("-c", "Dummy") == before


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"format":"aloud mixer state","version":1}', b"\xff\xfe"])
def test_a_broken_state_is_refused_in_one_line(tmp_path, text):
    state = tmp_path / "state.json"
    state.write_bytes(text)
    result = aloud("mixer", "load", state, "-c", "Dummy")
    assert result.status == 10
    assert str(state) in result.stderr.splitlines()[0]
