"""aloud in the place of alsactl: the same answers and files to the byte, and the same values after them."""

import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest
from lab import cards
from lab.alsactl_lines import BOX, COMMANDS, FORCED, STATES, UCM, USER, VOLUME, card_state, differences, run
from lab.ctl import Ctl
from lab.program import ALOUD, Result, Running, wait_until


@pytest.fixture
def card():
    # /var/lock, which this machine may not have.
    Path("/run/lock").mkdir(exist_ok=True)
    with Ctl("Dummy") as ctl:
        before = ctl.values()
        ctl.set_integers(1, [20, 30])
        yield ctl
        ctl.restore(before)


def check(*arguments):
    found = differences(*arguments)
    assert not found, "\n".join(found)


def test_commands_are_the_same(card, tmp_path):
    lines = [shlex.split(line) for line in COMMANDS.strip("\n").split("\n")]

    def prepare():
        (tmp_path / "f").write_text("state.Foo { x 1 }\nother 5\n")
        (tmp_path / "broken").write_text("a {\n")

    check(card, tmp_path, lines, prepare)


def test_a_file_without_states_is_the_same(card, tmp_path):
    options = (["-I"], ["-P"], ["-R", "-r", "errors"], ["-I", "-r", "errors"], ["-P", "-r", "errors"])
    lines = [["-L", *words, "-f", file, "restore", "Dummy"] for words in options for file in ("/tmp", "/dev/null")]
    check(card, tmp_path, lines, lambda: None)


def test_information_is_the_same(card, tmp_path):
    check(card, tmp_path, [["info"], ["info", "Dummy"], ["dump-cfg"]], lambda: None)


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_restored_the_same(card, tmp_path, name):
    lines = [["-L", "-f", "s", *options, "restore", "Dummy"] for options in (["-I", "-P"], [])]
    check(card, tmp_path, lines, lambda: (tmp_path / "s").write_text(card_state(STATES[name])))


@pytest.mark.parametrize("name", FORCED)
def test_what_does_not_fit_is_skipped_the_same(card, tmp_path, name):
    lines = [["-L", "-f", "s", *options, "restore", "Dummy"] for options in (["-I"], ["-F"])]
    check(card, tmp_path, lines, lambda: (tmp_path / "s").write_text(card_state(FORCED[name])))


def alsactl(card_folder, *words, stdin=b""):
    return run([ALOUD, "as", "alsactl"], words, card_folder, stdin)


def restored(folder, text, *options, status=0):
    (folder / "s").write_text(card_state(text))
    found, out, errors = alsactl(folder, "-I", *options, "-L", "-f", "s", "restore", "Dummy")
    assert (found, out) == (status, "")
    return errors


def values_of(card, name):
    return next(raw for known, raw in card.state() if known == name)


def test_a_state_restores_the_same_with_either_program(card, tmp_path):
    programs = [["alsactl"], [ALOUD, "as", "alsactl"]]
    restored(tmp_path, USER + VOLUME + BOX)
    stored = {}
    for number, program in enumerate(programs):
        assert run(program, ["-L", "-f", f"s{number}", "store"], tmp_path) == (0, "", "")
        stored[number] = (tmp_path / f"s{number}").read_text()
    assert stored[0] == stored[1] and "My dB" in stored[0]
    wanted = card.state()
    for program in programs:
        card.set_integers(1, [0, 0])
        card.set_integers(3, [9, 9])
        assert run(program, ["-L", "-I", "-f", "s0", "restore"], tmp_path) == (0, "", "")
        assert card.state() == wanted


def test_what_a_state_leaves_out_stays(card, tmp_path):
    """alsactl sets it to zero."""
    errors = restored(tmp_path, "control.1 { iface MIXER name 'Master Volume' value.0 5 }")
    assert errors == "alsactl: set_control:1466: control.1.value.1 is not specified\n"
    assert values_of(card, "Master Volume") == bytes([5, *[0] * 7, 30])


def test_a_value_that_does_not_fit_changes_nothing(card, tmp_path):
    """alsactl sets the first item, and switches off."""
    card.restore({11: ("", b"\1"), **{number: value for number, value in card.values().items() if number != 11}})
    errors = restored(tmp_path, "control.11 { iface MIXER name 'External I/O Box' value Foo }")
    assert errors == "alsactl: set_control:1431: bad control.11.value type\n"
    assert values_of(card, "External I/O Box") == b"\1"
    errors = restored(tmp_path, "control.1 { iface MIXER name 'Master Volume' value x }")
    assert errors == "alsactl: set_control:1431: bad control.1.value type\n"
    assert values_of(card, "Master Volume") == bytes([20, *[0] * 7, 30])


def test_pedantic_never_sets_another_control(card, tmp_path):
    """alsactl compares names by their order, and sets half of them."""
    before = card.state()
    for name in ("Zoo", "Aaa"):
        errors = restored(tmp_path, f"control.1 {{ iface MIXER name '{name}' value.0 5 value.1 7 }}", "-P", status=2)
        assert errors.endswith("failed to obtain info for control #1 (No such file or directory)\n")
        assert card.state() == before
    # alsactl crashes.
    restored(tmp_path, "control.1 { iface MIXER value.0 5 value.1 7 }", "-P", status=2)
    assert card.state() == before


def test_elements_of_all_types_come_back(card, tmp_path):
    """alsactl does not add bytes and 64-bit integers, and leaves an added choice at its first item."""
    text = """
    control.12 { iface CARD name 'My Choice' value 'B x'
        comment { access 'read write user' type ENUMERATED count 1 item.0 A item.1 'B x' } }
    control.13 { iface MIXER name 'My Bytes' value '0a0bff' comment { access 'read write user' type BYTES count 3 } }
    control.14 { iface MIXER name 'My Big' value.0 50000000000 value.1 2
        comment { access 'read write user' type INTEGER64 count 2 range '0 - 100000000000' } }
    """
    assert restored(tmp_path, text) == ""
    assert values_of(card, "My Choice") == b"\1"
    assert values_of(card, "My Bytes") == b"\x0a\x0b\xff"
    assert values_of(card, "My Big") == (50_000_000_000).to_bytes(8, "little") + b"\2"
    status, state, _ = alsactl(tmp_path, "-f", "-", "store", "Dummy")
    assert status == 0
    assert "value '0a0bff'" in state and "value.0 50000000000" in state and "value 'B x'" in state


def test_a_locked_state_file_is_waited_for(card, tmp_path):
    script = "import fcntl, sys, time; f = open('lock', 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); time.sleep(3)"
    holder = subprocess.Popen(["python3", "-c", script], cwd=tmp_path, stdout=subprocess.PIPE)
    holder.stdout.readline()
    started = time.monotonic()
    assert alsactl(tmp_path, "-l", "-K", ".", "-O", "lock", "-f", "f", "store") == (0, "", "")
    assert 2.5 < time.monotonic() - started < 4
    holder.wait()


INIT = """CTL{reset}="mixer"
CTL{name}="Master Volume", CTL{do_search}=="1", PRINT="$ctl{numid} $ctl{type} $ctl{attr} $ctl{min} $ctl{max} $ctl{dBmin}\\n"
CTL{write}=="-20dB", PRINT="$ctl{value} $result\\n"
CTL{values}="75%", PRINT="$ctl{value} $result\\n"
CTL{value}="8,9", PRINT="$ctl{value} $result\\n"
CTL{value}=="8,*", CTL{name}="Master Capture Switch", CTL{do_search}=="1", CTL{values}="on", PRINT="$ctl{value}\\n"
CTL{name}="External I/O Box", CTL{do_search}=="1", CTL{values}="Foo", PRINT="$ctl{value} $ctl{enums} $result\\n"
CTL{values}="None", PRINT="$ctl{value} $result\\n"
CTL{name}="Nope*", CTL{do_search}!="1", PRINT="[$ctl{name}] [$ctl{value}]\\n"
CTL{name}="Nope", CTL{values}="5", PRINT="$result\\n"
CTL{search}="mixer", CTL{name}="*Volume", PROGRAM=="__ctl_count", PRINT="$result\\n"
ENV{FOO}="a b c", RESULT="$env{FOO}", PRINT="%c{2+} %2c $$ %%\\n"
FOO="x", GOTO="there"
PRINT="not reached\\n"
LABEL="there", CARDINFO{driver}=="D?m[mn]y", PRINT="$cardinfo{id}\\n"
INCLUDE="nope"
EXIT="7"
"""


def test_rules_do_the_same(card, tmp_path):
    def prepare():
        (tmp_path / "rules").write_text(INIT)
        (tmp_path / "wrong").write_text('CTL{name}="x", "on"\n')
        (tmp_path / "state").write_text("old errors\n")

    rules = ["rules", "wrong", "nofile"]
    lines = [["-i", str(tmp_path / name), "init", "0"] for name in rules]
    lines += [["init", "1"], ["init", "9"], ["-U", "init"]]
    lines += [["-E", f"CMD={word}", "init", "0"] for word in ("help", "info", "default", "test", "foo")]
    lines += [["-r", "state", "init"], ["-I", "-r", "state", "-L", "-f", "nofile", "restore"]]
    lines += [["-r", "state", "-R", "-L", "-f", "nofile", "restore", "Dummy"]]
    check(card, tmp_path, lines, prepare)


def test_folders_are_not_state_files(tmp_path):
    """alsactl leaves a new file, and nrestore returns 0."""
    for command in (["store", "-f", "."], ["store", "-f", ""], ["dump-state", "-f", "."], ["-L", "nrestore", "-I", "-f", "nofile"]):
        answers = [run(program, command, tmp_path) for program in (["alsactl"], [ALOUD, "as", "alsactl"])]
        if "nrestore" in command:
            answers[0] = (2, *answers[0][1:])
        else:
            assert {path.name for path in tmp_path.iterdir()} <= {".new", "..new"}
        assert answers[0] == answers[1], command
        for path in tmp_path.iterdir():
            path.unlink()
    assert alsactl(tmp_path, "store", "-f", ".")[0] == 1 and list(tmp_path.iterdir()) == []


def test_file_names_are_bytes(card, tmp_path):
    name = b"caf\xe9"
    for program in (["alsactl"], [ALOUD, "as", "alsactl"]):
        assert run(program, ["-L", "-f", name, "store", "Dummy"], tmp_path) == (0, "", "")
        assert [file.read_bytes()[:11] for file in tmp_path.iterdir()] == [b"state.Dummy"]
        assert os.listdir(bytes(tmp_path)) == [name]
        card.set_integers(1, [3, 4])
        assert run(program, ["-I", "-L", "-f", name, "restore", "Dummy"], tmp_path) == (0, "", "")
        assert values_of(card, "Master Volume") == bytes([20, *[0] * 7, 30])
        (tmp_path / os.fsdecode(name)).unlink()


def daemon(program, folder, *words):
    """A daemon, once it has written its process ID."""
    process = Running("sh", "-c", f"cd {folder}; exec {' '.join([*program, *words])}")
    wait_until(lambda: (folder / "pid").exists(), "the process ID")
    process.wait_until_idle()
    assert (folder / "pid").read_text() == f"{process.pid:10}\n"
    assert (folder / "pid").stat().st_mode & 0o777 == 0o600
    return process


def test_a_daemon_stores_what_changes(card, tmp_path):
    stored = []
    for program in (["alsactl"], [ALOUD, "as", "alsactl"]):
        card.set_integers(1, [20, 30])
        options = ["-L", "-f", "f", "-e", "pid"]
        with daemon(program, tmp_path, *options, "-p", "10", "daemon", "Dummy") as process:
            assert run(program, [*options, "daemon"], tmp_path) == (0, "", "")
            time.sleep(20)
            assert not (tmp_path / "f").exists()
            card.set_integers(1, [7, 8])
            time.sleep(9)
            assert not (tmp_path / "f").exists()
            time.sleep(2)
            stored.append((tmp_path / "f").read_text())
            (tmp_path / "f").unlink()
            assert run(program, [*options, "kill", "rescan"], tmp_path) == (0, "", "")
            process.wait_until_idle()
            card.set_integers(1, [9, 9])
            time.sleep(11)
            stored.append((tmp_path / "f").read_text())
            assert run(program, [*options, "kill", "save_and_quit"], tmp_path) == (0, "", "")
            assert process.end() == Result(0, "", "") and not (tmp_path / "pid").exists()
        card.set_integers(1, [1, 1])
        with daemon(program, tmp_path, *options, "-IP", "rdaemon", "Dummy") as process:
            assert values_of(card, "Master Volume") == bytes([9, *[0] * 7, 9])
            (tmp_path / "f").unlink()
            assert run(program, [*options, "kill", "quit"], tmp_path) == (0, "", "")
            assert UCM.sub("", process.end().stderr) == "" and list(tmp_path.iterdir()) == []
    assert "value.0 7" in stored[0] and "value.0 9" in stored[1]
    assert stored[:2] == stored[2:]


def test_an_interrupt_ends_a_daemon(card, tmp_path):
    for program in (["alsactl"], [ALOUD, "as", "alsactl"]):
        with daemon(program, tmp_path, "-L", "-f", "f", "-e", "pid", "daemon", "Dummy") as process:
            process.signal(signal.SIGINT)
            assert process.end() == Result(0, "", "")
            assert list(tmp_path.iterdir()) == []


def test_cards_that_only_root_may_open_do_not_exist_for_others(tmp_path):
    tmp_path.chmod(0o777)
    programs = ["alsactl", f"{ALOUD} as alsactl"]
    lines = "$p -L -f state store; $p -L -f /etc/x store; echo $?; $p info 0; echo $?; $p -L -f - store; echo $?"
    answers = []
    for program in programs:
        words = ["su", "nobody", "-s", "/bin/sh", "-c", f"p='{program}'; cd {tmp_path}; {lines}"]
        answers.append(run(words, [], tmp_path))
    assert answers[0] == answers[1]


def test_a_daemon_gets_signals(card, tmp_path):
    """Any process will do."""
    trap = "for s in TERM USR1 USR2; do trap \"echo $s\" $s; done; echo ready; while :; do sleep 0.1; done"
    shown = []
    for program in (["alsactl"], [ALOUD, "as", "alsactl"]):
        with Running("bash", "-c", trap) as process:
            process.wait_for_text("ready")
            (tmp_path / "pid").write_text(f"{process.pid:10}\n")
            run(program, ["-L", "-f", "f", "store", "Dummy"], tmp_path)
            for words in (["kill", "quit"], ["kill", "rescan"], ["kill", "save_and_quit"], ["-Lf", "f", "nrestore", "Dummy"]):
                assert run(program, ["-e", "pid", *words], tmp_path) == (0, "", "")
                time.sleep(1)
            shown.append(process.so_far().stdout.split())
    assert shown == [["ready", "TERM", "USR1", "USR2", "USR1"]] * 2


def test_a_daemon_runs_with_the_priority_that_is_asked_for(card, tmp_path):
    shown = []
    for program in (["alsactl"], [ALOUD, "as", "alsactl"]):
        with daemon(program, tmp_path, "-n", "7", "-c", "-L", "-f", "f", "-e", "pid", "daemon") as process:
            shown.append((os.getpriority(os.PRIO_PROCESS, process.pid), os.sched_getscheduler(process.pid)))
            process.signal(signal.SIGTERM)
            process.end()
    assert shown == [(7, os.SCHED_IDLE)] * 2


def test_devices_and_other_files_are_kept(card, tmp_path):
    """The original replaces devices by files."""
    null, sound = tmp_path / "null", tmp_path / "sound"
    os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    sound.write_text("no process ID")
    alsactl = [ALOUD, "as", "alsactl"]
    assert run(alsactl, ["-L", "-f", "null", "store"], tmp_path) == (0, "", "")
    run(alsactl, ["-L", "-I", "-R", "-r", "null", "-f", "nofile", "restore", "Dummy"], tmp_path)
    status, out, errors = run(alsactl, ["-L", "-e", "sound", "daemon"], tmp_path)
    assert (status, out) == (17, "") and errors.endswith("sound: File exists\n")
    status, out, errors = run(alsactl, ["-l", "-O", sound, "-f", "f", "store"], tmp_path)
    assert (status, out) == (17, "") and errors.endswith(" lock error: File exists\n")
    with Running(*alsactl, "-L", "-e", null, "daemon") as process:
        process.wait_until_idle()
        process.signal(signal.SIGTERM)
        assert process.end() == Result(0, "", "")
    assert null.is_char_device() and sound.read_text() == "no process ID"
    (tmp_path / "link").symlink_to("state")
    (tmp_path / "state").write_text("")
    assert run(alsactl, ["-L", "-f", "link", "store", "Dummy"], tmp_path) == (0, "", "")
    assert (tmp_path / "link").is_symlink() and "Master Volume" in (tmp_path / "state").read_text()


def test_a_daemon_outlives_a_card(tmp_path):
    """alsactl crashes."""
    (tmp_path / "pid").write_text("     99999\n")
    options = ["-L", "-f", "f", "-e", "pid", "-p", "10", "-b", "daemon"]
    assert run([ALOUD, "as", "alsactl"], options, tmp_path) == (0, "", "")
    wait_until(lambda: (tmp_path / "pid").read_text() != "     99999\n", "the process ID")
    process = int((tmp_path / "pid").read_text())
    try:
        cards.dummy_driver("unbind")
        cards.dummy_driver("bind")
        time.sleep(1)
        with Ctl("Dummy") as ctl:
            ctl.set_integers(1, [9, 9])
        wait_until(lambda: (tmp_path / "f").exists(), "the state")
    finally:
        os.kill(process, signal.SIGTERM)
    wait_until(lambda: not (tmp_path / "pid").exists(), "the end")


def test_errors_go_to_the_system_log(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind("/dev/log")
        log.settimeout(10)
        logged = []
        for program in (["alsactl"], [ALOUD, "as", "alsactl"]):
            assert run(program, ["-s", "info", "9"], tmp_path) == (2, "", "")
            logged.append(re.sub(rb">.* alsactl\[\d+\]", b"", log.recv(1000)))
        assert logged == [b"<27: alsactl: snd_card_iterator_sinit:257: Cannot find soundcard '9'..."] * 2
    Path("/dev/log").unlink()


def test_monitor_follows_cards_that_appear(tmp_path):
    answers = []
    for program in (["stdbuf", "-oL", "alsactl"], [ALOUD, "as", "alsactl"]):
        with Running(*program, "monitor") as watcher:
            watcher.wait_until_idle()
            cards.dummy_driver("unbind")
            watcher.wait_until_idle()
            cards.dummy_driver("bind")
            watcher.wait_until_idle()
            with Ctl("Dummy") as ctl:
                ctl.set_integers(1, [7, 7])
            watcher.wait_for_text("Master Volume,0) VALUE")
            answers.append(watcher.so_far())
    assert answers[0] == answers[1]


def test_monitor_prints_the_same(card, tmp_path):
    answers = []
    for program in (["stdbuf", "-oL", "alsactl"], [ALOUD, "as", "alsactl"]):
        card.set_integers(1, [20, 30])
        card.set_integers(2, [0, 0])
        for words in (["monitor"], ["monitor", "hw:Dummy"]):
            with Running(*program, *words) as watcher:
                watcher.wait_until_idle()
                card.set_integers(1, [7, 7])
                watcher.wait_for_text("Master Volume,0) VALUE")
                card.set_integers(2, [1, 1])
                watcher.wait_for_text("Master Capture Switch,0) VALUE")
                run(["alsactl"], ["-I", "-L", "-f", "-", "restore", "0"], tmp_path, card_state(USER).encode())
                run(["alsactl"], ["clean", "0"], tmp_path)
                watcher.wait_until_idle()
                answers.append(re.sub(r"#\d+ \((.*My)", r"(\1", watcher.so_far().stdout))
            card.set_integers(1, [20, 30])
            card.set_integers(2, [0, 0])
    assert answers[0] == answers[2] and answers[1] == answers[3]
    assert " ADD\n" in answers[0] and " REMOVE\n" in answers[0] and " TLV\n" in answers[0]
