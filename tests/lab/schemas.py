"""Checks JSON against the schemas that `aloud schema` prints."""

import functools
import json
import subprocess

import jsonschema

ALIASES = {"ls": "devices", "rec": "record"}


@functools.cache
def validator(program, name):
    """The validator of a schema; None if there is no such schema."""
    listed = subprocess.run([program, "schema", *name.split()], capture_output=True)
    if listed.returncode != 0:
        return None
    schema = json.loads(listed.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def name_for(arguments):
    """The name of the schema for a command line with --json, or None."""
    if "--json" not in arguments:
        return None
    words = [word for word in arguments if not word.startswith("-")]
    if not words:
        return None
    command = ALIASES.get(words[0], words[0])
    return " ".join(["mixer", words[1]] if command == "mixer" and len(words) > 1 else [command])


def check(program, name, value):
    """Asserts that a value is as its schema says."""
    checker = validator(program, name)
    if checker is not None and not checker.is_valid(value):
        error = jsonschema.exceptions.best_match(checker.iter_errors(value))
        raise AssertionError(f"not as `aloud schema {name}` says: {error.message}\n{json.dumps(value)}")


def documents(text):
    """The JSON in the output of a program. The last line may be cut off."""
    for line in text.splitlines():
        if line.startswith(("{", "[")):
            try:
                yield json.loads(line)
            except ValueError:
                pass


def check_output(program, command, stdout, stderr):
    """Checks all JSON that `command` printed, if it ran `program` with --json."""
    if program not in command:
        return
    name = name_for(command[command.index(program) + 1 :])
    if name is None:
        return
    for value in documents(stdout):
        check(program, name, value)
    for value in documents(stderr):
        check(program, "error" if "error" in value else name, value)
