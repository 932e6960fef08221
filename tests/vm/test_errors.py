"""What cannot be done is told in one line that names the reason, and by an exit status."""

import pytest
from lab import cards
from lab.program import aloud, as_user
from lab.sound import noise


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A short WAV file that anybody may read."""
    return noise(seconds=0.1).wav(tmp_path_factory.mktemp("sound") / "sound.wav")


def failed(result, status, kind):
    """The error object, after checking what all errors have in common."""
    assert result.status == status, result.stderr
    assert result.error()["kind"] == kind
    return result.error()


def one_line(result):
    """The line a person sees, after checking that at most two hints follow it."""
    line, *hints = result.stderr.splitlines()
    assert line.startswith("aloud: ")
    assert len(hints) <= 2 and all(hint.startswith("hint: ") for hint in hints)
    return line


def test_a_busy_card_names_its_holder(sound):
    with cards.hold("hw:AC97") as holder:
        error = failed(aloud("play", "--json", "-D", "hw:AC97", sound), 5, "busy")
        assert error["device"] == "hw:AC97"
        assert error["holders"] == [{"pid": holder.pid, "program": "aplay", "user": "root"}]
        line = one_line(aloud("play", "-D", "hw:AC97", sound))
        assert "aplay" in line and str(holder.pid) in line


def test_a_busy_card_names_its_holder_to_every_user(sound):
    with cards.hold("hw:AC97") as holder:
        result = as_user("nobody", "audio", "play", "--json", "-D", "hw:AC97", stdin=sound.read_bytes())
        (told,) = failed(result, 5, "busy")["holders"]
        assert (told["pid"], told["program"]) == (holder.pid, "aplay")


def test_a_busy_card_does_not_make_nonblock_wait(sound):
    with cards.hold("hw:AC97"):
        failed(aloud("play", "--json", "-N", "-D", "hw:AC97", sound), 5, "busy")


def test_no_permission_names_the_group(sound):
    as_stranger = ["nobody", "nogroup", "play", "-D", "hw:Dummy"]
    failed(as_user(*as_stranger, "--json", stdin=sound.read_bytes()), 4, "permission")
    result = as_user(*as_stranger, stdin=sound.read_bytes())
    assert "hw:Dummy" in one_line(result)
    assert "audio" in result.stderr
    assert "no card" not in result.stderr


def test_an_unknown_card_number_names_the_cards_there_are(sound):
    error = failed(aloud("play", "--json", "-D", "hw:9", sound), 3, "not_found")
    for index, card in enumerate(cards.ALL):
        assert f"{index} {card}" in error["message"]
    assert "hw:9" in one_line(aloud("play", "-D", "hw:9", sound))


def test_an_unknown_card_id_names_the_nearest_first(sound):
    text = aloud("play", "-D", "hw:Lopback", sound).stderr
    assert "Loopback" in text
    assert text.index("Loopback") < text.index("Dummy")


@pytest.mark.parametrize("device", ["hw:Dummy,7", "hw:Dummy,0,99", "hw:USB,1"])
def test_an_unknown_device_of_a_card_is_not_found(sound, device):
    assert device in failed(aloud("play", "--json", "-D", device, sound), 3, "not_found")["message"]


def test_an_unknown_pcm_name_is_not_found_and_the_nearest_is_named(sound):
    result = aloud("play", "-D", "plughv:0", sound)
    assert result.status == 3
    assert "plughw" in result.stderr


def test_a_card_without_the_direction_is_not_found():
    failed(aloud("info", "--json", "-C", "-D", "hw:USB"), 3, "not_found")


def test_a_missing_file_is_not_found(tmp_path):
    missing = tmp_path / "missing.wav"
    assert str(missing) in failed(aloud("play", "--json", "-D", "hw:Dummy", missing), 3, "not_found")["message"]


def test_the_device_of_the_environment_is_used(sound):
    error = failed(aloud("play", "--json", sound, environment={"ALOUD_DEVICE": "hw:Nosuch"}), 3, "not_found")
    assert error["device"] == "hw:Nosuch"
