"""What a steady transfer costs, compared with aplay, and with fixed limits."""

import pytest

from lab.cost import (
    DURATION,
    LONG_DURATION,
    calls_of_device_threads,
    calls_per_second,
    long_trace,
    longest_pause,
    peak_megabytes,
    per_second,
    steady_calls,
    switches_per_second,
)
from lab.program import ALOUD, run
from lab.sound import noise

# For each card, the most system calls and voluntary context switches in a second of playing a file with the default
# settings. aplay: 35.1 and 11.7 on Dummy, whose buffer is a third of a second, 24.0 and 8.0 on Loopback.
PLAYING = [("hw:Dummy", 12, 4.0), ("hw:Loopback,0,0", 4.5, 1.2), ("plughw:Loopback,0,0", 4.5, 1.2)]

# The same for recording to a file. arecord: 35.1 and 11.7 on Dummy, 24.0 and 8.0 on Loopback. A killed recording loses at
# most a second, so the file is written about once a second. Measured: 11.9 and 5.6 calls; the limits have room for one
# more wake-up with a write, and its calls, because where the window begins depends on how long the start takes.
RECORDING = [("hw:Dummy", 12.2, 5.5), ("hw:Loopback,1,0", 5.8, 2.4)]


@pytest.fixture(scope="module")
def long_file(tmp_path_factory):
    return noise(seconds=LONG_DURATION, after=0).wav(tmp_path_factory.mktemp("cost") / "noise.wav")


@pytest.mark.parametrize("device, calls, switches", PLAYING)
def test_playing_a_file_wakes_rarely(tmp_path, long_file, device, calls, switches):
    command = [ALOUD, "play", "-q", "-D", device, long_file]
    assert 0 < calls_per_second(tmp_path, *command) <= calls
    assert 0 < switches_per_second(*command) <= switches


@pytest.mark.parametrize("device, calls, switches", RECORDING)
def test_recording_to_a_file_wakes_rarely(tmp_path, device, calls, switches):
    command = [ALOUD, "record", "-q", "-D", device, "-f", "dat", "-d", LONG_DURATION, "--force", tmp_path / "take.wav"]
    trace = long_trace(tmp_path, *command)
    assert 0 < per_second(trace) <= calls
    # The header is rewritten after each write: if the process is killed, no more is lost than between two of them.
    assert 0 < longest_pause(trace, "pwrite64") < 1
    # Neither the end of the ring nor a mark of the time divides a write. The window may begin or end between both calls.
    writes, headers = (sum(call.startswith(names) for _, call in trace) for names in (("write(", "writev("), "pwrite64("))
    assert headers > 20 and abs(writes - headers) <= 1
    assert 0 < switches_per_second(*command) <= switches


def test_playback_makes_no_more_system_calls_than_aplay(tmp_path):
    file = noise(seconds=DURATION, after=0).wav(tmp_path / "noise.wav")
    ours, theirs = steady_calls(
        tmp_path,
        [ALOUD, "play", "-q", "-D", "hw:Loopback,0,0", "--buffer-size=16000", "--period-size=4000", file],
        ["aplay", "-q", "-D", "hw:Loopback,0,1", "--buffer-size=16000", "--period-size=4000", file],
    )
    assert 0 < ours <= theirs


def test_the_personalities_make_no_more_system_calls_than_the_originals(tmp_path):
    file = noise(seconds=DURATION, after=0).wav(tmp_path / "noise.wav")
    record = ["-q", "-f", "dat", "-d", DURATION]
    aplay, theirs, arecord, theirs_too = steady_calls(
        tmp_path,
        [ALOUD, "as", "aplay", "-q", "-D", "hw:Loopback,0,0", file],
        ["aplay", "-q", "-D", "hw:Loopback,0,1", file],
        [ALOUD, "as", "arecord", *record, "-D", "hw:Loopback,1,2", tmp_path / "ours.wav"],
        ["arecord", *record, "-D", "hw:Loopback,1,3", tmp_path / "theirs.wav"],
    )
    assert 0 < aplay < 0.75 * theirs
    assert 0 < arecord <= theirs_too


@pytest.mark.parametrize(
    "command",
    [
        ["play", "-D", "hw:Dummy", "noise.wav"],
        ["record", "-D", "hw:Dummy", "-f", "dat", "-d", DURATION, "--force", "take.wav"],
        ["loopback", "-C", "hw:Loopback,1,0", "-P", "hw:Dummy", "-d", DURATION],
    ],
    ids=lambda command: command[0],
)
def test_a_device_thread_neither_waits_for_a_lock_nor_prints(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    noise(seconds=DURATION, after=0).wav(tmp_path / "noise.wav")
    name, *options = command
    calls = calls_of_device_threads(tmp_path, ALOUD, name, "-V", "stereo", *options)
    # Waking another thread is FUTEX_WAKE, and never waits.
    allowed = ("ioctl(", "poll(", "ppoll(", "clock_gettime(", "read(", "futex(")
    assert calls
    assert [call for call in calls if not call.startswith(allowed) or "FUTEX_WAIT" in call] == []


# Of a release build. The bars of `make bench` are 5 MB and the ring; aplay takes 3.0 MB.
def test_playing_takes_little_memory(long_file):
    assert 1 < peak_megabytes(ALOUD, "play", "-q", "-D", "hw:Dummy", long_file) <= 7


@pytest.mark.parametrize("seconds, is_released", [(2, False), (12, True)])
def test_only_a_long_sound_releases_the_code_of_the_start(tmp_path, seconds, is_released):
    # For a short one, that takes longer than it saves memory for.
    file, trace = noise(seconds=seconds, after=0).wav(tmp_path / "noise.wav"), tmp_path / "trace"
    run("strace", "-f", "-qqq", "-o", trace, "-e", "trace=openat", ALOUD, "play", "-q", "-D", "null", file)
    assert ("pagemap" in trace.read_text()) == is_released


def test_recording_takes_little_memory(tmp_path):
    options = ["-f", "dat", "--force", tmp_path / "take.wav"]
    assert 1 < peak_megabytes(ALOUD, "record", "-q", "-D", "hw:Dummy", *options) <= 7.2
