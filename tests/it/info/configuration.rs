//! Errors in libasound's configuration, in every command that uses it.

use crate::common::{Dir, Outcome, data};

const COMMANDS: [&str; 11] = [
    "info -D null",
    "info --probe -D null",
    "play -D null tone.wav",
    "record -D null -d 1 take.wav",
    "loopback -C null -P null",
    "tone -D null -d 1",
    "list-pcms",
    "list-cards",
    "mixers",
    "mixer get",
    "mixer elements -c 0",
];

/// Runs all commands with this environment. They fail alike.
fn fail_all(dir: &Dir, environment: &[(&str, &str)], check: impl Fn(&str, &Outcome)) {
    dir.write("tone.wav", data("tone.wav"));
    for command in COMMANDS {
        let mut program = dir.aloud(command.split(' '));
        for (name, value) in environment {
            program = program.env(name, value);
        }
        check(command, &program.fail(1));
    }
}

#[test]
fn an_invalid_configuration_is_one_error_with_file_and_line() {
    let dir = Dir::new();
    let asoundrc = dir.at(".asoundrc");
    for (text, line, reason) in [
        ("pcm.x { type null }\ncard\n", 3, "unexpected end of file"),
        ("card }\n", 1, "unexpected char"),
        ("<nosuch.conf>\n", 1, "nosuch.conf does not exist"),
    ] {
        dir.write(".asoundrc", text);
        let hint = format!(
            "hint: correct line {line} of {}: {reason}",
            asoundrc.display()
        );
        let standard = [("ALSA_CONFIG_PATH", "/usr/share/alsa/alsa.conf")];
        fail_all(&dir, &standard, |command, outcome| {
            let lines: Vec<_> = outcome.stderr().lines().collect();
            assert_eq!(lines.len(), 2, "{command}: {outcome}");
            assert!(
                lines[0].ends_with("libasound's configuration is invalid"),
                "{outcome}"
            );
            assert_eq!(lines[1], hint, "{command}");
        });
    }
}

#[test]
fn a_missing_configuration_is_reported() {
    let dir = Dir::new();
    let [file, folder] = ["missing.conf", "missing"].map(|name| dir.at(name).display().to_string());
    for (name, value, missing) in [
        ("ALSA_CONFIG_PATH", &file, file.clone()),
        ("ALSA_CONFIG_DIR", &folder, format!("{folder}/alsa.conf")),
    ] {
        let environment: &[(&str, &str)] = match name {
            "ALSA_CONFIG_PATH" => &[(name, value)],
            _ => &[("ALSA_CONFIG_PATH", ""), (name, value)],
        };
        let message = format!("libasound's configuration {missing} is missing");
        fail_all(&dir, environment, |command, outcome| {
            let lines: Vec<_> = outcome.stderr().lines().collect();
            assert_eq!(lines.len(), 2, "{command}: {outcome}");
            assert!(lines[0].ends_with(&message), "{command}: {outcome}");
        });
    }
}

#[test]
fn a_configuration_without_definitions_is_reported() {
    let dir = Dir::new();
    for file in ["/dev/null", &dir.path().display().to_string()] {
        let message = format!("libasound's configuration {file} defines nothing");
        fail_all(&dir, &[("ALSA_CONFIG_PATH", file)], |command, outcome| {
            let lines: Vec<_> = outcome.stderr().lines().collect();
            assert_eq!(lines.len(), 2, "{command}: {outcome}");
            assert!(lines[0].ends_with(&message), "{command}: {outcome}");
        });
    }
}

#[test]
fn an_invalid_definition_is_reported_with_libasounds_reason() {
    let dir = Dir::new();
    for (definition, reason) in [
        ("type plug", "slave is not defined"),
        (
            "type plug slave.pcm broken",
            "Too many definition levels (looped?)",
        ),
        (
            "type file slave.pcm null foo bar file x",
            "Unknown field foo",
        ),
        ("foo bar", "type is not defined"),
    ] {
        let standard = "</usr/share/alsa/alsa.conf>";
        dir.write(
            "alsa.conf",
            format!("{standard}\npcm.broken {{ {definition} }}\n"),
        );
        let outcome = dir.aloud(["info", "-D", "broken"]).fail(2);
        let expected = format!(
            "aloud: cannot open 'broken': its definition is invalid\n\
             hint: check its definition in ~/.asoundrc or /etc/asound.conf: {reason}\n"
        );
        assert_eq!(outcome.stderr(), expected);
    }
}

#[test]
fn a_file_that_a_plugin_cannot_open_is_named() {
    let dir = Dir::new();
    let standard = "</usr/share/alsa/alsa.conf>";
    let definition = "type file slave.pcm null file x infile /no/such";
    dir.write(
        "alsa.conf",
        format!("{standard}\npcm.mic {{ {definition} }}\n"),
    );
    let outcome = dir.aloud(["record", "-D", "mic", "a.wav"]).fail(3);
    let expected = "aloud: cannot open 'mic': No such file or directory\n\
                    hint: libasound reports: open /no/such for reading failed: No such file or directory\n";
    assert_eq!(outcome.stderr(), expected);
}

#[test]
fn a_definition_for_the_other_direction_is_reported() {
    let dir = Dir::new();
    let shared = "ipc_key 4712 slave.pcm { type hw card 0 }";
    for (definition, option, only) in [
        ("type asym playback.pcm null".to_owned(), "-C", "plays"),
        ("type asym capture.pcm null".to_owned(), "-q", "records"),
        (format!("type dmix {shared}"), "-C", "plays"),
        (format!("type dshare {shared} bindings.0 0"), "-C", "plays"),
        (
            format!("type plug slave.pcm {{ type dsnoop {shared} }}"),
            "-q",
            "records",
        ),
    ] {
        let standard = "</usr/share/alsa/alsa.conf>";
        dir.write(
            "alsa.conf",
            format!("{standard}\npcm.oneway {{ {definition} }}\n"),
        );
        let outcome = dir.aloud(["info", "-D", "oneway", option]).fail(6);
        let expected = format!("aloud: cannot open 'oneway': it only {only}\n");
        assert_eq!(outcome.stderr(), expected, "{definition}");
    }
}

/// A plugin with a hook for the configuration, and a function of another library that is missing.
const PLUGIN: &str = r#"
#include <alsa/asoundlib.h>
int missing_function(void);
int never_called(void) { return missing_function(); }
int hook(snd_config_t *root, snd_config_t *config, snd_config_t **result, snd_config_t *data) {
    *result = NULL;
    return 0;
}
SND_DLSYM_BUILD_VERSION(hook, SND_CONFIG_DLSYM_VERSION_HOOK);
"#;

/// Functions are searched for when they are called in plugins of the configuration, and at once in those for sound.
#[test]
#[cfg(target_arch = "x86_64")]
fn only_plugins_of_the_configuration_are_bound_lazily() {
    let dir = Dir::new();
    dir.write("plugin.c", PLUGIN);
    let kinds = ["conf", "pcm"];
    let [hook, sound] = kinds.map(|kind| dir.at(format!("libasound_module_{kind}_test.so")));
    for library in [&hook, &sound] {
        let built = std::process::Command::new("cc")
            .args(["-shared", "-fPIC", "-DPIC", "-o"])
            .args([library, &dir.at("plugin.c")])
            .status();
        assert!(built.unwrap().success());
    }
    let configuration = format!(
        "hook_func.test {{ lib \"{}\" func hook }}\n@hooks [ {{ func test }} ]\npcm.silent {{ type null }}\n\
         pcm.broken {{ type test }}\npcm_type.test {{ lib \"{}\" }}\n",
        hook.display(),
        sound.display()
    );
    dir.write("alsa.conf", configuration);
    dir.write("tone.wav", data("tone.wav"));
    dir.aloud(["play", "-q", "-D", "silent", "tone.wav"])
        .succeed();
    let outcome = dir.aloud(["play", "-D", "broken", "tone.wav"]).fail(1);
    let reason = "cannot be loaded: undefined symbol: missing_function";
    assert!(outcome.stderr().contains(reason), "{outcome}");
}
