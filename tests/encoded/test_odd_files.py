"""Files that were joined, cut, damaged, or written by programs with ideas of their own."""

import json
import struct
import subprocess
import zlib

import numpy as np
import pytest
from lab.program import aloud, output_of
from lab.studio import FRAMES

FFMPEG = ["ffmpeg", "-v", "error", "-y", "-i", "SOURCE"]
MP3 = [*FFMPEG, "-b:a", "128k", "-id3v2_version", "0", "-write_xing", "0", "FILE"]


def played(studio, path):
    """What is played of a file and of a pipe, which are alike: the spec of each segment, frames, and messages."""
    outcomes = []
    for arguments, stdin in (([path], b""), (["-"], path.read_bytes())):
        result = aloud("play", "--json", "-D", "null", *arguments, stdin=stdin, environment=studio.environment)
        specs = [event["requested"] for event in result.events("start")]
        specs = [(spec["format"], spec["rate"], spec["channels"]) for spec in specs]
        seconds = result.event("end")["seconds"] if result.events("end") else None
        finished = [event["frames"] for event in result.events("file") if event["state"] == "finished"]
        if result.status == 0:
            assert sum(finished) == result.event("end")["frames"]
        stderr = result.stderr.replace(str(path), "NAME").replace("standard input", "NAME")
        outcomes.append((result.status, specs, seconds, stderr))
    assert outcomes[0] == outcomes[1]
    return outcomes[0]


def written(studio, name, content):
    path = studio.path(name)
    path.write_bytes(content)
    return path


def frames_of_flac(path):
    """The bytes behind the metadata."""
    data, at = path.read_bytes(), 4
    while True:
        kind, length = data[at], int.from_bytes(data[at + 1 : at + 4])
        at += 4 + length
        if kind & 0x80:
            return data[:at], data[at:]


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_flac_of_all_bits_is_exact(studio, bits):
    """Two channels that are almost alike are stored as their sum and difference, which has a bit more."""
    rng = np.random.default_rng(bits)
    left = rng.integers(-(2**31), 2**31, 30_000)
    right = np.clip(-left + rng.integers(-(2**20), 2**20, 30_000), -(2**31), 2**31 - 1)
    samples = np.stack([left, right], 1) >> (32 - bits) << (32 - bits)
    raw = (samples >> (32 - bits)).astype("<i4")
    width = (bits + 7) // 8
    data = raw.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()
    path = studio.path(f"bits{bits}.flac")
    described = ["--force-raw-format", "--endian=little", "--sign=signed", "--channels=2", "--sample-rate=44100"]
    output_of("flac", "-s", "-f", "-m", *described, f"--bps={bits}", "--lax", "-o", path, "-", stdin=data)
    result = studio.play(path)
    assert result.frames == 30_000
    assert np.array_equal(result.samples * 2**31, samples)


def test_a_flac_stream_that_changes_its_rate_channels_and_bits_goes_on(studio):
    first = studio.encode("first.flac", "flac", "-s", "-f", "SOURCE", "-o", "FILE")
    second = studio.encode("second.flac", *FFMPEG, "-ar", "32000", "-ac", "1", "FILE")
    third = studio.encode("third.flac", "flac", "-s", "-f", "SOURCE24", "-o", "FILE")
    header, frames = frames_of_flac(first)
    content = header + frames + frames_of_flac(second)[1] + frames_of_flac(third)[1]
    status, specs, seconds, stderr = played(studio, written(studio, "changing.flac", content))
    assert (status, stderr) == (0, "")
    assert specs == [("S16_LE", 44100, 2), ("S16_LE", 32000, 1), ("S24_3LE", 44100, 2)]
    assert seconds == pytest.approx(3 * FRAMES / 44100, abs=0.01)


def test_flac_metadata_never_keeps_sound_from_playing(studio):
    path = studio.encode("plain.flac", "flac", "-s", "-f", "SOURCE", "-o", "FILE")
    header, frames = frames_of_flac(path)
    info = header[:42]
    zero_block = bytearray(info)
    zero_block[8:10] = b"\0\0"
    for name, head in (
        ("comment", info + b"\x04\0\0\x08\xff\xff\xff\x7fabcd"),
        ("cuesheet", info + b"\x05\0\0\x10" + b"\xff" * 16),
        ("seektable", info + b"\x03\0\0\x05abcde"),
        ("picture", info + b"\x06\0\0\x04\0\0\0\x03"),
        ("block", bytes(zero_block)),
        ("unknown", info + b"\x7e\0\0\x03abc"),
    ):
        damaged = written(studio, f"{name}.flac", head + b"\x81\0\0\0" + frames)
        result = studio.play(damaged)
        assert len(result.samples) == FRAMES, name
        assert result.stderr == "", name


def test_samples_are_checked_with_the_md5_of_flac(studio):
    path = studio.encode("checked.flac", "flac", "-s", "-f", "SOURCE", "-o", "FILE")
    wrong = bytearray(path.read_bytes())
    wrong[8 + 18] ^= 1
    status, _, seconds, stderr = played(studio, written(studio, "wrong.flac", wrong))
    assert status == 10
    assert seconds == pytest.approx(FRAMES / 44100)
    assert "is corrupt: its samples do not match the MD5 in its header" in stderr


def test_mp3_that_was_joined_from_pieces_plays(studio):
    stereo = studio.encode("stereo.mp3", *MP3).read_bytes()
    mono = studio.encode("mono.mp3", *FFMPEG, "-ac", "1", *MP3[-7:]).read_bytes()
    slow = studio.encode("slow.mp3", *FFMPEG, "-ar", "22050", *MP3[-7:]).read_bytes()
    path = written(studio, "joined.mp3", mono + stereo + mono + slow)
    status, specs, seconds, stderr = played(studio, path)
    assert (status, stderr) == (0, "")
    expected = [("FLOAT_LE", 44100, 1), ("FLOAT_LE", 44100, 2), ("FLOAT_LE", 44100, 1), ("FLOAT_LE", 22050, 2)]
    assert specs == expected
    assert seconds == pytest.approx(4 * FRAMES / 44100, abs=0.25)


@pytest.mark.parametrize("before", [b"\0" * 5000, b"\xff\xfb" + b"junk" * 300, b"ICY 200 OK\r\n\r\n"])
def test_mp3_may_begin_with_anything(studio, before):
    whole = studio.encode("stereo.mp3", *MP3)
    path = written(studio, "behind.mp3", before + whole.read_bytes()[100:])
    status, specs, seconds, stderr = played(studio, path)
    assert (status, specs, stderr) == (0, [("FLOAT_LE", 44100, 2)], "")
    assert seconds == pytest.approx(FRAMES / 44100, abs=0.1)


def test_a_header_of_mp3_may_count_itself(studio):
    path = studio.encode("counted.mp3", *FFMPEG, "-b:a", "128k", "-id3v2_version", "0", "FILE")
    data = bytearray(path.read_bytes())
    at = data.index(b"Info") + 8
    data[at - 4 : at] = b"\0\0\0\x01"
    (count,) = struct.unpack(">I", data[at : at + 4])
    data[at : at + 4] = struct.pack(">I", count + 1)
    status, _, _, stderr = played(studio, written(studio, "self.mp3", data))
    assert (status, stderr) == (0, "")


def test_a_header_of_mp3_may_count_more_than_there_is(studio):
    """Whoever cut the file at a frame left the header as it was. One that ends inside a frame lacks the rest."""
    path = studio.encode("cover.mp3", *FFMPEG, "-b:a", "128k", "-id3v2_version", "0", "FILE")
    data = path.read_bytes()
    # Frames of 417 or 418 bytes.
    starts = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xfb" and data[at + 2] & 0xFC == 0x90]
    short = written(studio, "short.mp3", data[: starts[40]])
    status, _, seconds, stderr = played(studio, short)
    assert (status, seconds) == (0, pytest.approx(1, abs=0.1))
    assert "warning: 'NAME': its header declares 66273 frames, but it has" in stderr
    assert info(short)["seconds"] == pytest.approx(seconds)
    status, _, _, stderr = played(studio, written(studio, "cut.mp3", data[: starts[40] - 100]))
    assert status == 10 and "is truncated: its header declares 66273 frames" in stderr


def test_an_mp3_by_itunes_is_gapless(studio):
    """Only a comment in its tag says where the sound begins and ends."""
    path = studio.encode("itunes.mp3", *MP3)
    whole = studio.play(path)
    padding = len(whole.samples) - 576 - FRAMES
    numbers = f" 00000000 {576:08X} {padding:08X} {FRAMES:016X} 00000000 00000000"
    comment = b"\0engiTunSMPB\0" + numbers.encode()
    frame = b"COMM" + len(comment).to_bytes(4, "big") + b"\0\0" + comment
    tag = b"ID3\x03\0\0\0\0" + bytes([len(frame) >> 7, len(frame) & 127]) + frame
    tagged = written(studio, "tagged.mp3", tag + path.read_bytes())
    for played in (studio.play(tagged), studio.play("-", stdin=tagged.read_bytes())):
        # The decoder is late by another 529 frames.
        assert np.array_equal(played.samples, whole.samples[576 + 529 :][:FRAMES])
    (found,) = json.loads(aloud("info", "--json", tagged).stdout)
    assert (found["frames"], found["tags"]) == (FRAMES, {})


def test_layers_1_and_2_play(studio):
    path = studio.encode("two.mp2", *FFMPEG, "-c:a", "mp2", "FILE")
    expected = studio.decode_with_ffmpeg(path)
    result = studio.play(path)
    assert len(result.samples) == len(expected)
    assert np.abs(result.samples - expected).max() * 2**15 <= 2


def info(path):
    (found,) = json.loads(aloud("info", "--json", path).stdout)
    return found


def test_info_knows_the_length_of_every_mp3_and_adts(studio):
    mp3 = info(studio.encode("stereo.mp3", *MP3))
    assert mp3["frames"] % 1152 == 0 and mp3["bit_rate"] == pytest.approx(128_000, rel=0.01)
    tag = b"ID3\x03\0\0\0\x01\0\0" + bytes(1 << 14)
    tagged = info(written(studio, "tagged-stereo.mp3", tag + studio.path("stereo.mp3").read_bytes()))
    assert tagged["bit_rate"] == mp3["bit_rate"]
    adts = info(studio.encode("plain.aac", *FFMPEG, "-c:a", "aac", "FILE"))
    assert adts["frames"] % 1024 == 0 and adts["seconds"] == pytest.approx(FRAMES / 44100, abs=0.1)


def boxes(data, start=0, end=None):
    at = start
    while at < (end or len(data)):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        yield kind, at, size
        at += size


def test_mpeg_4_of_all_sorts_plays(studio):
    path = studio.encode("sorted.m4a", *FFMPEG, "-c:a", "aac", "-movflags", "+faststart", "FILE")
    data = bytearray(path.read_bytes())
    (mdat,) = [at for kind, at, _ in boxes(data) if kind == b"mdat"]
    endless = data[:]
    endless[mdat : mdat + 4] = b"\0\0\0\0"
    for name, content in (("endless", endless), ("whole", data)):
        status, _, seconds, stderr = played(studio, written(studio, f"{name}.m4a", content))
        assert (status, stderr) == (0, ""), name
        assert seconds == pytest.approx(FRAMES / 44100)
    status, _, seconds, stderr = played(studio, written(studio, "short.m4a", data[: len(data) // 2]))
    assert status == 10 and "is truncated: its header declares 66273 frames" in stderr
    assert seconds > 0.3


@pytest.mark.parametrize("flags", ["", "+omit_tfhd_offset", "+default_base_moof"])
def test_the_second_track_of_fragments_plays(studio, flags):
    """Its data follow those of the first one, and not all writers say where they start."""
    video = ["-f", "lavfi", "-i", "testsrc=d=1.5:s=64x64"]
    sound = ["-map", "1:v", "-map", "0:a", "-c:a", "aac"]
    flags = f"frag_keyframe+empty_moov+delay_moov{flags}"
    path = studio.encode(f"{flags}.mp4", *FFMPEG, *video, *sound, "-movflags", flags, "-frag_duration", "300000", "FILE")
    plain = studio.encode("fragments.m4a", *FFMPEG, "-c:a", "aac", "FILE")
    expected = studio.play(plain).samples
    for played in (studio.play(path), studio.play("-", stdin=path.read_bytes())):
        assert np.array_equal(played.samples[: len(expected)], expected)


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_opus_in_webm_starts_with_its_first_frame(studio, rate):
    """ffmpeg 5.1 writes a wrong delay into the container if the rate is not 48 kHz."""
    made = [*FFMPEG, "-ar", str(rate), "-c:a", "libopus", "FILE"]
    webm, opus = studio.encode(f"opus{rate}.webm", *made), studio.encode(f"opus{rate}.opus", *made)
    expected = studio.play(opus).samples
    for played in (studio.play(webm), studio.play("-", stdin=webm.read_bytes())):
        assert abs(len(played.samples) - len(expected)) <= 48
        assert np.array_equal(played.samples[: len(expected)], expected[: len(played.samples)])


def test_quicktime_without_a_type_plays(studio):
    path = studio.encode("typed.mov", *FFMPEG, "-c:a", "pcm_s16le", "FILE")
    data = path.read_bytes()
    (_, _, size), *_ = boxes(data)
    # The positions in the index count from the start of the file: a box of another kind takes the place of the type.
    untyped = written(studio, "untyped.mov", data[:4] + b"wide" + data[8:])
    assert np.array_equal(studio.play(untyped).samples, studio.play(studio.source()).samples)
    assert size > 8


def test_a_readable_track_behind_an_unreadable_one_plays(studio):
    for suffix, codec in (("mp4", "ac3"), ("mka", "ac3")):
        command = [*FFMPEG, "-map", "0:a", "-map", "0:a", "-c:a:0", codec, "-c:a:1", "aac", "FILE"]
        path = studio.encode(f"two.{suffix}", *command)
        result = aloud("play", "--json", "-D", "null", "--decoder", "native", path)
        assert result.status == 0, (suffix, result.stderr)


def test_ogg_with_a_damaged_page_plays_the_rest(studio):
    path = studio.encode("pages.ogg", *FFMPEG, "-c:a", "libvorbis", "-page_duration", "100000", "FILE")
    data = bytearray(path.read_bytes())
    starts = [at for at in range(len(data)) if data[at : at + 4] == b"OggS"]
    granules = [int.from_bytes(data[at + 6 : at + 14], "little") for at in starts]
    first = next(at for at, granule in zip(starts, granules) if granule > 0)
    damaged = data[:]
    damaged[first + 60] ^= 0xFF
    status, _, seconds, stderr = played(studio, written(studio, "damaged.ogg", damaged))
    assert status == 0 and "skipped" in stderr
    assert seconds > 1.2


def test_all_links_of_a_chain_are_described(studio):
    one = studio.encode("link.ogg", *FFMPEG, "-c:a", "libvorbis", "FILE").read_bytes()
    other = studio.encode("link.opus", *FFMPEG, "-c:a", "libopus", "FILE").read_bytes()
    assert info(written(studio, "alike.ogg", one + one))["frames"] == 2 * FRAMES
    mixed = info(written(studio, "mixed.ogg", one + other))
    assert mixed["frames"] is None
    assert mixed["seconds"] == pytest.approx(2 * FRAMES / 44100, abs=0.001)
    status, specs, *_ = played(studio, studio.path("mixed.ogg"))
    assert (status, specs) == (0, [("FLOAT_LE", 44100, 2), ("FLOAT_LE", 48000, 2)])


def element(id, content):
    """An element of Matroska."""
    return bytes.fromhex(id) + (len(content) | 1 << 56).to_bytes(8, "big") + content


def test_compressed_blocks_of_matroska_are_decompressed(studio):
    """mkvmerge --compression 0:zlib writes them; --decoder native refuses them."""
    samples = studio.source().read_bytes()[-4 * FRAMES :]
    encoding = element("6d80", element("6240", element("5034", element("4254", b"\0"))))
    audio = element("b5", struct.pack(">f", 44100)) + element("9f", b"\2") + element("6264", b"\x10")
    track = element("d7", b"\1") + element("73c5", b"\1") + element("83", b"\2") + element("86", b"A_PCM/INT/LIT")
    tracks = element("1654ae6b", element("ae", track + element("e1", audio) + encoding))
    blocks = [
        element("1f43b675", element("e7", struct.pack(">H", at // 44)) + element("a3", b"\x81\0\0\x80" + packed))
        for at in range(0, FRAMES, 4410)
        for packed in [zlib.compress(samples[4 * at :][: 4 * 4410])]
    ]
    programs = element("4d80", b"x") + element("5741", b"x")
    info = element("1549a966", element("2ad7b1", (1_000_000).to_bytes(3, "big")) + programs)
    head = element("1a45dfa3", element("4282", b"matroska"))
    path = written(studio, "zlib.mka", head + element("18538067", info + tracks + b"".join(blocks)))
    assert studio.play(path).data == samples
    assert (studio.play("-", stdin=path.read_bytes()).samples * 2**15).astype("<i2").tobytes() == samples
    refused = aloud("play", "--decoder", "native", "-D", "null", path, environment=studio.environment)
    assert refused.status == 10
    assert "is Matroska with compressed or encrypted blocks, which needs ffmpeg" in refused.stderr


def test_an_empty_packet_at_the_end_is_no_fault(studio):
    """ffmpeg 5.1 writes one behind FLAC in CAF, and any number for the frames of a packet."""
    path = studio.encode("flac.caf", *FFMPEG, "-c:a", "flac", "FILE")
    data = path.read_bytes()
    for frames_per_packet in (4608, 1472560216):
        path.write_bytes(data[:40] + struct.pack(">I", frames_per_packet) + data[44:])
        played = studio.play(path)
        assert (len(played.samples), played.stderr) == (FRAMES, "")


def test_an_avi_that_was_written_into_a_pipe_is_complete(studio):
    """Its header has placeholders for its lengths."""
    path = studio.encode("pipe.avi", *FFMPEG, "-c:a", "ac3", "-seekable", "0", "FILE")
    assert path.read_bytes()[4:8] == b"\xff\xff\xff\xff"
    for result in (studio.play(path), studio.play("-", stdin=path.read_bytes())):
        assert FRAMES <= len(result.samples) < FRAMES + 2048


@pytest.mark.parametrize("name", ["x.sph", "x.ircam", "x.paf", "x.avr", "x.sox"])
def test_old_formats_of_speech_and_studios_play(studio, name):
    path = studio.encode(name, "sox", "SOURCE", "-c", "1" if name == "x.avr" else "2", "FILE")
    assert np.array_equal(studio.play(path).samples, studio.decode_with_ffmpeg(path))


@pytest.mark.parametrize("bits, width", [(12, 2), (20, 3), (24, 4)])
@pytest.mark.parametrize("is_little", [False, True])
def test_samples_of_caf_with_fewer_bits_than_their_bytes_are_left_justified(studio, bits, width, is_little):
    samples = np.random.default_rng(bits).integers(-(2 ** (bits - 1)), 2 ** (bits - 1), 3000)
    wide = (samples << (32 - bits)).astype(">i4").view(np.uint8).reshape(-1, 4)[:, :width]
    data = (wide[:, ::-1] if is_little else wide).tobytes()
    description = struct.pack(">d4sIIIII", 48000, b"lpcm", 2 * is_little, width, 1, 1, bits)
    chunks = [(b"desc", description), (b"data", bytes(4) + data)]
    content = b"".join(kind + struct.pack(">q", len(chunk)) + chunk for kind, chunk in chunks)
    path = written(studio, f"justified{bits}.caf", b"caff\0\1\0\0" + content)
    result = studio.play(path)
    assert result.frames == 3000
    assert np.array_equal(result.samples[:, 0] * 2 ** (bits - 1), samples)


SOX = ["sox", "SOURCE", "-D"]


def outcome(studio, path):
    """Status, seconds and messages of a file and of a pipe, which are alike."""
    outcomes = []
    for arguments, stdin in (([path], b""), (["-"], path.read_bytes())):
        result = aloud("play", "--json", "-D", "null", *arguments, stdin=stdin, environment=studio.environment)
        stderr = result.stderr.replace(str(path), "NAME").replace("standard input", "NAME")
        outcomes.append((result.status, result.event("end")["seconds"], stderr))
    assert outcomes[0] == outcomes[1]
    return outcomes[0]


# Name, the program that writes it, and where its header has a number of frames or samples: what is before it, its offset
# from there, and its format.
COUNTED = [
    ("plain.aiff", [*SOX, "FILE"], b"COMM", 10, ">I"),
    ("law.aifc", [*SOX, "-e", "mu-law", "FILE"], b"COMM", 10, ">I"),
    ("float.aiff", [*FFMPEG, "-c:a", "pcm_f32be", "FILE"], b"COMM", 10, ">I"),
    ("ima.wav", [*SOX, "-e", "ima-adpcm", "FILE"], b"fact", 8, "<I"),
    ("ms.wav", [*FFMPEG, "-c:a", "adpcm_ms", "FILE"], b"fact", 8, "<I"),
    ("stereo.8svx", [*SOX, "FILE"], b"VHDR", 8, ">I"),
    ("mono.8svx", [*SOX, "-c", "1", "FILE"], b"VHDR", 8, ">I"),
    ("psion.wve", [*SOX, "-r", "8000", "-c", "1", "FILE"], b"ALaw", 18, ">I"),
    ("atari.avr", [*SOX, "FILE"], b"2BIT", 26, ">I"),
    ("native.sox", [*SOX, "FILE"], b".SoX", 8, "<Q"),
    ("ffmpeg.sox", [*FFMPEG, "FILE"], b".SoX", 8, "<Q"),
]


@pytest.mark.parametrize("name, command, mark, offset, format", COUNTED, ids=[name for name, *_ in COUNTED])
def test_more_frames_in_a_header_than_in_the_file_are_missing(studio, name, command, mark, offset, format):
    """Also if another length in the header is right."""
    data = bytearray(studio.encode(name, *command).read_bytes())
    status, seconds, stderr = outcome(studio, written(studio, f"copy-{name}", data))
    assert (status, stderr) == (0, "") and seconds > 1.5
    at = data.index(mark) + offset
    [count] = struct.unpack_from(format, data, at)
    struct.pack_into(format, data, at, count + 10_000)
    status, seconds_of_cut, stderr = outcome(studio, written(studio, f"more-{name}", data))
    [message] = [json.loads(line)["error"]["message"] for line in stderr.splitlines()]
    # The rest of the last block is padding.
    assert status == 10 and 0 <= seconds_of_cut - seconds < 0.02
    assert "its header declares" in message, message


# As above, and what other writers multiply the number by: they count the samples of both channels, or frames instead of
# packets. libsndfile declares half of the frames of stereo IMA ADPCM.
COUNTED_OTHERWISE = [
    ("samples.avr", [*SOX, "FILE"], b"2BIT", 26, ">I", 2),
    ("samples.8svx", [*SOX, "FILE"], b"VHDR", 8, ">I", 2),
    ("frames.aiff", [*FFMPEG, "-c:a", "adpcm_ima_qt", "FILE"], b"COMM", 10, ">I", 64),
    ("half.wav", [*SOX, "-e", "ima-adpcm", "FILE"], b"fact", 8, "<I", 0.5),
]


@pytest.mark.parametrize(
    "name, command, mark, offset, format, factor", COUNTED_OTHERWISE, ids=[name for name, *_ in COUNTED_OTHERWISE]
)
def test_a_file_is_complete_whatever_its_header_counts(studio, name, command, mark, offset, format, factor):
    data = bytearray(studio.encode(name, *command).read_bytes())
    _, seconds, _ = outcome(studio, written(studio, f"copy-{name}", data))
    at = data.index(mark) + offset
    [count] = struct.unpack_from(format, data, at)
    struct.pack_into(format, data, at, int(factor * count))
    other = written(studio, f"other-{name}", data)
    status, seconds_of_other, stderr = outcome(studio, other)
    # The rest of the last block is padding.
    assert (status, stderr) == (0, "") and 0 <= seconds_of_other - seconds < 0.02
    stated = aloud("info", "--json", other, environment=studio.environment).json()[0]["seconds"]
    assert stated is None or abs(stated - seconds) < 0.05


CUT = {
    **{name: command for name, command, *_ in COUNTED},
    "ima-rf64.wav": [*FFMPEG, "-c:a", "adpcm_ima_wav", "-rf64", "always", "FILE"],
    "speech.sph": [*SOX, "FILE"],
    "law.sph": [*SOX, "-e", "mu-law", "FILE"],
    "g722.au": [*FFMPEG, "-ar", "16000", "-ac", "1", "-c:a", "adpcm_g722", "FILE"],
    "ima.aiff": [*FFMPEG, "-c:a", "adpcm_ima_qt", "FILE"],
    "gsm.caf": [*FFMPEG, "-ar", "8000", "-ac", "1", "-c:a", "libgsm", "FILE"],
}


@pytest.mark.parametrize("name", CUT)
def test_a_file_that_lacks_its_last_bytes_is_an_error(studio, name):
    data = studio.encode(name, *CUT[name]).read_bytes()
    assert outcome(studio, written(studio, f"copy-{name}", data))[0] == 0
    status, _, stderr = outcome(studio, written(studio, f"cut-{name}", data[:-3]))
    message = json.loads(stderr.splitlines()[-1])["error"]["message"]
    assert status == 10
    # One of them may be padding.
    assert "is truncated" in message or "lacks 3 bytes" in message or "lacks 2 bytes" in message, message


STREAMED = {
    **{f"sox.{kind}": ["-t", kind] for kind in ["aiff", "au", "wav", "sph", "wve", "sox", "8svx"]},
    "24.aiff": ["-b", "24", "-t", "aiff"],
    "law.aifc": ["-e", "mu-law", "-t", "aifc"],
    "ima.wav": ["-e", "ima-adpcm", "-t", "wav"],
    "ms.wav": ["-e", "ms-adpcm", "-t", "wav"],
    "gsm.wav": ["-e", "gsm-full-rate", "-t", "wav"],
}


@pytest.mark.parametrize("name", STREAMED)
def test_what_sox_streams_is_complete(studio, name):
    """It does not know the length when it writes the header, and cannot go back in a pipe."""
    raw = ["-t", "raw", "-r", "8000", "-c", "1", "-b", "16", "-e", "signed-integer"]
    sound = (np.sin(np.arange(16_600) / 10) * 10_000).astype("<i2").tobytes()
    command = ["sox", "-D", *raw, "-", *STREAMED[name], "-"]
    streamed = subprocess.run(command, input=sound, capture_output=True, check=True).stdout
    status, seconds, stderr = outcome(studio, written(studio, f"streamed-{name}", streamed))
    assert (status, stderr) == (0, "")
    assert 2.07 < seconds < 2.2
