"""Command lines of aplay and arecord, the files they use, and where aloud's answers differ on purpose."""

import math
import random
import struct

from lab.compat import Runner

# What is played on `tap` is in tap.raw; `mic` captures in.raw, then silence.
CONFIGURATION = """
pcm.tap { type file slave.pcm null file "tap.raw" format raw }
pcm.mic { type file slave.pcm null file "/dev/null" infile "in.raw" format raw }
"""


def wav(data, tag=1, channels=1, rate=8000, bits=16, align=None, extra=b"", tail=b"", size=None):
    """A WAV file with these bytes as samples."""
    align = align or channels * bits // 8
    fmt = struct.pack("<HHIIHH", tag, channels, rate, rate * align, align, bits) + extra
    header = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt
    body = header + b"data" + struct.pack("<I", len(data) if size is None else size) + data + tail
    return b"RIFF" + struct.pack("<I", len(body)) + body


def au(encoding, data, annotation=b""):
    return b".snd" + struct.pack(">IIIII", 24 + len(annotation), len(data), encoding, 8000, 1) + annotation + data


def fixtures():
    """The files that each line finds."""
    draw = random.Random(1).randbytes
    sine = b"".join(struct.pack("<h", int(20000 * math.sin(i / 3))) for i in range(8000))
    floats = struct.pack("<1000f", *(math.sin(i / 5) for i in range(1000)))
    pcm = struct.pack("<HHI", 22, 16, 3) + bytes.fromhex("0100000000001000800000aa00389b71")
    # Noise and then silence, because a cable drops the last moments.
    heard = draw(384000) + bytes(96000)
    return {
        "s.wav": wav(sine),
        "short.wav": wav(sine[:300]),
        "st.wav": wav(draw(19200), channels=2, rate=48000),
        "u8.wav": wav(draw(4000), bits=8),
        "s24.wav": wav(draw(30000), bits=24, channels=2, rate=44100),
        "s2432.wav": wav(draw(8000), bits=24, align=4),
        "s32.wav": wav(draw(8000), bits=32, rate=16000),
        "fl.wav": wav(floats, tag=3, bits=32),
        "ext.wav": wav(draw(4000), tag=0xFFFE, channels=2, extra=pcm),
        "ulaw.wav": wav(draw(4000), tag=7, bits=8),
        "dbl.wav": wav(draw(8000), tag=3, bits=64),
        "list.wav": wav(sine[:4000], tail=b"LIST\x0a\0\0\0INFOabcd\0\0"),
        "trunc.wav": wav(sine[:4000], size=8000),
        "empty.wav": wav(b""),
        "id3.wav": b"ID3\x03\0\0\0\0\0\x0a" + bytes(10) + wav(sine),
        "x.au": au(3, draw(4000)),
        "ulaw.au": au(1, draw(4000)),
        "au8.au": au(2, draw(4000), b"abcd"),
        "x.raw": draw(47988),
        "even.raw": draw(4000),
        "odd.raw": draw(4001),
        "tiny.raw": b"abc",
        "none.raw": b"",
        "in.raw": draw(600000),
        "noise.wav": wav(heard, channels=2, rate=48000),
        "noise.raw": heard,
        "cd.wav": wav(draw(176400) + bytes(123480), channels=2, rate=44100),
    }


def runner(folder):
    """Runs lines with these files and PCMs."""
    configuration = folder / "alsa.conf"
    configuration.write_text(CONFIGURATION)
    environment = {"ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{configuration}"}
    return Runner(folder, ["aplay", "arecord"], fixtures(), environment)


# Without a device.
COMMAND_LINES = """
aplay --help
arecord --help
aplay -h -x
aplay -x -h
arecord --version
aplay --vers
aplay -q --version
aplay -x
aplay --foo
aplay --foo=1
aplay --d
aplay --disable
aplay --p
aplay --s
aplay --c
aplay --t
aplay --f
aplay --l
aplay --n
aplay --v
aplay --m
aplay --b
aplay --u
aplay --i
aplay --r
aplay --q
aplay --a
aplay -D
aplay --device
aplay --quiet=1
aplay -n
aplay --list-devnames
aplay -L -D nosuch
aplay -l s.wav
aplay -D nosuch s.wav
arecord -D nosuch x.wav
arecord -P -D nosuch x
aplay -C -D nosuch x
aplay -D '' s.wav
aplay -t foo s.wav
aplay -f foo s.wav
aplay -f '' s.wav
aplay -r 1 s.wav
aplay -r 999999 s.wav
aplay -r abc s.wav
aplay -r 44.1 s.wav
aplay -r 44100Hz s.wav
aplay -r '' s.wav
aplay -r '8000 ' s.wav
aplay -r 99999999999 s.wav
aplay -r 99999999999999999999 s.wav
aplay -r -8000 s.wav
aplay -c 0 s.wav
aplay -c 300 s.wav
aplay -c x s.wav
aplay -c -1 s.wav
aplay -c 2x s.wav
aplay -d 0.5 s.wav
aplay -d x s.wav
aplay -d 1 -s 3 s.wav
aplay -s x s.wav
aplay -s 3 -d 1 s.wav
aplay -F x
aplay -B x
aplay -A x
aplay -R x
aplay -T x
aplay --period-size x
aplay --buffer-size x
aplay --test-coef x
aplay --max-file-time x
aplay -m FOO
aplay -m ''
aplay -m FL,FOO
aplay -Dtap -fS16_LE -r44100 -c2 -traw x.raw
aplay -Dtap -qfcd x.raw
"""

# With alsa-lib's plugins.
PLUGIN_LINES = """
aplay -D null nofile
aplay -D null s.wav nofile u8.wav
aplay -q -D null nofile
aplay -r 44 -D tap -t raw x.raw
aplay -r 768000 -D tap -t raw x.raw
aplay -r 768001 -D tap -t raw x.raw
aplay -r 0x10 -D tap -t raw x.raw
aplay -r 010 -D tap -t raw x.raw
aplay -r ' 8000' -D tap -t raw x.raw
aplay -s 0 -d 1 -D tap -t raw x.raw
aplay -d 0 -s 10 -D tap -t raw x.raw
aplay -d -1 -D tap s.wav
aplay -s -1 -D tap s.wav
aplay --max-file-time -1 -D tap s.wav
aplay -m FL -D tap s.wav
aplay -m FL,FR -D tap s.wav
aplay -m fl,fr -D tap st.wav
aplay -D tap s.wav
aplay -D tap st.wav
aplay -D tap u8.wav
aplay -D tap s24.wav
aplay -D tap s2432.wav
aplay -D tap s32.wav
aplay -D tap fl.wav
aplay -D tap ext.wav
aplay -D tap list.wav
aplay -D tap x.au
aplay -D tap ulaw.au
aplay -D tap x.raw
aplay -D tap tiny.raw
aplay -D tap -t raw tiny.raw
aplay -D tap -f cd x.raw
aplay -D tap -f cdr x.raw
aplay -D tap -f dat x.raw
aplay -D tap -fcd x.raw
aplay -D tap -f CD x.raw
aplay -D tap -f s16 x.raw
aplay -D tap -f s16_be x.raw
aplay -D tap -f S24 x.raw
aplay -D tap -f float x.raw
aplay -D tap -f 'Mu-Law' x.raw
aplay -D tap -f mu_law x.raw
aplay -D tap -f SPECIAL x.raw
aplay -D tap -f GSM x.raw
aplay -D tap -f DSD_U8 x.raw
aplay -D tap -f S20_LE x.raw
aplay -D tap -f G723_24 x.raw
aplay -D tap -t raw s.wav
aplay -D tap -t wav s.wav
aplay -D tap -t WAV s.wav
aplay -D tap -t sparc x.au
aplay -D tap -t AU x.au
aplay -D tap -f S16_LE u8.wav
aplay -D tap -f cd u8.wav
aplay -D tap -f cd s24.wav
aplay -D tap -f cd x.au
aplay -D tap -f cd ulaw.au
aplay -q -D tap -f cd u8.wav
aplay -D tap -f S24_LE s24.wav
aplay -D tap -f S32_LE fl.wav
aplay -D tap s.wav s.wav s.wav
aplay -D tap u8.wav u8.wav
aplay -D tap s.wav x.raw
aplay -D tap -d 1 -t raw x.raw
aplay -D tap -d 1 s.wav
aplay -D tap -s 100 -t raw x.raw
aplay -D tap -s 1000 -t raw x.raw
aplay -D tap -s 1001 -t raw x.raw
aplay -D tap -s 100 s.wav
aplay -D tap -s 100 st.wav
aplay -D tap -d 1 x.au
aplay -D tap - < s.wav
aplay -D tap < s.wav
aplay -D tap < x.raw
cat s.wav | aplay -D tap
cat s.wav | aplay -D tap -
cat x.raw | aplay -D tap -t raw -f cd -
cat s.wav | aplay -q -D tap
echo abc | aplay -D tap
echo abc | aplay -D tap -t raw
aplay -D tap .
aplay -D tap /dev/null
aplay -v -D tap s.wav
aplay -v -D null s.wav
aplay -vq -D tap s.wav
aplay -vvv -D tap s.wav
aplay -vvv -D tap st.wav
aplay -vvv -V s -D tap st.wav
aplay --dump-hw-params -D null s.wav
aplay --dump-hw-params -D tap s.wav
aplay --dump-hw-params -q -D null s.wav
arecord --dump-hw-params -D null -s 10 -t raw /dev/null
aplay -M -D tap s.wav
aplay -M -D null s.wav
aplay -M -v -D null s.wav
aplay -M -v -D null st.wav
aplay -N -D tap s.wav
aplay -M -N -D tap s.wav
aplay -F 10000 -v -D null s.wav
aplay -B 100000 -v -D null s.wav
aplay -B 100000 -F 20000 -v -D null s.wav
aplay --period-size 100 -v -D null s.wav
aplay --buffer-size 1000 -v -D null s.wav
aplay --period-size 100 --buffer-size 1000 -v -D null s.wav
aplay --period-size 100 -B 500000 -v -D null s.wav
aplay --period-size 4000 --buffer-size 4000 -D null s.wav
aplay --period-size=512 --buffer-size=2048 -D tap st.wav
aplay -B 0 -v -D null s.wav
aplay --buffer-size 0 -v -D null s.wav
aplay --period-size 0 -v -D null s.wav
aplay -A 1000 -v -D null s.wav
aplay -A 0 -v -D null s.wav
aplay -A 500000 -v -D null s.wav
aplay -R 1000 -v -D null s.wav
aplay -R -1000 -v -D null s.wav
aplay -R 0 -v -D null s.wav
aplay -R 10000000 -v -D null s.wav
aplay -R -10000000 -v -D null s.wav
aplay -T 1000 -v -D null s.wav
aplay -T -1000 -v -D null s.wav
aplay -T 10000000 -v -D null s.wav
aplay --disable-resample -D tap s.wav
aplay --disable-channels --disable-format --disable-softvol -D tap s.wav
aplay --test-position -D tap s.wav
aplay --test-position --test-coef 1 -D tap s.wav
aplay --test-nowait -D tap s.wav
aplay --fatal-errors -D tap s.wav
aplay -I -D tap s.wav
aplay -I -D null -c 2 even.raw x.raw
aplay -I -D tap -c 2 x.raw x.raw
aplay -I -D null -c 2 nofile
aplay -I -D null -c 2 a b c
aplay -I -D null
aplay -I -D null -v even.raw
aplay -I -D null -q even.raw
aplay --process-id-file pid -D tap s.wav
aplay --process-id-file /nodir/pid -D tap s.wav
aplay --use-strftime -D tap s.wav
arecord -D mic -d 1 y.wav
arecord -D mic -d 1 -f cd y.wav
arecord -D mic -d1 -fcd -twav y.wav
arecord -D mic -d 1 -f dat y.wav
arecord -D mic -d 1 -f cd -t raw y.raw
arecord -D mic -d 1 -f S16_LE -r 16000 y.wav
arecord -D mic -d 1 -f S16_LE -r 44100 -c 2 y.wav
arecord -q -D mic -d 1 y.wav
arecord -D mic -s 10 y.wav
arecord -D mic -s 1234 -f cd y.wav
arecord -D mic -d 1 -f S24_3LE y.wav
arecord -D mic -d 1 -f S24_3LE -c 2 y.wav
arecord -D mic -d 1 -f S32_LE y.wav
arecord -D mic -d 1 -c 6 -f S16_LE y.wav
arecord -D mic -d 1 -t voc y.voc
arecord -D mic -d 1 -t voc -c 2 y.voc
arecord -D mic -d 1 -t au -f S16_BE y.au
arecord -D mic -d 1 -t au -f MU_LAW y.au
arecord -D mic -d 1 -t au -f cd y.au
arecord -D mic -d 1 -t au -f dat y.au
arecord -D mic -d 1 -t au -f MU_LAW - | tail -c +25
arecord -D mic -d 1 -t au -f S16_BE -c 2 -r 44100 > y.au
arecord -D mic -s 4801 -t au -f S16_BE y.au
arecord -D mic -d 1 -t raw y.raw
arecord -D mic -d 1 -t raw -f S20_3LE y.raw
arecord -D mic -d 1 /nodir/y.wav
arecord -D mic -d 1 .
arecord -D mic -d 1 /dev/full
arecord -D mic -d 1 -t raw /dev/full
arecord -D mic -d 1 -t wav -
arecord -D mic -d 1
arecord -D mic -d 1 -t raw
arecord -D mic -d 1 -t raw -
arecord -D mic -d 1 -t voc -
arecord -D mic -d 1 -f cd > y.wav
arecord -q -D mic -d 1 - | wc -c
arecord -q -D mic -d 1 - | aplay -D tap -
arecord -q -D mic -d 1 -f cd - | aplay -D tap
arecord -q -D mic -d 1 -t raw -f cd - | aplay -D tap -t raw -f cd -
arecord -D mic -t raw | head -c 5000 | wc -c
arecord -D mic -d 1 a.wav b.wav
arecord -D mic -d 1 y
arecord -D mic -d 1 y.mp3
arecord -D mic -I -c 2 -d 1 y
arecord -D mic -I -c 2 -d 1 y.raw
arecord -D mic -I -c 2 -d 1 a b
arecord -D mic -I -c 2 -d 1 a b c
arecord -D mic -I -d 1 y
arecord -D mic -I -d 1
arecord -D mic -I -c 2 -f S16_LE -t wav -d 1 y
arecord -D mic -v -d 1 y.wav
arecord -D mic -v -f cd -d 1 y.wav
arecord -D mic -vvv -s 3500 y.wav
arecord -D mic -v -R 1000 -s 10 y.wav
arecord -D mic -v -R 0 -s 10 y.wav
arecord -D mic -v -T 100 -s 10 y.wav
arecord -D mic -v -A 100 -s 10 y.wav
arecord -D mic -M -d 1 y.wav
arecord -D mic -N -d 1 y.wav
arecord -D mic -N -M -d 1 y.wav
arecord -D mic -F 1000 -B 10000 -d 1 y.wav
arecord -D mic --period-size 64 --buffer-size 1024 -d 1 y.wav
arecord -D mic --fatal-errors -d 1 y.wav
arecord -D mic -m FL,FR -f cd -s 100 y.wav
arecord -D mic --max-file-time 1 -d 3 y.wav
arecord -D mic --max-file-time 1 -d 1 y.wav
arecord -D mic --max-file-time 1 -d 2 -t raw y.raw
arecord -D mic --max-file-time 1 -d 2 a.b/y.wav
mkdir a.b; arecord -D mic --max-file-time 1 -d 2 a.b/y.wav
mkdir a.b; arecord -D mic --max-file-time 1 -d 2 a.b/y
arecord -D mic --max-file-time 1 -d 2 -I y
arecord -D mic --max-file-time 0 -d 2 y.wav
arecord -D mic --use-strftime -d 1 y-%Y.wav
arecord -D mic --use-strftime -d 1 d/%Y/y-%m.wav
arecord -D mic --use-strftime -d 1 y-%v.wav
arecord -D mic --use-strftime -d 1 y%%.wav
arecord -D mic --use-strftime --max-file-time 1 -d 3 y-%v.wav
arecord -D mic -d 1 y-%Y.wav
arecord -D mic --process-id-file pid -d 1 y.wav
echo old > y.wav; arecord -D mic -s 10 y.wav
head -c 100000 /dev/zero > y.wav; arecord -D mic -s 10 y.wav
aplay -C -D mic -d 1 y.wav
arecord -P -D tap s.wav
aplay -C -P -D tap s.wav
aplay -D tap -- s.wav
aplay -D tap s.wav -q
aplay --device=tap --quiet s.wav
aplay --dev tap --file-type raw --rate 16000 --chan 2 --format S16_LE x.raw
cat s.wav s.wav | aplay -D tap
cat s.wav s.wav | aplay -D tap - -
aplay -D tap - - < s.wav
head -c 25 x.raw | aplay -D tap
aplay -vvvv -D tap s.wav
arecord -vvvv -D mic -s 3500 y.wav
aplay -i -D tap - < s.wav
printf '  ' | aplay -i -D tap s.wav
aplay -D null -m 3,4 st.wav
aplay -D null -m fl-fr st.wav
aplay -D null -m 'FL[INV],FR' st.wav
aplay -D null -m ,FL,FR st.wav
aplay -D null -v -R -1 -T -1 s.wav
aplay -D null -v -f cd -R -1000 -t raw x.raw
aplay -D tap s.wav - < s.wav
aplay -D tap <&-
aplay -D tap s.wav 2>&-
arecord -D mic -d 1 -- -y.wav
arecord -D mic -d 1 ./a/b/c/y.wav
mkdir d; arecord -D mic -d 1 d/
aplay -D "tee:'null',out.wav,wav" st.wav
aplay -D tap -f mulaw x.raw
"""

# Meters, whose peaks are held until the next second begins: the same only in virtual time.
METER_LINES = """
aplay -vv -D tap s.wav
aplay -vv -V s -D tap st.wav
aplay -V mono -D tap s.wav
aplay -V stereo -D tap s.wav
aplay -V stereo -D tap st.wav
aplay -V mono -D tap st.wav
aplay -V x -D tap st.wav
aplay -V S -D tap st.wav
aplay --vumeter=stereo -D tap st.wav
aplay -V m -D tap u8.wav
aplay -V m -D tap s24.wav
aplay -V m -D tap s32.wav
aplay -V m -f S16_BE -D tap x.raw
aplay -V s -c 2 -D tap x.raw
aplay -V s -c 4 -D tap x.raw
aplay -V m -f S20_3LE -D tap x.raw
aplay -V m -f MU_LAW -D tap x.raw
aplay -V m -f S18_3BE -D tap x.raw
aplay -I -D null -c 2 -v -V m even.raw x.raw
arecord -D mic -vv -d 1 y.wav
arecord -D mic -V mono -s 3500 y.wav
arecord -D mic -V stereo -f cd -s 3500 y.wav
"""

# On the cards Dummy and Loopback. `PLAY` and `RECORD` are the originals at the other end of the cable, and what is in a
# file named `heard` is compared without the silence around it.
CARD_LINES = """
aplay -l
arecord -l
aplay -L
arecord -L
aplay -lL
arecord -Ll
aplay --list-devices -q
aplay -D hw:Dummy s.wav
aplay -D hw:Dummy,0 s.wav
aplay -D hw:0,0 s.wav
aplay -D plughw:CARD=Dummy,DEV=0 s.wav
aplay -D default s.wav
aplay s.wav
aplay -D hw:9 s.wav
aplay -D hw:Nope s.wav
aplay -D plughw:0,9 s.wav
arecord -D hw:0,9 -d 1 y.wav
aplay -D hw:Dummy -f FLOAT_LE x.raw
aplay -D hw:Dummy s24.wav
aplay -D hw:Dummy -c 99 x.raw
aplay -D hw:Dummy -I even.raw
aplay -D hw:Loopback -I even.raw
aplay -v -D hw:Dummy s.wav
aplay -v -D hw:Dummy u8.wav
aplay -v -D hw:Loopback,0,0 st.wav
aplay -v -D hw:Loopback,0,0 s32.wav
aplay -v -D plughw:Dummy fl.wav
aplay -v -D plughw:Dummy s24.wav
aplay -v -D default st.wav
aplay -v -M -D hw:Dummy s.wav
aplay -v -M -D hw:Loopback,0,0 st.wav
aplay -v -M -D plughw:Dummy fl.wav
aplay -N -D hw:Dummy s.wav
aplay -N -M -D hw:Dummy s.wav
aplay -v -F 20000 -B 80000 -D hw:Dummy s.wav
aplay -v --period-size 1000 --buffer-size 4000 -D hw:Dummy s.wav
aplay -v --period-size 333 --buffer-size 1111 -D hw:Loopback,0,0 st.wav
aplay -v -R 1000 -D hw:Dummy s.wav
aplay -v -R -1000 -T -1000 -D hw:Dummy s.wav
aplay -v -A 20000 -D hw:Dummy s.wav
aplay -m FR,FL -D hw:Loopback,0,0 st.wav
aplay -m FL -D hw:Loopback,0,0 st.wav
aplay --dump-hw-params -D hw:Dummy s.wav
aplay --dump-hw-params -D hw:Loopback,0,0 st.wav
aplay --dump-hw-params -D plughw:Dummy s.wav
arecord --dump-hw-params -D hw:Loopback,1 -d 1 -f cd y.wav
arecord --dump-hw-params -D hw:Loopback,1 -d 1 -f cd y.wav
arecord -D hw:Loopback,1 -d 1 y.wav
arecord -D hw:Loopback,1 -d 1 -f dat y.wav
arecord -D hw:Loopback,1 -d 2 -f cd -c 1 y.wav
arecord -v -D hw:Loopback,1 -d 1 -f cd y.wav
arecord -v -M -D hw:Loopback,1 -d 1 -f cd y.wav
arecord -v -D plughw:Dummy -d 1 -f FLOAT_LE -t raw y.raw
arecord -N -D hw:Loopback,1 -d 1 -f cd y.wav
arecord -v -F 10000 -B 100000 -D hw:Loopback,1 -d 1 -f cd y.wav
arecord -v -R 1000 -D hw:Loopback,1 -s 10 y.wav
arecord -D hw:Dummy -f FLOAT_LE -d 1 y.wav
arecord -D hw:Dummy -c 40 -d 1 y.wav
arecord -V mono -D hw:Loopback,1 -f cd -d 1 y.wav
arecord -V stereo -D hw:Loopback,1 -f cd -d 1 y.wav
arecord -vvv -D hw:Loopback,1 -f cd -d 1 y.wav
aplay -V mono -D hw:Dummy noise.wav
aplay -V stereo -D hw:Dummy noise.wav
aplay -vvv -D hw:Dummy noise.wav
aplay -vv -D hw:Dummy -d 1 s.wav
aplay -d 1 -D hw:Dummy noise.wav
aplay --test-position -D hw:Dummy noise.wav
aplay -i -D hw:Dummy s.wav
aplay -D hw:Dummy s.wav s.wav short.wav
su nobody -s /bin/sh -c 'aplay -l; arecord -l; aplay -L; echo $?'
aplay -v -D hw:Loopback,0,0 -R -1 st.wav
aplay -D hw:Dummy -f dat /dev/zero & sleep 1.3; kill -USR2 $!; wait $!; echo $?
(trap '' TERM; aplay -D hw:Dummy -d 2 -f dat /dev/zero & sleep 1; kill -TERM $!; wait $!; echo $?)
timeout -s INT 1.5 aplay -vvv -D hw:Dummy noise.wav 2> /dev/null; echo $?
arecord -v -M -N -D hw:Loopback,1 -d 1 -f dat -t raw y.raw
ALSA_CARD=Loopback aplay -v -d 1 st.wav
aplay -q -D hw:Loopback,0,0 -t raw -f dat /dev/zero & sleep 0.5; aplay -D hw:Loopback,0,0 st.wav; kill $!; wait
aplay -q -D hw:Loopback,0,0 -t raw -f dat /dev/zero & sleep 0.5; aplay -N -D hw:Loopback,0,0 st.wav; kill $!; wait
aplay -D hw:Dummy -f dat --process-id-file pid /dev/zero & sleep 1.3; cmp -s pid - || ls pid; kill -INT $!; wait $!; echo $?; ls
aplay -D hw:Dummy -f dat --process-id-file pid /dev/zero & sleep 1.3; kill -TERM $!; wait $!; echo $?; ls
aplay -D hw:Dummy -f dat --process-id-file pid /dev/zero & sleep 1.3; kill -ABRT $!; wait $!; echo $?; ls
aplay -q -D hw:Dummy -f dat /dev/zero & sleep 1.3; kill -INT $!; wait $!; echo $?
aplay -D hw:Dummy -f dat /dev/zero & sleep 1.3; kill -USR1 $!; sleep 0.3; kill $!; wait $!; echo $?
aplay -vv -D hw:Dummy -f dat /dev/zero 2> /dev/null & sleep 1.3; kill -INT $!; wait $!; echo $?
arecord -D hw:Dummy -f dat --process-id-file pid y.wav 2> log & sleep 1.3; kill -INT $!; wait $!; echo $?; cat log; ls; rm *
arecord -D hw:Dummy -f dat --process-id-file pid y.wav 2> log & sleep 1.3; kill -TERM $!; wait $!; echo $?; cat log; ls; rm *
arecord -vv -D hw:Dummy -f dat y.wav 2> /dev/null & sleep 1.3; kill -INT $!; wait $!; echo $?; rm *
arecord -q -D hw:Dummy -f dat -t raw > y.raw & sleep 1.3; kill -INT $!; wait $!; echo $?; rm *
arecord -D hw:Dummy -f dat y.wav 2> log & sleep 1; kill -USR1 $!; sleep 1; kill -USR1 $!; sleep 1; kill $!; wait $!; echo $?; cat log; ls; rm *
aplay -D hw:Dummy -f dat -d 2 /dev/zero & sleep 1; kill -STOP $!; sleep 2; kill -CONT $!; wait $!; echo $?
aplay -v -D hw:Dummy -f dat -d 2 /dev/zero 2> log & sleep 1; kill -STOP $!; sleep 2; kill -CONT $!; wait $!; echo $?; cat log; rm log
arecord -D hw:Dummy -f dat -d 2 y.wav & sleep 1; kill -STOP $!; sleep 2; kill -CONT $!; wait $!; echo $?; rm y.wav
arecord --fatal-errors -D hw:Dummy -f dat y.wav 2> log & sleep 1; kill -STOP $!; sleep 2; kill -CONT $!; wait $!; echo $?; cat log; rm *
aplay --fatal-errors -D hw:Dummy -f dat /dev/zero & sleep 1; kill -STOP $!; sleep 2; kill -CONT $!; wait $!; echo $?
arecord -q -D hw:Dummy -f dat -d 2 y.wav & sleep 1; arecord -q -D hw:Dummy,0,1 -f dat -d 3 y.wav; echo $?; wait $!; echo $?; wc -c y.wav; rm *
arecord -I -c 2 -D plughw:Loopback,1 -f S16_LE y 2> log & sleep 1.3; kill -INT $!; wait $!; echo $?; cat log; ls; rm *
arecord -I -c 2 -D plughw:Loopback,1 -f S16_LE -d 1 y
arecord -I -V m -c 2 -D plughw:Loopback,1 -f S16_LE -d 1 y
aplay -I -c 2 -v -D plughw:Loopback,0 x.raw x.raw
aplay -m FR,FL -v -D plug:hw:Loopback st.wav
{record} & sleep 0.5; aplay -D hw:Loopback,0,0 noise.wav; wait
{record} & sleep 0.5; aplay -D hw:Loopback,0,0 -f dat -t raw noise.raw; wait
{record} & sleep 0.5; cat noise.wav | aplay -q -D hw:Loopback,0,0; wait
{record} & sleep 0.5; aplay -M -D hw:Loopback,0,0 noise.wav; wait
{record} & sleep 0.5; aplay -N -D hw:Loopback,0,0 noise.wav; wait
{record} & sleep 0.5; aplay -F 5000 -B 20000 -D hw:Loopback,0,0 noise.wav; wait
{record} & sleep 0.5; aplay -q -D plughw:Loopback,0,0 noise.wav; wait
{record} & sleep 0.5; aplay -s 10000 -D hw:Loopback,0,0 noise.wav; wait
{play} & arecord -D hw:Loopback,1,0 -f dat -d 3 -t raw heard; wait
{play} & arecord -M -D hw:Loopback,1,0 -f dat -d 3 -t raw heard; wait
{play} & arecord -N -D hw:Loopback,1,0 -f dat -d 3 -t raw heard; wait
{play} & arecord -F 10000 -B 50000 -D hw:Loopback,1,0 -f dat -d 3 -t raw heard; wait
{play} & arecord -q -D hw:Loopback,1,0 -f dat -d 3 | tail -c +45 > heard; wait
{play} & arecord -q -D hw:Loopback,1,0 -f dat -d 3 -t raw --max-file-time 1 y.raw; wait; cat y-01.raw y-02.raw y-03.raw > heard; rm y-*
{record} & sleep 0.5; arecord -q -D hw:Loopback,1,1 -f dat -d 5 | aplay -q -D hw:Loopback,0,0 & {play1}; wait
"""

# As scripts and programs call them.
SCRIPT_LINES = """
arecord -D hw:1,0 -f s16_le -r 44100 -d 1 -q > record.wav
arecord -D hw:1,0 -f cd -d 1 test.wav
arecord -D plughw:1,0 -d 1 -f cd t.wav
arecord -D hw:1,0 --dump-hw-params -d 1
arecord -D hw:1,0 -f S32_LE -r 48000 -c 2 -d 1 t.wav 2>/dev/null
arecord -D plughw:1,0 -r 16000 -c 1 -f S16_LE -d 1 t.wav
arecord -D hw:1,1 -V mono -r 48000 -f S16_LE -c1 -d 1 audio.wav
arecord -d 1 -f S16_LE -r 16000 -Dhw:1,0 -c 8 aaa.wav
arecord -D plughw:1,0 -f cd -c 2 -r 32000 -d 1 -t wav recorded_stereo.wav
arecord -D "plughw:1,0" -d 1 ./r.wav
arecord -q -D plughw:1,0 -t raw -f S16_LE -r 16000 -c 1 -d 1 | wc -c
arecord --duration=1 --format=cd -D hw:1,0 x.wav
arecord -d 1 -D plughw:1,0 -f cd --buffer-size=100000 r.wav
arecord -D hw:1,0 -f S16_LE -r 48000 -c 2 -t wav -d 1 r.wav
arecord -d1 -f cd -t raw -D hw:1,0 | aplay -f cd -D hw:0
arecord -d1 -v -f dat -D hw:1,0 - | aplay -v -Vstereo -D hw:0 -
arecord --device="hw:1,0" -f S16_LE -c 2 -r 44100 -d 1 > y.wav
arecord -f S16_LE -c 2 -r 96000 -D hw:1,0 -d 1 y.wav
arecord -D plughw:1 -f S16_LE -r 16000 -c 1 -t raw -q -d 1 - | head -c 1000 | wc -c
arecord -D hw:1,0 -f S16_LE -r 16000 -c 1 -d 1 -t raw | sox -q -t raw -r 16000 -e signed -b 16 -c 1 - out.wav
arecord -vv -fdat -d 1 -D hw:1 foo.wav
arecord -c 2 -f S16_LE -r 44100 --duration=1 --quiet -D hw:1 | wc -c
arecord -t wav -f S16_LE -c 1 -r 16000 -d 1 -D plughw:1,0 -B 500000 y.wav
arecord -D sysdefault:CARD=1 -f S16_LE -r 16000 -d 1 y.wav
arecord -D sysdefault:CARD=Loopback -f S16_LE -r 16000 -d 1 y.wav
arecord -D dsnoop:1 -f S16_LE -r 48000 -c 2 -d 1 y.wav
aplay -r44100 -D plughw:0 < x.raw
cat x.raw | aplay -D plughw:0,0 -f S16_LE -r 22050 -c 1 --buffer-size=200000 2>/dev/null
aplay -q s.wav
aplay -t raw -f S16_LE -r 44100 -c 1 even.raw
aplay -D plughw:0,0 s.wav
aplay -D plughw:0,0 -f cd cd.wav
aplay -D plughw:1 s.wav
cat even.raw | aplay -D plughw:0,0 -r 22050 -f S16_LE -t raw
cat even.raw | aplay -r 22050 -f S16_LE -t raw -
aplay -D plughw:0,0 -f S16_LE -r 16000 -c 1 s.wav
aplay -D hw:0,0 -c 2 s.wav
cat x.raw | aplay -q -D hw:0 -f S16_LE -r 44100 -c 2
cat s.wav | aplay -q -D hw:0 -
cat s.wav | aplay > /dev/null 2>&1
aplay -q -D default s.wav st.wav
aplay --quiet --device=plughw:0,0 s.wav
aplay -Dplughw:0,0 -fS16_LE -r8000 x.raw
aplay -c 1 -t wav -q s.wav
aplay -D sysdefault s.wav
aplay -D dmix:0 st.wav
aplay -D front s.wav
aplay -D surround51 s.wav
aplay -D iec958 s.wav
aplay -D hdmi:CARD=0 s.wav
aplay -N -q s.wav
aplay -d 1 -D hw:0 noise.wav
timeout 1 aplay -q -D hw:0 noise.wav; echo $?
timeout -s INT 1 arecord -q -D hw:1 -f cd y.wav; echo $?
for i in 1 2; do aplay -q -D hw:0 s.wav; done
aplay --period-size=1024 --buffer-size=8192 -D hw:0 st.wav
aplay -l | grep card | wc -l
aplay -L | grep -c CARD
arecord -l | grep -c "card 1"
aplay --version; arecord --version
"""

RECORD = "/usr/bin/arecord -q -D hw:Loopback,1,0 -f dat -d 5 -t raw heard"
PLAY = "(sleep 0.5; /usr/bin/aplay -q -B 2000000 -D hw:Loopback,0,0 noise.wav)"
PLAY_1 = "(sleep 1; /usr/bin/aplay -q -B 2000000 -D hw:Loopback,0,1 noise.wav)"

# Lines whose answers differ, by what is in the table of aloud-compat(7).
DIFFERENT = {
    "more formats": """
        aplay -D tap ulaw.wav
        aplay -D tap dbl.wav
    """,
    "ID3v2": """
        aplay -D tap id3.wav
    """,
    "damaged": """
        aplay -D tap trunc.wav
        aplay -D tap empty.wav
        aplay -D tap -f S16_LE odd.raw
        aplay -c 256 -D tap -t raw x.raw
    """,
    "-t": """
        aplay -D tap -t wav x.raw
        aplay -D tap -t au x.raw
        aplay -D tap -t voc x.raw
        aplay -D tap -t wav x.au
    """,
    "AU of 8 bits": """
        aplay -D tap au8.au
        aplay -D tap -f S16_BE au8.au
        arecord -D mic -d 1 -t au y.au
        arecord -D mic -d 1 -t au -
    """,
    "silent period": """
        aplay -D tap even.raw
        aplay -D tap none.raw
        aplay -D tap -t raw none.raw
        aplay -D tap < none.raw
        aplay -D tap -t raw /dev/null
    """,
    "partial bytes": """
        aplay -D tap -f IMA_ADPCM x.raw
        arecord -D null -t raw -f IMA_ADPCM -d 1 y.raw
        arecord -I -D null -f IMA_ADPCM -d 1 y.raw
    """,
    "format is changed": """
        aplay -D tap s24.wav s.wav
        aplay -D tap s.wav u8.wav
        aplay --dump-hw-params -D null s.wav u8.wav
    """,
    "meters": """
        aplay -vvv -D tap fl.wav
        aplay -vvv -f U16_BE -D tap x.raw
    """,
    "null": """
        arecord -D null -s 10 y.wav
    """,
    "empty file": """
        arecord -D mic -d 1 -f cdr y.wav
        arecord -D mic -d 1 -f S20_LE y.wav
        arecord -D mic -d 1 -f MU_LAW y.wav
        arecord -D mic -d 1 -f S16_BE y.wav
        arecord -D mic -d 1 -t au -f S16_LE y.au
        arecord -D mic -d 1 -t au -f A_LAW y.au
        arecord -D mic -d 1 -f cd -t au y.au
    """,
    "odd number": """
        arecord -D mic -s 9 y.wav
        arecord -D mic -s 9 -t voc y.voc
    """,
    "S24_LE": """
        arecord -D mic -d 1 -f S24_LE y.wav
    """,
    "FLOAT_LE": """
        arecord -D mic -d 1 -f FLOAT_LE y.wav
    """,
    "padding": """
        arecord -D mic -f S24_3LE -c 1 -s 101 y.wav
    """,
    "VOC": """
        arecord -D mic -d 1 -t voc -f S16_LE y.voc
        arecord -D mic -d 1 -t voc -r 44100 y.voc
        arecord -D mic -f S8 -t voc -s 100 y.voc
        arecord -D mic -f U8 -t voc -c 3 -s 100 y.voc
    """,
    "stream length": """
        arecord -q -D mic - | head -c 100
        arecord -q -D mic -t au -f MU_LAW - | head -c 24
    """,
    "splits": """
        arecord -D mic --max-file-time 2 -d 3 -f cd y.wav
    """,
    "without an extension": """
        arecord -D mic --max-file-time 1 -d 3 -t raw y
    """,
    "existing files": """
        head -c 100000 /dev/zero > z; ln -s z y.wav; arecord -D mic -s 10 y.wav
        touch y-01.wav; arecord -D mic --use-strftime -s 10 y-%v.wav
    """,
}
