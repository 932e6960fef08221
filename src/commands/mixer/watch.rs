//! `aloud mixer watch`: what changes, as it changes.

use super::is_element_id;
use crate::commands::{Exit, Result, args::CtlArgs, ui::Ui};
use aloud::audio::error::{Error, Kind};
use aloud::audio::mixer::{ControlId, ElementQuery, Notice, Watch, Watched};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::pipe;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

/// Tell each change of a mixer, until stopped
///
/// A line for each change says what a control was and what it is, and which control is new or gone. Elements that belong to
/// no control (of digital connections, of PCM devices) are told, too. A card that is unplugged is told, and followed when it
/// comes back. INT and TERM end it with status 0.
///
/// With --json: an object a line. "event" is start, change (name, index, changes: what, direction, channel, from and to;
/// control), element (iface, name, index, device, subdevice, from and to), new, gone, disconnected or connected.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The controls to watch; all if none
    #[arg(value_name = "CONTROL")]
    controls: Vec<String>,
    #[command(flatten)]
    ctl: CtlArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer watch
      all changes of the default mixer
  aloud mixer watch Master -c PCH --json
      those of one control, for a program to read";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let (elements, controls): (Vec<String>, Vec<String>) = args
        .controls
        .iter()
        .cloned()
        .partition(|words| is_element_id(words));
    let queries = elements.iter().map(|id| ElementQuery::parse(id));
    let queries = queries.collect::<aloud::audio::error::Result<Vec<_>>>()?;
    let call = signals()?;
    let mut watch = Watch::open(args.ctl.place()?, &controls, &queries)?;
    let stdout = io::stdout();
    match ui.json() {
        true => ui.document(&watch.start())?,
        false => ui.detail(&line(&watch.start())),
    }
    loop {
        match watch.wait(call.as_fd(), stdout.as_fd())? {
            Watched::Called | Watched::Unheard => return Ok(Exit::Done),
            Watched::Notices(notices) => {
                for notice in &notices {
                    match ui.json() {
                        true => ui.document(notice)?,
                        false => ui.text(&line(notice))?,
                    }
                }
            }
        }
    }
}

/// A descriptor that is readable once INT or TERM has come.
fn signals() -> Result<UnixStream> {
    let cannot = |error| Error::new(Kind::Internal, format!("cannot handle signals: {error}"));
    let (call, caller) = UnixStream::pair().map_err(cannot)?;
    for signal in [SIGINT, SIGTERM] {
        let caller = caller.try_clone().map_err(cannot)?;
        pipe::register(signal, caller).map_err(cannot)?;
    }
    Ok(call)
}

fn line(notice: &Notice) -> String {
    match notice {
        Notice::Start { device, controls } => format!("watching {controls} controls of '{device}'"),
        Notice::Change { id, changes, .. } => {
            let changes: Vec<&str> = changes.iter().map(|change| change.text.as_str()).collect();
            format!("{}: {}", plain(id), changes.join("; "))
        }
        Notice::Element { id, text, .. } => format!("{id}: {text}"),
        Notice::New { id, .. } => format!("{}: new", plain(id)),
        Notice::Gone { id } => format!("{}: gone", plain(id)),
        Notice::Disconnected { device } => format!("'{device}' is gone"),
        Notice::Connected { device } => format!("'{device}' is there again"),
    }
}

/// As `aloud mixers` lists it.
fn plain(id: &ControlId) -> String {
    match id.index {
        0 => id.name.clone(),
        index => format!("{},{index}", id.name),
    }
}
