//! Usage errors, help, suggestions, and the names of devices and files as arguments.

use crate::common::{Dir, Layout, STEREO, keys, noise, silence, wav};
use serde_json::json;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

#[test]
fn usage_errors_have_status_2_and_the_common_form() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    for args in [
        "nosuch",
        "play --nosuch song.wav",
        "play -D",
        "play -c 0 song.wav",
        "play -c -1 song.wav",
        "play -c two song.wav",
        "play -c 9999999999 song.wav",
        "play -r 0 song.wav",
        "play -r fast song.wav",
        "play -r 44100.5 song.wav",
        "play -d -1 song.wav",
        "play -d=-1 song.wav",
        "play -d soon song.wav",
        "play -d 1:60 song.wav",
        "play -s -1 song.wav",
        "play -s 0.5 song.wav",
        "play -f bogus song.wav",
        "play -t bogus song.wav",
        "play -m FL,bogus song.wav",
        "play --period-size 0 song.wav",
        "play --buffer-size -1 song.wav",
        "play -F 0 song.wav",
        "play -B forever song.wav",
        "play -F 10ms --period-size 480 song.wav",
        "play --periods 0 song.wav",
        "play --card -1 song.wav",
        "play --tstamp-type bogus song.wav",
        "play -A -5 song.wav",
        "play --color sometimes song.wav",
        "info --probe --dump",
        "info -P -C",
        "list-cards more",
        "completions bogus",
        "completions",
    ] {
        let outcome = dir.aloud(args.split(' ')).fail(2);
        outcome.error_line();
        assert!(outcome.stdout.is_empty(), "{args}: {outcome}");
        let outcome = dir.aloud(args.split(' ')).arg("--json").fail(2);
        let error = outcome.error();
        assert_eq!(error["kind"], "usage", "{args}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.starts_with("error"), "{args}: {message}");
    }
}

#[test]
fn global_options_are_accepted_at_each_level() {
    let dir = Dir::new();
    let aloud = |args: &str| dir.aloud(args.split(' '));
    for args in ["--json list-pcms", "list-pcms --json"] {
        let stdout = aloud(args).succeed().stdout;
        assert!(stdout.starts_with(b"["), "{args}");
    }
    for args in [
        "--json mixer get -c 99 x",
        "mixer --json get -c 99 x",
        "mixer get --json -c 99 x",
    ] {
        assert_ne!(aloud(args).run().error()["kind"], "usage", "{args}");
    }
    // The one closest to the command counts.
    for (args, is_colored) in [
        ("--color always play nosuch", true),
        ("play --color always nosuch", true),
        ("--color never play --color always nosuch", true),
        ("--color always play --color never nosuch", false),
    ] {
        let outcome = aloud(args).run();
        assert_eq!(outcome.stderr.contains(&b'\x1b'), is_colored, "{args}");
    }
}

#[test]
fn a_negative_value_is_not_taken_for_an_option() {
    let dir = Dir::new();
    for (args, start) in [
        (
            "play -r -44100 x",
            "invalid value '-44100' for '--rate <HZ>': expected a rate",
        ),
        (
            "tone --speaker -1",
            "invalid value '-1' for '--speaker <N>': expected 1 to 1024",
        ),
        ("play -q -1 x", "unexpected argument '-1' found"),
    ] {
        let outcome = dir.aloud(args.split(' ')).fail(2);
        let line = outcome.error_line();
        assert!(
            line.starts_with(&format!("aloud: {start}")),
            "{args}: {line}"
        );
    }
}

#[test]
fn json_errors_are_one_object_with_the_kind_of_their_status() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    dir.write("bad.wav", "no sound");
    let float = Layout {
        tag: 3,
        bits: 32,
        bytes: 4,
        ..STEREO
    };
    dir.write("float.wav", wav(float, &silence(4000)));
    // (args, status, kind, device, file)
    let cases = [
        ("play -c 0 song.wav", 2, "usage", None, None),
        ("play -D tap -t raw bad.wav", 2, "usage", None, None),
        ("play -D hw:9 song.wav", 3, "not_found", Some("hw:9"), None),
        ("play --card 31 song.wav", 3, "not_found", Some("31"), None),
        ("info --card usb:9-9", 3, "not_found", Some("usb:9-9"), None),
        (
            "play -D nosuch song.wav",
            3,
            "not_found",
            Some("nosuch"),
            None,
        ),
        (
            "play -D tap gone.wav",
            3,
            "not_found",
            None,
            Some("gone.wav"),
        ),
        (
            "play --exact -D linear float.wav",
            6,
            "unsupported",
            Some("linear"),
            None,
        ),
        (
            "play -D tap bad.wav",
            10,
            "invalid_input",
            None,
            Some("bad.wav"),
        ),
        ("info -D nosuch", 3, "not_found", Some("nosuch"), None),
        ("info --probe -D hw:9", 3, "not_found", Some("hw:9"), None),
    ];
    for (args, status, kind, device, file) in cases {
        let outcome = dir.aloud(args.split(' ')).arg("--json").fail(status);
        let error = outcome.error();
        assert_eq!(
            keys(&error),
            ["kind", "device", "file", "message", "hint"],
            "{args}"
        );
        assert_eq!(error["kind"], kind, "{args}");
        assert_eq!(error["device"], json!(device), "{args}");
        assert_eq!(error["file"], json!(file), "{args}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains('\n'), "{args}");
        let hint = &error["hint"];
        assert!(hint.is_null() || hint.is_string(), "{args}");
    }
}

#[test]
fn no_command_prints_help() {
    let dir = Dir::new();
    let nothing: [&str; 0] = [];
    let outcome = dir.aloud(nothing).fail(2);
    assert!(outcome.stderr().contains("list-pcms"), "{outcome}");
    assert_eq!(dir.aloud(["--json"]).fail(2).error()["kind"], "usage");
}

#[test]
fn help_and_version_go_to_stdout() {
    let dir = Dir::new();
    for args in [
        &["--help"][..],
        &["-h"],
        &["play", "--help"],
        &["play", "-h"],
        &["info", "--help"],
    ] {
        let outcome = dir.aloud(args).succeed();
        assert!(
            outcome.stderr.is_empty() && outcome.stdout().contains("Usage:"),
            "{outcome}"
        );
    }
    for word in ["--version", "-V"] {
        let outcome = dir.aloud([word]).succeed();
        let version = format!("aloud {} (libasound 1.", env!("CARGO_PKG_VERSION"));
        assert!(outcome.stdout().starts_with(&version), "{outcome}");
    }
}

#[test]
fn an_empty_file_name_is_not_a_missing_one() {
    let dir = Dir::new();
    let line = |args: &[&str]| dir.aloud(args).fail(2).error_line().to_owned();
    assert_eq!(
        line(&["play", "-D", "null", ""]),
        "aloud: a value is required for '[FILE]...' but it is empty (an unset variable?)"
    );
    assert!(line(&["play", "-D"]).ends_with("but none was supplied"));
}

#[test]
fn misspelled_words_get_a_suggestion() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    for (args, status, right) in [
        ("play -f s16le song.wav", 2, "S16_LE"),
        ("play -t wva song.wav", 2, "wav"),
        ("play --devise tap song.wav", 2, "--device"),
        ("plya song.wav", 2, "play"),
        ("list-cads", 2, "list-cards"),
        ("play -D tpa song.wav", 3, "tap"),
        ("play -D nul song.wav", 3, "null"),
        ("play -D defualt song.wav", 3, "default"),
        ("info -D plughv:0", 3, "plughw:0"),
    ] {
        let outcome = dir.aloud(args.split(' ')).fail(status);
        assert!(outcome.stderr().contains(right), "{args}: {outcome}");
    }
}

#[test]
fn missing_pcms_are_not_found() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    for device in [
        "nosuch",
        "hw:Nosuch",
        "plughw:Nosuch",
        "default:CARD=Nosuch",
        "hw:31",
    ] {
        for args in [
            &["play", "song.wav"][..],
            &["info"],
            &["info", "--probe"],
            &["info", "-C"],
        ] {
            let outcome = dir.aloud(args).args(["-D", device]).fail(3);
            assert!(
                outcome.error_line().contains(&format!("'{device}'")),
                "{outcome}"
            );
        }
    }
}

#[test]
fn libasound_messages_appear_only_with_verbose() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    let quiet = dir.aloud(["play", "-D", "hw:Nosuch", "song.wav"]).fail(3);
    assert!(!quiet.stderr().contains("ALSA lib"), "{quiet}");
    let verbose = dir
        .aloud(["play", "-v", "-D", "hw:Nosuch", "song.wav"])
        .fail(3);
    assert!(verbose.stderr().contains("libasound: "), "{verbose}");
}

#[test]
fn file_names_need_not_be_utf_8() {
    let dir = Dir::new();
    let name = OsStr::from_bytes(b"caf\xe9 \xff\xfe.wav");
    let data = noise(4000, 2);
    dir.write(Path::new(name), wav(STEREO, &data));
    dir.play([name]).succeed();
    dir.assert_played(&data, "by its name");
    let outcome = dir.play(["--json"]).arg(name).succeed();
    dir.assert_played(&data, "with --json");
    assert!(outcome.stdout().contains("caf"), "{outcome}");
    let gone = OsStr::from_bytes(b"gone\xff.wav");
    let outcome = dir.play([gone]).fail(3);
    assert!(outcome.error_line().contains("gone"), "{outcome}");
    // The names of the channel files are derived from one name, byte for byte.
    let base = OsStr::from_bytes(b"take\xff");
    for channel in [b"take\xff.0", b"take\xff.1"] {
        dir.write(Path::new(OsStr::from_bytes(channel)), silence(4000));
    }
    let raw = ["-I", "-f", "S16_LE", "-r", "48000", "-c", "2"];
    dir.play(raw).arg(base).succeed();
    dir.assert_played(&silence(8000), "both channels");
    // The process ID file as well.
    let pid = OsStr::from_bytes(b"pid\xff");
    dir.play(["--process-id-file"]).arg(pid).arg(name).succeed();
    assert!(!dir.at(Path::new(pid)).exists());
}

#[test]
fn option_values_must_be_utf_8() {
    let dir = Dir::new();
    let odd = OsStr::from_bytes(b"x\xff");
    for option in ["-D", "-f", "-r"] {
        let outcome = dir
            .aloud([OsStr::new("play"), OsStr::new(option), odd])
            .fail(2);
        outcome.error_line();
    }
}

#[test]
fn very_long_names_are_errors() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    let long = "x".repeat(100_000);
    let outcome = dir.play([&long]).fail(10);
    assert!(
        outcome.stderr().contains("too long"),
        "{:?}",
        outcome.status
    );
    for args in [
        &["play", "song.wav", "-D"][..],
        &["info", "-D"],
        &["play", "song.wav", "-f"],
        &["play", "song.wav", "-t"],
    ] {
        let outcome = dir.aloud(args).arg(&long).run();
        assert!(
            matches!(outcome.status.code(), Some(2 | 3)),
            "{args:?}: {}",
            outcome.status
        );
    }
    let deep = "d/".repeat(50_000);
    assert!(dir.play([&deep]).run().status.code().is_some());
}

#[test]
fn a_repeated_option_replaces_the_earlier_one() {
    let dir = Dir::new();
    let data = noise(4000, 2);
    dir.write("song.wav", wav(STEREO, &data));
    let repeated = ["play", "-q", "-q", "-D", "tap", "-r", "8000", "-r", "48000"];
    let outcome = dir.aloud(repeated).arg("song.wav").succeed();
    assert!(outcome.stderr.is_empty(), "{outcome}");
    dir.assert_played(&data, "at the last rate");
}

#[test]
fn an_empty_aloud_device_is_unset() {
    let dir = Dir::new();
    let data = noise(4000, 2);
    dir.write("song.wav", wav(STEREO, &data));
    dir.aloud(["play", "song.wav"])
        .env("ALOUD_DEVICE", "nosuch")
        .fail(3);
    let empty = dir
        .aloud(["play", "song.wav"])
        .env("ALOUD_DEVICE", "")
        .run();
    let unset = dir.aloud(["play", "song.wav"]).run();
    assert_eq!(empty.status, unset.status, "{empty}");
    assert_eq!(empty.stderr(), unset.stderr());
    // A name that was typed may not be empty.
    dir.aloud(["play", "-D", "", "song.wav"]).fail(3);
}

/// On a terminal the same code has the terminal's width.
#[test]
fn help_is_as_wide_as_the_terminal() {
    let dir = Dir::new();
    for args in ["", "-h", "--help", "play -h", "play --help", "mixer -h"] {
        let words = args.split(' ').filter(|word| !word.is_empty());
        let outcome = dir.aloud(words).env("COLUMNS", "40").run();
        let help = format!("{}{}", outcome.stdout(), outcome.stderr());
        assert!(help.contains("Usage: aloud"), "{args}: {outcome}");
        // Examples are not wrapped: they may be copied.
        let text = help.split("Examples:").next().unwrap();
        for line in text.lines() {
            assert!(line.chars().count() <= 40, "{args}: {line}");
        }
    }
    let wide = dir.aloud(["-h"]).env("COLUMNS", "300").succeed();
    assert_eq!(wide.stdout(), dir.aloud(["-h"]).succeed().stdout());
}

#[test]
fn short_help_fits_on_one_screen() {
    let dir = Dir::new();
    let lines = |args: &str| {
        let outcome = dir.aloud(args.split(' ')).env("COLUMNS", "80").succeed();
        assert!(outcome.stderr.is_empty(), "{outcome}");
        outcome.stdout().lines().count()
    };
    assert!(lines("-h") <= 24);
    let help = dir.aloud(["--help"]).succeed();
    let listed = help
        .stdout()
        .lines()
        .skip_while(|line| *line != "Commands:");
    let listed = listed.skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let short = dir.aloud(["-h"]).succeed();
    for name in names.filter(|name| !name.is_empty()) {
        assert!(lines(&format!("{name} -h")) <= 40, "{name}");
        assert!(lines(&format!("{name} --help")) >= lines(&format!("{name} -h")));
        assert!(short.stdout().contains(name), "{name}");
    }
    for name in ["get", "set", "watch", "elements", "save", "load"] {
        assert!(lines(&format!("mixer {name} -h")) <= 40, "{name}");
    }
}

#[test]
fn help_is_a_command_too() {
    let dir = Dir::new();
    for (command, option) in [
        ("help", "--help"),
        ("help play", "play --help"),
        ("help mixer set", "mixer set --help"),
        ("--color never help record", "record --help"),
    ] {
        let by_command = dir.aloud(command.split(' ')).succeed();
        let by_option = dir.aloud(option.split(' ')).succeed();
        assert_eq!(by_command.stdout(), by_option.stdout(), "{command}");
    }
    dir.aloud(["help", "nosuch"]).fail(2);
}

#[test]
fn a_file_or_another_programs_word_names_the_command() {
    let dir = Dir::new();
    dir.write("it's mine", "");
    for (word, hint) in [
        ("song.wav", "did you mean `aloud play song.wav`?"),
        ("music/a", "did you mean `aloud play music/a`?"),
        ("it's mine", r"did you mean `aloud play 'it'\''s mine'`?"),
        ("volume", "did you mean `aloud mixer set Master 40%`?"),
        ("aplay", "did you mean `aloud play`?"),
        ("speaker-test", "did you mean `aloud tone`?"),
        ("list", "did you mean `aloud devices`?"),
        ("plya", "did you mean `aloud play`?"),
        ("mute", "did you mean `aloud mixer set Master mute`?"),
        ("version", "did you mean `aloud --version`?"),
        ("alsamixer", "did you mean `aloud mixer ui`?"),
        ("alsaloop", "did you mean `aloud loopback`?"),
        ("helpp", "did you mean `aloud help`?"),
        (
            "pause",
            "Space pauses and resumes a running `aloud play` on its terminal",
        ),
        (
            "stop",
            "q ends a running `aloud play` on its terminal; `pkill -x aloud` ends every aloud",
        ),
    ] {
        let outcome = dir.aloud([word]).fail(2);
        let message = format!("aloud: there is no command '{word}'");
        assert_eq!(outcome.error_line(), message);
        assert_eq!(outcome.hints()[0], hint, "{outcome}");
    }
}

#[test]
fn options_and_words_of_aplay_and_amixer_name_the_command() {
    let dir = Dir::new();
    for (line, command) in [
        ("-l", "list-cards"),
        ("play -l", "list-cards"),
        ("play -L", "list-pcms"),
        ("record -L", "list-pcms -C"),
        ("scontrols", "mixers"),
        ("mixer sget Master", "mixer get Master"),
        ("mixer -c 0 sset Master 4%", "mixer set -c 0 Master 4%"),
        ("mixer contents", "mixer elements"),
        ("mixer 40%", "mixer set Master 40%"),
        ("--device null info", "info --device null"),
    ] {
        let outcome = dir.aloud(line.split(' ')).fail(2);
        let hint = format!("did you mean `aloud {command}`?");
        assert_eq!(outcome.hints()[0], hint, "{outcome}");
    }
}

#[test]
fn a_program_to_stand_in_for_is_named_or_suggested() {
    let dir = Dir::new();
    for (args, hint) in [
        (&["as"][..], None),
        (&["as", "foo"], None),
        (&["as", "amixre", "-c", "0"], Some("amixer")),
        (&["as", "alsactrl"], Some("alsactl")),
    ] {
        let outcome = dir.aloud(args).fail(2);
        let line = outcome.error_line();
        assert!(line.contains("alsactl, alsaloop, amixer"), "{line}");
        let hint = hint.map(|name| format!("did you mean `aloud as {name}`?"));
        assert_eq!(outcome.hints().first().map(ToString::to_string), hint);
    }
}

#[test]
fn standing_in_for_programs_has_help() {
    let dir = Dir::new();
    let help = dir.aloud(["as", "--help"]).succeed().stdout().to_string();
    assert!(
        help.contains("Usage: aloud as <PROGRAM>") && help.contains("amixer, aplay"),
        "{help}"
    );
    for args in [["as", "-h"], ["help", "as"]] {
        assert_eq!(dir.aloud(args).succeed().stdout(), help);
    }
}

#[test]
fn a_command_may_be_typed_as_an_option() {
    let dir = Dir::new();
    for (line, hint) in [
        ("--record", "did you mean `aloud record`?"),
        (
            "-q --play song.wav",
            "did you mean `aloud -q play song.wav`?",
        ),
        ("--volume 40%", "did you mean `aloud mixer set Master 40%`?"),
        ("--colour", "a similar argument exists: '--color'"),
    ] {
        let outcome = dir.aloud(line.split(' ')).fail(2);
        assert_eq!(outcome.hints()[0], hint, "{outcome}");
    }
}

#[test]
fn usage_errors_show_the_usage_of_their_command() {
    let dir = Dir::new();
    for (args, usage) in [
        (
            "nosuch",
            "usage: aloud <COMMAND> [OPTIONS] (`aloud --help` explains)",
        ),
        (
            "play --nosuch",
            "usage: aloud play [OPTIONS] [FILE]... (`aloud play --help` explains)",
        ),
        (
            "mixer -q set Master",
            "usage: aloud mixer set [OPTIONS] <CONTROL> <VALUE>...; aloud mixer set [OPTIONS] --batch <FILE> (`aloud \
             mixer set --help` explains)",
        ),
    ] {
        let outcome = dir.aloud(args.split(' ')).fail(2);
        assert!(outcome.hints().contains(&usage), "{outcome}");
    }
}

#[test]
fn color_applies_to_usage_errors_and_help() {
    let dir = Dir::new();
    let colored = |args: &str| {
        let outcome = dir.aloud(args.split(' ')).run();
        outcome.stderr.contains(&0x1b) || outcome.stdout.contains(&0x1b)
    };
    assert!(colored("--color always nosuch"));
    assert!(colored("--color=never --color=always play --help"));
    assert!(!colored("nosuch"));
    assert!(!colored("--color always --color never nosuch"));
}

#[test]
fn what_a_shell_did_not_expand_is_explained() {
    let dir = Dir::new();
    for (name, hint) in [
        (
            "$HOME/song.wav",
            "a shell does not expand $ in single quotes",
        ),
        ("~/song.wav", "a shell does not expand ~ in quotes"),
        ("ftp://host/x.wav", "only http, https and file addresses"),
        ("music/*.flac", "a shell does not expand * ? [ ] in quotes"),
        ("take[0-9].wav", "a shell does not expand * ? [ ] in quotes"),
    ] {
        let outcome = dir.play([name]).fail(3);
        let line = format!("aloud: there is no file '{name}'");
        assert_eq!(outcome.error_line(), line);
        assert!(outcome.hints()[0].starts_with(hint), "{outcome}");
    }
    let data = noise(4000, 2);
    dir.write("a[1].wav", wav(STEREO, &data));
    dir.play(["a[1].wav"]).succeed();
    dir.assert_played(&data, "a file of that name");
}

#[test]
fn a_value_of_another_option_names_that_option() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    for (args, answer) in [
        ("play -f wav song.wav", "that is a file type: -t wav"),
        (
            "play -t S16_LE song.wav",
            "that is a sample format: -f S16_LE",
        ),
        ("play -t cd song.wav", "that is a sample format: -f cd"),
        ("play -d -5 song.wav", "expected a time (5, 0.5,"),
        ("play --start -5 song.wav", "expected a time (5, 0.5,"),
        ("play --loop forever song.wav", "0 is forever"),
        (
            "play -D song.wav",
            "-D selects a device, and 'song.wav' is a file",
        ),
    ] {
        let outcome = dir.aloud(args.split(' ')).fail(2);
        assert!(outcome.error_line().contains(answer), "{args}: {outcome}");
    }
}

#[test]
fn a_missing_device_of_the_environment_is_explained() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    let of_environment = dir
        .aloud(["play", "song.wav"])
        .env("ALOUD_DEVICE", "nosuch")
        .fail(3);
    let hints = of_environment.hints();
    assert_eq!(hints.last(), Some(&"this name comes from ALOUD_DEVICE"));
    let typed = dir.aloud(["play", "-D", "nosuch", "song.wav"]).fail(3);
    assert!(!typed.stderr().contains("ALOUD_DEVICE"), "{typed}");
    let empty = dir.aloud(["play", "-D", "", "song.wav"]).fail(3);
    assert_eq!(empty.hints(), ["omit the option to use the default device"]);
}

#[test]
fn a_file_name_pattern_may_have_any_bytes() {
    let dir = Dir::new();
    let pattern = OsStr::from_bytes(b"caf\xe9-%v.wav");
    let record = ["record", "-q", "-D", "null", "-s", "100", "--use-strftime"];
    dir.aloud(record).arg(pattern).succeed();
    assert!(
        dir.at(Path::new(OsStr::from_bytes(b"caf\xe9-01.wav")))
            .exists()
    );
}

#[test]
fn suggestions_keep_the_words_after_the_command() {
    let dir = Dir::new();
    for (args, hint) in [
        ("aplay song.wav", "did you mean `aloud play song.wav`?"),
        (
            "mixer Master 40%",
            "did you mean `aloud mixer set Master 40%`?",
        ),
        ("mixer Master", "did you mean `aloud mixer get Master`?"),
        ("mixer -c 0", "did you mean `aloud mixer get -c 0`?"),
        ("mixer -D hw:0", "did you mean `aloud mixer get -D hw:0`?"),
        ("mixer -M", "did you mean `aloud mixer get -M`?"),
        ("mixer Wave", "did you mean `aloud mixer get Wave`?"),
        (
            "mixer st Master 40%",
            "did you mean `aloud mixer set Master 40%`?",
        ),
        (
            "./song.wav -D Loopback",
            "did you mean `aloud play ./song.wav -D Loopback`?",
        ),
        ("-q plya song.wav", "did you mean `aloud -q play song.wav`?"),
        ("help plya", "did you mean `aloud play --help`?"),
        ("man plya", "did you mean `aloud man play`?"),
        (
            "mixer gett Master",
            "did you mean `aloud mixer get Master`?",
        ),
        ("vol +5%", "did you mean `aloud mixer set Master +5%`?"),
        (
            "-D Loopback play song.wav",
            "did you mean `aloud play -D Loopback song.wav`?",
        ),
        (
            "-D hw:1 -q play song.wav",
            "did you mean `aloud play -D hw:1 -q song.wav`?",
        ),
        (
            "tone 440 -d 1",
            "did you mean `aloud tone --sine 440 -d 1`?",
        ),
        (
            "loopback hw:0 hw:1",
            "did you mean `aloud loopback -C hw:0 -P hw:1`?",
        ),
        (
            "loopback -D hw:0",
            "-C selects the input, and -P the output",
        ),
        (
            "devices -D hw:0",
            "did you mean `aloud info --probe -D hw:0`?",
        ),
        (
            "mixer set 40%",
            "did you mean `aloud mixer set Master 40%`?",
        ),
        ("mixer set PCM", "for example: aloud mixer set PCM 40%"),
    ] {
        let outcome = dir.aloud(args.split(' ')).fail(2);
        assert_eq!(outcome.hints()[0], hint);
    }
}
