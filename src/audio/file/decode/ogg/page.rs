//! Pages of Ogg (RFC 3533), and the packets in them.

use super::super::limits::MAX_SEARCH_BYTES;
use super::super::read_ahead::{ReadAhead, ReadBytes};
use crate::audio::error::Result;
use crate::audio::file::input::Input;

/// Bytes of a page before its segment table, the last of which is the number of segments.
const HEADER_BYTES: usize = 27;

/// The longest page.
const MAX_PAGE_BYTES: usize = HEADER_BYTES + 255 + 255 * 255;

/// Bytes of a packet at most.
const MAX_PACKET_BYTES: usize = 16 << 20;

const MAGIC: &[u8] = b"OggS";

/// An intact page.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct OggPage {
    /// Whether its first packet began on an earlier page.
    pub(super) is_continued: bool,
    /// Whether it is the first page of a stream.
    pub(super) is_first: bool,
    /// Whether it is the last page of a stream.
    pub(super) is_last: bool,
    /// The position at the end of the last packet that ends on the page; `None` if none does.
    pub(super) granule: Option<u64>,
    pub(super) serial: u32,
    pub(super) sequence: u32,
    segments: Vec<u8>,
    body: Vec<u8>,
}

/// The header of the page that `bytes` begin with, and the length of the page.
pub(super) fn page_length(bytes: &[u8]) -> Option<usize> {
    let header = bytes.get(..HEADER_BYTES)?;
    let segments = usize::from(header[HEADER_BYTES - 1]);
    let table = bytes.get(HEADER_BYTES..HEADER_BYTES + segments)?;
    let body: usize = table.iter().map(|length| usize::from(*length)).sum();
    (header.starts_with(MAGIC) && header[4] == 0).then_some(HEADER_BYTES + segments + body)
}

impl OggPage {
    /// The page in `bytes`, if its checksum is right.
    fn parse(bytes: &[u8]) -> Option<OggPage> {
        let page = OggPage::parse_header(bytes)?;
        let crc = u32::from_le_bytes(*bytes.get(22..)?.first_chunk()?);
        let unsummed = [&bytes[..22], &[0; 4], &bytes[26..]];
        let sum = unsummed.iter().fold(0, |sum, part| crc32(sum, part));
        (sum == crc).then_some(page)
    }

    /// The page in `bytes`, whose body may be missing.
    pub(super) fn parse_header(bytes: &[u8]) -> Option<OggPage> {
        let header: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
        let number = |at: usize| {
            u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        let granule = u64::from(number(10)) << 32 | u64::from(number(6));
        let body = HEADER_BYTES + usize::from(header[HEADER_BYTES - 1]);
        Some(OggPage {
            is_continued: header[5] & 1 != 0,
            is_first: header[5] & 2 != 0,
            is_last: header[5] & 4 != 0,
            granule: (granule < u64::MAX >> 1).then_some(granule),
            serial: number(14),
            sequence: number(18),
            segments: bytes.get(HEADER_BYTES..body)?.to_vec(),
            body: bytes.get(body..).unwrap_or_default().to_vec(),
        })
    }

    /// Bytes of the page.
    pub(super) fn length(&self) -> u64 {
        (HEADER_BYTES + self.segments.len() + self.body.len()) as u64
    }

    /// The packets that end on this page. `partial` has the beginning of the first, and gets that of the last.
    pub(super) fn packets(&self, partial: &mut Option<Vec<u8>>) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        if !self.is_continued {
            *partial = Some(Vec::new());
        }
        let mut at = 0;
        for segment in &self.segments {
            let end = at + usize::from(*segment);
            let bytes = self.body.get(at..end).unwrap_or_default();
            at = end;
            if let Some(packet) = partial
                .as_mut()
                .filter(|packet| packet.len() < MAX_PACKET_BYTES)
            {
                packet.extend_from_slice(bytes);
            }
            if *segment < u8::MAX {
                // One whose beginning is lost is not a packet.
                packets.extend(partial.replace(Vec::new()));
            }
        }
        packets
    }
}

/// CRC-32 with the polynomial 0x04c11db7, most significant bit first.
pub(super) fn crc32(crc: u32, bytes: &[u8]) -> u32 {
    static TABLE: [u32; 256] = crc_table();
    bytes.iter().fold(crc, |crc, byte| {
        crc << 8 ^ TABLE[usize::from((crc >> 24) as u8 ^ byte)]
    })
}

const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = (byte as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            crc = crc << 1 ^ if crc >> 31 != 0 { 0x04c1_1db7 } else { 0 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

/// Finds one page after the other.
pub(super) struct OggPages<R> {
    input: ReadAhead<R>,
    /// Whether the input ends in the middle of a page, as far as it has been read.
    is_cut: bool,
    /// The last page since the last intact one whose checksum is wrong.
    damaged: Option<OggPage>,
}

impl<R: ReadBytes> OggPages<R> {
    pub(super) fn new(input: ReadAhead<R>) -> OggPages<R> {
        OggPages {
            input,
            is_cut: false,
            damaged: None,
        }
    }

    pub(super) fn input(&self) -> &R {
        self.input.input()
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    pub(super) fn damaged(&self) -> Option<&OggPage> {
        self.damaged.as_ref()
    }

    /// The next intact page, and the number of bytes before it that belong to none; `None` is the end, or the search was
    /// given up.
    pub(super) fn next_page(&mut self) -> Result<(u64, Option<OggPage>)> {
        let mut skipped = 0;
        loop {
            if !self.input.fill(HEADER_BYTES)? || skipped > MAX_SEARCH_BYTES {
                let rest = self.input.bytes();
                self.is_cut |= rest.starts_with(MAGIC);
                return Ok((skipped + rest.len() as u64, None));
            }
            if self.input.bytes().starts_with(MAGIC)
                && let Some(page) = self.page()?
            {
                return Ok((skipped, Some(page)));
            }
            let rest = &self.input.bytes()[1..];
            let next = rest.windows(MAGIC.len()).position(|bytes| bytes == MAGIC);
            // The last bytes may be half of a mark.
            let count = 1 + next.unwrap_or(rest.len() - (MAGIC.len() - 1));
            self.input.consume(count);
            skipped += count as u64;
        }
    }

    /// Consumes the page that begins with the next byte, if it is intact.
    fn page(&mut self) -> Result<Option<OggPage>> {
        self.input.fill(HEADER_BYTES + 255)?;
        let Some(length) = page_length(self.input.bytes()) else {
            self.is_cut = self.input.bytes().len() < HEADER_BYTES + 255;
            return Ok(None);
        };
        debug_assert!(length <= MAX_PAGE_BYTES);
        self.is_cut = !self.input.fill(length)?;
        if self.is_cut {
            return Ok(None);
        }
        let bytes = &self.input.bytes()[..length];
        let page = OggPage::parse(bytes);
        self.damaged = match page {
            Some(_) => None,
            None => OggPage::parse_header(bytes),
        };
        if page.is_some() {
            self.input.consume(length);
        }
        Ok(page)
    }
}

impl OggPages<Input> {
    /// The position of the next byte in the input.
    pub(super) fn position(&self) -> u64 {
        self.input.position()
    }

    /// Skips `count` bytes.
    pub(super) fn skip(&mut self, count: u64) -> Result<u64> {
        self.input.skip(count)
    }
}
