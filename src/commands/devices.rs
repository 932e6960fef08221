//! `aloud devices`: what can play and record, and what to type for it.

use super::list_cards::ErrorSummary;
use super::{Exit, Result, ui::Ui};
use aloud::audio::direction::Direction;
use aloud::audio::error::{Error, Holder, Kind};
use aloud::audio::pcm::{Mode, ParamRange, PcmOverview, Request};
use aloud::audio::system::cards::{self, Card, DeviceStream, PcmDevice};
use aloud::audio::system::holders::holders_of;
use aloud::audio::system::pcm_names;
use schemars::JsonSchema;
use serde::Serialize;
use std::time::Duration;

/// List what can play and record, and what to type for it
///
/// One row per device: what to type after -D, its name, the channels and rates it plays and records, and who uses it.
/// The default comes first, then the sound servers that answer, then the devices of the cards. An asterisk marks what the
/// default stands for.
///
/// With --json: an array of objects with name (what to type), kind (default, server, card), title, pcm, card_index,
/// card_id, device_index, default, resolves_to, playback and capture, free, holders and error. The directions are null,
/// or have channel_range and rate_range, which are null while the device is in use.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {}

const EXAMPLES: &str = "\
Examples:
  aloud devices
      list all devices
  aloud play -D headset song.wav
      play on the card that has `headset` in its name
  aloud devices --json
      list them as JSON";

/// The PCMs of sound servers.
pub const SERVERS: [(&str, &str); 2] = [("pipewire", "PipeWire"), ("pulse", "PulseAudio")];

/// How long a sound server may take to answer.
const MAX_OPEN_TIME: Duration = Duration::from_secs(2);

/// What opening a PCM for a moment shows.
type Opened = std::result::Result<PcmOverview, Error>;

/// One device.
#[derive(Serialize, JsonSchema)]
pub struct DeviceRow {
    /// What to type after -D.
    name: String,
    /// What it is.
    kind: RowKind,
    /// Its name for people.
    title: String,
    /// The name of its PCM.
    pcm: String,
    /// Its card's number; null if it has no card.
    card_index: Option<u32>,
    /// Its card's id; null if it has no card.
    card_id: Option<String>,
    /// Its number on the card; null if it has no card.
    device_index: Option<u32>,
    /// Whether it is the default, or what the default stands for.
    default: bool,
    /// What the default stands for; null if that is not known, and for others.
    resolves_to: Option<String>,
    /// What it plays; null if it does not play.
    playback: Option<Ability>,
    /// What it records; null if it does not record.
    capture: Option<Ability>,
    /// Whether it can be opened now; unknown if it could not be tried.
    free: Option<bool>,
    /// The processes that use it.
    holders: Vec<Holder>,
    /// Why it cannot be opened; null if it can, or is busy.
    error: Option<ErrorSummary>,
}

#[derive(Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum RowKind {
    Default,
    Server,
    Card,
}

/// What a device can do in one direction.
#[derive(Clone, Copy, Serialize, JsonSchema)]
struct Ability {
    /// The fewest and the most channels; null while the device is in use.
    channel_range: Option<ParamRange>,
    /// The lowest and the highest rate in Hz; null while the device is in use.
    rate_range: Option<ParamRange>,
}

impl From<&PcmOverview> for Ability {
    fn from(overview: &PcmOverview) -> Ability {
        Ability {
            channel_range: Some(overview.channels),
            rate_range: Some(overview.rates),
        }
    }
}

pub fn run(ui: &mut Ui, _args: Args) -> Result {
    let cards = cards::list()?;
    let devices = cards.iter().flat_map(card_rows);
    let mut rows: Vec<DeviceRow> = server_rows().into_iter().chain(devices).collect();
    let default = default_row(&mut rows);
    rows.insert(0, default);
    if ui.json() {
        ui.document(&rows)?;
        return Ok(Exit::Done);
    }
    ui.text(&text(&rows, ui.columns()))?;
    if cards.is_empty() {
        ui.note("aloud: there are no sound cards");
    }
    for error in cards.iter().filter_map(|card| card.error.as_ref()) {
        ui.warning(&error.to_string());
    }
    Ok(Exit::Done)
}

/// Both directions of a PCM, each opened for a moment.
fn overviews(pcm: &str) -> [Opened; 2] {
    let playback = overview(pcm, Direction::Playback);
    let capture = match &playback {
        // It would not answer the second time either.
        Err(error) if error.kind() == Kind::Disconnected => Err(error.clone()),
        _ => overview(pcm, Direction::Capture),
    };
    [playback, capture]
}

fn overview(pcm: &str, direction: Direction) -> Opened {
    PcmOverview::of(&Request {
        mode: Mode::Nonblock,
        timeout: Some(MAX_OPEN_TIME),
        ..Request::new(pcm, direction)
    })
}

/// The row of the default PCM. Marks the row that it stands for.
fn default_row(rows: &mut [DeviceRow]) -> DeviceRow {
    let sides = overviews("default");
    let error = match &sides {
        [Err(error), Err(_)] => Some(ErrorSummary::from(error)),
        _ => None,
    };
    let found = sides.iter().find_map(|side| side.as_ref().ok());
    let target = found.and_then(|found| rows.iter_mut().find(|row| is_behind(row, found)));
    let resolves_to = match target {
        Some(row) => {
            row.default = true;
            Some((row.name.clone(), row.title.clone()))
        }
        None => found.map(|found| (found.name.clone(), found.name.clone())),
    };
    let able = |side: &Opened| side.as_ref().ok().map(Ability::from);
    DeviceRow {
        name: "default".to_owned(),
        kind: RowKind::Default,
        title: resolves_to.as_ref().map_or_else(
            || "nothing that opens".to_owned(),
            |(_, title)| format!("is {title}"),
        ),
        pcm: "default".to_owned(),
        card_index: found.and_then(|found| Some(found.hardware?.0)),
        card_id: None,
        device_index: found.and_then(|found| Some(found.hardware?.1)),
        default: true,
        resolves_to: resolves_to.map(|(name, _)| name),
        playback: able(&sides[0]),
        capture: able(&sides[1]),
        free: Some(found.is_some()),
        holders: vec![],
        error,
    }
}

/// Whether a PCM that was opened stands for the device or server of a row.
fn is_behind(row: &DeviceRow, found: &PcmOverview) -> bool {
    match (row.kind, found.hardware) {
        (RowKind::Card, Some((card, device))) => {
            row.card_index == Some(card) && row.device_index == Some(device)
        }
        (RowKind::Server, None) => found.plugins.iter().any(|plugin| *plugin == row.name),
        _ => false,
    }
}

/// The sound servers that answer.
fn server_rows() -> Vec<DeviceRow> {
    let listed = pcm_names::pcms(None).unwrap_or_default();
    let is_listed = |name: &str| listed.iter().any(|pcm| pcm.name == name);
    let servers = SERVERS.iter().filter(|(pcm, _)| is_listed(pcm));
    servers
        .filter_map(|(pcm, title)| server_row(pcm, title))
        .collect()
}

fn server_row(pcm: &str, title: &str) -> Option<DeviceRow> {
    let [playback, capture] = overviews(pcm).map(|side| side.ok().as_ref().map(Ability::from));
    (playback.is_some() || capture.is_some()).then(|| DeviceRow {
        name: pcm.to_owned(),
        kind: RowKind::Server,
        title: title.to_owned(),
        pcm: pcm.to_owned(),
        card_index: None,
        card_id: None,
        device_index: None,
        default: false,
        resolves_to: None,
        playback,
        capture,
        free: Some(true),
        holders: vec![],
        error: None,
    })
}

fn card_rows(card: &Card) -> Vec<DeviceRow> {
    let id = card.id.clone().unwrap_or(card.index.to_string());
    let devices = card.devices.iter();
    devices.map(|device| card_row(card, &id, device)).collect()
}

fn card_row(card: &Card, id: &str, device: &PcmDevice) -> DeviceRow {
    let pcm = format!("hw:CARD={id},DEV={}", device.index);
    let sides = [
        (Direction::Playback, &device.playback),
        (Direction::Capture, &device.capture),
    ];
    let opened = sides.map(|(direction, stream)| {
        let stream = stream.as_ref()?;
        Some((stream, overview(&pcm, direction)))
    });
    let mut holders: Vec<Holder> = Vec::new();
    for (direction, _) in sides {
        for holder in holders_of(card.index, Some(device.index), direction) {
            if !holders.contains(&holder) {
                holders.push(holder);
            }
        }
    }
    let failed = opened.iter().flatten().find_map(|(_, side)| {
        let error = side.as_ref().err()?;
        (error.kind() != Kind::Busy).then(|| ErrorSummary::from(error))
    });
    let [playback, capture] = opened.map(|side| side.map(|(stream, side)| ability(stream, side)));
    let free = |side: &Option<(Ability, bool)>| side.is_none_or(|(_, free)| free);
    DeviceRow {
        name: typed(card, id, device),
        kind: RowKind::Card,
        title: title(card, device),
        pcm,
        card_index: Some(card.index),
        card_id: card.id.clone(),
        device_index: Some(device.index),
        default: false,
        resolves_to: None,
        free: failed.is_none().then(|| free(&playback) && free(&capture)),
        playback: playback.map(|(able, _)| able),
        capture: capture.map(|(able, _)| able),
        holders,
        error: failed,
    }
}

/// What a direction can do, and whether it is free.
fn ability(stream: &DeviceStream, side: Opened) -> (Ability, bool) {
    let able = match &side {
        Ok(overview) => Ability::from(overview),
        Err(_) => Ability {
            channel_range: None,
            rate_range: None,
        },
    };
    (able, side.is_ok() && stream.available > 0)
}

/// The shortest name that selects the device for all its directions: the card's id, or card and device.
fn typed(card: &Card, id: &str, device: &PcmDevice) -> String {
    let is_first = |of: fn(&PcmDevice) -> bool| {
        let first = card.devices.iter().find(|other| of(other));
        !of(device) || first.is_some_and(|first| first.index == device.index)
    };
    let plays = is_first(|device| device.playback.is_some());
    let records = is_first(|device| device.capture.is_some());
    let is_number = id.parse::<u32>().is_ok();
    match plays && records && !is_number && !pcm_names::is_pcm(id) {
        true => id.to_owned(),
        false => format!("hw:{id},{}", device.index),
    }
}

fn title(card: &Card, device: &PcmDevice) -> String {
    match card.name.as_deref() {
        Some(name) if device.name.starts_with(name) => device.name.clone(),
        Some(name) if device.name.is_empty() => name.to_owned(),
        Some(name) => format!("{name}, {}", device.name),
        None => device.name.clone(),
    }
}

/// The rows as a table, or as a list on a terminal that is too narrow for it.
fn text(rows: &[DeviceRow], columns: Option<usize>) -> String {
    let table = table(rows);
    let width = table.lines().map(|line| line.chars().count()).max();
    match columns {
        Some(columns) if width > Some(columns) => list(rows),
        _ => table,
    }
}

/// Some lines for each row.
fn list(rows: &[DeviceRow]) -> String {
    let item = |row: &DeviceRow| {
        let sides = [("plays", &row.playback), ("records", &row.capture)];
        let able = |(does, able): (&str, &Option<Ability>)| {
            let able = able.as_ref()?;
            Some(format!("    {does} {}\n", ability_text(Some(able))))
        };
        let able: String = sides.into_iter().filter_map(able).collect();
        let (mark, name, title) = (mark(row), &row.name, &row.title);
        format!("{mark}{name}  {title}\n{able}    {}\n", use_text(row))
    };
    rows.iter().map(item).collect()
}

/// What marks the row of what the default stands for.
fn mark(row: &DeviceRow) -> &'static str {
    match row.default && row.kind != RowKind::Default {
        true => "* ",
        false => "  ",
    }
}

/// The rows as a table.
fn table(rows: &[DeviceRow]) -> String {
    let header = ["TYPE", "NAME", "PLAYS", "RECORDS", "USE"].map(str::to_owned);
    let cells = rows.iter().map(|row| {
        [
            row.name.clone(),
            row.title.clone(),
            ability_text(row.playback.as_ref()),
            ability_text(row.capture.as_ref()),
            use_text(row),
        ]
    });
    let lines: Vec<[String; 5]> = std::iter::once(header).chain(cells).collect();
    let width = |column: usize| {
        let widths = lines.iter().map(|line| line[column].chars().count());
        widths.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..4).map(width).collect();
    let marks = std::iter::once("  ").chain(rows.iter().map(mark));
    let line = |(line, mark): (&[String; 5], &str)| {
        let mut text = mark.to_owned();
        for (cell, width) in line.iter().zip(&widths) {
            text += &format!("{cell:<width$}  ");
        }
        text + &line[4] + "\n"
    };
    lines.iter().zip(marks).map(line).collect()
}

/// `2 ch, 44.1-192 kHz`.
fn ability_text(able: Option<&Ability>) -> String {
    let Some(able) = able else {
        return "-".to_owned();
    };
    let (Some(channels), Some(rates)) = (able.channel_range, able.rate_range) else {
        return "yes".to_owned();
    };
    let kilo = |hz: u64| format!("{}", hz as f64 / 1000.0);
    let channels = span(channels, 1000, &|count| count.to_string());
    format!("{channels} ch, {} kHz", span(rates, 1_000_000, &kilo))
}

fn span(range: ParamRange, most: u64, text: &dyn Fn(u64) -> String) -> String {
    match range {
        ParamRange { min, max } if min == max => text(min),
        // Plugins that convert take any value.
        ParamRange { max, .. } if max >= most => "any".to_owned(),
        ParamRange { min, max } => format!("{}-{}", text(min), text(max)),
    }
}

fn use_text(row: &DeviceRow) -> String {
    let users: Vec<String> = row
        .holders
        .iter()
        .map(|holder| format!("{} (pid {})", holder.program, holder.pid))
        .collect();
    match (row.free, &row.error) {
        (_, Some(_)) => "cannot be opened".to_owned(),
        (Some(true), _) if users.is_empty() => "free".to_owned(),
        (Some(true), _) => format!("{}; free for more", users.join(", ")),
        _ if users.is_empty() => "busy".to_owned(),
        _ => users.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(number: u32, plays: bool, records: bool) -> PcmDevice {
        let stream = |has: bool| {
            has.then(|| DeviceStream {
                subdevices: 1,
                available: 1,
                names: vec![],
            })
        };
        PcmDevice {
            index: number,
            id: "x".to_owned(),
            name: format!("PCM {number}"),
            playback: stream(plays),
            capture: stream(records),
        }
    }

    #[test]
    fn the_first_device_is_typed_by_the_id_of_its_card() {
        let card = Card {
            index: 7,
            id: Some("PCH".to_owned()),
            driver: None,
            name: Some("HDA Intel".to_owned()),
            longname: None,
            mixername: None,
            components: None,
            devices: vec![
                device(0, true, false),
                device(1, true, true),
                device(2, false, true),
                device(3, true, false),
            ],
            error: None,
        };
        let names: Vec<String> = card
            .devices
            .iter()
            .map(|device| typed(&card, "PCH", device))
            .collect();
        assert_eq!(names, ["PCH", "hw:PCH,1", "hw:PCH,2", "hw:PCH,3"]);
        assert_eq!(title(&card, &card.devices[1]), "HDA Intel, PCM 1");
    }

    #[test]
    fn a_narrow_terminal_gets_a_list() {
        let range = Some(ParamRange { min: 2, max: 2 });
        let able = Some(Ability {
            channel_range: range,
            rate_range: range,
        });
        let row = DeviceRow {
            name: "PCH".to_owned(),
            kind: RowKind::Card,
            title: "HDA Intel PCH".to_owned(),
            pcm: String::new(),
            card_index: None,
            card_id: None,
            device_index: None,
            default: true,
            resolves_to: None,
            playback: able,
            capture: None,
            free: Some(true),
            holders: vec![],
            error: None,
        };
        let rows = [row];
        let list = "* PCH  HDA Intel PCH\n    plays 2 ch, 0.002 kHz\n    free\n";
        assert_eq!(text(&rows, Some(40)), list);
        assert_eq!(text(&rows, Some(80)), table(&rows));
        assert_eq!(text(&rows, None), table(&rows));
    }

    #[test]
    fn abilities_are_short() {
        let range = |min, max| Some(ParamRange { min, max });
        let able = |channels, rates| {
            ability_text(Some(&Ability {
                channel_range: channels,
                rate_range: rates,
            }))
        };
        assert_eq!(
            able(range(2, 2), range(44_100, 192_000)),
            "2 ch, 44.1-192 kHz"
        );
        assert_eq!(
            able(range(1, 1 << 30), range(4000, u64::MAX)),
            "any ch, any kHz"
        );
        assert_eq!(able(None, None), "yes");
        assert_eq!(ability_text(None), "-");
    }
}
