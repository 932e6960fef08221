"""What one device captures is what another plays: bit for bit where they keep one time, and at its pitch where not."""

import signal
import statistics
import time
from contextlib import contextmanager
from dataclasses import replace

import numpy
import pytest
from lab import cards, qemu
from lab.program import ALOUD, Running, aloud, output_of, wait_until
from lab.sound import assert_contains, noise, wait_for_noise

SOURCE = "hw:Loopback,0,0"
CAPTURE = "hw:Loopback,1,0"
PLAYBACK = "hw:Loopback,0,1"
BETWEEN = ["loopback", "--json", "-C", CAPTURE, "-P", PLAYBACK]


@contextmanager
def recorder(path, *options):
    """arecord at the far end, with a long buffer for the emulation."""
    sizes = ["--buffer-size=96000", "--period-size=4800"]
    with Running("arecord", "-q", "-D", "hw:Loopback,1,1", "-t", "raw", *sizes, *options, path) as running:
        cards.wait_for_state("Loopback", "pcm1c", "RUNNING", 1)
        yield
        running.process.terminate()
        assert "overrun" not in running.end().stderr, "the lab's recorder could not keep up"


def pass_on(path, sound, *options):
    """Has aloud pass a sound on to arecord; gives how it ended, and what was heard."""
    spec = sound.options()
    file = sound.wav(path.with_suffix(".wav"))
    with recorder(path, *spec), Running(ALOUD, *BETWEEN, *spec, *options) as loopback:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING", 1)
        output_of("aplay", "-q", "-D", SOURCE, file)
        heard = wait_for_noise(sound, path)
        loopback.signal(signal.SIGINT)
        return loopback.end(), heard


def xruns(result):
    return result.event("end")["xruns"]


def undisturbed(attempt):
    """What comes of an attempt without an xrun: the emulation may stall for longer than the latency."""
    for _ in range(4):
        result, heard = attempt()
        if xruns(result) == 0:
            return result, heard
    raise AssertionError("an xrun each time")


@pytest.mark.parametrize("format, channels", [("S16_LE", 2), ("S24_3LE", 8), ("S32_LE", 2), ("FLOAT_LE", 1)])
def test_every_bit_passes(tmp_path, format, channels):
    sound = noise(format, channels=channels, seconds=2, before=0.5, after=1.0)
    sizes = ["--period-size", 256, "--latency", "400ms"]
    result, heard = undisturbed(lambda: pass_on(tmp_path / "heard", sound, *sizes))
    assert_contains(sound, heard)
    start = result.event("start")
    assert start["capture"]["period_size"] == start["playback"]["period_size"] == 256
    assert (start["latency_frames"], start["latency_ms"]) == (19200, 400.0)
    told = [event for event in result.events() if event["event"] == "progress"]
    assert (told[-1]["drift_ppm"], told[-1]["ratio"]) == (None, 1.0)
    # Both positions are told in steps of the kernel's clock; where the emulation stalls between the two, so do they.
    assert abs(statistics.median(event["latency_frames"] for event in told) - 19200) <= 192


def test_short_periods_get_the_latency_that_the_machine_needs(tmp_path):
    """Four periods of 64 frames are less than the emulation can keep: it finds that out before the sound begins."""
    sound = noise("S16_LE", seconds=2, before=3.0, after=1.0)
    for _ in range(4):
        result, heard = pass_on(tmp_path / "heard", sound, "--period-size", 64)
        told = [event for event in result.events() if event["event"] == "progress"]
        if told[-1]["xruns"] == told[-4]["xruns"]:
            break
    assert_contains(sound, heard)
    start = result.event("start")
    assert (start["capture"]["period_size"], start["latency_frames"]) == (64, 256)
    grown = told[-1]["latency_frames"]
    assert grown <= 4800
    assert ("too short for this machine" in result.stderr) == (grown > 300)


def test_a_latency_that_was_named_stays(tmp_path):
    with Running(ALOUD, *BETWEEN, "--period-size", 64, "--latency", "3ms") as loopback:
        wait_until(lambda: loopback.so_far().stdout.count('{"event":"xrun"') > 4, "xruns")
        loopback.signal(signal.SIGINT)
        result = loopback.end()
    assert "too short for this machine" not in result.stderr


def latencies(path, *command):
    """Passes a ramp on with that program, and gives how far behind its input the output was in each of many looks, in
    frames: the one card tells which frame is played, and what has come out at the other end tells the other."""
    spec = ["-f", "S32_LE", "-r", 48000, "-c", 1]
    ramp = numpy.concatenate([numpy.arange(1, 48000 * 2), numpy.zeros(24000)])
    ramp.astype("<i4").tofile(path.with_suffix(".raw"))
    looks = []
    with recorder(path, *spec), Running(*command, *spec) as program:
        # alsaloop opens its playback when there is something to be heard.
        cards.wait_for_state("Loopback", "pcm1c", "OPEN" if command[0] == "alsaloop" else "RUNNING")
        with Running("aplay", "-q", "-D", SOURCE, "-t", "raw", *spec, path.with_suffix(".raw")) as player:
            while player.process.poll() is None:
                given = cards.position("Loopback", "pcm0p")
                come = cards.position("Loopback", "pcm1c", 1)
                # Both in the same tick of the kernel's clock.
                if given is not None and given == cards.position("Loopback", "pcm0p"):
                    looks.append((given, come))
                time.sleep(0.02)
        program.signal(signal.SIGINT)
        result = program.end()
    heard = numpy.fromfile(path, "<i4")
    looks = [(given, heard[come - 1]) for given, come in looks if come and come <= len(heard)]
    return result, [given - frame for given, frame in looks if frame > 0]


def test_the_latency_is_the_one_told_and_no_longer_than_alsaloops(tmp_path):
    result, ours = latencies(tmp_path / "ours", ALOUD, *BETWEEN, "--latency", "100ms")
    alsaloop = ["alsaloop", "-C", CAPTURE, "-P", PLAYBACK, "-t", 100000, "-S", 0]
    _, theirs = latencies(tmp_path / "theirs", *alsaloop)
    assert result.event("start")["latency_frames"] == 4800
    assert statistics.median(ours) == 4800
    assert statistics.median(ours) <= statistics.median(theirs)


def test_a_signal_is_its_end(tmp_path):
    with Running(ALOUD, *BETWEEN) as loopback:
        loopback.wait_for_event("progress")
        loopback.signal(signal.SIGINT)
        result = loopback.end()
    assert result.status == -signal.SIGINT
    assert result.event("end")["why"] == "SIGINT"
    assert cards.state("Loopback", "pcm1c") == cards.state("Loopback", "pcm0p", 1) == "closed"


def test_it_ends_by_itself_after_so_many_frames():
    result = aloud(*BETWEEN, "-s", 10007)
    assert result.status == 0
    assert (result.event("end")["frames"], result.event("end")["why"]) == (10007, "finished")


@contextmanager
def clock(shift):
    """Has the second cable run by another clock: `shift` is 100000 parts of a frame's time."""

    def turn(value):
        for device in (0, 1):
            element = f"iface=PCM,name='PCM Rate Shift 100000',device={device},subdevice=1"
            output_of("amixer", "-q", "-c", "Loopback", "cset", element, value)

    turn(shift)
    yield
    turn(100000)


HERTZ = 997
SECONDS = 20


def sine_through(path, *options):
    """As `pass_on`, with a sine of 32 bits."""
    spec = ["-f", "S32_LE", "-r", 48000, "-c", 1]
    wave = numpy.sin(2 * numpy.pi * HERTZ / 48000 * numpy.arange(48000 * SECONDS))
    file = path.with_suffix(".raw")
    (0.5 * 2**31 * wave).astype("<i4").tofile(file)
    with recorder(path, *spec), Running(ALOUD, *BETWEEN, *spec, *options) as loopback:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING", 1)
        # Longer than what programs of the lab may usually take.
        with Running("aplay", "-q", "-D", SOURCE, "-t", "raw", *spec, file) as player:
            assert player.process.wait(SECONDS + 60) == 0
        loopback.signal(signal.SIGINT)
        result = loopback.end()
    return result, numpy.fromfile(path, "<i4") / 2**31


def purity(samples, cycles):
    """Cycles a frame of the sine in `samples`, near to `cycles`, and its power over that of the rest in dB: least
    squares."""
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
        options = ["--period-size", 256, "--latency", "400ms"]
        result, heard = undisturbed(lambda: sine_through(tmp_path / "heard", *options))
    drift = result.event("drift")
    assert drift["resampling"]
    assert drift["ppm"] == pytest.approx(10 * (shift - 100000), abs=100)
    assert "ppm faster" in result.stderr
    told = [event for event in result.events() if event["event"] == "progress"]
    last = told[-1]
    # What was first seen, in which the clocks' own unrest is, is corrected over minutes: a sine stays purer so.
    assert last["drift_ppm"] == pytest.approx(10 * (shift - 100000), abs=100)
    assert last["ratio"] == pytest.approx(100000 / shift, abs=200e-6)
    # The drift is seen in the 5 ms that it has moved the latency by, and moves it on until the ratio is there. From then
    # on the latency stands, but for half a millisecond in 10 s that it is led back by: alone it would walk 10 ms.
    assert last["latency_ms"] == pytest.approx(400, abs=15)
    at_last = [event["latency_ms"] for event in told if event["seconds"] > last["seconds"] - 10]
    assert len(at_last) >= 9 and max(at_last) - min(at_last) < 3
    # The last moments, when the ratio stands. Its frames are as long as the second clock makes them. Where the emulation
    # stalls, so do the positions that the clocks are told from: what counts is the middle of several looks.
    end = numpy.nonzero(abs(heard) > 0.1)[0][-1]
    wanted = HERTZ / 48000 * shift / 100000
    found = [purity(heard[end - 24000 * half :][:4800], wanted) for half in range(1, 10)]
    assert all(cycles == pytest.approx(wanted, rel=200e-6) for cycles, _ in found)
    assert sorted(decibels for _, decibels in found)[len(found) // 2] >= 100


def test_a_drift_that_is_not_to_be_followed_is_told(tmp_path):
    with clock(102000), Running(ALOUD, *BETWEEN, "--no-drift", "--period-size", 256) as loopback:
        loopback.wait_for_event("drift")
        loopback.wait_for_event("xrun")
        loopback.signal(signal.SIGINT)
        result = loopback.end()
    assert result.event("drift")["resampling"] is False
    assert [event["ratio"] for event in result.events() if event["event"] == "progress"][-1] == 1.0
    assert "--no-drift" not in result.stderr and "xruns" in result.stderr


def test_it_plays_only_while_there_is_sound(tmp_path):
    sound = noise(seconds=1, before=1.0, after=4.0)
    file = sound.wav(tmp_path / "sound.wav")
    log = tmp_path / "log"
    hooks = ["--run-before-start", f"echo before >>{log}", "--run-after-stop", f"echo after >>{log}"]
    with recorder(tmp_path / "heard", *sound.options()):
        with Running(ALOUD, *BETWEEN, "--on-sound", "--latency", "400ms", *hooks) as loopback:
            cards.wait_for_state("Loopback", "pcm1c", "RUNNING")
            assert cards.state("Loopback", "pcm0p", 1) == "closed"
            output_of("aplay", "-q", "-D", SOURCE, file)
            cards.wait_for_state("Loopback", "pcm0p", "closed", 1)
            loopback.signal(signal.SIGINT)
            result = loopback.end()
    assert [event["playing"] for event in result.events() if event["event"] == "sound"] == [True, False]
    assert log.read_text() == "before\nafter\n"
    if xruns(result) == 0:
        assert_contains(replace(sound, after=sound.after[: len(sound.after) // 4]), (tmp_path / "heard").read_bytes())


def test_what_a_slow_hook_costs_is_told(tmp_path):
    """What is captured while the hook takes longer than the latency cannot be played in time any more."""
    sound = noise(seconds=4, after=4.0)
    file = sound.wav(tmp_path / "sound.wav")
    options = ["--on-sound", "--latency", "100ms", "--run-before-start", "sleep 1"]
    with Running(ALOUD, *BETWEEN, *options) as loopback:
        cards.wait_for_state("Loopback", "pcm1c", "RUNNING")
        with Running("aplay", "-q", "-D", SOURCE, file):
            loopback.wait_for_event("xrun")
        loopback.signal(signal.SIGINT)
        result = loopback.end()
    first = next(event for event in result.events() if event["event"] == "xrun")
    assert first["side"] == "capture"
    assert first["frames_lost"] > 24000


def test_a_hook_that_fails_is_told():
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
        result = aloud(*BETWEEN)
    assert result.status == 5
    assert [told["pid"] for told in result.error()["holders"]] == [holder.pid]


def test_what_a_device_cannot_do_is_refused():
    result = aloud("loopback", "--json", "-C", CAPTURE, "-P", "hw:Dummy", "-f", "S32_LE")
    assert (result.status, result.error()["kind"]) == (6, "unsupported")


def test_losing_a_device_is_the_end():
    with Running(ALOUD, "loopback", "--json", "-C", CAPTURE, "-P", "hw:USB") as loopback:
        loopback.wait_for_event("progress")
        qemu.unplug_usb()
        result = loopback.end()
    qemu.plug_usb()
    assert result.status == 7
    assert (result.error()["kind"], result.error()["device"]) == ("disconnected", "hw:USB")
    assert result.event("end")["why"] == "error"
