"""Keys of a player on a terminal: what is heard, when, and what is drawn."""

import os
import signal
import struct
import time

import numpy
import pytest
from lab import cards
from lab.program import ALOUD, Running, output_of, wait_until
from lab.terminal import Screen, Terminal

RATE = 48000
DEVICE = "hw:Loopback,0,0"
DMIX = "dmix:Loopback"

# What a change may take until it is heard, in frames: 200 ms.
SOON = RATE // 5

RIGHT, LEFT = "\x1b[C", "\x1b[D"

# The sine in the first channel has half of full scale and this many Hz. Its greatest step from frame to frame:
HZ = 100
STEP = numpy.pi * HZ / RATE

# A ramp of 10 ms may add this much to a step.
RAMP_STEP = 0.5 / 480


def counted(path, seconds, first=0):
    """Writes a WAV of S32_LE: a sine, and the number of each frame, counted from `first` seconds."""
    numbers = numpy.arange(first * RATE, (first + seconds) * RATE)
    sine = 2**30 * numpy.sin(2 * numpy.pi * HZ / RATE * numbers)
    frames = numpy.stack([sine.round(), numbers * 16], axis=1).astype("<i4").tobytes()
    layout = struct.pack("<IHHIIHH", 16, 1, 2, RATE, RATE * 8, 8, 32)
    header = b"WAVEfmt " + layout + b"data" + struct.pack("<I", len(frames))
    path.write_bytes(b"RIFF" + struct.pack("<I", len(header) + len(frames)) + header + frames)
    return path


class Heard:
    """A player on a terminal, and what is heard of it."""

    def __init__(self, folder):
        self.path = folder / "heard"

    def frames(self):
        """All frames heard so far: the sine, and the numbers."""
        data = self.path.read_bytes()
        frames = numpy.frombuffer(data[: len(data) // 8 * 8], dtype="<i4").reshape(-1, 2)
        return frames[:, 0] / 2**31, frames[:, 1] / 16

    def number(self, at):
        """The number of the frame heard at `at`."""
        wait_until(lambda: self.path.stat().st_size > 8 * (at + RATE // 4), f"frame {at} to be heard")
        return self.frames()[1][at]


@pytest.fixture
def heard(tmp_path):
    with cards.recorder(tmp_path / "heard", "-f", "S32_LE", "-r", RATE, "-c", 2):
        yield Heard(tmp_path)


def press(terminal, keys):
    """Presses keys, and returns how many frames have been heard by then."""
    now = cards.captured_frames()
    terminal.type(keys)
    return now


def quit(terminal):
    """Ends the player, and returns how many frames have been heard by then."""
    at = press(terminal, "q")
    assert terminal.end() == 0
    return at


def assert_no_click(heard, end):
    """No step from one frame to the next, before frame `end`, is greater than those of the sine and of a ramp."""
    sine, _ = heard.frames()
    steps = numpy.abs(numpy.diff(sine[:end]))
    worst = int(steps.argmax())
    assert steps[worst] <= STEP + RAMP_STEP, f"a step of {steps[worst]:.4f} at frame {worst}"


@pytest.mark.parametrize(
    "device, buffer_time", [(DEVICE, 60_000), (DEVICE, 100_000), (DEVICE, 500_000), (DEVICE, 2_000_000), (DMIX, 500_000)]
)
def test_seeking_is_heard_soon_and_without_a_click(tmp_path, heard, device, buffer_time):
    file = counted(tmp_path / "count.wav", 60)
    # dmix takes nothing back: what it holds is heard first.
    slack = 0.05 * RATE if device == DEVICE else 0.15 * RATE
    with Terminal("play", "-D", device, "-B", buffer_time, file) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(3)
        for keys, seconds in [(RIGHT, 5), (LEFT, -5), (RIGHT * 3, 15)]:
            at = press(terminal, keys)
            time.sleep(1.5)
            before = heard.number(at)
            assert heard.number(at + SOON) - before == pytest.approx(SOON + seconds * RATE, abs=slack)
        end = quit(terminal)
    assert_no_click(heard, end)


@pytest.mark.parametrize("device, buffer_time", [(DEVICE, 60_000), (DEVICE, 2_000_000), (DMIX, 500_000)])
def test_quitting_is_heard_soon_and_without_a_click(tmp_path, heard, device, buffer_time):
    file = counted(tmp_path / "count.wav", 60)
    with Terminal("play", "-D", device, "-B", buffer_time, file) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(3)
        at = quit(terminal)
    assert 0 <= cards.captured_frames() - at < SOON
    time.sleep(1)
    sine, _ = heard.frames()
    assert (sine[at + SOON :] == 0).all() and len(sine) > at + 2 * SOON
    assert_no_click(heard, at + SOON)


def level(heard, at):
    """The peak of the sine in the tenth of a second after frame `at`, in dB below half of full scale."""
    heard.number(at + RATE // 10)
    sine, _ = heard.frames()
    return 20 * numpy.log10(numpy.abs(sine[at : at + RATE // 10]).max() / 0.5)


@pytest.mark.parametrize(
    "device, buffer_time", [(DEVICE, 60_000), (DEVICE, 500_000), (DEVICE, 2_000_000), (DMIX, 500_000)]
)
def test_volume_changes_soon_and_without_a_click(tmp_path, heard, device, buffer_time):
    file = counted(tmp_path / "count.wav", 60)
    with Terminal("play", "-D", device, "-B", buffer_time, file) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(3)
        for keys, decibels in [("-", -2), ("----", -10), ("++", -6), ("+++++", 0), ("-" * 50, -60), ("+" * 50, 0)]:
            at = press(terminal, keys)
            assert level(heard, at + SOON) == pytest.approx(decibels, abs=0.1)
        at = press(terminal, "")
        end = quit(terminal)
    assert_no_click(heard, end)
    # At 0 dB every bit is the same as before.
    sine, numbers = heard.frames()
    last = slice(at - RATE // 10, at)
    assert (numpy.diff(numbers[last]) == 1).all()
    assert (sine[last] == (2**30 * numpy.sin(2 * numpy.pi * HZ / RATE * numbers[last])).round() / 2**31).all()


def test_nothing_is_heard_twice_and_nothing_is_missing_at_a_change_of_volume(tmp_path, heard):
    """What is taken back from the device and written again is the same."""
    file = counted(tmp_path / "count.wav", 30)
    with Terminal("play", "-D", DEVICE, "-B", 1_000_000, file) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(2)
        start = press(terminal, "")
        for _ in range(20):
            terminal.type("-")
            time.sleep(0.07)
            terminal.type("+")
            time.sleep(0.13)
        end = quit(terminal)
    _, numbers = heard.frames()
    # The volume applies to the numbers, too. At full volume they show that no frame was dropped or repeated.
    numbers = numbers[start:end]
    frames = numpy.arange(len(numbers))
    offset = numbers[0]
    full = numpy.abs(numbers - offset - frames) < 0.5
    assert full.sum() > len(numbers) // 3
    assert full[-RATE // 20 :].all()


@pytest.mark.parametrize("kind", ["flac", "ogg", "mp3", "m4a", "wma", "raw"])
def test_every_format_can_be_seeked(tmp_path, heard, kind):
    """Each second of the file has a pitch of its own, by which the position is known. ffmpeg, which decodes WMA, needs
    no /dev/stdin: the guest has no udev, which makes it.
    """
    file = pitched(tmp_path / "pitched.wav", 60)
    options = []
    if kind == "raw":
        options = ["-t", "raw", "-f", "S32_LE", "-r", RATE, "-c", 2]
        (tmp_path / "pitched.raw").write_bytes(file.read_bytes()[44:])
        file = tmp_path / "pitched.raw"
    else:
        encoded = tmp_path / f"pitched.{kind}"
        output_of("ffmpeg", "-v", "error", "-i", file, *ENCODERS.get(kind, []), encoded)
        file = encoded
    with Terminal("play", "-D", DEVICE, *options, file) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(12)
        for keys, seconds in [(RIGHT, 5), (LEFT, -5), (LEFT * 2, -10), (RIGHT * 6, 30)]:
            at = press(terminal, keys)
            before = second(heard, at - RATE // 4)
            assert second(heard, at + SOON) - before == pytest.approx(0.45 + seconds, abs=1.01)
        quit(terminal)


ENCODERS = {"m4a": ["-c:a", "aac"], "ogg": ["-c:a", "libvorbis"]}


def pitched(path, seconds):
    """Writes a WAV of S32_LE with a sine of 500 Hz in its first second, 550 Hz in the next, and so on."""
    frames = numpy.arange(seconds * RATE)
    hertz = 500 + 50 * (frames // RATE)
    phase = numpy.cumsum(2 * numpy.pi * hertz / RATE)
    samples = (2**30 * numpy.sin(phase)).round().astype("<i4").repeat(2).tobytes()
    layout = struct.pack("<IHHIIHH", 16, 1, 2, RATE, RATE * 8, 8, 32)
    header = b"WAVEfmt " + layout + b"data" + struct.pack("<I", len(samples))
    path.write_bytes(b"RIFF" + struct.pack("<I", len(header) + len(samples)) + header + samples)
    return path


def second(heard, at):
    """The second of a pitched file that is heard from frame `at` on."""
    heard.number(at + RATE // 10)
    sine, _ = heard.frames()
    spectrum = numpy.abs(numpy.fft.rfft(sine[at : at + RATE // 10] * numpy.hanning(RATE // 10)))
    return round((spectrum.argmax() * 10 - 500) / 50)


def test_a_seek_stays_within_the_list(tmp_path, heard):
    files = [counted(tmp_path / f"{number}.wav", 12, first=100 * number) for number in (1, 2, 3)]
    with Terminal("play", "-D", DEVICE, *files) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(2)

        def goes_to(keys, wanted):
            at = press(terminal, keys)
            time.sleep(1)
            assert heard.number(at + SOON) / RATE == pytest.approx(wanted, abs=0.2)

        goes_to(LEFT, 100.2)
        goes_to(RIGHT, 106.2)
        goes_to(RIGHT * 2, 200.2)
        goes_to("n", 300.2)
        goes_to("p", 200.2)
        goes_to("pp", 100.2)
        goes_to("nn", 300.2)
        terminal.type("n")
        assert terminal.end() == 0
    assert "3/3" in terminal.output


def test_keys_go_from_track_to_track_of_a_cue_sheet(tmp_path, heard):
    counted(tmp_path / "album.wav", 36, first=100)
    tracks = "".join(f"  TRACK 0{n} AUDIO\n    INDEX 01 00:{12 * n - 12:02}:00\n" for n in (1, 2, 3))
    (tmp_path / "album.cue").write_text(f'FILE "album.wav" WAVE\n{tracks}')
    with Terminal("play", "-D", DEVICE, tmp_path / "album.cue") as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(2)
        for keys, wanted in [("n", 112), ("n", 124), ("p", 112), (RIGHT, 118), (RIGHT * 2, 124), ("pp", 100)]:
            at = press(terminal, keys)
            time.sleep(1)
            assert heard.number(at + SOON) / RATE == pytest.approx(wanted + 0.2, abs=0.25)
        wait_until(lambda: "1/3" in str(Screen(80, 24).feed(terminal.output)), "the first track on the screen")
        quit(terminal)


def test_the_next_file_may_have_another_rate(tmp_path, heard):
    files = [counted(tmp_path / "1.wav", 20, first=100), pitched(tmp_path / "2.wav", 20)]
    slow = tmp_path / "slow.wav"
    output_of("ffmpeg", "-v", "error", "-i", files[1], "-ar", "24000", slow)
    with Terminal("play", "-D", "plughw:Loopback,0,0", files[0], slow, files[0]) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(3)
        at = press(terminal, "n")
        assert second(heard, at + 2 * SOON) == 0
        at = press(terminal, RIGHT)
        assert second(heard, at + 2 * SOON) in (5, 6)
        at = press(terminal, "p")
        time.sleep(1)
        assert heard.number(at + 2 * SOON) / RATE == pytest.approx(100.3, abs=0.3)
        quit(terminal)


def test_a_pause_stays_while_the_position_changes(tmp_path, heard):
    file = counted(tmp_path / "count.wav", 60)
    with Terminal("play", "-D", DEVICE, file) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(3)
        at = press(terminal, " ")
        before = heard.number(at - RATE // 10) + RATE // 10
        time.sleep(2)
        terminal.type(RIGHT * 2)
        time.sleep(2)
        assert "paused" in str(Screen(80, 24).feed(terminal.output))
        assert "0:13." in str(Screen(80, 24).feed(terminal.output))
        at = press(terminal, " ")
        time.sleep(1)
        assert (heard.number(at + SOON) - before) / RATE == pytest.approx(10.1, abs=0.2)
        quit(terminal)


SHARED = """
</usr/share/alsa/alsa.conf>
pcm.share { type dshare ipc_key 5003 slave { pcm "hw:Loopback,0,0" rate 48000 format S32_LE channels 2 } bindings { 0 0 1 1 } }
"""

# How many frames of dmix are heard twice at most, if its buffer was full: a period.
TWICE = 1024


@pytest.mark.parametrize("device", [DEVICE, "plughw:Loopback,0,0", DMIX, f"plug:'{DMIX}'", "share"])
@pytest.mark.parametrize("by", ["key", "signal"])
def test_a_pause_drops_nothing_and_repeats_nothing(tmp_path, heard, device, by):
    """Sound in the buffer of dmix is heard although the player has stopped, and is not played again, nor mixed with what
    follows a short pause. dshare silences it."""
    file = counted(tmp_path / "count.wav", 20)
    (tmp_path / "asound.conf").write_text(SHARED)
    environment = {"ALSA_CONFIG_PATH": str(tmp_path / "asound.conf")}
    command = ["play", "-D", device, file]
    if by == "key":
        player = Terminal(*command, environment=environment)
        pause = resume = lambda: player.type(" ")
    else:
        player = Running(ALOUD, *command, environment=environment)
        pause = lambda: player.signal(signal.SIGTSTP)
        resume = lambda: player.signal(signal.SIGCONT)
    with player:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(2.123)
        for length in (1, 0.02, 0.05, 0.09):
            pause()
            time.sleep(length)
            resume()
            time.sleep(1.017)
    _, numbers = heard.frames()
    steps = numpy.diff(numbers[numbers > 0])
    jumps = steps[steps != 1]
    assert len(steps) > 5 * RATE
    repeats = by == "signal" and "dmix" in device
    assert len(jumps) <= (4 if repeats else 0) and (jumps <= 0).all() and (jumps > -TWICE).all(), jumps


def test_a_pipe_cannot_be_seeked(tmp_path):
    file = counted(tmp_path / "count.wav", 20)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    pid = os.spawnlp(os.P_NOWAIT, "sh", "sh", "-c", f"exec cat {file} >{fifo}")
    with Terminal("play", "-D", DEVICE, fifo) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(2)
        terminal.type(LEFT)
        terminal.wait_for("unseekable")
        time.sleep(3)
        assert "unseekable" not in str(Screen(80, 24).feed(terminal.output))
        assert "0:05" in str(Screen(80, 24).feed(terminal.output))
        quit(terminal)
    os.waitpid(pid, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_restores_the_terminal(tmp_path, number):
    file = counted(tmp_path / "count.wav", 20)
    with Terminal("play", "-D", DEVICE, file) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        terminal.wait_for("dBFS")
        assert terminal.reads_single_keys()
        if number == signal.SIGINT:
            terminal.type("\x03")
        elif number == signal.SIGQUIT:
            terminal.type("\x1c")
        else:
            os.kill(terminal.pid, number)
        assert terminal.end() == -number
        assert not terminal.reads_single_keys()
        assert "dBFS" not in str(Screen(80, 24).feed(terminal.output))


@pytest.mark.parametrize("columns, rows", [(40, 24), (80, 24), (120, 40), (40, 5)])
def test_a_screen_of_any_size_is_drawn_without_wrapping(tmp_path, columns, rows):
    file = counted(tmp_path / "count.wav", 20)
    tagged = tmp_path / "tagged.flac"
    title = "日本語の長いタイトル 🎵 \x1b[2J and more and more and more"
    output_of("ffmpeg", "-v", "error", "-i", file, "-metadata", f"title={title}", "-metadata", "artist=Ensemble", tagged)
    with Terminal("play", "-D", DEVICE, tagged, file, columns=columns, rows=rows) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(3)
        terminal.type("?")
        time.sleep(1)
        screen = Screen(columns, rows).feed(terminal.output)
        drawn = ("1/2", "━", "█", "dBFS", "Space", "n/p")
        assert [line for line in screen.wrapped if any(part in line for part in drawn)] == []
        screen = str(screen)
        assert "/ 0:20.0" in screen and ("dBFS" in screen or rows == 5)
        assert rows == 5 or "q quit" in screen
        assert "\\u001b" in terminal.output
        terminal.set_size(50, 10)
        at = len(terminal.output)
        time.sleep(1)
        assert "\x1b[J" in terminal.output[at:]
        quit(terminal)


@pytest.mark.parametrize("channels", [1, 2, 6, 16, 32])
def test_every_number_of_channels_has_levels(tmp_path, channels):
    frames = numpy.zeros((10 * RATE, channels), dtype="<i2")
    frames[:, -1] = 32767
    data = frames.tobytes()
    layout = struct.pack("<IHHIIHH", 16, 1, channels, RATE, RATE * 2 * channels, 2 * channels, 16)
    header = b"WAVEfmt " + layout + b"data" + struct.pack("<I", len(data))
    (tmp_path / "loud.wav").write_bytes(b"RIFF" + struct.pack("<I", len(header) + len(data)) + header + data)
    with Terminal("play", "-D", DEVICE, tmp_path / "loud.wav", columns=40) as terminal:
        cards.wait_for_state("Loopback", "pcm0p", "RUNNING")
        time.sleep(3)
        screen = str(Screen(40, 24).feed(terminal.output))
        lines = screen.splitlines()
        assert "CLIP" in screen
        if channels > 8:
            assert f"channel {channels} 0.0 CLIP dBFS" in screen
        else:
            assert sum("CLIP" in line for line in lines) == 1
            assert sum("-inf" in line for line in lines) == channels - 1
        # At least ten times a second.
        before = terminal.output.count("\x1b[K")
        time.sleep(5)
        assert terminal.output.count("\x1b[K") - before >= 50
        quit(terminal)


def test_a_recording_shows_levels_and_size(tmp_path):
    """The total is right from the start, and there are no xruns to show."""
    take = tmp_path / "take.wav"
    with Terminal("record", "-D", "hw:Loopback,1,0", "-f", "S16_LE", "-r", RATE, "-c", 2, "-d", 3, take) as terminal:
        terminal.wait_for("/ 0:03.0")
        time.sleep(2)
        screen = str(Screen(80, 24).feed(terminal.output))
        assert "KiB" in screen and "overrun" not in screen and "xrun" not in screen
        assert terminal.end() == 0
    assert "2400:00" not in terminal.output
    assert f"Recorded '{take}': 0:03.0, 562.5 KiB, silent" in terminal.output.replace("\r\n", "")


@pytest.mark.parametrize("command", ["play", "record"])
@pytest.mark.parametrize("key", ["q", "\x03"])
def test_keys_work_while_the_card_is_away(tmp_path, command, key):
    words = {"play": ["play", counted(tmp_path / "sound.wav", 8)], "record": ["record", "-i", tmp_path / "take.wav"]}
    with Terminal(*words[command], "--on-lost", "wait", "-D", "hw:Dummy") as terminal:
        time.sleep(2)
        cards.dummy_driver("unbind")
        terminal.wait_for("waiting for 'hw:Dummy'")
        shown = terminal.wait_for("-inf")
        terminal.type(" ")
        shown = terminal.wait_for("paused  waiting for", shown)
        terminal.type(" ")
        terminal.wait_for("  waiting for", shown)
        time.sleep(1)
        drawn = screen_of(terminal)
        assert not any("paused" in line for line in drawn), drawn
        terminal.type(" ")
        time.sleep(0.5)
        cards.dummy_driver("bind")
        terminal.wait_for("is back after")
        time.sleep(1)
        assert any("paused" in line and "waiting" not in line for line in screen_of(terminal))
        # It is lost while it is paused.
        cards.dummy_driver("unbind")
        time.sleep(1)
        before = time.monotonic()
        terminal.type(key)
        ended = terminal.end()
        assert time.monotonic() - before < 0.2
        drawn = screen_of(terminal)
    cards.dummy_driver("bind")
    assert ended == (-signal.SIGINT if (command, key) == ("play", "\x03") else 0)
    # Nothing of the status is left.
    assert not any("dBFS" in line and "peak" not in line for line in drawn), drawn


def screen_of(terminal):
    """The lines that the terminal shows."""
    return ["".join(line).rstrip() for line in Screen(80, 24).feed(terminal.output).lines]
