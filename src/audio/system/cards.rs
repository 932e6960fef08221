//! Sound cards and their PCM devices.
//!
//! Unlike `aplay -l` and pyalsaaudio, these functions include cards that cannot be opened, with the reason.

use super::configuration;
use super::diagnosis::explain_card;
use super::files::SystemFiles;
use super::known_cards::{KnownCard, no_card};
use crate::audio::advice::{Advice, DeviceAdvice};
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::ctl::{self, CardInfo, Ctl, CtlPcmInfo};
use crate::audio::ffi::messages;
use schemars::JsonSchema;
use serde::Serialize;

/// A sound card. What could not be read is `None`, and `error` says why.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Card {
    /// Its number, as in `hw:0`.
    pub index: u32,
    /// Its id, as in `hw:CARD=PCH`.
    pub id: Option<String>,
    /// The driver's name.
    pub driver: Option<String>,
    /// Its short name.
    pub name: Option<String>,
    /// Its long name.
    pub longname: Option<String>,
    /// The name of its mixer.
    pub mixername: Option<String>,
    /// Its components, separated by spaces.
    pub components: Option<String>,
    /// Its PCM devices, sorted by number.
    pub devices: Vec<PcmDevice>,
    /// Why it could not be read completely. Not serialized, because the caller puts advice into words.
    #[serde(skip)]
    pub error: Option<Error>,
}

/// A PCM device of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PcmDevice {
    /// Its number, as in `hw:0,3`.
    pub index: u32,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its playback direction.
    pub playback: Option<DeviceStream>,
    /// Its capture direction.
    pub capture: Option<DeviceStream>,
}

/// One direction of a PCM device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeviceStream {
    /// The number of subdevices: how many programs can open it at the same time.
    pub subdevices: u32,
    /// The number of free subdevices.
    pub available: u32,
    /// The subdevices' names, by number. Not serialized.
    #[serde(skip)]
    pub names: Vec<String>,
}

/// All cards and their devices, sorted by number (like `aplay -l` and `arecord -l` together).
///
/// Cards that this user may not open, or that fail, are included with their error. From `snd_card_next`,
/// `snd_ctl_card_info`, `snd_ctl_pcm_info` and `/proc/asound/cards`.
///
/// # Errors
/// If alsa-lib fails and the kernel lists no cards.
pub fn list() -> Result<Vec<Card>> {
    let mut cards = Vec::new();
    visit(&mut |card| cards.push(card))?;
    Ok(cards)
}

/// Calls `visit` with each card of [`list`] as soon as it is read.
///
/// # Errors
/// See [`list`].
pub fn visit(visit: &mut dyn FnMut(Card)) -> Result<()> {
    let files = SystemFiles::of_this_machine();
    let known = known(&files)?;
    known.iter().for_each(|card| visit(read(&files, card)));
    Ok(())
}

/// Calls `visit` with each card that alsa-lib lists (`snd_card_next`): those that this user may open.
///
/// # Errors
/// See [`list`].
pub fn visit_listed(visit: &mut dyn FnMut(Card)) -> Result<()> {
    let files = SystemFiles::of_this_machine();
    for index in listed_indexes()? {
        visit(read(&files, &KnownCard::without_names(index)));
    }
    Ok(())
}

/// The numbers of the cards that alsa-lib lists (`snd_card_next`): those that this user may open.
///
/// # Errors
/// See [`list`].
pub fn listed_indexes() -> Result<Vec<u32>> {
    configuration::check()?;
    messages::capture();
    ctl::card_indexes().map_err(|errno| Error::device("list", "cards", errno))
}

/// The numbers of all cards (pyalsaaudio's `card_indexes`), including those that this user may not open.
///
/// # Errors
/// See [`list`].
pub fn card_indexes() -> Result<Vec<u32>> {
    let known = known(&SystemFiles::of_this_machine())?;
    Ok(known.iter().map(|card| card.index).collect())
}

/// The ids of all cards (pyalsaaudio's `cards`), sorted by number. The number replaces an unknown id.
///
/// # Errors
/// See [`list`].
pub fn cards() -> Result<Vec<String>> {
    let files = SystemFiles::of_this_machine();
    let known = known(&files)?;
    let cards = known.iter().map(|card| identify(&files, card));
    Ok(cards
        .map(|card| card.id.unwrap_or(card.index.to_string()))
        .collect())
}

/// A card's short and long name (pyalsaaudio's `card_name`; `snd_card_get_name` and `snd_card_get_longname`).
///
/// # Errors
/// [`Kind::NotFound`] if there is no such card. If it can be neither opened nor read from `/proc/asound/cards`, the
/// error of the open.
pub fn card_name(index: u32) -> Result<(String, String)> {
    let files = SystemFiles::of_this_machine();
    let known = known(&files)?;
    let known = known
        .iter()
        .find(|card| card.index == index)
        .ok_or_else(|| not_found(&index.to_string(), &known))?;
    let card = identify(&files, known);
    match (card.name, card.longname, card.error) {
        (Some(name), Some(longname), _) => Ok((name, longname)),
        (_, _, Some(error)) => Err(error),
        _ => Err(cannot_open(&files, known, libc::ENODEV)),
    }
}

/// The number of the card that `wanted` means: its number, id, short name or long name. Case matters only if several
/// cards differ in case alone.
///
/// # Errors
/// [`Kind::NotFound`] if there is none, [`Kind::Usage`] if a name matches several cards.
pub fn find_card(wanted: &str) -> Result<u32> {
    let files = SystemFiles::of_this_machine();
    match matching(wanted, &identified(&files)?)[..] {
        [index] => Ok(index),
        [] => Err(missing(&files, wanted)),
        ref several => {
            let numbers: Vec<_> = several.iter().map(u32::to_string).collect();
            Err(ambiguous(wanted, &numbers, numbers.clone()))
        }
    }
}

/// All cards without their devices.
pub(super) fn identified(files: &SystemFiles) -> Result<Vec<Card>> {
    let known = known(files)?;
    Ok(known.iter().map(|card| identify(files, card)).collect())
}

/// The cards that `wanted` matches by the strictest rule that matches any.
pub(super) fn matching(wanted: &str, cards: &[Card]) -> Vec<u32> {
    let lower = wanted.to_lowercase();
    let rules: [&dyn Fn(&Card) -> bool; 4] = [
        &|card| wanted.parse() == Ok(card.index),
        &|card| card.id.as_deref() == Some(wanted),
        &|card| names(card).any(|name| name == wanted),
        &|card| names(card).any(|name| name.to_lowercase() == lower),
    ];
    let matches = |rule: &dyn Fn(&Card) -> bool| -> Vec<u32> {
        let cards = cards.iter().filter(|card| rule(card));
        cards.map(|card| card.index).collect()
    };
    rules
        .into_iter()
        .map(matches)
        .find(|cards| !cards.is_empty())
        .unwrap_or_default()
}

/// The known names of a card: its id, short name and long name.
pub(super) fn names(card: &Card) -> impl Iterator<Item = &str> {
    [&card.id, &card.name, &card.longname]
        .into_iter()
        .flatten()
        .map(String::as_str)
}

/// The error for a card that does not exist, or why the cards cannot be listed.
pub(super) fn missing(files: &SystemFiles, wanted: &str) -> Error {
    match known(files) {
        Ok(known) => not_found(wanted, &known),
        Err(error) => error,
    }
}

fn not_found(wanted: &str, known: &[KnownCard]) -> Error {
    let (reason, near) = no_card(wanted, known);
    let error = Error::new(Kind::NotFound, reason).with_device(wanted);
    match near.is_empty() {
        true if known.is_empty() => error.with_advice(DeviceAdvice::FindCards),
        true => error,
        false => error.with_advice(Advice::nearest(near)),
    }
}

/// The error for a name that matches several cards or devices, and what to type for each.
pub(super) fn ambiguous(wanted: &str, candidates: &[String], names: Vec<String>) -> Error {
    let message = format!("'{wanted}' matches several: {}", candidates.join(", "));
    Error::new(Kind::Usage, message)
        .with_device(wanted)
        .with_advice(DeviceAdvice::NameOneOf(names))
}

/// The cards that the kernel or alsa-lib lists, sorted by number.
fn known(files: &SystemFiles) -> Result<Vec<KnownCard>> {
    configuration::check()?;
    messages::capture();
    let mut cards = files.cards();
    match ctl::card_indexes() {
        Ok(indexes) => cards.extend(indexes.into_iter().map(KnownCard::without_names)),
        Err(errno) if cards.is_empty() => return Err(Error::device("list", "cards", errno)),
        Err(_) => {}
    }
    // The sort is stable, so the entry with names stays.
    cards.sort_by_key(|card| card.index);
    cards.dedup_by_key(|card| card.index);
    Ok(cards)
}

/// A card with its devices, or with an error.
fn read(files: &SystemFiles, known: &KnownCard) -> Card {
    let opened = Ctl::open(known.index).and_then(|ctl| {
        let info = ctl.card_info()?;
        Ok((info, devices(&ctl)?))
    });
    match opened {
        Ok((info, devices)) => Card {
            devices,
            ..Card::from(info)
        },
        Err(errno) => unreadable(files, known, errno),
    }
}

/// A card without its devices, or with an error.
fn identify(files: &SystemFiles, known: &KnownCard) -> Card {
    match Ctl::open(known.index).and_then(|ctl| ctl.card_info()) {
        Ok(info) => Card::from(info),
        Err(errno) => unreadable(files, known, errno),
    }
}

impl From<CardInfo> for Card {
    fn from(info: CardInfo) -> Card {
        Card {
            index: info.index,
            id: Some(info.id),
            driver: Some(info.driver),
            name: Some(info.name),
            longname: Some(info.longname),
            mixername: Some(info.mixername),
            components: Some(info.components),
            devices: Vec::new(),
            error: None,
        }
    }
}

/// A card that cannot be opened, with what `/proc/asound/cards` says about it.
fn unreadable(files: &SystemFiles, known: &KnownCard, errno: i32) -> Card {
    let identity = known.identity.clone();
    Card {
        index: known.index,
        id: identity.as_ref().map(|card| card.id.clone()),
        driver: identity.as_ref().map(|card| card.driver.clone()),
        name: identity.as_ref().map(|card| card.name.clone()),
        longname: identity.map(|card| card.longname),
        mixername: None,
        components: None,
        devices: Vec::new(),
        error: Some(cannot_open(files, known, errno)),
    }
}

fn cannot_open(files: &SystemFiles, known: &KnownCard, errno: i32) -> Error {
    let name = format!("hw:{}", known.index);
    explain_card(files, known, Error::device("open", &name, errno))
}

fn devices(ctl: &Ctl) -> Result<Vec<PcmDevice>, i32> {
    let numbers = ctl.devices()?;
    let devices = numbers.into_iter().map(|number| device(ctl, number));
    devices.filter_map(Result::transpose).collect()
}

/// A PCM device; `None` if it has neither direction (any more).
fn device(ctl: &Ctl, number: u32) -> Result<Option<PcmDevice>, i32> {
    let playback = stream(ctl, number, Direction::Playback)?;
    let capture = stream(ctl, number, Direction::Capture)?;
    let Some((info, _)) = playback.as_ref().or(capture.as_ref()) else {
        return Ok(None);
    };
    Ok(Some(PcmDevice {
        index: number,
        id: info.id.clone(),
        name: info.name.clone(),
        playback: playback.map(|(_, stream)| stream),
        capture: capture.map(|(_, stream)| stream),
    }))
}

/// One direction of a PCM device; `None` if it lacks that direction.
fn stream(
    ctl: &Ctl,
    device: u32,
    direction: Direction,
) -> Result<Option<(CtlPcmInfo, DeviceStream)>, i32> {
    let info = match ctl.pcm_info(device, 0, direction.into()) {
        Ok(info) => info,
        Err(libc::ENOENT) => return Ok(None),
        Err(errno) => return Err(errno),
    };
    let stream = DeviceStream {
        subdevices: info.subdevices,
        available: info.available,
        names: subdevice_names(ctl, device, direction, info.subdevices),
    };
    Ok(Some((info, stream)))
}

/// The subdevices' names, up to the first that cannot be read.
fn subdevice_names(ctl: &Ctl, device: u32, direction: Direction, count: u32) -> Vec<String> {
    (0..count)
        .map_while(|subdevice| ctl.pcm_info(device, subdevice, direction.into()).ok())
        .map(|info| info.subdevice_name)
        .collect()
}

#[cfg(test)]
impl Card {
    /// A card with these names, for tests.
    pub(super) fn named(index: u32, id: &str, name: &str, longname: &str) -> Card {
        Card::from(CardInfo {
            index,
            id: id.to_owned(),
            driver: "Driver".to_owned(),
            name: name.to_owned(),
            longname: longname.to_owned(),
            mixername: "Mixer".to_owned(),
            components: String::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::system::fake::FakeSystem;

    fn card(index: u32, id: &str, name: &str) -> Card {
        Card::named(index, id, name, &format!("{name} at usb-{index}"))
    }

    #[test]
    fn a_card_matches_by_number_id_and_name() {
        let cards = [
            card(0, "PCH", "HDA Intel PCH"),
            card(1, "2", "Headset"),
            card(2, "Headset", "Headset"),
            card(3, "pch", "Other"),
        ];
        let cases: [(&str, &[u32]); 9] = [
            ("0", &[0]),
            ("2", &[2]),
            ("PCH", &[0]),
            ("pch", &[3]),
            ("Headset", &[2]),
            ("HEADSET", &[1, 2]),
            ("hda intel pch", &[0]),
            ("Headset at usb-1", &[1]),
            ("9", &[]),
        ];
        for (wanted, expected) in cases {
            assert_eq!(matching(wanted, &cards), expected, "{wanted}");
        }
    }

    #[test]
    fn a_missing_card_is_reported_with_the_existing_ones() {
        let known = FakeSystem::with_cards().files.cards();
        let error = not_found("UBS", &known);
        assert_eq!(
            error.to_string(),
            "there is no card 'UBS' (cards: 3 USB, 0 Dummy)"
        );
        assert_eq!(error.advice(), [Advice::nearest(["USB"])]);
        assert_eq!(error.kind(), Kind::NotFound);
        let error = not_found("0", &[]);
        assert_eq!(error.to_string(), "there are no sound cards");
        assert_eq!(error.advice(), [DeviceAdvice::FindCards.into()]);
    }

    #[test]
    fn an_ambiguous_name_is_reported_with_the_cards_it_matches() {
        let names = ["1".to_owned(), "2".to_owned()];
        let error = ambiguous("HEADSET", &names, names.to_vec());
        assert_eq!(error.to_string(), "'HEADSET' matches several: 1, 2");
        assert_eq!(error.kind(), Kind::Usage);
    }

    #[test]
    fn a_card_without_permission_is_listed_with_the_reason() {
        let mut system = FakeSystem::new();
        // No machine has a card with this number.
        system.write(
            "proc/asound/cards",
            "31 [Far            ]: Drv - Far away\n                      Far away at 31\n",
        );
        system.node("controlC31");
        system.files.may_open = |_| false;
        messages::capture();
        let card = read(&system.files, &system.files.cards()[0]);
        assert_eq!(
            serde_json::to_string(&card).unwrap(),
            r#"{"index":31,"id":"Far","driver":"Drv","name":"Far away","longname":"Far away at 31","mixername":null,"components":null,"devices":[]}"#
        );
        let error = card.error.unwrap();
        assert_eq!(error.kind(), Kind::Permission);
        assert_eq!(
            error.to_string(),
            "cannot open 'hw:31': permission denied (the device belongs to group 'audio', and user 'bob' is not in it)"
        );
        let join = DeviceAdvice::JoinGroup {
            user: "bob".to_owned(),
            group: "audio".to_owned(),
        };
        assert_eq!(error.advice(), [join.into()]);
    }

    #[test]
    fn json_of_a_card_has_the_documented_shape() {
        let mut card = card(0, "Dummy", "Dummy");
        card.devices.push(PcmDevice {
            index: 0,
            id: "Dummy PCM".to_owned(),
            name: "Dummy PCM".to_owned(),
            playback: Some(DeviceStream {
                subdevices: 8,
                available: 7,
                names: vec!["subdevice #0".to_owned()],
            }),
            capture: None,
        });
        assert_eq!(
            serde_json::to_string(&card).unwrap(),
            r#"{"index":0,"id":"Dummy","driver":"Driver","name":"Dummy","longname":"Dummy at usb-0","mixername":"Mixer","components":"","devices":[{"index":0,"id":"Dummy PCM","name":"Dummy PCM","playback":{"subdevices":8,"available":7},"capture":null}]}"#
        );
    }

    #[test]
    fn the_lists_of_this_machine_agree() {
        let numbers = card_indexes().unwrap();
        assert_eq!(cards().unwrap().len(), numbers.len());
        let listed: Vec<_> = list().unwrap().iter().map(|card| card.index).collect();
        assert_eq!(listed, numbers);
        assert_eq!(card_name(99).unwrap_err().kind(), Kind::NotFound);
        assert_eq!(
            find_card("no such card").unwrap_err().kind(),
            Kind::NotFound
        );
    }
}
