//! The checks, in one table.

mod access;
mod default_device;
mod hardware;
mod levels;
mod servers;
mod settings;

use super::facts::Facts;
use super::finding::{CheckReport, Finding};

/// A check: what it looks at, and how it judges.
struct Check {
    name: &'static str,
    looks_at: &'static str,
    judge: fn(&Facts) -> Finding,
}

const fn check(name: &'static str, looks_at: &'static str, judge: fn(&Facts) -> Finding) -> Check {
    Check {
        name,
        looks_at,
        judge,
    }
}

const CHECKS: [Check; 13] = [
    check(
        "cards",
        "the sound cards of the kernel and their drivers",
        hardware::cards,
    ),
    check(
        "drivers",
        "PCI and USB sound hardware without a driver",
        hardware::drivers,
    ),
    check(
        "permissions",
        "the device nodes in /dev/snd",
        access::permissions,
    ),
    check(
        "configuration",
        "alsa-lib's configuration files",
        settings::configuration,
    ),
    check(
        "named_cards",
        "cards that ~/.asoundrc and /etc/asound.conf name",
        settings::named_cards,
    ),
    check(
        "environment",
        "variables that select a device or a server",
        settings::environment,
    ),
    check("servers", "PulseAudio and PipeWire", servers::servers),
    check(
        "output",
        "what the default device plays on",
        default_device::output,
    ),
    check(
        "input",
        "what the default device records from",
        default_device::input,
    ),
    check("in_use", "which programs use the cards", access::in_use),
    check(
        "volume",
        "muted and zero controls on the way to the speakers",
        levels::playback,
    ),
    check(
        "capture",
        "muted and zero controls behind the microphone",
        levels::capture,
    ),
    check(
        "realtime",
        "limits for real-time priority and locked memory",
        access::realtime,
    ),
];

/// The findings of all checks.
pub fn reports(facts: &Facts) -> Vec<CheckReport> {
    let report = |check: &Check| CheckReport {
        check: check.name,
        looks_at: check.looks_at,
        finding: (check.judge)(facts),
    };
    CHECKS.iter().map(report).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::Verdict;

    #[test]
    fn a_healthy_machine_has_no_problem_and_no_note() {
        for report in reports(&Facts::healthy()) {
            // dmix has one rate for all programs, which is worth a note.
            let expected = match report.check {
                "output" => Verdict::Note,
                _ => Verdict::Ok,
            };
            assert_eq!(report.finding.verdict, expected, "{report:?}");
        }
    }

    #[test]
    fn names_are_short_and_unique() {
        let mut names: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
        assert!(names.iter().all(|name| name.len() <= 13));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CHECKS.len());
    }
}
