//! Ogg, whatever is in it: Vorbis, Opus or FLAC. The last page says how many frames there are.

use super::media::Order;
use super::open_plain;
use crate::audio::error::{Error, Result};
use crate::audio::file::{Container, Input, ReadOptions};
use crate::audio::stream::Source;
use symphonia::default::formats::OggReader;

/// How the first packet of a stream begins that is not read.
const UNREAD: &[(&[u8], &str)] = &[(b"Speex   ", "Speex"), (b"CELT    ", "CELT")];

/// Bytes of a page before its table of segments, the last of which says how long that is.
const PAGE_HEADER: usize = 27;

/// Opens an Ogg file.
pub(in crate::audio::file) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    if let Some(codec) = unread(input.peek(PAGE_HEADER + 255 + 8)?) {
        let why = format!("is Ogg with {codec} in it, which is not supported yet");
        return Err(Error::invalid(input.name(), why));
    }
    open_plain::<OggReader<'_>>(Container::Ogg, input, Order::Free)
}

/// What stands in the first page, where that is known and not read.
fn unread(page: &[u8]) -> Option<&'static str> {
    let segments = usize::from(*page.get(PAGE_HEADER - 1)?);
    let packet = page.get(PAGE_HEADER + segments..)?;
    let row = UNREAD.iter().find(|(mark, _)| packet.starts_with(mark))?;
    Some(row.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_packet_tells_what_is_in_it() {
        let page = |packet: &[u8]| [&b"OggS"[..], &[0; 22], &[1, 80], packet].concat();
        assert_eq!(unread(&page(b"Speex   1.2")), Some("Speex"));
        assert_eq!(unread(&page(b"\x01vorbis")), None);
        assert_eq!(unread(b"OggS"), None);
    }
}
