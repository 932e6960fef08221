//! `aloud mixer watch`: reports changes as they happen.

use super::element::is_element_id;
use crate::commands::{
    Exit, Result,
    args::{CtlArgs, OnLostArgs},
    server_timeout::{self, TIMEOUT},
    signals::StopSignal,
    ui::Ui,
};
use aloud::audio::direction::Direction;
use aloud::audio::error::{self, Error, Kind};
use aloud::audio::mixer::{
    ChangedValue, ControlId, ElementKey, ElementSelector, ElementValues, MixerEvent, ValueChange,
    VolumeRange, VolumeValue, Watch, WatchWake,
};
use aloud::audio::transfer::OnLost;
use aloud::audio::{CtlAnswer, watch_ctl_calls};
use schemars::JsonSchema;
use serde::Serialize;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Report changes of a mixer's controls until interrupted
///
/// Prints one line for each change of a control, with the old and the new value, and for each control that is added or
/// removed. If the card is unplugged or the sound server ends, it fails; --on-lost wait waits until it is back, and
/// reports what has changed meanwhile. It also waits for a sound server that is not running yet.
///
/// Also reports elements that are not part of a control (those of PCM devices and digital connections). Other elements
/// can be given by their IDs.
///
/// With --json: one object per line: start, change, new, gone, element (with from and to), lost, back, end.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The controls to watch [default: all]
    #[arg(value_name = "CONTROL")]
    controls: Vec<String>,
    #[command(flatten)]
    ctl: CtlArgs,
    #[command(flatten)]
    on_lost: OnLostArgs,
}

/// How often a sound server that is not running yet is looked for.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

const EXAMPLES: &str = "\
Examples:
  aloud mixer watch
      report all changes of the default mixer
  aloud mixer watch Master -c PCH --json
      report changes of one control of a card as JSON
  aloud mixer watch -c USB --on-lost wait
      follow a card that is unplugged and comes back";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let (ids, names): (Vec<String>, Vec<String>) =
        (args.controls.iter().cloned()).partition(|control| is_element_id(control));
    let selectors = ids.iter().map(|id| ElementSelector::parse(id));
    let selectors = selectors.collect::<error::Result<Vec<_>>>()?;
    let stuck = Arc::default();
    let stop = StopSignal::unless(&stuck)?;
    watch_answers(ui, args.on_lost.on_lost, stuck)?;
    let stdout = io::stdout();
    let Some(mut watch) = open_or_wait(ui, &args, &names, &selectors, &stop)? else {
        return end(ui, &stop);
    };
    print(ui, &watch.start())?;
    while stop.signal().is_none() {
        let events = watch.events();
        let error = given_up(&watch, args.on_lost.on_lost);
        for event in events {
            // As text, the error says it.
            if ui.json() || error.is_none() {
                print(ui, &event)?;
            }
        }
        if let Some(error) = error {
            return Err(error.into());
        }
        if watch.wait(stop.descriptor(), stdout.as_fd())? == WatchWake::OutputClosed {
            return Ok(Exit::Done);
        }
    }
    end(ui, &stop)
}

/// Reports the signal that ended it.
fn end(ui: &Ui, stop: &StopSignal) -> Result {
    if ui.json() {
        ui.document(&WatchEnd::End { why: stop.name() })?;
    }
    Ok(stop.signal().map_or(Exit::Done, Exit::Signal))
}

/// Opens the mixer. With `--on-lost wait`, a sound server that is not running yet is waited for; `None` after a signal.
fn open_or_wait(
    ui: &Ui,
    args: &Args,
    names: &[String],
    selectors: &[ElementSelector],
    stop: &StopSignal,
) -> Result<Option<Watch>> {
    let (on_lost, since, mut lost) = (args.on_lost.on_lost, Instant::now(), None);
    while stop.signal().is_none() {
        match Watch::new(args.ctl.mixer_device()?, names, selectors) {
            Err(error)
                if error.is_without_server()
                    && (on_lost.limit()).is_none_or(|limit| since.elapsed() < limit) =>
            {
                if lost.is_none() {
                    let device = error.device_name().unwrap_or_default().to_owned();
                    lost = Some(device.clone());
                    print(ui, &MixerEvent::Lost { device })?;
                }
                std::thread::sleep(RETRY_INTERVAL);
            }
            opened => {
                let watch = opened?;
                if let Some(device) = lost {
                    print(ui, &MixerEvent::Back { device })?;
                }
                return Ok(Some(watch));
            }
        }
    }
    Ok(None)
}

/// The last event.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum WatchEnd {
    /// Watching has ended.
    End {
        /// The signal that ended it.
        why: Option<&'static str>,
    },
}

/// What happens if a sound server does not answer: an error, or `--on-lost wait`. While this process waits in a call,
/// signals end it.
fn watch_answers(ui: &Ui, on_lost: OnLost, stuck: Arc<AtomicBool>) -> Result<()> {
    if on_lost == OnLost::Fail {
        server_timeout::limit_mixer_calls(ui)?;
        return Ok(());
    }
    let (ui, mut lost) = (ui.another(), None);
    watch_ctl_calls(TIMEOUT, move |answer| match answer {
        CtlAnswer::None(error, time) => {
            if lost.is_none() {
                let device = error.device_name().unwrap_or_default().to_owned();
                let _ = print(&ui, &MixerEvent::Lost { device });
                lost = error.device_name().map(str::to_owned);
            }
            if let Some(limit) = on_lost.limit().filter(|limit| time >= *limit) {
                ui.error(&not_back(error.clone(), limit));
                std::process::exit(error.kind().exit_status().into());
            }
            stuck.store(true, Relaxed);
        }
        CtlAnswer::Late => {
            stuck.store(false, Relaxed);
            if let Some(device) = lost.take() {
                let _ = print(&ui, &MixerEvent::Back { device });
            }
        }
    })?;
    Ok(())
}

/// The error for a mixer that went away and did not come back in time.
fn not_back(error: Error, limit: Duration) -> Error {
    let seconds = limit.as_secs_f64();
    let message = format!("{error} and did not come back within {seconds} s");
    error.restated(Kind::Disconnected, message)
}

/// The error if the mixer is gone and is not waited for any longer.
fn given_up(watch: &Watch, on_lost: OnLost) -> Option<Error> {
    let gone = watch.lost_for()?;
    let limit = on_lost.limit()?;
    let error = watch.disconnected();
    match limit.is_zero() {
        true => Some(error),
        false if gone < limit => None,
        false => Some(not_back(error, limit)),
    }
}

fn print(ui: &Ui, event: &MixerEvent) -> Result<()> {
    if ui.json() {
        ui.document(event)?;
        return Ok(());
    }
    match event {
        MixerEvent::Start { device, .. } => ui.note(&format!("Watching '{device}'")),
        MixerEvent::Change { id, changes, .. } => {
            let changes: Vec<_> = grouped(changes).iter().map(change_text).collect();
            ui.text(&format!("{}: {}", control_name(id), changes.join("; ")))?;
        }
        MixerEvent::New { id, .. } => ui.text(&format!("{}: new", control_name(id)))?,
        MixerEvent::Gone { id } => ui.text(&format!("{}: gone", control_name(id)))?,
        MixerEvent::Element { id, from, to } => {
            let text = format!(
                "{}: {} -> {}",
                element_id(id),
                values_text(from.as_ref()),
                values_text(to.as_ref())
            );
            ui.text(&text)?;
        }
        MixerEvent::Lost { device } => ui.text(&format!("'{device}' went away"))?,
        MixerEvent::Back { device } => ui.text(&format!("'{device}' is back"))?,
    }
    Ok(())
}

fn control_name(id: &ControlId) -> String {
    match id.index {
        0 => id.name.clone(),
        index => format!("{},{index}", id.name),
    }
}

/// An element's id in amixer's syntax.
fn element_id(id: &ElementKey) -> String {
    let mut text = format!("iface={},name='{}'", id.iface, id.name);
    let numbers = [
        ("index", id.index),
        ("device", id.device),
        ("subdevice", id.subdevice),
    ];
    for (key, number) in numbers.iter().filter(|(_, number)| *number > 0) {
        text += &format!(",{key}={number}");
    }
    text
}

/// An element's values, separated by commas.
fn values_text(values: Option<&ElementValues>) -> String {
    fn joined(all: impl Iterator<Item = impl ToString>) -> String {
        let words: Vec<String> = all.map(|value| value.to_string()).collect();
        words.join(",")
    }
    match values {
        None => "none".to_owned(),
        Some(ElementValues::Boolean(all)) => {
            joined(all.iter().map(|on| if *on { "on" } else { "off" }))
        }
        Some(ElementValues::Integer(all) | ElementValues::Integer64(all)) => joined(all.iter()),
        Some(ElementValues::Enumerated(all)) => joined(all.iter()),
        Some(ElementValues::Bytes(all)) => joined(all.iter()),
        Some(ElementValues::Iec958(all)) => joined(all.iter()),
    }
}

/// Groups the channels that changed from and to the same values.
fn grouped(changes: &[ValueChange]) -> Vec<(Vec<&str>, &ValueChange)> {
    let mut groups: Vec<(Vec<&str>, &ValueChange)> = Vec::new();
    for change in changes {
        let is_same = |(_, known): &&mut (Vec<&str>, &ValueChange)| {
            (known.value, known.direction, &known.from, &known.to)
                == (change.value, change.direction, &change.from, &change.to)
        };
        let channel = change.channel.as_deref();
        match groups.iter_mut().find(is_same) {
            Some((channels, _)) => channels.extend(channel),
            None => groups.push((channel.into_iter().collect(), change)),
        }
    }
    groups
}

fn change_text((channels, change): &(Vec<&str>, &ValueChange)) -> String {
    let direction = match change.direction {
        Some(Direction::Playback) => "playback ",
        Some(Direction::Capture) => "capture ",
        None => "",
    };
    let mut subject = format!("{direction}{}", channels.join(", "));
    if !subject.is_empty() && !subject.ends_with(' ') {
        subject.push(' ');
    }
    let what = match change.value {
        "volume" | "muted" | "recording" => "",
        "enum" => "item ",
        other => &format!("{other} "),
    };
    let text = |value| value_text(change.value, value);
    format!(
        "{subject}{what}{} -> {}",
        text(&change.from),
        text(&change.to)
    )
}

fn value_text(what: &str, value: &ChangedValue) -> String {
    match (what, value) {
        (_, ChangedValue::Volume(volume)) => volume_text(volume),
        ("muted", ChangedValue::Switch(Some(muted))) => {
            if *muted { "muted" } else { "on" }.to_owned()
        }
        ("recording", ChangedValue::Switch(Some(on))) => {
            if *on { "recording" } else { "not recording" }.to_owned()
        }
        (_, ChangedValue::Switch(Some(on))) => on.to_string(),
        (_, ChangedValue::Items(Some(items))) => {
            let mut items: Vec<_> = items.iter().map(|item| format!("'{item}'")).collect();
            items.dedup();
            items.join(",")
        }
        (_, ChangedValue::Range(Some(VolumeRange { raw, .. }))) => {
            format!("{} to {}", raw.min, raw.max)
        }
        (_, ChangedValue::Error(Some(error))) => error.message.clone(),
        _ => "none".to_owned(),
    }
}

fn volume_text(volume: &VolumeValue) -> String {
    let number = |value: Option<i64>| value.map_or("?".to_owned(), |value| value.to_string());
    let db = match volume.db {
        Some(db) if db <= -99_999.0 => ", -inf dB".to_owned(),
        Some(db) => format!(", {db:.2} dB"),
        None => String::new(),
    };
    format!("{}% ({}{db})", number(volume.percent), number(volume.raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(channel: &str, from: i64, to: i64) -> ValueChange {
        let volume = |raw: i64| {
            ChangedValue::Volume(VolumeValue {
                raw: Some(raw),
                percent: Some(raw),
                mapped_percent: None,
                db: Some(-0.5 * raw as f64),
            })
        };
        ValueChange {
            value: "volume",
            direction: Some(Direction::Playback),
            channel: Some(channel.to_owned()),
            from: volume(from),
            to: volume(to),
        }
    }

    fn text(changes: &[ValueChange]) -> Vec<String> {
        grouped(changes).iter().map(change_text).collect()
    }

    #[test]
    fn channels_with_the_same_change_are_grouped() {
        assert_eq!(
            text(&[
                volume("Front Left", 1, 2),
                volume("Front Right", 1, 2),
                volume("Woofer", 1, 3)
            ]),
            [
                "playback Front Left, Front Right 1% (1, -0.50 dB) -> 2% (2, -1.00 dB)",
                "playback Woofer 1% (1, -0.50 dB) -> 3% (3, -1.50 dB)"
            ]
        );
    }

    #[test]
    fn items_and_switches_are_words() {
        let items = |item: &str| ChangedValue::Items(Some(vec![item.to_owned(); 2]));
        let switch = |on| ChangedValue::Switch(Some(on));
        let change = |value, from, to| ValueChange {
            value,
            direction: None,
            channel: None,
            from,
            to,
        };
        assert_eq!(
            text(&[change("enum", items("Mic"), items("Line"))]),
            ["item 'Mic' -> 'Line'"]
        );
        assert_eq!(
            text(&[change("muted", switch(false), switch(true))]),
            ["on -> muted"]
        );
        assert_eq!(
            text(&[change("active", switch(false), switch(true))]),
            ["active false -> true"]
        );
    }
}
