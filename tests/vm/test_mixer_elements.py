"""Raw elements, saved states and `mixer watch` on kernel cards, held against amixer on the same card."""

import json
import re
import signal

import pytest
from lab import cards, mixers
from lab.program import ALOUD, Running, aloud, done, run, wait_until

BLOCK = re.compile(r"numid=(\d+),iface=(\w+),name='(.*?)'(?:,index=(\d+))?(?:,device=(\d+))?(?:,subdevice=(\d+))?\n")
FACTS = re.compile(r"; type=(\w+),access=([a-zA-Z-]+),values=(\d+)(?:,min=(-?\d+),max=(-?\d+),step=(\d+))?(?:,items=(\d+))?")


@pytest.fixture(autouse=True)
def restored():
    """Leaves the cards as they were: other tests listen to what they play."""
    before = {card: contents(card) for card in cards.ALL}
    yield
    for card in cards.ALL:
        if contents(card) != before[card]:
            mixers.restore(card, before[card])
        assert contents(card) == before[card]


def contents(card):
    return mixers.contents("-c", card)


def elements(card):
    return json.loads(done(ALOUD, "mixer", "elements", "-c", card, "--json"))


def values(card, id):
    return json.loads(done(ALOUD, "mixer", "get", "-c", card, "--json", id))["values"]


def told_by_amixer(text):
    """What amixer tells of each element, in the words of `mixer elements --json`, by number; the values in amixer's own."""
    return sorted((element_told(block) for block in blocks(text)), key=lambda element: element["numid"])


def blocks(text):
    return [block for block in re.split(r"(?m)^(?=numid=)", text) if block]


def element_told(block):
    numid, iface, name, *place = BLOCK.match(block).groups()
    kind, access, count, low, high, step, items = FACTS.search(block).groups()
    found = re.search(r"  : values=(.*)", block)
    whole = lambda number: None if number is None else int(number)
    return {
        "numid": int(numid),
        "iface": iface,
        "name": name,
        **dict(zip(("index", "device", "subdevice"), (int(number or 0) for number in place))),
        "type": kind,
        "access": access,
        "count": int(count),
        "min": whole(low),
        "max": whole(high),
        "step": whole(step),
        "items": re.findall(r"  ; Item #\d+ '(.*)'", block) if items else None,
        "values": found and found[1],
    }


def in_amixers_words(element):
    """The values of an element of ours as amixer writes them."""
    given, kind = element["values"], element["type"]
    if given is None:
        return None
    if kind == "BOOLEAN":
        return ",".join("on" if value else "off" for value in given)
    if kind == "ENUMERATED":
        return ",".join(str(element["items"].index(value)) for value in given)
    if kind == "BYTES":
        return ",".join(f"0x{value:02x}" for value in given)
    if kind == "IEC958":
        return "[" + " ".join(f"AES{at}=0x{value:02x}" for at, value in enumerate(given[:4])) + "]"
    return ",".join(str(value) for value in given)


def test_all_elements_are_those_of_amixer():
    kinds = set()
    for card in cards.ALL:
        theirs, ours = told_by_amixer(contents(card)), elements(card)
        assert len(ours) == len(theirs) > 0, card
        for element, wanted in zip(ours, theirs):
            told = {**{key: element[key] for key in wanted}, "values": in_amixers_words(element)}
            assert told == wanted, card
            kinds.add(element["type"])
        # The text has the same lines, and its dB instead of amixer's.
        plain = lambda text: sorted(re.sub(r"(?m)^  \|.*\n", "", block) for block in blocks(text))
        assert plain(done(ALOUD, "mixer", "elements", "-c", card)) == plain(contents(card)), card
    assert {"BOOLEAN", "INTEGER", "ENUMERATED"} <= kinds


def test_dB_is_told_where_the_driver_has_it():
    for card in cards.ALL:
        scales = mixers.scales("-c", card)
        for element in elements(card):
            if scale := scales.get((element["name"], element["index"])):
                low, high = element["db"]["range"]
                assert [round(low * 100), round(high * 100)] == list(scale), (card, element["name"])


def test_values_are_set_as_they_are_written():
    def to(word):
        done(ALOUD, "mixer", "set", "-q", "-c", "Dummy", "name='Master Volume'", word)
        return values("Dummy", "iface=MIXER,name='Master Volume'")

    assert to("40") == [40, 40]
    assert to("0,10") == [0, 10]
    assert to("5+") == [5, 15]
    assert to("10%+,") == [20, 15], "what has no word stays"
    assert to("1%-") == [18, 13]
    assert to("1000+") == [100, 100]
    assert to("50%") == [25, 25]
    assert to("-9dB") == [70, 70]
    assert to("3dB+,0.1dB-") == [80, 69]
    assert "values=80,69" in done("amixer", "-c", "Dummy", "cget", "name=Master Volume")

    done(ALOUD, "mixer", "set", "-q", "-c", "Dummy", "name='Master Capture Switch'", "on,off")
    assert values("Dummy", "name='Master Capture Switch'") == [True, False]
    done(ALOUD, "mixer", "set", "-q", "-c", "Dummy", "name='Master Capture Switch'", "toggle")
    assert values("Dummy", "name='Master Capture Switch'") == [False, True]


def test_items_are_chosen_by_name_or_number():
    source = next(element for element in elements("AC97") if element["type"] == "ENUMERATED" and len(element["items"]) > 2)
    id = f"numid={source['numid']}"
    last = source["items"][-1]
    done(ALOUD, "mixer", "set", "-q", "-c", "AC97", id, last)
    assert values("AC97", id) == [last] * source["count"]
    done(ALOUD, "mixer", "set", "-q", "-c", "AC97", id, "1")
    assert values("AC97", id) == [source["items"][1]] * source["count"]


REFUSED = [
    (["name='Master Volume'", "101"], 6),
    (["name='Master Volume'", "0,101"], 6),
    (["name='Master Volume'", "101%"], 2),
    (["name='Master Volume'", "1dB"], 6),
    (["name='Master Volume'", "1,2,3"], 6),
    (["name='Master Volume'", "1", "2"], 2),
    (["name='Master Volume'", "loud"], 2),
    (["name='Master Volume'", "10,loud"], 2),
    (["name='Master Volume'", "1x"], 2),
    (["name='Master Volume'", ","], 2),
    (["name='Master Volume'", "40", "--mapped"], 2),
    (["name='Master Volume'", "40", "--over", "1s"], 2),
    (["name='Master Capture Switch'", "2"], 2),
    (["name='Master Capture Switch'", "on,maybe"], 2),
    (["name='Nosuch'", "1"], 3),
    (["numid=999", "1"], 3),
    (["numid=1,name='CD Volume'", "1"], 3),
    (["numid=1x", "1"], 2),
    (["numid=1,bogus=2", "1"], 2),
]


def test_a_refused_set_changes_nothing():
    before = contents("Dummy")
    for words, status in REFUSED:
        result = aloud("mixer", "set", "-c", "Dummy", *words)
        assert (result.status, result.stdout) == (status, ""), (words, result.stderr)
        assert result.stderr.startswith("aloud: ") and len(result.stderr.splitlines()) <= 3, words
        assert contents("Dummy") == before, words


def change_everything(card):
    """Sets every element that can be set to another value, with amixer."""
    lines = []
    for element in told_by_amixer(contents(card)):
        now = element["values"]
        if "w" not in element["access"] or now is None:
            continue
        if element["type"] == "BOOLEAN":
            other = ",".join("off" if value == "on" else "on" for value in now.split(","))
        elif element["type"] == "INTEGER" and element["min"] < element["max"]:
            other = ",".join(str(element["min"] if int(value) > element["min"] else element["max"]) for value in now.split(","))
        elif element["type"] == "ENUMERATED" and len(element["items"]) > 1:
            other = ",".join("0" if value != "0" else "1" for value in now.split(","))
        else:
            continue
        lines.append(f"cset numid={element['numid']} {other}\n")
    run("amixer", "-q", "-c", card, "-s", stdin="".join(lines).encode())
    return len(lines)


def test_a_saved_state_is_loaded_back_to_the_byte(tmp_path):
    for card in cards.ALL:
        before = contents(card)
        file = tmp_path / f"{card}.json"
        done(ALOUD, "mixer", "save", "-c", card, file)
        assert json.loads(file.read_text())["card"]["id"] == card
        assert file.read_text() == done(ALOUD, "mixer", "save", "-c", card, "-")
        assert change_everything(card) > 0
        changed = contents(card)
        assert changed != before, card
        would = aloud("mixer", "load", "-c", card, "--dry-run", "--json", file)
        assert (would.status, contents(card)) == (0, changed), (card, would.stdout)
        report = json.loads(done(ALOUD, "mixer", "load", "-c", card, "--json", "-", stdin=file.read_bytes()))
        assert contents(card) == before, card
        assert report["misfits"] == [] and report == would.json()
        again = json.loads(done(ALOUD, "mixer", "load", "-c", card, "--json", file))
        assert again["changed"] == [] and again["unchanged"] == report["unchanged"] + len(report["changed"])


def test_a_state_of_another_card_tells_each_element_that_does_not_fit(tmp_path):
    file = tmp_path / "state.json"
    done(ALOUD, "mixer", "save", "-c", "AC97", file)
    saved = json.loads(file.read_text())["elements"]
    there = {(element["iface"], element["name"], element["index"]) for element in elements("Dummy")}
    absent = [element["name"] for element in saved if (element["iface"], element["name"], element["index"]) not in there]
    assert len(absent) > 5
    before = contents("Dummy")
    result = aloud("mixer", "load", "-c", "Dummy", "--json", file)
    assert result.status == 6
    misfits = [misfit["element"]["name"] for misfit in result.json()["misfits"]]
    assert set(absent) <= set(misfits)
    assert len(misfits) + len(result.json()["changed"]) + result.json()["unchanged"] == len(saved)
    text = aloud("mixer", "load", "-c", "Dummy", file)
    assert text.status == 6 and all(f"name='{name}'" in text.stderr for name in absent)
    # What is not in the file was not touched.
    names = {element["name"] for element in saved}
    rest = lambda told: [element for element in told_by_amixer(told) if element["name"] not in names]
    assert rest(contents("Dummy")) == rest(before)


def test_what_an_element_cannot_have_is_told_and_not_set(tmp_path):
    document = json.loads(done(ALOUD, "mixer", "save", "-c", "Dummy", "-"))
    master = next(element for element in document["elements"] if element["name"] == "Master Volume")
    for wrong in ([101, 0], [0], [0, "loud"], [True, False]):
        master["values"] = wrong
        before = contents("Dummy")
        result = aloud("mixer", "load", "-c", "Dummy", "--json", "-", stdin=json.dumps(document).encode())
        assert result.status == 6 and contents("Dummy") == before
        assert [misfit["element"]["name"] for misfit in result.json()["misfits"]] == ["Master Volume"]


def watching(*words):
    return Running(ALOUD, "mixer", "watch", "--json", *words)


def changes(watcher, name=None):
    """What has been told: event, control, and what has changed."""
    told = [event for event in watcher.so_far().events() if event["event"] != "start"]
    return [event for event in told if name is None or event["name"] == name]


def events(watcher, kind):
    return [event for event in watcher.so_far().events() if event["event"] == kind]


def test_each_of_a_hundred_changes_is_told_once_and_the_last_always():
    wanted = [(at * 37) % 151 - 50 for at in range(1, 101)]
    done("amixer", "-q", "-c", "Dummy", "cset", "name=Master Volume", "--", "-50,-50")
    with watching("-c", "Dummy") as watcher:
        watcher.wait_for_event("start")
        for value in wanted:
            done("amixer", "-q", "-c", "Dummy", "cset", "name=Master Volume", "--", f"{value},{value}")
        wait_until(lambda: last_volume(watcher) == wanted[-1], "the last value to be told")
        watcher.signal(signal.SIGINT)
        assert watcher.end().status == 0
        told = changes(watcher)
    assert {event["name"] for event in told} == {"Master"}
    volumes = [[(change["from"], change["to"]) for change in event["changes"]] for event in told]
    before = [-50, *wanted]
    assert volumes == [[(was, now)] * 2 for was, now in zip(before, wanted)]


def last_volume(watcher):
    told = changes(watcher, "Master")
    return told[-1]["changes"][-1]["to"] if told else None


def test_choosing_one_of_an_exclusive_group_tells_of_both():
    done("amixer", "-q", "-c", "AC97", "sset", "Mic", "cap")
    with watching("-c", "AC97") as watcher:
        watcher.wait_for_event("start")
        done(ALOUD, "mixer", "set", "-q", "-c", "AC97", "Line", "cap")
        wait_until(lambda: changes(watcher, "Mic") and changes(watcher, "Line"), "both to be told")
        watcher.signal(signal.SIGTERM)
        assert watcher.end().status == 0
    for name, recording in (("Mic", False), ("Line", True)):
        found = [change for event in changes(watcher, name) for change in event["changes"]]
        assert {(change["what"], change["from"], change["to"]) for change in found} == {("recording", not recording, recording)}


def test_a_card_that_goes_and_comes_back_is_followed():
    with watching("-c", "Dummy", "Master") as watcher:
        watcher.wait_for_event("start")
        try:
            cards.dummy_driver("unbind")
            watcher.wait_for_event("disconnected")
        finally:
            cards.dummy_driver("bind")
        watcher.wait_for_event("connected")
        now = 7 if "values=5," in done("amixer", "-c", "Dummy", "cget", "name=Master Volume") else 5
        done("amixer", "-q", "-c", "Dummy", "cset", "name=Master Volume", str(now))
        wait_until(lambda: last_volume(watcher) == now, "the change to be told")
    assert len(events(watcher, "disconnected")) == len(events(watcher, "connected")) == 1


def test_elements_that_are_no_controls_are_told():
    with Running(ALOUD, "mixer", "watch", "-v", "-c", "Loopback") as watcher:
        wait_until(lambda: "watching" in watcher.so_far().stderr, "the watch to begin")
        done("amixer", "-q", "-c", "Loopback", "cset", "iface=PCM,name='PCM Rate Shift 100000',subdevice=1", "100001")
        wait_until(lambda: "100000 -> 100001" in watcher.so_far().stdout, "the change to be told")
        done("amixer", "-q", "-c", "Loopback", "cset", "iface=PCM,name='PCM Rate Shift 100000',subdevice=1", "100000")
        wait_until(lambda: "100001 -> 100000" in watcher.so_far().stdout, "the change back to be told")
        watcher.signal(signal.SIGINT)
        assert watcher.end().status == 0


def test_a_reader_that_goes_away_ends_the_watch():
    script = f"{ALOUD} mixer watch -c Dummy --json | head -1"
    assert json.loads(done("bash", "-c", script))["event"] == "start"
