"""Several devices are recorded together: aligned to the frame, and kept together when their clocks drift."""

import signal
import time
from contextlib import contextmanager
from pathlib import Path

import numpy
import pytest
from lab import cards
from lab.cards import clock
from lab.groups import CAPTURE, RATE, frames_of, offsets, sine, wait_until_all_run, without_dummy
from lab.program import ALOUD, Running, aloud
from lab.sound import noise


@contextmanager
def both_cables(path, sound, cables=2):
    """Lets aplay play a sound into several cables, each with its part of the channels."""
    width = sound.channels // cables
    slaves = [f'slaves.s{n} {{ pcm "hw:Loopback,0,{n}" channels {width} }}' for n in range(cables)]
    bindings = [f"bindings.{n} {{ slave s{n // width} channel {n % width} }}" for n in range(sound.channels)]
    config = path / "asoundrc"
    config.write_text("\n".join(["</usr/share/alsa/alsa.conf>", "pcm.cables { type multi", *slaves, *bindings, "}"]))
    (path / "played.raw").write_bytes(sound.data)
    player = ["aplay", "-q", "-D", "cables", "-t", "raw", *sound.options(), path / "played.raw"]
    with Running(*player, environment={"ALSA_CONFIG_PATH": str(config)}) as running:
        yield running


def test_two_cables_are_recorded_bit_exact_and_aligned(tmp_path):
    sound = noise(channels=4, seconds=1)
    take = tmp_path / "take.wav"
    with Running(ALOUD, "record", "--json", *CAPTURE, "-d", 3, take) as recorder:
        wait_until_all_run()
        with both_cables(tmp_path, sound):
            result = recorder.end()
    start, end = result.event("start"), result.event("end")
    assert (result.status, end["frames"], end["xruns"]) == (0, 144_000, 0)
    found = [(one["device"], one["first_channel"], one["linked"]) for one in start["devices"]]
    assert found == [("hw:Loopback,1,0", 1, True), ("hw:Loopback,1,1", 3, True)]
    assert [(one["frames"], one["drift_ppm"], one["resampling"]) for one in end["devices"]] == 2 * [(144_000, None, False)]
    assert sound.signal in frames_of(take, 4).tobytes()


def test_each_device_has_a_file_of_its_own(tmp_path):
    sound = noise(channels=4, seconds=1)
    with Running(ALOUD, "record", "--json", *CAPTURE, "--separate-devices", "-d", 3, tmp_path / "take.wav") as recorder:
        wait_until_all_run()
        with both_cables(tmp_path, sound):
            assert recorder.end().status == 0
    files = [tmp_path / "take-0.wav", tmp_path / "take-1.wav"]
    both = numpy.hstack([frames_of(file, 2) for file in files])
    assert len(both) == 144_000 and sound.signal in both.tobytes()


def test_each_device_has_a_next_file_on_request(tmp_path):
    sound = noise(channels=4, seconds=3)
    with Running(ALOUD, "record", "--json", *CAPTURE, "--separate-devices", tmp_path / "take.wav") as recorder:
        wait_until_all_run()
        with both_cables(tmp_path, sound):
            for count in (1, 2):
                recorder.wait_for_event("progress", count)
                recorder.signal(signal.SIGUSR1)
            recorder.wait_for_event("progress", 4)
            recorder.signal(signal.SIGINT)
            result = recorder.end()
    assert (result.status, result.event("end")["why"]) == (0, "SIGINT")
    files = [numpy.hstack([frames_of(tmp_path / f"take-{n}-0{part}.wav", 2) for n in (0, 1)]) for part in (1, 2, 3)]
    both = numpy.vstack(files)
    assert len(both) == result.event("end")["frames"] and min(map(len, files)) > 20_000
    assert sound.signal in both.tobytes()


def test_eight_devices_of_eight_channels_at_96_khz(tmp_path):
    sound = noise(rate=96_000, channels=64, seconds=0.25, after=0.5)
    devices = [word for n in range(8) for word in ("-D", f"hw:Loopback,1,{n}")]
    take = tmp_path / "take.wav"
    with Running(ALOUD, "record", "--json", *devices, "-c", 8, "-r", 96_000, "-d", 1.5, take) as recorder:
        wait_until_all_run(8)
        with both_cables(tmp_path, sound, 8):
            result = recorder.end()
    assert (result.status, result.event("end")["xruns"]) == (0, 0)
    assert sound.signal in frames_of(take, 64).tobytes()


def test_what_a_device_cannot_do_is_converted(tmp_path):
    take = tmp_path / "take.wav"
    devices = ["-D", "hw:Loopback,1,0", "-D", "hw:Dummy", "-D", "null"]
    result = aloud("record", "--json", *devices, "-f", "S32_LE", "-r", 32_000, "-c", 1, "-d", 1, take)
    assert (result.status, result.event("end")["frames"]) == (0, 32_000)
    conversions = [one["conversion"] for one in result.event("start")["devices"]]
    assert conversions[0] is None and "S16_LE" in conversions[1]
    assert {one["linked"] for one in result.event("start")["devices"]} == {False}
    assert frames_of(take, 3, "<i4").shape == (32_000, 3)


@pytest.mark.parametrize("shift", [100_010, 99_990])
def test_devices_with_two_clocks_stay_together(tmp_path, shift):
    seconds = 60
    take = tmp_path / "take.wav"
    speed = 100_000 / shift
    players = [sine(tmp_path / "first.raw", seconds + 5, 1), sine(tmp_path / "second.raw", seconds + 5, speed)]
    spec = ["-f", "S16_LE", "-r", RATE, "-c", 1]
    play = lambda n: Running("aplay", "-q", "-D", f"hw:Loopback,0,{n}", "-t", "raw", *spec, players[n])
    with clock(shift), play(0), play(1):
        result = aloud("record", "--json", *CAPTURE, *spec, "-d", seconds, take, timeout=seconds + 30)
    drift, end = result.event("drift"), result.event("end")
    assert (result.status, end["xruns"]) == (0, 0)
    assert (drift["device"], drift["resampling"]) == ("hw:Loopback,1,1", True)
    ppm = 1e6 * (speed - 1)
    assert end["devices"][1]["drift_ppm"] == pytest.approx(ppm, abs=5)
    found = offsets(frames_of(take, 2))[2:-1]
    assert abs(found - found[:2].mean()).max() < 1


def test_lost_frames_of_one_device_are_silence_in_its_channels(tmp_path):
    sound = noise(channels=4, seconds=3)
    take = tmp_path / "take.wav"
    with Running(ALOUD, "record", "--json", *CAPTURE, "-d", 5, take) as recorder:
        wait_until_all_run()
        with both_cables(tmp_path, sound):
            recorder.wait_for_event("progress")
            Path("/proc/asound/Loopback/pcm1c/sub1/xrun_injection").write_text("1")
            result = recorder.end()
    xrun, end = result.event("xrun"), result.event("end")
    assert (result.status, xrun["device"], end["xruns"], end["frames"]) == (0, "hw:Loopback,1,1", 1, 240_000)
    assert [one["xruns"] for one in end["devices"]] == [0, 1]
    assert end["devices"][1]["frames_lost"] == xrun["frames_lost"]
    recorded, played = frames_of(take, 4), numpy.frombuffer(sound.signal, "<i2").reshape(-1, 4)
    first, second = (numpy.ascontiguousarray(part).tobytes() for part in (recorded[:, :2], recorded[:, 2:]))
    assert numpy.ascontiguousarray(played[:, :2]).tobytes() in first
    later = [numpy.ascontiguousarray(played[100_000:100_100, n : n + 2]).tobytes() for n in (0, 2)]
    at = [part.find(noise) // 4 for part, noise in zip((first, second), later)]
    # The cable moves in steps of 10 ms.
    assert min(at) > 0 and abs(at[1] - at[0]) < 480


def test_the_loss_of_one_device_ends_the_recording_and_names_it(tmp_path):
    take = tmp_path / "take.wav"
    with Running(ALOUD, "record", "--json", "-D", "hw:Loopback,1,0", "-D", "hw:Dummy", take) as recorder:
        recorder.wait_for_event("progress")
        with without_dummy():
            result = recorder.end()
    error, end = result.error(), result.event("end")
    assert (result.status, error["kind"], error["device"]) == (7, "disconnected", "hw:Dummy")
    assert len(frames_of(take, 4)) == end["frames"] >= 48_000
    # Silence stands for what the lost device lacks.
    assert [one["frames"] for one in end["devices"]] == 2 * [end["frames"]]
    assert [one["frames_lost"] > 0 for one in end["devices"]] == [False, True]


def test_a_device_that_is_back_continues_in_its_channels(tmp_path):
    take = tmp_path / "take.wav"
    devices = ["-D", "hw:Loopback,1,0", "-D", "hw:Dummy"]
    with Running(ALOUD, "record", "--json", *devices, "--on-lost=wait", "-d", 6, take) as recorder:
        recorder.wait_for_event("progress")
        with without_dummy():
            recorder.wait_for_event("lost")
            time.sleep(2)
        result = recorder.end()
    lost, back, end = result.event("lost"), result.event("back"), result.event("end")
    assert (result.status, lost["device"], end["frames"]) == (0, "hw:Dummy", 6 * 48_000)
    assert [one["frames"] for one in end["devices"]] == 2 * [6 * 48_000]
    assert end["devices"][0]["frames_lost"] == 0
    assert end["devices"][1]["frames_lost"] == back["gap_frames"] == pytest.approx(2 * 48_000, rel=0.2)


def test_a_signal_ends_the_recording_of_all_devices(tmp_path):
    take = tmp_path / "take.wav"
    with Running(ALOUD, "record", "--json", *CAPTURE, take) as recorder:
        recorder.wait_for_event("progress")
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    assert (result.status, result.event("end")["why"]) == (0, "SIGINT")
    assert len(frames_of(take, 4)) == result.event("end")["frames"] >= 48_000


@pytest.mark.parametrize("second", ["hw:Loopback,1,1", "hw:Dummy"])
def test_devices_stay_aligned_after_a_suspend(tmp_path, second):
    take = tmp_path / "take.wav"
    with Running(ALOUD, "record", "--json", "-D", "hw:Loopback,1,0", "-D", second, take) as recorder:
        recorder.wait_for_event("progress")
        cards.suspend()
        recorder.wait_for_event("progress", 8)
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    end, lost = result.event("end"), [event["frames_lost"] for event in result.events("xrun")]
    assert (result.status, result.events("drift"), end["frames"]) == (0, [], len(frames_of(take, 4)))
    # Each device is filled up with what it has missed by the clock.
    assert end["frames"] == pytest.approx(8 * 48_000, rel=0.1)
    assert [one["frames_lost"] for one in end["devices"]] == lost
    assert lost == [pytest.approx(5 * 48_000, rel=0.2)] * 2


@pytest.mark.parametrize("files", [["/dev/full"], ["a.wav", "/dev/full"]])
def test_a_disk_that_is_full_stops_all_devices(tmp_path, files):
    separate = ["--separate-devices"] * (len(files) > 1)
    result = aloud("record", "--json", *CAPTURE, *separate, *[tmp_path / file for file in files])
    error = result.error()
    assert (result.status, error["kind"], error["file"]) == (10, "no_space", "/dev/full")


def test_after_a_kill_all_files_are_valid(tmp_path):
    with Running(ALOUD, "record", "--json", *CAPTURE, "--separate-devices", tmp_path / "take.wav") as recorder:
        recorder.wait_for_event("progress", 3)
        recorder.signal(signal.SIGKILL)
        recorder.end()
    first, second = (len(frames_of(tmp_path / f"take-{n}.wav", 2)) for n in (0, 1))
    assert first == second > 48_000


@pytest.mark.parametrize("names, message", [(["hw:0", "hw:0"], "named twice"), (["hw:0,0", "plughw:Dummy"], "the same device")])
def test_one_device_cannot_be_recorded_twice(tmp_path, names, message):
    result = aloud("record", "--json", "-D", names[0], "-D", names[1], "-d", 1, tmp_path / "take.wav")
    assert (result.status, message in result.error()["message"]) == (2, True), result


def test_a_device_that_cannot_be_opened_leaves_no_file(tmp_path):
    take = tmp_path / "take.wav"
    with cards.recorder(tmp_path / "other.raw", "-f", "dat", subdevice=2):
        result = aloud("record", "--json", *CAPTURE, "-D", "plughw:Loopback,1,2", take)
    assert (result.status, take.exists()) == (5, False)
    assert [one["frames"] for one in result.event("end")["devices"]] == [0, 0, 0]


@pytest.mark.parametrize("options", [["-i"], ["--timestamps=x"], ["--remix=1"], ["--card=Loopback"], ["--on-lost=split"]])
def test_what_several_devices_cannot_do_is_a_usage_error(tmp_path, options):
    take = tmp_path / "take.wav"
    result = aloud("record", "--json", *CAPTURE, *options, "-d", 1, take)
    assert (result.status, result.error()["kind"], take.exists()) == (2, "usage", False)
