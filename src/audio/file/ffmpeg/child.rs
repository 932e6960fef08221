//! A child process that writes to a pipe: its output is read, its messages are kept, and it never outlives its reader.

use super::declared_length::DeclaredLength;
use super::decoded_block::DecodedBlock;
use crate::audio::errno::errno_text;
use crate::audio::error::{Error, Kind};
use crate::audio::file::input::Input;
use crate::audio::poll;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A child that has all it needs and writes nothing for this long is hung.
const TIMEOUT: Duration = match cfg!(test) {
    true => Duration::from_secs(1),
    false => Duration::from_secs(20),
};

/// How often a child that is waited for is checked.
const INTERVAL: Duration = Duration::from_millis(500);

/// How many bytes of a line are kept, and how many lines.
const MAX_LINE_BYTES: u64 = 1000;
const MAX_LINES: usize = 50;

/// What a child reads.
pub(super) enum ChildInput {
    /// A regular file, as its standard input.
    File(std::fs::File),
    /// An input that a thread reads for it, and where it stores the length at the end.
    Pipe(Input, InputLength),
    /// Nothing.
    Nothing,
}

/// How many bytes an input has, once that is known.
pub(super) type InputLength = Arc<OnceLock<u64>>;

/// The output of a child.
pub(super) struct ChildOutput {
    program: &'static str,
    /// Name of the input for messages.
    name: String,
    child: Child,
    stdout: ChildStdout,
    log: ChildLog,
    /// Whether the child waits for bytes that its input does not have yet.
    is_starved: Arc<AtomicBool>,
    input_error: Arc<Mutex<Option<Error>>>,
    end: Option<Result<(), Error>>,
}

/// The last lines that a child has written to its standard error.
#[derive(Clone, Default)]
pub(super) struct ChildLog(Arc<Mutex<LogLines>>);

#[derive(Default)]
struct LogLines {
    lines: Vec<String>,
    /// The first blocks that were decoded.
    blocks: Vec<DecodedBlock>,
    length: DeclaredLength,
    is_closed: bool,
}

/// How many blocks are kept.
const MAX_BLOCKS: usize = 2;

/// The filter whose lines describe decoded blocks.
const BLOCK_FILTER: &str = "[Parsed_ashowinfo_";

impl ChildLog {
    fn read(&self, stderr: ChildStderr) {
        let mut reader = BufReader::new(stderr);
        let mut line = Vec::new();
        while matches!(
            (&mut reader)
                .take(MAX_LINE_BYTES)
                .read_until(b'\n', &mut line),
            Ok(1..)
        ) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            self.add(text);
            line.clear();
        }
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_closed = true;
    }

    fn add(&self, line: String) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if line.starts_with(BLOCK_FILTER) {
            let block = DecodedBlock::parse(&line);
            let number = log.blocks.len() as u64;
            if let Some((_, block)) = block.filter(|(found, _)| *found == number)
                && log.blocks.len() < MAX_BLOCKS
            {
                log.blocks.push(block);
            }
            return;
        }
        log.length.read(&line);
        if log.lines.len() == MAX_LINES {
            log.lines.remove(MAX_LINES / 2);
        }
        log.lines.push(line);
    }

    /// The first blocks of decoded frames, at least `count` unless there are fewer. Call it when frames have been
    /// written: waits for a limited time.
    pub(super) fn blocks(&self, count: usize) -> Vec<DecodedBlock> {
        let deadline = Instant::now() + Duration::from_secs(1);
        loop {
            let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if log.blocks.len() >= count || log.is_closed || Instant::now() > deadline {
                return log.blocks.clone();
            }
            drop(log);
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// How many seconds of sound the header of the input declares, if it does. Call it when frames have been written.
    pub(super) fn declared_seconds(&self) -> Option<f64> {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.length.seconds()
    }

    /// Forgets what was written so far, apart from the blocks and the length.
    pub(super) fn forget_lines(&self) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.lines.clear();
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.lines.clone()
    }

    /// Waits until the child has closed its standard error, for a limited time.
    fn settle(&self) {
        let deadline = Instant::now() + Duration::from_secs(1);
        while !self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_closed
            && Instant::now() < deadline
        {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The errors, in ffmpeg's own words.
    pub(super) fn errors(&self) -> Vec<String> {
        let words = |line: &String| {
            let (_, message) = line
                .split_once("[error] ")
                .or_else(|| line.split_once("[fatal] "))?;
            Some(message.to_owned())
        };
        self.lines().iter().filter_map(words).collect()
    }
}

impl ChildOutput {
    /// Starts `command`, the program `program`.
    ///
    /// # Errors
    /// If it cannot be started: `NotFound` if it is not installed.
    pub(super) fn start(
        program: &'static str,
        name: &str,
        command: &mut Command,
        supply: ChildInput,
    ) -> io::Result<ChildOutput> {
        let (stdin, input) = match supply {
            ChildInput::File(file) => (Stdio::from(file), None),
            ChildInput::Pipe(input, length) => (Stdio::piped(), Some((input, length))),
            ChildInput::Nothing => (Stdio::null(), None),
        };
        let command = command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Ctrl-C at the terminal must only reach this process, which then ends its child.
        let mut child = command.process_group(0).spawn()?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(io::Error::other("a child has no pipes"));
        };
        let stdin = child.stdin.take();
        let output = ChildOutput {
            program,
            name: name.to_owned(),
            child,
            stdout,
            log: ChildLog::default(),
            is_starved: Arc::new(AtomicBool::new(false)),
            input_error: Arc::default(),
            end: None,
        };
        let log = output.log.clone();
        thread::Builder::new().spawn(move || log.read(stderr))?;
        if let (Some(stdin), Some((input, length))) = (stdin, input) {
            let (starved, error) = (output.is_starved.clone(), output.input_error.clone());
            thread::Builder::new().spawn(move || feed(input, &length, stdin, &starved, &error))?;
        }
        Ok(output)
    }

    pub(super) fn log(&self) -> ChildLog {
        self.log.clone()
    }

    /// Waits until there is something to read.
    fn wait_for_output(&mut self) -> Result<(), Error> {
        let mut silent_since = Instant::now();
        loop {
            let mut fds = [poll::entry(self.stdout.as_fd(), libc::POLLIN)];
            if poll::poll(&mut fds, Some(INTERVAL))
                .map_err(|errno| self.broken(&errno_text(errno)))?
            {
                return Ok(());
            }
            if self.is_starved.load(Ordering::Relaxed) {
                silent_since = Instant::now();
            }
            if silent_since.elapsed() > TIMEOUT {
                self.stop();
                let seconds = TIMEOUT.as_secs();
                return Err(self.broken(&format!(
                    "{} has not answered for {seconds} s",
                    self.program
                )));
            }
        }
    }

    /// Reaps the child after the end of its output.
    fn finish(&mut self) -> Result<(), Error> {
        self.log.settle();
        let status = self.wait()?;
        let failed = self
            .input_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match (failed, status.signal()) {
            (Some(error), _) => Err(error),
            (None, Some(signal)) => {
                Err(self.broken(&format!("{} was killed by signal {signal}", self.program)))
            }
            (None, None) if !status.success() => Err(self.failure()),
            _ => Ok(()),
        }
    }

    /// The error for a child that died before the end.
    fn broken(&self, why: &str) -> Error {
        Error::new(Kind::Io, format!("cannot read '{}': {why}", self.name)).with_file(&self.name)
    }

    /// The error for a child that gives up, in its own words.
    fn failure(&self) -> Error {
        let words = self.log.errors().into_iter().next();
        let words = words.map(|words| match words.rsplit_once("/proc/self/fd/0: ") {
            Some((_, words)) => words.to_owned(),
            None => words.strip_prefix("pipe:0: ").unwrap_or(&words).to_owned(),
        });
        let words = words.unwrap_or_else(|| "no reason given".to_owned());
        Error::invalid(&self.name, format!("cannot be decoded by ffmpeg: {words}"))
    }

    fn wait(&mut self) -> Result<ExitStatus, Error> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(5)),
                Ok(None) => {
                    self.stop();
                    return Err(self.broken(&format!("{} does not end", self.program)));
                }
                Err(error) => return Err(self.broken(&error.to_string())),
            }
        }
    }

    /// Ends the child, even if it is suspended.
    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Read for ChildOutput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.end.is_none() {
            match self.wait_for_output() {
                Err(why) => self.end = Some(Err(why)),
                Ok(()) => match self.stdout.read(buffer)? {
                    0 => self.end = Some(self.finish()),
                    got => return Ok(got),
                },
            }
        }
        match &self.end {
            Some(Err(error)) => Err(io::Error::other(error.clone())),
            _ => Ok(0),
        }
    }
}

impl Drop for ChildOutput {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            self.stop();
        }
    }
}

/// Writes all of `input` to a child that may stop reading at any time.
fn feed(
    mut input: Input,
    length: &InputLength,
    mut stdin: ChildStdin,
    is_starved: &AtomicBool,
    failed: &Mutex<Option<Error>>,
) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        is_starved.store(true, Ordering::Relaxed);
        let got = input.read(&mut buffer);
        is_starved.store(false, Ordering::Relaxed);
        match got {
            Ok(0) => {
                // Before the child sees the end.
                let _ = length.set(input.position());
                return;
            }
            Ok(got) if stdin.write_all(&buffer[..got]).is_ok() => {}
            Ok(_) => return,
            Err(error) => {
                *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, supply: ChildInput) -> ChildOutput {
        let mut command = Command::new("/bin/sh");
        ChildOutput::start("sh", "x", command.args(["-c", script]), supply).unwrap()
    }

    fn piped(bytes: &'static [u8]) -> ChildInput {
        ChildInput::Pipe(Input::from_reader("x", bytes), InputLength::default())
    }

    fn read(mut child: ChildOutput) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let read = child.read_to_end(&mut bytes);
        read.map(|_| bytes).map_err(|error| error.to_string())
    }

    #[test]
    fn output_is_what_the_child_makes_of_its_input() {
        assert_eq!(read(shell("cat", piped(b"sound"))), Ok(b"sound".to_vec()));
        let length = InputLength::default();
        let input = Input::from_reader("x", &b"sound"[..]);
        let supply = ChildInput::Pipe(input, length.clone());
        assert_eq!(read(shell("cat", supply)), Ok(b"sound".to_vec()));
        assert_eq!(length.get(), Some(&5));
        // The child need not read all of its input, and may write many messages.
        let script =
            "head -c 1; i=0; while [ $i -lt 3000 ]; do echo '[error] no' >&2; i=$((i+1)); done";
        assert_eq!(
            read(shell(script, piped(&[b'a'; 1 << 20]))),
            Ok(b"a".to_vec())
        );
    }

    #[test]
    fn a_child_that_fails_or_is_killed_is_an_error() {
        let failed = read(shell(
            "echo '[x @ 1] [error] no sound' >&2; exit 3",
            piped(b""),
        ));
        assert_eq!(
            failed,
            Err("'x' cannot be decoded by ffmpeg: no sound".to_owned())
        );
        let killed = read(shell("kill -9 $$", piped(b"")));
        assert_eq!(
            killed,
            Err("cannot read 'x': sh was killed by signal 9".to_owned())
        );
    }

    #[test]
    fn a_child_that_hangs_is_an_error() {
        for script in ["exec sleep 1000", "kill -STOP $$"] {
            let hung = read(shell(script, piped(b"")));
            let expected = "cannot read 'x': sh has not answered for 1 s";
            assert_eq!(hung, Err(expected.to_owned()));
        }
    }

    #[test]
    fn a_child_ends_with_its_reader() {
        let child = shell("echo $$; exec sleep 1000", piped(b""));
        let pid = child.child.id();
        drop(child);
        assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    }
}
