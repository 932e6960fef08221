//! INT, TERM and HUP end playback at once, whatever it waits for, and are re-raised. TSTP and CONT pause it.

use crate::common::{CD, Dir, STEREO, fmt, noise, riff, wait_until, wav, wav_claiming};
use rustix::process::Signal;
use std::time::Duration;

const ENDING: [Signal; 3] = [Signal::INT, Signal::TERM, Signal::HUP];

#[test]
fn a_signal_ends_the_wait_for_a_fifo_writer() {
    let dir = Dir::new();
    dir.fifo("fifo");
    for signal in ENDING {
        let player = dir.play(["fifo"]).start();
        player.wait_until_idle();
        player.signal(signal);
        player.wait().assert_killed_by(signal);
    }
}

#[test]
fn cont_during_the_pausing_is_not_lost() {
    let dir = Dir::new();
    dir.fifo("fifo");
    let player = dir.play(["fifo"]).start();
    player.wait_until_idle();
    // Without a device to pause, pausing takes a second.
    player.signal(Signal::TSTP);
    std::thread::sleep(Duration::from_millis(100));
    player.signal(Signal::CONT);
    dir.write("fifo", wav(STEREO, &noise(4000, 1)));
    let outcome = player.wait();
    assert!(outcome.status.success(), "{outcome}");
}

#[test]
fn a_signal_ends_the_wait_for_the_second_file() {
    let dir = Dir::new();
    let data = noise(30_000 * 4, 1);
    dir.write("song.wav", wav(STEREO, &data));
    dir.fifo("fifo");
    let player = dir.play(["--json", "song.wav", "fifo"]).start();
    player.wait_until_idle();
    player.signal(Signal::TERM);
    let outcome = player.wait();
    outcome.assert_killed_by(Signal::TERM);
    assert_eq!(
        outcome.event("end")["frames"],
        30_000,
        "frames of the first file"
    );
    dir.assert_played(&data, "the first file");
}

#[test]
fn a_signal_ends_the_wait_for_a_stalled_pipe() {
    let dir = Dir::new();
    let data = noise(30_000 * 4, 2);
    let cases = [
        ("before the header", Vec::new()),
        ("in the RIFF ID", b"RI".to_vec()),
        ("in the header", riff(&[fmt(STEREO)])[..30].to_vec()),
        ("before the sound", wav_claiming(0, STEREO, &[])),
        ("in the sound", wav_claiming(0, STEREO, &data)),
        ("in a frame", wav_claiming(0, STEREO, &data[..4003])),
    ];
    for (what, bytes) in cases {
        for signal in ENDING {
            let mut player = dir.play(["-"]).stdin_piped().start();
            player.write_stdin(&bytes);
            player.wait_until_idle();
            player.signal(signal);
            let outcome = player.wait();
            assert_eq!(outcome.status.code(), None, "{what}: {outcome}");
            outcome.assert_killed_by(signal);
        }
    }
}

#[test]
fn a_signal_ends_a_pause() {
    let dir = Dir::new();
    let mut player = dir.play(["--json", "-"]).stdin_piped().start();
    player.write_stdin(&wav_claiming(0, STEREO, &noise(4000, 3)));
    player.wait_for_event("start");
    player.signal(Signal::TSTP);
    player.wait_until_stopped();
    player.signal(Signal::INT);
    player.signal(Signal::CONT);
    player.wait().assert_killed_by(Signal::INT);
}

#[test]
fn a_signal_ends_playback_when_nobody_reads_the_events() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &noise(4, 4)));
    // Two events per file exceed the capacity of a pipe by far.
    let player = dir
        .play(["--json"])
        .args(vec!["song.wav"; 2000])
        .leave_stdout_unread()
        .start();
    player.wait_until_idle();
    player.signal(Signal::TERM);
    player.wait().assert_killed_by(Signal::TERM);
}

#[test]
fn end_event_names_the_signal_and_counts_frames() {
    let dir = Dir::new();
    let data = noise(30_000 * 4, 5);
    for (signal, name) in ENDING.into_iter().zip(["SIGINT", "SIGTERM", "SIGHUP"]) {
        let mut player = dir.play(["--json", "-"]).stdin_piped().start();
        player.write_stdin(&wav_claiming(0, STEREO, &data));
        player.wait_until_idle();
        player.signal(signal);
        let outcome = player.wait();
        outcome.assert_killed_by(signal);
        let end = outcome.event("end");
        assert_eq!(end["why"], name);
        assert_eq!(end["frames"], 30_000, "{outcome}");
        assert!(outcome.stderr.is_empty(), "{outcome}");
        dir.assert_played(&data, name);
    }
}

#[test]
fn a_signal_before_the_first_frame_plays_nothing() {
    let dir = Dir::new();
    let player = dir.play(["--json", "-"]).stdin_piped().start();
    player.wait_until_idle();
    player.signal(Signal::INT);
    let outcome = player.wait();
    outcome.assert_killed_by(Signal::INT);
    assert_eq!(outcome.event("end")["frames"], 0);
    assert!(dir.played().is_empty());
}

#[test]
fn sigtstp_pauses_without_losing_a_byte() {
    let dir = Dir::new();
    let data = noise(150_001 * 4, 6);
    let file = wav_claiming(0, CD, &data);
    let mut player = dir.play(["--json", "-"]).stdin_piped().start();
    let pieces = file.chunks(file.len() / 3);
    for (at, piece) in pieces.enumerate() {
        player.write_stdin(piece);
        if at == 0 {
            player.wait_for_event("start");
        }
        if at < 2 {
            player.signal(Signal::TSTP);
            player.wait_until_stopped();
            player.signal(Signal::CONT);
            let resumes = || player.stdout().matches("\"resume\"").count();
            wait_until("resume", || resumes() > at);
        }
    }
    player.close_stdin();
    let outcome = player.wait();
    assert!(outcome.status.success(), "{outcome}");
    dir.assert_played(&data, "stopped twice");
    let stream = outcome.events();
    let names: Vec<_> = stream
        .iter()
        .filter_map(|event| event["event"].as_str())
        .filter(|name| ["pause", "resume"].contains(name))
        .collect();
    assert_eq!(names, ["pause", "resume", "pause", "resume"]);
    assert_eq!(outcome.event("end")["frames"], 150_001);
}

#[test]
fn sigtstp_keeps_waiting_for_a_fifo() {
    let dir = Dir::new();
    let data = noise(4000, 7);
    let fifo = dir.fifo("fifo");
    let player = dir.play(["fifo"]).start();
    player.wait_until_idle();
    player.signal(Signal::TSTP);
    player.wait_until_stopped();
    player.signal(Signal::CONT);
    std::fs::write(fifo, wav(STEREO, &data)).unwrap();
    let outcome = player.wait();
    assert!(outcome.status.success(), "{outcome}");
    dir.assert_played(&data, "after the stop");
}
