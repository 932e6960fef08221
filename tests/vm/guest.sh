#!/usr/bin/env bash
# Runs in the virtual machine: loads the sound cards, then runs the command that tests/vm/run left in $SCRATCH.
set -euo pipefail
export SCRATCH=$1 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
exec >"$SCRATCH/output" 2>&1
export CARDS="Dummy Loopback AC97 ES1370 HDA USB"

modprobe snd-dummy id=Dummy
modprobe snd-aloop id=Loopback pcm_substreams=4
# The driver would measure the emulated codec's clock, and get it wrong.
modprobe snd-intel8x0 id=AC97 ac97_clock=48000 inside_vm=1
modprobe snd-ens1370 id=ES1370
modprobe snd-hda-codec-generic
modprobe snd-hda-intel id=HDA
modprobe xhci-pci
modprobe snd-usb-audio id=USB

for card in $CARDS; do
    for _ in {1..300}; do
        [ ! -e "/proc/asound/$card" ] || continue 2
        sleep 0.1
    done
    echo "guest.sh: card $card did not appear"
    exit 1
done

# The emulated cards start muted. At full volume they pass every bit on.
for control in AC97:Master AC97:PCM ES1370:Master ES1370:PCM,0 ES1370:PCM,1 HDA:Master 'USB:Audio Output Volume Control'; do
    amixer -q -c "${control%%:*}" sset "${control#*:}" 100% unmute
done
. tests/lab/guest.sh
