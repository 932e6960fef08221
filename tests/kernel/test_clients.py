"""Programs that start amixer, unmodified, with aloud in its place."""

import json
import os
import shutil
import struct

import pytest
from lab.ctl import Ctl
from lab.program import ALOUD, CHECKOUT, output_of

CLIENTS = CHECKOUT / ".cache/clients"
# What the clients start besides.
TOOLS = "bash sh cat env grep head lsmod node perl sed sleep tr".split()


@pytest.fixture
def environment(tmp_path):
    """A PATH without alsa-utils, in which aloud has the names of its programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("amixer", "alsactl"):
        (folder / name).symlink_to(ALOUD)
    for name in TOOLS:
        (folder / name).symlink_to(shutil.which(name))
    return {**os.environ, "PATH": str(folder)}


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


def test_loudness_of_npm(master, environment):
    assert json.loads(node(LOUDNESS, environment)) == [50, 80, 0, False, True]
    assert master() == [[40, 40], [1, 1]]


def test_volume_script_of_i3blocks(master, environment):
    def volume(button="", *arguments):
        script = CLIENTS / "usr/share/i3blocks/volume"
        return output_of("bash", script, *arguments, environment={**environment, "BLOCK_BUTTON": button}).strip()

    assert volume() == "50%"
    assert volume("3") == "MUTE" and master() == [[50, 50], [0, 0]]
    assert volume("4") == "55%" and master() == [[55, 55], [1, 1]]
    assert volume("5", "10%") == "45%" and master() == [[45, 45], [1, 1]]
    assert volume("4", "3dB", "hw:Loopback") == "-24.50dB" and master() == [[51, 51], [1, 1]]
