#!/usr/bin/env python3
"""Prints docs/json.md: every key of aloud's JSON, from the schemas that the program prints.

Usage: json_keys.py ALOUD
"""

import json
import subprocess
import sys

HEAD = """# Keys of the JSON

`aloud schema COMMAND` prints the JSON Schema of what a command prints; this is the list of all keys, by their names.
Unknown values are null, and keys are never left out, except for `holders` of errors that are not `busy`, the keys that
only a loopback has, and `devices` without several `-D`. Ranges are objects with `min` and `max`. -99999.99 dB is
silence. `aloud info` without `--probe` prints pyalsaaudio's dictionary, which keeps its own keys and is not listed.
`make generate` writes this file.

| Key | Type | Commands | Meaning |
| --- | --- | --- | --- |
"""


# The meanings of keys that the types cannot describe.
MEANINGS = {"event": "What happened; the first key of a line."}


def printed(aloud, *words):
    return subprocess.run([aloud, "schema", *words], check=True, capture_output=True, text=True).stdout


def type_of(schema):
    if "const" in schema:
        return "string"
    alternatives = [one for key in ("anyOf", "oneOf") for one in schema.get(key, [])]
    if "type" not in schema and alternatives:
        return sorted({name for one in alternatives for name in split(type_of(one))})
    found = schema.get("type", "any")
    return sorted(found) if isinstance(found, list) else found


def split(found):
    return found if isinstance(found, list) else [found]


def objects(schema):
    """The properties of all objects in a schema, except for pyalsaaudio's dictionary, and what describes them."""
    if isinstance(schema, list):
        for inner in schema:
            yield from objects(inner)
    elif isinstance(schema, dict):
        if "card_no" in schema.get("properties", {}):
            return
        if isinstance(schema.get("properties"), dict):
            yield schema["properties"], schema.get("description", "")
        for inner in schema.values():
            yield from objects(inner)


def keys(aloud):
    """For each key, its types, commands and meanings."""
    found = {}
    for command in printed(aloud).splitlines():
        for properties, outer in objects(json.loads(printed(aloud, *command.split()))):
            # The only key of an alternative is described with it.
            inherited = outer if len(properties) == 1 else ""
            for name, schema in properties.items():
                if not isinstance(schema, dict):
                    continue
                types, commands, meanings = found.setdefault(name, (set(), [], []))
                types.update(split(type_of(schema)))
                if command not in commands:
                    commands.append(command)
                meaning = schema.get("description") or MEANINGS.get(name) or inherited
                meaning = " ".join(meaning.split())
                if meaning and meaning not in meanings:
                    meanings.append(meaning)
    return found


def cell(text):
    return text.replace("`null`", "null").replace("|", "\\|")


def table(aloud):
    rows = []
    for name, (types, commands, meanings) in sorted(keys(aloud).items()):
        columns = [f"`{name}`", ", ".join(sorted(types)), ", ".join(commands), " / ".join(meanings)]
        rows.append("| " + " | ".join(map(cell, columns)) + " |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    print(table(sys.argv[1]), end="")
