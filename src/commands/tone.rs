//! `aloud tone`: generated sound to a device.

use super::args::{self, LimitArgs, PcmArgs, RealtimeArgs};
use super::server_timeout::TIMEOUT;
use super::signals::{self, OnSignal};
use super::{Result, transfers, ui::Ui};
use aloud::audio::dsp::tone::{self, Tone, ToneChannels, Wave};
use aloud::audio::error::Error;
use aloud::audio::pcm::Direction;
use aloud::audio::playlist::Opener;
use aloud::audio::spec::Spec;
use aloud::audio::stream::Source;
use aloud::audio::transfer::{ConversionPolicy, Event, Play, SpeakerTest, Timing, TransferControl};
use std::io;
use std::time::Duration;

/// In a speaker test the device wakes up this often, so that each speaker is announced when it is heard.
const SPEAKER_TEST_WAKE: Duration = Duration::from_millis(50);

const EXAMPLES: &str = "\
Examples:
  aloud tone -d 2
      play 440 Hz for two seconds on the default device
  aloud tone --sine 1k --level -6 -D hw:1 -f S32_LE
      play 1000 Hz at -6 dBFS on card 1 until Ctrl-C
  aloud tone --speakers --pink
      test each speaker in turn with pink noise
  aloud tone --sweep 20:20k -d 30
      sweep the audible range in 30 seconds";

/// Play a sine, a sweep, noise or silence, or test speakers
///
/// Plays until interrupted, unless --duration or --samples is given; a sweep takes 10 seconds by default. Integer
/// samples are dithered. Fades of 10 ms prevent clicks when the sound starts, stops or moves to another speaker. The device
/// is opened with S16_LE, 48000 Hz and 2 channels unless -f, -r and -c say otherwise.
///
/// With several -D, all devices play the same sound together, aligned as in play.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    wave: WaveArgs,
    /// Level in dB of full scale
    ///
    /// The peak of a sine or sweep, the RMS of noise (white at most -4.8, pink at most -17)
    #[arg(long, value_name = "dBFS", value_parser = level, default_value = "-20", allow_hyphen_values = true)]
    level: f64,
    /// Play one channel at a time, for a second each, repeatedly
    #[arg(long)]
    speakers: bool,
    /// Play channel N only, counted from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024), conflicts_with = "speakers")]
    speaker: Option<u32>,
    #[command(flatten)]
    limit: LimitArgs,
    #[command(flatten)]
    realtime: RealtimeArgs,
    /// With several devices, do not resample to correct drift between their clocks
    #[arg(hide_short_help = true, long)]
    no_drift: bool,
    /// Stop at the first underrun, with status 8
    #[arg(hide_short_help = true, long)]
    fatal_errors: bool,
    #[command(flatten)]
    pcm: PcmArgs,
}

/// What to play: one of these.
#[derive(clap::Args)]
#[group(multiple = false)]
struct WaveArgs {
    /// Sine of this frequency (440, 1k); the default
    ///
    /// The frequency is below half the sample rate
    #[arg(long, visible_alias = "frequency", value_name = "HZ", value_parser = args::frequency, num_args = 0..=1, default_missing_value = "440", default_value = "440")]
    sine: f64,
    /// Sine sweep from one frequency to another
    ///
    /// The number of octaves per second is constant
    #[arg(long, value_name = "FROM:TO", value_parser = sweep)]
    sweep: Option<Wave>,
    /// Pink noise: equal power per octave
    #[arg(long)]
    pink: bool,
    /// White noise: equal power per hertz
    #[arg(long)]
    white: bool,
    /// Digital silence
    #[arg(long)]
    silence: bool,
}

impl WaveArgs {
    fn wave(&self) -> Wave {
        match self.sweep {
            Some(sweep) => sweep,
            None if self.pink => Wave::Pink,
            None if self.white => Wave::White,
            None if self.silence => Wave::Silence,
            None => Wave::Sine { hz: self.sine },
        }
    }
}

pub fn run(ui: &mut Ui, mut args: Args) -> Result {
    args.pcm.resolve_all(ui, Direction::Playback)?;
    args.pcm.check_distinct()?;
    let control = TransferControl::new()?;
    let spec = args.pcm.open.spec_or_default()?;
    let tone = tone(&args);
    let source = tone.source(spec)?;
    let mut source = Some(source);
    let opener = Opener::once(move || match source.take() {
        Some(source) => Ok(Box::new(source) as Box<dyn Source>),
        None => Err(Error::internal("a tone can be opened only once")),
    });
    signals::steer(&control, OnSignal::Abort)?;
    let play = Play {
        timing: Timing {
            avail_min: args.speakers.then_some(SPEAKER_TEST_WAKE),
            ..Timing::default()
        },
        tstamp: args.pcm.tstamp(),
        fatal_xruns: args.fatal_errors,
        timeout: Some(TIMEOUT),
        realtime: args.realtime.choice(),
        progress: ui.progress_interval(None),
        speaker_test: speaker_test(tone.channels, spec),
        // A speaker test must not move sound to other speakers.
        policy: ConversionPolicy {
            forced: args.pcm.open.forced(),
            keep_channels: true,
            ..ConversionPolicy::default()
        },
        ..Play::new(vec![opener], args.pcm.exact(Direction::Playback))
    };
    let others = args.pcm.others(&play.request);
    let correct_drift = !args.no_drift;
    transfers::play_on_all(ui, (play, others), (None, correct_drift), (&control, show))
}

fn tone(args: &Args) -> Tone {
    Tone {
        wave: args.wave.wave(),
        level_db: args.level,
        channels: match args.speaker {
            Some(speaker) => ToneChannels::One(speaker - 1),
            None if args.speakers => ToneChannels::InTurn,
            None => ToneChannels::All,
        },
        length: args.limit.length(),
    }
}

/// Which channels are announced, and how long each plays.
fn speaker_test(channels: ToneChannels, spec: Spec) -> Option<SpeakerTest> {
    match channels {
        ToneChannels::All => None,
        ToneChannels::One(channel) => Some(SpeakerTest {
            turns: vec![(channel, None)],
        }),
        ToneChannels::InTurn => {
            let frames = Some(spec.frames_lasting(tone::TURN));
            Some(SpeakerTest {
                turns: (0..spec.channels)
                    .map(|channel| (channel, frames))
                    .collect(),
            })
        }
    }
}

/// A tone is not a file: no event reports that one was opened or finished.
fn show(ui: &mut Ui, event: &Event) -> io::Result<()> {
    match event {
        Event::File(sound) => {
            ui.generated_sound(sound);
            Ok(())
        }
        _ => ui.event(event),
    }
}

fn sweep(text: &str) -> std::result::Result<Wave, String> {
    let (from, to) = text
        .split_once(':')
        .ok_or("expected two frequencies separated by a colon (20:20k)")?;
    Ok(Wave::Sweep {
        from: args::frequency(from)?,
        to: args::frequency(to)?,
    })
}

/// `-20`, `-20dB`, `-20dBFS`.
fn level(text: &str) -> std::result::Result<f64, String> {
    let lower = text.to_ascii_lowercase();
    let number = lower.strip_suffix("fs").unwrap_or(&lower);
    let number = number.strip_suffix("db").unwrap_or(number);
    match number.trim().parse::<f64>() {
        Ok(level) if level <= 0.0 && level.is_finite() => Ok(level),
        _ => Err("expected a level of 0 dBFS or less (-20)".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_parsed() {
        for (text, db) in [("-20", -20.0), ("-6.5dB", -6.5), ("0 dBFS", 0.0)] {
            assert_eq!(level(text), Ok(db), "{text}");
        }
        for wrong in ["3", "", "dB", "-inf", "nan", "-20x"] {
            assert!(level(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sweeps_are_parsed() {
        let wave = Wave::Sweep {
            from: 20.0,
            to: 20_000.0,
        };
        assert_eq!(sweep("20:20k"), Ok(wave));
        for wrong in ["20", "20:", "20:0", ":", "1:2:3"] {
            assert!(sweep(wrong).is_err(), "{wrong}");
        }
    }
}
