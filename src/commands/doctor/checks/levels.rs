//! Muted and zero controls.
//!
//! Controls that all sound goes through (Master, PCM) are a problem if they are silent; of those that lead to one output
//! each (Speaker, Headphone), one that is not silent is enough.

use crate::commands::doctor::facts::{CardMixer, Facts, Tried};
use crate::commands::doctor::finding::{Finding, Verdict};
use aloud::audio::error::Kind;
use aloud::audio::mixer::{ChannelState, DirectionState, Snapshot, SwitchState, VolumeRange};

/// Controls that all played sound goes through.
const PLAYBACK_SERIES: [&str; 7] = [
    "Master", "PCM", "Front", "Digital", "DAC", "Wave", "Playback",
];

/// Controls of one output each.
const OUTPUTS: [&str; 7] = [
    "Speaker",
    "Headphone",
    "Headset",
    "Line Out",
    "Headphone+LO",
    "Bass Speaker",
    "Lineout",
];

/// Controls that all recorded sound goes through.
const CAPTURE_SERIES: [&str; 4] = ["Capture", "ADC", "Digital Capture", "Mic Capture"];

/// A volume this low in dB is hard to hear.
const QUIET_DB: f64 = -45.0;

pub fn playback(facts: &Facts) -> Finding {
    let of_path = |mixer: &&CardMixer| on_output_path(facts, mixer);
    let (path, others): (Vec<_>, Vec<_>) = facts.mixers.iter().partition(of_path);
    let found = path.iter().flat_map(|mixer| silent_playback(facts, mixer));
    let elsewhere = others
        .iter()
        .flat_map(|mixer| silent_playback(facts, mixer))
        .map(|finding| {
            let finding = finding.finding.clone();
            Finding::note(format!("{finding}, which the default device does not use"))
        });
    let found: Vec<Finding> = found.chain(elsewhere).collect();
    let details: Vec<String> = facts
        .mixers
        .iter()
        .flat_map(|mixer| listed(facts, mixer))
        .collect();
    Finding::all(found, nothing_silent(facts, "playback")).details(details)
}

pub fn capture(facts: &Facts) -> Finding {
    let found: Vec<Finding> = facts
        .mixers
        .iter()
        .filter_map(|mixer| silent_capture(facts, mixer))
        .collect();
    Finding::all(found, nothing_silent(facts, "capture"))
}

fn nothing_silent(facts: &Facts, what: &str) -> Finding {
    let failed = facts.mixers.iter().find_map(|mixer| match &mixer.controls {
        Tried::Done(_) => None,
        Tried::Failed(error) if error.kind() == Kind::Permission => {
            Some("the mixer may not be opened: see permissions".to_owned())
        }
        Tried::Failed(error) => Some(error.to_string()),
        Tried::TimedOut => Some("the mixer does not answer".to_owned()),
    });
    let has_controls = facts
        .mixers
        .iter()
        .any(|mixer| mixer.controls.done().is_some_and(|all| !all.is_empty()));
    match failed {
        Some(reason) => Finding::unknown(reason),
        None if !has_controls => Finding::ok("there are no volume controls"),
        None => Finding::ok(format!("no {what} control is muted or at zero")),
    }
}

/// Whether the default output goes through a mixer. A server may use any card that is hardware.
fn on_output_path(facts: &Facts, mixer: &CardMixer) -> bool {
    match (
        mixer.card,
        facts.output.done().map(|output| output.hardware),
    ) {
        (None, _) => true,
        (Some(card), Some(Some((used, _)))) => card == used,
        (Some(card), _) => {
            let held_by_server = facts.used.iter().any(|used| {
                used.card == card && used.holders.iter().any(|holder| facts.is_daemon(holder))
            });
            held_by_server || facts.hardware.cards.len() == 1
        }
    }
}

/// The name of a mixer for sentences, and the option that selects it.
fn names(facts: &Facts, mixer: &CardMixer) -> (String, String) {
    match mixer.card {
        Some(card) => {
            let label = facts.label(card);
            (format!("of {label}"), format!(" -c {label}"))
        }
        None => ("of the sound server".to_owned(), String::new()),
    }
}

fn silent_playback(facts: &Facts, mixer: &CardMixer) -> Vec<Finding> {
    let Some(controls) = mixer.controls.done() else {
        return vec![];
    };
    let series = controls
        .iter()
        .filter(|control| is_one_of(control, &PLAYBACK_SERIES));
    let mut found: Vec<Finding> = series
        .filter_map(|control| silent(facts, mixer, control, control.playback.as_ref()?))
        .collect();
    // Where no name is known, as on some USB devices, each control may be that of the output.
    let is_known =
        |control: &Snapshot| is_one_of(control, &PLAYBACK_SERIES) || is_one_of(control, &OUTPUTS);
    let any_known = controls.iter().any(is_known);
    let outputs: Vec<_> = controls
        .iter()
        .filter(|control| !any_known || is_one_of(control, &OUTPUTS))
        .filter_map(|control| Some((control, control.playback.as_ref()?)))
        .collect();
    let silences: Vec<Finding> = outputs
        .iter()
        .filter_map(|(control, state)| silent(facts, mixer, control, state))
        .filter(|finding| finding.verdict == Verdict::Problem)
        .collect();
    if !outputs.is_empty() && silences.len() == outputs.len() {
        found.extend(silences);
    }
    found
}

fn is_one_of(control: &Snapshot, names: &[&str]) -> bool {
    names.contains(&control.id.name.as_str())
}

/// The finding for a control that lets nothing through, or very little.
fn silent(
    facts: &Facts,
    mixer: &CardMixer,
    control: &Snapshot,
    state: &DirectionState,
) -> Option<Finding> {
    let (of, option) = names(facts, mixer);
    let is_muted = |channel: &ChannelState| channel.switch == SwitchState::Muted(Some(true));
    let muted = all(state, is_muted);
    let zero = all(state, |channel| is_zero(channel, state.range));
    let name = &control.id.name;
    let mut values = vec![];
    let what = match (muted, zero) {
        (true, true) => "is muted and at zero",
        (true, false) => "is muted",
        (false, true) => "is at zero",
        (false, false) => {
            let loudest = state
                .channels
                .iter()
                .filter_map(|channel| channel.db)
                .reduce(f64::max)?;
            return (loudest <= QUIET_DB).then(|| {
                Finding::note(format!("'{name}' {of} is at {loudest:.0} dB"))
                    .advise(format!("aloud mixer set{option} {} 80%", quoted(control)))
            });
        }
    };
    values.extend(muted.then_some("unmute"));
    values.extend(zero.then_some("80%"));
    let advice = format!(
        "aloud mixer set{option} {} {}",
        quoted(control),
        values.join(" ")
    );
    Some(Finding::problem(format!("'{name}' {of} {what}")).advise(advice))
}

fn all(state: &DirectionState, is: impl Fn(&ChannelState) -> bool) -> bool {
    !state.channels.is_empty() && state.channels.iter().all(is)
}

/// Whether a channel is at the minimum of a range that goes down to silence.
fn is_zero(channel: &ChannelState, range: Option<VolumeRange>) -> bool {
    range.is_some_and(|range| range.raw.min < range.raw.max && channel.raw == Some(range.raw.min))
}

/// The control as the command line takes it.
fn quoted(control: &Snapshot) -> String {
    let name = match control.id.index {
        0 => control.id.name.clone(),
        index => format!("{},{index}", control.id.name),
    };
    match name
        .chars()
        .all(|c| c.is_alphanumeric() || "+-_,".contains(c))
    {
        true => name,
        false => format!("'{}'", name.replace('\'', r"'\''")),
    }
}

/// Capture is noted only: many people never record.
fn silent_capture(facts: &Facts, mixer: &CardMixer) -> Option<Finding> {
    let controls = mixer.controls.done()?;
    let names = names(facts, mixer);
    let with_capture = controls
        .iter()
        .filter_map(|control| Some((control, control.capture.as_ref()?)));
    let (series, sources): (Vec<_>, Vec<_>) =
        with_capture.partition(|(control, _)| is_one_of(control, &CAPTURE_SERIES));
    let silent = series
        .iter()
        .find_map(|(control, state)| silent_in_series(control, state, &names));
    silent.or_else(|| none_selected(&sources, &names))
}

fn is_off(channel: &ChannelState) -> bool {
    channel.switch == SwitchState::Recording(Some(false))
}

/// The finding for a control that all recorded sound goes through, if it is off or at zero.
fn silent_in_series(
    control: &Snapshot,
    state: &DirectionState,
    (of, option): &(String, String),
) -> Option<Finding> {
    let off = all(state, is_off);
    let zero = all(state, |one| is_zero(one, state.range));
    if !off && !zero {
        return None;
    }
    let name = &control.id.name;
    let what = if off { "is off" } else { "is at zero" };
    let values = [off.then_some("cap"), zero.then_some("80%")];
    let values: Vec<&str> = values.into_iter().flatten().collect();
    let command = format!(
        "aloud mixer set{option} {} {}",
        quoted(control),
        values.join(" ")
    );
    let finding = Finding::note(format!("'{name}' {of} {what}: it records silence"));
    Some(finding.advise(command))
}

/// The finding for inputs that can be selected, if none of them is.
fn none_selected(
    sources: &[(&Snapshot, &DirectionState)],
    (of, option): &(String, String),
) -> Option<Finding> {
    let selectable: Vec<_> = sources
        .iter()
        .filter(|(_, state)| has_switch(state))
        .collect();
    if !selectable.iter().all(|(_, state)| all(state, is_off)) {
        return None;
    }
    let is_mic = |entry: &&&(&Snapshot, &DirectionState)| entry.0.id.name.starts_with("Mic");
    let (first, _) = selectable.iter().find(is_mic).or(selectable.first())?;
    let names: Vec<&str> = selectable
        .iter()
        .map(|(control, _)| control.id.name.as_str())
        .collect();
    let finding = Finding::note(format!("no input {of} is selected ({})", names.join(", ")));
    Some(finding.advise(format!("aloud mixer set{option} {} cap", quoted(first))))
}

fn has_switch(state: &DirectionState) -> bool {
    state
        .channels
        .iter()
        .any(|channel| matches!(channel.switch, SwitchState::Recording(Some(_))))
}

/// Every control's playback volume, for -v.
fn listed(facts: &Facts, mixer: &CardMixer) -> Vec<String> {
    let (of, _) = names(facts, mixer);
    let controls = mixer.controls.done().into_iter().flatten();
    let line = |control: &Snapshot| {
        let state = control.playback.as_ref()?;
        let first = state.channels.first()?;
        let percent = first
            .percent
            .map_or_else(|| "no volume".to_owned(), |percent| format!("{percent}%"));
        let db = first
            .db
            .map_or_else(String::new, |db| format!(" ({db:.1} dB)"));
        let muted = match first.switch {
            SwitchState::Muted(Some(true)) => ", muted",
            _ => "",
        };
        Some(format!("'{}' {of}: {percent}{db}{muted}", control.id.name))
    };
    controls.filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aloud::audio::mixer::{ControlId, Limits};

    fn state(raw: i64, switch: SwitchState) -> DirectionState {
        let channel = |index| ChannelState {
            channel: String::new(),
            index,
            raw: Some(raw),
            percent: Some(raw),
            mapped_percent: Some(raw),
            db: Some(raw as f64 - 100.0),
            switch,
        };
        DirectionState {
            range: Some(VolumeRange {
                raw: Limits { min: 0, max: 100 },
                db: None,
            }),
            channels: vec![channel(0), channel(1)],
        }
    }

    fn control(
        name: &str,
        playback: Option<DirectionState>,
        capture: Option<DirectionState>,
    ) -> Snapshot {
        Snapshot {
            id: ControlId {
                name: name.to_owned(),
                index: 0,
            },
            volumecap: vec![],
            switchcap: vec![],
            enumeration: None,
            playback,
            capture,
            active: true,
            error: None,
        }
    }

    fn plays(name: &str, raw: i64, muted: bool) -> Snapshot {
        control(
            name,
            Some(state(raw, SwitchState::Muted(Some(muted)))),
            None,
        )
    }

    fn records(name: &str, raw: i64, on: bool) -> Snapshot {
        control(
            name,
            None,
            Some(state(raw, SwitchState::Recording(Some(on)))),
        )
    }

    fn facts(controls: Vec<Snapshot>) -> Facts {
        let mut facts = Facts::healthy();
        facts.mixers.push(CardMixer {
            card: Some(0),
            controls: Tried::Done(controls),
        });
        facts
    }

    #[test]
    fn a_muted_master_is_a_problem_with_the_command_to_unmute_it() {
        let found = playback(&facts(vec![
            plays("Master", 50, true),
            plays("PCM", 90, false),
        ]));
        assert_eq!(found.verdict, Verdict::Problem);
        assert_eq!(found.finding, "'Master' of PCH is muted");
        assert_eq!(found.advice, ["aloud mixer set -c PCH Master unmute"]);
        let found = playback(&facts(vec![plays("Master", 0, true)]));
        assert_eq!(found.advice, ["aloud mixer set -c PCH Master unmute 80%"]);
    }

    #[test]
    fn one_audible_output_is_enough() {
        let both = |speaker, headphone| {
            let controls = vec![
                plays("Speaker", 80, speaker),
                plays("Headphone", 80, headphone),
            ];
            playback(&facts(controls)).verdict
        };
        assert_eq!(both(true, false), Verdict::Ok);
        assert_eq!(both(true, true), Verdict::Problem);
    }

    #[test]
    fn a_control_of_an_unknown_name_counts_if_it_is_alone() {
        let name = "Audio Output Volume Control";
        let found = playback(&facts(vec![plays(name, 80, true)]));
        assert_eq!(found.verdict, Verdict::Problem);
        let advice = format!("aloud mixer set -c PCH '{name}' unmute");
        assert_eq!(found.advice, [advice]);
        let found = playback(&facts(vec![
            plays("Master", 80, false),
            plays(name, 80, true),
        ]));
        assert_eq!(found.verdict, Verdict::Ok);
    }

    #[test]
    fn a_very_low_volume_is_noted() {
        let found = playback(&facts(vec![plays("PCM", 40, false)]));
        assert_eq!(
            (found.verdict, found.finding.as_str()),
            (Verdict::Note, "'PCM' of PCH is at -60 dB")
        );
    }

    #[test]
    fn a_muted_card_that_is_not_used_is_only_noted() {
        let mut facts = facts(vec![plays("Master", 0, true)]);
        facts.mixers[0].card = Some(5);
        assert_eq!(playback(&facts).verdict, Verdict::Note);
    }

    #[test]
    fn capture_that_is_off_is_noted() {
        let found = capture(&facts(vec![records("Capture", 50, false)]));
        assert_eq!((found.verdict, found.advice.len()), (Verdict::Note, 1));
        assert_eq!(found.advice[0], "aloud mixer set -c PCH Capture cap");
        let found = capture(&facts(vec![
            records("Capture", 50, true),
            records("Line", 5, false),
            records("Mic", 5, false),
        ]));
        assert_eq!(found.finding, "no input of PCH is selected (Line, Mic)");
        assert_eq!(found.advice[0], "aloud mixer set -c PCH Mic cap");
        let one = capture(&facts(vec![
            records("Line", 5, false),
            records("Mic", 5, true),
        ]));
        assert_eq!(one.verdict, Verdict::Ok);
    }

    #[test]
    fn a_mixer_that_does_not_open_is_unknown() {
        let mut facts = facts(vec![]);
        facts.mixers[0].controls = Tried::TimedOut;
        assert_eq!(playback(&facts).verdict, Verdict::Unknown);
    }
}
