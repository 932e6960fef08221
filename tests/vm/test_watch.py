"""`mixer watch` on a card whose capture switches exclude each other."""

import pytest
from lab import mixers
from lab.program import ALOUD, Running, output_of, wait_until


@pytest.fixture(autouse=True)
def restored():
    """Leaves the mixer as it was: other tests record what the card plays."""
    before = mixers.contents("-c", "AC97")
    yield
    mixers.restore("AC97", before)


def test_selecting_one_source_is_reported_for_both():
    output_of("amixer", "-q", "-c", "AC97", "sset", "Mic", "cap")
    with Running(ALOUD, "mixer", "watch", "--json", "-c", "AC97", "Mic", "Line") as watcher:
        watcher.wait_for_event("start")
        output_of(ALOUD, "mixer", "set", "-q", "-c", "AC97", "Line", "cap")
        wait_until(lambda: {event["name"] for event in watcher.events("change")} == {"Mic", "Line"}, "both changes")
        reported = {event["name"]: event["changes"] for event in watcher.events("change")}
    for name, now in (("Line", True), ("Mic", False)):
        assert {change["value"] for change in reported[name]} == {"recording"}
        assert {(change["from"], change["to"]) for change in reported[name]} == {(not now, now)}
