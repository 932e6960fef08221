//! The processes that use a PCM device.
//!
//! The kernel shows every user which thread opened each subdevice (`/proc/asound/cardN/pcmMp/subK/status`). Other
//! processes that share it (dmix passes the descriptor on) appear only in their own lists of open files, which only
//! their user and root can read.

use super::files::{SystemFiles, names_in, parse_node};
use crate::audio::direction::Direction;
use crate::audio::error::Holder;
use std::path::{Path, PathBuf};

/// A card's PCM devices in one direction, one of them, or one subdevice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PcmLocation {
    /// The card's number.
    pub card: u32,
    /// The device's number; `None` for all devices.
    pub device: Option<u32>,
    /// The subdevice's number; `None` for all subdevices.
    pub subdevice: Option<u32>,
    /// The direction.
    pub direction: Direction,
}

/// The processes that use PCM device `device` of a card, or any of its devices. Those that opened it come first.
///
/// Works for every user, as far as the kernel allows: the process that opened a subdevice is always visible, others
/// only if this user may read their open files. From `/proc/asound` and `/proc/PID/fd`.
pub fn holders_of(card: u32, device: Option<u32>, direction: Direction) -> Vec<Holder> {
    SystemFiles::of_this_machine().holders(&PcmLocation {
        card,
        device,
        subdevice: None,
        direction,
    })
}

/// The process of a thread; `None` if it has ended or is hidden.
pub(crate) fn holder_of_thread(thread: u32) -> Option<Holder> {
    let files = SystemFiles::of_this_machine();
    files.process_of(thread).map(|pid| files.holder(pid))
}

impl SystemFiles {
    /// Like [`holders_of`], for a location.
    pub(crate) fn holders(&self, location: &PcmLocation) -> Vec<Holder> {
        let mut processes: Vec<u32> = self
            .owner_threads(location)
            .into_iter()
            .filter_map(|thread| self.process_of(thread))
            .collect();
        // Open files do not show the subdevice, so for one subdevice they count only if its owner is unknown.
        if location.subdevice.is_none() || processes.is_empty() {
            processes.extend(self.openers(location));
        }
        let mut seen = std::collections::HashSet::new();
        processes.retain(|process| seen.insert(*process));
        processes.into_iter().map(|pid| self.holder(pid)).collect()
    }

    /// The threads that opened the location's subdevices.
    fn owner_threads(&self, location: &PcmLocation) -> Vec<u32> {
        let devices = match location.device {
            Some(device) => vec![device],
            None => self.devices(location.card, location.direction),
        };
        devices
            .into_iter()
            .map(|device| self.pcm_dir(location.card, device, location.direction))
            .flat_map(|folder| status_files(&folder, location.subdevice))
            .filter_map(|status| owner(&self.text(&status)))
            .collect()
    }

    /// Whether all subdevices of the location's device are in use.
    pub(crate) fn is_full(&self, location: &PcmLocation) -> bool {
        let device = location.device.unwrap_or_default();
        let count = self.subdevices(location.card, device, location.direction);
        count == Some(self.owner_threads(location).len())
    }

    /// The process of a thread; `None` if the thread has ended or is hidden.
    fn process_of(&self, thread: u32) -> Option<u32> {
        let status = self.text(&self.proc.join(format!("{thread}/status")));
        field(&status, "Tgid:")
    }

    /// The processes that are known to have one of the location's nodes open, sorted.
    fn openers(&self, location: &PcmLocation) -> Vec<u32> {
        let mut processes: Vec<u32> = names_in(&self.proc)
            .filter_map(|name| name.parse().ok())
            .filter(|process| self.has_open(*process, location))
            .collect();
        processes.sort_unstable();
        processes
    }

    fn has_open(&self, process: u32, location: &PcmLocation) -> bool {
        let folder = self.proc.join(format!("{process}/fd"));
        names_in(&folder)
            .filter_map(|fd| std::fs::read_link(folder.join(fd)).ok())
            .any(|file| self.is_node_of(&file, location))
    }

    fn is_node_of(&self, file: &Path, location: &PcmLocation) -> bool {
        let name = file
            .strip_prefix(&self.dev)
            .ok()
            .and_then(|name| name.to_str());
        name.and_then(parse_node)
            .is_some_and(|(card, device, direction)| {
                card == location.card
                    && direction == location.direction
                    && location.device.is_none_or(|wanted| wanted == device)
            })
    }

    pub(super) fn holder(&self, pid: u32) -> Holder {
        let folder = self.proc.join(pid.to_string());
        let status = self.text(&folder.join("status"));
        let comm = self.text(&folder.join("comm"));
        Holder {
            pid,
            program: comm.trim_end_matches('\n').to_owned(),
            user: effective_user(&status).map(|id| self.user_name(id)),
        }
    }
}

/// The status files of the subdevices in a PCM's folder, sorted: of `wanted`, or of all.
fn status_files(folder: &Path, wanted: Option<u32>) -> Vec<PathBuf> {
    let mut numbers: Vec<u32> = names_in(folder)
        .filter_map(|name| name.strip_prefix("sub")?.parse().ok())
        .filter(|number| wanted.is_none_or(|wanted| wanted == *number))
        .collect();
    numbers.sort_unstable();
    let status = |number| folder.join(format!("sub{number}/status"));
    numbers.into_iter().map(status).collect()
}

/// The thread that opened a subdevice. Its status has 0 for a thread outside of this PID namespace.
fn owner(status: &str) -> Option<u32> {
    field(status, "owner_pid").filter(|thread| *thread != 0)
}

/// The effective user in a process's status: the second of `Uid: real effective saved filesystem`.
fn effective_user(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The number in the line that starts with `name`.
fn field(text: &str, name: &str) -> Option<u32> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim_start_matches([' ', '\t', ':'])
        .trim()
        .parse()
        .ok()
}

/// A holder for a message: `aplay (pid 1234, user bob)`.
pub(crate) fn described(holder: &Holder) -> String {
    match &holder.user {
        Some(user) => format!("{} (pid {}, user {user})", holder.program, holder.pid),
        None => format!("{} (pid {})", holder.program, holder.pid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::system::fake::FakeSystem;

    fn location(device: Option<u32>, subdevice: Option<u32>) -> PcmLocation {
        PcmLocation {
            card: 0,
            device,
            subdevice,
            direction: Direction::Playback,
        }
    }

    #[test]
    fn the_owner_of_a_subdevice_has_a_program_and_a_user() {
        let system = FakeSystem::with_cards();
        system.owned(0, "0p", 1, 653);
        system.task(653, 653, "aplay", 1000);
        let holders = system.files.holders(&location(Some(0), None));
        assert_eq!(holders.len(), 1);
        assert_eq!(described(&holders[0]), "aplay (pid 653, user bob)");
    }

    #[test]
    fn threads_of_one_process_count_once() {
        let system = FakeSystem::with_cards();
        system.owned(0, "0p", 0, 701);
        system.owned(0, "0p", 1, 702);
        system.task(701, 700, "worker", 4242);
        system.task(702, 700, "worker", 4242);
        system.task(700, 700, "engine", 4242);
        system.open_node(700, 5, "pcmC0D0p");
        let holders = system.files.holders(&location(Some(0), None));
        let shown: Vec<_> = holders.iter().map(described).collect();
        assert_eq!(shown, ["engine (pid 700, user 4242)"]);
    }

    #[test]
    fn processes_that_share_a_device_are_found_by_their_open_files() {
        let system = FakeSystem::with_cards();
        system.owned(0, "0p", 0, 9);
        for process in [9, 11, 10, 12, 13] {
            system.task(process, process, "play", 0);
        }
        system.open_node(10, 3, "pcmC0D0p");
        system.open_node(11, 3, "pcmC0D0p");
        system.open_node(12, 3, "pcmC0D0c");
        system.open_node(13, 3, "pcmC3D0p");
        let pids = |location| -> Vec<u32> {
            let holders = system.files.holders(&location);
            holders.iter().map(|holder| holder.pid).collect()
        };
        assert_eq!(pids(location(Some(0), None)), [9, 10, 11]);
        assert_eq!(pids(location(None, None)), [9, 10, 11]);
        assert_eq!(pids(location(Some(0), Some(0))), [9]);
        assert!(pids(location(Some(1), None)).is_empty());
    }

    #[test]
    fn an_invisible_owner_is_omitted() {
        let system = FakeSystem::with_cards();
        system.owned(0, "0p", 0, 0);
        system.owned(0, "0p", 1, 999);
        assert_eq!(system.files.holders(&location(None, None)), []);
    }

    #[test]
    fn a_free_device_has_no_holders() {
        let system = FakeSystem::with_cards();
        assert_eq!(system.files.holders(&location(None, None)), []);
        assert_eq!(holders_of(31, None, Direction::Capture), []);
    }
}
