"""`mixer watch` on a sound server, through alsa-lib's ctl plugins."""

import signal

from lab.program import ALOUD, Running, output_of, wait_until


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


def test_the_sink_that_replaces_another_is_reported(own_server):
    own_server.set_volume(50)
    own_server.add_sink("two")

    def changed_to():
        changes = [change for event in watcher.events("change") if event["name"] == "Master" for change in event["changes"]]
        return [change["to"]["raw"] for change in changes]

    with Running(ALOUD, "mixer", "watch", "Master", "--json", environment=own_server.environment) as watcher:
        watcher.wait_for_event("start")
        own_server.set_default("two")
        wait_until(lambda: changed_to() == [65536] * 2, "the volume of the other sink to be reported")
        own_server.remove_sink("two")
        wait_until(lambda: changed_to() == [65536] * 2 + [32768] * 2, "the volume of the first one to be reported")
        own_server.remove_sink("vs")
        watcher.wait_for_event("gone")
        own_server.add_sink("three")
        watcher.wait_for_event("new")


def test_volumes_set_channel_by_channel_are_reported(own_server):
    with Running(ALOUD, "mixer", "watch", "Master", "--json", environment=own_server.environment) as watcher:
        watcher.wait_for_event("start")
        output_of(ALOUD, "mixer", "set", "Master", "90%,80%", environment=own_server.environment)

        def volumes():
            changes = [change for event in watcher.events("change") for change in event["changes"]]
            return {change["channel"]: change["to"]["percent"] for change in changes}

        wait_until(lambda: volumes() == {"Front Left": 90, "Front Right": 80}, "both to be reported")
