"""`mixer ui` on snd-dummy: keys change what amixer reports, and changes by amixer appear on the screen."""

import os
import pty
import re
import signal
import time
from contextlib import ExitStack, contextmanager

import pytest
from lab import cards, mixers
from lab.mixers import controls
from lab.program import ALOUD, Running, aloud, output_of, wait_until
from lab.shell import Shell
from lab.tmux import Tmux

DUMMY = ["-c", "Dummy"]


@pytest.fixture(autouse=True, scope="module")
def restored():
    """Leaves the mixer as it was."""
    before = mixers.contents(*DUMMY)
    yield
    mixers.restore("Dummy", before)


@pytest.fixture(autouse=True)
def known_values():
    lines = [f"sset {name} 0 nocap" for name in ("Master", "Synth", "Line", "CD", "Mic")]
    lines.append("sset 'External I/O Box' None")
    output_of("amixer", "-q", *DUMMY, "-s", stdin="\n".join(lines).encode())


def sset(*words):
    output_of("amixer", "-q", *DUMMY, "sset", *words)


@contextmanager
def mixer_ui(*words, device=DUMMY, **options):
    with Tmux(ALOUD, "mixer", "ui", *device, *words, **options) as terminal:
        terminal.wait_for("Item:" if options.get("height", 24) < 12 else "Card:")
        yield terminal


def volumes(name="Master"):
    """The raw volumes of both channels."""
    values = controls(*DUMMY)[name, 0].volumes
    return [values["playback", channel] for channel in ("Front Left", "Front Right")]


def wait_for_volumes(expected, name="Master"):
    wait_until(lambda: volumes(name) == expected, lambda: f"{expected}, not {volumes(name)}")


def switches(name):
    return list(controls(*DUMMY)[name, 0].switches.values())


def item():
    return controls(*DUMMY)["External I/O Box", 0].selected


def test_volume_keys_change_what_amixer_reports():
    with mixer_ui("--raw") as ui:
        for key, expected in [
            ("5", [25, 25]),
            ("0", [-50, -50]),
            ("9", [85, 85]),
            ("End", [-50, -50]),
            ("Home", [100, 100]),
            ("Down", [98, 98]),
            ("j", [96, 96]),
            ("-", [94, 94]),
            ("PageDown", [86, 86]),
            ("S-Down", [71, 71]),
            ("Up", [73, 73]),
            ("k", [75, 75]),
            ("+", [77, 77]),
            ("PageUp", [85, 85]),
            ("Q", [87, 85]),
            ("e", [87, 87]),
            ("z", [85, 87]),
            ("c", [85, 85]),
            ("x", [83, 83]),
            ("w", [85, 85]),
            ("c", [85, 83]),
            ("b", [84, 84]),
        ]:
            ui.press(key)
            wait_for_volumes(expected)
        assert "84 (-50..100)" in ui.screen and "89<>89" in ui.screen


def test_the_mapped_scale_is_that_of_alsamixer():
    with mixer_ui() as ui:
        ui.press("5")
        ui.wait_for("50<>50")
    ours = volumes()
    sset("Master", "0")
    with Tmux("alsamixer", *DUMMY) as rival:
        rival.wait_for("Master")
        rival.press("5")
        rival.wait_for("50<>50")
    assert volumes() == ours


def test_controls_are_selected_and_wanted_ones_filtered():
    with mixer_ui("--raw") as ui:
        ui.press("Right", "n", "l", "Left", "1")
        wait_for_volumes([-35, -35], "Line")
        ui.press("/", "m", "i", "c", "Enter")
        ui.wait_until_gone("Master")
        ui.press("2")
        wait_for_volumes([-20, -20], "Mic")
        ui.press("/", "Escape")
        assert "Master" in ui.wait_for("Synth")


def test_space_toggles_capture_and_m_says_what_is_missing():
    with mixer_ui() as ui:
        ui.press("Right", "Space")
        ui.wait_for("CAPTURE")
        assert switches("Synth") == [True, True]
        ui.press(";")
        ui.wait_for("------R")
        assert switches("Synth") == [False, True]
        ui.press("Space")
        ui.wait_until_gone("------R")
        assert switches("Synth") == [False, False]
        ui.press("m")
        ui.wait_for("Synth has no mute switch")


def test_items_are_chosen():
    with mixer_ui() as ui:
        ui.press("Left", "End", "/", "b", "o", "x", "Enter", "Down")
        wait_until(lambda: item() == ["CD Player"], "the second item")
        ui.wait_for("[CD Player]")
        ui.press("Up")
        wait_until(lambda: item() == ["None"], "the first item")


def test_changes_by_other_programs_appear():
    with mixer_ui("--raw") as ui:
        sset("CD", "100,-50", "cap")
        assert "CAPTURE" in ui.wait_for("100<>0")
        sset("External I/O Box", "CD Player")
        ui.wait_for("[CD Player]")


def test_each_view_shows_its_controls():
    with mixer_ui() as ui:
        ui.wait_for("F3:[Playback]")
        ui.press("F4")
        assert "I/O Box" in ui.wait_for("F4:[Capture]")
        ui.press("Tab")
        ui.wait_for("F5:[All]")
        ui.press("BTab", "BTab")
        ui.wait_for("F3:[Playback]")
    with mixer_ui("--capture") as ui:
        ui.wait_for("F4:[Capture]")


def test_another_card_is_chosen():
    with mixer_ui() as ui:
        ui.press("F6")
        assert "Dummy" in ui.wait_for("> hw:0".replace(" ", ""))
        ui.press("Down", "Enter")
        ui.wait_for("Card: Loopback (hw:1)")
        ui.wait_for("This mixer has no controls")
        ui.press("s", "Up", "Enter")
        ui.wait_for("Card: Dummy (hw:0)")


def test_the_help_lists_the_keys():
    with mixer_ui() as ui:
        ui.press("?")
        assert "Volume up: left, both, right" in ui.wait_for(" Keys ")
        ui.press("Escape")
        ui.wait_until_gone(" Keys ")
        ui.press("F1")
        ui.wait_for(" Keys ")


def test_a_card_that_goes_away_is_waited_for():
    with mixer_ui("--raw") as ui:
        cards.dummy_driver("unbind")
        try:
            ui.wait_for("went away; waiting until it is back")
            ui.press("Up")
            ui.wait_for("the mixer 'hw:0' went away")
        finally:
            cards.dummy_driver("bind")
        ui.wait_for("'hw:0' is back")
        ui.press("5")
        wait_for_volumes([25, 25])


def test_a_locked_control_is_an_error_below():
    with mixer_ui() as ui, mixers.locked("Dummy", "Master Volume"):
        ui.press("5")
        ui.wait_for("'Master' of 'hw:0' is locked by")
        assert volumes() == [0, 0]


def test_screens_of_any_size():
    with mixer_ui(width=40, height=10) as ui:
        assert "<Master>" in ui.screen
        ui.press("5")
        ui.wait_for("50<>50")
        for width, height in ((120, 40), (20, 7), (10, 3), (200, 60), (80, 24)):
            ui.resize(width, height)
            wanted = "needs 20x7" if height == 3 else "50<>50"
            screen = ui.wait_for(wanted)
            assert height == 3 or "<Master>" in screen
        assert len(ui.wait_for("Card:").splitlines()) == 24


def test_colors_can_be_turned_off():
    def colors(*words, **environment):
        with mixer_ui(*words, environment={"TERM": "xterm-256color", **environment}) as ui:
            return re.findall(r"\x1b\[(?:[\d;]*;)?3[0-8]", ui.colored_screen)

    assert colors()
    assert not colors(NO_COLOR="1")
    assert not colors("--color", "never")
    assert colors("--color", "always", NO_COLOR="1")


def test_the_capture_device_is_open_only_while_levels_are_shown():
    with mixer_ui(device=["-c", "Loopback"]) as ui:
        assert cards.state("Loopback", "pcm0c") == "closed"
        with Running(ALOUD, "tone", "-D", "hw:Loopback,1,0"):
            ui.press("v")
            ui.wait_for("v: levels of hw:CARD=Loopback,DEV=0")
            ui.wait_for(" -20.0")
        ui.press("v")
        ui.wait_for("v: levels off")
        assert cards.state("Loopback", "pcm0c") == "closed"
        with ExitStack() as others:
            for number in range(8):
                others.enter_context(Running("arecord", "-q", "-D", f"hw:Loopback,0,{number}", "-f", "cd", "/dev/null"))
                cards.wait_for_state("Loopback", "pcm0c", "RUNNING", number)
            ui.press("v")
            assert "v: levels off" not in ui.wait_for("in use by arecord")


@pytest.mark.parametrize("key, status", [("q", 0), ("Escape", 0), ("M-q", 0), ("C-c", -signal.SIGINT)])
def test_keys_end_it(key, status):
    with mixer_ui() as ui:
        ui.press(key)
        assert ui.end() == status


def test_an_arrow_key_in_pieces_is_not_escape():
    with Shell() as shell:
        shell.type("$ALOUD mixer ui -c Dummy --raw\n")
        shell.wait_for("Master")
        for piece in ("\x1b", "[", "A"):
            shell.type(piece)
            time.sleep(0.01)
        wait_for_volumes([2, 2])
        shell.type("q")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_the_terminal_is_restored_after_a_signal(number):
    with Shell() as shell:
        shell.type("stty -g >before; $ALOUD mixer ui -c Dummy; echo status $?; stty -g | cmp - before && echo same modes\n")
        started = shell.wait_for("Master")
        pid = int(output_of("pgrep", "-x", "aloud"))
        os.kill(pid, number)
        left = shell.wait_for("\x1b[?1049l", started)
        shell.wait_for("\x1b[?25h", started)
        shell.wait_for(f"status {128 + number}", left)
        shell.wait_for("same modes", left)


def test_it_is_suspended_and_continues():
    with Shell() as shell:
        shell.type("$ALOUD mixer ui -c Dummy\n")
        at = shell.wait_for("Master")
        for stop in (lambda: shell.type("\x1a"), lambda: os.kill(int(output_of("pgrep", "-x", "aloud")), signal.SIGTSTP)):
            stop()
            at = shell.wait_for("\x1b[?1049l", at)
            at = shell.wait_for("Stopped", at)
            at = shell.wait_for("prompt> ", at)
            shell.type("stty -a | grep -o ' icanon'; fg\n")
            at = shell.wait_for(" icanon", at)
            at = shell.wait_for("\x1b[?1049h", at)
            at = shell.wait_for("Master", at)
        shell.type("q")
        shell.wait_for("prompt> ", at)


def test_it_ends_with_its_terminal():
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(ALOUD, [ALOUD, "mixer", "ui", *DUMMY])
    screen = b""
    while b"Master" not in screen:
        screen += os.read(terminal, 4096)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGHUP


def test_without_a_terminal_it_is_refused():
    result = aloud("mixer", "ui", *DUMMY)
    assert result.status == 2 and "needs a terminal, but standard input is not one" in result.stderr
    with Tmux("bash", "-c", f"echo; TERM=dumb {ALOUD} mixer ui; echo status $?; {ALOUD} mixer ui | cat; echo status ${{PIPESTATUS[0]}}") as terminal:
        screen = terminal.wait_for("status 2")
        assert "TERM is dumb" in screen
        terminal.end()
        assert "standard output is not one" in terminal.screen and terminal.screen.count("status 2") == 2
    assert aloud("mixer", "ui", "--json").error()["kind"] == "usage"


def test_an_idle_screen_costs_nothing():
    with mixer_ui() as ui:
        def wakes():
            text = open(f"/proc/{ui.pid}/status").read()
            return int(re.search(r"\nvoluntary_ctxt_switches:\s*(\d+)", text)[1])

        before = wakes()
        time.sleep(60)
        # It rereads the controls once per second.
        assert wakes() - before < 80
