#!/usr/bin/env bash
# Regenerates completions/, man/*.1 and docs/json.md from the program's command line definitions, and the schemas that it
# prints from its types.
set -euo pipefail
cd "$(dirname "$0")/.."

UPDATE_SCHEMAS=1 cargo test -q --bin aloud the_stored_schemas
# A debug build prints the same text as a release build, and takes less time.
cargo build -q
aloud=${CARGO_TARGET_DIR:-target}/debug/aloud

rm -rf completions man/*.1
mkdir completions
$aloud completions bash >completions/aloud.bash
$aloud completions zsh >completions/_aloud
$aloud completions fish >completions/aloud.fish
$aloud man >man/aloud.1
for command in $($aloud --help | sed -n '/^Commands:/,/^$/ s/^  \([a-z][a-z-]*\).*/\1/p'); do
    $aloud man "$command" >"man/aloud-$command.1"
done
python3 scripts/json_keys.py "$aloud" >docs/json.md
