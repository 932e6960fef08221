"""Raw elements of emulated cards, compared with amixer: listed, saved and loaded."""

import json

import pytest
from lab import cards, mixers
from lab.elements import assert_same_as_amixer, assert_save_and_load, elements
from lab.program import ALOUD, aloud, output_of, run

EMULATED = [card for card in cards.ALL if card not in ("Dummy", "Loopback")]


@pytest.fixture(autouse=True, scope="module")
def restored(tmp_path_factory):
    """Leaves the cards as they were: other tests record what they play."""
    state = tmp_path_factory.mktemp("elements") / "state"
    output_of("alsactl", "-f", state, "store")
    yield
    run("alsactl", "-f", state, "restore")


@pytest.mark.parametrize("card", EMULATED)
def test_the_elements_are_the_same_as_amixers(card):
    assert_same_as_amixer(card)


@pytest.mark.parametrize("card", EMULATED)
def test_a_saved_state_is_restored_exactly(tmp_path, card):
    assert_save_and_load(card, tmp_path / "state.json")


def test_the_state_of_another_card_is_applied_only_where_it_fits(tmp_path):
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
            assert fit["result"] == "refused" and fit["error"]["message"]
    assert mixers.contents("-c", "Dummy") == before
