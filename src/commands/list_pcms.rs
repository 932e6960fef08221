//! `aloud list-pcms`: the PCM names that alsa-lib's configuration defines.

use super::{Exit, Result, ui::Ui};
use aloud::audio::pcm::Direction;
use aloud::audio::system::pcm_names;

/// List PCM names with their descriptions
///
/// With --json: an array of objects with name, description (an array of lines) and direction (playback, capture or
/// both).
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// List PCMs for playback (the default)
    #[arg(short = 'P', long, group = "direction")]
    playback: bool,
    /// List PCMs for capture
    #[arg(short = 'C', long, group = "direction")]
    capture: bool,
    /// List all PCMs
    #[arg(short, long, group = "direction")]
    all: bool,
}

const EXAMPLES: &str = "\
Examples:
  aloud list-pcms
      list PCMs for playback
  aloud list-pcms -C
      list PCMs for capture
  aloud list-pcms --all --json
      list all PCMs as JSON";

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
        text.extend([&pcm.name as &str, "\n"]);
        for line in &pcm.description {
            text.extend(["    ", line, "\n"]);
        }
    }
    ui.text(&text)?;
    Ok(Exit::Done)
}
