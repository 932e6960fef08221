//! `clean`: removes the elements that programs have added.

use super::cards::{named, open};
use super::options::{failed, not_opened};
use crate::commands::compat::stop::{Result, Stop, errno, reason};
use aloud::audio::mixer::{ElementId, ElementSelector, Elements};

pub(super) fn run(arguments: &[String]) -> Result<u8> {
    let (card, filters) = match arguments {
        [] => (None, arguments),
        [card, filters @ ..] => (Some(card.as_str()), filters),
    };
    let cards = named(card)?;
    let filters: Vec<ElementSelector> = filters
        .iter()
        .map(|text| filter(text))
        .collect::<Result<_>>()?;
    for card in cards {
        let elements = open(&card).map_err(|error| not_opened("clean_controls:145", &error))?;
        clean(&elements, &filters).map_err(|error| wrong(&card, &error))?;
    }
    Ok(0)
}

fn filter(text: &str) -> Result<ElementSelector> {
    ElementSelector::parse(text).map_err(|_| {
        let text = format!("Cannot parse id '{text}': Invalid argument");
        failed("filter_controls_parse:112", &text, libc::EINVAL)
    })
}

fn clean(elements: &Elements, filters: &[ElementSelector]) -> aloud::audio::error::Result<()> {
    let wanted =
        |id: &ElementId| filters.is_empty() || filters.iter().any(|filter| filter.matches(id));
    for info in elements.list()? {
        if info.access.user && wanted(&info.id) {
            elements.remove(&info.id)?;
        }
    }
    Ok(())
}

fn wrong(card: &str, error: &aloud::audio::error::Error) -> Stop {
    let text = format!("Cannot clean {card}: {}", reason(error));
    failed("clean_controls", &text, errno(error))
}
