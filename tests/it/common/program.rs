//! Running a program, to its end or in the background. A program that hangs is killed, and the test fails.

use super::{TIMEOUT, schema, wait_until};
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

/// A program to run.
pub struct Program {
    command: Command,
    stdin: Stdin,
    reads_stdout: bool,
}

enum Stdin {
    /// Written at once.
    Bytes(Vec<u8>),
    /// Written by the test while the program runs.
    Piped,
    /// A file that the test has opened.
    Open,
}

impl Program {
    /// The program in the directory `dir`, without the environment variables that would influence it.
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
            // A process group of its own, as in a shell: it can be stopped, and be killed with its children.
            .process_group(0);
        Program {
            command,
            stdin: Stdin::Bytes(Vec::new()),
            reads_stdout: true,
        }
    }

    pub fn args<W: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = W>) -> Program {
        self.command.args(args);
        self
    }

    pub fn arg(self, arg: impl AsRef<OsStr>) -> Program {
        self.args([arg])
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Program {
        self.command.env(name, value);
        self
    }

    /// Sets its standard input, which is empty by default.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Program {
        self.stdin = Stdin::Bytes(bytes.into());
        self
    }

    /// Lets the test write its standard input by [`Running::write_stdin`].
    pub fn stdin_piped(mut self) -> Program {
        self.stdin = Stdin::Piped;
        self
    }

    /// Sets its standard input to an open file.
    pub fn stdin_from(mut self, stdio: impl Into<Stdio>) -> Program {
        self.stdin = Stdin::Open;
        self.command.stdin(stdio);
        self
    }

    /// Redirects its standard output, which is then not in the [`Outcome`].
    pub fn stdout_to(mut self, stdio: impl Into<Stdio>) -> Program {
        self.command.stdout(stdio);
        self
    }

    /// Redirects its standard error, which is then not in the [`Outcome`].
    pub fn stderr_to(mut self, stdio: impl Into<Stdio>) -> Program {
        self.command.stderr(stdio);
        self
    }

    /// Does not read its standard output.
    pub fn leave_stdout_unread(mut self) -> Program {
        self.reads_stdout = false;
        self
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn run(self) -> Outcome {
        self.start().wait()
    }

    /// Runs it to its end and asserts that it succeeds.
    #[track_caller]
    pub fn succeed(self) -> Outcome {
        let outcome = self.run();
        assert!(outcome.status.success(), "{outcome}");
        outcome
    }

    /// Runs it to its end and asserts this exit status and a message on stderr.
    #[track_caller]
    pub fn fail(self, status: i32) -> Outcome {
        let outcome = self.run();
        assert_eq!(outcome.status.code(), Some(status), "{outcome}");
        assert!(!outcome.stderr.is_empty(), "it failed without a message");
        outcome
    }

    /// Starts it in the background.
    #[track_caller]
    pub fn start(mut self) -> Running {
        if !matches!(self.stdin, Stdin::Open) {
            self.command.stdin(Stdio::piped());
        }
        let mut child = self.command.spawn().expect("the program can be started");
        let mut stdin = child.stdin.take();
        if let Stdin::Bytes(bytes) = self.stdin {
            let mut stdin = stdin.take().expect("a pipe");
            // The program may end without reading all of it.
            thread::spawn(move || stdin.write_all(&bytes));
        }
        let leave_stdout_unread = if self.reads_stdout {
            None
        } else {
            child.stdout.take()
        };
        let args = self.command.get_args();
        let args: Vec<String> = args.map(|arg| arg.to_string_lossy().into_owned()).collect();
        let is_aloud = self.command.get_program() == OsStr::new(env!("CARGO_BIN_EXE_aloud"));
        Running {
            schema: schema::name_for(&args).filter(|_| is_aloud),
            stdin,
            stdout: Collector::of(child.stdout.take()),
            stderr: Collector::of(child.stderr.take()),
            _unread: leave_stdout_unread,
            child,
        }
    }
}

/// Collects what comes through a pipe.
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

    /// Everything. The program must have ended.
    fn all(&mut self) -> Vec<u8> {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.so_far()
    }
}

/// A running program. Dropping it kills the program.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Collector,
    stderr: Collector,
    _unread: Option<std::process::ChildStdout>,
    /// The schema of its JSON.
    schema: Option<&'static str>,
}

impl Running {
    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Its process ID.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Writes to its standard input.
    #[track_caller]
    pub fn write_stdin(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("a pipe to stdin");
        stdin.write_all(bytes).unwrap();
        stdin.flush().unwrap();
    }

    /// Closes its standard input.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Its standard output so far.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout.so_far()).into_owned()
    }

    /// Waits until it has printed `text`.
    #[track_caller]
    pub fn wait_for_stdout(&mut self, text: &str) {
        wait_until(text, || self.stdout().contains(text));
    }

    /// Waits until it has printed an event with this name.
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

    /// Waits until it handles signals and all of its threads have slept for a while.
    #[track_caller]
    pub fn wait_until_idle(&self) {
        wait_until("the program to handle SIGTERM", || self.catches_term());
        let (mut before, mut since) = (self.threads(), Instant::now());
        wait_until("the program to become idle", || {
            let now = self.threads();
            // On a busy machine, a thread that is runnable may not have run in the meantime.
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

    /// The state and the number of context switches of each of its threads.
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

    /// Waits for its end. A program that hangs is killed, and the test fails.
    #[track_caller]
    pub fn wait(mut self) -> Outcome {
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
                panic!("the program hung and was killed: {so_far}");
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        };
        let outcome = Outcome {
            status,
            stdout: self.stdout.all(),
            stderr: self.stderr.all(),
        };
        if let Some(name) = self.schema {
            outcome.check_json(name);
        }
        outcome
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Once it was waited for, its process ID may belong to another program.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = kill_process_group(self.pid(), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// The exit status of a program and what it printed.
pub struct Outcome {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Outcome {
    /// Checks all JSON that it printed against the schemas. Standard output may be sound, and the last line may be cut
    /// off.
    #[track_caller]
    fn check_json(&self, name: &str) {
        let parsed = |line: &[u8]| serde_json::from_slice::<Value>(line).ok();
        let lines = |bytes: &[u8]| -> Vec<Value> {
            let lines = bytes.split(|byte| *byte == b'\n');
            let json = lines.filter(|line| line.starts_with(b"{") || line.starts_with(b"["));
            json.filter_map(parsed).collect()
        };
        for value in lines(&self.stdout) {
            schema::check(name, &value);
        }
        for value in lines(&self.stderr) {
            let is_error = value.get("error").is_some();
            schema::check(if is_error { "error" } else { name }, &value);
        }
    }

    /// Its standard output as text.
    #[track_caller]
    pub fn stdout(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("stdout is text")
    }

    /// Its standard error as text.
    #[track_caller]
    pub fn stderr(&self) -> &str {
        std::str::from_utf8(&self.stderr).expect("stderr is text")
    }

    /// Asserts that this signal killed it.
    #[track_caller]
    pub fn assert_killed_by(&self, signal: Signal) {
        assert_eq!(self.status.signal(), Some(signal.as_raw()), "{self}");
    }

    /// The line with the error, after asserting that stderr contains only that and at most two hints.
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

    /// The hints that follow an error, without their prefix.
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

    /// The events with this name.
    #[track_caller]
    pub fn events_named(&self, name: &str) -> Vec<Value> {
        let mut events = self.events();
        events.retain(|event| event["event"] == name);
        events
    }

    /// The only event with this name.
    #[track_caller]
    pub fn event(&self, name: &str) -> Value {
        let mut events = self.events_named(name);
        assert_eq!(events.len(), 1, "number of '{name}' events: {self}");
        events.remove(0)
    }

    /// The error objects that `--json` prints to stderr, one per line.
    #[track_caller]
    pub fn errors(&self) -> Vec<Value> {
        let object = |line| -> Value {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        };
        let lines = self.stderr().lines();
        lines.map(|line| object(line)["error"].clone()).collect()
    }

    /// The kinds of the error objects.
    #[track_caller]
    pub fn error_kinds(&self) -> Vec<Value> {
        let errors = self.errors();
        errors.iter().map(|error| error["kind"].clone()).collect()
    }

    /// The only error object.
    #[track_caller]
    pub fn error(&self) -> Value {
        let mut errors = self.errors();
        assert_eq!(errors.len(), 1, "number of errors: {self}");
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
