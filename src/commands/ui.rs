//! The only place that prints. stdout carries what was asked for; all else goes to stderr.

use aloud::audio::error::{Error, Kind};
use aloud::audio::pcm::Direction;
use aloud::audio::transfer::{
    End, Event, FileEvent, FileState, Linked, Progress, Relayed, Speaker, Start,
};
use anstyle::{AnsiColor, Style};
use clap::error::ErrorKind;
use clap::{ArgAction, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

/// Options that every command takes.
#[derive(clap::Args)]
pub struct GlobalArgs {
    /// Print JSON: one document, or one object a line for what goes on
    #[arg(long, global = true, help_heading = "Global options")]
    json: bool,
    /// Print errors only
    #[arg(short, long, global = true, help_heading = "Global options")]
    quiet: bool,
    /// Say more: what was asked for and granted, and what libasound says (repeat for yet more)
    #[arg(short, long, action = ArgAction::Count, global = true, help_heading = "Global options")]
    verbose: u8,
    /// Use colour
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN", global = true, help_heading = "Global options")]
    color: Color,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// Prints, in the way that the global options ask for.
pub struct Ui {
    json: bool,
    quiet: bool,
    verbose: u8,
    colored: bool,
    /// Whether levels are shown as lines where there is no terminal.
    levels: bool,
    /// stdout carries sound, so events go to stderr.
    events_to_stderr: bool,
    direction: Direction,
    /// Both directions at once: a loopback.
    relays: bool,
    bar: Option<ProgressBar>,
}

impl Ui {
    pub fn new(args: &GlobalArgs) -> Ui {
        let colored = match args.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                io::stderr().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        Ui {
            json: args.json,
            quiet: args.quiet,
            verbose: args.verbose,
            colored,
            levels: false,
            events_to_stderr: false,
            direction: Direction::Playback,
            relays: false,
            bar: None,
        }
    }

    /// Whether JSON was asked for.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether nothing but errors is to be said.
    pub fn quiet(&self) -> bool {
        self.quiet
    }

    /// Whether more than usual is to be said.
    pub fn verbose(&self) -> bool {
        self.verbose > 0
    }

    /// Whether anything shows how a transfer goes on: an event stream, a bar on a terminal, or (`levels`) lines of
    /// levels that were asked for.
    pub fn shows_progress(&mut self, levels: bool) -> bool {
        self.levels = levels;
        self.json || levels || (!self.quiet && io::stderr().is_terminal())
    }

    /// Leaves stdout to sound: events go to stderr from now on.
    pub fn leave_stdout(&mut self) {
        self.events_to_stderr = true;
    }

    /// Prints one JSON document to stdout.
    pub fn document(&self, value: &impl Serialize) -> io::Result<()> {
        write_stdout(&json_line(value)?)
    }

    /// Prints lines of text to stdout, control characters made harmless.
    pub fn text(&self, text: &str) -> io::Result<()> {
        let mut safe = String::with_capacity(text.len() + 1);
        for line in text.lines() {
            safe.push_str(&harmless(line));
            safe.push('\n');
        }
        write_stdout(&safe)
    }

    /// Prints bytes that this program made itself (a script, a manual page) as they are.
    pub fn raw(&self, bytes: &[u8]) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()
    }

    /// A word on stderr that is no error: silent under `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.to_stderr(&harmless(text));
        }
    }

    /// Lines on stderr that were asked for.
    pub fn block(&self, text: &str) {
        for line in text.lines() {
            self.to_stderr(&harmless(line));
        }
    }

    /// A word on stderr that is only for the curious (`-v`).
    pub fn detail(&self, text: &str) {
        if self.verbose > 0 {
            self.block(text);
        }
    }

    /// Something the user should know that stops nothing.
    pub fn warning(&self, text: &str) {
        if !self.quiet {
            self.to_stderr(&format!(
                "aloud: {}: {}",
                self.styled(WARNING, "warning"),
                harmless(text)
            ));
        }
    }

    /// Tells an error: one line and at most two hints, or one JSON object.
    pub fn error(&self, error: &Error) {
        if self.json {
            self.to_stderr(&error_object(error));
            return;
        }
        self.to_stderr(&format!(
            "{} {}",
            self.styled(ERROR, "aloud:"),
            harmless(&error.to_string())
        ));
        for hint in error.hints().iter().take(2) {
            self.to_stderr(&format!(
                "{} {}",
                self.styled(HINT, "hint:"),
                harmless(hint)
            ));
        }
        for line in error.library_messages() {
            self.detail(&format!("libasound: {line}"));
        }
    }

    /// Ends a command that failed: tells the error and gives the exit status. A closed stdout ends it quietly.
    pub fn failure(&self, error: &anyhow::Error) -> ExitCode {
        let closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
        if error
            .chain()
            .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(closed))
        {
            return ExitCode::SUCCESS;
        }
        let error = match error
            .chain()
            .find_map(|cause| cause.downcast_ref::<Error>())
        {
            Some(error) => error.clone(),
            None => match error
                .chain()
                .find_map(|cause| cause.downcast_ref::<io::Error>())
            {
                Some(cause) => Error::file("write", "standard output", cause),
                None => Error::new(Kind::Internal, format!("{error:#}")),
            },
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

    /// One line to stderr, above the progress bar if there is one. A closed stderr is nobody's loss.
    fn to_stderr(&self, line: &str) {
        let print = || {
            let _ = writeln!(io::stderr(), "{line}");
        };
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Shows an event of a transfer: as a JSON line on stdout, or as text and a bar on stderr.
    ///
    /// # Errors
    /// When stdout cannot be written: then nobody listens any more.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Failed(error) => self.error(error),
            Event::Warning(text) => self.warning(text),
            _ if self.json && self.events_to_stderr => self.to_stderr(json_line(event)?.trim_end()),
            _ if self.json => return write_stdout(&json_line(event)?),
            _ if self.quiet => self.quiet_event(event),
            _ => self.text_event(event),
        }
        Ok(())
    }

    /// Says what sound is made, in text.
    pub fn made(&self, sound: &FileEvent) {
        if !self.json && sound.state == FileState::Opened {
            self.note(&format!("Playing {}: {}", sound.name, sound.spec));
        }
    }

    fn quiet_event(&self, event: &Event) {
        match event {
            Event::Xrun { frames_lost, ms } => self.xrun(self.direction, *frames_lost, *ms),
            Event::SideXrun {
                side,
                frames_lost,
                ms,
            } => self.xrun(*side, *frames_lost, *ms),
            _ => {}
        }
    }

    fn text_event(&mut self, event: &Event) {
        match event {
            Event::Start(start) => self.start(start),
            Event::Progress(progress) => self.progress(progress),
            Event::Linked(linked) => self.linked(linked),
            Event::Relayed(relayed) => self.relayed(relayed),
            Event::Xrun { .. } | Event::SideXrun { .. } => self.quiet_event(event),
            Event::Sound { playing, .. } => self.detail(if *playing {
                "there is sound: playing"
            } else {
                "silence: the playing device is closed"
            }),
            Event::File(file) if file.state == FileState::Opened => {
                let doing = match self.direction {
                    Direction::Playback => "Playing",
                    Direction::Capture => "Recording",
                };
                let called = called(file.title.as_deref(), file.artist.as_deref());
                self.note(&format!("{doing} '{}'{called}: {}", file.name, file.spec));
            }
            Event::Speaker(speaker) => self.note(&speaker_line(speaker)),
            Event::Pause { .. } => self.set_message("paused"),
            Event::Resume { .. } => self.set_message(""),
            Event::End(end) => {
                if let Some(bar) = self.bar.take() {
                    bar.finish_and_clear();
                }
                self.summary(end);
            }
            _ => {}
        }
    }

    fn summary(&self, end: &End) {
        let (done, xruns, lost) = match self.direction {
            _ if self.relays => ("passed on", "xruns", "lost"),
            Direction::Playback => ("played", "underruns", "of silence"),
            Direction::Capture => ("recorded", "overruns", "lost"),
        };
        if end.xruns > 0 {
            self.note(&format!(
                "{} {xruns}, {} frames {lost} in all",
                end.xruns, end.frames_lost
            ));
        }
        self.detail(&format!(
            "{done} {} frames, {:.3} s",
            end.frames, end.seconds
        ));
    }

    fn start(&mut self, start: &Start) {
        self.direction = start.direction;
        if let Some(conversion) = &start.conversion {
            self.note(&format!("converting {conversion}"));
        }
        self.detail(&format!("requested: {}", start.requested));
        self.detail(&format!(
            "granted: {} on '{}', period {} frames, buffer {} frames, {}",
            start.realised, start.device, start.period_size, start.buffer_size, start.access
        ));
        self.detail(start.dump.trim_end());
        self.show_bar();
    }

    fn show_bar(&mut self) {
        if self.bar.is_none() && io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(style("{spinner} {prefix} {msg}"));
            self.bar = Some(bar);
        }
    }

    fn linked(&mut self, linked: &Linked) {
        self.relays = true;
        self.start(&linked.capture);
        self.start(&linked.playback);
        self.note(&format!(
            "From '{}' to '{}': {}, {:.1} ms",
            linked.capture.device,
            linked.playback.device,
            linked.playback.realised,
            linked.latency_ms
        ));
    }

    fn relayed(&mut self, relayed: &Relayed) {
        let position = clock(relayed.seconds);
        let latency = match relayed.latency_ms {
            Some(ms) => format!("{ms:.1} ms"),
            None => "silent".to_owned(),
        };
        let drift = match relayed.drift_ppm {
            Some(ppm) => format!(", drift {ppm:+.1} ppm"),
            None => String::new(),
        };
        let state = format!(
            "{latency}{drift}, {} dBFS, {} xruns",
            levels(&relayed.peak_dbfs),
            relayed.xruns
        );
        match &self.bar {
            Some(bar) => {
                bar.set_prefix(position);
                bar.set_message(state);
                bar.tick();
            }
            None if self.levels => self.to_stderr(&format!("{position}  {state}")),
            None => {}
        }
    }

    fn progress(&mut self, progress: &Progress) {
        let rate = if progress.seconds > 0.0 {
            progress.frames as f64 / progress.seconds
        } else {
            1.0
        };
        let total = progress
            .total
            .map(|total| format!(" / {}", clock(total as f64 / rate)))
            .unwrap_or_default();
        let position = format!("{}{total}", clock(progress.seconds));
        let state = format!(
            "{} dBFS, {} xruns",
            levels(&progress.peak_dbfs),
            progress.xruns
        );
        let Some(bar) = &self.bar else {
            if self.levels {
                self.to_stderr(&format!("{position}  {state}"));
            }
            return;
        };
        if let Some(total) = progress.total
            && bar.length() != Some(total)
        {
            bar.set_length(total);
            bar.set_style(style("{prefix} {wide_bar} {msg}"));
        }
        bar.set_position(progress.frames);
        bar.set_prefix(position);
        bar.set_message(state);
        bar.tick();
    }

    fn xrun(&self, side: Direction, frames: Option<u64>, ms: Option<f64>) {
        let (name, what) = match side {
            Direction::Playback => ("underrun", "of silence were heard"),
            Direction::Capture => ("overrun", "of sound are lost"),
        };
        self.to_stderr(&match (frames, ms) {
            (Some(frames), Some(ms)) => {
                format!("aloud: {name}: {ms:.1} ms ({frames} frames) {what}")
            }
            _ => format!("aloud: {name} (the device does not tell for how long)"),
        });
    }

    fn set_message(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.to_owned());
            bar.tick();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The peaks of up to eight channels.
fn levels(peaks: &[Option<f64>]) -> String {
    let text = peaks
        .iter()
        .take(8)
        .map(|peak| peak.map_or("-inf".into(), |db| format!("{db:.1}")));
    text.collect::<Vec<_>>().join(" ")
}

/// What a file says it is called, in brackets; nothing where it says nothing.
fn called(title: Option<&str>, artist: Option<&str>) -> String {
    match (title, artist) {
        (Some(title), Some(artist)) => format!(" ({title}, by {artist})"),
        (Some(title), None) => format!(" ({title})"),
        (None, Some(artist)) => format!(" (by {artist})"),
        (None, None) => String::new(),
    }
}

/// Minutes and seconds.
pub fn clock(seconds: f64) -> String {
    let whole = seconds as u64;
    format!("{}:{:04.1}", whole / 60, seconds - (whole / 60 * 60) as f64)
}

fn speaker_line(speaker: &Speaker) -> String {
    let name = speaker
        .name
        .map_or(String::new(), |name| format!(": {name}"));
    format!("Channel {}{name}", speaker.channel)
}

/// Ends a command line that clap refused (or answered, for `--help`).
pub fn usage(error: &clap::Error, json: bool) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && !json {
        let _ = error.print();
    } else {
        let global = GlobalArgs {
            json,
            quiet: false,
            verbose: 0,
            color: Color::Auto,
        };
        Ui::new(&global).error(&usage_error(&error.render().to_string()));
    }
    ExitCode::from(Kind::Usage.exit_status())
}

/// What clap says, as an error like any other. Its text is paragraphs: what is wrong, tips, the usage, where help is.
fn usage_error(text: &str) -> Error {
    let in_one_line = |paragraph: &str| {
        let words: Vec<_> = paragraph.lines().map(str::trim).collect();
        words.join(" ").trim().to_owned()
    };
    let mut paragraphs = text
        .split("\n\n")
        .map(in_one_line)
        .filter(|paragraph| !paragraph.is_empty() && !paragraph.starts_with("Usage:"));
    let message = paragraphs.next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    paragraphs.fold(Error::new(Kind::Usage, message), |error, hint| {
        error.with_hint(hint.strip_prefix("tip: ").unwrap_or(&hint))
    })
}

fn error_object(error: &Error) -> String {
    let hint = (!error.hints().is_empty()).then(|| error.hints().join("\n"));
    let mut object = serde_json::json!({
        "kind": error.kind(),
        "device": error.device_name(),
        "file": error.file_name(),
        "message": error.to_string(),
        "hint": hint,
    });
    if error.kind() == Kind::Busy {
        object["holders"] = serde_json::json!(error.holders());
    }
    harmless(&serde_json::json!({ "error": object }).to_string())
}

/// One line of JSON. Inside it control characters can only stand in strings, where an escape says the same.
fn json_line(value: &impl Serialize) -> io::Result<String> {
    let mut line = String::new();
    for c in serde_json::to_string(value)?.chars() {
        match c {
            '\u{7f}'..='\u{9f}' => line.push_str(&format!("\\u{:04x}", c as u32)),
            _ => line.push(c),
        }
    }
    line.push('\n');
    Ok(line)
}

/// The text with its control characters spelled out, so that none reaches a terminal in force.
pub fn harmless(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut safe, c| {
            if c.is_control() && c != '\t' {
                safe.push_str(&format!("\\u{:04x}", c as u32));
            } else {
                safe.push(c);
            }
            safe
        })
}

fn write_stdout(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(
            harmless("a\u{1b}[2Jb\u{9b}c\nd"),
            "a\\u001b[2Jb\\u009bc\\u000ad"
        );
        assert_eq!(json_line(&"\u{9b}\u{1b}").unwrap(), "\"\\u009b\\u001b\"\n");
    }

    #[test]
    fn what_clap_says_becomes_a_line_and_hints() {
        let text = "error: unexpected argument '--jsn' found\n\n  tip: a similar argument exists: '--json'\n\n\
                    Usage: aloud play --json [FILE]...\n\nFor more information, try '--help'.\n";
        let error = usage_error(text);
        assert_eq!(error.to_string(), "unexpected argument '--jsn' found");
        let hints = [
            "a similar argument exists: '--json'",
            "For more information, try '--help'.",
        ];
        assert_eq!(error.hints(), hints);
    }

    #[test]
    fn what_a_file_is_called_stands_in_brackets() {
        assert_eq!(called(Some("T"), Some("A")), " (T, by A)");
        assert_eq!(called(Some("T"), None), " (T)");
        assert_eq!(called(None, None), "");
    }

    #[test]
    fn seconds_read_as_a_clock() {
        assert_eq!(clock(0.0), "0:00.0");
        assert_eq!(clock(75.25), "1:15.2");
    }
}
