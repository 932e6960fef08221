"""`mixers`, `mixer get` and `mixer set` on snd-dummy, compared with amixer, pyalsaaudio and a model of the rules."""

import json
import random
import signal

import pytest
from lab import mixer_model, mixer_reports, mixers
from lab.mixer_model import Batch
from lab.mixer_reports import get
from lab.mixers import raw_volumes
from lab.program import ALOUD, Running, aloud, as_user, output_of, wait_until


@pytest.fixture(autouse=True)
def restored():
    """Leaves the mixer as it was."""
    before = mixers.contents("-c", "Dummy")
    yield
    mixers.restore("Dummy", before)
    assert mixers.contents("-c", "Dummy") == before


def test_everything_is_the_same_as_pyalsaaudios():
    mixer_reports.assert_same_as_pyalsaaudio(random.Random(1))


def test_a_card_without_controls_has_an_empty_list():
    assert output_of(ALOUD, "mixers", "-c", "Loopback", "--json") == "[]\n"


def test_each_of_many_changes_follows_the_rules_and_is_seen_by_amixer():
    mixer_model.check_random_changes("Dummy", random.Random("Dummy"), 150)


def test_a_relative_step_goes_in_its_direction():
    # amixer's goes from 54 down to -30, and then up again.
    output_of("amixer", "-q", "-c", "Dummy", "sset", "Master", "54")
    steps = ("5%+", "5%-", "1+", "0.1dB+", "0.01%+", "0.01%-", "1000+", "1+", "1000-", "1-")
    with Batch("Dummy") as batch:
        volumes = [raw_volumes(batch.set(f"Master {step}")) for step in steps]
    assert volumes == [[v] * 2 for v in (62, 54, 55, 56, 57, 56, 100, 100, -50, -50)]


def test_switches_of_channels_are_set_like_amixers():
    def after(*command):
        output_of("amixer", "-q", "-c", "Dummy", "sset", "Mic", "frontleft", "cap", "frontright", "nocap")
        output_of(*command, "-q", "-c", "Dummy", *words)
        return [channel["recording"] for channel in get("Dummy", "Mic")["capture"]["channels"]]

    for words in (["Mic", "nocap,cap"], ["Mic", "cap,nocap"], ["Mic", "toggle,cap"], ["Mic", "toggle,toggle"]):
        assert after(ALOUD, "mixer", "set") == after("amixer", "sset"), words


# Lines of a batch, and the kind of the error of each.
REFUSED = [
    ("usage", "Master loud"),
    ("usage", "Master 40% loud"),
    ("usage", "Master 101%"),
    ("usage", "Master nan%"),
    ("usage", "Master 1e1"),
    ("usage", "Master 40%,"),
    ("usage", "Master ''"),
    ("usage", "Master front-left"),
    ("usage", "Master"),
    ("usage", "'External I/O Box' Tape"),
    ("usage", "'External I/O Box' 2"),
    ("not_found", "Mastr 40%"),
    ("not_found", "Master,1 40%"),
    ("unsupported", "Master 101"),
    ("unsupported", "Master 99999999999999999999"),
    ("unsupported", "Master -60dB"),
    ("unsupported", "Master cap 1dB"),
    ("unsupported", "Master mute"),
    ("unsupported", "Master 1,2,3"),
    ("unsupported", "Mic cap,nocap,cap"),
    ("unsupported", "Mic mute,unmute"),
    ("usage", "Mic cap,"),
    ("usage", "Mic cap,mute"),
    ("unsupported", "Master 10 rear 10"),
]


def test_a_refused_change_changes_nothing():
    mixer_reports.assert_refused({"Dummy": REFUSED})
    before = mixers.contents("-c", "Dummy")
    for status, words in ((2, ["cap", "--over", "1s"]), (6, ["10", "--channel", "2"]), (2, ["40%", "loud"])):
        assert aloud("mixer", "set", "-c", "Dummy", "Master", *words).status == status
    assert mixers.contents("-c", "Dummy") == before


def test_a_refusal_names_the_choices():
    items = aloud("mixer", "set", "-c", "Dummy", "External I/O Box", "Tape")
    assert "'None', 'CD Player'" in items.stderr
    near = aloud("mixer", "set", "-c", "Dummy", "Mastr", "40%", "--json").error()
    assert near["kind"] == "not_found" and "'Master'" in near["hint"]
    channels = aloud("mixer", "set", "-c", "Dummy", "Master", "rear", "40%")
    assert "Front Left" in channels.stderr


def test_a_batch_makes_every_valid_change_and_reports_the_others_by_line(tmp_path):
    draw = random.Random(7)
    names = ["Master", "Synth", "Line", "CD", "Mic"]
    lines, wanted = [], {}
    for _ in range(1000):
        name, volumes = draw.choice(names), [draw.randint(-50, 100), draw.randint(-50, 100)]
        lines.append(f"{name} {volumes[0]},{volumes[1]}")
        wanted[name] = volumes
    lines[100:100] = ["# quieter", "", "Nosuch 40%", "sset Master 7", "set 'Line' 3  # amixer's word"]
    lines.append("Master loud")
    file = tmp_path / "batch"
    file.write_text("\n".join(lines))
    result = aloud("mixer", "set", "-c", "Dummy", "--batch", file)
    assert result.status == 3, result.stderr
    errors = [line for line in result.stderr.splitlines() if not line.startswith("hint: ")]
    assert [line.split(":")[1].strip() for line in errors] == ["line 103", f"line {len(lines)}"]
    assert {name: raw_volumes(get("Dummy", name)) for name in names} == wanted


def test_a_batch_prints_the_same_hint_once():
    words = ["mixer", "set", "-c", "Dummy", "--batch", "-"]
    lines = b"Nosuch 1\nNowhere 2\nMaster loud\nNosuch 1\n"
    errors = aloud(*words, stdin=lines).stderr.splitlines()
    starts = [line.split(" ")[1] if line.startswith("aloud:") else "hint" for line in errors]
    assert starts == ["line", "hint", "line", "line", "hint", "line", "hint"], errors
    objects = [json.loads(line) for line in aloud(*words, "--json", stdin=lines).stderr.splitlines()]
    assert len(objects) == 4 and all(one["error"]["hint"] for one in objects)


def test_a_fade_reaches_its_end_and_can_be_interrupted():
    output_of(ALOUD, "mixer", "set", "-q", "-c", "Dummy", "Master", "--", "-50,100")
    output_of(ALOUD, "mixer", "set", "-q", "-c", "Dummy", "Master", "100,0", "--over", "0.4")
    assert raw_volumes(get("Dummy", "Master")) == [100, 0]
    with Running(ALOUD, "mixer", "set", "-c", "Dummy", "Master", "0%", "--over", "100s") as fade:
        wait_until(lambda: raw_volumes(get("Dummy", "Master"))[0] < 99, "the fade to start")
        fade.signal(signal.SIGINT)
        assert fade.end().status == -signal.SIGINT
    left, right = raw_volumes(get("Dummy", "Master"))
    assert -50 < left < 99 and -50 < right <= 0
    # It has stopped.
    assert raw_volumes(get("Dummy", "Master")) == [left, right]


def test_a_card_is_named_by_number_id_name_and_ctl():
    for place in (["-c", "0"], ["-c", "Dummy"], ["-c", "Dummy 1"], ["-D", "hw:0"], ["-D", "hw:CARD=Dummy"], ["-D", "default"]):
        assert json.loads(output_of(ALOUD, "mixer", "get", *place, "Master", "--json"))["name"] == "Master"
    assert aloud("mixers", "-c", "Dumy").status == 3
    pcm = aloud("mixers", "-D", "plughw:Dummy")
    assert pcm.status == 3 and "hw:Dummy" in pcm.stderr


def test_without_permission_the_group_is_named():
    result = as_user("nobody", "nogroup", "mixers", "-c", "Dummy")
    assert result.status == 4 and "audio" in result.stderr


def text_of(*words):
    return aloud("mixer", *words, "-c", "Dummy")


def test_signs_need_no_dashes():
    text_of("set", "Master", "50%")
    assert "30%" in text_of("set", "Master", "-20%").stdout
    assert "35%" in text_of("set", "Master", "+5%").stdout
    assert "-12.00 dB" in text_of("set", "Master", "-12dB").stdout
    assert "-9.00 dB" in text_of("set", "Master", "+3dB").stdout
    assert text_of("set", "Master", "-12dB", "--channel", "0").status == 0


def test_the_scale_of_the_answer_is_the_one_asked_for():
    assert " 40%" in text_of("set", "-M", "Master", "40%").stdout
    assert " 40%" in text_of("get", "-M", "Master").stdout
    assert " 61%  map 40%" in text_of("get", "Master").stdout


def test_equal_channels_share_a_line_and_the_card_is_named():
    text_of("set", "Master", "40%", "unmute")
    result = text_of("get", "Master")
    (line,) = result.stdout.splitlines()
    assert line.startswith("Master  play  [") and "Front" not in line
    assert result.stderr == "mixer of Dummy (Dummy)\n"
    text_of("set", "Master", "10%,90%")
    assert "Front Right" in text_of("get", "Master").stdout
    lines = text_of("get").stdout.splitlines()
    assert max(len(line) for line in lines) <= 80, lines


def test_a_raw_volume_says_so():
    result = text_of("set", "Master", "25")
    assert "25 (-50..100) raw (50%); for percent, type 25%" in result.stderr
    assert "raw (" not in text_of("set", "Master", "25%").stderr
    text_of("set", "Master", "25")
    assert "28 (-50..100) raw (52%); for percent, type +3%" in text_of("set", "Master", "+3").stderr
    text_of("set", "Master", "25")
    assert "22 (-50..100) raw (48%); for percent, type 3%-" in text_of("set", "Master", "3-").stderr
    assert "10 (-50..100) raw (40%); for percent, type 10%" in text_of("set", "Master", "10,20").stderr
    assert text_of("set", "External I/O Box", "1").stderr == "mixer of Dummy (Dummy)\n"


def test_the_other_scale_is_shown_where_it_differs_much():
    assert " 40%  map 22%  -27.00 dB " in text_of("set", "Master", "40%").stdout
    assert " 22%  raw 40%  -27.00 dB " in text_of("get", "-M", "Master").stdout
    assert "map" not in text_of("set", "Master", "100%").stdout


def test_columns_are_aligned():
    text_of("set", "CD", "10%,90%")
    text_of("set", "Master", "100%")
    lines = text_of("get").stdout.splitlines()
    assert len({line.index("dB") for line in lines if "dB" in line}) == 1, lines
    assert len({line.index("%") for line in lines if "%" in line}) == 1, lines
