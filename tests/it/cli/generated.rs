//! `completions/` and `man/` match the program: `make generate` was run after the last change.

use crate::common::Dir;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn checkout(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn files_in(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(checkout(folder))
        .unwrap_or_else(|error| panic!("{folder}/: {error}; run `make generate`"));
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect()
}

/// Runs the program in an environment that would change its output, if it depended on it.
fn output_of(dir: &Dir, args: &[&str]) -> Vec<u8> {
    let program = dir.aloud(args).env("ALOUD_DEVICE", "elsewhere");
    let outcome = program.env("COLUMNS", "40").succeed();
    assert!(outcome.stderr.is_empty(), "{outcome}");
    outcome.stdout
}

fn assert_committed(dir: &Dir, file: &str, args: &[&str]) {
    let committed = fs::read(checkout(file));
    let committed =
        committed.unwrap_or_else(|error| panic!("{file}: {error}; run `make generate`"));
    assert!(
        committed == output_of(dir, args),
        "{file} is not what `aloud {}` prints: run `make generate`",
        args.join(" ")
    );
}

/// The commands that `--help` lists.
fn commands(dir: &Dir) -> Vec<String> {
    let help = dir.aloud(["--help"]).succeed();
    let lines = help.stdout().lines();
    let listed = lines
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    // Continued descriptions are indented more than commands.
    let word = |line: &str| {
        line.strip_prefix("  ")?
            .split(' ')
            .next()
            .map(str::to_owned)
    };
    let commands: Vec<_> = listed
        .filter_map(word)
        .filter(|word| !word.is_empty())
        .collect();
    assert!(commands.contains(&"play".to_owned()), "{help}");
    commands
}

#[test]
fn committed_completions_are_current() {
    let dir = Dir::new();
    let shells = [
        ("bash", "aloud.bash"),
        ("zsh", "_aloud"),
        ("fish", "aloud.fish"),
    ];
    for (shell, file) in shells {
        assert_committed(
            &dir,
            &format!("completions/{file}"),
            &["completions", shell],
        );
    }
    let files = shells.map(|(_, file)| file.to_owned());
    assert_eq!(
        files_in("completions"),
        BTreeSet::from(files),
        "and no others"
    );
}

#[test]
fn committed_manual_is_current() {
    let dir = Dir::new();
    assert_committed(&dir, "man/aloud.1", &["man"]);
    // The page of section 7 is written by hand.
    let mut files = BTreeSet::from(["aloud.1", "aloud-compat.7"].map(str::to_owned));
    for command in commands(&dir) {
        let file = format!("aloud-{command}.1");
        assert_committed(&dir, &format!("man/{file}"), &["man", &command]);
        files.insert(file);
    }
    assert_eq!(files_in("man"), files, "and no others");
}

#[test]
fn manual_of_an_unknown_command_is_a_usage_error() {
    let dir = Dir::new();
    dir.aloud(["man", "nosuch"]).fail(2);
}

#[test]
fn bash_completions_can_be_sourced() {
    let dir = Dir::new();
    dir.write("aloud.bash", output_of(&dir, &["completions", "bash"]));
    dir.program("bash", ["-n", "aloud.bash"]).succeed();
    let script = "source ./aloud.bash; complete -p aloud";
    let outcome = dir.program("bash", ["-c", script]).succeed();
    assert!(outcome.stdout().contains("-F"), "{outcome}");
}
