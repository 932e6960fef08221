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
