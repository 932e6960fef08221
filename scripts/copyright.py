#!/usr/bin/env python3
"""Prints Debian's copyright file: the licenses of aloud and of all crates in the program.

Arguments are passed to `cargo tree`, such as `--target aarch64-unknown-linux-gnu`. The license texts are those in the
crates themselves. Where a crate offers several licenses, the first one of PREFERRED is used.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

PREFERRED = ["MIT", "Apache-2.0", "BSD-3-Clause", "MPL-2.0", "Unicode-3.0", "Zlib"]
# Debian's policy: packages refer to these texts instead of repeating them.
COMMON = Path("/usr/share/common-licenses")
MIT = re.compile(r"Permission is hereby granted.*?DEALINGS\s+IN\s+THE\s+SOFTWARE\.", re.DOTALL)
# A line with a notice, and the indented lines that continue it.
NOTICE = re.compile(r"^[ \t]*Copyright (?:©|\(c\)|[0-9]|the |The )[^\n]*(?:\n[ \t]+\w[^\n]*)*", re.MULTILINE | re.IGNORECASE)

STANDARD_LIBRARY = """\
Files: std/*
Copyright: the Rust project developers (see https://thanks.rust-lang.org)
           2014 Alex Crichton
           2019 the Crossbeam project developers
License: MIT
Comment: The standard library of Rust, from https://www.rust-lang.org. Its file COPYRIGHT-library.html has the notices of
 all its parts.

Files: std/core/src/unicode/unicode_data.rs
Copyright: 1991-2024 Unicode, Inc.
License: Unicode-3.0
"""


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments, "--locked"], check=True, capture_output=True, text=True).stdout


def linked(arguments):
    """Names and versions of the crates in the program."""
    listing = cargo("tree", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}", *arguments)
    return sorted({tuple(line.split()[:2]) for line in listing.splitlines()})


def choose(expression):
    """The license to use out of an SPDX expression, or of the old form with slashes."""
    offered = re.split(r" OR |/", expression.replace(" / ", "/"))
    for license in PREFERRED:
        if license in offered:
            return license
    sys.exit(f"copyright.py: no known license in '{expression}'")


def license_text(folder, license):
    """The text of the crate's license file, or of the one for `license` if there are several."""
    files = sorted(path for path in folder.iterdir() if re.match(r"(?i)licen[sc]e", path.name))
    word = license.split("-")[0]
    named = [path for path in files if word.lower() in path.name.lower()]
    for path in named + files:
        text = path.read_text()
        if license != "MIT" or MIT.search(text):
            return text
    sys.exit(f"copyright.py: no text of {license} in {folder}")


def notices(package, text):
    found = [re.sub(r"^\s*Copyright\s*(?:©|\(c\))?\s*", "", line, flags=re.IGNORECASE) for line in NOTICE.findall(text)]
    found = [" ".join(line.split()) for line in found]
    return list(dict.fromkeys(found)) or package["authors"] or [f"the contributors of {package['name']}"]


def terms(text, license):
    """What a license file says besides its title and notices."""
    if license == "MIT":
        return MIT.search(text)[0]
    return re.sub(r"^\s*(?:The )?[\w-]+ License\s*\n", "", NOTICE.sub("", text)).strip()


def indented(text):
    return "".join(f" {line.rstrip()}\n" if line.strip() else " .\n" for line in text.splitlines())


class Licenses:
    """The texts in use. Those that differ only in spaces and quotes are one."""

    def __init__(self):
        self.texts = {}

    def name(self, license, package, text):
        if (COMMON / license).exists():
            self.texts[license] = f"The full text is in {COMMON / license}."
            return license
        for name in (license, f"{license}-{package['name']}"):
            if self.plain(self.texts.setdefault(name, text)) == self.plain(text):
                return name
        sys.exit(f"copyright.py: two texts of {name}")

    @staticmethod
    def plain(text):
        return " ".join(re.sub("[“”']", '"', text).lower().split())


def main():
    packages = json.loads(cargo("metadata", "--format-version", "1"))["packages"]
    by_name = {(package["name"], "v" + package["version"]): package for package in packages}
    licenses = Licenses()
    print("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/")
    print("Upstream-Name: aloud")
    print("Comment: The program contains parts of the crates below and of Rust's standard library. The source of a crate,")
    print(" unchanged, is at https://crates.io/crates/NAME/VERSION.\n")
    own = by_name.pop(next(key for key in by_name if key[0] == "aloud"))
    crates = [by_name[key] for key in linked(sys.argv[1:]) if key in by_name]
    for package in [own, *crates]:
        files = "*" if package is own else f"{package['name']}-{package['version']}/*"
        license = choose(package["license"])
        text = license_text(Path(package["manifest_path"]).parent, license)
        name = licenses.name(license, package, terms(text, license))
        if package is own:
            licenses.name("Apache-2.0", package, "")
            name = f"{name} or Apache-2.0"
        print(f"Files: {files}")
        print("Copyright: " + "\n           ".join(notices(package, text)))
        print(f"License: {name}\n")
    print(STANDARD_LIBRARY)
    unicode = next(package for package in packages if package["name"] == "unicode-ident")
    text = license_text(Path(unicode["manifest_path"]).parent, "Unicode-3.0")
    licenses.name("Unicode-3.0", unicode, terms(text, "Unicode-3.0"))
    for name, text in sorted(licenses.texts.items()):
        print(f"License: {name}\n{indented(text)}")


if __name__ == "__main__":
    main()
