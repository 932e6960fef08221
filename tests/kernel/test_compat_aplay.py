"""aloud in the place of aplay and arecord: the same answers and files, and the same sound at the other end of a cable."""

import os
import signal
import stat
import struct
import subprocess
import time

import pytest
from lab import aplay_lines
from lab.compat import lines_of
from lab.program import ALOUD, Result, Running, run
from lab.pty_process import PtyProcess

RATE = 48000
FIXTURES = aplay_lines.fixtures()
ENDS = {"record": aplay_lines.RECORD, "play": aplay_lines.PLAY, "play1": aplay_lines.PLAY_1}


@pytest.fixture
def runner(tmp_path):
    return aplay_lines.runner(tmp_path)


def test_the_answers_are_the_same(runner):
    found = runner.differences(lines_of(aplay_lines.CARD_LINES, **ENDS))
    assert not found, "\n".join(found)
    found = runner.differences(lines_of(aplay_lines.METER_LINES))
    assert not found, "\n".join(found)


def test_the_answers_to_scripts_are_the_same(runner):
    found = runner.differences(lines_of(aplay_lines.SCRIPT_LINES))
    assert not found, "\n".join(found)


def test_transfers_continue_after_a_suspend(runner):
    suspend = "sleep 1; echo devices > /sys/power/pm_test; echo mem > /sys/power/state; wait $!; echo $?"
    found = runner.differences(
        [
            f"aplay -D hw:Dummy -f dat -d 3 /dev/zero & {suspend}",
            f"aplay -q -D hw:Loopback,0,0 -f dat -d 3 /dev/zero & {suspend}",
            f"arecord -M -D hw:Loopback,1,0 -f dat -d 3 y.wav & {suspend}; stat -c %s y.wav; rm y.wav",
        ]
    )
    assert not found, "\n".join(found)


def test_the_pitch_is_right(runner):
    """The cable has 48000 Hz once it is open. The original plays one second of 44100 Hz faster."""
    line = "{record} & sleep 0.5; aplay -q -D hw:Loopback,0,0 cd.wav; wait".format(**ENDS)
    ours, theirs = (loud_frames(answer.files["heard"]) for answer in (runner.ours(line), runner.theirs(line)))
    assert abs(theirs - 44100) < 100
    assert abs(ours - 48000) < 100


def loud_frames(sound):
    """Frames from the first to the last one that is louder than what dither leaves in silence."""
    samples = struct.unpack(f"<{len(sound) // 2}h", sound[: len(sound) // 2 * 2])
    loud = [index for index, sample in enumerate(samples) if abs(sample) > 300]
    return (loud[-1] - loud[0]) // 2


def test_usr1_loses_no_frame(runner):
    record = "arecord -q -D hw:Loopback,1,0 -f dat -t raw y.raw & r=$!"
    turns = "sleep 1; kill -USR1 $r; sleep 0.7; kill -USR1 $r; sleep 2; kill $r; wait"
    answer = runner.ours(f"{aplay_lines.PLAY} & {record}; {turns}; cat y-*.raw > heard")
    assert {name for name in answer.files if name != "heard"} == {"y-01.raw", "y-02.raw", "y-03.raw"}
    assert answer.files["heard"] == FIXTURES["noise.raw"].rstrip(b"\0")


def test_a_hang_up_completes_the_recording(runner):
    options = "-D hw:Loopback,1,0 -f dat --process-id-file pid"
    answer = runner.ours(f"arecord -q {options} y.wav & sleep 1.3; kill -HUP $!; wait $!; echo $?; ls")
    assert answer.stdout == b"129\ny.wav\n"
    data = answer.files["y.wav"]
    assert len(data) > 48000 * 4
    assert struct.unpack("<I", data[40:44]) == (len(data) - 44,)


def test_what_an_overrun_follows_is_in_the_file(runner):
    """With an error that ends the recording, the original drops the period that it had begun."""
    sizes = "--period-size 24000 --buffer-size 48000 -A 1000"
    record = f"arecord -q --fatal-errors -D hw:Loopback,1,0 -f dat {sizes} -t raw y.raw 2> log"
    line = f"{record} & sleep 0.95; kill -STOP $!; sleep 2; kill -CONT $!; wait $!; echo $?"
    ours, theirs = runner.ours(line), runner.theirs(line)
    assert ours.stdout == theirs.stdout == b"1\n"
    assert len(theirs.files["y.raw"]) == 24000 * 4
    assert 24000 < len(ours.files["y.raw"]) // 4 < 0.95 * RATE


def test_a_file_without_a_process_id_is_kept(tmp_path):
    """The original overwrites it, and removes it at the end."""
    sound, take, null = tmp_path / "sound.wav", tmp_path / "take.raw", tmp_path / "null"
    sound.write_bytes(FIXTURES["noise.wav"])
    os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    answer = run(ALOUD, "as", "aplay", "-D", "hw:Dummy", "--process-id-file", sound, sound)
    assert (answer.status, answer.stdout) == (1, "")
    assert answer.stderr.endswith(f": Cannot create process ID file {sound}: File exists\n"), answer
    assert sound.read_bytes() == FIXTURES["noise.wav"]
    record = [ALOUD, "as", "arecord", "-q", "-D", "hw:Dummy", "-t", "raw", "-d", 1, "--process-id-file"]
    for name in (take, null):
        assert run(*record, name, take) == Result(0, "", "")
        assert take.stat().st_size == 8000
    assert null.is_char_device()


def test_a_pipe_gets_each_period_at_once(tmp_path):
    """Also if there is a file of the name that the messages use."""
    (tmp_path / "stdout").touch()
    command = [ALOUD, "as", "arecord", "-q", "-D", "hw:Dummy", "-t", "raw", "-f", "dat", "-d", "3"]
    with subprocess.Popen([*command, "--period-size=4800"], stdout=subprocess.PIPE, cwd=tmp_path) as recorder:
        times = []
        while recorder.stdout.read(4800 * 4):
            times.append(time.monotonic())
    assert len(times) == 30
    assert max(after - before for before, after in zip(times, times[1:])) < 0.2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_wait_for_a_pipe(tmp_path, number):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with Running(ALOUD, "as", "aplay", "-D", "hw:Dummy", pipe) as player:
        with open(pipe, "wb"):
            player.wait_until_idle()
            player.signal(number)
            result = player.end()
    assert result.status == 0
    assert result.stderr.startswith("Aborted by signal ")


def test_space_pauses(tmp_path):
    """The device can pause, so all is heard, with silence between; the terminal shows the same."""
    path = tmp_path / "noise.wav"
    path.write_bytes(FIXTURES["noise.wav"])
    shown = []
    for program in (["aplay"], [ALOUD, "as", "aplay"]):
        for device in ("hw:Loopback,0,0", "hw:Dummy"):
            with PtyProcess() as player:
                player.start(lambda: os.execvp(program[0], [*program, "-i", "-D", device, str(path)]))
                time.sleep(1)
                player.type(" ")
                time.sleep(2)
                player.type(" ")
                time.sleep(3)
                shown.append(player.output)
    assert shown[:2] == shown[2:]
    assert "=== PAUSE ===" in shown[0] and "no hw support" in shown[1]


@pytest.mark.parametrize("fault", ["read:delay_enter=200000", "read:delay_enter=1500000:when=12"])
def test_a_file_on_a_slow_disk_plays_without_underruns(tmp_path, fault):
    path = tmp_path / "noise.wav"
    path.write_bytes(aplay_lines.wav(bytes(RATE * 4 * 40), channels=2, rate=RATE))
    theirs, ours = on_a_slow_disk(path, fault, "aplay", "-q", "-D", "hw:Dummy", path)
    assert "underrun!!!" in theirs
    assert ours == ""


def test_a_recording_to_a_disk_that_stalls_loses_nothing(tmp_path):
    path = tmp_path / "take.wav"
    fault = "write:delay_enter=2000000:when=7"
    theirs, ours = on_a_slow_disk(path, fault, "arecord", "-q", "-D", "hw:Dummy", "-f", "dat", "-d", 7, path)
    assert "overrun!!!" in theirs
    assert ours == ""
    assert path.stat().st_size == 44 + RATE * 4 * 7


def on_a_slow_disk(path, fault, name, *words):
    """What the original and aloud in its place print, when the file is on a disk that strace makes slow."""
    texts = []
    for program in ([name], [ALOUD, "as", name]):
        trace = path.parent / "trace"
        slow = ["-P", path, "-e", f"trace={fault.split(':')[0]}", "-e", f"inject={fault}"]
        result = run("strace", "-f", "-qqq", "-o", trace, *slow, *program, *words, timeout=100)
        assert "DELAYED" in trace.read_text()
        assert result.status == 0, result
        texts.append(result.stderr)
    return texts


def test_a_raw_file_that_grows_plays_to_its_new_end(runner):
    grow = "(for i in 1 2 3; do sleep 0.5; head -c 96000 noise.raw >> g; done; head -c 96000 /dev/zero >> g)"
    play = f"head -c 192000 noise.raw > g; {grow} & sleep 0.1; aplay -q -t raw -f dat -D hw:Loopback,0,0 g"
    line = f"{aplay_lines.RECORD} & sleep 0.5; {play}; wait; rm g"
    noise = FIXTURES["noise.raw"]
    heard = [answer.files["heard"] for answer in (runner.ours(line), runner.theirs(line))]
    assert heard == [noise[:192000] + 3 * noise[:96000]] * 2
