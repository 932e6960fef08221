//! `-l` and `-L`.

use super::messages::located;
use super::options::AplayOptions;
use crate::commands::compat::stop::Result;
use crate::commands::ui::plain;
use aloud::audio::errno::errno_text;
use aloud::audio::pcm::Direction;
use aloud::audio::system::cards::{self, Card, PcmDevice};
use aloud::audio::system::pcm_names;

/// The devices of all cards.
pub(super) fn print_devices(options: &AplayOptions) -> Result<()> {
    let mut text = String::new();
    let mut any = false;
    let _ = cards::visit_listed(&mut |card| {
        any = true;
        report(options, &card);
        for device in &card.devices {
            text += &described(&card, device, options.direction);
        }
    });
    if !any {
        let text = located(
            options.program,
            "device_list",
            274,
            "no soundcards found...",
        );
        plain::print_error(&text);
        return Ok(());
    }
    let direction = options.direction.name();
    Ok(plain::print(&format!(
        "**** List of {direction} Hardware Devices ****\n{text}"
    ))?)
}

/// Reports that a card cannot be opened.
fn report(options: &AplayOptions, card: &Card) {
    let Some(error) = &card.error else {
        return;
    };
    let why = error.errno().map_or_else(|| error.to_string(), errno_text);
    let text = format!("control open ({}): {why}", card.index);
    plain::print_error(&located(options.program, "device_list", 283, &text));
}

fn described(card: &Card, device: &PcmDevice, direction: Direction) -> String {
    let stream = match direction {
        Direction::Playback => &device.playback,
        Direction::Capture => &device.capture,
    };
    let Some(stream) = stream else {
        return String::new();
    };
    let known = |name: &Option<String>| name.clone().unwrap_or_default();
    let mut text = format!(
        "card {}: {} [{}], device {}: {} [{}]\n  Subdevices: {}/{}\n",
        card.index,
        known(&card.id),
        known(&card.name),
        device.index,
        device.id,
        device.name,
        stream.available,
        stream.subdevices
    );
    for (index, name) in stream.names.iter().enumerate() {
        text += &format!("  Subdevice #{index}: {name}\n");
    }
    text
}

/// The names of all PCMs.
pub(super) fn print_pcms(options: &AplayOptions) -> Result<()> {
    let mut text = String::new();
    for pcm in pcm_names::pcms(Some(options.direction)).unwrap_or_default() {
        text += &format!("{}\n", pcm.name);
        for line in &pcm.description {
            text += &format!("    {line}\n");
        }
    }
    Ok(plain::print(&text)?)
}
