"""Files and FIFOs that change while they play or are recorded."""

import os
import signal
import subprocess
import threading
import time

import pytest
from lab import cards
from lab.program import ALOUD, Running
from lab.sound import noise

FRAME = 4
RATE = 48000


@pytest.fixture
def sound():
    return noise(seconds=1, after=11)


@pytest.mark.parametrize("name", ["sound.wav", "sound.flac"])
def test_a_file_that_shrinks_ends_with_an_error_and_what_it_had(tmp_path, name):
    # Longer than what is read ahead.
    sound = noise(seconds=1, after=23)
    file = tmp_path / name
    wav = sound.wav(tmp_path / "sound.wav")
    if name.endswith("flac"):
        subprocess.run(["flac", "-s", "--lax", "-0", "--disable-constant-subframes", wav, "-o", file], check=True)
    with Running(ALOUD, "play", "--json", "-D", "hw:Dummy", file) as player:
        player.wait_for_event("progress", 2)
        os.truncate(file, file.stat().st_size * 2 // 3)
        result = player.end()
    assert result.status == 10, result
    assert str(file) in result.error()["message"]
    assert result.event("end")["frames"] < sound.frames * 3 // 4


@pytest.mark.parametrize("how", ["deleted", "replaced", "grown"])
def test_a_file_that_is_deleted_replaced_or_grows_plays_as_it_was(sound, tmp_path, how):
    file = sound.wav(tmp_path / "sound.wav")
    with Running(ALOUD, "play", "--json", "-D", "hw:Dummy", file) as player:
        player.wait_for_event("progress", 2)
        if how == "deleted":
            file.unlink()
        elif how == "replaced":
            (tmp_path / "new").write_bytes(b"new")
            os.rename(tmp_path / "new", file)
        else:
            with file.open("ab") as grown:
                grown.write(bytes(1 << 20))
        result = player.end()
    assert result.status == 0, result
    assert result.event("end")["frames"] == sound.frames


def test_a_raw_file_that_grows_plays_to_its_new_end(sound, tmp_path):
    file = tmp_path / "sound.raw"
    file.write_bytes(sound.data)
    with Running(ALOUD, "play", "--json", "-D", "hw:Dummy", "-t", "raw", *sound.options(), file) as player:
        player.wait_for_event("progress", 2)
        with file.open("ab") as grown:
            grown.write(bytes(RATE * FRAME))
        result = player.end()
    assert result.status == 0, result
    assert result.event("end")["frames"] in (sound.frames, sound.frames + RATE)


def test_a_fifo_plays_until_its_last_writer_goes(sound, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    half = len(sound.data) // 8 * 4
    with Running(ALOUD, "play", "--json", "-D", "hw:Dummy", "-t", "raw", *sound.options(), fifo) as player:
        # The second writer comes before the first one goes.
        with open(fifo, "wb") as first:
            first.write(sound.data[:half])
            first.flush()
            second = open(fifo, "wb")
        time.sleep(1)
        second.write(sound.data[half:])
        second.close()
        result = player.end()
    assert result.status == 0, result
    assert result.event("end")["frames"] == sound.frames


def test_a_writer_that_goes_within_a_file_is_an_error(sound, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    data = sound.wav(tmp_path / "sound.wav").read_bytes()[:200_046]
    with Running(ALOUD, "play", "--json", "-D", "hw:Dummy", fifo) as player:
        with open(fifo, "wb") as writer:
            writer.write(data)
        result = player.end()
    assert result.status == 10, result
    assert result.event("end")["frames"] == (200_046 - 44) // FRAME


@pytest.mark.parametrize("type", ["wav", "raw", "flac"])
def test_a_reader_of_a_fifo_that_goes_ends_a_recording(tmp_path, type):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    words = ["record", "--json", "-t", type, "-D", "hw:Dummy", fifo]
    with Running(ALOUD, *words) as recorder:
        with open(fifo, "rb", buffering=0) as reader:
            reader.read(1)
        result = recorder.end()
    assert result.status == 10, result
    assert result.error()["kind"] == "io"
    assert result.event("end")["why"] == "error"


def test_a_recording_waits_for_a_reader_and_survives_a_slow_one(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    read = []

    def slowly():
        with open(fifo, "rb", buffering=0) as reader:
            time.sleep(5)
            while data := reader.read(1 << 16):
                read.append(len(data))

    words = ["record", "--json", "-t", "raw", "-f", "S16_LE", "-d", 10, "-D", "hw:Dummy", fifo]
    with Running(ALOUD, *words) as recorder:
        time.sleep(3)
        thread = threading.Thread(target=slowly)
        thread.start()
        result = recorder.end(timeout=60)
        thread.join()
    assert result.status == 0, result
    assert result.event("end")["xruns"] == 0
    assert sum(read) == 10 * RATE * FRAME


def test_a_recording_without_a_reader_ends_with_a_signal(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with Running(ALOUD, "record", "-D", "hw:Dummy", fifo) as recorder:
        recorder.wait_until_idle()
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    assert result.status in (0, -signal.SIGINT), result
    assert cards.state("Dummy", "pcm0c") == "closed"
