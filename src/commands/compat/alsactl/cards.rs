//! The cards that a command is for.

use super::options::failed;
use crate::commands::compat::stop::Result;
use aloud::audio::error::Error;
use aloud::audio::mixer::Elements;
use aloud::audio::system::cards;

/// The ctl names of the card that is named, or of all cards.
pub(super) fn named(card: Option<&str>) -> Result<Vec<String>> {
    let Some(card) = card else {
        let all = cards::card_indexes().unwrap_or_default();
        return Ok(all.into_iter().map(ctl_name).collect());
    };
    match number(card) {
        Some(number) => Ok(vec![ctl_name(number)]),
        None => {
            let card = card.strip_prefix("hw:").unwrap_or(card);
            let is_number = card.parse::<u32>().is_ok();
            Err(failed(
                "snd_card_iterator_sinit:257",
                &format!("Cannot find soundcard '{card}'..."),
                if is_number {
                    libc::ENOENT
                } else {
                    libc::ENODEV
                },
            ))
        }
    }
}

fn ctl_name(number: u32) -> String {
    format!("hw:{number}")
}

/// The number of the card with this number, id or control device.
fn number(card: &str) -> Option<u32> {
    let card = card.strip_prefix("hw:").unwrap_or(card);
    let numbers = cards::card_indexes().ok()?;
    let digits = card.strip_prefix("/dev/snd/controlC").unwrap_or(card);
    if let Ok(number) = digits.parse() {
        return numbers.contains(&number).then_some(number);
    }
    let ids = cards::cards().ok()?;
    let at = ids.iter().position(|id| id == card)?;
    numbers.get(at).copied()
}

/// Opens a card.
pub(super) fn open(ctl: &str) -> std::result::Result<Elements, Error> {
    Elements::open(ctl)
}
