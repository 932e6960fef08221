"""`aloud doctor` looks at the cards, who may use and uses them, and their controls."""

import json
import subprocess

import pytest
from lab import cards
from lab.program import aloud, as_user, output_of


def examine(*words, run=aloud, **options):
    """The reports by the names of the checks, and the exit status."""
    result = run("doctor", "--json", *words, **options)
    document = json.loads(result.stdout)
    assert (result.status == 9) == (document["problems"] > 0), result
    return {check["check"]: check for check in document["checks"]}, result.status


def as_stranger(*words, **options):
    return as_user("nobody", "nogroup", *words, **options)


def modprobe(*words):
    subprocess.run(["modprobe", "-d", ".cache/uml", *words], check=True)


@pytest.fixture
def master():
    """Sets the volume of Dummy's Master until the end of the test."""
    set_volume = lambda volume: output_of("amixer", "-q", "-c", "Dummy", "sset", "Master", volume)
    yield set_volume
    set_volume("33%")


def test_a_machine_that_works_has_no_problem():
    found, status = examine()
    assert status == 0
    assert {check["verdict"] for check in found.values()} == {"ok", "note"}
    assert found["cards"]["finding"].startswith("2 cards: 0 Dummy, 1 Loopback")
    assert "driver snd_dummy" in found["cards"]["details"][0]
    assert found["output"]["finding"] == "'default' plays on hw:Dummy,0 (Dummy PCM)"
    assert found["permissions"]["finding"] == "root may use all devices"


def test_it_changes_nothing():
    state = lambda: output_of("amixer", "-c", "Dummy") + output_of("amixer", "-c", "Loopback", "contents")
    before = state()
    examine()
    assert state() == before


def test_a_stranger_is_told_which_group_to_join():
    found, status = examine(run=as_stranger)
    assert status == 9
    permissions = found["permissions"]
    assert permissions["verdict"] == "problem"
    assert "group 'audio', and user 'nobody' is not in it" in permissions["finding"]
    assert "usermod -aG audio nobody" in permissions["advice"][0]
    assert found["output"]["finding"].endswith("see permissions")
    assert found["volume"]["verdict"] == "unknown"
    member, status = examine(run=lambda *words: as_user("nobody", "audio", *words))
    assert status == 0
    assert member["permissions"]["finding"] == "nobody may use all devices, as a member of group audio"


def test_a_node_for_root_only_is_named():
    with cards.root_only("Loopback"):
        found, status = examine(run=lambda *words: as_user("nobody", "audio", *words))
    assert status == 9
    assert "1 of 8 device nodes" in found["permissions"]["finding"]


def test_a_held_device_names_its_holder():
    with cards.hold("hw:Loopback,0,0") as holder:
        found, status = examine("-D", "hw:Loopback,0,0")
        assert status == 9
        assert f"aplay (pid {holder.pid}" in found["output"]["finding"]
        assert f"aplay (pid {holder.pid}) plays on hw:Loopback,0" in found["in_use"]["finding"]
        assert found["in_use"]["verdict"] == "note"
    found, status = examine("-D", "hw:Loopback,0,0")
    assert found["output"]["verdict"] == "ok"


def test_a_volume_of_zero_is_a_problem_on_the_path(master):
    master("0%")
    found, status = examine()
    assert status == 9
    assert found["volume"]["finding"] == "'Master' of Dummy is at zero"
    (advice,) = found["volume"]["advice"]
    assert aloud(*advice.split()[1:]).status == 0
    found, status = examine()
    assert (status, found["volume"]["verdict"]) == (0, "ok")


def test_a_volume_of_zero_elsewhere_is_a_note(master):
    master("0%")
    found, status = examine("-D", "hw:Loopback,0")
    assert (status, found["volume"]["verdict"]) == (0, "note")
    assert "which the default device does not use" in found["volume"]["finding"]


def test_a_capture_switch_is_advised():
    found, _ = examine()
    assert found["capture"]["verdict"] == "note"
    (advice,) = found["capture"]["advice"]
    assert advice == "aloud mixer set -c Dummy Mic cap"
    assert aloud(*advice.split()[1:]).status == 0
    found, _ = examine()
    assert found["capture"]["verdict"] == "ok"
    assert aloud("mixer", "set", "-c", "Dummy", "Mic", "nocap").status == 0


def test_dmix_has_one_rate(tmp_path):
    found, status = examine("-D", "dmix:Dummy")
    assert status == 0
    assert "dmix runs the card at 48000 Hz" in found["output"]["finding"]


def test_without_cards_it_says_so_once():
    try:
        modprobe("-r", "snd-dummy")
        modprobe("-r", "snd-aloop")
        found, status = examine()
    finally:
        modprobe("snd-dummy", "id=Dummy")
        modprobe("snd-aloop", "id=Loopback", "pcm_substreams=8")
        cards.give_to_audio()
    assert status == 9
    assert found["cards"]["verdict"] == "problem" and found["cards"]["advice"]
    assert found["output"]["finding"].endswith("see cards")
    assert not found["output"]["advice"]
