"""Devices that are found by part of a name, and the list of devices, in any order of the cards."""

import json
import subprocess
from contextlib import contextmanager

import pytest
from lab import cards
from lab.errors import assert_error, error_line
from lab.program import aloud
from lab.sound import noise

DUMMY = "snd-dummy id=Dummy"
LOOPBACK = "snd-aloop id=Loopback pcm_substreams=8"


def modprobe(*words):
    subprocess.run(["modprobe", "-d", ".cache/uml", *words], check=True)


@contextmanager
def modules(*lines):
    """Reloads the drivers, in this order; at the end, reloads them in the usual way."""

    def load(lines):
        modprobe("-r", "snd-dummy")
        modprobe("-r", "snd-aloop")
        for line in lines:
            modprobe(*line.split())
        cards.give_to_audio()

    load(lines)
    try:
        yield
    finally:
        load([DUMMY, LOOPBACK])


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return noise(seconds=0.1).wav(tmp_path_factory.mktemp("sound") / "sound.wav")


def played_on(sound, *words):
    """The PCM that `aloud play` opened."""
    result = aloud("play", "--json", *words, sound)
    assert result.status == 0, result
    (start,) = [event for event in result.events() if event["event"] == "start"]
    return start["device"]


@pytest.mark.parametrize("order", [[DUMMY, LOOPBACK], [LOOPBACK, DUMMY]])
def test_a_name_finds_its_card_in_any_order(sound, order):
    with modules(*order):
        index = [line.split("id=")[1].split()[0] for line in order].index("Dummy")
        for words in (["-D", "dummy"], ["-D", "DUM"], ["--card", "Dummy"], ["--card", str(index)], ["-D", str(index)]):
            assert played_on(sound, *words) == "hw:CARD=Dummy,DEV=0", words
        assert played_on(sound, "-D", "loopb") == "hw:CARD=Loopback,DEV=0"
        result = aloud("mixer", "get", "-c", "dum", "Master")
        assert result.status == 0, result


def test_one_line_says_which_device_it_is(sound):
    result = aloud("play", "-D", "dummy", sound)
    assert result.stderr.splitlines()[0] == "playing on Dummy PCM (hw:CARD=Dummy,DEV=0)"
    assert "playing on" not in aloud("play", "-q", "-D", "dummy", sound).stderr
    assert "playing on" not in aloud("play", "-D", "hw:Dummy", sound).stderr
    result = aloud("record", "-d", "0.1", "-t", "raw", "-D", "dummy")
    assert "recording from Dummy" in result.stderr


def test_cards_with_similar_names_are_candidates(sound):
    with modules(DUMMY, "snd-aloop index=1,2 enable=1,1 id=Scarlett,ScarlettB pcm_substreams=1,1"):
        error = assert_error(aloud("play", "--json", "-D", "scarl", sound), 2, "usage")
        assert "Scarlett (Loopback), ScarlettB (Loopback)" in error["message"]
        assert error["hint"] == "type one of: Scarlett ScarlettB"
        assert_error(aloud("mixer", "get", "--json", "-c", "scarl"), 2, "usage")
        # What the hint names is exact.
        assert played_on(sound, "-D", "Scarlett") == "hw:CARD=Scarlett,DEV=0"
        assert played_on(sound, "-D", "scarlettb") == "hw:CARD=ScarlettB,DEV=0"


def test_a_wrong_name_suggests_a_card_first(sound):
    result = aloud("play", "-D", "Dumy", sound)
    assert result.status == 3
    assert "nearest: Dummy" in result.stderr
    assert "hw:9" in error_line(aloud("play", "-D", "hw:9", sound))


def rows():
    return json.loads(aloud("devices", "--json").stdout)


def test_devices_has_a_row_for_each_device():
    found = {row["name"]: row for row in rows()}
    assert list(found) == ["default", "Dummy", "Loopback", "hw:Loopback,1"]
    assert found["default"]["resolves_to"] == "Dummy" and found["Dummy"]["default"]
    assert not found["Loopback"]["default"]
    dummy = found["Dummy"]
    assert dummy["pcm"] == "hw:CARD=Dummy,DEV=0"
    assert dummy["playback"]["channel_range"]["min"] == 1 and dummy["capture"]["rate_range"]["max"] >= 48000
    assert dummy["free"] is True and dummy["holders"] == []


def test_every_name_that_devices_prints_can_be_played_on(sound):
    for row in rows():
        assert row["playback"], row
        assert played_on(sound, "-D", row["name"]) in (row["pcm"], row["name"])


def test_devices_names_who_uses_one():
    with cards.hold("hw:Dummy") as holder:
        (dummy,) = [row for row in rows() if row["name"] == "Dummy"]
        assert [user["pid"] for user in dummy["holders"]] == [holder.pid]
        assert f"aplay (pid {holder.pid})" in aloud("devices").stdout


def test_devices_is_a_table():
    lines = aloud("ls").stdout.splitlines()
    header = lines[0]
    assert header.split() == ["TYPE", "NAME", "PLAYS", "RECORDS", "USE"]
    for line in lines[1:]:
        for title in ("TYPE", "NAME", "PLAYS", "RECORDS", "USE"):
            at = header.index(title)
            assert line[at - 1] == " " and line[at] != " ", line
    (marked,) = [line for line in lines if line.startswith("* ")]
    assert marked.startswith("* Dummy ")
