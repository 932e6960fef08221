//! On a terminal: keys that control playback, and the progress bar.

use crate::common::{Dir, Program, Running, STEREO, Terminal, noise, wait_until, wav_claiming};
use rustix::process::Signal;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

/// Starts an endless playback: its file is a FIFO that the test keeps open for writing.
fn endless(dir: &Dir, name: &str, player: Program) -> (Running, File) {
    let fifo: PathBuf = dir.fifo(name);
    let player = player.arg(name).start();
    let mut writer = File::options().write(true).open(fifo).unwrap();
    writer
        .write_all(&wav_claiming(0, STEREO, &noise(4000, 1)))
        .unwrap();
    (player, writer)
}

/// The same with keys from a terminal, once the device runs.
fn endless_with_keys(dir: &Dir, terminal: &Terminal) -> (Running, File) {
    let play = dir
        .play(["--json", "-i"])
        .stdin_from(terminal.program_end());
    let (mut player, writer) = endless(dir, "fifo", play);
    player.wait_for_event("start");
    (player, writer)
}

#[test]
fn keys_pause_resume_and_quit() {
    let dir = Dir::new();
    let mut terminal = Terminal::new();
    let (player, _writer) = endless_with_keys(&dir, &terminal);
    // Everything written must have been played before it is paused and ended.
    wait_until("all of the sound", || {
        player
            .stdout()
            .contains("\"event\":\"progress\",\"frames\":1000,")
    });
    assert!(!terminal.is_restored());
    for keys in [[" ", " "], ["\r", "\n"]] {
        for (key, event) in keys.iter().zip(["pause", "resume"]) {
            let so_far = player.stdout().matches(event).count();
            terminal.press("x");
            terminal.press(key);
            wait_until(event, || player.stdout().matches(event).count() > so_far);
        }
    }
    terminal.press("q");
    let outcome = player.wait();
    assert!(outcome.status.success(), "{outcome}");
    let end = outcome.event("end");
    assert_eq!(
        (&end["why"], &end["frames"]),
        (&"quit".into(), &1000.into())
    );
    assert!(terminal.is_restored());
}

#[test]
fn a_signal_restores_the_terminal() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let dir = Dir::new();
        let terminal = Terminal::new();
        let (player, _writer) = endless_with_keys(&dir, &terminal);
        player.signal(signal);
        player.wait().assert_killed_by(signal);
        assert!(terminal.is_restored());
    }
}

#[test]
fn an_error_restores_the_terminal() {
    let dir = Dir::new();
    let terminal = Terminal::new();
    let play = dir.play(["-q", "-i", "gone.wav"]);
    play.stdin_from(terminal.program_end()).fail(3);
    assert!(terminal.is_restored());
}

#[test]
fn the_terminal_is_restored_while_stopped() {
    let dir = Dir::new();
    let mut terminal = Terminal::new();
    let (mut player, _writer) = endless_with_keys(&dir, &terminal);
    player.signal(Signal::TSTP);
    player.wait_until_stopped();
    assert!(terminal.is_restored());
    player.signal(Signal::CONT);
    player.wait_for_event("resume");
    assert!(!terminal.is_restored());
    terminal.press("q");
    assert!(player.wait().status.success());
}

#[test]
fn a_pause_by_key_survives_a_stop() {
    let dir = Dir::new();
    let mut terminal = Terminal::new();
    let (mut player, _writer) = endless_with_keys(&dir, &terminal);
    terminal.press(" ");
    player.wait_for_event("pause");
    player.signal(Signal::TSTP);
    player.wait_until_stopped();
    player.signal(Signal::CONT);
    player.wait_until_idle();
    assert!(
        !player.stdout().contains("\"resume\""),
        "{}",
        player.stdout()
    );
    terminal.press(" ");
    player.wait_for_event("resume");
    terminal.press("q");
    assert!(player.wait().status.success());
}

#[test]
fn progress_bar_appears_and_is_cleared_at_the_end() {
    let dir = Dir::new();
    let terminal = Terminal::new();
    let play = dir.play([] as [&str; 0]).stderr_to(terminal.program_end());
    let (player, writer) = endless(&dir, "fifo", play);
    wait_until("a bar", || terminal.screen().contains("dBFS"));
    drop(writer);
    let outcome = player.wait();
    assert!(
        outcome.status.success() && outcome.stdout.is_empty(),
        "{outcome}"
    );
    wait_until("the bar to be cleared", || {
        let screen = terminal.screen();
        let last = screen.rsplit(['\r', '\n']).next().unwrap_or_default();
        !last.contains("dBFS")
    });
}

#[test]
fn quiet_and_json_show_no_progress_bar() {
    let dir = Dir::new();
    for options in [&["-q"][..], &["--json"]] {
        let terminal = Terminal::new();
        dir.write("song.wav", crate::common::wav(STEREO, &noise(4000, 2)));
        let play = dir.play(options).arg("song.wav");
        play.stderr_to(terminal.program_end()).succeed();
        assert_eq!(terminal.screen(), "", "{options:?}");
    }
}
