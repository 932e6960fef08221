# Runs in a bare Debian system with the package in /tmp/aloud.deb. See `run`.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 HOME=/root
cd /tmp

fail() {
    echo "tests/deb: $*" >&2
    exit 1
}

# All files but the logs and lists that apt and dpkg write.
files() {
    find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/cache -o -path /var/log \
        -o -path /var/lib/apt -o -path /var/lib/dpkg \) -prune -o -print | sort
}

apt-get -qq update
files >before
apt-get -qq install --yes --no-install-recommends ./aloud.deb >/dev/null 2>apt.log || fail "$(cat apt.log)"
dpkg --verify aloud

# The files that others look for, and a program that finds its libraries and alsa-lib's configuration.
for file in bin/aloud share/man/man1/aloud.1.gz share/man/man1/aloud-play.1.gz share/doc/aloud/copyright \
    share/bash-completion/completions/aloud share/zsh/vendor-completions/_aloud \
    share/fish/vendor_completions.d/aloud.fish; do
    [ -s "/usr/$file" ] || fail "no /usr/$file"
done
# It is loaded when it is needed, so nothing but the package says that it is.
ls /usr/lib/*/libopus.so.0 >/dev/null || fail "the package does not depend on libopus"
version=$(dpkg-query -W -f '${Version}' aloud)
[[ $(aloud --version) = "aloud ${version%-*} "* ]] || fail "wrong version: $(aloud --version)"
aloud list-pcms | grep '^null' >/dev/null || fail "list-pcms does not list 'null'"
aloud record -q -D null -d 1 -f S16_LE -r 48000 -c 2 take.wav
[ "$(stat -c %s take.wav)" -ge 192000 ] || fail "one second of stereo is only $(stat -c %s take.wav) bytes"
aloud record -q -D null -d 1 take.flac
aloud play -q -D null take.wav take.flac
aloud tone -q -D null -d 1
status=0
aloud play -q take.wav 2>error || status=$?
[ $status = 3 ] || fail "without a sound card, play ends with status $status: $(cat error)"
complete=$(bash -c '. /usr/share/bash-completion/completions/aloud; complete -p aloud')
[ -n "$complete" ] || fail "bash completes nothing"

apt-get -qq purge --yes --autoremove aloud >/dev/null 2>apt.log || fail "$(cat apt.log)"
[ ! -e /usr/bin/aloud ] || fail "aloud is still there"
files >after
diff before after || fail "the package leaves files, or removes those of others"
echo "$(dpkg --print-architecture): installed, ran and removed"
