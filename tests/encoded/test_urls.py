"""Files at http addresses, which ffmpeg fetches and decodes."""

import functools
import http.server
import json
import socket
import threading

import numpy as np
import pytest
from lab.program import aloud
from lab.studio import FRAMES

FFMPEG = ["ffmpeg", "-v", "error", "-y", "-i", "SOURCE"]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def address(studio):
    """The address of a server of the studio's files."""
    handler = functools.partial(Quiet, directory=studio.folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
def test_an_address_plays_as_the_file_does(studio, address, suffix):
    path = studio.encode(f"served.{suffix}", *FFMPEG, "FILE")
    expected = studio.decode_with_ffmpeg(path)
    played = studio.play(f"{address}/{path.name}")
    assert len(played.samples) == len(expected)
    assert np.abs(played.samples - expected).max() * 2**15 <= 1


def test_an_address_in_a_playlist_is_described_and_plays(studio, address):
    path = studio.encode("song.mp3", *FFMPEG, "-metadata", "title=Song", "FILE")
    studio.path("list.m3u").write_text(f"{address}/{path.name}\n")
    assert len(studio.play(studio.path("list.m3u")).samples) >= FRAMES
    (found,) = json.loads(aloud("info", "--json", f"{address}/{path.name}").stdout)
    assert (found["container"], found["codec"], found["decoder"]) == ("URL", "MP3", "ffmpeg")
    assert found["tags"]["title"] == "Song"


def test_an_address_that_does_not_answer_is_reported(address):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{closed.getsockname()[1]}/x"
        for url, status, why in [
            (f"{address}/nothing.wav", 3, "Server returned 404 Not Found"),
            (refused, 10, "Connection refused"),
        ]:
            result = aloud("play", "-D", "null", url)
            assert result.status == status
            (line,) = result.stderr.splitlines()
            assert line.startswith(f"aloud: cannot open '{url}': ")
            assert line.endswith(why)


def test_without_ffmpeg_a_hint_names_curl(address, tmp_path):
    url = f"{address}/served.wav"
    for command in (["play", "-D", "null"], ["info"]):
        result = aloud(*command, url, environment={"PATH": str(tmp_path)})
        assert result.status == 10
        assert result.stderr.splitlines() == [
            f"aloud: '{url}' is a URL, which needs ffmpeg",
            f"hint: curl -s '{url}' | aloud play",
        ]
