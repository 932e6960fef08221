"""aloud in the place of amixer, on cards of several drivers."""

import shlex

import pytest
from lab import mixers
from lab.amixer_lines import differences
from lab.program import output_of

CARDS = ["AC97", "ES1370", "HDA", "USB"]

READING = ["scontrols", "scontents", "-M scontents", "-i contents", "controls", "info"]

VALUES = ["50%", "5,mute", "toggle", "cap", "-- -6dB", "frontleft 2"]

CONTROLS = [("AC97", "Master"), ("AC97", "Capture"), ("ES1370", "PCM")]


def lines(card, commands):
    return [["-c", card, *shlex.split(command)] for command in commands]


@pytest.mark.parametrize("card", CARDS)
def test_what_is_read_is_the_same(card):
    assert differences(card, lines(card, READING)) == []


@pytest.mark.parametrize("card, control", CONTROLS)
def test_what_is_set_is_the_same(card, control):
    commands = [f"sset '{control}' {value}" for value in VALUES]
    assert differences(card, lines(card, commands)) == []


def test_steps_are_the_same_where_amixers_are_right():
    before = mixers.contents("-c", "AC97")
    output_of("amixer", "-q", "-c", "AC97", "sset", "Master", "40")
    commands = [f"sset Master {value}" for value in ["5%+", "3-", "3dB-", "1%+"]]
    assert differences("AC97", lines("AC97", commands)) == []
    mixers.restore("AC97", before)
