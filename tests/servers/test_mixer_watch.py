"""`mixer watch` on a sound server, through alsa-lib's ctl plugins."""

import signal

from lab.program import ALOUD, Running, wait_until


def test_values_set_by_another_program_are_reported(server):
    server.set_volume(100)
    server.set_mute(False)

    def reported():
        changes = [change for event in watcher.events("change") if event["name"] == "Master" for change in event["changes"]]
        return [(change["value"], change["to"]["raw"] if change["value"] == "volume" else change["to"]) for change in changes]

    with Running(ALOUD, "mixer", "watch", "--json", environment=server.environment) as watcher:
        watcher.wait_for_event("start")
        for percent, raw in [(50, 32768), (25, 16384), (100, 65536)]:
            server.set_volume(percent)
            wait_until(lambda: reported()[-2:] == [("volume", raw)] * 2, f"volume {raw} to be reported")
        server.set_mute(True)
        wait_until(lambda: ("muted", True) in reported(), "the switch to be reported")
        server.set_mute(False)
        wait_until(lambda: reported()[-1] == ("muted", False), "the switch back to be reported")
        assert [change for change in reported() if change[0] == "volume"] == [("volume", raw) for raw in (32768, 32768, 16384, 16384, 65536, 65536)]
        watcher.signal(signal.SIGTERM)
        assert watcher.end().status == -signal.SIGTERM
