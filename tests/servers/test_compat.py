"""aloud in the place of aplay, arecord and speaker-test on sound servers: the same answers, and the same sound."""

import signal
import time
from contextlib import ExitStack

from lab.compat import Runner
from lab.program import ALOUD, Running
from lab.sound import assert_contains, noise

# Enough for a busy machine.
BUFFER = "-B 2000000 -F 100000"

ANSWERS = [
    "aplay -L",
    "arecord -L",
    "aplay -l",
    "alsactl store 0",
    f"arecord -q {BUFFER} -f dat -t raw -s 4800 x.raw",
    f"arecord -v {BUFFER} -f cd -s 4410 - | wc -c",
    "aplay --dump-hw-params -f S16_LE -c 999 -t raw /dev/zero",
    "aplay -f S16_LE -r 500000 -s 1000 -t raw /dev/zero",
    "amixer contents",
    "alsaloop -C default -P default -f GSM -O Master",
    "alsaloop -C default -P default -X default -Y default -m \"name='Master Playback Volume'\"",
]


def test_answers_and_sound_are_the_same(tmp_path, own_server):
    sound = noise(seconds=0.3, before=0.4)
    fixtures = {"noise.wav": sound.wav(tmp_path / "noise.wav").read_bytes()}
    programs = ["aplay", "arecord", "alsactl", "amixer", "alsaloop"]
    runner = Runner(tmp_path, programs, fixtures, own_server.environment)
    assert runner.differences(ANSWERS) == []
    answers = []
    for answer in (runner.theirs, runner.ours):
        with own_server.monitor(sound) as recorded:
            answers.append(answer(f"cat noise.wav | aplay {BUFFER} -").parts())
            assert_contains(sound, recorded())
    assert answers[0] == answers[1]
    runner.environment |= own_server.absent()
    assert runner.differences(["aplay noise.wav", "arecord -d 1 x.wav"]) == []
    speakers_are_announced_in_step(own_server)
    a_killed_server_ends_playback(own_server)


def speakers_are_announced_in_step(server):
    """A speaker plays for 5 s; the buffer that the original asks for holds 21 s."""
    words = ["as", "speaker-test", "-t", "sine", "-c", 2]
    with Running(ALOUD, *words, environment=server.environment) as test:
        test.wait_for_text("Front Left")
        time.sleep(0.5)
        test.signal(signal.SIGINT)
        result = test.end()
    assert (result.status, "Front Right" in result.stdout) == (0, False), result


def a_killed_server_ends_playback(server):
    """PipeWire's plugin reports an xrun for each write then, and the original continues forever."""
    words = ["as", "aplay", "-t", "raw", "-f", "dat", "-V", "stereo", "/dev/zero"]
    with Running(ALOUD, *words, environment=server.environment) as player:
        player.wait_for_text("00%")
        server.kill()
        result = player.end()
    assert result.status == 1
    assert result.stderr.endswith("aplay: pcm_write:2127: write error: Input/output error\n"), result


def test_a_server_that_hangs_is_an_error(own_pipewire, own_pulse):
    """All is written at once, and PipeWire hangs before it is heard; PulseAudio hangs all the time. The originals wait
    forever."""
    words = ["as", "aplay", "-v", "-t", "raw", "-f", "dat", "-s", 4 * 48000, "-B", 4_500_000, "/dev/zero"]
    own_pulse.freeze()
    with (
        Running(ALOUD, "as", "arecord", environment=own_pulse.environment) as recorder,
        Running(ALOUD, *words, environment=own_pipewire.environment) as player,
    ):
        player.wait_for_text("PCM")
        time.sleep(0.1)
        own_pipewire.freeze()
        try:
            results = [player.end(), recorder.end()]
        finally:
            own_pulse.thaw()
            own_pipewire.thaw()
    assert [(result.status, result.stdout) for result in results] == [(1, "")] * 2, results
    assert results[0].stderr.endswith("does not answer\n"), results
    assert results[1].stderr.endswith("arecord: main:831: audio open error: Connection timed out\n"), results


def test_signals_end_programs_while_a_server_hangs(own_pipewire, own_pulse):
    servers = [own_pipewire, own_pulse]
    commands = [["speaker-test", "-t", "sine", "-c", 2], ["alsaloop", "-C", "default", "-P", "default", "-t", 100000]]
    with ExitStack() as stack:
        programs = []
        for words in commands:
            running = [Running(ALOUD, "as", *words, environment=server.environment) for server in servers]
            programs += [stack.enter_context(program) for program in running]
        time.sleep(2)
        for server in servers:
            server.freeze()
            stack.callback(server.thaw)
        for program in programs:
            program.signal(signal.SIGINT)
        statuses = [program.end().status for program in programs]
    # One that has not begun is killed.
    assert set(statuses) <= {0, -signal.SIGINT}
