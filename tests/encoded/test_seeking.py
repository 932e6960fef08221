"""Playback that starts late is as if all before had been played and left out, though most of it is not decoded."""

import numpy as np
import pytest

SECONDS = 30
START = 20.123
NOISE = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"anoisesrc=r=44100:a=0.3:d={SECONDS}:s=5", "-ac", "2"]

CASES = {
    "vbr.mp3": ["-q:a", "4", "-write_xing", "0", "-id3v2_version", "0"],
    "gapless.mp3": ["-b:a", "64k"],
    "small-frames.mp3": ["-ar", "22050", "-b:a", "16k"],
    "a.flac": [],
    "a.oga": ["-c:a", "flac"],
    "a.ogg": ["-q:a", "4"],
    "a.opus": ["-b:a", "64k"],
    "a.aac": ["-aac_pns", "0"],
    "a.m4a": ["-aac_pns", "0"],
    "fragments.mp4": ["-aac_pns", "0", "-movflags", "frag_keyframe+empty_moov", "-frag_duration", "500000"],
    "alac.m4a": ["-c:a", "alac"],
    "alac.caf": ["-c:a", "alac"],
    "opus.caf": ["-c:a", "libopus"],
    "vorbis.mka": ["-c:a", "libvorbis", "-q:a", "4"],
    "surround.mka": [
        *["-af", "pan=5.1|c0=c0|c1=c1|c2=0.5*c0|c3=0.1*c1|c4=0.7*c1|c5=0.3*c0"],
        *["-c:a", "libvorbis", "-q:a", "4"],
    ],
    "alac.mka": ["-c:a", "alac"],
    "pcm.mka": ["-c:a", "pcm_s24be"],
    "aac.mka": ["-c:a", "aac", "-aac_pns", "0"],
    "mp3.mka": ["-c:a", "libmp3lame"],
    "flac.mka": ["-c:a", "flac"],
    "opus.webm": ["-c:a", "libopus"],
}


@pytest.mark.parametrize("name", CASES)
def test_a_late_start_is_exact(studio, name):
    path = studio.encode(f"late-{name}", *NOISE, *CASES[name], "FILE")
    whole, late = studio.play(path), studio.play(path, "--start", START)
    assert late.stderr == whole.stderr == ""
    start = round(START * whole.spec["rate"])
    assert len(late.samples) == len(whole.samples) - start
    # Opus converges, and is never exact.
    tolerance = 1e-3 if "opus" in name else 0
    assert np.abs(late.samples - whole.samples[start:]).max() <= tolerance


def test_what_is_before_is_not_decoded(studio):
    path = studio.encode("late.flac", *NOISE, "FILE")
    data = bytearray(path.read_bytes())
    data[len(data) // 4] ^= 0xFF
    path.write_bytes(data)
    assert "corrupt frame" in studio.play(path).stderr
    assert studio.play(path, "--start", START).stderr == ""


def test_a_joined_flac_is_not_taken_for_one(studio):
    """The frames of the second half have the numbers of those of the first."""
    path = studio.encode("half.flac", *NOISE, "FILE")
    joined = studio.path("joined.flac")
    joined.write_bytes(path.read_bytes() * 2)
    whole, late = studio.play(joined), studio.play(joined, "--start", START)
    assert late.stderr == whole.stderr == ""
    start = round(START * 44100)
    assert len(late.samples) == len(whole.samples) - start
    assert np.array_equal(late.samples, whole.samples[start:])


def test_a_joined_flac_in_matroska_is_counted(studio):
    """The frames of the second part have the numbers of those of the first."""
    path = studio.encode("part.mka", *NOISE, "-t", "9", "-c:a", "flac", "FILE")
    joined = studio.encode("joined.mka", "ffmpeg", "-v", "error", "-stream_loop", "3", "-i", path, "-c", "copy", "FILE")
    whole, late = studio.play(joined), studio.play(joined, "--start", START)
    start = round(START * 44100)
    assert len(late.samples) == len(whole.samples) - start
    assert np.array_equal(late.samples, whole.samples[start:])
