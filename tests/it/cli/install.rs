//! `make install` and `make uninstall`.

use crate::common::Dir;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// make without what `make test` tells its own commands: it complains about the jobs that are not its own.
fn make_of_a_user(target: &str) -> Command {
    let mut make = Command::new("make");
    make.args(["--silent", target])
        .env_remove("MAKEFLAGS")
        .env_remove("TARGET")
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    make
}

/// Runs make with these variables, and with `built/` and `root/` of the directory as CARGO_TARGET_DIR and DESTDIR.
fn make(dir: &Dir, target: &str, variables: &[&str]) -> Output {
    make_of_a_user(target)
        .arg(format!("CARGO_TARGET_DIR={}", dir.at("built").display()))
        .arg(format!("DESTDIR={}", dir.at("root").display()))
        .args(variables)
        .output()
        .unwrap()
}

#[track_caller]
fn succeed(output: &Output) {
    assert!(output.status.success(), "{output:?}");
}

/// The files below a folder, by their paths from there.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(folder).unwrap();
                found.insert(relative.to_str().unwrap().to_owned());
            }
        }
    }
    found
}

/// A directory in which aloud was "built".
fn built(path: &str) -> Dir {
    let dir = Dir::new();
    let program = dir.at("built").join(path);
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_aloud"), program).unwrap();
    dir
}

#[test]
fn what_is_installed_can_be_removed() {
    let dir = built("release/aloud");
    succeed(&make(&dir, "install", &["PREFIX=/opt/a b"]));
    let installed = files(&dir.at("root"));
    for file in [
        "opt/a b/bin/aloud",
        "opt/a b/share/man/man1/aloud.1",
        "opt/a b/share/man/man1/aloud-play.1",
        "opt/a b/share/man/man7/aloud-compat.7",
        "opt/a b/share/bash-completion/completions/aloud",
        "opt/a b/share/zsh/site-functions/_aloud",
        "opt/a b/share/fish/vendor_completions.d/aloud.fish",
    ] {
        assert!(installed.contains(file), "{file} is not in {installed:?}");
    }
    let version = Command::new(dir.at("root/opt/a b/bin/aloud"))
        .arg("--version")
        .output()
        .unwrap();
    succeed(&version);

    succeed(&make(&dir, "uninstall", &["PREFIX=/opt/a b"]));
    assert_eq!(files(&dir.at("root")), BTreeSet::new());
}

#[test]
fn folders_and_the_target_can_be_chosen() {
    let dir = built("riscv/release/aloud");
    let variables = ["TARGET=riscv", "bindir=/b", "mandir=/m", "zshdir=/z"];
    succeed(&make(&dir, "install", &variables));
    let installed = files(&dir.at("root"));
    for file in ["b/aloud", "m/man1/aloud.1", "z/_aloud"] {
        assert!(installed.contains(file), "{file} is not in {installed:?}");
    }
}

#[test]
fn installing_without_a_build_fails_and_installs_nothing() {
    let dir = Dir::new();
    let output = make(&dir, "install", &[]);
    assert!(!output.status.success());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("run 'make build' first"), "{message}");
    assert_eq!(files(&dir.at("root")), BTreeSet::new());
}

#[test]
fn other_names_are_linked_where_the_user_says_and_replace_nothing() {
    let dir = built("release/aloud");
    let output = make(&dir, "install-compat", &[]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && message.contains("BINDIR=FOLDER"),
        "{message}"
    );
    let variables = ["BINDIR=/own", "PREFIX=/usr"];
    succeed(&make(&dir, "install", &variables));
    succeed(&make(&dir, "install-compat", &variables));
    let link = dir.at("root/own/amixer");
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("/usr/bin/aloud"));
    let again = make(&dir, "install-compat", &variables);
    assert!(!again.status.success());
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("/usr/bin/aloud"));
}

#[test]
fn links_lead_to_a_program_in_a_relative_folder() {
    let dir = built("release/aloud");
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut prefix: PathBuf = checkout.iter().skip(1).map(|_| "..").collect();
    prefix.extend(dir.at("prefix").iter().skip(1));
    let prefix = format!("PREFIX={}", prefix.display());
    let links = format!("BINDIR={}", dir.at("links").display());
    let variables = ["DESTDIR=", &prefix, &links];
    succeed(&make(&dir, "install", &variables));
    succeed(&make(&dir, "install-compat", &variables));
    let linked = fs::read_link(dir.at("links/aplay")).unwrap();
    assert_eq!(linked, dir.at("prefix/bin/aloud"));
}

#[test]
fn other_names_are_not_linked_to_a_program_that_is_not_installed() {
    let dir = built("release/aloud");
    let output = make(&dir, "install-compat", &["BINDIR=/own"]);
    assert!(!output.status.success());
    let messages = String::from_utf8(output.stderr).unwrap();
    let (message, of_make) = messages.split_once('\n').unwrap();
    let program = dir.at("root/usr/local/bin/aloud");
    assert!(
        message.contains(program.to_str().unwrap()) && message.contains("run 'make install' first"),
        "{message}"
    );
    assert_eq!(of_make.lines().count(), 1, "{of_make}");
    assert_eq!(files(&dir.at("root")), BTreeSet::new());
}

/// cargo's own message has 50 lines, and names no package.
#[test]
fn a_build_without_headers_names_the_packages_in_one_line() {
    let output = make_of_a_user("build")
        .env("PKG_CONFIG_LIBDIR", "/nonexistent")
        .output()
        .unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    let messages = String::from_utf8(output.stderr).unwrap();
    let (message, of_make) = messages.split_once('\n').unwrap();
    assert!(message.contains("libasound2-dev"), "{message}");
    assert_eq!(of_make.lines().count(), 1, "{of_make}");
}
