#!/usr/bin/env python3
"""Fails if a dependency needs a newer Rust than the `rust-version` in Cargo.toml."""

import json
import subprocess
import sys


def parsed(version):
    return [int(number) for number in version.split(".")][:2]


command = ["cargo", "metadata", "--locked", "--format-version", "1"]
packages = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["packages"]
promised = next(package["rust_version"] for package in packages if package["name"] == "aloud")
too_new = [
    f"{package['name']} {package['version']} needs Rust {package['rust_version']}, Cargo.toml says {promised}"
    for package in packages
    if package["rust_version"] and parsed(package["rust_version"]) > parsed(promised)
]
sys.exit("\n".join(too_new) or None)
