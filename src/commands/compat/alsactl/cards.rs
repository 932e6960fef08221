//! The cards that a command is for.

use super::options::failed;
use crate::commands::compat::stop::Result;
use aloud::audio::error::Error;
use aloud::audio::mixer::Elements;
use aloud::audio::system::cards;

/// alsa-lib looks for no card with this number or a higher one.
const MAX_CARDS: u32 = 32;

/// The ctl names of the card that is named, or of all cards.
pub(super) fn named(card: Option<&str>) -> Result<Vec<String>> {
    Ok(indexes(card)?.into_iter().map(ctl_name).collect())
}

/// The number of the card that is named, or of all cards.
pub(super) fn indexes(card: Option<&str>) -> Result<Vec<u32>> {
    let Some(card) = card else {
        return Ok(cards::listed_indexes().unwrap_or_default());
    };
    match number(card) {
        Some(number) => Ok(vec![number]),
        None => {
            let card = bare(card);
            Err(failed(
                "snd_card_iterator_sinit:257",
                &format!("Cannot find soundcard '{card}'..."),
                missing(card),
            ))
        }
    }
}

/// The errno of `snd_card_get_index` for a card that does not exist.
fn missing(card: &str) -> i32 {
    match digits(card) {
        _ if card.is_empty() => libc::EINVAL,
        Some(number) if number >= MAX_CARDS => libc::EINVAL,
        Some(_) => libc::ENOENT,
        None => libc::ENODEV,
    }
}

/// The name without the parts that say what it is.
fn bare(card: &str) -> &str {
    let card = card.strip_prefix("hw:").unwrap_or(card);
    card.strip_prefix("/dev/snd/controlC").unwrap_or(card)
}

/// One or two digits are a number; anything else is an id.
fn digits(card: &str) -> Option<u32> {
    let is_number = card.len() <= 2 && card.bytes().all(|c| c.is_ascii_digit());
    card.parse().ok().filter(|_| is_number)
}

pub(super) fn ctl_name(number: u32) -> String {
    format!("hw:{number}")
}

/// The number of the card with this number, id or control device.
fn number(card: &str) -> Option<u32> {
    let card = bare(card);
    let number = match digits(card) {
        Some(number) => number,
        None => {
            let at = cards::cards().ok()?.iter().position(|id| id == card)?;
            *cards::card_indexes().ok()?.get(at)?
        }
    };
    let listed = cards::listed_indexes().ok()?;
    listed.contains(&number).then_some(number)
}

/// Opens a card.
pub(super) fn open(ctl: &str) -> std::result::Result<Elements, Error> {
    Elements::open(ctl)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_cards_have_the_errno_of_alsa_lib() {
        for (card, errno) in [
            ("31", libc::ENOENT),
            ("32", libc::EINVAL),
            ("", libc::EINVAL),
            ("007", libc::ENODEV),
            ("+0", libc::ENODEV),
            ("Nothing", libc::ENODEV),
        ] {
            assert_eq!(missing(card), errno, "{card}");
        }
        assert_eq!(bare("/dev/snd/controlC7"), "7");
    }
}
