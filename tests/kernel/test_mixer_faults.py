"""Controls with odd names, locked controls, and controls that cannot be read."""

import json
import os
import signal

import pytest
from lab import controls
from lab.errors import assert_error
from lab.program import ALOUD, Running, aloud, output_of


@pytest.mark.parametrize("index", [0, 1])
def test_a_control_is_found_by_its_name_as_it_is_printed(index):
    name = "USB Audio 2.0 "
    with controls.switch("Dummy", f"{name} Playback Switch", index):
        number = f",{index}" if index else ""
        printed = output_of(ALOUD, "mixers", "-c", "Dummy").splitlines()
        assert f"{name}{number}" in printed, printed
        written = [f"{name}{number}", f"'{name}'{number}", f'"{name}"{number}', f"USB Audio 2.0{number}"]
        for text in written:
            control = json.loads(output_of(ALOUD, "mixer", "set", "-c", "Dummy", "--json", text, "toggle"))
            assert (control["name"], control["index"]) == (name, index), text


def test_aloud_device_selects_the_mixer_of_its_card():
    expected = output_of(ALOUD, "mixers", "-c", "Dummy")
    for device in ("hw:Dummy,0", "hw:CARD=Dummy,DEV=0", "plughw:Dummy", "hw:Dummy"):
        assert output_of(ALOUD, "mixers", environment={"ALOUD_DEVICE": device}) == expected, device
    for words in (["mixer", "get"], ["mixer", "get", "Master"], ["mixer", "set", "Master", "0"], ["mixer", "elements"]):
        assert aloud(*words, environment={"ALOUD_DEVICE": "hw:Dummy,0"}).status == 0, words
    unset, empty = (aloud("mixers", environment=environment) for environment in (None, {"ALOUD_DEVICE": ""}))
    assert unset == empty


def test_who_has_locked_a_control_is_reported():
    with controls.locked("Dummy", "Master Volume"):
        for words in (["Master", "10"], ["name=Master Volume", "10"]):
            error = assert_error(aloud("mixer", "set", "--json", "-c", "Dummy", *words), 5, "busy")
            (holder,) = error["holders"]
            assert holder["pid"] == os.getpid()
            assert f"locked by {holder['program']} (process {os.getpid()})" in error["message"]


def test_a_control_that_cannot_be_read_does_not_hide_the_others(tmp_path):
    environment = controls.unreadable("Synth Volume", tmp_path)
    healthy = json.loads(output_of(ALOUD, "mixer", "get", "--json", "-c", "Dummy"))

    def run(*words):
        return aloud("mixer", *words, "-c", "Dummy", environment=environment)

    result = run("get", "--json")
    assert result.status == 0, result
    reported = result.json()
    assert [control["name"] for control in reported] == [control["name"] for control in healthy]
    for control, expected in zip(reported, healthy):
        if control["name"] == "Synth":
            assert control["playback"] is None and control["capture"] is None
            assert control["error"]["kind"] == "unsupported" and "'Synth'" in control["error"]["message"]
        else:
            assert control == expected
    assert "read or set 'Synth'" in run("get").stdout
    error = assert_error(run("get", "Synth", "--json"), 6, "unsupported")
    assert "Synth" in error["message"]
    assert_error(run("set", "Synth", "10", "--json"), 6, "unsupported")
    assert run("set", "Master", "10", "--json").status == 0
    (failing,) = [element for element in run("elements", "--json").json() if element.get("error")]
    assert failing["name"] == "Synth Volume" and failing["values"] is None
    saved = run("save", "-")
    assert saved.status == 0 and "not saved" in saved.stderr and "Synth Volume" in saved.stderr
    assert "Master Volume" in saved.stdout and "Synth Volume" not in saved.stdout


def test_a_mixer_with_a_control_that_cannot_be_read_is_watched(tmp_path):
    environment = controls.unreadable("Synth Volume", tmp_path)
    with Running(ALOUD, "mixer", "watch", "--json", "-c", "Dummy", environment=environment) as watcher:
        watcher.wait_for_event("start")
        output_of("amixer", "-q", "-c", "Dummy", "sset", "CD", "17")
        watcher.wait_for_event("change")
        watcher.signal(signal.SIGTERM)
        result = watcher.end()
    assert {event["event"] for event in result.events()} == {"start", "change", "end"}
    assert {event["name"] for event in result.events("change")} == {"CD"}
