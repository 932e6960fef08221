//! Runs the screen: waits for keys, signals, and the mixer's events.

use super::levels::{LEVEL_INTERVAL, LevelMeter};
use super::look::Look;
use super::model::{ControlChange, MixerChoice, MixerModel, NewValue, ScreenAction, ScreenMessage};
use super::view;
use crate::commands::devices::SERVERS;
use crate::commands::signals::{ScreenSignals, StopSignal};
use crate::commands::ui::FullScreen;
use crate::commands::{Exit, Result, advice};
use aloud::audio::error::{self, Error};
use aloud::audio::mixer::{Elements, MixerDevice, MixerEvent, Watch};
use aloud::audio::system::{cards, pcm_names};
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind};
use signal_hook::consts::{SIGHUP, SIGINT};
use std::io::stdin;
use std::os::fd::AsFd;
use std::time::Duration;

/// The bytes of one key arrive within this time, even on a slow line.
const MAX_KEY_TIME: Duration = Duration::from_millis(25);

/// The screen, and the mixer that it shows.
pub struct MixerSession {
    pub watch: Watch,
    pub model: MixerModel,
    pub look: Look,
    pub screen: FullScreen,
    pub stop: StopSignal,
    pub signals: ScreenSignals,
    pub meter: Option<LevelMeter>,
    /// What the screen shows.
    pub drawn: Option<MixerModel>,
}

impl MixerSession {
    /// Runs until the user quits, or a signal arrives.
    ///
    /// # Errors
    /// If the terminal cannot be used. If the mixer goes away, waits until it is back.
    pub fn run(mut self) -> Result {
        self.show_mixer();
        loop {
            match self.step() {
                Ok(None) => {}
                Ok(Some(exit)) => return Ok(exit),
                // The terminal's window was closed. The signal for that may come after the error.
                Err(_) if self.screen.is_hung_up() => return Ok(Exit::Signal(SIGHUP)),
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Draws, waits, and handles what has happened. Returns how the command ends, if it does.
    fn step(&mut self) -> Result<Option<Exit>> {
        self.read_levels();
        self.draw()?;
        self.wait()?;
        if let Some(signal) = self.stop.signal() {
            return Ok(Some(Exit::Signal(signal)));
        }
        if self.screen.is_hung_up() {
            return Ok(Some(Exit::Signal(SIGHUP)));
        }
        if self.signals.take_suspend() {
            self.suspend()?;
        } else if self.signals.take_continued() {
            self.screen.resume()?;
            self.drawn = None;
        }
        self.follow_mixer();
        self.handle_keys()
    }

    /// Draws the screen, unless it already shows all that there is.
    fn draw(&mut self) -> Result<()> {
        if self.drawn.as_ref() != Some(&self.model) {
            let (model, look) = (&self.model, self.look);
            self.screen.draw(|frame| view::render(frame, model, look))?;
            self.drawn = Some(self.model.clone());
        }
        Ok(())
    }

    /// Stops the process until it is continued. Another program may want the capture device meanwhile.
    fn suspend(&mut self) -> Result<()> {
        self.stop_levels();
        self.screen.suspend()?;
        self.drawn = None;
        Ok(())
    }

    fn wait(&self) -> error::Result<()> {
        let stdin = stdin();
        let others = [
            stdin.as_fd(),
            self.stop.descriptor(),
            self.signals.descriptor(),
        ];
        let time = self.meter.as_ref().map(|_| LEVEL_INTERVAL);
        self.watch.wait_for_any(&others, time)
    }

    /// Handles all keys that were pressed. Returns how the command ends, if one of them ends it.
    fn handle_keys(&mut self) -> Result<Option<Exit>> {
        while let Some(event) = self.screen.event_within(Duration::ZERO)? {
            if let Event::Resize(..) = event {
                self.drawn = None;
            }
            let Event::Key(key) = event else {
                continue;
            };
            if key.kind == KeyEventKind::Release {
                continue;
            }
            let Some(key) = self.complete(key)? else {
                continue;
            };
            let Some(action) = self.model.press(key) else {
                continue;
            };
            if let Some(exit) = self.act(action)? {
                return Ok(Some(exit));
            }
        }
        Ok(None)
    }

    /// The key, unless it is the start of an arrow key: on a slow line, its bytes arrive one after the other, and crossterm
    /// 0.29 takes the first for Escape. `None` for another key that arrives like this.
    fn complete(&self, key: KeyEvent) -> Result<Option<KeyEvent>> {
        if key != KeyEvent::from(KeyCode::Esc) {
            return Ok(Some(key));
        }
        let next = || self.screen.event_within(MAX_KEY_TIME);
        let Some(Event::Key(second)) = next()? else {
            return Ok(Some(key));
        };
        if !matches!(second.code, KeyCode::Char('[' | 'O')) {
            return Ok(Some(key));
        }
        while let Some(Event::Key(byte)) = next()? {
            match byte.code {
                KeyCode::Char('A') => return Ok(Some(KeyCode::Up.into())),
                KeyCode::Char('B') => return Ok(Some(KeyCode::Down.into())),
                KeyCode::Char('C') => return Ok(Some(KeyCode::Right.into())),
                KeyCode::Char('D') => return Ok(Some(KeyCode::Left.into())),
                KeyCode::Char('0'..='9' | ';') => {}
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    fn act(&mut self, action: ScreenAction) -> Result<Option<Exit>> {
        match action {
            ScreenAction::Change(change) => self.change(&change),
            ScreenAction::ListMixers => self.model.choose_mixer(mixers()),
            ScreenAction::OpenMixer(device) => self.open(device),
            ScreenAction::ToggleLevels => self.toggle_levels(),
            ScreenAction::Redraw => {
                self.screen.clear()?;
                self.drawn = None;
            }
            ScreenAction::Suspend => self.suspend()?,
            ScreenAction::Quit => return Ok(Some(Exit::Done)),
            ScreenAction::Interrupt => return Ok(Some(Exit::Signal(SIGINT))),
        }
        Ok(None)
    }

    fn change(&mut self, change: &ControlChange) {
        if let Err(error) = apply(&mut self.watch, change) {
            self.report(&error);
        }
        self.follow_mixer();
    }

    /// Reads what has changed.
    fn follow_mixer(&mut self) {
        for event in self.watch.events() {
            match event {
                MixerEvent::Lost { .. } => self.stop_levels(),
                MixerEvent::Back { device } => {
                    self.model.device = device.clone();
                    let text = format!("'{device}' is back");
                    self.model.message = Some(ScreenMessage::Note(text));
                }
                _ => {}
            }
        }
        self.model.is_gone = self.watch.lost_for().is_some();
        self.model.controls = self.watch.snapshots().to_vec();
    }

    fn open(&mut self, device: MixerDevice) {
        match Watch::new(device, &[], &[]) {
            Ok(watch) => {
                self.watch = watch;
                self.stop_levels();
                self.show_mixer();
            }
            Err(error) => self.report(&error),
        }
    }

    /// Shows the mixer that is open now.
    fn show_mixer(&mut self) {
        let device = self.watch.device().clone();
        let card = Elements::open(device.clone()).and_then(|elements| elements.card());
        let title = card.map_or_else(|_| String::new(), |(_, name)| name);
        self.model.open(title, device.name());
        self.follow_mixer();
    }

    fn toggle_levels(&mut self) {
        if self.meter.is_some() {
            self.stop_levels();
            return;
        }
        match LevelMeter::open(self.watch.device()) {
            Ok(meter) => self.meter = Some(meter),
            Err(error) => self.report(&error),
        }
    }

    fn read_levels(&mut self) {
        match self.meter.as_mut().map(LevelMeter::read) {
            None => {}
            Some(Ok(levels)) => self.model.levels = Some(levels),
            Some(Err(error)) => {
                self.stop_levels();
                self.report(&error);
            }
        }
    }

    fn stop_levels(&mut self) {
        (self.meter, self.model.levels) = (None, None);
    }

    fn report(&mut self, error: &Error) {
        let hint = advice::hints(error).into_iter().next();
        let text = match hint {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        };
        self.model.message = Some(ScreenMessage::Error(text));
    }
}

/// Makes a change of a control.
fn apply(watch: &mut Watch, change: &ControlChange) -> error::Result<()> {
    let Some(controls) = watch.controls() else {
        return Err(watch.disconnected());
    };
    controls.handle_events()?;
    let control = controls.find(&change.id.name, change.id.index)?;
    control.refresh()?;
    let mut plan = control.plan();
    match change.value {
        NewValue::Volume(volume) => plan.volume(change.direction, &change.channels, volume)?,
        NewValue::Switch(switch) => plan.switch(change.direction, &change.channels, switch)?,
        NewValue::Item(item) => {
            let mut channels = change.channels.iter();
            channels.try_for_each(|channel| plan.item(*channel, item))?;
        }
    }
    plan.finish().apply(&control)
}

/// The mixers to choose from: the default one, the cards, and the sound servers that alsa-lib is configured for.
fn mixers() -> Vec<MixerChoice> {
    let choice = |name: &str, title: &str| MixerChoice {
        title: format!("{name:<10}  {title}"),
        device: MixerDevice::from(name),
    };
    let mut choices = vec![choice("default", "")];
    let cards = cards::list().unwrap_or_default();
    choices.extend(cards.iter().map(|card| MixerChoice {
        device: MixerDevice::Card(card.index),
        ..choice(
            &format!("hw:{}", card.index),
            card.name.as_deref().unwrap_or_default(),
        )
    }));
    let pcms = pcm_names::pcms(None).unwrap_or_default();
    let is_listed = |name: &str| pcms.iter().any(|pcm| pcm.name == name);
    let servers = SERVERS.iter().filter(|(name, _)| is_listed(name));
    choices.extend(servers.map(|(name, title)| choice(name, title)));
    choices
}
