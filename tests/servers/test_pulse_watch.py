"""`mixer watch` on a PulseAudio server, through alsa-lib's ctl plugin."""

import signal

from lab.program import ALOUD, Running, wait_until


def test_values_set_by_another_program_are_reported(pulse_server):
    pulse_server.pactl("set-sink-volume", "vs", "100%")
    pulse_server.pactl("set-sink-mute", "vs", "0")

    def reported():
        changes = [change for event in watcher.events("change") if event["name"] == "Master" for change in event["changes"]]
        return [(change["value"], change["to"]["raw"] if change["value"] == "volume" else change["to"]) for change in changes]

    with Running(ALOUD, "mixer", "watch", "--json", environment=pulse_server.environment) as watcher:
        watcher.wait_for_event("start")
        for raw in (32768, 16384, 65536):
            pulse_server.pactl("set-sink-volume", "vs", str(raw))
            wait_until(lambda: reported()[-2:] == [("volume", raw)] * 2, f"volume {raw} to be reported")
        pulse_server.pactl("set-sink-mute", "vs", "1")
        wait_until(lambda: ("muted", True) in reported(), "the switch to be reported")
        pulse_server.pactl("set-sink-mute", "vs", "0")
        wait_until(lambda: reported()[-1] == ("muted", False), "the switch back to be reported")
        assert [change for change in reported() if change[0] == "volume"] == [("volume", raw) for raw in (32768, 32768, 16384, 16384, 65536, 65536)]
        watcher.signal(signal.SIGTERM)
        assert watcher.end().status == 0
