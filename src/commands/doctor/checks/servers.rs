//! Sound servers.

use crate::commands::doctor::facts::Facts;
use crate::commands::doctor::finding::Finding;
use aloud::audio::error::Holder;
use aloud::audio::system::servers::{ServerProtocol, ServerSocket, ServerState};

pub fn servers(facts: &Facts) -> Finding {
    let found: Vec<Finding> = facts
        .sockets
        .iter()
        .filter_map(|socket| socket_finding(facts, socket))
        .chain(session_manager(facts))
        .collect();
    let sockets = facts.sockets.iter().map(|socket| {
        format!(
            "{} at {}: {}",
            socket.protocol.title(),
            socket.address,
            state_text(socket.state)
        )
    });
    let daemons = facts.daemons.iter().map(|daemon| {
        let user = daemon.user.clone().unwrap_or_else(|| "?".to_owned());
        format!("{} runs (pid {}, user {user})", daemon.program, daemon.pid)
    });
    let details: Vec<String> = sockets.chain(daemons).collect();
    Finding::all(found, without_server(facts)).details(details)
}

fn state_text(state: ServerState) -> &'static str {
    match state {
        ServerState::Absent => "no socket",
        ServerState::Dead => "a socket without a server",
        ServerState::Denied => "permission denied",
        ServerState::Hangs => "does not answer",
        ServerState::Answers => "answers",
        ServerState::Remote => "on another host, not tried",
    }
}

fn without_server(facts: &Facts) -> Finding {
    match facts
        .daemons
        .iter()
        .find(|daemon| is_foreign(facts, daemon))
    {
        Some(Holder { program, user, .. }) => {
            let user = user.clone().unwrap_or_else(|| "another user".to_owned());
            Finding::note(format!(
                "{program} runs for {user}, not for {}, who reaches the cards but not the server",
                facts.user
            ))
            .advise(format!("run aloud as {user}"))
        }
        None => Finding::ok("no sound server runs: programs use the cards directly"),
    }
}

fn is_foreign(facts: &Facts, daemon: &Holder) -> bool {
    daemon.user.as_ref() != Some(&facts.user)
}

fn socket_finding(facts: &Facts, socket: &ServerSocket) -> Option<Finding> {
    let title = socket.protocol.title();
    let address = &socket.address;
    Some(match socket.state {
        ServerState::Absent => return None,
        ServerState::Answers => Finding::ok(match is_pipewire_pulse(facts, socket) {
            true => "PulseAudio's protocol is answered by PipeWire".to_owned(),
            false => format!("{title} answers"),
        }),
        ServerState::Remote => Finding::ok(format!("{title} is on another host ({address})")),
        ServerState::Dead => Finding::note(format!("{title} has left a socket, but does not run"))
            .advise(format!(
                "systemctl --user start {}",
                unit(socket.protocol, facts)
            ))
            .advise(format!("or remove {address}")),
        ServerState::Denied => Finding::problem(format!(
            "{} may not connect to {title} at {address}",
            facts.user
        ))
        .advise(format!("ls -l {address}")),
        ServerState::Hangs => hanging(facts, socket),
    })
}

fn hanging(facts: &Facts, socket: &ServerSocket) -> Finding {
    let finding = Finding::problem(format!(
        "{} accepts connections but does not answer: programs that use it hang",
        socket.protocol.title()
    ))
    .advise(format!(
        "systemctl --user restart {}",
        unit(socket.protocol, facts)
    ));
    let program = unit(socket.protocol, facts);
    match facts
        .daemons
        .iter()
        .find(|daemon| daemon.program == program)
    {
        Some(daemon) => finding.advise(format!("kill {} and start it again", daemon.pid)),
        None => finding,
    }
}

fn runs(facts: &Facts, program: &str) -> bool {
    facts
        .daemons
        .iter()
        .any(|daemon| daemon.program.starts_with(program))
}

fn is_pipewire_pulse(facts: &Facts, socket: &ServerSocket) -> bool {
    socket.protocol == ServerProtocol::PulseAudio
        && runs(facts, "pipewire-pulse")
        && !runs(facts, "pulseaudio")
}

/// The program, and systemd's unit, that listens at a socket.
fn unit(protocol: ServerProtocol, facts: &Facts) -> &'static str {
    match protocol {
        ServerProtocol::PipeWire => "pipewire",
        ServerProtocol::PulseAudio if runs(facts, "pipewire") && !runs(facts, "pulseaudio") => {
            "pipewire-pulse"
        }
        ServerProtocol::PulseAudio => "pulseaudio",
    }
}

/// PipeWire has no devices until a session manager adds them.
fn session_manager(facts: &Facts) -> Option<Finding> {
    let answers = facts.sockets.iter().any(|socket| {
        socket.protocol == ServerProtocol::PipeWire && socket.state == ServerState::Answers
    });
    let has_manager = runs(facts, "wireplumber") || runs(facts, "pipewire-media-");
    (answers && !has_manager && runs(facts, "pipewire")).then(|| {
        Finding::problem("PipeWire runs without a session manager, so it has no devices")
            .advise("systemctl --user enable --now wireplumber")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::Verdict;

    fn with(protocol: ServerProtocol, state: ServerState, daemons: &[&str]) -> Facts {
        let mut facts = Facts::healthy();
        facts.sockets.push(ServerSocket {
            protocol,
            address: "/run/user/1000/x".to_owned(),
            state,
        });
        let daemon = |(number, program): (usize, &&str)| Holder {
            pid: number as u32 + 10,
            program: (*program).to_owned(),
            user: Some("bob".to_owned()),
        };
        facts.daemons = daemons.iter().enumerate().map(daemon).collect();
        facts
    }

    #[test]
    fn a_server_that_hangs_is_a_problem() {
        let facts = with(
            ServerProtocol::PulseAudio,
            ServerState::Hangs,
            &["pulseaudio"],
        );
        let found = servers(&facts);
        assert_eq!(found.verdict, Verdict::Problem);
        assert_eq!(found.advice[0], "systemctl --user restart pulseaudio");
        assert!(found.advice[1].starts_with("kill 10 "));
    }

    #[test]
    fn pipewire_needs_a_session_manager() {
        let pipewire = |daemons: &[&str]| {
            servers(&with(
                ServerProtocol::PipeWire,
                ServerState::Answers,
                daemons,
            ))
        };
        assert_eq!(pipewire(&["pipewire"]).verdict, Verdict::Problem);
        let found = pipewire(&["pipewire", "wireplumber"]);
        assert_eq!(
            (found.verdict, found.finding.as_str()),
            (Verdict::Ok, "PipeWire answers")
        );
    }

    #[test]
    fn a_server_of_another_user_is_noted() {
        let mut facts = with(ServerProtocol::PipeWire, ServerState::Absent, &["pipewire"]);
        assert_eq!(servers(&facts).verdict, Verdict::Ok);
        facts.user = "root".to_owned();
        let found = servers(&facts);
        assert_eq!(found.verdict, Verdict::Note);
        assert_eq!(found.advice, ["run aloud as bob"]);
    }

    #[test]
    fn a_socket_without_a_server_is_noted() {
        let facts = with(ServerProtocol::PulseAudio, ServerState::Dead, &[]);
        assert_eq!(servers(&facts).verdict, Verdict::Note);
    }
}
