//! Which driver and bus each card has, and which sound hardware has no driver.

use super::files::{SystemFiles, names_in};
use serde::Serialize;
use std::fs;
use std::path::Path;

/// The kernel's view of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CardHardware {
    /// Its number.
    pub index: u32,
    /// Its id; unknown if only its device nodes are visible, as in containers.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The kernel driver (`snd_hda_intel`); unknown without `/sys`.
    pub driver: Option<String>,
    /// The bus it is on: `pci`, `usb`, `platform` …
    pub bus: Option<String>,
    /// The USB port it is plugged into: `1-2`.
    pub usb_port: Option<String>,
    /// For each HDMI or DisplayPort output, whether a monitor with sound is connected (`/proc/asound/cardN/eld#…`).
    pub monitors: Vec<bool>,
}

impl CardHardware {
    /// Whether it is a driver without hardware: nothing it plays can be heard.
    pub fn is_virtual(&self) -> bool {
        let driver = self.driver.as_deref().unwrap_or_default();
        VIRTUAL_DRIVERS.contains(&driver.replace('-', "_").as_str())
    }

    /// What to type for it: its id, or its number.
    pub fn label(&self) -> String {
        self.id.clone().unwrap_or(self.index.to_string())
    }
}

/// Drivers of cards without hardware.
const VIRTUAL_DRIVERS: [&str; 5] = [
    "snd_dummy",
    "snd_aloop",
    "snd_pcmtest",
    "snd_virmidi",
    "snd_pcsp",
];

/// Sound hardware that no driver has claimed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnclaimedHardware {
    /// `pci` or `usb`.
    pub bus: &'static str,
    /// Its address on the bus: `0000:00:1b.0`, `1-2:1.0`.
    pub address: String,
    /// Vendor and device, if known: `8086:293e`.
    pub ids: Option<String>,
}

/// What the kernel knows about sound hardware.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SoundHardware {
    /// Whether the kernel's sound core is loaded (`/proc/asound`).
    pub has_core: bool,
    /// Whether this process runs in a container.
    pub in_container: bool,
    /// The cards, sorted by number.
    pub cards: Vec<CardHardware>,
    /// Hardware without a driver.
    pub unclaimed: Vec<UnclaimedHardware>,
}

/// Reads `/proc/asound`, `/sys` and `/dev/snd`. Needs no permission, and opens no device.
pub fn sound_hardware() -> SoundHardware {
    let files = SystemFiles::of_this_machine();
    SoundHardware {
        in_container: ["/.dockerenv", "/run/.containerenv"]
            .iter()
            .any(|file| Path::new(file).exists()),
        ..files.hardware()
    }
}

impl SystemFiles {
    fn hardware(&self) -> SoundHardware {
        let cards = self.cards().into_iter().map(|card| {
            let device = self
                .sys
                .join(format!("class/sound/card{}/device", card.index));
            CardHardware {
                index: card.index,
                id: card.id().map(str::to_owned),
                name: card.identity.as_ref().map(|card| card.name.clone()),
                driver: link_name(&device.join("driver")),
                bus: link_name(&device.join("subsystem")),
                usb_port: self.usb_port(card.index),
                monitors: self.monitors(card.index),
            }
        });
        SoundHardware {
            has_core: self.proc.join("asound").is_dir(),
            in_container: false,
            cards: cards.collect(),
            unclaimed: self.unclaimed(),
        }
    }

    fn monitors(&self, card: u32) -> Vec<bool> {
        let folder = self.card_dir(card);
        let mut outputs: Vec<String> = names_in(&folder)
            .filter(|name| name.starts_with("eld#"))
            .collect();
        outputs.sort();
        let is_present = |name: &String| {
            let text = self.text(&folder.join(name));
            let value = |key: &str| {
                let line = text.lines().find_map(|line| line.strip_prefix(key))?;
                Some(line.trim().to_owned())
            };
            value("monitor_present").as_deref() == Some("1")
                && value("eld_valid").as_deref() == Some("1")
        };
        outputs.iter().map(is_present).collect()
    }

    /// PCI functions of the classes audio (0401) and HD Audio (0403), and USB interfaces of class audio (01).
    fn unclaimed(&self) -> Vec<UnclaimedHardware> {
        let on = |bus: &'static str, is_sound: &dyn Fn(&Path) -> bool, ids: &[&str; 2]| {
            let folder = self.sys.join(format!("bus/{bus}/devices"));
            let mut addresses: Vec<String> = names_in(&folder)
                .filter(|name| is_sound(&folder.join(name)))
                .filter(|name| fs::symlink_metadata(folder.join(name).join("driver")).is_err())
                .collect();
            addresses.sort();
            let unclaimed = addresses.into_iter().map(|address| {
                let device = folder.join(&address);
                // A USB interface has no ids: its device does.
                let device = match bus {
                    "usb" => folder.join(address.split(':').next().unwrap_or_default()),
                    _ => device,
                };
                let ids = ids.map(|name| self.text(&device.join(name)).trim().to_owned());
                let ids = ids.map(|id| id.trim_start_matches("0x").to_owned());
                UnclaimedHardware {
                    bus,
                    address,
                    ids: ids.iter().all(|id| !id.is_empty()).then(|| ids.join(":")),
                }
            });
            unclaimed.collect::<Vec<_>>()
        };
        let class = |path: &Path, file: &str| self.text(&path.join(file)).trim().to_owned();
        let is_pci_sound = |path: &Path| {
            let class = class(path, "class");
            class.starts_with("0x0401") || class.starts_with("0x0403")
        };
        let is_usb_sound = |path: &Path| class(path, "bInterfaceClass") == "01";
        let mut all = on("pci", &is_pci_sound, &["vendor", "device"]);
        all.extend(on("usb", &is_usb_sound, &["idVendor", "idProduct"]));
        all
    }
}

/// The last part of what a link points to.
fn link_name(link: &Path) -> Option<String> {
    let target = fs::read_link(link).ok()?;
    Some(target.file_name()?.to_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::audio::system::fake::FakeSystem;

    #[test]
    fn a_card_has_its_driver_bus_and_port() {
        let system = FakeSystem::with_cards();
        system.usb_card(3, "1-2:1.0");
        system.link(
            "sys/devices/1-2:1.0/driver",
            "sys/bus/usb/drivers/snd-usb-audio",
        );
        system.link("sys/devices/1-2:1.0/subsystem", "sys/bus/usb");
        let found = system.files.hardware();
        assert!(found.has_core);
        let usb = &found.cards[1];
        assert_eq!(usb.driver.as_deref(), Some("snd-usb-audio"));
        assert_eq!(usb.bus.as_deref(), Some("usb"));
        assert_eq!(usb.usb_port.as_deref(), Some("1-2"));
        assert!(!usb.is_virtual());
        assert_eq!(found.cards[0].driver, None);
    }

    #[test]
    fn hardware_without_a_driver_is_found() {
        let system = FakeSystem::new();
        let pci = "sys/bus/pci/devices/0000:00:1b.0";
        system.write(&format!("{pci}/class"), "0x040300\n");
        system.write(&format!("{pci}/vendor"), "0x8086\n");
        system.write(&format!("{pci}/device"), "0x293e\n");
        system.write("sys/bus/pci/devices/0000:00:1f.2/class", "0x010601\n");
        system.write("sys/bus/usb/devices/1-2/idVendor", "1234\n");
        system.write("sys/bus/usb/devices/1-2/idProduct", "abcd\n");
        system.write("sys/bus/usb/devices/1-2:1.0/bInterfaceClass", "01\n");
        let found = system.files.hardware().unclaimed;
        let shown: Vec<_> = found
            .iter()
            .map(|one| (one.bus, one.address.as_str(), one.ids.as_deref().unwrap()))
            .collect();
        let expected = [
            ("pci", "0000:00:1b.0", "8086:293e"),
            ("usb", "1-2:1.0", "1234:abcd"),
        ];
        assert_eq!(shown, expected);
        system.link(
            &format!("{pci}/driver"),
            "sys/bus/pci/drivers/snd_hda_intel",
        );
        assert_eq!(system.files.hardware().unclaimed.len(), 1);
    }

    #[test]
    fn monitors_are_read_from_their_eld() {
        let system = FakeSystem::with_cards();
        system.write(
            "proc/asound/card0/eld#0.0",
            "monitor_present\t\t0\neld_valid\t\t0\n",
        );
        system.write(
            "proc/asound/card0/eld#0.1",
            "monitor_present\t\t1\neld_valid\t\t1\n",
        );
        assert_eq!(system.files.hardware().cards[0].monitors, [false, true]);
    }
}
