//! `mixer elements`, `save`, `load` and `watch`.

use crate::common::Dir;

#[test]
fn missing_mixers_are_not_found() {
    let dir = Dir::new();
    dir.write(
        "state",
        r#"{"format":"aloud mixer state","format_version":1,"card":{"id":"X","name":"X"},"elements":[]}"#,
    );
    for args in [
        "mixer elements -D nosuch",
        "mixer elements -c Nosuch",
        "mixer get numid=1 -D nosuch",
        "mixer set numid=1 40 -D nosuch",
        "mixer save file -D nosuch",
        "mixer load state -D nosuch",
        "mixer load nofile -D nosuch",
        "mixer watch -D nosuch",
        "mixer watch -c 31",
    ] {
        let outcome = dir.aloud(args.split(' ')).fail(3);
        outcome.error_line();
        assert!(outcome.stdout.is_empty(), "{args}: {outcome}");
    }
    assert!(!dir.at("file").exists());
}

#[test]
fn invalid_element_ids_are_usage_errors() {
    let dir = Dir::new();
    for id in ["numid=0", "numid=1x", "iface=BOGUS,name=X", "name='X"] {
        for command in ["get", "watch", "set"] {
            let value = ["40"].into_iter().filter(|_| command == "set");
            let args = ["mixer", command, id].into_iter().chain(value);
            let outcome = dir.aloud(args.chain(["-D", "nosuch"])).fail(2);
            assert!(outcome.error_line().contains("element"), "{outcome}");
        }
    }
}

#[test]
fn invalid_state_files_are_status_10() {
    let dir = Dir::new();
    for content in [
        "",
        "{",
        "[1]",
        "\u{0}",
        r#"{"format":"aloud mixer state","format_version":2}"#,
    ] {
        dir.write("state", content);
        let outcome = dir
            .aloud(["mixer", "load", "state", "-D", "nosuch"])
            .fail(10);
        assert!(outcome.error_line().contains("'state'"), "{outcome}");
        let outcome = dir
            .aloud(["mixer", "load", "-", "-D", "nosuch"])
            .stdin(content)
            .fail(10);
        assert!(
            outcome.error_line().contains("'standard input'"),
            "{outcome}"
        );
    }
}
