"""`mixers`, `mixer get` and `mixer set` on kernel cards, held against amixer, pyalsaaudio and a model of the rules."""

import json
import random
import signal
import subprocess

import pytest
from lab import cards, mixers, pyalsaaudio
from lab.program import ALOUD, Running, aloud, as_user, output_of, run, wait_until

WITH_CONTROLS = [card for card in cards.ALL if card != "Loopback"]


@pytest.fixture(autouse=True, scope="module")
def restored():
    """Leaves the cards as they were: other tests listen to what they play."""
    before = {card: mixers.contents("-c", card) for card in WITH_CONTROLS}
    yield
    for card in WITH_CONTROLS:
        mixers.restore(card, before[card])
        assert mixers.contents("-c", card) == before[card]


def get(card, *control):
    return json.loads(output_of(ALOUD, "mixer", "get", "-c", card, "--json", *control))


def test_all_that_is_told_equals_pyalsaaudio():
    draw = random.Random(1)
    for card in WITH_CONTROLS:
        lines = [f"'{name}',{number} {draw.randrange(101)}%\n" for name, number in mixers.controls("-c", card)]
        run(ALOUD, "mixer", "set", "-q", "-c", card, "--batch", "-", stdin="".join(lines).encode())
    all_wanted = pyalsaaudio.mixers(*({"cardindex": index} for index in range(len(cards.ALL))))
    for card, wanted in zip(cards.ALL, all_wanted, strict=True):
        told = get(card)
        assert [control["name"] for control in told] == [control["name"] for control in wanted]
        for ours, theirs in zip(told, wanted):
            assert_equal_to_pyalsaaudio(ours, theirs)
        assert_dB_where_the_driver_has_them(card, told)


def test_mixers_lists_every_control_with_its_index():
    listed = [{"name": name, "index": index} for name, index in mixers.controls("-c", "ES1370")]
    assert json.loads(output_of(ALOUD, "mixers", "-c", "ES1370", "--json")) == listed
    assert output_of(ALOUD, "mixers", "-c", "ES1370").splitlines().count("PCM,1") == 1
    assert output_of(ALOUD, "mixers", "-c", "Loopback", "--json") == "[]\n"


def assert_equal_to_pyalsaaudio(ours, theirs):
    for key in ("name", "index", "volumecap", "switchcap"):
        assert ours[key] == theirs[key]
    if theirs["enum"]:
        assert [ours["enum"]["current"][0], ours["enum"]["items"]] == theirs["enum"]
    else:
        assert ours["enum"] is None
    for way, key in (("playback", "muted"), ("capture", "recording")):
        side = ours[way] or {"range": None, "channels": []}
        switches = [channel[key] for channel in side["channels"]]
        assert switches == ([value == 1 for value in theirs[key]] if theirs[key] is not None else [None] * len(switches))
        assert_volume_equal_to_pyalsaaudio(side, theirs[way])


def assert_volume_equal_to_pyalsaaudio(side, theirs):
    if side["range"] is None:
        # pyalsaaudio makes numbers up where there is no volume; here there are none.
        assert [channel for channel in side["channels"] if channel["raw"] is not None or channel["db"] is not None] == []
        return
    assert side["range"]["raw"] == theirs["range"][0]
    for unit, key in enumerate(("raw", "percent")):
        assert [channel[key] for channel in side["channels"]] == theirs["volume"][unit]
    # It makes dB up, too.
    if side["range"]["db"] is not None:
        assert [round(db * 100) for db in side["range"]["db"]] == theirs["range"][2]
        assert [round(channel["db"] * 100) for channel in side["channels"]] == theirs["volume"][2]


def assert_dB_where_the_driver_has_them(card, told):
    scales = mixers.scales("-c", card)
    for control in told:
        for way in mixers.DIRECTIONS:
            side = control[way]
            if side and side["range"]:
                wanted = db_scale(scales, control["name"], control["index"], way)
                assert (side["range"]["db"] is not None) == (wanted is not None), (card, control["name"])


def db_scale(scales, name, index, way):
    for element in (f"{name} {way.capitalize()} Volume", f"{name} Volume"):
        if (element, index) in scales:
            return scales[element, index]
    return None


class Model:
    """What a card's controls have to be after each line, by the rules and not by aloud."""

    def __init__(self, card, draw):
        self.draw = draw
        self.elements = mixers.contents("-c", card)
        self.controls = mixers.controls("-c", card)
        scales = mixers.scales("-c", card)
        self.scales = {
            (key, way): mixers.Scale(*control.limits[way], db_scale(scales, *key, way))
            for key, control in self.controls.items()
            for way in control.limits
        }

    def line(self):
        """Some change of some control: its words, and the model changed alike."""
        key = self.draw.choice(list(self.controls))
        control, words = self.controls[key], []
        mapped = self.draw.random() < 0.3
        for _ in range(self.draw.choice([1, 1, 1, 2])):
            switches = {way for way, _ in control.switches} - self.tied(*key)
            kinds = [self.volume] * 4 * bool(control.limits) + [self.switch] * bool(switches) + [self.choice] * bool(control.items)
            words += self.draw.choice(kinds)(key, control, mapped)
        return f"'{key[0]}',{key[1]} {' '.join(words)}", mapped, key

    def volume(self, key, control, mapped):
        """A volume, of all channels or of some, relative or not."""
        ways = [way for way in mixers.DIRECTIONS if way in control.limits]
        named = self.draw.choice([None, *ways])
        # A volume in common is the same in both directions.
        way = "playback" if "volume" in control.capabilities else named or ways[0]
        channels = [channel for at, channel in control.volumes if at == way]
        scale, words = self.scales[key, way], ["all", named] if named else ["all"]
        joined = self.joined(control, way, "volume")
        if len(channels) > 1 and not joined and self.draw.random() < 0.3:
            values = [self.value(scale) for _ in channels]
            self.move(control, key, way, dict(zip(channels, values)), mapped)
            return words + [",".join(values)]
        value = self.value(scale)
        if len(channels) > 1 and self.draw.random() < 0.3:
            channel = self.draw.choice(channels)
            self.move(control, key, way, dict.fromkeys(channels if joined else [channel], value), mapped)
            return [*words, channel.lower().replace(" ", self.draw.choice(["-", ""])), value]
        self.move(control, key, way, dict.fromkeys(channels, value), mapped)
        return [*words, value]

    def value(self, scale):
        units = ["", "%"] + ["dB"] * bool(scale.db)
        unit, sign = self.draw.choice(units), self.draw.choice(["", "+", "-"])
        if sign:
            most = {"": scale.high - scale.low, "%": 100, "dB": 60}[unit]
            small = self.draw.choice([0, 1, most // 20, most])
            return f"{self.draw.randint(0, small)}{unit}{sign}"
        if unit == "dB":
            return f"{self.draw.randint(*scale.db) / 100}dB"
        return str(self.draw.randint(scale.low, scale.high)) if unit == "" else f"{self.draw.randint(0, 100)}%"

    def move(self, control, key, way, values, mapped):
        scale = self.scales[key, way]
        for channel, value in values.items():
            now = scale.changed(control.volumes[way, channel], value, mapped)
            control.volumes[way, channel] = now
            if "volume" in control.capabilities and (other(way), channel) in control.volumes:
                control.volumes[other(way), channel] = now

    def switch(self, key, control, mapped):
        ways = sorted({way for way, _ in control.switches} - self.tied(*key))
        way = self.draw.choice(ways)
        exclusive = way == "capture" and "cswitch-exclusive" in control.capabilities
        words = {"playback": ["mute", "unmute", "toggle"], "capture": ["cap"] if exclusive else ["cap", "nocap", "toggle"]}
        word = self.draw.choice(words[way])
        turned = {"mute": lambda on: False, "nocap": lambda on: False, "toggle": lambda on: not on}
        for place in control.switches:
            if place[0] == way:
                control.switches[place] = turned.get(word, lambda on: True)(control.switches[place])
        if exclusive:
            self.exclude(control)
        return ["all", way, word]

    def exclude(self, chosen):
        for control in self.controls.values():
            if control is not chosen and "cswitch-exclusive" in control.capabilities:
                control.switches = dict.fromkeys(control.switches, False)

    def choice(self, key, control, mapped):
        number = self.draw.randrange(len(control.items))
        control.chosen = [control.items[number]] * len(control.chosen)
        return [self.draw.choice([str(number), f"'{control.items[number]}'"])]

    def tied(self, name, index):
        """The directions whose switch does as another one of the control does."""
        route = f"name='{name} Capture Route'" + f",index={index}" * bool(index)
        return {"capture"} if route + "\n" in self.elements else set()

    def joined(self, control, way, what):
        return bool({f"{what}-joined", f"{way[0]}{what}-joined"} & set(control.capabilities))


def other(way):
    return "capture" if way == "playback" else "playback"


class Batch:
    """One `mixer set --batch -` that answers each line with the control afterwards."""

    def __init__(self, card, *options):
        command = [ALOUD, "mixer", "set", "-c", card, "--json", "--batch", "-", *options]
        # What is refused is answered, too: nobody waits in vain.
        pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.process = subprocess.Popen(command, text=True, **pipes)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()

    def set(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        told = json.loads(self.process.stdout.readline())
        assert "error" not in told, f"{line}: {told}"
        return told


@pytest.mark.parametrize("card, lines", [("Dummy", 150), ("AC97", 100), ("ES1370", 150), ("HDA", 50), ("USB", 50)])
def test_after_every_set_a_control_is_what_the_rules_say_and_amixer_reads_the_same(card, lines):
    model = Model(card, random.Random(card))
    with Batch(card) as plain, Batch(card, "-M") as mapped:
        for number in range(lines):
            line, is_mapped, key = model.line()
            told = (mapped if is_mapped else plain).set(line)
            assert model.controls[key].equals(told), f"{number}: {line} {'-M' * is_mapped}: {model.controls[key]} {told}"
            if number % 25 == 24:
                assert mixers.controls("-c", card) == model.controls, line


def test_a_relative_step_goes_the_way_it_says():
    # amixer's own goes from 54 down to -30 and then up again.
    output_of("amixer", "-q", "-c", "Dummy", "sset", "Master", "54")
    with Batch("Dummy") as batch:
        volumes = [volumes_of(batch.set(f"Master {word}")) for word in ("5%+", "5%-", "1+", "0.1dB+", "0.01%+", "0.01%-", "1000+", "1+", "1000-", "1-")]
    assert volumes == [[v] * 2 for v in (62, 54, 55, 56, 57, 56, 100, 100, -50, -50)]


def volumes_of(told):
    return [channel["raw"] for channel in (told["playback"] or told["capture"])["channels"]]


# Lines of a batch, and what each is refused as.
REFUSED = {
    "Dummy": [
        ("usage", "Master loud"),
        ("usage", "Master 40% loud"),
        ("usage", "Master 101%"),
        ("usage", "Master -1%"),
        ("usage", "Master +5%"),
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
        ("unsupported", "Master 10 rear 10"),
    ],
    "AC97": [
        ("unsupported", "'3D Control Sigmatel - Depth' -1dB"),
        ("unsupported", "'3D Control Sigmatel - Depth' 1 mute"),
        ("unsupported", "Master front-left mute front-right unmute"),
        ("unsupported", "Mix 40%"),
        ("unsupported", "Capture playback 10"),
    ],
    "ES1370": [
        ("unsupported", "Master 40% cap"),
        # What it records hangs on what it plays, which only the driver knows.
        ("unsupported", "Aux 40% mute cap"),
    ],
    "HDA": [("unsupported", "Master capture 0")],
}


def test_what_is_refused_changes_nothing():
    output_of("amixer", "-q", "-c", "ES1370", "sset", "Aux", "7", "mute", "nocap")
    before = {card: mixers.contents("-c", card) for card in REFUSED}
    for card, lines in REFUSED.items():
        batch = "\n".join(line for _, line in lines).encode()
        result = aloud("mixer", "set", "-c", card, "--json", "--batch", "-", stdin=batch)
        errors = [json.loads(line)["error"] for line in result.stderr.splitlines()]
        assert [(error["kind"], error["message"].split(": ")[0]) for error in errors] == [
            (kind, f"line {number}") for number, (kind, _) in enumerate(lines, 1)
        ]
        assert result.stdout == ""
    for status, words in ((2, ["cap", "--over", "1s"]), (6, ["10", "--channel", "2"]), (2, ["40%", "loud"])):
        assert aloud("mixer", "set", "-c", "Dummy", "Master", *words).status == status
    assert {card: mixers.contents("-c", card) for card in REFUSED} == before


def test_what_another_program_has_locked_changes_nothing():
    """A switch is turned off last: the volume that was set before has to go back."""
    output_of("amixer", "-q", "-c", "AC97", "sset", "Master", "20,25", "unmute")
    before = mixers.contents("-c", "AC97")
    with mixers.locked("AC97", "Master Playback Switch"):
        result = aloud("mixer", "set", "-c", "AC97", "--json", "Master", "10", "mute")
        assert (result.status, result.error()["kind"]) == (5, "busy")
        assert "locked by another program" in result.error()["message"]
        raw = aloud("mixer", "set", "-c", "AC97", "--json", "name='Master Playback Switch'", "off")
        assert (raw.status, raw.error()["kind"]) == (5, "busy")
    assert mixers.contents("-c", "AC97") == before
    with mixers.locked("AC97", "Master Playback Volume"):
        assert aloud("mixer", "set", "-c", "AC97", "Master", "10", "mute").status == 5
    assert mixers.contents("-c", "AC97") == before


def test_a_refusal_names_what_can_be_said():
    items = aloud("mixer", "set", "-c", "Dummy", "External I/O Box", "Tape")
    assert "'None', 'CD Player'" in items.stderr
    near = aloud("mixer", "set", "-c", "Dummy", "Mastr", "40%", "--json").error()
    assert near["kind"] == "not_found" and "'Master'" in near["hint"]
    channels = aloud("mixer", "set", "-c", "Dummy", "Master", "rear", "40%")
    assert "Front Left" in channels.stderr


def test_of_switches_that_exclude_each_other_one_is_on():
    def recording(control):
        return [channel["recording"] for channel in get("AC97", control)["capture"]["channels"]]

    output_of(ALOUD, "mixer", "set", "-q", "-c", "AC97", "Mic", "cap")
    told = json.loads(output_of(ALOUD, "mixer", "set", "-c", "AC97", "--json", "Line", "cap"))
    assert [channel["recording"] for channel in told["capture"]["channels"]] == [True, True]
    assert recording("Mic") == [False, False]
    assert ": values=4,4" in output_of("amixer", "-c", "AC97", "cget", "name=Capture Source")
    output_of(ALOUD, "mixer", "set", "-q", "-c", "AC97", "CD", "front-right", "cap")
    assert (recording("Line"), recording("CD")) == ([True, False], [False, True])
    refused = aloud("mixer", "set", "-c", "AC97", "Line", "nocap")
    assert refused.status == 6 and recording("Line") == [True, False]


def test_a_batch_makes_every_good_line_and_tells_the_bad_ones_by_number(tmp_path):
    draw = random.Random(7)
    names = ["Master", "Synth", "Line", "CD", "Mic"]
    lines, wanted = [], {}
    for _ in range(1000):
        name, volumes = draw.choice(names), [draw.randint(-50, 100), draw.randint(-50, 100)]
        lines.append(f"{name} {volumes[0]},{volumes[1]}")
        wanted[name] = volumes
    lines[100:100] = ["# quieter", "", "Nosuch 40%", "sset Master 7", "set 'Line' 3  # amixer's own"]
    lines.append("Master loud")
    file = tmp_path / "batch"
    file.write_text("\n".join(lines))
    result = aloud("mixer", "set", "-c", "Dummy", "--batch", file)
    assert result.status == 3, result.stderr
    told = [line for line in result.stderr.splitlines() if not line.startswith("hint: ")]
    assert [line.split(":")[1].strip() for line in told] == ["line 103", f"line {len(lines)}"]
    assert {name: volumes_of(get("Dummy", name)) for name in names} == wanted


def test_a_fade_arrives_and_can_be_ended_on_its_way():
    output_of(ALOUD, "mixer", "set", "-q", "-c", "Dummy", "Master", "--", "-50,100")
    output_of(ALOUD, "mixer", "set", "-q", "-c", "Dummy", "Master", "100,0", "--over", "0.4")
    assert volumes_of(get("Dummy", "Master")) == [100, 0]
    with Running(ALOUD, "mixer", "set", "-c", "Dummy", "Master", "0%", "--over", "100s") as fade:
        wait_until(lambda: volumes_of(get("Dummy", "Master"))[0] < 99, "the fade to be on its way")
        fade.signal(signal.SIGINT)
        assert fade.end().status == -signal.SIGINT
    left, right = volumes_of(get("Dummy", "Master"))
    assert -50 < left < 99 and -50 < right <= 0
    # Nobody moves it any more.
    assert volumes_of(get("Dummy", "Master")) == [left, right]


def test_a_card_is_named_by_number_id_name_and_ctl():
    for place in (["-c", "0"], ["-c", "Dummy"], ["-c", "Dummy 1"], ["-D", "hw:0"], ["-D", "hw:CARD=Dummy"], ["-D", "default"]):
        assert json.loads(output_of(ALOUD, "mixer", "get", *place, "Master", "--json"))["name"] == "Master"
    assert aloud("mixers", "-c", "Dumy").status == 3
    pcm = aloud("mixers", "-D", "plughw:AC97")
    assert pcm.status == 3 and "hw:AC97" in pcm.stderr


def test_who_may_not_use_a_card_is_told_so():
    result = as_user("nobody", "nogroup", "mixers", "-c", "Dummy")
    assert result.status == 4 and "audio" in result.stderr


def test_loopback_carries_the_volume_over_while_it_runs():
    def played():
        return volumes_of(get("Dummy", "Master"))

    output_of("amixer", "-q", "-c", "AC97", "sset", "Capture", "5")
    mixers_named = ["--input-mixer", "Capture:AC97", "--output-mixer", "Master:Dummy"]
    with Running(ALOUD, "loopback", "-C", "hw:Loopback,1", "-P", "hw:Dummy", *mixers_named) as loopback:
        wait_until(lambda: played() == [0, 0], "the volume to be what it is")
        output_of("amixer", "-q", "-c", "AC97", "sset", "Capture", "15,0")
        wait_until(lambda: played() == [100, -50], "the volume to follow, channel by channel")
        loopback.signal(signal.SIGINT)
        assert loopback.end().status == -signal.SIGINT
    missing = aloud("loopback", "-C", "hw:Loopback,1", "-P", "hw:Dummy", "--input-mixer", "Nosuch:AC97", "--output-mixer", "Master:0")
    assert missing.status == 3 and "'Nosuch'" in missing.stderr
