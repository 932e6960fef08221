//! A pseudo-terminal.

use super::wait_until;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Mutex};

/// A pseudo-terminal: the user's end, and the end that the program gets.
pub struct Terminal {
    user: File,
    screen: Arc<Mutex<Vec<u8>>>,
    program: File,
}

impl Terminal {
    pub fn new() -> Terminal {
        let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&user).unwrap();
        unlockpt(&user).unwrap();
        let name = ptsname(&user, Vec::new()).unwrap().into_string().unwrap();
        let program = File::options()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NOCTTY)
            .open(name)
            .unwrap();
        let screen = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, output) = (File::from(user.try_clone().unwrap()), screen.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                output.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Terminal {
            user: File::from(user),
            screen,
            program,
        }
    }

    /// The end that the program gets.
    pub fn program_end(&self) -> OwnedFd {
        self.program.try_clone().unwrap().into()
    }

    /// Types keys.
    pub fn press(&mut self, keys: &str) {
        self.user.write_all(keys.as_bytes()).unwrap();
    }

    /// Whether it delivers lines and echoes, as a shell leaves it.
    pub fn is_restored(&self) -> bool {
        let modes = tcgetattr(&self.program).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// Everything that a program has printed which has ended. It may still be on its way to the screen.
    #[track_caller]
    pub fn final_screen(&self) -> String {
        const END: &str = "(end)";
        (&self.program).write_all(END.as_bytes()).unwrap();
        wait_until("the rest", || self.screen().ends_with(END));
        self.screen().replace(END, "")
    }

    /// Everything the program has printed.
    pub fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }
}
