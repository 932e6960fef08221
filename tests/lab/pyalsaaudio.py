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
found = []
for name in alsaaudio.mixers(**json.load(sys.stdin)):
    index = sum(name == other["name"] for other in found)
    mixer = alsaaudio.Mixer(name, index, **json.loads(sys.argv[1]))
    control = {"name": name, "index": index, "volumecap": mixer.volumecap(), "switchcap": mixer.switchcap()}
    control["enum"] = mixer.getenum()
    control["muted"], control["recording"] = attempt(mixer.getmute), attempt(mixer.getrec)
    for way, number in WAYS.items():
        control[way] = {
            "range": [attempt(mixer.getrange, number, units) for units in UNITS],
            "volume": [attempt(mixer.getvolume, number, units) for units in UNITS],
        }
    found.append(control)
print(json.dumps(found))
"""


def mixers(**place):
    """All that `Mixer` tells of each control at `place` (`cardindex=0` or `device="default"`); None where it raises.

    It gives numbers for volumes and dB that a control does not have, too: whoever asks has to know which are real.
    Ranges and volumes are in raw steps, percent and hundredths of a dB.
    """
    place = json.dumps(place)
    return json.loads(done(sys.executable, "-c", MIXERS, place, stdin=place.encode()))
