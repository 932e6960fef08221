"""A sound server that is killed and started again: the transfer waits and continues."""

import signal
import threading
import time

import numpy
import pytest
from lab import numbered, pulse
from lab.program import ALOUD, Running, wait_until
from lab.sound import noise

RATE = 48000


def wait_for_seconds(program, seconds):
    """Waits until the program has moved that much sound."""
    wait_until(
        lambda: any(event["seconds"] >= seconds for event in program.events("progress")),
        lambda: f"{seconds} s of {program.so_far()}",
    )


def restart(server, after=0.5):
    server.kill()
    time.sleep(after)
    server.start()
    return time.monotonic()


class Arrival(threading.Thread):
    """Notes when an event of a program arrives."""

    def __init__(self, program, name):
        super().__init__(daemon=True)
        self.program, self.name, self.time = program, name, None
        self.start()

    def run(self):
        while not self.program.events(self.name):
            time.sleep(0.003)
        self.time = time.monotonic()

    def after(self, other):
        """How many seconds it arrived after another event; 0 if before."""
        self.join(), other.join()
        return max(0, self.time - other.time)


def finished(program):
    return [event for event in program.events("file") if event["state"] == "finished"]


@pytest.mark.parametrize("after", [0, 3])
def test_playback_resumes(tmp_path, own_server, after):
    file = noise(seconds=8).wav(tmp_path / "sound.wav")
    with Running(ALOUD, "play", "--json", "--on-lost", "wait", file, environment=own_server.environment) as player:
        wait_for_seconds(player, 2)
        lost, back = Arrival(player, "lost"), Arrival(player, "back")
        killed = time.monotonic()
        own_server.kill()
        time.sleep(after)
        started = time.monotonic()
        own_server.start()
        returned = time.monotonic()
        player.wait_for_event("back")
        back.join()
        assert back.time - returned < 3
        result = player.end()
    assert result.status == 0, result
    frames = result.event("end")["frames"]
    assert frames == noise(seconds=8).frames
    assert 2 * RATE <= result.event("lost")["frames"] < frames
    # The gap starts when the loss is noticed, which a busy machine delays.
    assert started - lost.time <= result.event("back")["gap_seconds"] <= back.time - killed


def test_what_is_heard_continues_without_gap_or_repeat(tmp_path, own_server):
    file, take = numbered.wav(tmp_path / "numbered.wav", 4.5), tmp_path / "take.raw"
    # What the recorder has not got yet is lost with the server.
    record = ["record", "--json", "--on-lost", "wait", "-B", "60ms", "--period-size", 480, *numbered.OPTIONS, take]
    with Running(ALOUD, *record, environment=own_server.recording) as recorder:
        recorder.wait_for_event("start")
        with Running(ALOUD, "play", "--json", "--on-lost", "wait", file, environment=own_server.environment) as player:
            wait_for_seconds(player, 2)
            returns = Arrival(recorder, "back"), Arrival(player, "back")
            restart(own_server, 0)
            result = player.end()
        wait_until(lambda: numbered.numbers(take).max() == 4.5 * RATE - 1, "the last frame to be recorded")
    assert (result.status, result.event("end")["frames"]) == (0, 4.5 * RATE), result
    # The longest silence is the restart's: a busy recorder may miss a cycle of its own.
    before, length, after = max(numbered.silences(numbered.numbers(take)), key=lambda silence: silence[1])
    # What is played before the recorder is back is not in its file.
    unrecorded = int(RATE * returns[0].after(returns[1]))
    assert -RATE // 50 <= after - before - 1 < RATE // 10 + unrecorded, (before, length, after, unrecorded)
    assert -RATE // 20 < after - result.event("lost")["frames"] < RATE // 20 + unrecorded


@pytest.mark.parametrize("after", [0, 1])
def test_the_timeline_of_a_recording_stays_true(tmp_path, after):
    folder, take = tmp_path / "server", tmp_path / "take.raw"
    folder.mkdir()
    source = pulse.NumberedSource(folder / "pulse/numbered")
    server = pulse.Server(folder, source.module, pulse.MODULES[1])
    words = ["record", "--json", "--on-lost", "wait", "-t", "raw", "-f", "S16_LE", "-r", RATE, "-c", 2, take]
    server.start()
    with source, Running(ALOUD, *words, environment=server.recording) as recorder:
        wait_for_seconds(recorder, 2)
        restart(server, after)
        back = recorder.wait_for_event("back")
        wait_for_seconds(recorder, 4 + after)
        recorder.signal(signal.SIGINT)
        result = recorder.end()
        server.kill()
    assert result.status == 0, result
    numbers = source.numbers(take.read_bytes())
    (captured,) = numpy.nonzero(numbers)
    gap = numpy.diff(captured).argmax()
    assert captured[gap + 1] - captured[gap] - 1 == back["gap_frames"]
    # On a busy machine frames are late in the source itself, so the earliest of a quarter of a second count.
    early = (numbers[captured] - captured)[gap - RATE // 4 : gap].max()
    late = (numbers[captured] - captured)[gap + 1 : gap + RATE // 4].max()
    assert abs(late - early) < 0.2 * RATE


def test_a_recording_contains_the_gap_as_silence(tmp_path, own_server):
    take = tmp_path / "take.wav"
    words = ["record", "--json", "--on-lost", "wait", "-d", 5, take]
    with Running(ALOUD, *words, environment=own_server.recording) as recorder:
        recorder.wait_for_event("start")
        before = time.monotonic()
        wait_for_seconds(recorder, 2)
        returned = restart(own_server)
        back = recorder.wait_for_event("back")
        assert time.monotonic() - returned < 3
        result = recorder.end()
    took = time.monotonic() - before
    assert result.status == 0, result
    end = result.event("end")
    assert end["frames"] == finished(recorder)[0]["frames"] == 5 * RATE
    assert end["frames_lost"] == back["gap_frames"]
    # Nothing plays, and the monitor continues all the same: what is recorded lasts as long as the recording, apart from the
    # latency.
    assert -0.1 < took - 5 < 0.5


def test_a_recording_continues_in_the_next_file(tmp_path, own_server):
    words = ["record", "--json", "--on-lost", "split", "-d", 5, tmp_path / "take.wav"]
    with Running(ALOUD, *words, environment=own_server.recording) as recorder:
        wait_for_seconds(recorder, 2)
        restart(own_server)
        result = recorder.end()
    assert result.status == 0, result
    assert len(finished(recorder)) == 2
    assert sum(file["frames"] for file in finished(recorder)) == 5 * RATE


def test_a_loopback_continues(own_server):
    words = ["loopback", "--json", "--on-lost", "wait", "-C", "default", "-P", "default"]
    with Running(ALOUD, *words, environment=own_server.recording) as loopback:
        wait_for_seconds(loopback, 2)
        restart(own_server)
        loopback.wait_for_event("back", 2)
        frames = loopback.events("progress")[-1]["seconds"]
        wait_for_seconds(loopback, frames + 2)
        loopback.signal(signal.SIGINT)
        result = loopback.end()
    assert result.status == -signal.SIGINT, result


def last_volume(event):
    """The volume that a new or changed control has now."""
    playback = event.get("control", {}).get("playback")
    return playback and playback["channels"][0]["raw"]


def test_a_watch_continues(own_server):
    words = ["mixer", "watch", "--json", "--on-lost", "wait"]
    with Running(ALOUD, *words, environment=own_server.environment) as watcher:
        watcher.wait_for_event("start")
        restart(own_server)
        watcher.wait_for_event("lost")
        watcher.wait_for_event("back")
        own_server.set_volume(40)
        # A server may be there before its sink is.
        wait_until(lambda: 26214 in map(last_volume, watcher.events()), lambda: f"40% in {watcher.so_far()}")
        watcher.signal(signal.SIGTERM)
        assert watcher.end().status == -signal.SIGTERM


@pytest.mark.parametrize("command", ["play", "record"])
def test_a_server_that_stays_away_too_long_is_an_error(tmp_path, own_server, command):
    file = noise(seconds=20).wav(tmp_path / "sound.wav")
    words = [command, "--json", "--on-lost", "wait=2", file if command == "play" else tmp_path / "take.wav"]
    with Running(ALOUD, *words, environment=own_server.recording) as program:
        wait_for_seconds(program, 1)
        own_server.kill()
        before = time.monotonic()
        result = program.end()
        assert 1.5 < time.monotonic() - before < 5
    assert result.status == 7, result
    assert "did not come back within 2 s" in result.error()["message"]


@pytest.mark.parametrize("command", ["play", "record"])
def test_a_signal_ends_the_wait(tmp_path, own_server, command):
    file = noise(seconds=20).wav(tmp_path / "sound.wav")
    words = [command, "--json", "--on-lost", "wait", file if command == "play" else tmp_path / "take.wav"]
    with Running(ALOUD, *words, environment=own_server.recording) as program:
        wait_for_seconds(program, 1)
        own_server.kill()
        program.wait_for_event("lost")
        before = time.monotonic()
        program.signal(signal.SIGTERM)
        result = program.end()
        assert time.monotonic() - before < 3
    assert result.status == (-signal.SIGTERM if command == "play" else 0), result
