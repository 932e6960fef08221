"""`mixer watch` reports every change of a control once, and follows a card that disappears and comes back."""

import json
import signal
import subprocess
import time

import pytest
from lab import cards, mixers
from lab.mixers import raw_volumes
from lab.program import ALOUD, Running, output_of, wait_until

AMIXER = ["amixer", "-q", "-c", "Dummy"]


@pytest.fixture(autouse=True)
def restored():
    """Leaves the mixer as it was."""
    before = mixers.contents("-c", "Dummy")
    yield
    mixers.restore("Dummy", before)


def sset(*words):
    output_of(*AMIXER, "sset", *words)


def watching(*options):
    watcher = Running(ALOUD, "mixer", "watch", "--json", *options)
    watcher.wait_for_event("start")
    return watcher


def changes(watcher, name=None):
    return [event for event in watcher.events("change") if name in (None, event["name"])]


def wait_for_volume(watcher, name, value):
    """Waits until this value, on both channels, is the last one reported for a control."""

    def reported():
        events = changes(watcher, name)
        return events and raw_volumes(events[-1]["control"]) == [value, value]

    wait_until(reported, lambda: f"{name} at {value} in {watcher.so_far()}")


def test_each_of_ten_changes_by_other_programs_is_reported_once():
    sset("Synth", "0")
    with watching("-c", "Dummy") as watcher:
        for value in range(1, 11):
            sset("Synth", value)
            wait_for_volume(watcher, "Synth", value)
        watcher.signal(signal.SIGINT)
        result = watcher.end()
    events = changes(watcher, "Synth")
    # amixer sets one channel after the other, and both may be seen.
    both = [raw_volumes(event["control"]) for event in events if len(set(raw_volumes(event["control"]))) == 1]
    assert both == [[value, value] for value in range(1, 11)]
    for event in events:
        assert {change["value"] for change in event["changes"]} == {"volume"}
        for change in event["changes"]:
            assert change["to"]["raw"] == change["from"]["raw"] + 1
    assert result.status == -signal.SIGINT
    assert result.events()[-1] == {"event": "end", "why": "SIGINT"}


def test_only_the_named_control_is_reported():
    with watching("-c", "Dummy", "Master") as watcher:
        sset("CD", "11")
        sset("CD", "12")
        sset("Master", "13")
        sset("Master", "14")
        wait_for_volume(watcher, "Master", 14)
        assert {event["name"] for event in changes(watcher)} == {"Master"}
        watcher.signal(signal.SIGTERM)
        assert watcher.end().status == -signal.SIGTERM


def test_a_card_that_disappears_at_any_moment_is_reported():
    """At every phase of the watcher's wait, and while a change is being read."""
    with watching("-c", "Dummy", "--on-lost", "wait") as watcher:
        for count in range(1, 61):
            time.sleep(count * 0.0373 % 1.1)
            if count % 3 == 0:
                sset("CD", count)
            cards.dummy_driver("unbind")
            watcher.wait_for_event("lost", count)
            time.sleep(count * 0.0171 % 0.25)
            cards.dummy_driver("bind")
            watcher.wait_for_event("back", count)
        watcher.signal(signal.SIGTERM)
        assert watcher.end().status == -signal.SIGTERM


def test_a_card_that_comes_back_is_followed():
    with watching("-c", "Dummy", "--on-lost", "wait") as watcher:
        cards.dummy_driver("unbind")
        watcher.wait_for_event("lost")
        cards.dummy_driver("bind")
        watcher.wait_for_event("back")
        sset("Master", "33")
        sset("Master", "34")
        wait_for_volume(watcher, "Master", 34)
        watcher.signal(signal.SIGINT)
        assert watcher.end().status == -signal.SIGINT


@pytest.mark.parametrize("device", [["-c", "0"], ["-D", "hw:0"], ["-D", "hw:Dummy"]])
def test_a_card_is_followed_to_its_new_number(device):
    both = ("Dummy", "Loopback")
    with watching(*device, "--on-lost", "wait") as watcher:
        for card in both:
            cards.driver(card, "unbind")
        watcher.wait_for_event("lost")
        for card in reversed(both):
            cards.driver(card, "bind")
        plugged = watcher.wait_for_event("back")
        assert cards.index("Dummy") == 1
        sset("Master", "33")
        sset("Master", "34")
        wait_for_volume(watcher, "Master", 34)
    for card in both:
        cards.driver(card, "unbind")
    for card in both:
        cards.driver(card, "bind")
    assert plugged["device"] == ("hw:Dummy" if "hw:Dummy" in device else "hw:1")


def test_a_name_that_stands_for_another_card_now_is_not_followed(tmp_path):
    configuration = tmp_path / "asound.conf"
    configuration.write_text("</usr/share/alsa/alsa.conf>\nctl.mine { type hw card 0 }\n")
    words = [ALOUD, "mixer", "watch", "--json", "-D", "mine", "--on-lost", "wait"]
    with Running(*words, environment={"ALSA_CONFIG_PATH": str(configuration)}) as watcher:
        watcher.wait_for_event("start")
        for card in ("Dummy", "Loopback"):
            cards.driver(card, "unbind")
        watcher.wait_for_event("lost")
        cards.driver("Loopback", "bind")
        assert cards.index("Loopback") == 0
        time.sleep(2)
        assert watcher.events("back") == []
        cards.driver("Loopback", "unbind")
        for card in ("Dummy", "Loopback"):
            cards.driver(card, "bind")
        watcher.wait_for_event("back")


def test_a_lost_card_is_an_error():
    with watching("-c", "Dummy") as watcher:
        before = time.monotonic()
        cards.dummy_driver("unbind")
        result = watcher.end()
        assert time.monotonic() - before < 0.2
    cards.dummy_driver("bind")
    assert result.status == 7 and result.error()["kind"] == "disconnected", result
    assert result.events()[-1]["event"] == "lost"


def test_a_card_that_stays_away_is_an_error_in_time():
    with Running(ALOUD, "mixer", "watch", "-c", "Dummy", "--on-lost", "wait=2") as watcher:
        watcher.wait_for_text("Watching")
        before = time.monotonic()
        cards.dummy_driver("unbind")
        result = watcher.end()
        assert 2 <= time.monotonic() - before < 2.4
    cards.dummy_driver("bind")
    assert result.status == 7
    assert "did not come back within 2 s" in result.stderr


def test_a_line_of_text_names_both_values():
    sset("Master", "10")
    with Running(ALOUD, "mixer", "watch", "-c", "Dummy", "Master") as watcher:
        watcher.wait_for_text("Watching")
        sset("Master", "20")
        wait_until(lambda: watcher.so_far().stdout, "the change")
    assert watcher.so_far().stdout.startswith("Master: playback Front Left, Front Right 40% (10, -27.00 dB) -> 47% (20, -24.00 dB)")


def test_a_closed_pipe_ends_it_at_the_next_change():
    command = f"{ALOUD} mixer watch --json -c Dummy | head -n 2"
    with Running("bash", "-o", "pipefail", "-c", command) as pipeline:
        # One change is the second line, the next finds the pipe closed.
        for value in range(30):
            sset("Master", value)
            time.sleep(0.1)
            if pipeline.process.poll() is not None:
                break
        assert pipeline.end().status == 0


def test_a_closed_pipe_ends_it_without_a_change():
    script = f"{ALOUD} mixer watch -c Dummy --json | head -1"
    assert json.loads(output_of("bash", "-c", script))["event"] == "start"


def reported_steps(watcher):
    """The reported changes of Master's volume: for each, the old and the new value of each channel."""
    events = changes(watcher)
    assert {event["name"] for event in events} <= {"Master"}
    return [[(change["from"]["raw"], change["to"]["raw"]) for change in event["changes"]] for event in events]


def cset_master(value):
    return f"cset name='Master Volume' {value},{value}\n".encode()


def test_each_of_a_hundred_changes_is_reported_once():
    wanted = [(at * 37) % 151 - 50 for at in range(1, 101)]
    output_of(*AMIXER, "-s", stdin=cset_master(-50))
    with watching("-c", "Dummy") as watcher:
        with Running(*AMIXER, "-s", stdin=subprocess.PIPE) as amixer:
            for count, value in enumerate(wanted, 1):
                amixer.process.stdin.write(cset_master(value))
                amixer.process.stdin.flush()
                watcher.wait_for_event("change", count)
        watcher.signal(signal.SIGINT)
        result = watcher.end()
    assert (result.status, result.event("end")["why"]) == (-signal.SIGINT, "SIGINT")
    assert reported_steps(watcher) == [[(old, new)] * 2 for old, new in zip([-50, *wanted], wanted)]


def test_rapid_changes_are_reported_at_most_once_and_the_last_always():
    output_of(*AMIXER, "-s", stdin=cset_master(-50))
    wanted = [(at * 37) % 151 - 50 for at in range(1, 101)]
    with watching("-c", "Dummy") as watcher:
        output_of(*AMIXER, "-s", stdin=b"".join(map(cset_master, wanted)))
        wait_until(lambda: reported_steps(watcher)[-1:] and reported_steps(watcher)[-1][-1][1] == wanted[-1], "the last value")
        steps = reported_steps(watcher)
    now = [-50, -50]
    for step in steps:
        assert all(old in now and old != new for old, new in step)
        now = [new for _, new in step]
    assert now[-1] == wanted[-1]


def test_elements_without_a_control_are_reported():
    element = "iface=PCM,name='PCM Rate Shift 100000',subdevice=1"
    with Running(ALOUD, "mixer", "watch", "-c", "Loopback") as watcher:
        watcher.wait_for_text("Watching")
        output_of("amixer", "-q", "-c", "Loopback", "cset", element, "100001")
        watcher.wait_for_text("100000 -> 100001")
        output_of("amixer", "-q", "-c", "Loopback", "cset", element, "100000")
        watcher.wait_for_text("100001 -> 100000")
        watcher.signal(signal.SIGINT)
        assert watcher.end().status == -signal.SIGINT


def test_an_element_is_watched_by_its_id():
    with watching("-c", "Dummy", "name='CD Volume'") as watcher:
        output_of(*AMIXER, "cset", "name=Master Volume", "11,12")
        output_of(*AMIXER, "cset", "name=CD Volume", "13,14")
        watcher.wait_for_event("element")
        (event,) = watcher.events("element")
    assert (event["name"], event["iface"], event["to"]) == ("CD Volume", "MIXER", [13, 14])
    assert changes(watcher) == []


def test_a_change_without_a_driver_event_is_reported():
    """snd-dummy sends no event if only the right channel of a capture switch changes."""
    output_of(*AMIXER, "cset", "name=Master Capture Switch", "off,off")
    with watching("-c", "Dummy", "Master") as watcher:
        output_of(*AMIXER, "cset", "name=Master Capture Switch", "off,on")
        watcher.wait_for_event("change")
    (event,) = changes(watcher)
    (change,) = event["changes"]
    assert (change["value"], change["channel"], change["from"], change["to"]) == ("recording", "Front Right", False, True)
