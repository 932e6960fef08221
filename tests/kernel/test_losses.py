"""Every lost frame is counted: reports match what is missing, whether aloud, a plugin or the driver notices."""

import time
from pathlib import Path

import pytest
from lab import cards, ramp
from lab.program import ALOUD, Running, run

RECORD = ["record", "--json", *ramp.OPTIONS[2:]]


def plugin_environment(folder):
    """dsnoop and dmix on the cable, behind `plug` as in alsa-lib's own configuration."""
    configuration = folder / "asound.conf"
    configuration.write_text(
        """
</usr/share/alsa/alsa.conf>
pcm.snoop { type plug slave.pcm { type dsnoop ipc_key 5001 slave { pcm "hw:Loopback,1,0" rate 48000 format S32_LE channels 2 } } }
pcm.mix { type plug slave.pcm { type dmix ipc_key 5002 slave { pcm "hw:Loopback,0,0" rate 48000 format S32_LE channels 2 } } }
"""
    )
    return {"ALSA_CONFIG_PATH": str(configuration)}


def inject_xrun(pcm):
    """Makes the driver report an xrun, as USB drivers do."""
    Path("/proc/asound/Loopback", pcm, "sub0/xrun_injection").write_text("1")


def period(result):
    return result.event("start")["period_size"]


def lost(result):
    """What the xrun events and the summary report; they agree."""
    reported = sum(event["frames_lost"] for event in result.events("xrun"))
    assert result.event("end")["frames_lost"] == reported
    return reported


@pytest.fixture
def source(tmp_path):
    return ramp.ramp(tmp_path / "ramp.raw", 75)


def test_a_duration_includes_the_silence_that_fills_gaps(tmp_path, source):
    take = tmp_path / "take.wav"
    words = [*RECORD, "-D", "hw:Loopback,1,0", "-B", "400ms", "-d", 8, "--fill-gaps", take]
    with ramp.playing(source), Running(ALOUD, *words) as recorder:
        recorder.wait_for_event("progress")
        recorder.stop_for(2)
        result = recorder.end()
    assert result.status == 0
    finished = next(event for event in result.events("file") if event["state"] == "finished")
    recorded = ramp.read(take)
    assert (result.event("end")["frames"], finished["frames"], recorded.frames) == (384000,) * 3
    assert abs(recorded.missing - recorded.silent) <= period(result)
    assert abs(recorded.missing - lost(result)) <= period(result)
    assert recorded.missing > 48000


def test_an_overrun_of_dsnoop_is_measured(tmp_path, source):
    take = tmp_path / "take.wav"
    words = [*RECORD, "-D", "snoop", "-d", 8, take]
    with ramp.playing(source), Running(ALOUD, *words, environment=plugin_environment(tmp_path)) as recorder:
        recorder.wait_for_event("progress")
        recorder.stop_for(3)
        result = recorder.end()
    assert result.status == 0
    assert abs(ramp.read(take).missing - lost(result)) <= period(result)


def test_an_overrun_of_dsnoop_is_filled(tmp_path, source):
    take = tmp_path / "take.wav"
    words = [*RECORD, "-D", "snoop", "-d", 8, "--fill-gaps", take]
    with ramp.playing(source), Running(ALOUD, *words, environment=plugin_environment(tmp_path)) as recorder:
        recorder.wait_for_event("progress")
        recorder.stop_for(3)
        result = recorder.end()
    recorded = ramp.read(take)
    assert recorded.frames == 384000
    assert abs(recorded.missing - recorded.silent) <= period(result)


def test_an_underrun_of_dmix_is_measured(tmp_path, source):
    take = tmp_path / "take.raw"
    with cards.recorder(take, *ramp.OPTIONS[2:]):
        words = ["play", "--json", "-D", "mix", "-d", 8, *ramp.OPTIONS, source]
        with Running(ALOUD, *words, environment=plugin_environment(tmp_path)) as player:
            player.wait_for_event("progress")
            # In virtual time, the player waits 5 ms later.
            time.sleep(0.005)
            player.stop_for(3)
            result = player.end()
    assert result.status == 0
    recorded = ramp.read(take)
    # dmix does not play what the stopped program had not mixed yet.
    assert recorded.missing <= period(result)
    assert recorded.silent > 48000
    assert abs(recorded.silent - lost(result)) <= period(result)


@pytest.mark.parametrize("call", range(9, 13))
def test_frames_that_are_overwritten_before_they_are_committed_are_lost(tmp_path, source, call):
    # Holds up the thread of the device between copying the frames and the call that shows that they were intact.
    take, trace = tmp_path / "take.wav", tmp_path / "trace"
    delay = f"inject=ioctl:delay_enter=2000000:when={call}"
    words = [*RECORD, "-D", "hw:Loopback,1,0", "-B", "400ms", "-d", 8, take]
    with ramp.playing(source):
        result = run("strace", "-f", "-qqq", "-o", trace, "-e", "trace=ioctl", "-e", delay, ALOUD, *words)
    assert result.status == 0
    delayed = [line for line in trace.read_text().splitlines() if "DELAYED" in line]
    assert "SYNC_PTR" in delayed[-1]
    recorded = ramp.read(take)
    assert recorded.missing > 48000
    assert abs(recorded.missing - lost(result)) <= 480
    assert recorded.silent == 0


@pytest.mark.parametrize("options", [[], ["-M"]])
def test_an_overrun_that_the_driver_reports_loses_what_is_missing(tmp_path, source, options):
    take = tmp_path / "take.wav"
    with ramp.playing(source), cards.recording(*ramp.OPTIONS[2:], *options, "-d", 8, take) as recorder:
        for second in range(1, 5):
            recorder.wait_for_event("progress", second)
            inject_xrun("pcm1c")
        result = recorder.end()
    assert result.status == 0
    assert result.event("end")["xruns"] == 4
    recorded = ramp.read(take)
    assert abs(recorded.missing - lost(result)) <= 4 * period(result)
    if options:
        # Mapped memory can still be read: only what arrived while the device was stopped is missing.
        assert recorded.missing <= 4 * period(result)


def test_gaps_of_many_overruns_are_filled_to_the_length_of_the_recording(tmp_path, source):
    take = tmp_path / "take.wav"
    with ramp.playing(source), cards.recording(*ramp.OPTIONS[2:], "-d", 60, "--fill-gaps", take) as recorder:
        for second in range(1, 41):
            recorder.wait_for_event("progress", second)
            inject_xrun("pcm1c")
        result = recorder.end(timeout=120)
    assert result.status == 0
    recorded = ramp.read(take)
    assert recorded.frames == 60 * 48000
    assert abs(recorded.missing - recorded.silent) <= 40 * period(result)


def test_an_underrun_that_the_driver_reports_skips_no_frame(tmp_path, source):
    take = tmp_path / "take.raw"
    with cards.recorder(take, *ramp.OPTIONS[2:]):
        with Running(ALOUD, "play", "--json", "-D", "hw:Loopback,0,0", "-d", 8, *ramp.OPTIONS, source) as player:
            for second in range(1, 4):
                player.wait_for_event("progress", second)
                inject_xrun("pcm0p")
            result = player.end()
    assert result.status == 0
    assert result.event("end")["xruns"] == 3
    # No frame is repeated, either.
    assert ramp.read(take).missing <= 3 * period(result)
