"""Random events against a long transfer: every frame arrives once, and every loss and silence is reported.

The long form: `tests/kernel/run -- "HOURS=10 EVENTS=1000 .cache/venv/bin/python -m pytest tests/kernel/test_attack.py"`.
"""

import signal
import time

from lab import attack
from lab.attack import EVENTS, OPTIONS, RATE, SECONDS, TICK
from lab.program import ALOUD, Running

ANY_TIME = [attack.hold_up, attack.step_clock, attack.shift_rate]


def test_a_recording_loses_no_frame_without_a_report(draw, tmp_path):
    fifo = tmp_path / "fifo"
    recorded = attack.Reader(attack.fifo(fifo, "rb"))
    words = ["record", "--json", "-D", "hw:Loopback,1,0", *OPTIONS, "-B", "1s", "-d", SECONDS, "--fill-gaps", fifo]
    with attack.playing(), Running(ALOUD, *words) as recorder:
        recorder.wait_for_event("start")
        attack.attack(recorder, draw, [*ANY_TIME, attack.Suspend(), attack.inject_overrun, recorded.stall])
        result = recorder.end(timeout=SECONDS + 60)
        recorded.thread.join()
    count, end, xruns = recorded.count, result.event("end"), len(result.events("xrun"))
    # Each xrun is measured to within a period.
    tolerance = (xruns + 2) * result.event("start")["period_size"]
    print(f"{EVENTS} events, {xruns} xruns, {count}, {end['frames_lost']} reported")
    assert result.status == 0
    assert count.frames == end["frames"] == SECONDS * RATE
    assert count.repeated == 0
    assert abs(count.missing - end["frames_lost"]) <= tolerance
    assert abs(count.silent - end["frames_lost"]) <= tolerance


def test_a_playback_is_heard_to_the_last_frame_and_each_silence_is_reported(draw, tmp_path):
    fifo, frames = tmp_path / "fifo", SECONDS * RATE
    source, suspend = attack.Feeder(attack.fifo(fifo, "wb"), frames), attack.Suspend()
    words = ["play", "--json", "-D", "hw:Loopback,0,0", *OPTIONS, "-B", "1s", fifo]
    with attack.heard(frames) as heard, Running(ALOUD, *words) as player:
        player.wait_for_event("start")
        events = [*ANY_TIME, suspend, attack.inject_underrun, source.starve]
        happened = attack.attack(player, draw, events)
        result = player.end(timeout=2 * SECONDS + EVENTS * 20)
    end, xruns, injected = result.event("end"), len(result.events("xrun")), happened[attack.inject_underrun]
    print(f"{EVENTS} events, {xruns} xruns, {heard}, {end['frames_lost']} reported")
    assert result.status == 0
    assert end["frames"] == frames + RATE
    assert (heard.first, heard.last, heard.repeated) == (1, frames, 0)
    # What is played from the last update of the cable until an injected xrun does not reach its other end.
    assert heard.missing <= injected * TICK
    assert abs(heard.silent + suspend.silent - end["frames_lost"]) <= xruns * TICK


def test_a_loopback_reports_all_that_is_not_heard(draw):
    words = ["loopback", "--json", "-C", "hw:Loopback,1,0", "-P", "hw:Loopback,0,1", *OPTIONS[2:], "--latency", "200ms"]
    suspend = attack.Suspend()
    with attack.heard(None, 1) as heard, Running(ALOUD, *words) as loopback:
        loopback.wait_for_event("start")
        with attack.playing():
            time.sleep(1)
            events = [attack.hold_up, attack.step_clock, suspend, attack.inject_overrun, attack.inject_underrun_at_end]
            happened = attack.attack(loopback, draw, events)
            time.sleep(5)
            loopback.signal(signal.SIGINT)
            result = loopback.end()
    end, xruns = result.event("end"), len(result.events("xrun"))
    print({event.__name__ if event != suspend else "suspend": count for event, count in happened.items()})
    print([(event["side"], event["frames_lost"]) for event in result.events("xrun")])
    print(f"{EVENTS} events, {xruns} xruns, {heard}, {end['frames_lost']} reported")
    assert heard.repeated == 0
    # The position of each cable is known to one update.
    assert abs(heard.missing - end["frames_lost"]) <= 2 * xruns * TICK
    assert abs(heard.silent - end["frames_lost"]) <= 2 * xruns * TICK
