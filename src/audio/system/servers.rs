//! The sound servers of this user: whether their sockets exist, and whether anything answers there.
//!
//! A server that hangs still accepts connections, because the kernel does that. So each is sent the first message of its
//! protocol, to which every server answers at once.

use super::files::SystemFiles;
use super::files::names_in;
use crate::audio::error::Holder;
use crate::audio::time_limit::within;
use std::env;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A protocol of a sound server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerProtocol {
    /// PulseAudio's, which PipeWire offers too.
    PulseAudio,
    /// PipeWire's own.
    PipeWire,
}

impl ServerProtocol {
    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            ServerProtocol::PulseAudio => "PulseAudio",
            ServerProtocol::PipeWire => "PipeWire",
        }
    }

    /// The first message of a client.
    fn greeting(self) -> Vec<u8> {
        match self {
            ServerProtocol::PulseAudio => pulse_greeting(&pulse_cookie()),
            ServerProtocol::PipeWire => pipewire_greeting(),
        }
    }
}

/// What happens at a server's socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// There is no socket.
    Absent,
    /// There is a socket, but no server.
    Dead,
    /// This user may not connect.
    Denied,
    /// It accepts a connection and says nothing.
    Hangs,
    /// It answers.
    Answers,
    /// It is on another host, and was not tried.
    Remote,
}

/// A socket where a sound server is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSocket {
    /// The protocol spoken there.
    pub protocol: ServerProtocol,
    /// The path of the socket, or the address of a remote server.
    pub address: String,
    /// What happens there.
    pub state: ServerState,
}

/// The programs of sound servers, by the first 15 bytes of their names, which are all the kernel keeps.
const DAEMONS: [&str; 5] = [
    "pulseaudio",
    "pipewire",
    "pipewire-pulse",
    "wireplumber",
    "pipewire-media-",
];

/// The sockets of PulseAudio and PipeWire for this user, tried with `limit` for each.
pub fn server_sockets(limit: Duration) -> Vec<ServerSocket> {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    [
        (ServerProtocol::PulseAudio, pulse_address(&variable)),
        (ServerProtocol::PipeWire, pipewire_address(&variable)),
    ]
    .into_iter()
    .map(|(protocol, address)| {
        let state = match is_path(&address) {
            true => try_socket(protocol, Path::new(&address), limit),
            false => ServerState::Remote,
        };
        ServerSocket {
            protocol,
            address,
            state,
        }
    })
    .collect()
}

/// The processes of sound servers and session managers, of all users.
pub fn server_daemons() -> Vec<Holder> {
    SystemFiles::of_this_machine().daemons()
}

impl SystemFiles {
    fn daemons(&self) -> Vec<Holder> {
        let mut pids: Vec<u32> = names_in(&self.proc)
            .filter_map(|name| name.parse().ok())
            .filter(|pid| {
                let comm = self.text(&self.proc.join(format!("{pid}/comm")));
                DAEMONS.contains(&comm.trim_end())
            })
            .collect();
        pids.sort_unstable();
        pids.into_iter().map(|pid| self.holder(pid)).collect()
    }
}

fn is_path(address: &str) -> bool {
    address.starts_with('/')
}

type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Where libpulse looks: PULSE_SERVER, PULSE_RUNTIME_PATH, XDG_RUNTIME_DIR.
fn pulse_address(variable: Variable) -> String {
    if let Some(server) = variable("PULSE_SERVER") {
        // `{HOST}unix:/path tcp:other`: the first one counts.
        let first = server.split_whitespace().next().unwrap_or_default();
        let first = first.rsplit('}').next().unwrap_or_default();
        return first.strip_prefix("unix:").unwrap_or(first).to_owned();
    }
    let folder = variable("PULSE_RUNTIME_PATH").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| runtime_folder(variable).join("pulse"));
    folder.join("native").to_string_lossy().into_owned()
}

/// Where libpipewire looks: PIPEWIRE_REMOTE, PIPEWIRE_RUNTIME_DIR, XDG_RUNTIME_DIR.
fn pipewire_address(variable: Variable) -> String {
    let name = variable("PIPEWIRE_REMOTE").unwrap_or_else(|| "pipewire-0".to_owned());
    if is_path(&name) {
        return name;
    }
    let folder = variable("PIPEWIRE_RUNTIME_DIR").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| runtime_folder(variable));
    folder.join(name).to_string_lossy().into_owned()
}

fn runtime_folder(variable: Variable) -> PathBuf {
    let user = rustix::process::geteuid().as_raw();
    variable("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .unwrap_or_else(|| format!("/run/user/{user}").into())
}

fn try_socket(protocol: ServerProtocol, path: &Path, limit: Duration) -> ServerState {
    let socket = path.to_owned();
    // Connecting blocks if a server that hangs has many clients waiting.
    let state = within(limit * 2, move || state_of(protocol, &socket, limit));
    state.ok().flatten().unwrap_or(ServerState::Hangs)
}

fn state_of(protocol: ServerProtocol, path: &Path, limit: Duration) -> ServerState {
    let mut stream = match UnixStream::connect(path) {
        Ok(stream) => stream,
        Err(error) => {
            return match error.kind() {
                ErrorKind::NotFound => ServerState::Absent,
                ErrorKind::PermissionDenied => ServerState::Denied,
                _ => ServerState::Dead,
            };
        }
    };
    let sent = stream
        .set_read_timeout(Some(limit))
        .and_then(|()| stream.set_write_timeout(Some(limit)))
        .and_then(|()| stream.write_all(&protocol.greeting()));
    match sent.and_then(|()| stream.read(&mut [0; 16])) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            ServerState::Hangs
        }
        // A server that closes the connection is alive, too.
        _ => ServerState::Answers,
    }
}

/// PulseAudio's secret, which a server asks for; zeros if there is none.
fn pulse_cookie() -> Vec<u8> {
    const BYTES: usize = 256;
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let paths = env::var_os("PULSE_COOKIE").map(PathBuf::from);
    let mut cookie = paths
        .into_iter()
        .chain([
            home.join(".config/pulse/cookie"),
            home.join(".pulse-cookie"),
        ])
        .find_map(|path| std::fs::read(path).ok())
        .unwrap_or_default();
    cookie.resize(BYTES, 0);
    cookie
}

/// The command AUTH in a packet of PulseAudio's native protocol.
fn pulse_greeting(cookie: &[u8]) -> Vec<u8> {
    const AUTH: u32 = 8;
    const TAG: u32 = 0;
    const VERSION: u32 = 13;
    let mut body = Vec::new();
    for number in [AUTH, TAG, VERSION] {
        body.push(b'L');
        body.extend(number.to_be_bytes());
    }
    body.push(b'x');
    body.extend((cookie.len() as u32).to_be_bytes());
    body.extend(cookie);
    // The descriptor: length, channel (none), offset and flags.
    let descriptor = [body.len() as u32, u32::MAX, 0, 0, 0];
    let mut packet: Vec<u8> = descriptor.iter().flat_map(|n| n.to_be_bytes()).collect();
    packet.extend(body);
    packet
}

/// The method Hello of PipeWire's core, with version 3 of the protocol.
fn pipewire_greeting() -> Vec<u8> {
    const HELLO: u32 = 1;
    const STRUCT: u32 = 14;
    const INT: u32 = 4;
    const VERSION: u32 = 3;
    // A struct with one integer, padded to 8 bytes.
    let body = [16, STRUCT, 4, INT, VERSION, 0];
    let size = body.len() as u32 * 4;
    let header = [0, HELLO << 24 | size, 0, 0];
    let words = header.iter().chain(&body);
    words.flat_map(|word: &u32| word.to_ne_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::system::fake::FakeSystem;
    use std::os::unix::net::UnixListener;
    use std::thread;

    const LIMIT: Duration = Duration::from_millis(200);

    fn addresses(variables: &[(&str, &str)]) -> (String, String) {
        let find = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name)?;
            Some(found.1.to_owned())
        };
        (pulse_address(&find), pipewire_address(&find))
    }

    #[test]
    fn sockets_are_where_the_client_libraries_look() {
        let runtime = ("XDG_RUNTIME_DIR", "/run/user/7");
        let expected = ("/run/user/7/pulse/native", "/run/user/7/pipewire-0");
        assert_eq!(
            addresses(&[runtime]),
            (expected.0.into(), expected.1.into())
        );
        let (pulse, pipewire) = addresses(&[
            runtime,
            ("PULSE_SERVER", "{host}unix:/tmp/p tcp:other"),
            ("PIPEWIRE_REMOTE", "my-0"),
        ]);
        assert_eq!(
            (pulse.as_str(), pipewire.as_str()),
            ("/tmp/p", "/run/user/7/my-0")
        );
        let (pulse, _) = addresses(&[("PULSE_SERVER", "tcp:studio:4713")]);
        assert!(!is_path(&pulse));
    }

    #[test]
    fn a_silent_server_hangs_and_one_that_answers_does_not() {
        let folder = std::env::temp_dir().join(format!("aloud-servers-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("socket");
        let state = || try_socket(ServerProtocol::PipeWire, &path, LIMIT);
        assert_eq!(state(), ServerState::Absent);
        let listener = UnixListener::bind(&path).unwrap();
        assert_eq!(state(), ServerState::Hangs);
        let server = thread::spawn(move || {
            // The first connection is that of the test above.
            let _silent = listener.accept().unwrap();
            let (mut client, _) = listener.accept().unwrap();
            client.write_all(b"hello").unwrap();
        });
        assert_eq!(state(), ServerState::Answers);
        server.join().unwrap();
        assert_eq!(state(), ServerState::Dead);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn daemons_are_found_by_name() {
        let system = FakeSystem::new();
        system.task(5, 5, "pipewire", 1000);
        system.task(6, 6, "bash", 1000);
        let found = system.files.daemons();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].pid, found[0].program.as_str()), (5, "pipewire"));
    }
}
