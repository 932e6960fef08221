"""The module over aloud's library does what pyalsaaudio does, call by call: the same values and errors.

More sequences of calls, and others:

    tests/kernel/run -- 'SEQUENCES=2000 SEED=7 .cache/venv/bin/python -m pytest -rP tests/kernel/test_pyalsaaudio_calls.py'
"""

import json
import os
from collections import Counter
from dataclasses import dataclass

from lab import mixers
from lab.pyalsaaudio import use_ours
from lab.pyalsaaudio_calls import CONTROLS, Draw, outcomes


def devices(number):
    """The devices of a module: it has its own cable and subdevice of the dummy card. Both have the same mixer, which is
    reset for each sequence."""
    return {
        "CABLE playback": f"hw:Loopback,0,{number}",
        "CABLE capture": f"hw:Loopback,1,{number}",
        "PLUG playback": f"plughw:Loopback,0,{number}",
        "PLUG capture": f"plughw:Loopback,1,{number}",
        "DUMMY playback": f"hw:Dummy,0,{number}",
        "DUMMY capture": f"hw:Dummy,0,{number}",
        "MIXER": "hw:Dummy",
    }


THEIR_NUMBER, OUR_NUMBER = 2, 3

# How a process ends in a call that never returns, and in one that aborts it.
BLOCKED, ABORTED = -14, -6


@dataclass
class Call:
    """A call that had different results."""

    object: str
    method: str
    arguments: list
    # What it is a call of: a PCM on CABLE, PLUG or DUMMY, or a control of the mixer.
    card: str
    control: str
    # What `info` of that PCM was when it was opened.
    info: dict
    theirs: dict
    ours: dict

    @property
    def their_value(self):
        return self.theirs.get("value")

    @property
    def our_error(self):
        return self.ours.get("error")

    @property
    def died(self):
        return self.theirs.get("died") == ABORTED

    @property
    def is_closed(self):
        return self.ours.get("text") == "PCM device is closed"


SETTERS = {"setrate", "setchannels", "setformat", "setperiodsize"}
ENUMERATED = "External I/O Box"

# pyalsaaudio's faults and what ours does instead, how to recognize each, and whether it leaves the PCMs in different states.
# Then the rest of the sequence cannot be compared.
FAULTS = {
    "It aborts the process on a format that does not exist. Ours raises an error.": (
        lambda call: call.method in ("open", "setformat") and call.died and call.our_error,
        True,
    ),
    "It aborts the process if info, dumpinfo or polldescriptors_revents is called on a closed PCM. Ours raises an error.": (
        lambda call: call.died and call.is_closed,
        True,
    ),
    "Frames of IMA ADPCM in one channel have half a byte, by which it divides. Ours does not open such a PCM.": (
        lambda call: call.method == "open" and call.arguments.get("format") == 22 and call.our_error,
        True,
    ),
    "Its setters fail while the PCM runs, and leave it without a configuration. Ours stops and configures it.": (
        lambda call: call.method in SETTERS and call.theirs.get("error") and "value" in call.ours,
        True,
    ),
    "Writing to a capture PCM seems to work. Ours raises an error.": (
        lambda call: call.method == "write" and "value" in call.theirs and "Invalid argument" in call.ours.get("text", ""),
        True,
    ),
    "getchannels aborts the process with alsa-lib's rate plugin. Ours does not ask it for each of 10,000 numbers.": (
        lambda call: call.method == "getchannels" and call.card == "PLUG" and call.died and "value" in call.ours,
        True,
    ),
    "Functions of a mixer other than getvolume and handleevents handle no events, and return old values. Ours do.": (
        lambda call: call.method == "handleevents" and call.their_value and call.ours.get("value") == 0,
        False,
    ),
    "It ignores that a timestamp cannot be had, and returns an old one. Ours raises an error.": (
        lambda call: call.method == "htimestamp" and call.their_value and call.our_error,
        False,
    ),
    "It ignores a timestamp mode or clock that does not exist. Ours raises an error.": (
        lambda call: call.method.startswith("set_tstamp") and call.arguments in ([7], [9]) and call.our_error,
        False,
    ),
    "It returns memory that nothing was captured into. Ours returns silence.": (
        lambda call: call.method == "read" and call.card == "DUMMY" and same_but_the_data(call),
        False,
    ),
    "It reports 0 periods if the buffer is not a whole number of them. Ours reports how many whole ones.": (
        lambda call: isinstance(call.their_value, dict) and same_but(call, "periods", 0),
        False,
    ),
    "It makes up volumes and ranges of a control that has none. Ours reports none, or raises an error.": (
        lambda call: call.control == ENUMERATED and call.method in ("getvolume", "getrange") and "value" in call.theirs,
        False,
    ),
    "It ignores that a control has no volume to set. Ours raises an error.": (
        lambda call: call.control == ENUMERATED and call.method == "setvolume" and "value" in call.theirs and call.our_error,
        False,
    ),
    "It ignores a volume in raw steps that the control does not have. Ours raises an error.": (
        lambda call: call.method == "setvolume" and call.arguments[3:] == [1] and "takes -50 to 100" in call.ours["text"],
        False,
    ),
}


def same_but_the_data(call):
    theirs, ours = call.their_value, call.ours.get("value")
    return isinstance(theirs, list) and isinstance(ours, list) and theirs[1] == ours[1] > 0


def same_but(call, key, value):
    theirs, ours = call.their_value, call.ours["value"]
    return theirs[key] == value and {**theirs, key: None} == {**ours, key: None}


def normal(result, number):
    """A result without what differs between devices, and without the texts that are not the modules' own."""
    text = json.dumps(result)
    for device in ("Loopback,0", "Loopback,1", "Dummy,0"):
        text = text.replace(f"hw:{device},{number}", f"hw:{device}")
    result = json.loads(text)
    if isinstance(result.get("value"), dict) and "subdevice_no" in result["value"]:
        result["value"]["subdevice_no"] -= number
    # Those of arguments are Python's.
    if result.get("error") in ("TypeError", "OverflowError"):
        result["text"] = ""
    return result


def is_same(call):
    """Whether both results are the same."""
    theirs, ours = call.their_value, call.ours.get("value")
    if call.method != "htimestamp" or not (isinstance(theirs, list) and isinstance(ours, list)):
        return call.ours == call.theirs
    (_, _, at, avail), (_, _, our_time, our_avail) = theirs, ours
    # Each look at the clock advances it. A timestamp of another clock is in seconds and nanoseconds.
    is_near = at == our_time if isinstance(at, list) else abs(at - our_time) < 100
    return is_near and avail == our_avail


def is_frame_apart(call):
    """Whether the numbers of frames differ by one: the dummy card moves with the clock, which each look at it advances."""
    if call.card != "DUMMY" or call.method not in ("avail", "read", "write", "htimestamp"):
        return False
    both = [call.their_value, call.ours.get("value")]
    frames = [value[-1 if call.method == "htimestamp" else 1] if isinstance(value, list) else value for value in both]
    return None not in frames and abs(frames[0] - frames[1]) == 1


def is_drained(call):
    """Whether it reads from the dummy card after it was drained: that depends on whether a frame was left."""
    return call.card == "DUMMY" and call.method == "read" and call.theirs.get("text", "").startswith("File descriptor in bad")


def underruns_at_any_time(call):
    """Whether it writes into a buffer that the dummy card empties between two of its looks at the clock, 100 a second: how much
    is written before it finds an underrun differs from run to run, with either module."""
    if call.card != "DUMMY" or call.method != "write" or not call.info:
        return False
    return call.info["buffer_size"] < call.info["rate"] / 100


def compare(sequence, theirs, ours, found):
    """Counts calls and faults in `found`, and returns the first difference that is not a fault."""
    opened, infos = {}, {}
    for (name, method, arguments), their_result, our_result in zip(sequence, theirs, ours):
        if method == "open":
            opened[name] = arguments
            infos[name] = our_result.get("value")
        how = opened.get(name, {})
        card, control = str(how.get("device")).partition(" ")[0], how.get("control", "")
        results = normal(their_result, THEIR_NUMBER), normal(our_result, OUR_NUMBER)
        call = Call(name, method, arguments, card, control, infos.get(name), *results)
        found["calls"] += 1
        if is_same(call):
            # See FAULTS: they leave PCMs in different states.
            if method in SETTERS and call.our_error == "ALSAAudioError" and not call.is_closed:
                return None
            continue
        if is_frame_apart(call) or is_drained(call) or underruns_at_any_time(call):
            return None
        fault = next((fault for fault, (is_it, _) in FAULTS.items() if is_it(call)), None)
        if not fault:
            return call
        found[fault] += 1
        if FAULTS[fault][1]:
            return None
    return None


def test_random_calls_do_the_same(draw, tmp_path):
    count = int(os.environ.get("SEQUENCES", 200))
    random = Draw(draw)
    sequences = [random.sequence() for _ in range(count)]
    # Data is compared by its hash.
    base = {**os.environ, "PYTHONHASHSEED": "1"}
    before = mixers.contents("-c", "Dummy")
    theirs = outcomes(sequences, devices(THEIR_NUMBER), CONTROLS, base)
    ours = outcomes(sequences, devices(OUR_NUMBER), CONTROLS, {**base, **use_ours(tmp_path)})
    mixers.restore("Dummy", before)
    found = Counter()
    differences = [(compare(*one, found), one[0]) for one in zip(sequences, theirs, ours, strict=True)]
    for fault, times in found.items():
        print(f"{times:6} {fault}")
    unexpected = [f"{call}\n    in {json.dumps(sequence)}" for call, sequence in differences if call]
    assert not unexpected, "\n".join(unexpected[:20])
    ends = {result["died"] for sequence in ours for result in sequence if "died" in result}
    assert ends <= {BLOCKED}
    assert found["calls"] > 5 * count
