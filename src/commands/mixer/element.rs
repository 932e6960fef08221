//! Raw elements: their ids, values as text, and the values that users type.

use super::words::{find_item, volume_change};
use crate::commands::advice;
use aloud::audio::advice::Advice;
use aloud::audio::error::{Error, Kind, Result};
use aloud::audio::mixer::{
    Element, ElementChange, ElementId, ElementInfo, ElementSelector, ElementType, ElementValues,
    Elements, STATUS_BYTES, SwitchChange,
};

/// Whether a control is given as an element id (`numid=3`, `iface=MIXER,name='…'`) and not by its name.
pub fn is_element_id(text: &str) -> bool {
    const KEYS: [&str; 6] = ["numid", "iface", "name", "index", "device", "subdevice"];
    let key = text.split_once('=').map(|(key, _)| key.trim());
    key.is_some_and(|key| KEYS.contains(&key.to_lowercase().as_str()))
}

/// Changes an element and returns its new values. All values are checked before any is set.
pub fn set(elements: &Elements, selector: &ElementSelector, values: &[String]) -> Result<Element> {
    let info = elements.find(selector)?;
    let words = split_values(&info, values).into_iter();
    let changes = words.map(|word| parse_value(&info, word));
    let changes: Vec<_> = changes.collect::<Result<_>>()?;
    let wanted = elements.changed(&info, &changes)?;
    elements.write(&info, &wanted)?;
    elements.element(&info)
}

/// Splits values at commas, unless they are the name of an item.
fn split_values<'a>(info: &ElementInfo, values: &'a [String]) -> Vec<&'a str> {
    let is_item = |word: &str| match &info.kind {
        ElementType::Enumerated(items) => find_item(word, items).is_some(),
        _ => false,
    };
    let split = |word: &'a String| match is_item(word) {
        true => vec![word.as_str()],
        false => word.split(',').map(str::trim).collect(),
    };
    values.iter().flat_map(split).collect()
}

fn parse_value(info: &ElementInfo, word: &str) -> Result<ElementChange> {
    let change = match &info.kind {
        ElementType::Boolean => switch_change(word).map(ElementChange::Switch),
        ElementType::Integer(..) | ElementType::Integer64(..) => match volume_change(word, false) {
            Some(Ok(change)) => Some(ElementChange::Volume(change)),
            Some(Err(error)) => return Err(error.with_advice(takes(info))),
            None => None,
        },
        ElementType::Enumerated(items) => find_item(word, items).map(ElementChange::Item),
        ElementType::Bytes | ElementType::Iec958 => byte(word).map(ElementChange::Byte),
    };
    change.ok_or_else(|| {
        let message = format!("invalid value '{word}' for {}", info.id);
        Error::new(Kind::Usage, message).with_advice(takes(info))
    })
}

fn takes(info: &ElementInfo) -> Advice {
    advice::custom(format!("it takes {}", valid_values(&info.kind)))
}

/// The values that an element takes, for a hint.
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

fn switch_change(word: &str) -> Option<SwitchChange> {
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

/// An element in the format of `amixer contents`, with dB.
pub fn text(element: &Element) -> String {
    let mut text = id_text(element);
    text += &format!(
        "\n  ; type={},access={},values={}",
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
        let (min, max) = (decibels(db.range.min), decibels(db.range.max));
        text += &format!("  | {} of {min} to {max}\n", values.join(", "));
    }
    if let Some(error) = &element.error {
        text += &format!("  ! {}\n", error.message);
    }
    text
}

fn id_text(element: &Element) -> String {
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
    id
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

/// An element's id without its number, which may change.
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
    fn element_ids_are_not_control_names() {
        for id in ["numid=3", "iface=MIXER,name='Master'", "name=X", "NUMID=1"] {
            assert!(is_element_id(id), "{id}");
        }
        for name in ["Master", "Master,1", "A=B", "", "="] {
            assert!(!is_element_id(name), "{name}");
        }
    }

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
