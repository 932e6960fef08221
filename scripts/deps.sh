#!/usr/bin/env bash
# Installs what is missing: `deps.sh build` for building aloud, `deps.sh test` for its tests as well, `deps.sh deb` for
# building and testing the Debian package.
# If nothing is missing, it does nothing. Debian packages are installed on the system. The kernels and the Python
# environment go into the user's cache, where all checkouts share them; .cache/ of this checkout links to them.
set -euo pipefail
cd "$(dirname "$0")/.."

build=(gcc libasound2-dev libopus-dev pkg-config)
# The programs that aloud is compared with, a terminal, and the shells and linters for its scripts and manual.
rivals=(alsa-utils sox libsox-fmt-mp3 ffmpeg flac strace valgrind binutils tmux mandoc bsdextrautils zsh fish)
# What the recipes of docs/cookbook.md use.
recipes=(jq opus-tools systemd)
# The sound servers that the tests start, and alsa-lib's plugins for them.
servers=(pulseaudio pulseaudio-utils libasound2-plugins pipewire pipewire-bin wireplumber dbus-daemon iproute2)
# What builds the kernel of tests/kernel; busybox halts it.
uml=(bc bison flex libc6-dev make xz-utils kmod busybox-static)
# virtme-ng builds an initramfs from a static busybox and the modules that kmod finds; `file` reads the kernel's version.
qemu=(qemu-system-x86 busybox-static kmod file)
python=(python3 python3-dev python3-venv)
# What checks the Debian package, and makes systems to install it in.
deb=(dpkg-dev lintian mmdebstrap python3)
cargo_deb=3.8.0

cache=${XDG_CACHE_HOME:-$HOME/.cache}/aloud
requirements=tests/requirements.txt

missing_packages() {
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
        awk '$2 == "installed" { print $1 }' | sort -u |
        comm -13 - <(printf '%s\n' "$@" | sort -u)
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Only before the first download.
refresh() {
    [ -n "${refreshed:-}" ] || as_root apt-get update -q
    refreshed=yes
}

install_packages() {
    if ! command -v apt-get >/dev/null; then
        echo "deps.sh: apt-get not found; install what Debian calls: $*" >&2
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

# Prints the name of the package that a metapackage depends on.
depends_on() {
    local package
    package=$(apt-cache depends "$1" 2>/dev/null | sed -n 's/^ *Depends: //p') || true
    if [ -z "$package" ]; then
        echo "deps.sh: the tests need Debian's $1, and apt-cache does not know it" >&2
        exit 1
    fi
    echo "$package"
}

download() {
    (cd "$2" && apt-get -q -o APT::Sandbox::User="$(id -un)" download "$1" >/dev/null)
}

# cached NAME KEY COMMAND: runs `COMMAND FOLDER` unless an earlier run has completed for the same KEY, and links
# .cache/NAME to FOLDER. What a killed run has left is removed.
cached() {
    local folder=$cache/$1-$2 other
    mkdir -p "$cache" .cache
    (
        flock --nonblock 9 || { echo "deps.sh: waiting for another checkout's deps.sh" && flock 9; }
        for other in "$cache/$1"-*; do
            [ -e "$other/complete" ] || rm -rf "$other"
        done
        if [ ! -e "$folder" ]; then
            mkdir "$folder"
            "$3" "$folder"
            touch "$folder/complete"
        fi
    ) 9>"$cache/lock"
    # Earlier versions of this script kept folders here.
    [ -L ".cache/$1" ] || rm -rf ".cache/$1"
    ln -sfn "$folder" ".cache/$1"
}

# key_of FILE...: a key for what is made of these files.
key_of() { cat "$@" | sha256sum | cut -c 1-12; }

# The kernel of tests/kernel. Its version is the one that the package lists had when it was built.
build_uml() {
    local package log=$1/log
    refresh
    package=$(depends_on linux-source)
    echo "deps.sh: building a User Mode Linux kernel from $package: some minutes, once on this machine"
    download "$package" "$1"
    if ! tests/kernel/build "$1" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "deps.sh: the kernel was not built; the log is $log" >&2
        exit 1
    fi
}

# The kernel of tests/vm: unpacked, never installed.
unpack_kernel() {
    local package
    refresh
    package=$(depends_on linux-image-amd64)
    download "$package" "$1"
    dpkg -x "$1/$package"_*.deb "$1"
    /sbin/depmod -b "$1" "${package#linux-image-}"
    rm "$1/$package"_*.deb
}

# alsa-lib's plugin for PipeWire: unpacked, because installed it would make `default` mean PipeWire on this machine.
unpack_plugin() {
    refresh
    download pipewire-alsa "$1"
    dpkg -x "$1"/pipewire-alsa_*.deb "$1"
}

make_venv() {
    /usr/bin/python3 -m venv "$1"
    "$1/bin/pip" install -q --use-pep517 -r "$requirements"
}

install_cargo_deb() {
    cargo install -q cargo-deb --version "$cargo_deb" --locked --root "$1" --target-dir "$1/build"
    rm -r "$1/build"
}

can_build() {
    command -v cc >/dev/null && pkg-config --exists alsa opus 2>/dev/null
}

case "${1:-}" in
    build)
        can_build || need "${build[@]}"
        ;;
    test)
        need "${build[@]}" "${rivals[@]}" "${recipes[@]}" "${servers[@]}" "${uml[@]}" "${qemu[@]}" "${python[@]}"
        cached venv "$({ /usr/bin/python3 -V; cat $requirements; } | key_of)" make_venv
        cached uml "$(key_of tests/kernel/{build,uml.config})" build_uml
        cached kernel amd64 unpack_kernel
        cached pipewire-alsa "$(dpkg-query -W -f '${Version}' pipewire | key_of)" unpack_plugin
        ;;
    deb)
        need "${build[@]}" "${deb[@]}"
        cached cargo-deb "$cargo_deb" install_cargo_deb
        ;;
    *)
        echo "usage: deps.sh build|test|deb" >&2
        exit 2
        ;;
esac
