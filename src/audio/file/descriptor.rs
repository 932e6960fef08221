//! Names of open descriptors, such as `/dev/stdout` and `/dev/fd/3`.
//!
//! Opening one of these names opens the file again, at its start: what a shell has opened for appending would be
//! overwritten. The descriptor itself continues at its position.

use crate::audio::ffi;
use std::fs::{self, File};
use std::io;
use std::os::fd::RawFd;
use std::path::Path;

/// Symbolic links that are followed before giving up; the kernel's limit.
pub(super) const MAX_LINKS: usize = 40;

/// The number of the descriptor with this name, if it is one.
pub(super) fn number(path: &Path) -> Option<RawFd> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let folder = path.parent()?;
        let number = path.file_name()?.to_str()?.parse().ok();
        if number.is_some() && is_folder_of_descriptors(folder) {
            return number;
        }
        path = folder.join(fs::read_link(&path).ok()?);
    }
    None
}

/// Whether a folder is the one that the kernel fills with the descriptors of this process.
fn is_folder_of_descriptors(folder: &Path) -> bool {
    let own = Path::new("/proc/self/fd");
    let resolved = |path: &Path| fs::canonicalize(path).ok();
    resolved(own).is_some_and(|own| resolved(folder) == Some(own))
}

/// Whether a path names a descriptor, directly or through symbolic links.
pub fn names_descriptor(path: &Path) -> bool {
    number(path).is_some()
}

/// Duplicates the inherited descriptor that a path names, directly or through symbolic links. `None` for all other paths.
///
/// # Errors
/// `EBADF` if it is not open or not inherited.
pub fn open_by_name(path: &Path) -> Option<io::Result<File>> {
    number(path).map(ffi::files::duplicate_inherited)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::file::testing::Directory;
    use rustix::io::{FdFlags, fcntl_setfd};
    use std::io::{Seek, SeekFrom, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::symlink;

    #[test]
    fn names_of_descriptors_have_numbers() {
        for (name, found) in [
            ("/dev/stdout", Some(1)),
            ("/dev/stderr", Some(2)),
            ("/dev/fd/3", Some(3)),
            ("/proc/self/fd/45", Some(45)),
            ("/proc/self/fd/x", None),
            ("/dev/null", None),
            ("/", None),
            ("1", None),
            ("", None),
        ] {
            assert_eq!(number(Path::new(name)), found, "{name}");
        }
    }

    #[test]
    fn a_descriptor_continues_at_its_position() {
        let folder = Directory::new();
        let path = folder.at("file");
        let mut file = File::create(&path).unwrap();
        file.write_all(b"before").unwrap();
        file.seek(SeekFrom::Start(3)).unwrap();
        let link = folder.at("link");
        symlink(format!("/dev/fd/{}", file.as_raw_fd()), &link).unwrap();
        let own = open_by_name(&link).unwrap().unwrap_err();
        assert_eq!(own.raw_os_error(), Some(libc::EBADF));
        fcntl_setfd(&file, FdFlags::empty()).unwrap();
        open_by_name(&link)
            .unwrap()
            .unwrap()
            .write_all(b"!")
            .unwrap();
        file.write_all(b"?").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"bef!?e");
        assert!(open_by_name(&path).is_none());
    }
}
