//! A control in a state file, and the element that it restores.

use crate::commands::compat::stop::{errno, reason};
use aloud::audio::errno::errno_text;
use aloud::audio::mixer::{
    ConfigNode, ConfigValue, ElementId, ElementInfo, ElementInterface, ElementType, ElementValues,
    Elements, IEC958_BYTES,
};

/// What is wrong with a control: where alsactl reports it, the text, and the errno.
pub(super) struct Issue {
    pub(super) place: &'static str,
    pub(super) text: String,
    pub(super) errno: i32,
}

/// What happened to a control.
#[derive(Default)]
pub(super) struct ControlOutcome {
    /// To be printed, in order.
    pub(super) issues: Vec<Issue>,
    /// Why it was not set.
    pub(super) failed: Option<i32>,
}

/// How controls are restored.
#[derive(Clone, Copy)]
pub(super) struct RestoreMode {
    /// Whether an element may have another number, and values may be left out.
    pub(super) force: bool,
    /// Whether the values are only checked. Elements that programs have added are added again even then.
    pub(super) dry_run: bool,
}

/// A control as it is in the file.
struct StoredControl<'a> {
    /// Its number, as text.
    key: &'a str,
    numid: u32,
    interface: Option<ElementInterface>,
    name: &'a str,
    index: u32,
    device: u32,
    subdevice: u32,
    value: &'a ConfigNode,
    comment: Option<&'a ConfigNode>,
}

/// Sets the element that `node` describes.
pub(super) fn restore(elements: &Elements, node: &ConfigNode, mode: RestoreMode) -> ControlOutcome {
    let mut outcome = ControlOutcome::default();
    let result = StoredControl::parse(node, &mut outcome)
        .and_then(|stored| stored.apply(elements, mode, &mut outcome));
    if let Err(issue) = result {
        outcome.failed = Some(issue.errno);
        outcome.issues.extend(issue.printed());
    }
    outcome
}

impl Issue {
    fn new(place: &'static str, errno: i32, text: String) -> Issue {
        Issue { place, text, errno }
    }

    fn invalid(place: &'static str, text: String) -> Issue {
        Issue::new(place, libc::EINVAL, text)
    }

    /// An issue that has been reported already has no text.
    fn printed(self) -> Option<Issue> {
        (!self.text.is_empty()).then_some(self)
    }
}

impl<'a> StoredControl<'a> {
    fn parse(
        node: &'a ConfigNode,
        outcome: &mut ControlOutcome,
    ) -> Result<StoredControl<'a>, Issue> {
        let key = node.id.as_str();
        let Some(fields) = node.nodes() else {
            let text = "control is not a compound".to_owned();
            return Err(Issue::invalid("set_control:1233", text));
        };
        let (mut interface, mut name) = (None, "");
        let (mut index, mut device, mut subdevice) = (0, 0, 0);
        let (mut value, mut comment) = (None, None);
        for field in fields {
            let number = || number(key, field);
            match field.id.as_str() {
                "iface" => interface = self::interface(field),
                "name" => name = text(key, field)?,
                "index" => index = number()?,
                "device" => device = number()?,
                "subdevice" => subdevice = number()?,
                "value" => value = Some(field),
                "comment" => comment = Some(field),
                other => outcome.issues.push(Issue::invalid(
                    "set_control:1303",
                    format!("unknown control.{key}.{other} field"),
                )),
            }
        }
        let missing = || Issue::invalid("set_control:1306", format!("missing control.{key}.value"));
        Ok(StoredControl {
            key,
            numid: key.parse().unwrap_or(0),
            interface,
            name,
            index,
            device,
            subdevice,
            value: value.ok_or_else(missing)?,
            comment,
        })
    }

    fn apply(
        &self,
        elements: &Elements,
        mode: RestoreMode,
        outcome: &mut ControlOutcome,
    ) -> Result<(), Issue> {
        let info = self.element(elements, mode, outcome)?;
        if !info.access.writable {
            return Ok(());
        }
        let is_status = info.kind == ElementType::Iec958;
        if is_status {
            let status: [u8; IEC958_BYTES] = self.bytes(IEC958_BYTES)?.try_into().unwrap_or([0; _]);
            return match mode.dry_run {
                true => Ok(()),
                false => self.written(&info, elements.set_iec958(&info.id, &status)),
            };
        }
        let values = match (&info.kind, &self.value.value) {
            (ElementType::Bytes, ConfigValue::Text(_)) => {
                ElementValues::Bytes(self.bytes(info.count as usize)?)
            }
            _ => self.values(elements, &info, mode, outcome)?,
        };
        match mode.dry_run {
            true => Ok(()),
            false => self.written(&info, elements.write(&info, &values)),
        }
    }

    fn written(
        &self,
        info: &ElementInfo,
        written: aloud::audio::error::Result<()>,
    ) -> Result<(), Issue> {
        written.map_err(|error| {
            let ElementId {
                interface,
                name,
                index,
                device,
                subdevice,
                ..
            } = &info.id;
            let id = format!("{}:{device}:{subdevice}:{name}:{index}", interface.number());
            let text = format!("Cannot write control '{id}' : {}", reason(&error));
            Issue::new("set_control:1475", errno(&error), text)
        })
    }

    /// The element; one that a program had added is added again.
    fn element(
        &self,
        elements: &Elements,
        mode: RestoreMode,
        outcome: &mut ControlOutcome,
    ) -> Result<ElementInfo, Issue> {
        let by_number = match mode.force {
            true => None,
            false => self.by_number(elements),
        };
        let info = match by_number {
            Some(info) => info,
            None => self.by_name(elements)?,
        };
        if !mode.force {
            self.compare(&info, outcome)?;
        }
        Ok(info)
    }

    fn by_number(&self, elements: &Elements) -> Option<ElementInfo> {
        let id = ElementId {
            numid: self.numid,
            interface: ElementInterface::Mixer,
            name: self.name.to_owned(),
            index: 0,
            device: 0,
            subdevice: 0,
        };
        (self.numid != 0)
            .then(|| elements.exact(&id).ok())
            .flatten()
    }

    fn by_name(&self, elements: &Elements) -> Result<ElementInfo, Issue> {
        let unknown = |errno| {
            let text = format!(
                "failed to obtain info for control #{} ({})",
                self.numid,
                errno_text(errno)
            );
            Issue::new("set_control:1339", libc::ENOENT, text)
        };
        if self.name.is_empty() {
            return Err(unknown(libc::EINVAL));
        }
        let interface = self.interface.ok_or_else(|| unknown(libc::ENOENT))?;
        let id = ElementId {
            numid: 0,
            interface,
            name: self.name.to_owned(),
            index: self.index,
            device: self.device,
            subdevice: self.subdevice,
        };
        match elements.exact(&id) {
            Ok(info) => return Ok(info),
            Err(error) if !self.is_user() => return Err(unknown(errno(&error))),
            Err(_) => {}
        }
        self.add(elements, &id).map_err(|errno| {
            let reason = errno_text(errno);
            let text = format!("failed to add user control #{} ({reason})", self.numid);
            Issue::new("set_control:1332", errno, text)
        })?;
        elements.exact(&id).map_err(|error| unknown(errno(&error)))
    }

    fn described(&self, key: &str) -> Option<&'a ConfigNode> {
        self.comment?.child(key)
    }

    fn is_user(&self) -> bool {
        let access = self.described("access").and_then(ConfigNode::as_text);
        access.is_some_and(|access| access.split(' ').any(|word| word == "user"))
    }

    /// Adds the element that the comment describes. The error is a positive errno.
    fn add(&self, elements: &Elements, id: &ElementId) -> Result<(), i32> {
        let kind = self.kind().ok_or(libc::EINVAL)?;
        let count = self.described("count").and_then(ConfigNode::as_integer);
        let count = count
            .and_then(|count| count.try_into().ok())
            .ok_or(libc::EINVAL)?;
        elements
            .add(id, &kind, count)
            .map_err(|error| errno(&error))?;
        let metadata = self.described("tlv").and_then(ConfigNode::as_text);
        if let Some(words) = metadata.and_then(tlv_words) {
            elements
                .set_tlv(id, &words)
                .map_err(|error| errno(&error))?;
        }
        Ok(())
    }

    fn kind(&self) -> Option<ElementType> {
        let range = || {
            self.described("range")
                .and_then(ConfigNode::as_text)
                .and_then(range)
        };
        Some(match self.described("type")?.as_text()? {
            "BOOLEAN" => ElementType::Boolean,
            "INTEGER" => range().map(|(min, max, step)| ElementType::Integer(min, max, step))?,
            "INTEGER64" => {
                range().map(|(min, max, step)| ElementType::Integer64(min, max, step))?
            }
            "ENUMERATED" => {
                let items = self.described("item")?.nodes()?.iter();
                ElementType::Enumerated(items.filter_map(plain_text).collect())
            }
            "BYTES" => ElementType::Bytes,
            "IEC958" => ElementType::Iec958,
            _ => return None,
        })
    }

    /// Reports how the element differs from the one that was stored: the first difference, and all that follows it.
    fn compare(&self, info: &ElementInfo, outcome: &mut ControlOutcome) -> Result<(), Issue> {
        let id = &info.id;
        let interface = self
            .interface
            .map_or(-1, |interface| interface.number() as i64);
        let number = |one: u32, other: u32| (one.to_string(), other.to_string());
        let rows = [
            ("set_control:1351", "numid", number(self.numid, id.numid)),
            (
                "set_control:1354",
                "iface",
                (interface.to_string(), id.interface.number().to_string()),
            ),
            ("set_control:1356", "device", number(self.device, id.device)),
            (
                "set_control:1358",
                "subdevice",
                number(self.subdevice, id.subdevice),
            ),
            (
                "set_control:1360",
                "name",
                (self.name.to_owned(), id.name.clone()),
            ),
            ("set_control:1362", "index", number(self.index, id.index)),
        ];
        let different = rows.iter().skip_while(|(_, _, (one, other))| one == other);
        for (place, what, (stored, has)) in different {
            let key = self.numid;
            let text = format!("warning: {what} mismatch ({stored}/{has}) for control #{key}");
            outcome.issues.push(Issue::invalid(place, text));
        }
        match self.name == id.name {
            true => Ok(()),
            false => Err(Issue::new(
                "set_control:1364",
                libc::ENOENT,
                format!(
                    "failed to obtain info for control #{} ({})",
                    self.numid,
                    errno_text(libc::ENOENT)
                ),
            )),
        }
    }

    /// The bytes of a value in hexadecimal digits.
    fn bytes(&self, count: usize) -> Result<Vec<u8>, Issue> {
        let text = plain_text(self.value).unwrap_or_default();
        let bytes = bytes_of_hex(&text).filter(|bytes| bytes.len() == count);
        bytes.ok_or_else(|| {
            let text = format!("bad control.{}.value contents\n", self.key);
            Issue::invalid("set_control:1408", text)
        })
    }

    /// The values to set. Those that the file leaves out stay as they are.
    fn values(
        &self,
        elements: &Elements,
        info: &ElementInfo,
        mode: RestoreMode,
        outcome: &mut ControlOutcome,
    ) -> Result<ElementValues, Issue> {
        let count = info.count as usize;
        let mut given: Vec<Option<i64>> = vec![None; count];
        let force = mode.force && !mode.dry_run;
        match self.value.nodes() {
            None => match raw(self.value, &info.kind) {
                Some(value) if count == 1 || force => given.fill(Some(value)),
                _ => {
                    let text = format!("bad control.{}.value type", self.key);
                    return Err(Issue::invalid("set_control:1431", text));
                }
            },
            Some(nodes) => self.numbered(nodes, &info.kind, &mut given, force, outcome)?,
        }
        let now = elements.read(info);
        let now = now.map_or_else(|_| vec![0; count], |values| to_raw(&values));
        let all = given
            .iter()
            .zip(now)
            .map(|(given, now)| given.unwrap_or(now));
        Ok(from_raw(&info.kind, all.collect()))
    }

    fn numbered(
        &self,
        nodes: &[ConfigNode],
        kind: &ElementType,
        given: &mut [Option<i64>],
        force: bool,
        outcome: &mut ControlOutcome,
    ) -> Result<(), Issue> {
        let key = self.key;
        for node in nodes {
            let at = node.id.parse::<usize>().ok();
            match at.and_then(|at| given.get_mut(at)) {
                Some(place) => *place = raw(node, kind),
                None => {
                    let text = format!("bad control.{key}.value index");
                    let issue = Issue::invalid("set_control:1452", text);
                    match force {
                        true => outcome.issues.push(issue),
                        false => return Err(issue),
                    }
                }
            }
        }
        for at in (0..given.len()).filter(|at| given[*at].is_none()) {
            let text = format!("control.{key}.value.{at} is not specified");
            let issue = Issue::invalid("set_control:1466", text);
            match force {
                true => outcome.issues.push(issue),
                false => return Err(issue),
            }
        }
        Ok(())
    }
}

fn interface(node: &ConfigNode) -> Option<ElementInterface> {
    let all = ElementInterface::ALL;
    match &node.value {
        ConfigValue::Integer(number) => usize::try_from(*number)
            .ok()
            .and_then(|number| all.get(number))
            .map(|row| row.0),
        ConfigValue::Text(text) => all.iter().find(|row| row.1 == text).map(|row| row.0),
        _ => None,
    }
}

fn number(key: &str, field: &ConfigNode) -> Result<u32, Issue> {
    let number = field.as_integer().and_then(|number| number.try_into().ok());
    number.ok_or_else(|| {
        let text = format!("control.{key}.{} is invalid", field.id);
        Issue::invalid("set_control:1292", text)
    })
}

fn text<'a>(key: &str, field: &'a ConfigNode) -> Result<&'a str, Issue> {
    field.as_text().ok_or_else(|| {
        let text = format!("control.{key}.{} is invalid", field.id);
        Issue::invalid("set_control:1283", text)
    })
}

/// A value as a number: a switch as 0 or 1, an item as its number. `None` if this type cannot have it.
fn raw(node: &ConfigNode, kind: &ElementType) -> Option<i64> {
    match (kind, &node.value) {
        (ElementType::Boolean, ConfigValue::Integer(number @ (0 | 1))) => Some(*number),
        (ElementType::Boolean, ConfigValue::Text(text)) => match text.as_str() {
            "true" | "on" => Some(1),
            "false" | "off" => Some(0),
            _ => None,
        },
        (ElementType::Boolean, _) => None,
        (ElementType::Enumerated(items), ConfigValue::Text(text)) => items
            .iter()
            .position(|item| item == text)
            .map(|at| at as i64),
        (ElementType::Enumerated(items), ConfigValue::Integer(number)) => {
            // An item whose name is a number is stored without quotes by other programs.
            let name = number.to_string();
            let by_name = items
                .iter()
                .position(|item| *item == name)
                .map(|at| at as i64);
            by_name.or_else(|| (0..items.len() as i64).contains(number).then_some(*number))
        }
        (ElementType::Bytes, ConfigValue::Integer(number)) => {
            (0..=255).contains(number).then_some(*number)
        }
        (_, ConfigValue::Integer(number)) => Some(*number),
        _ => None,
    }
}

fn to_raw(values: &ElementValues) -> Vec<i64> {
    match values {
        ElementValues::Boolean(all) => all.iter().map(|on| i64::from(*on)).collect(),
        ElementValues::Integer(all) | ElementValues::Integer64(all) => all.clone(),
        ElementValues::Enumerated(all) => all.iter().map(|item| i64::from(*item)).collect(),
        ElementValues::Bytes(all) => all.iter().map(|byte| i64::from(*byte)).collect(),
        ElementValues::Iec958(status) => status.iter().map(|byte| i64::from(*byte)).collect(),
    }
}

fn from_raw(kind: &ElementType, all: Vec<i64>) -> ElementValues {
    match kind {
        ElementType::Boolean => ElementValues::Boolean(all.iter().map(|on| *on != 0).collect()),
        ElementType::Integer(..) => ElementValues::Integer(all),
        ElementType::Integer64(..) => ElementValues::Integer64(all),
        ElementType::Enumerated(_) => {
            ElementValues::Enumerated(all.iter().map(|item| *item as u32).collect())
        }
        ElementType::Bytes | ElementType::Iec958 => {
            ElementValues::Bytes(all.iter().map(|byte| *byte as u8).collect())
        }
    }
}

/// Text, or a number that was text: alsa-lib reads `12` as a number even where it is a name.
fn plain_text(node: &ConfigNode) -> Option<String> {
    match &node.value {
        ConfigValue::Text(text) => Some(text.clone()),
        ConfigValue::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let pairs = digits?;
    let (pairs, rest) = pairs.as_chunks::<2>();
    rest.is_empty().then(|| {
        pairs
            .iter()
            .map(|[high, low]| (high << 4 | low) as u8)
            .collect()
    })
}

fn tlv_words(text: &str) -> Option<Vec<u32>> {
    let bytes = bytes_of_hex(text)?;
    let (words, rest) = bytes.as_chunks::<4>();
    rest.is_empty()
        .then(|| words.iter().map(|word| u32::from_be_bytes(*word)).collect())
}

/// Parses `0 - 100 (step 5)`.
fn range(text: &str) -> Option<(i64, i64, i64)> {
    let (range, step) = match text.split_once(" (step ") {
        Some((range, step)) => (range, step.strip_suffix(')')?.parse().ok()?),
        None => (text, 0),
    };
    let (min, max) = range.split_once(" - ")?;
    Some((min.parse().ok()?, max.parse().ok()?, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_parsed() {
        assert_eq!(range("0 - 100"), Some((0, 100, 0)));
        assert_eq!(range("-50 - -3 (step 5)"), Some((-50, -3, 5)));
        assert_eq!(range("0 100"), None);
        assert_eq!(range("0 - 100 (step 5"), None);
    }

    #[test]
    fn hexadecimal_digits_are_bytes_and_words() {
        assert_eq!(bytes_of_hex("0aFf"), Some(vec![10, 255]));
        assert_eq!(bytes_of_hex("0af"), None);
        assert_eq!(bytes_of_hex("xy"), None);
        assert_eq!(tlv_words("00000001ffffec78"), Some(vec![1, 0xffff_ec78]));
        assert_eq!(tlv_words("0001"), None);
    }

    #[test]
    fn values_fit_their_type_or_are_none() {
        let items = ElementType::Enumerated(vec!["A".into(), "7".into()]);
        let text = |text| ConfigNode::text("0", text);
        let number = |number| ConfigNode::integer("0", number);
        assert_eq!(raw(&text("on"), &ElementType::Boolean), Some(1));
        assert_eq!(raw(&text("yes"), &ElementType::Boolean), None);
        assert_eq!(raw(&number(2), &ElementType::Boolean), None);
        assert_eq!(raw(&text("A"), &items), Some(0));
        assert_eq!(raw(&number(7), &items), Some(1));
        assert_eq!(raw(&number(0), &items), Some(0));
        assert_eq!(raw(&number(2), &items), None);
        assert_eq!(raw(&text("5"), &ElementType::Integer(0, 9, 0)), None);
    }
}
