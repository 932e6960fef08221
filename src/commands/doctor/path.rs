//! `--loop`: proves a path from an output to an input.

use super::finding::{CheckReport, Finding, Verdict};
use super::loop_names::LoopNames;
use crate::commands::args::{self, OpenArgs};
use crate::commands::ui::Ui;
use aloud::audio::dsp::meter::SILENCE_DB;
use aloud::audio::dsp::path::{BitDifference, PathCause, PathMeasurement};
use aloud::audio::error::Error;
use aloud::audio::pcm::{Direction, Request};
use aloud::audio::spec::{Length, Spec};
use aloud::audio::spelling::count;
use aloud::audio::transfer::{PathOutcome, PathTest, test_path};
use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Serialize;
use std::time::Duration;

/// What a path is expected to do.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Expect {
    /// Every bit arrives
    Exact,
    /// Right channels and pitch, no distortion; level and bits may differ
    Clean,
    /// The signal arrives
    Signal,
}

/// Short, because PulseAudio renders as far ahead as its clients allow, and its monitors then miss the start of a stream.
const PERIOD: Duration = Duration::from_millis(20);
const BUFFER: Duration = Duration::from_millis(400);

/// More distortion than this (THD+N in dB) is a problem of a clean path.
const CLEAN_THD_N_DB: f64 = -60.0;

/// More noise than this (dBFS) is worth a note.
const CLEAN_NOISE_DB: f64 = -60.0;

/// The result as JSON.
#[derive(Serialize, JsonSchema)]
pub struct LoopReport {
    /// The PCM that played.
    output: String,
    /// The PCM that recorded.
    input: String,
    /// Sample format.
    format: String,
    /// Hz.
    rate: u32,
    /// Number of channels.
    channels: u32,
    /// The types of the output's alsa-lib plugins, from the application to the hardware.
    output_plugins: Vec<&'static str>,
    /// The types of the input's plugins.
    input_plugins: Vec<&'static str>,
    /// Underruns and overruns during the test.
    xruns: u32,
    /// From the start of the output until the signal could be read at the input; null if it was not found.
    latency_frames: Option<i64>,
    /// The same in milliseconds.
    latency_ms: Option<f64>,
    #[serde(flatten)]
    measurement: PathMeasurement,
}

/// Tests a path and judges it.
pub fn test(
    ui: &mut Ui,
    names: LoopNames,
    open: &OpenArgs,
    expect: Expect,
) -> Result<(Vec<CheckReport>, LoopReport), Error> {
    let LoopNames {
        mut output,
        mut input,
    } = names;
    args::resolve(ui, &mut output, Direction::Playback)?;
    args::resolve(ui, &mut input, Direction::Capture)?;
    let spec = open.spec_or_default()?;
    let outcome = test_path(PathTest {
        output: request(open, spec, &output, Direction::Playback),
        input: request(open, spec, &input, Direction::Capture),
    })?;
    let judge = PathJudge {
        outcome: &outcome,
        spec,
        expect,
    };
    let mut reports = vec![report(
        "path",
        "the two devices and their plugins",
        path(&outcome, &output, &input, spec),
    )];
    reports.extend(judge.reports());
    Ok((reports, loop_report(output, input, spec, outcome)))
}

/// What to open a device with, unless the options give its sizes.
fn request(open: &OpenArgs, spec: Spec, device: &str, direction: Direction) -> Request {
    let request = open.exact(device, direction);
    Request {
        format: spec.format,
        rate: spec.rate,
        channels: spec.channels,
        period: request.period.or(Some(Length::Time(PERIOD))),
        buffer: request.buffer.or(Some(Length::Time(BUFFER))),
        ..request
    }
}

fn loop_report(output: String, input: String, spec: Spec, outcome: PathOutcome) -> LoopReport {
    let latency_frames = outcome.latency_frames;
    LoopReport {
        output,
        input,
        format: spec.format.name().to_owned(),
        rate: spec.rate,
        channels: spec.channels,
        output_plugins: outcome.output_plugins,
        input_plugins: outcome.input_plugins,
        xruns: outcome.xruns,
        latency_frames,
        latency_ms: latency_frames.map(|frames| milliseconds(spec, frames)),
        measurement: outcome.measurement,
    }
}

fn report(check: &'static str, looks_at: &'static str, finding: Finding) -> CheckReport {
    CheckReport {
        check,
        looks_at,
        finding,
    }
}

fn path(outcome: &PathOutcome, output: &str, input: &str, spec: Spec) -> Finding {
    Finding::ok(format!("'{output}' to '{input}', {spec}")).details([
        format!(
            "plugins of '{output}': {}",
            outcome.output_plugins.join(", ")
        ),
        format!("plugins of '{input}': {}", outcome.input_plugins.join(", ")),
    ])
}

fn milliseconds(spec: Spec, frames: i64) -> f64 {
    (frames as f64 * 100_000.0 / f64::from(spec.rate)).round() / 100.0
}

/// Judges what was measured.
struct PathJudge<'a> {
    outcome: &'a PathOutcome,
    spec: Spec,
    expect: Expect,
}

impl PathJudge<'_> {
    fn found(&self) -> &PathMeasurement {
        &self.outcome.measurement
    }

    fn reports(&self) -> Vec<CheckReport> {
        let mut reports = vec![report(
            "signal",
            "whether the signal arrives, and when",
            self.signal(),
        )];
        if self.found().arrival_frames.is_some() {
            reports.extend([
                report(
                    "channels",
                    "the order of the channels",
                    self.without_gap(self.channels()),
                ),
                report(
                    "level",
                    "the gain of each channel",
                    self.without_gap(self.level()),
                ),
                report("pitch", "the clocks of the two devices", self.pitch()),
                report("bits", "a comparison bit by bit", self.bits()),
                report(
                    "distortion",
                    "THD+N of a sine",
                    self.without_gap(self.distortion()),
                ),
                report("noise", "what is heard in silence", self.noise()),
            ]);
        }
        let worst = reports.iter().map(|report| report.finding.verdict).max();
        if let Some(cause) = self.cause(worst.unwrap_or(Verdict::Ok)) {
            reports.push(report("cause", "what explains the differences", cause));
        }
        reports
    }

    /// A finding that is a problem if at least `expected` is expected of the path, otherwise a note.
    fn unless_expected(&self, expected: Expect, finding: String) -> Finding {
        match self.expect as u8 <= expected as u8 {
            true => Finding::problem(finding),
            false => Finding::note(finding),
        }
    }

    /// What the sines show, unless there is a gap in them.
    fn without_gap(&self, finding: Finding) -> Finding {
        match (self.found().cause, finding.verdict) {
            (PathCause::LostFrames, Verdict::Note | Verdict::Problem) => {
                Finding::unknown("cannot be measured, because frames are missing")
            }
            _ => finding,
        }
    }

    fn signal(&self) -> Finding {
        let finding = match (self.found().cause, self.found().arrival_frames) {
            (PathCause::Silence, _) => Finding::problem("nothing arrives: the input is silent")
                .advise("aloud doctor (muted controls, the wrong input)"),
            (PathCause::OtherSound, _) => Finding::problem("something arrives, but not the signal"),
            (_, None) => Finding::problem("the signal arrives at another pitch"),
            (_, Some(_)) => match self.outcome.latency_frames {
                None => Finding::ok("arrives"),
                Some(frames) => Finding::ok(format!(
                    "arrives {:.1} ms ({}) after the output starts",
                    milliseconds(self.spec, frames),
                    count_signed(frames)
                )),
            },
        };
        match self.outcome.xruns {
            0 => finding,
            xruns => finding.and(Finding::problem(format!(
                "{} during the test",
                count(xruns, "xrun")
            ))),
        }
    }

    fn channels(&self) -> Finding {
        let found = self.found();
        let one = |(to, from): (usize, &Option<usize>)| match from {
            Some(from) if *from == to => None,
            Some(from) => Some(format!("channel {} arrives in {}", from + 1, to + 1)),
            None => Some(format!("nothing arrives in channel {}", to + 1)),
        };
        let mut wrong: Vec<String> = found
            .source_channels
            .iter()
            .enumerate()
            .filter_map(one)
            .collect();
        if let Some(mixed) = found.gains_db.iter().enumerate().find_map(mixed) {
            wrong = vec![mixed];
        }
        let inverted = found
            .inverted
            .iter()
            .filter(|is_inverted| **is_inverted)
            .count();
        let details = found.gains_db.iter().enumerate().map(|(to, row)| {
            let gains = row
                .iter()
                .enumerate()
                .filter_map(|(from, gain)| Some(format!("{} ({:.1} dB)", from + 1, (*gain)?)));
            format!(
                "channel {} receives: {}",
                to + 1,
                gains.collect::<Vec<_>>().join(", ")
            )
        });
        let finding = match wrong.is_empty() {
            false => self.unless_expected(Expect::Clean, wrong.join("; ")),
            true if inverted > 0 => self.unless_expected(
                Expect::Exact,
                format!(
                    "the polarity of {} is inverted",
                    count(inverted as u32, "channel")
                ),
            ),
            true => Finding::ok("every channel arrives where it belongs"),
        };
        finding.details(details)
    }

    fn level(&self) -> Finding {
        let levels = self.found().levels_db();
        let text = each(&levels, "dB");
        let is_changed = levels.iter().flatten().any(|level| level.abs() >= 0.01);
        match is_changed {
            true => self.unless_expected(Expect::Exact, format!("changed: {text}")),
            false => Finding::ok(text),
        }
    }

    fn pitch(&self) -> Finding {
        let found = self.found();
        let Some(ppm) = found.pitch_ppm else {
            return Finding::unknown("no channel has a sine that could be measured");
        };
        let lost = found.lost_frames.unwrap_or_default();
        match found.cause {
            PathCause::AddedSound => Finding::unknown("too much other sound to measure it"),
            PathCause::LostFrames if lost != 0 => {
                let verb = if lost > 0 {
                    "are missing"
                } else {
                    "were inserted"
                };
                Finding::problem(format!("{} {verb} along the way", count_signed(lost.abs())))
            }
            PathCause::LostFrames if found.lost_frames.is_none() => {
                Finding::problem("the end does not arrive")
            }
            PathCause::LostFrames => {
                Finding::problem("some frames arrive as silence, or not at all")
            }
            PathCause::Clocks => self.unless_expected(
                Expect::Exact,
                format!(
                    "the received pitch is off by {ppm:+.1} ppm: the devices have different clocks"
                ),
            ),
            PathCause::Pitch => self.unless_expected(Expect::Clean, pitch_text(ppm)),
            _ => Finding::ok(format!(
                "the same clock ({ppm:+.1} ppm), no frame is missing"
            )),
        }
    }

    fn bits(&self) -> Finding {
        let Some(bits) = &self.found().bits else {
            return Finding::unknown("nothing to compare");
        };
        let Some(first) = &bits.first_difference else {
            return Finding::ok(format!(
                "all bits of {} arrive",
                count(bits.frames, "frame")
            ));
        };
        let BitDifference {
            frame,
            channel_index: channel,
            bit,
            sent,
            received,
        } = first;
        let digits = self.spec.format.physical_bits() as usize / 4;
        let low = bits
            .low_bits
            .map(|low| format!("; only the lowest {} differ", count(low, "bit")));
        let samples = bits.frames * u64::from(self.spec.channels);
        self.unless_expected(
            Expect::Exact,
            format!(
                "first difference in frame {frame}, channel {}, bit {bit} (sent {sent:0digits$x}, received {received:0digits$x}){}",
                channel + 1,
                low.unwrap_or_default()
            ),
        )
        .details([format!("{} of {samples} samples differ", bits.different_samples)])
    }

    fn distortion(&self) -> Finding {
        let all = &self.found().thd_n_db;
        let text = format!("THD+N {}", each(all, "dB"));
        match all.iter().flatten().any(|thd| *thd > CLEAN_THD_N_DB) {
            true => self.unless_expected(Expect::Clean, text),
            false => Finding::ok(text),
        }
    }

    fn noise(&self) -> Finding {
        let all = &self.found().noise_dbfs;
        let text = each(all, "dBFS");
        match all.iter().flatten().copied().fold(SILENCE_DB, f64::max) {
            SILENCE_DB => Finding::ok("digital silence"),
            noise if noise > CLEAN_NOISE_DB => Finding::note(text),
            _ => Finding::ok(text),
        }
    }

    fn cause(&self, worst: Verdict) -> Option<Finding> {
        let (finding, advice) = self.explanation()?;
        let finding = match worst {
            Verdict::Problem => Finding::problem(finding),
            _ => Finding::note(finding),
        };
        Some(finding.advise_all(advice.map(str::to_owned)))
    }

    /// The plugins of both devices that have one of these types.
    fn has_plugin(&self, types: &[&str]) -> bool {
        let PathOutcome {
            output_plugins,
            input_plugins,
            ..
        } = self.outcome;
        let mut all = output_plugins.iter().chain(input_plugins);
        all.any(|plugin| types.contains(plugin))
    }

    /// The cause in words, and what can be done about it.
    fn explanation(&self) -> Option<(String, Option<&'static str>)> {
        let found = self.found();
        let text = match found.cause {
            PathCause::None => return None,
            PathCause::Silence | PathCause::OtherSound => return None,
            PathCause::Route => return Some(self.route()),
            PathCause::Pitch => {
                return Some((
                    "rate: the output plays at another rate than the input records".to_owned(),
                    Some("set the same rate in both devices: aloud info -D DEVICE shows it"),
                ));
            }
            PathCause::Clocks => {
                return Some((
                    "rate: two clocks, so the devices drift apart".to_owned(),
                    Some("aloud loopback follows such a drift"),
                ));
            }
            PathCause::LostFrames => {
                return Some((
                    "lost frames: xruns, or a path that runs too slowly".to_owned(),
                    Some("use a larger buffer: -B 500ms"),
                ));
            }
            PathCause::Gain => return Some(self.gain()),
            PathCause::LowBits => return Some(self.low_bits()),
            PathCause::AddedSound => return Some(self.added_sound()),
            PathCause::Resampling => return Some(self.resampling()),
            PathCause::Filter => {
                let most = found
                    .response_db
                    .iter()
                    .flatten()
                    .copied()
                    .fold(0.0, f64::max);
                format!(
                    "dsp: the gain varies by {most:.1} dB with the frequency (equalizer, filter)"
                )
            }
            PathCause::Distortion => self.nonlinear(),
            PathCause::Unknown => {
                "unknown: the signal arrives, but changed in several ways".to_owned()
            }
        };
        Some((text, None))
    }

    fn route(&self) -> (String, Option<&'static str>) {
        let plugin = match self.has_plugin(&["route", "multi"]) {
            true => "route: a plugin (route or multi) moves or mixes the channels",
            false => "route: the channels are moved or mixed, by a plugin, the mixer or the cables",
        };
        (
            plugin.to_owned(),
            Some("aloud info -v -D DEVICE shows the tables of the plugins"),
        )
    }

    fn gain(&self) -> (String, Option<&'static str>) {
        let level = self
            .found()
            .levels_db()
            .into_iter()
            .flatten()
            .next()
            .unwrap_or_default();
        let who = match self.has_plugin(&["softvol"]) {
            true => "softvol",
            false => "volume",
        };
        let advice = match who {
            "softvol" => "set its control to 0 dB, or use the device behind it",
            _ => "set the volume of the device or server to 100%: aloud mixer set Master 100%",
        };
        (
            format!("{who}: a constant gain of {level:.1} dB, nothing else"),
            Some(advice),
        )
    }

    fn low_bits(&self) -> (String, Option<&'static str>) {
        let bits = self
            .found()
            .bits
            .as_ref()
            .and_then(|bits| bits.low_bits)
            .unwrap_or_default();
        let all = self.spec.format.bits();
        let who = match self.has_plugin(&["dmix", "dsnoop", "dshare"]) {
            true => "dmix",
            false => "format",
        };
        (
            format!(
                "{who}: {} of {all} bits arrive, the lowest {bits} do not",
                all - bits
            ),
            Some("the device behind it has a narrower format: use that (-f S16_LE)"),
        )
    }

    fn added_sound(&self) -> (String, Option<&'static str>) {
        match self.has_plugin(&["dmix", "pulse", "pipewire"]) {
            true => (
                "dmix: sound of other programs is mixed in".to_owned(),
                Some("aloud doctor shows which programs use the device"),
            ),
            false => (
                "noise: the input is analog, or another sound reaches it".to_owned(),
                Some("for an analog path: --expect clean"),
            ),
        }
    }

    fn resampling(&self) -> (String, Option<&'static str>) {
        let text = match self.has_plugin(&["rate"]) {
            true => "rate: a plugin resamples the sound",
            false => "rate: the sound is resampled, or delayed by part of a frame",
        };
        (text.to_owned(), Some("use the rate of the hardware: -r HZ"))
    }

    fn nonlinear(&self) -> String {
        let compression = self.found().compression_db.iter().flatten();
        let most = compression.copied().fold(
            0.0,
            |most: f64, one| if one.abs() > most.abs() { one } else { most },
        );
        match most.abs() > 0.1 {
            true => format!(
                "dsp: loud sound gets {:.1} dB {} gain than quiet sound (compressor, limiter, clipping)",
                most.abs(),
                if most > 0.0 { "less" } else { "more" }
            ),
            false => "dsp: harmonics are added (clipping, overdrive)".to_owned(),
        }
    }
}

/// What a channel receives, if it is more than one channel (above -60 dB).
fn mixed((to, row): (usize, &Vec<Option<f64>>)) -> Option<String> {
    let loudest = row.iter().flatten().copied().fold(SILENCE_DB, f64::max);
    let audible = row
        .iter()
        .enumerate()
        .filter(|(_, gain)| gain.is_some_and(|gain| gain > loudest - 60.0));
    let from: Vec<String> = audible.map(|(from, _)| (from + 1).to_string()).collect();
    (from.len() > 1).then(|| {
        format!(
            "channels are mixed: channel {} receives {}",
            to + 1,
            from.join(" and ")
        )
    })
}

fn pitch_text(ppm: f64) -> String {
    format!(
        "the pitch is {:.4} times that of the signal",
        1.0 + ppm * 1e-6
    )
}

fn count_signed(frames: i64) -> String {
    match frames {
        -1 | 1 => format!("{frames} frame"),
        _ => format!("{frames} frames"),
    }
}

/// `-6.0 dB`, or one value per channel if they differ.
fn each(values: &[Option<f64>], unit: &str) -> String {
    let text = |value: &Option<f64>| match value {
        None => "?".to_owned(),
        Some(value) if *value <= SILENCE_DB => "silence".to_owned(),
        // No sign before zero.
        Some(value) => format!("{:.1}", value + 0.0).replace("-0.0", "0.0"),
    };
    let mut all: Vec<String> = values.iter().map(text).collect();
    let first = all.first().cloned().unwrap_or_default();
    if all.iter().all(|one| *one == first) {
        all.truncate(1);
    }
    format!("{} {unit}", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_shown_once() {
        assert_eq!(each(&[Some(-0.001), Some(0.0)], "dB"), "0.0 dB");
        assert_eq!(each(&[Some(-6.02), None], "dB"), "-6.0, ? dB");
        assert_eq!(each(&[Some(SILENCE_DB)], "dBFS"), "silence dBFS");
    }
}
