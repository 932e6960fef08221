//! The state of the mixer's screen, and what keys do to it. It knows neither the terminal nor the mixer.

use super::keys::{self, KeyCommand};
use super::strip::{
    ChannelSide, MixerView, Strip, StripKey, channels_on, side_of, strips, switches,
};
use crate::commands::mixer::text::PercentScale;
use aloud::audio::direction::Direction;
use aloud::audio::mixer::{
    ControlId, Enumeration, MixerDevice, Snapshot, SwitchChange, VolumeAmount, VolumeChange,
};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key asks for that concerns more than the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum ScreenAction {
    Change(ControlChange),
    /// Show the mixers to choose from, with [`MixerModel::choose_mixer`].
    ListMixers,
    OpenMixer(MixerDevice),
    ToggleLevels,
    Redraw,
    Suspend,
    Quit,
    Interrupt,
}

/// A change of one control.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlChange {
    pub id: ControlId,
    pub direction: Direction,
    pub channels: Vec<u32>,
    pub value: NewValue,
}

/// What the channels of a control are changed to.
#[derive(Clone, Debug, PartialEq)]
pub enum NewValue {
    Volume(VolumeChange),
    Switch(SwitchChange),
    Item(u32),
}

/// What is drawn over the strips, and gets the keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Dialog {
    #[default]
    None,
    /// The filter is being typed.
    Filter,
    /// The help, from this row on.
    Help(usize),
    Mixers {
        choices: Vec<MixerChoice>,
        chosen: usize,
    },
}

/// A mixer to choose.
#[derive(Clone, Debug, PartialEq)]
pub struct MixerChoice {
    pub title: String,
    pub device: MixerDevice,
}

/// A line that is shown until the next key.
#[derive(Clone, Debug, PartialEq)]
pub enum ScreenMessage {
    Note(String),
    Error(String),
}

/// The capture levels that are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownLevels {
    pub device: String,
    /// The peak of each channel in dBFS.
    pub peaks: Vec<f64>,
}

/// The state of the screen.
#[derive(Clone, PartialEq)]
pub struct MixerModel {
    /// What the mixer belongs to: a card's name, or a sound server's.
    pub title: String,
    /// The ctl's name.
    pub device: String,
    pub controls: Vec<Snapshot>,
    pub view: MixerView,
    pub scale: PercentScale,
    pub filter: String,
    pub dialog: Dialog,
    pub message: Option<ScreenMessage>,
    /// Whether the card or sound server is gone.
    pub is_gone: bool,
    pub levels: Option<ShownLevels>,
    /// The selected strip, and where it was last.
    selected: Option<StripKey>,
    place: usize,
}

impl MixerModel {
    pub fn new(scale: PercentScale, view: MixerView) -> MixerModel {
        MixerModel {
            title: String::new(),
            device: String::new(),
            controls: Vec::new(),
            view,
            scale,
            filter: String::new(),
            dialog: Dialog::None,
            message: None,
            is_gone: false,
            levels: None,
            selected: None,
            place: 0,
        }
    }

    /// Shows another mixer.
    pub fn open(&mut self, title: String, device: String) {
        (self.title, self.device) = (title, device);
        (self.selected, self.place) = (None, 0);
        self.filter.clear();
        self.is_gone = false;
    }

    pub fn strips(&self) -> Vec<Strip<'_>> {
        strips(&self.controls, self.view, &self.filter)
    }

    /// The number of the selected strip; `None` if there are no strips.
    pub fn selected_in(&self, strips: &[Strip<'_>]) -> Option<usize> {
        let is_selected = |strip: &Strip| Some(strip.key()) == self.selected;
        let is_same_control = |strip: &Strip| {
            let selected = self.selected.as_ref();
            selected.is_some_and(|selected| selected.id == strip.control.id)
        };
        let found = strips.iter().position(is_selected);
        let found = found.or_else(|| strips.iter().position(is_same_control));
        found.or_else(|| Some(self.place.min(strips.len().checked_sub(1)?)))
    }

    /// Selects the strip at a place, or the last one.
    fn select(&mut self, place: usize) {
        let strips = self.strips();
        let place = place.min(strips.len().saturating_sub(1));
        let selected = strips.get(place).map(Strip::key);
        (self.selected, self.place) = (selected, place);
    }

    /// Shows the mixers to choose from.
    pub fn choose_mixer(&mut self, choices: Vec<MixerChoice>) {
        let is_current = |choice: &MixerChoice| choice.device.name() == self.device;
        let chosen = choices.iter().position(is_current).unwrap_or_default();
        self.dialog = Dialog::Mixers { choices, chosen };
    }

    /// Handles a key.
    pub fn press(&mut self, key: KeyEvent) -> Option<ScreenAction> {
        self.message = None;
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match std::mem::take(&mut self.dialog) {
            // These work everywhere.
            dialog if control => {
                self.dialog = dialog;
                self.run(keys::command(key)?)
            }
            Dialog::None => self.run(keys::command(key)?),
            Dialog::Filter => self.press_in_filter(key.code),
            Dialog::Help(row) => self.press_in_help(key.code, row),
            Dialog::Mixers { choices, chosen } => self.press_in_list(key.code, choices, chosen),
        }
    }

    fn press_in_filter(&mut self, key: KeyCode) -> Option<ScreenAction> {
        match key {
            KeyCode::Enter => return None,
            KeyCode::Esc => {
                self.filter.clear();
                return None;
            }
            KeyCode::Backspace if self.filter.is_empty() => return None,
            KeyCode::Backspace => drop(self.filter.pop()),
            KeyCode::Char(c) => self.filter.push(c),
            _ => {}
        }
        self.dialog = Dialog::Filter;
        None
    }

    fn press_in_help(&mut self, key: KeyCode, row: usize) -> Option<ScreenAction> {
        let row = match key {
            KeyCode::Down | KeyCode::Char('j') => (row + 1).min(keys::HELP.len() - 1),
            KeyCode::Up | KeyCode::Char('k') => row.saturating_sub(1),
            _ => return None,
        };
        self.dialog = Dialog::Help(row);
        None
    }

    fn press_in_list(
        &mut self,
        key: KeyCode,
        choices: Vec<MixerChoice>,
        chosen: usize,
    ) -> Option<ScreenAction> {
        let last = choices.len().saturating_sub(1);
        let chosen = match key {
            KeyCode::Enter | KeyCode::Char(' ') => {
                let choice = choices.into_iter().nth(chosen)?;
                return Some(ScreenAction::OpenMixer(choice.device));
            }
            KeyCode::Esc | KeyCode::Char('q') => return None,
            KeyCode::Down | KeyCode::Char('j') => (chosen + 1).min(last),
            KeyCode::Up | KeyCode::Char('k') => chosen.saturating_sub(1),
            KeyCode::Home => 0,
            KeyCode::End => last,
            _ => chosen,
        };
        self.dialog = Dialog::Mixers { choices, chosen };
        None
    }

    fn run(&mut self, command: KeyCommand) -> Option<ScreenAction> {
        match command {
            KeyCommand::Select(by) => self.move_selection(by),
            KeyCommand::View(view) => self.view = view,
            KeyCommand::MoveView(by) => self.view = self.view.moved(by),
            KeyCommand::ToggleScale => self.toggle_scale(),
            KeyCommand::Filter => self.dialog = Dialog::Filter,
            KeyCommand::Help => self.dialog = Dialog::Help(0),
            KeyCommand::ListMixers => return Some(ScreenAction::ListMixers),
            KeyCommand::ToggleLevels => return Some(ScreenAction::ToggleLevels),
            KeyCommand::Redraw => return Some(ScreenAction::Redraw),
            KeyCommand::Suspend => return Some(ScreenAction::Suspend),
            KeyCommand::Quit => return Some(ScreenAction::Quit),
            KeyCommand::Interrupt => return Some(ScreenAction::Interrupt),
            change => match self.change(change)? {
                Ok(change) => return Some(ScreenAction::Change(change)),
                Err(missing) => self.message = Some(ScreenMessage::Note(missing)),
            },
        }
        None
    }

    fn move_selection(&mut self, by: isize) {
        if let Some(selected) = self.selected_in(&self.strips()) {
            self.select(selected.saturating_add_signed(by));
        }
    }

    fn toggle_scale(&mut self) {
        let (scale, name) = match self.scale {
            PercentScale::Raw => (PercentScale::Mapped, "alsamixer's scale"),
            PercentScale::Mapped => (PercentScale::Raw, "raw percent"),
        };
        self.scale = scale;
        self.message = Some(ScreenMessage::Note(format!("Now in {name}")));
    }

    /// The change of the selected control that a key asks for, or what the control lacks for it. `None` without a control.
    fn change(&self, command: KeyCommand) -> Option<Result<ControlChange, String>> {
        let strips = self.strips();
        let strip = strips[self.selected_in(&strips)?];
        let change = match (command, &strip.control.enumeration) {
            (KeyCommand::Change(_, by), Some(items)) => other_item(&strip, items, by),
            (KeyCommand::Change(side, by), None) => volume(&strip, side, self.step(by)),
            (KeyCommand::Set(percent), None) => {
                let amount = self.amount(f64::from(percent));
                volume(&strip, ChannelSide::Both, VolumeChange::To(amount))
            }
            (KeyCommand::Balance, None) => balance(&strip),
            (KeyCommand::ToggleMute(side), _) => toggle(&strip, Direction::Playback, side),
            (KeyCommand::ToggleCapture(side), _) => toggle(&strip, Direction::Capture, side),
            _ => None,
        };
        let missing = || format!("{} has no {}", strip.label(), target(command));
        Some(change.ok_or_else(missing))
    }

    fn step(&self, by: i32) -> VolumeChange {
        let amount = self.amount(f64::from(by.abs()));
        match by > 0 {
            true => VolumeChange::Up(amount),
            false => VolumeChange::Down(amount),
        }
    }

    fn amount(&self, percent: f64) -> VolumeAmount {
        match self.scale {
            PercentScale::Raw => VolumeAmount::Percent(percent),
            PercentScale::Mapped => VolumeAmount::Mapped(percent),
        }
    }
}

/// What a key changes, for a message.
fn target(command: KeyCommand) -> &'static str {
    match command {
        KeyCommand::ToggleMute(_) => "mute switch",
        KeyCommand::ToggleCapture(_) => "capture switch",
        _ => "volume",
    }
}

fn volume(strip: &Strip, side: ChannelSide, change: VolumeChange) -> Option<ControlChange> {
    strip.range()?;
    Some(ControlChange {
        id: strip.control.id.clone(),
        direction: strip.direction,
        channels: strip.channels_on(side),
        value: NewValue::Volume(change),
    })
}

/// Sets all channels to their mean.
fn balance(strip: &Strip) -> Option<ControlChange> {
    let raw: Vec<i64> = strip.channels().iter().filter_map(|c| c.raw).collect();
    let count = i64::try_from(raw.len()).ok().filter(|count| *count > 0)?;
    let mean = raw.iter().sum::<i64>().div_euclid(count);
    let amount = VolumeAmount::Raw(mean);
    volume(strip, ChannelSide::Both, VolumeChange::To(amount))
}

/// The item before or after the current one, or several items away: the first or last one.
fn other_item(strip: &Strip, items: &Enumeration, by: i32) -> Option<ControlChange> {
    let current = items.current.first()?;
    let now = items.items.iter().position(|item| item == current)?;
    // The items are drawn from top to bottom.
    let next = now
        .saturating_add_signed(-by as isize)
        .min(items.items.len() - 1);
    Some(ControlChange {
        id: strip.control.id.clone(),
        direction: strip.direction,
        channels: (0..items.current.len() as u32).collect(),
        value: NewValue::Item(u32::try_from(next).ok()?),
    })
}

/// Turns the switches of a side off if any is on, otherwise on.
fn toggle(strip: &Strip, direction: Direction, side: ChannelSide) -> Option<ControlChange> {
    let channels = &side_of(strip.control, direction)?.channels;
    let on_side = channels_on(channels, side);
    let states = switches(strip.control, direction);
    let mut states = channels.iter().zip(states);
    let has_switch = states.len() > 0;
    let is_any_on = states.any(|(channel, on)| on && on_side.contains(&channel.index));
    has_switch.then(|| ControlChange {
        id: strip.control.id.clone(),
        direction,
        channels: on_side,
        value: NewValue::Switch(match is_any_on {
            true => SwitchChange::Off,
            false => SwitchChange::On,
        }),
    })
}
