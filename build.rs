//! Names all missing packages in one line, before dependencies and the linker fail over one of them.

use pkg_config::{Config, Error};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let uses_opus = std::env::var_os("CARGO_FEATURE_OPUS").is_some();
    let mut packages = Vec::new();
    if is_missing("alsa") {
        packages.push("libasound2-dev");
    }
    if uses_opus && is_missing("opus") {
        packages.push("libopus-dev");
    }
    if !packages.is_empty() {
        let packages = packages.join(" ");
        println!(
            "cargo::error=aloud needs these packages (Debian: apt install pkg-config {packages})"
        );
    }
}

/// Whether pkg-config does not find a library, or does not exist itself. It also looks where `PKG_CONFIG_PATH` and, for
/// another processor, `PKG_CONFIG_SYSROOT_DIR` say.
fn is_missing(library: &str) -> bool {
    let found = Config::new().cargo_metadata(false).probe(library);
    matches!(
        found,
        Err(Error::ProbeFailure { .. } | Error::Command { .. })
    )
}
