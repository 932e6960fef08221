//! What the system tells of sound without opening anything: which cards the kernel has, and who may open them.
//!
//! alsa-lib treats a card that it may not open as one that is not there. `/proc/asound` and the metadata of the
//! nodes in `/dev/snd` are readable by all, and tell the two apart.

use crate::audio::advice::DeviceAdvice;
use crate::audio::direction::Direction;
use crate::audio::ffi::ctl::config_text;
use crate::audio::spelling::alike;
use rustix::fs::Access;
use rustix::process;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Where the system tells about itself, and for whom it is asked. Tests put a made-up one in place.
#[derive(Clone, Debug)]
pub(crate) struct System {
    /// `/proc`.
    pub proc: PathBuf,
    /// `/dev/snd`.
    pub dev: PathBuf,
    /// `/etc`.
    pub etc: PathBuf,
    /// The user who asks: id, and the groups in force.
    pub user: u32,
    /// Groups of the running process.
    pub groups: Vec<u32>,
    /// Whether a node may be opened for reading and writing. The kernel is asked: mode bits leave out ACLs.
    pub may_open: fn(&Path) -> bool,
    /// The card and the device that alsa-lib takes where a name says none.
    pub defaults: fn() -> (String, u32),
}

/// A card as `/proc/asound/cards` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownCard {
    /// Its number.
    pub index: u32,
    /// What else is told; nothing where only the node in `/dev/snd` is seen, as in containers.
    pub identity: Option<CardIdentity>,
}

/// The names in `/proc/asound/cards`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CardIdentity {
    pub id: String,
    pub driver: String,
    pub name: String,
    pub longname: String,
}

impl KnownCard {
    /// The card's id, where it is known.
    pub fn id(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.id.as_str())
    }

    /// `0 Dummy`, or `0`.
    fn listed(&self) -> String {
        match self.id() {
            Some(id) => format!("{} {id}", self.index),
            None => self.index.to_string(),
        }
    }

    /// `card 0 (Dummy)`, or `card 0`.
    pub fn described(&self) -> String {
        match self.id() {
            Some(id) => format!("card {} ({id})", self.index),
            None => format!("card {}", self.index),
        }
    }

    /// Whether `wanted` is the card's number or id.
    pub fn answers_to(&self, wanted: &str) -> bool {
        wanted.parse() == Ok(self.index) || self.id() == Some(wanted)
    }
}

/// Why there is no card `wanted`: the reason alone, to stand in a sentence, and the ids nearest to it.
pub(crate) fn no_card<'a>(wanted: &str, known: &'a [KnownCard]) -> (String, Vec<&'a str>) {
    if known.is_empty() {
        return ("there are no sound cards".to_owned(), vec![]);
    }
    let wanted_words = match wanted.parse::<i64>() {
        Ok(number) => number.to_string(),
        Err(_) => format!("'{wanted}'"),
    };
    let near = alike(wanted, known.iter().filter_map(KnownCard::id));
    // The nearest come first; a stable sort leaves the others in order.
    let mut cards: Vec<_> = known.iter().collect();
    let place = |id| near.iter().position(|near| Some(*near) == id);
    cards.sort_by_key(|card| place(card.id()).unwrap_or(near.len()));
    let reason = format!("there is no card {wanted_words} {}", listed(cards));
    (reason, near)
}

/// The cards for a message: `(cards: 0 Dummy, 1 Loopback)`.
fn listed<'a>(cards: impl IntoIterator<Item = &'a KnownCard>) -> String {
    let all: Vec<_> = cards.into_iter().map(KnownCard::listed).collect();
    format!("(cards: {})", all.join(", "))
}

impl System {
    /// The system this runs on, asked for the user this runs as.
    pub fn here() -> System {
        let mut groups: Vec<u32> = process::getgroups()
            .unwrap_or_default()
            .iter()
            .map(|group| group.as_raw())
            .collect();
        groups.push(process::getegid().as_raw());
        System {
            proc: "/proc".into(),
            dev: "/dev/snd".into(),
            etc: "/etc".into(),
            user: process::geteuid().as_raw(),
            groups,
            may_open: |node| rustix::fs::access(node, Access::READ_OK | Access::WRITE_OK).is_ok(),
            defaults: || (default_card(), default_device()),
        }
    }

    /// The cards there are, whether or not they may be opened, by number.
    pub fn cards(&self) -> Vec<KnownCard> {
        let mut cards = parse_cards(&self.text(&self.proc.join("asound/cards")));
        for index in self.nodes().filter_map(|node| control_index(&node)) {
            if cards.iter().all(|card| card.index != index) {
                let identity = None;
                cards.push(KnownCard { index, identity });
            }
        }
        cards.sort_by_key(|card| card.index);
        cards
    }

    /// The PCM devices of a card that go `direction`, by number.
    pub fn devices(&self, card: u32, direction: Direction) -> Vec<u32> {
        let mut devices: Vec<u32> = names_in(&self.card_dir(card))
            .filter_map(|name| parse_pcm_dir(&name))
            .chain(self.nodes().filter_map(|node| {
                let (of, device, way) = parse_node(&node)?;
                (of == card).then_some((device, way))
            }))
            .filter(|(_, way)| *way == direction)
            .map(|(device, _)| device)
            .collect();
        devices.sort_unstable();
        devices.dedup();
        devices
    }

    /// The number of subdevices of a PCM device, if it is told.
    pub fn subdevices(&self, card: u32, device: u32, direction: Direction) -> Option<usize> {
        let dir = self.pcm_dir(card, device, direction);
        let count = names_in(&dir)
            .filter(|name| name.starts_with("sub"))
            .count();
        (count > 0).then_some(count)
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

    /// `/dev/snd/controlCN`.
    pub fn control_node(&self, card: u32) -> PathBuf {
        self.dev.join(format!("controlC{card}"))
    }

    /// `/dev/snd/pcmCNDMp` or `…c`.
    pub fn pcm_node(&self, card: u32, device: u32, direction: Direction) -> PathBuf {
        self.dev
            .join(format!("pcmC{card}D{device}{}", letter(direction)))
    }

    /// Why `node` may not be opened; nothing where it may, or is not there.
    pub fn denial(&self, node: &Path) -> Option<Denial> {
        let metadata = fs::metadata(node).ok()?;
        (!(self.may_open)(node)).then(|| self.reason(&metadata))
    }

    /// The first node of a card that stands in the way of opening it, or one of its PCM devices.
    pub fn card_denial(&self, card: u32, pcm: Option<(u32, Direction)>) -> Option<Denial> {
        self.denial(&self.control_node(card)).or_else(|| {
            let (device, direction) = pcm?;
            self.denial(&self.pcm_node(card, device, direction))
        })
    }

    fn reason(&self, node: &Metadata) -> Denial {
        let group = self.group_name(node.gid());
        let user = self.user_name(self.user);
        // Telling somebody to join the group `root` would be no advice.
        if node.mode() & 0o060 != 0o060 || group == "root" || self.groups.contains(&node.gid()) {
            let owner = self.user_name(node.uid());
            return Denial::Closed { owner, group };
        }
        match self.is_member(&user, node.gid()) {
            true => Denial::OldSession { user, group },
            false => Denial::NotInGroup { user, group },
        }
    }

    /// A user's name, or the number where there is no name.
    pub fn user_name(&self, id: u32) -> String {
        self.entry("passwd", id)
            .map_or(id.to_string(), |fields| fields[0].clone())
    }

    fn group_name(&self, id: u32) -> String {
        self.entry("group", id)
            .map_or(id.to_string(), |fields| fields[0].clone())
    }

    /// Whether `/etc/group` names the user a member, in force or not.
    fn is_member(&self, user: &str, group: u32) -> bool {
        self.entry("group", group)
            .and_then(|fields| fields.get(3).cloned())
            .is_some_and(|members| members.split(',').any(|member| member == user))
    }

    /// The line of a colon-separated file of `/etc` whose third field is `id`.
    fn entry(&self, file: &str, id: u32) -> Option<Vec<String>> {
        let text = self.text(&self.etc.join(file));
        text.lines()
            .map(|line| line.split(':').map(str::to_owned).collect::<Vec<_>>())
            .find(|fields| fields.get(2).is_some_and(|field| *field == id.to_string()))
    }

    /// A small file as text, whatever bytes it holds; empty where it cannot be read.
    pub fn text(&self, path: &Path) -> String {
        String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
    }

    fn nodes(&self) -> impl Iterator<Item = String> + use<> {
        names_in(&self.dev)
    }
}

/// Why a device may not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// It is there for a group that the user is not in.
    NotInGroup { user: String, group: String },
    /// The user was added to that group, but runs a session from before.
    OldSession { user: String, group: String },
    /// Group membership would not help.
    Closed { owner: String, group: String },
}

impl Denial {
    /// The reason, for between brackets.
    pub fn why(&self) -> String {
        match self {
            Denial::NotInGroup { user, group } => {
                format!("the device belongs to group '{group}', and user '{user}' is not in it")
            }
            Denial::OldSession { user, group } => format!(
                "the device belongs to group '{group}'; user '{user}' was added to it, but not in this session"
            ),
            Denial::Closed { owner, group } => {
                format!("the device belongs to user '{owner}' and group '{group}'")
            }
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> DeviceAdvice {
        match self {
            Denial::NotInGroup { user, group } => DeviceAdvice::JoinGroup {
                user: user.clone(),
                group: group.clone(),
            },
            Denial::OldSession { .. } => DeviceAdvice::LogInAgain,
            Denial::Closed { owner, .. } => DeviceAdvice::RunAsUser(owner.clone()),
        }
    }
}

/// The cards in `/proc/asound/cards`: ` 0 [Dummy          ]: Driver - Name`, and the long name on the next line.
fn parse_cards(text: &str) -> Vec<KnownCard> {
    let lines: Vec<_> = text.lines().collect();
    let after = lines.iter().skip(1).chain(std::iter::once(&""));
    lines
        .iter()
        .zip(after)
        .filter_map(|(line, next)| parse_card(line, next.trim()))
        .collect()
}

fn parse_card(line: &str, longname: &str) -> Option<KnownCard> {
    let (index, rest) = line.split_once('[')?;
    let (id, names) = rest.split_once("]: ")?;
    let (driver, name) = names.split_once(" - ")?;
    Some(KnownCard {
        index: index.trim().parse().ok()?,
        identity: Some(CardIdentity {
            id: id.trim().to_owned(),
            driver: driver.to_owned(),
            name: name.to_owned(),
            longname: longname.to_owned(),
        }),
    })
}

/// The card of a control node's name, `controlC0`.
fn control_index(node: &str) -> Option<u32> {
    node.strip_prefix("controlC")?.parse().ok()
}

/// The card, device and direction of a PCM node's name, `pcmC0D7p`.
pub(crate) fn parse_node(node: &str) -> Option<(u32, u32, Direction)> {
    let (card, device) = node.strip_prefix("pcmC")?.split_once('D')?;
    let (device, direction) = parse_device(device)?;
    Some((card.parse().ok()?, device, direction))
}

/// The device and direction of a folder in `/proc/asound/cardN`, `pcm7p`.
pub(crate) fn parse_pcm_dir(name: &str) -> Option<(u32, Direction)> {
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

/// The names in a folder; none where it cannot be read.
pub(crate) fn names_in(folder: &Path) -> impl Iterator<Item = String> + use<> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
}

/// By environment, or configuration, or the number 0: what alsa-lib's `hw` and `default` do.
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

/// A made-up system in a folder of its own, for tests.
#[cfg(test)]
pub(crate) mod fake {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::sync::atomic::{AtomicU32, Ordering};

    /// The folder, removed with it, and the system in it.
    pub struct FakeSystem {
        root: PathBuf,
        /// Asked as user 1000, who is in no group and may open everything.
        pub system: System,
    }

    impl Drop for FakeSystem {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.root);
        }
    }

    impl FakeSystem {
        /// A system with users root, bob and nobody, whose files belong to the group `audio`, and no cards.
        pub fn new() -> FakeSystem {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let unique = format!("aloud-test-{}-{count}", std::process::id());
            let root = std::env::temp_dir().join(unique);
            let system = System {
                proc: root.join("proc"),
                dev: root.join("dev/snd"),
                etc: root.join("etc"),
                user: 1000,
                groups: vec![],
                may_open: |_| true,
                defaults: || ("0".to_owned(), 0),
            };
            let tree = FakeSystem { root, system };
            tree.write(
                "etc/passwd",
                "root:x:0:0::/root:/bin/sh\nbob:x:1000:1000::/:/bin/sh\n",
            );
            tree.write("proc/asound/cards", "");
            fs::create_dir_all(&tree.system.dev).unwrap();
            tree.audio_group("pulse");
            tree
        }

        /// A system with a card that plays on devices 0 and 1, records on 0, with two subdevices each, and one that only plays.
        pub fn with_cards() -> FakeSystem {
            let tree = FakeSystem::new();
            tree.write(
                "proc/asound/cards",
                " 0 [Dummy          ]: Dummy - Dummy card\n                      Dummy 1\n 3 [USB            ]: USB-Audio - QEMU - Audio\n                      QEMU at usb-1, full speed\n",
            );
            for (card, devices) in [(0, &["0p", "1p", "0c"][..]), (3, &["0p"])] {
                tree.node(&format!("controlC{card}"));
                for device in devices {
                    tree.node(&format!("pcmC{card}D{device}"));
                    for subdevice in 0..2 {
                        tree.status(card, device, subdevice, "closed\n");
                    }
                }
            }
            tree
        }

        /// Writes a file, with its folders.
        pub fn write(&self, path: &str, text: &str) {
            let path = self.root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        /// The members of the group `audio`, which owns the nodes.
        pub fn audio_group(&self, members: &str) {
            let group = fs::metadata(&self.root).unwrap().gid();
            self.write("etc/group", &format!("audio:x:{group}:{members}\n"));
        }

        /// A device node that its owner and group may open.
        pub fn node(&self, name: &str) {
            self.write(&format!("dev/snd/{name}"), "");
            self.set_mode(name, 0o660);
        }

        /// Changes who may open a node.
        pub fn set_mode(&self, name: &str, mode: u32) {
            fs::set_permissions(self.system.dev.join(name), PermissionsExt::from_mode(mode))
                .unwrap();
        }

        /// What a subdevice says of itself.
        pub fn status(&self, card: u32, pcm: &str, subdevice: u32, text: &str) {
            self.write(
                &format!("proc/asound/card{card}/pcm{pcm}/sub{subdevice}/status"),
                text,
            );
        }

        /// A subdevice in use by thread `task`.
        pub fn owned(&self, card: u32, pcm: &str, subdevice: u32, task: u32) {
            let text = format!(
                "state: RUNNING\nowner_pid   : {task}\ntrigger_time: 1.5\n-----\nhw_ptr      : 1\n"
            );
            self.status(card, pcm, subdevice, &text);
        }

        /// A thread of a process; the process itself where the two numbers are the same.
        pub fn task(&self, task: u32, process: u32, program: &str, user: u32) {
            self.write(
                &format!("proc/{task}/status"),
                &format!("Name:\t{program}\nTgid:\t{process}\nUid:\t0\t{user}\t{user}\t{user}\n"),
            );
            self.write(&format!("proc/{task}/comm"), &format!("{program}\n"));
        }

        /// A process's open file.
        pub fn open_node(&self, process: u32, fd: u32, node: &str) {
            let folder = self.root.join(format!("proc/{process}/fd"));
            fs::create_dir_all(&folder).unwrap();
            symlink(self.system.dev.join(node), folder.join(fd.to_string())).unwrap();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fake::FakeSystem;
    use super::*;

    #[test]
    fn the_kernels_list_of_cards_is_read_whole() {
        let tree = FakeSystem::with_cards();
        let cards = tree.system.cards();
        assert_eq!(listed(&cards), "(cards: 0 Dummy, 3 USB)");
        let usb = cards[1].identity.as_ref().unwrap();
        assert_eq!(usb.driver, "USB-Audio");
        assert_eq!(usb.name, "QEMU - Audio");
        assert_eq!(usb.longname, "QEMU at usb-1, full speed");
    }

    #[test]
    fn a_system_without_sound_has_no_cards() {
        let tree = FakeSystem::new();
        assert_eq!(tree.system.cards(), []);
        tree.write("proc/asound/cards", "--- no soundcards ---\n");
        assert_eq!(tree.system.cards(), []);
    }

    #[test]
    fn a_card_of_which_only_the_node_is_seen_is_a_card() {
        let tree = FakeSystem::with_cards();
        tree.node("controlC1");
        assert_eq!(listed(&tree.system.cards()), "(cards: 0 Dummy, 1, 3 USB)");
    }

    #[test]
    fn the_devices_of_a_card_are_told_by_direction() {
        let system = &FakeSystem::with_cards().system;
        assert_eq!(system.devices(0, Direction::Playback), [0, 1]);
        assert_eq!(system.devices(0, Direction::Capture), [0]);
        assert!(system.devices(3, Direction::Capture).is_empty());
        assert_eq!(system.subdevices(0, 1, Direction::Playback), Some(2));
        assert_eq!(system.subdevices(0, 9, Direction::Playback), None);
    }

    #[test]
    fn a_user_outside_the_group_is_told_of_the_group() {
        let mut tree = FakeSystem::with_cards();
        tree.system.may_open = |_| false;
        let denial = tree.system.card_denial(0, None).unwrap();
        assert_eq!(
            denial.why(),
            "the device belongs to group 'audio', and user 'bob' is not in it"
        );
        assert_eq!(
            denial.advice(),
            DeviceAdvice::JoinGroup {
                user: "bob".to_owned(),
                group: "audio".to_owned(),
            }
        );
    }

    #[test]
    fn a_user_added_to_the_group_is_told_to_log_in_again() {
        let mut tree = FakeSystem::with_cards();
        tree.system.may_open = |_| false;
        tree.audio_group("pulse,bob");
        let denial = tree.system.card_denial(0, None).unwrap();
        assert!(denial.why().ends_with("but not in this session"));
        assert_eq!(denial.advice(), DeviceAdvice::LogInAgain);
    }

    #[test]
    fn a_device_closed_to_its_group_is_no_matter_of_groups() {
        let mut tree = FakeSystem::with_cards();
        tree.system.may_open = |_| false;
        tree.set_mode("controlC0", 0o600);
        let denial = tree.system.card_denial(0, None).unwrap();
        assert!(matches!(denial, Denial::Closed { .. }), "{denial:?}");
    }

    #[test]
    fn a_node_that_is_not_there_denies_nothing() {
        let mut tree = FakeSystem::new();
        tree.system.may_open = |_| false;
        assert_eq!(tree.system.card_denial(0, None), None);
    }

    #[test]
    fn node_names_are_read_and_others_are_not() {
        assert_eq!(parse_node("pcmC0D7p"), Some((0, 7, Direction::Playback)));
        assert_eq!(parse_node("pcmC12D0c"), Some((12, 0, Direction::Capture)));
        for other in ["pcmC0D0", "controlC0", "hwC0D0", "pcmCxD0p", ""] {
            assert_eq!(parse_node(other), None, "{other}");
        }
    }

    #[test]
    fn a_user_without_a_name_is_a_number() {
        let tree = FakeSystem::new();
        assert_eq!(tree.system.user_name(0), "root");
        assert_eq!(tree.system.user_name(4242), "4242");
    }
}
