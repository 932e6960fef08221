"""The sounds that are measured with, and programs that play them."""

import os
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
ALOUD = os.environ.get("ALOUD", str(CHECKOUT / "target/release/aloud"))
FILES = Path(os.environ.get("SCRATCH", CHECKOUT / "target/bench"))


def silence(name, size):
    """A WAV with that many bytes of silence, 48 kHz stereo S16. It is a sparse file, which takes no disk space."""
    file = FILES / f"{name}.wav"
    if file.exists():
        return str(file)
    header = b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0\x01\0\x02\0"
    header += (48000).to_bytes(4, "little") + (192000).to_bytes(4, "little") + b"\x04\0\x10\0data"
    file.write_bytes(header + size.to_bytes(4, "little"))
    os.truncate(file, len(header) + 4 + size)
    return str(file)


def lasting(seconds):
    return silence(f"{seconds}s", seconds * 192000)


def small():
    return silence("small", 16_000_000)


def large():
    return silence("large", 1_000_000_000)


def sine(name, rate, seconds, bits):
    """A WAV of 997 Hz, stereo, half of full scale."""
    file = FILES / f"{name}.wav"
    if not file.exists():
        made = ["sox", "-n", "-r", str(rate), "-b", str(bits), "-c", "2", str(file)]
        subprocess.run([*made, "synth", str(seconds), "sine", "997", "gain", "-6"], check=True)
    return str(file)


def cd():
    return sine("cd", 44100, 300, 16)


def encoded(suffix, *command):
    """Five minutes of two tones and a little noise, 44.1 kHz stereo, encoded by ffmpeg."""
    file = FILES / f"long.{suffix}"
    if not file.exists():
        sound = "aevalsrc=0.3*sin(440*2*PI*t)+0.05*random(0)|0.3*sin(660*2*PI*t)+0.05*random(1):s=44100:d=300"
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", sound, "-sample_fmt", command[0], *command[1:]]
        subprocess.run([*command, file], check=True)
    return str(file)


def flac():
    return encoded("flac", "s16")


def mp3():
    return encoded("mp3", "s16p", "-b:a", "192k")


def sox(file):
    return ["sox", file, "-n"]


def aloud(*options):
    return [ALOUD, "play", "-q", *options]


def aplay(*options):
    return ["aplay", "-q", *options]


def axfer(*options):
    """With the device's memory mapped, which is axfer's fastest mode."""
    return ["axfer", "transfer", "playback", "-q", "-M", *options]


RECORDING = ["-f", "S16_LE", "-r", "48000", "-c", "2"]


def recording(program, device, seconds):
    """A command that records."""
    command = {
        "aloud": [ALOUD, "record", "-q", "--force"],
        "arecord": ["arecord", "-q"],
        "axfer": ["axfer", "transfer", "capture", "-q", "-M"],
    }[program]
    return [*command, "-D", device, *RECORDING, "-d", str(seconds), str(FILES / f"{program}.wav")]


def playing(program, device, seconds):
    """A command that plays."""
    command = {"aloud": aloud, "aplay": aplay, "axfer": axfer}[program]
    return command("-D", device, lasting(seconds))


def resampled_by_sox(quality):
    """From 44.1 to 48 kHz into /dev/null, in the same format as aloud."""
    return ["sox", cd(), "-t", "raw", "-b", "16", "/dev/null", "rate", f"-{quality}", "48000"]


def resampled_by_aloud(quality):
    return aloud("-D", "null", "--resample", quality, "-f", "S16_LE", "-r", "48000", cd())
