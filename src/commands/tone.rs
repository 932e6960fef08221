//! `aloud tone`: sound that is made, to a device.

use super::args::{self, PcmArgs};
use super::signals::{self, OnSignal};
use super::{Result, transfers, ui::Ui};
use aloud::audio::dsp::tone::{self, Tone, ToneChannels, Wave};
use aloud::audio::error::Error;
use aloud::audio::pcm::Direction;
use aloud::audio::playlist::Opener;
use aloud::audio::spec::Length;
use aloud::audio::spec::Spec;
use aloud::audio::stream::Source;
use aloud::audio::transfer::{ConversionPolicy, Event, Play, SpeakerTest, Timing, TransferControl};
use std::io;
use std::time::Duration;

/// While speakers take turns, the device wakes this often, so that each is told of when it is heard.
const TURN_WAKE: Duration = Duration::from_millis(50);

const EXAMPLES: &str = "\
Examples:
  aloud tone -d 2
      two seconds of 440 Hz on the default device
  aloud tone --sine 1k --level -6 -D hw:1 -f S32_LE
      1000 Hz, louder, on card 1 until Ctrl-C
  aloud tone --speakers --pink
      each speaker in turn, with its name
  aloud tone --sweep 20:20k -d 30
      all that can be heard, in half a minute";

/// Play a sine, a sweep, noise or silence, on all speakers or on one at a time
///
/// The frequency is exact, integer samples are dithered, and nothing clicks: the sound begins, ends and goes
/// from speaker to speaker in fades of 10 ms. Without --duration or --samples it goes on until it is stopped; a sweep
/// takes 10 seconds. Without -f, -r and -c the device is opened with S16_LE, 48000 Hz and 2 channels.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    wave: WaveArgs,
    /// How loud, in dB of full scale: the peak of a sine or sweep, the RMS of noise (white at most -4.8, pink at most -17)
    #[arg(long, value_name = "dBFS", value_parser = level, default_value = "-20", allow_hyphen_values = true)]
    level: f64,
    /// Each channel by itself for a second, in turn, over and over
    #[arg(long)]
    speakers: bool,
    /// One channel by itself, counted from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024), conflicts_with = "speakers")]
    speaker: Option<u32>,
    /// Play this long (5, 0.5, 1m30s, 1:30; 0 is without end)
    #[arg(short, long, value_name = "TIME", value_parser = args::time, conflicts_with = "samples")]
    duration: Option<Duration>,
    /// Play this many frames (0 is without end)
    #[arg(short, long, value_name = "FRAMES")]
    samples: Option<u64>,
    /// End at the first underrun, with status 8
    #[arg(long)]
    fatal_errors: bool,
    #[command(flatten)]
    pcm: PcmArgs,
}

/// What sounds: one of them.
#[derive(clap::Args)]
#[group(multiple = false)]
struct WaveArgs {
    /// A sine of this frequency (440, 1k), below half the rate; this is what is played by default
    #[arg(long, visible_alias = "frequency", value_name = "HZ", value_parser = args::frequency, num_args = 0..=1, default_missing_value = "440", default_value = "440")]
    sine: f64,
    /// A sine that goes from one frequency to the other, by the same number of octaves in every second
    #[arg(long, value_name = "FROM:TO", value_parser = sweep)]
    sweep: Option<Wave>,
    /// Pink noise: the same power in every octave
    #[arg(long)]
    pink: bool,
    /// White noise: the same power in every hertz
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

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let control = TransferControl::new()?;
    let spec = args.pcm.open.spec_or_usual()?;
    let tone = tone(&args);
    let source = tone.source(spec)?;
    let mut source = Some(source);
    let opener: Opener = Box::new(move || match source.take() {
        Some(source) => Ok(Box::new(source) as Box<dyn Source>),
        None => Err(Error::internal("a tone is made once")),
    });
    signals::steer(&control, OnSignal::Abort)?;
    let play = Play {
        timing: Timing {
            avail_min: args.speakers.then_some(TURN_WAKE),
            ..Timing::default()
        },
        tstamp: args.pcm.tstamp(),
        fatal_xruns: args.fatal_errors,
        progress: ui.shows_progress(false).then_some(transfers::PROGRESS),
        speaker_test: speaker_test(tone.channels, spec),
        // A speaker that is tested must be that speaker.
        policy: ConversionPolicy {
            forced: args.pcm.open.forced(),
            keep_channels: true,
            ..ConversionPolicy::default()
        },
        ..Play::new(vec![opener], args.pcm.exact(Direction::Playback))
    };
    transfers::play(ui, play, &control, show)
}

fn tone(args: &Args) -> Tone {
    let time = args.duration.map(Length::Time);
    let length = time.or(args.samples.map(Length::Frames));
    Tone {
        wave: args.wave.wave(),
        level_db: args.level,
        channels: match args.speaker {
            Some(speaker) => ToneChannels::One(speaker - 1),
            None if args.speakers => ToneChannels::InTurn,
            None => ToneChannels::All,
        },
        length: length
            .filter(|length| !matches!(length, Length::Time(Duration::ZERO) | Length::Frames(0))),
    }
}

/// What there is to tell of speakers.
fn speaker_test(speakers: ToneChannels, spec: Spec) -> Option<SpeakerTest> {
    match speakers {
        ToneChannels::All => None,
        ToneChannels::One(channel) => Some(SpeakerTest {
            channels: channel..channel + 1,
            frames: None,
        }),
        ToneChannels::InTurn => Some(SpeakerTest {
            channels: 0..spec.channels,
            frames: Some(spec.frames_lasting(tone::TURN)),
        }),
    }
}

/// A tone is no file: nothing is told of one being opened or finished, only what is played.
fn show(ui: &mut Ui, event: &Event) -> io::Result<()> {
    match event {
        Event::File(made) => {
            ui.generated_sound(made);
            Ok(())
        }
        _ => ui.event(event),
    }
}

fn sweep(text: &str) -> std::result::Result<Wave, String> {
    let (from, to) = text
        .split_once(':')
        .ok_or("a sweep is two frequencies with a colon between them (20:20k)")?;
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
        _ => Err("a level is 0 dBFS or less (-20)".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_read_as_people_write_them() {
        for (text, db) in [("-20", -20.0), ("-6.5dB", -6.5), ("0 dBFS", 0.0)] {
            assert_eq!(level(text), Ok(db), "{text}");
        }
        for wrong in ["3", "", "dB", "-inf", "nan", "-20x"] {
            assert!(level(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_sweep_is_two_frequencies() {
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
