//! What the commands that play share: a playback with its events and its end.

use super::{Exit, Result, ui::Ui};
use aloud::audio::transfer::{self, Control, Event, Play, Why};
use std::io;
use std::time::Duration;

/// How often the progress of a transfer is told.
pub const PROGRESS: Duration = Duration::from_secs(1);

/// Plays, has `show` tell of every event, and says how the command has ended.
pub fn run(
    ui: &mut Ui,
    play: Play,
    control: &Control,
    show: fn(&mut Ui, &Event) -> io::Result<()>,
) -> Result {
    let mut unheard = None;
    let outcome = transfer::play(play, control, &mut |event| {
        // Nobody reads the events any more: then nobody waits for the sound either.
        if let Err(error) = show(ui, event) {
            unheard.get_or_insert(error);
            control.stop(Why::Quit);
        }
    });
    match (outcome.end.why.signal(), outcome.error, unheard) {
        (Some(signal), _, _) => Ok(Exit::Signal(signal)),
        (None, Some(error), _) => Ok(Exit::Failed(error.kind())),
        (None, None, Some(error)) => Err(error.into()),
        (None, None, None) => Ok(Exit::Done),
    }
}
