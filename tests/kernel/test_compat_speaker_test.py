"""aloud in the place of speaker-test: the same words and status, and the same sound on each speaker."""

import re
import shlex
import signal
import subprocess
import time

import numpy
import pytest
from lab.alsactl_lines import run
from lab.program import ALOUD, Running, output_of

LINES = """
-h
--help
-x
--foo
-x -h
-c
-D nosuch -l1
-D hw:Dummy -c 9 -l1
-D hw:Dummy -c2 -s3
-D hw:Dummy -c2 -s0
-D hw:Dummy -r 1 -l1
-D hw:Dummy -r 4001 -c2000 -l1
-D hw:Loopback -c2 -s1 -r 200000
-D hw:Dummy -F FOO
-D hw:Dummy -F U8
-D hw:Dummy -F S24_LE -c2 -l1
-D hw:Dummy -t foo
-D hw:Dummy -t 0
-D hw:Dummy -t 5
-D hw:Dummy -P 1
-D hw:Dummy -P 2000
-D hw:Dummy -c2 -l1 -t sine
-D hw:Dummy -c2 -l1 -t2 -f 10
-D hw:Dummy -c2 -l1 -t2 -f 10 -X
-D hw:Dummy -l2 -tpink
-D hw:Dummy -c2 -s2 -t sine -f 1000 foo
-D hw:Dummy -c2 -s1 -p 50000
-D hw:Dummy -c2 -s1 -b 100000
-D hw:Dummy -c2 -s1 -b 200000 -p 50000
-D hw:Dummy -c2 -s1 -P 2
-D hw:Dummy -c2 -s1 -t wav
-D hw:Dummy -c2 -s1 -t 3 -W /nonexistent
-D hw:Dummy -c2 -s1 -t wav -w /nonexistent
-D hw:Dummy -c2 -s1 -t wav -r 44100
-D hw:Loopback -c6 -r44100 -l1 -t sine
-D hw:Loopback -c8 -l1 -t sine -b 100000
-D hw:Loopback -c3 -l1 -t sine -b 100000 -F S32_BE
-D hw:Dummy -c2 -l1 -b 100000 -m FR,FL
-D hw:Dummy -c2 -s1 -b 100000 -m foo
-D hw:Loopback -c2 -l1 -b 100000 --chmap=
-m
--he
--d -l1
--f 3
--for S32_LE -D hw:Loopback -c 1 -l1
-XhD
-hX
--wavf
--scale=foo -D hw:Dummy -c1 -l1 -tsine
-S 200 -D hw:Dummy -c1 -l1 -tsine
-X -f -1 -D hw:Dummy -c1 -l1 -t sine
-b -1 -D hw:Dummy -c1 -l1 -t sine
-p -1 -D hw:Dummy -c1 -l1 -t sine
-p 5000000 -b 10 -D hw:Dummy -c1 -l1 -t sine
-p 10000 -b 15000 -D hw:Dummy -c1 -l1 -t sine
-b 1 -D hw:Dummy -c1 -l1 -t sine
-p 1 -D hw:Dummy -c1 -s1 -t sine
--nper x -D hw:Dummy
--per 20000 --nper 3 --nloops=1 --spe 1 --test 2 --dev hw:Dummy
-f440hz -l 1x -D hw:Dummy -t sine
-d
-hd
-dh -D nosuch
--debug=1
--deb -D nosuch -l1
-D hw:Dummy -c2 -s1 -t p -d x
-D hw:Dummy -c2 -s1 -t pattern -b 100000 -d -l1
-D hw:Dummy -c1 -s1 --debug -t sin -p 10000
-D hw:Dummy -s1 --deb -t 2x -m FOO
-D null -s1 -d x -t sine -b 100000 -F S8
-D hw:Dummy -s1 -d x -t wav -W /nonexistent
-D hw:Dummy -s1 -t w -W /nonexistent
-D hw:Dummy -t P
-D hw:Dummy -t 4 -c2 -l1 -b 100000
-D hw:Dummy -t t -s1
-D hw:Dummy -t 4x -s1 -d x
-D hw:Dummy -t 40
-D hw:Dummy -t 5
-D null -t tri -s1 -b 100000 -F FLOAT_LE
-D hw:Dummy -t +2
-D hw:Dummy -t ' 2'
-D hw:Dummy -t -1
-D hw:Dummy -t ""
-D hw:Dummy -s1 -t 002
-D hw:Dummy -s1 -t sinus -f 1e3
-D hw:Dummy -s1 -t s -S -5
-D hw:Dummy -s1 -t s -S 0
-D hw:Dummy -s 2
-D hw:Dummy -s x
-D hw:Dummy -c2 -s -1
-D hw:Dummy -c2 -s 1x -t s
-D hw:Dummy -c x -s1 -t s
-D hw:Dummy -r x
-D hw:Dummy -r 8000 -s1 -t s
-D hw:Dummy -F ""
-D hw:Dummy -F s16_le -s1 -t s
-D hw:Dummy -P 0
-D hw:Dummy -P 3x -s1 -t s
-D hw:Dummy -P 1024 -s1 -t s
-D "" -l1
--wavdir= -t w -D hw:Dummy -s1
--wavfile=Noise.wav -t w -D hw:Dummy -s1
--force -f 20000 -t s -D hw:Dummy -s1
"""

# Instead of a driver with channel maps.
MAPPED = """
</usr/share/alsa/alsa.conf>
pcm.m { type hw card Loopback chmap [ "FR,FL" "FL,FR,UNKNOWN" "RL,RR,FL,FR" "FL,FR,FC,LFE,RL,RR" ] }
pcm.n { type null chmap [ "FR,FL" "TC,NA,FLW,MONO,SL,SR,RC,FLC,FRC" "RC,LFE,FC,FL"
"UNKNOWN,NA,MONO,FL,FR,RL,RR,FC,LFE,SL,SR,RC,FLC,FRC,RLC,RRC,FLW,FRW,FLH,FCH,FRH,TC,TFL,TFR,TFC,TRL,TRR,TRC,TFLC,TFRC,TSL,TSR" ] }
"""

MAPPED_LINES = """
-D n -c2 -l1 -tsine -b 100000
-D n -c2 -l1 -tsine -b 100000 -m FR,FL
-D n -c2 -l1 -tsine -b 100000 -m fr,fl
-D n -c2 -l1 -tsine -b 100000 -m FL,FR
-D n -c2 -l1 -tsine -b 100000 -m FR
-D n -c2 -s2 -tsine -b 100000 -m FR,FL
-D n -c9 -l1 -tsine -b 100000
-D n -c9 -l1 -tsine -b 100000 -m TC,NA,FLW,MONO,SL,SR,RC,FLC,FRC
-D n -c32 -l1 -tsine -b 100000
-D n -c3 -l1 -tsine -b 100000
-D n -c9 -l1 -twav -b 100000
-D m -c2 -l1 -tsine -b 100000
-D m -c4 -l1 -tsine -b 100000
-D plug:m -c6 -l1 -tsine -b 100000 -m FL,FR,FC,LFE,RL,RR
"""

# alsa-utils prints when it has written a loop, aloud when it has played it.
TIME = re.compile(r"Time per period = [\d.]+")


def differences(lines, tmp_path):
    found = []
    for line in lines.strip().split("\n"):
        words = shlex.split(line)
        answers = []
        for program in (["speaker-test"], [ALOUD, "as", "speaker-test"]):
            status, out, errors = run(program, words, tmp_path)
            answers.append((status, TIME.sub("", out), errors))
        if answers[0] != answers[1]:
            found.append(f"{line}:\n{answers[0]}\n{answers[1]}")
    return "\n".join(found)


def test_answers_are_the_same(tmp_path):
    assert differences(LINES, tmp_path) == ""


@pytest.fixture
def maps(tmp_path, monkeypatch):
    (tmp_path / "asound.conf").write_text(MAPPED)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "asound.conf"))


def test_speakers_are_those_of_the_channel_map(tmp_path, maps):
    assert differences(MAPPED_LINES, tmp_path) == ""


def heard(words, channels, seconds, device="hw:Loopback,0"):
    """What each program plays: the samples of each channel between its first and last sound, and when that starts."""
    results = []
    for program in (["speaker-test"], [ALOUD, "as", "speaker-test"]):
        record = ["arecord", "-q", "-D", "hw:Loopback,1", "-f", "S16_LE", "-r", 48000, "-c", channels, "-d", seconds, "-t", "raw"]
        with Running(*record, "/dev/shm/heard.raw") as recorder:
            output_of(*program, "-D", device, "-c", channels, "-b", 100000, *words)
            assert recorder.end().status == 0
        samples = numpy.fromfile("/dev/shm/heard.raw", "<i2").reshape(-1, channels)
        found = []
        for channel in samples.T.astype(float):
            sounding = numpy.nonzero(abs(channel) > 50)[0]
            sound = channel[sounding[0] : sounding[-1] + 1] if len(sounding) else channel[:0]
            found.append((sounding[0] if len(sounding) else None, sound))
        results.append(found)
    return results


def pitch(sound):
    middle = sound[24000:72000]
    return abs(numpy.fft.rfft(middle * numpy.hanning(48000))).argmax()


@pytest.mark.parametrize("channels, words, order", [(2, [], [0, 1]), (4, ["-f", "1000", "-S", "50"], [0, 1, 3, 2])])
def test_a_sine_has_the_same_pitch_level_and_order(channels, words, order):
    for found in heard(["-l1", "-t", "sine", *words], channels, 3 * channels + 1):
        assert sorted(range(channels), key=lambda channel: found[channel][0]) == order
        for _, sound in found:
            assert pitch(sound) == (1000 if words else 440)
            assert abs(abs(sound).max() / (16384 if words else 26214) - 1) < 0.001
            assert abs(len(sound) - 144000) < 1500


def test_one_speaker_alone_plays_noise_of_the_same_level():
    theirs, ours = heard(["-s2", "-t", "pink"], 2, 4)
    assert ours[0][0] is None and theirs[0][0] is None
    assert abs(20 * numpy.log10(ours[1][1].std() / theirs[1][1].std())) < 2
    # Pink: each octave is as loud as the next one.
    power = abs(numpy.fft.rfft(ours[1][1][:131072])) ** 2
    octaves = [power[2**at : 2 ** (at + 1)].sum() for at in range(9, 15)]
    assert max(octaves) / min(octaves) < 4


def test_a_channel_map_changes_which_speaker_plays_when(maps):
    for words, order in ([], [1, 0]), (["-m", "FR,FL"], [0, 1]):
        theirs, ours = heard(["-l1", "-t", "wav", *words], 2, 6, "m")
        for found in (theirs, ours):
            assert sorted(range(2), key=lambda channel: found[channel][0]) == order
        for (_, one), (_, other) in zip(theirs, ours):
            count = min(len(one), len(other)) - 1000
            assert (one[:count] == other[:count]).all()


@pytest.mark.parametrize("words, seconds", [(["-l1", "-t", "wav"], 6), (["-l2", "-t", "4"], 14)])
def test_wav_files_and_patterns_are_played_bit_for_bit(words, seconds):
    theirs, ours = heard(words, 2, seconds)
    for (_, one), (_, other) in zip(theirs, ours):
        # The cable loses the last moments of each.
        count = min(len(one), len(other)) - 1000
        assert count > 60000 and abs(len(one) - len(other)) < 1500
        assert (one[:count] == other[:count]).all()


def test_a_signal_ends_it_with_status_0():
    with Running(ALOUD, "as", "speaker-test", "-D", "hw:Dummy", "-c2", "-t", "sine") as test:
        test.wait_for_text("0 - Front Left")
        test.signal(2)
        result = test.end()
    assert result.status == 0 and "Time per period" in result.stdout


def test_speakers_are_announced_when_they_are_heard():
    """The sound is read ahead by seconds."""
    line = f"{ALOUD} as speaker-test -D hw:Dummy -c 2 -l 1 | while read -r line; do echo $(cut -d. -f1 /proc/uptime) $line; done"
    lines = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60).stdout.splitlines()
    left, right, end = (int(line.split()[0]) for line in lines[-3:])
    assert right - left >= 2 and end - right >= 2, lines


def test_a_hangup_ends_the_program():
    with Running(ALOUD, "as", "speaker-test", "-D", "hw:Dummy", "-l", 1) as program:
        program.wait_for_text("0 - ")
        program.signal(signal.SIGHUP)
        result = program.end()
    assert result.status == -signal.SIGHUP and "Time per period" not in result.stdout
