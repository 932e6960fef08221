use super::*;
use crate::audio::ffi::{self, messages};
use crate::audio::library_log;
use crate::audio::system::fake::FakeSystem;

fn failed(system: &FakeSystem, name: &str, direction: Direction, errno: i32) -> Error {
    library_log::take();
    let error = Error::device("open", name, errno);
    FailedOpen::new(&system.files, &error, name, direction).explain(error)
}

fn failed_playback(system: &FakeSystem, name: &str, errno: i32) -> (Kind, String) {
    let error = failed(system, name, Direction::Playback, errno);
    assert_eq!(error.device_name(), Some(name));
    (error.kind(), error.to_string())
}

/// alsa-lib's own error for a name that does not depend on this machine's cards.
fn really_failed(name: &str) -> Error {
    messages::capture();
    let errno = ffi::open(name, Direction::Playback.into(), Default::default()).unwrap_err();
    explain(
        Error::device("open", name, errno),
        name,
        Direction::Playback,
    )
}

#[test]
fn a_missing_card_is_reported_with_the_existing_ones() {
    let system = FakeSystem::with_cards();
    for (name, errno, missing) in [
        ("hw:9", libc::ENOENT, "9"),
        ("plughw:9,3", libc::ENOENT, "9"),
        ("hw:99", libc::EINVAL, "99"),
        ("sysdefault:CARD=Nope", libc::ENODEV, "'Nope'"),
        ("plug:'hw:Nope,1'", libc::ENODEV, "'Nope'"),
        ("dmix:CARD=Nope", libc::ENODEV, "'Nope'"),
    ] {
        let message =
            format!("cannot open '{name}': there is no card {missing} (cards: 0 Dummy, 3 USB)");
        assert_eq!(
            failed_playback(&system, name, errno),
            (Kind::NotFound, message)
        );
    }
}

#[test]
fn a_misspelled_card_gets_the_right_spelling() {
    let system = FakeSystem::with_cards();
    let error = failed(&system, "hw:Dumy,0", Direction::Playback, libc::ENODEV);
    assert_eq!(error.advice(), [Advice::nearest(["hw:Dummy,0"])]);
}

#[test]
fn a_machine_without_cards_is_reported_as_such() {
    let system = FakeSystem::new();
    for name in ["default", "hw:0", "hw:Nope", "surround51"] {
        let (kind, message) = failed_playback(&system, name, libc::ENOENT);
        assert_eq!(kind, Kind::NotFound);
        assert_eq!(
            message,
            format!("cannot open '{name}': there are no sound cards")
        );
    }
}

#[test]
fn a_missing_device_is_reported_with_the_existing_ones() {
    let system = FakeSystem::with_cards();
    assert_eq!(
        failed_playback(&system, "hw:0,7", libc::ENOENT),
        (
            Kind::NotFound,
            "cannot open 'hw:0,7': card 0 (Dummy) has no playback device 7 (devices: 0, 1)"
                .to_owned()
        )
    );
}

#[test]
fn a_card_without_the_direction_is_reported() {
    let system = FakeSystem::with_cards();
    for name in ["hw:USB", "default:CARD=USB", "dsnoop:USB", "hw:USB,4"] {
        let error = failed(&system, name, Direction::Capture, libc::ENOENT);
        assert_eq!(
            error.to_string(),
            format!("cannot open '{name}': card 3 (USB) has no capture device: it only plays")
        );
    }
}

#[test]
fn a_missing_subdevice_is_not_busy() {
    let system = FakeSystem::with_cards();
    assert_eq!(
        failed_playback(&system, "hw:0,1,2", libc::EBUSY),
        (
            Kind::NotFound,
            "cannot open 'hw:0,1,2': card 0 (Dummy), playback device 1, has no subdevice 2 (subdevices: 0 to 1)"
                .to_owned()
        )
    );
}

#[test]
fn a_pcm_that_a_card_does_not_offer_is_reported() {
    let system = FakeSystem::with_cards();
    let (kind, message) = failed_playback(&system, "surround51:Dummy", libc::ENOENT);
    assert_eq!(kind, Kind::NotFound);
    assert_eq!(
        message,
        "cannot open 'surround51:Dummy': card 0 (Dummy) does not offer it for playback"
    );
}

#[test]
fn a_busy_device_is_reported_with_its_users() {
    let system = FakeSystem::with_cards();
    system.owned(0, "0p", 0, 653);
    system.owned(0, "0p", 1, 700);
    system.task(653, 653, "aplay", 1000);
    system.task(700, 700, "mpv", 0);
    for (name, errno) in [
        ("hw:0", libc::EBUSY),
        ("plughw:Dummy,0", libc::EAGAIN),
        ("sysdefault:CARD=Dummy", libc::EBUSY),
        ("dmix:0", libc::EBUSY),
    ] {
        let error = failed(&system, name, Direction::Playback, errno);
        assert_eq!(error.kind(), Kind::Busy);
        assert_eq!(
            error.to_string(),
            format!(
                "cannot open '{name}': it is in use by aplay (pid 653, user bob) and mpv (pid 700, user root)"
            )
        );
        assert_eq!(error.holders().len(), 2);
        assert_eq!(
            error.advice(),
            [DeviceAdvice::StopHolders {
                holders: 2,
                direction: Direction::Playback,
                card: Some(0),
            }
            .into()]
        );
    }
    let one = failed(&system, "hw:0,0,1", Direction::Playback, libc::EBUSY);
    assert_eq!(one.holders()[0].pid, 700);
    assert_eq!(one.holders().len(), 1);
}

#[test]
fn a_device_that_this_process_uses_under_another_name_is_not_to_be_stopped() {
    let system = FakeSystem::with_cards();
    let own = std::process::id();
    system.owned(0, "0p", 0, own);
    system.task(own, own, "aloud", 1000);
    let error = failed(&system, "dmix:0", Direction::Playback, libc::EBUSY);
    assert_eq!(
        error.to_string(),
        "cannot open 'dmix:0': it is in use by this program itself"
    );
    assert_eq!((error.holders().len(), error.advice()), (1, &[][..]));
}

#[test]
fn a_busy_custom_pcm_is_on_the_only_full_device() {
    let system = FakeSystem::with_cards();
    system.owned(0, "0p", 0, 1);
    system.owned(3, "0p", 0, 653);
    system.owned(3, "0p", 1, 653);
    system.task(653, 653, "aplay", 1000);
    let (_, message) = failed_playback(&system, "mine", libc::EBUSY);
    assert_eq!(
        message,
        "cannot open 'mine': it is in use by aplay (pid 653, user bob)"
    );
}

#[test]
fn an_invisible_user_is_another_program() {
    let system = FakeSystem::with_cards();
    let (kind, message) = failed_playback(&system, "hw:0", libc::EBUSY);
    assert_eq!(kind, Kind::Busy);
    assert_eq!(
        message,
        "cannot open 'hw:0': it is in use by another program"
    );
}

#[test]
fn a_device_used_by_a_sound_server_advises_to_use_the_server() {
    let system = FakeSystem::with_cards();
    system.owned(0, "0c", 0, 8);
    system.task(8, 8, "pipewire", 1000);
    let error = failed(&system, "hw:0", Direction::Capture, libc::EBUSY);
    assert_eq!(
        error.advice(),
        [DeviceAdvice::UseSoundServer(Direction::Capture).into()]
    );
}

#[test]
fn missing_permission_is_reported_for_every_errno() {
    let mut system = FakeSystem::with_cards();
    system.files.may_open = |_| false;
    for (name, errno) in [
        ("hw:0", libc::ENOENT),
        ("hw:Dummy", libc::ENODEV),
        ("default", libc::ENOENT),
        ("hw:0", libc::EACCES),
        ("mine", libc::EACCES),
    ] {
        let error = failed(&system, name, Direction::Playback, errno);
        assert_eq!(error.kind(), Kind::Permission);
        assert_eq!(
            error.to_string(),
            format!(
                "cannot open '{name}': permission denied (the device belongs to group 'audio', and user 'bob' is not in it)"
            )
        );
        assert_eq!(
            error.advice(),
            [DeviceAdvice::JoinGroup {
                user: "bob".to_owned(),
                group: "audio".to_owned(),
            }
            .into()]
        );
    }
    let missing = failed(&system, "hw:9", Direction::Playback, libc::ENOENT);
    assert_eq!(missing.kind(), Kind::NotFound);
}

#[test]
fn a_card_without_a_node_is_reported() {
    let system = FakeSystem::with_cards();
    std::fs::remove_file(system.files.control_node(0)).unwrap();
    let (kind, message) = failed_playback(&system, "hw:0", libc::ENOENT);
    assert_eq!(kind, Kind::NotFound);
    assert!(message.contains("card 0 (Dummy) has no node"), "{message}");
}

#[test]
fn a_plugin_for_the_other_direction_is_reported() {
    let system = FakeSystem::with_cards();
    let error = failed(&system, "dmix:0", Direction::Capture, libc::EINVAL);
    assert_eq!(error.to_string(), "cannot open 'dmix:0': it only plays");
    assert_eq!(error.kind(), Kind::Unsupported);
}

#[test]
fn an_unknown_pcm_is_reported_with_the_nearest() {
    let error = really_failed("defualt");
    assert_eq!(error.kind(), Kind::NotFound);
    assert_eq!(
        error.to_string(),
        "cannot open 'defualt': there is no PCM 'defualt'"
    );
    let [Advice::Nearest(names)] = error.advice() else {
        panic!("{:?}", error.advice());
    };
    assert_eq!(names[0], "default");
}

#[test]
fn wrong_arguments_are_usage_errors() {
    for (name, reason) in [
        ("hw:0,abc", "its argument DEV must be a number"),
        ("hw:0,0,0,0", "it takes no more than 3 arguments"),
        ("hw:FOO=1", "it takes no argument FOO"),
        ("null:3", "'null' does not take these arguments"),
    ] {
        let error = really_failed(name);
        assert_eq!(error.kind(), Kind::Usage);
        assert_eq!(error.to_string(), format!("cannot open '{name}': {reason}"));
    }
}

#[test]
fn a_device_that_is_gone_at_open_is_not_found() {
    let system = FakeSystem::with_cards();
    let (kind, message) = failed_playback(&system, "mine", libc::ENODEV);
    assert_eq!(kind, Kind::NotFound);
    assert_eq!(message, "cannot open 'mine': No such device");
}

#[test]
fn an_unreachable_sound_server_is_reported() {
    let (kind, message) = failed_playback(&FakeSystem::new(), "pulse", libc::ECONNREFUSED);
    assert_eq!(kind, Kind::NotFound);
    assert_eq!(
        message,
        "cannot open 'pulse': the sound server does not answer (Connection refused)"
    );
}

#[test]
fn a_sound_server_that_refuses_is_reported() {
    let refused = |text: &str, errno| {
        library_log::take();
        library_log::record(format!("f: PulseAudio: {text}"));
        Error::device("open", "pulse", errno)
    };
    for explain in [
        |error| explain(error, "pulse", Direction::Playback),
        |error| explain_ctl(error, "pulse"),
    ] {
        let denied = refused("Unable to connect: Access denied", libc::ECONNREFUSED);
        assert!(denied.is_without_server());
        let denied = explain(denied);
        assert_eq!(denied.kind(), Kind::Permission);
        let message = "cannot open 'pulse': the sound server denies access";
        assert_eq!(denied.to_string(), message);
        assert!(!denied.is_without_server());
    }
    let direction = Direction::Capture;
    let missing = refused("Unable to create stream: No such entity", libc::EIO);
    let missing = explain_configuration(missing, "pulse", direction);
    assert_eq!(missing.kind(), Kind::NotFound);
    let message = "cannot open 'pulse': the sound server has no such source";
    assert_eq!(missing.to_string(), message);
    let other = refused("Unable to create stream: Too large", libc::EIO);
    let other = explain_configuration(other, "pulse", direction);
    assert_eq!(other.kind(), Kind::Io);
    let text = "PulseAudio: Unable to create stream: Too large".to_owned();
    assert_eq!(other.advice(), [DeviceAdvice::LibraryMessage(text).into()]);
}

/// The error for the PCM `a` if alsa-lib logs only `message`.
fn failed_with_message(message: String) -> Error {
    library_log::take();
    library_log::record(message);
    let error = Error::device("open", "a", libc::EINVAL);
    explain(error, "a", Direction::Playback)
}

#[test]
fn a_plugin_that_exists_is_not_reported_as_missing() {
    let library = "libasound_module_pcm_a.so";
    let not_found = format!("{library}: cannot open shared object file: No such file or directory");
    for (path, reason) in [
        ("/proc/self/exe", "cannot be loaded"),
        ("/nowhere/libasound_module_pcm_a.so", "is not installed"),
    ] {
        let text = format!("f: Cannot open shared library {library} ({path}: {not_found})");
        let error = failed_with_message(text);
        let expected = format!("cannot open 'a': its plugin {library} {reason}");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn why_a_plugin_cannot_be_loaded_is_reported() {
    let library = "/a/libasound_module_pcm_a.so";
    for (reported, why) in [
        ("undefined symbol: gone", "undefined symbol: gone"),
        ("wrong ELF class: ELFCLASS32", "wrong ELF class: ELFCLASS32"),
        (
            "cannot open shared object file: Permission denied",
            "Permission denied",
        ),
    ] {
        let text = format!("f: Cannot open shared library {library} ({library}: {reported})");
        let error = failed_with_message(text);
        let expected = format!("cannot open 'a': its plugin {library} cannot be loaded: {why}");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_definition_that_refers_to_itself_is_reported_without_an_errno() {
    let text = "snd1_config_search_definition: Too many definition levels (looped?)";
    let error = failed_with_message(format!("{text}: No such file or directory"));
    let [Advice::Device(DeviceAdvice::CheckDefinition(reason))] = error.advice() else {
        panic!("{:?}", error.advice());
    };
    assert_eq!(reason, "Too many definition levels (looped?)");
}
