//! Changes controls and elements of one mixer, and prints them.

use super::element::{self, is_element_id};
use super::fade::Fader;
use super::text::{self, PercentScale};
use super::words::{self, SetOptions};
use crate::commands::{Result, advice, ui::Ui};
use aloud::audio::direction::Direction;
use aloud::audio::error::{self, Error, Kind};
use aloud::audio::mixer::{
    Controls, ElementSelector, Elements, MixerDevice, PlannedChanges, Snapshot, VolumeAmount,
    VolumeChange,
};
use std::time::Duration;

/// How a change ended.
pub enum SetOutcome {
    /// It was made.
    Done,
    /// A signal stopped it.
    Stopped(i32),
}

/// Changes controls and elements of one mixer, which it opens when first needed and keeps open.
pub struct Setter {
    device: MixerDevice,
    options: SetOptions,
    fader: Option<Fader>,
    controls: Option<Controls>,
    elements: Option<Elements>,
    /// The number of changes so far.
    changes: u32,
}

/// Events are handled only once for this many changes, to learn which controls were added and removed. In a long
/// batch, most events are those of its own changes.
const CHANGES_PER_UPDATE: u32 = 32;

impl Setter {
    /// `over` is the time that each change takes.
    pub fn new(device: MixerDevice, options: SetOptions, over: Option<Duration>) -> Result<Setter> {
        Ok(Setter {
            device,
            options,
            fader: over.map(Fader::new).transpose()?,
            controls: None,
            elements: None,
            changes: 0,
        })
    }

    /// Changes a control or element, and prints it: with `--json` always, otherwise if `print` is set.
    pub fn set(
        &mut self,
        ui: &mut Ui,
        control: &str,
        values: &[String],
        print: bool,
    ) -> Result<SetOutcome> {
        if is_element_id(control) {
            self.set_element(ui, control, values, print)?;
            return Ok(SetOutcome::Done);
        }
        let controls = opened(&mut self.controls, &self.device)?;
        if self.changes.is_multiple_of(CHANGES_PER_UPDATE) {
            controls.handle_events()?;
        }
        self.changes += 1;
        let target = controls.lookup(control)?;
        target.refresh()?;
        let changes = words::parse(&target, values, self.options)?;
        let signal = match &self.fader {
            Some(_) if !changes.has_volume() => {
                let error = Error::new(Kind::Usage, "only a volume can be set over time");
                return Err(error.with_advice(advice::custom("omit --over")).into());
            }
            Some(fader) => {
                let faded = fader.run(controls, &changes);
                if !matches!(faded, Ok(Some(_))) {
                    controls.check_still_there(&changes.id)?;
                }
                faded?
            }
            None => {
                changes.apply(&target)?;
                None
            }
        };
        if print || ui.json() {
            let scale = PercentScale::of(self.options.mapped);
            let snapshot = print_control(ui, controls, &changes, (&self.device, scale))?;
            note_raw(ui, &snapshot, values, self.options);
        }
        Ok(signal.map_or(SetOutcome::Done, SetOutcome::Stopped))
    }

    fn set_element(&mut self, ui: &mut Ui, id: &str, values: &[String], print: bool) -> Result<()> {
        self.check_options_for_element()?;
        // An invalid id is rejected before the mixer is opened.
        let selector = ElementSelector::parse(id)?;
        let elements = match &mut self.elements {
            Some(elements) => elements,
            none => none.insert(Elements::open(self.device.clone())?),
        };
        let after = element::set(elements, &selector, values)?;
        if ui.json() {
            ui.document(&after)?;
        } else if print {
            ui.text(&element::text(&after))?;
        }
        Ok(())
    }

    fn check_options_for_element(&self) -> error::Result<()> {
        if self.fader.is_some() {
            let error = Error::new(Kind::Usage, "an element cannot be set over time");
            let hint = "name the control: `aloud mixers` lists the controls";
            return Err(error.with_advice(advice::custom(hint)));
        }
        if self.options != SetOptions::default() {
            let message = "an element has no channels, directions or mapped scale";
            let hint = "omit --channel, --playback, --capture and --mapped; give one value per channel, as in 10,90";
            return Err(Error::new(Kind::Usage, message).with_advice(advice::custom(hint)));
        }
        Ok(())
    }

    /// Opens the mixer, unless it is open.
    pub fn open(&mut self) -> Result<()> {
        opened(&mut self.controls, &self.device)?;
        Ok(())
    }

    /// Closes the mixer of a plugin, which may be out of date when the next change comes much later.
    pub fn rest(&mut self) {
        self.controls.take_if(|controls| controls.is_plugin());
        self.elements.take_if(|elements| elements.is_plugin());
    }

    /// Whether there is a control with that name.
    pub fn has_control(&mut self, name: &str) -> Result<bool> {
        let controls = opened(&mut self.controls, &self.device)?;
        Ok(controls.iter().any(|control| control.name() == name))
    }
}

/// The mixer, which is opened unless it is open.
fn opened<'a>(
    controls: &'a mut Option<Controls>,
    device: &MixerDevice,
) -> error::Result<&'a mut Controls> {
    match controls {
        Some(controls) => Ok(controls),
        none => Ok(none.insert(Controls::open(device.clone())?)),
    }
}

/// Prints the control after the changes.
fn print_control(
    ui: &mut Ui,
    controls: &mut Controls,
    changes: &PlannedChanges,
    (device, scale): (&MixerDevice, PercentScale),
) -> Result<Snapshot> {
    controls.handle_events()?;
    let control = controls.find(&changes.id.name, changes.id.index)?;
    control.refresh()?;
    let snapshot = control.snapshot()?;
    if ui.json() {
        ui.document(&snapshot)?;
    } else {
        text::show_card(ui, device);
        let snapshots = std::slice::from_ref(&snapshot);
        ui.text(&text::controls(snapshots, scale, ui.columns()))?;
    }
    Ok(snapshot)
}

/// Reports that a plain number counted raw steps, unless these are percent.
fn note_raw(ui: &Ui, snapshot: &Snapshot, values: &[String], options: SetOptions) {
    let words = values.iter().flat_map(|value| value.split(','));
    let Some((word, change)) = words.map(str::trim).find_map(raw_change) else {
        return;
    };
    let sides = match options.direction {
        Some(Direction::Capture) => [&snapshot.capture, &snapshot.playback],
        _ => [&snapshot.playback, &snapshot.capture],
    };
    let side = sides.into_iter().flatten().find_map(|side| {
        let is_set = |raw: Option<i64>| match change {
            VolumeChange::To(VolumeAmount::Raw(wanted)) => raw == Some(wanted),
            _ => raw.is_some(),
        };
        let channel = side.channels.iter().find(|channel| is_set(channel.raw))?;
        Some((side.range?.raw, channel.raw?, channel.percent?))
    });
    let Some((range, raw, percent)) = side.filter(|(range, ..)| *range != (0, 100).into()) else {
        return;
    };
    let raw = text::raw_text(raw, range);
    let advice = percent_word(word).map(|word| format!("; for percent, type {word}"));
    ui.device_note(&format!(
        "{raw} raw ({percent}%){}",
        advice.unwrap_or_default()
    ));
}

/// The word with a percent sign, unless that would be more than 100%.
fn percent_word(word: &str) -> Option<String> {
    let is_percent = |number: &str| number.parse().is_ok_and(|number: u32| number <= 100);
    let (number, sign) = match word.strip_suffix(['+', '-']) {
        Some(number) => (number, &word[number.len()..]),
        None => (word, ""),
    };
    is_percent(number.trim_start_matches(['+', '-'])).then(|| format!("{number}%{sign}"))
}

/// The word and its change, if it counts raw steps.
fn raw_change(word: &str) -> Option<(&str, VolumeChange)> {
    match words::volume_change(word, false)?.ok()? {
        change @ (VolumeChange::To(VolumeAmount::Raw(_))
        | VolumeChange::Up(VolumeAmount::Raw(_))
        | VolumeChange::Down(VolumeAmount::Raw(_))) => Some((word, change)),
        _ => None,
    }
}
