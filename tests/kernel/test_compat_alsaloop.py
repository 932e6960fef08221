"""aloud in the place of alsaloop: the same help and errors, and what it plays."""

import os
import re
import shlex
import signal
import socket
import time
from pathlib import Path

import numpy
from lab.alsactl_lines import run
from lab.ctl import Ctl
from lab.program import ALOUD, Result, Running, output_of

LINES = """
-h
--help
--he
-v --help
-vvh
-h -x
-f S16_LE -h
-f FOO -h
--foo -h
-B 9600 -h
-t 50000 -l 20 -h
-S auto -h
-nc 2 -r44100 -h
--nblock --help
-A 1 -T 1 -W 10 -h
-s 5 -U -h
foo -h
--c -h
-C nosuch -P hw:Dummy -s 1
-C hw:Loopback,1 -P nosuch -s 1
-C hw:9 -P hw:Dummy
-C hw:Loopback,1 -P hw:Loopback,0,99
--cdevice=nosuch --pdevice hw:Dummy
-f FOO -C nosuch -P hw:Dummy
-t 1000 -c 1 -C nosuch -P hw:Dummy -f s32_le
-h -g
-g /nonexistent
--config=empty
-m foo -C hw:Dummy -P hw:Dummy
-m "" -C hw:Dummy -P hw:Dummy
-m name='Master Volume'@ -C hw:Dummy -P hw:Dummy
--mix @name=x -C hw:Dummy -P hw:Dummy
-X hw:Dummy -Y hw:Dummy -m name='Master Volume' -C hw:Dummy -P hw:Dummy
-C hw:Dummy -P hw:Dummy -x foo
-C hw:Dummy -P hw:Dummy --prate name='No Such'
-C hw:Dummy -P hw:Dummy --sl 1
-C hw:Dummy -P hw:Dummy -l 100000000
-C hw:Dummy -P hw:Dummy -t 99999999999
-C hw:nosuch -P hw:Dummy -X hw:nosuch
--p hw:0 -h
--s 5 -h
-h --lat
--per 960 --buf 9600 -h
-vvUbhn
-w -h -h
-h -a
-T -1 -W -1 -h
-e5 -h
-h -O x
-h -O
--eff -h
--oss x -h
--ossmixer=Master@VOLUME -h
--xrun=1 -h
--thr x -h
--workaround=serialopen -h
-z -h
--syslog --help
--daemonize=1 -h
--rate=0 -h
--channels=x --help
--sync=6 -h
--sync=captshift -h
--slave=foo -h
-r 44100 -c 1 -f U8 -C nosuch -P nosuch
-C null -P nosuch -l 1000
-C null -P null -l 22000000
-C null -P null -t 437000000
-C null -P null -t 437000000x
-C null -P null -r 44100 -l 25000000
-C null -P null -f S8 -c 1 -l 25000000
-Cnull -Pnull -t2147483647
-C hw:Dummy -P hw:Dummy -S none -l 21000000
-C hw:Dummy -P hw:Dummy -S foo -a foo -l 21000000
-C hw:Dummy,9 -P hw:Dummy
-C hw:Dummy -P hw:Dummy,0,99
-C hw:Dummy -P hw:Dummy -x ""
-C hw:Dummy -P hw:Dummy -c 7
-C null -P hw:Dummy -f GSM
-C hw:Dummy -P null -f FLOAT64_LE -c 7
-C nosuch -P hw:Dummy -O Master
-C hw:Dummy -P hw:Dummy -a on -O Master,5 -O x@
-C hw:Dummy -P hw:Dummy -l 90000000 -O Master@VOLUME -e
-C hw:Dummy -P hw:Dummy -c 7 -O Master@VOLUME -O @PCM
-C hw:Dummy -P hw:Dummy -x foo -O Master@VOLUME
-C hw:Dummy -P hw:Dummy -m foo -O Master@VOLUME
"""


def test_answers_are_the_same(tmp_path):
    found = []
    (tmp_path / "empty").write_text("# nothing\n")
    for line in LINES.strip().split("\n"):
        answers = [run(program, shlex.split(line), tmp_path) for program in (["alsaloop"], [ALOUD, "as", "alsaloop"])]
        if answers[0] != answers[1]:
            found.append(f"{line}:\n{answers[0]}\n{answers[1]}")
    assert not found, "\n".join(found)


def pitch(samples):
    middle = samples[24000:72000].astype(float)
    return abs(numpy.fft.rfft(middle * numpy.hanning(48000))).argmax()


def test_what_is_captured_is_played():
    tone = [ALOUD, "tone", "--sine", "1000", "-D", "hw:Loopback,0,0", "-q"]
    record = ["arecord", "-q", "-D", "hw:Loopback,1,1", "-f", "S16_LE", "-r", 48000, "-c", 2, "-d", 4, "-t", "raw"]
    with Running(*tone), Running(*record, "/dev/shm/heard.raw") as recorder:
        words = ["-C", "hw:Loopback,1,0", "-P", "hw:Loopback,0,1", "-t", 50000, "-s", 3, "-S", "none"]
        output_of(ALOUD, "as", "alsaloop", *words)
        assert recorder.end().status == 0
    samples = numpy.fromfile("/dev/shm/heard.raw", "<i2").reshape(-1, 2)
    sounding = numpy.nonzero(abs(samples).max(axis=1) > 50)[0]
    assert abs(sounding[-1] + 1 - sounding[0] - 3 * 48000) < 2400
    heard = samples[sounding[0] :]
    assert pitch(heard[:, 0]) == pitch(heard[:, 1]) == 1000
    assert abs(abs(heard).max() / 3276.7 - 1) < 0.01


def test_a_signal_ends_it_with_status_0():
    with Running(ALOUD, "tone", "-D", "hw:Loopback,0,0", "-q"):
        with Running(ALOUD, "as", "alsaloop", "-C", "hw:Loopback,1,0", "-P", "hw:Dummy", "-t", 100000) as loop:
            loop.wait_until_idle()
            loop.signal(15)
            assert loop.end().status == 0


def test_what_the_buffer_does_not_hold_is_kept_in_memory():
    """Two seconds of a tone are heard two seconds later, from a buffer of 200 ms."""
    for program, ended in (("alsaloop",), 15), ((ALOUD, "as", "alsaloop"), None):
        record = ["arecord", "-q", "-D", "hw:Loopback,1,1", "-f", "S16_LE", "-r", 48000, "-c", 2, "-d", 6, "-t", "raw"]
        words = ["-C", "hw:Loopback,1,0", "-P", "hw:Loopback,0,1", "-t", 2000000, "--buffer", 9600, "--period", 2400]
        with Running(ALOUD, "tone", "--sine", "1000", "-D", "hw:Loopback,0,0", "-q"), Running(*record, "heard.raw") as recorder:
            time.sleep(1)
            with Running(*program, *words, "-s", 2, "-S", "none") as loop:
                assert recorder.end().status == 0
                if ended:
                    loop.signal(ended)
                assert ended or loop.end() == Result(0, "", "")
        samples = abs(numpy.fromfile("heard.raw", "<i2").reshape(-1, 2)).max(axis=1)
        sounding = numpy.nonzero(samples > 50)[0]
        assert abs(sounding[0] - 3 * 48000) < 4800
        assert ended or abs(sounding[-1] - 5 * 48000) < 4800 and numpy.diff(sounding[:80000]).max() < 48


def test_without_oss_a_loop_runs_without_its_mixers():
    answers = []
    for program in (["alsaloop"], [ALOUD, "as", "alsaloop"]):
        with Running(*program, *LOOP, "-e", "-O", "Master@VOLUME", "-O", "PCM,1") as loop:
            loop.wait_until_idle()
            loop.signal(signal.SIGTERM)
            ended = loop.end()
            answers.append((ended.status, ended.stderr))
    assert answers[0] == answers[1] and answers[1][1].count("\n") == 10, answers


def test_a_hangup_ends_it_as_a_signal_and_user_signals_do_nothing():
    for program in (["alsaloop"], [ALOUD, "as", "alsaloop"]):
        with Running(*program, *LOOP) as loop:
            loop.wait_until_idle()
            loop.signal(signal.SIGUSR1)
            time.sleep(1)
            loop.signal(signal.SIGHUP)
            assert loop.end().status == -signal.SIGHUP


LOOP = ["-C", "hw:Loopback,1,0", "-P", "hw:Dummy", "-t", "100000"]


def ended(folder, *words):
    return run([ALOUD, "as", "alsaloop"], [*LOOP, *words], folder)


def test_a_loop_has_the_format_of_what_is_played(tmp_path):
    """The card takes no other one."""
    play = ["aplay", "-q", "-D", "hw:Loopback,0,0", "-f", "S16_LE", "-r", "44100", "-c", "1", "/dev/zero"]
    with Running(*play) as player:
        player.wait_until_idle()
        assert ended(tmp_path, "-s", "1") == ended(tmp_path, "-s", "1", "-a", "on") == (0, "", "")
        assert ended(tmp_path, "-s", "1", "-a", "off")[0] == 1
    for program in (["alsaloop"], [ALOUD, "as", "alsaloop"]):
        answer = run(program, ["-C", "hw:Dummy", "-P", "hw:Dummy", "-a", "1"], tmp_path)
        name = "playback hw:Dummy/capture hw:Dummy"
        assert answer == (1, "", f"unable to enable slave mode for {name}\nLoopback initialization failure.\n")


def test_elements_of_the_playback_card_are_on_the_capture_card():
    answers = []
    for program in (["alsaloop"], [ALOUD, "as", "alsaloop"]):
        links = ["-m", "name='Master Volume'", "-m", "name='Synth Capture Switch'@name='My Switch',index=2"]
        with Ctl("Dummy") as dummy, Ctl("Loopback") as loopback, Running(*program, *LOOP, *links) as loop:
            before, old = dummy.values(), loopback.values()
            loop.wait_until_idle()
            added = sorted(number for number in loopback.values() if number not in old)
            shown = output_of("amixer", "-c", "Loopback", "contents").split("numid=")
            answers.append([text.partition(",")[2] for text in shown if "Volume" in text or "My Switch" in text])
            dummy.set_integers(1, [7, 8])
            loop.wait_until_idle()
            answers.append(loopback.values()[added[0]])
            loopback.set_integers(added[0], [30, 40])
            loop.wait_until_idle()
            answers.append(dummy.values()[1])
            loop.signal(15)
            assert loop.end().status == 0
            assert loopback.values().keys() == old.keys()
            dummy.restore(before)
    assert answers[:3] == answers[3:]
    assert len(answers[0]) == 2 and answers[1][1][0] == 7 and answers[2][1][0] == 30


def test_ctls_have_the_elements(tmp_path):
    """-X is the ctl of the playback device, and -Y that of the capture device."""
    assert ended(tmp_path, "-s", "1", "-X", "hw:Loopback", "-x", "name='PCM Rate Shift 100000'") == (0, "", "")
    assert ended(tmp_path, "-s", "1", "-x", "name='PCM Rate Shift 100000'")[0] == 1
    with Ctl("Dummy") as dummy, Ctl("Loopback") as loopback:
        old, kept = dummy.values(), loopback.values()
        links = ["-X", "hw:Loopback", "-Y", "hw:Dummy", "-m", "iface=PCM,name='PCM Notify'@name='My Switch'"]
        with Running(ALOUD, "as", "alsaloop", *LOOP, *links) as loop:
            loop.wait_until_idle()
            assert len(dummy.values()) == len(old) + 1 and loopback.values() == kept
            loop.signal(signal.SIGTERM)
            assert loop.end().status == 0


def test_a_device_without_a_ctl_needs_no_element(tmp_path):
    words = ["-X", "hw:9", "-x", "foo"]
    with Running("alsaloop", *LOOP, *words) as loop:
        loop.wait_until_idle()
        loop.signal(signal.SIGTERM)
        theirs = loop.end()
    assert ended(tmp_path, "-s", "1", *words) == (0, "", theirs.stderr)


def test_loops_of_a_file_run_together(tmp_path):
    (tmp_path / "jobs").write_text(
        "# two loops\n"
        "-C hw:Loopback,1,0 -P 'hw:Dummy,0' -t 100000\n\n"
        '-C "hw:Loopback,1,1" -P hw:Loopback,0,2 -t 50000 -T 1 # the second one\n'
    )
    with Running(ALOUD, "as", "alsaloop", "-g", tmp_path / "jobs") as loop:
        loop.wait_until_idle()
        opened = [str(path.resolve()) for path in Path(f"/proc/{loop.pid}/fd").iterdir()]
        assert len([name for name in opened if "/dev/snd/pcm" in name]) == 4
        loop.signal(15)
        assert loop.end() == Result(0, "", "")


def test_loops_stop_and_continue_together(tmp_path):
    (tmp_path / "jobs").write_text("-C hw:Loopback,1,0 -P hw:Dummy -t 100000\n-C hw:Loopback,1,1 -P hw:Loopback,0,2 -t 50000\n")
    with Running(ALOUD, "as", "alsaloop", "-g", tmp_path / "jobs") as loop:
        loop.wait_until_idle()
        loop.signal(signal.SIGTSTP)
        _, status = os.waitpid(loop.pid, os.WUNTRACED)
        assert os.WSTOPSIG(status) == signal.SIGTSTP
        loop.signal(signal.SIGCONT)
        time.sleep(3)
        loop.signal(signal.SIGTERM)
        assert loop.end() == Result(0, "", "")


def test_a_loop_in_the_background_logs_its_errors(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind("/dev/log")
        log.settimeout(10)
        logged = []
        for program in (["alsaloop"], [ALOUD, "as", "alsaloop"]):
            assert run(program, ["-d", "-C", "null", "-P", "hw:9"], tmp_path) == (0, "", "")
            logged.append([re.sub(rb">.* alsaloop\[\d+\]", b"", log.recv(1000)).strip() for _ in range(2)])
        assert logged[0] == logged[1] and logged[0][0] == b"<26: playback hw:9 open error: No such file or directory"
    Path("/dev/log").unlink()


def test_xruns_without_end_are_an_error(tmp_path):
    """The timer of these cards is too slow for this latency. alsaloop does not end."""
    status, out, errors = ended(tmp_path, "-t", "0")
    assert (status, out) == (1, "") and errors.endswith("\npcmjob failed: the xruns do not end.\n")


def test_the_buffer_and_the_period_are_those_that_are_asked_for():
    with Running(ALOUD, "as", "alsaloop", *LOOP, "--buffer", 9600, "--period", 2400) as loop:
        loop.wait_until_idle()
        found = Path("/proc/asound/Dummy/pcm0p/sub0/hw_params").read_text()
        assert "period_size: 2400\n" in found and "buffer_size: 9600\n" in found, found
        loop.signal(signal.SIGTERM)
        assert loop.end() == Result(0, "", "")
