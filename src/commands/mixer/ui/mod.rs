//! `aloud mixer ui`: a full-screen mixer.

mod bars;
mod dialogs;
mod keys;
mod levels;
mod look;
mod model;
mod session;
mod strip;
#[cfg(test)]
mod tests;
mod view;

use super::text::PercentScale;
use crate::commands::server_timeout::limit_mixer_calls;
use crate::commands::signals::{ScreenSignals, StopSignal};
use crate::commands::ui::{FullScreen, Ui};
use crate::commands::{Result, advice, args::CtlArgs};
use aloud::audio::error::{Error, Kind};
use aloud::audio::mixer::Watch;
use look::Look;
use model::MixerModel;
use session::MixerSession;
use strip::MixerView;

/// Full-screen mixer with alsamixer's keys
///
/// Shows the controls side by side, and follows changes by other programs. A card that is unplugged is waited for.
///
/// Left and Right select a control. Up, Down, PgUp, PgDn, 0 to 9, End and Home change its volume, m mutes it, and Space
/// turns capture on or off. Q, w, E and z, x, c change the left, both, or the right channel. F3, F4, F5 and Tab choose
/// what is shown, F6 another card. / filters by name, r switches between alsamixer's scale and raw percent, v shows capture
/// levels (the capture device is in use meanwhile), ? lists all keys, and q quits.
///
/// Needs a terminal; --color never or NO_COLOR turns off its colors.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    ctl: CtlArgs,
    /// Start with the capture controls
    #[arg(long, help_heading = "Mixer options")]
    capture: bool,
    /// Start with raw percent, not alsamixer's scale
    #[arg(long, help_heading = "Mixer options")]
    raw: bool,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer ui
      show the default mixer
  aloud mixer ui -c USB
      show the mixer of a card
  aloud mixer ui -D pulse
      show the volumes of PulseAudio";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    if ui.json() {
        let error = Error::new(Kind::Usage, "a full-screen mixer has no JSON");
        let hint = "use `aloud mixer get --json` or `aloud mixer watch --json`";
        return Err(error.with_advice(advice::custom(hint)).into());
    }
    let hint = "`aloud mixer get` and `aloud mixer set` need none";
    FullScreen::require("`aloud mixer ui`", hint)?;
    limit_mixer_calls(ui)?;
    let watch = Watch::new(args.ctl.mixer_device()?, &[], &[])?;
    let scale = match args.raw {
        true => PercentScale::Raw,
        false => PercentScale::Mapped,
    };
    let view = match args.capture {
        true => MixerView::Capture,
        false => MixerView::Playback,
    };
    let session = MixerSession {
        watch,
        model: MixerModel::new(scale, view),
        look: Look::of_environment(ui.colors_screen()),
        stop: StopSignal::for_screen()?,
        signals: ScreenSignals::new()?,
        screen: FullScreen::enter()?,
        meter: None,
        drawn: None,
    };
    session.run()
}
