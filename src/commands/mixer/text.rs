//! Controls as text.

use aloud::audio::mixer::{ChannelState, DirectionState, Enumeration, Snapshot, SwitchState};

/// The width of a volume bar, without its brackets.
const BAR_WIDTH: usize = 10;

/// The control's name, and a line for each channel of each direction: a bar, percent, dB, the raw volume and its range,
/// and the switch. The chosen one of several items is in brackets.
pub fn control(snapshot: &Snapshot) -> String {
    let mut text = snapshot.id.name.clone();
    if snapshot.id.index > 0 {
        text += &format!(",{}", snapshot.id.index);
    }
    if !snapshot.active {
        text += "  (inactive)";
    }
    text.push('\n');
    if let Some(error) = &snapshot.error {
        text += &format!("  {}\n", error.message);
    }
    // A common volume is shown once.
    let common = snapshot
        .volumecap
        .iter()
        .any(|word| ["Volume", "Joined Volume"].contains(word));
    text += &direction("playback", snapshot.playback.as_ref(), true);
    let capture = snapshot.capture.as_ref();
    let shown = capture.filter(|side| !common || has_switch(side));
    text += &direction("capture", shown, !common);
    if let Some(choice) = &snapshot.enumeration {
        text += &items(choice);
    }
    text
}

fn has_switch(side: &DirectionState) -> bool {
    side.channels.iter().any(|channel| state(channel).is_some())
}

fn direction(label: &str, side: Option<&DirectionState>, with_volume: bool) -> String {
    let Some(side) = side else {
        return String::new();
    };
    let range = side.range.filter(|_| with_volume).map(|range| range.raw);
    let width = |range: (i64, i64)| range.0.to_string().len().max(range.1.to_string().len());
    let mut text = String::new();
    for (at, channel) in side.channels.iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        let mut line = format!("  {label:<8}  {:<13}", channel.channel);
        if let Some(range) = range {
            line += &volume(channel, range, width(range));
        }
        if let Some(state) = state(channel) {
            line += &format!("  {state}");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn volume(channel: &ChannelState, (min, max): (i64, i64), width: usize) -> String {
    let (Some(raw), Some(percent)) = (channel.raw, channel.percent) else {
        return String::new();
    };
    let filled = (percent.clamp(0, 100) as usize * BAR_WIDTH + 50) / 100;
    let bar = format!("{}{}", "#".repeat(filled), "-".repeat(BAR_WIDTH - filled));
    let db = match channel.db {
        Some(db) if db <= -99_999.0 => "-inf dB".to_owned(),
        Some(db) => format!("{db:.2} dB"),
        None => String::new(),
    };
    format!("  [{bar}] {percent:>3}%  {db:>10}  {raw:>width$} ({min} to {max})")
}

fn state(channel: &ChannelState) -> Option<&'static str> {
    Some(match channel.switch {
        SwitchState::Muted(muted) if !muted? => "on",
        // Without a volume, the switch turns on something other than sound.
        SwitchState::Muted(_) if channel.raw.is_none() => "off",
        SwitchState::Muted(_) => "muted",
        SwitchState::Recording(recording) if recording? => "recording",
        SwitchState::Recording(_) => "not recording",
    })
}

/// The items. One line, or one per channel if their choices differ.
fn items(choice: &Enumeration) -> String {
    let mut chosen: Vec<&String> = choice.current.iter().collect();
    chosen.dedup();
    let line = |current: &String| {
        let item = |item: &String| match item == current {
            true => format!("[{item}]"),
            false => item.clone(),
        };
        let items: Vec<String> = choice.items.iter().map(item).collect();
        format!("  {}\n", items.join("  "))
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
            control(&snapshot(vec!["Playback Volume", "Capture Volume"])),
            "Master,1  (inactive)\n  \
             playback  Front Left     [###-------]  33%   -30.00 dB    0 (-50 to 100)  muted\n            \
             Front Right    [##########] 100%     0.00 dB  100 (-50 to 100)  on\n  \
             capture   Mono           [----------]   0%   -45.00 dB  -50 (-50 to 100)  not recording\n"
        );
    }

    #[test]
    fn a_common_volume_is_shown_once() {
        let text = control(&snapshot(vec!["Volume"]));
        assert!(
            text.ends_with("\n  capture   Mono           not recording\n"),
            "{text}"
        );
    }

    #[test]
    fn the_chosen_item_is_in_brackets() {
        let choice = |current: &[&str]| Enumeration {
            current: current.iter().map(|item| (*item).to_owned()).collect(),
            items: vec!["Mic".to_owned(), "Line In".to_owned()],
        };
        assert_eq!(
            items(&choice(&["Line In", "Line In"])),
            "  Mic  [Line In]\n"
        );
        assert_eq!(
            items(&choice(&["Mic", "Line In"])),
            "  [Mic]  Line In\n  Mic  [Line In]\n"
        );
    }
}
