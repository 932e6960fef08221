import pytest
from lab.studio import Studio


@pytest.fixture(scope="session")
def studio(tmp_path_factory):
    return Studio(tmp_path_factory.mktemp("codecs"))
