//! The elements of a Loopback card: what another program plays on it, and its rate.

use aloud::audio::format::Format;
use aloud::audio::mixer::{ElementId, ElementInterface, ElementSelector, ElementValues, Elements};
use aloud::audio::spec::Spec;

/// A PCM of a card, as in `hw:Loopback,1,0`.
pub(super) struct CardPcm {
    /// The name of the card's ctl.
    pub(super) ctl: String,
    device: u32,
    subdevice: u32,
}

impl CardPcm {
    /// `None` unless the name is that of a card's PCM.
    pub(super) fn parse(name: &str) -> Option<CardPcm> {
        let arguments = name
            .strip_prefix("hw:")
            .or_else(|| name.strip_prefix("plughw:"))?;
        let value = |word: &str| {
            word.rsplit_once('=')
                .map_or(word, |(_, value)| value)
                .to_owned()
        };
        let mut words = arguments.split(',').map(value);
        let card = words.next()?;
        let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        Some(CardPcm {
            ctl: format!("hw:{card}"),
            device: number(),
            subdevice: number(),
        })
    }

    fn value(&self, elements: &Elements, name: &str) -> Option<i64> {
        let id = ElementId {
            numid: 0,
            interface: ElementInterface::Pcm,
            name: name.to_owned(),
            index: 0,
            device: self.device,
            subdevice: self.subdevice,
        };
        let info = elements.exact(&id).ok()?;
        match elements.read(&info).ok()? {
            ElementValues::Boolean(all) => all.first().map(|on| i64::from(*on)),
            ElementValues::Integer(all) => all.first().copied(),
            _ => None,
        }
    }
}

/// What is played on the other side of a Loopback card.
pub(super) enum OtherSide {
    /// The card has no elements for that.
    Unknown,
    Silent,
    Playing(Spec),
}

/// What is played on the other side of a capture PCM.
pub(super) fn other_side(pcm: &CardPcm, ctl: &str) -> OtherSide {
    let Ok(elements) = Elements::open(ctl) else {
        return OtherSide::Unknown;
    };
    let value = |name: &str| pcm.value(&elements, name);
    let (Some(active), Some(format), Some(rate), Some(channels)) = (
        value("PCM Slave Active"),
        value("PCM Slave Format"),
        value("PCM Slave Rate"),
        value("PCM Slave Channels"),
    ) else {
        return OtherSide::Unknown;
    };
    let format = i32::try_from(format).ok().and_then(Format::from_number);
    match format.map(|format| Spec::new(format, rate as u32, channels as u32)) {
        Some(Ok(spec)) if active != 0 => OtherSide::Playing(spec),
        _ => OtherSide::Silent,
    }
}

/// What is wrong with the element that sets the rate of the playback device, in alsaloop's words.
pub(super) fn rate_shift_fault(text: &str, ctl: &str) -> Option<String> {
    let unable = format!("Unable to open playback PCM Rate Shift elem '{text}'.\n");
    let Ok(selector) = ElementSelector::parse(text) else {
        return Some(format!("Wrong control identifier: {text}\n{unable}"));
    };
    let all = Elements::open(ctl).and_then(|elements| elements.list());
    let named = ElementSelector {
        interface: selector.interface.or(Some(ElementInterface::Pcm)),
        ..selector.clone()
    };
    let found = all
        .unwrap_or_default()
        .iter()
        .any(|info| selector.matches(&info.id) || named.matches(&info.id));
    (!found).then_some(unable)
}

#[cfg(test)]
mod tests {
    use super::CardPcm;

    #[test]
    fn pcms_of_cards_are_known_by_their_names() {
        let parsed =
            |name: &str| CardPcm::parse(name).map(|pcm| (pcm.ctl, pcm.device, pcm.subdevice));
        assert_eq!(
            parsed("hw:Loopback,1,3"),
            Some(("hw:Loopback".to_owned(), 1, 3))
        );
        assert_eq!(
            parsed("plughw:CARD=1,DEV=2"),
            Some(("hw:1".to_owned(), 2, 0))
        );
        assert_eq!(parsed("hw:0"), Some(("hw:0".to_owned(), 0, 0)));
        assert!(parsed("default").is_none());
    }
}
