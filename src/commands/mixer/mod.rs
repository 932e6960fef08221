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

use super::table::{Action, CommandEntry, command};

#[cfg(test)]
pub use load::LoadedElement;
#[cfg(test)]
pub use watch::WatchEnd;
pub use words::{CHANNEL_WORDS, SWITCH_WORDS};

/// Read and set volumes, switches and enumerated controls
///
/// A CONTROL is a name as printed by `aloud mixers` (Master, or PCM,1 if several have the same name), or an element ID
/// in amixer's syntax (numid=3, or iface=MIXER,name='Master Playback Volume').
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
struct Args {}

const EXAMPLES: &str = "\
Examples:
  aloud mixer get
      show all controls of the default mixer
  aloud mixer get Master -c PCH
      show one control of a card
  aloud mixer set Master 40% unmute
      set the volume and unmute";

pub const GROUP: CommandEntry = CommandEntry {
    name: "mixer",
    aliases: &[],
    define: <Args as clap::Args>::augment_args,
    action: Action::Group(&[
        command!("get", get),
        command!("set", set),
        command!("ui", ui),
        command!("watch", watch),
        command!("elements", elements),
        command!("save", save),
        command!("load", load),
    ]),
};
