"""aloud in the place of alsactl, on cards of several drivers."""

import pytest
from lab.alsactl_lines import differences
from lab.ctl import Ctl

CARDS = ["AC97", "ES1370", "HDA", "USB"]


@pytest.mark.parametrize("card", CARDS)
def test_states_and_rules_are_the_same(card, tmp_path):
    lines = [["-L", "-f", "s", "store", card], ["info", card]]
    # ES1370 has no dB information, without which alsactl takes -20dB for something else.
    if card != "ES1370":
        lines.append(["-L", "-f", "nofile", "restore", card])
    with Ctl(card) as ctl:
        before = ctl.values()
        found = differences(ctl, tmp_path, lines)
        ctl.restore(before)
    assert not found, "\n".join(found)
