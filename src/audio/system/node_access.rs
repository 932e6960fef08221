//! Whether, and why, this user may open the device nodes in `/dev/snd`.

use super::files::SystemFiles;
use super::permissions::Denial;
use crate::audio::advice::DeviceAdvice;
use std::fs;
use std::os::unix::fs::MetadataExt;

/// A device node, and whether this user may open it for reading and writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeAccess {
    /// Its path.
    pub node: String,
    /// Why it may be opened, or why not.
    pub grant: NodeGrant,
}

/// Why a node may be opened, or why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeGrant {
    /// The user is root.
    Root,
    /// The user owns it.
    Owner,
    /// The user is in its group.
    Group(String),
    /// Everyone may.
    Everyone,
    /// An access control list, which the login manager keeps for the user at the screen.
    AccessList,
    /// It may not be opened.
    Denied {
        /// The reason, as a clause.
        reason: String,
        /// What can be done about it.
        advice: DeviceAdvice,
    },
}

/// The nodes of all cards and PCM devices, sorted by path.
pub fn node_access() -> Vec<NodeAccess> {
    SystemFiles::of_this_machine().node_access()
}

/// The name of the user of this process, or the number if there is no name.
pub fn current_user() -> String {
    let files = SystemFiles::of_this_machine();
    files.user_name(files.user)
}

impl SystemFiles {
    fn node_access(&self) -> Vec<NodeAccess> {
        let mut names: Vec<String> = self
            .nodes()
            .filter(|name| name.starts_with("controlC") || name.starts_with("pcmC"))
            .collect();
        names.sort();
        let access = |name: String| {
            let node = self.dev.join(name);
            let grant = self.grant(&node)?;
            let node = node.to_string_lossy().into_owned();
            Some(NodeAccess { node, grant })
        };
        names.into_iter().filter_map(access).collect()
    }

    /// `None` if the node has just gone.
    fn grant(&self, node: &std::path::Path) -> Option<NodeGrant> {
        if let Some(denial) = self.denial(node) {
            let (reason, advice) = (Denial::reason(&denial), denial.advice());
            return Some(NodeGrant::Denied { reason, advice });
        }
        let metadata = fs::metadata(node).ok()?;
        let allows = |bits: u32| metadata.mode() & bits == bits;
        Some(match () {
            () if self.user == 0 => NodeGrant::Root,
            () if metadata.uid() == self.user && allows(0o600) => NodeGrant::Owner,
            () if self.groups.contains(&metadata.gid()) && allows(0o060) => {
                NodeGrant::Group(self.group_name(metadata.gid()))
            }
            () if allows(0o006) => NodeGrant::Everyone,
            () => NodeGrant::AccessList,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::system::fake::FakeSystem;

    fn grants(files: &SystemFiles) -> Vec<NodeGrant> {
        let nodes = files.node_access();
        nodes.into_iter().map(|access| access.grant).collect()
    }

    #[test]
    fn access_has_a_reason() {
        let mut system = FakeSystem::new();
        system.node("controlC0");
        system.node("timer");
        let metadata = fs::metadata(system.files.dev.join("controlC0")).unwrap();
        assert_eq!(grants(&system.files), [NodeGrant::AccessList]);
        system.files.groups = vec![metadata.gid()];
        assert_eq!(
            grants(&system.files),
            [NodeGrant::Group("audio".to_owned())]
        );
        system.files.user = metadata.uid();
        if metadata.uid() == 0 {
            assert_eq!(grants(&system.files), [NodeGrant::Root]);
        } else {
            assert_eq!(grants(&system.files), [NodeGrant::Owner]);
        }
        system.files.user = 4242;
        system.files.groups.clear();
        system.set_mode("controlC0", 0o666);
        assert_eq!(grants(&system.files), [NodeGrant::Everyone]);
    }

    #[test]
    fn a_denied_node_has_a_reason_and_advice() {
        let mut system = FakeSystem::new();
        system.node("controlC0");
        system.files.may_open = |_| false;
        let found = grants(&system.files);
        assert!(
            matches!(&found[..], [NodeGrant::Denied { reason, .. }] if reason.contains("'audio'"))
        );
    }
}
