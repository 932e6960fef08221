"""`aloud doctor --loop` proves a path, and names what changes the sound on it."""

import json
import os
import signal
import time

import pytest
from lab import cards
from lab.program import ALOUD, Running, aloud, output_of

OUT, IN = "hw:Loopback,0,0", "hw:Loopback,1,0"

# Each PCM does one thing to the sound on its way to the cable.
CONFIGURATION = """
</usr/share/alsa/alsa.conf>
pcm.quieter {
    type softvol
    slave.pcm "hw:Loopback,0,0"
    control { name "Quieter" card Loopback }
    min_dB -51.0
    max_dB 0.0
}
pcm.crossed {
    type route
    slave { pcm "hw:Loopback,0,0" channels 2 }
    ttable { 0.1 1  1.0 1 }
}
pcm.mono {
    type route
    slave { pcm "hw:Loopback,0,0" channels 2 }
    ttable { 0.0 0.5  0.1 0.5  1.0 0.5  1.1 0.5 }
}
pcm.resampled {
    type rate
    converter "linear"
    slave { pcm "hw:Loopback,0,0" rate 44100 }
}
pcm.unresampled { type plug slave { pcm "hw:Loopback,1,0" rate 44100 } }
pcm.shared {
    type dmix
    ipc_key 4711
    slave { pcm "hw:Loopback,0,0" format S16_LE rate 48000 channels 2 period_size 1024 buffer_size 8192 }
}
pcm.narrow { type plug slave { pcm shared format S16_LE } }
pcm.slow { type plug slave { pcm "hw:Loopback,1,1" rate 44100 } }
pcm.wide { type plug slave { pcm "hw:Loopback,1,0" format S16_LE } }
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    path = tmp_path_factory.mktemp("path") / "asound.conf"
    path.write_text(CONFIGURATION)
    return {"ALSA_CONFIG_PATH": str(path)}


def prove(output, input=IN, *words, environment=None):
    """The measurement of a path, the reports by the names of the checks, and the exit status."""
    result = aloud("doctor", "--json", "--loop", f"{output},{input}", *words, environment=environment)
    assert result.stdout, result
    document = json.loads(result.stdout)
    assert (result.status == 9) == (document["problems"] > 0), result
    assert result.status in (0, 9)
    return document["loop"], {check["check"]: check for check in document["checks"]}, result.status


@pytest.mark.parametrize("words", [[], ["-f", "S32_LE", "-r", "96000"], ["-f", "FLOAT_LE", "-c", "8"], ["-f", "cd"]])
def test_the_cable_is_exact(words):
    found, checks, status = prove(OUT, IN, *words)
    assert (status, found["cause"]) == (0, "none")
    assert found["bits"]["different_samples"] == 0 and found["bits"]["frames"] > 50000
    assert found["source_channels"] == list(range(found["channels"]))
    assert checks["bits"]["finding"].startswith("all bits of ")
    assert checks["noise"]["finding"] == "digital silence"
    # The cable updates its positions 100 times a second.
    assert 0 <= found["latency_ms"] <= 20


def test_softvol_is_a_constant_gain(environment):
    # The control appears with the first opening.
    prove("quieter", environment=environment)
    output_of("amixer", "-q", "-c", "Loopback", "cset", "name='Quieter'", "225")
    found, checks, status = prove("quieter", environment=environment)
    assert (status, found["cause"]) == (9, "gain")
    level = found["gains_db"][0][0]
    assert -8 < level < -4
    assert found["gains_db"][1][1] == pytest.approx(level, abs=0.01)
    assert checks["cause"]["finding"].startswith(f"softvol: a constant gain of {level:.1f} dB")
    assert "softvol" in found["output_plugins"]
    found, checks, status = prove("quieter", IN, "--expect", "clean", environment=environment)
    assert status == 0
    assert checks["level"]["verdict"] == "note"


def test_swapped_channels_are_routing(environment):
    found, checks, status = prove("crossed", environment=environment)
    assert (status, found["cause"]) == (9, "route")
    assert found["source_channels"] == [1, 0]
    assert checks["channels"]["finding"] == "channel 2 arrives in 1; channel 1 arrives in 2"
    assert checks["cause"]["finding"].startswith("route: ")
    assert prove("crossed", IN, "--expect", "signal", environment=environment)[2] == 0


def test_a_mix_of_channels_is_routing(environment):
    found, checks, status = prove("mono", environment=environment)
    assert (status, found["cause"]) == (9, "route")
    assert checks["channels"]["finding"] == "channels are mixed: channel 1 receives 1 and 2"
    assert found["gains_db"][0] == pytest.approx([-6.02, -6.02], abs=0.05)


def test_resampling_is_named(environment):
    found, checks, status = prove("resampled", "unresampled", environment=environment)
    assert (status, found["cause"]) == (9, "resampling")
    assert "rate" in found["output_plugins"]
    assert checks["cause"]["finding"] == "rate: a plugin resamples the sound"
    assert checks["pitch"]["verdict"] == "ok"


def test_dmix_passes_one_program_bit_for_bit(environment):
    found, _, status = prove("shared", environment=environment)
    assert (status, found["cause"]) == (0, "none")
    assert "dmix" in found["output_plugins"]


def test_dmix_cuts_bits(environment):
    found, checks, status = prove("narrow", "wide", "-f", "S32_LE", environment=environment)
    assert (status, found["cause"]) == (9, "low_bits")
    assert found["bits"]["low_bits"] == 16
    assert checks["cause"]["finding"] == "dmix: 16 of 32 bits arrive, the lowest 16 do not"


def test_dmix_mixes_other_programs(environment):
    other = [ALOUD, "tone", "-q", "--white", "--level=-30", "-D", "shared"]
    with Running(*other, environment=environment):
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        found, checks, status = prove("shared", environment=environment)
    assert status == 9
    assert found["cause"] == "added_sound"
    assert found["noise_dbfs"] == pytest.approx([-30, -30], abs=1)
    assert checks["cause"]["finding"] == "dmix: sound of other programs is mixed in"


def test_a_busy_device_is_the_usual_error():
    with cards.hold(OUT) as holder:
        result = aloud("doctor", "--json", "--loop", f"{OUT},{IN}")
        assert result.status == 5
        assert result.error()["holders"][0]["pid"] == holder.pid


def test_nothing_arrives():
    found, checks, status = prove("hw:Loopback,0,1", IN)
    assert (status, found["cause"]) == (9, "silence")
    assert "bits" not in checks


def test_tones_are_played_on_each_output():
    result = aloud("doctor", "--tone", "--json")
    assert result.status == 0, result
    checks = json.loads(result.stdout)["checks"]
    findings = [check["finding"] for check in checks]
    assert findings[0] == "played 440 Hz for a second on 'default' (default)"
    assert findings[1].startswith("played 494 Hz for a second on Dummy, Dummy PCM")
    assert len(findings) == 4
    with cards.hold("hw:Loopback,0,0"):
        result = aloud("doctor", "--tone", "-D", "hw:Loopback,0,0")
    assert "is in use by aplay" in result.stdout


@pytest.fixture
def faster_cable():
    """Lets the clock of the second cable run 200 ppm too fast until the end of the test."""

    def set_shift(value):
        for device in (0, 1):
            element = f"iface=PCM,name='PCM Rate Shift 100000',device={device},subdevice=1"
            output_of("amixer", "-q", "-c", "Loopback", "cset", element, value)

    set_shift(100020)
    yield
    set_shift(100000)


def test_two_clocks_are_named(faster_cable):
    relay = [ALOUD, "loopback", "--json", "-C", "hw:Loopback,1,0", "-P", "hw:Loopback,0,1", "--latency", "100ms"]
    with Running(*relay) as running:
        detected = running.wait_for_event("drift")
        # Until then the relay brings the latency back, for which it plays a little faster.
        time.sleep(150)
        found, checks, status = prove(OUT, "hw:Loopback,1,1")
    assert (status, found["cause"]) == (9, "clocks")
    assert detected["drift_ppm"] == pytest.approx(200, abs=25)
    assert found["pitch_ppm"] == pytest.approx(200, abs=10)
    assert checks["pitch"]["finding"].startswith("the received pitch is off by +")
    assert checks["cause"]["finding"] == "rate: two clocks, so the devices drift apart"


def test_a_wrong_rate_is_named(environment):
    # What is recorded at 48000 Hz is played at 44100 Hz.
    relay = (
        "arecord -q -D hw:Loopback,1,0 -t raw -f dat --buffer-size=96000 |"
        " aplay -q -D hw:Loopback,0,1 -t raw -f cd -B 500000"
    )
    with Running("bash", "-c", relay) as running:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING", 1)
        found, checks, status = prove(OUT, "slow", environment=environment)
        os.killpg(running.pid, signal.SIGKILL)
    assert (status, found["cause"]) == (9, "pitch")
    assert found["pitch_ppm"] == pytest.approx((44100 / 48000 - 1) * 1e6, abs=500)
    assert checks["signal"]["verdict"] == "problem"
