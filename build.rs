//! Names a missing package before the linker fails over it. alsa-sys does the same for libasound.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let uses_opus = std::env::var_os("CARGO_FEATURE_OPUS").is_some();
    if uses_opus && is_missing("opus") {
        println!("cargo::error=aloud needs libopus (Debian: apt install libopus-dev)");
    }
}

/// Whether pkg-config looked for a library and did not find it. It also looks where `PKG_CONFIG_PATH` and, for another
/// processor, `PKG_CONFIG_SYSROOT_DIR` say.
fn is_missing(library: &str) -> bool {
    let found = pkg_config::Config::new()
        .cargo_metadata(false)
        .probe(library);
    matches!(found, Err(pkg_config::Error::ProbeFailure { .. }))
}
