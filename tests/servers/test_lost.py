"""A sound server that is killed and started again: the transfer waits and continues."""

import signal
import threading
import time
from dataclasses import dataclass

import numpy
import pytest
from lab import numbered, pulse
from lab.program import ALOUD, Running, wait_until
from lab.sound import noise

RATE = 48000

# Enough for a busy machine.
BUFFER = ["-B", "2s", "--period-size", 2400]

# Seconds. What a server holds, and a recorder with this period.
LATENCY = 0.1


def wait_for_seconds(program, seconds):
    """Waits until the program has moved that much sound."""
    wait_until(
        lambda: any(event["seconds"] >= seconds for event in program.events("progress")),
        lambda: f"{seconds} s of {program.so_far()}",
    )


@dataclass
class Absence:
    """When a server was restarted: it went away after `killed` and before `gone`, and came back after `started`."""

    killed: float
    gone: float
    started: float


def restart(server, after=0.5):
    killed = time.monotonic()
    server.kill()
    gone = time.monotonic()
    time.sleep(after)
    started = time.monotonic()
    server.start()
    return Absence(killed, gone, started)


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


def finished(program):
    return [event for event in program.events("file") if event["state"] == "finished"]


@pytest.mark.parametrize("after", [0, 3])
def test_playback_resumes(tmp_path, own_server, after):
    file = noise(seconds=8).wav(tmp_path / "sound.wav")
    with Running(ALOUD, "play", "--json", "--on-lost", "wait", file, environment=own_server.environment) as player:
        wait_for_seconds(player, 2)
        lost, back = Arrival(player, "lost"), Arrival(player, "back")
        absence = restart(own_server, after)
        player.wait_for_event("back")
        lost.join(), back.join()
        result = player.end()
    assert result.status == 0, result
    frames = result.event("end")["frames"]
    assert frames == noise(seconds=8).frames
    assert 2 * RATE <= result.event("lost")["frames"] < frames
    # The gap starts when the loss is noticed, which a busy machine delays.
    assert absence.started - lost.time <= result.event("back")["gap_seconds"] <= back.time - absence.killed


def wait_for_position(take, number):
    """Waits until a frame is in a recording. Returns which frame is heard at time 0, if the others are heard at the same
    speed: the recorder's lead at its best, because a busy machine only delays what is in the file."""
    leads = []

    def reached():
        now, last = time.monotonic(), numbered.numbers(take).max(initial=-1)
        leads.append(last - RATE * now)
        return last >= number

    wait_until(reached, lambda: f"frame {number} to be recorded")
    return max(leads)


def test_what_is_heard_continues_without_gap_or_repeat(tmp_path, own_server):
    file, take = numbered.wav(tmp_path / "numbered.wav", 4.5), tmp_path / "take.raw"
    record = ["record", "--json", "--on-lost", "wait", "-B", "60ms", "--period-size", 480, *numbered.OPTIONS, take]
    play = ["play", "--json", "--on-lost", "wait", "-B", "2s", file]
    with Running(ALOUD, *record, environment=own_server.recording) as recorder:
        recorder.wait_for_event("start")
        with Running(ALOUD, *play, environment=own_server.environment) as player:
            lead = wait_for_position(take, 1.5 * RATE)
            killed = time.monotonic()
            own_server.kill()
            player.wait_for_event("lost")
            noticed = time.monotonic()
            # The recorder is back first, so that its file has all that is played then.
            player.signal(signal.SIGSTOP)
            own_server.start()
            recorder.wait_for_event("back")
            size = take.stat().st_size
            wait_until(lambda: take.stat().st_size > size, "the recording to continue")
            player.signal(signal.SIGCONT)
            result = player.end()
        wait_until(lambda: numbered.numbers(take).max() == 4.5 * RATE - 1, "the last frame to be recorded")
    assert (result.status, result.event("end")["frames"]) == (0, 4.5 * RATE), result
    before, _, after = max(numbered.silences(numbered.numbers(take)), key=lambda silence: silence[1])
    assert before - RATE // 50 < after
    assert abs(after - result.event("lost")["frames"]) < RATE // 20
    # Frames count as heard until the loss is noticed.
    heard = lead + RATE * killed
    assert after - heard < RATE * (noticed - killed + LATENCY)


@pytest.mark.parametrize("after", [0, 1])
def test_the_timeline_of_a_recording_stays_true(tmp_path, after):
    folder, take = tmp_path / "server", tmp_path / "take.raw"
    folder.mkdir()
    source = pulse.NumberedSource(folder / "pulse/numbered")
    server = pulse.Server(folder, source.module, pulse.MODULES[1])
    words = ["record", "--json", "--on-lost", "wait", *BUFFER, *numbered.OPTIONS, take]
    server.start()
    with source, Running(ALOUD, *words, environment=server.recording) as recorder:
        wait_for_seconds(recorder, 2)
        arrival = Arrival(recorder, "back")
        absence = restart(server, after)
        back = recorder.wait_for_event("back")
        arrival.join()
        wait_for_seconds(recorder, 4 + after)
        recorder.signal(signal.SIGINT)
        result = recorder.end()
        server.kill()
    assert result.status == 0, result
    numbers = source.numbers(take.read_bytes())
    (captured,) = numpy.nonzero(numbers)
    gap = numpy.diff(captured).argmax()
    last, first = captured[gap], captured[gap + 1]
    assert first - last - 1 == back["gap_frames"]
    # The last frame was captured after it was written and before the server was gone; the first one, after it was
    # written and before the report.
    least = source.written_at(numbers[first]) - absence.gone
    most = arrival.time - source.written_at(numbers[last])
    # On a busy machine the source drops frames, which become a part of the gap if that begins before the recorder has looked
    # again.
    earlier = captured[max(0, gap - 2 * RATE)]
    most += (numbers[last] - numbers[earlier] - (last - earlier)) / RATE
    assert RATE * (least - LATENCY) <= first - last <= RATE * (most + LATENCY)


def test_a_recording_contains_the_gap_as_silence(tmp_path, own_server):
    take = tmp_path / "take.wav"
    words = ["record", "--json", "--on-lost", "wait", "-B", "1s", "-d", 5, take]
    with Running(ALOUD, *words, environment=own_server.recording) as recorder:
        wait_for_seconds(recorder, 1)
        arrival = Arrival(recorder, "back")
        absence = restart(own_server)
        back = recorder.wait_for_event("back")
        arrival.join()
        result = recorder.end()
    assert result.status == 0, result
    end = result.event("end")
    assert end["frames"] == finished(recorder)[0]["frames"] == 5 * RATE
    assert end["frames_lost"] == back["gap_frames"]
    # The monitor delivers frames although nothing plays, so the gap lasts as long as the server was away. What a busy machine
    # has not read before is a part of it.
    away = RATE * (arrival.time - absence.killed + LATENCY)
    assert RATE * (absence.started - absence.gone) <= back["gap_frames"] <= away + result.event("start")["buffer_size"]


def test_a_recording_continues_in_the_next_file(tmp_path, own_server):
    words = ["record", "--json", "--on-lost", "split", "-d", 5, tmp_path / "take.wav"]
    with Running(ALOUD, *words, environment=own_server.recording) as recorder:
        wait_for_seconds(recorder, 1)
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
        killed = time.monotonic()
        own_server.kill()
        result = program.end()
        assert time.monotonic() - killed >= 2
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
        program.signal(signal.SIGTERM)
        result = program.end()
    assert result.status == (-signal.SIGTERM if command == "play" else 0), result
