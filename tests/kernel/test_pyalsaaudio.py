"""pyalsaaudio's own tests and examples, unmodified, on the module over aloud's library (tests/pyalsaaudio).

The examples do on it what they do on pyalsaaudio: they print the same, and what they play is heard, bit for bit, as from
pyalsaaudio. Each runs on both modules, one after the other, on the same cards and at the same moment of a second.
"""

import re
import signal
import sys
import time

import pytest
from lab import cards, mixers
from lab.program import Running, output_of, run
from lab.pyalsaaudio import SOURCES, examples, use_ours
from lab.sound import find_noise, noise

PLAYBACK, CAPTURE = "hw:Loopback,0,0", "hw:Loopback,1,0"


@pytest.fixture
def modules(tmp_path):
    """The environment of each module: pyalsaaudio's and ours."""
    return [{}, use_ours(tmp_path)]


def example(name, *arguments, environment):
    return run(sys.executable, SOURCES / f"{name}.py", *arguments, environment=environment)


def running(name, *arguments, environment):
    words = [sys.executable, "-u", SOURCES / f"{name}.py", *arguments]
    return Running(*words, environment=environment)


def start_of_second():
    """Waits for the start of a second: what the cards do depends on the time within their tick."""
    now = time.time()
    time.sleep(int(now) + 2 - now)


def interrupted(program):
    """How a program ends after SIGINT, as Ctrl-C sends it: its result without the traceback."""
    program.signal(signal.SIGINT)
    result = program.end()
    assert result.stderr.endswith("KeyboardInterrupt\n")
    result.stderr = result.stderr.partition("Traceback")[0]
    return result


def heard(path, sound, play, subdevice=0):
    """What `play` returns, and what is heard meanwhile, without the silence around it."""
    start_of_second()
    with cards.recorder(path, *sound.options(), subdevice=subdevice):
        result = play()
        time.sleep(0.5)
    return result, path.read_bytes().strip(b"\0")


def assert_same(outcomes):
    """Both modules have done the same, and something was heard."""
    (theirs, heard_of_theirs), (ours, heard_of_ours) = outcomes
    assert ours == theirs
    assert heard_of_ours == heard_of_theirs
    assert len(heard_of_ours) > 10_000
    return ours, heard_of_ours


def assert_same_failures(name, lines, modules):
    theirs, ours = [examples(name, lines, environment) for environment in modules]
    assert ours == theirs
    assert all(status > 0 for status, _, _ in theirs)


def test_its_own_tests_pass(tmp_path):
    result = run(sys.executable, SOURCES / "test.py", environment=use_ours(tmp_path))
    assert result.status == 0, result.stderr
    assert "Ran 11 tests" in result.stderr


@pytest.mark.parametrize(
    "device, format, rate, channels",
    [
        (PLAYBACK, "S16_LE", 44100, 2),
        (PLAYBACK, "S24_3LE", 48000, 2),
        (PLAYBACK, "S32_LE", 96000, 1),
        (f"plug{PLAYBACK}", "U8", 48000, 1),
    ],
)
def test_playwav_is_heard_the_same(tmp_path, modules, device, format, rate, channels):
    played = noise(format, rate, channels)
    wav = played.wav(tmp_path / "played.wav")
    # The cable takes no U8.
    cable = noise("S16_LE", rate, channels) if format == "U8" else played

    def play(environment):
        return heard(tmp_path / "heard", cable, lambda: example("playwav", "-d", device, wav, environment=environment))

    result, sound = assert_same([play(environment) for environment in modules])
    assert (result.status, result.stderr) == (0, "")
    # It does not close the PCM, so the end is lost.
    assert format == "U8" or played.data.find(sound[: len(sound) // 2]) == 0


def test_playwav_refuses_the_same(tmp_path, modules):
    wav = noise("FLOAT_LE").wav(tmp_path / "float.wav")
    silence = noise("S16_LE", seconds=0.1).wav(tmp_path / "short.wav")
    refused = [[], [wav], ["-d", "nosuch", silence], ["-d", "hw:9", silence], ["-x"]]
    assert_same_failures("playwav", refused, modules)


def test_playbacktest_is_heard_the_same(tmp_path, modules):
    played = noise("S16_LE", 44100, 1)
    raw = tmp_path / "played.raw"
    raw.write_bytes(played.data)

    def play(environment):
        call = lambda: example("playbacktest", "-d", PLAYBACK, raw, environment=environment)
        return heard(tmp_path / "heard", played, call)

    result, _ = assert_same([play(environment) for environment in modules])
    assert (result.status, result.stderr) == (0, "")


# In virtual time, computing takes no time, and recordtest.py polls: its calls have to take some.
SLOW = """
import sys, time
def profile(frame, event, function):
    if event == "c_return" and function.__name__ == "read":
        time.sleep(0.0001)
sys.setprofile(profile)
"""


def test_recordtest_records_the_same(tmp_path, modules):
    played = noise("S16_LE", 44100, 1, after=1.0)
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "sitecustomize.py").write_text(SLOW)

    def record(environment):
        path = ":".join([str(slow), *environment.values()])
        start_of_second()
        with running("recordtest", "-d", CAPTURE, tmp_path / "recorded", environment={"PYTHONPATH": path}) as program:
            cards.wait_for_state("Loopback", "pcm1c", "RUNNING")
            with cards.playing(played, tmp_path / "played"):
                time.sleep(1.5)
            result = interrupted(program)
        return result, (tmp_path / "recorded").read_bytes()

    _, recorded = assert_same([record(environment) for environment in modules])
    assert find_noise(played, recorded) is not None


def default_pcm(folder, definition):
    """The environment in which `default` is this PCM."""
    path = folder / "alsa.conf"
    path.write_text(f"pcm.!default {{ {definition} }}\n")
    return {"ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{path}"}


CABLE = "type hw card Loopback device 0 subdevice 0"


def test_isine_is_heard_the_same(tmp_path, modules):
    default = default_pcm(tmp_path, CABLE)

    def play(environment):
        call = lambda: example("isine", environment={**environment, **default})
        return heard(tmp_path / "heard", noise("S16_LE", 48000, 2), call)

    result, sound = assert_same([play(environment) for environment in modules])
    assert result.stdout == "nearest frequency: 440.366972\nnearest frequency: 1000.000000\n"
    assert len(sound) / (4 * 48000) == pytest.approx(2, abs=0.1)


def test_play_rusage_leaks_nothing(tmp_path, modules):
    default = default_pcm(tmp_path, CABLE)
    outputs = []
    for environment in modules:
        with running("play_rusage", environment={**environment, **default}) as program:
            time.sleep(125)
            outputs.append(interrupted(program).stdout)
    lines = [re.sub("RSS \\d+|increased \\d\\d+", "", output) for output in outputs]
    assert lines[1] == lines[0]
    increases = re.findall("increased (\\d+) kB", outputs[1])
    assert len(increases) >= 4 and increases[-2:] == ["0", "0"]


# loopback.py works only with an input mixer on the card that it captures from, and without a number for it. Without one,
# it uses a PCM that it has not opened. While it does not play, events of that mixer make it spin. The cable sends some,
# so it captures from the dummy card: what `fed` delivers is in a file.
FED = """
pcm.fed {{ type file slave.pcm "hw:Dummy" file "/dev/null" infile "{folder}/captured.raw" format raw }}
"""
LOOPBACK = ["-i", "fed", "-o", "hw:Loopback,0,1", "-I", "Line", "-O", "CD:0", "-p", 4410, "-P", 4, "-A", "true", "-B", "true"]


def test_loopback_is_heard_the_same(tmp_path, modules):
    before = mixers.contents("-c", "Dummy")
    captured = noise("S16_LE", 44100, 2, seconds=1.5, before=1.0)
    (tmp_path / "captured.raw").write_bytes(captured.data)
    configuration = tmp_path / "fed.conf"
    configuration.write_text(FED.format(folder=tmp_path))
    fed = {"ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{configuration}"}

    def loop(environment):
        with running("loopback", *LOOPBACK, environment={**environment, **fed}) as program:
            time.sleep(2)
            output_of("amixer", "-q", "-c", "Dummy", "sset", "Line", "70%")
            time.sleep(4)
            result = interrupted(program)
        # Without times and addresses.
        result.stderr = re.sub(r"\d\d+:\d\d:\S+|0x\w+", "", result.stderr)
        volumes = mixers.contents("-c", "Dummy")
        mixers.restore("Dummy", before)
        return result, volumes

    path = tmp_path / "heard"
    outcomes = [heard(path, captured, lambda: loop(environment), subdevice=1) for environment in modules]
    (result, volumes), sound = assert_same(outcomes)
    assert "closing playback due to silence" in result.stderr
    assert volumes != before
    # It drops the first two periods.
    assert captured.data.find(sound[:4410]) > 0


def test_loopback_fails_the_same(modules):
    failing = [["-i", "null"], ["-i", "null", "-V", 50], ["-i", CAPTURE, "-I", "Line", "-O", "CD:0"], ["-x"]]
    assert_same_failures("loopback", failing, modules)


CONTENTS = """
import alsaaudio, json
public = lambda one: {name: getattr(one, name) for name in dir(one) if not name.startswith("_")}
contents = {name: value if isinstance(value, int) else sorted(public(value)) for name, value in public(alsaaudio).items()}
print(json.dumps(contents, sort_keys=True))
"""


def test_both_modules_have_the_same_contents(modules):
    theirs, ours = [output_of(sys.executable, "-c", CONTENTS, environment=environment) for environment in modules]
    assert ours == theirs
    assert '"PCM_FORMAT_S24_3LE": 32' in ours and '"polldescriptors_revents"' in ours


# Reading, and changes that the next lines read.
MIXERTEST = """
Master
Master 40
Master 1,70
Master
Master mute
Master rec
Master 1,unrec
Master
CD 0,rec
CD 5,rec
CD 5,20
CD
-c 0 Mic
-d hw:0 Line
-c 1
-c 7
-d nosuch
Nope
External I/O Box
Master x
Master 101
-q
"""


def test_mixertest_does_the_same(modules):
    before = mixers.contents("-c", "Dummy")
    outputs = []
    for environment in modules:
        outputs.append(examples("mixertest", [line.split() for line in MIXERTEST.splitlines()], environment))
        outputs[-1].append(mixers.contents("-c", "Dummy"))
        mixers.restore("Dummy", before)
    assert outputs[1] == outputs[0]
    assert "Channel 1 playback volume: 70% (-13.5 dB)\nChannel 0 capture" in outputs[0][4][1]
