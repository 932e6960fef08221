"""A sound server that hangs is reported after a time that can be chosen, and a pause is no hang."""

import signal
import subprocess
import time
import wave

import pytest
from lab.program import ALOUD, Running, aloud, wait_until
from lab.sound import noise


def start(words, server):
    """Runs aloud until it has moved half a second of sound."""
    program = Running(ALOUD, *words[:1], "--json", *words[1:], environment=server.recording)
    wait_until(
        lambda: any(event["seconds"] >= 0.5 for event in program.events("progress")),
        lambda: f"sound of {program.so_far()}",
    )
    return program


def assert_stalled(result):
    """The error is one of two: the server takes no frames, or a call of its plugin does not return."""
    assert result.status == 7, result
    error = result.error()
    assert (error["kind"], error["device"]) == ("disconnected", "default")
    assert "data: 'default'" in error["message"] or error["message"] == "the sound server of 'default' does not answer"
    assert result.event("end")["why"] == "error"


@pytest.mark.parametrize("kind", ["play", "record", "loopback", "tone"])
def test_a_server_that_hangs_is_reported(tmp_path, own_server, kind):
    file, take = noise(seconds=1, after=30).wav(tmp_path / "sound.wav"), tmp_path / "take.wav"
    words, limit = {
        "play": (["play", "-B", "500ms", "--timeout", "3s", file], 3),
        "record": (["record", "-d", 30, "--timeout", "3s", take], 3),
        "loopback": (["loopback", "--timeout", "3s", "-C", "default", "-P", "default"], 3),
        "tone": (["tone", "-d", 30], 5),
    }[kind]
    with start(words, own_server) as program:
        before = time.monotonic()
        own_server.freeze()
        try:
            result = program.end()
        finally:
            own_server.thaw()
        assert time.monotonic() - before > 0.7 * limit
    assert_stalled(result)
    if kind == "record":
        with wave.open(str(take)) as recorded:
            assert recorded.getnframes() == result.event("end")["frames"] > 20000


def test_a_slow_source_and_a_pause_are_no_stall(server):
    sound = noise(seconds=1, before=0.5)
    options = ["-t", "raw", *sound.options(), "-B", "500ms", "--timeout", "2s"]
    with server.monitor(sound) as recorded:
        with Running(ALOUD, "play", *options, stdin=subprocess.PIPE, environment=server.environment) as player:
            time.sleep(2.5)
            player.process.stdin.write(sound.data)
            player.process.stdin.flush()
            time.sleep(3)
            player.process.stdin.close()
            result = player.end()
        recorded()
    assert result.status == 0, result


@pytest.mark.parametrize("own_server", ["pulse"], indirect=True)
def test_completion_does_not_wait_for_a_server_that_hangs(own_server):
    words = ["__complete", "zsh", "mixer", "set", "-D", "pulse", ""]
    assert "Master\t" in aloud(*words, environment=own_server.environment).stdout
    own_server.freeze()
    before = time.monotonic()
    try:
        result = aloud(*words, environment=own_server.environment)
    finally:
        own_server.thaw()
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    # Other commands wait five seconds.
    assert time.monotonic() - before < 5


# Longer than a short hang on a busy machine.
BUFFER = ["-B", "4s", "--period-size", 4800]

NO_ANSWER = "the sound server of 'default' does not answer"

# With an option for the time, and with the default of 5 s.
OPENING = [
    ["play", "--timeout", "1s", "FILE"],
    ["record", "--timeout", "1s", "-d", "1", "TAKE"],
    ["loopback", "--timeout", "1s", "-C", "default", "-P", "default"],
    ["tone", "-d", "1"],
    ["info"],
    ["info", "--probe", "-C"],
    ["mixers"],
    ["mixer", "get"],
    ["mixer", "set", "Master", "40%"],
    ["mixer", "elements"],
    ["mixer", "save", "STATE"],
    ["mixer", "watch"],
]


def assert_no_answer(words, result):
    assert result.status == 7, (words, result)
    error = result.error()
    # PipeWire's PCM opens without its server.
    messages = [NO_ANSWER, "the device takes no data: 'default'", "the device delivers no data: 'default'"]
    assert error["kind"] == "disconnected" and error["message"] in messages, (words, result)


def start_all(commands, server):
    return [Running(ALOUD, words[0], "--json", *words[1:], environment=server.environment) for words in commands]


def test_a_server_that_does_not_answer_is_reported(tmp_path, own_server):
    paths = {"FILE": noise(seconds=1).wav(tmp_path / "sound.wav"), "TAKE": tmp_path / "take.wav", "STATE": tmp_path / "state.json"}
    commands = [[paths.get(word, word) for word in words] for words in OPENING]
    if own_server.name == "pipewire":
        # Its PCM opens without the server.
        commands = [words for words in commands if words[0] != "info"]
    # PulseAudio refuses connections while more than five wait for it, and some programs make several.
    count = 2 if own_server.name == "pulse" else len(commands)
    for first in range(0, len(commands), count):
        own_server.freeze()
        some = commands[first : first + count]
        try:
            results = [program.end() for program in start_all(some, own_server)]
        finally:
            own_server.thaw()
        for words, result in zip(some, results):
            assert_no_answer(words, result)
        wait_until(lambda: own_server.answers(), "the server to answer again")
    # PipeWire opens, so the file is made.
    assert own_server.name == "pipewire" or not paths["TAKE"].exists()


def test_the_list_of_devices_says_that_a_server_does_not_answer(own_pulse):
    own_pulse.freeze()
    (devices,) = start_all([["devices"]], own_pulse)
    try:
        result = devices.end()
    finally:
        own_pulse.thaw()
    assert result.status == 0, result
    (default,) = [row for row in result.json() if row["name"] == "default"]
    assert (default["free"], default["error"]["message"]) == (False, NO_ANSWER)


def test_the_list_of_devices_does_not_wait_for_pipewire(own_pipewire):
    """Its plugin opens without the server."""
    own_pipewire.freeze()
    try:
        result = aloud("devices", "--json", environment=own_pipewire.environment, timeout=5)
    finally:
        own_pipewire.thaw()
    assert result.status == 0 and "default" in [row["name"] for row in result.json()], result


def test_a_mixer_watch_reports_a_server_that_hangs(own_pulse):
    """PipeWire's plugin answers for its server: nothing changes until that is back."""
    words = ["mixer", "watch", "--json"]
    with (
        Running(ALOUD, *words, environment=own_pulse.environment) as failing,
        Running(ALOUD, *words, "--on-lost", "wait", environment=own_pulse.environment) as waiting,
    ):
        failing.wait_for_event("start")
        waiting.wait_for_event("start")
        own_pulse.freeze()
        try:
            result = failing.end()
            waiting.wait_for_event("lost")
        finally:
            own_pulse.thaw()
        assert (result.status, result.error()["message"]) == (7, NO_ANSWER), result
        waiting.wait_for_event("back")
        own_pulse.set_volume(40)
        wait_until(lambda: len(waiting.events("change")) > 0, lambda: f"a change in {waiting.so_far()}")
        waiting.signal(signal.SIGTERM)
        assert waiting.end().status == -signal.SIGTERM


def test_a_mixer_watch_continues_after_a_hang(own_pipewire):
    with Running(ALOUD, "mixer", "watch", "--json", environment=own_pipewire.environment) as watcher:
        watcher.wait_for_event("start")
        own_pipewire.freeze()
        time.sleep(2)
        own_pipewire.thaw()
        own_pipewire.set_volume(40)
        wait_until(lambda: len(watcher.events("change")) > 0, lambda: f"a change in {watcher.so_far()}")
        own_pipewire.freeze()
        watcher.signal(signal.SIGTERM)
        result = watcher.end()
        own_pipewire.thaw()
        assert result.status == -signal.SIGTERM, result


def test_a_short_hang_is_no_end(tmp_path, own_server):
    """A server that stops for half a second, less than the buffer holds, and continues."""
    sound = noise(seconds=3, before=0.5)
    take = tmp_path / "take.wav"
    words = ["--json"]
    with (
        Running(ALOUD, "record", *words, *BUFFER, "-d", "4", take, environment=own_server.recording) as recorder,
        Running(ALOUD, "play", *words, *BUFFER, sound.wav(tmp_path / "sound.wav"), environment=own_server.environment) as player,
    ):
        for program in (player, recorder):
            wait_until(lambda: any(event["seconds"] >= 0.5 for event in program.events("progress")), "sound")
        own_server.freeze()
        time.sleep(0.5)
        own_server.thaw()
        for program, frames in [(player, sound.frames), (recorder, 4 * 48000)]:
            result = program.end()
            end = result.event("end")
            assert (result.status, end["frames"], end["xruns"], end["frames_lost"]) == (0, frames, 0, 0), result


def wait_for_lead(player, seconds):
    """Waits until the player has played that much, and returns by how much its reports were ahead of the clock at their best: a
    busy machine only delays them."""
    leads = []

    def reached():
        now, played = time.monotonic(), [event["seconds"] for event in player.events("progress")]
        leads.append(max(played, default=0) - now)
        return max(played, default=0) >= seconds

    wait_until(reached, lambda: f"{seconds} s of {player.so_far()}")
    return max(leads)


def test_all_silence_of_a_hang_is_reported(tmp_path, own_pulse):
    """The buffer is empty long before the server continues, and only then it reports an underrun. (PipeWire's sink without a
    card plays faster for a while after a hang, so how much silence remains is not certain there.)"""
    sound = noise(seconds=8)
    words = ["play", "--json", "-B", "500ms", sound.wav(tmp_path / "sound.wav")]
    with Running(ALOUD, *words, environment=own_pulse.environment) as player:
        before = wait_for_lead(player, 3)
        own_pulse.freeze()
        time.sleep(1.6)
        own_pulse.thaw()
        after = wait_for_lead(player, 7)
        result = player.end()
    silent, end = before - after, result.event("end")
    assert (result.status, end["frames"]) == (0, sound.frames), result
    assert silent > 0.9 and end["frames_lost"] / 48000 == pytest.approx(silent, abs=0.15), (silent, result)
