#!/usr/bin/env bash
# Installs what is missing: `deps.sh build` for building aloud, `deps.sh test` for its tests as well, `deps.sh deb` for
# building and testing the Debian package, `deps.sh cross` for tests on other processors.
# If nothing is missing, it does nothing. Debian packages are installed on the system. The kernels and the Python
# environment go into the user's cache, where all checkouts share them; .cache/ of this checkout links to them.
set -euo pipefail
cd "$(dirname "$0")/.."

build=(gcc libasound2-dev pkg-config)
# The programs that aloud is compared with, a terminal, and the shells and linters for its scripts and manual.
rivals=(alsa-utils libopus0 sox libsox-fmt-mp3 ffmpeg flac strace valgrind binutils tmux mandoc bsdextrautils zsh fish)
# What the recipes of docs/cookbook.md use.
recipes=(jq opus-tools systemd)
# The sound servers that the tests start, and alsa-lib's plugins for them.
servers=(pulseaudio pulseaudio-utils libasound2-plugins pipewire pipewire-bin wireplumber dbus-daemon iproute2)
# What builds the kernel of tests/kernel; busybox halts it.
uml=(bc bison flex libc6-dev make xz-utils kmod busybox-static)
# virtme-ng builds an initramfs from a static busybox and the modules that kmod finds; `file` reads the kernel's version.
qemu=(qemu-system-x86 busybox-static kmod file)
python=(python3 python3-dev python3-venv)
# Programs that start aplay, arecord or amixer, and what they need: unpacked, because only the tests use them.
clients=(i3blocks espeak-ng espeak-ng-data libespeak-ng1 libpcaudio0 libsonic0 music123 libgnat-12 festival libestools2.5
    festvox-kallpc16k festlex-cmu festlex-poslex)
# What checks the Debian package, and makes systems to install it in.
deb=(dpkg-dev lintian mmdebstrap python3)
cargo_deb=3.8.0
# What links and runs programs for other processors, and the packages that they need there.
cross=(qemu-user-static gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf gcc-i686-linux-gnu libc6-dev-arm64-cross
    libc6-dev-armhf-cross libc6-dev-i386-cross)
foreign=(libasound2-dev libasound2 libasound2-data libopus0 libc6 libgcc-s1)

cache=${XDG_CACHE_HOME:-$HOME/.cache}/aloud
requirements=tests/requirements.txt

missing_packages() {
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
        awk '$2 == "installed" { print $1 }' | sort -u |
        comm -13 - <(printf '%s\n' "$@" | sort -u)
}

fail() {
    echo "deps.sh: $*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "this needs root, and there is no sudo: $*"
    fi
}

# Downloads fail now and then.
apt=(apt-get -q -o Acquire::Retries=3)

# Only before the first download. Lists that cannot be had may be of other vendors: an install names what is missing.
refresh() {
    [ -n "${refreshed:-}" ] || as_root "${apt[@]}" update || echo "deps.sh: some package lists are old or missing" >&2
    refreshed=yes
}

install_packages() {
    command -v apt-get >/dev/null || fail "apt-get not found; install what Debian calls: $*"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "only root can install these packages: $*"
    refresh
    as_root env DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "$@" ||
        fail "these packages could not be installed: $*"
}

need() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# depends_on PACKAGE [NAME]: prints the name of the package that it depends on, or of the one that starts with NAME.
depends_on() {
    local package
    package=$(apt-cache depends "$1" 2>/dev/null | sed -n "s/^ *Depends: \(${2:-}.*\)/\1/p") || true
    [ -n "$package" ] || fail "the tests need Debian's $1, and apt-cache does not know it"
    echo "$package"
}

download() {
    (cd "$2" && "${apt[@]}" -o APT::Sandbox::User="$(id -un)" download "$1" >/dev/null) || fail "$1 was not downloaded"
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
        fail "the kernel was not built; the log is $log"
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
    "$1/bin/pip" install -q --retries 10 --use-pep517 -r "$requirements" || fail "$requirements could not be installed"
}

# The clients of Debian and of npm. Their versions are those of the Debian release and of the list.
unpack_clients() {
    refresh
    (cd "$1" && "${apt[@]}" -o APT::Sandbox::User="$(id -un)" download "${clients[@]}" >/dev/null) ||
        fail "not all of these packages were downloaded: ${clients[*]}"
    unpack_all "$1"
    scripts/npm.py tests/clients/npm.txt "$1"
}

# pyalsaaudio's own tests and examples: the wheel has none.
unpack_pyalsaaudio() {
    .cache/venv/bin/pip download -q --retries 10 --no-deps --no-build-isolation --no-binary :all: -d "$1" \
        "$(grep ^pyalsaaudio= "$requirements")" || fail "pyalsaaudio's sources were not downloaded"
    tar -xf "$1"/pyalsaaudio-*.tar.gz -C "$1" --strip-components 1 --no-same-owner
}

# A compiler with the source of its standard library, which cargo builds for each processor.
unpack_compiler() {
    local package
    refresh
    for package in rustc-web libstd-rust-web-dev "$(depends_on libstd-rust-web-dev)" rust-web-src \
        "$(depends_on "$(depends_on libstd-rust-web-dev)" libllvm)"; do
        download "$package" "$1"
    done
    unpack_all "$1"
    cat >"$1/rustc" <<EOF
#!/bin/sh
export LD_LIBRARY_PATH='$1/usr/lib/$(gcc -print-multiarch)'
exec '$1/usr/bin/rustc' "\$@"
EOF
    chmod +x "$1/rustc"
}

# unpack_root_of PROCESSOR FOLDER: libraries for a processor. A foreign architecture added to the system would make each
# later `apt-get update` depend on it, so this one has package lists of its own.
unpack_root_of() {
    local options=(-o APT::Architecture="$1" -o APT::Architectures="$1" -o APT::Sandbox::User="$(id -un)"
        -o Dir::State::Lists="$2/lists" -o Dir::Cache="$2/cache")
    mkdir -p "$2"/lists/partial "$2"/cache/archives/partial
    # Sources of other vendors need not have this processor. The download names what is missing.
    "${apt[@]}" "${options[@]}" update >/dev/null 2>&1 || true
    (cd "$2" && "${apt[@]}" "${options[@]}" download "${foreign[@]}" >/dev/null) || fail "no packages of $1"
    rm -r "$2/lists" "$2/cache"
    unpack_all "$2"
}
unpack_root_arm64() { unpack_root_of arm64 "$1"; }
unpack_root_armhf() { unpack_root_of armhf "$1"; }
unpack_root_i386() { unpack_root_of i386 "$1"; }

unpack_all() {
    local package
    for package in "$1"/*.deb; do
        dpkg -x "$package" "$1"
        rm "$package"
    done
}

install_cargo_deb() {
    cargo install -q cargo-deb --version "$cargo_deb" --locked --root "$1" --target-dir "$1/build"
    rm -r "$1/build"
}

can_build() {
    command -v cc >/dev/null && pkg-config --exists alsa 2>/dev/null
}

case "${1:-}" in
    build)
        can_build || need "${build[@]}"
        # Without this, the build ends later, with a message of a dependency that names no package. `make build TARGET=...`
        # may have pkg-config of its own.
        [ -n "${TARGET:-}" ] || can_build || fail "no C compiler, or pkg-config does not find alsa (Debian: ${build[*]})"
        ;;
    test)
        need "${build[@]}" "${rivals[@]}" "${recipes[@]}" "${servers[@]}" "${uml[@]}" "${qemu[@]}" "${python[@]}"
        command -v node >/dev/null || need nodejs
        cached venv "$({ /usr/bin/python3 -V; cat $requirements; } | key_of)" make_venv
        cached pyalsaaudio "$(sed -n 's/^pyalsaaudio==//p' $requirements)" unpack_pyalsaaudio
        cached clients "$(printf '%s\n' "${clients[@]}" | cat - scripts/npm.py tests/clients/npm.txt | key_of)" unpack_clients
        cached uml "$(key_of tests/kernel/{build,uml.config})" build_uml
        cached kernel amd64 unpack_kernel
        cached pipewire-alsa "$(dpkg-query -W -f '${Version}' pipewire | key_of)" unpack_plugin
        ;;
    deb)
        need "${build[@]}" "${deb[@]}"
        cached cargo-deb "$cargo_deb" install_cargo_deb
        ;;
    cross)
        need "${build[@]}" "${cross[@]}"
        cached rustc-web amd64 unpack_compiler
        for processor in arm64 armhf i386; do
            cached "root-$processor" 1 "unpack_root_$processor"
        done
        ;;
    *)
        echo "usage: deps.sh build|test|deb|cross" >&2
        exit 2
        ;;
esac
