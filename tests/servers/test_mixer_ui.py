"""`mixer ui` on sound servers, through alsa-lib's ctl plugins."""

from lab.program import ALOUD, wait_until
from lab.tmux import Tmux


def mixer_ui(server):
    return Tmux(ALOUD, "mixer", "ui", environment=server.environment)


def test_keys_change_the_volume_and_changes_by_others_appear(pulse_server):
    def volume():
        return pulse_server.pactl("get-sink-volume", "vs").stdout

    pulse_server.pactl("set-sink-volume", "vs", "100%")
    pulse_server.pactl("set-sink-mute", "vs", "0")
    with mixer_ui(pulse_server) as ui:
        assert "<Master>" in ui.wait_for("100<>100")
        ui.press("5")
        ui.wait_for("50<>50")
        wait_until(lambda: "50%" in volume(), lambda: f"half the volume: {volume()}")
        ui.press("m")
        ui.wait_for("MM")
        wait_until(lambda: "yes" in pulse_server.pactl("get-sink-mute", "vs").stdout, "the sink to be muted")
        pulse_server.pactl("set-sink-mute", "vs", "0")
        ui.wait_for("OO")
        pulse_server.pactl("set-sink-volume", "vs", "25%")
        ui.wait_for("25<>25")
        ui.press("v")
        ui.wait_for("v: levels of default")
        ui.press("q")
        ui.wait_until_ended()
    pulse_server.pactl("set-sink-volume", "vs", "100%")


def test_a_server_that_ends_is_waited_for(own_server):
    with mixer_ui(own_server) as ui:
        ui.wait_for("Master")
        own_server.kill()
        ui.wait_for("went away; waiting until it is back")
        own_server.start()
        ui.wait_for("is back")
        # PipeWire answers before its session manager has created everything, and then goes away once more.
        wait_until(lambda: ui.press("5") or "50" in ui.screen, lambda: f"50 on the screen: {ui.screen}")


def test_it_ends_if_the_server_does_not_answer(own_server):
    with mixer_ui(own_server) as ui:
        ui.wait_for("<Master>")
        own_server.freeze()
        assert ui.end() == 7
        assert "does not answer" in ui.screen_with_history and "<Master>" not in ui.screen
    with mixer_ui(own_server) as ui:
        assert ui.end() == 7
        assert "does not answer" in ui.screen_with_history
    own_server.thaw()


def test_controls_follow_the_sinks(own_server):
    with mixer_ui(own_server) as ui:
        ui.wait_for("<Master>")
        own_server.remove_sink("vs")
        ui.wait_for("no controls")
        own_server.add_sink("two")
        ui.wait_for("<Master>")
