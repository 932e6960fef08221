"""`mixers`, `mixer get` and `mixer set` on emulated cards, compared with amixer, pyalsaaudio and a model of the rules."""

import json
import random
import signal

import pytest
from lab import cards, mixer_model, mixer_reports, mixers
from lab.mixer_reports import get
from lab.mixers import raw_volumes
from lab.program import ALOUD, Running, aloud, output_of, wait_until


@pytest.fixture(autouse=True, scope="module")
def restored():
    """Leaves the mixers as they were: other tests record what the cards play."""
    before = {card: mixers.contents("-c", card) for card in cards.WITH_CONTROLS}
    yield
    for card in cards.WITH_CONTROLS:
        mixers.restore(card, before[card])
        assert mixers.contents("-c", card) == before[card]


def test_everything_is_the_same_as_pyalsaaudios():
    mixer_reports.assert_same_as_pyalsaaudio(random.Random(1))


def test_mixers_lists_every_control_with_its_index():
    listed = [{"name": name, "index": index} for name, index in mixers.controls("-c", "ES1370")]
    assert json.loads(output_of(ALOUD, "mixers", "-c", "ES1370", "--json")) == listed
    assert output_of(ALOUD, "mixers", "-c", "ES1370").splitlines().count("PCM,1") == 1


@pytest.mark.parametrize("card, lines", [("AC97", 100), ("ES1370", 150), ("HDA", 50), ("USB", 50)])
def test_each_of_many_changes_follows_the_rules_and_is_seen_by_amixer(card, lines):
    mixer_model.check_random_changes(card, random.Random(card), lines)


# Lines of a batch, and the kind of the error of each.
REFUSED = {
    "AC97": [
        ("unsupported", "'3D Control Sigmatel - Depth' -1dB"),
        ("unsupported", "'3D Control Sigmatel - Depth' 1 mute"),
        ("unsupported", "Master front-left mute front-right unmute"),
        ("unsupported", "Mix 40%"),
        ("unsupported", "Capture playback 10"),
    ],
    "ES1370": [
        ("unsupported", "Master 40% cap"),
        # Its capture switch follows its playback switch, as only the driver knows.
        ("unsupported", "Aux 40% mute cap"),
    ],
    "HDA": [("unsupported", "Master capture 0")],
}


def test_a_refused_change_changes_nothing():
    output_of("amixer", "-q", "-c", "ES1370", "sset", "Aux", "7", "mute", "nocap")
    mixer_reports.assert_refused(REFUSED)


def test_an_element_locked_by_another_program_leaves_everything_unchanged():
    """The switch is set last: the volume that was set before it has to go back."""
    output_of("amixer", "-q", "-c", "AC97", "sset", "Master", "20,25", "unmute")
    before = mixers.contents("-c", "AC97")
    with mixers.locked("AC97", "Master Playback Switch"):
        result = aloud("mixer", "set", "-c", "AC97", "--json", "Master", "10", "mute")
        assert (result.status, result.error()["kind"]) == (5, "busy")
        assert "is locked by python (process " in result.error()["message"]
        raw = aloud("mixer", "set", "-c", "AC97", "--json", "name='Master Playback Switch'", "off")
        assert (raw.status, raw.error()["kind"]) == (5, "busy")
    assert mixers.contents("-c", "AC97") == before
    with mixers.locked("AC97", "Master Playback Volume"):
        assert aloud("mixer", "set", "-c", "AC97", "Master", "10", "mute").status == 5
    assert mixers.contents("-c", "AC97") == before


def test_of_exclusive_switches_one_is_on():
    def recording(control):
        return [channel["recording"] for channel in get("AC97", control)["capture"]["channels"]]

    output_of(ALOUD, "mixer", "set", "-q", "-c", "AC97", "Mic", "cap")
    reported = json.loads(output_of(ALOUD, "mixer", "set", "-c", "AC97", "--json", "Line", "cap"))
    assert [channel["recording"] for channel in reported["capture"]["channels"]] == [True, True]
    assert recording("Mic") == [False, False]
    assert ": values=4,4" in output_of("amixer", "-c", "AC97", "cget", "name=Capture Source")
    output_of(ALOUD, "mixer", "set", "-q", "-c", "AC97", "CD", "front-right", "cap")
    assert (recording("Line"), recording("CD")) == ([True, False], [False, True])
    refused = aloud("mixer", "set", "-c", "AC97", "Line", "nocap")
    assert refused.status == 6 and recording("Line") == [True, False]


def test_loopback_copies_the_volume_while_it_runs():
    def played():
        return raw_volumes(get("Dummy", "Master"))

    output_of("amixer", "-q", "-c", "AC97", "sset", "Capture", "5")
    options = ["--input-mixer", "Capture:AC97", "--output-mixer", "Master:Dummy"]
    with Running(ALOUD, "loopback", "-C", "hw:Loopback,1", "-P", "hw:Dummy", *options) as loopback:
        wait_until(lambda: played() == [0, 0], "the volume to be copied")
        output_of("amixer", "-q", "-c", "AC97", "sset", "Capture", "15,0")
        wait_until(lambda: played() == [100, -50], "each channel to follow")
        loopback.signal(signal.SIGINT)
        assert loopback.end().status == -signal.SIGINT
    missing = aloud("loopback", "-C", "hw:Loopback,1", "-P", "hw:Dummy", "--input-mixer", "Nosuch:AC97", "--output-mixer", "Master:0")
    assert missing.status == 3 and "'Nosuch'" in missing.stderr
