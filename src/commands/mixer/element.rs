//! A raw element as people read it, and the words that change it.

use super::words::{change, item_named};
use crate::commands::advice;
use aloud::audio::error::{Error, Kind, Result};
use aloud::audio::mixer::{
    Element, ElementChange, ElementId, ElementInfo, ElementSelector, ElementType, ElementValues,
    Elements, STATUS_BYTES, SwitchChange,
};

/// The element that amixer's words mean, and its values.
pub fn get(elements: &Elements, words: &str) -> Result<Element> {
    elements.element(&elements.find(&ElementSelector::parse(words)?)?)
}

/// Changes the element that amixer's words mean, and gives what it is then. All values are checked before any is set.
pub fn set(elements: &Elements, words: &str, values: &[String]) -> Result<Element> {
    let info = elements.find(&ElementSelector::parse(words)?)?;
    let parts: Vec<&str> = parts(&info, values);
    let changes = parts.into_iter().map(|word| read(&info, word));
    let changes: Vec<_> = changes.collect::<Result<_>>()?;
    let wanted = elements.changed(&info, &changes)?;
    elements.write(&info, &wanted)?;
    elements.element(&info)
}

/// The values as words of their own. Commas stand in the names of items, too.
fn parts<'a>(info: &ElementInfo, values: &'a [String]) -> Vec<&'a str> {
    let is_item = |word: &str| match &info.kind {
        ElementType::Enumerated(items) => item_named(word, items).is_some(),
        _ => false,
    };
    let split = |word: &'a String| match is_item(word) {
        true => vec![word.as_str()],
        false => word.split(',').map(str::trim).collect(),
    };
    values.iter().flat_map(split).collect()
}

fn read(info: &ElementInfo, word: &str) -> Result<ElementChange> {
    let read = match &info.kind {
        ElementType::Boolean => turn(word).map(ElementChange::Switch),
        ElementType::Integer(..) | ElementType::Integer64(..) => match change(word, false) {
            Some(change) => Some(ElementChange::Volume(change?)),
            None => None,
        },
        ElementType::Enumerated(items) => item_named(word, items).map(ElementChange::Item),
        ElementType::Bytes | ElementType::Iec958 => byte(word).map(ElementChange::Byte),
    };
    read.ok_or_else(|| {
        let message = format!("'{word}' is no value of {}", info.id);
        Error::new(Kind::Usage, message).with_advice(advice::custom(format!(
            "it takes {}",
            valid_values(&info.kind)
        )))
    })
}

/// What the values of an element look like.
fn valid_values(kind: &ElementType) -> String {
    match kind {
        ElementType::Boolean => "on, off, toggle".to_owned(),
        ElementType::Integer(min, max, _) | ElementType::Integer64(min, max, _) => {
            format!("{min} to {max}, 40%, 5%+, 5%-, and dB if it has a dB range")
        }
        ElementType::Enumerated(items) => {
            let quoted: Vec<_> = items.iter().map(|item| format!("'{item}'")).collect();
            quoted.join(", ")
        }
        ElementType::Bytes => "bytes: 0 to 255, or 0x00 to 0xff".to_owned(),
        ElementType::Iec958 => format!("up to {STATUS_BYTES} status bytes: 0x00 to 0xff"),
    }
}

fn turn(word: &str) -> Option<SwitchChange> {
    match word.to_ascii_lowercase().as_str() {
        "on" | "1" | "true" | "yes" => Some(SwitchChange::On),
        "off" | "0" | "false" | "no" => Some(SwitchChange::Off),
        "toggle" => Some(SwitchChange::Toggle),
        _ => None,
    }
}

fn byte(word: &str) -> Option<u8> {
    let lower = word.to_ascii_lowercase();
    match lower.strip_prefix("0x") {
        Some(digits) if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            u8::from_str_radix(digits, 16).ok()
        }
        Some(_) => None,
        None => lower
            .bytes()
            .all(|digit| digit.is_ascii_digit())
            .then(|| lower.parse().ok())?,
    }
}

/// The element's id, and below it what it is and its values: the lines of `amixer contents`, with dB.
pub fn text(element: &Element) -> String {
    let mut id = format!(
        "numid={},iface={},name='{}'",
        element.numid, element.iface, element.name
    );
    for (key, value) in [
        ("index", element.index),
        ("device", element.device),
        ("subdevice", element.subdevice),
    ] {
        if value > 0 {
            id += &format!(",{key}={value}");
        }
    }
    let mut text = format!(
        "{id}\n  ; type={},access={},values={}",
        element.kind, element.access, element.count
    );
    if let Some(range) = element.range {
        text += &format!(",min={},max={},step={}", range.min, range.max, range.step);
    }
    if let Some(items) = &element.items {
        text += &format!(",items={}", items.len());
        for (number, item) in items.iter().enumerate() {
            text += &format!("\n  ; Item #{number} '{item}'");
        }
    }
    text.push('\n');
    if let Some(values) = &element.values {
        text += &format!("  : values={}\n", values_text(values));
    }
    if let Some(db) = &element.db {
        let values: Vec<_> = db
            .values
            .iter()
            .map(|value| value.map_or("?".to_owned(), decibels))
            .collect();
        let (least, greatest) = (decibels(db.range.0), decibels(db.range.1));
        text += &format!("  | {} of {least} to {greatest}\n", values.join(", "));
    }
    text
}

fn decibels(db: f64) -> String {
    match db {
        db if db <= -99_999.0 => "-inf dB".to_owned(),
        db => format!("{db:.2} dB"),
    }
}

fn values_text(values: &ElementValues) -> String {
    let all: Vec<String> = match values {
        ElementValues::Boolean(all) => all
            .iter()
            .map(|on| if *on { "on" } else { "off" }.to_owned())
            .collect(),
        ElementValues::Integer(all) | ElementValues::Integer64(all) => {
            all.iter().map(i64::to_string).collect()
        }
        ElementValues::Enumerated(all) => all.iter().map(u32::to_string).collect(),
        ElementValues::Bytes(all) => all.iter().map(hex).collect(),
        ElementValues::Iec958(all) => all.iter().map(hex).collect(),
    };
    all.join(",")
}

fn hex(byte: &u8) -> String {
    format!("0x{byte:02x}")
}

/// An element's id without its number, which says nothing on another day.
pub fn name(id: &ElementId) -> String {
    ElementId {
        numid: 0,
        ..id.clone()
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_decimal_or_hexadecimal() {
        for (word, expected) in [
            ("0", Some(0)),
            ("255", Some(255)),
            ("0xff", Some(255)),
            ("0X0A", Some(10)),
        ] {
            assert_eq!(byte(word), expected, "{word}");
        }
        for word in ["256", "-1", "0x100", "0x", "ff", "", "0x+1", "+1"] {
            assert_eq!(byte(word), None, "{word}");
        }
    }
}
