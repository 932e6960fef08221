#!/usr/bin/env python3
"""npm.py LIST FOLDER: downloads the packages of npm that LIST names into FOLDER/node_modules, and checks their hashes.

npm itself is not needed. A line of LIST is a name, a version and what npm calls the integrity.
"""

import base64
import hashlib
import io
import sys
import tarfile
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def install(line, folder):
    name, version, integrity = line.split()
    base = name.rpartition("/")[2]
    with urllib.request.urlopen(f"https://registry.npmjs.org/{name}/-/{base}-{version}.tgz", timeout=60) as response:
        data = response.read()
    algorithm, _, wanted = integrity.partition("-")
    if base64.b64encode(hashlib.new(algorithm, data).digest()).decode() != wanted:
        raise SystemExit(f"npm.py: {name} {version} has another hash than {sys.argv[1]} says")
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive.getmembers():
            # The packages have one folder of any name at their top.
            inner = Path(*Path(member.name).parts[1:])
            if member.isfile() and ".." not in inner.parts:
                path = folder / "node_modules" / name / inner
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.extractfile(member).read())


packages = Path(sys.argv[1]).read_text().splitlines()
with ThreadPoolExecutor(8) as pool:
    list(pool.map(lambda line: install(line, Path(sys.argv[2])), packages))
