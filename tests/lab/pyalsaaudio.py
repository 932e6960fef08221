"""Runs pyalsaaudio, and the module of the same name over aloud's library (tests/pyalsaaudio).

Each runs in a separate Python process: pyalsaaudio prints from C and may abort.
"""

import json
import sys

from lab.program import CHECKOUT, output_of

# pyalsaaudio's own tests and examples.
SOURCES = CHECKOUT / ".cache/pyalsaaudio"

# The module over aloud's library, as cargo builds it.
OURS = CHECKOUT / "target/debug/libalsaaudio.so"


def use_ours(folder):
    """The environment in which Python imports the module over aloud's library, through a link in `folder`."""
    link = folder / "alsaaudio.abi3.so"
    if not link.is_symlink():
        assert OURS.exists(), f"{OURS} does not exist: run `cargo build -p alsaaudio`"
        link.symlink_to(OURS)
    return {"PYTHONPATH": str(folder)}


EXAMPLES = """
import contextlib, io, json, runpy, sys, traceback
def run(words):
    sys.argv, status = words, 0
    with contextlib.redirect_stdout(io.StringIO()) as stdout, contextlib.redirect_stderr(io.StringIO()) as stderr:
        try:
            runpy.run_path(words[0], run_name="__main__")
        except SystemExit as end:
            status = end.code
        except Exception:
            status = 1
            traceback.print_exc()
    return status, stdout.getvalue(), stderr.getvalue()
print(json.dumps([run(words) for words in json.load(sys.stdin)]))
"""


def examples(name, lines, environment):
    """Runs an example once for each line of words: the exit status, stdout and stderr of each.

    All of them run in one Python, because starting it takes longer than most of them.
    """
    script = str(SOURCES / f"{name}.py")
    words = json.dumps([[script, *map(str, line)] for line in lines]).encode()
    return json.loads(output_of(sys.executable, "-c", EXAMPLES, stdin=words, environment=environment))


INFO = """
import alsaaudio, json, sys
def constant(value):
    return getattr(alsaaudio, value) if str(value).startswith("PCM_") else value
for arguments in json.load(sys.stdin):
    pcm = alsaaudio.PCM(**{key: constant(value) for key, value in arguments.items()})
    print(json.dumps(pcm.info()))
    pcm.close()
"""


def infos(calls):
    """`PCM(**arguments).info()` for each call's arguments, as json.dumps writes it. Constants are given by name."""
    return output_of(sys.executable, "-c", INFO, stdin=json.dumps(calls).encode()).splitlines()


MIXERS = """
import alsaaudio, json, sys
UNITS = [alsaaudio.VOLUME_UNITS_RAW, alsaaudio.VOLUME_UNITS_PERCENTAGE, alsaaudio.VOLUME_UNITS_DB]
DIRECTIONS = {"playback": alsaaudio.PCM_PLAYBACK, "capture": alsaaudio.PCM_CAPTURE}
def attempt(call, *arguments):
    try:
        return call(*arguments)
    except alsaaudio.ALSAAudioError:
        return None
def report(name, index, card):
    mixer = alsaaudio.Mixer(name, index, **card)
    control = {"name": name, "index": index, "volumecap": mixer.volumecap(), "switchcap": mixer.switchcap()}
    control["enum"] = mixer.getenum()
    control["muted"], control["recording"] = attempt(mixer.getmute), attempt(mixer.getrec)
    for direction, number in DIRECTIONS.items():
        control[direction] = {
            "range": [attempt(mixer.getrange, number, units) for units in UNITS],
            "volume": [attempt(mixer.getvolume, number, units) for units in UNITS],
        }
    return control
for card in json.load(sys.stdin):
    names = alsaaudio.mixers(**card)
    print(json.dumps([report(name, names[:at].count(name), card) for at, name in enumerate(names)]))
"""


def mixers(*cards):
    """Everything that `Mixer` reports about each control of each card (`{"cardindex": 0}`); None if it raises.

    It invents volumes and dB for controls that have none: the caller has to know which are real.
    Ranges and volumes are in raw steps, percent and hundredths of a dB.
    """
    reported = output_of(sys.executable, "-c", MIXERS, stdin=json.dumps(cards).encode())
    return [json.loads(line) for line in reported.splitlines()]
