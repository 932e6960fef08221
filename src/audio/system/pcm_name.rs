//! What a PCM's name says about the card it is on.

/// Arguments that select hardware.
const HARDWARE: &[&str] = &["CARD", "DEV", "SUBDEV"];
const CARD: &[&str] = &["CARD"];

/// The PCMs that alsa-lib's own configuration defines, with their first arguments as far as these select hardware. (The
/// `DEV` of `front` or `hdmi` counts the card's PCMs of that kind; it is not a device number.)
pub(crate) const WELL_KNOWN: [(&str, &[&str]); 26] = [
    ("default", CARD),
    ("sysdefault", CARD),
    ("hw", HARDWARE),
    ("plughw", HARDWARE),
    ("null", &[]),
    ("plug", &[]),
    ("file", &[]),
    ("tee", &[]),
    ("dmix", HARDWARE),
    ("dsnoop", HARDWARE),
    ("front", CARD),
    ("rear", CARD),
    ("side", CARD),
    ("center_lfe", CARD),
    ("surround21", CARD),
    ("surround40", CARD),
    ("surround41", CARD),
    ("surround50", CARD),
    ("surround51", CARD),
    ("surround71", CARD),
    ("iec958", CARD),
    ("spdif", CARD),
    ("hdmi", CARD),
    ("modem", CARD),
    ("phoneline", CARD),
    ("usbstream", CARD),
];

/// A parsed PCM name.
///
/// alsa-lib's syntax is `NAME:ARG,ARG` or `NAME:KEY=ARG`. The definition of NAME decides what the arguments mean, so
/// for a PCM that is not well known, only [`base`](ParsedPcmName::base) is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ParsedPcmName {
    /// The name before the colon. For `plug:` and `tee:`, that of their slave.
    pub base: String,
    /// Whether the PCM takes a card.
    pub on_card: bool,
    /// The card's number or id.
    pub card: Option<String>,
    /// The number of the PCM device.
    pub device: Option<u32>,
    /// The number of the subdevice.
    pub subdevice: Option<u32>,
}

impl ParsedPcmName {
    /// Parses a PCM's name.
    pub fn parse(name: &str) -> ParsedPcmName {
        let (base, arguments) = name.split_once(':').unwrap_or((name, ""));
        let base = base.trim();
        let arguments = arguments.trim().trim_matches(['{', '}']);
        match base {
            "plug" | "tee" => ParsedPcmName::parse(slave(arguments)),
            _ => ParsedPcmName {
                base: base.to_owned(),
                ..ParsedPcmName::from_arguments(base, arguments)
            },
        }
    }

    fn from_arguments(base: &str, arguments: &str) -> ParsedPcmName {
        let mut name = ParsedPcmName {
            on_card: !hardware_keys(base).is_empty(),
            ..ParsedPcmName::default()
        };
        for (key, value) in hardware_arguments(base, arguments) {
            match key {
                "CARD" => name.card = Some(value.to_owned()),
                "DEV" => name.device = value.parse().ok(),
                _ => name.subdevice = value.parse().ok(),
            }
        }
        name
    }

    /// Whether it names one PCM device of a card: the given one, or alsa-lib's default.
    pub fn names_device(&self) -> bool {
        hardware_keys(&self.base) == HARDWARE
    }
}

/// The card in the arguments of a PCM that alsa-lib defines for cards.
pub(crate) fn card_of_pcm(name: &str) -> Option<String> {
    ParsedPcmName::parse(name).card
}

/// Whether alsa-lib's own configuration defines a PCM with this name.
pub(crate) fn is_well_known(base: &str) -> bool {
    WELL_KNOWN.iter().any(|(name, _)| *name == base)
}

fn hardware_keys(base: &str) -> &'static [&'static str] {
    let known = WELL_KNOWN.iter().find(|(name, _)| *name == base);
    known.map_or(&[], |(_, keys)| keys)
}

/// The arguments that select hardware, each with its key.
fn hardware_arguments<'a>(
    base: &str,
    arguments: &'a str,
) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
    let keys = hardware_keys(base);
    let arguments = arguments.split(',').enumerate();
    arguments.filter_map(move |(at, argument)| {
        let (key, value) = match argument.split_once('=') {
            Some((key, value)) => (key.trim(), value),
            None => (*keys.get(at)?, argument),
        };
        let value = unquoted(value);
        (!value.is_empty() && keys.contains(&key)).then_some((key, value))
    })
}

/// The part of a PCM's or ctl's name that selects its card, if it has one.
pub(crate) fn card_argument(name: &str) -> Option<&str> {
    let (base, arguments) = name.split_once(':')?;
    let base = base.trim();
    let arguments = arguments.trim().trim_matches(['{', '}']);
    match base {
        "plug" | "tee" => card_argument(slave(arguments)),
        _ => hardware_arguments(base, arguments)
            .find_map(|(key, card)| (key == "CARD").then_some(card)),
    }
}

/// The same PCM or ctl on another card. A name that selects no card is completed if it can take one.
pub(crate) fn on_other_card(name: &str, card: &str) -> String {
    match card_argument(name) {
        Some(old) => {
            // `old` is a part of `name`.
            let start = old.as_ptr() as usize - name.as_ptr() as usize;
            let (before, after) = (&name[..start], &name[start + old.len()..]);
            format!("{before}{card}{after}")
        }
        None if hardware_keys(name).contains(&"CARD") => format!("{name}:{card}"),
        None => name.to_owned(),
    }
}

/// The slave in the arguments of `plug:` and `tee:`: the first argument, which may be in quotes.
fn slave(arguments: &str) -> &str {
    let value = arguments.strip_prefix("SLAVE=").unwrap_or(arguments);
    match value.chars().next() {
        Some(quote @ ('\'' | '"')) => value[1..].split(quote).next().unwrap_or_default(),
        _ => value.split(',').next().unwrap_or_default(),
    }
}

fn unquoted(value: &str) -> &str {
    value.trim().trim_matches(['\'', '"'])
}

/// The name that is probably meant by one of a card's device with other separators or blanks: `hw:0,0` for `hw 0.0`,
/// `hw0,0` and `0,0`. `None` if it is spelled right, or names something else.
pub(crate) fn hardware_spelling(name: &str, is_card: impl Fn(&str) -> bool) -> Option<String> {
    let lower = name.trim().to_ascii_lowercase();
    let base = ["plughw", "hw"]
        .into_iter()
        .find(|base| lower.starts_with(base));
    let arguments = &name.trim()[base.map_or(0, str::len)..];
    let parts: Vec<&str> = arguments
        .split([' ', ',', ':', ';', '.'])
        .filter(|part| !part.is_empty())
        .collect();
    let [card, devices @ ..] = &parts[..] else {
        return None;
    };
    let is_number = |text: &&str| text.chars().all(|c| c.is_ascii_digit());
    let is_device = base.is_some() || !devices.is_empty();
    if !is_device || devices.len() > 2 || !devices.iter().all(is_number) || !is_card(card) {
        return None;
    }
    let right = format!("{}:{}", base.unwrap_or("hw"), parts.join(","));
    (right != name).then_some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_card(
        base: &str,
        card: Option<&str>,
        (device, subdevice): (Option<u32>, Option<u32>),
    ) -> ParsedPcmName {
        ParsedPcmName {
            base: base.to_owned(),
            on_card: true,
            card: card.map(str::to_owned),
            device,
            subdevice,
        }
    }

    #[test]
    fn arguments_are_parsed_by_position_and_by_key() {
        let cases = [
            ("hw:9", on_card("hw", Some("9"), (None, None))),
            (
                "plughw:0,0,5",
                on_card("plughw", Some("0"), (Some(0), Some(5))),
            ),
            (
                "hw:CARD=Foo,DEV=3",
                on_card("hw", Some("Foo"), (Some(3), None)),
            ),
            ("hw:DEV=3", on_card("hw", None, (Some(3), None))),
            (
                "dmix:CARD=Dummy,7",
                on_card("dmix", Some("Dummy"), (Some(7), None)),
            ),
            ("hw: '9'", on_card("hw", Some("9"), (None, None))),
            ("hw", on_card("hw", None, (None, None))),
            ("hw:0,abc", on_card("hw", Some("0"), (None, None))),
        ];
        for (name, expected) in cases {
            assert_eq!(ParsedPcmName::parse(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_that_takes_only_a_card_has_no_device() {
        assert_eq!(
            ParsedPcmName::parse("default:CARD=X"),
            on_card("default", Some("X"), (None, None))
        );
        assert_eq!(
            ParsedPcmName::parse("hdmi:HDA,7"),
            on_card("hdmi", Some("HDA"), (None, None))
        );
        assert!(!ParsedPcmName::parse("front:0,7").names_device());
    }

    #[test]
    fn plug_and_tee_are_parsed_as_their_slave() {
        let slave = on_card("hw", Some("9"), (Some(3), None));
        for name in [
            "plug:'hw:9,3'",
            "plug:\"hw:9,3\"",
            "plug:SLAVE='hw:9,3'",
            "tee:'hw:9,3',out.raw,raw",
        ] {
            assert_eq!(ParsedPcmName::parse(name), slave, "{name}");
        }
        assert_eq!(
            ParsedPcmName::parse("tee:hw:9,out.raw"),
            on_card("hw", Some("9"), (None, None))
        );
    }

    #[test]
    fn the_card_in_a_name_is_replaced() {
        let cases = [
            ("hw:1,0", "hw:2,0"),
            ("plughw:1", "plughw:2"),
            ("default:1", "default:2"),
            ("hw:CARD=USB,DEV=1", "hw:CARD=2,DEV=1"),
            ("hw:DEV=1,CARD=1", "hw:DEV=1,CARD=2"),
            ("plug:'hw:1,0'", "plug:'hw:2,0'"),
            ("hw", "hw:2"),
            ("default", "default:2"),
            ("pulse", "pulse"),
            ("null", "null"),
        ];
        for (name, expected) in cases {
            assert_eq!(on_other_card(name, "2"), expected);
        }
    }

    #[test]
    fn other_separators_and_blanks_are_respelled() {
        let is_card = |card: &str| ["0", "PCH"].contains(&card);
        for (name, right) in [
            ("hw 0", Some("hw:0")),
            ("hw0,0", Some("hw:0,0")),
            ("plughw0", Some("plughw:0")),
            ("hw:0 ", Some("hw:0")),
            (" hw:PCH , 3", Some("hw:PCH,3")),
            ("HW:0.1.2", Some("hw:0,1,2")),
            ("hw:0:0", Some("hw:0,0")),
            ("PCH,0", Some("hw:PCH,0")),
            ("hw:0,0", None),
            ("hw:9;0", None),
            ("hw:0,x", None),
            ("hw:0,1,2,3", None),
            ("hw:CARD=0 ", None),
            ("0", None),
            ("hw", None),
            ("", None),
            ("hw\u{130}", None),
        ] {
            assert_eq!(hardware_spelling(name, is_card).as_deref(), right, "{name}");
        }
    }

    #[test]
    fn other_names_have_no_card() {
        for name in ["null", "file:9,raw", "pulse", "nosuch:1", ""] {
            let parsed = ParsedPcmName::parse(name);
            assert!(!parsed.on_card && parsed.card.is_none(), "{name}");
        }
    }
}
