//! `aloud doctor` where no card is needed: configuration, variables, servers, and its output.

use crate::common::{Dir, Outcome, Program};
use serde_json::Value;
use std::os::unix::net::UnixListener;

/// `aloud doctor --json` without a sound server.
fn doctor(dir: &Dir) -> Program {
    let runtime = dir.path().to_str().unwrap().to_owned();
    dir.aloud(["doctor", "--json"])
        .env("XDG_RUNTIME_DIR", runtime)
        .env("PULSE_SERVER", "")
}

/// The report of a check.
#[track_caller]
fn check(outcome: &Outcome, name: &str) -> Value {
    let document: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    let checks = document["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["check"] == name);
    found
        .unwrap_or_else(|| panic!("{name} in {document}"))
        .clone()
}

#[track_caller]
fn assert_problem(outcome: &Outcome, name: &str, words: &str) -> Value {
    let report = check(outcome, name);
    assert_eq!(report["verdict"], "problem", "{report}");
    assert_eq!(outcome.status.code(), Some(9), "{outcome}");
    let finding = report["finding"].as_str().unwrap();
    assert!(finding.contains(words), "{report}");
    report
}

#[test]
fn an_invalid_configuration_is_named_with_file_and_line() {
    let dir = Dir::new();
    dir.write(".asoundrc", "pcm.x { type null }\ncard }\n");
    let outcome = doctor(&dir)
        .env("ALSA_CONFIG_PATH", "/usr/share/alsa/alsa.conf")
        .run();
    let report = assert_problem(&outcome, "configuration", "is invalid");
    let advice = report["advice"][0].as_str().unwrap();
    let expected = format!("correct line 2 of {}", dir.at(".asoundrc").display());
    assert!(advice.starts_with(&expected), "{advice}");
}

#[test]
fn a_missing_configuration_is_a_problem() {
    let dir = Dir::new();
    let outcome = doctor(&dir)
        .env("ALSA_CONFIG_PATH", dir.at("none.conf"))
        .run();
    assert_problem(&outcome, "configuration", "none.conf is missing");
}

#[test]
fn cards_that_do_not_exist_are_named() {
    let dir = Dir::new();
    let text = "</usr/share/alsa/alsa.conf>\npcm.!default { type null }\npcm.x {\n type hw\n card Nosuch\n}\n";
    dir.write("alsa.conf", text);
    let outcome = doctor(&dir).run();
    let report = assert_problem(&outcome, "named_cards", "names card 'Nosuch' in line 5");
    assert!(report["advice"][0].as_str().unwrap().contains("alsa.conf"));
    let outcome = doctor(&dir).env("ALSA_CARD", "Nosuch").run();
    let report = assert_problem(&outcome, "environment", "ALSA_CARD names card 'Nosuch'");
    assert_eq!(report["advice"][0], "unset ALSA_CARD");
}

#[test]
fn a_server_that_hangs_is_reported() {
    let dir = Dir::new();
    std::fs::create_dir(dir.at("pulse")).unwrap();
    // It accepts connections, because the kernel does, and never answers.
    let _server = UnixListener::bind(dir.at("pulse/native")).unwrap();
    let _other = UnixListener::bind(dir.at("pipewire-0")).unwrap();
    let outcome = doctor(&dir).run();
    let report = assert_problem(&outcome, "servers", "does not answer");
    // It depends on what runs on this machine.
    let advice = [
        "systemctl --user restart pulseaudio",
        "systemctl --user restart pipewire-pulse",
    ];
    assert!(
        advice.iter().any(|one| report["advice"][0] == *one),
        "{report}"
    );
}

#[test]
fn the_default_device_is_opened() {
    let dir = Dir::new();
    let outcome = doctor(&dir).run();
    let report = check(&outcome, "output");
    assert_eq!(report["verdict"], "ok", "{report}");
    assert!(
        report["details"][0]
            .as_str()
            .unwrap()
            .starts_with("plugins: file, null")
    );
    let outcome = doctor(&dir).args(["-D", "nosuch"]).run();
    let report = check(&outcome, "output");
    assert_eq!(report["verdict"], "problem", "{report}");
}

#[test]
fn rows_are_marked_and_fit_80_columns() {
    let dir = Dir::new();
    let runtime = dir.path().to_str().unwrap().to_owned();
    let run = |words: &[&str], locale: &str| {
        let program = dir.aloud(words).env("XDG_RUNTIME_DIR", &runtime);
        program
            .env("LC_ALL", locale)
            .env("ALSA_CARD", "Nosuch")
            .run()
    };
    let outcome = run(&["doctor"], "C.UTF-8");
    assert_eq!(outcome.status.code(), Some(9));
    let text = outcome.stdout();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines.iter().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(
        text.contains("✗ environment    ALSA_CARD names card 'Nosuch'"),
        "{text}"
    );
    assert!(outcome.stderr().contains("problem"), "{outcome}");
    let quiet = run(&["doctor", "-q"], "C");
    assert!(
        quiet.stdout().contains("X environment    ALSA_CARD"),
        "{quiet}"
    );
    let is_problem = |line: &str| line.starts_with("X ") || line.starts_with("   ");
    assert!(quiet.stdout().lines().all(is_problem), "{quiet}");
    assert!(quiet.stderr.is_empty(), "{quiet}");
    let colored = run(&["doctor", "-q", "--color", "always"], "C");
    assert!(
        colored
            .stdout()
            .contains("\u{1b}[1m\u{1b}[31mX\u{1b}[0m environment"),
        "{colored}"
    );
}
