"""What ffmpeg, flac and SoX encode, aloud decodes as ffmpeg does."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
from lab.studio import FRAMES
from lab.program import aloud

FFMPEG = ["ffmpeg", "-v", "error", "-y", "-i"]
TAGS = ["-metadata", "title=Tïtle", "-metadata", "artist=Ärtist"]
# Steps of 16 bits by which decoders of one lossy codec may differ.
LOSSY = 2


@dataclass
class Case:
    """A file, and how it is made."""

    name: str
    command: list
    # Frames that it has to give; None where nothing in it says which of them are padding: as many as ffmpeg's.
    frames: int | None = FRAMES
    # How far from ffmpeg it may be, in steps of 16 bits.
    far: float = 0
    # Whether the number of frames is known beforehand, from a file and from a pipe.
    known: tuple = (True, True)
    ffmpeg: tuple = ()


def by_ffmpeg(name, *options, source="SOURCE", **expected):
    return Case(name, [*FFMPEG, source, *options, "FILE"], **expected)


OPUS = {"frames": None, "far": LOSSY, "ffmpeg": ("-c:a", "libopus")}
MKV = {"known": (False, False)}
AT_ITS_END = {"known": (True, False)}

CASES = [
    Case("flac.flac", ["flac", "-s", "-f", "SOURCE", "-o", "FILE"]),
    Case("flac24.flac", ["flac", "-s", "-f", "SOURCE24", "-o", "FILE"]),
    Case("flac.oga", ["flac", "-s", "-f", "--ogg", "SOURCE", "-o", "FILE"]),
    by_ffmpeg("ffmpeg.flac", *TAGS),
    by_ffmpeg("surround.flac", source="SURROUND"),
    by_ffmpeg("mp3.mp3", *TAGS, "-b:a", "128k", far=LOSSY),
    by_ffmpeg("vbr.mp3", "-q:a", "2", far=LOSSY),
    by_ffmpeg("mpeg2.mp3", "-ar", "22050", "-ac", "1", far=LOSSY, frames=33137),
    by_ffmpeg("plain.mp3", "-write_xing", "0", "-id3v2_version", "0", frames=None, far=LOSSY, known=(False, False)),
    by_ffmpeg("vorbis.ogg", *TAGS, "-c:a", "libvorbis", far=LOSSY, **AT_ITS_END),
    by_ffmpeg("surround.ogg", "-c:a", "libvorbis", source="SURROUND", far=LOSSY, **AT_ITS_END),
    by_ffmpeg("surround.mka", "-c:a", "libvorbis", source="SURROUND", frames=None, far=LOSSY, **MKV),
    Case("sox.ogg", ["sox", "SOURCE", "FILE"], far=LOSSY, **AT_ITS_END),
    by_ffmpeg("opus.opus", *TAGS, "-c:a", "libopus", **OPUS, **AT_ITS_END),
    by_ffmpeg("voice.opus", "-ac", "1", "-c:a", "libopus", "-b:a", "16k", "-application", "voip", **OPUS, **AT_ITS_END),
    by_ffmpeg("surround.opus", "-c:a", "libopus", "-mapping_family", "1", source="SURROUND", **OPUS, **AT_ITS_END),
    by_ffmpeg("aac.m4a", *TAGS, "-c:a", "aac", far=LOSSY),
    by_ffmpeg("first.m4a", "-c:a", "aac", "-movflags", "+faststart", far=LOSSY),
    by_ffmpeg("alac.m4a", "-c:a", "alac"),
    by_ffmpeg("surround.m4a", "-c:a", "alac", source="SURROUND"),
    by_ffmpeg("alac24.m4a", "-c:a", "alac", source="SOURCE24"),
    # A packet for each frame; and with pictures between the packets.
    by_ffmpeg("pcm.mov", "-c:a", "pcm_s16le"),
    by_ffmpeg("film.mp4", "-f", "lavfi", "-i", "testsrc=d=1:s=64x64", "-c:a", "aac", far=LOSSY),
    by_ffmpeg("aac.aac", "-c:a", "aac", frames=None, far=LOSSY, known=(False, False)),
    *[Case(f"sox{bits}.aiff", ["sox", f"SOURCE{bits}".removesuffix("16"), "FILE"]) for bits in (16, 24, 32)],
    by_ffmpeg("float.aiff", "-c:a", "pcm_f32be", "-f", "aiff"),
    *[by_ffmpeg(f"ffmpeg{b}.caf", "-c:a", f"pcm_s{b}le", source=f"SOURCE{b}".removesuffix("16")) for b in (16, 24, 32)],
    by_ffmpeg("big.caf", "-c:a", "pcm_s16be"),
    by_ffmpeg("alac.caf", "-c:a", "alac", known=(False, False)),
    by_ffmpeg("flac.mka", *TAGS, "-c:a", "flac", **MKV),
    by_ffmpeg("alac.mka", "-c:a", "alac", **MKV),
    by_ffmpeg("pcm.mka", "-c:a", "pcm_s24le", source="SOURCE24", **MKV),
    by_ffmpeg("vorbis.webm", "-c:a", "libvorbis", frames=None, far=LOSSY, **MKV),
    by_ffmpeg("mp3.mka", "-c:a", "libmp3lame", frames=None, far=LOSSY, **MKV),
    by_ffmpeg("aac.mka", "-c:a", "aac", frames=None, far=LOSSY, **MKV),
    by_ffmpeg("opus.webm", "-c:a", "libopus", **OPUS, **MKV),
    by_ffmpeg("ima.wav", "-c:a", "adpcm_ima_wav", frames=None),
    by_ffmpeg("ms.wav", "-c:a", "adpcm_ms", frames=None),
    Case("soxima.wav", ["sox", "SOURCE", "-e", "ima-adpcm", "FILE"]),
    Case("soxms.wav", ["sox", "SOURCE", "-e", "ms-adpcm", "FILE"]),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_and_a_pipe_give_what_ffmpeg_decodes(studio, case):
    path = studio.encode(case.name, *case.command)
    expected = studio.by_ffmpeg(path, *case.ffmpeg)
    frames = case.frames or len(expected)
    from_file, from_pipe = studio.play(path), studio.play("-", stdin=path.read_bytes())
    assert from_pipe.data == from_file.data
    for heard, known in zip((from_file, from_pipe), case.known):
        assert len(heard.samples) == frames
        assert heard.frames == (frames if known else None)
        assert heard.stderr == ""
        far = np.abs(heard.samples - expected[:frames]).max() * 2**15
        assert far <= case.far, f"off by {far} steps"
    assert from_file.title == ("Tïtle" if "title=Tïtle" in case.command else None)


SIDES = "channelmap=map=FL-FL|FR-FR|FC-FC|LFE-LFE|BL-SL|BR-SR:channel_layout=5.1(side)"
IN_SURROUND = [case for case in CASES if case.name.startswith("surround.")]
IN_SURROUND.append(by_ffmpeg("sides.flac", "-af", SIDES, source="SURROUND"))


@pytest.mark.parametrize("case", IN_SURROUND, ids=lambda case: case.name)
def test_surround_is_played_by_its_speakers(studio, case):
    path = studio.encode(case.name, *case.command)
    heard = studio.play(path, device="surround")
    assert "to FL,FR,RL,RR,FC,LFE" in heard.conversion
    expected = studio.by_ffmpeg(path, *case.ffmpeg)[: len(heard.samples), [0, 1, 4, 5, 2, 3]]
    assert np.abs(heard.samples - expected).max() * 2**15 <= case.far


def test_info_tells_of_all_of_them_what_ffprobe_does(studio):
    for case in CASES:
        studio.encode(case.name, *case.command)
    result = aloud("info", "--json", *(studio.at(case.name) for case in CASES))
    assert result.status == 0, result.stderr
    keys = ["name", "container", "codec", "spec", "frames", "duration", "bit_rate", "tags", "cues", "loops"]
    for case, found in zip(CASES, json.loads(result.stdout), strict=True):
        assert list(found) == keys
        assert found["name"] == str(studio.at(case.name))
        assert (found["frames"] is not None) == case.known[0], case.name
        if "title=Tïtle" in case.command:
            assert (found["tags"]["title"], found["tags"]["artist"]) == ("Tïtle", "Ärtist"), case.name


def test_halves_of_a_sine_follow_each_other_without_a_seam(studio):
    time = np.arange(2 * 50021) / 44100
    sine = 0.5 * np.sin(2 * np.pi * 997 * time)
    samples = np.round(np.stack([sine, sine], 1) * 2**15).astype("<i4") * 2**16
    halves = [studio.write_wav(studio.at(f"half{n}.wav"), part, 16) for n, part in enumerate(np.split(samples, 2))]
    # A sine that begins or ends is no easy thing for MP3; one frame too many or too few would be 0.07.
    for suffix, options, near in [("wav", [], 0), ("flac", [], 0), ("mp3", ["-b:a", "320k"], 0.05)]:
        files = [studio.at(f"half{n}.{suffix}") for n in range(2)]
        if suffix != "wav":
            for half, file in zip(halves, files):
                studio.encode(file.name, *FFMPEG, half, *options, "FILE")
        heard = studio.play(*files)
        assert len(heard.samples) == len(samples), suffix
        far = np.abs(heard.samples - samples / 2**31)
        assert far.max() <= near, f"{suffix}: {far.max()} at {far.argmax() // 2}"
