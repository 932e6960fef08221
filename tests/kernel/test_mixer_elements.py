"""Raw elements, compared with amixer: listed, set, saved and loaded."""

import json
import re
import subprocess

import pytest
from lab import cards, mixers
from lab.elements import assert_same_as_amixer, assert_save_and_load, elements
from lab.program import ALOUD, aloud, output_of


@pytest.fixture(autouse=True)
def restored():
    """Leaves the mixer as it was."""
    before = mixers.contents("-c", "Dummy")
    yield
    mixers.restore("Dummy", before)


@pytest.mark.parametrize("card", cards.ALL)
def test_the_elements_are_the_same_as_amixers(card):
    assert_same_as_amixer(card)


def test_the_db_values_are_the_same_as_the_simple_controls():
    (volume,) = [element for element in elements("Dummy") if element["name"] == "Master Volume"]
    assert volume["db"]["range"] == {"min": -45.0, "max": 0.0}
    output_of(ALOUD, "mixer", "set", "-q", "-c", "Dummy", "name='Master Volume'", "50")
    reported = aloud("mixer", "get", "-c", "Dummy", "--json", f"numid={volume['numid']}").json()
    assert (reported["values"], reported["db"]["values"]) == ([50, 50], [-15.0, -15.0])


def cget(card, element):
    return re.search(r"(?m)^  : values=(.*)$", output_of("amixer", "-c", card, "cget", element))[1]


MASTER = "iface=MIXER,name='Master Volume'"


# Starting from 10 on each channel: the words, and the values after them.
VOLUMES = {
    "20": "20,20",
    "20,30": "20,30",
    "20 30": "20,30",
    "100%": "100,100",
    "0%,50%": "-50,25",
    "10%+": "25,25",
    "5%-": "2,2",
    "-15dB": "50,50",
    "3dB+": "20,20",
    "500-": "-50,-50",
    "toggle": None,
}


def test_an_element_is_set_with_the_words_of_a_volume():
    """In a batch: each valid line is done, from the same start, and prints the new values."""
    lines = [f"{MASTER} 10\n{MASTER} {words}\n" for words in VOLUMES]
    result = aloud("mixer", "set", "-c", "Dummy", "--json", "--batch", "-", stdin="".join(lines).encode())
    reported = [",".join(map(str, json.loads(line)["values"])) for line in result.stdout.splitlines()]
    assert [values for values in reported if values != "10,10"] == [values for values in VOLUMES.values() if values]
    # The last line was refused and changed nothing.
    assert (result.status, cget("Dummy", MASTER)) == (2, "10,10")


def test_switches_and_items_are_set_with_their_words():
    switch = "name='Master Capture Switch'"
    for words, values in [(["on"], "on,on"), (["toggle"], "off,off"), (["off,on"], "off,on"), (["1"], "on,on")]:
        output_of(ALOUD, "mixer", "set", "-q", "-c", "Dummy", switch, *words)
        assert cget("Dummy", f"iface=MIXER,{switch}") == values
    (choice,) = [element for element in elements("Dummy") if element["items"]]
    for number, item in enumerate(choice["items"]):
        reported = aloud("mixer", "set", "-c", "Dummy", "--json", f"numid={choice['numid']}", item).json()
        assert reported["values"] == [number]
        assert cget("Dummy", f"numid={choice['numid']}") == str(number)


@pytest.mark.parametrize(
    "element, words, status",
    [
        ("numid=9999", ["1"], 3),
        ("name='No Such'", ["1"], 3),
        ("iface=MIXER", ["1"], 2),
        ("numid=1,color=2", ["1"], 2),
        (MASTER, ["loud"], 2),
        (MASTER, ["101"], 6),
        (MASTER, ["--", "-51"], 6),
        (MASTER, ["120%"], 2),
        (MASTER, ["1,2,3"], 6),
        (MASTER, ["10", "loud"], 2),
        (MASTER, ["--", "-100dB"], 6),
        ("name='Master Capture Switch'", ["50%"], 2),
        (MASTER, ["40", "--channel", "1"], 2),
        (MASTER, ["40", "--mapped"], 2),
    ],
)
def test_a_refused_change_changes_nothing(element, words, status):
    before = mixers.contents("-c", "Dummy")
    result = aloud("mixer", "set", "-c", "Dummy", element, *words)
    assert result.status == status, result.stderr
    assert len([line for line in result.stderr.splitlines() if not line.startswith("hint:")]) == 1
    assert mixers.contents("-c", "Dummy") == before


def test_a_read_only_element_is_refused():
    (fixed, *_) = [e for e in elements("Loopback") if e["access"].startswith("r-")]
    result = aloud("mixer", "set", "-c", "Loopback", f"numid={fixed['numid']}", "on")
    assert result.status == 6 and "cannot be set" in result.stderr


@pytest.mark.parametrize("card", cards.ALL)
def test_a_saved_state_is_restored_exactly(tmp_path, card):
    assert_save_and_load(card, tmp_path / "state.json")


@pytest.mark.parametrize(
    "command, last",
    [
        (f"{ALOUD} mixer save -c Dummy", b"}\n"),
        (f"{ALOUD} as alsactl -L store Dummy -f", b"}\n"),
        (f"{ALOUD} record -q -D hw:Dummy -d 2 -r 8000 sound.wav --timestamps=", b"\n"),
    ],
)
@pytest.mark.parametrize("redirection", ["/proc/self/fd/1 >>log", "/proc/self/fd/3 3>>log", "link 3>>log"])
def test_what_the_shell_opened_for_appending_is_kept(tmp_path, command, last, redirection):
    (tmp_path / "log").write_bytes(b"before")
    (tmp_path / "link").symlink_to("/proc/self/fd/3")
    space = "" if command.endswith("=") else " "
    subprocess.run(f"{command}{space}{redirection}", shell=True, cwd=tmp_path, check=True)
    text = (tmp_path / "log").read_bytes()
    assert text.startswith(b"before") and text.endswith(last) and len(text) > 20


def test_invalid_values_are_reported_and_not_set():
    document = json.loads(output_of(ALOUD, "mixer", "save", "-", "-c", "Dummy"))
    (master,) = [element for element in document["elements"] if element["name"] == "Master Volume"]
    before = mixers.contents("-c", "Dummy")
    for wrong in ([101, 0], [0], [0, "loud"], [True, False]):
        master["values"] = wrong
        result = aloud("mixer", "load", "-", "-c", "Dummy", "--json", stdin=json.dumps(document).encode())
        assert result.status == 6
        assert [fit["name"] for fit in result.json() if fit["result"] == "refused"] == ["Master Volume"]
        assert mixers.contents("-c", "Dummy") == before


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"format":"aloud mixer state","format_version":1}', b"\xff\xfe"])
def test_a_damaged_state_file_is_named_in_one_line(tmp_path, text):
    state = tmp_path / "state.json"
    state.write_bytes(text)
    result = aloud("mixer", "load", state, "-c", "Dummy")
    assert result.status == 10
    assert str(state) in result.stderr.splitlines()[0]
