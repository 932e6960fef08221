//! `aloud mixer`: what volumes, switches and choices a card has, and how they are set.

mod batch;
mod element;
mod elements;
mod fade;
mod get;
mod load;
mod save;
mod set;
mod text;
mod watch;
mod words;

use super::{Result, ui::Ui};
use clap::Subcommand;

/// Read and set volumes, switches and choices
///
/// A CONTROL is a name that `aloud mixers` lists: Master, or PCM,1 where several have one name; or an element by amixer's
/// words: numid=3, iface=MIXER,name='Master Playback Volume'.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    command: MixerCommand,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer get
      all controls of the default mixer
  aloud mixer get Master -c PCH
      one control of a card
  aloud mixer set Master 40% unmute
      louder or softer, and heard";

#[derive(Subcommand)]
enum MixerCommand {
    Get(get::Args),
    Set(set::Args),
    Watch(watch::Args),
    Elements(elements::Args),
    Save(save::Args),
    Load(load::Args),
}

pub fn run(ui: &mut Ui, args: Args) -> Result {
    match args.command {
        MixerCommand::Get(args) => get::run(ui, args),
        MixerCommand::Set(args) => set::run(ui, args),
        MixerCommand::Watch(args) => watch::run(ui, args),
        MixerCommand::Elements(args) => elements::run(ui, args),
        MixerCommand::Save(args) => save::run(ui, args),
        MixerCommand::Load(args) => load::run(ui, args),
    }
}

/// Whether the words for a control are an element's id (`numid=3`, `iface=MIXER,name='…'`) and no simple control's name.
fn is_element_id(words: &str) -> bool {
    const KEYS: [&str; 6] = ["numid", "iface", "name", "index", "device", "subdevice"];
    let key = words.split_once('=').map(|(key, _)| key.trim());
    key.is_some_and(|key| KEYS.contains(&key.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_elements_id_is_told_from_a_name() {
        for id in ["numid=3", "iface=MIXER,name='Master'", "name=X", "NUMID=1"] {
            assert!(is_element_id(id), "{id}");
        }
        for name in ["Master", "Master,1", "A=B", "", "="] {
            assert!(!is_element_id(name), "{name}");
        }
    }
}
