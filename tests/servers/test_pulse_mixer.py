"""The mixer of a PulseAudio server, through alsa-lib's ctl plugin."""

import json
import signal

import pytest
from lab import mixers
from lab.mixers import raw_volumes
from lab.program import ALOUD, Running, aloud, output_of, wait_until


@pytest.fixture(autouse=True)
def restored(pulse_server):
    """Leaves the mixer as it was: other tests record what this server plays."""
    yield
    pulse_server.pactl("set-sink-volume", "vs", "100%")
    pulse_server.pactl("set-sink-mute", "vs", "0")
    pulse_server.pactl("set-source-mute", "vs.monitor", "0")


def get(pulse_server, *words):
    return json.loads(output_of(ALOUD, "mixer", "get", "--json", *words, environment=pulse_server.environment))


def set_to(pulse_server, *words):
    return json.loads(output_of(ALOUD, "mixer", "set", "--json", *words, environment=pulse_server.environment))


def amixer(pulse_server):
    return output_of("amixer", "sget", "Master", environment=pulse_server.environment)


def test_the_servers_controls_are_listed(pulse_server):
    listed = json.loads(output_of(ALOUD, "mixers", "--json", environment=pulse_server.environment))
    assert listed == [{"name": "Master", "index": 0}, {"name": "Capture", "index": 0}]
    master, capture = get(pulse_server)
    assert master["playback"]["range"] == {"raw": {"min": 0, "max": 65536}, "db": None} and master["capture"] is None
    assert capture["playback"] is None and len(capture["capture"]["channels"]) == 2
    assert get(pulse_server, "Master", "-D", "pulse") == master


def test_the_server_has_the_values_that_were_set(pulse_server):
    reported = set_to(pulse_server, "Master", "40%", "mute")
    assert raw_volumes(reported) == [26214, 26214]
    assert "40%" in pulse_server.pactl("get-sink-volume", "vs").stdout
    assert "yes" in pulse_server.pactl("get-sink-mute", "vs").stdout
    reported = set_to(pulse_server, "Master", "10%,90%", "unmute")
    assert (raw_volumes(reported), amixer(pulse_server).count("[on]")) == ([6554, 58982], 2)
    # Each channel starts from its own value, and stops at the maximum.
    assert raw_volumes(set_to(pulse_server, "Master", "20%+")) == [19661, 65536]
    assert mixers.Control.parse(amixer(pulse_server)).equals(get(pulse_server, "Master"))
    assert get(pulse_server, "Capture")["capture"]["channels"][0]["recording"] is True
    toggled = set_to(pulse_server, "Capture", "toggle")
    assert [channel["recording"] for channel in toggled["capture"]["channels"]] == [False, False]
    set_to(pulse_server, "Capture", "cap")


def test_values_set_by_another_program_are_reported(pulse_server):
    pulse_server.pactl("set-sink-volume", "vs", "32768")
    assert raw_volumes(get(pulse_server, "Master")) == [32768, 32768]


def test_a_change_in_db_is_refused_because_the_server_has_none(pulse_server):
    set_to(pulse_server, "Master", "50%")
    result = aloud("mixer", "set", "Master", "60%", "3dB+", environment=pulse_server.environment)
    assert (result.status, raw_volumes(get(pulse_server, "Master"))) == (6, [32768, 32768])


def test_a_raw_volume_above_100_is_not_suggested_as_percent(pulse_server):
    def note(value):
        return aloud("mixer", "set", "Master", value, environment=pulse_server.environment).stderr.splitlines()[1]

    assert note("0") == "0 of 65536 raw (0%); for percent, type 0%"
    assert note("100+") == "100 of 65536 raw (0%); for percent, type 100%+"
    assert note("32768") == "32768 of 65536 raw (50%)"
    assert note("+70000") == "65536 of 65536 raw (100%)"


def test_a_fade_reaches_its_end_and_can_be_interrupted(pulse_server):
    set_to(pulse_server, "Master", "0")
    assert raw_volumes(set_to(pulse_server, "Master", "100%,50%", "--over", "0.3s")) == [65536, 32768]
    fade = Running(ALOUD, "mixer", "set", "Master", "0", "--over", "60s", environment=pulse_server.environment)
    with fade:
        wait_until(lambda: raw_volumes(get(pulse_server, "Master"))[0] < 65536, "the fade to start")
        fade.signal(signal.SIGTERM)
        assert fade.end().status == -signal.SIGTERM
    left, right = raw_volumes(get(pulse_server, "Master"))
    assert 0 < left < 65536 and 0 < right <= 32768


def test_a_batch_goes_on_after_an_invalid_line(pulse_server):
    lines = b"Master 30%\nNosuch 1%\nMaster 101%\n# done\nMaster 40%\n"
    result = aloud("mixer", "set", "--batch", "-", stdin=lines, environment=pulse_server.environment)
    assert result.status == 3
    assert "line 2: there is no control 'Nosuch'" in result.stderr and "line 3: " in result.stderr
    assert raw_volumes(get(pulse_server, "Master")) == [26214, 26214]
