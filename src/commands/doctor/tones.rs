//! `--tone`: plays a tone on each output, and asks whether it was heard.

use super::finding::{CheckReport, Finding};
use crate::commands::advice;
use crate::commands::ui::Ui;
use aloud::audio::dsp::tone::{Tone, ToneChannels, Wave};
use aloud::audio::error::{Error, Kind};
use aloud::audio::format::Format;
use aloud::audio::pcm::{Direction, Request};
use aloud::audio::playlist::Opener;
use aloud::audio::spec::{Length, Spec};
use aloud::audio::stream::Source;
use aloud::audio::system::cards;
use aloud::audio::time_limit::within;
use aloud::audio::transfer::{self, Play, TransferControl};
use std::io::{self, BufRead, IsTerminal};
use std::time::Duration;

/// How long each output plays.
const LENGTH: Duration = Duration::from_secs(1);

/// How long playing may take in total.
const LIMIT: Duration = Duration::from_secs(8);

const LEVEL_DB: f64 = -20.0;

/// The frequency of the first output, and the factor from each to the next: a whole tone.
const FIRST_HZ: f64 = 440.0;
const STEP: f64 = 1.122_462_048_309_373;

/// An output that plays a tone.
struct ToneOutput {
    pcm: String,
    title: String,
    hz: f64,
}

/// What was heard.
enum Answer {
    Heard,
    NotHeard,
    Quit,
    /// Nobody was asked.
    Unasked,
}

/// Plays on `device`, or on the default and all devices of all cards.
pub fn test(ui: &Ui, device: Option<&str>) -> Result<Vec<CheckReport>, Error> {
    let mut reports = Vec::new();
    for output in outputs(device)? {
        let ToneOutput { pcm, title, hz } = &output;
        ui.note(&format!("playing {hz:.0} Hz on {title} ({pcm})"));
        let finding = match within(LIMIT, play(&output))? {
            Some(Ok(())) => match ask(ui, &output) {
                Answer::Quit => break,
                answer => judged(&output, answer),
            },
            Some(Err(error)) => failed(&error),
            None => Finding::problem(format!("playing on {title} ({pcm}) hangs")),
        };
        reports.push(CheckReport {
            check: "tone",
            looks_at: "whether an output is heard",
            finding,
        });
    }
    Ok(reports)
}

fn outputs(device: Option<&str>) -> Result<Vec<ToneOutput>, Error> {
    let first = device.unwrap_or("default").to_owned();
    let mut names = vec![(first.clone(), format!("'{first}'"))];
    if device.is_none() {
        for card in cards::list()? {
            let id = card.id.clone().unwrap_or(card.index.to_string());
            let plays = card
                .devices
                .iter()
                .filter(|device| device.playback.is_some());
            names.extend(plays.map(|device| {
                let pcm = format!("hw:CARD={id},DEV={}", device.index);
                (pcm, format!("{id}, {}", device.name))
            }));
        }
    }
    let hz = |number: usize| FIRST_HZ * STEP.powi(number as i32);
    let outputs = names
        .into_iter()
        .enumerate()
        .map(|(number, (pcm, title))| ToneOutput {
            pcm,
            title,
            hz: hz(number),
        });
    Ok(outputs.collect())
}

/// Plays the tone to its end.
fn play(output: &ToneOutput) -> impl FnOnce() -> Result<(), Error> + Send + 'static {
    let (pcm, hz) = (output.pcm.clone(), output.hz);
    move || {
        let spec = Spec::new(Format::S16_LE, 48_000, 2)?;
        let tone = Tone {
            wave: Wave::Sine { hz },
            level_db: LEVEL_DB,
            channels: ToneChannels::All,
            length: Some(Length::Time(LENGTH)),
        };
        let mut source = Some(tone.source(spec)?);
        let opener = Opener::once(move || match source.take() {
            Some(source) => Ok(Box::new(source) as Box<dyn Source>),
            None => Err(Error::internal("a tone can be opened only once")),
        });
        let play = Play {
            timeout: Some(LIMIT / 2),
            ..Play::new(
                vec![opener],
                Request::exact(&pcm, Direction::Playback, spec),
            )
        };
        let outcome = transfer::play(play, &TransferControl::new()?, &mut |_| ());
        outcome.error.map_or(Ok(()), Err)
    }
}

fn failed(error: &Error) -> Finding {
    let finding = match error.kind() {
        // A device in use is not broken.
        Kind::Busy => Finding::note(error.to_string()),
        _ => Finding::problem(error.to_string()),
    };
    finding.advise_all(advice::hints(error))
}

/// Asks on a terminal whether the tone was heard.
fn ask(ui: &Ui, output: &ToneOutput) -> Answer {
    let is_terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    if ui.json() || !is_terminal {
        return Answer::Unasked;
    }
    ui.block(&format!(
        "Did you hear {:.0} Hz? Enter: yes, n: no, q: stop",
        output.hz
    ));
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(1..) => match line.trim().to_lowercase().as_str() {
            "n" | "no" => Answer::NotHeard,
            "q" | "quit" => Answer::Quit,
            _ => Answer::Heard,
        },
        _ => Answer::Quit,
    }
}

fn judged(output: &ToneOutput, answer: Answer) -> Finding {
    let ToneOutput { pcm, title, hz } = output;
    match answer {
        Answer::NotHeard => Finding::problem(format!(
            "{title} ({pcm}) took {hz:.0} Hz, but nothing was heard"
        ))
        .advise("aloud doctor (muted controls)")
        .advise("check the cable, the speakers and their volume"),
        Answer::Heard => Finding::ok(format!("{title} ({pcm}) is heard")),
        _ => Finding::ok(format!("played {hz:.0} Hz for a second on {title} ({pcm})")),
    }
}
