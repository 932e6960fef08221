//! Values of raw elements as text.

use aloud::audio::mixer::ElementValues;

/// The values, separated by commas.
pub fn values_text(values: &ElementValues) -> String {
    match values {
        ElementValues::Boolean(all) => joined(all.iter().map(|on| if *on { "on" } else { "off" })),
        ElementValues::Integer(all) | ElementValues::Integer64(all) => joined(all),
        ElementValues::Enumerated(all) => joined(all),
        ElementValues::Bytes(all) => joined(all),
        ElementValues::Iec958(all) => joined(all),
    }
}

/// Anything, separated by commas.
pub fn joined<T: ToString>(all: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = all.into_iter().map(|value| value.to_string()).collect();
    all.join(",")
}
