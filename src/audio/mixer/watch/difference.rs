//! The differences between two states of a mixer, as events.

use super::event::{ChangedValue, ElementKey, MixerEvent, ValueChange, VolumeValue};
use super::watched::WatchedState;
use crate::audio::direction::Direction;
use crate::audio::mixer::element::Element;
use crate::audio::mixer::snapshot::{ChannelState, DirectionState, Snapshot, SwitchState};

/// The events that lead from one state to another.
pub(super) fn events_between(before: &WatchedState, now: &WatchedState) -> Vec<MixerEvent> {
    let mut events = control_events(&before.controls, &now.controls);
    events.extend(element_events(&before.elements, &now.elements));
    events
}

/// Changes of elements' values. Elements are identified by everything but their number.
fn element_events(before: &[Element], now: &[Element]) -> Vec<MixerEvent> {
    let find = |all: &[Element], id: &ElementKey| {
        let found = all.iter().find(|element| ElementKey::from(*element) == *id);
        found.and_then(|element| element.values.clone())
    };
    let has = |all: &[Element], id: &ElementKey| {
        let mut keys = all.iter().map(ElementKey::from);
        keys.any(|key| key == *id)
    };
    let gone = before
        .iter()
        .map(ElementKey::from)
        .filter(|id| !has(now, id));
    gone.chain(now.iter().map(ElementKey::from))
        .filter_map(|id| {
            let (from, to) = (find(before, &id), find(now, &id));
            (from != to).then_some(MixerEvent::Element { id, from, to })
        })
        .collect()
}

fn control_events(before: &[Snapshot], now: &[Snapshot]) -> Vec<MixerEvent> {
    let gone = before
        .iter()
        .filter(|old| !now.iter().any(|new| new.id == old.id))
        .map(|old| MixerEvent::Gone { id: old.id.clone() });
    let new_or_changed =
        now.iter()
            .filter_map(|new| match before.iter().find(|old| old.id == new.id) {
                None => Some(MixerEvent::New {
                    id: new.id.clone(),
                    control: new.clone(),
                }),
                Some(old) if old == new => None,
                Some(old) => Some(MixerEvent::Change {
                    id: new.id.clone(),
                    changes: value_changes(old, new),
                    control: new.clone(),
                }),
            });
    gone.chain(new_or_changed).collect()
}

/// The values that differ between two states of a control.
fn value_changes(old: &Snapshot, new: &Snapshot) -> Vec<ValueChange> {
    let mut all = direction_changes(
        Direction::Playback,
        old.playback.as_ref(),
        new.playback.as_ref(),
    );
    let mut capture = direction_changes(
        Direction::Capture,
        old.capture.as_ref(),
        new.capture.as_ref(),
    );
    if has_common_volume(new) {
        // The volume of both directions is reported as playback.
        capture.retain(|change| !["volume", "range"].contains(&change.value));
    }
    all.extend(capture);
    let mut add = |value, of: fn(&Snapshot) -> ChangedValue| {
        all.extend(change(value, None, None, of(old), of(new)));
    };
    add("enum", |snapshot| {
        let items = snapshot.enumeration.as_ref();
        ChangedValue::Items(items.map(|all| all.current.clone()))
    });
    add("error", |snapshot| {
        ChangedValue::Error(snapshot.error.clone())
    });
    add("active", |snapshot| {
        ChangedValue::Switch(Some(snapshot.active))
    });
    all
}

fn has_common_volume(snapshot: &Snapshot) -> bool {
    let mut volumes = snapshot.volumecap.iter();
    volumes.any(|volume| ["Volume", "Joined Volume"].contains(volume))
}

fn direction_changes(
    direction: Direction,
    old: Option<&DirectionState>,
    new: Option<&DirectionState>,
) -> Vec<ValueChange> {
    let mut all = Vec::new();
    let mut add = |value, channel, from, to| {
        all.extend(change(value, Some(direction), channel, from, to));
    };
    let range =
        |state: Option<&DirectionState>| ChangedValue::Range(state.and_then(|state| state.range));
    add("range", None, range(old), range(new));
    let old_channels = old.map_or(&[][..], |old| &old.channels);
    for channel in new.map_or(&[][..], |new| &new.channels) {
        let old = old_channels.iter().find(|old| old.index == channel.index);
        if let Some(old) = old {
            let name = Some(channel.channel.as_str());
            add("volume", name, volume(old), volume(channel));
            let ((value, from), (_, to)) = (switch(old), switch(channel));
            add(value, name, from, to);
        }
    }
    all
}

fn change(
    value: &'static str,
    direction: Option<Direction>,
    channel: Option<&str>,
    from: ChangedValue,
    to: ChangedValue,
) -> Option<ValueChange> {
    (from != to).then(|| ValueChange {
        value,
        direction,
        channel: channel.map(str::to_owned),
        from,
        to,
    })
}

fn volume(channel: &ChannelState) -> ChangedValue {
    ChangedValue::Volume(VolumeValue {
        raw: channel.raw,
        percent: channel.percent,
        mapped_percent: channel.mapped_percent,
        db: channel.db,
    })
}

fn switch(channel: &ChannelState) -> (&'static str, ChangedValue) {
    match channel.switch {
        SwitchState::Muted(muted) => ("muted", ChangedValue::Switch(muted)),
        SwitchState::Recording(recording) => ("recording", ChangedValue::Switch(recording)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::mixer::snapshot::{ControlId, VolumeRange};

    fn control(name: &str, raw: i64, muted: bool) -> Snapshot {
        Snapshot {
            id: ControlId {
                name: name.to_owned(),
                index: 0,
            },
            volumecap: vec!["Playback Volume"],
            switchcap: vec!["Playback Mute"],
            enumeration: None,
            playback: Some(DirectionState {
                range: Some(VolumeRange {
                    raw: (0, 31).into(),
                    db: None,
                }),
                channels: vec![ChannelState {
                    channel: "Mono".to_owned(),
                    index: 0,
                    raw: Some(raw),
                    percent: Some(raw * 100 / 31),
                    mapped_percent: None,
                    db: None,
                    switch: SwitchState::Muted(Some(muted)),
                }],
            }),
            capture: None,
            active: true,
            error: None,
        }
    }

    #[test]
    fn a_change_has_the_old_and_the_new_value() {
        let events = control_events(&[control("A", 1, false)], &[control("A", 2, true)]);
        let [MixerEvent::Change { changes, .. }] = &events[..] else {
            panic!("{events:?}");
        };
        let found: Vec<_> = changes
            .iter()
            .map(|change| (change.value, &change.from, &change.to))
            .collect();
        let [
            ("volume", ChangedValue::Volume(from), ChangedValue::Volume(to)),
            muted,
        ] = found[..]
        else {
            panic!("{found:?}");
        };
        assert_eq!((from.raw, to.raw), (Some(1), Some(2)));
        let switch = |on| ChangedValue::Switch(Some(on));
        assert_eq!(muted, ("muted", &switch(false), &switch(true)));
    }

    #[test]
    fn a_common_volume_changes_once() {
        let common = |raw| {
            let mut control = control("A", raw, false);
            control.volumecap = vec!["Volume"];
            control.capture = control.playback.clone();
            control
        };
        let changes = value_changes(&common(1), &common(2));
        let found: Vec<_> = changes
            .iter()
            .map(|change| (change.value, change.direction))
            .collect();
        assert_eq!(found, [("volume", Some(Direction::Playback))]);
    }

    #[test]
    fn new_and_gone_controls_are_events_and_unchanged_ones_are_not() {
        let (a, b, c) = (
            control("A", 1, false),
            control("B", 1, false),
            control("C", 1, false),
        );
        let events = control_events(&[a.clone(), b.clone()], &[b, c.clone()]);
        assert_eq!(
            events,
            [
                MixerEvent::Gone { id: a.id },
                MixerEvent::New {
                    id: c.id.clone(),
                    control: c
                }
            ]
        );
    }
}
