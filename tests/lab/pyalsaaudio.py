"""What pyalsaaudio tells, asked in a Python of its own: it prints through C, and can abort."""

import json
import sys

from lab.program import done

INFO = """
import alsaaudio, json, sys
for wanted in json.load(sys.stdin):
    pcm = alsaaudio.PCM(**wanted)
    print(json.dumps(pcm.info()))
    pcm.close()
"""


def infos(*wanted):
    """`PCM(**arguments).info()` for each set of arguments, as the text json.dumps makes of it."""
    return done(sys.executable, "-c", INFO, stdin=json.dumps(wanted).encode()).splitlines()
