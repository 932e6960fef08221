"""What one device captures, another plays: bit for bit if they share a clock, resampled if they do not."""

import json
import signal
import statistics
import subprocess
import time
from dataclasses import replace

import numpy
import pytest
from lab import cards
from lab.cards import clock
from lab.program import ALOUD, Running, aloud, output_of
from lab.sound import assert_contains, noise, wait_for_noise

# aplay → SOURCE ~ CAPTURE → aloud → PLAYBACK ~ arecord
SOURCE = "hw:Loopback,0,0"
CAPTURE = "hw:Loopback,1,0"
PLAYBACK = "hw:Loopback,0,1"
LOOPBACK = ["loopback", "--json", "-C", CAPTURE, "-P", PLAYBACK]


def recorder(path, *options):
    return cards.recorder(path, *options, subdevice=1)


def transfer(path, sound, *options):
    """Plays a sound through `aloud loopback` into arecord; returns aloud's result and what was recorded."""
    spec = sound.options()
    file = sound.wav(path.with_suffix(".wav"))
    with recorder(path, *spec), Running(ALOUD, *LOOPBACK, *spec, *options) as loopback:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING", 1)
        output_of("aplay", "-q", "-D", SOURCE, file)
        recorded = wait_for_noise(sound, path)
        loopback.signal(signal.SIGINT)
        return loopback.end(), recorded


def xruns(result):
    return result.event("end")["xruns"]


@pytest.mark.parametrize("format, channels", [("S16_LE", 2), ("S24_3LE", 8), ("S32_LE", 2), ("FLOAT_LE", 1)])
def test_every_bit_passes(tmp_path, format, channels):
    sound = noise(format, channels=channels, seconds=2, before=0.5, after=1.0)
    result, recorded = transfer(tmp_path / "recorded", sound, "--period-size", 256, "--latency", "400ms")
    assert xruns(result) == 0
    assert_contains(sound, recorded)
    start = result.event("start")
    assert start["capture"]["period_size"] == start["playback"]["period_size"] == 256
    assert (start["latency_frames"], start["latency_ms"]) == (19200, 400.0)
    progress = result.events("progress")
    assert (progress[-1]["drift_ppm"], progress[-1]["ratio"]) == (None, 1.0)
    assert {event["latency_frames"] for event in progress} == {19200}


def test_a_short_latency_grows_to_what_the_machine_needs(tmp_path):
    """The card updates its position every 10 ms (480 frames), so four periods of 64 frames are too little."""
    sound = noise("S16_LE", seconds=2, before=3.0, after=1.0)
    result, recorded = transfer(tmp_path / "recorded", sound, "--period-size", 64)
    assert_contains(sound, recorded)
    start = result.event("start")
    assert (start["capture"]["period_size"], start["latency_frames"]) == (64, 256)
    progress = result.events("progress")
    assert progress[-1]["xruns"] == progress[-4]["xruns"]
    assert 480 <= progress[-1]["latency_frames"] <= 4800
    assert "too short for this machine" in result.stderr


def test_a_requested_latency_stays():
    with Running(ALOUD, *LOOPBACK, "--period-size", 64, "--latency", "3ms") as loopback:
        loopback.wait_for_event("xrun", 5)
        loopback.signal(signal.SIGINT)
        result = loopback.end()
    assert "too short for this machine" not in result.stderr


def test_an_underrun_is_reported_as_sound_lost():
    with Running(ALOUD, "loopback", "-q", *LOOPBACK[2:], "--period-size", 64, "--latency", "3ms") as loopback:
        time.sleep(0.5)
        loopback.signal(signal.SIGINT)
        result = loopback.end()
    assert result.stderr.startswith("aloud: underrun: ")
    assert all(line.endswith(" of sound lost") for line in result.stderr.splitlines())


def test_xruns_that_nobody_reads_are_counted():
    """More of them than the pipe and the queue hold. The devices do not wait for a reader."""
    command = [ALOUD, *LOOPBACK, "--period-size", "64", "--latency", "3ms"]
    loopback = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pipesize=4096)
    time.sleep(10)
    loopback.send_signal(signal.SIGINT)
    stdout, stderr = loopback.communicate(timeout=30)
    *events, end = map(json.loads, stdout.splitlines())
    reported = sum(event["event"] == "xrun" for event in events)
    dropped = end["events_dropped"]
    assert dropped > 0
    assert reported + dropped == end["xruns"]
    assert f"{dropped} events were dropped".encode() in stderr


def latencies(path, *command):
    """Plays a ramp through a program; returns how many frames its output was behind its input at each of many moments.
    One card's position is the frame played into the program, and the last frame recorded is the one that came out."""
    spec = ["-f", "S32_LE", "-r", 48000, "-c", 1]
    ramp = numpy.concatenate([numpy.arange(1, 48000 * 2), numpy.zeros(24000)])
    ramp.astype("<i4").tofile(path.with_suffix(".raw"))
    moments = []
    with recorder(path, *spec), Running(*command, *spec) as program:
        # alsaloop starts only when sound arrives.
        cards.wait_for_state("Loopback", "pcm1c", "OPEN" if command[0] == "alsaloop" else "RUNNING")
        with Running("aplay", "-q", "-D", SOURCE, "-t", "raw", *spec, path.with_suffix(".raw")) as player:
            while player.process.poll() is None:
                moments.append((cards.position("Loopback", "pcm0p"), cards.position("Loopback", "pcm1c", 1)))
                time.sleep(0.02)
        program.signal(signal.SIGINT)
        result = program.end()
    recorded = numpy.fromfile(path, "<i4")
    pairs = [(sent, recorded[end - 1]) for sent, end in moments if sent is not None and end and end <= len(recorded)]
    return result, [sent - frame for sent, frame in pairs if frame > 0]


def test_the_latency_is_the_one_reported_and_no_longer_than_alsaloops(tmp_path):
    result, ours = latencies(tmp_path / "ours", ALOUD, *LOOPBACK, "--latency", "100ms")
    alsaloop = ["alsaloop", "-C", CAPTURE, "-P", PLAYBACK, "-t", 100000, "-S", 0]
    _, theirs = latencies(tmp_path / "theirs", *alsaloop)
    assert result.event("start")["latency_frames"] == 4800
    assert statistics.median(ours) == 4800
    assert statistics.median(ours) <= statistics.median(theirs)


def test_a_signal_ends_it():
    with Running(ALOUD, *LOOPBACK) as loopback:
        loopback.wait_for_event("progress")
        loopback.signal(signal.SIGINT)
        result = loopback.end()
    assert result.status == -signal.SIGINT
    assert result.event("end")["why"] == "SIGINT"
    assert cards.state("Loopback", "pcm1c") == cards.state("Loopback", "pcm0p", 1) == "closed"


def test_frames_in_flight_at_a_pause_are_counted():
    with Running(ALOUD, *LOOPBACK, "--period-size", 480, "--latency", "200ms") as loopback:
        loopback.wait_for_event("progress", 2)
        loopback.signal(signal.SIGTSTP)
        loopback.wait_for_event("pause")
        loopback.wait_for_state("T")
        loopback.signal(signal.SIGCONT)
        loopback.wait_for_event("resume")
        loopback.signal(signal.SIGINT)
        end = loopback.end().event("end")
    assert end["xruns"] == 0
    assert end["frames_lost"] == pytest.approx(9600, abs=960)


def test_it_ends_after_the_requested_frames():
    result = aloud(*LOOPBACK, "-s", 10007)
    assert result.status == 0
    assert (result.event("end")["frames"], result.event("end")["why"]) == (10007, "finished")


HERTZ = 997
SECONDS = 20


def transfer_sine(path, *options):
    """Like `transfer`, with a 32-bit sine."""
    spec = ["-f", "S32_LE", "-r", 48000, "-c", 1]
    wave = numpy.sin(2 * numpy.pi * HERTZ / 48000 * numpy.arange(48000 * SECONDS))
    file = path.with_suffix(".raw")
    (0.5 * 2**31 * wave).astype("<i4").tofile(file)
    with recorder(path, *spec), Running(ALOUD, *LOOPBACK, *spec, *options) as loopback:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING", 1)
        with Running("aplay", "-q", "-D", SOURCE, "-t", "raw", *spec, file) as player:
            assert player.end(timeout=SECONDS + 5).status == 0
        loopback.signal(signal.SIGINT)
        result = loopback.end()
    return result, numpy.fromfile(path, "<i4") / 2**31


def fit_sine(samples, cycles):
    """Fits a sine of nearly this many cycles per frame; returns its cycles per frame, and its power over the rest in
    dB."""
    at = numpy.arange(len(samples)) - len(samples) / 2
    for _ in range(5):
        sine, cosine = numpy.sin(2 * numpy.pi * cycles * at), numpy.cos(2 * numpy.pi * cycles * at)
        waves = numpy.stack([sine, cosine, numpy.ones(len(at))], 1)
        parts = numpy.linalg.lstsq(waves, samples, rcond=None)[0]
        slope = 2 * numpy.pi * at * (parts[0] * cosine - parts[1] * sine)
        cycles += numpy.linalg.lstsq(numpy.c_[waves, slope], samples, rcond=None)[0][3]
    rest = samples - waves @ parts
    return cycles, 10 * numpy.log10(numpy.sum((waves @ parts) ** 2) / numpy.sum(rest**2))


@pytest.mark.parametrize("shift", [100100, 99900])
def test_a_sine_keeps_its_pitch_between_two_clocks(tmp_path, shift):
    with clock(shift):
        result, recorded = transfer_sine(tmp_path / "recorded", "--period-size", 256, "--latency", "400ms")
    assert xruns(result) == 0
    drift = result.event("drift")
    assert drift["resampling"]
    assert drift["drift_ppm"] == pytest.approx(10 * (shift - 100000), abs=100)
    assert "ppm faster" in result.stderr
    progress = result.events("progress")
    last = progress[-1]
    # The first estimate includes the jitter of the clocks. It is corrected over minutes, which keeps a sine purer.
    assert last["drift_ppm"] == pytest.approx(10 * (shift - 100000), abs=100)
    assert last["ratio"] == pytest.approx(100000 / shift, abs=200e-6)
    # The drift is detected once it has changed the latency by 5 ms, and changes it further until the ratio is right.
    # From then on the latency returns by half a millisecond in 10 s; uncorrected, it would change by 10 ms.
    assert last["latency_ms"] == pytest.approx(400, abs=15)
    final = [event["latency_ms"] for event in progress if event["seconds"] > last["seconds"] - 10]
    assert len(final) >= 9 and max(final) - min(final) < 3
    # The end, where the ratio is stable. A frame there is as long as the second clock makes it.
    end = numpy.nonzero(abs(recorded) > 0.1)[0][-1]
    wanted = HERTZ / 48000 * shift / 100000
    found = [fit_sine(recorded[end - 24000 * half :][:4800], wanted) for half in range(1, 10)]
    assert all(cycles == pytest.approx(wanted, rel=200e-6) for cycles, _ in found)
    assert sorted(decibels for _, decibels in found)[len(found) // 2] >= 100


def test_no_drift_reports_the_drift_without_correcting_it():
    with clock(102000), Running(ALOUD, *LOOPBACK, "--no-drift", "--period-size", 256) as loopback:
        loopback.wait_for_event("drift")
        loopback.wait_for_event("xrun")
        loopback.signal(signal.SIGINT)
        result = loopback.end()
    assert result.event("drift")["resampling"] is False
    assert result.events("progress")[-1]["ratio"] == 1.0
    assert "--no-drift" not in result.stderr and "xruns" in result.stderr


def test_on_sound_plays_only_while_there_is_sound(tmp_path):
    sound = noise(seconds=1, before=1.0, after=4.0)
    file = sound.wav(tmp_path / "sound.wav")
    log = tmp_path / "log"
    hooks = ["--run-before-start", f"echo before >>{log}", "--run-after-stop", f"echo after >>{log}"]
    with recorder(tmp_path / "recorded", *sound.options()):
        with Running(ALOUD, *LOOPBACK, "--on-sound", "--latency", "400ms", *hooks) as loopback:
            cards.wait_for_state("Loopback", "pcm1c", "RUNNING")
            assert cards.state("Loopback", "pcm0p", 1) == "closed"
            output_of("aplay", "-q", "-D", SOURCE, file)
            cards.wait_for_state("Loopback", "pcm0p", "closed", 1)
            loopback.signal(signal.SIGINT)
            result = loopback.end()
    assert [event["playing"] for event in result.events("sound")] == [True, False]
    assert log.read_text() == "before\nafter\n"
    assert xruns(result) == 0
    assert_contains(replace(sound, after=sound.after[: len(sound.after) // 4]), (tmp_path / "recorded").read_bytes())


def test_the_loss_from_a_slow_hook_is_reported(tmp_path):
    """What is captured while the hook takes longer than the latency can no longer be played in time."""
    sound = noise(seconds=4, after=4.0)
    file = sound.wav(tmp_path / "sound.wav")
    options = ["--on-sound", "--latency", "100ms", "--run-before-start", "sleep 1"]
    with Running(ALOUD, *LOOPBACK, *options) as loopback:
        cards.wait_for_state("Loopback", "pcm1c", "RUNNING")
        with Running("aplay", "-q", "-D", SOURCE, file):
            first = loopback.wait_for_event("xrun")
        loopback.signal(signal.SIGINT)
        loopback.end()
    assert first["side"] == "capture"
    assert first["frames_lost"] > 24000


def test_a_failing_hook_is_reported():
    result = aloud("loopback", "-C", CAPTURE, "-P", PLAYBACK, "-s", 100, "--run-before-start", "exit 3")
    assert result.status == 0
    assert "exit 3" in result.stderr


@pytest.mark.parametrize("devices", [["-C", "hw:9", "-P", PLAYBACK], ["-C", CAPTURE, "-P", "hw:9"]])
def test_an_unknown_device_is_not_found(devices):
    result = aloud("loopback", "--json", *devices)
    assert result.status == 3
    assert (result.error()["kind"], result.error()["device"]) == ("not_found", "hw:9")


def test_a_busy_device_names_its_holder():
    with cards.hold(PLAYBACK) as holder:
        result = aloud(*LOOPBACK)
    assert result.status == 5
    assert [reported["pid"] for reported in result.error()["holders"]] == [holder.pid]


def test_an_unsupported_format_is_refused():
    result = aloud("loopback", "--json", "-C", CAPTURE, "-P", "hw:Dummy", "-f", "S32_LE")
    assert (result.status, result.error()["kind"]) == (6, "unsupported")


def test_only_the_last_of_several_devices_is_used_and_that_is_said():
    result = aloud("loopback", "-C", "hw:Loopback,1,0", "-C", "hw:Loopback,1,1", "-P", "hw:Dummy", "-d", 0.1)
    assert result.status == 0 and "only the last -C is used: 'hw:Loopback,1,1'" in result.stderr
