#!/usr/bin/env bash
# Runs in the virtual machine: makes the sound cards ready, then runs the command that tests/vm/run left in $SCRATCH.
set -euo pipefail
export SCRATCH=$1 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
exec >"$SCRATCH/output" 2>&1

modprobe snd-dummy id=Dummy
modprobe snd-aloop id=Loopback pcm_substreams=4
# Measuring an emulated codec's clock gives nonsense: it is told.
modprobe snd-intel8x0 id=AC97 ac97_clock=48000 inside_vm=1
modprobe snd-ens1370 id=ES1370
modprobe snd-hda-codec-generic
modprobe snd-hda-intel id=HDA
modprobe xhci-pci
modprobe snd-usb-audio id=USB

for card in Dummy Loopback AC97 ES1370 HDA USB; do
    for _ in {1..300}; do
        [ ! -e "/proc/asound/$card" ] || continue 2
        sleep 0.1
    done
    echo "guest.sh: card $card did not appear"
    exit 1
done

# The emulated cards start muted. All the way up, they pass every bit on.
for control in AC97:Master AC97:PCM ES1370:Master ES1370:PCM,0 ES1370:PCM,1 HDA:Master 'USB:Audio Output Volume Control'; do
    amixer -q -c "${control%%:*}" sset "${control#*:}" 100% unmute
done

# There is no udev here to give the devices to the group that may use them.
chgrp audio /dev/snd/* && chmod 660 /dev/snd/*

# alsa-lib looks for a PulseAudio server at each open, and libpulse prints what it thinks of a user without a home.
rm -f /etc/alsa/conf.d/*pulse*

# A checkout may lie where other users cannot reach it; the tests run aloud as one of them.
export ALOUD=/usr/local/bin/aloud
[ ! -e target/release/aloud ] || install target/release/aloud "$ALOUD"

status=0
bash "$SCRATCH/command" || status=$?
echo "$status" >"$SCRATCH/status"
