//! `aloud list-pcms`: the PCM names that alsa-lib's configuration offers.

use super::{Exit, Result, ui::Ui};
use aloud::audio::names;
use aloud::audio::pcm::Direction;

/// List PCM names, with what they are
#[derive(clap::Args)]
pub struct Args {
    /// Those that play (the default)
    #[arg(short = 'P', long, group = "direction")]
    playback: bool,
    /// Those that record
    #[arg(short = 'C', long, group = "direction")]
    capture: bool,
    /// Both
    #[arg(short, long, group = "direction")]
    all: bool,
}

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let direction = match (args.all, args.capture) {
        (true, _) => None,
        (_, true) => Some(Direction::Capture),
        _ => Some(Direction::Playback),
    };
    let pcms = names::pcms(direction)?;
    if ui.json() {
        ui.document(&pcms)?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for pcm in &pcms {
        text += &format!("{}\n", pcm.name);
        for line in &pcm.description {
            text += &format!("    {line}\n");
        }
    }
    ui.text(&text)?;
    Ok(Exit::Done)
}
