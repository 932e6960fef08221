//! What the default device plays on and records from.

use crate::commands::advice;
use crate::commands::devices::SERVERS;
use crate::commands::doctor::facts::{Facts, Tried};
use crate::commands::doctor::finding::Finding;
use aloud::audio::direction::Direction;
use aloud::audio::error::Kind;
use aloud::audio::pcm::PcmOverview;
use aloud::audio::system::cards::PcmDevice;
use aloud::audio::system::hardware::CardHardware;
use aloud::audio::system::servers::ServerState;

pub fn output(facts: &Facts) -> Finding {
    match &facts.output {
        Tried::Done(opened) if is_hanging_server(facts, opened) => Finding::problem(format!(
            "'{}' is {}, which does not answer",
            facts.device,
            server_or_name(opened)
        )),
        Tried::Done(opened) => {
            let finding = opened_finding(facts, opened, "plays on");
            let traps = [
                bypassed_server(facts, opened),
                wrong_card(facts, opened),
                disconnected_monitor(facts, opened),
                shared_rate(opened),
            ];
            traps.into_iter().flatten().fold(finding, Finding::and)
        }
        failed => not_opened(facts, failed, Direction::Playback),
    }
}

pub fn input(facts: &Facts) -> Finding {
    match &facts.input {
        Tried::Done(opened) if is_hanging_server(facts, opened) => Finding::problem(format!(
            "'{}' is {}, which does not answer",
            facts.device,
            server_or_name(opened)
        )),
        Tried::Done(opened) => opened_finding(facts, opened, "records from"),
        Tried::Failed(_) if !has_inputs(facts) && facts.output.done().is_some() => {
            Finding::note("nothing can record: no card has an input")
        }
        failed => not_opened(facts, failed, Direction::Capture),
    }
}

/// Whether a PCM belongs to a server that hangs. PipeWire's plugin opens anyway.
fn is_hanging_server(facts: &Facts, opened: &PcmOverview) -> bool {
    facts.sockets.iter().any(|socket| {
        let plugin = socket.protocol.title().to_lowercase();
        socket.state == ServerState::Hangs
            && opened.plugins.iter().any(|name| plugin.starts_with(name))
    })
}

/// The name of the server that a PCM belongs to; without one, the PCM's.
fn server_or_name(opened: &PcmOverview) -> &str {
    let server = SERVERS.iter().find(|(pcm, _)| opened.plugins.contains(pcm));
    server.map_or(&opened.name, |(_, title)| title)
}

fn opened_finding(facts: &Facts, opened: &PcmOverview, verb: &str) -> Finding {
    let target = match opened.hardware {
        Some((card, device)) => format!("hw:{},{device} ({})", facts.label(card), opened.name),
        None => server_or_name(opened).to_owned(),
    };
    Finding::ok(format!("'{}' {verb} {target}", facts.device)).details([format!(
        "plugins: {}; {} to {} channels, {} to {} Hz",
        opened.plugins.join(", "),
        opened.channels.min,
        opened.channels.max,
        opened.rates.min,
        opened.rates.max
    )])
}

fn not_opened(facts: &Facts, tried: &Tried<PcmOverview>, direction: Direction) -> Finding {
    let verb = match direction {
        Direction::Playback => "playing",
        Direction::Capture => "recording",
    };
    match tried {
        Tried::Failed(error) if error.kind() == Kind::Permission => {
            Finding::problem(format!("{verb} is not permitted: see permissions"))
        }
        // The device has one direction only, and that one works.
        Tried::Failed(error) if error.to_string().contains("it only ") => {
            Finding::note(error.to_string())
        }
        Tried::Failed(_) if facts.hardware.cards.is_empty() && !has_server(facts) => {
            Finding::problem(format!("there is nothing for {verb}: see cards"))
        }
        Tried::Failed(error) => {
            let finding = Finding::problem(error.to_string()).advise_all(advice::hints(error));
            finding.details(
                error
                    .library_messages()
                    .iter()
                    .map(|line| format!("libasound: {line}")),
            )
        }
        _ => {
            let finding = format!("opening '{}' for {verb} hangs", facts.device);
            match facts
                .sockets
                .iter()
                .any(|socket| socket.state == ServerState::Hangs)
            {
                true => Finding::problem(format!("{finding}, because the sound server does")),
                false => Finding::problem(finding),
            }
        }
    }
}

fn has_server(facts: &Facts) -> bool {
    let mut sockets = facts.sockets.iter();
    sockets.any(|socket| socket.state != ServerState::Absent)
}

fn has_inputs(facts: &Facts) -> bool {
    let mut cards = facts.cards.done().into_iter().flatten();
    cards.any(|card| card.devices.iter().any(|device| device.capture.is_some()))
}

/// A card is used directly, although a sound server runs, which will hold it or does already.
fn bypassed_server(facts: &Facts, opened: &PcmOverview) -> Option<Finding> {
    let mut sockets = facts.sockets.iter();
    let server = sockets
        .rfind(|socket| opened.hardware.is_some() && socket.state == ServerState::Answers)?;
    let package = match server.protocol.title() {
        "PipeWire" => "pipewire-alsa",
        _ => "libasound2-plugins (Fedora: alsa-plugins-pulseaudio)",
    };
    let title = server.protocol.title();
    Some(
        Finding::note(format!(
            "{title} runs, but '{}' goes past it to the card: only one of the two can use it at a time",
            facts.device
        ))
        .advise(format!("install {package}")),
    )
}

/// An HDMI output or a virtual card is the default, although there is a better one.
fn wrong_card(facts: &Facts, opened: &PcmOverview) -> Option<Finding> {
    let (index, device) = opened.hardware?;
    let card = facts.card(index)?;
    let what = match () {
        () if card.is_virtual() => "a virtual card",
        () if is_hdmi(&opened.name) || is_hdmi_device(facts, index, device) => {
            "an HDMI or DisplayPort output"
        }
        () => return None,
    };
    let better =
        facts.hardware.cards.iter().find(|other| {
            other.index != index && !other.is_virtual() && !is_hdmi_card(facts, other)
        })?;
    let label = better.label();
    let device = &facts.device;
    Some(
        Finding::note(format!("'{device}' is {what}, and card {label} is not used"))
            .advise(format!("aloud play -D {label} FILE"))
            .advise(format!(
                "for all programs: echo 'defaults.pcm.card {label}' >> ~/.asoundrc; echo 'defaults.ctl.card {label}' >> ~/.asoundrc"
            )),
    )
}

fn is_hdmi(name: &str) -> bool {
    let name = name.to_lowercase();
    name.contains("hdmi") || name.contains("displayport")
}

fn devices(facts: &Facts, card: u32) -> &[PcmDevice] {
    let mut cards = facts.cards.done().into_iter().flatten();
    cards
        .find(|known| known.index == card)
        .map_or(&[], |card| &card.devices)
}

fn is_hdmi_device(facts: &Facts, card: u32, device: u32) -> bool {
    let mut devices = devices(facts, card).iter();
    devices.any(|known| known.index == device && is_hdmi(&known.name))
}

/// Whether all outputs of a card are HDMI outputs.
fn is_hdmi_card(facts: &Facts, card: &CardHardware) -> bool {
    let devices = devices(facts, card.index);
    let mut outputs = devices
        .iter()
        .filter(|device| device.playback.is_some())
        .peekable();
    let by_name = is_hdmi(&card.label()) || card.name.as_deref().is_some_and(is_hdmi);
    by_name || (outputs.peek().is_some() && outputs.all(|device| is_hdmi(&device.name)))
}

fn disconnected_monitor(facts: &Facts, opened: &PcmOverview) -> Option<Finding> {
    let (index, _) = opened.hardware?;
    let card = facts.card(index).filter(|card| is_hdmi_card(facts, card))?;
    let is_dark = !card.monitors.is_empty() && !card.monitors.contains(&true);
    is_dark.then(|| Finding::problem("no monitor with sound is connected to it"))
}

fn shared_rate(opened: &PcmOverview) -> Option<Finding> {
    let rate = opened
        .shared_rate
        .filter(|_| opened.plugins.contains(&"dmix"))?;
    Some(Finding::note(format!(
        "dmix runs the card at {rate} Hz and resamples all other rates"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::Verdict;
    use aloud::audio::error::Error;
    use aloud::audio::system::servers::{ServerProtocol, ServerSocket};

    fn opened(change: impl FnOnce(&mut PcmOverview)) -> Facts {
        let mut facts = Facts::healthy();
        let mut opened = facts.output.done().unwrap().clone();
        opened.shared_rate = None;
        change(&mut opened);
        facts.output = Tried::Done(opened);
        facts
    }

    #[test]
    fn the_target_of_the_default_is_named() {
        let found = output(&opened(|_| ()));
        assert_eq!(found.verdict, Verdict::Ok);
        assert_eq!(found.finding, "'default' plays on hw:PCH,0 (ALC257 Analog)");
    }

    #[test]
    fn a_server_that_is_bypassed_is_noted() {
        let mut facts = opened(|_| ());
        facts.sockets.push(ServerSocket {
            protocol: ServerProtocol::PipeWire,
            address: String::new(),
            state: ServerState::Answers,
        });
        let found = output(&facts);
        assert_eq!(found.verdict, Verdict::Note);
        assert_eq!(found.advice, ["install pipewire-alsa"]);
    }

    #[test]
    fn an_hdmi_default_is_noted_if_there_is_another_card() {
        let mut facts = opened(|opened| opened.name = "HDMI 0".to_owned());
        assert_eq!(output(&facts).verdict, Verdict::Ok);
        facts.hardware.cards.push(Facts::pci_card(1, "Analog"));
        let found = output(&facts);
        assert_eq!(found.verdict, Verdict::Note);
        assert_eq!(found.advice[0], "aloud play -D Analog FILE");
        facts.hardware.cards[0].id = Some("HDMI".to_owned());
        facts.hardware.cards[0].monitors = vec![false, false];
        assert_eq!(output(&facts).verdict, Verdict::Problem);
    }

    #[test]
    fn a_device_that_does_not_open_is_a_problem() {
        let mut facts = Facts::healthy();
        facts.output = Tried::Failed(Error::new(Kind::Busy, "cannot open 'default': busy"));
        assert_eq!(output(&facts).verdict, Verdict::Problem);
        facts.output = Tried::TimedOut;
        assert_eq!(
            output(&facts).finding,
            "opening 'default' for playing hangs"
        );
    }

    #[test]
    fn a_machine_without_inputs_is_noted() {
        let mut facts = Facts::healthy();
        facts.input = Tried::Failed(Error::new(Kind::NotFound, "no such device"));
        assert_eq!(input(&facts).verdict, Verdict::Note);
    }
}
