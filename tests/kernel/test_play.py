"""What aloud plays into a cable is exactly what the file holds."""

import signal

import pytest
from lab import cards
from lab.program import ALOUD, Running, aloud, output_of
from lab.sound import Sound, assert_contains, noise


def test_progress_counts_the_frames_of_all_files(tmp_path):
    """The second file needs another rate of the device."""
    files = [noise(rate=rate, seconds=3).wav(tmp_path / f"{rate}.wav") for rate in (48000, 8000)]
    with Running(ALOUD, "play", "--json", "-D", "hw:Dummy", *files) as player:
        player.wait_for_event("progress", 5)
        player.signal(signal.SIGTSTP)
        pause = player.wait_for_event("pause")
        player.signal(signal.SIGCONT)
        result = player.end()
    progress, end = result.events("progress"), result.event("end")
    assert len(result.events("start")) == 2
    counts = [(event["frames"], event["seconds"]) for event in progress]
    assert counts == sorted(counts)
    assert 3.5 * 48000 < pause["frames"] < end["frames"] == 3.5 * (48000 + 8000)
    assert progress[-1]["frames"] > 3.5 * 48000 and progress[-1]["seconds"] > 4
    assert progress[-1]["total_frames"] == end["frames"]


def test_the_last_progress_is_reported_once(tmp_path):
    """At an interval that falls on the end, it would be reported twice."""
    file = noise(rate=48000, seconds=1.5).wav(tmp_path / "a.wav")
    with Running(ALOUD, "play", "--json", "-D", "hw:Dummy", file) as player:
        result = player.end()
    assert [event["frames"] for event in result.events("progress")].count(96000) == 1


def play(*arguments, **options):
    """Plays without an xrun, and returns the result."""
    result = aloud("play", "--json", *arguments, **options)
    assert result.status == 0, result.stderr
    assert result.event("end")["xruns"] == 0
    return result


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
def test_every_bit_arrives(tmp_path, format, rate, channels):
    sound = noise(format, rate, channels, seconds=0.5)
    with cards.cable(sound, tmp_path / "recorded") as cable:
        result = play("-D", cable.device, sound.wav(tmp_path / "noise.wav"))
        assert_contains(sound, cable.recorded())
    assert result.event("start")["configured"] == {"format": format, "rate": rate, "channels": channels}
    assert result.event("start")["conversion"] is None
    end = result.event("end")
    assert (end["frames"], end["why"]) == (sound.frames, "finished")


@pytest.mark.parametrize("format", ["S16_LE", "S24_3LE"])
def test_every_bit_of_a_flac_file_arrives(tmp_path, format):
    sound = noise(format, seconds=0.5)
    flac = tmp_path / "noise.flac"
    output_of("flac", "-s", sound.wav(tmp_path / "noise.wav"), "-o", flac)
    with cards.cable(sound, tmp_path / "recorded") as cable:
        result = play("-D", cable.device, flac)
        assert_contains(sound, cable.recorded())
    assert result.event("start")["conversion"] is None


def test_every_bit_arrives_with_mmap(tmp_path):
    sound = noise(seconds=0.5)
    with cards.cable(sound, tmp_path / "recorded") as cable:
        result = play("-M", "-D", cable.device, sound.wav(tmp_path / "noise.wav"))
        assert_contains(sound, cable.recorded())
    assert result.event("start")["access"].startswith("MMAP")


def test_files_follow_each_other_without_a_gap(tmp_path):
    sound = noise(seconds=0.6)
    files = []
    for number, (start, end) in enumerate([(0, 40000), (40000, 40004), (40004, len(sound.data))]):
        part = Sound(sound.format, sound.rate, sound.channels, b"", sound.data[start:end], b"")
        files.append(part.wav(tmp_path / f"{number}.wav"))
    with cards.cable(sound, tmp_path / "recorded") as cable:
        result = play("-D", cable.device, *files)
        assert_contains(sound, cable.recorded())
    finished = [event["name"] for event in result.events("file") if event["state"] == "finished"]
    assert finished == [str(file) for file in files]


@pytest.mark.parametrize("kind", ["wav", "raw"])
def test_standard_input_is_played_bit_for_bit(tmp_path, kind):
    sound = noise(seconds=0.5)
    stdin = sound.wav(tmp_path / "noise.wav").read_bytes() if kind == "wav" else sound.data
    options = [] if kind == "wav" else ["-t", "raw", *sound.options()]
    with cards.cable(sound, tmp_path / "recorded") as cable:
        play("-D", cable.device, *options, "-", stdin=stdin)
        assert_contains(sound, cable.recorded())


def test_exact_refuses_what_the_card_cannot_play(tmp_path):
    file = noise("S32_LE", seconds=0.1, after=0).wav(tmp_path / "noise.wav")
    result = aloud("play", "--exact", "-D", "hw:Dummy", file)
    assert result.status == 6
    assert [format for format in ("U8", "S16_LE") if format not in result.stderr] == []
    assert "plughw:Dummy" in result.stderr
    assert aloud("play", "--json", "--exact", "-D", "hw:Dummy", file).error()["kind"] == "unsupported"
    # The device that the message suggests does play it.
    assert aloud("play", "-D", "plughw:Dummy", file).status == 0


def test_a_card_that_cannot_pause_loses_nothing_when_stopped(tmp_path):
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


def test_a_buffer_larger_than_the_cards_has_four_periods(tmp_path):
    file = noise(seconds=2, after=0).wav(tmp_path / "noise.wav")
    start = play("-B", "2s", "-D", "hw:Dummy", file).event("start")
    # snd-dummy has 64 KiB.
    assert (start["buffer_size"], start["period_size"]) == (16384, 4096)


def test_only_files_get_a_long_buffer(tmp_path):
    file = noise(seconds=0.5).wav(tmp_path / "noise.wav")
    play = lambda *words, **options: aloud("play", "--json", "-D", "hw:Loopback,0,0", *words, **options).event("start")
    starts = [play(file), play("-", stdin=file.read_bytes()), play("-B", "100ms", file)]
    assert [start["buffer_size"] for start in starts] == [192_000, 24_000, 4_800]


def test_a_period_of_less_than_a_frame_is_named_so(tmp_path):
    """1 µs, where 1 ms was probably meant."""
    file = noise(seconds=0.5, rate=44100).wav(tmp_path / "noise.wav")
    result = aloud("play", "-F", "1", "-D", "hw:Loopback,0,0", file)
    assert result.status == 0
    assert result.stderr.splitlines()[0] == "aloud: warning: requested a period of less than a frame, got 16"
