//! What keys do to the screen's state, and what is drawn of it.

use super::look::Look;
use super::model::{
    ControlChange, Dialog, MixerChoice, MixerModel, NewValue, ScreenAction, ScreenMessage,
    ShownLevels,
};
use super::strip::MixerView;
use super::view;
use crate::commands::mixer::text::PercentScale;
use aloud::audio::direction::Direction;
use aloud::audio::mixer::{
    ChannelState, ControlId, DirectionState, Enumeration, MixerDevice, Snapshot, SwitchChange,
    SwitchState, VolumeAmount, VolumeChange, VolumeRange,
};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::style::{Color, Modifier};

/// A direction with a channel for each raw volume, of 0 to 64, and switch.
fn side(direction: Direction, channels: &[(i64, Option<bool>)]) -> DirectionState {
    let names = [
        "Front Left",
        "Front Right",
        "Rear Left",
        "Rear Right",
        "Center",
        "Woofer",
    ];
    let channel = |(index, (raw, on)): (usize, &(i64, Option<bool>))| ChannelState {
        channel: names[index].to_owned(),
        index: index as u32,
        raw: Some(*raw),
        percent: Some(raw * 100 / 64),
        mapped_percent: Some(raw * 50 / 64),
        db: Some(*raw as f64 - 64.0),
        switch: match direction {
            Direction::Playback => SwitchState::Muted(on.map(|on| !on)),
            Direction::Capture => SwitchState::Recording(*on),
        },
    };
    DirectionState {
        range: Some(VolumeRange {
            raw: (0, 64).into(),
            db: Some((-64.0, 0.0).into()),
        }),
        channels: channels.iter().enumerate().map(channel).collect(),
    }
}

fn control(name: &str) -> Snapshot {
    Snapshot {
        id: ControlId {
            name: name.to_owned(),
            index: 0,
        },
        volumecap: vec!["Playback Volume"],
        switchcap: vec![],
        enumeration: None,
        playback: None,
        capture: None,
        active: true,
        error: None,
    }
}

fn playback(name: &str, channels: &[(i64, Option<bool>)]) -> Snapshot {
    Snapshot {
        playback: Some(side(Direction::Playback, channels)),
        ..control(name)
    }
}

fn capture(name: &str, channels: &[(i64, Option<bool>)]) -> Snapshot {
    Snapshot {
        capture: Some(side(Direction::Capture, channels)),
        ..control(name)
    }
}

fn source() -> Snapshot {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Snapshot {
        enumeration: Some(Enumeration {
            current: words(&["Line", "Line"]),
            items: words(&["Mic", "Line", "CD"]),
        }),
        ..control("Input Source")
    }
}

/// A card as in a notebook.
fn model() -> MixerModel {
    let mut model = MixerModel::new(PercentScale::Raw, MixerView::Playback);
    model.open("HDA Intel PCH".to_owned(), "hw:0".to_owned());
    let both = Snapshot {
        playback: Some(side(
            Direction::Playback,
            &[(16, Some(false)), (16, Some(false))],
        )),
        ..capture("Mic Boost", &[(32, Some(true)), (32, Some(false))])
    };
    model.controls = vec![
        playback("Master", &[(32, Some(true))]),
        playback("PCM", &[(64, None), (16, None)]),
        both,
        capture("Capture", &[(48, Some(true)), (48, Some(true))]),
        source(),
    ];
    model
}

fn press(model: &mut MixerModel, keys: &[KeyCode]) -> Option<ScreenAction> {
    let press = |key: &KeyCode| model.press(KeyEvent::new(*key, KeyModifiers::NONE));
    keys.iter().map(press).last().flatten()
}

fn typed(model: &mut MixerModel, text: &str) -> Option<ScreenAction> {
    let keys: Vec<KeyCode> = text.chars().map(KeyCode::Char).collect();
    press(model, &keys)
}

fn changed(action: Option<ScreenAction>) -> ControlChange {
    match action {
        Some(ScreenAction::Change(change)) => change,
        other => panic!("not a change: {other:?}"),
    }
}

/// The selected control's name, the channels, and the value that a key changes.
fn change(model: &mut MixerModel, key: KeyCode) -> (String, Vec<u32>, NewValue) {
    let change = changed(press(model, &[key]));
    (change.id.name, change.channels, change.value)
}

fn drawn(model: &MixerModel, width: u16, height: u16, look: Look) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let drawn = terminal.draw(|frame| view::render(frame, model, look));
    drawn.unwrap().buffer.clone()
}

fn rows(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width);
    let rows = buffer.content.chunks(width);
    rows.map(|row| {
        let row: String = row.iter().map(|cell| cell.symbol()).collect();
        row.trim_end().to_owned()
    })
    .collect()
}

const PLAIN: Look = Look {
    has_color: false,
    has_unicode: true,
};

fn screen(model: &MixerModel, width: u16, height: u16) -> String {
    rows(&drawn(model, width, height, PLAIN)).join("\n")
}

#[test]
fn volume_keys_change_the_selected_control_in_the_scale_that_is_shown() {
    let mut model = model();
    let percent = VolumeAmount::Percent;
    let master = |value| ("Master".to_owned(), vec![0], NewValue::Volume(value));
    for (key, expected) in [
        (KeyCode::Up, VolumeChange::Up(percent(1.0))),
        (KeyCode::PageDown, VolumeChange::Down(percent(5.0))),
        (KeyCode::Char('4'), VolumeChange::To(percent(40.0))),
        (KeyCode::End, VolumeChange::To(percent(0.0))),
        (KeyCode::Home, VolumeChange::To(percent(100.0))),
        // A control with one channel has no sides.
        (KeyCode::Char('Q'), VolumeChange::Up(percent(1.0))),
    ] {
        assert_eq!(change(&mut model, key), master(expected), "{key}");
    }
    press(&mut model, &[KeyCode::Char('r')]);
    let mapped = VolumeChange::Down(VolumeAmount::Mapped(1.0));
    assert_eq!(change(&mut model, KeyCode::Down), master(mapped));
}

#[test]
fn sides_have_their_own_keys() {
    let mut model = model();
    press(&mut model, &[KeyCode::Right]);
    let pcm = |channels, value| ("PCM".to_owned(), channels, NewValue::Volume(value));
    let percent = VolumeAmount::Percent(1.0);
    let up = VolumeChange::Up(percent);
    let down = VolumeChange::Down(percent);
    for (key, channels, value) in [
        ('Q', vec![0], up),
        ('w', vec![0, 1], up),
        ('e', vec![1], up),
        ('z', vec![0], down),
        ('x', vec![0, 1], down),
        ('c', vec![1], down),
        ('b', vec![0, 1], VolumeChange::To(VolumeAmount::Raw(40))),
    ] {
        let expected = pcm(channels, value);
        assert_eq!(change(&mut model, KeyCode::Char(key)), expected, "{key}");
    }
}

#[test]
fn switches_are_turned_off_if_any_channel_is_on() {
    let mut model = model();
    press(&mut model, &[KeyCode::Right, KeyCode::Right]);
    for (key, direction, channels, value) in [
        ('m', Direction::Playback, vec![0, 1], SwitchChange::On),
        ('<', Direction::Playback, vec![0], SwitchChange::On),
        (' ', Direction::Capture, vec![0, 1], SwitchChange::Off),
        (';', Direction::Capture, vec![0], SwitchChange::Off),
        ('\'', Direction::Capture, vec![1], SwitchChange::On),
    ] {
        let change = changed(typed(&mut model, &key.to_string()));
        assert_eq!(change.id.name, "Mic Boost");
        assert_eq!(
            (change.direction, change.channels),
            (direction, channels),
            "{key}"
        );
        assert_eq!(change.value, NewValue::Switch(value), "{key}");
    }
}

#[test]
fn a_missing_capability_is_reported() {
    let mut model = model();
    press(&mut model, &[KeyCode::Right]);
    assert_eq!(typed(&mut model, "m"), None);
    let message = |text: &str| Some(ScreenMessage::Note(text.to_owned()));
    assert_eq!(model.message, message("PCM has no mute switch"));
    assert_eq!(typed(&mut model, " "), None);
    assert_eq!(model.message, message("PCM has no capture switch"));
    // The message stays until the next key.
    press(&mut model, &[KeyCode::Left]);
    assert_eq!(model.message, None);
}

#[test]
fn items_are_chosen_in_the_order_that_is_drawn() {
    let mut model = model();
    model.view = MixerView::All;
    press(&mut model, &[KeyCode::Right; 20]);
    for (key, item) in [
        (KeyCode::Up, 0),
        (KeyCode::Down, 2),
        (KeyCode::PageUp, 0),
        (KeyCode::PageDown, 2),
    ] {
        let expected = ("Input Source".to_owned(), vec![0, 1], NewValue::Item(item));
        assert_eq!(change(&mut model, key), expected, "{key}");
    }
    assert_eq!(typed(&mut model, "5"), None);
}

#[test]
fn each_view_has_its_controls_and_keeps_the_selected_one() {
    let mut model = model();
    let titles = |model: &MixerModel| -> Vec<String> {
        model.strips().iter().map(|strip| strip.title()).collect()
    };
    assert_eq!(
        titles(&model),
        ["Master", "PCM", "Mic Boost", "Input Source"]
    );
    press(&mut model, &[KeyCode::Right, KeyCode::Right, KeyCode::F(4)]);
    assert_eq!(titles(&model), ["Mic Boost", "Capture", "Input Source"]);
    assert_eq!(model.selected_in(&model.strips()), Some(0));
    press(&mut model, &[KeyCode::Tab]);
    let all = [
        "Master",
        "PCM",
        "Mic Boost",
        "Mic Boost (rec)",
        "Capture",
        "Input Source",
    ];
    assert_eq!(titles(&model), all);
    assert_eq!(model.selected_in(&model.strips()), Some(2));
    press(&mut model, &[KeyCode::BackTab]);
    assert_eq!(model.view, MixerView::Capture);
}

#[test]
fn a_common_volume_is_shown_once() {
    let mut model = model();
    let common = &mut model.controls[2];
    common.volumecap = vec!["Volume"];
    model.view = MixerView::All;
    let strips = model.strips();
    assert_eq!(
        strips
            .iter()
            .filter(|strip| strip.label() == "Mic Boost")
            .count(),
        1
    );
    assert_eq!(strips[2].capturing(), [true, false]);
}

#[test]
fn the_filter_selects_by_name() {
    let mut model = model();
    model.view = MixerView::All;
    typed(&mut model, "/c");
    assert_eq!(model.dialog, Dialog::Filter);
    assert_eq!(model.strips().len(), 5);
    // Keys that do something elsewhere are typed.
    typed(&mut model, "Apq");
    press(&mut model, &[KeyCode::Backspace, KeyCode::Enter]);
    assert_eq!((model.strips().len(), model.filter.as_str()), (1, "cAp"));
    let change = changed(press(&mut model, &[KeyCode::Up]));
    assert_eq!(
        (change.id.name.as_str(), change.direction),
        ("Capture", Direction::Capture)
    );
    typed(&mut model, "/nothing");
    assert!(screen(&model, 80, 24).contains("No control here has 'cApnothing' in its name"));
    assert_eq!(press(&mut model, &[KeyCode::Up]), None);
    press(&mut model, &[KeyCode::Esc]);
    assert_eq!((model.strips().len(), &model.dialog), (6, &Dialog::None));
}

#[test]
fn a_mixer_is_chosen_from_a_list() {
    let mut model = model();
    let choice = |name: &str| MixerChoice {
        title: name.to_owned(),
        device: MixerDevice::from(name),
    };
    model.choose_mixer(vec![choice("default"), choice("hw:0"), choice("hw:1")]);
    assert!(screen(&model, 80, 24).contains("│>hw:0  "));
    let chosen = press(&mut model, &[KeyCode::Down, KeyCode::Down, KeyCode::Enter]);
    assert_eq!(
        chosen,
        Some(ScreenAction::OpenMixer(MixerDevice::from("hw:1")))
    );
    assert_eq!(model.dialog, Dialog::None);
    model.choose_mixer(vec![choice("default")]);
    assert_eq!(press(&mut model, &[KeyCode::Esc]), None);
    assert_eq!(model.dialog, Dialog::None);
    assert_eq!(press(&mut model, &[KeyCode::Esc]), Some(ScreenAction::Quit));
}

#[test]
fn a_control_that_disappears_leaves_a_neighbor_selected() {
    let mut model = model();
    press(
        &mut model,
        &[KeyCode::Right, KeyCode::Right, KeyCode::Right],
    );
    model.controls.remove(4);
    assert_eq!(model.selected_in(&model.strips()), Some(2));
    model.controls.clear();
    assert_eq!(model.selected_in(&model.strips()), None);
    assert_eq!(press(&mut model, &[KeyCode::Up, KeyCode::Right]), None);
    assert!(screen(&model, 80, 24).contains("This mixer has no controls"));
}

#[test]
fn the_screen_is_that_of_alsamixer() {
    let expected = "\
┌──────────────────────────────── aloud mixer ─────────────────────────────────┐
│ Card: HDA Intel PCH (hw:0)                                   F1 ?: Help      │
│ View: F3:[Playback]  F4: Capture   F5: All                   F6 s: Card      │
│ Item: Master, not muted                                         /: Filter    │
│       50%  -32.00 dB  32 of 64  25% mapped                  Esc q: Quit      │
│                                                                              │
│          ┌──┐             ┌────┐            ┌────┐                           │
│          │░░│             │██░░│            │░░░░│                           │
│          │░░│             │██░░│            │░░░░│                           │
│          │░░│             │██░░│            │░░░░│                           │
│          │░░│             │██░░│            │░░░░│                           │
│          │░░│             │██░░│            │░░░░│                           │
│          │██│             │██░░│            │░░░░│                           │
│          │██│             │██░░│            │░░░░│                           │
│          │██│             │██▄▄│            │▄▄▄▄│                           │
│          │██│             │████│            │████│             Mic           │
│          │██│             │████│            │████│           [Line]          │
│          └──┘             └────┘            └────┘             CD            │
│           OO                                  MM                             │
│                                            L------                           │
│           50             100<>25            25<>25                           │
│        <Master>            PCM            Mic Boost        Input Source      │
│ r: raw percent   v: levels off                                               │
└──────────────────────────────────────────────────────────────────────────────┘";
    let mut model = model();
    let shown = screen(&model, 80, 24);
    assert_eq!(shown, expected, "{shown}");
    model.levels = Some(ShownLevels {
        device: "hw:CARD=PCH,DEV=0".to_owned(),
        peaks: vec![-30.0, -99_999.99],
    });
    let shown = screen(&model, 80, 24);
    assert!(
        shown.contains("│ In: ■■■■■■■■■■■■■■·············  -30.0"),
        "{shown}"
    );
    assert!(shown.contains("··   -inf   │"), "{shown}");
    assert!(shown.contains("v: levels of hw:CARD=PCH,DEV=0"), "{shown}");
}

#[test]
fn a_small_screen_shows_what_fits() {
    let expected = "\
View: [Playback]   Capture    All
Item: Master, not muted
    ░░       ██░░      ░░░░      Mic
    ▄▄       ██░░      ░░░░    [Line]
    ██       ████      ████      CD
    OO                  MM
                     L------
    50     100<>25    25<>25
 <Master>    PCM     Mic Boos  Input So
r: raw percent   v: levels off   ?: help";
    let shown = screen(&model(), 40, 10);
    assert_eq!(shown, expected, "{shown}");
    for width in 1..60 {
        for height in 1..30 {
            screen(&model(), width, height);
        }
    }
}

#[test]
fn the_selected_control_is_shown_on_any_screen() {
    for width in [20, 40, 60, 80, 120] {
        for height in [7, 10, 24, 40] {
            let mut model = model();
            for name in ["<Master", "<PCM>", "<Mic", "<Input"] {
                let shown = screen(&model, width, height);
                assert!(shown.contains(name), "{name} {width} {height}\n{shown}");
                press(&mut model, &[KeyCode::Right]);
            }
        }
    }
}

#[test]
fn many_controls_with_long_names_do_not_overlap() {
    let mut model = model();
    let name = |number: usize| match number % 2 {
        0 => format!("{number:02}-Headphone-Amplifier-of-the-Front-Panel"),
        _ => format!("{number:02} 前面パネルのヘッドホン増幅器の再生音量の調整つまみ"),
    };
    model.controls = (0..64)
        .map(|at| playback(&name(at), &[(40, Some(false)), (20, Some(true))]))
        .collect();
    for (width, height, fitting) in [(80, 24, 8), (40, 10, 4)] {
        press(&mut model, &[KeyCode::Left; 64]);
        for at in 0..64 {
            let shown = screen(&model, width, height);
            // A wide character is followed by an empty cell.
            let names = shown.matches("前 面").count() + shown.matches("-He").count();
            // The header has the name of the selected control, too.
            assert!((fitting..=fitting + 1).contains(&names), "{names}\n{shown}");
            // Both ends of the selected name are drawn, in each row of it.
            assert!(shown.contains(&format!("<{at:02}")), "{at}\n{shown}");
            let ends = |line: &str| line.matches('<').count() == line.matches('>').count();
            assert!(shown.lines().all(ends), "{at}\n{shown}");
            press(&mut model, &[KeyCode::Right]);
        }
    }
}

#[test]
fn many_channels_have_one_level() {
    let mut model = model();
    let mut peaks = vec![-60.5; 32];
    peaks[7] = -6.0;
    model.levels = Some(ShownLevels {
        device: "hw:0".to_owned(),
        peaks,
    });
    assert!(screen(&model, 80, 24).contains("  -6.0"));
    assert!(screen(&model, 40, 10).contains("  -6.0"));
}

#[test]
fn a_card_that_is_gone_is_reported_below() {
    let mut model = model();
    model.is_gone = true;
    let shown = screen(&model, 80, 24);
    assert!(
        shown.contains("'hw:0' went away; waiting until it is back"),
        "{shown}"
    );
    model.message = Some(ScreenMessage::Error("no".to_owned()));
    assert!(screen(&model, 80, 24).contains("│ no "));
}

#[test]
fn without_color_nothing_is_colored() {
    let mut model = model();
    model.message = Some(ScreenMessage::Error("no".to_owned()));
    let buffer = drawn(&model, 80, 24, PLAIN);
    assert!(
        buffer
            .content
            .iter()
            .all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset)
    );
    let mut cells = buffer.content.iter();
    assert!(cells.any(|cell| cell.modifier.contains(Modifier::REVERSED)));
    let colored = Look {
        has_color: true,
        ..PLAIN
    };
    let buffer = drawn(&model, 80, 24, colored);
    assert!(buffer.content.iter().any(|cell| cell.fg == Color::Green));
}

#[test]
fn without_unicode_everything_is_ascii() {
    let mut model = model();
    let ascii = Look {
        has_color: true,
        has_unicode: false,
    };
    model.levels = Some(ShownLevels {
        device: "default".to_owned(),
        peaks: vec![-30.0],
    });
    for dialog in [Dialog::None, Dialog::Help(0)] {
        model.dialog = dialog;
        let shown = rows(&drawn(&model, 40, 20, ascii)).join("\n");
        assert!(shown.is_ascii(), "{shown}");
    }
}

#[test]
fn the_help_lists_every_key_and_scrolls() {
    let mut model = model();
    typed(&mut model, "?");
    let shown = screen(&model, 80, 24);
    assert!(
        shown.contains("Left Right h l n p") && shown.contains("Esc q"),
        "{shown}"
    );
    assert!(!screen(&model, 80, 12).contains("Esc q"));
    press(&mut model, &[KeyCode::Down; 30]);
    assert!(screen(&model, 80, 12).contains("Esc q"));
    press(&mut model, &[KeyCode::Esc]);
    assert_eq!(model.dialog, Dialog::None);
}

fn any_key() -> impl Strategy<Value = KeyCode> {
    let named = prop::sample::select(vec![
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Tab,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Backspace,
        KeyCode::F(4),
        KeyCode::F(6),
    ]);
    prop_oneof![
        named,
        any::<char>().prop_map(KeyCode::Char),
        "[ -~]".prop_map(|text| { KeyCode::Char(text.chars().next().unwrap_or(' ')) })
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is pressed, a screen of any size is drawn, and a change names a control that exists.
    #[test]
    fn any_keys_on_a_screen_of_any_size(
        keys in prop::collection::vec(any_key(), 0..40),
        (width, height) in (0_u16..130, 0_u16..50),
        gone in any::<bool>(),
    ) {
        let mut model = model();
        model.is_gone = gone;
        for key in keys {
            match press(&mut model, &[key]) {
                Some(ScreenAction::Change(change)) => {
                    prop_assert!(model.controls.iter().any(|control| control.id == change.id));
                    prop_assert!(!change.channels.is_empty());
                }
                Some(ScreenAction::ListMixers) => model.choose_mixer(vec![]),
                _ => {}
            }
        }
        drawn(&model, width, height, PLAIN);
    }
}
