"""`aloud doctor` on cards with drivers, buses and real mixers: what is muted after a start, and the command that unmutes it."""

import json
from contextlib import contextmanager

import pytest
from lab import cards, mixers
from lab.program import aloud, output_of

CONTROLS = {"AC97": "Master", "ES1370": "Master", "HDA": "Master", "USB": "Audio Output Volume Control"}


def examine(*words):
    result = aloud("doctor", "--json", *words)
    document = json.loads(result.stdout)
    assert (result.status == 9) == (document["problems"] > 0), result
    return {check["check"]: check for check in document["checks"]}, result.status


@contextmanager
def muted(card, control):
    before = mixers.contents("-c", card)
    output_of("amixer", "-q", "-c", card, "sset", control, "mute")
    yield
    mixers.restore(card, before)


def test_drivers_and_buses_are_named():
    found, _ = examine()
    details = "\n".join(found["cards"]["details"])
    assert "AC97: driver snd_intel8x0, bus pci" in details
    assert "HDA: driver snd_hda_intel, bus pci" in details
    assert "USB: driver snd-usb-audio, bus usb, port " in details
    assert found["cards"]["verdict"] == "ok"
    assert found["drivers"]["verdict"] == "ok", found["drivers"]


@pytest.mark.parametrize("card", CONTROLS)
def test_a_muted_control_is_named_with_the_command_that_unmutes_it(card):
    found, status = examine("-D", f"plughw:{card}")
    assert found["volume"]["verdict"] == "ok", found["volume"]
    with muted(card, CONTROLS[card]):
        found, status = examine("-D", f"plughw:{card}")
        assert status == 9
        assert f"'{CONTROLS[card]}' of {card} is muted" in found["volume"]["finding"]
        (command,) = found["volume"]["advice"]
        assert command.startswith(f"aloud mixer set -c {card} ") and command.endswith(" unmute")
        name = command.removeprefix(f"aloud mixer set -c {card} ").removesuffix(" unmute").strip("'")
        assert aloud("mixer", "set", "-c", card, name, "unmute").status == 0
        found, _ = examine("-D", f"plughw:{card}")
        assert found["volume"]["verdict"] == "ok", found["volume"]


def test_a_held_card_names_its_holder():
    with cards.hold("hw:AC97") as holder:
        found, status = examine("-D", "hw:AC97")
    assert status == 9
    assert f"aplay (pid {holder.pid}" in found["output"]["finding"]
