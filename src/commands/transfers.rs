//! What the commands that transfer frames share: options, preparation, and how they end.

use super::args::{self, LimitArgs, RealtimeArgs};
use super::keys::{KeyTarget, Keys};
use super::pid_file::PidFile;
use super::signals::{self, OnSignal};
use super::ui::{Ui, VuMeter};
use super::{Exit, Failure, Result};
use aloud::audio;
use aloud::audio::pcm::{Pcm, Request};
use aloud::audio::transfer::{
    self, ChannelSplit, Delay, EndReason, Event, Outcome, Play, PlayGroup, Timing, TransferControl,
};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How a transfer runs, and what is shown of it.
#[derive(clap::Args)]
#[command(next_help_heading = "Transfer options")]
pub struct TransferArgs {
    #[command(flatten)]
    pub limit: LimitArgs,
    /// Sample subformat; only std is supported
    #[arg(hide_short_help = true, long, value_name = "SUBFORMAT", value_parser = subformat)]
    subformat: Option<String>,
    /// Start the device once this much is queued (play) or requested (record), in µs or with a unit; for play, 0 or
    /// less is relative to a full buffer
    #[arg(hide_short_help = true, short = 'R', long, value_name = "TIME", value_parser = args::delay, allow_hyphen_values = true)]
    start_delay: Option<Delay>,
    /// Stop the device (xrun) once this much is free (play) or unread (record), in µs or with a unit; 0 or less is relative to a full buffer
    #[arg(hide_short_help = true, short = 'T', long, value_name = "TIME", value_parser = args::delay, allow_hyphen_values = true)]
    stop_delay: Option<Delay>,
    /// Wake up once this much can be transferred, in µs or with a unit
    #[arg(hide_short_help = true, short = 'A', long, value_name = "TIME", value_parser = args::micros)]
    avail_min: Option<Duration>,
    /// Show levels even without a terminal (mono: the loudest channel; stereo: each)
    #[arg(
        short = 'V',
        long,
        hide_possible_values = true,
        value_name = "TYPE",
        value_enum
    )]
    vumeter: Option<VuMeter>,
    /// Read keys: Space or Enter pauses, q quits
    ///
    /// play reads keys anyway if standard input and standard error are a terminal, and has more of them: left and right
    /// seek, n and p go to the next and the previous file, + and - change the volume, ? lists all
    #[arg(hide_short_help = true, short, long)]
    pub interactive: bool,
    /// Stop with status 7 if the device takes or delivers no data for this long (0: never)
    ///
    /// Pauses, and waiting for the source or for the output, do not count
    #[arg(hide_short_help = true, long, value_name = "TIME", value_parser = args::time, default_value = "5s")]
    timeout: Duration,
    #[command(flatten)]
    pub realtime: RealtimeArgs,
    /// Stop at the first xrun, with status 8
    #[arg(hide_short_help = true, long)]
    pub fatal_errors: bool,
    /// Write the process ID to FILE; the file is removed at the end
    #[arg(hide_short_help = true, long, value_name = "FILE")]
    process_id_file: Option<PathBuf>,
    /// Print the hardware parameters that the device supports before starting
    #[arg(hide_short_help = true, long)]
    dump_hw_params: bool,
}

/// libasound 1.2.8 has no call that sets a subformat: the default may be named, others are rejected.
fn subformat(text: &str) -> std::result::Result<String, String> {
    match text.to_ascii_lowercase().as_str() {
        "std" => Ok(text.to_owned()),
        _ => Err(
            "only 'std' is supported; 'aloud info' shows the subformat of the device".to_owned(),
        ),
    }
}

/// The time of `--timeout`, where 0 is no limit.
pub fn limit_of(timeout: Duration) -> Option<Duration> {
    Some(timeout).filter(|timeout| !timeout.is_zero())
}

/// Undone when a transfer ends: the file with the process ID, and the terminal's modes.
pub struct Guards {
    _pid_file: Option<PidFile>,
    _keys: Option<Keys>,
}

impl TransferArgs {
    /// How long the device may move no frames.
    pub fn timeout(&self) -> Option<Duration> {
        limit_of(self.timeout)
    }

    /// Whether keys control a playback: asked for, or somebody can press them.
    pub fn reads_keys(&self, stdin_is_sound: bool) -> bool {
        self.interactive || (!stdin_is_sound && Keys::are_usable())
    }

    /// When the device starts, stops and wakes.
    pub fn timing(&self) -> Timing {
        Timing {
            start: self.start_delay,
            stop: self.stop_delay,
            avail_min: self.avail_min,
        }
    }

    /// Interval of progress events, if progress is shown.
    pub fn progress(&self, ui: &mut Ui) -> Option<Duration> {
        ui.progress_interval(self.vumeter)
    }

    /// The file for the process ID.
    pub fn pid_file(&self) -> Option<&Path> {
        self.process_id_file.as_deref()
    }

    /// Lets signals and keys control the transfer, and does what is asked for before it starts. `keys` is what keys
    /// control, unless they are left to --interactive.
    pub fn prepare(
        &self,
        ui: &mut Ui,
        control: &TransferControl,
        request: &Request,
        on_signal: OnSignal,
        keys: Option<KeyTarget>,
    ) -> Result<Guards> {
        audio::release_startup_code();
        let pid_file = self
            .process_id_file
            .as_deref()
            .map(PidFile::write)
            .transpose()?;
        if self.dump_hw_params {
            ui.block(&Pcm::hw_params(request)?);
        }
        // The signals are the first ones to get a thread.
        audio::read_configuration();
        signals::steer(control, on_signal)?;
        ui.follow(control);
        let keys = keys.or(self.interactive.then_some(KeyTarget::Transfer));
        let keys = keys
            .map(|target| Keys::steer(control, target))
            .transpose()?;
        Ok(Guards {
            _pid_file: pid_file,
            _keys: keys,
        })
    }
}

/// How an event is shown.
type Show = fn(&mut Ui, &Event) -> io::Result<()>;

/// Plays, shows every event by `show`, and returns how the command ended.
pub fn play(ui: &mut Ui, play: Play, control: &TransferControl, show: Show) -> Result {
    let mut listener = Listener::new(control);
    let outcome = transfer::play(play, control, &mut |event| listener.check(show(ui, event)));
    listener.exit(outcome, true)
}

/// The same on the device of `play` and on `others` together. They share the channels by `split`, if it is given.
pub fn play_on_all(
    ui: &mut Ui,
    (play, others): (Play, Vec<Request>),
    (split, correct_drift): (Option<ChannelSplit>, bool),
    (control, show): (&TransferControl, Show),
) -> Result {
    if others.is_empty() {
        return self::play(ui, play, control, show);
    }
    let group = PlayGroup {
        play,
        others,
        split,
        correct_drift,
    };
    let mut listener = Listener::new(control);
    let mut on_event = |event: &Event| listener.check(show(ui, event));
    let outcome = transfer::play_group(group, control, &mut on_event);
    listener.exit(outcome, true)
}

/// Ends a transfer once its events cannot be shown any more.
pub struct Listener<'a> {
    control: &'a TransferControl,
    failure: Option<Failure>,
}

impl<'a> Listener<'a> {
    pub fn new(control: &'a TransferControl) -> Listener<'a> {
        Listener {
            control,
            failure: None,
        }
    }

    /// Stops the transfer if an event could not be shown.
    pub fn check(&mut self, shown: std::result::Result<(), impl Into<Failure>>) {
        if let Err(error) = shown {
            self.failure.get_or_insert_with(|| error.into());
            self.control.stop(EndReason::Quit);
        }
    }

    /// How the command ends. With `by_signal`, a signal that ended it is raised again.
    pub fn exit(self, outcome: Outcome, by_signal: bool) -> Result {
        match (
            outcome.end.why.signal().filter(|_| by_signal),
            outcome.error,
            self.failure,
        ) {
            (Some(signal), _, _) => Ok(Exit::Signal(signal)),
            (None, Some(error), _) => Ok(Exit::Failed(error.kind())),
            (None, None, Some(error)) => Err(error),
            (None, None, None) => Ok(Exit::Done),
        }
    }
}
