"""A cable whose clock is another card's: it stands still while that card is stopped, and takes or delivers no data."""

import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from lab import cards
from lab.errors import assert_disconnected
from lab.program import ALOUD, CHECKOUT, Running, output_of
from lab.sound import noise

PERIOD = 480
DEVICES = {"play": "hw:Loopback,0,0", "record": "hw:Loopback,1,0", "loopback": "hw:Loopback,1,0"}


@pytest.fixture(scope="module", autouse=True)
def clocked_by_the_dummy():
    load("timer_source=Dummy.0.0")
    yield
    load()


def load(*parameters):
    modprobe = ["modprobe", "-d", CHECKOUT / ".cache/uml"]
    output_of(*modprobe, "-r", "snd-aloop")
    output_of(*modprobe, "snd-aloop", "id=Loopback", "pcm_substreams=8", *parameters)
    cards.give_to_audio()


def clock():
    """Lets the other card run. Ending this program stops it."""
    words = ["-q", "-D", "hw:Dummy", "-f", "dat", f"--period-size={PERIOD}", f"--buffer-size={10 * PERIOD}", "/dev/zero"]
    return Running("aplay", "-t", "raw", *words)


def transfer(command, tmp_path, *options):
    if command == "loopback":
        words = ["-C", DEVICES[command], "-P", "hw:Loopback,0,1"]
        return Running(ALOUD, command, "--json", *words, "--period-size", PERIOD, "-f", "dat", *options)
    file = noise(seconds=60).wav(tmp_path / "sound.wav") if command == "play" else tmp_path / "take.wav"
    # The driver requires the period of the other card.
    options = ["--period-size", PERIOD, "--buffer-size", 10 * PERIOD, *options]
    return Running(ALOUD, command, "--json", "-D", DEVICES[command], "-f", "dat", *options, file)


@pytest.mark.parametrize("command", DEVICES)
@pytest.mark.parametrize("options, limit", [([], 5), (["--timeout", "2s"], 2)])
def test_a_device_that_does_not_move_is_an_error_after_the_timeout(tmp_path, command, options, limit):
    with clock() as other:
        cards.wait_for_state("Dummy", "pcm0p", "RUNNING")
        with transfer(command, tmp_path, *options) as program:
            program.wait_for_event("progress", 3)
            other.process.kill()
            stopped = time.monotonic()
            result = program.end()
            took = time.monotonic() - stopped
    assert_disconnected(result, DEVICES[command])
    verb = "takes" if command == "play" else "delivers"
    assert f"the device {verb} no data" in result.error()["message"]
    assert limit - 0.1 <= took <= limit + 1.2


@pytest.mark.parametrize("command", ["play", "record"])
def test_without_a_timeout_it_waits_until_the_device_moves(tmp_path, command):
    with transfer(command, tmp_path, "--timeout", "0") as program:
        program.wait_for_event("start")
        time.sleep(20)
        assert program.so_far().status is None
        with clock():
            program.wait_for_event("progress", 25)
            program.signal(signal.SIGINT)
            result = program.end()
    assert result.status == (0 if command == "record" else -signal.SIGINT)
    assert result.event("end")["frames"] > 48000


@pytest.mark.parametrize("command", ["play", "record"])
def test_a_pause_does_not_count(tmp_path, command):
    """The card stands still while the program is paused by Ctrl-Z, and runs again before it continues."""
    with clock() as other, transfer(command, tmp_path) as program:
        program.wait_for_event("progress", 3)
        program.signal(signal.SIGTSTP)
        program.wait_for_event("pause")
        other.process.kill()
        time.sleep(20)
        with clock():
            cards.wait_for_state("Dummy", "pcm0p", "RUNNING")
            program.signal(signal.SIGCONT)
            program.wait_for_event("resume")
            program.wait_for_event("progress", 8)
            program.signal(signal.SIGINT)
            result = program.end()
    assert result.status == (0 if command == "record" else -signal.SIGINT)
    assert result.event("end")["xruns"] == 0


@pytest.mark.parametrize("command", DEVICES)
def test_a_card_that_stands_still_is_back_once_it_moves(tmp_path, command):
    """It can be opened all the time, but that is no return."""
    with clock() as other, transfer(command, tmp_path, "--on-lost", "wait") as program:
        program.wait_for_event("progress", 3)
        other.process.kill()
        time.sleep(30)
        assert len(program.events("lost")) == 1
        assert program.events("back") == []
        with clock():
            back = program.wait_for_event("back")
            program.wait_for_event("progress", len(program.events("progress")) + 3)
            program.signal(signal.SIGINT)
            result = program.end()
    assert result.status == (0 if command == "record" else -signal.SIGINT)
    assert len(result.events("lost")) == len(result.events("back")) == 1
    assert 24 <= back["gap_seconds"] <= 37


@pytest.mark.parametrize("command", DEVICES)
def test_a_card_that_stands_still_too_long_is_an_error(tmp_path, command):
    with clock() as other, transfer(command, tmp_path, "--on-lost", "wait=15") as program:
        program.wait_for_event("progress", 3)
        other.process.kill()
        before = time.monotonic()
        result = program.end()
        took = time.monotonic() - before
    assert_disconnected(result, DEVICES[command])
    assert "did not come back within 15 s" in result.error()["message"]
    assert 15 <= took <= 27


@pytest.fixture
def stalled_recording(tmp_path):
    """Returns a function that starts a recording whose card stops after 3 s, and waits until it has been reopened."""

    def start(*options):
        other = running.enter_context(clock())
        cards.wait_for_state("Dummy", "pcm0p", "RUNNING")
        options = ["--on-lost", "wait", "--timeout", "20s", *options]
        program = running.enter_context(transfer("record", tmp_path, *options))
        program.wait_for_event("progress", 3)
        other.process.kill()
        program.wait_for_event("lost")
        time.sleep(5)
        return program

    with ExitStack() as running:
        yield start


def test_a_recording_that_is_stopped_before_its_card_moves_is_complete(stalled_recording):
    before = time.monotonic()
    program = stalled_recording()
    program.signal(signal.SIGINT)
    result = program.end()
    assert result.status == 0 and result.events("back") == []
    assert result.event("end")["seconds"] == pytest.approx(time.monotonic() - before, abs=0.5)


def test_a_recording_ends_on_time_while_its_card_stands_still(stalled_recording):
    before = time.monotonic()
    result = stalled_recording("-d", 36).end()
    assert result.status == 0
    assert result.event("end")["seconds"] == 36
    assert time.monotonic() - before == pytest.approx(36, abs=0.5)


def stalled_loopback(tmp_path, *options):
    """Starts a loopback whose cards stop after 3 s, and waits 10 s longer than it takes to detect that."""
    with clock() as other:
        cards.wait_for_state("Dummy", "pcm0p", "RUNNING")
        program = transfer("loopback", tmp_path, "--on-lost", "wait", "--timeout", "5s", *options)
        program.wait_for_event("progress", 3)
        other.process.kill()
    program.wait_for_event("lost")
    time.sleep(10)
    return program


def test_all_that_a_loopback_does_not_hear_is_counted(tmp_path):
    before = time.monotonic()
    with stalled_loopback(tmp_path) as program:
        with clock():
            back = program.wait_for_event("back")
            program.wait_for_event("progress", len(program.events("progress")) + 3)
            program.signal(signal.SIGINT)
            result = program.end()
    took, end = time.monotonic() - before, result.event("end")
    assert back["gap_frames"] <= end["frames_lost"] <= back["gap_frames"] + PERIOD
    assert (end["frames"] + end["frames_lost"]) / 48000 == pytest.approx(took, abs=0.7)


def test_what_a_loopback_loses_until_it_is_stopped_is_counted(tmp_path):
    before = time.monotonic()
    with stalled_loopback(tmp_path) as program:
        program.signal(signal.SIGINT)
        result = program.end()
    took, end = time.monotonic() - before, result.event("end")
    assert result.events("back") == []
    assert (end["frames"] + end["frames_lost"]) / 48000 == pytest.approx(took, abs=0.7)


@pytest.fixture
def second_cable():
    load("id=Loopback,Second", "enable=1,1", "timer_source=Dummy.0.0,")
    yield
    load("timer_source=Dummy.0.0")


def test_the_loss_of_the_other_card_is_reported_too(second_cable):
    words = ["-C", "hw:Loopback,1,0", "-P", "hw:Second,0,0", "--period-size", PERIOD, "-f", "dat"]
    with clock() as other:
        cards.wait_for_state("Dummy", "pcm0p", "RUNNING")
        with Running(ALOUD, "loopback", "--json", *words, "--on-lost", "wait") as program:
            program.wait_for_event("progress", 3)
            other.process.kill()
            program.wait_for_event("lost")
            time.sleep(3)
            driver = Path("/sys/bus/platform/drivers/snd_aloop")
            (driver / "unbind").write_text("snd_aloop.1")
            program.wait_for_event("lost", 2)
            (driver / "bind").write_text("snd_aloop.1")
            cards.give_to_audio()
            program.wait_for_event("back")
            with clock():
                program.wait_for_event("back", 2)
                program.signal(signal.SIGINT)
                result = program.end()
    names = [[event["device"] for event in result.events(name)] for name in ("lost", "back")]
    assert names == [["hw:Loopback,1,0", "hw:Second,0,0"], ["hw:Second,0,0", "hw:Loopback,1,0"]]
