#!/usr/bin/env bash
# Installs what is missing: `deps.sh build` for building aloud, `deps.sh test` for its tests as well.
# Where nothing is missing it does nothing. Debian packages go onto the system; all else goes
# into .cache/ of this checkout.
set -euo pipefail
cd "$(dirname "$0")/.."

build=(gcc libasound2-dev libopus-dev pkg-config)
# The sound programs aloud is held against, and the shells and checkers its scripts and manual go through.
rivals=(alsa-utils sox libsox-fmt-mp3 ffmpeg flac strace mandoc bsdextrautils zsh fish)
server=(pulseaudio pulseaudio-utils libasound2-plugins)
# virtme-ng builds an initramfs of a static busybox and the modules that kmod finds; `file` tells it the kernel's version.
machine=(qemu-system-x86 busybox-static kmod file python3 python3-dev python3-venv)

kernel=.cache/kernel
venv=.cache/venv
requirements=tests/requirements.txt

missing_packages() {
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
        awk '$2 == "installed" { print $1 }' | sort -u |
        comm -13 - <(printf '%s\n' "$@" | sort)
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Before the first download only.
refresh() {
    [ -n "${refreshed:-}" ] || as_root apt-get update -q
    refreshed=yes
}

install_packages() {
    if ! command -v apt-get >/dev/null; then
        echo "deps.sh: no apt-get here; install what Debian calls: $*" >&2
        exit 1
    fi
    refresh
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

need() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# The virtual machine's kernel: unpacked here, never installed.
fetch_kernel() {
    local package
    [ ! -e "$kernel/lib" ] || return 0
    refresh
    package=$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: //p') || true
    if [ -z "$package" ]; then
        echo "deps.sh: the virtual machine runs Debian's linux-image-amd64, and apt-cache does not know it" >&2
        exit 1
    fi
    rm -rf "$kernel.new" && mkdir -p "$kernel.new"
    (cd "$kernel.new" && apt-get -q -o APT::Sandbox::User="$(id -un)" download "$package")
    dpkg -x "$kernel.new/$package"_*.deb "$kernel.new"
    /sbin/depmod -b "$kernel.new" "${package#linux-image-}"
    rm "$kernel.new/$package"_*.deb
    mv "$kernel.new" "$kernel"
}

# The stamp holds this folder's name too, because a virtual environment cannot be moved.
fetch_venv() {
    local stamp="$venv/stamp"
    if [ ! -e "$stamp" ] || ! { pwd; cat "$requirements"; } | cmp -s - "$stamp"; then
        rm -rf "$venv"
        /usr/bin/python3 -m venv "$venv"
        "$venv/bin/pip" install -q --use-pep517 -r "$requirements"
        { pwd; cat "$requirements"; } >"$stamp"
    fi
}

can_build() {
    command -v cc >/dev/null && pkg-config --exists alsa opus 2>/dev/null
}

case "${1:-}" in
    build)
        can_build || need "${build[@]}"
        ;;
    test)
        need "${build[@]}" "${rivals[@]}" "${server[@]}" "${machine[@]}"
        fetch_kernel
        fetch_venv
        ;;
    *)
        echo "usage: deps.sh build|test" >&2
        exit 2
        ;;
esac
