//! `aloud list-cards`: sound cards, and under each its PCM devices and their subdevices.

use super::{Exit, Result, ui::Ui};
use aloud::audio::system::cards::{self, Card, Device, Stream};

/// List sound cards, and the PCM devices of each
///
/// A card that cannot be looked into is listed with its error and does not end the list.
///
/// With --json: an array of objects with index, id, driver, name, longname, mixername, components and devices.
/// Each device has device, id, name, playback and capture: null, or subdevices and how many are available.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {}

const EXAMPLES: &str = "\
Examples:
  aloud list-cards
      the cards, and what each can play and record
  aloud list-cards --json
      the same, for a program to read";

pub fn run(ui: &mut Ui, _args: Args) -> Result {
    let cards = cards::list()?;
    if cards.is_empty() {
        ui.note("aloud: there are no sound cards");
    }
    if ui.json() {
        ui.document(&cards)?;
    } else {
        ui.text(&cards.iter().map(card_text).collect::<String>())?;
    }
    // A card that could not be looked into is in the list with its error; on a terminal it is said aloud as well.
    for error in cards.iter().filter_map(|card| card.error.as_ref()) {
        ui.warning(&error.to_string());
    }
    Ok(Exit::Done)
}

fn card_text(card: &Card) -> String {
    let or_unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".into());
    let mut text = format!(
        "card {}: {} [{}]",
        card.index,
        or_unknown(&card.id),
        or_unknown(&card.name)
    );
    if let Some(driver) = &card.driver {
        text += &format!(", driver {driver}");
    }
    text.push('\n');
    text.extend(card.devices.iter().map(device_text));
    text
}

fn device_text(device: &Device) -> String {
    let mut text = format!(
        "  device {}: {} [{}]\n",
        device.device, device.id, device.name
    );
    for (direction, stream) in [("playback", &device.playback), ("capture", &device.capture)] {
        if let Some(stream) = stream {
            text += &stream_text(direction, stream);
        }
    }
    text
}

fn stream_text(direction: &str, stream: &Stream) -> String {
    let mut text = format!(
        "    {direction}: {} of {} subdevices free\n",
        stream.available, stream.subdevices
    );
    for (index, name) in stream.names.iter().enumerate() {
        text += &format!("      subdevice {index}: {name}\n");
    }
    text
}
