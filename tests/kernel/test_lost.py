"""A card that goes away and comes back: the transfer waits and continues, and its timeline stays true."""

import os
import random
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy
import pytest
from lab import attack, cards, ramp
from lab.errors import assert_disconnected
from lab.program import ALOUD, Running
from lab.sound import noise

RATE = 48000
OPTIONS = ["-f", "S16_LE", "-r", RATE, "-c", 2]


@pytest.fixture(autouse=True)
def restored():
    """Leaves both cards present, with their usual numbers."""
    yield
    if not all(map(cards.present, cards.ALL)) or cards.index("Dummy") != 0:
        for card in filter(cards.present, cards.ALL):
            cards.driver(card, "unbind")
        for card in cards.ALL:
            cards.driver(card, "bind")


def away(seconds, card="Dummy"):
    cards.driver(card, "unbind")
    time.sleep(seconds)
    cards.driver(card, "bind")


def change_numbers():
    """Takes both cards away and brings them back in the other order."""
    for card in ("Dummy", "Loopback"):
        cards.driver(card, "unbind")
    for card in ("Loopback", "Dummy"):
        cards.driver(card, "bind")
    assert cards.index("Dummy") == 1


def recorder(*words):
    return Running(ALOUD, "record", "--json", "-D", "hw:Dummy", *OPTIONS, *words)


def player(*words, device="hw:Dummy"):
    return Running(ALOUD, "play", "--json", "-D", device, *words)


def period(program):
    return program.wait_for_event("start")["period_size"]


def finished(program):
    return [event for event in program.events("file") if event["state"] == "finished"]


@pytest.mark.parametrize("command", ["play", "record"])
def test_by_default_it_fails_at_once(tmp_path, command):
    file = noise(seconds=1, after=30).wav(tmp_path / "long.wav")
    words = ["play", file] if command == "play" else ["record", tmp_path / "take.wav"]
    with Running(ALOUD, *words[:1], "--json", "-D", "hw:Dummy", *words[1:]) as program:
        program.wait_for_event("start")
        time.sleep(2)
        before = time.monotonic()
        cards.dummy_driver("unbind")
        result = program.end()
        took = time.monotonic() - before
    assert_disconnected(result, "hw:Dummy")
    assert took < 0.2
    assert abs(result.event("end")["frames"] - 2 * RATE) < RATE / 2


def delivered_until_unplugged(recorder):
    """Lets a recording run for a while and unplugs the cable. Returns how many frames the card had captured."""
    cards.wait_for_state("Loopback", "pcm1c", "RUNNING")
    time.sleep(1.5 + random.random())
    frames = cards.captured_frames()
    cards.driver("Loopback", "unbind")
    return frames


@pytest.mark.parametrize("device", ["hw:Loopback,1,0", "plughw:Loopback,1,0"])
@pytest.mark.parametrize("sizes", [[], ["--period-size", 1000], ["--period-size", 6000, "--buffer-size", 24000]])
@pytest.mark.parametrize("on_lost", ["fail", "wait", "split"])
def test_what_the_card_had_captured_is_recorded_to_the_last_frame(tmp_path, device, sizes, on_lost):
    source, take = ramp.ramp(tmp_path / "ramp.raw", 10), tmp_path / "take.raw"
    words = ["record", "--json", "-D", device, *sizes, *ramp.OPTIONS, "--on-lost", on_lost, "-t", "raw", take]
    with ramp.playing(source), Running(ALOUD, *words) as recorder:
        delivered = delivered_until_unplugged(recorder)
        if on_lost != "fail":
            recorder.wait_for_event("lost")
            recorder.signal(signal.SIGINT)
        result = recorder.end()
    assert result.status == (7 if on_lost == "fail" else 0), result
    numbers = numpy.frombuffer(take.read_bytes(), dtype="<i4").reshape(-1, 2)
    (silent,) = numpy.nonzero(numbers[:, 0])[:1]
    sound = numbers[silent[0] : delivered]
    assert numpy.array_equal(sound, numpy.repeat(sound[0, 0] + numpy.arange(len(sound)), 2).reshape(-1, 2))
    assert not numbers[delivered:].any()
    if on_lost == "fail":
        assert len(numbers) == result.event("end")["frames"] == delivered
    else:
        assert result.event("lost")["frames"] == delivered


def test_through_dsnoop_two_periods_are_lost_at_most(tmp_path):
    configuration, take = tmp_path / "asound.conf", tmp_path / "take.raw"
    snoop = 'type dsnoop ipc_key 5003 slave { pcm "hw:Loopback,1,0" rate 48000 format S32_LE channels 2 }'
    configuration.write_text(f"</usr/share/alsa/alsa.conf>\npcm.snoop {{ {snoop} }}\n")
    words = ["record", "--json", "-D", "snoop", *ramp.OPTIONS, "--on-lost", "wait", take]
    with ramp.playing(ramp.ramp(tmp_path / "ramp.raw", 10)):
        with Running(ALOUD, *words, environment={"ALSA_CONFIG_PATH": str(configuration)}) as recorder:
            length = period(recorder)
            delivered = delivered_until_unplugged(recorder)
            lost = recorder.wait_for_event("lost")
    assert delivered - 2 * length <= lost["frames"] <= delivered


def test_a_recording_contains_the_gap_as_silence(tmp_path):
    take = tmp_path / "take.wav"
    before = time.monotonic()
    with recorder("-d", 10, "--on-lost", "wait", take) as program:
        length = period(program)
        time.sleep(2)
        away(3.21)
        back = program.wait_for_event("back")
        result = program.end()
    took = time.monotonic() - before
    assert result.status == 0, result
    assert abs(took - 10) < 0.3
    end = result.event("end")
    assert (end["frames"], finished(program)[0]["frames"]) == (10 * RATE, 10 * RATE)
    # Frames that the card had captured but that could no longer be read are part of the gap.
    assert 3.21 * RATE - length <= back["gap_frames"] <= (3.21 + 1) * RATE
    assert end["frames_lost"] == back["gap_frames"]
    lost = result.event("lost")
    assert lost["device"] == "hw:Dummy"
    assert abs(lost["frames"] + back["gap_frames"] - (2 + 3.21) * RATE) <= 0.25 * RATE


def test_a_recording_continues_in_the_next_file(tmp_path):
    take = tmp_path / "take.wav"
    with recorder("-d", 6, "--on-lost", "split", take) as program:
        program.wait_for_event("start")
        time.sleep(2)
        away(3)
        program.wait_for_event("back")
        result = program.end()
    assert result.status == 0, result
    files = finished(program)
    assert len(files) == 2
    assert sum(file["frames"] for file in files) == result.event("end")["frames"] == 6 * RATE
    assert result.event("end")["frames_lost"] == result.event("back")["gap_frames"] >= 3 * RATE


def test_playback_resumes_where_it_stopped(tmp_path):
    file = noise(seconds=8).wav(tmp_path / "sound.wav")
    before = time.monotonic()
    with player("--on-lost", "wait", file) as program:
        length = period(program)
        time.sleep(2)
        away(3)
        back = program.wait_for_event("back")
        result = program.end()
    took = time.monotonic() - before
    assert result.status == 0, result
    total = result.event("end")["frames"]
    assert abs(result.event("lost")["frames"] - 2 * RATE) <= length + RATE / 50
    assert abs(took - (total + back["gap_frames"]) / RATE) <= 0.1
    assert 3 <= back["gap_seconds"] < 3.3


@pytest.mark.parametrize("name", ["hw:0", "hw:0,0", "plughw:0", "hw:CARD=0,DEV=0", "hw:Dummy", "sysdefault:0"])
def test_the_card_is_followed_to_its_new_number(tmp_path, name):
    take = tmp_path / "take.wav"
    assert cards.index("Dummy") == 0
    with Running(ALOUD, "record", "--json", "-D", name, *OPTIONS, "-d", 6, "--on-lost", "wait", take) as program:
        program.wait_for_event("start")
        time.sleep(1)
        change_numbers()
        back = program.wait_for_event("back")
        cards.wait_for_state("Dummy", "pcm0c", "RUNNING")
        result = program.end()
    assert result.status == 0, result
    assert back["device"] == (name if name == "hw:Dummy" else name.replace("0", "1", 1))
    assert result.event("end")["frames"] == 6 * RATE


def test_another_card_with_its_number_is_not_taken(tmp_path):
    words = ["-D", "hw:0", *OPTIONS, "--on-lost", "wait=3", tmp_path / "take.wav"]
    with Running(ALOUD, "record", "--json", *words) as program:
        program.wait_for_event("start")
        time.sleep(1)
        for card in ("Dummy", "Loopback"):
            cards.driver(card, "unbind")
        cards.driver("Loopback", "bind")
        assert cards.index("Loopback") == 0
        result = program.end()
    assert result.status == 7, result
    assert result.events("back") == []


def test_a_card_that_stays_away_too_long_is_an_error(tmp_path):
    take = tmp_path / "take.wav"
    with recorder("--on-lost", "wait=2", take) as program:
        program.wait_for_event("start")
        time.sleep(1)
        cards.dummy_driver("unbind")
        before = time.monotonic()
        result = program.end()
        assert abs(time.monotonic() - before - 2) < 0.2
    assert_disconnected(result, "hw:Dummy")
    assert "did not come back within 2 s" in result.error()["message"]
    assert finished(program)[0]["frames"] == result.event("end")["frames"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_wait_of_a_recording(tmp_path, number):
    with recorder("--on-lost", "wait", tmp_path / "take.wav") as program:
        program.wait_for_event("start")
        time.sleep(1)
        cards.dummy_driver("unbind")
        program.wait_for_event("lost")
        time.sleep(1)
        before = time.monotonic()
        program.signal(number)
        result = program.end()
        assert time.monotonic() - before < 0.2
    assert result.status == 0
    assert finished(program)[0]["frames"] == result.event("end")["frames"]


def test_a_signal_ends_the_wait_of_a_playback(tmp_path):
    file = noise(seconds=8).wav(tmp_path / "sound.wav")
    with player("--on-lost", "wait", file) as program:
        program.wait_for_event("progress")
        cards.dummy_driver("unbind")
        program.wait_for_event("lost")
        program.signal(signal.SIGTERM)
        assert program.end().status == -signal.SIGTERM


def test_a_recording_ends_on_time_even_if_the_card_is_away(tmp_path):
    before = time.monotonic()
    with recorder("-d", 5, "--on-lost", "wait", tmp_path / "take.wav") as program:
        program.wait_for_event("start")
        time.sleep(2)
        cards.dummy_driver("unbind")
        result = program.end()
    assert abs(time.monotonic() - before - 5) < 0.2
    assert result.status == 0
    assert result.event("end")["frames"] == finished(program)[0]["frames"] == 5 * RATE


def test_text_output_reports_the_loss_and_the_return(tmp_path):
    with Running(ALOUD, "record", "-D", "hw:Dummy", "--on-lost", "wait", "-d", 5, tmp_path / "take.wav") as program:
        program.wait_for_text("Recording")
        time.sleep(1)
        away(1)
        result = program.end()
    assert "'hw:Dummy' is away: waiting for it" in result.stderr
    assert "'hw:Dummy' is back after " in result.stderr


def test_recording_resumes_within_a_second_of_the_return(tmp_path):
    with recorder("--on-lost", "wait", tmp_path / "take.wav") as program:
        program.wait_for_event("start")
        time.sleep(1)
        away(1)
        returned = time.monotonic()
        cards.wait_for_state("Dummy", "pcm0c", "RUNNING")
        assert time.monotonic() - returned < 0.3


def test_sound_through_a_cable_that_comes_and_goes(tmp_path):
    """Both ends of the cable wait: no frame is played twice, and almost none is missing."""
    file, take = ramp.ramp(tmp_path / "ramp.raw", 30), tmp_path / "take.wav"
    record = ["record", "--json", "-D", "hw:Loopback,1,0", *ramp.OPTIONS[2:], "--on-lost", "wait", take]
    play = ["play", "--json", "-D", "hw:Loopback,0,0", *ramp.OPTIONS, "--on-lost", "wait", file]
    with Running(ALOUD, *record) as recorder, Running(ALOUD, *play):
        for _ in range(3):
            time.sleep(2)
            # Asked for its position, the driver moves what is in the cable to its other end.
            cards.captured_frames()
            away(1, "Loopback")
        time.sleep(2)
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    assert result.status == 0
    received = ramp.read(take)
    assert received.silent >= 3 * RATE
    assert received.silent + received.missing >= 3 * RATE
    # The player continues where the card stopped. No frame is repeated, either. What is played while the driver is about
    # to stop does not reach the other end.
    assert received.missing <= 3 * 0.02 * RATE


@pytest.mark.parametrize("lost", ["Dummy", "Loopback"])
def test_a_loopback_continues(lost):
    words = ["loopback", "--json", "-C", "hw:Loopback,1,0", "-P", "hw:Dummy", "--on-lost", "wait"]
    with Running(ALOUD, *words) as loopback:
        loopback.wait_for_event("start")
        time.sleep(2)
        away(1, lost)
        back = loopback.wait_for_event("back")
        cards.wait_for_state("Dummy", "pcm0p", "RUNNING")
        time.sleep(2)
        loopback.signal(signal.SIGINT)
        result = loopback.end()
    assert result.status == -signal.SIGINT, result
    assert lost in back["device"] and lost in result.event("lost")["device"]
    assert RATE <= back["gap_frames"] <= 1.3 * RATE
    end = result.event("end")
    assert abs(end["frames"] + back["gap_frames"] - 5 * RATE) <= 0.2 * RATE


GATED = ["loopback", "--json", "-C", "hw:Loopback,1,0", "--on-sound", "--latency", "400ms"]


def sounding(tmp_path, seconds=6):
    """Lets aplay play noise into the cable."""
    source = noise(seconds=seconds, after=3).wav(tmp_path / "source.wav")
    return Running("aplay", "-q", "-D", "hw:Loopback,0,0", source)


def test_a_loopback_that_waits_for_sound_finds_the_card_under_its_new_number(tmp_path):
    """The playback device is closed while there is no sound."""
    with Running(ALOUD, *GATED, "-P", "hw:0", "--on-lost", "wait") as loopback:
        cards.wait_for_state("Loopback", "pcm1c", "RUNNING")
        change_numbers()
        loopback.wait_for_event("back")
        cards.wait_for_state("Loopback", "pcm1c", "RUNNING")
        with sounding(tmp_path):
            cards.wait_for_state("Dummy", "pcm0p", "RUNNING")
        loopback.signal(signal.SIGINT)
        assert loopback.end().status == -signal.SIGINT


def test_a_loopback_that_waits_for_sound_waits_for_the_card_too(tmp_path):
    log = tmp_path / "log"
    hooks = ["--run-before-start", f"echo before >>{log}", "--run-after-stop", f"echo after >>{log}"]
    with Running(ALOUD, *GATED, "-P", "hw:Dummy", "--on-lost", "wait", *hooks) as loopback:
        cards.wait_for_state("Loopback", "pcm1c", "RUNNING")
        cards.driver("Dummy", "unbind")
        with sounding(tmp_path):
            assert loopback.wait_for_event("lost")["device"] == "hw:Dummy"
            time.sleep(1)
            cards.driver("Dummy", "bind")
            loopback.wait_for_event("back")
            cards.wait_for_state("Dummy", "pcm0p", "RUNNING")
            # And once more, in the middle of the sound.
            away(1)
            loopback.wait_for_event("back", 2)
            cards.wait_for_state("Dummy", "pcm0p", "RUNNING")
        cards.wait_for_state("Dummy", "pcm0p", "closed")
        loopback.wait_for_event("sound", 4)
        loopback.signal(signal.SIGINT)
        result = loopback.end()
    assert result.status == -signal.SIGINT, result
    assert [event["playing"] for event in result.events("sound")] == [True, False, True, False]
    assert log.read_text() == "before\nafter\n" * 3


@pytest.mark.parametrize("when", ["before the sound", "in the sound"])
def test_a_loopback_that_waits_for_sound_fails_if_the_card_is_away(tmp_path, when):
    log = tmp_path / "log"
    hooks = ["--run-before-start", f"echo before >>{log}", "--run-after-stop", f"echo after >>{log}"]
    with Running(ALOUD, *GATED, "-P", "hw:Dummy", *hooks) as loopback:
        cards.wait_for_state("Loopback", "pcm1c", "RUNNING")
        if when == "before the sound":
            cards.driver("Dummy", "unbind")
        with sounding(tmp_path):
            if when == "in the sound":
                loopback.wait_for_event("sound")
                time.sleep(1)
                cards.driver("Dummy", "unbind")
            result = loopback.end()
    assert_disconnected(result, "hw:Dummy")
    assert log.read_text() == "before\nafter\n"


@pytest.mark.parametrize("rates", [(48000, 8000), (48000, 48000)])
def test_a_card_that_goes_away_between_two_files_is_waited_for(tmp_path, rates):
    """The second file comes late, through a pipe; the card goes away before that."""
    first = noise(rate=rates[0], seconds=2).wav(tmp_path / "first.wav")
    second = noise(rate=rates[1], seconds=2)
    pipe = tmp_path / "second.wav"
    os.mkfifo(pipe)
    with player("--on-lost", "wait", first, pipe, device="hw:0") as program:
        cards.wait_for_state("Dummy", "pcm0p", "RUNNING")
        time.sleep(4)
        # The driver waits until the device is closed.
        unbinding = threading.Thread(target=cards.driver, args=("Dummy", "unbind"), daemon=True)
        unbinding.start()
        time.sleep(0.1)
        stored = second.wav(tmp_path / "stored.wav").read_bytes()
        threading.Thread(target=pipe.write_bytes, args=(stored,), daemon=True).start()
        program.wait_for_event("lost")
        unbinding.join()
        cards.driver("Loopback", "unbind")
        cards.driver("Loopback", "bind")
        time.sleep(1)
        cards.driver("Dummy", "bind")
        back = program.wait_for_event("back")
        result = program.end()
    assert result.status == 0, result
    assert back["device"] == "hw:1" and back["gap_seconds"] >= 1
    assert result.event("end")["seconds"] == pytest.approx(5, abs=0.01)


def test_a_card_that_goes_away_before_the_next_file_is_an_error_at_once(tmp_path):
    first, pipe = noise(seconds=1).wav(tmp_path / "first.wav"), tmp_path / "second.wav"
    os.mkfifo(pipe)
    with player(first, pipe) as program:
        cards.wait_for_state("Dummy", "pcm0p", "RUNNING")
        time.sleep(4)
        before = time.monotonic()
        cards.driver("Dummy", "unbind")
        result = program.end()
    assert_disconnected(result, "hw:Dummy")
    assert time.monotonic() - before < 0.3


def test_a_device_of_the_users_own_that_names_another_card_now_is_reported(tmp_path):
    configuration = tmp_path / "asound.conf"
    configuration.write_text("</usr/share/alsa/alsa.conf>\npcm.mine { type hw card 0 }\n")
    words = ["record", "--json", "-D", "mine", *OPTIONS, "--on-lost", "wait", tmp_path / "take.wav"]
    with Running(ALOUD, *words, environment={"ALSA_CONFIG_PATH": str(configuration)}) as program:
        program.wait_for_event("start")
        change_numbers()
        program.wait_for_text("the card of 'mine' is back as card 1, but 'mine' is defined for card 0")
        time.sleep(1)
        for card in ("Loopback", "Dummy"):
            cards.driver(card, "unbind")
        for card in ("Dummy", "Loopback"):
            cards.driver(card, "bind")
        program.wait_for_event("back")
        program.signal(signal.SIGINT)
        result = program.end()
    assert result.stderr.count("is defined for card 0") == 1


def usage(program):
    """Open descriptors, threads, and memory in kB."""
    process = Path("/proc", str(program.pid))
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return len(list((process / "fd").iterdir())), int(status["Threads"]), int(status["VmRSS"].split()[0])


@contextmanager
def flat(*programs):
    """Descriptors and threads are as many after the `with` block as before, and memory hardly more."""
    before = [usage(program) for program in programs]
    yield
    time.sleep(1)
    for was, program in zip(before, programs):
        now = usage(program)
        assert now[:2] == was[:2], (was, now)
        assert now[2] <= was[2] + 2000, (was, now)


def storm(card, *programs):
    """Takes a card away a hundred times, at random."""

    def losses(numbers):
        for count in numbers:
            time.sleep(random.uniform(0, 1))
            # Asked for its position, the driver moves what is in the cable to its other end.
            cards.captured_frames()
            away(random.uniform(0, 0.5), card)
            for program in programs:
                program.wait_for_event("back", count)

    # Buffers take up memory when they are used for the first time.
    losses(range(1, 51))
    with flat(*programs):
        losses(range(51, 101))


def test_a_hundred_losses_are_all_accounted_for(tmp_path):
    take = tmp_path / "take.wav"
    before = time.monotonic()
    with recorder("--on-lost", "wait", take) as program:
        program.wait_for_event("start")
        storm("Dummy", program)
        program.signal(signal.SIGINT)
        result = program.end()
    took = time.monotonic() - before
    end = result.event("end")
    assert result.status == 0
    assert len(result.events("lost")) == len(result.events("back")) == 100
    assert end["frames"] == finished(program)[0]["frames"]
    assert abs(end["frames"] / RATE - took) < 0.1
    assert end["frames_lost"] == sum(event["gap_frames"] for event in result.events("back"))


@pytest.mark.parametrize("lost", ["Dummy", "Loopback"])
def test_a_hundred_losses_of_a_loopback(lost):
    words = ["loopback", "--json", "-C", "hw:Loopback,1,0", "-P", "hw:Dummy", "--on-lost", "wait"]
    before = time.monotonic()
    with Running(ALOUD, *words) as loopback:
        loopback.wait_for_event("start")
        storm(lost, loopback)
        loopback.signal(signal.SIGINT)
        result = loopback.end()
    took = time.monotonic() - before
    assert result.status == -signal.SIGINT
    gaps = sum(event["gap_frames"] for event in result.events("back"))
    # Each return begins with silence of the latency.
    assert abs(result.event("end")["frames"] + gaps - took * RATE) < 100 * 0.1 * RATE


def wait_for_half_tick():
    """Waits for the middle between two updates of the cards."""
    tick = attack.TICK / attack.RATE
    time.sleep((1.5 * tick - time.time() % tick) % tick)


def test_a_cable_that_comes_and_goes_a_hundred_times_repeats_nothing(tmp_path, draw):
    """It also goes away right after its return, before the player and the recorder have moved anything."""
    take, source = attack.Reader(attack.fifo(tmp_path / "take", "rb")), attack.fifo(tmp_path / "source", "wb")
    attack.Feeder(source, 1000 * attack.RATE)
    options = [*attack.OPTIONS, "--on-lost", "wait"]
    record = ["record", "--json", "-D", "hw:Loopback,1,0", *options, tmp_path / "take"]
    play = ["play", "--json", "-D", "hw:Loopback,0,0", *options, tmp_path / "source"]
    with Running(ALOUD, *record) as recorder, Running(ALOUD, *play) as player:
        for program in (recorder, player):
            program.wait_for_event("start")
        for _ in range(100):
            time.sleep(draw.choice([draw.uniform(0, 0.05), draw.uniform(0, 0.4), draw.uniform(0.5, 2)]))
            # Both ends look for the card in intervals from its loss on, one some microseconds after the other. With an
            # update in between, the recorder would get what the cable has without a player: silence that is not lost.
            wait_for_half_tick()
            # Asked for its position, the driver moves what is in the cable to its other end.
            cards.captured_frames()
            away(draw.uniform(0, 0.5), "Loopback")
        time.sleep(3)
        player.signal(signal.SIGINT)
        played = player.end()
        recorder.signal(signal.SIGINT)
        recorded = recorder.end()
    take.thread.join()
    count, end = take.count, recorded.event("end")
    print(count, end, played.event("end"))
    losses = len(recorded.events("back"))
    assert losses == len(played.events("back")) > 50
    assert (recorded.status, played.status) == (0, -signal.SIGINT)
    # What played while the card was there is recorded to the last frame, within one update of the cable at each loss.
    assert count.last == played.event("end")["frames"]
    assert count.most_repeated <= attack.TICK
    assert count.missing <= losses * attack.TICK
    # All of the gaps is reported. The cable is silent until both ends are back.
    assert count.frames == end["frames"]
    assert count.silent == end["frames_lost"] == sum(event["gap_frames"] for event in recorded.events("back"))
    assert abs(count.silent - sum(event["gap_frames"] for event in played.events("back"))) <= losses * attack.TICK
