//! How many bytes a header declares, for containers whose cut files ffmpeg takes for whole ones.

use super::sample_headers;
use crate::audio::error::{Kind, Result};
use crate::audio::file::container::Container;
#[cfg(feature = "coded")]
use crate::audio::file::decode::{caf, ogg};
use crate::audio::file::input::Input;
use crate::audio::file::pcm_reader::DataLength;
use crate::audio::file::{aiff, au, w64, wav};

/// Bytes that are searched for the properties of an ASF file.
const MAX_HEADER_BYTES: usize = 64 << 10;

/// What the properties of an ASF file begin with.
const ASF_PROPERTIES: [u8; 16] =
    *b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65";
const ASF_FILE_BYTES: usize = 40;
const ASF_FLAGS: usize = 88;
/// The file was written as a stream, and its properties are not known.
const ASF_IS_BROADCAST: u8 = 1;

/// Where the properties of RealMedia are, and their duration.
const REAL_PROPERTIES: usize = 18;
const REAL_DURATION: usize = 48;

/// What a header says about the length of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeclaredBytes {
    /// Nothing that is known here.
    Unknown,
    /// A placeholder, because the file was written into a pipe. The duration in the header is one, too.
    Placeholder,
    /// So many bytes.
    Bytes(u64),
    /// Exactly the first number of bytes, or the second one, which is greater: writers do not agree on what the field counts.
    Either([u64; 2]),
}

impl DeclaredBytes {
    /// Reads it from the start of `input`. Consumes nothing.
    ///
    /// # Errors
    /// If reading fails.
    pub(super) fn read(container: Container, input: &mut Input) -> Result<DeclaredBytes> {
        let length = match container {
            Container::Wav | Container::Rf64 => sound_length(input, wav::find_data)?,
            Container::W64 => sound_length(input, w64::find_data)?,
            Container::Au => sound_length(input, au::find_data)?,
            Container::Aiff => sound_length(input, aiff::find_data)?,
            #[cfg(feature = "coded")]
            Container::Ogg => ogg::end_of_pages(input)?.map(DeclaredBytes::Bytes),
            #[cfg(feature = "coded")]
            Container::Caf => sound_length(input, caf::find_data)?,
            Container::Sphere => sample_headers::sphere(input)?.map(DeclaredBytes::Either),
            Container::Avr => sample_headers::avr(input)?.map(DeclaredBytes::Either),
            Container::Sox => sample_headers::sox(input)?.map(DeclaredBytes::Bytes),
            Container::Wve => sample_headers::wve(input)?.map(DeclaredBytes::Bytes),
            Container::Iff => sample_headers::iff(input)?.map(DeclaredBytes::Bytes),
            Container::Avi => riff_length(input.peek(8)?),
            Container::Asf => asf_length(input.peek(MAX_HEADER_BYTES)?),
            Container::RealMedia => real_length(input.peek(REAL_DURATION + 4)?),
            _ => None,
        };
        Ok(length.unwrap_or(DeclaredBytes::Unknown))
    }

    /// How many bytes an input lacks that has `bytes` bytes, if it lacks any.
    pub(super) fn missing(self, bytes: Option<u64>) -> Option<u64> {
        let bytes = bytes?;
        let declared = match self {
            DeclaredBytes::Bytes(declared) => declared,
            DeclaredBytes::Either([exact, declared]) if exact != bytes => declared,
            _ => return None,
        };
        (declared > bytes).then(|| declared - bytes)
    }
}

/// Up to the end of the sound that `find_data` finds. What is wrong with the header is for ffmpeg to say.
fn sound_length(
    input: &mut Input,
    find_data: fn(&mut Input) -> Result<DataLength>,
) -> Result<Option<DeclaredBytes>> {
    let copy = input.fork()?;
    let mut original = std::mem::replace(input, copy);
    match find_data(&mut original) {
        Ok(DataLength::Declared(bytes)) => {
            Ok(Some(DeclaredBytes::Bytes(original.position() + bytes)))
        }
        Ok(_) => Ok(None),
        Err(error) if error.kind() == Kind::InvalidInput => Ok(None),
        Err(error) => Err(error),
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

/// ffmpeg, which cannot go back in a pipe, leaves a duration of 0 in the properties of the file, and one of an hour in
/// those of the stream.
fn real_length(head: &[u8]) -> Option<DeclaredBytes> {
    let has_properties = head.get(REAL_PROPERTIES..)?.starts_with(b"PROP");
    let is_streamed = has_properties && head.get(REAL_DURATION..)?.starts_with(&[0; 4]);
    is_streamed.then_some(DeclaredBytes::Placeholder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::file::testing::{chunk, chunk_of_size, fmt_fields, form, piped, regular};

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

    /// What the header of a WAV of GSM declares whose `data` chunk has `size` bytes, in a file and in a pipe, which are
    /// as before after that.
    fn of_gsm(id: &[u8; 4], more: &[Vec<u8>], size: u32) -> [DeclaredBytes; 2] {
        let head = [
            chunk(b"fmt ", &fmt_fields(0x31, 1, 8000, 65, 0)),
            chunk(b"fact", &[9; 4]),
        ];
        let data = chunk_of_size(b"data", size, &[7; 130]);
        let bytes = form(id, &[&head, more, &[data]].concat());
        [regular("x", &bytes), piped("x", &bytes, 7)].map(|mut input| {
            assert_eq!(input.peek(3).unwrap().len(), 3);
            let declared = DeclaredBytes::read(Container::Wav, &mut input).unwrap();
            let mut all = vec![0; bytes.len() + 1];
            assert_eq!(input.fill(&mut all).unwrap(), bytes.len());
            assert_eq!(all[..bytes.len()], bytes);
            declared
        })
    }

    #[test]
    fn the_sound_of_a_wav_has_a_length_unless_it_is_a_placeholder() {
        let sound = DeclaredBytes::Bytes(12 + 24 + 12 + 8 + 1000);
        assert_eq!(of_gsm(b"RIFF", &[], 1000), [sound, sound]);
        let placeholders = [0, u32::MAX, 0x7fff_efc2, 0x8000_0000, 0x7fff_0000];
        for size in placeholders {
            let declared = of_gsm(b"RIFF", &[], size);
            assert_eq!(declared, [DeclaredBytes::Unknown; 2], "{size:#x}");
        }
        // Almost 3 GiB is a length.
        let long = DeclaredBytes::Bytes(12 + 24 + 12 + 8 + 0xb000_0000);
        assert_eq!(of_gsm(b"RIFF", &[], 0xb000_0000), [long, long]);
        let broken = vec![chunk_of_size(b"LIST", 0x7000_0000, &[0; 4])];
        let declared = of_gsm(b"RIFF", &broken, 1000);
        assert_eq!(declared, [DeclaredBytes::Unknown; 2]);
    }

    #[test]
    fn the_sound_of_an_rf64_has_a_length_of_64_bits() {
        let lengths = |data: u64| {
            let sizes = [0_u64.to_le_bytes(), data.to_le_bytes()].concat();
            vec![chunk(b"ds64", &[&sizes[..], &[0; 12]].concat())]
        };
        let declared = of_gsm(b"RF64", &lengths(5 << 32), u32::MAX);
        let sound = DeclaredBytes::Bytes(12 + 24 + 12 + 36 + 8 + (5 << 32));
        assert_eq!(declared, [sound, sound]);
        let declared = of_gsm(b"RF64", &lengths(u64::MAX), u32::MAX);
        assert_eq!(declared, [DeclaredBytes::Unknown; 2]);
    }

    #[test]
    fn the_sound_of_a_wave64_ends_before_its_padding() {
        const RIFF: &[u8] = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0";
        const WAV: &[u8] = b"\xf3\xac\xd3\x11\x8c\xd1\0\xc0\x4f\x8e\xdb\x8a";
        let part = |id: &[u8], size: u64, content: &[u8]| {
            [id, WAV, &(24 + size).to_le_bytes(), content].concat()
        };
        let declared = |size: u64| {
            let mut fmt = fmt_fields(0x31, 1, 8000, 65, 0);
            fmt.resize(24, 0);
            let bytes = [
                [RIFF, &[0; 8], b"wave", WAV].concat(),
                part(b"fmt ", 20, &fmt),
                part(b"data", size, &[7; 136]),
            ]
            .concat();
            [regular("x", &bytes), piped("x", &bytes, 7)]
                .map(|mut input| DeclaredBytes::read(Container::W64, &mut input).unwrap())
        };
        let sound = DeclaredBytes::Bytes(40 + 48 + 24 + 650);
        assert_eq!(declared(656), [sound, sound]);
        assert_eq!(declared(0), [DeclaredBytes::Unknown; 2]);
        assert_eq!(declared(1 << 63), [DeclaredBytes::Unknown; 2]);
    }

    #[test]
    fn a_file_of_either_length_is_complete() {
        let either = DeclaredBytes::Either([100, 200]);
        for (bytes, missing) in [(99, 101), (101, 99), (199, 1)] {
            assert_eq!(either.missing(Some(bytes)), Some(missing));
        }
        for bytes in [Some(100), Some(200), Some(201), None] {
            assert_eq!(either.missing(bytes), None);
        }
        assert_eq!(DeclaredBytes::Bytes(200).missing(Some(100)), Some(100));
    }

    #[test]
    fn real_media_without_a_duration_is_streamed() {
        let file = |duration: u32| {
            let numbers = [1; 28];
            let head = b".RMF\0\0\0\x12\0\0\0\0\0\0\0\0\0\x05PROP\0\0\0\x32\0\0";
            [&head[..], &numbers[..20], &duration.to_be_bytes(), &numbers].concat()
        };
        assert_eq!(real_length(&file(0)), Some(DeclaredBytes::Placeholder));
        assert_eq!(real_length(&file(2000)), None);
        assert_eq!(real_length(&file(0)[..50]), None);
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
