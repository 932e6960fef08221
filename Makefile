PREFIX ?= /usr/local
export CARGO_TARGET_DIR := $(CURDIR)/target
python := .cache/venv/bin/python

.PHONY: help demo build test lint bench generate install clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: ## build aloud, list devices and play a chord (without a sound card, into a file)
	scripts/demo.sh

build: ## build target/release/aloud
	scripts/deps.sh build
	cargo build --release

# From the fastest to the slowest: the code, the program on alsa-lib's plugins, files encoded by other programs, sound
# servers, and sound cards of a kernel.
test: ## run all tests; installs missing packages
	scripts/deps.sh test
	$(MAKE) --no-print-directory -j2 release checked
	cargo test
	$(python) -m pytest tests/encoded
	$(python) -m pytest tests/servers
	$(MAKE) --no-print-directory -j2 --output-sync=target kernel vm

# Side by side: the emulated cards play at their own speed, and QEMU waits for them most of the time.
.PHONY: kernel vm
kernel vm:
	tests/$@/run

# In parallel, because the end of a release build uses only one processor.
.PHONY: release checked
release:
	cargo build --release
checked: lint
	cargo test --no-run

lint: ## check formatting, clippy, the manual and the completions
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	mandoc -T lint man/*.1
	bash -n completions/aloud.bash
	zsh -n completions/_aloud
	fish -n completions/aloud.fish

bench: ## compare the speed of aloud with other programs; ROWS=WORD selects rows
	scripts/deps.sh test
	cargo build --release
	$(python) benches/run.py $(ROWS)

generate: ## regenerate completions/ and man/
	scripts/generate.sh

# Does not build under sudo, where cargo and target/ belong to another user.
install: $(if $(SUDO_USER),,build) ## install under PREFIX (/usr/local), in DESTDIR if given
	install -D target/release/aloud $(DESTDIR)$(PREFIX)/bin/aloud
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 man/*.1
	install -D -m 644 completions/aloud.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/aloud
	install -D -m 644 completions/_aloud $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_aloud
	install -D -m 644 completions/aloud.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/aloud.fish

clean: ## remove build results; downloads in .cache/ stay
	cargo clean
