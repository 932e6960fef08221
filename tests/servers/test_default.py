"""The server's default sink changes while something plays, and a server that is not there yet."""

import signal
import time

import pytest
from lab.program import ALOUD, Running, aloud, wait_until
from lab.sound import find_noise, noise


def wait_for_seconds(program, seconds):
    wait_until(
        lambda: any(event["seconds"] >= seconds for event in program.events("progress")),
        lambda: f"{seconds} s of {program.so_far()}",
    )


def test_devices_and_doctor_say_which_server_the_default_is(server):
    title = {"pulse": "PulseAudio", "pipewire": "PipeWire"}[server.name]
    rows = aloud("devices", "--json", environment=server.environment).json()
    (default,) = [row for row in rows if row["name"] == "default"]
    assert (default["resolves_to"], default["title"]) == (server.name, f"is {title}")
    checks = aloud("doctor", "--json", environment=server.environment).json()["checks"]
    (output,) = [row for row in checks if row["check"] == "output"]
    assert output["finding"] == f"'default' plays on {title}"


def test_playback_follows_the_default_sink(tmp_path, own_server):
    """Nothing ends and nothing is lost: the first part of the sound is heard on one sink, the rest on the other."""
    own_server.add_sink("other")
    first, second = noise(seconds=0.5, before=0.5, after=0), noise(seconds=0.5, before=5)
    files = [first.wav(tmp_path / "first.wav"), second.wav(tmp_path / "second.wav")]
    with own_server.monitor(first) as on_vs, own_server.monitor(second, "other") as on_other:
        with Running(ALOUD, "play", "--json", "-B", "4s", *files, environment=own_server.environment) as player:
            wait_for_seconds(player, 1)
            assert find_noise(first, on_vs()) is not None
            own_server.set_default("other")
            data = on_other()
            result = player.end()
        assert find_noise(second, data) is not None
    end = result.event("end")
    assert (result.status, end["frames"]) == (0, first.frames + second.frames), result
    assert end["xruns"] <= 1, result


@pytest.mark.parametrize("command", ["play", "record"])
def test_an_absent_server_is_one_clear_error(tmp_path, server, command):
    file = noise(seconds=0.1).wav(tmp_path / "noise.wav")
    words = [command, file if command == "play" else tmp_path / "take.wav"]
    for options, least in ([], 0), (["--on-lost", "wait=1"], 1):
        before = time.monotonic()
        result = aloud(*words[:1], *options, *words[1:], environment=server.absent())
        assert time.monotonic() - before >= least
        assert result.status == 3, result
        (error,) = [line for line in result.stderr.splitlines() if line.startswith("aloud: ")]
        assert error.startswith("aloud: cannot open 'default': the sound server does not answer ("), result
    assert not (tmp_path / "take.wav").exists()


@pytest.mark.parametrize("command", ["play", "record"])
def test_a_server_that_starts_late_is_waited_for(tmp_path, own_server, command):
    own_server.kill()
    file = noise(seconds=0.5).wav(tmp_path / "noise.wav")
    words = [file] if command == "play" else ["-d", "1", tmp_path / "take.wav"]
    options = ["--json", "--on-lost", "wait"]
    with Running(ALOUD, command, *options, *words, environment=own_server.recording) as program:
        program.wait_for_event("lost")
        time.sleep(0.5)
        own_server.start()
        program.wait_for_event("back")
        result = program.end()
    assert (result.status, result.event("end")["frames"]) == (0, 48000), result


def test_a_loopback_waits_for_a_server_that_starts_late(own_server):
    own_server.kill()
    words = ["loopback", "--json", "--on-lost", "wait", "-C", "default", "-P", "default"]
    with Running(ALOUD, *words, environment=own_server.recording) as program:
        program.wait_for_event("lost")
        own_server.start()
        program.wait_for_event("back")
        wait_for_seconds(program, 1)
        program.signal(signal.SIGTERM)
        assert program.end().status == -signal.SIGTERM


def test_a_mixer_watch_waits_for_a_server_that_starts_late(own_server):
    own_server.kill()
    words = ["mixer", "watch", "--json", "--on-lost"]
    with (
        Running(ALOUD, *words, "wait", environment=own_server.environment) as watcher,
        Running(ALOUD, *words, "wait=1", environment=own_server.environment) as impatient,
        Running(ALOUD, *words, "wait", environment=own_server.environment) as stopped,
    ):
        for program in (watcher, impatient, stopped):
            program.wait_for_event("lost")
        stopped.signal(signal.SIGTERM)
        assert stopped.end().status == -signal.SIGTERM
        assert impatient.end().status == 3
        own_server.start()
        watcher.wait_for_event("back")
        watcher.wait_for_event("start")
        own_server.set_volume(40)
        wait_until(lambda: watcher.events("change") or watcher.events("new"), lambda: f"a change in {watcher.so_far()}")


def test_a_signal_ends_the_wait_for_a_server_that_starts_late(tmp_path, server):
    words = ["record", "--json", "--on-lost", "wait", tmp_path / "take.wav"]
    with Running(ALOUD, *words, environment=server.absent()) as program:
        program.wait_for_event("lost")
        program.signal(signal.SIGTERM)
        assert program.end().status == -signal.SIGTERM
