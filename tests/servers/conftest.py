import os
from contextlib import contextmanager, suppress

import pytest
from lab import pipewire, pulse

SERVERS = {"pulse": pulse.Server, "pipewire": pipewire.Server}


# test_network.py runs in real time: other processes of a busy machine can wait.
with suppress(PermissionError):
    os.nice(-10)


@contextmanager
def running(name, folder):
    server = SERVERS[name](folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def own(name, folder):
    folder = folder / name
    folder.mkdir()
    with running(name, folder) as server:
        yield server


@pytest.fixture(scope="session", params=SERVERS)
def server(request, tmp_path_factory):
    """A server that many tests share."""
    with running(request.param, tmp_path_factory.mktemp(request.param)) as server:
        yield server


@pytest.fixture(params=SERVERS)
def own_server(request, tmp_path):
    """A server for one test, which may kill it."""
    with own(request.param, tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def pulse_server(tmp_path_factory):
    """PulseAudio, for what only its tools can do."""
    with running("pulse", tmp_path_factory.mktemp("pulse")) as server:
        yield server


@pytest.fixture
def own_pipewire(tmp_path):
    """PipeWire for one test, which may stop it."""
    with own("pipewire", tmp_path) as server:
        yield server


@pytest.fixture
def own_pulse(tmp_path):
    """PulseAudio for one test, which may stop it."""
    with own("pulse", tmp_path) as server:
        yield server


@pytest.fixture(autouse=True)
def restored(request):
    """Leaves a shared server as it was: other tests record what it plays."""
    yield
    if "server" in request.fixturenames:
        shared = request.getfixturevalue("server")
        shared.set_volume(100)
        shared.set_mute(False)
