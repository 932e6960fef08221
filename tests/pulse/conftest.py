import pytest
from lab import pulse


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with pulse.server(tmp_path_factory.mktemp("pulse")) as running:
        yield running
