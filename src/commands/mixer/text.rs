//! Controls as text.

use crate::commands::ui::Ui;
use aloud::audio::mixer::{
    ChannelState, DirectionState, Elements, Enumeration, Limits, MixerDevice, Snapshot, SwitchState,
};
use std::fmt::Display;

/// The width of a volume bar, without its brackets. It is less where the line would be too long, and a bar below the
/// minimum is left out.
const BAR_WIDTH: usize = 8;
const MIN_BAR_WIDTH: usize = 3;

/// The longest line, unless a name or an item is very long. A narrower terminal makes it shorter.
const MAX_LINE_WIDTH: usize = 80;

/// The percentage of the other scale is shown from this difference on.
const MIN_SCALE_DIFFERENCE: u64 = 10;

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
/// bar, percent, dB, the raw volume and its range, and the switch, in columns. The percentage of the other scale is added
/// where it differs much. The chosen one of several items is in brackets. On a terminal with too few `columns`, the bar,
/// the other percentage, the raw volume and dB are left out, in this order.
pub fn controls(snapshots: &[Snapshot], scale: PercentScale, columns: Option<usize>) -> String {
    let widths = snapshots.iter().map(|one| name(one).chars().count());
    let width = widths.max().unwrap_or_default().min(MAX_NAME_WIDTH);
    let lines = |snapshot| control_lines(snapshot, scale, width);
    let lines: Vec<ControlLine> = snapshots.iter().flat_map(lines).collect();
    let columns = Columns::of(&lines, columns);
    lines.iter().map(|line| columns.text(line)).collect()
}

/// A line of a control: what it starts with, a volume, and what follows.
struct ControlLine {
    start: String,
    volume: Option<VolumeCells>,
    end: String,
}

/// A volume, as it is shown in columns.
struct VolumeCells {
    percent: i64,
    /// The percentage of the other scale, with the name of that scale.
    other: String,
    db: String,
    raw: String,
}

/// The widths of the columns.
struct Columns {
    start: usize,
    bar: usize,
    other: usize,
    db: usize,
    raw: usize,
}

impl Columns {
    fn of(lines: &[ControlLine], max_width: Option<usize>) -> Columns {
        let widest = |width: &dyn Fn(&ControlLine, &VolumeCells) -> usize| {
            let widths = lines
                .iter()
                .filter_map(|line| Some(width(line, line.volume.as_ref()?)));
            widths.max().unwrap_or_default()
        };
        let mut columns = Columns {
            start: widest(&|line, _| line.start.chars().count()),
            bar: 0,
            other: widest(&|_, cells| cells.other.chars().count()),
            db: widest(&|_, cells| cells.db.chars().count()),
            raw: widest(&|_, cells| cells.raw.chars().count()),
        };
        let end = widest(&|line, _| line.end.chars().count());
        // The bar is made of what the other columns leave.
        let max = max_width.map_or(MAX_LINE_WIDTH, |width| width.min(MAX_LINE_WIDTH));
        let room = max.saturating_sub(columns.without_bar() + end + "[] ".len());
        columns.bar = match room {
            0..MIN_BAR_WIDTH => 0,
            room => room.min(BAR_WIDTH),
        };
        if max_width.is_some() {
            columns.hide_until(max.saturating_sub(end));
        }
        columns
    }

    fn without_bar(&self) -> usize {
        self.start + "100%".len() + self.after_percent("", "", "").len()
    }

    /// Leaves out columns until the others take at most `max`.
    fn hide_until(&mut self, max: usize) {
        let columns: [fn(&mut Columns) -> &mut usize; 3] =
            [|all| &mut all.other, |all| &mut all.raw, |all| &mut all.db];
        for width in columns {
            if self.without_bar() > max {
                *width(self) = 0;
            }
        }
    }

    fn text(&self, line: &ControlLine) -> String {
        let mut text = match &line.volume {
            None => line.start.clone(),
            Some(cells) => {
                let bar = self.bar(cells.percent);
                let rest = self.after_percent(&cells.other, &cells.db, &cells.raw);
                let (start, width) = (&line.start, self.start);
                format!("{start:<width$}{bar}{:>3}%{rest}", cells.percent)
            }
        };
        text += &line.end;
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }

    /// The columns between percent and the end, those that have a width.
    fn after_percent(&self, other: &str, db: &str, raw: &str) -> String {
        let mut text = String::new();
        if self.other > 0 {
            text += &format!("  {other:<width$}", width = self.other);
        }
        if self.db > 0 {
            text += &format!("  {db:>width$}", width = self.db);
        }
        if self.raw > 0 {
            text += &format!("  {raw:<width$}", width = self.raw);
        }
        text + "  "
    }

    fn bar(&self, percent: i64) -> String {
        if self.bar == 0 {
            return String::new();
        }
        let filled = (percent.clamp(0, 100) as usize * self.bar + 50) / 100;
        format!("[{}{}] ", "#".repeat(filled), "-".repeat(self.bar - filled))
    }
}

impl ControlLine {
    fn text(text: String) -> ControlLine {
        ControlLine {
            start: String::new(),
            volume: None,
            end: text,
        }
    }

    fn after(mut self, start: &str) -> ControlLine {
        self.start.insert_str(0, start);
        self
    }
}

/// The lines of one control. Its name is in the first of them, or above them if its channels differ.
fn control_lines(snapshot: &Snapshot, scale: PercentScale, width: usize) -> Vec<ControlLine> {
    let name = name(snapshot);
    let lines = lines(snapshot, scale);
    let sides = [&snapshot.playback, &snapshot.capture];
    if sides.into_iter().flatten().any(has_different_channels) || lines.is_empty() {
        let first = ControlLine::text(name);
        let rest = lines.into_iter().map(|line| line.after("  "));
        return std::iter::once(first).chain(rest).collect();
    }
    let starts = std::iter::once(name.as_str()).chain(std::iter::repeat(""));
    let lines = lines.into_iter().zip(starts);
    lines
        .map(|(line, start)| line.after(&format!("{start:<width$}  ")))
        .collect()
}

/// Whether the channels of a direction have different volumes or switches.
fn has_different_channels(side: &DirectionState) -> bool {
    let values = |channel: &ChannelState| (channel.raw, channel.switch);
    let mut all = side.channels.iter().map(values);
    let first = all.next();
    all.any(|other| Some(other) != first)
}

/// The name of a control, with its index if it is not 0.
pub fn name(snapshot: &Snapshot) -> String {
    match snapshot.id.index {
        0 => snapshot.id.name.clone(),
        index => format!("{},{index}", snapshot.id.name),
    }
}

/// The lines of one control, without its name.
fn lines(snapshot: &Snapshot, scale: PercentScale) -> Vec<ControlLine> {
    let mut lines = Vec::new();
    if !snapshot.active {
        lines.push(ControlLine::text("(inactive)".to_owned()));
    }
    let error = snapshot.error.iter();
    lines.extend(error.map(|error| ControlLine::text(error.message.clone())));
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
            let separator = if volume.end.is_empty() { "" } else { ", " };
            volume.end += &format!("{separator}rec {}", switch.end);
        }
        _ => sides.extend(capture),
    }
    lines.extend(sides);
    let items = snapshot.enumeration.iter().flat_map(items);
    lines.extend(items.map(ControlLine::text));
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
) -> Vec<ControlLine> {
    let Some(side) = side else {
        return vec![];
    };
    let range = side.range.filter(|_| with_volume).map(|range| range.raw);
    let is_different = has_different_channels(side);
    let line = |channel: &ChannelState| ControlLine {
        start: match is_different {
            true => format!("{label:<4}  {:<13}  ", channel.channel),
            false => format!("{label:<4}  "),
        },
        volume: range.and_then(|range| volume(channel, range, scale)),
        end: state(channel).unwrap_or_default().to_owned(),
    };
    let shown = if is_different { side.channels.len() } else { 1 };
    side.channels.iter().take(shown).map(line).collect()
}

fn volume(channel: &ChannelState, range: Limits<i64>, scale: PercentScale) -> Option<VolumeCells> {
    let (linear, mapped) = (channel.percent?, channel.mapped_percent?);
    let (percent, other, name) = match scale {
        PercentScale::Raw => (linear, mapped, "map"),
        PercentScale::Mapped => (mapped, linear, "raw"),
    };
    let differs = percent.abs_diff(other) >= MIN_SCALE_DIFFERENCE;
    Some(VolumeCells {
        percent,
        other: match differs {
            true => format!("{name} {other}%"),
            false => String::new(),
        },
        db: match channel.db {
            Some(db) if db <= -99_999.0 => "-inf dB".to_owned(),
            Some(db) => format!("{db:.2} dB"),
            None => String::new(),
        },
        raw: raw_text(channel.raw?, range),
    })
}

/// `25 of 63`, or `25 (-50..100)` for a range that does not start at 0.
pub fn raw_text(raw: impl Display, range: Limits<i64>) -> String {
    let Limits { min, max } = range;
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
            mapped_percent: raw.map(|raw| (raw + 50) * 100 / 150),
            db: raw.map(|raw| raw as f64 * 0.3 - 30.0),
            switch,
        }
    }

    fn snapshot(volumecap: Vec<&'static str>) -> Snapshot {
        let range = VolumeRange {
            raw: (-50, 100).into(),
            db: Some((-45.0, 0.0).into()),
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
                PercentScale::Raw,
                None
            ),
            "Master,1\n  (inactive)\n  \
             play  Front Left     [###-----]  33%  -30.00 dB  0 (-50..100)    muted\n  \
             play  Front Right    [########] 100%    0.00 dB  100 (-50..100)  on\n  \
             rec                  [--------]   0%  -45.00 dB  -50 (-50..100)  off\n"
        );
    }

    #[test]
    fn equal_channels_share_a_line_in_the_scale_asked_for() {
        let mut one = snapshot(vec!["Playback Volume"]);
        (one.id.index, one.active, one.capture) = (0, true, None);
        let side = one.playback.as_mut().unwrap();
        side.range.as_mut().unwrap().raw = (0, 63).into();
        side.channels[0] = channel("Front Left", Some(50), SwitchState::Muted(None));
        side.channels[1] = side.channels[0].clone();
        let mut other = one.clone();
        other.id.name = "Mic Boost".to_owned();
        other.playback.as_mut().unwrap().channels.truncate(1);
        other.playback.as_mut().unwrap().channels[0].db = None;
        for channel in &mut one.playback.as_mut().unwrap().channels {
            channel.mapped_percent = Some(50);
        }
        assert_eq!(
            controls(&[one.clone(), other.clone()], PercentScale::Mapped, None),
            "Master     play  [####----]  50%  raw 66%  -15.00 dB  50 of 63\n\
             Mic Boost  play  [#####---]  66%                      50 of 63\n"
        );
        assert_eq!(
            controls(&[one, other.clone()], PercentScale::Raw, None),
            "Master     play  [#####---]  66%  map 50%  -15.00 dB  50 of 63\n\
             Mic Boost  play  [#####---]  66%                      50 of 63\n"
        );
        // A column that no line needs is left out.
        assert_eq!(
            controls(&[other], PercentScale::Raw, None),
            "Mic Boost  play  [#####---]  66%  50 of 63\n"
        );
    }

    #[test]
    fn the_bar_is_shorter_where_a_line_would_be_too_long() {
        let mut long = snapshot(vec!["Playback Volume"]);
        (long.id.index, long.active, long.capture) = (0, true, None);
        let side = long.playback.as_mut().unwrap();
        side.range.as_mut().unwrap().raw = (0, 65536).into();
        side.channels = vec![ChannelState {
            percent: Some(80),
            mapped_percent: Some(50),
            db: Some(-12.5),
            ..channel("Mono", Some(52429), SwitchState::Muted(Some(true)))
        }];
        for (name, bar) in [
            ("Master", "[######--] "),
            ("Headphone Mic Boost", "[##-] "),
            ("Headphone Microphone", ""),
        ] {
            long.id.name = name.to_owned();
            let text = controls(std::slice::from_ref(&long), PercentScale::Raw, None);
            let start = format!("{name}  play  {bar} 80%  map 50%  ");
            assert!(text.starts_with(&start) && text.len() <= 81, "{text}");
        }
    }

    #[test]
    fn columns_are_left_out_on_a_narrow_terminal() {
        let mut one = snapshot(vec!["Playback Volume"]);
        (one.id.index, one.active, one.capture) = (0, true, None);
        let left = ChannelState {
            mapped_percent: Some(50),
            ..channel("Mono", Some(0), SwitchState::Muted(Some(false)))
        };
        one.playback.as_mut().unwrap().channels = vec![left];
        let texts = [
            (62, "[#--] ", "  map 50%  -30.00 dB  0 (-50..100)"),
            (50, "", "  -30.00 dB  0 (-50..100)"),
            (40, "", "  -30.00 dB"),
            (20, "", ""),
        ];
        for (width, bar, volume) in texts {
            let text = controls(&[one.clone()], PercentScale::Raw, Some(width));
            assert_eq!(text, format!("Master  play  {bar} 33%{volume}  on\n"));
        }
    }

    #[test]
    fn a_common_volume_is_shown_once() {
        let text = controls(&[snapshot(vec!["Volume"])], PercentScale::Raw, None);
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
