//! `record --run-after-file`: a command for each finished file.

use aloud::audio::transfer::{Event, FileEvent, FileState};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Commands that run at the same time; further ones are not started.
const MAX_COMMANDS: usize = 32;

/// How long the end of the program waits for commands.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// How often the end of the program checks the commands.
const POLL: Duration = Duration::from_millis(20);

/// Runs the command, and reports how it ends. Nothing waits for it while the recording runs.
pub struct AfterFile {
    /// For `sh -c`.
    command: String,
    running: Vec<RunningCommand>,
}

struct RunningCommand {
    file: String,
    child: Child,
}

impl AfterFile {
    pub fn new(command: String) -> AfterFile {
        AfterFile {
            command,
            running: Vec::new(),
        }
    }

    /// Starts the command if `event` is a finished file. Returns warnings: about this, and about commands that have ended.
    pub fn note(&mut self, event: &Event) -> Vec<String> {
        let mut warnings = self.ended();
        if let Event::File(file) = event
            && file.state == FileState::Finished
        {
            warnings.extend(self.start(file).err());
        }
        warnings
    }

    /// Waits for the commands that run, unless it `is_interrupted`; returns warnings.
    pub fn finish(mut self, is_interrupted: &dyn Fn() -> bool) -> Vec<String> {
        let since = Instant::now();
        let mut warnings = self.ended();
        while !self.running.is_empty() && since.elapsed() < MAX_WAIT && !is_interrupted() {
            thread::sleep(POLL);
            warnings.extend(self.ended());
        }
        let after = match since.elapsed() >= MAX_WAIT {
            true => format!(" after {} s", MAX_WAIT.as_secs()),
            false => String::new(),
        };
        let left = self.running.iter().map(|command| {
            let what = self.after(&command.file);
            format!("{what} still runs{after}")
        });
        warnings.extend(left);
        warnings
    }

    fn start(&mut self, file: &FileEvent) -> Result<(), String> {
        if self.running.len() >= MAX_COMMANDS {
            let what = self.after(&file.name);
            return Err(format!("{what} is not run: {MAX_COMMANDS} are running"));
        }
        let spawned = self.spawn(file);
        let child = spawned
            .map_err(|error| format!("{} cannot be run: {error}", self.after(&file.name)))?;
        self.running.push(RunningCommand {
            file: file.name.clone(),
            child,
        });
        Ok(())
    }

    /// In its own process group, since Ctrl-C ends the recording and not what is done with its files. Its output goes to
    /// stderr: stdout may carry events.
    fn spawn(&self, file: &FileEvent) -> io::Result<Child> {
        Command::new("sh")
            .args(["-c", &self.command])
            .env(
                "ALOUD_FILE",
                file.file.as_deref().unwrap_or(Path::new(&file.name)),
            )
            .envs(variables(file))
            .stdin(Stdio::null())
            .stdout(io::stderr())
            .process_group(0)
            .spawn()
    }

    /// Removes the commands that have ended; returns warnings about those that failed.
    fn ended(&mut self) -> Vec<String> {
        let mut failures = Vec::new();
        self.running
            .retain_mut(|command| match command.child.try_wait() {
                Ok(None) => true,
                Ok(Some(status)) if status.success() => false,
                Ok(Some(status)) => {
                    failures.push((command.file.clone(), format!("failed: {status}")));
                    false
                }
                Err(error) => {
                    failures.push((command.file.clone(), format!("is lost: {error}")));
                    false
                }
            });
        let failures = failures.iter();
        failures
            .map(|(file, why)| format!("{} {why}", self.after(file)))
            .collect()
    }

    fn after(&self, file: &str) -> String {
        format!("the command '{}' after '{file}'", self.command)
    }
}

/// What the command is told about the file. Unknown values are empty.
fn variables(file: &FileEvent) -> [(&'static str, String); 7] {
    fn text(value: Option<impl ToString>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let seconds = file.seconds.map(|seconds| format!("{seconds:.3}"));
    [
        ("ALOUD_FRAMES", text(file.frames)),
        ("ALOUD_SECONDS", text(seconds)),
        ("ALOUD_BYTES", text(file.bytes)),
        ("ALOUD_FORMAT", text(file.spec.map(|spec| spec.format))),
        ("ALOUD_RATE", text(file.spec.map(|spec| spec.rate))),
        ("ALOUD_CHANNELS", text(file.spec.map(|spec| spec.channels))),
        ("ALOUD_START", text(file.start_time)),
    ]
}
