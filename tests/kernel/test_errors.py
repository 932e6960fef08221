"""Errors are one line that names the reason, and an exit status."""

import pytest
from lab import cards
from lab.errors import assert_error, error_line
from lab.program import ALOUD, aloud, as_user, run
from lab.sound import noise


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A short WAV file."""
    return noise(seconds=0.1).wav(tmp_path_factory.mktemp("sound") / "sound.wav")


BUSY = "hw:Loopback,0,0"


def test_a_busy_card_names_its_holder(sound):
    with cards.hold(BUSY) as holder:
        error = assert_error(aloud("play", "--json", "-D", BUSY, sound), 5, "busy")
        assert error["device"] == BUSY
        assert error["holders"] == [{"pid": holder.pid, "program": "aplay", "user": "root"}]
        line = error_line(aloud("play", "-D", BUSY, sound))
        assert "aplay" in line and str(holder.pid) in line


def test_a_busy_card_names_its_holder_to_every_user(sound):
    with cards.hold(BUSY) as holder:
        result = as_user("nobody", "audio", "play", "--json", "-D", BUSY, stdin=sound.read_bytes())
        (reported,) = assert_error(result, 5, "busy")["holders"]
        assert (reported["pid"], reported["program"]) == (holder.pid, "aplay")


def test_nonblock_does_not_wait_for_a_busy_card(sound):
    with cards.hold(BUSY):
        assert_error(aloud("play", "--json", "-N", "-D", BUSY, sound), 5, "busy")


def test_a_permission_error_names_the_group(sound):
    as_stranger = ["nobody", "nogroup", "play", "-D", "hw:Dummy"]
    assert_error(as_user(*as_stranger, "--json", stdin=sound.read_bytes()), 4, "permission")
    result = as_user(*as_stranger, stdin=sound.read_bytes())
    assert "hw:Dummy" in error_line(result)
    assert "audio" in result.stderr
    assert "no card" not in result.stderr


def test_an_unknown_card_number_names_the_cards(sound):
    error = assert_error(aloud("play", "--json", "-D", "hw:9", sound), 3, "not_found")
    for index, card in enumerate(cards.ALL):
        assert f"{index} {card}" in error["message"]
    assert "hw:9" in error_line(aloud("play", "-D", "hw:9", sound))


def test_an_unknown_card_id_names_the_nearest_first(sound):
    text = aloud("play", "-D", "hw:Lopback", sound).stderr
    assert "Loopback" in text
    assert text.index("Loopback") < text.index("Dummy")


@pytest.mark.parametrize("device", ["hw:Dummy,7", "hw:Dummy,0,99", "hw:Loopback,2"])
def test_an_unknown_device_of_a_card_is_not_found(sound, device):
    assert device in assert_error(aloud("play", "--json", "-D", device, sound), 3, "not_found")["message"]


def test_an_unknown_pcm_name_is_not_found_and_the_nearest_is_named(sound):
    result = aloud("play", "-D", "plughv:0", sound)
    assert result.status == 3
    assert "plughw" in result.stderr


def test_a_missing_file_is_not_found(tmp_path):
    missing = tmp_path / "missing.wav"
    assert str(missing) in assert_error(aloud("play", "--json", "-D", "hw:Dummy", missing), 3, "not_found")["message"]


def test_the_device_in_the_environment_is_used(sound):
    error = assert_error(aloud("play", "--json", sound, environment={"ALOUD_DEVICE": "hw:Nosuch"}), 3, "not_found")
    assert error["device"] == "hw:Nosuch"


@pytest.mark.parametrize(
    "words, answer",
    [
        (["play", "-D", "USB"], "there is no PCM or card 'USB' (cards: 0 Dummy, 1 Loopback)"),
        (["play", "-D", "5"], "there is no card 5 (cards: 0 Dummy, 1 Loopback)"),
        (["play", "--card", "Audio"], "there is no card 'Audio' (cards: 0 Dummy, 1 Loopback)"),
        (["play", "--card", "hw:1"], "nearest: Loopback"),
        (["play", "-D", "pulse"], "install the package libasound2-plugins"),
        (["mixer", "get", "-c", "hw:0"], "nearest: Dummy"),
        (["mixer", "set", "External", "I/O", "Box", "1"], "nearest: 'External I/O Box'"),
    ],
)
def test_a_mistyped_name_is_answered_with_what_to_type(sound, words, answer):
    result = aloud(*words, *[sound] * (words[0] == "play"))
    assert result.status == 3
    assert answer in result.stderr
    assert "usbstream" not in result.stderr


def test_a_control_without_a_switch_can_be_silenced_by_its_volume():
    result = aloud("mixer", "set", "-c", "Dummy", "Master", "mute")
    assert result.status == 6
    assert "0% silences it" in result.stderr


def test_another_number_of_channels_than_the_cards_own_is_answered_with_what_to_type(sound, tmp_path):
    """While one side of the cable is open with six channels, the other side takes no other number."""
    with cards.hold("hw:Loopback,0,0", "-f", "S16_LE", "-r", 48000, "-c", 6):
        result = aloud("record", "-d", 0.1, "-D", "hw:Loopback,1,0", "-c", 1, tmp_path / "take.wav")
        assert result.status == 6 and "--remix 1 for one" in result.stderr
        take = aloud("record", "-d", 0.1, "-D", "hw:Loopback,1,0", "-c", 1, "--remix", 1, tmp_path / "take.wav")
        assert take.status == 0


@pytest.mark.parametrize(
    "words",
    [
        ["loopback", "-C", "hw:Loopback,1,0", "-P", "hw:Dummy", "-d", 0.1],
        ["record", "-D", "dsnoop:Loopback,1,0", "-d", 0.1, "/dev/null"],
        ["mixer", "get", "-c", "Dummy"],
    ],
)
def test_too_few_descriptors_are_no_missing_card(words):
    for limit in range(4, 12):
        result = run("prlimit", f"--nofile={limit}", ALOUD, "-q", *words)
        assert result.status == 0 or "Too many open files" in result.stderr, (limit, result)


def test_a_hook_for_a_missing_control_names_it(sound, tmp_path):
    configuration = tmp_path / "asound.conf"
    hook = 'hooks.0 { type ctl_elems hook_args [ { name "Nope" value 1 } ] }'
    configuration.write_text(f'</usr/share/alsa/alsa.conf>\npcm.hooked {{ type hooks slave.pcm "hw:Loopback,0,0" {hook} }}\n')
    result = aloud("play", "-D", "hooked", sound, environment={"ALSA_CONFIG_PATH": str(configuration)})
    assert result.status == 3
    assert error_line(result).endswith("sets a control that does not exist: MIXER,'Nope',0,0,0")
