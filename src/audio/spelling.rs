//! Plurals, and suggestions for misspelled names.

use std::fmt::Display;

/// Names are compared by so many characters, which is more than any candidate has: the time grows with both lengths.
const MAX_COMPARED: usize = 100;

/// A number and its noun, in the singular or plural: `1 xrun`, `2 xruns`.
pub fn count(number: impl Display + PartialEq + From<u8>, noun: &str) -> String {
    if number == 1.into() {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// The candidates (at most three) with the nearest spelling, nearest first.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    nearest_of(wanted, candidates.into_iter().collect())
}

/// Like [`nearest`], but only candidates that `wanted` may be a misspelling of.
pub fn alike<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    alike_of(wanted, candidates.into_iter().collect())
}

// Not generic: one copy for all kinds of candidates.

fn nearest_of<'a>(wanted: &str, candidates: Vec<&'a str>) -> Vec<&'a str> {
    let wanted = compared(wanted);
    let similarity = |name: &str| strsim::jaro_winkler(&wanted, &name.to_lowercase());
    let scored = candidates.into_iter().map(|name| (similarity(name), name));
    let mut scored: Vec<_> = scored.collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

fn alike_of<'a>(wanted: &str, mut candidates: Vec<&'a str>) -> Vec<&'a str> {
    candidates.retain(|name| is_alike(wanted, name));
    nearest_of(wanted, candidates)
}

/// The start of a name, in lower case.
fn compared(name: &str) -> String {
    name.chars()
        .take(MAX_COMPARED)
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether at most one letter in three is wrong, or one name is a prefix of the other (`loop`, `Loopback`).
fn is_alike(wanted: &str, name: &str) -> bool {
    let (wanted, name) = (compared(wanted), name.to_lowercase());
    let letters = wanted.chars().count();
    let wrong = strsim::damerau_levenshtein(&wanted, &name);
    let is_prefix = letters > 1 && (name.starts_with(&wanted) || wanted.starts_with(&name));
    wrong <= (letters / 3).max(1) || is_prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!(count(0_u64, "xrun"), "0 xruns");
        assert_eq!(count(1_usize, "xrun"), "1 xrun");
        assert_eq!(count(2_u32, "xrun"), "2 xruns");
    }

    #[test]
    fn misspellings_and_prefixes_are_alike() {
        let ids = ["Loopback", "Dummy", "oss", "hw"];
        assert_eq!(alike("loop", ids), ["Loopback"]);
        assert_eq!(alike("Dumy", ids), ["Dummy"]);
        assert_eq!(alike("hq", ids), ["hw"]);
        assert!(alike("nosuch", ids).is_empty());
        assert_eq!(alike("Lopbakc", ids), ["Loopback"]);
        let long = "Loopback".repeat(100_000);
        assert_eq!(alike(&long, ids), ["Loopback"]);
        assert_eq!(nearest(&long, ids)[0], "Loopback");
    }
}
