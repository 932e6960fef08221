//! Ogg with Vorbis, Opus or FLAC. The last page has the number of frames.

use super::open::open_input;
use crate::audio::error::{Error, Result};
use crate::audio::file::container::Container;
use crate::audio::file::errors::unsupported_codec;
use crate::audio::file::input::Input;
use crate::audio::file::options::ReadOptions;
use crate::audio::stream::Source;
use symphonia::default::formats::OggReader;

/// How the first packet of unsupported codecs starts.
const UNSUPPORTED: &[(&[u8], &str)] = &[(b"Speex   ", "Speex"), (b"CELT    ", "CELT")];

/// Bytes of a page before its segment table, the last of which is the number of segments.
const PAGE_HEADER: usize = 27;

/// Opens an Ogg file.
pub(in crate::audio::file) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    if let Some(codec) = unsupported(input.peek(PAGE_HEADER + 255 + 8)?) {
        let why = unsupported_codec("Ogg", codec);
        return Err(Error::invalid(input.name(), why));
    }
    open_input::<OggReader<'_>>(Container::Ogg, input)
}

/// The codec in the first page, if it is a known unsupported one.
fn unsupported(page: &[u8]) -> Option<&'static str> {
    let segments = usize::from(*page.get(PAGE_HEADER - 1)?);
    let packet = page.get(PAGE_HEADER + segments..)?;
    let row = UNSUPPORTED
        .iter()
        .find(|(magic, _)| packet.starts_with(magic))?;
    Some(row.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsupported_codecs_are_recognized_by_the_first_packet() {
        let page = |packet: &[u8]| [&b"OggS"[..], &[0; 22], &[1, 80], packet].concat();
        assert_eq!(unsupported(&page(b"Speex   1.2")), Some("Speex"));
        assert_eq!(unsupported(&page(b"\x01vorbis")), None);
        assert_eq!(unsupported(b"OggS"), None);
    }
}
