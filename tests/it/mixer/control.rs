//! `aloud mixers`, `mixer get` and `mixer set`.

use crate::common::Dir;

#[test]
fn missing_mixers_are_not_found() {
    let dir = Dir::new();
    for args in [
        "mixers -D nosuch",
        "mixers -D hw:31",
        "mixers -c Nosuch",
        "mixers -c 31",
        "mixer get -D nosuch",
        "mixer get Master -D hw:Nosuch",
        "mixer set Master 40% -D nosuch",
        "mixer set Master 40% -c Nosuch",
    ] {
        let outcome = dir.aloud(args.split(' ')).fail(3);
        outcome.error_line();
        assert!(outcome.stdout.is_empty(), "{args}: {outcome}");
        let error = dir.aloud(args.split(' ')).arg("--json").fail(3).error();
        assert_eq!(error["kind"], "not_found", "{args}");
    }
}

#[test]
fn misspelled_mixer_names_get_a_suggestion() {
    let dir = Dir::new();
    for (device, hint) in [
        ("defualt", "nearest: default"),
        ("hv:0", "nearest: hw:0"),
        ("plughw:3", "'hw:3'"),
        ("null", "that is a PCM"),
    ] {
        let outcome = dir.aloud(["mixers", "-D", device]).fail(3);
        assert!(outcome.stderr().contains(hint), "{device}: {outcome}");
    }
}

#[test]
fn the_mixer_of_a_missing_plugin_is_not_suggested_again() {
    let dir = Dir::new();
    dir.write("alsa.conf", "pcm.other { type null }\n");
    let outcome = dir.aloud(["mixer", "get", "-D", "pulse"]).fail(3);
    let hint = "install the package libasound2-plugins or alsa-plugins";
    assert_eq!(outcome.hints(), [hint], "{outcome}");
}

#[test]
fn usage_errors_have_status_2() {
    let dir = Dir::new();
    for args in [
        "mixers more",
        "mixer",
        "mixer bogus",
        "mixer get Master more",
        "mixer set",
        "mixer set Master",
        "mixer set Master 40% --over soon",
        "mixer set Master 40% --channel 32",
        "mixer set Master 40% --channel -1",
        "mixer set Master 40% --playback --capture",
        "mixer set Master 40% --batch lines",
    ] {
        dir.aloud(args.split(' ')).fail(2);
    }
}

#[test]
fn unreadable_batch_is_an_error() {
    let dir = Dir::new();
    let missing = dir
        .aloud(["mixer", "set", "-D", "nosuch", "--batch", "lines"])
        .fail(3);
    assert!(missing.error_line().contains("'lines'"), "{missing}");
    dir.write("lines", "x".repeat(100_000));
    let long = dir
        .aloud(["mixer", "set", "-D", "nosuch", "--batch", "lines"])
        .fail(10);
    assert!(long.error_line().contains("line 1 is too long"), "{long}");
}

#[test]
fn batch_reports_bad_lines_by_number_and_a_missing_mixer_once() {
    let dir = Dir::new();
    let batch = ["mixer", "set", "-D", "nosuch", "--batch", "-"];
    let lines = "# nothing\n\n'Master 40%\nMaster 40%\nMaster 41%\n";
    let outcome = dir.aloud(batch).stdin(lines).fail(3);
    let lines = outcome.stderr().lines();
    let reported: Vec<_> = lines.filter(|line| line.starts_with("aloud: ")).collect();
    assert!(
        reported[0].starts_with("aloud: line 3: a quote"),
        "{outcome}"
    );
    assert!(
        reported[1].starts_with("aloud: cannot open 'nosuch'"),
        "{outcome}"
    );
    assert_eq!(reported.len(), 2, "{outcome}");
    // An empty batch succeeds and needs no mixer.
    let nothing = dir.aloud(batch).stdin("# nothing\n").succeed();
    assert!(nothing.stderr.is_empty(), "{nothing}");
}
