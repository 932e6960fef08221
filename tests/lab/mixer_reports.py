"""Compares `mixer get` with pyalsaaudio."""

import json

from lab import cards, mixers, pyalsaaudio
from lab.mixer_model import db_range
from lab.program import ALOUD, output_of, run


def get(card, *control):
    return json.loads(output_of(ALOUD, "mixer", "get", "-c", card, "--json", *control))


def assert_same_as_pyalsaaudio(draw):
    """Sets every control of every card to a random value, then compares everything that both report."""
    for card in cards.WITH_CONTROLS:
        lines = [f"'{name}',{number} {draw.randrange(101)}%\n" for name, number in mixers.controls("-c", card)]
        run(ALOUD, "mixer", "set", "-q", "-c", card, "--batch", "-", stdin="".join(lines).encode())
    all_theirs = pyalsaaudio.mixers(*({"cardindex": index} for index in range(len(cards.ALL))))
    for card, theirs in zip(cards.ALL, all_theirs, strict=True):
        ours = get(card)
        assert [control["name"] for control in ours] == [control["name"] for control in theirs]
        for one, other in zip(ours, theirs):
            assert_same_control(one, other)
        assert_db_if_the_driver_has_it(card, ours)


def assert_same_control(ours, theirs):
    for key in ("name", "index", "volumecap", "switchcap"):
        assert ours[key] == theirs[key]
    if theirs["enum"]:
        assert [ours["enum"]["current"][0], ours["enum"]["items"]] == theirs["enum"]
    else:
        assert ours["enum"] is None
    for direction, key in (("playback", "muted"), ("capture", "recording")):
        side = ours[direction] or {"range": None, "channels": []}
        switches = [channel[key] for channel in side["channels"]]
        assert switches == ([value == 1 for value in theirs[key]] if theirs[key] is not None else [None] * len(switches))
        assert_same_volume(side, theirs[direction])


def limits(range):
    return [range["min"], range["max"]]


def assert_same_volume(side, theirs):
    if side["range"] is None:
        # pyalsaaudio invents a volume if there is none.
        assert [channel for channel in side["channels"] if channel["raw"] is not None or channel["db"] is not None] == []
        return
    assert limits(side["range"]["raw"]) == theirs["range"][0]
    for unit, key in enumerate(("raw", "percent")):
        assert [channel[key] for channel in side["channels"]] == theirs["volume"][unit]
    # It also invents dB.
    if side["range"]["db"] is not None:
        assert [round(db * 100) for db in limits(side["range"]["db"])] == theirs["range"][2]
        assert [round(channel["db"] * 100) for channel in side["channels"]] == theirs["volume"][2]


def assert_db_if_the_driver_has_it(card, controls):
    ranges = mixers.db_ranges("-c", card)
    for control in controls:
        for direction in mixers.DIRECTIONS:
            side = control[direction]
            if side and side["range"]:
                wanted = db_range(ranges, control["name"], control["index"], direction)
                assert (side["range"]["db"] is not None) == (wanted is not None), (card, control["name"])


def assert_refused(refused):
    """Checks a batch of lines for each card, each with the kind of its error: none of them may change anything."""
    before = {card: mixers.contents("-c", card) for card in refused}
    for card, lines in refused.items():
        batch = "\n".join(line for _, line in lines).encode()
        result = run(ALOUD, "mixer", "set", "-c", card, "--json", "--batch", "-", stdin=batch)
        errors = [json.loads(line)["error"] for line in result.stderr.splitlines()]
        assert [(error["kind"], error["message"].split(": ")[0]) for error in errors] == [
            (kind, f"line {number}") for number, (kind, _) in enumerate(lines, 1)
        ]
        assert result.stdout == ""
    assert {card: mixers.contents("-c", card) for card in refused} == before
