//! How many bytes a header declares, for containers whose cut files ffmpeg takes for whole ones.

use crate::audio::error::Result;
use crate::audio::file::container::Container;
use crate::audio::file::input::Input;

/// Bytes that are searched for the sound of a WAV, and for the properties of an ASF file.
const MAX_HEADER_BYTES: usize = 64 << 10;

/// Where the first chunk of a WAV is.
const FIRST_CHUNK: usize = 12;
/// From here on, lengths of WAV are placeholders of streams.
const MIN_PLACEHOLDER: u32 = 0x7fff_0000;

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
            Container::Wav => wav_length(&start_of(input)?),
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

/// The first bytes of a regular file, some of which may have been read already.
fn start_of(input: &Input) -> Result<Vec<u8>> {
    let mut head = vec![0; MAX_HEADER_BYTES];
    let got = input.read_at(0, &mut head)?;
    head.truncate(got);
    Ok(head)
}

/// Up to the end of the sound.
fn wav_length(head: &[u8]) -> Option<DeclaredBytes> {
    if !head.starts_with(b"RIFF") {
        return None;
    }
    let mut at = FIRST_CHUNK;
    while let Some(header) = head.get(at..).and_then(|rest| rest.get(..8)) {
        let size = u32::from_le_bytes(*header.last_chunk()?);
        let content = at + 8;
        if header.starts_with(b"data") {
            let end = DeclaredBytes::Bytes(content as u64 + u64::from(size));
            return (size < MIN_PLACEHOLDER).then_some(end);
        }
        at = content
            .checked_add(size as usize)?
            .checked_next_multiple_of(2)?;
    }
    None
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
    fn the_sound_of_a_wav_has_a_length_unless_it_is_a_placeholder() {
        let file = |size: u32| {
            let size = size.to_le_bytes();
            let head = b"RIFF\0\0\0\0WAVEfmt \x03\0\0\0\x01\x02\x03\0data";
            [&head[..], &size].concat()
        };
        let sound = DeclaredBytes::Bytes(32 + 1000);
        assert_eq!(wav_length(&file(1000)), Some(sound));
        assert_eq!(wav_length(&file(u32::MAX)), None);
        assert_eq!(wav_length(&file(1000)[..30]), None);
        let endless = b"RIFF\0\0\0\0WAVEx\0\0\0\xff\xff\xff\xff";
        assert_eq!(wav_length(endless), None);
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
