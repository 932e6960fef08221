//! Signals that end a recording or start its next file.

use crate::common::{
    Dir, FRAME, LiveMic, Running, file_events, file_names, joined, wait_until, wav_data,
};
use rustix::process::Signal;

/// Waits until `count` files were opened.
#[track_caller]
fn wait_for_files(recorder: &Running, count: usize) {
    wait_until("a file to be opened", || {
        recorder.stdout().matches("\"opened\"").count() >= count
    });
}

#[test]
fn a_signal_completes_a_recording_without_a_limit() {
    for (signal, name) in [
        (Signal::INT, "SIGINT"),
        (Signal::TERM, "SIGTERM"),
        (Signal::HUP, "SIGHUP"),
    ] {
        let dir = Dir::new();
        let mic = LiveMic::start(&dir);
        let mut recorder = LiveMic::record(&dir, "--json take.wav").start();
        recorder.wait_for_event("progress");
        recorder.signal(signal);
        recorder.signal(signal);
        let outcome = recorder.wait();
        assert!(outcome.status.success(), "{outcome}");
        let end = outcome.event("end");
        assert_eq!(end["why"], name);
        let file = dir.read("take.wav");
        let sound = wav_data(&file);
        assert_eq!(end["frames"], sound.len() / FRAME);
        mic.assert_recorded(sound, name);
        let reported = file_events(&outcome.events());
        assert_eq!(reported, ["opened take.wav", "finished take.wav"]);
    }
}

#[test]
fn a_signal_before_the_limit_is_re_raised() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let dir = Dir::new();
        let mic = LiveMic::start(&dir);
        let mut recorder = LiveMic::record(&dir, "--json -d 1:00:00 take.wav").start();
        recorder.wait_for_event("progress");
        recorder.signal(signal);
        recorder.wait().assert_killed_by(signal);
        mic.assert_recorded(
            wav_data(&dir.read("take.wav")),
            "complete despite the signal",
        );
    }
}

#[test]
fn usr1_starts_the_next_file_without_losing_a_frame() {
    let dir = Dir::new();
    let mic = LiveMic::start(&dir);
    let recorder = LiveMic::record(&dir, "--json take.wav").start();
    for count in 1..=3 {
        wait_for_files(&recorder, count);
        let recorded = || recorder.stdout().matches("\"progress\"").count();
        let before = recorded();
        wait_until("more frames", || recorded() > before);
        recorder.signal(Signal::USR1);
    }
    wait_for_files(&recorder, 4);
    recorder.signal(Signal::INT);
    let outcome = recorder.wait();
    assert!(outcome.status.success(), "{outcome}");
    let files = [1, 2, 3, 4].map(|number| format!("take-0{number}.wav"));
    assert_eq!(file_names(&dir, "take"), files);
    let all = joined(&dir, &files);
    mic.assert_recorded(&all, "four files");
    assert_eq!(outcome.event("end")["frames"], all.len() / FRAME);
    let reported = file_events(&outcome.events());
    let finished = reported.iter().filter(|line| line.starts_with("finished"));
    let finished: Vec<_> = finished.map(|line| &line["finished ".len()..]).collect();
    assert_eq!(finished, files, "each is reported by its final name");
}

/// The name has no room for a number.
#[test]
fn usr1_does_not_end_a_recording_with_a_long_name() {
    let dir = Dir::new();
    let mic = LiveMic::start(&dir);
    let name = format!("take{}.wav", "x".repeat(247));
    let recorder = LiveMic::record(&dir, &format!("--json {name}")).start();
    wait_for_files(&recorder, 1);
    wait_until("frames", || recorder.stdout().contains("\"progress\""));
    recorder.signal(Signal::USR1);
    wait_for_files(&recorder, 2);
    recorder.signal(Signal::INT);
    let outcome = recorder.wait();
    assert!(outcome.status.success(), "{outcome}");
    let files = file_names(&dir, "take");
    assert!(
        files.len() == 2 && files[0].ends_with("-01.wav") && files[1].ends_with("-02.wav"),
        "{files:?}"
    );
    mic.assert_recorded(&joined(&dir, &files), "two files");
}

#[test]
fn a_signal_ends_a_capture_that_never_waits() {
    let dir = Dir::new();
    let mut recorder = dir
        .aloud(["record", "-D", "default", "--json", "/dev/null"])
        .start();
    recorder.wait_for_event("start");
    recorder.signal(Signal::INT);
    let outcome = recorder.wait();
    assert!(outcome.status.success(), "{outcome}");
    assert_eq!(outcome.event("end")["why"], "SIGINT");
}
