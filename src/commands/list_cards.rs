//! `aloud list-cards`: sound cards with their PCM devices and subdevices.

use super::{Exit, Result, advice, ui::Ui};
use aloud::audio::error::{Error, Kind};
use aloud::audio::spelling::count;
use aloud::audio::system::cards::{self, Card, DeviceStream, PcmDevice};
use schemars::JsonSchema;
use serde::Serialize;

/// List sound cards and their PCM devices
///
/// With -v, lists the subdevices too. A card that cannot be opened is listed without its devices, and a warning says why.
///
/// With --json: an array of objects with index, id, driver, name, longname, mixername, components, devices and error.
/// Each device has index, id, name, playback and capture. The latter are null, or have subdevices and available (free
/// ones).
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {}

const EXAMPLES: &str = "\
Examples:
  aloud list-cards
      list all cards with their devices
  aloud list-cards --json
      list them as JSON";

pub fn run(ui: &mut Ui, _args: Args) -> Result {
    let cards = cards::list()?;
    if cards.is_empty() {
        ui.note("aloud: there are no sound cards");
    }
    if ui.json() {
        ui.document(&cards.iter().map(CardObject::from).collect::<Vec<_>>())?;
    } else {
        let text = |card| card_text(card, ui.verbose());
        ui.text(&cards.iter().map(text).collect::<String>())?;
    }
    // The JSON has these errors too, but a warning is harder to miss.
    for error in cards.iter().filter_map(|card| card.error.as_ref()) {
        ui.warning(&error.to_string());
    }
    Ok(Exit::Done)
}

/// A card as JSON: with its error and the best hint.
#[derive(Serialize, JsonSchema)]
pub struct CardObject<'a> {
    #[serde(flatten)]
    card: &'a Card,
    error: Option<ErrorSummary>,
}

/// Why something that is listed cannot be opened.
#[derive(Serialize, JsonSchema)]
pub struct ErrorSummary {
    /// The kind of error.
    kind: Kind,
    /// What happened, in one line.
    message: String,
    /// What can be done about it.
    hint: Option<String>,
}

impl<'a> From<&'a Card> for CardObject<'a> {
    fn from(card: &'a Card) -> CardObject<'a> {
        CardObject {
            card,
            error: card.error.as_ref().map(ErrorSummary::from),
        }
    }
}

impl From<&Error> for ErrorSummary {
    fn from(error: &Error) -> ErrorSummary {
        ErrorSummary {
            kind: error.kind(),
            message: error.to_string(),
            hint: error.advice().first().map(advice::hint),
        }
    }
}

fn card_text(card: &Card, subdevices: bool) -> String {
    let or_unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".into());
    let mut text = format!(
        "card {}: {} [{}]",
        card.index,
        or_unknown(&card.id),
        or_unknown(&card.name)
    );
    if let Some(driver) = &card.driver {
        text += &format!(", driver {driver}");
    }
    text.push('\n');
    let devices = card.devices.iter();
    text.extend(devices.map(|device| device_text(device, subdevices)));
    text
}

fn device_text(device: &PcmDevice, subdevices: bool) -> String {
    let mut text = format!("  device {}: {} [{}]", device.index, device.id, device.name);
    let sides = [("playback", &device.playback), ("capture", &device.capture)];
    let streams = sides
        .into_iter()
        .filter_map(|(direction, stream)| Some((direction, stream.as_ref()?)));
    match subdevices {
        true => {
            text.push('\n');
            text.extend(streams.map(|(direction, stream)| stream_text(direction, stream)));
        }
        false => {
            text.extend(streams.map(|(direction, _)| format!(", {direction}")));
            text.push('\n');
        }
    }
    text
}

fn stream_text(direction: &str, stream: &DeviceStream) -> String {
    let mut text = format!(
        "    {direction}: {} of {} free\n",
        stream.available,
        count(stream.subdevices, "subdevice")
    );
    for (index, name) in stream.names.iter().enumerate() {
        text += &format!("      subdevice {index}: {name}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use aloud::audio::advice::DeviceAdvice;

    fn card() -> Card {
        Card {
            index: 31,
            id: Some("Far".to_owned()),
            driver: Some("Drv".to_owned()),
            name: Some("Far away".to_owned()),
            longname: Some("Far away at 31".to_owned()),
            mixername: None,
            components: None,
            devices: Vec::new(),
            error: None,
        }
    }

    fn json(card: &Card) -> String {
        serde_json::to_string(&CardObject::from(card)).unwrap()
    }

    #[test]
    fn a_card_without_an_error_has_a_null_error() {
        assert_eq!(
            json(&card()),
            r#"{"index":31,"id":"Far","driver":"Drv","name":"Far away","longname":"Far away at 31","mixername":null,"components":null,"devices":[],"error":null}"#
        );
    }

    #[test]
    fn a_card_that_cannot_be_opened_has_an_error_with_a_hint() {
        let denied = Error::new(Kind::Permission, "cannot open 'hw:31': permission denied");
        let join = DeviceAdvice::JoinGroup {
            user: "bob".to_owned(),
            group: "audio".to_owned(),
        };
        let card = Card {
            error: Some(denied.with_advice(join)),
            ..card()
        };
        assert!(json(&card).ends_with(
            r#""devices":[],"error":{"kind":"permission","message":"cannot open 'hw:31': permission denied","hint":"`sudo usermod -aG audio bob`, then log in again"}}"#
        ));
    }
}
