//! Cards and drivers.

use crate::commands::doctor::facts::Facts;
use crate::commands::doctor::finding::Finding;
use aloud::audio::spelling::count;
use aloud::audio::system::hardware::{CardHardware, UnclaimedHardware};

pub fn cards(facts: &Facts) -> Finding {
    let hardware = &facts.hardware;
    if hardware.cards.is_empty() {
        return without_cards(facts);
    }
    let listed: Vec<String> = hardware.cards.iter().map(listed).collect();
    let finding = format!(
        "{}: {}",
        count(listed.len() as u32, "card"),
        listed.join(", ")
    );
    let details = hardware.cards.iter().map(described);
    match hardware.cards.iter().all(CardHardware::is_virtual) {
        true => Finding::note(format!(
            "{finding}; a virtual card plays nothing that can be heard"
        )),
        false => Finding::ok(finding),
    }
    .details(details)
}

const PASS_TO_CONTAINER: &str =
    "this is a container: if its host has a card, start it with --device /dev/snd";

fn without_cards(facts: &Facts) -> Finding {
    if !facts.hardware.has_core {
        let finding = Finding::problem("no sound card: the kernel has no sound support loaded");
        return match facts.hardware.in_container {
            true => finding.advise(PASS_TO_CONTAINER),
            false => finding.advise("sudo modprobe snd-hda-intel (or the driver of your card)"),
        };
    }
    let finding = Finding::problem("no sound card");
    match (
        facts.hardware.in_container,
        facts.hardware.unclaimed.is_empty(),
    ) {
        (true, _) => finding.advise(PASS_TO_CONTAINER),
        (false, true) => finding
            .advise("plug in a card; `sudo dmesg | grep -i snd` shows what its driver reports"),
        (false, false) => finding,
    }
}

/// `0 PCH (HDA Intel PCH)`.
fn listed(card: &CardHardware) -> String {
    match (&card.id, &card.name) {
        (Some(id), Some(name)) if id != name => format!("{} {id} ({name})", card.index),
        _ => format!("{} {}", card.index, card.label()),
    }
}

fn described(card: &CardHardware) -> String {
    let unknown = || "unknown".to_owned();
    let mut text = format!(
        "card {} {}: driver {}, bus {}",
        card.index,
        card.label(),
        card.driver.clone().unwrap_or_else(unknown),
        card.bus.clone().unwrap_or_else(unknown)
    );
    if let Some(port) = &card.usb_port {
        text += &format!(", port {port}");
    }
    if !card.monitors.is_empty() {
        let connected = card
            .monitors
            .iter()
            .filter(|is_connected| **is_connected)
            .count();
        text += &format!(
            ", {connected} of {} HDMI outputs connected",
            card.monitors.len()
        );
    }
    text
}

pub fn drivers(facts: &Facts) -> Finding {
    let unclaimed = &facts.hardware.unclaimed;
    if unclaimed.is_empty() {
        return Finding::ok("no sound hardware without a driver");
    }
    let shown: Vec<String> = unclaimed.iter().map(shown).collect();
    let finding = format!("no driver for the sound hardware at {}", shown.join(", "));
    // A second interface of a card that works is not a problem.
    let finding = match facts.hardware.cards.is_empty() {
        true => Finding::problem(finding),
        false => Finding::note(finding),
    };
    let first = &unclaimed[0];
    match first.bus {
        "pci" => finding.advise(format!(
            "lspci -nnk -s {} (which driver it needs)",
            first.address
        )),
        _ => finding.advise("sudo modprobe snd-usb-audio"),
    }
    .advise("sudo dmesg | grep -i -e snd -e sof (why a driver gave up)")
}

fn shown(hardware: &UnclaimedHardware) -> String {
    match &hardware.ids {
        Some(ids) => format!("{} {} ({ids})", hardware.bus, hardware.address),
        None => format!("{} {}", hardware.bus, hardware.address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::Verdict;

    #[test]
    fn no_card_is_a_problem_with_a_next_step() {
        let mut facts = Facts::healthy();
        facts.hardware.cards.clear();
        assert_eq!(cards(&facts).verdict, Verdict::Problem);
        facts.hardware.has_core = false;
        assert!(cards(&facts).advice[0].contains("modprobe"));
        facts.hardware.in_container = true;
        assert!(cards(&facts).advice[0].contains("--device /dev/snd"));
    }

    #[test]
    fn hardware_without_a_driver_is_named() {
        let mut facts = Facts::healthy();
        facts.hardware.unclaimed.push(UnclaimedHardware {
            bus: "pci",
            address: "0000:00:1b.0".to_owned(),
            ids: Some("8086:293e".to_owned()),
        });
        let found = drivers(&facts);
        assert_eq!(found.verdict, Verdict::Note);
        assert!(found.finding.ends_with("pci 0000:00:1b.0 (8086:293e)"));
        facts.hardware.cards.clear();
        assert_eq!(drivers(&facts).verdict, Verdict::Problem);
    }

    #[test]
    fn virtual_cards_alone_are_worth_a_note() {
        let mut facts = Facts::healthy();
        facts.hardware.cards[0].driver = Some("snd_aloop".to_owned());
        assert_eq!(cards(&facts).verdict, Verdict::Note);
    }
}
