//! Several devices recorded together.

use crate::common::Dir;

#[test]
fn the_file_has_the_channels_of_all_devices() {
    let dir = Dir::new();
    let record = ["record", "--json", "-D", "null", "-D", "plug:null"];
    let outcome = dir.aloud(record).args(["-s", "5000", "x.wav"]).succeed();
    assert!(outcome.stdout().contains(r#""first_channel":3"#));
    assert_eq!(dir.read("x.wav").len(), 44 + 5000 * 8);
}

#[test]
fn the_default_device_is_not_the_first_of_several() {
    let dir = Dir::new();
    let record = ["record", "--json", "-s", "100", "-D", "null", "x.wav"];
    let outcome = dir.aloud(record).env("ALOUD_DEVICE", "null").succeed();
    assert!(!outcome.stdout().contains(r#""devices":"#));
    assert_eq!(dir.read("x.wav").len(), 44 + 100 * 4);
}

#[test]
fn commands_with_one_device_take_the_last_one() {
    let dir = Dir::new();
    let info = dir.aloud(["info", "--json", "-D", "nowhere", "-D", "null"]);
    assert!(info.succeed().stdout().contains("\"null\""));
}
