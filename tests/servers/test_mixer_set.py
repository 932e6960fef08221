"""`mixer set` on a sound server whose sinks come and go, through alsa-lib's ctl plugins."""

import json
import subprocess

from lab.mixers import raw_volumes
from lab.program import ALOUD, Running, output_of, wait_until


def volumes(server):
    return raw_volumes(json.loads(output_of(ALOUD, "mixer", "get", "--json", "Master", environment=server.environment)))


def test_each_line_of_a_batch_changes_the_current_sink(own_server):
    def send(line):
        batch.process.stdin.write(f"{line}\n".encode())
        batch.process.stdin.flush()

    words = ["mixer", "set", "--json", "--batch", "-"]
    with Running(ALOUD, *words, stdin=subprocess.PIPE, environment=own_server.environment) as batch:
        send("Master 50%")
        batch.wait_for_text('"raw":32768')
        own_server.remove_sink("vs")
        send("Master 40%")
        wait_until(lambda: "no control 'Master'" in batch.so_far().stderr, "the missing sink to be reported")
        own_server.add_sink("two")
        wait_until(lambda: volumes(own_server) == [65536, 65536], "the new sink")
        send("Master 30%")
        wait_until(lambda: volumes(own_server) == [19661, 19661], "its volume to be set")
        batch.process.stdin.close()
        assert batch.end().status == 3


def test_a_fade_fails_if_its_sink_is_removed(own_server):
    words = ["mixer", "set", "Master", "0", "--over", "3s"]
    with Running(ALOUD, *words, environment=own_server.environment) as fade:
        wait_until(lambda: volumes(own_server)[0] < 65536, "the fade to start")
        own_server.remove_sink("vs")
        result = fade.end()
    assert (result.status, result.stdout) == (3, ""), result
    assert "there is no control 'Master'" in result.stderr
