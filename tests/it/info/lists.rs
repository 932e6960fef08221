//! `aloud list-pcms` and `aloud list-cards`.

use crate::common::{Dir, keys};
use serde_json::json;

#[test]
fn pcms_are_listed_with_description_and_direction() {
    let dir = Dir::new();
    let list = |options: &[&str]| {
        dir.aloud(["list-pcms", "--json"])
            .args(options)
            .succeed()
            .json()
    };
    let all = list(&["-a"]);
    for pcm in all.as_array().unwrap() {
        assert_eq!(keys(pcm), ["name", "description", "direction"]);
        assert!(
            ["playback", "capture", "both"].contains(&pcm["direction"].as_str().unwrap()),
            "{pcm}"
        );
    }
    let tap = json!({"name": "tap", "description": ["A tap", "for tests"], "direction": "both"});
    for options in [&[][..], &["-P"], &["-C"], &["-a"]] {
        let listed = list(options);
        let listed = listed.as_array().unwrap();
        assert!(listed.contains(&tap), "{options:?}");
        assert!(
            listed.iter().any(|pcm| pcm["name"] == "null"),
            "{options:?}"
        );
        assert!(
            listed
                .iter()
                .all(|pcm| all.as_array().unwrap().contains(pcm)),
            "{options:?}"
        );
    }
    let text = dir.aloud(["list-pcms"]).succeed();
    assert!(
        text.stdout().contains("tap\n    A tap\n    for tests\n"),
        "{text}"
    );
    dir.aloud(["list-pcms", "-P", "-C"]).fail(2);
}

#[test]
fn no_cards_is_an_empty_list_and_a_message() {
    let dir = Dir::new();
    // On machines with cards, the tests on kernel cards compare the list with aplay's.
    if std::path::Path::new("/proc/asound/card0").exists() {
        let cards = dir.aloud(["list-cards", "--json"]).succeed().json();
        assert_eq!(cards[0]["index"], 0);
        return;
    }
    let outcome = dir.aloud(["list-cards", "--json"]).succeed();
    assert_eq!(outcome.json(), json!([]));
    let outcome = dir.aloud(["list-cards"]).succeed();
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert_eq!(outcome.stderr().lines().count(), 1, "{outcome}");
    let outcome = dir.aloud(["list-cards", "-q"]).succeed();
    assert!(outcome.stderr.is_empty(), "{outcome}");
}

#[test]
fn devices_starts_with_the_default() {
    let dir = Dir::new();
    let outcome = dir.aloud(["devices"]).succeed();
    let mut lines = outcome.stdout().lines();
    let header: Vec<_> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(header, ["TYPE", "NAME", "PLAYS", "RECORDS", "USE"]);
    assert!(lines.next().unwrap().starts_with("  default "), "{outcome}");
    let rows = dir.aloud(["ls", "--json"]).succeed().json();
    let keys = crate::common::keys(&rows[0]);
    let documented = [
        "name",
        "kind",
        "title",
        "pcm",
        "card_index",
        "card_id",
        "device_index",
        "default",
        "resolves_to",
        "playback",
        "capture",
        "free",
        "holders",
        "error",
    ];
    assert_eq!(keys, documented);
}
