#!/usr/bin/env bash
# Builds aloud, lists the devices, shows the configuration of the default device, and plays a chord.
# Without a playback device, alsa-lib writes the sound into a file, which is compared with the original.
# Everything is created in target/.
set -euo pipefail
cd "$(dirname "$0")/.."

demo=target/demo
chord=$demo/chord.wav
arrived=$demo/arrived.raw
PATH=$PWD/target/release:$PATH

say() { printf '\n%s\n' "$*"; }
show() {
    say "\$ aloud $*"
    aloud "$@"
}

# Three seconds of a decaying chord: 48000 Hz, 2 channels, 16 bits.
write_chord() {
    local bytes=$((3 * 48000 * 4)) header samples
    header=$(awk -v bytes=$bytes '
        function little(number, width) {
            for (; width--; number = int(number / 256)) printf "\\x%02x", number % 256
        }
        BEGIN {
            printf "RIFF"; little(36 + bytes, 4)
            printf "WAVEfmt "; little(16, 4); little(1, 2); little(2, 2); little(48000, 4); little(192000, 4)
            little(4, 2); little(16, 2)
            printf "data"; little(bytes, 4)
        }')
    samples=$(awk 'BEGIN {
        turn = 8 * atan2(1, 1) / 48000
        for (i = 0; i < 144000; i++) {
            value = sin(261.63 * turn * i) + sin(329.63 * turn * i) + sin(392 * turn * i)
            value = int(5000 * value * exp(-i / 40000) * (i < 480 ? i / 480 : 1))
            value += value < 0 ? 65536 : 0
            sample = sprintf("\\x%02x\\x%02x", value % 256, int(value / 256))
            printf "%s%s", sample, sample
        }
    }')
    # shellcheck disable=SC2059 # the samples are escape sequences
    printf "$header$samples" >$chord
}

device_works() {
    aloud info --quiet >/dev/null 2>&1
}

# Makes the default device a file.
play_into_file() {
    cat >$demo/asound.conf <<-END
		pcm.default { type file  slave.pcm { type null }  file $arrived  format raw }
	END
    export ALSA_CONFIG_PATH=$demo/asound.conf
    say "No device plays sound here. The default device is now a file: $arrived"
}

compare() {
    tail -c +45 $chord >$demo/sent.raw
    say "\$ cmp $demo/sent.raw $arrived"
    cmp $demo/sent.raw $arrived
    echo "Identical: $(wc -c <$demo/sent.raw) bytes sent, $(wc -c <$arrived) bytes arrived."
}

scripts/deps.sh build
cargo build --release --locked
rm -rf $demo && mkdir -p $demo
write_chord

show --version
show list-cards
show list-pcms
device_works && has_device=yes || has_device=no
[ $has_device = yes ] || play_into_file
show info
if [ $has_device = yes ]; then
    show play $chord
else
    show play --json $chord
    compare
fi
say "Done. Next: target/release/aloud play FILE.wav, target/release/aloud --help"
