//! How many bytes a file lacks of what its header declares, for containers whose cut files ffmpeg takes for whole ones.

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

/// The number of bytes, unless `input` is a pipe, is whole, or does not say how long it is. Consumes nothing.
///
/// # Errors
/// If reading fails.
pub(super) fn missing_bytes(container: Container, input: &mut Input) -> Result<Option<u64>> {
    let Some(bytes) = input.remaining() else {
        return Ok(None);
    };
    let declared = match container {
        Container::Avi => riff_bytes(input.peek(8)?),
        Container::Asf => asf_bytes(input.peek(MAX_HEADER_BYTES)?),
        _ => None,
    };
    Ok(declared
        .filter(|declared| *declared > bytes)
        .map(|declared| declared - bytes))
}

/// What was written into a pipe has a placeholder.
fn riff_bytes(head: &[u8]) -> Option<u64> {
    let size = u32::from_le_bytes(*head.get(4..)?.first_chunk()?);
    (size < u32::MAX).then(|| 8 + u64::from(size))
}

fn asf_bytes(head: &[u8]) -> Option<u64> {
    let at = head
        .windows(ASF_PROPERTIES.len())
        .position(|bytes| bytes == ASF_PROPERTIES)?;
    let properties = &head[at..];
    let is_broadcast = properties.get(ASF_FLAGS)? & ASF_IS_BROADCAST != 0;
    let bytes = u64::from_le_bytes(*properties.get(ASF_FILE_BYTES..)?.first_chunk()?);
    (!is_broadcast).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_riff_form_is_declared_unless_it_is_a_placeholder() {
        assert_eq!(riff_bytes(b"RIFF\x10\0\0\0"), Some(24));
        assert_eq!(riff_bytes(b"RIFF\xff\xff\xff\xff"), None);
        assert_eq!(riff_bytes(b"RIFF\x10"), None);
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
        assert_eq!(asf_bytes(&file(2)), Some(5000));
        assert_eq!(asf_bytes(&file(3)), None);
        assert_eq!(asf_bytes(&file(2)[..100]), None);
    }
}
