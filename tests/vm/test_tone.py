"""Tones on cards that name their channels, or have only some."""

from lab.program import aloud


def test_speakers_have_the_names_of_the_cards_channels():
    result = aloud("tone", "--json", "-D", "hw:HDA", "--speakers", "-d", 2)
    reported = [(event["position"], event["channel"]) for event in result.events("speaker")]
    assert reported == [("FL", "Front Left"), ("FR", "Front Right")]


def test_an_unsupported_channel_count_is_refused():
    result = aloud("tone", "--json", "-D", "hw:AC97", "-d", 1, "-c", 1)
    assert (result.status, result.error()["kind"]) == (6, "unsupported")
