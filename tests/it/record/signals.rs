//! Signals that end a recording or start its next file.

use crate::common::{
    Dir, FRAME, LiveMic, Running, file_events, joined, names, wait_until, wav_data,
};
use rustix::process::Signal;

/// Waits until so many files were told of as opened.
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
        let speech = LiveMic::begin(&dir);
        let mut recorder = LiveMic::record(&dir, "--json take.wav").start();
        recorder.wait_for_event("progress");
        recorder.signal(signal);
        recorder.signal(signal);
        let outcome = recorder.end();
        assert!(outcome.status.success(), "{outcome}");
        let end = outcome.event("end");
        assert_eq!(end["why"], name);
        let file = dir.read("take.wav");
        let sound = wav_data(&file);
        assert_eq!(end["frames"], sound.len() / FRAME);
        speech.assert_recorded(sound, name);
        let told = file_events(&outcome.events());
        assert_eq!(told, ["opened take.wav", "finished take.wav"]);
    }
}

#[test]
fn a_signal_before_the_limit_is_re_raised() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let dir = Dir::new();
        let speech = LiveMic::begin(&dir);
        let mut recorder = LiveMic::record(&dir, "--json -d 1:00:00 take.wav").start();
        recorder.wait_for_event("progress");
        recorder.signal(signal);
        recorder.end().assert_killed_by(signal);
        speech.assert_recorded(wav_data(&dir.read("take.wav")), "complete all the same");
    }
}

#[test]
fn usr1_starts_the_next_file_without_losing_a_frame() {
    let dir = Dir::new();
    let speech = LiveMic::begin(&dir);
    let recorder = LiveMic::record(&dir, "--json take.wav").start();
    for count in 1..=3 {
        wait_for_files(&recorder, count);
        let heard = || recorder.stdout().matches("\"progress\"").count();
        let before = heard();
        wait_until("more to be recorded", || heard() > before);
        recorder.signal(Signal::USR1);
    }
    wait_for_files(&recorder, 4);
    recorder.signal(Signal::INT);
    let outcome = recorder.end();
    assert!(outcome.status.success(), "{outcome}");
    let files = [1, 2, 3, 4].map(|number| format!("take-0{number}.wav"));
    assert_eq!(names(&dir, "take"), files);
    let all = joined(&dir, &files);
    speech.assert_recorded(&all, "four files");
    assert_eq!(outcome.event("end")["frames"], all.len() / FRAME);
    let told = file_events(&outcome.events());
    let finished = told.iter().filter(|line| line.starts_with("finished"));
    let finished: Vec<_> = finished.map(|line| &line["finished ".len()..]).collect();
    assert_eq!(finished, files, "each is told of under its last name");
}
