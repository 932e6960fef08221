//! System files in a temporary folder, for tests.

use super::files::SystemFiles;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder with system files. It is removed when dropped.
pub(crate) struct FakeSystem {
    root: PathBuf,
    /// The files, for user 1000, who is in no group and may open everything.
    pub files: SystemFiles,
}

impl Drop for FakeSystem {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

impl FakeSystem {
    /// A system without cards. It has the users root and bob, and device nodes will belong to the group `audio`.
    pub fn new() -> FakeSystem {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let unique = format!("aloud-test-{}-{count}", std::process::id());
        let root = std::env::temp_dir().join(unique);
        let files = SystemFiles {
            proc: root.join("proc"),
            sys: root.join("sys"),
            dev: root.join("dev/snd"),
            etc: root.join("etc"),
            user: 1000,
            groups: vec![],
            may_open: |_| true,
            defaults: || ("0".to_owned(), 0),
        };
        let system = FakeSystem { root, files };
        system.write(
            "etc/passwd",
            "root:x:0:0::/root:/bin/sh\nbob:x:1000:1000::/:/bin/sh\n",
        );
        system.write("proc/asound/cards", "");
        fs::create_dir_all(&system.files.dev).unwrap();
        system.audio_group("pulse");
        system
    }

    /// A system with card 0 (playback devices 0 and 1, capture device 0) and card 3 (playback device 0). Each device
    /// has two subdevices.
    pub fn with_cards() -> FakeSystem {
        let system = FakeSystem::new();
        system.write(
            "proc/asound/cards",
            " 0 [Dummy          ]: Dummy - Dummy card\n                      Dummy 1\n 3 [USB            ]: USB-Audio - QEMU - Audio\n                      QEMU at usb-1, full speed\n",
        );
        for (card, devices) in [(0, &["0p", "1p", "0c"][..]), (3, &["0p"])] {
            system.node(&format!("controlC{card}"));
            for device in devices {
                system.node(&format!("pcmC{card}D{device}"));
                for subdevice in 0..2 {
                    system.status(card, device, subdevice, "closed\n");
                }
            }
        }
        system
    }

    /// Writes a file and creates its folders.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Sets the members of the group `audio`, which owns the nodes.
    pub fn audio_group(&self, members: &str) {
        let group = fs::metadata(&self.root).unwrap().gid();
        self.write("etc/group", &format!("audio:x:{group}:{members}\n"));
    }

    /// Creates a device node that its owner and group may open.
    pub fn node(&self, name: &str) {
        self.write(&format!("dev/snd/{name}"), "");
        self.set_mode(name, 0o660);
    }

    /// Makes a symbolic link to another path, and creates its folders.
    pub fn link(&self, path: &str, target: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(self.root.join(target), path).unwrap();
    }

    /// Sets a node's permissions.
    pub fn set_mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.files.dev.join(name), PermissionsExt::from_mode(mode)).unwrap();
    }

    /// Writes a subdevice's status file.
    pub fn status(&self, card: u32, pcm: &str, subdevice: u32, text: &str) {
        self.write(
            &format!("proc/asound/card{card}/pcm{pcm}/sub{subdevice}/status"),
            text,
        );
    }

    /// Makes thread `task` the owner of a subdevice.
    pub fn owned(&self, card: u32, pcm: &str, subdevice: u32, task: u32) {
        let text = format!(
            "state: RUNNING\nowner_pid   : {task}\ntrigger_time: 1.5\n-----\nhw_ptr      : 1\n"
        );
        self.status(card, pcm, subdevice, &text);
    }

    /// Creates a thread of a process, or the process itself if both numbers are the same.
    pub fn task(&self, task: u32, process: u32, program: &str, user: u32) {
        self.write(
            &format!("proc/{task}/status"),
            &format!("Name:\t{program}\nTgid:\t{process}\nUid:\t0\t{user}\t{user}\t{user}\n"),
        );
        self.write(&format!("proc/{task}/comm"), &format!("{program}\n"));
    }

    /// Puts a card into a USB port, as the interface `1-2:1.0`.
    pub fn usb_card(&self, card: u32, interface: &str) {
        let device = format!("sys/devices/{interface}");
        self.write(&format!("{device}/uevent"), "");
        self.link(&format!("sys/class/sound/card{card}/device"), &device);
    }

    /// Makes a process have a node open.
    pub fn open_node(&self, process: u32, fd: u32, node: &str) {
        let folder = self.root.join(format!("proc/{process}/fd"));
        fs::create_dir_all(&folder).unwrap();
        symlink(self.files.dev.join(node), folder.join(fd.to_string())).unwrap();
    }
}
