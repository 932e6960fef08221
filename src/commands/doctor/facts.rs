//! What the checks look at, collected once. Nothing here changes anything or waits forever: calls that may ask a sound
//! server have a time limit.

use aloud::audio::direction::Direction;
use aloud::audio::error::{Error, Holder};
use aloud::audio::mixer::{Controls, MixerDevice, Snapshot};
use aloud::audio::pcm::{Mode, PcmOverview, Request};
use aloud::audio::system::card_references::{CardReference, card_references};
use aloud::audio::system::cards::{self, Card};
use aloud::audio::system::configuration;
use aloud::audio::system::hardware::{CardHardware, SoundHardware, sound_hardware};
use aloud::audio::system::holders::holders_of;
use aloud::audio::system::limits::{ResourceLimits, resource_limits};
use aloud::audio::system::node_access::{NodeAccess, current_user, node_access};
use aloud::audio::system::servers::{ServerSocket, server_daemons, server_sockets};
use aloud::audio::time_limit::within;
use std::time::Duration;

/// How long a server may take to answer the first message.
const SOCKET_LIMIT: Duration = Duration::from_secs(1);

/// How long a call of alsa-lib may take.
const CALL_LIMIT: Duration = Duration::from_secs(3);

/// Environment variables that change which device is used.
pub const VARIABLES: [&str; 13] = [
    "ALOUD_DEVICE",
    "ALSA_CARD",
    "ALSA_PCM_CARD",
    "ALSA_CTL_CARD",
    "ALSA_CONFIG_PATH",
    "ALSA_CONFIG_DIR",
    "PULSE_SERVER",
    "PULSE_SINK",
    "PULSE_SOURCE",
    "PIPEWIRE_REMOTE",
    "PIPEWIRE_ALSA",
    "PIPEWIRE_NODE",
    "PIPEWIRE_RATE",
];

/// The result of a call that may fail, or take too long.
#[derive(Clone, Debug)]
pub enum Tried<T> {
    Done(T),
    Failed(Error),
    TimedOut,
}

impl<T: Send + 'static> Tried<T> {
    fn call(f: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Tried<T> {
        match within(CALL_LIMIT, f) {
            Ok(Some(Ok(value))) => Tried::Done(value),
            Ok(Some(Err(error))) | Err(error) => Tried::Failed(error),
            Ok(None) => Tried::TimedOut,
        }
    }
}

impl<T> Tried<T> {
    pub fn done(&self) -> Option<&T> {
        match self {
            Tried::Done(value) => Some(value),
            _ => None,
        }
    }
}

/// A device of a card, and who uses it.
#[derive(Clone, Debug)]
pub struct UsedDevice {
    /// The card's index.
    pub card: u32,
    pub device: u32,
    pub direction: Direction,
    pub holders: Vec<Holder>,
}

/// A mixer and its controls.
#[derive(Clone, Debug)]
pub struct CardMixer {
    /// The card's index; `None` for the mixer of the sound server.
    pub card: Option<u32>,
    pub controls: Tried<Vec<Snapshot>>,
}

/// What is known about this machine.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The PCM that programs use.
    pub device: String,
    pub user: String,
    pub hardware: SoundHardware,
    pub nodes: Vec<NodeAccess>,
    /// Variables of [`VARIABLES`] that are set, and their values.
    pub variables: Vec<(&'static str, String)>,
    pub references: Vec<CardReference>,
    pub limits: ResourceLimits,
    pub sockets: Vec<ServerSocket>,
    pub daemons: Vec<Holder>,
    pub configuration: Tried<()>,
    pub cards: Tried<Vec<Card>>,
    pub output: Tried<PcmOverview>,
    pub input: Tried<PcmOverview>,
    pub mixers: Vec<CardMixer>,
    pub used: Vec<UsedDevice>,
}

impl Facts {
    /// Looks at this machine. `device` is the PCM that programs use.
    pub fn collect(device: &str) -> Facts {
        let hardware = sound_hardware();
        let sockets = server_sockets(SOCKET_LIMIT);
        let configuration = Tried::call(configuration::check);
        let is_stuck = matches!(configuration, Tried::TimedOut);
        let cards = unless(is_stuck, cards::list);
        let overview = |direction| {
            let device = device.to_owned();
            unless(is_stuck, move || overview(&device, direction))
        };
        let output = overview(Direction::Playback);
        Facts {
            mixers: mixers(&hardware, &output, device, is_stuck),
            used: cards.done().map(|cards| used(cards)).unwrap_or_default(),
            input: overview(Direction::Capture),
            device: device.to_owned(),
            user: current_user(),
            nodes: node_access(),
            variables: variables(),
            references: card_references(),
            limits: resource_limits(),
            daemons: server_daemons(),
            hardware,
            sockets,
            configuration,
            cards,
            output,
        }
    }

    pub fn card(&self, index: u32) -> Option<&CardHardware> {
        let mut cards = self.hardware.cards.iter();
        cards.find(|card| card.index == index)
    }

    /// What to type for a card.
    pub fn label(&self, index: u32) -> String {
        self.card(index)
            .map_or_else(|| index.to_string(), CardHardware::label)
    }

    /// Whether a process is a sound server's.
    pub fn is_daemon(&self, holder: &Holder) -> bool {
        self.daemons.iter().any(|daemon| daemon.pid == holder.pid)
    }
}

/// Calls alsa-lib, unless an earlier call did not return.
fn unless<T: Send + 'static>(
    is_stuck: bool,
    f: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Tried<T> {
    match is_stuck {
        true => Tried::TimedOut,
        false => Tried::call(f),
    }
}

fn overview(device: &str, direction: Direction) -> Result<PcmOverview, Error> {
    PcmOverview::of(&Request {
        mode: Mode::Nonblock,
        ..Request::new(device, direction)
    })
}

fn variables() -> Vec<(&'static str, String)> {
    let value = |name| Some((name, std::env::var(name).ok()?));
    let set = VARIABLES.into_iter().filter_map(value);
    set.filter(|(_, value)| !value.is_empty()).collect()
}

/// The mixers of all cards, and that of the server if the output is one.
fn mixers(
    hardware: &SoundHardware,
    output: &Tried<PcmOverview>,
    device: &str,
    is_stuck: bool,
) -> Vec<CardMixer> {
    let controls = |mixer: MixerDevice| {
        unless(is_stuck, move || {
            let controls = Controls::open(mixer)?;
            controls
                .iter()
                .map(|control| control.try_snapshot())
                .collect()
        })
    };
    let cards = hardware
        .cards
        .iter()
        .map(|card| (Some(card.index), MixerDevice::Card(card.index)));
    let is_server = output
        .done()
        .is_some_and(|output| output.hardware.is_none());
    let server = is_server.then(|| (None, MixerDevice::of_pcm(device)));
    let all = cards.chain(server);
    all.map(|(card, mixer)| CardMixer {
        card,
        controls: controls(mixer),
    })
    .collect()
}

/// The devices that are in use.
fn used(cards: &[Card]) -> Vec<UsedDevice> {
    let devices = cards
        .iter()
        .flat_map(|card| card.devices.iter().map(|device| (card.index, device.index)));
    let sides = devices.flat_map(|(card, device)| {
        [Direction::Playback, Direction::Capture].map(|direction| UsedDevice {
            card,
            device,
            direction,
            holders: holders_of(card, Some(device), direction),
        })
    });
    sides.filter(|used| !used.holders.is_empty()).collect()
}

#[cfg(test)]
impl Facts {
    /// A machine with one card, PCH, which `default` opens through dmix, and nothing wrong. For tests.
    pub fn healthy() -> Facts {
        use aloud::audio::pcm::ParamRange;
        use aloud::audio::system::node_access::NodeGrant;
        let range = |min, max| ParamRange { min, max };
        let opened = PcmOverview {
            hardware: Some((0, 0)),
            name: "ALC257 Analog".to_owned(),
            channels: range(2, 2),
            rates: range(44_100, 192_000),
            plugins: vec!["plug", "dmix", "hw"],
            shared_rate: Some(48_000),
        };
        Facts {
            device: "default".to_owned(),
            user: "bob".to_owned(),
            hardware: SoundHardware {
                has_core: true,
                in_container: false,
                cards: vec![Facts::pci_card(0, "PCH")],
                unclaimed: vec![],
            },
            nodes: vec![NodeAccess {
                node: "/dev/snd/controlC0".to_owned(),
                grant: NodeGrant::AccessList,
            }],
            variables: vec![],
            references: vec![],
            limits: ResourceLimits {
                realtime_priority: None,
                locked_memory: None,
            },
            sockets: vec![],
            daemons: vec![],
            configuration: Tried::Done(()),
            cards: Tried::Done(vec![]),
            output: Tried::Done(opened.clone()),
            input: Tried::Done(opened),
            mixers: vec![],
            used: vec![],
        }
    }

    /// A card on the PCI bus.
    pub fn pci_card(index: u32, id: &str) -> CardHardware {
        CardHardware {
            index,
            id: Some(id.to_owned()),
            name: Some(format!("HDA Intel {id}")),
            driver: Some("snd_hda_intel".to_owned()),
            bus: Some("pci".to_owned()),
            usb_port: None,
            monitors: vec![],
        }
    }
}
