"""A sound server that goes away, or does not answer, is reported as that."""

import signal
import time
import wave

import pytest
from lab.program import ALOUD, Running, wait_until
from lab.sound import noise


def assert_disconnected(result, device="default"):
    assert result.status == 7, result
    error = result.error()
    assert (error["kind"], error["device"]) == ("disconnected", device)
    assert result.event("end")["why"] == "error"


def assert_one_line(result):
    """Without --json: one line for the error."""
    assert result.status == 7, result
    lines = result.stderr.splitlines()
    errors = [line for line in lines if line.startswith("aloud: ") and not line.startswith("aloud: warning: ")]
    assert len(errors) == 1 and "went away" in errors[0], result


def wait_for_seconds(program, seconds):
    """Waits until the program has moved that much sound."""
    wait_until(
        lambda: any(event["seconds"] >= seconds for event in program.events("progress")),
        lambda: f"{seconds} s of {program.so_far()}",
    )


def test_playback_reports_a_killed_server(tmp_path, own_server):
    file = noise(seconds=1, after=30).wav(tmp_path / "sound.wav")
    with Running(ALOUD, "play", "--json", file, environment=own_server.environment) as player:
        wait_for_seconds(player, 1)
        own_server.kill()
        result = player.end()
    assert_disconnected(result)
    assert 48000 <= result.event("end")["frames"] < 20 * 48000


def test_the_report_is_one_line(tmp_path, own_server):
    file = noise(seconds=1, after=30).wav(tmp_path / "sound.wav")
    words = ["record", "-d", "30", tmp_path / "take.wav"]
    with (
        Running(ALOUD, "play", file, environment=own_server.environment) as player,
        Running(ALOUD, *words, environment=own_server.recording) as recorder,
    ):
        wait_until(lambda: own_server.streams() == 2, "both to run")
        time.sleep(1)
        own_server.kill()
        assert_one_line(player.end())
        assert_one_line(recorder.end())


def test_a_recording_is_complete_when_the_server_is_killed(tmp_path, own_server):
    take = tmp_path / "take.wav"
    with Running(ALOUD, "record", "--json", "-d", "30", take, environment=own_server.recording) as recorder:
        wait_for_seconds(recorder, 1)
        own_server.kill()
        result = recorder.end()
    assert_disconnected(result)
    frames = result.event("end")["frames"]
    (finished,) = [event for event in result.events("file") if event["state"] == "finished"]
    with wave.open(str(take)) as file:
        assert (file.getnframes(), finished["frames"]) == (frames, frames)
    assert frames >= 48000


def test_a_loopback_reports_a_killed_server(own_server):
    words = ["loopback", "--json", "-C", "default", "-P", "default"]
    with Running(ALOUD, *words, environment=own_server.recording) as loopback:
        wait_for_seconds(loopback, 1)
        own_server.kill()
        assert_disconnected(loopback.end())


def test_a_killed_server_ends_a_watch(own_server):
    with Running(ALOUD, "mixer", "watch", "--json", environment=own_server.environment) as watcher:
        watcher.wait_for_event("start")
        own_server.kill()
        result = watcher.end()
    assert result.status == 7 and result.error()["kind"] == "disconnected", result


@pytest.mark.parametrize("words", [["play", "FILE"], ["record", "-d", "1", "TAKE"], ["mixer", "get"]])
def test_a_signal_ends_a_wait_for_a_server_that_hangs(tmp_path, own_server, words):
    file = noise(seconds=1).wav(tmp_path / "sound.wav")
    paths = {"FILE": file, "TAKE": tmp_path / "take.wav"}
    own_server.freeze()
    with Running(ALOUD, *[paths.get(word, word) for word in words], environment=own_server.environment) as program:
        program.wait_until_idle()
        program.signal(signal.SIGTERM)
        result = program.end()
    own_server.thaw()
    assert result.status == -signal.SIGTERM, result


def test_a_pause_is_no_underrun(tmp_path, server):
    file = noise(seconds=1, after=30).wav(tmp_path / "sound.wav")
    # The longest buffer that is empty at the end of a pause.
    options = ["-B", "1200ms"]
    with Running(ALOUD, "play", "--json", *options, file, environment=server.environment) as player:
        for count in range(1, 6):
            wait_until(lambda: len(player.events("progress")) >= count, "progress")
            player.signal(signal.SIGTSTP)
            player.wait_for_state("T")
            time.sleep(1.5)
            player.signal(signal.SIGCONT)
            player.wait_for_event("resume", count)
        player.signal(signal.SIGTERM)
        result = player.end()
    assert result.event("end")["xruns"] == 0, result
