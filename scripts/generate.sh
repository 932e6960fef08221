#!/usr/bin/env bash
# Writes completions/ and man/ anew from the program: its command line is defined in one place only.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build -q --release
aloud=target/release/aloud

rm -rf completions man
mkdir completions man
$aloud completions bash >completions/aloud.bash
$aloud completions zsh >completions/_aloud
$aloud completions fish >completions/aloud.fish
$aloud man >man/aloud.1
for command in $($aloud --help | sed -n '/^Commands:/,/^$/ s/^  \([a-z][a-z-]*\).*/\1/p'); do
    $aloud man "$command" >"man/aloud-$command.1"
done
