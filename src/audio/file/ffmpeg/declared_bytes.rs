//! How many bytes a header declares, for containers whose cut files ffmpeg takes for whole ones.

use crate::audio::error::Result;
use crate::audio::file::container::Container;
use crate::audio::file::input::Input;

/// Bytes that are searched for the properties of an ASF file.
const MAX_HEADER_BYTES: usize = 64 << 10;

/// What the properties of an ASF file begin with.
const ASF_PROPERTIES: [u8; 16] =
    *b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65";
const ASF_FILE_BYTES: usize = 40;
const ASF_FLAGS: usize = 88;
/// The file was written as a stream, and its properties are not known.
const ASF_IS_BROADCAST: u8 = 1;

/// What a header says about the length of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeclaredBytes {
    /// Nothing that is known here.
    Unknown,
    /// A placeholder, because the file was written into a pipe. The duration in the header is one, too.
    Placeholder,
    /// So many bytes.
    Bytes(u64),
}

impl DeclaredBytes {
    /// Reads it from the start of `input`. Consumes nothing.
    ///
    /// # Errors
    /// If reading fails.
    pub(super) fn read(container: Container, input: &mut Input) -> Result<DeclaredBytes> {
        let length = match container {
            Container::Avi => riff_length(input.peek(8)?),
            Container::Asf => asf_length(input.peek(MAX_HEADER_BYTES)?),
            _ => None,
        };
        Ok(length.unwrap_or(DeclaredBytes::Unknown))
    }

    /// How many bytes an input lacks that has `bytes` bytes, if it lacks any. `None` for the bytes of a pipe.
    pub(super) fn missing(self, bytes: Option<u64>) -> Option<u64> {
        match (self, bytes) {
            (DeclaredBytes::Bytes(declared), Some(bytes)) if declared > bytes => {
                Some(declared - bytes)
            }
            _ => None,
        }
    }
}

fn riff_length(head: &[u8]) -> Option<DeclaredBytes> {
    Some(match u32::from_le_bytes(*head.get(4..)?.first_chunk()?) {
        0 | u32::MAX => DeclaredBytes::Placeholder,
        size => DeclaredBytes::Bytes(8 + u64::from(size)),
    })
}

fn asf_length(head: &[u8]) -> Option<DeclaredBytes> {
    let at = head
        .windows(ASF_PROPERTIES.len())
        .position(|bytes| bytes == ASF_PROPERTIES)?;
    let properties = &head[at..];
    let is_broadcast = properties.get(ASF_FLAGS)? & ASF_IS_BROADCAST != 0;
    let bytes = u64::from_le_bytes(*properties.get(ASF_FILE_BYTES..)?.first_chunk()?);
    Some(match is_broadcast {
        true => DeclaredBytes::Placeholder,
        false => DeclaredBytes::Bytes(bytes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_riff_form_is_declared_unless_it_is_a_placeholder() {
        let length = |head: &[u8]| riff_length(head);
        assert_eq!(length(b"RIFF\x10\0\0\0"), Some(DeclaredBytes::Bytes(24)));
        assert_eq!(
            length(b"RIFF\xff\xff\xff\xff"),
            Some(DeclaredBytes::Placeholder)
        );
        assert_eq!(length(b"RIFF\x10"), None);
    }

    #[test]
    fn the_length_of_an_asf_file_is_in_its_properties() {
        let file = |flags: u8| {
            let bytes = 5000_u64.to_le_bytes();
            [
                &[7; 30][..],
                &ASF_PROPERTIES,
                &[0; 24],
                &bytes,
                &[0; 40],
                &[flags, 0, 0, 0],
            ]
            .concat()
        };
        assert_eq!(asf_length(&file(2)), Some(DeclaredBytes::Bytes(5000)));
        assert_eq!(asf_length(&file(3)), Some(DeclaredBytes::Placeholder));
        assert_eq!(asf_length(&file(2)[..100]), None);
    }
}
