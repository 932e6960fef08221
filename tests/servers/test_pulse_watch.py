"""`mixer watch` on a PulseAudio server, through alsa-lib's ctl plugin."""

import signal

from lab.program import ALOUD, Running, wait_until


def test_what_another_program_sets_is_told(pulse_server):
    pulse_server.pactl("set-sink-volume", "vs", "100%")
    pulse_server.pactl("set-sink-mute", "vs", "0")

    def told():
        changes = [event for event in watcher.so_far().events() if event["event"] == "change" and event["name"] == "Master"]
        return [(change["value"], change["to"]["raw"] if change["value"] == "volume" else change["to"]) for event in changes for change in event["changes"]]

    with Running(ALOUD, "mixer", "watch", "--json", environment=pulse_server.environment) as watcher:
        watcher.wait_for_event("start")
        for raw in (32768, 16384, 65536):
            pulse_server.pactl("set-sink-volume", "vs", str(raw))
            wait_until(lambda: told()[-2:] == [("volume", raw)] * 2, f"volume {raw} to be told")
        pulse_server.pactl("set-sink-mute", "vs", "1")
        wait_until(lambda: ("muted", True) in told(), "the switch to be told")
        pulse_server.pactl("set-sink-mute", "vs", "0")
        wait_until(lambda: told()[-1] == ("muted", False), "the switch back to be told")
        assert [change for change in told() if change[0] == "volume"] == [("volume", raw) for raw in (32768, 32768, 16384, 16384, 65536, 65536)]
        watcher.signal(signal.SIGTERM)
        assert watcher.end().status == 0
