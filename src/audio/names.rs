//! Names: of PCMs that can be opened, and the nearest spelling of one that cannot.

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

/// tmp
#[derive(serde::Serialize)]
pub struct PcmName {
    /// n
    pub name: String,
    /// d
    pub description: Vec<String>,
}
/// tmp
pub fn pcms(_d: Option<super::pcm::Direction>) -> super::error::Result<Vec<PcmName>> {
    Ok(vec![])
}
