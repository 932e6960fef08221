"""The mixer of a PulseAudio server, through alsa-lib's ctl plugin."""

import json
import signal

import pytest
from lab import mixers
from lab.program import ALOUD, Running, aloud, output_of, wait_until


@pytest.fixture(autouse=True)
def restored(pulse_server):
    """Other tests listen to what this server plays."""
    yield
    pulse_server.pactl("set-sink-volume", "vs", "100%")
    pulse_server.pactl("set-sink-mute", "vs", "0")
    pulse_server.pactl("set-source-mute", "vs.monitor", "0")


def get(pulse_server, *words):
    return json.loads(output_of(ALOUD, "mixer", "get", "--json", *words, environment=pulse_server.environment))


def set_to(pulse_server, *words):
    return json.loads(output_of(ALOUD, "mixer", "set", "--json", *words, environment=pulse_server.environment))


def volumes(told):
    return [channel["raw"] for channel in (told["playback"] or told["capture"])["channels"]]


def amixer(pulse_server):
    return output_of("amixer", "sget", "Master", environment=pulse_server.environment)


def test_the_servers_controls_are_listed_and_told(pulse_server):
    listed = json.loads(output_of(ALOUD, "mixers", "--json", environment=pulse_server.environment))
    assert listed == [{"name": "Master", "index": 0}, {"name": "Capture", "index": 0}]
    master, capture = get(pulse_server)
    assert master["playback"]["range"] == {"raw": [0, 65536], "db": None} and master["capture"] is None
    assert capture["playback"] is None and len(capture["capture"]["channels"]) == 2
    assert get(pulse_server, "Master", "-D", "pulse") == master


def test_what_is_set_is_what_the_server_has(pulse_server):
    told = set_to(pulse_server, "Master", "40%", "mute")
    assert volumes(told) == [26214, 26214]
    assert "40%" in pulse_server.pactl("get-sink-volume", "vs").stdout
    assert "yes" in pulse_server.pactl("get-sink-mute", "vs").stdout
    told = set_to(pulse_server, "Master", "10%,90%", "unmute")
    assert (volumes(told), amixer(pulse_server).count("[on]")) == ([6554, 58982], 2)
    # Each channel from its own value, and no further than the end.
    assert volumes(set_to(pulse_server, "Master", "20%+")) == [19661, 65536]
    assert mixers.Control.parse(amixer(pulse_server)).equals(get(pulse_server, "Master"))
    assert get(pulse_server, "Capture")["capture"]["channels"][0]["recording"] is True
    toggled = set_to(pulse_server, "Capture", "toggle")
    assert [channel["recording"] for channel in toggled["capture"]["channels"]] == [False, False]
    set_to(pulse_server, "Capture", "cap")


def test_what_another_program_sets_is_told(pulse_server):
    pulse_server.pactl("set-sink-volume", "vs", "32768")
    assert volumes(get(pulse_server, "Master")) == [32768, 32768]


def test_a_change_that_the_server_has_no_dB_for_is_refused(pulse_server):
    set_to(pulse_server, "Master", "50%")
    result = aloud("mixer", "set", "Master", "60%", "3dB+", environment=pulse_server.environment)
    assert (result.status, volumes(get(pulse_server, "Master"))) == (6, [32768, 32768])


def test_a_fade_arrives_or_stops_where_it_is(pulse_server):
    set_to(pulse_server, "Master", "0")
    assert volumes(set_to(pulse_server, "Master", "100%,50%", "--over", "0.3s")) == [65536, 32768]
    fade = Running(ALOUD, "mixer", "set", "Master", "0", "--over", "60s", environment=pulse_server.environment)
    with fade:
        wait_until(lambda: volumes(get(pulse_server, "Master"))[0] < 65536, "the fade to begin")
        fade.signal(signal.SIGTERM)
        assert fade.end().status == -signal.SIGTERM
    left, right = volumes(get(pulse_server, "Master"))
    assert 0 < left < 65536 and 0 < right <= 32768


def test_a_batch_goes_on_after_a_bad_line(pulse_server):
    lines = b"Master 30%\nNosuch 1%\nMaster 101%\n# done\nMaster 40%\n"
    result = aloud("mixer", "set", "--batch", "-", stdin=lines, environment=pulse_server.environment)
    assert result.status == 3
    assert "line 2: there is no control 'Nosuch'" in result.stderr and "line 3: " in result.stderr
    assert volumes(get(pulse_server, "Master")) == [26214, 26214]
