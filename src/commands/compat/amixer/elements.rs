//! Raw elements: `info`, `controls`, `contents`, `cget`, `cset`.

use super::context::{Options, failed, open_mixer, reason, unquoted};
use super::tlv;
use crate::commands::compat::c_number::{c_int, c_long};
use crate::commands::compat::element_text::{joined, values_text};
use crate::commands::compat::stop::{Result, Stop};
use crate::commands::ui::plain;
use aloud::audio::error;
use aloud::audio::mixer::{
    ElementChange, ElementInfo, ElementSelector, ElementType, ElementValues, Elements,
    SwitchChange, VolumeAmount, VolumeChange,
};
use std::fmt::Write;

const NO_ID: &str = "Specify a full control identifier: [[iface=<iface>,][name='name',][index=<index>,]\
                     [device=<device>,][subdevice=<subdevice>]]|[numid=<numid>]\n";

/// Opens the ctl. `end` follows the error message.
pub(super) fn open(options: &Options, end: &str) -> Result<Elements> {
    let device = options.device.as_str();
    Elements::open(device).map_err(|error| {
        failed(&format!(
            "Control {device} open error: {}{end}",
            reason(&error)
        ))
    })
}

pub(super) fn print_card(options: &Options) -> Result<()> {
    let device = options.device.as_str();
    let failed = |error: error::Error| {
        failed(&format!(
            "Control device {device} open error: {}",
            reason(&error)
        ))
    };
    let elements = Elements::open(device).map_err(failed)?;
    let card = elements.card_info().map_err(failed)?;
    let count = elements.list().map_err(failed)?.len();
    let mut text = format!("Card {device} '{}'/'{}'\n", card.id, card.longname);
    let _ = writeln!(text, "  Mixer name\t: '{}'", card.mixername);
    let _ = writeln!(text, "  Components\t: '{}'", card.components);
    let _ = writeln!(text, "  Controls      : {count}");
    let controls = open_mixer(options)?.iter().count();
    let _ = writeln!(text, "  Simple ctrls  : {controls}");
    Ok(plain::print(&text)?)
}

pub(super) fn print_all(options: &Options, with_contents: bool) -> Result<()> {
    let elements = open(options, "")?;
    let listed = |error: error::Error| {
        failed(&format!(
            "Control {} local error: {}",
            options.device,
            reason(&error)
        ))
    };
    let mut text = String::new();
    for info in elements.sorted().map_err(listed)? {
        if info.access.inactive && !options.inactive {
            continue;
        }
        let _ = writeln!(text, "{}", info.id);
        if with_contents {
            text += &contents(&elements, &info);
        }
    }
    Ok(plain::print(&text)?)
}

pub(super) fn get(options: &Options, arguments: &[String]) -> Result<()> {
    let selector = selector(arguments)?;
    let elements = open(options, "\n")?;
    let info = find(&elements, &selector, options)?;
    match options.quiet {
        true => Ok(()),
        false => print(&elements, &info),
    }
}

pub(super) fn set(options: &Options, arguments: &[String]) -> Result<()> {
    let selector = selector(arguments)?;
    set_in(&open(options, "\n")?, &selector, options, arguments.get(1))
}

/// Sets an element; without a value, prints it.
pub(super) fn set_in(
    elements: &Elements,
    selector: &ElementSelector,
    options: &Options,
    value: Option<&String>,
) -> Result<()> {
    let info = find(elements, selector, options)?;
    if let Some(value) = value {
        write(elements, &info, value).map_err(|error| {
            let text = reason(&error);
            failed(&format!(
                "Control {} element write error: {text}\n",
                options.device
            ))
        })?;
    }
    match options.quiet {
        true => Ok(()),
        false => print(elements, &info),
    }
}

fn print(elements: &Elements, info: &ElementInfo) -> Result<()> {
    Ok(plain::print(&format!(
        "{}\n{}",
        info.id,
        contents(elements, info)
    ))?)
}

/// The element's id in the first argument.
pub(super) fn selector(arguments: &[String]) -> Result<ElementSelector> {
    let Some(text) = arguments.first() else {
        return Err(Stop::Failed(NO_ID.to_owned(), 1));
    };
    ElementSelector::parse(text).map_err(|_| {
        let number = text.strip_prefix("numid=").map(c_int);
        let number = number.filter(|number| *number <= 0);
        let number = number.map(|number| format!("amixer: Invalid numid {number}\n"));
        let id = format!("Wrong control identifier: {text}\n");
        Stop::Failed(number.unwrap_or_default() + &id, 1)
    })
}

fn find(elements: &Elements, selector: &ElementSelector, options: &Options) -> Result<ElementInfo> {
    // A number wins over a name.
    let by_number = ElementSelector {
        numid: selector.numid,
        ..ElementSelector::default()
    };
    let selector = match selector.numid {
        Some(_) => &by_number,
        None => selector,
    };
    elements.find(selector).map_err(|_| {
        let device = &options.device;
        failed(&format!(
            "Cannot find the given element from control {device}\n"
        ))
    })
}

/// All that amixer shows of an element below its id.
fn contents(elements: &Elements, info: &ElementInfo) -> String {
    let Ok(element) = elements.try_element(info) else {
        return String::new();
    };
    let mut text = format!(
        "  ; type={},access={},values={}",
        element.kind, element.access, info.count
    );
    match &info.kind {
        ElementType::Integer(min, max, step) | ElementType::Integer64(min, max, step) => {
            let _ = writeln!(text, ",min={min},max={max},step={step}");
        }
        ElementType::Enumerated(items) => {
            let _ = writeln!(text, ",items={}", items.len());
            for (at, item) in items.iter().enumerate() {
                let _ = writeln!(text, "  ; Item #{at} '{item}'");
            }
        }
        _ => text.push('\n'),
    }
    if let Some(values) = &element.values {
        let _ = writeln!(text, "  : values={}", contents_text(values));
    }
    let metadata = elements.tlv(info).map(|words| tlv::text(&words));
    text + &metadata.unwrap_or_default()
}

/// The values in the words of `contents`.
fn contents_text(values: &ElementValues) -> String {
    match values {
        ElementValues::Bytes(all) => joined(all.iter().map(|byte| format!("0x{byte:02x}"))),
        ElementValues::Iec958(status) => {
            let bytes = status.iter().take(4).enumerate();
            let bytes: Vec<_> = bytes
                .map(|(at, byte)| format!("AES{at}=0x{byte:02x}"))
                .collect();
            format!("[{}]", bytes.join(" "))
        }
        values => values_text(values),
    }
}

/// Writes the values of a comma-separated list: one for all, or one for each of the first. An empty one stays as it is, and
/// blanks may follow a value.
fn write(elements: &Elements, info: &ElementInfo, text: &str) -> error::Result<()> {
    let Some(changes) = changes(info, text) else {
        let unknown = error::Error::device("set", elements.device(), libc::EINVAL);
        return Err(unknown);
    };
    let now = elements.read(info)?;
    let changes: Option<Vec<_>> = changes
        .into_iter()
        .enumerate()
        .map(|(at, change)| match change {
            Some(change) => Some(in_db_range(elements, info, change)),
            None => unchanged(&now, at),
        })
        .collect();
    let values = elements.changed(info, &changes.unwrap_or_default())?;
    elements.write(info, &values)
}

/// dB out of range become the nearest in range.
fn in_db_range(elements: &Elements, info: &ElementInfo, change: ElementChange) -> ElementChange {
    match change {
        ElementChange::Volume(VolumeChange::To(VolumeAmount::Db(db))) => {
            let range = elements.db_range(info);
            let db = range.map_or(db, |(min, max)| db.max(min).min(max));
            ElementChange::Volume(VolumeChange::To(VolumeAmount::Db(db)))
        }
        change => change,
    }
}

/// A change to the present value.
fn unchanged(values: &ElementValues, at: usize) -> Option<ElementChange> {
    let raw = |value: &i64| ElementChange::Volume(VolumeChange::To(VolumeAmount::Raw(*value)));
    match values {
        ElementValues::Boolean(all) => all.get(at).map(|on| {
            ElementChange::Switch(match on {
                true => SwitchChange::On,
                false => SwitchChange::Off,
            })
        }),
        ElementValues::Integer(all) | ElementValues::Integer64(all) => all.get(at).map(raw),
        ElementValues::Enumerated(all) => all.get(at).copied().map(ElementChange::Item),
        ElementValues::Bytes(all) => all.get(at).copied().map(ElementChange::Byte),
        ElementValues::Iec958(all) => all.get(at).copied().map(ElementChange::Byte),
    }
}

/// The changes that a list asks for, without one where it is empty; `None` if one of its values is invalid.
fn changes(info: &ElementInfo, text: &str) -> Option<Vec<Option<ElementChange>>> {
    if let ElementType::Enumerated(items) = &info.kind
        && let Some(item) = item(items, text.trim_end())
    {
        return Some(vec![Some(ElementChange::Item(item))]);
    }
    // amixer ignores values that are too many.
    let values = text.split(',').take(info.count.max(1) as usize);
    values
        .map(|value| match value.trim_end() {
            "" => Some(None),
            value => change(&info.kind, value).map(Some),
        })
        .collect()
}

/// The number of an item by its name, which may have quotes.
fn item(items: &[String], text: &str) -> Option<u32> {
    let name = unquoted(text);
    let at = items.iter().position(|item| item == name)?;
    Some(at as u32)
}

/// A boolean: numbers other than 0 are on.
fn switch(text: &str) -> Option<SwitchChange> {
    let lower = text.to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| lower.starts_with(word));
    if lower.starts_with(|c: char| c.is_ascii_digit()) {
        let is_on = c_int(&lower) > 0;
        return Some(match is_on {
            true => SwitchChange::On,
            false => SwitchChange::Off,
        });
    }
    match () {
        () if begins(&["on", "up", "yes"]) => Some(SwitchChange::On),
        () if begins(&["off", "down", "no", "false"]) => Some(SwitchChange::Off),
        () if begins(&["toggle"]) => Some(SwitchChange::Toggle),
        () => None,
    }
}

fn change(kind: &ElementType, text: &str) -> Option<ElementChange> {
    match kind {
        ElementType::Boolean => switch(text).map(ElementChange::Switch),
        ElementType::Integer(min, max, _) | ElementType::Integer64(min, max, _) => {
            integer(text, *min, *max).map(ElementChange::Volume)
        }
        ElementType::Enumerated(items) => {
            let item = item(items, text).or_else(|| text.parse().ok())?;
            Some(ElementChange::Item(
                item.min(items.len().saturating_sub(1) as u32),
            ))
        }
        ElementType::Bytes | ElementType::Iec958 => {
            let byte = match text.strip_prefix("0x") {
                Some(digits) => u8::from_str_radix(digits, 16).ok()?,
                None => text.parse().ok()?,
            };
            Some(ElementChange::Byte(byte))
        }
    }
}

/// `40`, `40%`, `5%+`, `3-`, `-10dB`. Absolute ones out of range become the nearest that is in it. Numbers are those of C,
/// and fractions are cut off.
fn integer(text: &str, min: i64, max: i64) -> Option<VolumeChange> {
    let (text, wrap): (_, fn(VolumeAmount) -> VolumeChange) =
        match (text.strip_suffix('+'), text.strip_suffix('-')) {
            (Some(text), _) => (text, VolumeChange::Up),
            (_, Some(text)) => (text, VolumeChange::Down),
            _ => (text, VolumeChange::To),
        };
    let lower = text.to_lowercase();
    let amount = match (text.strip_suffix('%'), lower.strip_suffix("db")) {
        (Some(percent), _) => VolumeAmount::Percent((whole(percent)? as f64).clamp(0.0, 100.0)),
        (_, Some(db)) => VolumeAmount::Db((db.parse::<f64>().ok()? * 100.0).round() as i64),
        _ => VolumeAmount::Raw(whole(text)?),
    };
    Some(match wrap(amount) {
        VolumeChange::To(VolumeAmount::Raw(raw)) => {
            VolumeChange::To(VolumeAmount::Raw(raw.max(min).min(max)))
        }
        change => change,
    })
}

/// A number without its fraction.
fn whole(text: &str) -> Option<i64> {
    let (number, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = number.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && fraction.chars().all(|c| c.is_ascii_digit());
    c_long(number).filter(|_| is_number)
}
