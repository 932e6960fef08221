"""A damaged WAV file is reported in one line that names the file, and none of it is played as sound."""

import struct

import pytest
from lab.program import aloud

HEAD = b"RIFF\x24\x10\x00\x00WAVE"
DATA = b"data" + struct.pack("<I", 4096) + bytes(4096)


def fmt(tag=1, channels=2, rate=48000, bits=16, align=None, length=16):
    align = channels * bits // 8 if align is None else align
    return b"fmt " + struct.pack("<IHHIIHH", length, tag, channels, rate, rate * align & 0xFFFFFFFF, align, bits)


BROKEN = {
    "empty": b"",
    "one byte": b"R",
    "text": b"This is not sound, it is a sentence.\n" * 9,
    "RIFF only": b"RIFF",
    "header only": HEAD,
    "not WAVE": b"RIFF\x24\x10\x00\x00AVI " + fmt() + DATA,
    "cut in the format": HEAD + fmt()[:14],
    "format too short": HEAD + b"fmt " + struct.pack("<I", 8) + bytes(8) + DATA,
    "format too long": HEAD + fmt(length=0x7FFFFFF0),
    "no format": HEAD + DATA,
    "no data": HEAD + fmt(),
    "cut in the data header": HEAD + fmt() + b"data\x00",
    "data before the format": HEAD + DATA + fmt(),
    "data cut": HEAD + fmt() + DATA[:99],
    "no channels": HEAD + fmt(channels=0, align=4) + DATA,
    "no rate": HEAD + fmt(rate=0) + DATA,
    "no bits": HEAD + fmt(bits=0) + DATA,
    "absurd channels": HEAD + fmt(channels=65535, align=4) + DATA,
    "absurd rate": HEAD + fmt(rate=0xFFFFFFFF) + DATA,
    "absurd bits": HEAD + fmt(bits=4096) + DATA,
    "absurd block": HEAD + fmt(align=1) + DATA,
    "unknown codec": HEAD + fmt(tag=0x1234) + DATA,
    "a chunk that never ends": HEAD + b"LIST" + struct.pack("<I", 0xFFFFFFF0) + bytes(64),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_damaged_file_is_named_in_one_line(tmp_path, name):
    file = tmp_path / "broken.wav"
    file.write_bytes(BROKEN[name])
    result = aloud("play", "-q", "-D", "hw:Dummy", file)
    assert result.status == 10, result.stderr
    line, *hints = result.stderr.splitlines()
    assert line.startswith("aloud: ") and str(file) in line
    assert len(hints) <= 2 and all(hint.startswith("hint: ") for hint in hints)
    assert result.stdout == ""
