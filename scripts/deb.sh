#!/usr/bin/env bash
# Builds target/debian/aloud_VERSION_ARCHITECTURE.deb out of target/release/aloud. `make deb` runs it.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
maintainer=$(sed -n 's/^maintainer = "\(.*\)"/\1/p' Cargo.toml)
# The date of the release is that in the manual. All files in the package have it, so that each build is the same.
SOURCE_DATE_EPOCH=$(date --utc --date "$(sed -n 's/^\.TH ALOUD 1 \([0-9-]*\) .*/\1/p' man/aloud.1)" +%s)
export SOURCE_DATE_EPOCH

rm -rf target/deb target/debian
mkdir -p target/deb
scripts/copyright.py >target/deb/copyright
cat >target/deb/changelog <<EOF
aloud ($version-1) unstable; urgency=medium

  * Version $version.

 -- $maintainer  $(date --utc --date "@$SOURCE_DATE_EPOCH" --rfc-email)
EOF
variant=()
if readelf --version-info target/release/aloud | grep GLIBC_ABI_DT_RELR >/dev/null; then
    variant=(--variant packed)
fi
.cache/cargo-deb/bin/cargo-deb deb --no-build --locked --quiet "${variant[@]}"
# That tag is for Debian's own packages.
lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs --allow-root target/debian/*.deb
