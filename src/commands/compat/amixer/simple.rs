//! Simple controls as text: `scontrols`, `scontents`, `sget`.

use super::context::{Options, failed, open_mixer};
use crate::commands::compat::stop::{Result, Stop};
use crate::commands::ui::plain;
use aloud::audio::mixer::{
    ChannelState, Control, ControlId, Controls, DirectionState, Snapshot, SwitchState,
};
use std::fmt::Write;

/// amixer's words for pyalsaaudio's kinds of volumes and switches.
const CAPABILITIES: [(&str, &str); 13] = [
    ("Volume", "volume"),
    ("Joined Volume", "volume-joined"),
    ("Playback Volume", "pvolume"),
    ("Joined Playback Volume", "pvolume-joined"),
    ("Capture Volume", "cvolume"),
    ("Joined Capture Volume", "cvolume-joined"),
    ("Mute", "switch"),
    ("Joined Mute", "switch-joined"),
    ("Playback Mute", "pswitch"),
    ("Joined Playback Mute", "pswitch-joined"),
    ("Capture Mute", "cswitch"),
    ("Joined Capture Mute", "cswitch-joined"),
    ("Capture Exclusive", "cswitch-exclusive"),
];

pub(super) fn print_all(options: &Options, with_contents: bool) -> Result<()> {
    let controls = open_mixer(options)?;
    let mut text = String::new();
    let shown = |control: &Control| options.inactive || control.is_active();
    for control in controls.iter().filter(shown) {
        text += &heading(&control.id());
        if with_contents {
            text += &contents(&control, options)?;
        }
    }
    Ok(plain::print(&text)?)
}

pub(super) fn get(options: &Options, arguments: &[String]) -> Result<()> {
    let id = id(arguments)?;
    let controls = open_mixer(options)?;
    let text = described(&find(&controls, &id)?, options)?;
    match options.quiet {
        true => Ok(()),
        false => Ok(plain::print(&text)?),
    }
}

/// The control's id in the first argument.
pub(super) fn id(arguments: &[String]) -> Result<ControlId> {
    let missing = || {
        Stop::Failed(
            "Specify a scontrol identifier: 'name',index\n".to_owned(),
            1,
        )
    };
    let text = arguments.first().ok_or_else(missing)?;
    parse_id(text).ok_or_else(|| Stop::Failed(format!("Wrong scontrol identifier: {text}\n"), 1))
}

/// Parses `Master`, `'Master',1` or `"Master",1`. What follows the index is ignored.
fn parse_id(text: &str) -> Option<ControlId> {
    let text = text.trim_start();
    let quote = text
        .chars()
        .next()
        .filter(|first| ['\'', '"'].contains(first));
    let (name, rest) = match quote {
        Some(quote) => {
            let inside = &text[1..];
            let end = inside.find(quote).unwrap_or(inside.len());
            (&inside[..end], inside.get(end + 1..).unwrap_or(""))
        }
        None => text.split_at(text.find(',').unwrap_or(text.len())),
    };
    if name.is_empty() {
        return None;
    }
    let index = match rest.strip_prefix(',') {
        None if rest.is_empty() => 0,
        None => return None,
        Some(rest) => {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            rest[..digits].parse().ok()?
        }
    };
    Some(ControlId {
        name: name.to_owned(),
        index,
    })
}

pub(super) fn find<'a>(controls: &'a Controls, id: &ControlId) -> Result<Control<'a>> {
    let ControlId { name, index } = id;
    let missing = |_| failed(&format!("Unable to find simple control '{name}',{index}\n"));
    controls.find(name, *index).map_err(missing)
}

/// The control with its heading.
pub(super) fn described(control: &Control, options: &Options) -> Result<String> {
    Ok(heading(&control.id()) + &contents(control, options)?)
}

fn heading(ControlId { name, index }: &ControlId) -> String {
    format!("Simple mixer control '{name}',{index}\n")
}

fn contents(control: &Control, options: &Options) -> Result<String> {
    let snapshot = control
        .try_snapshot()
        .map_err(|error| failed(&format!("Mixer {} load error: {error}", options.device)))?;
    Ok(Contents {
        control,
        snapshot: &snapshot,
        mapped: options.mapped,
    }
    .text())
}

struct Contents<'a> {
    control: &'a Control<'a>,
    snapshot: &'a Snapshot,
    mapped: bool,
}

impl Contents<'_> {
    fn text(&self) -> String {
        let Snapshot {
            playback, capture, ..
        } = self.snapshot;
        let mut text = self.capabilities();
        if let Some(enumeration) = &self.snapshot.enumeration {
            text += "  Items:";
            for item in &enumeration.items {
                let _ = write!(text, " '{item}'");
            }
            text.push('\n');
            for (at, item) in enumeration.current.iter().enumerate() {
                let _ = writeln!(text, "  Item{at}: '{item}'");
            }
            return text;
        }
        if let Some(group) = self.control.capture_group() {
            let _ = writeln!(text, "  Capture exclusive group: {group}");
        }
        for (state, word) in [(playback, "Playback"), (capture, "Capture")] {
            if let Some(state) = state {
                let names: Vec<_> = (state.channels.iter())
                    .map(|channel| channel.channel.as_str())
                    .collect();
                let _ = writeln!(text, "  {word} channels: {}", names.join(" - "));
            }
        }
        text + &self.limits() + &self.channels()
    }

    fn has(&self, capability: &str) -> bool {
        let Snapshot {
            volumecap,
            switchcap,
            ..
        } = self.snapshot;
        volumecap.contains(&capability) || switchcap.contains(&capability)
    }

    fn has_common_volume(&self) -> bool {
        self.has("Volume")
    }

    fn has_common_switch(&self) -> bool {
        self.has("Mute")
    }

    fn capabilities(&self) -> String {
        let Snapshot {
            volumecap,
            switchcap,
            enumeration,
            ..
        } = self.snapshot;
        let mut text = "  Capabilities:".to_owned();
        for capability in volumecap.iter().chain(switchcap) {
            if let Some((_, word)) = CAPABILITIES.iter().find(|row| row.0 == *capability) {
                let _ = write!(text, " {word}");
            }
        }
        if enumeration.is_some() {
            text += " enum";
        }
        text + "\n"
    }

    fn limits(&self) -> String {
        let Snapshot {
            playback, capture, ..
        } = self.snapshot;
        let range = |state: &Option<DirectionState>| {
            let range = state.as_ref()?.range?;
            Some(format!("{} - {}", range.raw.min, range.raw.max))
        };
        let both = match (range(playback), range(capture)) {
            (Some(common), _) if self.has_common_volume() => format!(" {common}"),
            (None, None) => return String::new(),
            (playback, capture) => {
                let playback = playback.map(|range| format!(" Playback {range}"));
                let capture = capture.map(|range| format!(" Capture {range}"));
                playback.unwrap_or_default() + &capture.unwrap_or_default()
            }
        };
        format!("  Limits:{both}\n")
    }

    /// One line for channels that are mono, and one for each other channel.
    fn channels(&self) -> String {
        let states = [&self.snapshot.playback, &self.snapshot.capture].map(Option::as_ref);
        let is_mono = |state: &DirectionState| {
            state
                .channels
                .iter()
                .any(|channel| channel.channel == "Mono")
        };
        let line = |name: &str, parts: [Option<&ChannelState>; 2]| {
            let [playback, capture] = parts;
            let playback = playback.map(|channel| self.playback(channel));
            let capture = capture.map(|channel| self.capture(channel));
            format!(
                "  {name}:{}{}\n",
                playback.unwrap_or_default(),
                capture.unwrap_or_default()
            )
        };
        let mono = states.map(|state| {
            let state = state.filter(|state| is_mono(state))?;
            state.channels.first()
        });
        let others = states.map(|state| state.filter(|state| !is_mono(state)));
        let mut text = String::new();
        // amixer begins this line for a stereo control without capture, too.
        if mono.iter().any(Option::is_some) || states[1].is_none() {
            text += &line("Mono", mono);
        }
        let mut indexes: Vec<u32> = (others.iter().flatten())
            .flat_map(|state| state.channels.iter().map(|channel| channel.index))
            .collect();
        indexes.sort_unstable();
        indexes.dedup();
        for index in indexes {
            let channels = others.map(|state| {
                let mut channels = state?.channels.iter();
                channels.find(|channel| channel.index == index)
            });
            if let Some(named) = channels.iter().flatten().next() {
                text += &line(&named.channel, channels);
            }
        }
        text
    }

    fn playback(&self, channel: &ChannelState) -> String {
        let mut text = self.volume(channel, "Playback");
        if let SwitchState::Muted(Some(muted)) = channel.switch {
            let has_own_volume = channel.raw.is_some() && !self.has_common_volume();
            if !has_own_volume && !self.has_common_switch() {
                text += " Playback";
            }
            text += on_off(!muted);
        }
        text
    }

    fn capture(&self, channel: &ChannelState) -> String {
        let common = self.has_common_volume();
        let mut text = match common {
            true => String::new(),
            false => self.volume(channel, "Capture"),
        };
        if let SwitchState::Recording(Some(recording)) = channel.switch
            && !self.has_common_switch()
        {
            if channel.raw.is_none() || common {
                text += " Capture";
            }
            text += on_off(recording);
        }
        text
    }

    fn volume(&self, channel: &ChannelState, word: &str) -> String {
        let Some(raw) = channel.raw else {
            return String::new();
        };
        let percent = match self.mapped {
            true => channel.mapped_percent,
            false => channel.percent,
        };
        let word = match self.has_common_volume() {
            true => String::new(),
            false => format!(" {word}"),
        };
        let db = channel.db.map(|db| format!(" [{db:.2}dB]"));
        format!(
            "{word} {raw} [{}%]{}",
            percent.unwrap_or_default(),
            db.unwrap_or_default()
        )
    }
}

fn on_off(on: bool) -> &'static str {
    if on { " [on]" } else { " [off]" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_amixer_reads_them() {
        let parsed = |text| parse_id(text).map(|id| (id.name, id.index));
        let master = |index| Some(("Master".to_owned(), index));
        assert_eq!(parsed("Master"), master(0));
        assert_eq!(parsed("'Master',1"), master(1));
        assert_eq!(parsed("\"Master\",0"), master(0));
        assert_eq!(parsed("Master,2,3"), master(2));
        assert_eq!(parsed("'a,b'"), Some(("a,b".to_owned(), 0)));
        assert_eq!(parsed("Master,x"), None);
        assert_eq!(parsed(""), None);
    }
}
