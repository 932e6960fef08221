"""aloud in the place of alsaloop: the same help and errors, and what it plays."""

import shlex

import numpy
from lab.alsactl_lines import run
from lab.program import ALOUD, Running, output_of

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
"""


def test_answers_are_the_same(tmp_path):
    found = []
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


def test_what_is_not_supported_is_refused(tmp_path):
    for words in (["-g", "file"], ["-d"], ["-m", "name=x"], ["-e"]):
        status, out, errors = run([ALOUD, "as", "alsaloop"], words, tmp_path)
        assert (status, out) == (1, "") and errors.startswith(f"alsaloop: {words[0]} is not supported"), words
