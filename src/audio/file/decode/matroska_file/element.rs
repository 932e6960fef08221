//! Elements of Matroska (RFC 8794 and RFC 9559).

/// Element ids.
pub(super) mod id {
    pub(in super::super) const INFO: u32 = 0x1549_a966;
    pub(in super::super) const TITLE: u32 = 0x7ba9;
    pub(in super::super) const SEGMENT: u32 = 0x1853_8067;
    pub(in super::super) const CLUSTER: u32 = 0x1f43_b675;
    pub(in super::super) const TIMESTAMP: u32 = 0xe7;
    pub(in super::super) const CHECKSUM: u32 = 0xbf;
    pub(in super::super) const BLOCK_GROUP: u32 = 0xa0;
    pub(in super::super) const TRACKS: u32 = 0x1654_ae6b;
    pub(in super::super) const TRACK_ENTRY: u32 = 0xae;
    pub(in super::super) const TRACK_NUMBER: u32 = 0xd7;
    pub(in super::super) const CODEC_DELAY: u32 = 0x56aa;
    pub(in super::super) const CONTENT_ENCODINGS: u32 = 0x6d80;
    pub(in super::super) const SIMPLE_BLOCK: u32 = 0xa3;
    pub(in super::super) const BLOCK: u32 = 0xa1;
    pub(in super::super) const DISCARD_PADDING: u32 = 0x75a2;
}

/// The header of an element.
pub(super) struct ElementHeader {
    pub(super) id: u32,
    pub(super) size: u64,
    /// Whether the size is the reserved value for "unknown".
    pub(super) is_unknown_size: bool,
    /// Bytes of the header.
    pub(super) bytes: usize,
}

/// Why bytes are not the header of an element.
pub(super) enum HeaderFlaw {
    /// More bytes are needed.
    NeedMore,
    /// It is not a valid element.
    Invalid,
}

/// The header at the start of `head`; the error says whether more bytes are needed.
pub(super) fn element_header(head: &[u8]) -> Result<ElementHeader, HeaderFlaw> {
    let (id, id_length) = vint(head, 4, true).ok_or_else(|| incomplete(head, 4))?;
    let rest = &head[id_length..];
    let (size, size_length) = vint(rest, 8, false).ok_or_else(|| incomplete(rest, 8))?;
    Ok(ElementHeader {
        id: id as u32,
        size,
        is_unknown_size: size == (1 << (7 * size_length)) - 1,
        bytes: id_length + size_length,
    })
}

/// Whether a number of at most `max_length` bytes is incomplete or invalid.
fn incomplete(bytes: &[u8], max_length: usize) -> HeaderFlaw {
    let length = bytes
        .first()
        .map_or(1, |first| first.leading_zeros() as usize + 1);
    if length > max_length {
        HeaderFlaw::Invalid
    } else {
        HeaderFlaw::NeedMore
    }
}

/// The variable-length integer at the start of `bytes`, with or without its length marker, and its length.
pub(super) fn vint(bytes: &[u8], max_length: usize, with_marker: bool) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = first.leading_zeros() as usize + 1;
    if length > max_length {
        return None;
    }
    let value = unsigned(bytes.get(..length)?);
    let marker = 1 << (7 * length);
    let value = if with_marker {
        value
    } else {
        value & (marker - 1)
    };
    Some((value, length))
}

/// A big-endian number of up to 8 bytes.
pub(super) fn unsigned(bytes: &[u8]) -> u64 {
    let bytes = bytes.iter().take(8);
    bytes.fold(0, |value, byte| value << 8 | u64::from(*byte))
}

pub(super) fn signed(bytes: &[u8]) -> i64 {
    let unused = 64 - 8 * bytes.len().min(8) as u32;
    if unused == 64 {
        return 0;
    }
    (unsigned(bytes) << unused) as i64 >> unused
}

/// Nanoseconds to frames, rounded to nearest.
pub(super) fn nanos_to_frames(nanos: i128, rate: u32) -> i128 {
    let product = nanos * i128::from(rate);
    (product + product.signum() * 500_000_000) / 1_000_000_000
}
