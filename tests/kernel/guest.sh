#!/usr/bin/env bash
# Runs in the guest's overlay: loads the sound cards, then runs the command that tests/kernel/run left in $SCRATCH.
set -euo pipefail
exec >"$SCRATCH/output" 2>&1
export CARDS="Dummy Loopback"
export TMPDIR=/dev/shm
cd "$CHECKOUT"

busybox ip link set lo up
for module in "snd-dummy id=Dummy" "snd-aloop id=Loopback pcm_substreams=8"; do
    # shellcheck disable=SC2086 # a name and options
    modprobe -d "$CHECKOUT/.cache/uml" $module
done
. tests/lab/guest.sh
