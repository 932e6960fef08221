"""What a sound server's sink plays is recorded bit for bit."""

import signal

from lab.program import ALOUD, Running, output_of
from lab.sound import assert_contains, noise, wait_for_noise


def test_recording_is_bit_exact(server, tmp_path):
    # PulseAudio's sink first plays what it has rendered ahead, which is silence.
    sound, take = noise(before=2), tmp_path / "take.raw"
    file = sound.wav(tmp_path / "played.wav")
    # Enough for a busy machine.
    words = ["record", "--json", "-B", "4s", "--period-size", 4800, *sound.options(), take]
    with Running(ALOUD, *words, environment=server.recording) as recorder:
        recorder.wait_for_event("file")
        output_of("aplay", "-q", "-B", 4_000_000, file, environment=server.environment)
        wait_for_noise(sound, take)
        recorder.signal(signal.SIGINT)
        result = recorder.end()
    assert result.status == 0 and result.event("end")["xruns"] == 0
    assert_contains(sound, take.read_bytes())
