"""What a sound server's sink plays is recorded as it is."""

import signal

from lab.program import ALOUD, Running, output_of
from lab.sound import assert_contains, noise, wait_for_noise


def test_what_a_sink_plays_is_recorded_bit_for_bit(server, tmp_path):
    sound, take = noise(before=0.5), tmp_path / "take.raw"
    file = tmp_path / "played.raw"
    file.write_bytes(sound.data)
    words = ["record", "--json", *sound.options(), take]
    with Running(ALOUD, *words, environment=server.environment) as recorder:
        recorder.wait_for_event("file")
        form = ["--raw", "--format=s16le", f"--rate={sound.rate}", f"--channels={sound.channels}"]
        output_of("paplay", *form, file, environment=server.environment)
        wait_for_noise(sound, take)
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    assert result.status == 0 and result.event("end")["xruns"] == 0
    assert_contains(sound, take.read_bytes())
