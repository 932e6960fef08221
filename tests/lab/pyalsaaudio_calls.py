"""Random calls of pyalsaaudio's functions, valid and invalid, and what they do on each of the two modules."""

import json
import subprocess
import sys
import tempfile

# Runs in a Python process of its own, which a module may abort: reads sequences, and writes what each call does as it ends.
# A sequence starts with a second, because what the cards do depends on the time within their tick.
RUNNER = r"""
import alsaaudio, array, json, os, random, select, signal, sys, time, warnings

results = os.dup(1)
os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
signal.signal(signal.SIGIO, signal.SIG_IGN)
warnings.simplefilter("always")

def frame_bytes(pcm):
    info = pcm.info()
    return info["channels"] * info["physical_bits"] // 8

class Sequence:
    def __init__(self, devices):
        self.devices, self.objects, self.frames, self.random = devices, {}, {}, random.Random(1)
        self.start = {clock: time.clock_gettime(clock) for clock in (time.CLOCK_REALTIME, time.CLOCK_MONOTONIC)}

    def argument(self, name, value):
        if not isinstance(value, dict):
            return self.devices.get(value, value) if isinstance(value, str) else value
        if "frames" in value:
            return self.random.randbytes(value["frames"] * self.frames.get(name, 4))
        if "bytes" in value:
            return self.random.randbytes(value["bytes"])
        return {
            "bytearray": lambda: bytearray(48),
            "array": lambda: array.array("h", [1, 2] * 24),
            "text": lambda: "text",
            "tuple": lambda: tuple(value["tuple"]),
            "tuples": lambda: [tuple(one) for one in value["tuples"]],
        }[next(iter(value))]()

    def call(self, name, method, arguments):
        if name == "sleep":
            return time.sleep(method / 1000)
        if name == "module":
            return getattr(alsaaudio, method)(*(self.argument(name, value) for value in arguments))
        if method == "open":
            return self.open(name, {key: self.argument(name, value) for key, value in arguments.items()})
        if name not in self.objects:
            return "not open"
        one = self.objects[name]
        if method == "poll":
            fds = one.polldescriptors()
            poll = select.poll()
            for fd, events in fds:
                poll.register(fd, events)
            ready = dict(poll.poll(0))
            return one.polldescriptors_revents([(fd, ready.get(fd, 0)) for fd, _ in fds])
        value = getattr(one, method)(*(self.argument(name, value) for value in arguments))
        if method == "polldescriptors":
            return [events for _, events in value]
        if method.startswith("set") and isinstance(one, alsaaudio.PCM):
            self.frames[name] = frame_bytes(one)
        if method == "htimestamp":
            return self.relative(*value)
        return value

    def open(self, name, arguments):
        self.objects.pop(name, None)
        if name.startswith("mixer"):
            self.objects[name] = alsaaudio.Mixer(**arguments)
            return None
        pcm = alsaaudio.PCM(**arguments)
        self.objects[name], self.frames[name] = pcm, frame_bytes(pcm)
        return pcm.info()

    def relative(self, seconds, nanos, avail):
        # To the start of the sequence, on the clock that it seems to be of.
        after = [seconds + nanos / 1e9 - start for start in self.start.values()]
        near = [value for value in after if -1 < value < 1000]
        return ["timestamp", round(min(near) * 1e6) if near else (seconds, nanos), avail]

def printable(value):
    if isinstance(value, bytes):
        return value.hex() if len(value) < 64 else [len(value), hash(value)]
    if isinstance(value, (tuple, list)):
        return [type(value).__name__, *(printable(one) for one in value)]
    if isinstance(value, dict):
        return {key: printable(one) for key, one in value.items()}
    return value

def outcome(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = {"value": printable(call())}
        except Exception as error:
            result = {"error": type(error).__name__, "text": str(error)}
    if caught:
        result["warnings"] = [[one.category.__name__, str(one.message)] for one in caught]
    return result

def reset(controls, device):
    for control in controls:
        mixer = alsaaudio.Mixer(control, device=device)
        if mixer.getenum():
            mixer.setenum(0)
        else:
            mixer.setvolume(30)
            mixer.setrec(0)

job = json.load(sys.stdin)
for number, sequence in job["sequences"]:
    reset({call[2].get("control") for call in sequence if call[1] == "open"} & set(job["controls"]), job["devices"]["MIXER"])
    now = time.time()
    time.sleep(int(now) + 2 - now)
    run = Sequence(job["devices"])
    for step, call in enumerate(sequence):
        # A call that takes this long never ends: the PCM is paused.
        signal.setitimer(signal.ITIMER_REAL, 200)
        os.write(results, json.dumps([number, step]).encode() + b" ")
        os.write(results, json.dumps(outcome(lambda: run.call(*call))).encode() + b"\n")
        signal.setitimer(signal.ITIMER_REAL, 0)
    run.objects.clear()
"""


def outcomes(sequences, devices, controls, environment):
    """What each call of each sequence does: its value or error, or how it ends the process."""
    found = [[] for _ in sequences]
    rest = list(enumerate(sequences))
    while rest:
        job = {"sequences": rest, "devices": devices, "controls": controls}
        with tempfile.TemporaryFile() as stderr:
            process = subprocess.run(
                [sys.executable, "-c", RUNNER],
                input=json.dumps(job).encode(),
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=environment,
            )
            stderr.seek(0)
            message = stderr.read().decode()
        last = None
        for line in process.stdout.decode().splitlines():
            place, _, result = line.partition("] ")
            last, _ = json.loads(place + "]")
            found[last].append(json.loads(result) if result else {"died": process.returncode})
        assert process.returncode <= 0 and (process.returncode == 0 or "died" in found[last][-1]), message
        rest = [one for one in rest if last is not None and process.returncode and one[0] > last]
    return found


CONTROLS = ["Master", "Synth", "Line", "CD", "Mic", "External I/O Box"]
FORMATS = [2, 2, 2, 2, 10, 10, 3, 14, 32, 1, 0, 6, 20, 21, 16, 48]
# pyalsaaudio crashes with these.
CRASHING_FORMATS = [99, -1, 22]


class Draw:
    """Draws sequences of calls."""

    def __init__(self, random):
        self.random = random

    def one(self, *choices):
        return self.random.choice(choices)

    def chance(self, probability):
        return self.random.random() < probability

    def sequence(self):
        kind = self.random.random()
        if kind < 0.55:
            return self.pcm_calls(["playback"])
        if kind < 0.75:
            return self.pcm_calls(["playback", "capture"])
        return self.mixer_calls()

    def pcm_calls(self, names):
        card = self.one("CABLE", "CABLE", "CABLE", "CABLE", "PLUG", "DUMMY")
        calls = [[name, "open", self.pcm_arguments(name, card)] for name in names]
        for _ in range(self.random.randrange(3, 13)):
            name = self.random.choice(names)
            calls.append(self.pcm_call(name, card))
        return calls

    def pcm_arguments(self, name, card):
        arguments = {"device": f"{card} {name}", "type": 0 if name == "playback" else 1}
        if self.chance(0.35):
            arguments["mode"] = self.one(1, 1, 1, 1, 2, 3)
        for key, values in {
            "rate": (48000, 44100, 96000, 8000, 22050, 0, -1, 12345),
            "channels": (1, 2, 2, 6, 8, 0, -1, 33),
            "format": FORMATS,
            "periodsize": (480, 960, 1024, 4410, 32, 0, -1, 10**9),
            "periods": (2, 4, 8, 1, 0, -1, 1000),
        }.items():
            if self.chance(0.5):
                arguments[key] = self.random.choice(values)
        # The cable wakes a reader that waits for seconds at different times.
        if name == "capture" and arguments.get("periodsize") in (-1, 10**9):
            arguments["periodsize"] = 4410
        if self.chance(0.01):
            arguments["format"] = self.one(*CRASHING_FORMATS)
        if self.chance(0.04):
            arguments.update(self.one({"type": 2}, {"type": "capture"}, {"rate": "x"}, {"device": "nosuch"}, {"device": 3},
                {"cardindex": 40}, {"cardindex": 9}, {"card": "nosuch"}, {"channels": 1.5}, {"rate": 2**40}, {"x": 1}))
        return arguments

    def pcm_call(self, name, card):
        kind = self.random.random()
        if kind < 0.12:
            return ["sleep", self.one(3, 13, 53, 203), []]
        if kind < 0.42:
            return [name, "read" if (name == "capture") != self.chance(0.05) else "write", self.data(name)]
        if kind < 0.84:
            method = self.one("drop", "drain", "state", "state", "avail", "avail", "htimestamp", "pause", "close", "poll", "poll")
            return [name, method, [self.one(0, 1, 1, 7)] if method == "pause" else []]
        if kind < 0.88:
            return [name, "open", self.pcm_arguments(name, card)]
        return [name, *self.one(
            ("setrate", [self.one(8000, 44100, 48000, -1)]),
            ("setchannels", [self.one(1, 2, 8, 0)]),
            ("setformat", [self.one(*FORMATS)]),
            ("setperiodsize", [self.one(480, 1024, 0, -5)]),
            ("setrate", [self.one("x", None, 2**40)]),
            ("set_tstamp_mode", self.one([], [0], [1], [7])),
            ("set_tstamp_type", self.one([], [0], [1], [2], [9])),
            ("get_tstamp_mode", []), ("get_tstamp_type", []), ("polldescriptors", []), ("cardname", []), ("pcmtype", []),
            ("pcmmode", []), ("info", []), ("getformats", []), ("getrates", []), ("getratebounds", []), ("getchannels", []),
            ("polldescriptors_revents", [self.one([], [1], "x", {"tuples": [[1, 2]]}, {"tuples": [[1]]}, {"tuples": [["a", 2]]})]),
            ("dumpinfo", []), ("state", [1]), ("avail", [1]), ("write", []),
        )]

    def data(self, name):
        if name == "capture":
            return []
        if self.chance(0.1):
            return [self.one({"bytes": 1}, {"bytes": 7}, {"text": 1}, {"bytearray": 1}, {"array": 1}, None, 5)]
        return [{"frames": self.one(1, 32, 480, 1000, 1024, 5000, 0)}]

    def mixer_calls(self):
        control = self.one(*CONTROLS)
        calls = [["mixer", "open", self.mixer_arguments(control)]]
        calls += [self.mixer_call(control) for _ in range(self.random.randrange(4, 14))]
        return calls

    def mixer_arguments(self, control):
        arguments = {"control": control, "device": "MIXER"}
        if self.chance(0.08):
            arguments.update(self.one({"control": "Nope"}, {"id": 1}, {"id": -1}, {"device": "nosuch"}, {"cardindex": 32},
                {"cardindex": 9}, {"device": "hw:Loopback"}, {"control": 3}, {"id": "x"}))
        return arguments

    def mixer_call(self, control):
        pcmtype = self.one(None, 0, 1, 0, 1, "playback", "capture", 2)
        units = self.one(0, 1, 2, 0, 1, 2, 3, -1)
        channel = self.one(-1, -1, 0, 1, 2, 31, 40, -2)
        volume = self.one(0, 100, 50, 33, 99, -5, 101, 7, -50, -3000, -1234, 10**6, "x", 1.5)
        return self.one(
            *[["mixer", "setvolume", self.one([volume], [volume, channel], [volume, channel, pcmtype, units])]] * 4,
            *[["mixer", "getvolume", self.one([], [pcmtype], [pcmtype, units])]] * 4,
            *[["mixer", "getrange", self.one([], [pcmtype], [pcmtype, units])]] * 2,
            *[["mixer", "setrec", self.one([0], [1], [5], [1, channel], [0, channel], [])]] * 3,
            *[["mixer", "getrec", []]] * 2,
            *[["mixer", "setenum", [self.one(0, 1, 2, 3, 4, -1, "x")]]] * 2,
            *[["mixer", method, []] for method in ("getmute", "getenum", "volumecap", "switchcap", "handleevents", "close")],
            ["mixer", "setmute", self.one([0], [1], [1, channel])],
            ["mixer", self.one("mixer", "mixerid", "cardname", "polldescriptors"), []],
            ["mixer", "open", self.mixer_arguments(control)],
            ["module", *self.one(
                ("mixers", [-1, "MIXER"]), ("mixers", [9]), ("mixers", [33]), ("cards", []), ("card_indexes", []),
                ("card_name", [self.one(0, 1, 2, 7, 32, -1, "x")]), ("pcms", [self.one(0, 1, 2, "capture", None)]),
                ("asoundlib_version", []),
            )],
        )
