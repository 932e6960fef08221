//! Changes of an element's values.

use super::change::{Decibels, VolumeChange};
use super::elements::Elements;
use super::plan::SwitchChange;
use super::scale::{Rounding, VolumeScale};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::elements::{ElementInfo, ElementType, ElementValues, STATUS_BYTES};
use crate::audio::spelling::count;

/// A change of one of an element's values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ElementChange {
    /// Of an integer.
    Volume(VolumeChange),
    /// Of a boolean.
    Switch(SwitchChange),
    /// To an item, by number.
    Item(u32),
    /// To a byte.
    Byte(u8),
}

impl Elements {
    /// The element's values after changes: one change for all values, or one for each of the first. Sets nothing.
    ///
    /// # Errors
    /// [`Kind::Usage`] for an invalid value; [`Kind::Unsupported`] for a change of another type, too many changes, and
    /// an element that is not writable.
    pub fn changed(&self, info: &ElementInfo, changes: &[ElementChange]) -> Result<ElementValues> {
        self.check_writable(info)?;
        let is_status = info.kind == ElementType::Iec958;
        let (max, values) = match is_status {
            true => (STATUS_BYTES, count(STATUS_BYTES, "byte")),
            false => (info.count as usize, count(info.count, "value")),
        };
        if changes.len() > max.max(1) {
            let message = format!("{} takes {values}, not {}", info.id, changes.len());
            return Err(Error::new(Kind::Unsupported, message).with_device(self.device()));
        }
        let mut values = self.read(info)?;
        let changes = match changes {
            [one] if !is_status => vec![*one; max],
            _ => changes.to_vec(),
        };
        for (at, change) in changes.into_iter().enumerate() {
            self.change(info, &mut values, at, change)?;
        }
        Ok(values)
    }

    fn change(
        &self,
        info: &ElementInfo,
        values: &mut ElementValues,
        at: usize,
        change: ElementChange,
    ) -> Result<()> {
        match (values, change) {
            (ElementValues::Boolean(all), ElementChange::Switch(change)) => {
                all[at] = change.apply(all[at]);
            }
            (
                ElementValues::Integer(all) | ElementValues::Integer64(all),
                ElementChange::Volume(change),
            ) => all[at] = self.changed_integer(info, all[at], change)?,
            (ElementValues::Enumerated(all), ElementChange::Item(item)) => all[at] = item,
            (ElementValues::Bytes(all), ElementChange::Byte(byte)) => all[at] = byte,
            (ElementValues::Iec958(all), ElementChange::Byte(byte)) => all[at] = byte,
            _ => {
                let message = format!("{} has type {}", info.id, info.kind.name());
                let message = format!("{message}, which does not take this value");
                return Err(Error::new(Kind::Unsupported, message).with_device(self.device()));
            }
        }
        Ok(())
    }

    fn changed_integer(&self, info: &ElementInfo, now: i64, change: VolumeChange) -> Result<i64> {
        let (ElementType::Integer(min, max, step) | ElementType::Integer64(min, max, step)) =
            info.kind
        else {
            return Err(Error::internal("an integer change of another type"));
        };
        let scale = VolumeScale {
            raw: (min, max),
            db: self.db_range(info),
        };
        let decibels = ElementDecibels {
            elements: self,
            info,
        };
        let number = change.apply(now, &scale, &decibels).map_err(|error| {
            let message = format!("{}: {error}", info.id);
            let kind = error.kind();
            error.restated(kind, message).with_device(self.device())
        })?;
        if step > 1 && (number - min) % step != 0 {
            let message = format!(
                "{} has steps of {step} from {min}; {number} is between two of them",
                info.id
            );
            return Err(Error::new(Kind::Unsupported, message).with_device(self.device()));
        }
        Ok(number)
    }
}

/// alsa-lib's dB conversion of an element.
struct ElementDecibels<'a> {
    elements: &'a Elements,
    info: &'a ElementInfo,
}

impl Decibels for ElementDecibels<'_> {
    fn of(&self, raw: i64) -> Option<i64> {
        self.elements.ctl.db_of(&self.info.id, raw).ok()
    }

    fn raw(&self, db: i64, rounding: Rounding) -> Result<i64> {
        let elements = self.elements;
        let value = elements
            .ctl
            .value_of_db(&self.info.id, db, rounding.number());
        value.map_err(|errno| elements.failed("convert dB of", errno))
    }
}
