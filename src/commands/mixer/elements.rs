//! `aloud mixer elements`: raw elements, as amixer's `contents`; and `mixer get` and `mixer set` of one of them.

use super::words;
use crate::commands::{Exit, Result, args::CtlArgs, ui::Ui};
use aloud::audio::error::{self, Error, Kind};
use aloud::audio::mixer::{Element, ElementQuery, Elements, Place, Type, Values};

/// List a card's elements: all that its driver lets be read and set
///
/// Simple controls are made of these. An element's first line is what CONTROL can be in `aloud mixer get` and
/// `aloud mixer set`.
///
/// With --json: an array of objects with numid, iface, name, index, device, subdevice, type, access (amixer's letters),
/// active, count, min, max, step, items, values and db (range and values).
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    ctl: CtlArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer elements -c PCH
      every element of a card
  aloud mixer elements --json
      the same of the default mixer, for a program to read";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let elements = Elements::open(args.ctl.place()?)?.list()?;
    if ui.json() {
        ui.document(&elements)?;
        return Ok(Exit::Done);
    }
    if elements.is_empty() {
        ui.note("aloud: this mixer has no elements");
    }
    ui.text(&elements.iter().map(text).collect::<String>())?;
    Ok(Exit::Done)
}

/// Tells one element.
pub fn get(ui: &Ui, place: Place, id: &str) -> Result<()> {
    let query = ElementQuery::parse(id)?;
    tell(ui, &Elements::open(place)?.find(&query)?)
}

fn tell(ui: &Ui, element: &Element) -> Result<()> {
    if ui.json() {
        ui.document(element)?;
    } else {
        ui.text(&text(element))?;
    }
    Ok(())
}

/// Sets one element: its values are what `words` say, all of them or none.
pub fn set(ui: &Ui, elements: &Elements, id: &str, words: &[String], told: bool) -> Result<()> {
    let query = ElementQuery::parse(id)?;
    let element = elements.find(&query)?;
    element.writable()?;
    let values = values(&element, words)?;
    element.accepts(&values)?;
    elements.set(&element, &values)?;
    let after = elements.find(&query)?;
    if let (Some(is), false) = (&after.values, element.access().volatile)
        && *is != values
    {
        let (is, wanted) = (after.text(is), after.text(&values));
        let message = format!("{} is {is} now, not {wanted}: the card ties it", element.id);
        return Err(Error::new(Kind::Unsupported, message).into());
    }
    if told || ui.json() {
        tell(ui, &after)?;
    }
    Ok(())
}

/// The element as amixer tells it, with its dB.
fn text(element: &Element) -> String {
    let mut text = format!(
        "numid={},{}\n  ; type={},access={},values={}",
        element.numid,
        element.id,
        element.kind(),
        element.access_letters(),
        element.count()
    );
    if let Some((least, greatest, step)) = element.range() {
        text += &format!(",min={least},max={greatest},step={step}");
    }
    if element.kind() == Type::Enumerated {
        text += &format!(",items={}", element.items().len());
    }
    text.push('\n');
    for (number, item) in element.items().iter().enumerate() {
        text += &format!("  ; Item #{number} '{item}'\n");
    }
    if let Some(values) = &element.values {
        text += &format!("  : values={}\n", amixer_values(element, values));
    }
    if let Some((least, greatest)) = element.db_range() {
        text += &format!("  | dB={} to {}", db(least), db(greatest));
        if let Some(values) = element.db_values() {
            let values: Vec<String> = values.into_iter().map(db).collect();
            text += &format!(",values={}", values.join(","));
        }
        text.push('\n');
    }
    text
}

/// amixer tells items by their numbers.
fn amixer_values(element: &Element, values: &Values) -> String {
    match values {
        Values::Enumerated(all) => {
            let numbers: Vec<String> = all.iter().map(u32::to_string).collect();
            numbers.join(",")
        }
        _ => element.text(values),
    }
}

fn db(db: f64) -> String {
    match db <= -99_999.0 {
        true => "-inf".to_owned(),
        false => format!("{db:.2}"),
    }
}

/// The values that the words make of the element's own: one word for all of them, or words between commas for one each; what
/// has none stays as it is.
fn values(element: &Element, words: &[String]) -> error::Result<Values> {
    let [word] = words else {
        let message = format!(
            "{} takes one word: values with commas between them",
            element.id
        );
        return Err(Error::new(Kind::Usage, message).with_hint(valid(element)));
    };
    // Commas stand in the names of items, too.
    let whole = (element.kind() == Type::Enumerated)
        .then(|| words::item_named(word.trim(), element.items()))
        .flatten();
    if let Some(item) = whole {
        return Ok(Values::Enumerated(vec![item; element.count()]));
    }
    let parts: Vec<&str> = word.split(',').map(str::trim).collect();
    let count = match element.kind() {
        Type::Iec958 => IEC958_STATUS,
        _ => element.count(),
    };
    if parts.len() > count {
        let message = format!(
            "{} values for {}, which has {count}",
            parts.len(),
            element.id
        );
        return Err(Error::new(Kind::Unsupported, message));
    }
    // The status of a digital connection is no list of equals.
    let alone = (parts.len() == 1 && element.kind() != Type::Iec958).then(|| parts[0]);
    let each = |at: usize| {
        alone
            .or_else(|| parts.get(at).copied())
            .filter(|part| !part.is_empty())
    };
    if parts.iter().all(|part| part.is_empty()) {
        return Err(unknown(element, word));
    }
    let own = element.values.as_ref();
    let filled = |empty: Values| own.cloned().unwrap_or(empty);
    Ok(match filled(none(element)) {
        Values::Boolean(all) => Values::Boolean(changed(all, each, |now, part| {
            switch(now, part).ok_or_else(|| unknown(element, part))
        })?),
        Values::Integer(all) => Values::Integer(changed(all, each, |now, part| {
            let change = words::change(part, false).ok_or_else(|| unknown(element, part))??;
            let next = element.changed(now, change);
            next.map_err(|error| {
                let message = format!("{}: {error}", element.id);
                let kind = error.kind();
                error.restated(kind, message)
            })
        })?),
        Values::Enumerated(all) => Values::Enumerated(changed(all, each, |_, part| {
            words::item_named(part, element.items()).ok_or_else(|| unknown(element, part))
        })?),
        Values::Bytes(all) => Values::Bytes(changed(all, each, |_, part| {
            byte(part).ok_or_else(|| unknown(element, part))
        })?),
        Values::Iec958(all) => Values::Iec958(changed(all, each, |_, part| {
            byte(part).ok_or_else(|| unknown(element, part))
        })?),
    })
}

/// Bytes of a digital connection's channel status.
const IEC958_STATUS: usize = 24;

/// What an element that cannot be read is taken to have, where a value is left out.
fn none(element: &Element) -> Values {
    let count = element.count();
    match element.kind() {
        Type::Boolean => Values::Boolean(vec![false; count]),
        Type::Integer | Type::Integer64 => {
            let least = element.range().map_or(0, |range| range.0);
            Values::Integer(vec![least; count])
        }
        Type::Enumerated => Values::Enumerated(vec![0; count]),
        Type::Bytes => Values::Bytes(vec![0; count]),
        Type::Iec958 => Values::Iec958(vec![0; 175]),
    }
}

/// Each value as its word makes it; those without one as they are.
fn changed<'a, T: Copy>(
    all: Vec<T>,
    word: impl Fn(usize) -> Option<&'a str>,
    change: impl Fn(T, &str) -> error::Result<T>,
) -> error::Result<Vec<T>> {
    let one = |(at, now): (usize, T)| word(at).map_or(Ok(now), |word| change(now, word));
    all.into_iter().enumerate().map(one).collect()
}

fn switch(now: bool, word: &str) -> Option<bool> {
    Some(match word.to_ascii_lowercase().as_str() {
        "on" | "1" | "true" => true,
        "off" | "0" | "false" => false,
        "toggle" => !now,
        _ => return None,
    })
}

/// `12`, or `0x0c`.
fn byte(word: &str) -> Option<u8> {
    let (digits, radix) = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (word, 10),
    };
    let plain = digits.chars().all(|c| c.is_digit(radix));
    u8::from_str_radix(digits, radix).ok().filter(|_| plain)
}

fn unknown(element: &Element, word: &str) -> Error {
    Error::new(
        Kind::Usage,
        format!("'{word}' is no value of {}", element.id),
    )
    .with_hint(valid(element))
}

/// What the element takes.
fn valid(element: &Element) -> String {
    match element.kind() {
        Type::Boolean => "it takes on, off, toggle".to_owned(),
        Type::Integer | Type::Integer64 => {
            let (least, greatest, _) = element.range().unwrap_or_default();
            let db = element.db_range().map_or("", |_| ", -12dB, 3dB+");
            format!("it takes {least} to {greatest}, 40%, 5%+, 10-{db}")
        }
        Type::Enumerated => {
            let items = element.items().iter().enumerate();
            let items: Vec<String> = items.map(|(at, name)| format!("{at} '{name}'")).collect();
            format!("it takes {}", items.join(", "))
        }
        Type::Bytes => "it takes bytes: 0 to 255, or 0x00 to 0xff".to_owned(),
        Type::Iec958 => "it takes the bytes of its status: 0x04,0x82,0x00,0x02".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_switches_are_read_strictly() {
        assert_eq!(
            (byte("0xff"), byte("10"), byte("0")),
            (Some(255), Some(10), Some(0))
        );
        for word in ["", "0x", "256", "-1", "+1", "0x100", "ff", "1 "] {
            assert_eq!(byte(word), None, "{word}");
        }
        assert_eq!(switch(true, "toggle"), Some(false));
        assert_eq!(
            (switch(true, "OFF"), switch(true, "of")),
            (Some(false), None)
        );
    }

    #[test]
    fn what_has_no_word_stays() {
        let words = ["", "x"];
        let all = changed(
            vec![1, 2, 3],
            |at| words.get(at).copied().filter(|word| !word.is_empty()),
            |now, _| Ok(now * 10),
        );
        assert_eq!(all.unwrap(), [1, 20, 3]);
    }
}
