"""`mixer watch` tells every change of a control once, and follows a card that goes and comes back."""

import json
import signal
import subprocess

import pytest
from lab import cards
from lab.program import ALOUD, Running, output_of, run, wait_until


@pytest.fixture(autouse=True, scope="module")
def restored(tmp_path_factory):
    """Leaves the cards as they were: other tests listen to what they play."""
    state = tmp_path_factory.mktemp("watch") / "state"
    output_of("alsactl", "-f", state, "store")
    yield
    run("alsactl", "-f", state, "restore")


def watching(*options):
    watcher = Running(ALOUD, "mixer", "watch", "--json", *options)
    watcher.wait_for_event("start")
    return watcher


def changes(watcher, name=None):
    told = [event for event in watcher.so_far().events() if event["event"] == "change"]
    return [event for event in told if name in (None, event["name"])]


def raw(event):
    return [channel["raw"] for channel in event["control"]["playback"]["channels"]]


def test_each_of_ten_changes_by_as_many_programs_is_told_once():
    output_of("amixer", "-q", "-c", "Dummy", "sset", "Synth", "0")
    with watching("-c", "Dummy") as watcher:
        for value in range(1, 11):
            output_of("amixer", "-q", "-c", "Dummy", "sset", "Synth", value)
        wait_until(lambda: changes(watcher, "Synth") and raw(changes(watcher, "Synth")[-1]) == [10, 10], "the last value")
        told = changes(watcher, "Synth")
        watcher.signal(signal.SIGINT)
        result = watcher.end()
    # amixer sets one channel after the other: where the emulation stalls between the two, that is told as it is.
    whole = [raw(event) for event in told if raw(event)[0] == raw(event)[1]]
    assert whole == [[value, value] for value in range(1, 11)]
    for event in told:
        assert {change["value"] for change in event["changes"]} == {"volume"}
        for change in event["changes"]:
            assert change["to"]["raw"] == change["from"]["raw"] + 1
    assert result.status == 0
    assert result.events()[-1] == {"event": "end", "why": "SIGINT"}


def test_choosing_one_source_is_told_of_both():
    output_of("amixer", "-q", "-c", "AC97", "sset", "Mic", "cap")
    with watching("-c", "AC97", "Mic", "Line") as watcher:
        output_of(ALOUD, "mixer", "set", "-q", "-c", "AC97", "Line", "cap")
        wait_until(lambda: {event["name"] for event in changes(watcher)} == {"Mic", "Line"}, "both to be told")
        told = {event["name"]: event["changes"] for event in changes(watcher)}
    for name, now in (("Line", True), ("Mic", False)):
        assert {change["value"] for change in told[name]} == {"recording"}
        assert {(change["from"], change["to"]) for change in told[name]} == {(not now, now)}


def test_only_the_named_control_is_told():
    with watching("-c", "Dummy", "Master") as watcher:
        output_of("amixer", "-q", "-c", "Dummy", "sset", "CD", "11")
        output_of("amixer", "-q", "-c", "Dummy", "sset", "CD", "12")
        output_of("amixer", "-q", "-c", "Dummy", "sset", "Master", "13")
        output_of("amixer", "-q", "-c", "Dummy", "sset", "Master", "14")
        wait_until(lambda: changes(watcher) and raw(changes(watcher)[-1]) == [14, 14], "the change")
        assert {event["name"] for event in changes(watcher)} == {"Master"}
        watcher.signal(signal.SIGTERM)
        assert watcher.end().status == 0


def test_a_card_that_comes_back_is_followed():
    with watching("-c", "Dummy") as watcher:
        cards.dummy_driver("unbind")
        watcher.wait_for_event("unplugged")
        cards.dummy_driver("bind")
        watcher.wait_for_event("plugged")
        output_of("amixer", "-q", "-c", "Dummy", "sset", "Master", "33")
        output_of("amixer", "-q", "-c", "Dummy", "sset", "Master", "34")
        wait_until(lambda: changes(watcher, "Master") and raw(changes(watcher, "Master")[-1]) == [34, 34], "the change")
        watcher.signal(signal.SIGINT)
        assert watcher.end().status == 0


def test_a_line_tells_from_what_to_what():
    output_of("amixer", "-q", "-c", "Dummy", "sset", "Master", "10")
    with Running(ALOUD, "mixer", "watch", "-c", "Dummy", "Master") as watcher:
        wait_until(lambda: "Watching" in watcher.so_far().stderr, "it to watch")
        output_of("amixer", "-q", "-c", "Dummy", "sset", "Master", "20")
        wait_until(lambda: watcher.so_far().stdout, "the change")
    assert watcher.so_far().stdout.startswith("Master: playback Front Left, Front Right 40% (10, -27.00 dB) -> 47% (20, -24.00 dB)")


def test_a_reader_that_goes_away_ends_it():
    command = f"{ALOUD} mixer watch --json -c Dummy | head -n 2"
    with Running("bash", "-o", "pipefail", "-c", command) as pipeline:
        wait_until(lambda: pipeline.process.poll() is not None or touch(), "the pipeline to end")
        assert pipeline.end().status == 0


def touch():
    """Changes something, so that there is something to tell."""
    output_of(ALOUD, "mixer", "set", "-q", "-c", "Dummy", "Master", "1+")
    output_of(ALOUD, "mixer", "set", "-q", "-c", "Dummy", "Master", "1-")


def told_volumes(watcher):
    """The changes of Master's volume that have been told: by change, from what to what of each channel."""
    told = changes(watcher)
    assert {event["name"] for event in told} <= {"Master"}
    return [[(change["from"]["raw"], change["to"]["raw"]) for change in event["changes"]] for event in told]


def set_master(value):
    return f"cset name='Master Volume' {value},{value}\n".encode()


def test_each_of_a_hundred_changes_is_told_once_and_the_last_always():
    wanted = [(at * 37) % 151 - 50 for at in range(1, 101)]
    output_of("amixer", "-q", "-c", "Dummy", "-s", stdin=set_master(-50))
    with watching("-c", "Dummy") as watcher:
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
    output_of("amixer", "-q", "-c", "Dummy", "-s", stdin=set_master(-50))
    wanted = [(at * 37) % 151 - 50 for at in range(1, 101)]
    with watching("-c", "Dummy") as watcher:
        output_of("amixer", "-q", "-c", "Dummy", "-s", stdin=b"".join(map(set_master, wanted)))
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


def test_elements_that_are_no_controls_are_told():
    with Running(ALOUD, "mixer", "watch", "-c", "Loopback") as watcher:
        wait_until(lambda: "Watching" in watcher.so_far().stderr, "the watch to begin")
        output_of("amixer", "-q", "-c", "Loopback", "cset", "iface=PCM,name='PCM Rate Shift 100000',subdevice=1", "100001")
        wait_until(lambda: "100000 -> 100001" in watcher.so_far().stdout, "the change to be told")
        output_of("amixer", "-q", "-c", "Loopback", "cset", "iface=PCM,name='PCM Rate Shift 100000',subdevice=1", "100000")
        wait_until(lambda: "100001 -> 100000" in watcher.so_far().stdout, "the change back to be told")
        watcher.signal(signal.SIGINT)
        assert watcher.end().status == 0


def test_an_element_is_watched_by_its_id():
    with watching("-c", "Dummy", "name='CD Volume'") as watcher:
        output_of("amixer", "-q", "-c", "Dummy", "cset", "name=Master Volume", "11,12")
        output_of("amixer", "-q", "-c", "Dummy", "cset", "name=CD Volume", "13,14")
        (told,) = wait_until(lambda: [event for event in watcher.so_far().events() if event["event"] == "element"], "the change to be told")
    assert (told["name"], told["iface"], told["to"]) == ("CD Volume", "MIXER", [13, 14])
    assert changes(watcher) == []


def test_a_driver_that_changes_without_a_word_is_told_of():
    """snd-dummy sends no event for a capture switch whose right channel alone changes."""
    output_of("amixer", "-q", "-c", "Dummy", "cset", "name=Master Capture Switch", "off,off")
    with watching("-c", "Dummy", "Master") as watcher:
        output_of("amixer", "-q", "-c", "Dummy", "cset", "name=Master Capture Switch", "off,on")
        wait_until(lambda: changes(watcher), "the change to be told")
    (event,) = changes(watcher)
    (change,) = event["changes"]
    assert (change["value"], change["channel"], change["from"], change["to"]) == ("recording", "Front Right", False, True)


def test_a_reader_that_goes_away_ends_it_though_nothing_changes():
    script = f"{ALOUD} mixer watch -c Dummy --json | head -1"
    assert json.loads(output_of("bash", "-c", script))["event"] == "start"
