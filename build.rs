//! Names the packages that are missing, before the linker fails over them.

use std::env;

/// A library, the feature that needs it (`None`: always), and Debian's package.
type LibraryRow = (&'static str, Option<&'static str>, &'static str);

const LIBRARIES: [LibraryRow; 2] = [
    ("alsa", None, "libasound2-dev"),
    ("opus", Some("CARGO_FEATURE_OPUS"), "libopus-dev"),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let missing: Vec<&str> = LIBRARIES
        .iter()
        .filter(|(_, feature, _)| feature.is_none_or(|feature| env::var_os(feature).is_some()))
        .filter(|(library, _, _)| is_missing(library))
        .map(|(_, _, package)| *package)
        .collect();
    if !missing.is_empty() {
        let packages = missing.join(" ");
        println!("cargo::error=aloud needs {packages} (Debian: apt install {packages})");
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
