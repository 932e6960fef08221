"""What leaves aloud is exactly what the file holds, heard at the other end of a cable and in what a card played."""

import signal

import pytest
from lab import cards
from lab.program import ALOUD, Running, aloud, done
from lab.sound import Sound, assert_heard, assert_heard_with_a_pause, noise


def play(*arguments, **options):
    """Plays, and gives the events. The emulation may stall so long that a buffer runs dry: that is played again."""
    for _ in range(3):
        result = aloud("play", "--json", *arguments, **options)
        assert result.status == 0, result.stderr
        if result.event("end")["xruns"] == 0:
            return result
    raise AssertionError("an xrun each time")


@pytest.mark.parametrize(
    "format, rate, channels",
    [
        ("S16_LE", 44100, 2),
        ("S16_LE", 96000, 8),
        ("S24_3LE", 48000, 2),
        ("S24_3LE", 44100, 8),
        ("S32_LE", 96000, 2),
        ("S32_LE", 48000, 8),
        ("FLOAT_LE", 48000, 2),
    ],
)
def test_every_bit_goes_down_the_cable(tmp_path, format, rate, channels):
    sound = noise(format, rate, channels, seconds=0.5)
    with cards.cable(sound, tmp_path / "heard") as cable:
        result = play("-D", cable.device, sound.wav(tmp_path / "noise.wav"))
        assert_heard(sound, cable.heard())
    assert result.event("start")["realised"] == {"format": format, "rate": rate, "channels": channels}
    assert result.event("start")["conversion"] is None
    end = result.event("end")
    assert (end["frames"], end["why"]) == (sound.frames, "finished")


@pytest.mark.parametrize("format", ["S16_LE", "S24_3LE"])
def test_every_bit_of_a_flac_goes_down_the_cable(tmp_path, format):
    sound = noise(format, seconds=0.5)
    flac = tmp_path / "noise.flac"
    done("flac", "-s", sound.wav(tmp_path / "noise.wav"), "-o", flac)
    with cards.cable(sound, tmp_path / "heard") as cable:
        result = play("-D", cable.device, flac)
        assert_heard(sound, cable.heard())
    assert result.event("start")["conversion"] is None


@pytest.mark.parametrize("card", ["AC97", "ES1370", "HDA"])
def test_an_emulated_card_plays_to_the_very_last_frame(tmp_path, card):
    rate = cards.NATIVE_RATE[card]
    for seconds in (0.5, 0.3137, 0.0101):
        sound = noise(rate=rate, seconds=seconds, after=0)
        result = play("-D", f"hw:{card}", sound.wav(tmp_path / "noise.wav"))
        assert result.event("end")["frames"] == sound.frames
        assert_heard(sound, cards.played(card))


def test_the_usb_card_plays_every_bit(tmp_path):
    sound = noise(seconds=0.5)
    play("-D", "hw:USB", sound.wav(tmp_path / "noise.wav"))
    assert_heard(sound, cards.played("USB"))


def test_the_memory_mapped_way_plays_every_bit(tmp_path):
    sound = noise(seconds=0.5)
    with cards.cable(sound, tmp_path / "heard") as cable:
        result = play("-M", "-D", cable.device, sound.wav(tmp_path / "noise.wav"))
        assert_heard(sound, cable.heard())
    assert result.event("start")["access"].startswith("MMAP")


def test_several_files_follow_each_other_without_a_gap(tmp_path):
    sound = noise(seconds=0.6)
    files = []
    for number, (begin, end) in enumerate([(0, 40000), (40000, 40004), (40004, len(sound.data))]):
        part = Sound(sound.format, sound.rate, sound.channels, b"", sound.data[begin:end], b"")
        files.append(part.wav(tmp_path / f"{number}.wav"))
    with cards.cable(sound, tmp_path / "heard") as cable:
        result = play("-D", cable.device, *files)
        assert_heard(sound, cable.heard())
    finished = [event["name"] for event in result.events() if event["event"] == "file" and event["state"] == "finished"]
    assert finished == [str(file) for file in files]


@pytest.mark.parametrize("kind", ["wav", "raw"])
def test_standard_input_is_played_bit_for_bit(tmp_path, kind):
    sound = noise(seconds=0.5)
    given = sound.wav(tmp_path / "noise.wav").read_bytes() if kind == "wav" else sound.data
    options = [] if kind == "wav" else ["-t", "raw", *sound.options()]
    with cards.cable(sound, tmp_path / "heard") as cable:
        play("-D", cable.device, *options, "-", stdin=given)
        assert_heard(sound, cable.heard())


def test_only_so_many_frames_are_played_as_are_asked_for(tmp_path):
    sound = noise(seconds=0.5, after=0)
    result = play("-D", "hw:AC97", "-s", 10007, sound.wav(tmp_path / "noise.wav"))
    assert result.event("end")["frames"] == 10007
    heard = cards.played("AC97")
    assert sound.signal[: 10007 * 4] in heard
    assert sound.signal[: 12000 * 4] not in heard


@pytest.mark.parametrize(
    "device, sound, able",
    [
        ("hw:USB", noise(rate=44100, seconds=0.1, after=0), ["48000"]),
        ("hw:AC97", noise(channels=1, seconds=0.1, after=0), ["2"]),
        ("hw:Dummy", noise("S32_LE", seconds=0.1, after=0), ["U8", "S16_LE"]),
        ("hw:HDA", noise(channels=6, seconds=0.1, after=0), ["2"]),
        ("hw:ES1370", noise(rate=96000, seconds=0.1, after=0), ["48000"]),
    ],
)
def test_what_a_card_cannot_play_is_refused_on_request_with_what_it_can(tmp_path, device, sound, able):
    file = sound.wav(tmp_path / "noise.wav")
    result = aloud("play", "--exact", "-D", device, file)
    assert result.status == 6
    assert [word for word in able if word not in result.stderr] == []
    assert f"plug{device}" in result.stderr
    assert aloud("play", "--json", "--exact", "-D", device, file).error()["kind"] == "unsupported"
    # The way out that it names does lead out.
    assert aloud("play", "-D", f"plug{device}", file).status == 0


def test_a_refused_file_is_not_heard_at_all(tmp_path):
    before = len(cards.played("USB"))
    file = noise(rate=44100).wav(tmp_path / "noise.wav")
    assert aloud("play", "--exact", "-D", "hw:USB", file).status == 6
    heard = cards.played("USB")[before:]
    assert heard.strip(b"\0") == b""


def test_a_pause_is_clean(tmp_path):
    """Stopped at a terminal and continued, it goes on with the frame it had come to, and counts no xrun.

    On the USB card, because the emulated AC97 and HDA forget what they hold when they pause, whoever asks.
    """
    sound = noise(seconds=4)
    with Running(ALOUD, "play", "--json", "-D", "hw:USB", sound.wav(tmp_path / "noise.wav")) as player:
        player.wait_for_event("progress")
        player.signal(signal.SIGTSTP)
        player.wait_for_state("T")
        cards.wait_for_state("USB", "pcm0p", "PAUSED")
        player.signal(signal.SIGCONT)
        result = player.end()
    assert result.status == 0
    assert 0 < result.event("pause")["frames"] < sound.frames
    assert result.event("resume")
    assert result.event("end")["xruns"] == 0
    assert result.event("end")["frames"] == sound.frames
    assert_heard_with_a_pause(sound, cards.played("USB"))


def test_a_card_that_cannot_pause_loses_nothing_by_it(tmp_path):
    sound = noise(seconds=3)
    with Running(ALOUD, "play", "--json", "-D", "hw:Dummy", sound.wav(tmp_path / "noise.wav")) as player:
        player.wait_for_event("progress")
        player.signal(signal.SIGTSTP)
        player.wait_for_state("T")
        assert cards.state("Dummy", "pcm0p") != "RUNNING"
        player.signal(signal.SIGCONT)
        result = player.end()
    assert result.status == 0
    assert (result.event("end")["xruns"], result.event("end")["frames"]) == (0, sound.frames)
