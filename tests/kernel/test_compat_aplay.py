"""aloud in the place of aplay and arecord: the same answers, files and sound, except for what aloud-compat(7) names."""

import pytest
from lab import aplay_lines
from lab.aplay_lines import CARD_LINES, COMMAND_LINES, DIFFERENT, PLUGIN_LINES
from lab.compat import Runner, lines_of

FIXTURES = aplay_lines.fixtures()


@pytest.fixture
def runner(tmp_path):
    configuration = tmp_path / "alsa.conf"
    configuration.write_text(aplay_lines.CONFIGURATION)
    environment = {"ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{configuration}"}
    return Runner(tmp_path, ["aplay", "arecord"], FIXTURES, environment)


@pytest.mark.parametrize("lines", [COMMAND_LINES, PLUGIN_LINES], ids=["command line", "plugins"])
def test_without_a_card_the_answers_are_the_same(runner, lines):
    assert runner.differences(lines_of(lines)) == []


def test_on_cards_the_answers_are_the_same(runner):
    ends = {"record": aplay_lines.RECORD, "play": aplay_lines.PLAY, "play1": aplay_lines.PLAY_1}
    assert runner.differences(lines_of(CARD_LINES, **ends)) == []


@pytest.mark.parametrize("reason", DIFFERENT)
def test_what_differs_on_purpose_differs(runner, reason):
    for line in lines_of(DIFFERENT[reason]):
        assert runner.differing(line), line
