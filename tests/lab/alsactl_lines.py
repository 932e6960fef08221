"""Command lines of alsactl for a card, and how the answers of aloud in its place are compared."""

import difflib
import re
import subprocess

from lab.program import ALOUD

# aloud does not use UCM, whose absence alsa-lib reports.
UCM = re.compile(r"alsa-lib main\.c:\d+:\(snd_use_case_mgr_open\).*\n")

VOLUME = "control.1 { iface MIXER name 'Master Volume' value.0 5 value.1 7 }"
BOX = "control.11 { iface MIXER name 'External I/O Box' value None }"
USER = """
control.12 { iface MIXER name 'My Volume' value.0 5 value.1 10
    comment { access 'read write user' type INTEGER count 2 range '0 - 100 (step 5)' } }
control.13 { iface MIXER name 'My Switch' value true
    comment { access 'read write user' type BOOLEAN count 1 } }
control.14 { iface CARD name 'My Choice' index 3 value A
    comment { access 'read write inactive user' type ENUMERATED count 1 item.0 A item.1 'B x' } }
control.15 { iface MIXER name 'My dB' value 3
    comment { access 'read write user' type INTEGER count 1 range '0 - 100' tlv '0000000100000008ffffec7800000032' } }
"""

# The elements of a card in a state file, by the name of the case.
STATES = {
    "plain": VOLUME,
    "box": BOX,
    "two": f"{VOLUME} {BOX}",
    "one value for two": "control.1 { iface MIXER name 'Master Volume' value 5 }",
    "a number too high": "control.99 { iface MIXER name 'Master Volume' value.0 5 value.1 7 }",
    "out of range": "control.1 { iface MIXER name 'Master Volume' value.0 500 value.1 7 }",
    "no value": "control.1 { iface MIXER name 'Master Volume' }",
    "no compound": "control.1 5",
    "an unknown field": "control.1 { iface MIXER name 'Master Volume' foo bar value.0 5 value.1 7 }",
    "a third value": "control.1 { iface MIXER name 'Master Volume' value.0 5 value.1 7 value.2 7 }",
    "an index that is none": "control.1 { iface MIXER name 'Master Volume' index x value.0 5 value.1 7 }",
    "a name that is a number": "control.1 { iface MIXER name 5 value.0 5 value.1 7 }",
    "an interface by number": "control.1 { iface 2 name 'Master Volume' value.0 5 value.1 7 }",
    "another interface": "control.1 { iface PCM name 'Master Volume' value.0 5 value.1 7 }",
    "an unknown interface": "control.1 { iface FOO name 'Master Volume' value.0 5 value.1 7 }",
    "no interface": "control.1 { name 'Master Volume' value.0 5 value.1 7 }",
    "another index": "control.1 { iface MIXER name 'Master Volume' index 3 device 2 value.0 5 value.1 7 }",
    "switches": "control.2 { iface MIXER name 'Master Capture Switch' value.0 on value.1 1 }",
    "switches that are words": "control.2 { iface MIXER name 'Master Capture Switch' value.0 false value.1 true }",
    "an item by number": "control.11 { iface MIXER name 'External I/O Box' value 0 }",
    "nothing": "",
    "no controls": "control { }",
}

# Of states that alsactl restores only in part, or not at all.
FORCED = {
    "another number": "control.3 { iface MIXER name 'Master Volume' value.0 5 value.1 7 }",
    "elements of programs": USER,
    "an unknown name": "control.1 { iface MIXER name 'Foo Volume' value.0 5 value.1 7 }",
    "no name": "control.1 { iface MIXER value.0 5 value.1 7 }",
    "the same, and a good one": f"control.1 {{ iface MIXER name 'Foo' value 5 }} {BOX}",
}

COMMANDS = """
-h
--help
-v
--vers
-x
-x -y
--lo
--foo
-f
--file
foo
foo bar

kill
kill quit
kill foo
-L -f f store 9
-L -f f store hw:9
-L -f f store Nope
-L -f f restore 9
-g -L -f f restore Nope
-L -f f restore
-I -L -f nofile restore
-I -P -L -f nofile restore
-L -f /nonexistent/x store
-L -f f store Dummy
-L -f f store 0
-L -f f store hw:Dummy
-L -f f store /dev/snd/controlC0
-L -f f store 1
-L -f f store
-Lff store
-L --file=f store Dummy
-L -f - store Dummy
-L -f - store
-l -f f store Dummy
-l -K /nonexistent -f f store Dummy
-l -K . -O lock -f f store Dummy
dump-state
-L -f f dump-state
-L -f nofile dump-state
-L -f f store Dummy Loopback
clean
clean 0
clean Nope
clean 0 foo
clean 0 name='Master Volume'
monitor 9
monitor Nope
info
info 0
info hw:Dummy
info 9
info Nope
dump-cfg
dump-cfg 0 foo
-n
-n x -L -f f store Dummy
-cn5 -L -f f store Dummy
-b -L -f f -K . info 9
--period=x -L -f f store Dummy
-p -L -f f store Dummy
--lock-state-file
--lock-d . --lock-s=lock --lock --file f store Dummy
--pid-f nofile kill quit
--no -L
--ucm-d --no-u --ucm-n -Lf f store Dummy
-Lf f -K
-r
--runstate=r -IRL -f nofile restore Dummy
-IRLr r -f nofile restore Dummy
-D -U -X -d -v
-a . -Lf f store Dummy
-f broken dump-state
-L -f broken restore Dummy
clean 0 numid=1
clean 0 iface=FOO
init foo
-i nofile init 0
-E FOO init 0
-e f kill quit
-e nofile kill rescan
store Dummy,Loopback
names
STORE
"""


def card_state(text, card="Dummy"):
    return f"state.{card} {{\n{text}\n}}\n"


def run(program, words, folder, stdin=b""):
    result = subprocess.run([*program, *words], cwd=folder, input=stdin, capture_output=True, timeout=60)
    return result.returncode, result.stdout.decode(), UCM.sub("", result.stderr.decode())


def differences(ctl, folder, lines, prepare=lambda: None):
    """What aloud answers, writes or leaves differently, as text. Each line starts from the same files and values."""
    found, before = [], ctl.values()
    for words in lines:
        answers = []
        for program in (["alsactl"], [ALOUD, "as", "alsactl"]):
            prepare()
            answers.append((*run(program, words, folder), files(folder), ctl.state()))
            ctl.restore(before)
        for what, theirs, ours in zip(("status", "stdout", "stderr", "files", "state"), *answers, strict=True):
            if theirs != ours:
                lines = difflib.unified_diff(str(theirs).splitlines(), str(ours).splitlines(), lineterm="", n=0)
                found.append(f"{words} {what}: " + " ".join(list(lines)[2:]))
    return found


def files(folder):
    """The files in the folder, which are removed. A lock file has the process ID."""
    found = {}
    for path in sorted(folder.iterdir()):
        found[path.name] = path.read_text() if "lock" not in path.name else "locked"
        path.unlink()
    return found
