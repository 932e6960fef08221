"""Several devices play together: aligned to the frame, and kept together when their clocks drift."""

import json
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import numpy
import pytest
from lab import cards
from lab.cards import clock
from lab.groups import CAPTURE, PLAYBACK, frames_of, offsets, sine, wait_until_all_run, without_dummy
from lab.program import ALOUD, Running, aloud, output_of, wait_until
from lab.sound import noise
from lab.terminal import Terminal

RIGHT = "\x1b[C"


@contextmanager
def listener(take, *options, devices=CAPTURE, count=2):
    """Records what all cables carry, aligned, until the `with` block ends."""
    with Running(ALOUD, "record", *devices, *options, take) as recorder:
        wait_until_all_run(count)
        yield recorder
        recorder.signal(signal.SIGINT)
        assert recorder.end().status == 0


@contextmanager
def played_beside_dummy(path):
    """Plays six seconds on a cable, which is recorded, and on Dummy, and waits for Dummy if it is lost."""
    sound = noise(seconds=6)
    devices = ["-D", "hw:Loopback,0,0", "-D", "hw:Dummy", "--on-lost=wait"]
    words = ["play", "--json", *devices, sound.wav(path / "x.wav")]
    with listener(path / "take.wav"), Running(ALOUD, *words) as player:
        player.wait_for_event("progress")
        yield sound, player


def heard_beside_dummy(path):
    """What that cable carried."""
    return numpy.ascontiguousarray(frames_of(path / "take.wav", 4)[:, :2]).tobytes()


def parts(sound, width):
    """The channels of a sound, `width` at a time."""
    frames = numpy.frombuffer(sound.signal, "<i2").reshape(-1, sound.channels)
    return [numpy.ascontiguousarray(frames[:, n : n + width]) for n in range(0, sound.channels, width)]


def test_channels_are_split_bit_exact_and_aligned(tmp_path):
    sound, take = noise(channels=4, seconds=1), tmp_path / "take.wav"
    with listener(take):
        result = aloud("play", "--json", *PLAYBACK, "--split-channels", sound.wav(tmp_path / "session.wav"))
    start, end = result.event("start"), result.event("end")
    assert (result.status, end["why"], end["frames"], end["xruns"]) == (0, "finished", sound.frames, 0)
    found = [(one["device"], one["first_channel"], one["linked"]) for one in start["devices"]]
    assert found == [("hw:Loopback,0,0", 1, True), ("hw:Loopback,0,1", 3, True)]
    done = [(one["frames"], one["drift_ppm"], one["resampling"]) for one in end["devices"]]
    assert done == 2 * [(sound.frames, None, False)]
    assert sound.signal in frames_of(take, 4).tobytes()


def test_each_device_plays_the_same_files_without_a_gap(tmp_path):
    sound, take = noise(seconds=1), tmp_path / "take.wav"
    half = len(sound.signal) // 2
    files = []
    for name, data in [("a.raw", sound.signal[:half]), ("b.raw", sound.signal[half:] + sound.after)]:
        (tmp_path / name).write_bytes(data)
        files.append(tmp_path / name)
    with listener(take):
        result = aloud("play", "--json", *PLAYBACK, "-t", "raw", *sound.options(), *files)
    assert (result.status, len(result.events("start")), result.event("end")["frames"]) == (0, 1, sound.frames)
    assert [one["first_channel"] for one in result.event("start")["devices"]] == [None, None]
    assert numpy.hstack([*parts(sound, 2), *parts(sound, 2)]).tobytes() in frames_of(take, 4).tobytes()


def test_eight_devices_of_eight_channels_at_96_khz(tmp_path):
    sound, take = noise(rate=96_000, channels=64, seconds=0.25, after=0.5), tmp_path / "take.wav"
    names = lambda side: [word for n in range(8) for word in ("-D", f"hw:Loopback,{side},{n}")]
    with listener(take, "-c", 8, "-r", 96_000, devices=names(1), count=8):
        result = aloud("play", "--json", *names(0), "--split-channels", sound.wav(tmp_path / "session.wav"))
    assert (result.status, result.event("end")["xruns"]) == (0, 0)
    assert sound.signal in frames_of(take, 64).tobytes()


def test_what_a_device_cannot_do_is_converted(tmp_path):
    sound = noise("S32_LE", rate=32_000, channels=1, seconds=1)
    devices = ["-D", "hw:Loopback,0,0", "-D", "hw:Dummy", "-D", "null"]
    result = aloud("play", "--json", *devices, sound.wav(tmp_path / "x.wav"))
    assert (result.status, result.event("end")["xruns"]) == (0, 0)
    start = result.event("start")["devices"]
    assert [one["conversion"] is None for one in start] == [True, False, True]
    assert {one["linked"] for one in start} == {False}
    done = [one["frames"] for one in result.event("end")["devices"]]
    assert done == [sound.frames * one["configured"]["rate"] // 32_000 for one in start]


@pytest.mark.parametrize("shift", [100_010, 99_990])
def test_devices_with_two_clocks_stay_together(tmp_path, shift):
    # At low rates, such a cable is much faster than its clock: it rounds up to whole frames.
    seconds, rate = 30, 48_000
    spec = ["-f", "S16_LE", "-r", rate, "-c", 1]
    song, take = sine(tmp_path / "sine.raw", seconds, rate=rate), tmp_path / "take.wav"
    with clock(shift), listener(take, "--json", *spec) as recorder:
        player = aloud("play", "--json", *PLAYBACK, "-t", "raw", *spec, song, timeout=seconds + 30)
    drift, end = player.event("drift"), player.event("end")
    assert (player.status, end["xruns"]) == (0, 0)
    assert (drift["device"], drift["resampling"]) == ("hw:Loopback,0,1", True)
    heard = recorder.so_far().event("end")["devices"][1]
    assert end["devices"][1]["drift_ppm"] == pytest.approx(heard["drift_ppm"], abs=5)
    frames = frames_of(take, 2)
    start = numpy.argmax(numpy.abs(frames[:, 0]) > 0)
    found = offsets(frames[start:], rate)[: seconds - 2]
    assert len(found) == seconds - 2 and abs(found).max() < 0.5


def test_a_device_with_an_underrun_skips_what_the_others_play(tmp_path):
    sound, take = noise(channels=4, seconds=3), tmp_path / "take.wav"
    session = sound.wav(tmp_path / "session.wav")
    with listener(take), Running(ALOUD, "play", "--json", *PLAYBACK, "--split-channels", session) as player:
        player.wait_for_event("progress")
        Path("/proc/asound/Loopback/pcm0p/sub1/xrun_injection").write_text("1")
        result = player.end()
    xrun, end = result.event("xrun"), result.event("end")
    assert (result.status, xrun["device"], end["xruns"]) == (0, "hw:Loopback,0,1", 1)
    assert [one["xruns"] for one in end["devices"]] == [0, 1]
    assert end["devices"][0]["frames"] == sound.frames
    assert end["devices"][1]["frames"] + xrun["frames_lost"] == sound.frames
    recorded, (first, second) = frames_of(take, 4), parts(sound, 2)
    heard = [numpy.ascontiguousarray(recorded[:, n : n + 2]).tobytes() for n in (0, 2)]
    assert first.tobytes() in heard[0]
    at = [part.find(noise[120_000:120_100].tobytes()) // 4 for part, noise in zip(heard, (first, second))]
    # The cable moves in steps of 10 ms.
    assert min(at) > 0 and abs(at[1] - at[0]) < 480


def test_after_a_pause_all_play_on_aligned(tmp_path):
    sound, take = noise(channels=4, seconds=2), tmp_path / "take.wav"
    session = sound.wav(tmp_path / "session.wav")
    with listener(take), Running(ALOUD, "play", "--json", *PLAYBACK, "--split-channels", session) as player:
        player.wait_for_event("progress")
        player.signal(signal.SIGTSTP)
        player.wait_for_state("T")
        time.sleep(1)
        player.signal(signal.SIGCONT)
        result = player.end()
    pause, resume, end = (result.event(name) for name in ("pause", "resume", "end"))
    assert (result.status, end["frames"], end["xruns"]) == (0, sound.frames, 0)
    assert pause["frames"] == resume["frames"] > 0
    later = numpy.frombuffer(sound.signal, "<i2").reshape(-1, 4)[pause["frames"] + 480 :]
    assert later.tobytes() in frames_of(take, 4).tobytes()


def test_keys_concern_all_devices(tmp_path):
    sound, take = noise(channels=4, seconds=12), tmp_path / "take.wav"
    session = sound.wav(tmp_path / "session.wav")
    with listener(take), Terminal("play", *PLAYBACK, "--split-channels", session) as terminal:
        wait_until_all_run(pcm="pcm0p")
        time.sleep(1)
        terminal.type(RIGHT)
        time.sleep(2)
        # A terminal that nobody reads stops the program.
        assert "paused" not in terminal.output
        terminal.type("-" * 6)
        wait_until(lambda: "-12 dB" in terminal.output, "the volume")
        time.sleep(1)
        terminal.type("q")
        assert terminal.end() == 0
    recorded, played = frames_of(take, 4), numpy.frombuffer(sound.signal, "<i2").reshape(-1, 4)
    # The position after the seek is about six seconds.
    assert played[int(6.4 * 48_000) : int(7.6 * 48_000)].tobytes() in recorded.tobytes()
    end = numpy.flatnonzero(recorded.any(axis=1))[-1]
    levels = recorded[end - 24_000 : end - 4_800].astype(float).std(axis=0) / played.astype(float).std(axis=0)
    assert levels == pytest.approx(10 ** (-12 / 20), rel=0.05)


def test_a_pipe_that_stalls_stops_all_and_loses_nothing(tmp_path):
    sound, take = noise(channels=4, seconds=2), tmp_path / "take.wav"
    half = len(sound.signal) // 2
    command = f"head -c {half} x.raw; sleep 2; tail -c +{half + 1} x.raw"
    (tmp_path / "x.raw").write_bytes(sound.data)
    options = [*PLAYBACK, "--split-channels", "-t", "raw", *sound.options()]
    play = " ".join(map(str, [ALOUD, "play", "--json", *options]))
    with listener(take), Running("sh", "-c", f"cd {tmp_path}; ({command}) | {play}") as player:
        result = player.end()
    end = result.event("end")
    assert (result.status, end["frames"]) == (0, sound.frames)
    assert [one["xruns"] for one in end["devices"]] == [1, 1]
    heard = frames_of(take, 4).tobytes()
    assert sound.signal[:half] in heard and sound.signal[half:] in heard


def test_a_pipe_that_ends_after_a_stall_ends_the_playback(tmp_path):
    sound = noise(seconds=0.5)
    (tmp_path / "x.raw").write_bytes(sound.data)
    play = " ".join(map(str, [ALOUD, "play", "--json", *PLAYBACK, "-t", "raw", *sound.options()]))
    with Running("sh", "-c", f"(cat {tmp_path}/x.raw; sleep 2) | {play}") as player:
        result = player.end()
    end = result.event("end")
    assert (result.status, end["why"], end["frames"]) == (0, "finished", len(sound.data) // 4)


def test_the_loss_of_one_device_ends_the_playback_and_names_it(tmp_path):
    song = noise(seconds=5).wav(tmp_path / "x.wav")
    with Running(ALOUD, "play", "--json", "-D", "hw:Loopback,0,0", "-D", "hw:Dummy", song) as player:
        player.wait_for_event("progress")
        with without_dummy():
            result = player.end()
    error = result.error()
    assert (result.status, error["kind"], error["device"]) == (7, "disconnected", "hw:Dummy")


def test_the_others_play_on_while_a_device_is_away(tmp_path):
    with played_beside_dummy(tmp_path) as (sound, player):
        with without_dummy():
            player.wait_for_event("lost")
            time.sleep(2)
        result = player.end()
    lost, end = result.event("lost"), result.event("end")
    first, second = end["devices"]
    assert (result.status, lost["device"], first["frames"]) == (0, "hw:Dummy", sound.frames)
    assert (first["frames_lost"], second["xruns"]) == (0, 0)
    assert second["frames_lost"] == pytest.approx(2 * 48_000, rel=0.2)
    assert second["frames"] + second["frames_lost"] == pytest.approx(sound.frames, abs=480)
    assert sound.signal in heard_beside_dummy(tmp_path)


def test_a_device_lost_in_a_pause_joins_the_others_when_it_is_back(tmp_path):
    unbind = "echo snd_dummy.0 > /sys/bus/platform/drivers/snd_dummy/unbind"
    with played_beside_dummy(tmp_path) as (sound, player):
        player.signal(signal.SIGTSTP)
        player.wait_for_state("T")
        # The driver waits until its devices are closed.
        with Running("sh", "-c", unbind) as driver:
            wait_until(lambda: not cards.present("Dummy"), "Dummy to go away")
            player.signal(signal.SIGCONT)
            player.wait_for_event("lost")
            driver.end()
            time.sleep(1)
            cards.dummy_driver("bind")
        result = player.end()
    pause, end = result.event("pause"), result.event("end")
    first, second = end["devices"]
    assert (result.status, result.event("back")["device"], first["frames"]) == (0, "hw:Dummy", sound.frames)
    assert second["frames_lost"] == pytest.approx(48_000, rel=0.3)
    assert second["frames"] + second["frames_lost"] == pytest.approx(sound.frames, abs=480)
    later = numpy.frombuffer(sound.signal, "<i2").reshape(-1, 2)[pause["frames"] + 480 :]
    assert later.tobytes() in heard_beside_dummy(tmp_path)


def test_a_pause_while_a_device_is_away_loses_nothing(tmp_path):
    with played_beside_dummy(tmp_path) as (sound, player):
        with without_dummy():
            player.wait_for_event("lost")
            player.signal(signal.SIGTSTP)
            player.wait_for_state("T")
            time.sleep(3)
            player.signal(signal.SIGCONT)
            time.sleep(1)
        result = player.end()
    pause, end = result.event("pause"), result.event("end")
    first, second = end["devices"]
    assert (result.status, first["frames"], end["xruns"]) == (0, sound.frames, 0)
    assert second["frames_lost"] == pytest.approx(48_000, rel=0.3)
    assert second["frames"] + second["frames_lost"] == pytest.approx(sound.frames, abs=480)
    later = numpy.frombuffer(sound.signal, "<i2").reshape(-1, 2)[pause["frames"] + 480 :]
    assert later.tobytes() in heard_beside_dummy(tmp_path)


def test_a_seek_while_a_device_is_away_moves_all(tmp_path):
    sound, take = noise(seconds=12), tmp_path / "take.wav"
    devices = ["-D", "hw:Loopback,0,0", "-D", "hw:Dummy", "--on-lost=wait"]
    with listener(take), Terminal("play", *devices, sound.wav(tmp_path / "x.wav")) as terminal:
        wait_until_all_run(1, pcm="pcm0p")
        time.sleep(1)
        with without_dummy():
            wait_until(lambda: "waiting for 'hw:Dummy'" in terminal.output, "the loss")
            terminal.type(RIGHT)
            time.sleep(1)
        time.sleep(1)
        assert cards.state("Dummy", "pcm0p") == "RUNNING"
        terminal.type("q")
        assert terminal.end() == 0
    assert "cannot" not in terminal.output
    played = numpy.frombuffer(sound.signal, "<i2").reshape(-1, 2)
    # The position after the seek is about six seconds.
    assert played[int(6.5 * 48_000) : int(7.5 * 48_000)].tobytes() in numpy.ascontiguousarray(frames_of(take, 4)[:, :2]).tobytes()


@pytest.mark.parametrize("on_lost", ["fail", "wait"])
def test_a_loss_in_a_pause_is_noticed_at_once(tmp_path, on_lost):
    devices = ["-D", "hw:Loopback,0,0", "-D", "hw:Dummy", f"--on-lost={on_lost}"]
    with Terminal("play", *devices, noise(seconds=5).wav(tmp_path / "x.wav")) as terminal:
        wait_until_all_run(1, pcm="pcm0p")
        time.sleep(1)
        terminal.type(" ")
        wait_until(lambda: "paused" in terminal.output, "the pause")
        # The driver waits until its devices are closed.
        before = time.monotonic()
        with without_dummy():
            assert time.monotonic() - before < 0.5
            if on_lost == "fail":
                assert terminal.end() == 7
        if on_lost == "wait":
            terminal.type(" ")
            cards.wait_for_state("Dummy", "pcm0p", "RUNNING")
            terminal.type("q")
            assert terminal.end() == 0


def test_another_format_follows_soon(tmp_path):
    # The cable takes one format only, so that the second file is converted, without a change of its samples.
    first, take = noise(before=0.1, seconds=0.5, after=0), tmp_path / "take.wav"
    second = numpy.frombuffer(noise(before=0, seconds=0.5, after=0.5).data, "<i2").astype("<i4") << 16
    (tmp_path / "b.raw").write_bytes(second.tobytes())
    output_of("sox", "-t", "raw", "-e", "signed", "-b", 32, "-r", 48_000, "-c", 2, tmp_path / "b.raw", tmp_path / "b.wav")
    with listener(take):
        result = aloud("play", "--json", *PLAYBACK, first.wav(tmp_path / "a.wav"), tmp_path / "b.wav")
    assert (result.status, len(result.events("start")), result.event("end")["xruns"]) == (0, 2, 0)
    heard = numpy.flatnonzero(frames_of(take, 4)[:, 0])
    # The cable does not deliver the last moments before a stop.
    assert numpy.diff(heard).max() < 0.08 * 48_000


def test_the_next_file_waits_for_a_device_that_is_away(tmp_path):
    files = [noise(seconds=1, rate=rate).wav(tmp_path / f"{rate}.wav") for rate in (48_000, 44_100)]
    devices = ["-D", "hw:Loopback,0,0", "-D", "hw:Dummy", "--on-lost=wait"]
    with Running(ALOUD, "play", "--json", *devices, *files) as player:
        player.wait_for_event("progress")
        with without_dummy():
            player.wait_for_event("lost")
            time.sleep(2)
        result = player.end()
    lost, back, end = (result.event(name) for name in ("lost", "back", "end"))
    assert (result.status, back["device"], len(result.events("start"))) == (0, lost["device"], 2)
    assert (end["seconds"], end["devices"][0]["frames_lost"]) == (3.0, 0)


def test_events_of_a_short_file_are_in_order(tmp_path):
    result = aloud("play", "--json", *PLAYBACK, noise(seconds=0.1, after=0.1).wav(tmp_path / "x.wav"))
    found = [event.get("state", event["event"]) for event in result.events()]
    assert (result.status, found[:3]) == (0, ["start", "opened", "finished"])


def test_a_signal_stops_all_devices(tmp_path):
    song = noise(seconds=5).wav(tmp_path / "x.wav")
    with Running(ALOUD, "play", "--json", *PLAYBACK, song) as player:
        player.wait_for_event("progress")
        player.signal(signal.SIGINT)
        result = player.end()
    assert (result.status, result.event("end")["why"]) == (-signal.SIGINT, "SIGINT")
    assert 0 < result.event("end")["frames"] < 4 * 48_000


@pytest.mark.parametrize(
    "options, status, message",
    [
        (["-D", "hw:Loopback,0,0"], 2, "'hw:Loopback,0,0' is named twice"),
        (["-D", "plughw:1,0,0"], 2, "'hw:Loopback,0,0' and 'plughw:1,0,0' are the same device"),
        (["-D", ""], 3, "empty"),
        (["-D", "hw:Dummy", "--exact"], 6, "hw:Dummy"),
        (["-D", "hw:Loopback,0,1", "--card=Dummy"], 2, "--card"),
        (["-D", "hw:Dummy", "--split-channels=1,2"], 6, "the sound has 4 channels"),
        (["-D", "hw:Dummy", "-D", "null", "--split-channels"], 6, "4 channels cannot be split evenly among 3 devices"),
        (["-D", "hw:Dummy", "--split-channels=4"], 2, "a number for each device"),
        (["--split-channels"], 2, "repeat -D"),
    ],
)
def test_what_cannot_be_played_together_is_an_error_before_a_sound(tmp_path, options, status, message):
    song = noise("S32_LE", channels=4, seconds=1).wav(tmp_path / "x.wav")
    result = aloud("play", "--json", "-D", "hw:Loopback,0,0", *options, song)
    assert (result.status, message in result.error()["message"]) == (status, True), result
    assert not any(json.loads(line)["event"] == "start" for line in result.stdout.splitlines())
