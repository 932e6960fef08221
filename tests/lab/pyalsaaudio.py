"""What pyalsaaudio tells, asked in a Python of its own: it prints through C, and can abort."""

import json
import sys

from lab.program import done

INFO = """
import alsaaudio, json, sys
def number(value):
    return getattr(alsaaudio, value) if str(value).startswith("PCM_") else value
for wanted in json.load(sys.stdin):
    pcm = alsaaudio.PCM(**{key: number(value) for key, value in wanted.items()})
    print(json.dumps(pcm.info()))
    pcm.close()
"""


def infos(wanted):
    """`PCM(**arguments).info()` for each set of arguments, as json.dumps writes it. Constants are given by name."""
    return done(sys.executable, "-c", INFO, stdin=json.dumps(wanted).encode()).splitlines()

MIXERS = """
import alsaaudio, json, sys
UNITS = [alsaaudio.VOLUME_UNITS_RAW, alsaaudio.VOLUME_UNITS_PERCENTAGE, alsaaudio.VOLUME_UNITS_DB]
WAYS = {"playback": alsaaudio.PCM_PLAYBACK, "capture": alsaaudio.PCM_CAPTURE}
def attempt(call, *arguments):
    try:
        return call(*arguments)
    except alsaaudio.ALSAAudioError:
        return None
def told(name, index, place):
    mixer = alsaaudio.Mixer(name, index, **place)
    control = {"name": name, "index": index, "volumecap": mixer.volumecap(), "switchcap": mixer.switchcap()}
    control["enum"] = mixer.getenum()
    control["muted"], control["recording"] = attempt(mixer.getmute), attempt(mixer.getrec)
    for way, number in WAYS.items():
        control[way] = {
            "range": [attempt(mixer.getrange, number, units) for units in UNITS],
            "volume": [attempt(mixer.getvolume, number, units) for units in UNITS],
        }
    return control
for place in json.load(sys.stdin):
    names = alsaaudio.mixers(**place)
    print(json.dumps([told(name, names[:at].count(name), place) for at, name in enumerate(names)]))
"""


def mixers(*places):
    """All that `Mixer` tells of each control at each place (`{"cardindex": 0}`); None where it raises.

    It gives numbers for volumes and dB that a control does not have, too: whoever asks has to know which are real.
    Ranges and volumes are in raw steps, percent and hundredths of a dB.
    """
    told = done(sys.executable, "-c", MIXERS, stdin=json.dumps(places).encode())
    return [json.loads(line) for line in told.splitlines()]
