"""All JSON that the tests of this and the later stages see is checked against `aloud schema`."""

import pytest
from lab import schemas
from lab.program import ALOUD, aloud, output_of


def test_every_schema_is_valid():
    names = output_of(ALOUD, "schema").splitlines()
    assert "play" in names and all(schemas.validator(ALOUD, name) for name in names)


def test_the_version_is_as_its_schema_says():
    schemas.check(ALOUD, "version", aloud("--version", "--json").json())


@pytest.mark.parametrize("wrong", ['{"event":"pause"}', '{"event":"pause","frames":1,"more":2}', '{"event":"paws","frames":1}'])
def test_output_that_differs_from_its_schema_fails(wrong):
    command = [ALOUD, "-q", "play", "--json", "x"]
    schemas.check_output(ALOUD, command, '{"event":"pause","frames":1}\n', "")
    with pytest.raises(AssertionError, match="not as `aloud schema play` says"):
        schemas.check_output(ALOUD, command, wrong + "\n", "")
