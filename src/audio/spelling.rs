//! The nearest spelling of a word that is none.

/// The (at most three) candidates whose spelling is nearest to `wanted`, nearest first.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut scored: Vec<_> = candidates
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&wanted, &name.to_lowercase()), name))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Like [`nearest`], without those that are another word and no misspelling.
pub(crate) fn alike<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Vec<&'a str> {
    nearest(
        wanted,
        candidates.into_iter().filter(|name| is_alike(wanted, name)),
    )
}

/// Whether one of three letters at most is wrong, or one spelling begins with the other (`loop`, `Loopback`).
fn is_alike(wanted: &str, name: &str) -> bool {
    let (wanted, name) = (wanted.to_lowercase(), name.to_lowercase());
    let letters = wanted.chars().count();
    let wrong = strsim::damerau_levenshtein(&wanted, &name);
    let begins = letters > 1 && (name.starts_with(&wanted) || wanted.starts_with(&name));
    wrong <= (letters / 3).max(1) || begins
}
