# shellcheck shell=bash
# What the guests of tests/kernel and tests/vm share: it is sourced as root, with SCRATCH set, once the cards are there.

# There is no udev here to set the group of the devices.
chgrp audio /dev/snd/* && chmod 660 /dev/snd/*

# alsa-lib looks for a PulseAudio server at each open, and libpulse warns about users without a home folder.
rm -f /etc/alsa/conf.d/*pulse*

# WirePlumber ends if the folders of systemd-logind are missing.
mkdir -p /run/systemd/{seats,sessions,users,machines}

# The tests run aloud as another user, who may have no access to this checkout.
export ALOUD=/usr/local/bin/aloud
[ ! -e target/release/aloud ] || install target/release/aloud "$ALOUD"

status=0
bash "$SCRATCH/command" || status=$?
echo "$status" >"$SCRATCH/status"
