//! A program under a watch: run to its end, or beside the test. What hangs is killed and fails the test.

use super::{TIMEOUT, wait_until};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;
use std::ffi::OsStr;
use std::fmt;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A program to be run.
pub struct Program {
    command: Command,
    stdin: Stdin,
    reads_stdout: bool,
}

enum Stdin {
    /// Given at once.
    Bytes(Vec<u8>),
    /// Given by the test while it runs.
    Piped,
    /// Something the test has opened.
    Ready,
}

impl Program {
    /// The program in the folder `dir`, with nothing of this process's environment that bears on it.
    pub(super) fn new(program: &OsStr, dir: &Path) -> Program {
        let mut command = Command::new(program);
        command
            .current_dir(dir)
            .env("ALSA_CONFIG_PATH", dir.join("alsa.conf"))
            .env("HOME", dir)
            .env("LC_ALL", "C.UTF-8")
            .env_remove("ALOUD_DEVICE")
            .env_remove("NO_COLOR")
            .env_remove("XDG_RUNTIME_DIR")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A job of its own, as a shell would start it: it can be stopped, and be killed with all it started.
            .process_group(0);
        Program {
            command,
            stdin: Stdin::Bytes(Vec::new()),
            reads_stdout: true,
        }
    }

    pub fn args<W: AsRef<OsStr>>(mut self, words: impl IntoIterator<Item = W>) -> Program {
        self.command.args(words);
        self
    }

    pub fn arg(self, word: impl AsRef<OsStr>) -> Program {
        self.args([word])
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Program {
        self.command.env(name, value);
        self
    }

    /// What it can read from its standard input; nothing unless this is called.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Program {
        self.stdin = Stdin::Bytes(bytes.into());
        self
    }

    /// Has the test give its standard input by [`Running::write_stdin`].
    pub fn stdin_piped(mut self) -> Program {
        self.stdin = Stdin::Piped;
        self
    }

    /// Gives it this as its standard input.
    pub fn stdin_from(mut self, stdio: impl Into<Stdio>) -> Program {
        self.stdin = Stdin::Ready;
        self.command.stdin(stdio);
        self
    }

    /// Gives it this as its standard output, which is then not in the [`Outcome`].
    pub fn stdout_to(mut self, stdio: impl Into<Stdio>) -> Program {
        self.command.stdout(stdio);
        self
    }

    /// Gives it this as its standard error, which is then not in the [`Outcome`].
    pub fn stderr_to(mut self, stdio: impl Into<Stdio>) -> Program {
        self.command.stderr(stdio);
        self
    }

    /// Leaves leave_stdout_unread what it prints.
    pub fn leave_stdout_unread(mut self) -> Program {
        self.reads_stdout = false;
        self
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn run(self) -> Outcome {
        self.start().end()
    }

    /// Runs it to its end, which has to be a good one.
    #[track_caller]
    pub fn succeed(self) -> Outcome {
        let outcome = self.run();
        assert!(outcome.status.success(), "{outcome}");
        outcome
    }

    /// Runs it to its end, which has to have this exit status, with something told on stderr.
    #[track_caller]
    pub fn fail(self, status: i32) -> Outcome {
        let outcome = self.run();
        assert_eq!(outcome.status.code(), Some(status), "{outcome}");
        assert!(!outcome.stderr.is_empty(), "it failed without a word");
        outcome
    }

    /// Starts it beside the test.
    #[track_caller]
    pub fn start(mut self) -> Running {
        if !matches!(self.stdin, Stdin::Ready) {
            self.command.stdin(Stdio::piped());
        }
        let mut child = self.command.spawn().expect("the program can be started");
        let mut stdin = child.stdin.take();
        if let Stdin::Bytes(bytes) = self.stdin {
            let mut stdin = stdin.take().expect("a pipe");
            // Whoever does not read all of it has a reason, which is the test's business.
            thread::spawn(move || stdin.write_all(&bytes));
        }
        let leave_stdout_unread = if self.reads_stdout {
            None
        } else {
            child.stdout.take()
        };
        Running {
            stdin,
            stdout: Collector::of(child.stdout.take()),
            stderr: Collector::of(child.stderr.take()),
            _unread: leave_stdout_unread,
            child,
        }
    }
}

/// What comes through a pipe, gathered as it comes.
#[derive(Default)]
struct Collector {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Collector {
    fn of(pipe: Option<impl Read + Send + 'static>) -> Collector {
        let Some(mut pipe) = pipe else {
            return Collector::default();
        };
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = bytes.clone();
        let reader = thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                kept.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Collector {
            bytes,
            reader: Some(reader),
        }
    }

    fn so_far(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }

    /// All of it; the program has ended.
    fn all(&mut self) -> Vec<u8> {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.so_far()
    }
}

/// A program that runs. It is killed where it still runs when this goes.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Collector,
    stderr: Collector,
    _unread: Option<std::process::ChildStdout>,
}

impl Running {
    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Gives it more of its standard input.
    #[track_caller]
    pub fn write_stdin(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("a pipe to write_stdin");
        stdin.write_all(bytes).unwrap();
        stdin.flush().unwrap();
    }

    /// Ends its standard input.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// What it has printed so far.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout.so_far()).into_owned()
    }

    /// Waits until it has printed `text`.
    #[track_caller]
    pub fn wait_for_stdout(&mut self, text: &str) {
        wait_until(text, || self.stdout().contains(text));
    }

    /// Waits until it has told an event of that name.
    #[track_caller]
    pub fn wait_for_event(&mut self, name: &str) {
        self.wait_for_stdout(&format!("{{\"event\":\"{name}\""));
    }

    /// Waits until it is stopped, as by Ctrl-Z.
    #[track_caller]
    pub fn wait_until_stopped(&self) {
        wait_until("the program to stop", || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
            stat.rsplit_once(") ")
                .is_some_and(|(_, rest)| rest.starts_with('T'))
        });
    }

    /// Waits until it has its signals in hand and all of its threads have slept for a while: then all it does is wait.
    #[track_caller]
    pub fn wait_until_idle(&self) {
        wait_until("the program to handle SIGTERM", || self.catches_term());
        let (mut before, mut since) = (self.threads(), Instant::now());
        wait_until("the program to come to rest", || {
            let now = self.threads();
            // On a busy machine one that is not asleep may not have run either.
            let asleep = now
                .iter()
                .all(|line| !line.starts_with("State:") || line.contains("sleeping"));
            if now != before || !asleep {
                (before, since) = (now, Instant::now());
            }
            since.elapsed() > Duration::from_millis(150)
        });
    }

    fn catches_term(&self) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        caught
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .is_some_and(|mask| mask & (1 << (Signal::TERM.as_raw() - 1)) != 0)
    }

    /// Of each of its threads, its state and how often it has given up a processor.
    fn threads(&self) -> Vec<String> {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.id())).unwrap();
        let status = |thread: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(thread.ok()?.path().join("status")).ok()
        };
        let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
        threads
            .filter_map(status)
            .flat_map(lines)
            .filter(|line| line.starts_with("State:") || line.contains("ctxt_switches"))
            .collect()
    }

    /// Waits for its own end; what hangs is killed, and fails the test.
    #[track_caller]
    pub fn end(mut self) -> Outcome {
        let deadline = Instant::now() + TIMEOUT;
        let mut pause = Duration::from_micros(500);
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                let (stdout, stderr) = (self.stdout.so_far(), self.stderr.so_far());
                let status = ExitStatus::from_raw(0);
                let so_far = Outcome {
                    status,
                    stdout,
                    stderr,
                };
                drop(self);
                panic!("the program hung and was killed; until then, {so_far}");
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        };
        Outcome {
            status,
            stdout: self.stdout.all(),
            stderr: self.stderr.all(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already waited for: the number may be another's by now.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = kill_process_group(self.pid(), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// How a program ended, and what it printed.
pub struct Outcome {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Outcome {
    /// Its standard output, which is text.
    #[track_caller]
    pub fn stdout(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("stdout is text")
    }

    /// Its standard error, which is text.
    #[track_caller]
    pub fn stderr(&self) -> &str {
        std::str::from_utf8(&self.stderr).expect("stderr is text")
    }

    /// Asserts that this signal was its end.
    #[track_caller]
    pub fn assert_killed_by(&self, signal: Signal) {
        assert_eq!(self.status.signal(), Some(signal.as_raw()), "{self}");
    }

    /// The line that tells an error, after asserting that stderr is that and at most two hints.
    #[track_caller]
    pub fn error_line(&self) -> &str {
        let mut lines = self.stderr().lines();
        let line = lines.next().unwrap_or_default();
        assert!(line.starts_with("aloud: "), "{self}");
        let hints: Vec<_> = lines.collect();
        let all_hints = hints.iter().all(|line| line.starts_with("hint: "));
        assert!(hints.len() <= 2 && all_hints, "{self}");
        line
    }

    /// The hints that follow an error, without their first word.
    pub fn hints(&self) -> Vec<&str> {
        let lines = self.stderr().lines();
        lines
            .filter_map(|line| line.strip_prefix("hint: "))
            .collect()
    }

    /// The JSON document on stdout.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// The JSON lines on stdout.
    #[track_caller]
    pub fn events(&self) -> Vec<Value> {
        let event =
            |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.stdout().lines().map(event).collect()
    }

    /// The only event of that name.
    #[track_caller]
    pub fn event(&self, name: &str) -> Value {
        let mut events = self.events();
        events.retain(|event| event["event"] == name);
        assert_eq!(events.len(), 1, "one '{name}': {self}");
        events.remove(0)
    }

    /// The error objects that `--json` leaves on stderr, one a line.
    #[track_caller]
    pub fn errors(&self) -> Vec<Value> {
        let object = |line| -> Value {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        };
        let lines = self.stderr().lines();
        lines.map(|line| object(line)["error"].clone()).collect()
    }

    /// The only error object.
    #[track_caller]
    pub fn error(&self) -> Value {
        let mut errors = self.errors();
        assert_eq!(errors.len(), 1, "one error: {self}");
        errors.remove(0)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the program ended with {}", self.status)?;
        writeln!(f, "stdout: {}", String::from_utf8_lossy(&self.stdout))?;
        write!(f, "stderr: {}", String::from_utf8_lossy(&self.stderr))
    }
}
