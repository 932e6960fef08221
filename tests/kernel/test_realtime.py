"""Only the device thread of a kernel device runs in real time, and only if the user may."""

import re
import signal
from pathlib import Path

import pytest
from lab.program import ALOUD, Running, aloud, run
from lab.sound import noise

CAPTURE = "hw:Loopback,1,0"
# Takes away the capabilities that lift the limits.
LIMITED = ["setpriv", "--bounding-set=-sys_nice,-sys_resource,-ipc_lock", ALOUD]
FIFO = 1


def policies(pid):
    """The scheduling policy and real-time priority of each thread."""
    stats = [path.read_text().rpartition(")")[2].split() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return sorted((int(stat[38]), int(stat[37])) for stat in stats)


@pytest.mark.parametrize(
    "command",
    [
        ["record", "-D", CAPTURE, "-d", 60, "/dev/null"],
        ["play", "-D", "hw:Loopback,0,0", "/dev/zero", "-t", "raw", "-f", "dat"],
        ["tone", "-D", "plughw:Loopback,0,0"],
        ["loopback", "-C", "hw:Loopback,1,1", "-P", "hw:Loopback,0,0"],
    ],
    ids=lambda command: command[0],
)
def test_only_the_device_thread_runs_in_real_time(command):
    with Running(ALOUD, *command, "--json", "--realtime=on") as program:
        start = program.wait_for_event("start")
        program.wait_until_idle() if command[0] == "tone" else program.wait_for_event("progress")
        found = policies(program.pid)
        locked = next(line for line in Path(f"/proc/{program.pid}/status").read_text().splitlines() if "VmLck" in line)
        program.signal(signal.SIGINT)
        assert program.end().status in (0, -signal.SIGINT)
    assert (start["realtime"], start["memory_locked"]) == (True, True)
    assert [policy for policy in found if policy[0] == FIFO] == [(FIFO, 20)]
    assert len(found) > 1
    assert int(locked.split()[1]) > 0


def test_what_the_limits_forbid_is_an_error_or_silently_left_out(tmp_path):
    take = tmp_path / "take.wav"
    record = ["record", "-D", CAPTURE, "-d", 0.1, "--json", take]
    for limits, message, hint in [
        (["--rtprio=0", "--memlock=unlimited"], "the limit RLIMIT_RTPRIO is 0", "rtprio 20"),
        (["--rtprio=5", "--memlock=65536"], "the limit RLIMIT_MEMLOCK is 64 KiB", "memlock 18"),
    ]:
        result = run("prlimit", *limits, *LIMITED, *record, "--realtime=on")
        error = result.error()
        assert (result.status, error["kind"], take.exists()) == (4, "permission", False)
        assert message in error["message"] and hint in error["hint"]
    result = run("prlimit", "--rtprio=0", *LIMITED, *record, "--realtime=auto")
    start = result.event("start")
    assert (result.status, result.stderr) == (0, "")
    assert (start["realtime"], start["memory_locked"]) == (False, False)
    # A lower limit is still real time.
    start = run("prlimit", "--rtprio=5", "--memlock=65536", *LIMITED, *record, "--force", "--realtime=auto").event("start")
    assert (start["realtime"], start["memory_locked"]) == (True, False)


@pytest.mark.parametrize(
    "command",
    [
        ["record", "-D", CAPTURE, "-d", 0.1, "/dev/null"],
        ["record", "-D", CAPTURE, "-D", "hw:Dummy", "-d", 0.1, "/dev/null"],
        ["play", "-D", "hw:Loopback,0,0", "-d", 0.1, "/dev/zero", "-t", "raw", "-f", "dat"],
        ["loopback", "-C", "hw:Loopback,1,1", "-P", "hw:Loopback,0,0", "-d", 0.1],
    ],
    ids=["record", "record-two", "play", "loopback"],
)
def test_the_advised_limit_is_enough_to_lock_the_buffers(command):
    needed = run("prlimit", "--rtprio=20", "--memlock=4096", *LIMITED, *command, "--json", "--realtime=on").error()["hint"]
    kib = int(re.search(r"memlock (\d+)'", needed)[1])
    limit = f"--memlock={1024 * kib}"
    with Running("prlimit", "--rtprio=20", limit, *LIMITED, *command, "--json", "--realtime=on") as program:
        start = program.wait_for_event("start")
        assert program.end().status == 0
    assert start["memory_locked"]
    below = run("prlimit", "--rtprio=20", f"--memlock={1024 * (kib - 4)}", *LIMITED, *command, "--json", "--realtime=on")
    assert (below.status, below.error()["kind"]) == (4, "permission")


def test_threads_of_plugins_never_run_in_real_time(tmp_path):
    result = aloud("play", "-D", "null", "--json", "--realtime=on", noise(seconds=0.1).wav(tmp_path / "noise.wav"))
    assert (result.status, result.error()["kind"]) == (6, "unsupported")
    result = aloud("record", "-D", "dsnoop:Loopback,1", "-d", 0.1, "--json", "--realtime=auto", tmp_path / "take.wav")
    assert (result.status, result.event("start")["realtime"]) == (0, False)
