//! Controls as text.

use crate::commands::ui::Ui;
use aloud::audio::mixer::{
    ChannelState, DirectionState, Elements, Enumeration, MixerDevice, Snapshot, SwitchState,
};

/// The width of a volume bar, without its brackets.
const BAR_WIDTH: usize = 8;

/// The longest name that is aligned with the others.
const MAX_NAME_WIDTH: usize = 20;

/// The scale of the percentages and bars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PercentScale {
    /// Percent of the raw range.
    Raw,
    /// alsamixer's mapped scale.
    Mapped,
}

impl PercentScale {
    /// The scale for `--mapped`.
    pub fn of(mapped: bool) -> PercentScale {
        match mapped {
            true => PercentScale::Mapped,
            false => PercentScale::Raw,
        }
    }
}

/// Reports which card a mixer belongs to.
pub fn show_card(ui: &Ui, device: &MixerDevice) {
    let card = Elements::open(device.clone()).and_then(|elements| elements.card());
    if let Ok((id, name)) = card {
        ui.note(&format!("mixer of {id} ({name})"));
    }
}

/// The controls: a line for each direction of each, or one for each channel where these differ. A line has the name, a
/// bar, percent, dB, the raw volume and its range, and the switch. The chosen one of several items is in brackets.
pub fn controls(snapshots: &[Snapshot], scale: PercentScale) -> String {
    let names: Vec<String> = snapshots.iter().map(name).collect();
    let widths = names.iter().map(|name| name.chars().count());
    let width = widths.max().unwrap_or_default().min(MAX_NAME_WIDTH);
    let mut text = String::new();
    for (snapshot, name) in snapshots.iter().zip(&names) {
        let lines = lines(snapshot, scale);
        let sides = [&snapshot.playback, &snapshot.capture];
        if sides.into_iter().flatten().any(has_different_channels) || lines.is_empty() {
            text += &format!("{name}\n");
            text.extend(lines.iter().map(|line| format!("  {}\n", line.trim_end())));
            continue;
        }
        for (at, line) in lines.iter().enumerate() {
            let name = if at == 0 { name.as_str() } else { "" };
            text += format!("{name:<width$}  {line}").trim_end();
            text.push('\n');
        }
    }
    text
}

/// Whether the channels of a direction have different volumes or switches.
fn has_different_channels(side: &DirectionState) -> bool {
    let values = |channel: &ChannelState| (channel.raw, channel.switch);
    let mut all = side.channels.iter().map(values);
    let first = all.next();
    all.any(|other| Some(other) != first)
}

fn name(snapshot: &Snapshot) -> String {
    match snapshot.id.index {
        0 => snapshot.id.name.clone(),
        index => format!("{},{index}", snapshot.id.name),
    }
}

/// The lines of one control, without its name.
fn lines(snapshot: &Snapshot, scale: PercentScale) -> Vec<String> {
    let mut lines = Vec::new();
    if !snapshot.active {
        lines.push("(inactive)".to_owned());
    }
    lines.extend(snapshot.error.iter().map(|error| error.message.clone()));
    // A common volume is shown once.
    let common = snapshot
        .volumecap
        .iter()
        .any(|word| ["Volume", "Joined Volume"].contains(word));
    let mut sides = direction("play", snapshot.playback.as_ref(), true, scale);
    let capture = snapshot.capture.as_ref();
    let shown = capture.filter(|side| !common || has_switch(side));
    let capture = direction("rec", shown, !common, scale);
    match (&mut sides[..], &capture[..]) {
        // Only the switch is separate, so it fits beside the volume.
        ([volume], [switch]) if common => {
            *volume += &format!(
                ", {}",
                switch.split_whitespace().collect::<Vec<_>>().join(" ")
            );
        }
        _ => sides.extend(capture),
    }
    lines.extend(sides);
    lines.extend(snapshot.enumeration.iter().flat_map(items));
    lines
}

fn has_switch(side: &DirectionState) -> bool {
    side.channels.iter().any(|channel| state(channel).is_some())
}

fn direction(
    label: &str,
    side: Option<&DirectionState>,
    with_volume: bool,
    scale: PercentScale,
) -> Vec<String> {
    let Some(side) = side else {
        return vec![];
    };
    let range = side.range.filter(|_| with_volume).map(|range| range.raw);
    let all = side.channels.iter().map(|channel| {
        let volume = range.map(|range| volume(channel, range, scale));
        let state = state(channel).unwrap_or_default();
        let text = format!("{}{state}", volume.unwrap_or_default());
        (channel.channel.as_str(), text.trim_end().to_owned())
    });
    match has_different_channels(side) {
        true => all
            .map(|(channel, text)| format!("{label:<4}  {channel:<13}  {text}"))
            .collect(),
        false => all
            .take(1)
            .map(|(_, text)| format!("{label:<4}  {text}"))
            .collect(),
    }
}

/// `[###-----]  40%  -12.00 dB  25 of 63  `, in columns of fixed width.
fn volume(channel: &ChannelState, range: (i64, i64), scale: PercentScale) -> String {
    let percent = match scale {
        PercentScale::Raw => channel.percent,
        PercentScale::Mapped => channel.mapped_percent,
    };
    let (Some(raw), Some(percent)) = (channel.raw, percent) else {
        return String::new();
    };
    let filled = (percent.clamp(0, 100) as usize * BAR_WIDTH + 50) / 100;
    let bar = format!("{}{}", "#".repeat(filled), "-".repeat(BAR_WIDTH - filled));
    let db = match channel.db {
        Some(db) if db <= -99_999.0 => "-inf dB".to_owned(),
        Some(db) => format!("{db:.2} dB"),
        None => String::new(),
    };
    let raw = raw_text(raw, range);
    format!("[{bar}] {percent:>3}%  {db:>9}  {raw:<14}  ")
}

/// `25 of 63`, or `25 (-50..100)` for a range that does not start at 0.
pub fn raw_text(raw: i64, (min, max): (i64, i64)) -> String {
    match min {
        0 => format!("{raw} of {max}"),
        _ => format!("{raw} ({min}..{max})"),
    }
}

fn state(channel: &ChannelState) -> Option<&'static str> {
    Some(match channel.switch {
        SwitchState::Muted(muted) if !muted? => "on",
        // Without a volume, the switch turns on something other than sound.
        SwitchState::Muted(_) if channel.raw.is_none() => "off",
        SwitchState::Muted(_) => "muted",
        SwitchState::Recording(recording) if recording? => "on",
        SwitchState::Recording(_) => "off",
    })
}

/// The items. One line, or one per channel if their choices differ.
fn items(choice: &Enumeration) -> Vec<String> {
    let mut chosen: Vec<&String> = choice.current.iter().collect();
    chosen.dedup();
    let line = |current: &String| {
        let item = |item: &String| match item == current {
            true => format!("[{item}]"),
            false => item.clone(),
        };
        let items: Vec<String> = choice.items.iter().map(item).collect();
        items.join("  ")
    };
    chosen.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aloud::audio::mixer::{ControlId, VolumeRange};

    fn channel(name: &str, raw: Option<i64>, switch: SwitchState) -> ChannelState {
        ChannelState {
            channel: name.to_owned(),
            index: 0,
            raw,
            percent: raw.map(|raw| (raw + 50) * 100 / 150),
            mapped_percent: raw,
            db: raw.map(|raw| raw as f64 * 0.3 - 30.0),
            switch,
        }
    }

    fn snapshot(volumecap: Vec<&'static str>) -> Snapshot {
        let range = VolumeRange {
            raw: (-50, 100),
            db: Some((-45.0, 0.0)),
        };
        Snapshot {
            id: ControlId {
                name: "Master".to_owned(),
                index: 1,
            },
            volumecap,
            switchcap: vec![],
            enumeration: None,
            playback: Some(DirectionState {
                range: Some(range),
                channels: vec![
                    channel("Front Left", Some(0), SwitchState::Muted(Some(true))),
                    channel("Front Right", Some(100), SwitchState::Muted(Some(false))),
                ],
            }),
            capture: Some(DirectionState {
                range: Some(range),
                channels: vec![channel(
                    "Mono",
                    Some(-50),
                    SwitchState::Recording(Some(false)),
                )],
            }),
            active: false,
            error: None,
        }
    }

    #[test]
    fn a_control_is_shown_in_columns() {
        assert_eq!(
            controls(
                &[snapshot(vec!["Playback Volume", "Capture Volume"])],
                PercentScale::Raw
            ),
            "Master,1\n  (inactive)\n  \
             play  Front Left     [###-----]  33%  -30.00 dB  0 (-50..100)    muted\n  \
             play  Front Right    [########] 100%    0.00 dB  100 (-50..100)  on\n  \
             rec   [--------]   0%  -45.00 dB  -50 (-50..100)  off\n"
        );
    }

    #[test]
    fn equal_channels_share_a_line_in_the_scale_asked_for() {
        let mut one = snapshot(vec!["Playback Volume"]);
        (one.id.index, one.active, one.capture) = (0, true, None);
        let side = one.playback.as_mut().unwrap();
        side.range.as_mut().unwrap().raw = (0, 63);
        side.channels[0] = channel("Front Left", Some(50), SwitchState::Muted(None));
        side.channels[1] = side.channels[0].clone();
        let mut other = one.clone();
        other.id.name = "Mic Boost".to_owned();
        other.playback.as_mut().unwrap().channels.truncate(1);
        other.playback.as_mut().unwrap().channels[0].db = None;
        assert_eq!(
            controls(&[one, other], PercentScale::Mapped),
            "Master     play  [####----]  50%  -15.00 dB  50 of 63\n\
             Mic Boost  play  [####----]  50%             50 of 63\n"
        );
    }

    #[test]
    fn a_common_volume_is_shown_once() {
        let text = controls(&[snapshot(vec!["Volume"])], PercentScale::Raw);
        assert!(text.ends_with("  rec   off\n"), "{text}");
    }

    #[test]
    fn the_chosen_item_is_in_brackets() {
        let choice = |current: &[&str]| Enumeration {
            current: current.iter().map(|item| (*item).to_owned()).collect(),
            items: vec!["Mic".to_owned(), "Line In".to_owned()],
        };
        assert_eq!(items(&choice(&["Line In", "Line In"])), ["Mic  [Line In]"]);
        assert_eq!(
            items(&choice(&["Mic", "Line In"])),
            ["[Mic]  Line In", "Mic  [Line In]"]
        );
    }
}
