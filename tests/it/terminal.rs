//! What is different on a terminal: keys that steer a playback, and a bar that shows it.

use crate::common::{Dir, Program, Running, STEREO, noise, saying, wait_until};
use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// A terminal, and whoever sits at it.
struct Terminal {
    user: File,
    screen: Arc<Mutex<Vec<u8>>>,
    program: File,
}

impl Terminal {
    fn new() -> Terminal {
        let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&user).unwrap();
        unlockpt(&user).unwrap();
        let name = ptsname(&user, Vec::new()).unwrap().into_string().unwrap();
        let program = File::options()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NOCTTY)
            .open(name)
            .unwrap();
        let screen = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, kept) = (File::from(user.try_clone().unwrap()), screen.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                kept.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Terminal {
            user: File::from(user),
            screen,
            program,
        }
    }

    fn side(&self) -> OwnedFd {
        self.program.try_clone().unwrap().into()
    }

    fn press(&mut self, keys: &str) {
        self.user.write_all(keys.as_bytes()).unwrap();
    }

    /// Whether it hands over lines and shows what is typed, as a shell leaves it.
    fn is_as_before(&self) -> bool {
        let modes = tcgetattr(&self.program).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }
}

/// A playback that goes on until it is ended: its file is a FIFO whose writer, the test, stays.
fn endless(dir: &Dir, name: &str, player: Program) -> (Running, File) {
    let fifo: PathBuf = dir.fifo(name);
    let player = player.arg(name).start();
    let mut writer = File::options().write(true).open(fifo).unwrap();
    writer
        .write_all(&saying(0, STEREO, &noise(4000, 1)))
        .unwrap();
    (player, writer)
}

#[test]
fn keys_pause_go_on_and_end_it() {
    let dir = Dir::new();
    let mut terminal = Terminal::new();
    let play = dir.play(["--json", "-i"]).stdin_from(terminal.side());
    let (mut player, _writer) = endless(&dir, "fifo", play);
    player.wait_for_event("start");
    // All that is written must be heard before it is told to pause and to end.
    wait_until("all of the sound", || {
        player
            .stdout()
            .contains("\"event\":\"progress\",\"frames\":1000,")
    });
    assert!(!terminal.is_as_before());
    for keys in [[" ", " "], ["\r", "\n"]] {
        for (key, event) in keys.iter().zip(["pause", "resume"]) {
            let so_far = player.stdout().matches(event).count();
            terminal.press("x");
            terminal.press(key);
            wait_until(event, || player.stdout().matches(event).count() > so_far);
        }
    }
    terminal.press("q");
    let outcome = player.end();
    assert!(outcome.status.success(), "{outcome}");
    let end = outcome.event("end");
    assert_eq!(
        (&end["why"], &end["frames"]),
        (&"quit".into(), &1000.into())
    );
    assert!(terminal.is_as_before());
}

#[test]
fn a_signal_gives_the_terminal_back() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let dir = Dir::new();
        let terminal = Terminal::new();
        let play = dir.play(["--json", "-i"]).stdin_from(terminal.side());
        let (mut player, _writer) = endless(&dir, "fifo", play);
        player.wait_for_event("start");
        player.signal(signal);
        player.end().assert_killed_by(signal);
        assert!(terminal.is_as_before());
    }
}

#[test]
fn an_error_gives_the_terminal_back() {
    let dir = Dir::new();
    let terminal = Terminal::new();
    let play = dir.play(["-q", "-i", "gone.wav"]);
    play.stdin_from(terminal.side()).fail(3);
    assert!(terminal.is_as_before());
}

#[test]
fn the_terminal_is_the_shells_while_it_is_stopped() {
    let dir = Dir::new();
    let mut terminal = Terminal::new();
    let play = dir.play(["--json", "-i"]).stdin_from(terminal.side());
    let (mut player, _writer) = endless(&dir, "fifo", play);
    player.wait_for_event("start");
    player.signal(Signal::TSTP);
    player.wait_until_stopped();
    assert!(terminal.is_as_before());
    player.signal(Signal::CONT);
    player.wait_for_event("resume");
    assert!(!terminal.is_as_before());
    terminal.press("q");
    assert!(player.end().status.success());
}

#[test]
fn a_pause_by_key_outlasts_a_stop() {
    let dir = Dir::new();
    let mut terminal = Terminal::new();
    let play = dir.play(["--json", "-i"]).stdin_from(terminal.side());
    let (mut player, _writer) = endless(&dir, "fifo", play);
    player.wait_for_event("start");
    terminal.press(" ");
    player.wait_for_event("pause");
    player.signal(Signal::TSTP);
    player.wait_until_stopped();
    player.signal(Signal::CONT);
    player.wait_until_at_rest();
    assert!(
        !player.stdout().contains("\"resume\""),
        "{}",
        player.stdout()
    );
    terminal.press(" ");
    player.wait_for_event("resume");
    terminal.press("q");
    assert!(player.end().status.success());
}

#[test]
fn a_bar_shows_where_it_is_and_goes_when_it_ends() {
    let dir = Dir::new();
    let terminal = Terminal::new();
    let play = dir.play([] as [&str; 0]).stderr_to(terminal.side());
    let (player, writer) = endless(&dir, "fifo", play);
    wait_until("a bar", || terminal.screen().contains("dBFS"));
    drop(writer);
    let outcome = player.end();
    assert!(
        outcome.status.success() && outcome.stdout.is_empty(),
        "{outcome}"
    );
    wait_until("the bar to go", || {
        let screen = terminal.screen();
        let last = screen.rsplit(['\r', '\n']).next().unwrap_or_default();
        !last.contains("dBFS")
    });
}

#[test]
fn no_bar_is_shown_where_it_was_not_asked_for() {
    let dir = Dir::new();
    for options in [&["-q"][..], &["--json"]] {
        let terminal = Terminal::new();
        dir.write("song.wav", crate::common::wav(STEREO, &noise(4000, 2)));
        let play = dir.play(options).arg("song.wav");
        play.stderr_to(terminal.side()).succeed();
        assert_eq!(terminal.screen(), "", "{options:?}");
    }
}

#[test]
fn errors_have_colour_on_a_terminal_unless_told_otherwise() {
    let dir = Dir::new();
    for (options, no_color, colored) in [
        (&[][..], "", true),
        (&["--color", "never"], "", false),
        (&[], "1", false),
        (&["--color", "always"], "1", true),
    ] {
        let terminal = Terminal::new();
        let play = dir.play(options).arg("gone.wav");
        let outcome = play
            .env("NO_COLOR", no_color)
            .stderr_to(terminal.side())
            .run();
        assert_eq!(outcome.status.code(), Some(3));
        wait_until("the error", || terminal.screen().contains("gone.wav"));
        assert_eq!(
            terminal.screen().contains("\u{1b}[31m") || terminal.screen().contains("\u{1b}[1m"),
            colored,
            "{options:?}: {}",
            terminal.screen()
        );
    }
}
