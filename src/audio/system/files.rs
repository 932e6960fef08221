//! What `/proc/asound`, `/dev/snd` and `/etc` say about sound devices.
//!
//! alsa-lib reports a card without permission as missing. `/proc/asound` and the metadata of the nodes in `/dev/snd`
//! are readable by all users, so they can tell the two cases apart.

use crate::audio::direction::Direction;
use crate::audio::ffi::ctl::config_text;
use rustix::fs::Access;
use rustix::process;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders to read, and the user to check permissions for. Tests use their own.
#[derive(Clone, Debug)]
pub(crate) struct SystemFiles {
    /// `/proc`.
    pub proc: PathBuf,
    /// `/sys`.
    pub sys: PathBuf,
    /// `/dev/snd`.
    pub dev: PathBuf,
    /// `/etc`.
    pub etc: PathBuf,
    /// The effective user id.
    pub user: u32,
    /// The ids of all groups in effect.
    pub groups: Vec<u32>,
    /// Whether a node may be opened for reading and writing. The kernel decides, because mode bits leave out ACLs.
    pub may_open: fn(&Path) -> bool,
    /// The card and device that alsa-lib uses if a name has none.
    pub defaults: fn() -> (String, u32),
}

impl SystemFiles {
    /// The files of this machine, for the user of this process.
    pub fn of_this_machine() -> SystemFiles {
        let mut groups: Vec<u32> = process::getgroups()
            .unwrap_or_default()
            .iter()
            .map(|group| group.as_raw())
            .collect();
        groups.push(process::getegid().as_raw());
        SystemFiles {
            proc: "/proc".into(),
            sys: "/sys".into(),
            dev: "/dev/snd".into(),
            etc: "/etc".into(),
            user: process::geteuid().as_raw(),
            groups,
            may_open: |node| rustix::fs::access(node, Access::READ_OK | Access::WRITE_OK).is_ok(),
            defaults: || (default_card(), default_device()),
        }
    }

    /// The numbers of a card's PCM devices for a direction, sorted.
    pub fn devices(&self, card: u32, direction: Direction) -> Vec<u32> {
        let mut devices: Vec<u32> = names_in(&self.card_dir(card))
            .filter_map(|name| parse_pcm_dir(&name))
            .chain(self.nodes().filter_map(|node| {
                let (node_card, device, direction) = parse_node(&node)?;
                (node_card == card).then_some((device, direction))
            }))
            .filter(|(_, has)| *has == direction)
            .map(|(device, _)| device)
            .collect();
        devices.sort_unstable();
        devices.dedup();
        devices
    }

    /// The number of subdevices of a PCM device, if known.
    pub fn subdevices(&self, card: u32, device: u32, direction: Direction) -> Option<usize> {
        let dir = self.pcm_dir(card, device, direction);
        let count = names_in(&dir)
            .filter(|name| name.starts_with("sub"))
            .count();
        (count > 0).then_some(count)
    }

    /// A PCM device's name, if known.
    pub fn device_name(&self, card: u32, device: u32, direction: Direction) -> Option<String> {
        let info = self.text(&self.pcm_dir(card, device, direction).join("info"));
        let name = info.lines().find_map(|line| line.strip_prefix("name: "))?;
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    }

    /// The USB port that a card is plugged into: `1-2`, or `1-2.3` if there is a hub between. The kernel names the
    /// interface `1-2:1.0`.
    pub fn usb_port(&self, card: u32) -> Option<String> {
        let device = self.port(card)?;
        let (port, _) = device.file_name()?.to_str()?.split_once(':')?;
        port.contains('-').then(|| port.to_owned())
    }

    /// `/proc/asound/cardN`.
    pub fn card_dir(&self, card: u32) -> PathBuf {
        self.proc.join(format!("asound/card{card}"))
    }

    /// `/proc/asound/cardN/pcmMp` or `…c`.
    pub fn pcm_dir(&self, card: u32, device: u32, direction: Direction) -> PathBuf {
        self.card_dir(card)
            .join(format!("pcm{device}{}", letter(direction)))
    }

    /// The device below `/sys/devices` that a card belongs to, which depends on its port. `None` if the card has none.
    pub fn port(&self, card: u32) -> Option<PathBuf> {
        let device = format!("class/sound/card{card}/device");
        fs::canonicalize(self.sys.join(device)).ok()
    }

    /// `/dev/snd/controlCN`.
    pub fn control_node(&self, card: u32) -> PathBuf {
        self.dev.join(format!("controlC{card}"))
    }

    /// `/dev/snd/pcmCNDMp` or `…c`.
    pub fn pcm_node(&self, card: u32, device: u32, direction: Direction) -> PathBuf {
        self.dev
            .join(format!("pcmC{card}D{device}{}", letter(direction)))
    }

    /// The names in `/dev/snd`.
    pub fn nodes(&self) -> impl Iterator<Item = String> + use<> {
        names_in(&self.dev)
    }

    /// A small file as text; empty if it cannot be read. Bytes that are not UTF-8 become replacement characters.
    pub fn text(&self, path: &Path) -> String {
        String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
    }
}

/// The card, device and direction of a PCM node's name: `pcmC0D7p`.
pub(crate) fn parse_node(node: &str) -> Option<(u32, u32, Direction)> {
    let (card, device) = node.strip_prefix("pcmC")?.split_once('D')?;
    let (device, direction) = parse_device(device)?;
    Some((card.parse().ok()?, device, direction))
}

/// The device and direction of a folder in `/proc/asound/cardN`: `pcm7p`.
fn parse_pcm_dir(name: &str) -> Option<(u32, Direction)> {
    parse_device(name.strip_prefix("pcm")?)
}

fn parse_device(text: &str) -> Option<(u32, Direction)> {
    let directions = [Direction::Playback, Direction::Capture];
    directions.into_iter().find_map(|direction| {
        let number = text.strip_suffix(letter(direction))?;
        Some((number.parse().ok()?, direction))
    })
}

fn letter(direction: Direction) -> char {
    match direction {
        Direction::Playback => 'p',
        Direction::Capture => 'c',
    }
}

/// The names in a folder; none if it cannot be read.
pub(crate) fn names_in(folder: &Path) -> impl Iterator<Item = String> + use<> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
}

/// The card that alsa-lib's `hw` and `default` use: from the environment or configuration, or 0.
fn default_card() -> String {
    ["ALSA_PCM_CARD", "ALSA_CARD"]
        .into_iter()
        .find_map(|variable| std::env::var(variable).ok())
        .or_else(|| config_text("defaults.pcm.card"))
        .unwrap_or_else(|| "0".to_owned())
}

fn default_device() -> u32 {
    config_text("defaults.pcm.device")
        .and_then(|device| device.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::system::fake::FakeSystem;

    #[test]
    fn devices_are_listed_by_direction() {
        let files = &FakeSystem::with_cards().files;
        assert_eq!(files.devices(0, Direction::Playback), [0, 1]);
        assert_eq!(files.devices(0, Direction::Capture), [0]);
        assert!(files.devices(3, Direction::Capture).is_empty());
        assert_eq!(files.subdevices(0, 1, Direction::Playback), Some(2));
        assert_eq!(files.subdevices(0, 9, Direction::Playback), None);
    }

    #[test]
    fn only_pcm_node_names_are_parsed() {
        assert_eq!(parse_node("pcmC0D7p"), Some((0, 7, Direction::Playback)));
        assert_eq!(parse_node("pcmC12D0c"), Some((12, 0, Direction::Capture)));
        for other in ["pcmC0D0", "controlC0", "hwC0D0", "pcmCxD0p", ""] {
            assert_eq!(parse_node(other), None, "{other}");
        }
    }
}
