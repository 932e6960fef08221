//! Why a PCM did not open, in words that help.
//!
//! alsa-lib gives one errno for many causes: ENOENT stands for an unknown PCM, a missing card, a missing device and a card
//! that this user may not open. What it says on the side, what the name says, and what the system tells decide.

use super::holders::{PcmLocation, described};
use super::pcm_names::{ParsedPcmName, is_well_known, nearest_pcms};
use super::permissions::{Denial, KnownCard, System, no_card};
use crate::audio::advice::{Advice, DeviceAdvice};
use crate::audio::direction::Direction;
use crate::audio::errno::errno_text;
use crate::audio::error::{Error, Holder, Kind};
use crate::audio::spelling::alike;

/// Programs that hold devices on behalf of others, by the first 15 bytes of their names, as the kernel keeps them.
const SERVERS: [&str; 4] = ["pulseaudio", "pipewire", "wireplumber", "pipewire-pulse"];

/// What the failed `snd_pcm_open` of `device` means: the same error in words that say what is wrong and what there is.
///
/// Names the cards and devices there are, the processes that hold a busy one, and the group that may open one. `error` is the [`Error::device`]
/// of the call, made on the thread that called: its errno and libasound's messages in it are what is explained. An error of another sort comes back as it is.
/// A device that is missing is [`Kind::NotFound`], never [`Kind::Disconnected`]: it was not open.
pub fn explain(error: Error, device: &str, direction: Direction) -> Error {
    FailedOpen::new(&System::here(), &error, device, direction).explain(error)
}

/// What the failed opening of the ctl `device` means: as [`explain`] for a PCM.
pub(crate) fn explain_ctl(error: Error, device: &str) -> Error {
    let system = System::here();
    let opening = FailedOpen::new(&system, &error, device, Direction::Playback);
    opening.explain_ctl(error)
}

/// Explains why a card's control device did not open.
pub(crate) fn card_trouble(system: &System, card: &KnownCard, error: Error) -> Error {
    let name = format!("hw:{}", card.index);
    match blocked(system, card, None) {
        Some(finding) => finding.told(error, &name),
        None => at_open(error),
    }
}

/// The ctls that alsa-lib's own configuration and plugins define for cards and servers.
const CTLS: [&str; 4] = ["default", "sysdefault", "hw", "pulse"];

/// What was found to be wrong.
struct Diagnosis {
    kind: Kind,
    /// Completes "cannot open 'NAME': …".
    reason: String,
    advice: Vec<Advice>,
    holders: Vec<Holder>,
}

impl Diagnosis {
    fn new(kind: Kind, reason: impl Into<String>) -> Diagnosis {
        Diagnosis {
            kind,
            reason: reason.into(),
            advice: Vec::new(),
            holders: Vec::new(),
        }
    }

    fn missing(reason: impl Into<String>) -> Diagnosis {
        Diagnosis::new(Kind::NotFound, reason)
    }

    fn advice(mut self, advice: impl Into<Advice>) -> Diagnosis {
        self.advice.push(advice.into());
        self
    }

    fn told(self, error: Error, name: &str) -> Error {
        let message = format!("cannot open '{name}': {}", self.reason);
        let error = error
            .restated(self.kind, message)
            .with_holders(self.holders);
        self.advice.into_iter().fold(error, Error::with_advice)
    }
}

impl From<Denial> for Diagnosis {
    fn from(denial: Denial) -> Diagnosis {
        let reason = format!("permission denied ({})", denial.why());
        Diagnosis::new(Kind::Permission, reason).advice(denial.advice())
    }
}

/// One failed open, and all that is known around it.
struct FailedOpen<'a> {
    system: &'a System,
    name: &'a str,
    direction: Direction,
    target: ParsedPcmName,
    cards: Vec<KnownCard>,
    /// libasound's messages.
    said: Vec<String>,
}

impl<'a> FailedOpen<'a> {
    fn new(system: &'a System, error: &Error, name: &'a str, direction: Direction) -> Self {
        FailedOpen {
            system,
            name,
            direction,
            target: ParsedPcmName::parse(name),
            cards: system.cards(),
            said: error.library_messages().to_vec(),
        }
    }

    fn explain(&self, error: Error) -> Error {
        let found = match error.errno().unwrap_or_default() {
            // A subdevice that there is not is busy, too, as the kernel has it.
            libc::EBUSY | libc::EAGAIN => self.no_subdevice().or_else(|| Some(self.busy())),
            libc::EACCES | libc::EPERM => self.denied(),
            errno @ (libc::ECONNREFUSED | libc::EHOSTDOWN | libc::ETIMEDOUT) => {
                Some(no_server(errno))
            }
            libc::ENOENT | libc::ENODEV | libc::ENXIO | libc::EINVAL => self.absent(),
            _ => None,
        };
        match found {
            Some(finding) => finding.told(error, self.name),
            None => at_open(error),
        }
    }

    fn explain_ctl(&self, error: Error) -> Error {
        let found = match error.errno().unwrap_or_default() {
            libc::EACCES | libc::EPERM => self.denied_ctl(),
            errno @ (libc::ECONNREFUSED | libc::EHOSTDOWN | libc::ETIMEDOUT) => {
                Some(no_server(errno))
            }
            libc::ENOENT | libc::ENODEV | libc::ENXIO | libc::EINVAL => self.absent_ctl(),
            _ => None,
        };
        match found {
            Some(finding) => finding.told(error, self.name),
            None => at_open(error),
        }
    }

    fn denied_ctl(&self) -> Option<Diagnosis> {
        let sought = self.card_sought()?;
        let denial = self.system.card_denial(self.card(&sought)?.index, None)?;
        Some(denial.into())
    }

    fn absent_ctl(&self) -> Option<Diagnosis> {
        let unknown = self.said("Invalid CTL ").is_some();
        self.bad_argument()
            .or_else(|| self.no_plugin())
            .or_else(|| (unknown && !self.names_card()).then(|| self.no_ctl()))
            .or_else(|| {
                let sought = self.card_sought()?;
                match self.card(&sought) {
                    None => Some(self.no_card(&sought, DeviceAdvice::MixerWithoutCards)),
                    Some(card) => blocked(self.system, card, None),
                }
            })
            .or_else(|| unknown.then(|| self.no_ctl()))
    }

    /// Whether the ctl is one of a card, or alsa-lib looked for a card.
    fn names_card(&self) -> bool {
        CTLS.contains(&self.target.base.as_str()) || self.said("cannot find card ").is_some()
    }

    fn no_ctl(&self) -> Diagnosis {
        let finding = Diagnosis::missing("there is no ctl of that name");
        let near = alike(&self.target.base, CTLS);
        match (near.first(), &self.target.card) {
            // The name of a PCM: its mixer is that of the card.
            _ if is_well_known(&self.target.base) => finding.advice(DeviceAdvice::MixerOfPcm {
                card: self.target.card.clone(),
            }),
            (Some(near), _) => {
                let arguments = self.name.find(':').map_or("", |at| &self.name[at..]);
                finding.advice(Advice::nearest([format!("{near}{arguments}")]))
            }
            _ => finding.advice(DeviceAdvice::ListMixers),
        }
    }

    /// The cases that alsa-lib tells by ENOENT, ENODEV, ENXIO or EINVAL, without much rule.
    fn absent(&self) -> Option<Diagnosis> {
        self.bad_argument()
            .or_else(|| self.wrong_way())
            .or_else(|| self.no_plugin())
            .or_else(|| match self.card_sought() {
                Some(sought) => self.absent_on(&sought),
                None => self.no_pcm(),
            })
    }

    fn absent_on(&self, sought: &str) -> Option<Diagnosis> {
        match self.card(sought) {
            None => Some(self.no_card(sought, DeviceAdvice::PcmWithoutCards(self.direction))),
            Some(card) => self
                .blocked(card)
                .or_else(|| self.no_device(card))
                .or_else(|| self.no_such_on(card)),
        }
    }

    /// The card that was looked for: as alsa-lib says, as the name says, or alsa-lib's default.
    fn card_sought(&self) -> Option<String> {
        let told = self
            .said("Cannot get card index for ")
            .or_else(|| self.said("cannot find card "))
            .map(|card| card.trim_matches('\'').to_owned());
        told.or_else(|| self.target.card.clone())
            .or_else(|| self.target.on_card.then(|| (self.system.defaults)().0))
    }

    fn card(&self, sought: &str) -> Option<&KnownCard> {
        self.cards.iter().find(|card| card.answers_to(sought))
    }

    /// The card and device number that the name stands for, where it stands for one device.
    fn device(&self) -> Option<u32> {
        self.target.names_device().then(|| {
            self.target
                .device
                .unwrap_or_else(|| (self.system.defaults)().1)
        })
    }

    /// What follows `words` in the first of libasound's messages that has them.
    fn said(&self, words: &str) -> Option<&str> {
        self.said
            .iter()
            .find_map(|line| Some(line.split_once(words)?.1.lines().next()?.trim()))
    }

    fn bad_argument(&self) -> Option<Diagnosis> {
        let reason = if let Some(unknown) = self.said("Unknown parameter ") {
            let unknown = first_word(unknown);
            match unknown.parse::<u32>() {
                Ok(1) => "it takes no more than one argument".to_owned(),
                Ok(most) => format!("it takes no more than {most} arguments"),
                Err(_) => format!("it takes no argument {unknown}"),
            }
        } else {
            let parameter = first_word(self.said("Parameter ")?);
            let named = self
                .said
                .iter()
                .any(|line| line.contains("must be an integer"));
            named.then(|| format!("its argument {parameter} must be a number"))?
        };
        Some(Diagnosis::new(Kind::Usage, reason))
    }

    fn wrong_way(&self) -> Option<Diagnosis> {
        let only = match (self.target.base.as_str(), self.direction) {
            ("dmix", Direction::Capture) => "it only plays",
            ("dsnoop", Direction::Playback) => "it only records",
            _ => return None,
        };
        Some(Diagnosis::new(Kind::Unsupported, only))
    }

    fn no_plugin(&self) -> Option<Diagnosis> {
        let library = first_word(self.said("Cannot open shared library ")?);
        let finding = Diagnosis::missing(format!("its plugin {library} is not installed"));
        Some(finding.advice(DeviceAdvice::InstallPlugins))
    }

    fn no_pcm(&self) -> Option<Diagnosis> {
        if self.target.base == "jack" {
            return Some(no_server(libc::ECONNREFUSED));
        }
        let unknown = self.said("Unknown PCM ")?;
        let base = unknown.split(':').next().unwrap_or_default();
        if base != unknown && is_well_known(base) {
            let reason = format!("'{base}' does not take these arguments");
            return Some(Diagnosis::new(Kind::Usage, reason));
        }
        let finding = Diagnosis::missing(format!("there is no PCM '{unknown}'"));
        let near = nearest_pcms(unknown, self.direction);
        Some(match near.is_empty() {
            true => finding.advice(DeviceAdvice::ListPcms),
            false => finding.advice(Advice::nearest(near)),
        })
    }

    fn no_card(&self, sought: &str, without_cards: DeviceAdvice) -> Diagnosis {
        let (reason, near) = no_card(sought, &self.cards);
        let finding = Diagnosis::missing(reason);
        match (near.first(), self.cards.first().and_then(KnownCard::id)) {
            _ if self.cards.is_empty() => finding.advice(without_cards),
            (Some(_), _) => finding.advice(Advice::nearest(self.respelt(sought, &near))),
            (None, Some(id)) if self.target.on_card && self.target.card.is_none() => finding
                .advice(DeviceAdvice::NameCard {
                    pcm: self.target.base.clone(),
                    card: id.to_owned(),
                }),
            _ => finding,
        }
    }

    /// The name as it was typed with each of the ids in the place of the one that was sought.
    fn respelt(&self, sought: &str, ids: &[&str]) -> Vec<String> {
        // The name before the colon may hold the same letters.
        let (base, arguments) = self.name.split_once(':').unwrap_or(("", ""));
        let spelt = |id: &&str| match arguments.contains(sought) {
            true => format!("{base}:{}", arguments.replacen(sought, id, 1)),
            false => (*id).to_owned(),
        };
        ids.iter().map(spelt).collect()
    }

    fn blocked(&self, card: &KnownCard) -> Option<Diagnosis> {
        blocked(
            self.system,
            card,
            self.device().map(|device| (device, self.direction)),
        )
    }

    fn no_device(&self, card: &KnownCard) -> Option<Diagnosis> {
        let devices = self.system.devices(card.index, self.direction);
        let way = way(self.direction);
        if devices.is_empty() {
            let other = self.system.devices(card.index, opposite(self.direction));
            let only = match (other.is_empty(), self.direction) {
                (true, _) => "",
                (false, Direction::Playback) => ": it only records",
                (false, Direction::Capture) => ": it only plays",
            };
            let card = card.described();
            return Some(Diagnosis::missing(format!(
                "{card} has no {way} device{only}"
            )));
        }
        let wanted = self.device().filter(|wanted| !devices.contains(wanted))?;
        let devices: Vec<_> = devices.iter().map(u32::to_string).collect();
        Some(Diagnosis::missing(format!(
            "{} has no {way} device {wanted} (devices: {})",
            card.described(),
            devices.join(", ")
        )))
    }

    /// The card is there, and alsa-lib's definition of this PCM has nothing for it (`surround51` of a stereo card).
    fn no_such_on(&self, card: &KnownCard) -> Option<Diagnosis> {
        if !self.target.on_card || self.target.names_device() {
            return None;
        }
        let finding = Diagnosis::missing(format!(
            "{} does not offer it for {}",
            card.described(),
            way(self.direction)
        ));
        Some(finding.advice(DeviceAdvice::ListPcms))
    }

    fn no_subdevice(&self) -> Option<Diagnosis> {
        let card = self.card(&self.card_sought()?)?;
        let (device, wanted) = (self.device()?, self.target.subdevice?);
        let count = self.system.subdevices(card.index, device, self.direction)?;
        (wanted as usize >= count).then(|| {
            Diagnosis::missing(format!(
                "{}, {} device {device}, has no subdevice {wanted} (subdevices: 0 to {})",
                card.described(),
                way(self.direction),
                count - 1
            ))
        })
    }

    fn busy(&self) -> Diagnosis {
        let place = self.place();
        let holders = place.map_or(vec![], |place| self.held_by(place));
        let by = match holders[..] {
            [] => "another program".to_owned(),
            _ => joined(&holders.iter().map(described).collect::<Vec<_>>()),
        };
        let advice = self.busy_advice(&holders, place);
        Diagnosis {
            holders,
            ..Diagnosis::new(Kind::Busy, format!("it is in use by {by}")).advice(advice)
        }
    }

    /// Who holds the place; or its other direction, where a card has only one for both.
    fn held_by(&self, place: PcmLocation) -> Vec<Holder> {
        let holders = self.system.holders(&place);
        match holders.is_empty() {
            false => holders,
            true => self.system.holders(&PcmLocation {
                direction: opposite(place.direction),
                ..place
            }),
        }
    }

    /// Where the name leads: for one that says nothing of a card, to the only device that has no free place.
    fn place(&self) -> Option<PcmLocation> {
        if self.target.on_card {
            return Some(PcmLocation {
                card: self.card(&self.card_sought()?)?.index,
                device: self.device(),
                subdevice: self.target.subdevice,
                direction: self.direction,
            });
        }
        let full: Vec<_> = self.full_devices().collect();
        match full[..] {
            [place] => Some(place),
            _ => None,
        }
    }

    /// The devices of all cards whose every subdevice is in use.
    fn full_devices(&self) -> impl Iterator<Item = PcmLocation> {
        let direction = self.direction;
        self.cards.iter().flat_map(move |card| {
            let card = card.index;
            let devices = self.system.devices(card, direction).into_iter();
            let places = devices.map(move |device| PcmLocation {
                card,
                device: Some(device),
                subdevice: None,
                direction,
            });
            places.filter(|place| self.system.is_full(place))
        })
    }

    fn busy_advice(&self, holders: &[Holder], place: Option<PcmLocation>) -> DeviceAdvice {
        let is_server = |holder: &Holder| SERVERS.contains(&holder.program.as_str());
        match holders {
            [] => DeviceAdvice::FindHolder,
            _ if holders.iter().any(is_server) => DeviceAdvice::UseSoundServer(self.direction),
            _ => DeviceAdvice::StopHolders {
                holders: holders.len(),
                direction: self.direction,
                card: place.map(|place| place.card),
            },
        }
    }

    fn denied(&self) -> Option<Diagnosis> {
        let sought = self.card_sought();
        let card = sought.and_then(|sought| self.card(&sought));
        let all = || self.cards.iter().find_map(|card| self.denial(card));
        let denial = card.and_then(|card| self.denial(card)).or_else(all)?;
        Some(denial.into())
    }

    fn denial(&self, card: &KnownCard) -> Option<Denial> {
        let device = self.device().unwrap_or_default();
        self.system
            .card_denial(card.index, Some((device, self.direction)))
    }
}

/// What keeps a card that the kernel has from being opened: no node for it, or no permission.
fn blocked(system: &System, card: &KnownCard, pcm: Option<(u32, Direction)>) -> Option<Diagnosis> {
    let node = system.control_node(card.index);
    if !node.exists() {
        let reason = format!("{} has no node {}", card.described(), node.display());
        return Some(Diagnosis::missing(reason).advice(DeviceAdvice::PassToContainer));
    }
    system.card_denial(card.index, pcm).map(Diagnosis::from)
}

fn no_server(errno: i32) -> Diagnosis {
    let reason = format!("the sound server does not answer ({})", errno_text(errno));
    Diagnosis::missing(reason).advice(DeviceAdvice::StartSoundServer)
}

/// What was not open cannot have gone away.
fn at_open(error: Error) -> Error {
    match error.kind() {
        Kind::Disconnected => {
            let message = error.to_string();
            error.restated(Kind::NotFound, message)
        }
        _ => error,
    }
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Playback => Direction::Capture,
        Direction::Capture => Direction::Playback,
    }
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Playback => "playback",
        Direction::Capture => "capture",
    }
}

fn first_word(text: &str) -> &str {
    text.split([' ', ':']).next().unwrap_or_default()
}

/// `a`, `a and b`, `a, b and c`.
fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::ffi::{self, messages};
    use crate::audio::library_log;
    use crate::audio::system::permissions::fake::FakeSystem;

    fn why(tree: &FakeSystem, name: &str, direction: Direction, errno: i32) -> Error {
        library_log::take();
        let error = Error::device("open", name, errno);
        FailedOpen::new(&tree.system, &error, name, direction).explain(error)
    }

    fn playing(tree: &FakeSystem, name: &str, errno: i32) -> (Kind, String) {
        let error = why(tree, name, Direction::Playback, errno);
        assert_eq!(error.device_name(), Some(name));
        (error.kind(), error.to_string())
    }

    /// The error that alsa-lib itself gives for a name that does not depend on the machine's cards.
    fn opened(name: &str) -> Error {
        messages::capture();
        let errno = ffi::open(name, Direction::Playback.into(), Default::default()).unwrap_err();
        explain(
            Error::device("open", name, errno),
            name,
            Direction::Playback,
        )
    }

    #[test]
    fn a_missing_card_is_told_with_those_there_are() {
        let tree = FakeSystem::with_cards();
        for (name, errno, missing) in [
            ("hw:9", libc::ENOENT, "9"),
            ("plughw:9,3", libc::ENOENT, "9"),
            ("hw:99", libc::EINVAL, "99"),
            ("sysdefault:CARD=Nope", libc::ENODEV, "'Nope'"),
            ("plug:'hw:Nope,1'", libc::ENODEV, "'Nope'"),
            ("dmix:CARD=Nope", libc::ENODEV, "'Nope'"),
        ] {
            let message =
                format!("cannot open '{name}': there is no card {missing} (cards: 0 Dummy, 3 USB)");
            assert_eq!(playing(&tree, name, errno), (Kind::NotFound, message));
        }
    }

    #[test]
    fn a_misspelt_card_is_answered_with_the_right_spelling() {
        let tree = FakeSystem::with_cards();
        let error = why(&tree, "hw:Dumy,0", Direction::Playback, libc::ENODEV);
        assert_eq!(error.advice(), [Advice::nearest(["hw:Dummy,0"])]);
    }

    #[test]
    fn without_any_card_that_is_what_is_said() {
        let tree = FakeSystem::new();
        for name in ["default", "hw:0", "hw:Nope", "surround51"] {
            let (kind, message) = playing(&tree, name, libc::ENOENT);
            assert_eq!(kind, Kind::NotFound);
            assert_eq!(
                message,
                format!("cannot open '{name}': there are no sound cards")
            );
        }
    }

    #[test]
    fn a_missing_device_is_told_with_those_there_are() {
        let tree = FakeSystem::with_cards();
        assert_eq!(
            playing(&tree, "hw:0,7", libc::ENOENT),
            (
                Kind::NotFound,
                "cannot open 'hw:0,7': card 0 (Dummy) has no playback device 7 (devices: 0, 1)"
                    .to_owned()
            )
        );
    }

    #[test]
    fn a_card_without_the_direction_is_told_so() {
        let tree = FakeSystem::with_cards();
        for name in ["hw:USB", "default:CARD=USB", "dsnoop:USB", "hw:USB,4"] {
            let error = why(&tree, name, Direction::Capture, libc::ENOENT);
            assert_eq!(
                error.to_string(),
                format!("cannot open '{name}': card 3 (USB) has no capture device: it only plays")
            );
        }
    }

    #[test]
    fn a_missing_subdevice_is_not_busy() {
        let tree = FakeSystem::with_cards();
        assert_eq!(
            playing(&tree, "hw:0,1,2", libc::EBUSY),
            (
                Kind::NotFound,
                "cannot open 'hw:0,1,2': card 0 (Dummy), playback device 1, has no subdevice 2 (subdevices: 0 to 1)"
                    .to_owned()
            )
        );
    }

    #[test]
    fn what_a_card_does_not_offer_is_told_so() {
        let tree = FakeSystem::with_cards();
        let (kind, message) = playing(&tree, "surround51:Dummy", libc::ENOENT);
        assert_eq!(kind, Kind::NotFound);
        assert_eq!(
            message,
            "cannot open 'surround51:Dummy': card 0 (Dummy) does not offer it for playback"
        );
    }

    #[test]
    fn a_busy_device_names_who_holds_it() {
        let tree = FakeSystem::with_cards();
        tree.owned(0, "0p", 0, 653);
        tree.owned(0, "0p", 1, 700);
        tree.task(653, 653, "aplay", 1000);
        tree.task(700, 700, "mpv", 0);
        for (name, errno) in [
            ("hw:0", libc::EBUSY),
            ("plughw:Dummy,0", libc::EAGAIN),
            ("sysdefault:CARD=Dummy", libc::EBUSY),
            ("dmix:0", libc::EBUSY),
        ] {
            let error = why(&tree, name, Direction::Playback, errno);
            assert_eq!(error.kind(), Kind::Busy);
            assert_eq!(
                error.to_string(),
                format!(
                    "cannot open '{name}': it is in use by aplay (pid 653, user bob) and mpv (pid 700, user root)"
                )
            );
            assert_eq!(error.holders().len(), 2);
            assert_eq!(
                error.advice(),
                [DeviceAdvice::StopHolders {
                    holders: 2,
                    direction: Direction::Playback,
                    card: Some(0),
                }
                .into()]
            );
        }
        let one = why(&tree, "hw:0,0,1", Direction::Playback, libc::EBUSY);
        assert_eq!(one.holders()[0].pid, 700);
        assert_eq!(one.holders().len(), 1);
    }

    #[test]
    fn a_busy_device_of_a_users_own_definition_is_the_one_that_is_full() {
        let tree = FakeSystem::with_cards();
        tree.owned(0, "0p", 0, 1);
        tree.owned(3, "0p", 0, 653);
        tree.owned(3, "0p", 1, 653);
        tree.task(653, 653, "aplay", 1000);
        let (_, message) = playing(&tree, "mine", libc::EBUSY);
        assert_eq!(
            message,
            "cannot open 'mine': it is in use by aplay (pid 653, user bob)"
        );
    }

    #[test]
    fn a_holder_that_cannot_be_seen_is_another_program() {
        let tree = FakeSystem::with_cards();
        let (kind, message) = playing(&tree, "hw:0", libc::EBUSY);
        assert_eq!(kind, Kind::Busy);
        assert_eq!(
            message,
            "cannot open 'hw:0': it is in use by another program"
        );
    }

    #[test]
    fn a_sound_server_that_holds_it_is_played_through() {
        let tree = FakeSystem::with_cards();
        tree.owned(0, "0c", 0, 8);
        tree.task(8, 8, "pipewire", 1000);
        let error = why(&tree, "hw:0", Direction::Capture, libc::EBUSY);
        assert_eq!(
            error.advice(),
            [DeviceAdvice::UseSoundServer(Direction::Capture).into()]
        );
    }

    #[test]
    fn no_permission_is_told_whatever_alsa_lib_made_of_it() {
        let mut tree = FakeSystem::with_cards();
        tree.system.may_open = |_| false;
        for (name, errno) in [
            ("hw:0", libc::ENOENT),
            ("hw:Dummy", libc::ENODEV),
            ("default", libc::ENOENT),
            ("hw:0", libc::EACCES),
            ("mine", libc::EACCES),
        ] {
            let error = why(&tree, name, Direction::Playback, errno);
            assert_eq!(error.kind(), Kind::Permission);
            assert_eq!(
                error.to_string(),
                format!(
                    "cannot open '{name}': permission denied (the device belongs to group 'audio', and user 'bob' is not in it)"
                )
            );
            assert_eq!(
                error.advice(),
                [DeviceAdvice::JoinGroup {
                    user: "bob".to_owned(),
                    group: "audio".to_owned(),
                }
                .into()]
            );
        }
        let missing = why(&tree, "hw:9", Direction::Playback, libc::ENOENT);
        assert_eq!(missing.kind(), Kind::NotFound);
    }

    #[test]
    fn a_card_without_a_node_is_told_so() {
        let tree = FakeSystem::with_cards();
        std::fs::remove_file(tree.system.control_node(0)).unwrap();
        let (kind, message) = playing(&tree, "hw:0", libc::ENOENT);
        assert_eq!(kind, Kind::NotFound);
        assert!(message.contains("card 0 (Dummy) has no node"), "{message}");
    }

    #[test]
    fn a_plugin_of_the_other_direction_is_told_so() {
        let tree = FakeSystem::with_cards();
        let error = why(&tree, "dmix:0", Direction::Capture, libc::EINVAL);
        assert_eq!(error.to_string(), "cannot open 'dmix:0': it only plays");
        assert_eq!(error.kind(), Kind::Unsupported);
    }

    #[test]
    fn an_unknown_pcm_is_told_with_the_nearest() {
        let error = opened("defualt");
        assert_eq!(error.kind(), Kind::NotFound);
        assert_eq!(
            error.to_string(),
            "cannot open 'defualt': there is no PCM 'defualt'"
        );
        let [Advice::Nearest(names)] = error.advice() else {
            panic!("{:?}", error.advice());
        };
        assert_eq!(names[0], "default");
    }

    #[test]
    fn arguments_that_a_pcm_does_not_take_are_a_matter_of_usage() {
        for (name, reason) in [
            ("hw:0,abc", "its argument DEV must be a number"),
            ("hw:0,0,0,0", "it takes no more than 3 arguments"),
            ("hw:FOO=1", "it takes no argument FOO"),
            ("null:3", "'null' does not take these arguments"),
        ] {
            let error = opened(name);
            assert_eq!(error.kind(), Kind::Usage);
            assert_eq!(error.to_string(), format!("cannot open '{name}': {reason}"));
        }
    }

    #[test]
    fn a_device_that_is_gone_at_open_was_never_there() {
        let tree = FakeSystem::with_cards();
        let (kind, message) = playing(&tree, "mine", libc::ENODEV);
        assert_eq!(kind, Kind::NotFound);
        assert_eq!(message, "cannot open 'mine': No such device");
    }

    #[test]
    fn a_server_that_does_not_answer_is_told_as_one() {
        let (kind, message) = playing(&FakeSystem::new(), "pulse", libc::ECONNREFUSED);
        assert_eq!(kind, Kind::NotFound);
        assert_eq!(
            message,
            "cannot open 'pulse': the sound server does not answer (Connection refused)"
        );
    }
}
