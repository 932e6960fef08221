//! Loads saved values into a card.

use super::elements::Elements;
use super::saved::{SavedElement, SavedMixer, to_json};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::elements::{ElementId, ElementInfo, ElementType, ElementValues};
use crate::audio::spelling::count;
use serde_json::Value;

/// What loading did to one element.
#[derive(Clone, Debug)]
pub enum LoadOutcome {
    /// It already had the saved values.
    Unchanged,
    /// It was set, or would have been.
    Set {
        /// The values before.
        from: Vec<Value>,
        /// The values after.
        to: Vec<Value>,
    },
    /// The saved values do not fit and it was left alone, or it did not keep them.
    Refused(Error),
}

impl SavedMixer {
    /// Sets the elements that have the interface, name, index, device and subdevice of a saved one, and returns the
    /// outcome for each saved element, in order. A dry run sets nothing.
    ///
    /// # Errors
    /// If the card's elements cannot be listed or read.
    pub fn load(
        &self,
        elements: &Elements,
        dry_run: bool,
    ) -> Result<Vec<(ElementId, LoadOutcome)>> {
        let all = elements.list()?;
        let mut outcomes = Vec::new();
        for saved in &self.elements {
            let outcome = match saved.target(elements, &all) {
                Ok((info, wanted)) => set(elements, info, &wanted, dry_run),
                Err(error) => Err(error),
            };
            outcomes.push((saved.id(), outcome.unwrap_or_else(LoadOutcome::Refused)));
        }
        if !dry_run {
            self.confirm(elements, &all, &mut outcomes)?;
        }
        Ok(outcomes)
    }

    /// Setting one element may have changed another. Sets elements that have lost their value once more, and then
    /// refuses those that have lost it again.
    fn confirm(
        &self,
        elements: &Elements,
        all: &[ElementInfo],
        outcomes: &mut [(ElementId, LoadOutcome)],
    ) -> Result<()> {
        for last in [false, true] {
            for (saved, (id, outcome)) in self.elements.iter().zip(outcomes.iter_mut()) {
                let Ok((info, wanted)) = saved.target(elements, all) else {
                    continue;
                };
                if matches!(outcome, LoadOutcome::Refused(_)) || elements.read(info)? == wanted {
                    continue;
                }
                if last {
                    *outcome = LoadOutcome::Refused(not_kept(elements, id));
                } else if let Err(error) = elements.write(info, &wanted) {
                    *outcome = LoadOutcome::Refused(error);
                }
            }
        }
        Ok(())
    }
}

impl SavedElement {
    /// The element it was saved from, and the values for it.
    fn target<'a>(
        &self,
        elements: &Elements,
        all: &'a [ElementInfo],
    ) -> Result<(&'a ElementInfo, ElementValues)> {
        let device = elements.device();
        let refused = |kind, why: String| {
            Err(Error::new(kind, format!("{} {why}", self.id())).with_device(device))
        };
        let Some(info) = all.iter().find(|info| self.is(&info.id)) else {
            return refused(Kind::NotFound, format!("is not on '{device}'"));
        };
        if info.kind.name() != self.kind {
            let kind = info.kind.name();
            let why = format!("has type {kind} on '{device}', not {}", self.kind);
            return refused(Kind::Unsupported, why);
        }
        if let Some(values) = self.values_for(info) {
            return Ok((info, values));
        }
        let why = format!(
            "takes {} of {} on '{device}', not {}",
            count(info.count, "value"),
            valid_values(&info.kind),
            Value::from(self.values.clone())
        );
        refused(Kind::Unsupported, why)
    }
}

fn set(
    elements: &Elements,
    info: &ElementInfo,
    wanted: &ElementValues,
    dry_run: bool,
) -> Result<LoadOutcome> {
    let now = elements.read(info)?;
    if now == *wanted {
        return Ok(LoadOutcome::Unchanged);
    }
    elements.check_writable(info)?;
    if !dry_run {
        elements.write(info, wanted)?;
    }
    Ok(LoadOutcome::Set {
        from: to_json(info, &now),
        to: to_json(info, wanted),
    })
}

fn not_kept(elements: &Elements, id: &ElementId) -> Error {
    let message = format!("{id} did not keep its value: setting another element changes it");
    Error::new(Kind::Unsupported, message).with_device(elements.device())
}

/// The values that an element can have, for a message.
fn valid_values(kind: &ElementType) -> String {
    match kind {
        ElementType::Boolean => "true or false".to_owned(),
        ElementType::Integer(min, max, _) | ElementType::Integer64(min, max, _) => {
            format!("{min} to {max}")
        }
        ElementType::Enumerated(items) => {
            let quoted: Vec<_> = items.iter().map(|item| format!("'{item}'")).collect();
            quoted.join(", ")
        }
        ElementType::Bytes | ElementType::Iec958 => "0 to 255".to_owned(),
    }
}
