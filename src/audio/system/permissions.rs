//! Why the user may not open a device.

use super::files::SystemFiles;
use crate::audio::advice::DeviceAdvice;
use crate::audio::direction::Direction;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Why a device may not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// Only a group may open it, and the user is not in that group.
    NotInGroup { user: String, group: String },
    /// The user was added to the group, but the session is older.
    OldSession { user: String, group: String },
    /// Group membership would not help.
    Closed { owner: String, group: String },
}

impl Denial {
    /// The reason, to be put in parentheses.
    pub fn reason(&self) -> String {
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

    /// What can be done about it.
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

impl SystemFiles {
    /// Why a card, or one of its PCM devices, may not be opened. `None` if it may, or does not exist.
    pub fn card_denial(&self, card: u32, pcm: Option<(u32, Direction)>) -> Option<Denial> {
        self.denial(&self.control_node(card)).or_else(|| {
            let (device, direction) = pcm?;
            self.denial(&self.pcm_node(card, device, direction))
        })
    }

    pub(super) fn denial(&self, node: &Path) -> Option<Denial> {
        let metadata = fs::metadata(node).ok()?;
        (!(self.may_open)(node)).then(|| self.denial_of(&metadata))
    }

    fn denial_of(&self, node: &Metadata) -> Denial {
        let group = self.group_name(node.gid());
        let user = self.user_name(self.user);
        // Nobody should be advised to join the group `root`.
        if node.mode() & 0o060 != 0o060 || group == "root" || self.groups.contains(&node.gid()) {
            let owner = self.user_name(node.uid());
            return Denial::Closed { owner, group };
        }
        match self.is_member(&user, node.gid()) {
            true => Denial::OldSession { user, group },
            false => Denial::NotInGroup { user, group },
        }
    }

    /// A user's name, or the number if there is no name.
    pub fn user_name(&self, id: u32) -> String {
        self.name_in("passwd", id)
    }

    pub(super) fn group_name(&self, id: u32) -> String {
        self.name_in("group", id)
    }

    fn name_in(&self, file: &str, id: u32) -> String {
        self.entry(file, id)
            .map_or(id.to_string(), |fields| fields[0].clone())
    }

    /// Whether `/etc/group` lists the user as a member, whether or not this session has the group.
    fn is_member(&self, user: &str, group: u32) -> bool {
        self.entry("group", group)
            .and_then(|fields| fields.get(3).cloned())
            .is_some_and(|members| members.split(',').any(|member| member == user))
    }

    /// The fields of the line with this id in `/etc/passwd` or `/etc/group`.
    fn entry(&self, file: &str, id: u32) -> Option<Vec<String>> {
        let text = self.text(&self.etc.join(file));
        text.lines()
            .map(|line| line.split(':').map(str::to_owned).collect::<Vec<_>>())
            .find(|fields| fields.get(2).is_some_and(|field| *field == id.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::system::fake::FakeSystem;

    fn denied() -> FakeSystem {
        let mut system = FakeSystem::with_cards();
        system.files.may_open = |_| false;
        system
    }

    #[test]
    fn a_user_outside_the_group_is_advised_to_join_it() {
        let denial = denied().files.card_denial(0, None).unwrap();
        assert_eq!(
            denial.reason(),
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
    fn a_user_added_to_the_group_is_advised_to_log_in_again() {
        let system = denied();
        system.audio_group("pulse,bob");
        let denial = system.files.card_denial(0, None).unwrap();
        assert!(denial.reason().ends_with("but not in this session"));
        assert_eq!(denial.advice(), DeviceAdvice::LogInAgain);
    }

    #[test]
    fn a_device_closed_to_its_group_is_reported_as_closed() {
        let system = denied();
        system.set_mode("controlC0", 0o600);
        let denial = system.files.card_denial(0, None).unwrap();
        assert!(matches!(denial, Denial::Closed { .. }), "{denial:?}");
    }

    #[test]
    fn a_missing_node_is_no_denial() {
        let mut system = FakeSystem::new();
        system.files.may_open = |_| false;
        assert_eq!(system.files.card_denial(0, None), None);
    }

    #[test]
    fn a_user_without_a_name_is_a_number() {
        let system = FakeSystem::new();
        assert_eq!(system.files.user_name(0), "root");
        assert_eq!(system.files.user_name(4242), "4242");
    }
}
