//! The only place that prints. stdout carries what was asked for; everything else goes to stderr.

mod block;
mod escape;
mod events;
mod fit;
mod json;
mod meter;
pub mod plain;
mod screen;
mod status;
mod stdout;
mod terminal;

use super::{Failure, advice};
use aloud::audio::errno::errno_text;
use aloud::audio::error::{Error, STDOUT_NAME};
use aloud::audio::pcm::Direction;
use aloud::audio::transfer::{FileEvent, TransferCommand, TransferControl};
use anstyle::{AnsiColor, Style};
use block::Block;
use clap::{ArgAction, ValueEnum};
pub use escape::escape_controls;
use meter::Channels;
use serde::Serialize;
use status::StatusDisplay;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use stdout::write_stdout;
pub use terminal::{Look, help_columns, is_utf8_locale};
use terminal::{TerminalSize, is_dumb_terminal};

pub use block::erase as erase_status;
pub use fit::{fit, wrapped};
#[cfg(test)]
pub use json::ErrorLine;
pub use screen::FullScreen;
pub use status::clock;

/// Options that every command takes.
#[derive(clap::Args)]
pub struct GlobalArgs {
    /// Print JSON: a document, or one event per line
    #[arg(long, global = true, help_heading = "Global options")]
    json: bool,
    /// Print errors only
    #[arg(short, long, global = true, help_heading = "Global options")]
    quiet: bool,
    /// Print more: device parameters, libasound's messages
    #[arg(short, long, action = ArgAction::Count, global = true, help_heading = "Global options")]
    verbose: u8,
    /// When to use color
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN", global = true, hide_short_help = true, help_heading = "Global options")]
    color: Color,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

impl Color {
    /// The same choice for clap's own help.
    pub fn for_clap(self) -> clap::ColorChoice {
        match self {
            Color::Auto => clap::ColorChoice::Auto,
            Color::Always => clap::ColorChoice::Always,
            Color::Never => clap::ColorChoice::Never,
        }
    }

    fn is_used_on(self, stream: &impl IsTerminal) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                stream.is_terminal()
                    && !is_dumb_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }
}

/// The value of the last `--color` in a command line that need not be valid.
pub fn color_of(words: &[OsString]) -> Color {
    let at = |at: usize| {
        let word = words[at].to_str()?;
        let value = match word.strip_prefix("--color") {
            Some("") => words.get(at + 1)?.to_str()?,
            Some(rest) => rest.strip_prefix('=')?,
            None => return None,
        };
        Color::from_str(value, true).ok()
    };
    (0..words.len()).rev().find_map(at).unwrap_or(Color::Auto)
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// What is printed when there is no memory left, as text and as JSON.
const OUT_OF_MEMORY: [&str; 2] = [
    "aloud: out of memory\n",
    concat!(
        r#"{"error":{"kind":"internal","device":null,"file":null,"message":"out of memory","hint":null}}"#,
        "\n"
    ),
];

/// Whether errors are printed as JSON, where there is no [`Ui`].
static PRINTS_JSON: AtomicBool = AtomicBool::new(false);

/// Whether an error was printed.
static HAS_ERROR: AtomicBool = AtomicBool::new(false);

/// At most this many hints are printed below an error.
const MAX_HINTS: usize = 2;

/// Interval of progress events in a stream of events, and in lines of text.
pub const PROGRESS: Duration = Duration::from_secs(1);

/// Interval of progress events on a terminal.
const REDRAW: Duration = Duration::from_millis(80);

/// How levels are shown (`-V`).
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum VuMeter {
    /// One bar, for the loudest channel
    Mono,
    /// One bar for each channel
    Stereo,
}

/// What a transfer shows of itself, apart from its progress.
#[derive(Default)]
struct ShownTransfer {
    /// The device that it waits for.
    awaited: Option<String>,
    control: Option<TransferControl>,
    is_paused: bool,
    /// What a key could not do, or did, and until when that is shown.
    reply: Option<(String, Instant)>,
    volume_db: f64,
    /// Files that were opened ahead of what is heard.
    upcoming: VecDeque<FileEvent>,
    /// The file that is heard or recorded.
    file: Option<FileEvent>,
    /// The size of the file that is recorded, and when it was read.
    size: Option<(u64, Instant)>,
    /// Both devices of a loopback.
    route: Option<String>,
    /// Whether the length of an xrun is unknown.
    lost_unknown: bool,
    legend: Arc<AtomicBool>,
}

impl ShownTransfer {
    /// Whether it is paused, or will be when its device is back.
    fn is_paused(&self) -> bool {
        let command = self.control.as_ref().map(TransferControl::command);
        match self.awaited {
            Some(_) => command == Some(TransferCommand::Pause),
            None => self.is_paused,
        }
    }
}

/// Prints according to the global options.
pub struct Ui {
    json: bool,
    quiet: bool,
    verbose: u8,
    color: Color,
    colored: bool,
    /// stdout carries sound, so events go to stderr.
    events_to_stderr: bool,
    direction: Direction,
    /// Both directions at once: a loopback.
    relays: bool,
    status: StatusDisplay,
    /// What a transfer shows of itself.
    shown: ShownTransfer,
    /// The device that is played on or recorded from, in one word.
    place: Option<String>,
}

impl Ui {
    pub fn new(args: &GlobalArgs) -> Ui {
        PRINTS_JSON.store(args.json, Relaxed);
        Ui {
            json: args.json,
            quiet: args.quiet,
            verbose: args.verbose,
            color: args.color,
            colored: args.color.is_used_on(&io::stderr()),
            events_to_stderr: false,
            direction: Direction::Playback,
            relays: false,
            status: StatusDisplay::default(),
            shown: ShownTransfer::default(),
            place: None,
        }
    }

    /// Prints as this one does, on another thread.
    pub fn another(&self) -> Ui {
        Ui::new(&GlobalArgs {
            json: self.json,
            quiet: self.quiet,
            verbose: self.verbose,
            color: self.color,
        })
    }

    /// Prints errors in a command line that was not accepted.
    pub fn for_usage(json: bool, color: Color) -> Ui {
        Ui::new(&GlobalArgs {
            json,
            quiet: false,
            verbose: 0,
            color,
        })
    }

    /// Whether `--json` was given.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether `--quiet` was given.
    pub fn quiet(&self) -> bool {
        self.quiet
    }

    /// Whether `--verbose` was given.
    pub fn verbose(&self) -> bool {
        self.verbose > 0
    }

    /// Whether a full screen has colors.
    pub fn colors_screen(&self) -> bool {
        self.color.is_used_on(&io::stdout())
    }

    /// How often progress is shown, if it is: as an event stream, on a terminal or, with `levels`, as lines on stderr
    /// where there is no terminal.
    pub fn progress_interval(&mut self, levels: Option<VuMeter>) -> Option<Duration> {
        self.status.without_terminal = levels.is_some();
        self.status.channels = match levels {
            Some(VuMeter::Mono) => Channels::Loudest,
            _ => Channels::Each,
        };
        let is_drawn = !self.json && !self.quiet && Block::open().is_some();
        match (is_drawn, self.json || levels.is_some()) {
            (true, _) => Some(REDRAW),
            (false, true) => Some(PROGRESS),
            (false, false) => None,
        }
    }

    /// A switch that shows or hides the legend of the keys.
    pub fn legend(&self) -> Arc<AtomicBool> {
        self.shown.legend.clone()
    }

    /// Shows a pause even while no device runs that could report it.
    pub fn follow(&mut self, control: &TransferControl) {
        self.shown.control = Some(control.clone());
    }

    /// Sends events to stderr from now on: stdout carries sound.
    pub fn leave_stdout_to_sound(&mut self) {
        self.events_to_stderr = true;
    }

    /// Prints one JSON document to stdout.
    pub fn document(&self, value: &impl Serialize) -> io::Result<()> {
        write_stdout(json::line(value)?.as_bytes())
    }

    /// The columns of stdout, if it is a terminal.
    pub fn columns(&self) -> Option<usize> {
        TerminalSize::of(io::stdout()).map(|size| size.columns)
    }

    /// Prints lines of text to stdout, with control characters escaped.
    pub fn text(&self, text: &str) -> io::Result<()> {
        let mut safe = String::with_capacity(text.len() + 1);
        for line in text.lines() {
            safe.push_str(&escape_controls(line));
            safe.push('\n');
        }
        write_stdout(safe.as_bytes())
    }

    /// Prints lines of text to stdout behind a mark, which is colored on a terminal.
    pub fn marked(&self, mark: &str, style: Style, text: &str) -> io::Result<()> {
        let mut safe = match self.color.is_used_on(&io::stdout()) {
            true => format!("{style}{mark}{style:#}"),
            false => mark.to_owned(),
        };
        for line in text.lines() {
            safe.push_str(&escape_controls(line));
            safe.push('\n');
        }
        write_stdout(safe.as_bytes())
    }

    /// Prints bytes that this program generated (a script, a manual page) unchanged.
    pub fn raw(&self, bytes: &[u8]) -> io::Result<()> {
        write_stdout(bytes)
    }

    /// Prints the help or the version that clap has prepared.
    pub fn clap_text(&self, text: &clap::builder::StyledStr) -> io::Result<()> {
        match self.color.is_used_on(&io::stdout()) {
            true => write_stdout(text.ansi().to_string().as_bytes()),
            false => write_stdout(text.to_string().as_bytes()),
        }
    }

    /// Prints information to stderr; nothing with `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.to_stderr(&escape_controls(text));
        }
    }

    /// Sets the device that is named where a sound begins.
    pub fn set_place(&mut self, device: &str) {
        self.place = Some(device.to_owned());
    }

    /// Prints which device a name means; nothing with `--json`, where an event or document names it.
    pub fn device_note(&self, text: &str) {
        if !self.json {
            self.note(text);
        }
    }

    /// Asks whether to `act` on a file of `bytes` bytes. The answer is no unless it is yes.
    pub fn confirms(&self, act: &str, bytes: u64) -> bool {
        let _ = write!(
            io::stderr(),
            "{} ({})? [y/N] ",
            escape_controls(act),
            fit::size_text(bytes)
        );
        let mut answer = String::new();
        let is_read = io::stdin()
            .read_line(&mut answer)
            .is_ok_and(|bytes| bytes > 0);
        if !answer.ends_with('\n') {
            self.to_stderr("");
        }
        let answer = answer.trim().to_ascii_lowercase();
        is_read && matches!(answer.as_str(), "y" | "yes")
    }

    /// Prints lines to stderr that the user asked for, even with `--quiet`.
    pub fn block(&self, text: &str) {
        for line in text.lines() {
            self.to_stderr(&escape_controls(line));
        }
    }

    /// Prints details to stderr, with `--verbose` only.
    pub fn detail(&self, text: &str) {
        if self.verbose > 0 {
            self.block(text);
        }
    }

    /// Prints a warning to stderr; nothing with `--quiet`.
    pub fn warning(&self, text: &str) {
        if !self.quiet {
            self.to_stderr(&format!(
                "aloud: {}: {}",
                self.styled(WARNING, "warning"),
                escape_controls(text)
            ));
        }
    }

    /// Prints an error to stderr: one line and its hints, or one JSON object.
    pub fn error(&self, error: &Error) {
        HAS_ERROR.store(true, Relaxed);
        if self.json {
            self.to_stderr(&json::error(error));
            return;
        }
        self.to_stderr(&format!(
            "{} {}",
            self.styled(ERROR, "aloud:"),
            escape_controls(&error.to_string())
        ));
        for hint in advice::hints(error).iter().take(MAX_HINTS) {
            self.to_stderr(&format!(
                "{} {}",
                self.styled(HINT, "hint:"),
                escape_controls(hint)
            ));
        }
        for line in error.library_messages() {
            self.detail(&format!("libasound: {line}"));
        }
    }

    /// Prints the error that ended a command and returns the exit status. A closed stdout ends it quietly.
    pub fn failure(&self, failure: Failure) -> ExitCode {
        let error = match failure {
            Failure::Stdout(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            Failure::Stdout(error) => Error::file("write", STDOUT_NAME, &error),
            Failure::Error(error) => error,
            Failure::System(error) => Error::internal(&chain_text(&error)),
        };
        self.error(&error);
        ExitCode::from(error.kind().exit_status())
    }

    fn styled(&self, style: Style, text: &str) -> String {
        if self.colored {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// Prints one line to stderr, above the status line if there is one. A closed stderr is ignored.
    fn to_stderr(&self, line: &str) {
        self.status.suspend(|| {
            let _ = writeln!(io::stderr(), "{line}");
        });
    }
}

/// Prints that there is no memory left. Neither allocates nor waits for another thread that prints.
pub fn out_of_memory() {
    // Another thread may have noticed it as well.
    static IS_REPORTED: AtomicBool = AtomicBool::new(false);
    if IS_REPORTED.swap(true, Relaxed) || HAS_ERROR.load(Relaxed) {
        return;
    }
    let text = OUT_OF_MEMORY[usize::from(PRINTS_JSON.load(Relaxed))];
    let _ = rustix::io::write(rustix::stdio::stderr(), text.as_bytes());
}

/// What was tried, and what failed, without Rust's "(os error N)".
fn chain_text(error: &anyhow::Error) -> String {
    let texts = error.chain().map(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        match io.and_then(io::Error::raw_os_error) {
            Some(errno) => errno_text(errno),
            None => cause.to_string(),
        }
    });
    texts.collect::<Vec<_>>().join(": ")
}
