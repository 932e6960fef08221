"""`aloud doctor` with a sound server: that it answers or hangs, its volume, and the path from its sink to its monitor."""

import json

import pytest
from lab.program import aloud


def examine(*words, environment):
    result = aloud("doctor", "--json", *words, environment=environment)
    assert result.stdout, result
    document = json.loads(result.stdout)
    return {check["check"]: check for check in document["checks"]}, document.get("loop"), result.status


def examine_loop(server):
    return examine("--loop", "default,default", environment=server.recording)


TITLES = {"pulse": "PulseAudio", "pipewire": "PipeWire"}


def test_a_server_that_answers_is_the_default(server):
    found, _, _ = examine(environment=server.environment)
    assert found["servers"]["verdict"] == "ok"
    assert f"{TITLES[server.name]} answers" in found["servers"]["finding"]
    assert found["output"]["verdict"] == "ok", found["output"]
    assert server.name in found["output"]["details"][0]
    assert found["volume"]["verdict"] == "ok", found["volume"]


def test_a_muted_sink_is_a_problem(server):
    server.set_mute(True)
    found, _, status = examine(environment=server.environment)
    assert status == 9
    assert "of the sound server is muted" in found["volume"]["finding"]
    command = found["volume"]["advice"][0].split()
    assert aloud(*command[1:], environment=server.environment).status == 0
    found, _, _ = examine(environment=server.environment)
    assert found["volume"]["verdict"] == "ok"


def test_a_server_that_hangs_is_reported(own_server):
    own_server.freeze()
    try:
        found, _, status = examine(environment=own_server.environment)
    finally:
        own_server.thaw()
    assert status == 9
    assert f"{TITLES[own_server.name]} accepts connections but does not answer" in found["servers"]["finding"]
    assert found["output"]["verdict"] == "problem"


def test_a_server_that_has_ended_is_named(own_server):
    own_server.kill()
    found, _, status = examine(environment=own_server.environment)
    assert status == 9
    assert found["output"]["verdict"] == "problem"
    assert "no sound server runs" in found["servers"]["finding"] or found["servers"]["verdict"] == "note"


def test_the_path_through_a_server_is_exact(server):
    _, path, status = examine_loop(server)
    assert (status, path["cause"]) == (0, "none"), path
    assert server.name in path["output_plugins"]


def test_the_volume_of_a_server_is_a_gain(server):
    server.set_volume(50)
    found, path, status = examine_loop(server)
    assert (status, path["cause"]) == (9, "gain"), path
    assert path["gains_db"][0][0] == pytest.approx(-18.06, abs=0.5)
    assert found["cause"]["finding"].startswith("volume: a constant gain of -18.")
