//! Who holds a PCM device.
//!
//! The kernel tells every user which thread opened each subdevice (`/proc/asound/cardN/pcmMp/subK/status`). Further processes
//! that share it (dmix passes it on) show only in their own lists of open files, which their user and root can read.

use super::permissions::{System, names_in, parse_node};
use crate::audio::direction::Direction;
use crate::audio::error::Holder;
use std::path::{Path, PathBuf};

/// The PCM devices that are meant: of a card, or one of them, or one subdevice of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PcmLocation {
    /// The card's number.
    pub card: u32,
    /// A device's number, or all of them.
    pub device: Option<u32>,
    /// A subdevice's number, or all of them.
    pub subdevice: Option<u32>,
    /// Which way.
    pub direction: Direction,
}

/// The processes that hold PCM devices of a card: device `device` or any, in `direction`. Owners come first.
///
/// Works for every user, as far as the kernel lets them see: the owner's process id, program and user always, further
/// processes only where their open files may be read. From `/proc/asound` and `/proc/PID/fd`.
pub fn holders_of(card: u32, device: Option<u32>, direction: Direction) -> Vec<Holder> {
    System::here().holders(&PcmLocation {
        card,
        device,
        subdevice: None,
        direction,
    })
}

impl System {
    /// As [`holders_of`], of one subdevice where the place says so.
    pub(crate) fn holders(&self, place: &PcmLocation) -> Vec<Holder> {
        let owners: Vec<u32> = self
            .owner_tasks(place)
            .into_iter()
            .filter_map(|task| self.process_of(task))
            .collect();
        let mut processes = owners;
        // Open files do not tell which subdevice they are, so they count only where none is asked for or no owner is known.
        if place.subdevice.is_none() || processes.is_empty() {
            processes.extend(self.openers(place));
        }
        let mut seen = std::collections::HashSet::new();
        processes.retain(|process| seen.insert(*process));
        processes.into_iter().map(|pid| self.holder(pid)).collect()
    }

    /// The threads that opened the place's subdevices.
    fn owner_tasks(&self, place: &PcmLocation) -> Vec<u32> {
        let devices = match place.device {
            Some(device) => vec![device],
            None => self.devices(place.card, place.direction),
        };
        devices
            .into_iter()
            .map(|device| self.pcm_dir(place.card, device, place.direction))
            .flat_map(|folder| statuses(&folder, place.subdevice))
            .filter_map(|status| owner(&self.text(&status)))
            .collect()
    }

    /// Whether every subdevice of the place's devices is in use.
    pub(crate) fn is_full(&self, place: &PcmLocation) -> bool {
        let device = place.device.unwrap_or_default();
        let count = self.subdevices(place.card, device, place.direction);
        count == Some(self.owner_tasks(place).len())
    }

    /// The process that a thread belongs to; nothing where the thread has ended or is hidden.
    fn process_of(&self, task: u32) -> Option<u32> {
        field(
            &self.text(&self.proc.join(format!("{task}/status"))),
            "Tgid:",
        )
    }

    /// Processes that have one of the place's nodes open, as far as that may be seen, by number.
    fn openers(&self, place: &PcmLocation) -> Vec<u32> {
        let mut processes: Vec<u32> = names_in(&self.proc)
            .filter_map(|name| name.parse().ok())
            .filter(|process| self.has_open(*process, place))
            .collect();
        processes.sort_unstable();
        processes
    }

    fn has_open(&self, process: u32, place: &PcmLocation) -> bool {
        let folder = self.proc.join(format!("{process}/fd"));
        names_in(&folder)
            .filter_map(|fd| std::fs::read_link(folder.join(fd)).ok())
            .any(|file| self.is_node_of(&file, place))
    }

    fn is_node_of(&self, file: &Path, place: &PcmLocation) -> bool {
        let name = file
            .strip_prefix(&self.dev)
            .ok()
            .and_then(|name| name.to_str());
        name.and_then(parse_node)
            .is_some_and(|(card, device, direction)| {
                card == place.card
                    && direction == place.direction
                    && place.device.is_none_or(|wanted| wanted == device)
            })
    }

    fn holder(&self, pid: u32) -> Holder {
        let folder = self.proc.join(pid.to_string());
        let status = self.text(&folder.join("status"));
        Holder {
            pid,
            program: self
                .text(&folder.join("comm"))
                .trim_end_matches('\n')
                .to_owned(),
            user: effective_user(&status).map(|id| self.user_name(id)),
        }
    }
}

/// The status files of the subdevices in a PCM's folder: of `wanted`, or of all, by number.
fn statuses(folder: &Path, wanted: Option<u32>) -> Vec<PathBuf> {
    let mut numbers: Vec<u32> = names_in(folder)
        .filter_map(|name| name.strip_prefix("sub")?.parse().ok())
        .filter(|number| wanted.is_none_or(|wanted| wanted == *number))
        .collect();
    numbers.sort_unstable();
    let status = |number| folder.join(format!("sub{number}/status"));
    numbers.into_iter().map(status).collect()
}

/// The thread that opened a subdevice, from its status. It is 0 where that is outside of what this process may see.
fn owner(status: &str) -> Option<u32> {
    field(status, "owner_pid").filter(|task| *task != 0)
}

/// The user a process acts as: the second of `Uid: real effective saved filesystem`.
fn effective_user(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The number on the line that starts with `name`.
fn field(text: &str, name: &str) -> Option<u32> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim_start_matches([' ', '\t', ':'])
        .trim()
        .parse()
        .ok()
}

/// A holder in words: `aplay (pid 1234, user bob)`.
pub(crate) fn described(holder: &Holder) -> String {
    match &holder.user {
        Some(user) => format!("{} (pid {}, user {user})", holder.program, holder.pid),
        None => format!("{} (pid {})", holder.program, holder.pid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::system::permissions::fake::FakeSystem;

    fn place(device: Option<u32>, subdevice: Option<u32>) -> PcmLocation {
        PcmLocation {
            card: 0,
            device,
            subdevice,
            direction: Direction::Playback,
        }
    }

    #[test]
    fn the_owner_of_a_subdevice_is_named_with_program_and_user() {
        let tree = FakeSystem::with_cards();
        tree.owned(0, "0p", 1, 653);
        tree.task(653, 653, "aplay", 1000);
        let holders = tree.system.holders(&place(Some(0), None));
        assert_eq!(holders.len(), 1);
        assert_eq!(described(&holders[0]), "aplay (pid 653, user bob)");
    }

    #[test]
    fn an_owning_thread_stands_for_its_process_and_counts_once() {
        let tree = FakeSystem::with_cards();
        tree.owned(0, "0p", 0, 701);
        tree.owned(0, "0p", 1, 702);
        tree.task(701, 700, "worker", 4242);
        tree.task(702, 700, "worker", 4242);
        tree.task(700, 700, "engine", 4242);
        tree.open_node(700, 5, "pcmC0D0p");
        let holders = tree.system.holders(&place(Some(0), None));
        let told: Vec<_> = holders.iter().map(described).collect();
        assert_eq!(told, ["engine (pid 700, user 4242)"]);
    }

    #[test]
    fn processes_that_share_the_device_are_found_by_their_open_files() {
        let tree = FakeSystem::with_cards();
        tree.owned(0, "0p", 0, 9);
        for process in [9, 11, 10, 12, 13] {
            tree.task(process, process, "play", 0);
        }
        tree.open_node(10, 3, "pcmC0D0p");
        tree.open_node(11, 3, "pcmC0D0p");
        tree.open_node(12, 3, "pcmC0D0c");
        tree.open_node(13, 3, "pcmC3D0p");
        let pids = |place| -> Vec<u32> {
            let holders = tree.system.holders(&place);
            holders.iter().map(|holder| holder.pid).collect()
        };
        assert_eq!(pids(place(Some(0), None)), [9, 10, 11]);
        assert_eq!(pids(place(None, None)), [9, 10, 11]);
        assert_eq!(pids(place(Some(0), Some(0))), [9]);
        assert!(pids(place(Some(1), None)).is_empty());
    }

    #[test]
    fn an_owner_that_cannot_be_seen_is_not_made_up() {
        let tree = FakeSystem::with_cards();
        tree.owned(0, "0p", 0, 0);
        tree.owned(0, "0p", 1, 999);
        assert_eq!(tree.system.holders(&place(None, None)), []);
    }

    #[test]
    fn a_free_device_has_no_holders() {
        let tree = FakeSystem::with_cards();
        assert_eq!(tree.system.holders(&place(None, None)), []);
        assert_eq!(holders_of(31, None, Direction::Capture), []);
    }
}
