"""aloud in the place of amixer: the same answers to the byte, and the same values after them."""

import shlex
from contextlib import ExitStack

import pytest
from lab import controls, mixers
from lab.amixer_lines import LACKING, READING, SETTING, differences
from lab.compat import run
from lab.ctl import Ctl
from lab.program import ALOUD, Running, output_of, wait_until


def lines(text, prefix=(), **names):
    return [[*prefix, *shlex.split(line.format(**names))] for line in text.split("\n") if line]


# The elements that tests change.
MASTER_VOLUME, MASTER_SWITCH, BOX = 1, 2, 11


@pytest.fixture(autouse=True)
def reset():
    """Sets the elements that tests change; a test may call it, too."""
    with Ctl("Dummy") as ctl:
        before = ctl.values()

        def set_all():
            ctl.set_integers(MASTER_VOLUME, [0, 0])
            ctl.set_integers(MASTER_SWITCH, [0, 0])
            ctl.set_integers(BOX, [1])

        set_all()
        yield set_all
        ctl.restore(before)


def test_what_is_read_is_the_same():
    assert differences("Dummy", lines(READING, card=0)) == []
    assert differences("Loopback", lines("-c 1 contents\n-c 1 scontents\n-D hw:Loopback info\n-c 1 sget PCM")) == []


def test_what_is_set_is_the_same():
    names = {"control": "Master", "volume": "numid=1", "switch": "numid=2"}
    assert differences("Dummy", lines(SETTING, ["-c", "Dummy"], **names)) == []
    items = "sset 'External I/O Box' {}\ncset numid=11 {}".replace("{}", "None")
    more = "sset 'External I/O Box' foo\nsset 'External I/O Box' 'CD Player'\ncset numid=11 'CD Player'\ncset numid=11 0\ncset numid=11 '\"None\"'"
    many = "\n".join(f"sset 'External I/O Box' {words}" for words in ("foo None", "None foo", "None 'CD Player'", "'CD Player,None'", "front None"))
    assert differences("Dummy", lines("\n".join([items, more, many]), ["-c", "Dummy"])) == []


# The elements of a control, with their channels.
LACKING_CONTROLS = {
    "only volume": {"Playback Volume": 2},
    "only one volume": {"Playback Volume": 1},
    "only switch": {"Playback Switch": 2},
    "joined switch": {"Playback Volume": 2, "Playback Switch": 1},
    "both directions": {"Playback Volume": 2, "Playback Switch": 2, "Capture Volume": 2, "Capture Switch": 2},
    "only capture volume": {"Capture Volume": 2},
    "only capture switch": {"Capture Switch": 1},
}

# amixer ends without a word at the end of these lists, or after them.
UNFINISHED = dict.fromkeys(("only volume", "only one volume"), {"mute,unmute", "mute,cap"})


@pytest.mark.parametrize("kind", LACKING_CONTROLS)
def test_what_a_control_lacks_has_the_same_effect(kind):
    with ExitStack() as added:
        for what, channels in LACKING_CONTROLS[kind].items():
            make = controls.volume if "Volume" in what else controls.switch
            more = {"maximum": 20} if "Volume" in what else {}
            added.enter_context(make("Loopback", f"Made {what}", channels=channels, **more))
        with Ctl("Loopback") as ctl:
            made = {number: name for number, name in ctl.names().items() if name.startswith("Made")}

            for number, name in made.items():
                values = [9, 6] if "Volume" in name else [1, 0]
                ctl.set_integers(number, values[: LACKING_CONTROLS[kind][name.removeprefix("Made ")]])
        words = [line for line in LACKING.split("\n") if line and line not in UNFINISHED.get(kind, ())]
        found = differences("Loopback", [["-c", "Loopback", "sset", "Made", *shlex.split(line)] for line in words])
    assert found == []


def test_a_list_is_for_as_many_channels():
    """amixer prints nothing then."""
    for words, volumes in (("40%,60%", "8,12,5,5,5,5"), ("1,2,3 playback 4,mute", "4,2,3,5,5,5"), ("7", "7,7,7,7,7,7")):
        with controls.volume("Loopback", "Made Playback Volume", channels=6, maximum=20):
            assert run(["amixer", "-q", "-c", "Loopback", "sset", "Made", "5"])[0] == 0
            status, out, errors = run([ALOUD, "as", "amixer", "-c", "Loopback", "sset", "Made", *words.split()])
            assert (status, errors, out[:20]) == (0, "", "Simple mixer control")
            found = output_of("amixer", "-c", "Loopback", "cget", "name='Made Playback Volume'")
            assert f": values={volumes}\n" in found, words


@pytest.mark.parametrize(
    "stdin",
    [
        "sset Master 10\nsget Master\n# comment\n\nbogus\ncget numid=1\ncset numid=1 5\n",
        "sset 'Master' 10 \nsset Foo 10\ncset numid=99 1\n  sset \"Mic\" 2\n! x\n",
        "sset Master\nsset\nsset Master mute\nsset Master 3 cap",
        "sset 'External I/O Box' 'None'\nsset Master '5' \"cap\"\ncset 'numid=1' '6,7'",
        "cset 'iface=MIXER','name=Master Volume' 5,7\ncset name=Master\\ Volume 6\ncset \"name=\\\"Master Volume\\\"\" 7",
        "cset name=Master' 'Volume 8\nsset Ma'st'er 9\nsset '' 1\nsset Master 3#\ncset foo 1\nsset Master 1",
        "cset numid=1 1\ncset numid=0 5\nsset Master 2",
        "sset Master 4\ncset '' 5\nsset Master 2",
        "#\nsset Master 5\ncset\nsset Master 2",
    ],
)
@pytest.mark.parametrize("options", [[], ["-q"]])
def test_stdin_has_the_same_effect(options, stdin):
    assert differences("Dummy", [["-c", "Dummy", *options, "--stdin"]], stdin) == []


# amixer's steps are wrong: it adds the minimum to a relative percentage, and moves a common volume twice.
STEPS = {"5%+": 8, "5%-": -8, "10+": 10, "10-": -10, "3dB+": 10, "3dB-": -10}


def test_steps_are_true(reset):
    for words, wanted in STEPS.items():
        for command in (["sset", "Master", words], ["cset", "numid=1", words]):
            reset()
            status, _, errors = run([ALOUD, "as", "amixer", "-q", "-c", "Dummy", *command])
            assert (status, errors) == (0, ""), command
            assert f": values={wanted},{wanted}\n" in output_of("amixer", "-c", "Dummy", "cget", "numid=1"), command


def test_a_missing_value_changes_nothing():
    """From stdin, amixer sets the minimum."""
    status, out, errors = run([ALOUD, "as", "amixer", "-c", "Dummy", "-s"], "cset numid=1\n")
    assert (status, errors) == (0, "")
    assert out == output_of("amixer", "-c", "Dummy", "cget", "numid=1")
    assert ": values=0,0\n" in out


def test_blanks_may_follow_a_value():
    """amixer takes what follows a blank for an empty value."""
    assert differences("Dummy", [["-c", "Dummy", "cset", "numid=1", value] for value in ("5 ", "5,7 ", "5% ")]) == []
    assert differences("Dummy", [["-c", "Dummy", "cset", "numid=11", value] for value in ("0 ", "None ", "'CD Player' ")]) == []
    found = output_of(ALOUD, "as", "amixer", "-c", "Dummy", "cset", " numid = 1 , iface=MIXER", "5 ,7")
    assert ": values=5,7\n" in found


def test_db_out_of_range_become_the_nearest(reset):
    for text, values in (("5dB", "100,100"), ("-99dB,101dB", "-50,100")):
        reset()
        found = output_of(ALOUD, "as", "amixer", "-c", "Dummy", "cset", "numid=1", "--", text)
        assert f": values={values}\n" in found, text


def test_a_value_that_is_none_changes_nothing():
    for words in ("cset numid=1 abc", "cset numid=2 foo", "cset numid=11 foo"):
        before = mixers.contents("-c", "Dummy")
        status, out, errors = run([ALOUD, "as", "amixer", "-c", "Dummy", *words.split()])
        assert (status, out) == (1, ""), words
        assert errors == "amixer: Control sysdefault:0 element write error: Invalid argument\n\n"
        assert mixers.contents("-c", "Dummy") == before


@pytest.mark.parametrize("command", ["events", "sevents"])
def test_events_are_the_same(command, reset):
    answers = []
    for program in (["stdbuf", "-oL", "amixer"], [ALOUD, "as", "amixer"]):
        reset()
        with Running(*program, "-c", "Dummy", command) as watcher:
            watcher.wait_for_text("Ready to listen...")
            for number in (7, 8):
                output_of("amixer", "-q", "-c", "Dummy", "cset", "numid=1", number)
                wait_until(lambda number=number: watcher.so_far().stdout.count("event value") > 0, "an event")
            watcher.wait_until_idle()
            answers.append(watcher.so_far().stdout)
    assert answers[0] == answers[1]


def test_a_link_is_enough(tmp_path):
    link = tmp_path / "amixer"
    link.symlink_to(ALOUD)
    assert output_of(link, "--version") == output_of("amixer", "--version")
    assert output_of(link, "-c", "Dummy", "scontents") == output_of("amixer", "-c", "Dummy", "scontents")
