//! `aloud list-pcms`: the PCM names that alsa-lib's configuration offers.

use super::{Exit, Result, ui::Ui};
use aloud::audio::pcm::Direction;
use aloud::audio::system::pcm_names;

/// List PCM names, with what they are
///
/// With --json: an array of objects with name, description (an array of lines) and direction (playback, capture or both).
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
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

const EXAMPLES: &str = "\
Examples:
  aloud list-pcms
      what can play
  aloud list-pcms -C
      what can record
  aloud list-pcms --all --json
      all of them, for a program to read";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let direction = match (args.all, args.capture) {
        (true, _) => None,
        (_, true) => Some(Direction::Capture),
        _ => Some(Direction::Playback),
    };
    let pcms = pcm_names::pcms(direction)?;
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
