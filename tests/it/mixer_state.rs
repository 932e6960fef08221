//! Elements, states and watching where there is no mixer: what is wrong is told, and in the right order.
//! What they do is tested in `tests/servers` and `tests/vm`.

use crate::common::Dir;

#[test]
fn a_mixer_that_is_not_there_is_not_found() {
    let dir = Dir::new();
    dir.write(
        "state",
        r#"{"format":"aloud mixer state","version":1,"card":{"id":"X","name":"X"},"elements":[]}"#,
    );
    for words in [
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
        let outcome = dir.aloud(words.split(' ')).fail(3);
        outcome.error_line();
        assert!(outcome.stdout.is_empty(), "{words}: {outcome}");
    }
    assert!(!dir.at("file").exists());
}

#[test]
fn what_names_no_element_is_refused_before_anything_is_opened() {
    let dir = Dir::new();
    for id in ["numid=0", "numid=1x", "iface=BOGUS,name=X", "name='X"] {
        for command in ["get", "watch", "set"] {
            let value = ["40"].into_iter().filter(|_| command == "set");
            let words = ["mixer", command, id].into_iter().chain(value);
            let outcome = dir.aloud(words.chain(["-D", "nosuch"])).fail(2);
            assert!(outcome.error_line().contains("element"), "{outcome}");
        }
    }
}

#[test]
fn a_file_that_is_no_state_is_status_10_and_named() {
    let dir = Dir::new();
    for content in [
        "",
        "{",
        "[1]",
        "\u{0}",
        r#"{"format":"aloud mixer state","version":2}"#,
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
