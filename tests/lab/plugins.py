"""PCMs made of alsa-lib's plugins: no sound card, and no clock."""

CONFIGURATION = """
pcm.tap { type file slave.pcm null file "FOLDER/tap.raw" format raw }
pcm.mic { type file slave.pcm null file "/dev/null" infile "FOLDER/in.raw" format raw }
"""


class Plugins:
    """`tap` keeps everything that is played on it; `mic` captures what `provide` sets, then silence. Both run as fast
    as they can."""

    def __init__(self, folder):
        self.folder = folder
        path = folder / "alsa.conf"
        path.write_text(CONFIGURATION.replace("FOLDER", str(folder)))
        self.environment = {"ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{path}"}

    def played(self):
        """What was played since the last call."""
        tap = self.folder / "tap.raw"
        sound = tap.read_bytes() if tap.exists() else b""
        tap.unlink(missing_ok=True)
        return sound

    def provide(self, sound):
        """Sets what `mic` captures."""
        (self.folder / "in.raw").write_bytes(sound)
