"""All JSON that the tests of this and the later stages see is checked against `aloud schema`."""

import sys

import pytest
from lab import schemas
from lab.program import ALOUD, CHECKOUT, aloud, output_of

sys.path.append(str(CHECKOUT / "scripts"))
import json_keys

# Keys that stand for more than one type of value. In a probe, a size is a range; the contract of `mixer` has `raw` and
# `db` for a value and for its range; the elements of a card have the numbers of ALSA's ids; a change is of any value.
SEVERAL_TYPES = {
    "access": {"array", "string"},
    "buffer_size": {"integer", "object"},
    "period_size": {"integer", "object"},
    "channels": {"array", "integer"},
    "db": {"number", "object"},
    "raw": {"integer", "object"},
    "device": {"integer", "string"},
    "from": {"array", "boolean", "object"},
    "to": {"array", "boolean", "object"},
}


def test_a_key_has_the_same_type_everywhere():
    types = {name: found - {"null"} for name, (found, *_) in json_keys.keys(ALOUD).items()}
    # An integer is a number, too.
    types = {name: found - {"integer"} if "number" in found else found for name, found in types.items()}
    assert {name: found for name, found in types.items() if len(found) > 1} == SEVERAL_TYPES


def test_the_list_of_keys_is_current():
    assert (CHECKOUT / "docs/json.md").read_text() == json_keys.table(ALOUD), "run `make generate`"


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
