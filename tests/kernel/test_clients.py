"""Programs that start amixer, aplay or arecord, unmodified, with aloud in their place."""

import base64
import json
import os
import shutil
import struct
import subprocess
import wave

import numpy
import pytest
from lab.ctl import Ctl
from lab.program import ALOUD, CHECKOUT, Running, output_of

CLIENTS = CHECKOUT / ".cache/clients"
# What the clients start besides.
TOOLS = "bash sh cat env grep head lsmod node perl sed sleep tr".split()


@pytest.fixture
def environment(tmp_path):
    """A PATH without alsa-utils, in which aloud has the names of its programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("amixer", "aplay", "arecord"):
        (folder / name).symlink_to(ALOUD)
    for name in TOOLS:
        (folder / name).symlink_to(shutil.which(name))
    libraries = CLIENTS / "usr/lib/x86_64-linux-gnu"
    return {**os.environ, "PATH": str(folder), "LD_LIBRARY_PATH": str(libraries)}


# Dummy's controls have no mute switch, so Loopback gets one that has.
MASTER = """state.Loopback {
control.97 { iface MIXER name 'Master Playback Volume' value.0 50 value.1 50
    comment { access 'read write user' type INTEGER count 2 range '0 - 100' tlv '0000000100000008ffffec7800000032' } }
control.98 { iface MIXER name 'Master Playback Switch' value.0 true value.1 true
    comment { access 'read write user' type BOOLEAN count 2 } }
}"""


@pytest.fixture
def master(environment):
    """What is set in the control Master: the volumes and the switches."""
    output_of("alsactl", "-I", "-L", "-f", "-", "restore", "Loopback", stdin=MASTER.encode())
    environment["ALSA_CARD"] = "Loopback"
    with Ctl("Loopback") as ctl:

        def read():
            found = {name: raw for name, raw in ctl.values().values() if name.startswith("Master")}
            raw = [found[f"Master Playback {kind}"].ljust(16, b"\0") for kind in ("Volume", "Switch")]
            return [list(struct.unpack("<qq", one)) for one in raw]

        yield read
    output_of("alsactl", "clean", "Loopback")


def node(script, environment):
    text = f"process.chdir({json.dumps(str(CLIENTS))});\nconst require2 = require('module').createRequire('{CLIENTS}/');\n{script}"
    return output_of("node", "-e", text, environment=environment)


LOUDNESS = """
const loudness = require2('loudness');
(async () => {
  const found = [await loudness.getVolume()];
  await loudness.setVolume(80);
  found.push(await loudness.getVolume());
  await loudness.setVolume(0);
  found.push(await loudness.getVolume());
  found.push(await loudness.getMuted());
  await loudness.setMuted(true);
  found.push(await loudness.getMuted());
  await loudness.setMuted(false);
  await loudness.setVolume(40);
  console.log(JSON.stringify(found));
})();
"""


def test_loudness_of_npm_sets_volume_and_switch(master, environment):
    assert json.loads(node(LOUDNESS, environment)) == [50, 80, 0, False, True]
    assert master() == [[40, 40], [1, 1]]


def test_the_volume_script_of_i3blocks_sets_volume_and_switch(master, environment):
    def volume(button="", *arguments):
        script = CLIENTS / "usr/share/i3blocks/volume"
        return output_of("bash", script, *arguments, environment={**environment, "BLOCK_BUTTON": button}).strip()

    assert volume() == "50%"
    assert volume("3") == "MUTE" and master() == [[50, 50], [0, 0]]
    assert volume("4") == "55%" and master() == [[55, 55], [1, 1]]
    assert volume("5", "10%") == "45%" and master() == [[45, 45], [1, 1]]
    assert volume("4", "3dB", "hw:Loopback") == "-24.50dB" and master() == [[51, 51], [1, 1]]


def pitch(data):
    """The pitch of a second of two channels of 16 bits at 48 kHz."""
    samples = numpy.frombuffer(data[-4 * 48000 :], "<i2").reshape(-1, 2)[:, 0].astype(float)
    return abs(numpy.fft.rfft(samples * numpy.hanning(len(samples)))).argmax() * 48000 / len(samples)


RECORDERS = {
    "mic": """
const mic = require2('mic')({rate: '48000', channels: '2', device: 'hw:Loopback,1', fileType: 'wav'});
const stream = mic.getAudioStream();
const stop = () => mic.stop();
mic.start();
""",
    "node-record-lpcm16": """
const options = {recorder: 'arecord', sampleRate: 48000, channels: 2, device: 'hw:Loopback,1', audioType: 'wav'};
const recording = require2('node-record-lpcm16').record(options);
const stream = recording.stream();
const stop = () => recording.stop();
""",
}

COLLECT = """
let chunks = [], bytes = 0;
stream.on('data', data => {
  chunks.push(data);
  bytes += data.length;
  if (bytes > 44 + 4 * 48000 * 1.5) {
    stream.removeAllListeners('data');
    // node-record-lpcm16 takes the status of a recorder that it has ended for an error.
    stream.on('error', () => {});
    stop();
    process.stdout.write(Buffer.concat(chunks).toString('base64'));
  }
});
"""


@pytest.mark.parametrize("name", RECORDERS)
def test_recorders_of_npm_record_the_cable(environment, name):
    with Running(ALOUD, "tone", "--sine", "1000", "-D", "hw:Loopback,0", "-q"):
        data = base64.b64decode(node(RECORDERS[name] + COLLECT, environment))
    assert data[:4] == b"RIFF" and data[8:12] == b"WAVE"
    assert pitch(data[44 : len(data) // 4 * 4 - 4]) == pytest.approx(1000, abs=1)


def heard(rate, channels, seconds, *command, environment):
    """What a command plays on hw:Loopback,0, without the silence before it."""
    record = ["arecord", "-q", "-D", "hw:Loopback,1", "-f", "S16_LE", "-r", rate, "-c", channels, "-d", seconds, "-t", "raw"]
    with Running(*record, "/dev/shm/heard.raw") as recorder:
        output_of(*command, environment=environment)
        assert recorder.end().status == 0
    samples = numpy.fromfile("/dev/shm/heard.raw", "<i2")
    return samples[numpy.nonzero(samples)[0][0] :]


def link(path):
    """Puts a client's files where they belong. What is written here is lost when the guest ends."""
    if not os.path.exists(path):
        os.symlink(f"{CLIENTS}{path}", path)


def assert_played(samples, played):
    """The cable loses the last moments."""
    wanted = samples[numpy.nonzero(samples)[0][0] :]
    count = len(numpy.trim_zeros(wanted)) - 3000
    assert count > 5000 and (played[:count] == wanted[:count]).all()


def test_espeak_ng_is_played_from_a_pipe(environment):
    espeak = f"'{CLIENTS}/usr/bin/espeak-ng' --path='{CLIENTS}/usr/lib/x86_64-linux-gnu' --stdout 'one two three'"
    wav = subprocess.run(["bash", "-c", espeak], env=environment, capture_output=True, check=True).stdout
    words = ["bash", "-c", f"{espeak} | aplay -q -D hw:Loopback,0"]
    played = heard(22050, 1, 5, *words, environment=environment)
    assert_played(numpy.frombuffer(wav[44 : 44 + (len(wav) - 44) // 2 * 2], "<i2"), played)


def test_festival_is_heard(environment):
    command = "aplay -q -D hw:Loopback,0 -t raw -c 1 -f s16 -r $SR $FILE"
    settings = {"Method": "'Audio_Command", "Command": f'"{command}"', "Required_Format": "'raw"}
    script = [f"(Parameter.set 'Audio_{name} {value})" for name, value in settings.items()]
    link("/usr/share/festival")
    festival = [CLIENTS / "usr/bin/festival", "-b", *script, '(SayText "one two three")']
    played = heard(16000, 1, 6, *festival, environment=environment)
    assert len(numpy.trim_zeros(played)) > 12000 and abs(played.astype(int)).max() > 3000


def test_music123_plays_bit_exact(environment, tmp_path):
    link("/etc/music123rc")
    noise = numpy.random.default_rng(1).integers(-20000, 20000, 2 * 48000, "<i2")
    with wave.open(str(tmp_path / "song.wav"), "wb") as song:
        song.setparams((2, 2, 48000, 0, "NONE", ""))
        song.writeframes(noise.tobytes())
    environment["ALSA_CARD"] = "Loopback"
    command = [CLIENTS / "usr/bin/music123", tmp_path / "song.wav"]
    assert_played(noise, heard(48000, 2, 3, *command, environment=environment))
