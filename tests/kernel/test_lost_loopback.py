"""A loopback between two cables, one of which goes away at random: every frame is heard or reported as lost."""

import signal
import time
from pathlib import Path

import pytest
from lab import attack, cards
from lab.attack import RATE, TICK
from lab.program import ALOUD, CHECKOUT, Running, output_of

LOSSES = 30


@pytest.fixture(scope="module", autouse=True)
def two_cables():
    """Loads the driver with a second card, Second."""
    load("id=Loopback,Second", "enable=1,1", "pcm_substreams=8")
    yield
    load("id=Loopback", "pcm_substreams=8")


def load(*parameters):
    modprobe = ["modprobe", "-d", CHECKOUT / ".cache/uml"]
    output_of(*modprobe, "-r", "snd-aloop")
    output_of(*modprobe, "snd-aloop", *parameters)
    cards.give_to_audio()


def away(seconds):
    """Takes card Second away for a while."""
    driver = Path("/sys/bus/platform/drivers/snd_aloop")
    # Asked for its position, the driver moves what is in the cable to its other end.
    for pcm in ("pcm0p", "pcm1c"):
        cards.position("Second", pcm)
    (driver / "unbind").write_text("snd_aloop.1")
    time.sleep(seconds)
    (driver / "bind").write_text("snd_aloop.1")
    cards.give_to_audio()


def loopback(capture, playback, *options):
    words = ["loopback", "--json", "-C", capture, "-P", playback, *attack.OPTIONS[2:], *options]
    return Running(ALOUD, *words, "--on-lost", "wait")


def storm(program, draw, shortest):
    """Takes card Second away again and again, and ends the loopback."""
    for count in range(1, LOSSES + 1):
        time.sleep(draw.choice([draw.uniform(0.3, 0.6), draw.uniform(1, 2)]))
        away(shortest + draw.uniform(0, 0.6))
        program.wait_for_event("back", count)
    time.sleep(2)
    program.signal(signal.SIGINT)
    result = program.end()
    return result


def test_what_the_card_had_captured_is_played(draw, tmp_path):
    source = attack.fifo(tmp_path / "source", "wb")
    attack.Feeder(source, 1000 * RATE)
    options = [*attack.OPTIONS, "--on-lost", "wait", tmp_path / "source"]
    sizes = ["--period-size", RATE // 10, "--latency", "400ms"]
    with attack.heard(None, 1) as heard, loopback("hw:Second,1,0", "hw:Loopback,0,1", *sizes) as relay:
        relay.wait_for_event("start")
        with Running(ALOUD, "play", "--json", "-D", "hw:Second,0,0", *options) as player:
            player.wait_for_event("start")
            result = storm(relay, draw, 0.5)
            player.signal(signal.SIGINT)
            played = player.end()
    print(heard, result.event("end"), played.event("end"))
    # A cable delivers all but the last update before it goes away, and the player may repeat that.
    assert heard.most_repeated <= TICK
    assert heard.missing <= LOSSES * TICK
    # The loopback has no part in the silence before the player is back.
    assert abs(heard.silent - result.event("end")["frames_lost"]) <= 2 * LOSSES * TICK


def test_what_the_card_had_not_played_is_reported(draw, tmp_path):
    take = attack.Reader(attack.fifo(tmp_path / "take", "rb"))
    options = [*attack.OPTIONS, "--on-lost", "wait", tmp_path / "take"]
    with Running(ALOUD, "record", "--json", "-D", "hw:Second,1,0", *options) as recorder:
        recorder.wait_for_event("start")
        with loopback("hw:Loopback,1,0", "hw:Second,0,0", "--latency", "200ms") as relay:
            relay.wait_for_event("start")
            with attack.playing():
                result = storm(relay, draw, 0)
        recorder.signal(signal.SIGINT)
        recorded = recorder.end()
    take.thread.join()
    count, end = take.count, result.event("end")
    print(count, end, recorded.event("end"))
    assert count.repeated == 0
    assert abs(count.missing - end["frames_lost"]) <= 2 * LOSSES * TICK
    assert abs(count.silent - end["frames_lost"]) <= 2 * LOSSES * TICK
