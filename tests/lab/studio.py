"""Sound encoded by other programs, and decoded by aloud and by ffmpeg."""

import subprocess
from dataclasses import dataclass

import numpy as np

from lab.program import ALOUD, output_of, run

RATE = 44100
FRAMES = 66273

CONFIGURATION = """
</usr/share/alsa/alsa.conf>
pcm.tap { type file slave.pcm null file "FILE" format raw }
pcm.surround { type file slave.pcm { type null chmap [ "FL,FR,RL,RR,FC,LFE" ] } file "FILE" format raw }
"""

# The numpy type of each format, and its full scale.
DTYPES = {
    "S16_LE": ("<i2", 2**15),
    "S16_BE": (">i2", 2**15),
    "S32_LE": ("<i4", 2**31),
    "S32_BE": (">i4", 2**31),
    "FLOAT_LE": ("<f4", 1),
    "FLOAT_BE": (">f4", 1),
    "FLOAT64_LE": ("<f8", 1),
}


def to_float(data, format):
    """Samples as numbers; 1.0 is full scale."""
    if format in ("S24_3LE", "S24_3BE"):
        parts = np.frombuffer(data, np.uint8).reshape(-1, 3)
        if format == "S24_3LE":
            parts = parts[:, ::-1]
        wide = np.zeros((len(parts), 4), np.uint8)
        wide[:, :3] = parts
        return wide.view(">i4").ravel() / 2**31
    if format == "S8":
        return np.frombuffer(data, np.int8) / 2**7
    dtype, scale = DTYPES[format]
    return np.frombuffer(data, dtype) / scale


@dataclass
class Played:
    """What was played: samples in one column per channel, and what was reported about them."""

    samples: np.ndarray
    spec: dict
    frames: int | None
    title: str | None
    conversion: str | None
    stderr: str
    data: bytes


class Studio:
    """A folder with a source sound, and the files that other programs make from it."""

    def __init__(self, folder):
        self.folder = folder
        self.tap = folder / "tap.raw"
        (folder / "alsa.conf").write_text(CONFIGURATION.replace("FILE", str(self.tap)))
        self.environment = {"ALSA_CONFIG_PATH": str(folder / "alsa.conf")}
        for bits in (16, 24, 32):
            self.write_source(bits)
        self.write_surround()

    def path(self, name):
        return self.folder / name

    def source(self, bits=16):
        return self.path(f"source{bits}.wav")

    def write_source(self, bits):
        """Rising tones and a little noise, which codecs compress neither trivially nor badly."""
        time = np.arange(FRAMES) / RATE
        noise = np.random.default_rng(1).uniform(-0.02, 0.02, (FRAMES, 2))
        left = 0.3 * np.sin(2 * np.pi * 440 * time) + 0.2 * np.sin(2 * np.pi * (200 + 900 * time) * time)
        right = 0.3 * np.sin(2 * np.pi * 660 * time + 1) + 0.1 * np.sin(2 * np.pi * 3000 * time)
        samples = (np.stack([left, right], 1) + noise) * 2**31
        self.write_wav(self.source(bits), samples.astype("<i4"), bits)

    def write_surround(self):
        """Six channels with different tones."""
        time = np.arange(FRAMES) / RATE
        tones = [0.3 * np.sin(2 * np.pi * pitch * time) for pitch in (440, 660, 880, 55, 1100, 1320)]
        self.write_wav(self.path("surround.wav"), np.stack(tones, 1) * 2**31, 16)

    def write_wav(self, path, samples, bits=32, rate=RATE):
        raw = samples.astype("<i4").tobytes()
        codec = {16: "pcm_s16le", 24: "pcm_s24le", 32: "pcm_s32le"}[bits]
        command = ["ffmpeg", "-v", "error", "-y", "-f", "s32le", "-ar", rate, "-ac", samples.shape[1], "-i", "-"]
        output_of(*command, "-c:a", codec, path, stdin=raw)
        return path

    def encode(self, name, *command):
        """Makes a file with another program, unless it exists, and returns its path. SOURCE (or SOURCE24 …), SURROUND
        and FILE in the command stand for paths."""
        path = self.path(name)
        if path.exists():
            return path
        paths = {f"SOURCE{bits}": self.source(bits) for bits in (24, 32)}
        paths |= {"FILE": path, "SOURCE": self.source(), "SURROUND": self.path("surround.wav")}
        output_of(*(paths.get(word, word) for word in command))
        return path

    def play(self, *files, device="tap", stdin=None):
        """Plays files on a PCM that writes a file, and returns what was played."""
        self.tap.unlink(missing_ok=True)
        result = run(ALOUD, "play", "--json", "-D", device, *files, stdin=stdin or b"", environment=self.environment)
        assert result.status == 0, result.stderr
        opened = next(event for event in result.events("file") if event["state"] == "opened")
        started = result.events("start")[0]
        data, spec = self.tap.read_bytes(), opened["spec"]
        samples = to_float(data, spec["format"]).reshape(-1, spec["channels"])
        return Played(samples, spec, opened["frames"], opened["title"], started["conversion"], result.stderr, data)

    def decode_with_ffmpeg(self, path, *options):
        """What ffmpeg decodes: samples in one column per channel."""
        probe = ["ffprobe", "-v", "error", "-show_entries", "stream=channels", "-of", "csv=p=0", path]
        channels = int(output_of(*probe).split()[0].rstrip(","))
        command = ["ffmpeg", "-v", "error", *options, "-i", str(path), "-f", "f64le", "-"]
        decoded = subprocess.run(command, capture_output=True, check=True)
        return np.frombuffer(decoded.stdout, "<f8").reshape(-1, channels)
