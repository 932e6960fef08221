//! Configuration files and environment variables.

use crate::commands::advice;
use crate::commands::doctor::facts::{Facts, Tried};
use crate::commands::doctor::finding::Finding;
use aloud::audio::system::card_references::CardReference;

pub fn configuration(facts: &Facts) -> Finding {
    match &facts.configuration {
        Tried::Done(()) => Finding::ok("alsa-lib can read its configuration"),
        Tried::Failed(error) => {
            Finding::problem(error.to_string()).advise_all(advice::hints(error))
        }
        Tried::TimedOut => Finding::problem(
            "reading alsa-lib's configuration hangs, probably because it asks a sound server that hangs",
        ),
    }
}

pub fn named_cards(facts: &Facts) -> Finding {
    let missing: Vec<&CardReference> = facts
        .references
        .iter()
        .filter(|reference| !exists(facts, &reference.card))
        .collect();
    let details = facts.references.iter().map(|reference| {
        let CardReference { file, line, card } = reference;
        format!("{file}, line {line}: card {card}")
    });
    let by_number = |reference: &&CardReference| reference.card.parse::<u32>().is_ok();
    let several = facts.hardware.cards.len() > 1;
    let numbered = facts.references.iter().find(by_number).filter(|_| several);
    let finding = match (missing.first(), numbered) {
        (Some(CardReference { file, line, card }), _) => Finding::problem(format!(
            "{file} names card '{card}' in line {line}, which does not exist"
        ))
        .advise(format!("correct line {line} of {file}; {}", existing(facts))),
        (None, Some(CardReference { file, line, card })) => Finding::note(format!(
            "{file} names card {card} by its number in line {line}; numbers may change when the machine starts"
        ))
        .advise(format!(
            "write the id instead of the number: {}",
            card.parse().map_or_else(|_| card.clone(), |index| facts.label(index))
        )),
        (None, None) if facts.references.is_empty() => {
            Finding::ok("no configuration file of yours names a card")
        }
        (None, None) => Finding::ok("all cards that your configuration names exist"),
    };
    finding.details(details)
}

fn exists(facts: &Facts, card: &str) -> bool {
    facts
        .hardware
        .cards
        .iter()
        .any(|known| card.parse() == Ok(known.index) || known.id.as_deref() == Some(card))
}

fn existing(facts: &Facts) -> String {
    let ids: Vec<String> = facts
        .hardware
        .cards
        .iter()
        .map(|card| card.label())
        .collect();
    match ids.is_empty() {
        true => "there are no cards now".to_owned(),
        false => format!("cards: {}", ids.join(", ")),
    }
}

pub fn environment(facts: &Facts) -> Finding {
    if facts.variables.is_empty() {
        return Finding::ok("no variable selects a device or a server");
    }
    let names_card = |name: &str| ["ALSA_CARD", "ALSA_PCM_CARD", "ALSA_CTL_CARD"].contains(&name);
    let wrong = facts
        .variables
        .iter()
        .find(|(name, value)| names_card(name) && !exists(facts, value));
    let shown: Vec<String> = facts
        .variables
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    match wrong {
        Some((name, value)) => {
            Finding::problem(format!("{name} names card '{value}', which does not exist"))
                .advise(format!("unset {name}"))
                .advise(existing(facts))
        }
        None => Finding::note(format!("{} changes which device is used", shown.join(", ")))
            .advise(format!("unset {}", facts.variables[0].0)),
    }
    .details(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::Verdict;
    use aloud::audio::error::{Error, Kind};

    fn named(card: &str) -> Facts {
        let mut facts = Facts::healthy();
        facts.references.push(CardReference {
            file: "/home/bob/.asoundrc".to_owned(),
            line: 3,
            card: card.to_owned(),
        });
        facts
    }

    #[test]
    fn a_missing_card_in_a_file_is_named_with_its_line() {
        let found = named_cards(&named("Headset"));
        assert_eq!(found.verdict, Verdict::Problem);
        assert_eq!(
            found.finding,
            "/home/bob/.asoundrc names card 'Headset' in line 3, which does not exist"
        );
        assert!(found.advice[0].ends_with("cards: PCH"));
        assert_eq!(named_cards(&named("PCH")).verdict, Verdict::Ok);
    }

    #[test]
    fn a_card_by_number_is_worth_a_note_if_there_are_several() {
        let mut facts = named("0");
        assert_eq!(named_cards(&facts).verdict, Verdict::Ok);
        facts.hardware.cards.push(Facts::pci_card(1, "HDMI"));
        let found = named_cards(&facts);
        assert_eq!(found.verdict, Verdict::Note);
        assert!(found.advice[0].ends_with(": PCH"));
    }

    #[test]
    fn variables_are_judged_by_the_cards() {
        let mut facts = Facts::healthy();
        facts.variables.push(("ALSA_CARD", "PCH".to_owned()));
        assert_eq!(environment(&facts).verdict, Verdict::Note);
        facts.variables[0].1 = "Gone".to_owned();
        let found = environment(&facts);
        assert_eq!(found.verdict, Verdict::Problem);
        assert_eq!(found.advice[0], "unset ALSA_CARD");
    }

    #[test]
    fn an_invalid_configuration_is_a_problem() {
        let mut facts = Facts::healthy();
        let error = Error::new(Kind::Internal, "libasound's configuration is invalid");
        facts.configuration = Tried::Failed(error);
        assert_eq!(configuration(&facts).verdict, Verdict::Problem);
        facts.configuration = Tried::TimedOut;
        assert_eq!(configuration(&facts).verdict, Verdict::Problem);
    }
}
