//! `aloud mixer set`: changes a control, or many of them by a batch of lines.

use super::batch;
use super::fade::Fader;
use super::words::{self, SetOptions};
use super::{element, is_element_id, text};
use crate::commands::advice;
use crate::commands::{Exit, Result, args, args::CtlArgs, ui::Ui};
use aloud::audio::direction::Direction;
use aloud::audio::error::{self, Error, Kind};
use aloud::audio::mixer::{ChannelSelection, Controls, ElementSelector, Elements, MixerDevice};
use std::path::PathBuf;
use std::time::Duration;

/// Change a control
///
/// A VALUE is a volume: 40% (of the raw range), 40 (raw steps), -12dB (after `--`), each with + or - after it for a
/// relative change (5%+, 3dB-), and several with commas between them for one channel each (10%,90%). It is mute, unmute
/// or toggle, cap or nocap (for recording), on or off, or the name or number of an item to choose. Channels (front-left,
/// front-right, front, rear, center, woofer, side, all) and playback or capture stand before the values they are for.
///
/// All values are checked before anything is changed: what cannot be done changes nothing. A relative change moves
/// each channel from its own value, by at least one step, and ends at the end of the range. A control that both plays
/// and records changes what it plays, unless capture is named.
///
/// The control is then told as by `aloud mixer get`, unless --quiet. With --json: that object (with --batch, one a line).
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The control, as `aloud mixers` names it
    #[arg(
        value_name = "CONTROL",
        required_unless_present = "batch",
        conflicts_with = "batch"
    )]
    control: Option<String>,
    /// What it is set to
    #[arg(value_name = "VALUE", required_unless_present = "batch")]
    values: Vec<String>,
    #[command(flatten)]
    ctl: CtlArgs,
    /// Change what is played
    #[arg(long, group = "direction", help_heading = "Mixer options")]
    playback: bool,
    /// Change what is recorded
    #[arg(long, group = "direction", help_heading = "Mixer options")]
    capture: bool,
    /// Change this channel only, counted from 0
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..32), help_heading = "Mixer options")]
    channel: Option<u32>,
    /// Take percent for those of alsamixer's scale, which sounds even
    #[arg(short = 'M', long, help_heading = "Mixer options")]
    mapped: bool,
    /// Move the volume there over a time (2s), in steps that sound even
    #[arg(long, value_name = "TIME", value_parser = args::time, help_heading = "Mixer options")]
    over: Option<Duration>,
    /// Read changes from a file (- is standard input), a line each: CONTROL VALUE...; # begins a comment
    #[arg(long, value_name = "FILE", help_heading = "Mixer options")]
    batch: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer set Master 40%
      a volume for all channels
  aloud mixer set Master 5%+ unmute
      a little louder, and heard
  aloud mixer set Master 10%,90%
      left and right
  aloud mixer set Master -- -12dB
      in dB
  aloud mixer set Master 40% --over 2s
      faded
  aloud mixer set Capture toggle
      record, or record no more
  aloud mixer set 'Input Source' Line
      choose an item
  printf 'Master 40%\\nPCM 100% unmute\\n' | aloud mixer set --batch -
      many changes, with the mixer opened once";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let setter = Setter::new(&args)?;
    match (&args.batch, &args.control) {
        (Some(file), _) => batch::run(ui, setter, file),
        (None, Some(control)) => setter.set_one(ui, control, &args.values),
        (None, None) => Err(Error::internal("a change without a control").into()),
    }
}

/// What one change came to.
pub enum SetOutcome {
    /// It was made.
    Done,
    /// A signal ended it on its way.
    Stopped(i32),
}

/// How controls are to be changed, and where. The mixer is opened when it is first needed, and then kept.
pub struct Setter {
    place: MixerDevice,
    reading: SetOptions,
    fader: Option<Fader>,
    controls: Option<Controls>,
    elements: Option<Elements>,
    /// How many have been begun.
    changes: u32,
}

/// Events are handled before the first of so many changes: they say which controls have come and gone.
const EVENTS_AT_EACH: u32 = 32;

impl Setter {
    fn new(args: &Args) -> Result<Setter> {
        let direction = match (args.playback, args.capture) {
            (true, _) => Some(Direction::Playback),
            (_, true) => Some(Direction::Capture),
            _ => None,
        };
        Ok(Setter {
            place: args.ctl.place()?,
            reading: SetOptions {
                direction,
                channels: args
                    .channel
                    .map_or(ChannelSelection::All, ChannelSelection::One),
                mapped: args.mapped,
            },
            fader: args.over.map(Fader::new).transpose()?,
            controls: None,
            elements: None,
            changes: 0,
        })
    }

    fn set_one(mut self, ui: &mut Ui, control: &str, values: &[String]) -> Result {
        match self.set(ui, control, values, !ui.quiet())? {
            SetOutcome::Done => Ok(Exit::Done),
            SetOutcome::Stopped(signal) => Ok(Exit::Signal(signal)),
        }
    }

    /// Changes one control, and tells what it is then: as JSON, or where `tell` as text.
    pub fn set(
        &mut self,
        ui: &mut Ui,
        control: &str,
        values: &[String],
        tell: bool,
    ) -> Result<SetOutcome> {
        if is_element_id(control) {
            return self.set_element(ui, control, values, tell);
        }
        let controls = opened(&mut self.controls, &self.place)?;
        // The control itself is read anew; all others wait for their turn. In a long batch most events are its own.
        if self.changes.is_multiple_of(EVENTS_AT_EACH) {
            controls.handle_events()?;
        }
        self.changes += 1;
        let target = controls.lookup(control)?;
        target.refresh()?;
        let steps = words::steps(&target, values, self.reading)?;
        let changed = match &self.fader {
            Some(_) if !steps.has_volume() => {
                let error = Error::new(Kind::Usage, "only a volume can be set over a time");
                return Err(error.with_advice(advice::custom("omit --over")).into());
            }
            Some(fader) => fader.run(controls, &steps)?,
            None => {
                steps.apply(&target)?;
                SetOutcome::Done
            }
        };
        if tell || ui.json() {
            controls.handle_events()?;
            let after = controls.find(&steps.id.name, steps.id.index)?;
            after.refresh()?;
            let after = after.snapshot()?;
            if ui.json() {
                ui.document(&after)?;
            } else {
                ui.text(&text::control(&after))?;
            }
        }
        Ok(changed)
    }

    /// A raw element, by amixer's id for it.
    fn set_element(
        &mut self,
        ui: &mut Ui,
        id: &str,
        values: &[String],
        tell: bool,
    ) -> Result<SetOutcome> {
        if self.fader.is_some() {
            let error = Error::new(Kind::Usage, "an element cannot be set over a time");
            return Err(error
                .with_advice(advice::custom(
                    "name the control: `aloud mixers` lists them",
                ))
                .into());
        }
        if self.reading != SetOptions::default() {
            let message = "an element has neither channels nor directions nor alsamixer's scale";
            let hint = "omit --channel, --playback, --capture and --mapped; give one value per channel, as in 10,90";
            return Err(Error::new(Kind::Usage, message)
                .with_advice(advice::custom(hint))
                .into());
        }
        // What names no element needs no mixer to be refused.
        ElementSelector::parse(id)?;
        if self.elements.is_none() {
            self.elements = Some(Elements::open(self.place.clone())?);
        }
        let Some(elements) = &self.elements else {
            return Err(Error::internal("a ctl that is not open").into());
        };
        let after = element::set(elements, id, values)?;
        if ui.json() {
            ui.document(&after)?;
        } else if tell {
            ui.text(&element::text(&after))?;
        }
        Ok(SetOutcome::Done)
    }

    /// Opens the mixer, where it is not open yet.
    pub fn open(&mut self) -> Result<()> {
        opened(&mut self.controls, &self.place)?;
        Ok(())
    }

    /// Whether there is a control of that name.
    pub fn knows(&mut self, control: &str) -> Result<bool> {
        let controls = opened(&mut self.controls, &self.place)?;
        Ok(controls.iter().any(|known| known.name() == control))
    }
}

/// The mixer, opened where it is not yet.
fn opened<'a>(
    controls: &'a mut Option<Controls>,
    place: &MixerDevice,
) -> error::Result<&'a mut Controls> {
    match controls {
        Some(controls) => Ok(controls),
        none => Ok(none.insert(Controls::open(place.clone())?)),
    }
}
