//! Packs the addresses in the program that the loader adjusts, and puts the functions that run together side by side.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Linker scripts that add to the linker's own.
const STARTUP_ORDER: &str = "src/startup.ld";
const NO_UNWINDING: &str = "src/no_unwinding.ld";

/// A program that does nothing. It has the function that `--defsym` names.
const NOTHING: &str = "fn main() {} #[unsafe(no_mangle)] pub extern \"C\" fn aloud_dlopen() {}";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if loader_unpacks_addresses() {
        pass_to_linker(&["-Wl,-z,pack-relative-relocs"]);
    }
    allow_inline_assembly();
    if variable("PROFILE") == "release" {
        // One copy of functions with the same code.
        pass_to_linker(&["-Wl,--icf=all"]);
    }
    let is_64_bit = variable("CARGO_CFG_TARGET_POINTER_WIDTH") == "64";
    if is_64_bit && ["x86_64", "aarch64"].contains(&variable("CARGO_CFG_TARGET_ARCH").as_str()) {
        // See src/audio/ffi/plugin_loading.rs.
        pass_to_linker(&["-Wl,--defsym=dlopen=aloud_dlopen"]);
    }
    add_linker_script(STARTUP_ORDER, variable("PROFILE") == "release");
    add_linker_script(NO_UNWINDING, profile() == "small");
}

/// Sets `inline_assembly` for the processors that `asm!` is used for.
fn allow_inline_assembly() {
    println!("cargo::rustc-check-cfg=cfg(inline_assembly)");
    let processors = ["x86", "x86_64", "arm", "aarch64", "riscv64"];
    if processors.contains(&variable("CARGO_CFG_TARGET_ARCH").as_str()) {
        println!("cargo::rustc-cfg=inline_assembly");
    }
}

/// Whether the program is built for this machine's C library, and that knows packed addresses (DT_RELR), as glibc does from
/// 2.36 on. They take 300 kB less, and less time at each start.
fn loader_unpacks_addresses() -> bool {
    if variable("TARGET") != variable("HOST") || variable("CARGO_CFG_TARGET_ENV") != "gnu" {
        return false;
    }
    let asked = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let answer = asked.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let minor = answer.ok().and_then(|text| {
        let (_, minor) = text.trim().split_once("glibc 2.")?;
        minor.parse::<u32>().ok()
    });
    minor.is_some_and(|minor| minor >= 36)
}

/// Passes a script to the linker of an optimized program. (Others have more functions, and are linked more often.)
fn add_linker_script(script: &str, is_wanted: bool) {
    println!("cargo::rerun-if-changed={script}");
    if is_wanted && variable("CARGO_CFG_TARGET_OS") == "linux" {
        let folder = variable("CARGO_MANIFEST_DIR");
        pass_to_linker(&["-T", &format!("{folder}/{script}")]);
    }
}

/// Passes arguments to the linker of the program, if it accepts them. GNU's linker and LLVM's know all of them; gold and
/// mold know no scripts with sections, and old ones of mold (1.10) pack addresses so that no loader unpacks them. The
/// arguments only make the program smaller, or start faster.
fn pass_to_linker(arguments: &[&str]) {
    if can_link_with(arguments).unwrap_or(false) {
        for argument in arguments {
            println!("cargo::rustc-link-arg-bins={argument}");
        }
    }
}

/// Whether a program that does nothing can be linked with these arguments, as the real one is, and runs if this machine can
/// run it.
fn can_link_with(arguments: &[&str]) -> io::Result<bool> {
    let folder = PathBuf::from(variable("OUT_DIR"));
    let source = folder.join("nothing.rs");
    std::fs::write(&source, NOTHING)?;
    let mut rustc = Command::new(variable("RUSTC"));
    rustc.arg("--target").arg(variable("TARGET"));
    let flags = variable("CARGO_ENCODED_RUSTFLAGS");
    rustc.args(flags.split('\x1f').filter(|flag| !flag.is_empty()));
    if let Some(linker) = std::env::var_os("RUSTC_LINKER") {
        let mut option = OsString::from("-Clinker=");
        option.push(linker);
        rustc.arg(option);
    }
    for argument in arguments {
        rustc.arg(format!("-Clink-arg={argument}"));
    }
    let program = folder.join("nothing");
    rustc.arg("-o").arg(&program).arg(source);
    let is_linked = rustc.output()?.status.success();
    Ok(is_linked && (variable("TARGET") != variable("HOST") || runs(&program)?))
}

fn runs(program: &Path) -> io::Result<bool> {
    Ok(Command::new(program).output()?.status.success())
}

/// The profile that is built. Cargo names it only in the path of the output folder: `target/PROFILE/build/…/out`.
fn profile() -> String {
    let out = PathBuf::from(variable("OUT_DIR"));
    let build = out.ancestors().find(|folder| folder.ends_with("build"));
    let folder = build.and_then(Path::parent).and_then(Path::file_name);
    folder.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}
