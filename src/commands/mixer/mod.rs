//! `aloud mixer`: reads and sets a mixer's controls and elements.

mod batch;
mod element;
mod elements;
mod fade;
mod get;
mod load;
mod save;
mod set;
mod setter;
mod text;
mod ui;
mod watch;
mod words;

use super::{Result, answers, ui::Ui};
use clap::Subcommand;

pub use load::LoadedElement;
pub use watch::WatchEnd;
pub use words::{CHANNEL_WORDS, SWITCH_WORDS};

/// Read and set volumes, switches and enumerated controls
///
/// A CONTROL is a name as printed by `aloud mixers` (Master, or PCM,1 if several have the same name), or an element ID
/// in amixer's syntax (numid=3, or iface=MIXER,name='Master Playback Volume').
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    command: MixerCommand,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer get
      show all controls of the default mixer
  aloud mixer get Master -c PCH
      show one control of a card
  aloud mixer set Master 40% unmute
      set the volume and unmute";

#[derive(Subcommand)]
enum MixerCommand {
    Get(get::Args),
    Set(set::Args),
    Ui(ui::Args),
    Watch(watch::Args),
    Elements(elements::Args),
    Save(save::Args),
    Load(load::Args),
}

pub fn run(ui: &mut Ui, args: Args) -> Result {
    if !matches!(args.command, MixerCommand::Ui(_) | MixerCommand::Watch(_)) {
        answers::expect(ui)?;
    }
    match args.command {
        MixerCommand::Get(args) => get::run(ui, args),
        MixerCommand::Set(args) => set::run(ui, args),
        MixerCommand::Ui(args) => ui::run(ui, args),
        MixerCommand::Watch(args) => watch::run(ui, args),
        MixerCommand::Elements(args) => elements::run(ui, args),
        MixerCommand::Save(args) => save::run(ui, args),
        MixerCommand::Load(args) => load::run(ui, args),
    }
}
