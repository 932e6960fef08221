"""Completion of devices, controls and values in bash, zsh and fish."""

import pytest
from lab import controls
from lab.completion import INSTALLED, PRINTED, SHELLS, CompletingShell

# What is typed before Tab, and the words after it.
COMPLETED = [
    ("aloud play -D Dum", ["play", "-D", "Dummy"]),
    ("aloud play -D hw:CARD=Du", ["play", "-D", "hw:CARD=Dummy,DEV=0"]),
    ("aloud play -D 'hw:CARD=Du", ["play", "-D", "hw:CARD=Dummy,DEV=0"]),
    ("aloud record --card=Du", ["record", "--card=Dummy"]),
    ("aloud mixer get -c Dummy Mas", ["mixer", "get", "-c", "Dummy", "Master"]),
    ("aloud mixer watch -c Dummy Mas", ["mixer", "watch", "-c", "Dummy", "Master"]),
    ("aloud mixer set -c Dummy 'External I/O B", ["mixer", "set", "-c", "Dummy", "External I/O Box"]),
    ("aloud mixer set -c Dummy External\\ I", ["mixer", "set", "-c", "Dummy", "External I/O Box"]),
    ("aloud mixer set -c Dummy Ext", ["mixer", "set", "-c", "Dummy", "External I/O Box"]),
    ("aloud mixer set -c Dummy 'External I/O Box' No", ["mixer", "set", "-c", "Dummy", "External I/O Box", "None"]),
    ("aloud mixer set Master -c Dummy unm", ["mixer", "set", "Master", "-c", "Dummy", "unmute"]),
    ("aloud mixer set -c Dummy Master 4", ["mixer", "set", "-c", "Dummy", "Master", "40%"]),
    ("aloud mixer set -c Dummy Odd", ["mixer", "set", "-c", "Dummy", "Odd 'name' "]),
    ("aloud play -f S24_3B", ["play", "-f", "S24_3BE"]),
    ("aloud play so", ["play", "so ng.wav"]),
    ("aloud play Mus", ["play", "Music/"]),
    ("aloud play Music/", ["play", "Music/inner.flac"]),
    ("aloud loopba", ["loopback"]),
    ("aloud play --inter", ["play", "--interactive"]),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completion")
    (folder / "Music").mkdir()
    for name in ("so ng.wav", "some.txt", "Music/inner.flac"):
        (folder / name).touch()
    return folder


def same(found, words):
    """Whether the words are the same. zsh removes the slash after a folder when the line is entered."""
    return [word.rstrip("/") for word in found] == [word.rstrip("/") for word in words]


@pytest.mark.parametrize("shell", SHELLS)
def test_names_and_values_are_completed(shell, folder):
    wrong = []
    with controls.switch("Dummy", "Odd 'name'  Playback Switch"), CompletingShell(shell, folder, INSTALLED) as typed:
        for line, words in COMPLETED:
            if not same(found := typed.complete(line), words):
                wrong.append((line, found))
    assert wrong == []


@pytest.mark.parametrize("shell", SHELLS)
def test_only_what_fits_is_listed(shell, folder):
    with CompletingShell(shell, folder, PRINTED) as typed:
        played = typed.listed("aloud play ")
        assert "so" in played and "Music" in played and "some.txt" not in played
        devices = typed.listed("aloud play -D ")
        assert "Dummy" in devices and "Loopback" in devices and "some.txt" not in devices
        values = typed.listed("aloud mixer set -c Dummy Master ")
        assert "40%" in values and "unmute" in values and "some.txt" not in values
        assert "nosuch" not in typed.listed("aloud mixer set -c Nosuch ")
