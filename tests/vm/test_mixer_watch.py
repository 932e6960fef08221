"""`mixer watch` on kernel cards: each change is told, once, and from what to what."""

import json
import signal
import subprocess

import pytest
from lab import cards, mixers
from lab.program import ALOUD, Running, done, wait_until

WATCHED = ["Dummy", "Loopback", "AC97"]


@pytest.fixture(autouse=True)
def restored():
    """Leaves the cards as they were: other tests listen to what they play."""
    before = {card: contents(card) for card in WATCHED}
    yield
    for card in WATCHED:
        if contents(card) != before[card]:
            mixers.restore(card, before[card])
        assert contents(card) == before[card]


def contents(card):
    return mixers.contents("-c", card)


def watching(*words):
    return Running(ALOUD, "mixer", "watch", "--json", *words)


def changes(watcher, name=None):
    """The changes of controls that have been told."""
    return [event for event in events(watcher, "change") if name in (None, event["name"])]


def events(watcher, kind):
    return [event for event in watcher.so_far().events() if event["event"] == kind]


def told_volumes(watcher):
    """The changes of Master's volume that have been told: by change, from what to what of each channel."""
    told = changes(watcher)
    assert {event["name"] for event in told} <= {"Master"}
    return [[(change["from"]["raw"], change["to"]["raw"]) for change in event["changes"]] for event in told]


def set_master(value):
    return f"cset name='Master Volume' {value},{value}\n".encode()


def test_each_of_a_hundred_changes_is_told_once_and_the_last_always():
    wanted = [(at * 37) % 151 - 50 for at in range(1, 101)]
    done("amixer", "-q", "-c", "Dummy", "-s", stdin=set_master(-50))
    with watching("-c", "Dummy") as watcher:
        watcher.wait_for_event("start")
        with Running("amixer", "-q", "-c", "Dummy", "-s", stdin=subprocess.PIPE) as amixer:
            for count, value in enumerate(wanted, 1):
                amixer.process.stdin.write(set_master(value))
                amixer.process.stdin.flush()
                wait_until(lambda: watcher.so_far().stdout.count('"event":"change"') >= count, f"change {count} to be told")
        watcher.signal(signal.SIGINT)
        result = watcher.end()
    assert (result.status, result.event("end")["why"]) == (0, "SIGINT")
    assert told_volumes(watcher) == [[(was, now)] * 2 for was, now in zip([-50, *wanted], wanted)]


def test_of_changes_faster_than_anybody_reads_none_is_told_twice_and_the_last_always():
    done("amixer", "-q", "-c", "Dummy", "-s", stdin=set_master(-50))
    wanted = [(at * 37) % 151 - 50 for at in range(1, 101)]
    with watching("-c", "Dummy") as watcher:
        watcher.wait_for_event("start")
        done("amixer", "-q", "-c", "Dummy", "-s", stdin=b"".join(map(set_master, wanted)))
        wait_until(lambda: last_volume(watcher) == wanted[-1], "the last value to be told")
        told = told_volumes(watcher)
    now = [-50, -50]
    for change in told:
        assert all(was in now and was != new for was, new in change)
        now = [new for _, new in change]
    assert now[-1] == wanted[-1]


def last_volume(watcher):
    told = changes(watcher, "Master")
    return told[-1]["changes"][-1]["to"]["raw"] if told else None


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
        assert {(change["value"], change["from"], change["to"]) for change in found} == {("recording", not recording, recording)}


def test_a_card_that_goes_and_comes_back_is_followed():
    with watching("-c", "Dummy", "Master") as watcher:
        watcher.wait_for_event("start")
        try:
            cards.dummy_driver("unbind")
            watcher.wait_for_event("unplugged")
        finally:
            cards.dummy_driver("bind")
        watcher.wait_for_event("plugged")
        now = 7 if "values=5," in done("amixer", "-c", "Dummy", "cget", "name=Master Volume") else 5
        done("amixer", "-q", "-c", "Dummy", "cset", "name=Master Volume", str(now))
        wait_until(lambda: last_volume(watcher) == now, "the change to be told")
    assert len(events(watcher, "unplugged")) == len(events(watcher, "plugged")) == 1


def test_elements_that_are_no_controls_are_told():
    with Running(ALOUD, "mixer", "watch", "-c", "Loopback") as watcher:
        wait_until(lambda: "Watching" in watcher.so_far().stderr, "the watch to begin")
        done("amixer", "-q", "-c", "Loopback", "cset", "iface=PCM,name='PCM Rate Shift 100000',subdevice=1", "100001")
        wait_until(lambda: "100000 -> 100001" in watcher.so_far().stdout, "the change to be told")
        done("amixer", "-q", "-c", "Loopback", "cset", "iface=PCM,name='PCM Rate Shift 100000',subdevice=1", "100000")
        wait_until(lambda: "100001 -> 100000" in watcher.so_far().stdout, "the change back to be told")
        watcher.signal(signal.SIGINT)
        assert watcher.end().status == 0


def test_an_element_is_watched_by_its_id():
    with watching("-c", "Dummy", "name='CD Volume'") as watcher:
        watcher.wait_for_event("start")
        done("amixer", "-q", "-c", "Dummy", "cset", "name=Master Volume", "11,12")
        done("amixer", "-q", "-c", "Dummy", "cset", "name=CD Volume", "13,14")
        (told,) = wait_until(lambda: events(watcher, "element"), "the change to be told")
    assert (told["name"], told["iface"], told["to"]) == ("CD Volume", "MIXER", [13, 14])
    assert changes(watcher) == []


def test_a_driver_that_changes_without_a_word_is_told_of():
    """snd-dummy sends no event for a capture switch whose right channel alone changes."""
    done("amixer", "-q", "-c", "Dummy", "cset", "name=Master Capture Switch", "off,off")
    with watching("-c", "Dummy", "Master") as watcher:
        watcher.wait_for_event("start")
        done("amixer", "-q", "-c", "Dummy", "cset", "name=Master Capture Switch", "off,on")
        wait_until(lambda: changes(watcher), "the change to be told")
    (event,) = changes(watcher)
    (change,) = event["changes"]
    assert (change["value"], change["channel"], change["from"], change["to"]) == ("recording", "Front Right", False, True)


def test_a_reader_that_goes_away_ends_the_watch():
    script = f"{ALOUD} mixer watch -c Dummy --json | head -1"
    assert json.loads(done("bash", "-c", script))["event"] == "start"
