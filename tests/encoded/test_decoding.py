"""aloud decodes what ffmpeg, flac and SoX encode, and gets the same as ffmpeg."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
from lab.studio import FRAMES
from lab.program import aloud

FFMPEG = ["ffmpeg", "-v", "error", "-y", "-i"]
TAGS = ["-metadata", "title=Tïtle", "-metadata", "artist=Ärtist"]
# Decoders of a lossy codec may differ by this many steps of 16 bits.
LOSSY = 2


@dataclass
class Case:
    """A file, and the command that makes it."""

    name: str
    command: list
    # Frames to be decoded. If nothing in the file says which are padding, None: as many as ffmpeg decodes.
    frames: int | None = FRAMES
    # The largest difference from ffmpeg, in steps of 16 bits.
    tolerance: float = 0
    # Whether the number of frames is known in advance, from a file and from a pipe.
    known: tuple = (True, True)
    ffmpeg: tuple = ()


def made_by_ffmpeg(name, *options, source="SOURCE", **expected):
    return Case(name, [*FFMPEG, source, *options, "FILE"], **expected)


OPUS = {"frames": None, "tolerance": LOSSY, "ffmpeg": ("-c:a", "libopus")}
MKV = {"known": (False, False)}
LENGTH_AT_END = {"known": (True, False)}

CASES = [
    Case("flac.flac", ["flac", "-s", "-f", "SOURCE", "-o", "FILE"]),
    Case("flac24.flac", ["flac", "-s", "-f", "SOURCE24", "-o", "FILE"]),
    Case("flac.oga", ["flac", "-s", "-f", "--ogg", "SOURCE", "-o", "FILE"]),
    made_by_ffmpeg("ffmpeg.flac", *TAGS),
    made_by_ffmpeg("surround.flac", source="SURROUND"),
    made_by_ffmpeg("mp3.mp3", *TAGS, "-b:a", "128k", tolerance=LOSSY),
    made_by_ffmpeg("vbr.mp3", "-q:a", "2", tolerance=LOSSY),
    made_by_ffmpeg("mpeg2.mp3", "-ar", "22050", "-ac", "1", tolerance=LOSSY, frames=33137),
    made_by_ffmpeg("plain.mp3", "-write_xing", "0", "-id3v2_version", "0", frames=None, tolerance=LOSSY, known=(True, False)),
    made_by_ffmpeg("vorbis.ogg", *TAGS, "-c:a", "libvorbis", tolerance=LOSSY, **LENGTH_AT_END),
    made_by_ffmpeg("surround.ogg", "-c:a", "libvorbis", source="SURROUND", tolerance=LOSSY, **LENGTH_AT_END),
    made_by_ffmpeg("surround.mka", "-c:a", "libvorbis", source="SURROUND", frames=None, tolerance=LOSSY, **MKV),
    Case("sox.ogg", ["sox", "SOURCE", "FILE"], tolerance=LOSSY, **LENGTH_AT_END),
    made_by_ffmpeg("opus.opus", *TAGS, "-c:a", "libopus", **OPUS, **LENGTH_AT_END),
    made_by_ffmpeg("voice.opus", "-ac", "1", "-c:a", "libopus", "-b:a", "16k", "-application", "voip", **OPUS, **LENGTH_AT_END),
    made_by_ffmpeg("surround.opus", "-c:a", "libopus", "-mapping_family", "1", source="SURROUND", **OPUS, **LENGTH_AT_END),
    made_by_ffmpeg("aac.m4a", *TAGS, "-c:a", "aac", tolerance=LOSSY),
    made_by_ffmpeg("first.m4a", "-c:a", "aac", "-movflags", "+faststart", tolerance=LOSSY),
    made_by_ffmpeg("alac.m4a", "-c:a", "alac"),
    made_by_ffmpeg("surround.m4a", "-c:a", "alac", source="SURROUND"),
    made_by_ffmpeg("alac24.m4a", "-c:a", "alac", source="SOURCE24"),
    # One packet per frame; and video between the packets.
    made_by_ffmpeg("pcm.mov", "-c:a", "pcm_s16le"),
    made_by_ffmpeg("film.mp4", "-f", "lavfi", "-i", "testsrc=d=1:s=64x64", "-c:a", "aac", tolerance=LOSSY),
    made_by_ffmpeg("aac.aac", "-c:a", "aac", frames=None, tolerance=LOSSY, known=(True, False)),
    *[Case(f"sox{bits}.aiff", ["sox", f"SOURCE{bits}".removesuffix("16"), "FILE"]) for bits in (16, 24, 32)],
    made_by_ffmpeg("float.aiff", "-c:a", "pcm_f32be", "-f", "aiff"),
    *[made_by_ffmpeg(f"ffmpeg{b}.caf", "-c:a", f"pcm_s{b}le", source=f"SOURCE{b}".removesuffix("16")) for b in (16, 24, 32)],
    made_by_ffmpeg("big.caf", "-c:a", "pcm_s16be"),
    made_by_ffmpeg("alac.caf", "-c:a", "alac", known=(False, False)),
    made_by_ffmpeg("ima.caf", "-c:a", "adpcm_ima_qt", frames=None, known=(False, False)),
    made_by_ffmpeg("padded.w64", "-c:a", "pcm_s24le"),
    made_by_ffmpeg("flac.mka", *TAGS, "-c:a", "flac", **MKV),
    made_by_ffmpeg("alac.mka", "-c:a", "alac", **MKV),
    made_by_ffmpeg("pcm.mka", "-c:a", "pcm_s24le", source="SOURCE24", **MKV),
    made_by_ffmpeg("vorbis.webm", "-c:a", "libvorbis", frames=None, tolerance=LOSSY, **MKV),
    made_by_ffmpeg("mp3.mka", "-c:a", "libmp3lame", frames=None, tolerance=LOSSY, **MKV),
    made_by_ffmpeg("aac.mka", "-c:a", "aac", frames=None, tolerance=LOSSY, **MKV),
    made_by_ffmpeg("opus.webm", "-c:a", "libopus", **OPUS, **MKV),
    made_by_ffmpeg("ima.wav", "-c:a", "adpcm_ima_wav", frames=None),
    made_by_ffmpeg("ms.wav", "-c:a", "adpcm_ms", frames=None),
    Case("soxima.wav", ["sox", "SOURCE", "-e", "ima-adpcm", "FILE"]),
    Case("soxms.wav", ["sox", "SOURCE", "-e", "ms-adpcm", "FILE"]),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_and_a_pipe_are_decoded_as_by_ffmpeg(studio, case):
    path = studio.encode(case.name, *case.command)
    expected = studio.decode_with_ffmpeg(path, *case.ffmpeg)
    frames = case.frames or len(expected)
    from_file, from_pipe = studio.play(path), studio.play("-", stdin=path.read_bytes())
    assert from_pipe.data == from_file.data
    for played, known in zip((from_file, from_pipe), case.known):
        assert len(played.samples) == frames
        assert played.frames == (frames if known else None)
        assert played.stderr == ""
        difference = np.abs(played.samples - expected[:frames]).max() * 2**15
        assert difference <= case.tolerance, f"off by {difference} steps"
    assert from_file.title == ("Tïtle" if "title=Tïtle" in case.command else None)


SIDES = "channelmap=map=FL-FL|FR-FR|FC-FC|LFE-LFE|BL-SL|BR-SR:channel_layout=5.1(side)"
IN_SURROUND = [case for case in CASES if case.name.startswith("surround.")]
for name in ("sides.flac", "sides.caf", "sides.aiff", "sides.mov"):
    codec = ["-c:a", "pcm_s16be"] if name != "sides.flac" else []
    IN_SURROUND.append(made_by_ffmpeg(name, "-af", SIDES, *codec, source="SURROUND"))



@pytest.mark.parametrize("case", IN_SURROUND, ids=lambda case: case.name)
def test_surround_channels_go_to_their_speakers(studio, case):
    path = studio.encode(case.name, *case.command)
    played = studio.play(path, device="surround")
    assert "to FL,FR,RL,RR,FC,LFE" in played.conversion
    expected = studio.decode_with_ffmpeg(path, *case.ffmpeg)[: len(played.samples), [0, 1, 4, 5, 2, 3]]
    assert np.abs(played.samples - expected).max() * 2**15 <= case.tolerance


@pytest.mark.parametrize("suffix", ["m4a", "caf", "mka"])
@pytest.mark.parametrize(
    "layout, channels", [("3.0", 3), ("4.0", 4), ("5.0", 5), ("5.1", 6), ("6.1(back)", 7), ("7.1(wide)", 8)]
)
def test_every_channel_of_alac_is_in_its_place(studio, layout, channels, suffix):
    """Each channel has another level."""
    levels = np.arange(1, channels + 1) / 10
    raw = studio.path(f"levels{channels}.raw")
    raw.write_bytes(np.tile(levels, (5000, 1)).tobytes())
    described = ["-f", "f64le", "-ar", 48000, "-ac", channels, "-channel_layout", layout, "-i", raw]
    command = ["ffmpeg", "-v", "error", "-y", *described, "-c:a", "alac", "FILE"]
    played = studio.play(studio.encode(f"levels{channels}.{suffix}", *command))
    assert played.samples.shape == (5000, channels)
    assert np.allclose(played.samples, levels, atol=2**-15)


# Unsigned: 8 bits, and more with the flag of signed ones removed.
@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s8", "pcm_s16le", "pcm_s24be", "pcm_s32le", "pcm_f32le", "pcm_f64le"])
@pytest.mark.parametrize("is_unsigned", [False, True])
def test_uncompressed_samples_of_quicktime_are_what_its_flags_say(studio, codec, is_unsigned):
    """Above 65535 Hz, ffmpeg writes the version of the description that has flags."""
    name = codec if not is_unsigned else f"{codec}-unsigned"
    path = studio.encode(f"{name}.mov", *FFMPEG, "SOURCE", "-ar", "96000", "-c:a", codec, "FILE")
    data = bytearray(path.read_bytes())
    flags = data.index(b"lpcm") + 4 + 8 + 44
    if is_unsigned:
        data[flags + 3] &= ~4
        path.write_bytes(data)
    played = studio.play(path)
    assert np.array_equal(played.samples, studio.decode_with_ffmpeg(path))


# Core Audio's layout L, C, R, Ls, Rs, LFE, and the same with a label for each channel.
LAYOUTS = {
    "tag": [123 << 16 | 6, 0, 0],
    "labels": [0, 0, 6, *(number for label in (1, 3, 2, 5, 6, 4) for number in (label, 0, 0, 0, 0))],
}


# In a MOV, a longer layout would not fit into the boxes around it.
@pytest.mark.parametrize(
    "suffix, layout",
    [("caf", "tag"), ("caf", "labels"), ("aiff", "tag"), ("aiff", "labels"), ("mov", "tag")],
)
def test_core_audio_layouts_are_obeyed(studio, suffix, layout):
    """The layout that ffmpeg wrote is replaced by another one."""
    path = studio.encode(f"plain.{suffix}", *FFMPEG, "SURROUND", "-c:a", "pcm_s16be", "FILE")
    data = path.read_bytes()
    found = b"".join(number.to_bytes(4, "big") for number in LAYOUTS[layout])
    name, counted = {"caf": (b"chan", 8), "aiff": (b"CHAN", 4), "mov": (b"chan", 4)}[suffix]
    at = data.index(name)
    if suffix == "mov":
        data = data[: at + 8] + found + data[at + 8 + len(found) :]
    else:
        start = at + 4 + counted
        length = int.from_bytes(data[at + 4 : start], "big")
        data = data[: at + 4] + len(found).to_bytes(counted, "big") + found + data[start + length :]
    changed = studio.path(f"{layout}.{suffix}")
    changed.write_bytes(data)
    stored = studio.decode_with_ffmpeg(studio.path("surround.wav"))
    for played in (studio.play(changed, device="surround"), studio.play("-", device="surround", stdin=data)):
        # What is stored as L, C, R, Ls, Rs, LFE goes to FL, FR, RL, RR, FC, LFE.
        assert np.array_equal(played.samples, stored[:, [0, 2, 3, 4, 1, 5]])


def test_info_describes_every_file(studio):
    for case in CASES:
        studio.encode(case.name, *case.command)
    result = aloud("info", "--json", *(studio.path(case.name) for case in CASES))
    assert result.status == 0, result.stderr
    keys = ["name", "container", "codec", "spec", "frames", "seconds", "bit_rate", "tags", "cues", "loops", "cover", "decoder"]
    for case, found in zip(CASES, json.loads(result.stdout), strict=True):
        assert list(found) == keys
        assert found["name"] == str(studio.path(case.name))
        assert (found["frames"] is not None) == case.known[0], case.name
        if "title=Tïtle" in case.command:
            assert (found["tags"]["title"], found["tags"]["artist"]) == ("Tïtle", "Ärtist"), case.name


def test_files_are_played_without_a_gap(studio):
    time = np.arange(2 * 50021) / 44100
    sine = 0.5 * np.sin(2 * np.pi * 997 * time)
    samples = np.round(np.stack([sine, sine], 1) * 2**15).astype("<i4") * 2**16
    halves = [studio.write_wav(studio.path(f"half{n}.wav"), part, 16) for n, part in enumerate(np.split(samples, 2))]
    # MP3 distorts the start and the end of a sine; one frame too many or too few would be 0.07.
    for suffix, options, tolerance in [("wav", [], 0), ("flac", [], 0), ("mp3", ["-b:a", "320k"], 0.05)]:
        files = [studio.path(f"half{n}.{suffix}") for n in range(2)]
        if suffix != "wav":
            for half, file in zip(halves, files):
                studio.encode(file.name, *FFMPEG, half, *options, "FILE")
        played = studio.play(*files)
        assert len(played.samples) == len(samples), suffix
        difference = np.abs(played.samples - samples / 2**31)
        assert difference.max() <= tolerance, f"{suffix}: {difference.max()} at {difference.argmax() // 2}"
