"""A pause on a sound server: exact to the frame, although the server holds frames beyond the plugin's buffer. A recording
continues after it."""

import signal
import time

import pytest
from lab import numbered
from lab.numbered import RATE
from lab.program import ALOUD, Running, wait_until
from lab.sound import noise


def test_a_pause_loses_and_repeats_nothing(tmp_path, server):
    file = numbered.wav(tmp_path / "numbered.wav", 4)
    with server.monitor(noise(seconds=0)):
        delays = []
        with Running(ALOUD, "play", "--json", "-B", "4s", file, environment=server.environment) as player:
            for count in (1, 2):
                player.wait_for_event("progress", count)
                sent = time.monotonic()
                player.signal(signal.SIGTSTP)
                player.wait_for_state("T")
                delays.append(time.monotonic() - sent)
                time.sleep(0.3)
                player.signal(signal.SIGCONT)
                player.wait_for_event("resume", count)
            result = player.end()
        wait_until(lambda: 4 * RATE - 1 in numbered.numbers(server.recorded("vs")), "the last frame to be recorded")
    heard = numbered.numbers(server.recorded("vs"))
    assert result.status == 0 and result.event("end")["frames"] == 4 * RATE, result
    assert result.event("end")["xruns"] == 0, result
    silences = numbered.silences(heard)
    assert len(silences) == 2, silences
    for (last, length, next), pause, delay in zip(silences, result.events("pause"), delays):
        assert next == last + 1 and length > RATE // 5, silences
        # What is reported is what has been heard by then; the server may play what it has mixed already.
        assert -RATE // 100 <= last + 1 - pause["frames"] < RATE * (0.1 + delay), (silences, pause)


@pytest.mark.parametrize("options", [[], ["-B", "100ms"]])
def test_a_recording_continues_after_a_pause(tmp_path, server, options):
    file, take = numbered.wav(tmp_path / "numbered.wav", 15), tmp_path / "take.wav"
    with Running("aplay", "-q", file, environment=server.environment):
        # A sink that has been idle first plays up to two seconds of silence.
        time.sleep(3)
        with Running(ALOUD, "record", "--json", *options, take, environment=server.recording) as recorder:
            for _ in range(2):
                time.sleep(3)
                recorder.signal(signal.SIGTSTP)
                recorder.wait_for_state("T")
                time.sleep(0.5)
                recorder.signal(signal.SIGCONT)
            time.sleep(2)
            recorder.signal(signal.SIGINT)
            result = recorder.end()
    heard = numbered.numbers(take)
    assert numbered.silences(heard) == []
    skips = numbered.skips(heard)
    assert [(next - last) / RATE for last, next in skips] == pytest.approx([0.5, 0.5], abs=0.1)
    # It records again soon after the pause.
    assert len(heard) / RATE == pytest.approx(8, abs=0.3)
    end = result.event("end")
    assert (result.status, end["frames"], end["xruns"], end["frames_lost"]) == (0, len(heard), 0, 0), result
    assert [event["frames"] for event in result.events("pause")] == [(heard == last).argmax() + 1 for last, _ in skips]


@pytest.mark.parametrize("how", ["kill", "restart"])
def test_a_server_that_ends_during_a_pause(tmp_path, own_server, how):
    """It is reported when the playback resumes, or waited for."""
    file = noise(seconds=4).wav(tmp_path / "noise.wav")
    options = ["--on-lost", "wait"] if how == "restart" else []
    with Running(ALOUD, "play", "--json", *options, file, environment=own_server.environment) as player:
        player.wait_for_event("progress", 1)
        player.signal(signal.SIGTSTP)
        player.wait_for_state("T")
        own_server.kill()
        if how == "restart":
            own_server.start()
        player.signal(signal.SIGCONT)
        result = player.end()
    if how == "kill":
        assert (result.status, result.error()["kind"]) == (7, "disconnected"), result
    else:
        assert (result.status, result.event("end")["frames"]) == (0, 4.5 * RATE), result
