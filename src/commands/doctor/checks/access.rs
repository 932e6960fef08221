//! Who may use the devices, and who does.

use crate::commands::advice;
use crate::commands::doctor::facts::{Facts, UsedDevice};
use crate::commands::doctor::finding::Finding;
use aloud::audio::advice::Advice;
use aloud::audio::direction::Direction;
use aloud::audio::error::Holder;
use aloud::audio::system::node_access::{NodeAccess, NodeGrant};

pub fn permissions(facts: &Facts) -> Finding {
    let nodes = &facts.nodes;
    let details: Vec<String> = nodes.iter().map(described).collect();
    let denied: Vec<_> = nodes.iter().filter_map(denial).collect();
    let finding = match denied.first() {
        _ if nodes.is_empty() && facts.hardware.cards.is_empty() => {
            Finding::ok("there are no device nodes")
        }
        _ if nodes.is_empty() => {
            let advice = "in a container: --device /dev/snd; otherwise start udev";
            Finding::problem("the cards have no device nodes in /dev/snd").advise(advice)
        }
        None => Finding::ok(format!(
            "{} may use all devices{}",
            facts.user,
            reason(nodes)
        )),
        Some((reason, next)) => {
            let some = format!("{} of {}", denied.len(), nodes.len());
            let which = if denied.len() == nodes.len() {
                "all"
            } else {
                &some
            };
            Finding::problem(format!(
                "{} may not use {which} device nodes: {reason}",
                facts.user
            ))
            .advise(next.clone())
        }
    };
    finding.details(details)
}

fn denial(access: &NodeAccess) -> Option<(String, String)> {
    match &access.grant {
        NodeGrant::Denied { reason, advice } => {
            let advice = advice::hint(&Advice::Device(advice.clone()));
            Some((reason.clone(), advice))
        }
        _ => None,
    }
}

/// Why the first node may be opened; empty for root.
fn reason(nodes: &[NodeAccess]) -> String {
    match nodes.first() {
        None => String::new(),
        Some(node) if node.grant == NodeGrant::Root => String::new(),
        Some(node) => format!(", {}", grant_text(&node.grant)),
    }
}

fn grant_text(grant: &NodeGrant) -> String {
    match grant {
        NodeGrant::Root => "as root".to_owned(),
        NodeGrant::Owner => "as their owner".to_owned(),
        NodeGrant::Group(group) => format!("as a member of group {group}"),
        NodeGrant::Everyone => "like everyone".to_owned(),
        NodeGrant::AccessList => "by the access list of this session".to_owned(),
        NodeGrant::Denied { reason, .. } => format!("denied: {reason}"),
    }
}

fn described(access: &NodeAccess) -> String {
    format!("{}: {}", access.node, grant_text(&access.grant))
}

pub fn in_use(facts: &Facts) -> Finding {
    if facts.used.is_empty() {
        return Finding::ok("no device is in use");
    }
    let used: Vec<String> = facts
        .used
        .iter()
        .map(|used| used_text(facts, used))
        .collect();
    let foreign = facts
        .used
        .iter()
        .flat_map(|used| &used.holders)
        .find(|holder| !facts.is_daemon(holder));
    let finding = used.join("; ");
    match foreign {
        None => Finding::ok(finding),
        Some(holder) => Finding::note(finding).advise(format!(
            "kill {} ends {}, if its device is needed",
            holder.pid, holder.program
        )),
    }
}

fn used_text(facts: &Facts, used: &UsedDevice) -> String {
    let verb = match used.direction {
        Direction::Playback => "plays on",
        Direction::Capture => "records from",
    };
    let holders: Vec<String> = used.holders.iter().map(holder_text).collect();
    format!(
        "{} {verb} hw:{},{}",
        holders.join(", "),
        facts.label(used.card),
        used.device
    )
}

fn holder_text(holder: &Holder) -> String {
    format!("{} (pid {})", holder.program, holder.pid)
}

pub fn realtime(facts: &Facts) -> Finding {
    let limits = facts.limits;
    let locked = match limits.locked_memory {
        None => "unlimited".to_owned(),
        Some(bytes) => format!("{} KiB", bytes / 1024),
    };
    let details = [
        format!(
            "highest real-time priority: {}",
            match limits.realtime_priority {
                None => "unlimited".to_owned(),
                Some(priority) => priority.to_string(),
            }
        ),
        format!("memory that may be locked: {locked}"),
    ];
    let finding = match limits.realtime_priority {
        _ if facts.user == "root" => Finding::ok("root may use real-time priority"),
        Some(0) => Finding::note(
            "no real-time priority for this user, which only matters for buffers under about 10 ms",
        )
        .advise(format!(
            "echo '{} - rtprio 95' | sudo tee /etc/security/limits.d/audio.conf, then log in again",
            facts.user
        )),
        _ => Finding::ok("this user may use real-time priority"),
    };
    finding.details(details)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::Verdict;
    use aloud::audio::advice::DeviceAdvice;

    #[test]
    fn a_user_outside_the_group_gets_the_command_to_join_it() {
        let mut facts = Facts::healthy();
        facts.nodes.push(NodeAccess {
            node: "/dev/snd/pcmC0D0p".to_owned(),
            grant: NodeGrant::Denied {
                reason: "the device belongs to group 'audio', and user 'bob' is not in it"
                    .to_owned(),
                advice: DeviceAdvice::JoinGroup {
                    user: "bob".to_owned(),
                    group: "audio".to_owned(),
                },
            },
        });
        let found = permissions(&facts);
        assert_eq!(found.verdict, Verdict::Problem);
        assert!(
            found
                .finding
                .starts_with("bob may not use 1 of 2 device nodes: ")
        );
        assert!(found.advice[0].contains("sudo usermod -aG audio bob"));
        facts.nodes.clear();
        assert!(permissions(&facts).advice[0].contains("--device /dev/snd"));
    }

    #[test]
    fn a_device_in_use_is_worth_a_note_unless_a_server_uses_it() {
        let mut facts = Facts::healthy();
        let holder = Holder {
            pid: 7,
            program: "pipewire".to_owned(),
            user: None,
        };
        facts.used.push(UsedDevice {
            card: 0,
            device: 3,
            direction: Direction::Playback,
            holders: vec![holder.clone()],
        });
        let found = in_use(&facts);
        assert_eq!(found.finding, "pipewire (pid 7) plays on hw:PCH,3");
        assert_eq!(found.verdict, Verdict::Note);
        facts.daemons.push(holder);
        assert_eq!(in_use(&facts).verdict, Verdict::Ok);
    }

    #[test]
    fn limits_are_a_note_at_most() {
        let mut facts = Facts::healthy();
        facts.limits.realtime_priority = Some(0);
        assert_eq!(realtime(&facts).verdict, Verdict::Note);
        facts.user = "root".to_owned();
        assert_eq!(realtime(&facts).verdict, Verdict::Ok);
    }
}
