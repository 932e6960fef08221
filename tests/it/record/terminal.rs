//! On a terminal: the question before a file is overwritten, and the summary after it is recorded.

use crate::common::{
    Dir, FRAME, Outcome, Terminal, assert_same, events, record, wait_until, wav_data,
    with_mic_input,
};

/// Records with the standard input and error of a terminal. Types `answer` once the question is there.
fn answered(dir: &Dir, args: &str, answer: Option<&str>) -> (Outcome, String) {
    let mut terminal = Terminal::new();
    let recorder = record(dir, args)
        .stdin_from(terminal.program_end())
        .stderr_to(terminal.program_end())
        .start();
    if let Some(answer) = answer {
        wait_until("the question", || terminal.screen().contains("[y/N] "));
        terminal.press(answer);
    }
    let outcome = recorder.wait();
    assert!(terminal.is_restored());
    (outcome, terminal.final_screen())
}

#[test]
fn a_file_is_overwritten_only_if_the_answer_is_yes() {
    let (dir, sound) = with_mic_input(1000 * FRAME);
    for no in ["\n", "n\n", "yesterday\n", "\x04"] {
        dir.write("take.wav", b"precious");
        let (outcome, screen) = answered(&dir, "-s 100 take.wav", Some(no));
        assert_eq!(outcome.status.code(), Some(10), "{screen}");
        assert!(
            screen.contains("overwrite 'take.wav' (8 bytes)?"),
            "{screen}"
        );
        assert!(screen.contains("'take.wav' exists and is kept"), "{screen}");
        assert_eq!(dir.read("take.wav"), b"precious");
    }
    for yes in ["y\n", "YES\n"] {
        dir.write("take.wav", b"precious");
        let (outcome, screen) = answered(&dir, "-s 100 take.wav", Some(yes));
        assert!(outcome.status.success(), "{screen}");
        assert_same(wav_data(&dir.read("take.wav")), &sound[..100 * FRAME], yes);
    }
}

#[test]
fn each_channel_file_is_asked_about() {
    let (dir, _) = with_mic_input(1000 * FRAME);
    dir.write("take-1.wav", b"precious");
    let (outcome, screen) = answered(&dir, "-s 100 -I take.wav", Some("n\n"));
    assert_eq!(outcome.status.code(), Some(10), "{screen}");
    assert!(screen.contains("overwrite 'take-1.wav'"), "{screen}");
    assert!(!dir.at("take-0.wav").exists());
}

#[test]
fn the_file_of_timestamps_is_asked_about() {
    let (dir, _) = with_mic_input(1000 * FRAME);
    dir.write("log", b"precious");
    let args = "-s 100 --timestamps=log take.wav";
    let (outcome, screen) = answered(&dir, args, Some("n\n"));
    assert_eq!(outcome.status.code(), Some(10), "{screen}");
    assert!(screen.contains("overwrite 'log'"), "{screen}");
    assert_eq!(dir.read("log"), b"precious");
    assert!(!dir.at("take.wav").exists());
}

/// The shell has emptied it, or appends to it.
#[test]
fn a_file_that_the_shell_opened_is_not_asked_about() {
    let (dir, sound) = with_mic_input(1000 * FRAME);
    let terminal = Terminal::new();
    dir.write("take.wav", b"precious");
    let script = "exec \"$0\" record -D mic -s 100 /dev/fd/3 3>take.wav";
    let outcome = dir
        .program("sh", ["-c", script, env!("CARGO_BIN_EXE_aloud")])
        .stdin_from(terminal.program_end())
        .stderr_to(terminal.program_end())
        .run();
    assert!(outcome.status.success(), "{}", terminal.final_screen());
    assert_same(wav_data(&dir.read("take.wav")), &sound[..100 * FRAME], "3");
}

#[test]
fn nothing_is_asked_if_the_answer_is_known() {
    let (dir, _) = with_mic_input(1000 * FRAME);
    for (args, status) in [
        ("-s 100 --force take.wav", 0),
        ("-s 100 --no-clobber --force take.wav", 0),
        ("-s 100 --force --no-clobber take.wav", 10),
        ("-s 100 new.wav", 0),
        ("-s 100 /dev/null", 0),
        ("-s 100 --max-file-time 1 take.wav", 0),
    ] {
        dir.write("take.wav", b"precious");
        let (outcome, screen) = answered(&dir, args, None);
        assert_eq!(outcome.status.code(), Some(status), "{args}: {screen}");
        assert!(!screen.contains("[y/N]"), "{args}: {screen}");
    }
    // Without a terminal there is nobody to ask.
    dir.write("take.wav", b"precious");
    record(&dir, "-s 100 take.wav").succeed();
    assert!(dir.read("take.wav").len() > 400);
}

/// A directory whose `mic` captures this frame over and over.
fn with_constant_input(left: i16, right: i16) -> Dir {
    let dir = Dir::new();
    let frame = [left.to_le_bytes(), right.to_le_bytes()].concat();
    dir.write("in.raw", frame.repeat(10_000));
    dir
}

#[test]
fn a_recording_is_summed_up() {
    let dir = with_constant_input(16_384, -100);
    let outcome = record(&dir, "-s 4800 take.wav").succeed();
    let summary = "Recorded 'take.wav': 0:00.1, 18.8 KiB, peak -6.0 dBFS\n";
    assert!(outcome.stderr().contains(summary), "{outcome}");
    assert!(!outcome.stderr().contains("warning"), "{outcome}");
    let outcome = record(&dir, "-q -s 4800 quiet.wav").succeed();
    assert_eq!(outcome.stderr(), "");
    let outcome = record(&dir, "--json -s 4800 json.wav").succeed();
    let events = events(&outcome.stdout);
    let finished = events
        .iter()
        .rfind(|event| event["event"] == "file")
        .unwrap();
    assert_eq!(finished["peak_dbfs"], serde_json::json!([-6.02, -50.31]));
}

#[test]
fn silence_and_clipping_are_pointed_out() {
    let dir = with_constant_input(0, 0);
    let outcome = record(&dir, "-s 4800 take.wav").succeed();
    let stderr = outcome.stderr();
    assert!(stderr.contains("KiB, silent\n"), "{outcome}");
    assert!(
        stderr.contains("warning: 'take.wav' is all digital silence"),
        "{outcome}"
    );
    let dir = with_constant_input(i16::MAX, 5);
    let outcome = record(&dir, "-s 4800 take.wav").succeed();
    let warning = "warning: 'take.wav' has 4800 samples at full scale: it is probably clipped";
    assert!(outcome.stderr().contains(warning), "{outcome}");
}
