"""`list-pcms` and `list-cards` list what aplay and arecord list."""

import pytest
from lab import cards, lists
from lab.program import as_user


@pytest.mark.parametrize("option, rival", [("-P", "aplay"), ("-C", "arecord")])
def test_list_pcms_lists_the_same_as_its_rival(option, rival):
    lists.assert_same_pcms(option, rival)


def test_list_pcms_knows_every_direction():
    lists.assert_pcm_directions()


@pytest.mark.parametrize("direction, rival", [("playback", "aplay"), ("capture", "arecord")])
def test_list_cards_lists_the_same_as_its_rival(direction, rival):
    lists.assert_same_cards(direction, rival)


def test_list_cards_reports_the_same_about_a_card_as_amixer():
    lists.assert_same_card_info()


def test_the_text_of_list_cards_has_every_device():
    lists.assert_text_has_every_device()


def test_subdevices_in_use_are_not_available():
    with cards.hold("hw:Loopback,0,3"):
        (card,) = [card for card in lists.json_of("list-cards") if card["id"] == "Loopback"]
    assert card["devices"][0]["playback"] == {"subdevices": 8, "available": 7}


def test_a_card_that_cannot_be_opened_does_not_end_the_list():
    with cards.root_only("Dummy"):
        result = as_user("nobody", "audio", "list-cards")
    assert result.status == 0
    assert [card for card in cards.ALL if card not in result.stdout] == []
    assert "permission" in (result.stdout + result.stderr).lower()


def test_without_permission_the_group_is_named():
    result = as_user("nobody", "nogroup", "list-cards")
    assert "Dummy" in result.stdout
    assert "audio" in result.stderr + result.stdout
